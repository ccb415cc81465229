package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// restart closes the gateway as a planned restart does, and opens the next. The rest of the hall stays.
func (h *house) restart(between ...func()) {
	h.tb.Helper()
	if err := h.Gateway.Shutdown(context.Background()); err != nil {
		h.tb.Fatal(err)
	}
	h.server.Close()
	for _, act := range between {
		act()
	}
	h.start()
}

func TestSessionsSurviveAPlannedRestart(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, botToken := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	a, b, r := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(botToken)
	r.expect("GUILD_CREATE")
	b.drop()
	h.gone(b.sessionID)
	h.post(alice, guild.General, "before")
	if a.message() != "before" || r.message() != "before" {
		t.Fatal("lost already")
	}
	h.restart()
	for _, c := range []*client{a, r} {
		c.await("op 7")
		c.closes(4000)
	}
	h.post(alice, guild.General, "after")
	h.settle()
	b = b.resume()
	if content := b.message(); content != "before" {
		t.Errorf("Bob: %s", content)
	}
	for _, c := range []*client{a.resume(), b, r.resume()} {
		if content := c.message(); content != "after" {
			t.Errorf("%s", content)
		}
		c.await("RESUMED")
	}
}

func TestPostsUpToARestartAreNotLost(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	for n := range 300 {
		h.post(alice, guild.General, fmt.Sprint(n))
	}
	h.restart()
	next := 0
	for {
		r, err := c.read()
		if err != nil {
			break
		}
		if r.name() == "MESSAGE_CREATE" {
			next++
		}
	}
	again := c.resume()
	for ; next < 300; next++ {
		if content := again.message(); content != fmt.Sprint(next) {
			t.Fatalf("%s came instead of %d", content, next)
		}
	}
	again.expect("RESUMED")
}

func TestDirectMessagesUpToARestartAreNotLost(t *testing.T) {
	h := open(t, noLimits)
	alice, bob := h.Person("alice"), h.Person("bob")
	h.Guild(alice).Join(bob)
	talk, err := h.Directs.Open(context.Background(), alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	b := h.enter(h.login(bob))
	for n := range 300 {
		h.post(alice, talk.ID, fmt.Sprint(n))
	}
	h.restart()
	next := 0
	for {
		r, err := b.read()
		if err != nil {
			break
		}
		if r.name() == "MESSAGE_CREATE" {
			next++
		}
	}
	again := b.resume()
	for ; next < 300; next++ {
		if content := again.message(); content != fmt.Sprint(next) {
			t.Fatalf("%s came instead of %d", content, next)
		}
	}
	again.expect("RESUMED")
}

func TestABotsGuildsCanBeShownAgainAfterARestart(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot)
	c := h.enter(token)
	c.expect("GUILD_CREATE")
	c.settle()
	c.last = 1
	h.restart()
	c = c.resume()
	c.expect("GUILD_CREATE")
	c.await("RESUMED")
}

func TestASessionWhoseGuildsChangedMeanwhileIsNotResumed(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]func(*house, chat.Caller, *client){
		"a channel": func(h *house, alice chat.Caller, _ *client) {
			guilds, _ := h.Views.UserGuilds(ctx, alice.UserID)
			if _, err := h.Channels.Create(ctx, alice, guilds[0], chat.ChannelDraft{Name: "new"}); err != nil {
				h.tb.Error(err)
			}
		},
		"a guild more": func(h *house, alice chat.Caller, _ *client) { h.Guild(alice) },
		"a guild less": func(h *house, alice chat.Caller, _ *client) {
			guilds, _ := h.Views.UserGuilds(ctx, alice.UserID)
			if err := h.Guilds.Delete(ctx, alice, guilds[0]); err != nil {
				h.tb.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			alice := h.Person("alice")
			h.Guild(alice)
			c := h.enter(h.login(alice))
			h.restart(func() { change(h, alice, c) })
			c = c.resume()
			if r := c.next(); r.Op != wire.OpInvalidSession {
				t.Errorf("%s came", r.name())
			}
		})
	}
}

func TestAfterACrashNothingIsResumed(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	h.Guild(alice)
	c := h.enter(h.login(alice))
	h.stop() // keeps nothing
	h.start()
	c = c.resume()
	if r := c.next(); r.Op != wire.OpInvalidSession || string(r.Data) != "false" {
		t.Errorf("%s came: %s", r.name(), r.Data)
	}
	c.last = 0
	c.identify(c.token)
}

func TestARestartEmptiesVoice(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	a.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":"%s","channel_id":"%s"}}`, guild.ID, guild.Lounge))
	a.await("VOICE_SERVER_UPDATE")
	b.await("VOICE_STATE_UPDATE")
	h.restart()
	if left := b.await("VOICE_STATE_UPDATE"); !strings.Contains(string(left.Data), `"channel_id":null`) {
		t.Errorf("%s", left.Data)
	}
}

func TestWhoDoesNotComeBackAfterARestartIsOffline(t *testing.T) {
	t.Parallel() // it waits for the grace of lost sessions
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	h.restart()
	a = a.resume()
	for {
		var d struct {
			User   struct{ ID string }
			Status string
		}
		a.decode(a.await("PRESENCE_UPDATE"), &d)
		if d.User.ID == bob.UserID.String() && d.Status == "offline" {
			break
		}
	}
	_ = b
}

func TestWhileTheHallRestartsNobodyComesIn(t *testing.T) {
	h := open(t)
	if err := h.Gateway.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	response, err := h.server.Client().Get(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered with %d", response.StatusCode)
	}
}

func TestAShutdownCutsOffWhoDoesNotRead(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	h.enter(h.login(alice)) // and reads nothing more
	connections, _, _ := h.Gateway.open()
	if tcp, ok := connections[0].raw.(interface{ SetWriteBuffer(int) error }); ok {
		if err := tcp.SetWriteBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
	}
	var posting sync.WaitGroup
	text := longText()
	for range 8 {
		posting.Go(func() {
			for range 200 {
				h.post(alice, guild.General, text)
			}
		})
	}
	posting.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := h.Gateway.Shutdown(ctx); err != nil {
		t.Log(err) // what could not be kept in that time is an error, and no reason to wait
	}
}

func TestShutdownWhileClientsComeIn(t *testing.T) {
	h := open(t, noLimits)
	guild, tokens := h.audience(60)
	var coming sync.WaitGroup
	for _, token := range tokens {
		coming.Go(func() {
			quiet := &house{Hall: h.Hall, Gateway: h.Gateway, server: h.server, tb: h.tb}
			socket, response, err := dialer.Dial(quiet.url("?v=10"), nil)
			if err != nil {
				return // the gateway was closed before
			}
			_ = response.Body.Close()
			defer socket.Close()
			_ = socket.WriteMessage(1, []byte(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{}}}`, token)))
			for {
				if _, _, err := socket.ReadMessage(); err != nil {
					return
				}
			}
		})
	}
	for range 20 {
		h.post(guild.Owner, guild.General, "busy")
	}
	if err := h.Gateway.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	coming.Wait()
}
