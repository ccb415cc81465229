package chat

import (
	"cmp"
	"context"
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxSecurityEvents is how many of an account are kept; a page of them has as many at most.
const maxSecurityEvents = 100

// noticeOnce is how often somebody is told of attempts on their account that fail.
var noticeOnce = ephemeral.Limit{Burst: 1, Per: time.Hour}

// SecurityEvents gives what happened to the safety of the caller's account, the newest first, before an event (zero: the newest). The limit is 1 to 100, zero means 50.
func (a *Accounts) SecurityEvents(ctx context.Context, caller Caller, before id.ID, limit int) ([]store.SecurityEvent, error) {
	if caller.Bot {
		return nil, fail(BotsBarred)
	}
	limit = cmp.Or(limit, maxSecurityEvents/2)
	if limit < 1 || limit > maxSecurityEvents {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxSecurityEvents)
	}
	events, err := a.Store.SecurityEvents(ctx, caller.UserID, before, limit)
	if err != nil {
		return nil, internal("reading security events", err)
	}
	return events, nil
}

// note keeps something that happened to the safety of an account and tells its devices. Where it comes from a login, the device is that of the login. What was done stays done when it cannot be kept:
// nobody is locked out because a note about them is not written.
func (a *Accounts) note(ctx context.Context, noted store.SecurityEvent) {
	ctx = context.WithoutCancel(ctx)
	noted.ID = a.IDs.Next()
	if noted.Address == "" && noted.SessionID != 0 {
		if session, err := a.Store.LoginSession(ctx, noted.SessionID); err == nil {
			noted.Address, noted.UserAgent = session.Address, session.UserAgent
		}
	}
	noted.UserAgent, noted.Address = clip(noted.UserAgent, maxUserAgent), clip(noted.Address, maxAddress)
	err := a.Store.AddSecurityEvent(ctx, noted, maxSecurityEvents)
	if errors.Is(err, store.ErrNotFound) {
		return // gone meanwhile
	}
	if err != nil {
		a.Log.ErrorContext(ctx, "what happened to the safety of an account was not noted", "user", noted.UserID, "kind", noted.Kind, "error", err)
		return
	}
	a.publish(ctx, event.SecurityNoted{Event: noted})
}

// noteSeldom is note for what others can make happen as often as they like.
func (a *Accounts) noteSeldom(ctx context.Context, client Client, userID id.ID, kind store.SecurityEventKind) {
	if userID == 0 {
		return
	}
	allowance, err := a.Ephemeral.Allow(ctx, "notice/"+string(kind)+"/"+userID.String(), noticeOnce)
	if err == nil && allowance.OK {
		a.note(ctx, store.SecurityEvent{UserID: userID, Kind: kind, Address: client.Address, UserAgent: client.UserAgent})
	}
}
