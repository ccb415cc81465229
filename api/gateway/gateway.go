// Package gateway keeps WebSocket sessions: people and bots identify, receive what happens in their guilds as it happens, and resume after a lost connection.
//
// A session outlives its connection. What is dispatched to it is numbered and kept in a replay buffer, which refers to bodies that all sessions share. One hub per
// guild with sessions subscribes to the guild's events, encodes each once, and hands it to those sessions that may see it.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/store/bus"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Times and sizes of the contract (wire contract, section 3).
const (
	heartbeatInterval = 41250 * time.Millisecond
	// heartbeatPatience is how long a connection may stay silent.
	heartbeatPatience = heartbeatInterval * 3 / 2
	// identifyPatience is how long a new connection may take to identify or resume.
	identifyPatience = 30 * time.Second
	// resumePatience is how long a session without a connection can be resumed.
	resumePatience = 5 * time.Minute
	// sweepInterval is how often connections and sessions are looked through for those whose time is over.
	sweepInterval = 5 * time.Second
	// maxFrame is the largest frame that a client may send, in bytes.
	maxFrame = 16 << 10
	// maxFrames and framesWindow bound how fast a client may send.
	maxFrames    = 120
	framesWindow = time.Minute
)

// Options are what the gateway works with.
type Options struct {
	Chat      *chat.Chat
	Bus       bus.Bus
	Ephemeral ephemeral.Store
	// NoRateLimits switches the limits on frames and sessions off.
	NoRateLimits bool
	// VoiceEndpoint is where voice is, as host:port/path; empty means the address by which each client came, and /voice.
	VoiceEndpoint string
	Now           func() time.Time
	Log           *slog.Logger
}

// Gateway is the gateway's http.Handler: it upgrades requests and owns every session.
type Gateway struct {
	Options
	upgrader websocket.Upgrader
	methods  map[wireOp]func(*connection, []byte) error

	mu          sync.Mutex
	closing     bool
	sessions    map[string]*session
	connections map[*connection]struct{}
	guilds      map[id.ID]*guildHub
	users       map[id.ID]*userHub

	delivered atomic.Uint64
	stop      chan struct{}
	// work counts readers, writers and the sweeper.
	work sync.WaitGroup
}

// New makes a gateway and takes in the sessions that the last run left for it. Close it.
func New(ctx context.Context, options Options) (*Gateway, error) {
	g := &Gateway{
		Options: options,
		upgrader: websocket.Upgrader{
			HandshakeTimeout: 10 * time.Second,
			ReadBufferSize:   512,
			WriteBufferPool:  &sync.Pool{},
			// Tokens are in frames, not in cookies: an origin carries no authority here, and bots and foreign clients are welcome.
			CheckOrigin: func(*http.Request) bool { return true },
		},
		sessions: make(map[string]*session), connections: make(map[*connection]struct{}),
		guilds: make(map[id.ID]*guildHub), users: make(map[id.ID]*userHub), stop: make(chan struct{}),
	}
	g.methods = opcodes()
	if err := g.takeIn(ctx); err != nil {
		g.Log.Warn("the gateway sessions of the last run cannot be resumed; their clients sign in anew", "error", err)
	}
	g.work.Go(g.sweep)
	return g, nil
}

// ServeHTTP upgrades the connection. The reader gets a goroutine of its own, so that the one of net/http, with its grown stack and buffers, ends.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	socket, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := newConnection(g, socket, r)
	g.mu.Lock()
	if g.closing {
		g.mu.Unlock()
		c.finish(controlFrame(websocket.CloseMessage, websocket.FormatCloseMessage(int(closeUnknown), "the hall is restarting")))
		return
	}
	g.connections[c] = struct{}{}
	g.work.Add(1)
	g.mu.Unlock()
	go func() {
		defer g.work.Done()
		c.run(query.Get("v"), query.Get("encoding"))
	}()
}

// Stats are figures of the gateway at one moment.
type Stats struct {
	// Connections are open sockets, Sessions include those without one, Hubs are guilds with sessions.
	Connections, Sessions, Hubs int
	// Delivered counts dispatches to sessions since the start.
	Delivered uint64
}

// Stats gives the figures.
func (g *Gateway) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Stats{len(g.connections), len(g.sessions), len(g.guilds), g.delivered.Load()}
}

// sweep ends what has outlived its patience: silent connections, and sessions that nobody resumed. One goroutine does it for all.
func (g *Gateway) sweep() {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-ticker.C:
			g.sweepOnce(g.Now())
		}
	}
}

func (g *Gateway) sweepOnce(now time.Time) {
	var silent []*connection
	var over []*session
	g.mu.Lock()
	for c := range g.connections {
		if now.After(c.deadline()) {
			silent = append(silent, c)
		}
	}
	for _, s := range g.sessions {
		if s.expired(now) {
			over = append(over, s)
		}
	}
	g.mu.Unlock()
	for _, c := range silent {
		c.shut(closeTimeout, "no heartbeat came")
	}
	for _, s := range over {
		g.end(s)
	}
}

// dropConnection forgets a connection whose reader ended.
func (g *Gateway) dropConnection(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c)
}

// Close ends everything at once: sessions are not kept. After Shutdown it only waits.
func (g *Gateway) Close() error {
	g.mu.Lock()
	if !g.closing {
		g.closing = true
		close(g.stop)
	}
	connections := make([]*connection, 0, len(g.connections))
	for c := range g.connections {
		connections = append(connections, c)
	}
	g.mu.Unlock()
	for _, c := range connections {
		c.shut(closeUnknown, "the hall is stopping")
	}
	g.work.Wait()
	var problems []error
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, hub := range g.guilds {
		problems = append(problems, hub.subscription.Unsubscribe())
	}
	for _, hub := range g.users {
		problems = append(problems, hub.subscription.Unsubscribe())
	}
	return errors.Join(problems...)
}
