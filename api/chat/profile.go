package chat

import (
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// Bounds of profiles, as upstream.
const (
	maxBio      = 190
	maxPronouns = 40
)

// checkProfile cleans and validates what a change says of a profile.
func (c *UserChange) checkProfile(wrong *fieldErrors) {
	if c.Bio != nil {
		bio := wrong.text("bio", *c.Bio, maxBio)
		c.Bio = &bio
	}
	if c.Pronouns != nil {
		pronouns := wrong.name("pronouns", *c.Pronouns, 0, maxPronouns)
		c.Pronouns = &pronouns
	}
	if c.AccentColor != nil && *c.AccentColor != nil {
		wrong.number("accent_color", **c.AccentColor, 0, 0xFFFFFF)
	}
}

// sameToOthers tells whether two states of an account look the same beside a name.
func sameToOthers(a, b *store.User) bool {
	return a.Username == b.Username && a.GlobalName == b.GlobalName && a.Flags == b.Flags && a.Avatar.Name() == b.Avatar.Name() && a.Banner.Name() == b.Banner.Name()
}

// Profile is what somebody shows of themselves to those who have to do with them.
type Profile struct {
	User store.User
	// MutualGuilds are the guilds that both are in, with the nick there; MutualFriends are friends of both, in ascending order of id.
	MutualGuilds  []store.Member
	MutualFriends []store.User
	// Member is their place in the guild that was asked about; nil for none.
	Member *store.Member
}

// Profile gives somebody's profile to the caller, who must be in a guild with them, their friend, or in a conversation with them; to others they are unknown. guildID adds their place in a guild, zero adds none.
func (u *Users) Profile(ctx context.Context, caller Caller, relationships *Relationships, userID, guildID id.ID) (Profile, error) {
	user, err := u.lookup(ctx, userID)
	if err != nil {
		return Profile{}, unknownUser(err)
	}
	profile := Profile{User: user}
	own, err := u.views.UserGuilds(ctx, caller.UserID)
	if err != nil {
		return Profile{}, err
	}
	theirs, err := u.views.UserGuilds(ctx, userID)
	if err != nil {
		return Profile{}, err
	}
	for _, shared := range theirs {
		if !slices.Contains(own, shared) {
			continue
		}
		member, err := u.views.Member(ctx, shared, userID)
		if KindOf(err) == UnknownMember {
			continue // left meanwhile
		}
		if err != nil {
			return Profile{}, err
		}
		profile.MutualGuilds = append(profile.MutualGuilds, ownMember(member))
		if shared == guildID {
			here := ownMember(member)
			profile.Member = &here
		}
	}
	friends, err := relationships.friends(ctx, caller.UserID)
	if err != nil {
		return Profile{}, err
	}
	if len(profile.MutualGuilds) == 0 && userID != caller.UserID && !slices.Contains(friends, userID) {
		if known, err := u.talk(ctx, caller.UserID, userID); err != nil || !known {
			if err == nil {
				err = fail(UnknownUser)
			}
			return Profile{}, err
		}
	}
	if guildID != 0 && profile.Member == nil {
		return Profile{}, fail(UnknownMember)
	}
	if userID == caller.UserID {
		return profile, nil
	}
	others, err := relationships.friends(ctx, userID)
	if err != nil {
		return Profile{}, err
	}
	mutual := slices.DeleteFunc(friends, func(friendID id.ID) bool { return !slices.Contains(others, friendID) })
	found, err := u.lookupAll(ctx, mutual)
	if err != nil {
		return Profile{}, internal("reading friends", err)
	}
	for _, friendID := range mutual {
		if friend, there := found[friendID]; there {
			profile.MutualFriends = append(profile.MutualFriends, friend)
		}
	}
	return profile, nil
}

// talk tells whether two accounts have a conversation, or a group in common.
func (u *Users) talk(ctx context.Context, one, other id.ID) (bool, error) {
	channels, err := u.Store.UserDirectChannels(ctx, one)
	if err != nil {
		return false, internal("listing conversations", err)
	}
	return slices.ContainsFunc(channels, func(channel store.Channel) bool { return slices.Contains(channel.Recipients, other) }), nil
}
