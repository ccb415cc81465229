package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const userColumns = "id, username, global_name, email, password_hash, bot, disabled, flags, locale, password_changed_at, avatar, banner, accent_color, bio, pronouns, reset_hash, reset_expires, mfa, guest, stream_key_hash"

func scanUser(row pgx.CollectableRow) (store.User, error) {
	var user store.User
	var userID, flags int64
	var changed, resetExpires *time.Time
	err := row.Scan(&userID, &user.Username, &user.GlobalName, &user.Email, &user.PasswordHash, &user.Bot, &user.Disabled, &flags, &user.Locale, &changed, &user.Avatar, &user.Banner, &user.AccentColor, &user.Bio, &user.Pronouns,
		&user.ResetHash, &resetExpires, &user.MFA, &user.Guest, &user.StreamKeyHash)
	user.ID, user.Flags, user.PasswordChangedAt, user.ResetExpires = id.ID(userID), uint64(flags), timeOf(changed), timeOf(resetExpires)
	return user, err
}

func insertUser(ctx context.Context, tx pgx.Tx, user store.User) error {
	if err := hang(ctx, tx, user.ID, 0, shown{"avatar": {nil, &user.Avatar}, "banner": {nil, &user.Banner}}); err != nil {
		return err
	}
	return execute(ctx, tx, "INSERT INTO users ("+userColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, false, $18, $19)", int64(user.ID), user.Username, user.GlobalName, user.Email,
		user.PasswordHash, user.Bot, user.Disabled, int64(user.Flags), user.Locale, moment(user.PasswordChangedAt), user.Avatar, user.Banner, user.AccentColor, user.Bio, user.Pronouns, user.ResetHash, moment(user.ResetExpires), user.Guest, user.StreamKeyHash)
}

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, user store.User) error {
	return s.write(ctx, func(tx pgx.Tx) error { return insertUser(ctx, tx, user) })
}

// RegisterUser implements store.Users.
func (s *Store) RegisterUser(ctx context.Context, user store.User, code string, member store.Member, now time.Time) (invite store.Invite, err error) {
	member.UserID = user.ID
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		invite, err = redeem(ctx, tx, code, member, now)
		return err
	})
	if err != nil {
		return store.Invite{}, err
	}
	return invite, nil
}

// User implements store.Users.
func (s *Store) User(ctx context.Context, userID id.ID) (store.User, error) {
	return one(ctx, s, "SELECT "+userColumns+" FROM users WHERE id = $1", []any{int64(userID)}, scanUser)
}

// UsersByID implements store.Users.
func (s *Store) UsersByID(ctx context.Context, userIDs []id.ID) ([]store.User, error) {
	return rows(ctx, s, "SELECT "+userColumns+" FROM users WHERE id = ANY($1)", []any{integers(userIDs)}, scanUser)
}

// PersonByLogin implements store.Users.
func (s *Store) PersonByLogin(ctx context.Context, login string) (store.User, error) {
	return one(ctx, s, "SELECT "+userColumns+" FROM users WHERE NOT bot AND (username = $1 OR email = $1 AND email <> '') ORDER BY (username = $1) DESC LIMIT 1", []any{login}, scanUser)
}

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(ctx context.Context, userID id.ID, change func(*store.User) error) (user store.User, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if user, err = locked(ctx, tx, "SELECT "+userColumns+" FROM users WHERE id = $1 FOR UPDATE", []any{int64(userID)}, scanUser); err != nil {
			return err
		}
		before := user
		if err := change(&user); err != nil {
			return err
		}
		user.ID, user.Bot, user.MFA, user.PasswordChangedAt, user.ResetExpires = userID, before.Bot, before.MFA, timeOf(moment(user.PasswordChangedAt)), timeOf(moment(user.ResetExpires))
		if err := hang(ctx, tx, userID, 0, shown{"avatar": {before.Avatar, &user.Avatar}, "banner": {before.Banner, &user.Banner}}); err != nil {
			return err
		}
		return execute(ctx, tx, `UPDATE users SET username = $2, global_name = $3, email = $4, password_hash = $5, disabled = $6, flags = $7, locale = $8, password_changed_at = $9,
			avatar = $10, banner = $11, accent_color = $12, bio = $13, pronouns = $14, reset_hash = $15, reset_expires = $16, guest = $17, stream_key_hash = $18 WHERE id = $1`, int64(userID), user.Username, user.GlobalName, user.Email, user.PasswordHash, user.Disabled, int64(user.Flags), user.Locale, moment(user.PasswordChangedAt),
			user.Avatar, user.Banner, user.AccentColor, user.Bio, user.Pronouns, user.ResetHash, moment(user.ResetExpires), user.Guest, user.StreamKeyHash)
	})
	if err != nil {
		return store.User{}, err
	}
	return user, nil
}

// ListUsers implements store.Users.
func (s *Store) ListUsers(ctx context.Context, after id.ID, limit int) ([]store.User, error) {
	return rows(ctx, s, "SELECT "+userColumns+" FROM users WHERE id > $1 ORDER BY id LIMIT $2", []any{int64(after), limit}, scanUser)
}
