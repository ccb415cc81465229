package chat

import (
	"context"
	"errors"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// resetLife is how long a link to a new password is good.
const resetLife = time.Hour

// IssueReset makes the one-time token with which a person sets a new password, in place of an earlier one. The command line gives it to whoever has forgotten theirs; only its hash
// is stored.
func (a *Accounts) IssueReset(ctx context.Context, caller Caller, userID id.ID) (token string, expires time.Time, err error) {
	if !caller.Console {
		return "", time.Time{}, fail(MissingPermission)
	}
	token = userID.String() + "." + encodeSecret(randomBytes(setupTokenBytes))
	expires = a.Now().UTC().Add(resetLife).Truncate(time.Millisecond)
	_, err = a.Store.UpdateUser(ctx, userID, func(user *store.User) error {
		if user.Bot {
			return fail(BotsBarred)
		}
		if user.Disabled {
			return errDisabled()
		}
		if user.Guest {
			return errGuest("A guest has no password.")
		}
		user.ResetHash, user.ResetExpires = hashSecret(token), expires
		return nil
	})
	if _, ours := errors.AsType[*Error](err); ours {
		return "", time.Time{}, err
	}
	if err != nil {
		return "", time.Time{}, unknownUser(err)
	}
	// Without its record no link is given out.
	if err := a.recordHall(ctx, caller, store.HallUserResetLink, userID, nil); err != nil {
		return "", time.Time{}, err
	}
	return token, expires, nil
}

// Reset sets the password of the person to whom a token was given, ends all of their logins, and lets them in: a second factor stays, and is asked for. InvalidToken when the token is not, or no longer, good.
func (a *Accounts) Reset(ctx context.Context, client Client, token, password string) (SignIn, error) {
	if err := a.attempt(ctx, "reset/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return SignIn{}, err
	}
	text, _, found := strings.Cut(token, ".")
	userID, err := id.Parse(text)
	if !found || err != nil || len(token) > maxTokenLength {
		return SignIn{}, fail(InvalidToken)
	}
	user, err := a.Store.User(ctx, userID)
	if err != nil {
		return SignIn{}, failUnlessFound(err)
	}
	// The store decides; this spares the work of the hash for tokens that cannot be good.
	if !a.mayReset(&user, token) {
		return SignIn{}, fail(InvalidToken)
	}
	problem, err := a.checkPassword(ctx, "password", password, &user)
	if err != nil {
		return SignIn{}, err
	}
	if problem != nil {
		return SignIn{}, fieldErrors{*problem}.err() // and the token can still be used
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return SignIn{}, err
	}
	_, err = a.users.update(ctx, userID, func(user *store.User) error {
		if !a.mayReset(user, token) {
			return fail(InvalidToken)
		}
		a.setPassword(user, hash)
		return nil
	})
	if KindOf(err) == UnknownUser {
		return SignIn{}, fail(InvalidToken)
	}
	if err != nil {
		return SignIn{}, err
	}
	if err := a.endAll(ctx, userID, 0); err != nil {
		return SignIn{}, internal("end the logins", err)
	}
	if user, err = a.Store.User(ctx, userID); err != nil {
		return SignIn{}, failUnlessFound(err)
	}
	a.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityPasswordReset, Address: client.Address, UserAgent: client.UserAgent})
	return a.enter(ctx, client, user, byReset)
}

func (a *Accounts) mayReset(user *store.User, token string) bool {
	return sameHash(user.ResetHash, hashSecret(token)) && a.Now().Before(user.ResetExpires) && !user.Disabled
}

// setPassword gives an account a new password, which makes every link to a new one void.
func (a *Accounts) setPassword(user *store.User, hash string) {
	user.PasswordHash, user.PasswordChangedAt = hash, a.Now().UTC().Truncate(time.Millisecond)
	user.ResetHash, user.ResetExpires = nil, time.Time{}
}
