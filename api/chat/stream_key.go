package chat

import (
	"context"
	"errors"
	"strings"

	"guildhall/store"
	"guildhall/store/id"
)

// HasStreamKey tells whether an account has a stream key. What it is cannot be told: only its hash is stored.
func (a *Accounts) HasStreamKey(ctx context.Context, caller Caller) (bool, error) {
	user, err := a.Store.User(ctx, caller.UserID)
	if err != nil {
		return false, unknownUser(err)
	}
	return user.StreamKeyHash != nil, nil
}

// MakeStreamKey makes the key with which programs such as OBS show and watch streams in a person's name, in place of an earlier one. It is for the person and for the command line, and is told this once.
func (a *Accounts) MakeStreamKey(ctx context.Context, caller Caller, userID id.ID) (string, error) {
	key := userID.String() + "." + encodeSecret(randomBytes(32))
	if err := a.setStreamKey(ctx, caller, userID, hashSecret(key)); err != nil {
		return "", err
	}
	return key, nil
}

// DropStreamKey has an account's stream key not be good any more, from the next connection on.
func (a *Accounts) DropStreamKey(ctx context.Context, caller Caller, userID id.ID) error {
	return a.setStreamKey(ctx, caller, userID, nil)
}

func (a *Accounts) setStreamKey(ctx context.Context, caller Caller, userID id.ID, hash []byte) error {
	if !caller.Console && caller.UserID != userID {
		return fail(MissingPermission)
	}
	_, err := a.Store.UpdateUser(ctx, userID, func(user *store.User) error {
		switch {
		case user.Bot:
			return fail(BotsBarred)
		case user.Guest && hash != nil:
			return errGuest("This needs an account of your own.")
		}
		user.StreamKeyHash = hash
		return nil
	})
	if _, ours := errors.AsType[*Error](err); ours {
		return err
	}
	if err != nil {
		return unknownUser(err)
	}
	if caller.Console {
		return a.recordHall(ctx, caller, store.HallUserStreamKey, userID, nil)
	}
	return nil
}

// streamKeyOwner gives who a stream key is of. InvalidToken when it is not, or no longer, good.
func (a *Accounts) streamKeyOwner(ctx context.Context, key string) (store.User, error) {
	text, _, _ := strings.Cut(key, ".")
	userID, err := id.Parse(text)
	if err != nil || len(key) > maxTokenLength {
		return store.User{}, fail(InvalidToken)
	}
	user, err := a.Store.User(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, fail(InvalidToken)
	}
	if err != nil {
		return store.User{}, internal("read an account", err)
	}
	if !sameHash(user.StreamKeyHash, hashSecret(key)) || user.Disabled || user.Bot {
		return store.User{}, fail(InvalidToken)
	}
	return withoutHash(user), nil
}
