package chat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of event hooks.
const (
	maxEventHooks        = 10
	maxEventHookName     = 80
	maxEventHookChannels = 50
	// maxEventQueue is how many deliveries of a hook may wait; what comes then is dead at once.
	maxEventQueue = 1000
	// maxDeadDeliveries and deadDeliveryAge are how many dead deliveries of a hook are kept, and for how long.
	maxDeadDeliveries = 1000
	deadDeliveryAge   = 7 * 24 * time.Hour
	// maxDeliveriesPage bounds one page of deliveries.
	maxDeliveriesPage     = 100
	defaultDeliveriesPage = 50
)

// secretPrefix begins the secrets of event hooks, so that they are known for what they are where they do not belong.
const secretPrefix = "ghes_"

// eventTestLimit is how often the hooks of a guild can be tested.
var eventTestLimit = ephemeral.Limit{Burst: 10, Per: time.Minute}

// EventSender tells the addresses of event hooks.
type EventSender interface {
	// Send posts a JSON body with some headers, follows no redirect, and gives the HTTP status of the answer and for how long the receiver asks to be left alone (zero: not at all). It ends after ten seconds at the latest. The words of its
	// errors can be shown to people.
	Send(ctx context.Context, address string, header map[string]string, body []byte) (status int, retryAfter time.Duration, err error)
}

// EventRenderer writes events as clients of the gateway get them.
type EventRenderer interface {
	// Render gives the payload of an event's dispatch in JSON, with or without what messages say.
	Render(e event.Event, content bool) ([]byte, error)
}

// EventHooks is about addresses that are told of what happens in guilds.
type EventHooks struct {
	Deps
	views  *Views
	sealer sealer
	// sender and renderer are nil while the hall tells nobody.
	sender   EventSender
	renderer EventRenderer
	// known has the hooks of each guild that has some.
	known atomic.Pointer[map[id.ID][]store.EventHook]
	// mu is held by who changes known and queues.
	mu     sync.Mutex
	queues map[id.ID]*hookQueue
	work   sync.WaitGroup
	ctx    context.Context //nolint:containedctx // it ends with Close, and with it what is under way
}

// EventHook is an event hook as those see it who look after it.
type EventHook struct {
	store.EventHook
	// Secret is what its requests are signed with. It is there once, when it was made or renewed.
	Secret string
}

// EventHookEdit is what an event hook is to be; nil leaves it as it is.
type EventHookEdit struct {
	Name, URL *string
	// Events are names of EventNames.
	Events *[]string
	// ChannelIDs are channels of the guild that the caller may view; none for all.
	ChannelIDs *[]id.ID
	Content    *bool
	// Suspended stops it, or has it go on.
	Suspended *bool
}

// SuspendedByHand is why a hook tells nothing that somebody has stopped.
const SuspendedByHand = "It was stopped by hand."

// On tells whether the hall tells anybody of events.
func (h *EventHooks) On() bool { return h.sender != nil }

// may asks whether the caller looks after the event hooks of a guild: it needs MANAGE_GUILD and MANAGE_WEBHOOKS, and an account that stays.
func (h *EventHooks) may(ctx context.Context, caller Caller, guildID id.ID) (access, error) {
	a, err := h.views.access(ctx, caller, guildID)
	if err != nil {
		return access{}, err
	}
	if caller.Guest {
		return access{}, errGuest("Guests do not look after event hooks. Make yours an account of your own first.")
	}
	return a, a.need(perm.ManageGuild | perm.ManageWebhooks)
}

// read finds an event hook of a guild for who looks after it.
func (h *EventHooks) read(ctx context.Context, caller Caller, guildID, hookID id.ID) (store.EventHook, error) {
	if _, err := h.may(ctx, caller, guildID); err != nil {
		return store.EventHook{}, err
	}
	hook, err := h.Store.EventHook(ctx, hookID)
	if errors.Is(err, store.ErrNotFound) || err == nil && hook.GuildID != guildID {
		return store.EventHook{}, fail(UnknownEventHook)
	}
	if err != nil {
		return store.EventHook{}, internal("reading an event hook", err)
	}
	return hook, nil
}

// List gives the event hooks of a guild, in ascending order of id.
func (h *EventHooks) List(ctx context.Context, caller Caller, guildID id.ID) ([]store.EventHook, error) {
	if _, err := h.may(ctx, caller, guildID); err != nil {
		return nil, err
	}
	hooks, err := h.Store.GuildEventHooks(ctx, guildID)
	if err != nil {
		return nil, internal("listing event hooks", err)
	}
	return hooks, nil
}

// Get gives one event hook.
func (h *EventHooks) Get(ctx context.Context, caller Caller, guildID, hookID id.ID) (store.EventHook, error) {
	return h.read(ctx, caller, guildID, hookID)
}

// Guild tells which guild an event hook is in, for callers who know only its id.
func (h *EventHooks) Guild(ctx context.Context, hookID id.ID) (id.ID, error) {
	hook, err := h.Store.EventHook(ctx, hookID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fail(UnknownEventHook)
	}
	if err != nil {
		return 0, internal("reading an event hook", err)
	}
	return hook.GuildID, nil
}

func eventHookPlace(hookID id.ID) string { return "event hook " + hookID.String() }

// mintSecret makes a secret for a hook.
func (h *EventHooks) mintSecret(hookID id.ID) (secret string, sealed []byte) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // which never fails (crypto/rand)
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random)
	return secret, h.sealer.seal(eventHookPlace(hookID), []byte(secret))
}

// Create makes an event hook. Its secret is shown this once.
func (h *EventHooks) Create(ctx context.Context, caller Caller, guildID id.ID, draft EventHookEdit) (EventHook, error) {
	if _, err := h.may(ctx, caller, guildID); err != nil {
		return EventHook{}, err
	}
	if !h.On() {
		return EventHook{}, fail(EventHooksOff)
	}
	var wrong fieldErrors
	for name, given := range map[string]bool{"name": draft.Name != nil, "url": draft.URL != nil, "events": draft.Events != nil} {
		if !given {
			wrong.add(name, "BASE_TYPE_REQUIRED", "This field is required.")
		}
	}
	if err := wrong.err(); err != nil {
		return EventHook{}, err
	}
	hook := store.EventHook{ID: h.IDs.Next(), GuildID: guildID}
	made := EventHook{}
	made.Secret, hook.SealedSecret = h.mintSecret(hook.ID)
	err := h.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := h.may(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := draft.apply(a, &hook); err != nil {
			return err
		}
		if err := h.Store.CreateEventHook(ctx, hook, maxEventHooks); err != nil {
			return eventHookFailure("making an event hook", err)
		}
		return h.changed(ctx, caller, store.AuditWebhookCreate, nil, &hook)
	})
	if err != nil {
		return EventHook{}, err
	}
	made.EventHook, err = h.read(ctx, caller, guildID, hook.ID)
	return made, err
}

// Update changes an event hook. Whoever says what it tells and to whom is its maker from then on: it tells what they may see.
func (h *EventHooks) Update(ctx context.Context, caller Caller, guildID, hookID id.ID, edit EventHookEdit) (after store.EventHook, err error) {
	before, err := h.read(ctx, caller, guildID, hookID)
	if err != nil {
		return store.EventHook{}, err
	}
	err = h.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := h.may(ctx, caller, guildID)
		if err != nil {
			return err
		}
		after, err = h.Store.UpdateEventHook(ctx, hookID, func(hook *store.EventHook) error {
			before = *hook
			return edit.apply(a, hook)
		})
		if err != nil {
			return eventHookFailure("changing an event hook", err)
		}
		return h.changed(ctx, caller, store.AuditWebhookUpdate, &before, &after)
	})
	if err != nil {
		return store.EventHook{}, err
	}
	h.wake(hookID)
	return after, nil
}

// Delete deletes an event hook with what it did not tell yet.
func (h *EventHooks) Delete(ctx context.Context, caller Caller, guildID, hookID id.ID) error {
	if _, err := h.read(ctx, caller, guildID, hookID); err != nil {
		return err
	}
	return h.views.change(ctx, guildID, func(ctx context.Context) error {
		if _, err := h.may(ctx, caller, guildID); err != nil {
			return err
		}
		deleted, err := h.Store.DeleteEventHook(ctx, hookID)
		if err != nil {
			return eventHookFailure("deleting an event hook", err)
		}
		return h.changed(ctx, caller, store.AuditWebhookDelete, &deleted, nil)
	})
}

// RenewSecret gives an event hook another secret, which is shown this once. What is on its way was signed with the old one.
func (h *EventHooks) RenewSecret(ctx context.Context, caller Caller, guildID, hookID id.ID) (renewed EventHook, err error) {
	if _, err := h.read(ctx, caller, guildID, hookID); err != nil {
		return EventHook{}, err
	}
	secret, sealed := h.mintSecret(hookID)
	err = h.views.change(ctx, guildID, func(ctx context.Context) error {
		if _, err := h.may(ctx, caller, guildID); err != nil {
			return err
		}
		renewed.EventHook, err = h.Store.UpdateEventHook(ctx, hookID, func(hook *store.EventHook) error {
			hook.SealedSecret = sealed
			return nil
		})
		if err != nil {
			return eventHookFailure("renewing the secret of an event hook", err)
		}
		renewed.Secret = secret
		return h.did(ctx, caller, guildID, []act{{action: store.AuditWebhookUpdate, target: hookID, changes: []store.AuditChange{{Key: "secret_renewed", New: []byte("true")}}}}, event.HooksChanged{GuildID: guildID})
	})
	return renewed, err
}

// changed keeps an act on an event hook in the audit log and has all nodes know of it.
func (h *EventHooks) changed(ctx context.Context, caller Caller, action store.AuditAction, before, after *store.EventHook) error {
	hook := before
	if hook == nil {
		hook = after
	}
	h.reread(ctx, hook.GuildID)
	changes := differences(auditEventHook(before), auditEventHook(after))
	if changes == nil {
		return nil
	}
	return h.did(ctx, caller, hook.GuildID, []act{{action: action, target: hook.ID, changes: changes}}, event.HooksChanged{GuildID: hook.GuildID})
}

// auditEventHook is a hook in the audit log, which shows of its address no more than the host: the rest may be what opens it.
func auditEventHook(hook *store.EventHook) []auditField {
	if hook == nil {
		return nil
	}
	host := ""
	if parsed, err := url.Parse(hook.URL); err == nil {
		host = parsed.Host
	}
	return []auditField{{"name", hook.Name}, {"host", host}, {"events", hook.Events}, {"channel_ids", hook.ChannelIDs}, {"content", hook.Content}, {"suspended", hook.Suspended}}
}

func eventHookFailure(doing string, err error) error {
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxEventHooks)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownEventHook)
	}
	if _, ours := errors.AsType[*Error](err); ours {
		return err
	}
	return internal(doing, err)
}

// apply makes a hook what the edit says, if that is in order.
func (e *EventHookEdit) apply(a access, hook *store.EventHook) error {
	var wrong fieldErrors
	if e.Name != nil {
		hook.Name = wrong.name("name", *e.Name, 1, maxEventHookName)
	}
	if e.URL != nil {
		if hook.URL = wrong.webAddress("url", *e.URL); hook.URL == "" {
			wrong.add("url", "BASE_TYPE_REQUIRED", "This field is required.")
		}
	}
	if e.Events != nil {
		hook.Events = slices.Clone(*e.Events)
		for _, name := range hook.Events {
			if !slices.Contains(EventNames, name) {
				wrong.add("events", "BASE_TYPE_CHOICES", "%q is no event that can be told.", name)
				break
			}
		}
		if len(hook.Events) == 0 || len(hook.Events) > len(EventNames) {
			wrong.length("events", 1, len(EventNames))
		}
	}
	if e.ChannelIDs != nil {
		hook.ChannelIDs = slices.Clone(*e.ChannelIDs)
		if len(hook.ChannelIDs) > maxEventHookChannels {
			wrong.length("channel_ids", 0, maxEventHookChannels)
		}
		for _, channelID := range hook.ChannelIDs {
			if channel, found := a.view.Channel(channelID); !found || !a.inChannel(channel).Has(perm.ViewChannel) {
				wrong.add("channel_ids", "BASE_TYPE_CHOICES", "%d is no channel of this server.", channelID)
				break
			}
		}
	}
	set(&hook.Content, e.Content)
	if e.Suspended != nil {
		hook.Suspended = ""
		if *e.Suspended {
			hook.Suspended = SuspendedByHand
		}
	}
	if e.URL != nil || e.Events != nil || e.ChannelIDs != nil || e.Content != nil || e.Suspended != nil && !*e.Suspended {
		hook.MakerID = a.caller.UserID
	}
	return wrong.err()
}

// Deliveries gives a page of what an event hook could not tell (dead), or is to tell, in ascending order of id, after one of them. limit is 1 to 100, zero means 50.
func (h *EventHooks) Deliveries(ctx context.Context, caller Caller, guildID, hookID id.ID, dead bool, after id.ID, limit int) ([]store.EventDelivery, error) {
	if _, err := h.read(ctx, caller, guildID, hookID); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = defaultDeliveriesPage
	}
	if limit < 1 || limit > maxDeliveriesPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxDeliveriesPage)
	}
	found, err := h.Store.EventDeliveries(ctx, hookID, dead, after, limit)
	if err != nil {
		return nil, internal("listing deliveries", err)
	}
	return found, nil
}

// Replay has a dead delivery tried again, as if it were new.
func (h *EventHooks) Replay(ctx context.Context, caller Caller, guildID, hookID, deliveryID id.ID) (store.EventDelivery, error) {
	if _, err := h.read(ctx, caller, guildID, hookID); err != nil {
		return store.EventDelivery{}, err
	}
	queue := h.queue(hookID)
	if queue.waiting.Load() >= maxEventQueue {
		return store.EventDelivery{}, &Error{Kind: RateLimited, Message: "Too much waits to be told already.", RetryAfter: time.Minute}
	}
	lived := false
	replayed, err := h.Store.UpdateEventDelivery(ctx, hookID, deliveryID, func(delivery *store.EventDelivery) error {
		if lived = delivery.Dead; lived {
			delivery.Dead, delivery.Attempts, delivery.NextAt = false, 0, time.Time{}
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return store.EventDelivery{}, fail(UnknownDelivery)
	}
	if err != nil {
		return store.EventDelivery{}, internal("replaying a delivery", err)
	}
	if lived {
		queue.waiting.Add(1)
	}
	h.wake(hookID)
	return replayed, nil
}

// EventTest is what came of a test.
type EventTest struct {
	// Status is the HTTP status of the answer, zero for none; Problem says in words what went wrong, if something did.
	Status  int
	Problem string
}

// Test tells the address of an event hook that it is tested (EventTestName), at once and once.
func (h *EventHooks) Test(ctx context.Context, caller Caller, guildID, hookID id.ID) (EventTest, error) {
	hook, err := h.read(ctx, caller, guildID, hookID)
	if err != nil {
		return EventTest{}, err
	}
	if !h.On() {
		return EventTest{}, fail(EventHooksOff)
	}
	allowance, err := h.Ephemeral.Allow(ctx, "event-hook-test:"+guildID.String(), eventTestLimit)
	if err != nil {
		return EventTest{}, internal("limiting tests of event hooks", err)
	}
	if !allowance.OK {
		return EventTest{}, &Error{Kind: RateLimited, Message: "Hooks can be tested ten times a minute.", RetryAfter: allowance.ResetAfter}
	}
	body := []byte(`{"guild_id":"` + guildID.String() + `","hook_id":"` + hookID.String() + `"}`)
	sent, err := h.send(ctx, &hook, &store.EventDelivery{ID: h.IDs.Next(), HookID: hookID, Event: EventTestName, Body: body})
	if err != nil {
		return EventTest{}, err
	}
	return EventTest{Status: sent.status, Problem: sent.problem}, nil
}
