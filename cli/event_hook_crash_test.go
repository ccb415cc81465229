package cli_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/cli/clitest"
)

// manner is how a script takes what it is told for the first time. What it did not take it takes when it comes again, so that nothing waits for long.
type manner int

const (
	answers manner   = iota // at once
	holds                   // it never answers
	refuses                 // with 503
	breaks                  // it takes it, and the connection ends before the answer
	leaves                  // with 410
	manners = leaves        // those before leave hooks going on
)

// toldScript is a receiver of events that writes down what it was told.
type toldScript struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	changed *sync.Cond
	manner  manner
	secret  string
	// acts are what it was told, in order: the event and the message that it is about. deliveries are their ids, requests how often it was asked.
	acts, deliveries []string
	requests         int
	// failed are the deliveries that it did not take once.
	failed map[string]bool
}

func newToldScript(t *testing.T) *toldScript {
	t.Helper()
	s := &toldScript{t: t, failed: make(map[string]bool)}
	s.changed = sync.NewCond(&s.mu)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *toldScript) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the hall was killed while it wrote
	}
	var told struct {
		ID        string
		MessageID string `json:"message_id"`
	}
	if err := json.Unmarshal(body, &told); err != nil {
		s.t.Errorf("told was %q: %v", body, err)
	}
	delivery := r.Header.Get("X-Guildhall-Delivery")
	s.mu.Lock()
	manner := s.manner
	if manner != answers && manner != leaves {
		if s.failed[delivery] {
			manner = answers
		}
		s.failed[delivery] = true
	}
	mac := hmac.New(sha256.New, []byte(s.secret))
	stamp, signature, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("X-Guildhall-Signature"), "t="), ",v1=")
	mac.Write([]byte(stamp + "." + string(body)))
	if s.secret != "" && signature != hex.EncodeToString(mac.Sum(nil)) {
		s.t.Errorf("a delivery is signed %q", r.Header.Get("X-Guildhall-Signature"))
	}
	s.requests++
	if manner != refuses && manner != leaves {
		s.acts = append(s.acts, r.Header.Get("X-Guildhall-Event")+" "+told.MessageID+told.ID)
		s.deliveries = append(s.deliveries, delivery)
	}
	s.changed.Broadcast()
	s.mu.Unlock()
	switch manner {
	case holds:
		<-r.Context().Done()
	case refuses:
		w.WriteHeader(http.StatusServiceUnavailable)
	case breaks:
		panic(http.ErrAbortHandler)
	case leaves:
		w.WriteHeader(http.StatusGone)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *toldScript) behave(manner manner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manner = manner
}

// asked gives how many requests there were.
func (s *toldScript) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// await waits until the script fulfils something, which is asked under its lock.
func (s *toldScript) await(what string, fulfilled func() bool) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	late := false
	timer := time.AfterFunc(2*time.Minute, func() { // far beyond what it takes
		s.mu.Lock()
		late = true
		s.mu.Unlock()
		s.changed.Broadcast()
	})
	defer timer.Stop()
	for !fulfilled() {
		if late {
			s.t.Fatalf("%s does not come: told were %d", what, len(s.acts))
		}
		s.changed.Wait()
	}
}

// hookedHall is a hall with a hook for each of some scripts, and what was acknowledged to those who write in it.
type hookedHall struct {
	*clitest.Hall
	t         *testing.T
	community clitest.Community
	scripts   []*toldScript
	// hooks are the ids of the scripts' hooks.
	hooks []string
	// acknowledged are the acts of each writer, in order.
	acknowledged [][]string
}

func newHookedHall(t *testing.T) *hookedHall {
	t.Helper()
	h := &hookedHall{t: t}
	for range 3 {
		h.scripts = append(h.scripts, newToldScript(t))
	}
	h.Hall = clitest.Start(t, "--event-hooks", "on", "--outside-allow", "127.0.0.0/8", "--rate-limits", "off")
	h.community = h.NewCommunity()
	for _, script := range h.scripts {
		h.hooks = append(h.hooks, h.hook(script, "MESSAGE_CREATE,MESSAGE_UPDATE,MESSAGE_DELETE,MESSAGE_REACTION_ADD"))
	}
	return h
}

func (h *hookedHall) hook(script *toldScript, events string) string {
	h.t.Helper()
	var made struct{ ID, Secret string }
	h.JSON(&made, "", "event-hook", "create", "--guild", h.community.GuildID, "--name", "script", "--url", script.URL, "--content", "--events", events)
	script.mu.Lock()
	script.secret = made.Secret
	script.mu.Unlock()
	return made.ID
}

// messagesOfLife is how many messages each of the writers posts, edits, reacts to and deletes in one life of the hall. All of it is fewer than may wait for a hook.
const (
	writersOfLife  = 8
	messagesOfLife = 6
	actsOfLife     = writersOfLife * messagesOfLife * 4
)

// write has writers at work until the hall is killed, which is when so many of their acts were acknowledged.
func (h *hookedHall) write(enough int) {
	h.t.Helper()
	var mu sync.Mutex
	var writing sync.WaitGroup
	count, reached := 0, make(chan struct{})
	first := len(h.acknowledged)
	h.acknowledged = append(h.acknowledged, make([][]string, writersOfLife)...)
	bot, path := "Bot "+h.community.BotToken, "/channels/"+h.community.TextChannelID+"/messages"
	for writer := range writersOfLife {
		// do gives false when the hall is gone.
		do := func(event, method, place string, body map[string]any, want int) (string, bool) {
			var got message
			status, err := h.Call(method, path+place, bot, body, &got)
			if err != nil {
				return "", false
			}
			messageID := got.ID
			if messageID == "" {
				messageID, _, _ = strings.Cut(strings.TrimPrefix(place, "/"), "/")
			}
			if status != want {
				h.t.Errorf("%s is answered %d", event, status)
				return "", false
			}
			mu.Lock()
			defer mu.Unlock()
			h.acknowledged[first+writer] = append(h.acknowledged[first+writer], event+" "+messageID)
			if count++; count == enough {
				close(reached)
			}
			return "/" + messageID, true
		}
		writing.Go(func() {
			for i := range messagesOfLife {
				place, on := do("MESSAGE_CREATE", http.MethodPost, "", map[string]any{"content": fmt.Sprintf("%d of %d", i, writer)}, http.StatusOK)
				if on {
					_, on = do("MESSAGE_UPDATE", http.MethodPatch, place, map[string]any{"content": "edited"}, http.StatusOK)
				}
				if on {
					_, on = do("MESSAGE_REACTION_ADD", http.MethodPut, place+"/reactions/%F0%9F%91%8D/@me", nil, http.StatusNoContent)
				}
				if on {
					_, on = do("MESSAGE_DELETE", http.MethodDelete, place, nil, http.StatusNoContent)
				}
				if !on {
					return
				}
			}
		})
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		writing.Wait()
	}()
	select {
	case <-reached:
	case <-written: // with fewer: something was answered wrongly
	}
	h.Kill()
	<-written
}

// drain waits until every script was told all that was acknowledged, and looks at how.
func (h *hookedHall) drain() {
	h.t.Helper()
	for i, script := range h.scripts {
		script.behave(answers)
		told, looked := make(map[string]int), 0
		script.await(fmt.Sprintf("what script %d is to be told", i), func() bool {
			for ; looked < len(script.acts); looked++ {
				if _, known := told[script.acts[looked]]; !known {
					told[script.acts[looked]] = looked
				}
			}
			for _, acts := range h.acknowledged {
				if len(acts) > 0 {
					if _, known := told[acts[len(acts)-1]]; !known {
						return false
					}
				}
			}
			return true
		})
		for _, acts := range h.acknowledged {
			last := -1
			for _, act := range acts {
				at, known := told[act]
				if !known {
					h.t.Errorf("script %d was not told of %s", i, act)
				} else if at < last {
					h.t.Errorf("script %d was told of %s before what went before it", i, act)
				}
				last = at
			}
		}
		script.mu.Lock()
		for at := 1; at < len(script.acts); at++ { // what comes again comes at once, under its old id
			if first := told[script.acts[at]]; first != at && (script.acts[at-1] != script.acts[at] || script.deliveries[at-1] != script.deliveries[at]) {
				h.t.Errorf("script %d was told of %s again, after something else", i, script.acts[at])
			}
		}
		script.mu.Unlock()
	}
}

func TestWhatIsAcknowledgedIsToldInOrderAfterKillMinus9(t *testing.T) {
	hall := newHookedHall(t)
	gone := newToldScript(t)
	gone.behave(leaves)
	deadHook := hall.hook(gone, "CHANNEL_CREATE")
	alice := hall.Login("alice", clitest.OwnerPassword)
	var channel struct{ ID string }
	if status, err := hall.Call(http.MethodPost, "/guilds/"+hall.community.GuildID+"/channels", alice, map[string]any{"name": "one"}, &channel); err != nil || status != http.StatusCreated {
		t.Fatalf("the channel is answered %d, %v", status, err)
	}
	gone.await("the first request", func() bool { return gone.requests > 0 })

	lives, seed := 4, rand.Uint64()
	if os.Getenv("GUILDHALL_SOAK") != "" {
		lives = 200
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for life := range lives {
		for i, script := range hall.scripts { // in the first four each of them is in every manner once
			how := manner((life + i) % int(manners))
			if life >= 4 {
				how = manner(random.IntN(int(manners)))
			}
			script.behave(how)
		}
		if life > 0 && random.IntN(2) == 0 { // while it tells what it was stopped at
			hall.Kill()
			hall.Run()
		}
		hall.write(1 + random.IntN(actsOfLife-1))
		hall.Run()
		if life%4 == 3 {
			hall.drain()
		}
		if t.Failed() {
			return
		}
	}
	deadLetters := hall.deadLetters(deadHook) // it is told again after a kill if that was not noted yet
	told := gone.asked()
	hall.Kill()
	hall.Run()
	if after := hall.deadLetters(deadHook); len(after) != 1 || after[0] != deadLetters[0] {
		t.Errorf("dead were %v, and are %v", deadLetters, after)
	}
	hook := "/guilds/" + hall.community.GuildID + "/event-hooks/" + deadHook
	var shown struct{ Suspended string }
	if status, err := hall.Call(http.MethodGet, hook, alice, nil, &shown); err != nil || status != http.StatusOK || !strings.Contains(shown.Suspended, "410") || gone.asked() != told {
		t.Fatalf("the hook of who wanted nothing any more is answered %d %+v, %v; it was told %d times, and then %d", status, shown, err, told, gone.asked())
	}
	gone.behave(answers)
	if status, err := hall.Call(http.MethodPatch, hook, alice, map[string]any{"suspended": false}, nil); err != nil || status != http.StatusOK {
		t.Fatalf("letting it go on is answered %d, %v", status, err)
	}
	if status, err := hall.Call(http.MethodPost, hook+"/deliveries/"+deadLetters[0]+"/replay", alice, nil, nil); err != nil || status != http.StatusOK {
		t.Fatalf("replaying is answered %d, %v", status, err)
	}
	hall.Kill()
	hall.Run()
	gone.await("the dead letter", func() bool {
		return len(gone.acts) > 0 && gone.acts[0] == "CHANNEL_CREATE "+channel.ID && gone.deliveries[0] == deadLetters[0]
	})
}

// deadLetters waits until a hook has some, and gives their ids.
func (h *hookedHall) deadLetters(hookID string) (ids []string) {
	h.t.Helper()
	for deadline := time.Now().Add(time.Minute); len(ids) == 0; <-time.After(10 * time.Millisecond) {
		var dead []struct{ ID string }
		h.JSON(&dead, "", "event-hook", "deliveries", "--hook", hookID, "--dead")
		for _, one := range dead {
			ids = append(ids, one.ID)
		}
		if time.Now().After(deadline) {
			h.t.Fatal("nothing is dead")
		}
	}
	return ids
}
