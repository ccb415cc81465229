package chat

import (
	"context"
	"errors"
	"strconv"
	"time"

	"guildhall/store"
	"guildhall/store/event"
)

// setupLife is how long a set-up link can be used.
const setupLife = 30 * time.Minute

// setupTokenBytes is the length of the secret in a set-up link.
const setupTokenBytes = 32

// Hall is about the installation itself: who owns it, and who may come in.
type Hall struct {
	Deps
	accounts *Accounts
	users    *Users
}

// State gives what is known of the hall; the set-up secret's hash is blanked.
func (h *Hall) State(ctx context.Context) (store.Hall, error) {
	hall, err := h.Store.Hall(ctx)
	if err != nil {
		return store.Hall{}, internal("read the hall", err)
	}
	hall.SetupHash = nil
	return hall, nil
}

var errClaimed = errors.New("the hall has an owner")

// IssueSetup makes a new set-up token, which takes the place of the one before. It is refused once the hall has an owner.
func (h *Hall) IssueSetup(ctx context.Context) (token string, expires time.Time, err error) {
	token = encodeSecret(randomBytes(setupTokenBytes))
	expires = h.Now().Add(setupLife).UTC().Truncate(time.Millisecond)
	_, err = h.Store.UpdateHall(ctx, func(hall *store.Hall) error {
		if hall.OwnerID != 0 {
			return errClaimed
		}
		hall.SetupHash, hall.SetupExpires = hashSecret(token), expires
		return nil
	})
	if errors.Is(err, errClaimed) {
		return "", time.Time{}, &Error{Kind: MissingPermission, Message: "This hall has an owner already; it needs no set-up link."}
	}
	if err != nil {
		return "", time.Time{}, internal("issue a set-up token", err)
	}
	return token, expires, nil
}

// Claim makes the hall's owner with a set-up token, and logs them in. InvalidToken when the token is not the current one, was used or has expired.
func (h *Hall) Claim(ctx context.Context, client Client, token string, account NewAccount) (TokenSet, error) {
	if err := h.accounts.attempt(ctx, "setup/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return TokenSet{}, err
	}
	if token == "" || len(token) > maxTokenLength {
		return TokenSet{}, fail(InvalidToken)
	}
	hall, err := h.Store.Hall(ctx)
	if err != nil {
		return TokenSet{}, internal("read the hall", err)
	}
	// The store decides; this spares the work of the hash for tokens that cannot be good.
	if !sameHash(hall.SetupHash, hashSecret(token)) || !h.Now().Before(hall.SetupExpires) || hall.OwnerID != 0 {
		return TokenSet{}, fail(InvalidToken)
	}
	user, err := h.claim(ctx, Caller{}, account, hashSecret(token))
	if err != nil {
		return TokenSet{}, err
	}
	return h.accounts.begin(ctx, client, user, bySetup)
}

// ClaimByConsole makes the hall's owner from the command line.
func (h *Hall) ClaimByConsole(ctx context.Context, caller Caller, account NewAccount) (store.User, error) {
	if !caller.Console {
		return store.User{}, fail(MissingPermission)
	}
	user, err := h.claim(ctx, caller, account, nil)
	if KindOf(err) == InvalidToken {
		return store.User{}, &Error{Kind: MissingPermission, Message: "This hall has an owner already."}
	}
	return user, err
}

func (h *Hall) claim(ctx context.Context, caller Caller, account NewAccount, setupHash []byte) (store.User, error) {
	user, err := h.accounts.prepare(ctx, account)
	if err != nil {
		return store.User{}, err
	}
	if user.PasswordHash, err = h.accounts.passwords.hash(ctx, account.Password); err != nil {
		return store.User{}, err
	}
	err = h.Store.ClaimHall(ctx, user, setupHash, h.Now())
	if errors.Is(err, store.ErrSpent) {
		return store.User{}, fail(InvalidToken)
	}
	if err != nil {
		return store.User{}, taken(err, "claim the hall")
	}
	h.users.forgetOwner()
	if !caller.Console {
		caller.UserID = user.ID // who holds the link
	}
	if err := h.recordHall(ctx, caller, store.HallClaimed, user.ID, nil); err != nil {
		return store.User{}, err
	}
	if hall, err := h.Store.Hall(ctx); err == nil {
		h.publish(ctx, event.HallUpdated{Hall: withoutSecret(hall)})
	}
	return user, nil
}

func withoutSecret(hall store.Hall) store.Hall {
	hall.SetupHash = nil
	return hall
}

// HallChange changes what is not nil.
type HallChange struct {
	Name         *string
	Registration *store.Registration
	BotCreation  *store.BotCreation
	// Guests lets people in by invites who have no account and want none yet.
	Guests *bool
}

// Update changes the hall; only its owner and the command line can.
func (h *Hall) Update(ctx context.Context, caller Caller, change HallChange) (store.Hall, error) {
	if !caller.HallOwner && !caller.Console {
		return store.Hall{}, fail(MissingPermission)
	}
	var wrong fieldErrors
	if change.Name != nil {
		name := wrong.name("name", *change.Name, 1, 100)
		change.Name = &name
	}
	if r := change.Registration; r != nil && *r != store.RegistrationInvite && *r != store.RegistrationOpen {
		wrong.add("registration", "BASE_TYPE_CHOICES", "Must be invite or open.")
	}
	if p := change.BotCreation; p != nil && *p != store.BotCreationEveryone && *p != store.BotCreationOwner && *p != store.BotCreationNobody {
		wrong.add("bot_creation", "BASE_TYPE_CHOICES", "Must be everyone, owner or nobody.")
	}
	if err := wrong.err(); err != nil {
		return store.Hall{}, err
	}
	details := map[string]string{}
	hall, err := h.Store.UpdateHall(ctx, func(hall *store.Hall) error {
		clear(details) // it may be called again
		if change.Name != nil && *change.Name != hall.Name {
			hall.Name = *change.Name
			details["name"] = hall.Name
		}
		if change.Registration != nil && *change.Registration != hall.Registration {
			hall.Registration = *change.Registration
			details["registration"] = string(hall.Registration)
		}
		if change.BotCreation != nil && *change.BotCreation != hall.BotCreation {
			hall.BotCreation = *change.BotCreation
			details["bot_creation"] = string(hall.BotCreation)
		}
		if change.Guests != nil && *change.Guests != hall.Guests {
			hall.Guests = *change.Guests
			details["guests"] = strconv.FormatBool(hall.Guests)
		}
		return nil
	})
	if err != nil {
		return store.Hall{}, internal("change the hall", err)
	}
	hall = withoutSecret(hall)
	h.publish(ctx, event.HallUpdated{Hall: hall})
	if len(details) == 0 {
		return hall, nil
	}
	return hall, h.recordHall(ctx, caller, store.HallChanged, 0, details)
}
