package chat

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Owner gives the hall's owner to the command line; nil while there is none.
func (h *Hall) Owner(ctx context.Context, caller Caller) (*store.User, error) {
	if !caller.Console {
		return nil, fail(MissingPermission)
	}
	hall, err := h.State(ctx)
	if err != nil || hall.OwnerID == 0 {
		return nil, err
	}
	user, err := h.users.Get(ctx, caller, hall.OwnerID)
	if err != nil {
		return nil, err
	}
	return &user, nil
}

// HandOver makes another person the hall's owner, who has an account already: its owner does so with their password, the command line without. Nobody is signed out by it, and what
// either may do follows at once. Of two who hand the hall over at once one does.
func (h *Hall) HandOver(ctx context.Context, caller Caller, to id.ID, password string) (store.Hall, error) {
	if !caller.HallOwner && !caller.Console {
		return store.Hall{}, fail(MissingPermission)
	}
	before, err := h.Store.Hall(ctx)
	if err != nil {
		return store.Hall{}, internal("read the hall", err)
	}
	if caller.HallOwner && before.OwnerID != caller.UserID {
		return store.Hall{}, fail(MissingPermission) // handed over just now
	}
	if err := h.mayBecomeOwner(ctx, before, to); err != nil {
		return store.Hall{}, err
	}
	if !caller.Console {
		user, err := h.Store.User(ctx, caller.UserID)
		if err != nil {
			return store.Hall{}, unknownUser(err)
		}
		if err := h.users.confirm(ctx, caller, user, "password", &password); err != nil {
			return store.Hall{}, err
		}
	}
	details := map[string]string{}
	if before.OwnerID != 0 {
		details["old_owner_id"] = before.OwnerID.String()
	}
	hall, err := h.Store.TransferHall(ctx, before.OwnerID, to, h.hallEntry(caller, store.HallHandedOver, to, details), maxHallEntries)
	h.users.forgetOwner()
	switch {
	case errors.Is(err, store.ErrSpent):
		return store.Hall{}, &Error{Kind: MissingPermission, Message: "The hall was handed to somebody else just now."}
	case errors.Is(err, store.ErrNotFound):
		return store.Hall{}, fail(UnknownUser)
	case err != nil:
		return store.Hall{}, internal("hand the hall over", err)
	}
	hall = withoutSecret(hall)
	h.Log.InfoContext(ctx, "the hall was handed over", "from", before.OwnerID, "to", to)
	ctx = context.WithoutCancel(ctx) // what is stored is told
	h.publish(ctx, event.HallUpdated{Hall: hall})
	for _, userID := range []id.ID{before.OwnerID, to} {
		if err := h.users.tellSelf(ctx, userID); err != nil {
			h.Log.ErrorContext(ctx, "the devices of an account were not told that the hall changed hands", "user", userID, "error", err)
		}
	}
	return hall, nil
}

// mayBecomeOwner asks whether an account can be the hall's owner next.
func (h *Hall) mayBecomeOwner(ctx context.Context, hall store.Hall, to id.ID) error {
	user, err := h.users.lookup(ctx, to)
	switch {
	case err != nil:
		return unknownUser(err)
	case user.Bot:
		return fail(BotsBarred)
	case user.Disabled:
		return invalid("owner_id", "USER_DISABLED", "This account is disabled.")
	case user.Guest:
		return invalid("owner_id", "USER_GUEST", "A guest cannot own the hall.")
	case hall.OwnerID == to:
		return invalid("owner_id", "ALREADY_OWNER", "The hall is theirs already.")
	}
	return nil
}
