package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func TestResumingMissesNothingAndRepeatsNothing(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	const posts = 600
	var posting sync.WaitGroup
	posting.Go(func() {
		for n := range posts {
			h.post(alice, guild.General, strconv.Itoa(n))
		}
	})
	for n := range posts {
		for {
			r, err := c.read()
			if err != nil {
				t.Fatal(err)
			}
			if r.name() != "MESSAGE_CREATE" {
				continue
			}
			var d struct{ Content string }
			c.decode(r, &d)
			if d.Content != strconv.Itoa(n) {
				t.Fatalf("%s came instead of %d", d.Content, n)
			}
			break
		}
		if n%50 == 49 {
			// While posts go on; sometimes the gateway knows that the connection is gone, sometimes it does not.
			if n%100 == 99 {
				c.drop()
			}
			c = c.resume()
		}
	}
	posting.Wait()
}

func TestWhatIsToldWhileAGuildIsShownComesOnce(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	robot, botToken := h.bot("robot", alice)
	guild.Join(robot)
	token := h.login(alice)
	ctx, cancel := context.WithCancel(t.Context())
	var posting sync.WaitGroup
	posting.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			h.post(alice, guild.General, strconv.Itoa(n))
			if n%8 == 0 {
				yield() // these clients read slowly
			}
		}
	})
	defer posting.Wait()
	defer cancel()
	for range 30 {
		c := h.enter(botToken)
		var created struct{ Channels []channelJSON }
		c.decode(c.await("GUILD_CREATE"), &created)
		c.checkRun(0)

		p := h.dial("")
		var ready struct {
			Guilds []struct{ Channels []channelJSON }
		}
		p.decode(p.identify(token), &ready)
		last := ""
		for _, channel := range ready.Guilds[0].Channels {
			if channel.ID == guild.General.String() && channel.LastMessageID != nil {
				last = *channel.LastMessageID
			}
		}
		p.checkRunAfter(last)
		c.quit(1000)
		p.quit(1000)
	}
}

type channelJSON struct {
	ID            string
	LastMessageID *string `json:"last_message_id"`
}

// checkRun takes some messages, which must follow each other without a gap.
func (c *client) checkRun(from int) {
	c.tb.Helper()
	for range 10 {
		n, err := strconv.Atoi(c.message())
		if err != nil || from != 0 && n != from {
			c.tb.Fatalf("message %d came instead of %d: %v", n, from, err)
		}
		from = n + 1
	}
}

// checkRunAfter takes some messages, the first of which must be the one that follows a message.
func (c *client) checkRunAfter(last string) {
	c.tb.Helper()
	var d struct {
		ID, Content string
		ChannelID   string `json:"channel_id"`
	}
	c.decode(c.expect("MESSAGE_CREATE"), &d)
	first, err := strconv.Atoi(d.Content)
	if err != nil {
		c.tb.Fatal(err)
	}
	if first > 0 {
		lastID, channelID := parseID(c.tb, last), parseID(c.tb, d.ChannelID)
		before, err := c.house.Store.Message(context.Background(), channelID, lastID)
		if err != nil {
			c.tb.Fatal(err)
		}
		if before.Content != strconv.Itoa(first-1) {
			c.tb.Fatalf("READY ends with message %s, and message %d follows", before.Content, first)
		}
	}
	c.checkRun(first + 1)
}

func TestASessionCanBeResumedForSoLong(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	token := h.login(alice)
	for _, code := range []int{4200, 1012, 3000} {
		c := h.enter(token)
		c.quit(code)
		h.gone(c.sessionID)
		h.Clock.Advance(resumePatience - time.Second)
		h.sweepOnce(h.Clock.Now())
		if h.find(c.sessionID) == nil {
			t.Fatalf("a session that was closed with %d is gone", code)
		}
		h.Clock.Advance(2 * time.Second)
		h.sweepOnce(h.Clock.Now())
		if h.find(c.sessionID) != nil {
			t.Fatal("a session stays for ever")
		}
		token = h.login(alice)
	}
	for _, code := range []int{websocket.CloseNormalClosure, websocket.CloseGoingAway} {
		c := h.enter(h.login(alice))
		c.quit(code)
		h.until("the session is gone", func() bool { return h.find(c.sessionID) == nil })
		again := c.resume()
		if r := again.next(); r.Op != wire.OpInvalidSession || string(r.Data) != "false" {
			t.Fatalf("%s came: %s", r.name(), r.Data)
		}
		// discordgo identifies anew on the same socket.
		again.last = 0
		again.identify(c.token)
	}
}

func TestWhatCannotBeResumed(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	c := h.enter(h.login(alice))
	foreign := h.dial("")
	foreign.send(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":1}}`, h.login(bob), c.sessionID))
	if r := foreign.next(); r.Op != wire.OpInvalidSession {
		t.Errorf("somebody else's session: %s", r.name())
	}
	c.send(`{"op":1,"d":1}`)
	c.await("op 11") // and it goes on
	ahead := h.dial("")
	ahead.send(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":%d}}`, c.token, c.sessionID, c.last+100))
	if r := ahead.next(); r.Op != wire.OpInvalidSession {
		t.Errorf("a number that was never given: %s", r.name())
	}
}

func TestTheReplayBufferHoldsWhatTheContractAsksFor(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	c.drop()
	h.gone(c.sessionID)
	for n := range 1000 {
		h.post(alice, guild.General, strconv.Itoa(n))
	}
	h.settle()
	again := c.resume()
	for n := range 1000 {
		if content := again.message(); content != strconv.Itoa(n) {
			t.Fatalf("%s came instead of %d", content, n)
		}
	}
	again.expect("RESUMED")
	again.drop()
	h.gone(c.sessionID)
	for range replaySize + 1 {
		h.post(alice, guild.General, "too many")
	}
	h.settle()
	third := again.resume()
	if r := third.next(); r.Op != wire.OpInvalidSession {
		t.Errorf("after a gap %s came", r.name())
	}
}

func TestABotThatMissedItsGuildsIsShownThemAgain(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild, other := h.Guild(alice), h.Guild(alice)
	robot, token := h.bot("robot", alice)
	guild.Join(robot)
	other.Join(robot)
	c := h.enter(token)
	c.expect("GUILD_CREATE")
	c.expect("GUILD_CREATE")
	c.drop()
	h.gone(c.sessionID)
	c.last = 1 // as if the connection had been lost right after READY
	h.Clock.Advance(time.Millisecond)
	if err := h.Guilds.Delete(context.Background(), alice, other.ID); err != nil {
		t.Fatal(err)
	}
	h.settle()
	again := c.resume()
	first, second := again.expect("GUILD_CREATE"), again.nextDispatch()
	var d wire.UnavailableGuild
	again.decode(second, &d)
	if second.name() != "GUILD_DELETE" && second.name() != "GUILD_CREATE" {
		t.Errorf("%s: %s", second.name(), second.Data)
	}
	var shown struct {
		ID      string
		Members []json.RawMessage
	}
	again.decode(first, &shown)
	if shown.ID != guild.ID.String() || len(shown.Members) == 0 {
		t.Errorf("%s", first.Data)
	}
	again.await("RESUMED")
}

func TestASlowClientIsClosedAndLosesNothing(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	// It reads nothing for a while. What the machine keeps for a socket is bounded here, so that it does not take long.
	c := h.enter(h.login(alice))
	s := h.find(c.sessionID)
	s.mu.Lock()
	connection := s.connection
	s.mu.Unlock()
	if tcp, ok := connection.raw.(interface{ SetWriteBuffer(int) error }); ok {
		if err := tcp.SetWriteBuffer(16 << 10); err != nil {
			t.Fatal(err)
		}
	}
	posts := 0
	embed := longText()
	for ; h.Gateway.Stats().Slow == 0; posts++ {
		if posts > 20*replaySize {
			t.Fatal("a client that reads nothing is never closed")
		}
		h.post(alice, guild.General, strconv.Itoa(posts)+" "+embed)
	}
	n := 0
	take := func(r received) {
		var d struct{ Content string }
		c.decode(r, &d)
		if want := strconv.Itoa(n) + " " + embed; d.Content != want {
			t.Fatalf("%.20q came instead of message %d", d.Content, n)
		}
		n++
	}
	for {
		r, err := c.read()
		if err != nil {
			if !websocket.IsCloseError(err, 4000) {
				t.Fatal(err)
			}
			break
		}
		if r.name() == "MESSAGE_CREATE" {
			take(r)
		}
	}
	h.gone(c.sessionID)
	h.settle()
	c = c.resume()
	for n < posts {
		take(c.expect("MESSAGE_CREATE"))
	}
	c.expect("RESUMED")
}

func parseID(tb testing.TB, text string) id.ID {
	tb.Helper()
	parsed, err := id.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func longText() string {
	text := make([]byte, 1900)
	for i := range text {
		text[i] = 'a' + byte(i%26)
	}
	return string(text)
}

func TestAClientThatAsksWithoutReadingIsClosed(t *testing.T) {
	h := open(t, noLimits)
	c := h.dial("")
	var inner *connection
	connections, _, _ := h.Gateway.open()
	inner = connections[0]
	if tcp, ok := inner.raw.(interface{ SetWriteBuffer(int) error }); ok {
		if err := tcp.SetWriteBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
	}
	ask := make(chan struct{})
	go func() {
		defer close(ask)
		for c.socket.WriteMessage(websocket.TextMessage, []byte(`{"op":1,"d":null}`)) == nil {
		}
	}()
	h.until("it is closed", inner.isShut)
	c.drop()
	<-ask
}

func TestMembersOnRequest(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	people := make([]chat.Caller, memberChunk+5)
	for i := range people {
		people[i] = h.Person(fmt.Sprintf("member%04d", i))
	}
	guild.Join(people...)
	c := h.enter(h.login(alice))
	type chunk struct {
		Members    []struct{ User struct{ ID, Username string } }
		ChunkIndex int      `json:"chunk_index"`
		ChunkCount int      `json:"chunk_count"`
		NotFound   []string `json:"not_found"`
		Nonce      string
		Presences  []struct{ Status string }
	}
	ask := func(fields string, chunks int) (found []chunk) {
		c.send(fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s",%s}}`, guild.ID, fields))
		for range chunks {
			var one chunk
			c.decode(c.expect("GUILD_MEMBERS_CHUNK"), &one)
			found = append(found, one)
		}
		return found
	}
	all := ask(`"query":"","limit":0,"nonce":"all"`, 2)
	if len(all[0].Members) != memberChunk || len(all[1].Members) != 6 || all[1].ChunkIndex != 1 || all[0].ChunkCount != 2 || all[1].Nonce != "all" {
		t.Errorf("%d and %d members", len(all[0].Members), len(all[1].Members))
	}
	most := ask(`"query":"","limit":1002`, 2)
	if len(most[0].Members) != memberChunk || len(most[1].Members) != 2 || most[0].ChunkCount != 2 {
		t.Errorf("%d and %d members of 1002", len(most[0].Members), len(most[1].Members))
	}
	if whole := ask(`"query":"","limit":1000`, 1); len(whole[0].Members) != memberChunk || whole[0].ChunkCount != 1 {
		t.Errorf("%d members of 1000", len(whole[0].Members))
	}
	some := ask(`"query":"MEMBER000","limit":3`, 1)
	if len(some[0].Members) != 3 || some[0].Members[0].User.Username != "member0000" {
		t.Errorf("%+v", some)
	}
	byID := ask(fmt.Sprintf(`"user_ids":["%s","12"],"presences":true`, alice.UserID), 1)
	if len(byID[0].Members) != 1 || len(byID[0].NotFound) != 1 || byID[0].NotFound[0] != "12" || len(byID[0].Presences) != 1 {
		t.Errorf("%+v", byID)
	}
	// A foreign guild is not answered for; the next request is.
	c.send(`{"op":8,"d":{"guild_id":["12"],"query":"","limit":0}}`)
	if one := ask(fmt.Sprintf(`"user_ids":"%s"`, alice.UserID), 1); len(one[0].Members) != 1 {
		t.Errorf("%+v", one)
	}
}

func TestWhatThisHallDoesNotHaveIsAnsweredFor(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	for _, ask := range []struct{ frame, name, want string }{
		{fmt.Sprintf(`{"op":31,"d":{"guild_ids":["%s","12"]}}`, guild.ID), "SOUNDBOARD_SOUNDS", fmt.Sprintf(`{"guild_id":"%s","soundboard_sounds":[]}`, guild.ID)},
		{fmt.Sprintf(`{"op":43,"d":{"guild_id":"%s","fields":["status"]}}`, guild.ID), "CHANNEL_INFO", fmt.Sprintf(`{"guild_id":"%s","channels":[]}`, guild.ID)},
		{fmt.Sprintf(`{"op":18,"d":{"type":"guild","guild_id":"%s","channel_id":"%s"}}`, guild.ID, guild.Lounge), "STREAM_DELETE",
			fmt.Sprintf(`{"stream_key":"guild:%s:%s:%s","reason":"unauthorized"}`, guild.ID, guild.Lounge, alice.UserID)},
		{`{"op":20,"d":{"stream_key":"guild:1:2:3"}}`, "STREAM_DELETE", `{"stream_key":"guild:1:2:3","reason":"unauthorized"}`},
	} {
		c.send(ask.frame)
		if r := c.expect(ask.name); string(r.Data) != ask.want {
			t.Errorf("%s: %s", ask.frame, r.Data)
		}
	}
	for _, op := range []int{13, 14, 19, 22, 37} {
		c.send(fmt.Sprintf(`{"op":%d,"d":{}}`, op))
	}
	c.send(`{"op":1,"d":null}`)
	if r := c.next(); r.Op != wire.OpHeartbeatAck {
		t.Errorf("%s came", r.name())
	}
}
