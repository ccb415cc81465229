package chat

import (
	"context"
	"slices"
	"strconv"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Prune says which members of a guild are gone in all but name.
type Prune struct {
	// Days is for how long somebody must not have been seen, 1 to 30; zero means 7.
	Days int
	// RoleIDs are roles that do not save those who hold them; whoever holds another one stays.
	RoleIDs []id.ID
}

const (
	defaultPruneDays = 7
	maxPruneDays     = 30
	maxPruneRoles    = 100
)

// CountPrune tells how many members a prune would take out; it needs KICK_MEMBERS and MANAGE_GUILD.
func (m *Members) CountPrune(ctx context.Context, caller Caller, guildID id.ID, prune Prune) (int, error) {
	a, err := m.pruneAccess(ctx, caller, guildID, &prune)
	if err != nil {
		return 0, err
	}
	pruned, err := m.prunable(ctx, a, prune)
	return len(pruned), err
}

// Prune takes out of a guild whoever has not been seen for some days, has no role but those named, and stands below the caller, and tells how many they were; it needs KICK_MEMBERS and MANAGE_GUILD.
// Somebody is seen when they are connected, use a login, come into the guild or write in it. Bots stay.
func (m *Members) Prune(ctx context.Context, caller Caller, guildID id.ID, prune Prune) (int, error) {
	count := 0
	err := m.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := m.pruneAccess(ctx, caller, guildID, &prune)
		if err != nil {
			return err
		}
		pruned, err := m.prunable(ctx, a, prune)
		if err != nil || len(pruned) == 0 {
			return err
		}
		for _, member := range pruned {
			left, threadIDs, err := m.take(ctx, a.view, member.UserID)
			if err != nil {
				return err
			}
			count++
			m.publish(ctx, left...)
			m.threads.left(ctx, member.UserID, threadIDs)
		}
		return m.did(ctx, caller, guildID, []act{{action: store.AuditMemberPrune,
			options: map[string]string{"delete_member_days": strconv.Itoa(prune.Days), "members_removed": strconv.Itoa(count)}}})
	})
	return count, err
}

func (m *Members) pruneAccess(ctx context.Context, caller Caller, guildID id.ID, prune *Prune) (access, error) {
	if prune.Days == 0 {
		prune.Days = defaultPruneDays
	}
	if prune.Days < 1 || prune.Days > maxPruneDays {
		return access{}, invalid("days", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxPruneDays)
	}
	if len(prune.RoleIDs) > maxPruneRoles {
		return access{}, invalid("include_roles", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxPruneRoles)
	}
	a, err := m.views.access(ctx, caller, guildID)
	if err != nil {
		return access{}, err
	}
	for _, roleID := range prune.RoleIDs {
		if _, found := a.view.Role(roleID); !found {
			return access{}, fail(UnknownRole)
		}
	}
	return a, a.need(perm.KickMembers | perm.ManageGuild)
}

// prunable gives the members whom a prune takes out.
func (m *Members) prunable(ctx context.Context, a access, prune Prune) ([]GuildMember, error) {
	since := m.Now().Add(-time.Duration(prune.Days) * 24 * time.Hour)
	var pruned []GuildMember
	for after := id.ID(0); ; {
		page, err := m.Store.GuildMembers(ctx, a.view.Guild.ID, after, maxMembersPage)
		if err != nil {
			return nil, internal("listing members", err)
		}
		members, err := m.withUsers(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range members {
			member := &members[i]
			other := func(roleID id.ID) bool { return !slices.Contains(prune.RoleIDs, roleID) }
			if member.User.Bot || !member.JoinedAt.Before(since) || slices.ContainsFunc(member.RoleIDs, other) || a.mayActOn(&member.Member) != nil {
				continue
			}
			seen, err := m.seen(ctx, a.view, member.UserID, since)
			if err != nil {
				return nil, err
			}
			if !seen {
				pruned = append(pruned, *member)
			}
		}
		if len(page) < maxMembersPage {
			return pruned, nil
		}
		after = page[len(page)-1].UserID
	}
}

// seen tells whether somebody was connected, used a login or wrote in a guild since a moment.
func (m *Members) seen(ctx context.Context, view *View, userID id.ID, since time.Time) (bool, error) {
	connected, err := m.presence.connected(ctx, userID)
	if err != nil || connected {
		return connected, err
	}
	sessions, err := m.Store.LoginSessions(ctx, userID)
	if err != nil {
		return false, internal("reading login sessions", err)
	}
	if slices.ContainsFunc(sessions, func(session store.LoginSession) bool {
		return session.RotatedAt.After(since) || session.CreatedAt.After(since)
	}) {
		return true, nil
	}
	for i := range view.Channels {
		if view.LastMessageID(view.Channels[i].ID) < id.At(since) {
			continue
		}
		written, err := m.Store.AuthorMessages(ctx, view.Channels[i].ID, userID, id.At(since), 1)
		if err != nil {
			return false, internal("looking for messages", err)
		}
		if len(written) > 0 {
			return true, nil
		}
	}
	// Whoever writes in a thread is in it.
	threadIDs, err := m.Store.JoinedThreads(ctx, view.Guild.ID, userID)
	if err != nil {
		return false, internal("reading threads", err)
	}
	for _, threadID := range threadIDs {
		written, err := m.Store.AuthorMessages(ctx, threadID, userID, id.At(since), 1)
		if err != nil {
			return false, internal("looking for messages", err)
		}
		if len(written) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// connections tells whether somebody has a session on any node, seen by others or not.
type connections interface {
	connected(ctx context.Context, userID id.ID) (bool, error)
}

// endTemporary takes somebody who is not connected any more out of the guilds where their membership was to last no longer.
func (m *Members) endTemporary(ctx context.Context, userID id.ID) {
	guildIDs, err := m.views.UserGuilds(ctx, userID)
	for _, guildID := range guildIDs {
		if err == nil {
			err = m.endTemporaryIn(ctx, guildID, userID)
		}
	}
	if err != nil {
		m.Log.ErrorContext(ctx, "a temporary membership was not ended", "user", userID, "error", err)
	}
}

func (m *Members) endTemporaryIn(ctx context.Context, guildID, userID id.ID) error {
	member, err := m.views.Member(ctx, guildID, userID)
	if err != nil || !member.Temporary {
		if KindOf(err) == UnknownMember {
			return nil
		}
		return err
	}
	return m.views.change(ctx, guildID, func(ctx context.Context) error {
		member, err := m.views.Member(ctx, guildID, userID)
		if err != nil || !member.Temporary {
			return err
		}
		if connected, err := m.presence.connected(ctx, userID); err != nil || connected {
			return err
		}
		return m.remove(ctx, guildID, userID)
	})
}

// temporaryGrace is for how long a temporary membership lasts in any case: the invite may have been accepted just before connecting.
const temporaryGrace = 10 * time.Minute

// sweepTemporary ends the temporary memberships of those who went while nobody looked, as when the hall was stopped.
func (m *Members) sweepTemporary(ctx context.Context) error {
	members, err := m.Store.TemporaryMembers(ctx)
	if err != nil {
		return internal("listing temporary members", err)
	}
	for _, member := range members {
		if m.Now().Sub(member.JoinedAt) < temporaryGrace {
			continue
		}
		if err := m.endTemporaryIn(ctx, member.GuildID, member.UserID); err != nil {
			return err
		}
	}
	return nil
}
