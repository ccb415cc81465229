package postgres

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const memberQuery = `SELECT server_id, user_id, nick, joined_at, deaf, mute, timed_out_until, flags, temporary, avatar, banner, bio,
	(SELECT array_agg(role_id ORDER BY role_id) FROM member_roles r WHERE r.server_id = server_members.server_id AND r.user_id = server_members.user_id)
	FROM server_members `

func scanMember(row pgx.CollectableRow) (store.Member, error) {
	var member store.Member
	var guildID, userID, flags int64
	var joined, until *time.Time
	var roles []int64
	err := row.Scan(&guildID, &userID, &member.Nick, &joined, &member.Deaf, &member.Mute, &until, &flags, &member.Temporary, &member.Avatar, &member.Banner, &member.Bio, &roles)
	member.GuildID, member.UserID, member.Flags, member.RoleIDs = id.ID(guildID), id.ID(userID), uint64(flags), idsOf(roles)
	member.JoinedAt, member.TimedOutUntil = timeOf(joined), timeOf(until)
	return member, err
}

func memberValues(member store.Member) []any {
	return []any{int64(member.GuildID), int64(member.UserID), member.Nick, moment(member.JoinedAt), member.Deaf, member.Mute, moment(member.TimedOutUntil), int64(member.Flags), member.Temporary,
		member.Avatar, member.Banner, member.Bio}
}

func insertMember(ctx context.Context, tx pgx.Tx, member store.Member) error {
	if err := hang(ctx, tx, member.UserID, member.GuildID, shown{"avatar": {nil, &member.Avatar}, "banner": {nil, &member.Banner}}); err != nil {
		return err
	}
	if err := execute(ctx, tx, `INSERT INTO server_members (server_id, user_id, nick, joined_at, deaf, mute, timed_out_until, flags, temporary, avatar, banner, bio)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		memberValues(member)...); err != nil {
		return err
	}
	return insertMemberRoles(ctx, tx, member)
}

func insertMemberRoles(ctx context.Context, tx pgx.Tx, member store.Member) error {
	roles := slices.Clone(member.RoleIDs)
	slices.Sort(roles)
	return execute(ctx, tx, "INSERT INTO member_roles (server_id, user_id, role_id) SELECT $1, $2, unnest($3::bigint[])", int64(member.GuildID), int64(member.UserID), integers(slices.Compact(roles)))
}

// AddMember implements store.Members.
func (s *Store) AddMember(ctx context.Context, member store.Member) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR SHARE", []any{int64(member.UserID)}, scanID); err != nil {
			return err
		}
		return admit(ctx, tx, member)
	})
}

// Member implements store.Members.
func (s *Store) Member(ctx context.Context, guildID, userID id.ID) (store.Member, error) {
	return one(ctx, s, memberQuery+"WHERE server_id = $1 AND user_id = $2", []any{int64(guildID), int64(userID)}, scanMember)
}

// GuildMembers implements store.Members.
func (s *Store) GuildMembers(ctx context.Context, guildID, after id.ID, limit int) ([]store.Member, error) {
	return rows(ctx, s, memberQuery+"WHERE server_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3", []any{int64(guildID), int64(after), limit}, scanMember)
}

// TemporaryMembers implements store.Members.
func (s *Store) TemporaryMembers(ctx context.Context) ([]store.Member, error) {
	return rows(ctx, s, memberQuery+"WHERE temporary ORDER BY server_id, user_id", nil, scanMember)
}

// RoleHolders implements store.Members.
func (s *Store) RoleHolders(ctx context.Context, guildID id.ID, roleIDs []id.ID, most int) (map[id.ID][]id.ID, error) {
	type holding struct{ role, user int64 }
	found, err := rows(ctx, s, `SELECT wanted.role_id, holder.user_id FROM (SELECT DISTINCT unnest($2::bigint[])) AS wanted (role_id) CROSS JOIN LATERAL
		(SELECT user_id FROM member_roles WHERE server_id = $1 AND role_id = wanted.role_id LIMIT $3) AS holder ORDER BY holder.user_id`,
		[]any{int64(guildID), integers(roleIDs), most + 1}, func(row pgx.CollectableRow) (one holding, err error) { return one, row.Scan(&one.role, &one.user) })
	if err != nil {
		return nil, err
	}
	holders := make(map[id.ID][]id.ID)
	for _, one := range found {
		holders[id.ID(one.role)] = append(holders[id.ID(one.role)], id.ID(one.user))
	}
	maps.DeleteFunc(holders, func(_ id.ID, users []id.ID) bool { return len(users) > most })
	return holders, nil
}

// CountMembers implements store.Members.
func (s *Store) CountMembers(ctx context.Context, guildID id.ID) (int, error) {
	return one(ctx, s, "SELECT count(*) FROM server_members WHERE server_id = $1", []any{int64(guildID)}, pgx.RowTo[int])
}

// UserGuilds implements store.Members.
func (s *Store) UserGuilds(ctx context.Context, userID id.ID) ([]id.ID, error) {
	return rows(ctx, s, "SELECT server_id FROM server_members WHERE user_id = $1 ORDER BY server_id", []any{int64(userID)}, scanID)
}

// UpdateMember implements store.Members.
func (s *Store) UpdateMember(ctx context.Context, guildID, userID id.ID, change func(*store.Member) error) (member store.Member, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(guildID), int64(userID)}
		// First locked, then read: what a statement reads beside the row that it waited for is from before the wait.
		if err := holdGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if _, err := locked(ctx, tx, "SELECT user_id FROM server_members WHERE server_id = $1 AND user_id = $2 FOR UPDATE", place, scanID); err != nil {
			return err
		}
		if member, err = locked(ctx, tx, memberQuery+"WHERE server_id = $1 AND user_id = $2", place, scanMember); err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft := member
		draft.RoleIDs = slices.Clone(member.RoleIDs)
		if err := change(&draft); err != nil {
			return err
		}
		draft.GuildID, draft.UserID = guildID, userID
		if err := hang(ctx, tx, userID, guildID, shown{"avatar": {member.Avatar, &draft.Avatar}, "banner": {member.Banner, &draft.Banner}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE server_members SET nick = $3, joined_at = $4, deaf = $5, mute = $6, timed_out_until = $7, flags = $8, temporary = $9,
			avatar = $10, banner = $11, bio = $12 WHERE server_id = $1 AND user_id = $2`,
			memberValues(draft)...); err != nil {
			return err
		}
		if !slices.Equal(member.RoleIDs, draft.RoleIDs) {
			if err := execute(ctx, tx, "DELETE FROM member_roles WHERE server_id = $1 AND user_id = $2", place...); err != nil {
				return err
			}
			if err := insertMemberRoles(ctx, tx, draft); err != nil {
				return err
			}
		}
		member, err = locked(ctx, tx, memberQuery+"WHERE server_id = $1 AND user_id = $2", place, scanMember)
		return err
	})
	if err != nil {
		return store.Member{}, err
	}
	return member, nil
}

// RemoveMember implements store.Members.
func (s *Store) RemoveMember(ctx context.Context, guildID, userID id.ID) (left store.Departure, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := holdGuild(ctx, tx, guildID); err != nil {
			return err
		}
		left, err = removeMember(ctx, tx, guildID, userID)
		return err
	})
	if err != nil {
		return store.Departure{}, err
	}
	return left, nil
}

// removeMember takes a member out of a guild that is held, and tells what went with them; pgx.ErrNoRows when there is none. The member is locked first: whoever brings them into a
// thread at the same time waits, and finds them gone.
func removeMember(ctx context.Context, tx pgx.Tx, guildID, userID id.ID) (left store.Departure, err error) {
	member := []any{int64(guildID), int64(userID)}
	if _, err := locked(ctx, tx, "SELECT user_id FROM server_members WHERE server_id = $1 AND user_id = $2 FOR UPDATE", member, scanID); err != nil {
		return store.Departure{}, err
	}
	threadIDs, err := collect(ctx, tx, "SELECT channel_id FROM thread_members WHERE server_id = $1 AND user_id = $2 ORDER BY channel_id", member, scanID)
	if err != nil {
		return store.Departure{}, err
	}
	if err := execute(ctx, tx, "DELETE FROM server_members WHERE server_id = $1 AND user_id = $2", member...); err != nil {
		return store.Departure{}, err
	}
	left, err = uninstall(ctx, tx, guildID, userID)
	left.ThreadIDs = threadIDs
	return left, err
}
