package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// patience is how long a test waits for what must come before it fails.
const patience = 20 * time.Second

// house is a hall with a gateway that listens on the loopback.
type house struct {
	*chattest.Hall
	*Gateway
	tb     testing.TB
	server *httptest.Server
	// api answers requests over HTTP; see ask.
	api *httptest.Server
}

var secret = []byte(strings.Repeat("secret!!", 4))

func open(tb testing.TB, change ...func(*Options)) *house {
	tb.Helper()
	return openWith(tb, chattest.Options{}, change...)
}

// openWith is open with a hall of some kind.
func openWith(tb testing.TB, options chattest.Options, change ...func(*Options)) *house {
	tb.Helper()
	options.Chat.JWTSecret = secret
	h := &house{Hall: chattest.Open(tb, options), tb: tb}
	h.start(change...)
	tb.Cleanup(func() { h.stop() })
	return h
}

// start opens the gateway.
func (h *house) start(change ...func(*Options)) {
	h.tb.Helper()
	hall := h.Hall
	options := Options{Chat: hall.Chat, Bus: hall.Bus, Ephemeral: hall.Ephemeral, Now: hall.Clock.Now, Log: hall.Log}
	for _, change := range change {
		change(&options)
	}
	opened, err := New(context.Background(), options)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.Gateway, h.server = opened, httptest.NewServer(opened)
}

// stop closes the gateway at once.
func (h *house) stop() {
	h.tb.Helper()
	gateway := h.Gateway
	if err := gateway.Close(); err != nil {
		h.tb.Error(err)
	}
	h.server.Close()
}

// login gives a person a login and its access token.
func (h *house) login(person chat.Caller) string {
	h.tb.Helper()
	token, _ := h.loginAs(person)
	return token
}

func (h *house) loginAs(person chat.Caller) (token string, loginID id.ID) {
	h.tb.Helper()
	now := h.Clock.Now()
	session := store.LoginSession{ID: h.IDs.Next(), UserID: person.UserID, Secret: make([]byte, 32), CreatedAt: now, RotatedAt: now, ExpiresAt: now.Add(24 * time.Hour)}
	if err := h.Store.CreateLoginSession(context.Background(), session); err != nil {
		h.tb.Fatal(err)
	}
	return h.access(person, session.ID), session.ID
}

// access mints an access token of a login.
func (h *house) access(person chat.Caller, loginID id.ID) string {
	h.tb.Helper()
	now := h.Clock.Now()
	claims := jwt.MapClaims{"sub": person.UserID.String(), "sid": loginID.String(), "iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(), "jti": fmt.Sprint(h.IDs.Next())}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	if err != nil {
		h.tb.Fatal(err)
	}
	return token
}

// bot makes a bot with its token.
func (h *house) bot(name string, owner chat.Caller) (chat.Caller, string) {
	h.tb.Helper()
	made, token, err := h.Bots.Create(context.Background(), owner, chat.NewBot{Name: name, OwnerID: owner.UserID})
	if err != nil {
		h.tb.Fatal(err)
	}
	return chat.Caller{UserID: made.Bot.UserID, Bot: true}, token
}

// post posts a message.
func (h *house) post(author chat.Caller, channelID id.ID, content string) id.ID {
	h.tb.Helper()
	posted, err := h.Messages.Create(context.Background(), author, channelID, chat.MessageDraft{Content: content})
	if err != nil {
		h.tb.Fatal(err)
	}
	return posted.Message.ID
}

// settle waits until the gateway has handled all that was published before.
func (h *house) settle() {
	h.tb.Helper()
	gateway := h.Gateway
	_, sessions, hubs := gateway.open()
	gateway.drain(context.Background(), sessions, hubs)
}

// received is a frame from the gateway.
type received struct {
	Op   wire.Opcode     `json:"op"`
	Seq  *int64          `json:"s"`
	Type *string         `json:"t"`
	Data json.RawMessage `json:"d"`
}

func (r received) name() string {
	if r.Type == nil {
		return fmt.Sprintf("op %d", r.Op)
	}
	return *r.Type
}

// client is a real WebSocket client.
type client struct {
	tb     testing.TB
	house  *house
	socket *websocket.Conn
	// last is the newest sequence number, sessionID that of READY.
	last      int64
	sessionID string
	token     string
	// unpacker is nil where text comes.
	unpacker *unpacker
	// waiting are frames that came while something else was waited for.
	waiting []received
}

func (h *house) url(query string) string {
	return "ws" + strings.TrimPrefix(h.server.URL, "http") + "/" + query
}

// dial connects, and takes HELLO.
func (h *house) dial(query string) *client {
	h.tb.Helper()
	c := h.dialRaw(query)
	if hello := c.next(); hello.Op != wire.OpHello {
		h.tb.Fatalf("the first frame is %s", hello.name())
	}
	return c
}

func (h *house) dialRaw(query string) *client {
	h.tb.Helper()
	socket, response, err := websocket.DefaultDialer.Dial(h.url(query), nil)
	if err != nil {
		h.tb.Fatal(err)
	}
	_ = response.Body.Close()
	h.tb.Cleanup(func() { _ = socket.Close() })
	c := &client{tb: h.tb, house: h, socket: socket}
	if c.unpacker = newUnpacker(query, socket); c.unpacker != nil {
		h.tb.Cleanup(c.unpacker.close)
	}
	return c
}

// enter connects and identifies, takes READY, and returns when the session has begun: the gateway makes what comes after READY from what is true by then.
func (h *house) enter(token string, extra ...string) *client {
	h.tb.Helper()
	c := h.dial("?v=10")
	c.identify(token, extra...)
	c.send(`{"op":1,"d":null}`)
	for {
		r, err := c.take()
		switch {
		case err != nil:
			h.tb.Fatalf("the session does not begin: %v", err)
		case r.Op == wire.OpHeartbeatAck:
			return c
		}
		c.waiting = append(c.waiting, r)
	}
}

// settle returns when the gateway has done everything that the frames sent before ask for. READY comes before the last of what identifying does.
func (c *client) settle() {
	c.tb.Helper()
	c.send(`{"op":1,"d":null}`)
	for c.next().Op != wire.OpHeartbeatAck {
	}
}

// identify identifies and takes READY. extra are more fields of IDENTIFY, as JSON.
func (c *client) identify(token string, extra ...string) received {
	c.tb.Helper()
	c.token = token
	c.send(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{"os":"linux","browser":"test","device":""}%s}}`, token, strings.Join(append([]string{""}, extra...), ",")))
	ready := c.await("READY")
	var d struct {
		SessionID string `json:"session_id"`
	}
	c.decode(ready, &d)
	c.sessionID = d.SessionID
	return ready
}

func (c *client) send(frame string) {
	c.tb.Helper()
	if err := c.socket.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		c.tb.Fatal(err)
	}
}

// next gives the next frame.
func (c *client) next() received {
	c.tb.Helper()
	r, err := c.read()
	if err != nil {
		c.tb.Fatalf("no frame came: %v", err)
	}
	return r
}

func (c *client) read() (r received, err error) {
	if len(c.waiting) > 0 {
		r, c.waiting = c.waiting[0], c.waiting[1:]
	} else if r, err = c.take(); err != nil {
		return r, err
	}
	if r.Op == wire.OpDispatch {
		if r.Seq == nil || c.last != 0 && *r.Seq != c.last+1 {
			return r, fmt.Errorf("a dispatch after number %d: %s %.200s", c.last, r.name(), r.Data)
		}
		c.last = *r.Seq
	}
	return r, nil
}

// take reads a frame from the socket.
func (c *client) take() (r received, err error) {
	if err := c.socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return r, err
	}
	text, err := c.readText()
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%q: %w", text, err)
	}
	return r, nil
}

// await passes frames over until a dispatch of a kind comes.
func (c *client) await(name string) received {
	c.tb.Helper()
	var passed []string
	for {
		r, err := c.read()
		if err != nil {
			c.tb.Fatalf("no %s came, but %v: %v", name, passed, err)
		}
		if r.name() == name {
			return r
		}
		passed = append(passed, r.name())
	}
}

// nextDispatch gives the next dispatch that is no presence, no list of one's own sessions and no entry of the audit log: those come when others come, go and look after
// the guild.
func (c *client) nextDispatch() received {
	c.tb.Helper()
	for {
		if r := c.next(); r.Op == wire.OpDispatch && r.name() != "PRESENCE_UPDATE" && r.name() != "SESSIONS_REPLACE" && r.name() != "GUILD_AUDIT_LOG_ENTRY_CREATE" {
			return r
		}
	}
}

// expect takes the next dispatch, which must be of a kind.
func (c *client) expect(name string) received {
	c.tb.Helper()
	r := c.nextDispatch()
	if r.name() != name {
		c.tb.Fatalf("%s came instead of %s: %s", r.name(), name, r.Data)
	}
	return r
}

// message takes the next dispatch, which must be a new message, and gives its content.
func (c *client) message() string {
	c.tb.Helper()
	var d struct {
		Content string `json:"content"`
	}
	c.decode(c.expect("MESSAGE_CREATE"), &d)
	return d.Content
}

func (c *client) decode(r received, into any) {
	c.tb.Helper()
	if err := json.Unmarshal(r.Data, into); err != nil {
		c.tb.Fatalf("%s: %v", r.name(), err)
	}
}

// closed waits until the gateway closes, and gives the code.
func (c *client) closed() int {
	c.tb.Helper()
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
			return closed.Code
		}
		c.tb.Fatalf("the connection did not close, but: %v", err)
	}
}

// drop loses the connection without a word.
func (c *client) drop() { _ = c.socket.NetConn().Close() }

// quit closes with a code.
func (c *client) quit(code int) {
	c.tb.Helper()
	if err := c.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(patience)); err != nil {
		c.tb.Fatal(err)
	}
	c.closed()
}

// resume connects anew and resumes.
func (c *client) resume() *client {
	c.tb.Helper()
	return c.resumeOver("?v=10")
}

// resumeOver is resume with another query.
func (c *client) resumeOver(query string) *client {
	c.tb.Helper()
	again := c.house.dial(query)
	again.last, again.sessionID, again.token = c.last, c.sessionID, c.token
	again.send(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":%d}}`, c.token, c.sessionID, c.last))
	return again
}

// gone waits until the gateway has noticed that a session lost its connection.
func (h *house) gone(sessionID string) {
	h.tb.Helper()
	h.until("the connection is noticed to be gone", func() bool {
		s := h.find(sessionID)
		if s == nil {
			return true
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.connection == nil
	})
}

// until waits for something that has no event.
func (h *house) until(what string, done func() bool) {
	h.tb.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			h.tb.Fatalf("it did not come to that: %s", what)
		}
		yield()
	}
}

// yield lets others work. There is nothing to wait on where it is used.
func yield() {
	timer := time.NewTimer(time.Millisecond)
	<-timer.C
}

var dialer = websocket.Dialer{HandshakeTimeout: patience}
