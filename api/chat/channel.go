package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// How many channels there can be (wire contract, limits).
const (
	maxChannels            = 500
	maxChannelsPerCategory = 50
)

// Channels is about the channels of guilds.
type Channels struct {
	Deps
	views   *Views
	directs *Directs
	threads *Threads
}

func newChannels(deps Deps, views *Views, directs *Directs, threads *Threads) *Channels {
	return &Channels{Deps: deps, views: views, directs: directs, threads: threads}
}

// List gives the guild's channels that the caller may view, in ascending order of id. Bots get all, as upstream.
func (c *Channels) List(ctx context.Context, caller Caller, guildID id.ID) ([]Channel, error) {
	a, err := c.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if a.member == nil || caller.Bot {
		return a.view.AllChannels(), nil
	}
	return a.view.VisibleChannels(a.member), nil
}

// Get gives a channel to those who may view it.
func (c *Channels) Get(ctx context.Context, caller Caller, channelID id.ID) (Channel, error) {
	a, channel, _, err := c.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return Channel{}, err
	}
	if channel.GuildID == 0 {
		return c.directs.complete(ctx, caller, *channel, a.view.LastMessageID(channelID))
	}
	if channel.Thread != nil {
		thread, err := c.threads.current(ctx, caller, channelID)
		return thread, err
	}
	return Channel{Channel: *channel, LastMessageID: a.view.LastMessageID(channelID)}, nil
}

// ChannelDraft is a channel to be made. The bounds of its fields are those of store.Channel.
type ChannelDraft struct {
	Name  string
	Type  store.ChannelType
	Topic string
	// Position is nil for the end of the list.
	Position         *int
	ParentID         id.ID
	NSFW             bool
	RateLimitPerUser int
	// Bitrate is in bits per second, zero for the default.
	Bitrate   int
	UserLimit int
	// Overwrites are nil to take the category's.
	Overwrites *[]store.PermissionOverwrite
	// Threads is what the channel says of its threads or posts: of the fields of ChannelEdit those that are about that.
	Threads ChannelEdit
}

// Create makes a channel; it needs MANAGE_CHANNELS in the category, or in the guild for a channel outside of all, and every permission that the overwrites mention.
func (c *Channels) Create(ctx context.Context, caller Caller, guildID id.ID, draft ChannelDraft) (Channel, error) {
	channelID := c.IDs.Next()
	err := c.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := c.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		channel, err := newChannel(a, channelID, draft, c.IDs.Next)
		if err != nil {
			return err
		}
		err = c.Store.CreateChannel(ctx, channel, maxChannels)
		c.views.renew(guildID)
		if err != nil {
			return channelFailure("creating a channel", err)
		}
		acts := []act{{action: store.AuditChannelCreate, target: channelID, changes: differences(nil, auditChannel(&channel))}}
		return c.did(ctx, caller, guildID, acts, event.ChannelCreated{Channel: channel})
	})
	if err != nil {
		return Channel{}, err
	}
	return c.current(ctx, guildID, channelID)
}

func newChannel(a access, channelID id.ID, draft ChannelDraft, next func() id.ID) (store.Channel, error) {
	if !slices.Contains(creatableChannels, draft.Type) {
		return store.Channel{}, unsupportedType(draft.Type)
	}
	channel := store.Channel{
		ID: channelID, GuildID: a.view.Guild.ID, Type: draft.Type, Name: draft.Name, Topic: draft.Topic, ParentID: draft.ParentID, NSFW: draft.NSFW,
		RateLimitPerUser: draft.RateLimitPerUser, Bitrate: draft.Bitrate, UserLimit: draft.UserLimit,
	}
	if channel.Type.IsVoice() && channel.Bitrate == 0 {
		channel.Bitrate = defaultBitrate
	}
	if draft.Position != nil {
		channel.Position = *draft.Position
	} else {
		channel.Position = endOf(a.view, draft.Type, draft.ParentID)
	}
	held := a.inGuild()
	if parent, found := a.view.Channel(draft.ParentID); found {
		held = a.inChannel(parent)
		if draft.Overwrites == nil {
			channel.Overwrites = slices.Clone(parent.Overwrites)
		}
	}
	if err := need(held, perm.ManageChannels); err != nil {
		return store.Channel{}, err
	}
	if err := draft.Threads.changeForum(&channel); err != nil {
		return store.Channel{}, err
	}
	if err := cmp.Or(validateChannel(&channel), validateForum(a.view, &channel, next)); err != nil {
		return store.Channel{}, err
	}
	if err := validateParent(a.view, &channel, 0); err != nil {
		return store.Channel{}, err
	}
	if draft.Overwrites != nil && len(*draft.Overwrites) > 0 {
		overwrites, err := changeOverwrites(a, held, nil, *draft.Overwrites)
		if err != nil {
			return store.Channel{}, err
		}
		channel.Overwrites = overwrites
	}
	return channel, nil
}

// endOf is the position after the last channel beside which a new one will stand.
func endOf(view *View, kind store.ChannelType, parentID id.ID) int {
	end := 0
	for i := range view.Channels {
		if other := &view.Channels[i]; other.ParentID == parentID && (other.Type == store.ChannelCategory) == (kind == store.ChannelCategory) {
			end = max(end, other.Position+1)
		}
	}
	return end
}

// ChannelEdit changes what is not nil.
type ChannelEdit struct {
	Name *string
	// Type can change between text and announcement.
	Type     *store.ChannelType
	Topic    *string
	Position *int
	// ParentID zero takes the channel out of its category.
	ParentID         *id.ID
	NSFW             *bool
	RateLimitPerUser *int
	Bitrate          *int
	UserLimit        *int
	// Overwrites replace all overwrites; that needs MANAGE_ROLES and every permission that changes.
	Overwrites *[]store.PermissionOverwrite
	// Icon is of groups of people.
	Icon PictureChange

	// Flags are of forums and of posts.
	Flags *store.ChannelFlags
	// DefaultAutoArchive (zero: none) and DefaultThreadRateLimit are for new threads of a channel; the rest are a forum's. Tags replace all; those without an id are new.
	DefaultAutoArchive     *time.Duration
	DefaultThreadRateLimit *int
	Tags                   *[]store.ForumTag
	DefaultReaction        *store.Emoji
	SortOrder              *store.ForumSortOrder
	Layout                 *store.ForumLayout

	// What follows is of threads.
	Archived    *bool
	AutoArchive *time.Duration
	Locked      *bool
	Invitable   *bool
	AppliedTags *[]id.ID
}

// Update changes a channel; it needs MANAGE_CHANNELS in it. Of a group of people only the name can be changed, by everybody in it.
func (c *Channels) Update(ctx context.Context, caller Caller, channelID id.ID, edit ChannelEdit) (Channel, error) {
	guildID, err := c.views.ChannelGuild(ctx, channelID)
	if err != nil {
		return Channel{}, err
	}
	if guildID == 0 {
		return c.updateGroup(ctx, caller, channelID, edit)
	}
	if is, err := c.isThread(ctx, guildID, channelID); err != nil {
		return Channel{}, err
	} else if is {
		thread, err := c.threads.Update(ctx, caller, channelID, edit)
		return thread, err
	}
	if edit.Icon != nil && *edit.Icon != "" {
		return Channel{}, invalid("icon", "CHANNEL_ICON_GROUP_ONLY", "Only groups of people have icons.")
	}
	err = c.changeChannel(ctx, caller, channelID, func(ctx context.Context, a access, channel *store.Channel, held perm.Set) error {
		if err := need(held, perm.ManageChannels); err != nil {
			return err
		}
		changed, err := edit.apply(a, *channel, held, c.IDs.Next)
		if err != nil {
			return err
		}
		return c.replace(ctx, a, channel, changed)
	})
	if err != nil {
		return Channel{}, err
	}
	return c.current(ctx, guildID, channelID)
}

func (c *Channels) updateGroup(ctx context.Context, caller Caller, channelID id.ID, edit ChannelEdit) (Channel, error) {
	group := GroupEdit{Name: edit.Name, Icon: edit.Icon}
	edit.Name, edit.Icon = nil, nil
	if edit != (ChannelEdit{}) {
		if _, _, _, err := c.views.channelAccess(ctx, caller, channelID); err != nil {
			return Channel{}, err // to others it does not exist
		}
		return Channel{}, fail(WrongChannelType)
	}
	return c.directs.UpdateGroup(ctx, caller, channelID, group)
}

// apply gives the channel as it will be.
func (e ChannelEdit) apply(a access, channel store.Channel, held perm.Set, next func() id.ID) (store.Channel, error) {
	oldParent, oldType := channel.ParentID, channel.Type
	set(&channel.Name, e.Name)
	set(&channel.Type, e.Type)
	set(&channel.Topic, e.Topic)
	set(&channel.Position, e.Position)
	set(&channel.ParentID, e.ParentID)
	set(&channel.NSFW, e.NSFW)
	set(&channel.RateLimitPerUser, e.RateLimitPerUser)
	set(&channel.Bitrate, e.Bitrate)
	set(&channel.UserLimit, e.UserLimit)
	if channel.Type != oldType && (!slices.Contains(textChannels, oldType) || !slices.Contains(textChannels, channel.Type)) {
		return store.Channel{}, invalid("type", "CHANNEL_TYPE_INVALID", "Only text channels can become announcement channels, and the other way round.")
	}
	if err := e.changeForum(&channel); err != nil {
		return store.Channel{}, err
	}
	if err := cmp.Or(validateChannel(&channel), validateForum(a.view, &channel, next)); err != nil {
		return store.Channel{}, err
	}
	if err := validateParent(a.view, &channel, oldParent); err != nil {
		return store.Channel{}, err
	}
	if e.Overwrites != nil {
		if err := need(held, perm.ManageRoles); err != nil {
			return store.Channel{}, err
		}
		overwrites, err := changeOverwrites(a, held, channel.Overwrites, *e.Overwrites)
		if err != nil {
			return store.Channel{}, err
		}
		channel.Overwrites = overwrites
	}
	return channel, nil
}

// Delete deletes a channel with its messages, and gives what it was; it needs MANAGE_CHANNELS in it. A conversation between people is closed for the caller.
func (c *Channels) Delete(ctx context.Context, caller Caller, channelID id.ID) (Channel, error) {
	var deleted Channel
	guildID, err := c.views.ChannelGuild(ctx, channelID)
	if err != nil {
		return Channel{}, err
	}
	if guildID == 0 {
		return c.directs.Close(ctx, caller, channelID)
	}
	if is, err := c.isThread(ctx, guildID, channelID); err != nil {
		return Channel{}, err
	} else if is {
		thread, err := c.threads.Delete(ctx, caller, channelID)
		return thread, err
	}
	err = c.changeChannel(ctx, caller, channelID, func(ctx context.Context, a access, channel *store.Channel, held perm.Set) error {
		if err := need(held, perm.ManageChannels); err != nil {
			return err
		}
		deleted, _ = a.view.channel(channelID)
		orphans, err := c.Store.DeleteChannel(ctx, channelID)
		c.views.renew(channel.GuildID)
		c.views.dropThreadsOf(channelID)
		if err != nil {
			return channelFailure("deleting a channel", err)
		}
		events := []event.Event{event.ChannelDeleted{Channel: deleted.Channel}}
		for _, orphan := range orphans {
			events = append(events, event.ChannelUpdated{Channel: orphan})
		}
		acts := []act{{action: store.AuditChannelDelete, target: channelID, changes: differences(auditChannel(&deleted.Channel), nil)}}
		return errors.Join(c.did(ctx, caller, channel.GuildID, acts, events...), c.publishLostSettings(ctx, a.view, channelID))
	})
	return deleted, err
}

// publishLostSettings tells that a guild's settings changed if one of them named a channel that is gone.
func (c *Channels) publishLostSettings(ctx context.Context, before *View, channelID id.ID) error {
	if guild := &before.Guild; guild.AFKChannelID != channelID && guild.SystemChannelID != channelID && guild.RulesChannelID != channelID {
		return nil
	}
	after, err := c.views.Guild(ctx, before.Guild.ID)
	if err != nil {
		return err
	}
	c.publish(ctx, event.GuildUpdated{Guild: after.Guild})
	return nil
}

// changeChannel runs write with the caller's standing in a channel, as the guild's only change at the time.
func (c *Channels) changeChannel(ctx context.Context, caller Caller, channelID id.ID,
	write func(ctx context.Context, a access, channel *store.Channel, held perm.Set) error) error {
	guildID, err := c.views.ChannelGuild(ctx, channelID)
	if err != nil {
		return err
	}
	return c.views.change(ctx, guildID, func(ctx context.Context) error {
		a, channel, held, err := c.views.channelAccess(ctx, caller, channelID)
		if err == nil && channel.Thread != nil {
			err = fail(WrongChannelType) // what can be changed of threads goes other ways
		}
		if err != nil {
			return err
		}
		return write(ctx, a, channel, held)
	})
}

// isThread tells whether a channel of a guild is a thread.
func (c *Channels) isThread(ctx context.Context, guildID, channelID id.ID) (bool, error) {
	view, err := c.views.Guild(ctx, guildID)
	if KindOf(err) == UnknownGuild {
		return false, fail(UnknownChannel)
	}
	if err != nil {
		return false, err
	}
	if _, found := view.Channel(channelID); found {
		return false, nil
	}
	_, err = c.views.Thread(ctx, channelID)
	return err == nil, err
}

// replace stores a channel in place of what it was, and tells everybody.
func (c *Channels) replace(ctx context.Context, a access, before *store.Channel, channel store.Channel) error {
	updated, err := c.Store.UpdateChannel(ctx, channel.ID, func(stored *store.Channel) error {
		*stored = channel
		return nil
	})
	c.views.renew(channel.GuildID)
	if err != nil {
		return channelFailure("updating a channel", err)
	}
	acts := overwriteActs(a.view, channel.ID, before.Overwrites, updated.Overwrites)
	if changes := differences(auditChannel(before), auditChannel(&updated)); changes != nil {
		acts = append(acts, act{action: store.AuditChannelUpdate, target: channel.ID, changes: changes})
	}
	return c.did(ctx, a.caller, channel.GuildID, acts, event.ChannelUpdated{Channel: updated})
}

func (c *Channels) current(ctx context.Context, guildID, channelID id.ID) (Channel, error) {
	view, err := c.views.Guild(ctx, guildID)
	if err != nil {
		return Channel{}, err
	}
	channel, found := view.channel(channelID)
	if !found {
		return Channel{}, fail(UnknownChannel)
	}
	return channel, nil
}

func channelFailure(doing string, err error) error {
	if _, ok := errors.AsType[*store.LimitError](err); ok {
		return fail(MaxChannels)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel)
	}
	return internal(doing, err)
}
