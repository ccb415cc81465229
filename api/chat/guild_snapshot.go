package chat

import (
	"cmp"
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// SnapshotOptions say how much of a guild a client wants when it connects.
type SnapshotOptions struct {
	// MaxMembers is how many members come along, besides the caller and those in voice. The cost of connecting grows with it, not with the guild.
	MaxMembers int
	// Presences tells whether to say who of those members is reachable.
	Presences bool
}

// GuildSnapshot is all that a client needs to show a guild.
type GuildSnapshot struct {
	View *View
	// Member is the caller's own place.
	Member      GuildMember
	MemberCount int
	// Large says that there are more members than Members.
	Large bool
	// Channels are those that the caller may view; bots get all.
	Channels []Channel
	// Threads are those that the caller may view and that are not archived.
	Threads []Channel
	// Members are in ascending order of user id, the caller and everybody in voice among them.
	Members     []GuildMember
	Presences   []UserPresence
	VoiceStates []event.VoiceState
}

// GuildMember is a member with their account.
type GuildMember struct {
	store.Member
	User store.User
}

// Snapshot gives a member of a guild all that they need to show it.
func (g *Guilds) Snapshot(ctx context.Context, caller Caller, guildID id.ID, options SnapshotOptions) (*GuildSnapshot, error) {
	a, err := g.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if a.member == nil {
		return nil, fail(UnknownMember)
	}
	snapshot := &GuildSnapshot{View: a.view}
	if caller.Bot {
		snapshot.Channels = a.view.AllChannels()
	} else {
		snapshot.Channels = a.view.VisibleChannels(a.member)
	}
	if snapshot.Threads, err = g.threads.active(ctx, a); err != nil {
		return nil, err
	}
	if snapshot.MemberCount, err = g.views.MemberCount(ctx, guildID); err != nil {
		return nil, err
	}
	if snapshot.VoiceStates, err = g.voice.States(ctx, guildID); err != nil {
		return nil, err
	}
	members, err := g.snapshotMembers(ctx, a.member, snapshot.VoiceStates, options.MaxMembers)
	if err != nil {
		return nil, err
	}
	if snapshot.Members, err = g.members.withUsers(ctx, members); err != nil {
		return nil, err
	}
	snapshot.Large = snapshot.MemberCount > len(snapshot.Members)
	at, found := slices.BinarySearchFunc(snapshot.Members, caller.UserID, func(member GuildMember, userID id.ID) int { return cmp.Compare(member.UserID, userID) })
	if !found {
		return nil, fail(UnknownUser)
	}
	snapshot.Member = snapshot.Members[at]
	if options.Presences {
		userIDs := make([]id.ID, len(snapshot.Members))
		for i := range snapshot.Members {
			userIDs[i] = snapshot.Members[i].UserID
		}
		snapshot.Presences = g.presence.Users(userIDs)
	}
	return snapshot, nil
}

// snapshotMembers gives the first members of a guild, one of them and everybody in voice, each once, in ascending order.
func (g *Guilds) snapshotMembers(ctx context.Context, own *store.Member, inVoice []event.VoiceState, most int) ([]store.Member, error) {
	var members []store.Member
	if most > 0 {
		var err error
		if members, err = g.Store.GuildMembers(ctx, own.GuildID, 0, most); err != nil {
			return nil, internal("reading a guild's members", err)
		}
	}
	known := make(map[id.ID]bool, len(members))
	for i := range members {
		known[members[i].UserID] = true
	}
	if !known[own.UserID] {
		known[own.UserID] = true
		members = append(members, *own)
	}
	for i := range inVoice {
		if known[inVoice[i].UserID] {
			continue
		}
		member, err := g.views.Member(ctx, own.GuildID, inVoice[i].UserID)
		if KindOf(err) == UnknownMember {
			continue // left just now
		}
		if err != nil {
			return nil, err
		}
		known[member.UserID] = true
		members = append(members, *member)
	}
	slices.SortFunc(members, func(a, b store.Member) int { return cmp.Compare(a.UserID, b.UserID) })
	return members, nil
}
