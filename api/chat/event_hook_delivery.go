package chat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// attemptDelays are how long it is waited after each failed attempt but the last: ten attempts within a day.
var attemptDelays = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

const (
	// attemptJitter is by which part of it a delay varies, so that receivers that come back are not overrun.
	attemptJitter = 0.2
	// maxRetryAfter is for how long a receiver can ask to be left alone.
	maxRetryAfter = 12 * time.Hour
	// statusGone is the HTTP status with which a receiver says that it wants nothing any more (RFC 9110, section 15.5.11).
	statusGone = 410
	// retryInterval is how often it is looked whether something is due again.
	retryInterval = time.Second
)

// hookQueue is what waits for one hook, which is told of one thing after the other.
type hookQueue struct {
	// waiting is how many deliveries there are.
	waiting atomic.Int64
	// dueAt is when the first of them is due, in milliseconds of Unix time; zero when it is not waited for.
	dueAt atomic.Int64
	// turn is held by who delivers.
	turn sync.Mutex
	// running and again say whether somebody delivers in the background, and is to look once more. EventHooks.mu guards them.
	running, again bool
}

func (h *EventHooks) queue(hookID id.ID) *hookQueue {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.queueLocked(hookID)
}

func (h *EventHooks) queueLocked(hookID id.ID) *hookQueue {
	queue, known := h.queues[hookID]
	if !known {
		queue = &hookQueue{}
		h.queues[hookID] = queue
	}
	return queue
}

// Begin has event hooks tell what they are to, and what an earlier run left, with a sender and a renderer. It is called once, before the hall is opened to anybody.
func (h *EventHooks) Begin(sender EventSender, renderer EventRenderer) error {
	h.sender, h.renderer = sender, renderer
	for _, hook := range h.all() {
		count, err := h.Store.CountEventDeliveries(h.ctx, hook.ID, false)
		if err != nil {
			return internal("counting what is to be told", err)
		}
		h.queue(hook.ID).waiting.Store(int64(count))
		if count > 0 {
			h.wake(hook.ID)
		}
	}
	h.work.Go(h.keepRetrying)
	return nil
}

// all gives the hooks that are known.
func (h *EventHooks) all() (hooks []store.EventHook) {
	if known := h.known.Load(); known != nil {
		for _, ofGuild := range *known {
			hooks = append(hooks, ofGuild...)
		}
	}
	return hooks
}

// wake has what waits for a hook delivered in the background, by nobody else's time.
func (h *EventHooks) wake(hookID id.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	queue := h.queueLocked(hookID)
	if queue.again = queue.running; queue.running || h.sender == nil || h.ctx.Err() != nil {
		return
	}
	queue.running = true
	h.work.Go(func() {
		for {
			if err := h.deliver(h.ctx, hookID, queue); err != nil && h.ctx.Err() == nil {
				h.Log.Error("an event hook could not tell of something yet", "hook", hookID, "error", err)
			}
			h.mu.Lock()
			if !queue.again {
				queue.running = false
				h.mu.Unlock()
				return
			}
			queue.again = false
			h.mu.Unlock()
		}
	})
}

// keepRetrying wakes the hooks of which something is due again, until Close.
func (h *EventHooks) keepRetrying() {
	ticker := time.NewTicker(retryInterval)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		now := h.Now().UnixMilli()
		h.mu.Lock()
		var due []id.ID
		for hookID, queue := range h.queues {
			if at := queue.dueAt.Load(); at != 0 && at <= now {
				due = append(due, hookID)
			}
		}
		h.mu.Unlock()
		for _, hookID := range due {
			h.wake(hookID)
		}
	}
}

// Deliver tells what is due, and returns when all of that was tried.
func (h *EventHooks) Deliver(ctx context.Context) error {
	hooks := h.all()
	return eachOf(hooks, func(hook *store.EventHook) error { return h.deliver(ctx, hook.ID, h.queue(hook.ID)) })
}

// deliver tells a hook's address what waits, in order, until nothing is due.
func (h *EventHooks) deliver(ctx context.Context, hookID id.ID, queue *hookQueue) error {
	queue.turn.Lock()
	defer queue.turn.Unlock()
	for {
		queue.dueAt.Store(0)
		first, err := h.Store.EventDeliveries(ctx, hookID, false, 0, 1)
		if err != nil {
			queue.dueAt.Store(h.Now().Add(attemptDelays[0]).UnixMilli())
			return internal("reading what is to be told", err)
		}
		if len(first) == 0 {
			return nil
		}
		if first[0].NextAt.After(h.Now()) {
			queue.dueAt.Store(first[0].NextAt.UnixMilli())
			return nil
		}
		hook, err := h.Store.EventHook(ctx, hookID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			queue.dueAt.Store(h.Now().Add(attemptDelays[0]).UnixMilli())
			return internal("reading an event hook", err)
		}
		if hook.Suspended != "" {
			return nil
		}
		if err := h.tellOne(ctx, &hook, &first[0], queue); err != nil {
			return err
		}
	}
}

// tellOne tells of one thing, if the maker of the hook may see it still.
func (h *EventHooks) tellOne(ctx context.Context, hook *store.EventHook, delivery *store.EventDelivery, queue *hookQueue) error {
	suspended, hidden, err := h.standing(ctx, hook, delivery)
	switch {
	case err != nil:
		queue.dueAt.Store(h.Now().Add(attemptDelays[0]).UnixMilli())
		return err
	case suspended != "":
		return h.suspend(ctx, hook, suspended)
	case hidden:
		return h.settle(ctx, delivery, queue)
	}
	sent, err := h.send(ctx, hook, delivery)
	if err != nil {
		if KindOf(err) == SecretUnreadable {
			return h.suspend(ctx, hook, "Its secret cannot be read any more. Renew it.")
		}
		return err
	}
	if sent.taken() {
		return h.settle(ctx, delivery, queue)
	}
	return h.failed(ctx, hook, delivery, queue, sent)
}

// settle forgets a delivery that is done.
func (h *EventHooks) settle(ctx context.Context, delivery *store.EventDelivery, queue *hookQueue) error {
	if err := h.Store.DeleteEventDelivery(ctx, delivery.HookID, delivery.ID); err != nil {
		return internal("settling a delivery", err)
	}
	queue.waiting.Add(-1)
	return nil
}

// standing says why a hook is to be suspended, as its maker stands now, and whether they may not view where this happened any more.
func (h *EventHooks) standing(ctx context.Context, hook *store.EventHook, delivery *store.EventDelivery) (suspended string, hidden bool, err error) {
	if hook.MakerID == 0 {
		return "", false, nil
	}
	maker := Caller{UserID: hook.MakerID}
	a, err := h.views.access(ctx, maker, hook.GuildID)
	if KindOf(err) == UnknownGuild {
		return "Its maker is not in this server any more.", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if !a.standing().inGuild().Has(perm.ManageGuild | perm.ManageWebhooks) {
		return "Its maker may not look after event hooks any more.", false, nil
	}
	if delivery.ChannelID == 0 {
		return "", false, nil
	}
	_, _, _, err = h.views.channelAccess(ctx, maker, delivery.ChannelID)
	switch KindOf(err) {
	case MissingAccess:
		return "", true, nil
	case UnknownChannel: // it is gone, and the maker saw what became of it
		return "", false, nil
	}
	return "", false, err
}

// suspend stops a hook until somebody who looks after it has it go on.
func (h *EventHooks) suspend(ctx context.Context, hook *store.EventHook, why string) error {
	h.Log.WarnContext(ctx, "an event hook was stopped", "hook", hook.ID, "guild", hook.GuildID, "reason", why)
	err := h.views.change(ctx, hook.GuildID, func(ctx context.Context) error {
		_, err := h.Store.UpdateEventHook(ctx, hook.ID, func(current *store.EventHook) error {
			if current.MakerID == hook.MakerID && current.URL == hook.URL { // otherwise somebody has changed it meanwhile
				current.Suspended = why
			}
			return nil
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return internal("stopping an event hook", err)
		}
		h.reread(ctx, hook.GuildID)
		h.publish(ctx, event.HooksChanged{GuildID: hook.GuildID})
		return nil
	})
	return err
}

// sending is what came of one request.
type sending struct {
	status     int
	problem    string
	retryAfter time.Duration
}

func (s sending) taken() bool { return s.problem == "" && s.status >= 200 && s.status < 300 }

// send makes one request, signed with the hook's secret. An error says that none was made, or that the hall stops.
func (h *EventHooks) send(ctx context.Context, hook *store.EventHook, delivery *store.EventDelivery) (sending, error) {
	secret, err := h.sealer.open(eventHookPlace(hook.ID), hook.SealedSecret)
	if err != nil {
		return sending{}, &Error{Kind: SecretUnreadable, Cause: err}
	}
	at := strconv.FormatInt(h.Now().Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(at + "."))
	mac.Write(delivery.Body)
	status, retryAfter, err := h.sender.Send(ctx, hook.URL, map[string]string{
		"X-Guildhall-Signature": "t=" + at + ",v1=" + hex.EncodeToString(mac.Sum(nil)),
		"X-Guildhall-Event":     delivery.Event,
		"X-Guildhall-Delivery":  delivery.ID.String(),
		"X-Guildhall-Hook":      hook.ID.String(),
		"X-Guildhall-Guild":     hook.GuildID.String(),
	}, delivery.Body)
	if ctx.Err() != nil {
		return sending{}, internal("telling an event hook's address", ctx.Err())
	}
	if err != nil {
		return sending{problem: err.Error()}, nil //nolint:nilerr // that the address failed is what came of it
	}
	sent := sending{status: status, retryAfter: retryAfter}
	if !sent.taken() {
		sent.problem = "The answer was " + strconv.Itoa(status) + "."
	}
	return sent, nil
}

// failed takes note of an attempt that failed: there is another one later, or none any more.
func (h *EventHooks) failed(ctx context.Context, hook *store.EventHook, delivery *store.EventDelivery, queue *hookQueue, sent sending) error {
	now := h.Now()
	changed, err := h.Store.UpdateEventDelivery(ctx, hook.ID, delivery.ID, func(current *store.EventDelivery) error {
		current.Attempts++
		current.TriedAt, current.Status, current.Problem = now, sent.status, sent.problem
		if current.Attempts > len(attemptDelays) || sent.status == statusGone {
			current.Dead, current.NextAt = true, time.Time{}
			return nil
		}
		delay := attemptDelays[current.Attempts-1]
		delay += time.Duration((2*rand.Float64() - 1) * attemptJitter * float64(delay))
		current.NextAt = now.Add(max(delay, min(sent.retryAfter, maxRetryAfter)))
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return internal("noting a failed delivery", err)
	}
	if !changed.Dead {
		return nil
	}
	queue.waiting.Add(-1)
	if sent.status == statusGone {
		return h.suspend(ctx, hook, "Its address answered 410 Gone.")
	}
	return h.prune(ctx, hook.ID)
}

// prune forgets dead deliveries that are too old or too many.
func (h *EventHooks) prune(ctx context.Context, hookID id.ID) error {
	if err := h.Store.PruneEventDeliveries(ctx, hookID, id.At(h.Now().Add(-deadDeliveryAge)), maxDeadDeliveries); err != nil {
		return internal("forgetting dead deliveries", err)
	}
	return nil
}

// pruneAll forgets dead deliveries of all hooks that are too old or too many, and the queues of hooks that are gone.
func (h *EventHooks) pruneAll(ctx context.Context) error {
	var problems []error
	there := make(map[id.ID]bool)
	for _, hook := range h.all() {
		there[hook.ID] = true
		problems = append(problems, h.prune(ctx, hook.ID))
	}
	h.mu.Lock()
	for hookID, queue := range h.queues {
		if !there[hookID] && !queue.running {
			delete(h.queues, hookID)
		}
	}
	h.mu.Unlock()
	return errors.Join(problems...)
}
