package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func TestEveryCloseCode(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	token := h.login(alice)
	_, botToken := h.bot("robot", alice)
	identify := fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{}}}`, token)
	bot := func(extra string) string {
		return fmt.Sprintf(`{"op":2,"d":{"token":"Bot %s","properties":{},%s}}`, botToken, extra)
	}
	for name, c := range map[string]struct {
		query  string
		frames []string
		want   int
	}{
		"an unknown version":           {"?v=11", nil, 4012},
		"a version that is no number":  {"?v=ten", nil, 4012},
		"another encoding":             {"?v=10&encoding=etf", nil, 4002},
		"no JSON":                      {"?v=10", []string{`{"op":`}, 4002},
		"no opcode":                    {"?v=10", []string{`{"d":null}`}, 4002},
		"an opcode that is a text":     {"?v=10", []string{`{"op":"2"}`}, 4002},
		"an array":                     {"?v=10", []string{`[1]`}, 4002},
		"a payload of another shape":   {"?v=10", []string{`{"op":2,"d":"hello"}`}, 4002},
		"a frame over 16 KiB":          {"?v=10", []string{`{"op":1,"d":"` + strings.Repeat("x", 16<<10) + `"}`}, 4002},
		"a frame of 1 MB":              {"?v=10", []string{strings.Repeat("x", 1<<20)}, 4002},
		"a presence before identify":   {"?v=10", []string{`{"op":3,"d":{}}`}, 4003},
		"a nonsense before identify":   {"?v=10", []string{`{"op":99}`}, 4003},
		"a voice state before":         {"?v=10", []string{`{"op":4,"d":{}}`}, 4003},
		"members before identify":      {"?v=10", []string{`{"op":8,"d":{}}`}, 4003},
		"a wrong token":                {"?v=10", []string{`{"op":2,"d":{"token":"nonsense","properties":{}}}`}, 4004},
		"no token":                     {"?v=10", []string{`{"op":2,"d":{"properties":{}}}`}, 4004},
		"RESUME with a wrong token":    {"?v=10", []string{`{"op":6,"d":{"token":"nonsense","session_id":"x","seq":1}}`}, 4004},
		"identify twice":               {"?v=10", []string{identify, identify}, 4005},
		"resume after identify":        {"?v=10", []string{identify, `{"op":6,"d":{"token":"x","session_id":"x","seq":1}}`}, 4005},
		"an unknown opcode":            {"?v=10", []string{identify, `{"op":99}`}, 4001},
		"a server's opcode":            {"?v=10", []string{identify, `{"op":10}`}, 4001},
		"a sequence below nothing":     {"?v=10", []string{fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":"x","seq":-1}}`, token)}, 4007},
		"a shard outside":              {"?v=10", []string{bot(`"shard":[2,2]`)}, 4010},
		"a shard of none":              {"?v=10", []string{bot(`"shard":[0,0]`)}, 4010},
		"half a shard":                 {"?v=10", []string{bot(`"shard":[0]`)}, 4010},
		"intents below nothing":        {"?v=10", []string{bot(`"intents":-1`)}, 4013},
		"intents that are no number":   {"?v=10", []string{bot(`"intents":"all"`)}, 4013},
		"a presence that does not fit": {"?v=10", []string{identify, `{"op":3,"d":{"status":"asleep"}}`}, 4002},
	} {
		t.Run(name, func(t *testing.T) {
			h := &house{Hall: h.Hall, Gateway: h.Gateway, server: h.server, tb: t}
			c := h.dial(c.query).sendAll(c.frames...).closes(c.want)
			c.drop()
		})
	}
}

func (c *client) sendAll(frames ...string) *client {
	for _, frame := range frames {
		// The gateway may have closed already, when a frame is long.
		_ = c.socket.WriteMessage(websocket.TextMessage, []byte(frame))
	}
	return c
}

func (c *client) closes(want int) *client {
	c.tb.Helper()
	if code := c.closed(); code != want {
		c.tb.Errorf("closed with %d instead of %d", code, want)
	}
	return c
}

func TestTooManyFrames(t *testing.T) {
	h := open(t)
	c := h.dial("?v=10")
	for range maxFrames {
		c.send(`{"op":1,"d":null}`)
		if ack := c.next(); ack.Op != wire.OpHeartbeatAck {
			t.Fatalf("%s came", ack.name())
		}
	}
	h.Clock.Advance(framesWindow / 2)
	c.send(`{"op":1,"d":null}`)
	c.closes(4008)

	c = h.dial("?v=10")
	for range maxFrames {
		c.send(`{"op":1,"d":null}`)
		c.next()
	}
	h.Clock.Advance(framesWindow)
	c.send(`{"op":1,"d":null}`)
	if ack := c.next(); ack.Op != wire.OpHeartbeatAck {
		t.Errorf("a new window has its own count: %s came", ack.name())
	}
}

func TestWhoDoesNotIdentifyIsClosed(t *testing.T) {
	h := open(t)
	c := h.dial("?v=10")
	h.Clock.Advance(identifyPatience - time.Second)
	c.send(`{"op":1,"d":null}`) // keeps nobody in
	c.next()
	h.sweepOnce(h.Clock.Now())
	c.send(`{"op":1,"d":null}`)
	c.next()
	h.Clock.Advance(2 * time.Second)
	h.sweepOnce(h.Clock.Now())
	c.closes(4009)
}

func TestWhoDoesNotBeatIsClosedAndCanResume(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	h.Clock.Advance(heartbeatPatience - time.Second)
	c.send(fmt.Sprintf(`{"op":1,"d":%d}`, c.last))
	c.await("op 11")
	h.Clock.Advance(heartbeatPatience - time.Second)
	h.sweepOnce(h.Clock.Now())
	h.post(alice, guild.General, "still here")
	if content := c.message(); content != "still here" {
		t.Error(content)
	}
	h.Clock.Advance(2 * time.Second)
	h.sweepOnce(h.Clock.Now())
	c.closes(4009)
	h.gone(c.sessionID)
	h.post(alice, guild.General, "missed")
	h.settle()
	again := c.resume()
	if content := again.message(); content != "missed" {
		t.Error(content)
	}
	again.expect("RESUMED")
}

func TestHeartbeatsAreAnsweredInEverySpelling(t *testing.T) {
	h := open(t)
	c := h.dial("")
	for _, frame := range []string{`{"op":1,"d":null}`, `{"op": 1, "d": null}`, `{"op":1,"d":251}`, `{"d":251,"op":1}`, "{\n\t\"op\": 1,\n\t\"d\": 0\n}", `{"op":1}`,
		`{"op":1,"d":null,"s":null,"t":null}`} {
		c.send(frame)
		if ack := c.next(); ack.Op != wire.OpHeartbeatAck {
			t.Errorf("%s: %s came", frame, ack.name())
		}
	}
}

func TestOnlyHeartbeatsAreTakenForOnes(t *testing.T) {
	for _, frame := range []string{`{"op":1,"d":}`, `{"op":1,"d":01}`, `{"op":1,"d":1x}`, `{"op":10,"d":1}`, `{"op":1`, ``, `{"op":1,"d":1}}`, `{"op":1,"d":-1}`, `{"op":1,"d":nul}`} {
		if isHeartbeat([]byte(frame)) {
			t.Errorf("%s", frame)
		}
	}
}

func TestReadyOfAPerson(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	secret := guild.Channel("secret", 0)
	guild.Overwrite(secret, guild.ID, 0, 0, 1<<10)
	last := h.post(alice, guild.General, "hello")
	c := h.dial("?v=9&encoding=json&compress=zlib-stream")
	ready := c.identify(h.login(bob))
	var d struct {
		V                int
		User             struct{ ID, Username string }
		ResumeGatewayURL string `json:"resume_gateway_url"`
		Application      struct{ ID string }
		SessionType      string `json:"session_type"`
		Guilds           []struct {
			ID       string
			Channels []struct {
				ID            string
				LastMessageID *string `json:"last_message_id"`
			}
			Members     []struct{ User struct{ ID string } }
			MemberCount int `json:"member_count"`
			Large       bool
			Roles       []struct{ ID string }
			Presences   []struct{ Status string }
		}
		MergedMembers [][]struct{ User struct{ ID string } } `json:"merged_members"`
	}
	c.decode(ready, &d)
	if *ready.Seq != 1 || d.V != 9 || d.User.ID != bob.UserID.String() || d.Application.ID != bob.UserID.String() || d.SessionType != "normal" {
		t.Errorf("READY: %s", ready.Data)
	}
	if want := strings.TrimSuffix(h.url(""), "/"); d.ResumeGatewayURL != want {
		t.Errorf("resume at %q instead of %q", d.ResumeGatewayURL, want)
	}
	if len(d.Guilds) != 1 || len(d.Guilds[0].Members) != 2 || d.Guilds[0].MemberCount != 2 || d.Guilds[0].Large || len(d.Guilds[0].Roles) != 1 || len(d.Guilds[0].Presences) != 1 {
		t.Fatalf("guilds: %s", ready.Data)
	}
	found := false
	for _, channel := range d.Guilds[0].Channels {
		if channel.ID == secret.String() {
			t.Error("a channel that Bob may not view is in his READY")
		}
		found = found || channel.ID == guild.General.String() && channel.LastMessageID != nil && *channel.LastMessageID == last.String()
	}
	if !found {
		t.Errorf("the newest message is not in READY: %s", ready.Data)
	}
	if len(d.MergedMembers) != 1 || d.MergedMembers[0][0].User.ID != bob.UserID.String() {
		t.Errorf("merged_members: %v", d.MergedMembers)
	}
	// What crashes clients when it is null.
	var lists map[string]json.RawMessage
	c.decode(ready, &lists)
	for _, name := range []string{"guilds", "private_channels", "users", "relationships", "read_state", "user_guild_settings", "user_settings", "notes", "sessions", "presences", "merged_members"} {
		if text := string(lists[name]); text == "" || text == "null" {
			t.Errorf("%s is %q", name, text)
		}
	}
}

func TestReadyOfABot(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	first, second := h.Guild(alice), h.Guild(alice)
	secret := first.Channel("secret", 0)
	first.Overwrite(secret, first.ID, 0, 0, 1<<10)
	robot, token := h.bot("robot", alice)
	first.Join(robot)
	second.Join(robot)
	for prefix, legacy := range map[string]string{"": `"properties":{"$os":"linux","$browser":"x"},"presence":{"game":{"name":"chess","type":0},"status":""}`, "Bot ": `"intents":3276799`} {
		c := h.dial("")
		ready := c.identify(prefix+token, legacy)
		var d struct {
			Guilds      []wire.UnavailableGuild
			Application struct {
				ID    string
				Flags uint64
			}
		}
		c.decode(ready, &d)
		if len(d.Guilds) != 2 || !d.Guilds[0].Unavailable || d.Application.ID != robot.UserID.String() || d.Application.Flags == 0 {
			t.Fatalf("READY: %s", ready.Data)
		}
		for range 2 {
			created := c.expect("GUILD_CREATE")
			var guild struct {
				ID          string
				Unavailable bool
				JoinedAt    string `json:"joined_at"`
				Channels    []struct{ ID string }
				Members     []struct{ User struct{ ID string } }
			}
			c.decode(created, &guild)
			own := false
			for _, member := range guild.Members {
				own = own || member.User.ID == robot.UserID.String()
			}
			if !own || guild.Unavailable || guild.JoinedAt == "" {
				t.Errorf("GUILD_CREATE: %s", created.Data)
			}
			if guild.ID == first.ID.String() && len(guild.Channels) != 5 {
				t.Errorf("a bot gets all channels, not %d", len(guild.Channels))
			}
		}
		c.quit(1000)
	}
}

func TestReadyListsNoGuildWhoseCreateDoesNotFollow(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	robot, token := h.bot("robot", alice)
	guild.Join(robot)
	c := h.dial("")
	ready := c.identify(token, `"intents":512`)
	var d struct{ Guilds []wire.UnavailableGuild }
	c.decode(ready, &d)
	if len(d.Guilds) != 0 {
		t.Errorf("READY: %s", ready.Data)
	}
	h.post(alice, guild.General, "hello")
	c.expect("MESSAGE_CREATE")
}

func TestPrivilegedIntentsMustHaveBeenGranted(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	robot, token := h.bot("robot", alice)
	guild.Join(robot)
	_, err := h.Store.UpdateBot(t.Context(), robot.UserID, func(bot *store.Bot) error {
		bot.Flags = 1 << 14 // members only
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, intents := range []intents{intentPresences, intentMessageContent, intentMembers | intentPresences} {
		c := h.dial("")
		c.send(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{},"intents":%d}}`, token, intents))
		c.closes(4014)
	}
	h.enter(token, fmt.Sprintf(`"intents":%d`, intentMembers)).quit(1000)
	c := h.enter(token) // says nothing of intents
	c.expect("GUILD_CREATE")
	h.post(alice, guild.General, "secret to it")
	if content := c.message(); content != "" {
		t.Errorf("%q", content)
	}
}

func TestShards(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	const shards = 2
	byShard := make(map[int][]*chattest.Guild)
	for len(byShard[0]) == 0 || len(byShard[1]) == 0 {
		h.Clock.Advance(time.Millisecond)
		guild := h.Guild(alice)
		guild.Join(robot)
		shard := int(uint64(guild.ID) >> 22 % shards)
		byShard[shard] = append(byShard[shard], guild)
	}
	for shard, guilds := range byShard {
		c := h.dial("")
		ready := c.identify(token, fmt.Sprintf(`"shard":[%d,%d]`, shard, shards))
		var d struct {
			Shard  []int
			Guilds []wire.UnavailableGuild
		}
		c.decode(ready, &d)
		if len(d.Shard) != 2 || d.Shard[0] != shard || len(d.Guilds) != len(guilds) {
			t.Errorf("shard %d: %s", shard, ready.Data)
		}
		for range guilds {
			c.expect("GUILD_CREATE")
		}
		h.post(alice, byShard[1-shard][0].General, "not for this shard")
		h.post(alice, guilds[0].General, "for this shard")
		if content := c.message(); content != "for this shard" {
			t.Error(content)
		}
		c.quit(1000)
	}
}

func TestTooManySignInsAreInvalidAndTheSocketStaysOpen(t *testing.T) {
	h := open(t)
	token := h.login(h.Person("alice"))
	limit := chat.DefaultStartLimits.Person
	for range limit.Burst {
		h.enter(token).quit(1000)
	}
	c := h.dial("")
	c.send(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{}}}`, token))
	if r := c.next(); r.Op != wire.OpInvalidSession || string(r.Data) != "false" {
		t.Fatalf("%s came: %s", r.name(), r.Data)
	}
	h.Clock.Advance(limit.Per)
	c.send(`{"op":1,"d":null}`)
	c.next()
	c.identify(token)
}

func TestAnAccountHasOnlySoManySessions(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	for range maxSessions {
		if !h.register(newSession(alice)) {
			t.Fatal("refused too early")
		}
	}
	if h.register(newSession(alice)) {
		t.Fatal("one too many was taken")
	}
	lost := newSession(alice)
	lost.lostAt = h.Clock.Now()
	h.mu.Lock()
	h.accounts[alice.UserID][0].lostAt = h.Clock.Now()
	oldest := h.accounts[alice.UserID][0]
	h.mu.Unlock()
	if !h.register(lost) || h.find(oldest.id) != nil {
		t.Error("a lost session does not make room for a new one")
	}
}

func TestEndedCredentialsEndTheSessionAtOnce(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice := h.Person("alice")
	token, loginID := h.loginAs(alice)
	other := h.enter(h.login(alice))
	c := h.enter(token)
	if err := h.Accounts.RevokeSessions(ctx, alice, []id.ID{loginID}); err != nil {
		t.Fatal(err)
	}
	c.closes(4004)
	h.until("the session is gone", func() bool { return h.find(c.sessionID) == nil })
	again := h.dial("")
	again.send(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":1}}`, token, c.sessionID))
	again.closes(4004)
	if err := h.Users.SetDisabled(ctx, chattest.Console, alice.UserID, true); err != nil {
		t.Fatal(err)
	}
	other.closes(4004)

	bob := h.Person("bob")
	robot, botToken := h.bot("robot", bob)
	b := h.enter(botToken)
	if _, err := h.Bots.ResetToken(ctx, bob, robot.UserID); err != nil {
		t.Fatal(err)
	}
	b.closes(4004)
}

func TestASessionBelongsToItsLogin(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	token, loginID := h.loginAs(alice)
	c := h.enter(token)
	c.drop()
	h.gone(c.sessionID)
	// Another access token of the same login resumes.
	h.Clock.Advance(time.Minute)
	c.token = h.access(alice, loginID)
	again := c.resume()
	again.expect("RESUMED")
	again.drop()
	h.gone(c.sessionID)
	// Another login of the same account does not.
	again.token = h.login(alice)
	third := again.resume()
	if r := third.next(); r.Op != wire.OpInvalidSession {
		t.Errorf("%s came", r.name())
	}
}

func TestUpdatingOneselfIsToldToOnesOtherDevices(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	c := h.enter(h.login(alice))
	name := "Alice the Great"
	if _, err := h.Users.UpdateSelf(context.Background(), alice, chat.UserChange{GlobalName: &name}); err != nil {
		t.Fatal(err)
	}
	var d struct {
		GlobalName string `json:"global_name"`
	}
	c.decode(c.expect("USER_UPDATE"), &d)
	if d.GlobalName != name {
		t.Error(d.GlobalName)
	}
}
