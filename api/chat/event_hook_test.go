package chat_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// told is one request that was sent.
type told struct {
	address, event, delivery, signature, body string
}

// receivers are the addresses that hooks tell. Each answers 204 until it is told otherwise.
type receivers struct {
	mu     sync.Mutex
	status map[string]int
	wait   time.Duration
	// held are addresses that do not answer until their channel is closed.
	held map[string]chan struct{}
	got  []told
	seen *sync.Cond
}

func newReceivers() *receivers {
	r := &receivers{status: make(map[string]int), held: make(map[string]chan struct{})}
	r.seen = sync.NewCond(&r.mu)
	return r
}

// answer has an address answer with a status; zero for not at all.
func (r *receivers) answer(address string, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status[address] = status
}

func (r *receivers) Send(ctx context.Context, address string, header map[string]string, body []byte) (int, time.Duration, error) {
	r.mu.Lock()
	held := r.held[address]
	r.got = append(r.got, told{address, header["X-Guildhall-Event"], header["X-Guildhall-Delivery"], header["X-Guildhall-Signature"], string(body)})
	status, known := r.status[address]
	wait := r.wait
	r.seen.Broadcast()
	r.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
	}
	switch {
	case !known:
		return 204, 0, nil
	case status == 0:
		return 0, 0, errors.New("nobody answers")
	}
	return status, wait, nil
}

// await waits until so many requests were sent in all, and gives them.
func (r *receivers) await(count int) []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.got) < count {
		r.seen.Wait()
	}
	return slices.Clone(r.got)
}

func (r *receivers) all() []told { return r.await(0) }

// plainBodies writes of an event what these tests look at.
type plainBodies struct{}

func (plainBodies) Render(e event.Event, content bool) ([]byte, error) {
	said := map[string]string{"type": fmt.Sprintf("%T", e)}
	if posted, ok := e.(event.MessageCreated); ok && content {
		said["content"] = posted.Message.Content
	}
	return json.Marshal(said)
}

// hooked is a guild with event hooks; alice owns it, bob looks after hooks.
type hooked struct {
	*conversation
	receivers *receivers
}

func newHooked(t *testing.T) *hooked {
	t.Helper()
	c := newConversation(t)
	h := &hooked{c, newReceivers()}
	if err := c.EventHooks.Begin(h.receivers, plainBodies{}); err != nil {
		t.Fatal(err)
	}
	c.guild.Role("keepers", 1, perm.ManageGuild|perm.ManageWebhooks, c.bob)
	return h
}

// hook makes a hook of bob's.
func (h *hooked) hook(t *testing.T, address string, events ...string) chat.EventHook {
	t.Helper()
	made, err := h.EventHooks.Create(t.Context(), h.bob, h.guild.ID, chat.EventHookEdit{Name: pointer("script"), URL: &address, Events: &events, Content: pointer(true)})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (h *hooked) say(t *testing.T, channelID id.ID, content string) id.ID {
	t.Helper()
	posted, err := h.Messages.Create(t.Context(), h.alice, channelID, chat.MessageDraft{Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return posted.Message.ID
}

// deliver waits until everything that is due was told.
func (h *hooked) deliver(t *testing.T) {
	t.Helper()
	if err := h.EventHooks.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (h *hooked) deliveries(t *testing.T, hook chat.EventHook, dead bool) []store.EventDelivery {
	t.Helper()
	found, err := h.EventHooks.Deliveries(t.Context(), h.bob, h.guild.ID, hook.ID, dead, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const receiverURL = "https://receiver.example/hook"

func TestWhatHappensIsToldSignedAndInOrder(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE", "MESSAGE_DELETE")
	if !strings.HasPrefix(hook.Secret, "ghes_") || strings.Contains(string(hook.SealedSecret), hook.Secret) {
		t.Errorf("the secret is %q, sealed %q", hook.Secret, hook.SealedSecret)
	}
	first := h.say(t, h.guild.General, "one")
	h.say(t, h.guild.General, "two")
	if err := h.Messages.Delete(t.Context(), h.alice, h.guild.General, first); err != nil {
		t.Fatal(err)
	}
	if err := h.Messages.React(t.Context(), h.alice, h.guild.General, h.say(t, h.guild.General, "three"), store.Emoji{Name: "👍"}); err != nil {
		t.Fatal(err)
	}
	h.deliver(t)
	var events []string
	seen := make(map[string]bool)
	for _, request := range h.receivers.all() {
		events = append(events, request.event)
		at, mark, _ := strings.Cut(strings.TrimPrefix(request.signature, "t="), ",v1=")
		mac := hmac.New(sha256.New, []byte(hook.Secret))
		fmt.Fprintf(mac, "%s.%s", at, request.body)
		if at != fmt.Sprint(h.Clock.Now().Unix()) || mark != hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("%s is signed %q", request.body, request.signature)
		}
		if request.address != receiverURL || seen[request.delivery] {
			t.Errorf("told was %+v", request)
		}
		seen[request.delivery] = true
	}
	if want := []string{"MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_CREATE"}; !slices.Equal(events, want) {
		t.Errorf("told were %v, want %v", events, want)
	}
	if requests := h.receivers.all(); requests[1].body != `{"content":"two","type":"event.MessageCreated"}` {
		t.Errorf("told was %s", requests[1].body)
	}
	if left := h.deliveries(t, hook, false); len(left) != 0 {
		t.Errorf("there waits %+v", left)
	}
}

func TestAReceiverThatFailsIsTriedAgainLaterAndForADay(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	h.receivers.answer(receiverURL, 500)
	start := h.Clock.Now()
	h.say(t, h.guild.General, "one")
	h.say(t, h.guild.General, "two")
	h.deliver(t)
	for attempt := 1; ; attempt++ {
		waiting := h.deliveries(t, hook, false)
		if attempt == 10 {
			if len(waiting) != 1 || waiting[0].Attempts != 1 { // the next one has its turn at once
				t.Errorf("after the last attempt there waits %+v", waiting)
			}
			break
		}
		if len(waiting) != 2 || waiting[0].Attempts != attempt || waiting[0].Status != 500 || waiting[0].Problem == "" || waiting[1].Attempts != 0 {
			t.Fatalf("after attempt %d there waits %+v", attempt, waiting)
		}
		next := waiting[0].NextAt.Sub(h.Clock.Now())
		h.Clock.Advance(next - time.Millisecond)
		h.deliver(t)
		if again := h.deliveries(t, hook, false); again[0].Attempts != attempt {
			t.Fatalf("it was tried before it was due: %+v", again[0])
		}
		h.Clock.Advance(time.Millisecond)
		h.deliver(t)
	}
	if took := h.Clock.Now().Sub(start); took < 18*time.Hour || took > 28*time.Hour {
		t.Errorf("ten attempts took %v", took)
	}
	dead := h.deliveries(t, hook, true)
	if len(dead) != 1 || dead[0].Attempts != 10 || dead[0].Status != 500 || !dead[0].TriedAt.Equal(h.Clock.Now()) {
		t.Fatalf("dead is %+v", dead)
	}
	h.receivers.answer(receiverURL, 200)
	if replayed, err := h.EventHooks.Replay(t.Context(), h.bob, h.guild.ID, hook.ID, dead[0].ID); err != nil || replayed.Dead || replayed.Attempts != 0 {
		t.Errorf("replayed is %+v, %v", replayed, err)
	}
	h.Clock.Advance(time.Hour)
	h.deliver(t)
	if left := append(h.deliveries(t, hook, false), h.deliveries(t, hook, true)...); len(left) != 0 {
		t.Errorf("left is %+v", left)
	}
	_, err := h.EventHooks.Replay(t.Context(), h.bob, h.guild.ID, hook.ID, dead[0].ID)
	expectKind(t, err, chat.UnknownDelivery)
}

func TestAReceiverIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	h.receivers.answer(receiverURL, 429)
	h.receivers.wait = time.Hour
	h.say(t, h.guild.General, "one")
	h.deliver(t)
	if waiting := h.deliveries(t, hook, false); !waiting[0].NextAt.Equal(h.Clock.Now().Add(time.Hour)) {
		t.Errorf("there waits %+v", waiting)
	}
}

func TestAReceiverThatWantsNothingAnyMoreStopsTheHook(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	h.receivers.answer(receiverURL, 410)
	h.say(t, h.guild.General, "one")
	h.deliver(t)
	stopped, err := h.EventHooks.Get(t.Context(), h.bob, h.guild.ID, hook.ID)
	if err != nil || !strings.Contains(stopped.Suspended, "410") || len(h.deliveries(t, hook, true)) != 1 {
		t.Errorf("the hook is %+v, %v", stopped, err)
	}
	h.say(t, h.guild.General, "two")
	if waiting := h.deliveries(t, hook, false); len(waiting) != 0 {
		t.Errorf("for a hook that is stopped there waits %+v", waiting)
	}
}

func TestASlowReceiverDoesNotSlowOthers(t *testing.T) {
	h := newHooked(t)
	const slow = "https://slow.example/"
	h.receivers.held[slow] = make(chan struct{})
	h.hook(t, slow, "MESSAGE_CREATE")
	h.hook(t, receiverURL, "MESSAGE_CREATE")
	for i := range 3 {
		h.say(t, h.guild.General, fmt.Sprint(i))
	}
	// One request that is not answered, and three others.
	times := make(map[string]int)
	for _, request := range h.receivers.await(4) {
		times[request.address]++
	}
	if times[slow] != 1 || times[receiverURL] != 3 {
		t.Errorf("told were %v", times)
	}
	close(h.receivers.held[slow])
	h.receivers.await(6)
}

func TestAHookTellsWhatItsMakerMaySee(t *testing.T) {
	h := newHooked(t)
	ctx := t.Context()
	secret := h.guild.Channel("secret", store.ChannelText, store.PermissionOverwrite{TargetID: h.guild.ID, Deny: uint64(perm.ViewChannel)})
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE", "MESSAGE_DELETE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "THREAD_CREATE", "THREAD_DELETE", "GUILD_BAN_ADD")
	h.say(t, secret, "hidden")
	thread, _, err := h.Threads.Start(ctx, h.alice, secret, chat.ThreadDraft{Name: "hidden", Type: pointer(store.ChannelPublicThread)})
	if err != nil {
		t.Fatal(err)
	}
	private, _, err := h.Threads.Start(ctx, h.alice, h.guild.General, chat.ThreadDraft{Name: "private", Type: pointer(store.ChannelPrivateThread)})
	if err != nil {
		t.Fatal(err)
	}
	h.say(t, private.ID, "hidden")
	for _, threadID := range []id.ID{thread.ID, private.ID} {
		if _, err := h.Channels.Delete(ctx, h.alice, threadID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Channels.Update(ctx, h.alice, secret, chat.ChannelEdit{Topic: pointer("hidden")}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Channels.Delete(ctx, h.alice, secret); err != nil {
		t.Fatal(err)
	}
	if err := h.Bans.Ban(ctx, h.alice, h.guild.ID, h.guild.Member("mallory").UserID, 0); err != nil { // bob may not ban
		t.Fatal(err)
	}
	h.deliver(t)
	if requests := h.receivers.all(); len(requests) != 0 {
		t.Errorf("told was what is hidden: %+v", requests)
	}
	open := h.guild.Channel("open", store.ChannelText)
	h.say(t, open, "seen")
	if _, err := h.Channels.Delete(ctx, h.alice, open); err != nil {
		t.Fatal(err)
	}
	h.deliver(t)
	var events []string
	for _, request := range h.receivers.all() {
		events = append(events, request.event)
	}
	if want := []string{"CHANNEL_CREATE", "MESSAGE_CREATE", "CHANNEL_DELETE"}; !slices.Equal(events, want) {
		t.Errorf("told were %v, want %v", events, want)
	}
	// What waits is not told any more once the maker may not see it.
	h.receivers.answer(receiverURL, 0)
	h.say(t, h.guild.General, "was seen")
	h.deliver(t)
	count := len(h.receivers.all())
	h.guild.Overwrite(h.guild.General, h.bob.UserID, store.OverwriteMember, 0, perm.ViewChannel)
	h.Clock.Advance(time.Minute)
	h.deliver(t)
	if waiting := h.deliveries(t, hook, false); len(waiting) != 0 || len(h.receivers.all()) != count {
		t.Errorf("there waits %+v", waiting)
	}
}

func TestAHookOfSomebodyWhoMayNotAnyMoreIsStopped(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, h *hooked){
		"not in this server": func(t *testing.T, h *hooked) {
			if err := h.Members.Kick(t.Context(), h.alice, h.guild.ID, h.bob.UserID); err != nil {
				t.Fatal(err)
			}
		},
		"may not look after": func(t *testing.T, h *hooked) {
			if _, err := h.Members.Update(t.Context(), h.alice, h.guild.ID, h.bob.UserID, chat.MemberEdit{RoleIDs: pointer([]id.ID{})}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHooked(t)
			hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
			h.receivers.answer(receiverURL, 500)
			h.say(t, h.guild.General, "before")
			h.deliver(t)
			lose(t, h)
			h.receivers.answer(receiverURL, 204)
			h.Clock.Advance(time.Minute)
			h.deliver(t)
			stopped, err := h.EventHooks.Get(t.Context(), h.alice, h.guild.ID, hook.ID)
			if err != nil || !strings.Contains(stopped.Suspended, name) || len(h.receivers.all()) != 1 {
				t.Fatalf("the hook is %+v, %v; told were %+v", stopped, err, h.receivers.all())
			}
			// Whoever has it go on is its maker, and what waited is told.
			resumed, err := h.EventHooks.Update(t.Context(), h.alice, h.guild.ID, hook.ID, chat.EventHookEdit{Suspended: pointer(false)})
			if err != nil || resumed.Suspended != "" || resumed.MakerID != h.alice.UserID {
				t.Fatalf("the hook is %+v, %v", resumed, err)
			}
			h.deliver(t)
			if requests := h.receivers.all(); len(requests) != 2 {
				t.Errorf("told were %+v", requests)
			}
		})
	}
}

func TestWhoeverSaysWhereAHookTellsIsItsMaker(t *testing.T) {
	h := newHooked(t)
	made, err := h.EventHooks.Create(t.Context(), h.alice, h.guild.ID, chat.EventHookEdit{Name: pointer("hers"), URL: pointer(receiverURL), Events: pointer([]string{"MESSAGE_CREATE"})})
	if err != nil || made.MakerID != h.alice.UserID {
		t.Fatalf("made is %+v, %v", made, err)
	}
	for i, test := range []struct {
		edit  chat.EventHookEdit
		maker id.ID
	}{
		{chat.EventHookEdit{Name: pointer("renamed")}, h.alice.UserID},
		{chat.EventHookEdit{Suspended: pointer(true)}, h.alice.UserID},
		{chat.EventHookEdit{URL: pointer("https://bobs.example/")}, h.bob.UserID},
	} {
		updated, err := h.EventHooks.Update(t.Context(), h.bob, h.guild.ID, made.ID, test.edit)
		if err != nil || updated.MakerID != test.maker {
			t.Errorf("%d: the hook is %+v, %v", i, updated, err)
		}
	}
}

func TestAHookTellsOfItsChannelsAndTheirThreads(t *testing.T) {
	h := newHooked(t)
	side := h.guild.Channel("side", store.ChannelText)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE", "GUILD_ROLE_CREATE")
	if _, err := h.EventHooks.Update(t.Context(), h.bob, h.guild.ID, hook.ID, chat.EventHookEdit{ChannelIDs: &[]id.ID{side}, Content: pointer(false)}); err != nil {
		t.Fatal(err)
	}
	thread, _, err := h.Threads.Start(t.Context(), h.alice, side, chat.ThreadDraft{Name: "aside", Type: pointer(store.ChannelPublicThread)})
	if err != nil {
		t.Fatal(err)
	}
	h.say(t, h.guild.General, "elsewhere")
	h.say(t, thread.ID, "in the thread")
	h.say(t, side, "in the channel")
	h.guild.Role("role", 2, 0)
	h.deliver(t)
	var events []string
	for _, request := range h.receivers.all() {
		events = append(events, request.event)
		if strings.Contains(request.body, "in the") {
			t.Errorf("told was what was said: %s", request.body)
		}
	}
	// A thread that is not begun by a message is told in its channel.
	if want := []string{"MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE", "GUILD_ROLE_CREATE"}; !slices.Equal(events, want) {
		t.Errorf("told were %v, want %v", events, want)
	}
}

func TestAQueueThatIsFullTakesNoMore(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	h.receivers.held[receiverURL] = make(chan struct{})
	defer close(h.receivers.held[receiverURL])
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for range 101 {
				h.say(t, h.guild.General, "noise")
			}
		})
	}
	group.Wait()
	waiting, err := h.Store.CountEventDeliveries(t.Context(), hook.ID, false)
	if err != nil || waiting < 1000 || waiting > 1009 {
		t.Errorf("there wait %d, %v", waiting, err)
	}
	dead := h.deliveries(t, hook, true)
	if len(dead) == 0 || waiting+len(dead) != 1010 || dead[0].Problem == "" || dead[0].Attempts != 0 {
		t.Errorf("%d wait, dead is %+v", waiting, dead)
	}
	_, err = h.EventHooks.Replay(t.Context(), h.bob, h.guild.ID, hook.ID, dead[0].ID)
	expectKind(t, err, chat.RateLimited)
}

func TestATestIsToldAtOnce(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	for status, want := range map[int]chat.EventTest{204: {Status: 204}, 500: {Status: 500, Problem: "The answer was 500."}, 0: {Problem: "nobody answers"}} {
		h.receivers.answer(receiverURL, status)
		if test, err := h.EventHooks.Test(t.Context(), h.bob, h.guild.ID, hook.ID); err != nil || test != want {
			t.Errorf("%d: the test gave %+v, %v", status, test, err)
		}
	}
	requests := h.receivers.all()
	if len(requests) != 3 || requests[0].event != "EVENT_HOOK_TEST" || !strings.Contains(requests[0].body, hook.ID.String()) {
		t.Errorf("told were %+v", requests)
	}
	for range 7 {
		if _, err := h.EventHooks.Test(t.Context(), h.bob, h.guild.ID, hook.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.EventHooks.Test(t.Context(), h.bob, h.guild.ID, hook.ID)
	expectKind(t, err, chat.RateLimited)
}

func TestASecretCanBeRenewed(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	renewed, err := h.EventHooks.RenewSecret(t.Context(), h.bob, h.guild.ID, hook.ID)
	if err != nil || renewed.Secret == hook.Secret || renewed.Secret == "" {
		t.Fatalf("renewed is %+v, %v", renewed, err)
	}
	h.say(t, h.guild.General, "signed anew")
	h.deliver(t)
	request := h.receivers.all()[0]
	at, mark, _ := strings.Cut(strings.TrimPrefix(request.signature, "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(renewed.Secret))
	fmt.Fprintf(mac, "%s.%s", at, request.body)
	if mark != hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("it is signed %q", request.signature)
	}
	entries, err := h.AuditLog.List(t.Context(), h.alice, h.guild.ID, store.AuditQuery{TargetID: hook.ID})
	if err != nil || len(entries.Entries) != 2 || strings.Contains(fmt.Sprintf("%s", entries.Entries), "/hook") {
		t.Errorf("the log has %s, %v", entries.Entries, err)
	}
	// A secret that was sealed under another secret of the hall stops the hook.
	if _, err := h.Store.UpdateEventHook(t.Context(), hook.ID, func(hook *store.EventHook) error { hook.SealedSecret = []byte("another"); return nil }); err != nil {
		t.Fatal(err)
	}
	h.say(t, h.guild.General, "not signed")
	h.deliver(t)
	if stopped, err := h.EventHooks.Get(t.Context(), h.bob, h.guild.ID, hook.ID); err != nil || stopped.Suspended == "" || len(h.receivers.all()) != 1 {
		t.Errorf("the hook is %+v, %v", stopped, err)
	}
	_, err = h.EventHooks.Test(t.Context(), h.bob, h.guild.ID, hook.ID)
	expectKind(t, err, chat.SecretUnreadable)
}

func TestWhatAHookMustBe(t *testing.T) {
	h := newHooked(t)
	hidden := h.guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: h.guild.ID, Deny: uint64(perm.ViewChannel)})
	good := func(change func(*chat.EventHookEdit)) chat.EventHookEdit {
		edit := chat.EventHookEdit{Name: pointer("script"), URL: pointer(receiverURL), Events: &[]string{"MESSAGE_CREATE"}}
		change(&edit)
		return edit
	}
	for name, edit := range map[string]chat.EventHookEdit{
		"no name":                good(func(e *chat.EventHookEdit) { e.Name = nil }),
		"a name too long":        good(func(e *chat.EventHookEdit) { e.Name = pointer(strings.Repeat("n", 81)) }),
		"no address":             good(func(e *chat.EventHookEdit) { e.URL = pointer("") }),
		"another scheme":         good(func(e *chat.EventHookEdit) { e.URL = pointer("file:///etc/passwd") }),
		"credentials":            good(func(e *chat.EventHookEdit) { e.URL = pointer("https://user:pass@receiver.example/") }),
		"no events":              good(func(e *chat.EventHookEdit) { e.Events = &[]string{} }),
		"an event that is not":   good(func(e *chat.EventHookEdit) { e.Events = &[]string{"PRESENCE_UPDATE"} }),
		"a channel that is not":  good(func(e *chat.EventHookEdit) { e.ChannelIDs = &[]id.ID{1} }),
		"a channel out of sight": good(func(e *chat.EventHookEdit) { e.ChannelIDs = &[]id.ID{hidden} }),
	} {
		_, err := h.EventHooks.Create(t.Context(), h.bob, h.guild.ID, edit)
		if chat.KindOf(err) != chat.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for range 10 {
		h.hook(t, receiverURL, "MESSAGE_CREATE")
	}
	_, err := h.EventHooks.Create(t.Context(), h.bob, h.guild.ID, good(func(*chat.EventHookEdit) {}))
	expectKind(t, err, chat.MaxEventHooks)
	_, err = h.EventHooks.Create(t.Context(), h.guild.Member("carol"), h.guild.ID, good(func(*chat.EventHookEdit) {}))
	expectKind(t, err, chat.MissingPermission)
	other := h.Guild(h.Person("dora"))
	hooks, err := h.EventHooks.List(t.Context(), h.bob, h.guild.ID)
	if err != nil || len(hooks) != 10 {
		t.Fatalf("there are %+v, %v", hooks, err)
	}
	_, err = h.EventHooks.Get(t.Context(), other.Owner, other.ID, hooks[0].ID)
	expectKind(t, err, chat.UnknownEventHook)
}

func TestAHallThatTellsNobodyMakesNoHooks(t *testing.T) {
	c := newConversation(t)
	_, err := c.EventHooks.Create(t.Context(), c.alice, c.guild.ID, chat.EventHookEdit{})
	expectKind(t, err, chat.EventHooksOff)
}

func TestAfterACrashWhatWasAcknowledgedIsTold(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	disk := vfs.NewCrashableMem()
	hall := openOn(t, disk)
	receivers := newReceivers()
	receivers.answer(receiverURL, 503) // so that it is all left for after the crash
	if err := hall.EventHooks.Begin(receivers, plainBodies{}); err != nil {
		t.Fatal(err)
	}
	c := &conversation{Hall: hall, guild: hall.Guild(hall.Person("alice"))}
	c.alice = c.guild.Owner
	h := &hooked{c, receivers}
	if _, err := h.EventHooks.Create(t.Context(), h.alice, h.guild.ID, chat.EventHookEdit{Name: pointer("script"), URL: pointer(receiverURL), Events: &[]string{"MESSAGE_CREATE", "GUILD_ROLE_CREATE"}, Content: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	type crash struct {
		disk *vfs.MemFS
		acts []string
	}
	var crashes []crash
	var acts []string
	for i := range 12 {
		said := fmt.Sprint("message ", i)
		h.say(t, h.guild.General, said)
		acts = append(acts, fmt.Sprintf(`{"content":%q,"type":"event.MessageCreated"}`, said))
		if i%3 == 2 {
			h.guild.Role(fmt.Sprint("role ", i), 1, 0)
			acts = append(acts, `{"type":"event.RoleCreated"}`)
			crashes = append(crashes, crash{disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random}), slices.Clone(acts)})
		}
	}
	for i, crash := range crashes {
		again, after := openOn(t, crash.disk), newReceivers()
		again.Clock.Advance(48 * time.Hour)
		if err := again.EventHooks.Begin(after, plainBodies{}); err != nil {
			t.Fatal(err)
		}
		if err := again.EventHooks.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, request := range after.all() {
			got = append(got, request.body)
		}
		if !slices.Equal(got, crash.acts) {
			t.Errorf("crash %d: told were %q, want %q", i, got, crash.acts)
		}
	}
}
