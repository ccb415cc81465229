package chat

import (
	"context"
	"errors"
	"strconv"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// guestLife is how long a guest's login lasts without being used; the account goes with it.
const guestLife = 14 * 24 * time.Hour

// guestPage is how many guests are looked at together.
const guestPage = 100

// errGuest refuses what guests cannot do.
func errGuest(message string) *Error {
	return &Error{Kind: MissingPermission, Message: message}
}

// lifeOf is how long a login of an account lasts without being used.
func lifeOf(user *store.User) time.Duration {
	if user.Guest {
		return guestLife
	}
	return loginLife
}

// guestUsername is the user name of a guest: nobody chooses it, and nobody else has it.
func guestUsername(userID id.ID) string { return "guest_" + strconv.FormatUint(uint64(userID), 36) }

// Enter lets somebody in by an invite as a guest, with nothing but a name that people see, where the hall takes guests.
func (a *Accounts) Enter(ctx context.Context, client Client, name, code string) (TokenSet, error) {
	if err := a.attempt(ctx, "register/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return TokenSet{}, err
	}
	hall, err := a.Store.Hall(ctx)
	if err != nil {
		return TokenSet{}, internal("read the hall", err)
	}
	if !hall.Guests || hall.OwnerID == 0 {
		return TokenSet{}, &Error{Kind: InvitesOnly, Message: "This hall takes no guests. Make an account."}
	}
	invite, err := a.Store.Invite(ctx, code)
	if errors.Is(err, store.ErrNotFound) || err == nil && !invite.Usable(a.Now()) {
		return TokenSet{}, fail(UnknownInvite)
	}
	if err != nil {
		return TokenSet{}, internal("read an invite", err)
	}
	var wrong fieldErrors
	user := store.User{ID: a.IDs.Next(), Guest: true, Locale: defaultLocale, PasswordChangedAt: a.Now().UTC().Truncate(time.Millisecond)}
	user.Username = guestUsername(user.ID)
	user.GlobalName = wrong.name("name", name, 1, 32)
	if err := wrong.err(); err != nil {
		return TokenSet{}, err
	}
	if err := a.store(ctx, user, invite); err != nil {
		return TokenSet{}, err
	}
	return a.begin(ctx, client, user, byGuest)
}

// Claim makes the caller, a guest, an account of their own: with a user name and a password, and with everything that they wrote and are a member of. Their other logins end. GlobalName and Invite of the account are not looked at.
func (a *Accounts) Claim(ctx context.Context, caller Caller, account NewAccount) (store.User, error) {
	if caller.Bot {
		return store.User{}, fail(BotsBarred)
	}
	if err := a.attempt(ctx, "claim/"+caller.UserID.String(), attemptsPerPair); err != nil {
		return store.User{}, err
	}
	before, err := a.Store.User(ctx, caller.UserID)
	if err != nil {
		return store.User{}, unknownUser(err)
	}
	if !before.Guest {
		return store.User{}, errNoGuest()
	}
	account.GlobalName = before.GlobalName
	prepared, err := a.prepare(ctx, account)
	if err != nil {
		return store.User{}, err
	}
	hash, err := a.passwords.hash(ctx, account.Password)
	if err != nil {
		return store.User{}, err
	}
	claimed, err := a.users.update(ctx, caller.UserID, func(user *store.User) error {
		if !user.Guest {
			return errNoGuest() // just now, from another device
		}
		user.Guest, user.Username, user.Email = false, prepared.Username, prepared.Email
		a.setPassword(user, hash)
		return nil
	})
	if err != nil {
		return store.User{}, err
	}
	if err := a.endAll(ctx, caller.UserID, caller.LoginSessionID); err != nil {
		return store.User{}, internal("end the other logins", err)
	}
	// From now on this login lasts as those of accounts do.
	_, err = a.Store.UpdateLoginSession(ctx, caller.LoginSessionID, func(session *store.LoginSession) error {
		session.ExpiresAt = session.RotatedAt.Add(loginLife)
		return nil
	})
	a.live.drop(caller.LoginSessionID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, internal("prolong a login", err)
	}
	a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityClaimed, SessionID: caller.LoginSessionID})
	return claimed, nil
}

func errNoGuest() *Error {
	return &Error{Kind: MissingPermission, Message: "This is an account already."}
}

// pruneGuests deletes the guests that nobody is signed in as any more, some time after they came.
func (u *Users) pruneGuests(ctx context.Context) error {
	now := u.Now()
	for after := id.ID(0); ; {
		guests, err := u.Store.Guests(ctx, after, guestPage)
		if err != nil || len(guests) == 0 {
			return err
		}
		for i := range guests {
			after = guests[i].ID
			if now.Sub(after.Time()) < guestLife {
				return nil // those that came later are younger still
			}
			if err := u.pruneGuest(ctx, after, now); err != nil {
				return err
			}
		}
	}
}

func (u *Users) pruneGuest(ctx context.Context, userID id.ID, now time.Time) error {
	sessions, err := u.Store.LoginSessions(ctx, userID)
	if err != nil {
		return err
	}
	for i := range sessions {
		if now.Before(sessions[i].ExpiresAt) {
			return nil
		}
	}
	err = u.delete(ctx, userID)
	switch KindOf(err) {
	case UnknownUser, OwnsGuilds:
		return nil // gone just now; what a guest was given on the command line keeps it
	}
	return err
}
