package chat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// GuildDraft is a guild to be made.
type GuildDraft struct {
	// Name has 2 to 100 characters, Description at most 300.
	Name, Description string
	Icon              PictureChange
	// OwnerID is for the console, which makes guilds for others. Everybody else owns what they make.
	OwnerID id.ID
	// Roles are the first roles, 250 at most; the first of them is @everyone, whose name and place are what they are.
	Roles []RoleInDraft
	// Channels are the first channels, 500 at most, categories before what is in them. Without any, the guild gets those that a new guild usually has.
	Channels []ChannelInDraft
	// Settings are those that a new guild can have from its beginning: of GuildEdit neither name, description and pictures nor owner and rules. They name channels by their placeholders.
	Settings GuildEdit
}

// RoleInDraft is a role of a guild to be made.
type RoleInDraft struct {
	// Placeholder is by what overwrites of the draft's channels name the role, nil for a role that none of them names.
	Placeholder *id.ID
	RoleDraft
	// Position is nil for the place in the list.
	Position *int
}

// ChannelInDraft is a channel of a guild to be made. Its place in the order is that in the list.
type ChannelInDraft struct {
	// Placeholder is by what the draft's channels and settings name the channel, nil for a channel that they do not name.
	Placeholder *id.ID
	// ChannelDraft says all else but the category, which is Parent: a placeholder, nil for none.
	ChannelDraft
	Parent *id.ID
}

// Create makes a guild with its first roles and channels, and its owner as first member. Only people can.
func (g *Guilds) Create(ctx context.Context, caller Caller, draft GuildDraft) (view *View, err error) {
	if caller.Guest {
		return nil, errGuest("Guests cannot make servers. Make yours an account of your own first.")
	}
	if caller.Bot {
		return nil, fail(BotsBarred)
	}
	ownerID := caller.UserID
	if caller.Console {
		ownerID = draft.OwnerID
	}
	var wrong fieldErrors
	name := wrong.name("name", draft.Name, 2, 100)
	description := wrong.text("description", draft.Description, maxDescription)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if err := g.mayOwn(ctx, ownerID); err != nil {
		return nil, err
	}
	made := newGuild{next: g.IDs.Next, view: &View{now: g.Now}, roles: make(map[id.ID]id.ID), channels: make(map[id.ID]id.ID)}
	made.view.Guild = store.Guild{ID: g.IDs.Next(), OwnerID: ownerID, Name: name, Description: description, AFKTimeout: 300, PreferredLocale: "en-US"}
	made.member = store.Member{GuildID: made.view.Guild.ID, UserID: ownerID, JoinedAt: g.Now().UTC()}
	if err := made.furnish(draft); err != nil {
		return nil, err
	}
	taken, err := g.takeFirstPictures(ctx, draft)
	if err != nil {
		return nil, err
	}
	defer func() { taken.settle(ctx, err) }()
	taken.set("icon", &made.view.Guild.Icon)
	for i := range made.view.Roles {
		taken.set(roleIconPath(i), &made.view.Roles[i].Icon)
	}

	ctx = context.WithoutCancel(ctx)
	guild := made.view.Guild
	err = g.Store.CreateGuild(ctx, guild, made.view.Roles, made.view.Channels, []store.Member{made.member})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(UnknownUser)
	}
	if err != nil {
		return nil, internal("creating a guild", err)
	}
	g.publish(ctx, event.GuildJoined{UserID: ownerID, GuildID: guild.ID})
	if err := g.recordConsole(ctx, caller, store.HallGuildCreated, guild.ID, map[string]string{"name": name, "owner_id": ownerID.String()}); err != nil {
		return nil, err
	}
	return g.views.Guild(ctx, guild.ID)
}

// mayOwn asks whether an account may own one more guild.
func (g *Guilds) mayOwn(ctx context.Context, ownerID id.ID) error {
	owner, err := g.users.lookup(ctx, ownerID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownUser)
	}
	if err != nil {
		return internal("reading a guild's owner", err)
	}
	if owner.Bot {
		return fail(BotsBarred)
	}
	return g.members.checkGuildCount(ctx, owner)
}

func roleIconPath(index int) string { return fmt.Sprintf("roles.%d.icon", index) }

// takeFirstPictures takes in the pictures of a guild to be made, and of its roles.
func (g *Guilds) takeFirstPictures(ctx context.Context, draft GuildDraft) (*pictures, error) {
	changes, bounds := map[string]PictureChange{"icon": draft.Icon}, map[string]pictureBounds{"icon": facePicture}
	for i := range draft.Roles {
		changes[roleIconPath(i)], bounds[roleIconPath(i)] = draft.Roles[i].Icon, crestPicture
	}
	return g.files.takePictures(ctx, changes, bounds)
}

// newGuild is a guild while it is put together. Its view grows with it, so that the checks of what comes are those for guilds that exist.
type newGuild struct {
	next func() id.ID
	view *View
	// member is the owner.
	member store.Member
	// roles and channels give the ids for the draft's placeholders.
	roles, channels map[id.ID]id.ID
}

// furnish gives the guild its roles, channels and settings.
func (n *newGuild) furnish(draft GuildDraft) error {
	if err := n.addRoles(draft.Roles); err != nil {
		return err
	}
	if len(draft.Channels) > maxChannels {
		return invalid("channels", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxChannels)
	}
	for i := range draft.Channels {
		if err := n.addChannel(&draft.Channels[i], i); err != nil {
			return within(fmt.Sprintf("channels.%d", i), err)
		}
	}
	if len(draft.Channels) == 0 {
		n.addUsualChannels()
	}
	settings := draft.Settings
	for field, channelID := range map[string]**id.ID{"afk_channel_id": &settings.AFKChannelID, "system_channel_id": &settings.SystemChannelID} {
		if *channelID == nil || **channelID == 0 && n.channels[0] == 0 {
			continue
		}
		known, found := n.channels[**channelID]
		if !found {
			return invalid(field, "CHANNEL_INVALID", "No channel of this server has this placeholder.")
		}
		*channelID = &known
	}
	if err := settings.check(n.view); err != nil {
		return err
	}
	settings.apply(&n.view.Guild)
	return nil
}

// addRoles makes the roles. There is always @everyone.
func (n *newGuild) addRoles(drafts []RoleInDraft) error {
	if len(drafts) > maxRoles {
		return invalid("roles", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxRoles)
	}
	n.view.Roles = []store.Role{n.everyone()}
	for i := range drafts {
		role, err := n.newRole(&drafts[i], i)
		if err != nil {
			return within(fmt.Sprintf("roles.%d", i), err)
		}
		n.view.Roles = append(n.view.Roles[:i], role)
		if !remember(n.roles, drafts[i].Placeholder, role.ID) {
			return invalid(fmt.Sprintf("roles.%d.id", i), "SET_TYPE_ALREADY_CONTAINS_VALUE", "Another role has this placeholder.")
		}
	}
	return nil
}

func (n *newGuild) everyone() store.Role {
	return store.Role{ID: n.view.Guild.ID, GuildID: n.view.Guild.ID, Name: "@everyone", Permissions: uint64(EveryonePermissions)}
}

// newRole makes the role of an index in the draft's list; the first is @everyone.
func (n *newGuild) newRole(draft *RoleInDraft, index int) (store.Role, error) {
	role := n.everyone()
	if index > 0 {
		role.ID, role.Name, role.Permissions, role.Position = n.next(), cmp.Or(draft.Name, "new role"), n.view.Roles[0].Permissions, index
		set(&role.Position, draft.Position)
		var wrong fieldErrors
		if wrong.number("position", role.Position, 1, maxPosition); len(wrong) > 0 {
			return store.Role{}, wrong.err()
		}
	}
	role.Color, role.Hoist, role.Mentionable = draft.Color, draft.Hoist, draft.Mentionable
	if draft.Permissions != nil {
		role.Permissions = uint64(*draft.Permissions & perm.All)
	}
	if err := cmp.Or(draft.RoleMark.check(), validateRole(&role)); err != nil {
		return store.Role{}, err
	}
	set(&role.UnicodeEmoji, draft.UnicodeEmoji)
	return role, nil
}

// addChannel makes a channel, the one of an index in the draft's list.
func (n *newGuild) addChannel(draft *ChannelInDraft, index int) error {
	channel := draft.ChannelDraft
	channel.Position = &index
	if draft.Parent != nil {
		known, found := n.channels[*draft.Parent]
		if !found {
			return invalid("parent_id", "CHANNEL_PARENT_INVALID", "No category before this channel has this placeholder.")
		}
		channel.ParentID = known
	}
	if channel.Overwrites != nil {
		overwrites := slices.Clone(*channel.Overwrites)
		for i := range overwrites {
			if overwrites[i].Type != store.OverwriteRole {
				continue
			}
			known, found := n.roles[overwrites[i].TargetID]
			if !found {
				return invalid(overwritePath(i, "id"), "ROLE_INVALID", "No role of this server has this placeholder.")
			}
			overwrites[i].TargetID = known
		}
		channel.Overwrites = &overwrites
	}
	made, err := newChannel(access{view: n.view, member: &n.member}, n.next(), channel, n.next)
	if err != nil {
		return err
	}
	n.view.Channels = append(n.view.Channels, made)
	if !remember(n.channels, draft.Placeholder, made.ID) {
		return invalid("id", "SET_TYPE_ALREADY_CONTAINS_VALUE", "Another channel has this placeholder.")
	}
	return nil
}

// addUsualChannels makes the channels of a guild whose maker named none.
func (n *newGuild) addUsualChannels() {
	guildID := n.view.Guild.ID
	text := store.Channel{ID: n.next(), GuildID: guildID, Type: store.ChannelCategory, Name: "Text channels"}
	voice := store.Channel{ID: n.next(), GuildID: guildID, Type: store.ChannelCategory, Name: "Voice channels", Position: 1}
	general := store.Channel{ID: n.next(), GuildID: guildID, Type: store.ChannelText, Name: "general", ParentID: text.ID}
	lounge := store.Channel{ID: n.next(), GuildID: guildID, Type: store.ChannelVoice, Name: "Lounge", ParentID: voice.ID, Bitrate: defaultBitrate}
	n.view.Channels = []store.Channel{text, voice, general, lounge}
	n.view.Guild.SystemChannelID = general.ID
}

// remember notes the id for a placeholder. It tells false when the placeholder stands for something else already.
func remember(ids map[id.ID]id.ID, placeholder *id.ID, made id.ID) bool {
	if placeholder == nil {
		return true
	}
	if _, taken := ids[*placeholder]; taken {
		return false
	}
	ids[*placeholder] = made
	return true
}

// within puts the fields that an error names below a path.
func within(path string, err error) error {
	wrong, ok := errors.AsType[*Error](err)
	if !ok || len(wrong.Fields) == 0 {
		return err
	}
	below := *wrong
	below.Fields = slices.Clone(wrong.Fields)
	for i := range below.Fields {
		below.Fields[i].Path = path + "." + below.Fields[i].Path
	}
	return &below
}
