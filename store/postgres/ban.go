package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const banColumns = "server_id, user_id, reason"

func scanBan(row pgx.CollectableRow) (store.Ban, error) {
	var ban store.Ban
	var guildID, userID int64
	err := row.Scan(&guildID, &userID, &ban.Reason)
	ban.GuildID, ban.UserID = id.ID(guildID), id.ID(userID)
	return ban, err
}

// AddBan implements store.Bans. The account is locked, as by those who let it in (see admit): a user who is banned and joins at the same moment is out in the end.
func (s *Store) AddBan(ctx context.Context, ban store.Ban) (wasMember bool, left store.Departure, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		wasMember = false
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(ban.UserID)}, scanID); err != nil {
			return err
		}
		if err := holdGuild(ctx, tx, ban.GuildID); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO bans ("+banColumns+") VALUES ($1, $2, $3)", int64(ban.GuildID), int64(ban.UserID), ban.Reason); err != nil {
			return err
		}
		left, err = removeMember(ctx, tx, ban.GuildID, ban.UserID)
		if errors.Is(err, pgx.ErrNoRows) {
			left, err = uninstall(ctx, tx, ban.GuildID, ban.UserID)
			return err
		}
		wasMember = err == nil
		return err
	})
	if err != nil {
		return false, store.Departure{}, err
	}
	return wasMember, left, nil
}

// admit adds a member whose account was there before, unless the guild has banned them.
func admit(ctx context.Context, tx pgx.Tx, member store.Member) error {
	var banned bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM bans WHERE server_id = $1 AND user_id = $2)", int64(member.GuildID), int64(member.UserID)).Scan(&banned); err != nil {
		return err
	}
	if banned {
		return store.ErrBanned
	}
	return insertMember(ctx, tx, member)
}

// Ban implements store.Bans.
func (s *Store) Ban(ctx context.Context, guildID, userID id.ID) (store.Ban, error) {
	return one(ctx, s, "SELECT "+banColumns+" FROM bans WHERE server_id = $1 AND user_id = $2", []any{int64(guildID), int64(userID)}, scanBan)
}

// GuildBans implements store.Bans.
func (s *Store) GuildBans(ctx context.Context, guildID, before, after id.ID, limit int) ([]store.Ban, error) {
	const query = "SELECT " + banColumns + " FROM bans WHERE server_id = $1 "
	if before == 0 {
		return rows(ctx, s, query+"AND user_id > $2 ORDER BY user_id LIMIT $3", []any{int64(guildID), int64(after), max(0, limit)}, scanBan)
	}
	bans, err := rows(ctx, s, query+"AND user_id < $2 ORDER BY user_id DESC LIMIT $3", []any{int64(guildID), int64(before), max(0, limit)}, scanBan)
	slices.Reverse(bans)
	return bans, err
}

// RemoveBan implements store.Bans.
func (s *Store) RemoveBan(ctx context.Context, guildID, userID id.ID) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return changeOne(ctx, tx, "DELETE FROM bans WHERE server_id = $1 AND user_id = $2", int64(guildID), int64(userID))
	})
}
