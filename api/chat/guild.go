package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Limits are maxima that an administrator may change; zero means the default.
type Limits struct {
	// GuildsPerPerson is in how many guilds one person can be, 200 by default.
	GuildsPerPerson int
}

func (l Limits) guildsPerPerson() int { return cmp.Or(l.GuildsPerPerson, 200) }

// EveryonePermissions are what every member of a new guild may do: take part in everything, change nothing, and ping nobody but persons.
const EveryonePermissions = perm.CreateInstantInvite | perm.AddReactions | perm.Stream | perm.ViewChannel | perm.SendMessages | perm.EmbedLinks |
	perm.AttachFiles | perm.ReadMessageHistory | perm.UseExternalEmojis | perm.Connect | perm.Speak | perm.UseVAD | perm.ChangeNickname |
	perm.UseApplicationCommands | perm.RequestToSpeak | perm.CreatePublicThreads | perm.CreatePrivateThreads | perm.UseExternalStickers |
	perm.SendMessagesInThreads | perm.UseEmbeddedActivities | perm.UseSoundboard | perm.UseExternalSounds | perm.SendVoiceMessages | perm.SendPolls |
	perm.UseExternalApps

// Guilds is about guilds as a whole.
type Guilds struct {
	Deps
	views    *Views
	members  *Members
	users    userDirectory
	presence presences
	voice    voiceStates
	threads  *Threads // set when there is one
	limits   Limits
	files    *Files // set when there is one
}

// userDirectory answers from memory who accounts are, as others may know them: no e-mail addresses, no hashes.
type userDirectory interface {
	// lookup gives an account; an error that wraps store.ErrNotFound when there is none.
	lookup(ctx context.Context, userID id.ID) (store.User, error)
	// lookupAll gives those that exist.
	lookupAll(ctx context.Context, userIDs []id.ID) (map[id.ID]store.User, error)
}

// presences tells who is reachable.
type presences interface {
	Users(userIDs []id.ID) []UserPresence
	CountOnline(guildID id.ID) int
}

// voiceStates tells who is in voice, and moves them.
type voiceStates interface {
	States(ctx context.Context, guildID id.ID) ([]event.VoiceState, error)
	move(ctx context.Context, guildID, userID, channelID id.ID) error
}

func newGuilds(deps Deps, views *Views, members *Members, users userDirectory, presence presences, voice voiceStates, limits Limits) *Guilds {
	return &Guilds{Deps: deps, views: views, members: members, users: users, presence: presence, voice: voice, limits: limits}
}

// GuildPage selects guilds by id, ascending.
type GuildPage struct {
	// Before and After are exclusive bounds, zero for none.
	Before, After id.ID
	// Limit is 1 to 200; zero means 200.
	Limit      int
	WithCounts bool
}

// GuildSummary is a guild as it stands in a person's list.
type GuildSummary struct {
	Guild store.Guild
	// Owner tells whether the caller owns it, Permissions what they may do in it.
	Owner       bool
	Permissions perm.Set
	// Counts are nil when they were not asked for.
	Counts *GuildCounts
}

// GuildCounts tells how many are in a guild, and how many of them are reachable.
type GuildCounts struct{ Members, Presences int }

// List gives the caller's guilds, or all of them to the console.
func (g *Guilds) List(ctx context.Context, caller Caller, page GuildPage) ([]GuildSummary, error) {
	limit := cmp.Or(page.Limit, 200)
	if limit < 1 || limit > 200 {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and 200.")
	}
	guildIDs, err := g.listed(ctx, caller, page, limit)
	if err != nil {
		return nil, err
	}
	summaries := make([]GuildSummary, 0, len(guildIDs))
	for _, guildID := range guildIDs {
		a, err := g.views.access(ctx, caller, guildID)
		if KindOf(err) == UnknownGuild {
			continue // left or deleted just now
		}
		if err != nil {
			return nil, err
		}
		summary := GuildSummary{Guild: a.view.Guild, Owner: a.view.Guild.OwnerID == caller.UserID, Permissions: a.inGuild().Standing()}
		if page.WithCounts {
			counts, err := g.counts(ctx, guildID)
			if err != nil {
				return nil, err
			}
			summary.Counts = &counts
		}
		summaries = append(summaries, summary)
	}
	return summaries, nil
}

// listed gives the ids on a page of the caller's guilds, ascending. A page that has only an upper bound ends at that bound, as upstream.
func (g *Guilds) listed(ctx context.Context, caller Caller, page GuildPage, limit int) ([]id.ID, error) {
	var guildIDs []id.ID
	if caller.Console {
		guilds, err := g.Store.ListGuilds(ctx, page.After, limit)
		if err != nil {
			return nil, internal("listing guilds", err)
		}
		for _, guild := range guilds {
			guildIDs = append(guildIDs, guild.ID)
		}
	} else {
		var err error
		if guildIDs, err = g.views.UserGuilds(ctx, caller.UserID); err != nil {
			return nil, err
		}
	}
	guildIDs = slices.DeleteFunc(guildIDs, func(guildID id.ID) bool {
		return guildID <= page.After || page.Before != 0 && guildID >= page.Before
	})
	if len(guildIDs) > limit {
		if page.Before != 0 && page.After == 0 {
			return guildIDs[len(guildIDs)-limit:], nil
		}
		return guildIDs[:limit], nil
	}
	return guildIDs, nil
}

// Get gives a guild to its members.
func (g *Guilds) Get(ctx context.Context, caller Caller, guildID id.ID) (*View, error) {
	a, err := g.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	return a.view, nil
}

// Counts tells a guild's members how many they are.
func (g *Guilds) Counts(ctx context.Context, caller Caller, guildID id.ID) (GuildCounts, error) {
	if _, err := g.views.access(ctx, caller, guildID); err != nil {
		return GuildCounts{}, err
	}
	return g.counts(ctx, guildID)
}

func (g *Guilds) counts(ctx context.Context, guildID id.ID) (GuildCounts, error) {
	members, err := g.views.MemberCount(ctx, guildID)
	if err != nil {
		return GuildCounts{}, err
	}
	return GuildCounts{Members: members, Presences: g.presence.CountOnline(guildID)}, nil
}

// Delete deletes a guild with all that belongs to it. Only its owner can.
func (g *Guilds) Delete(ctx context.Context, caller Caller, guildID id.ID) error {
	return g.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := g.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.own("Only the owner can delete a guild."); err != nil {
			return err
		}
		err = g.Store.DeleteGuild(ctx, guildID)
		g.views.renew(guildID)
		g.views.dropMembers(guildID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownGuild)
		}
		if err != nil {
			return internal("deleting a guild", err)
		}
		g.publish(ctx, event.GuildDeleted{GuildID: guildID})
		return g.recordConsole(ctx, caller, store.HallGuildDeleted, guildID, map[string]string{"name": a.view.Guild.Name})
	})
}

// Leave takes the caller out of a guild. The owner cannot leave: the guild would be nobody's.
func (g *Guilds) Leave(ctx context.Context, caller Caller, guildID id.ID) error {
	return g.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := g.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if a.member == nil {
			return fail(UnknownMember)
		}
		if a.isOwner() {
			return &Error{Kind: Invalid, Message: "The owner cannot leave the guild. Give it to somebody else first, or delete it."}
		}
		return g.members.remove(ctx, guildID, caller.UserID)
	})
}
