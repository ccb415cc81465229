package pebble

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

type userRecord struct {
	Username          string         `cbor:"1,keyasint,omitempty"`
	GlobalName        string         `cbor:"2,keyasint,omitempty"`
	Email             string         `cbor:"3,keyasint,omitempty"`
	PasswordHash      string         `cbor:"4,keyasint,omitempty"`
	Bot               bool           `cbor:"5,keyasint,omitempty"`
	Disabled          bool           `cbor:"6,keyasint,omitempty"`
	Flags             uint64         `cbor:"7,keyasint,omitempty"`
	Locale            string         `cbor:"8,keyasint,omitempty"`
	PasswordChangedAt moment         `cbor:"9,keyasint,omitempty"`
	Avatar            *pictureRecord `cbor:"10,keyasint,omitempty"`
	Banner            *pictureRecord `cbor:"11,keyasint,omitempty"`
	AccentColor       *int           `cbor:"12,keyasint,omitempty"`
	Bio               string         `cbor:"13,keyasint,omitempty"`
	Pronouns          string         `cbor:"14,keyasint,omitempty"`
	ResetHash         []byte         `cbor:"15,keyasint,omitempty"`
	ResetExpires      moment         `cbor:"16,keyasint,omitempty"`
	MFA               bool           `cbor:"17,keyasint,omitempty"`
	Guest             bool           `cbor:"18,keyasint,omitempty"`
	StreamKeyHash     []byte         `cbor:"19,keyasint,omitempty"`
}

func newUserRecord(user store.User) userRecord {
	return userRecord{
		Username: user.Username, GlobalName: user.GlobalName, Email: user.Email, PasswordHash: user.PasswordHash, Bot: user.Bot,
		Disabled: user.Disabled, Flags: user.Flags, Locale: user.Locale, PasswordChangedAt: toMoment(user.PasswordChangedAt),
		Avatar: newPictureRecord(user.Avatar), Banner: newPictureRecord(user.Banner), AccentColor: copyOf(user.AccentColor), Bio: user.Bio, Pronouns: user.Pronouns,
		ResetHash: slices.Clone(user.ResetHash), ResetExpires: toMoment(user.ResetExpires), MFA: user.MFA, Guest: user.Guest,
		StreamKeyHash: slices.Clone(user.StreamKeyHash),
	}
}

func (r userRecord) user(userID id.ID) store.User {
	return store.User{
		ID: userID, Username: r.Username, GlobalName: r.GlobalName, Email: r.Email, PasswordHash: r.PasswordHash, Bot: r.Bot,
		Disabled: r.Disabled, Flags: r.Flags, Locale: r.Locale, PasswordChangedAt: r.PasswordChangedAt.time(),
		Avatar: r.Avatar.picture(), Banner: r.Banner.picture(), AccentColor: copyOf(r.AccentColor), Bio: r.Bio, Pronouns: r.Pronouns,
		ResetHash: slices.Clone(r.ResetHash), ResetExpires: r.ResetExpires.time(), MFA: r.MFA, Guest: r.Guest,
		StreamKeyHash: slices.Clone(r.StreamKeyHash),
	}
}

// copyOf gives a pointer to a value of its own.
func copyOf[T any](value *T) *T {
	if value == nil {
		return nil
	}
	own := *value
	return &own
}

func userOf(userID id.ID, record userRecord) store.User { return record.user(userID) }

// createUser writes an account and what finds it.
func (t *tx) createUser(user store.User) error {
	if err := free(t.db, kindUser.key(user.ID), "id"); err != nil {
		return err
	}
	if err := t.nameUser(userRecord{Bot: user.Bot}, user); err != nil {
		return err
	}
	if err := errors.Join(t.hang(nil, &user.Avatar), t.hang(nil, &user.Banner)); err != nil {
		return err
	}
	t.made(user.ID)
	user.MFA = false
	t.markGuest(user.ID, false, user.Guest)
	return t.put(kindUser.key(user.ID), newUserRecord(user))
}

// nameUser moves what finds an account by its name and address from what the record has to what the account is to have.
func (t *tx) nameUser(old userRecord, user store.User) error {
	if user.Username != old.Username {
		key := usernameKey(user.Bot, user.Username)
		if err := free(t.db, key, "username"); err != nil {
			return err
		}
		t.set(key, idValue(user.ID))
		if old.Username != "" {
			t.delete(usernameKey(old.Bot, old.Username))
		}
	}
	if user.Email != old.Email {
		if user.Email != "" {
			if err := free(t.db, kindEmail.text(user.Email), "email"); err != nil {
				return err
			}
			t.set(kindEmail.text(user.Email), idValue(user.ID))
		}
		if old.Email != "" {
			t.delete(kindEmail.text(old.Email))
		}
	}
	return nil
}

// CreateUser stores a new account.
func (s *Store) CreateUser(ctx context.Context, user store.User) error {
	return s.update(ctx, synced, func(tx *tx) error { return tx.createUser(user) })
}

// RegisterUser stores a new account and redeems an invite for it.
func (s *Store) RegisterUser(ctx context.Context, user store.User, code string, member store.Member, now time.Time) (store.Invite, error) {
	var invite store.Invite
	member.UserID = user.ID
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if err := tx.createUser(user); err != nil {
			return err
		}
		invite, err = tx.redeemInvite(code, member, now)
		return err
	})
	return invite, err
}

// User reads an account.
func (s *Store) User(ctx context.Context, userID id.ID) (store.User, error) {
	if err := s.enter(ctx); err != nil {
		return store.User{}, err
	}
	defer s.leave()
	record, err := get[userRecord](s.db, kindUser.key(userID))
	return record.user(userID), err
}

// UsersByID gives the accounts that exist among userIDs.
func (s *Store) UsersByID(ctx context.Context, userIDs []id.ID) ([]store.User, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	users := make([]store.User, 0, len(userIDs))
	for _, userID := range distinct(userIDs) {
		record, err := get[userRecord](s.db, kindUser.key(userID))
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		users = append(users, record.user(userID))
	}
	return users, nil
}

// distinct gives ids ascending, each once.
func distinct(ids []id.ID) []id.ID {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// PersonByLogin finds a person by name or address.
func (s *Store) PersonByLogin(ctx context.Context, login string) (store.User, error) {
	if err := s.enter(ctx); err != nil {
		return store.User{}, err
	}
	defer s.leave()
	for _, key := range [][]byte{usernameKey(false, login), kindEmail.text(login)} {
		userID, err := getID(s.db, key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return store.User{}, err
		}
		record, err := get[userRecord](s.db, kindUser.key(userID))
		if err != nil {
			return store.User{}, err
		}
		// The account may have been renamed between the two reads, and a bot may have an address.
		if !record.Bot && (record.Username == login || record.Email == login) {
			return record.user(userID), nil
		}
	}
	return store.User{}, store.ErrNotFound
}

// UpdateUser applies change to an account.
func (s *Store) UpdateUser(ctx context.Context, userID id.ID, change func(*store.User) error) (store.User, error) {
	var record userRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindUser.key(userID)
		old, err := get[userRecord](tx.db, key)
		if err != nil {
			return err
		}
		user := old.user(userID)
		if err := change(&user); err != nil {
			return err
		}
		user.ID, user.Bot, user.MFA = userID, old.Bot, old.MFA
		if err := tx.nameUser(old, user); err != nil {
			return err
		}
		if err := errors.Join(tx.hang(old.Avatar, &user.Avatar), tx.hang(old.Banner, &user.Banner)); err != nil {
			return err
		}
		tx.markGuest(userID, old.Guest, user.Guest)
		record = newUserRecord(user)
		return tx.put(key, record)
	})
	return record.user(userID), err
}

// ListUsers gives accounts in ascending order of id.
func (s *Store) ListUsers(ctx context.Context, after id.ID, limit int) ([]store.User, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return listFrom(s.db, kindUser.key(after+1), kindUser.end(), limit, userOf)
}
