package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const inviteColumns = "code, server_id, channel_id, inviter_id, created_at, max_age, max_uses, uses, temporary"

// unusable is the condition under which an invite does not work any more at $1 (store.Invite.Usable, which has no longer times than 9223372036 seconds either).
const unusable = "(max_age <> 0 AND created_at + greatest(-9223372036, least(max_age, 9223372036)) * interval '1 second' <= $1 OR max_uses <> 0 AND uses >= max_uses)"

func scanInvite(row pgx.CollectableRow) (store.Invite, error) {
	var invite store.Invite
	var guildID, channelID, inviterID int64
	var created *time.Time
	err := row.Scan(&invite.Code, &guildID, &channelID, &inviterID, &created, &invite.MaxAge, &invite.MaxUses, &invite.Uses, &invite.Temporary)
	invite.GuildID, invite.ChannelID, invite.InviterID, invite.CreatedAt = id.ID(guildID), id.ID(channelID), id.ID(inviterID), timeOf(created)
	return invite, err
}

// CreateInvite implements store.Invites.
func (s *Store) CreateInvite(ctx context.Context, invite store.Invite) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := holdGuild(ctx, tx, invite.GuildID); err != nil {
			return err
		}
		// The channel must be one of the guild; its row is locked, so that it stays.
		return changeOne(ctx, tx, "INSERT INTO invites ("+inviteColumns+`) SELECT $1, server_id, id, $4, $5, $6, $7, $8, $9 FROM channels WHERE server_id = $2 AND id = $3 FOR SHARE`, invite.Code, int64(invite.GuildID), int64(invite.ChannelID),
			int64(invite.InviterID), moment(invite.CreatedAt), invite.MaxAge, invite.MaxUses, invite.Uses, invite.Temporary)
	})
}

// Invite implements store.Invites.
func (s *Store) Invite(ctx context.Context, code string) (store.Invite, error) {
	return one(ctx, s, "SELECT "+inviteColumns+" FROM invites WHERE code = $1", []any{code}, scanInvite)
}

// GuildInvites implements store.Invites.
func (s *Store) GuildInvites(ctx context.Context, guildID id.ID) ([]store.Invite, error) {
	return rows(ctx, s, "SELECT "+inviteColumns+" FROM invites WHERE server_id = $1 ORDER BY created_at DESC, code", []any{int64(guildID)}, scanInvite)
}

// RedeemInvite implements store.Invites.
func (s *Store) RedeemInvite(ctx context.Context, code string, member store.Member, now time.Time) (invite store.Invite, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		invite, err = redeem(ctx, tx, code, member, now)
		return err
	})
	if err != nil {
		return store.Invite{}, err
	}
	return invite, nil
}

// redeem counts a use of an invite and adds the member. What is wrong is told in this order: no such account, no such invite, spent, banned, in already.
func redeem(ctx context.Context, tx pgx.Tx, code string, member store.Member, now time.Time) (store.Invite, error) {
	if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR SHARE", []any{int64(member.UserID)}, scanID); err != nil {
		return store.Invite{}, err
	}
	guildID, err := locked(ctx, tx, "SELECT server_id FROM invites WHERE code = $1", []any{code}, scanID)
	if err == nil {
		err = holdGuild(ctx, tx, guildID)
	}
	if err != nil {
		return store.Invite{}, err
	}
	invite, err := locked(ctx, tx, "SELECT "+inviteColumns+" FROM invites WHERE code = $1 FOR UPDATE", []any{code}, scanInvite)
	if err != nil {
		return invite, err
	}
	if !invite.Usable(now) {
		return invite, store.ErrSpent
	}
	member.GuildID, member.Temporary = invite.GuildID, invite.Temporary
	if err := admit(ctx, tx, member); err != nil {
		return invite, err
	}
	invite.Uses++
	return invite, execute(ctx, tx, "UPDATE invites SET uses = $2 WHERE code = $1", code, invite.Uses)
}

// DeleteInvite implements store.Invites.
func (s *Store) DeleteInvite(ctx context.Context, code string) error {
	return s.write(ctx, func(tx pgx.Tx) error { return changeOne(ctx, tx, "DELETE FROM invites WHERE code = $1", code) })
}

// PruneInvites implements store.Invites.
func (s *Store) PruneInvites(ctx context.Context, now time.Time) (int, error) {
	return s.sweep(ctx, "DELETE FROM invites WHERE "+unusable, now.UTC())
}
