// Package gateway keeps WebSocket sessions: people and bots identify, receive what happens in their guilds as it happens, and resume after a lost connection.
//
// A session outlives its connection. What is dispatched to it is numbered and kept in a replay buffer, which refers to bodies that all sessions share; a connection
// is a place in that buffer from which a short-lived writer goes on. One hub per guild with sessions subscribes to the guild's events, encodes each once, and hands
// it to those sessions that may see it.
//
// Locks are taken in this order: Gateway.mu, guildHub.mu, session.mu, connection.mu, Gateway.life.
package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/bus"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Times and sizes of the contract (wire contract, section 3).
const (
	heartbeatInterval = 41250 * time.Millisecond
	// heartbeatPatience is how long a connection may go without a heartbeat.
	heartbeatPatience = heartbeatInterval * 3 / 2
	// identifyPatience is how long a new connection may take to identify or resume.
	identifyPatience = 30 * time.Second
	// resumePatience is how long a session without a connection can be resumed.
	resumePatience = 5 * time.Minute
	// sweepInterval is how often connections, sessions and hubs are looked through for those whose time is over.
	sweepInterval = time.Second
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
	// NoRateLimits switches the limits on frames, sign-ins and sessions off. It is for tests and benchmarks.
	NoRateLimits bool
	// PublicURL is the address that clients on other machines are told; nil tells them the one by which they came.
	PublicURL *url.URL
	// VoiceEndpoint is where voice is, as host:port/path without a scheme; empty means the address by which each client came, and /voice.
	VoiceEndpoint string
	// Compression is how many connections may be compressed; the zero value lets none.
	Compression CompressionLimits
	Now         func() time.Time
	Log         *slog.Logger
}

// Gateway is the gateway's http.Handler: it upgrades requests and owns every session.
type Gateway struct {
	Options
	// name tells this gateway's barriers from those of other nodes.
	name     string
	upgrader websocket.Upgrader
	methods  map[wire.Opcode]method
	// compressions are what clients may ask for, by name.
	compressions map[string]*compressionKind
	// accountEvents are what happens to accounts, all of them: sessions are many, and a subscription is not free.
	accountEvents bus.Subscription

	mu          sync.Mutex
	sessions    map[string]*session
	accounts    map[id.ID][]*session
	connections map[*connection]struct{}
	guilds      map[id.ID]*guildHub
	// accountBarriers are what is to be done when a barrier on the accounts' events passes.
	accountBarriers map[uint64]func()
	// listing are those with many sessions who were given a list of them just now, and whether another is due.
	listing map[id.ID]bool
	// lists orders the lists that persons' sessions are told.
	lists sync.Mutex

	// building has a place for each guild or READY that is being made: all of a crowd's at once would take much memory, and come no sooner.
	building  chan struct{}
	barriers  atomic.Uint64
	delivered atomic.Uint64
	slow      atomic.Uint64
	resumed   atomic.Uint64
	begun     atomic.Uint64

	// life guards closing, after which nothing joins work: the readers, the sweeper, and what they start.
	life    sync.Mutex
	closing bool
	stop    chan struct{}
	work    sync.WaitGroup
}

// New makes a gateway and takes in the sessions that the last run left for it. Close it before the chat, the bus and the ephemeral store.
func New(ctx context.Context, options Options) (*Gateway, error) {
	g := &Gateway{
		Options: options, name: rand.Text(),
		upgrader: websocket.Upgrader{
			HandshakeTimeout: 10 * time.Second,
			// Only the handshake is the upgrader's; what it makes besides is let go.
			WriteBufferPool: &sync.Pool{},
			// Tokens are in frames, not in cookies: an origin carries no authority here, and bots and foreign clients are welcome.
			CheckOrigin: func(*http.Request) bool { return true },
		},
		methods: opcodes(), compressions: compressionKinds(options.Compression), sessions: make(map[string]*session), accounts: make(map[id.ID][]*session),
		connections: make(map[*connection]struct{}), guilds: make(map[id.ID]*guildHub), listing: make(map[id.ID]bool), accountBarriers: make(map[uint64]func()), stop: make(chan struct{}),
		building: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
	}
	var err error
	if g.accountEvents, err = g.Bus.Subscribe("user.*", g.receiveAccount, g.lagAccounts); err != nil {
		return nil, err
	}
	if err := g.takeIn(ctx); err != nil {
		g.Log.Warn("the gateway sessions of the last run cannot be resumed; their clients sign in anew", "error", err)
	}
	g.spawn(g.sweep)
	return g, nil
}

// spawn runs something that the gateway waits for when it closes. It tells false, and runs nothing, when the gateway is closing.
func (g *Gateway) spawn(run func()) bool {
	g.life.Lock()
	defer g.life.Unlock()
	if g.closing {
		return false
	}
	g.work.Go(run)
	return true
}

// ended tells whether the gateway is closing.
func (g *Gateway) ended() bool {
	g.life.Lock()
	defer g.life.Unlock()
	return g.closing
}

// ServeHTTP upgrades the connection. The reader gets a goroutine of its own, so that the one of net/http, with its grown stack and buffers, ends.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.ended() {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "The hall is restarting.", http.StatusServiceUnavailable)
		return
	}
	socket, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := newConnection(g, socket.NetConn(), r)
	query := r.URL.Query()
	version, encoding, compression := query.Get("v"), query.Get("encoding"), query.Get("compress")
	if !g.addConnection(c) {
		_ = socket.Close()
		return
	}
	go c.begin(version, encoding, compression)
}

// build runs something that takes much memory, when it is its turn. It must not wait for a client.
func (g *Gateway) build(make func() error) error {
	g.building <- struct{}{}
	defer func() { <-g.building }()
	return make()
}

// addConnection counts a connection whose reader is about to start. It tells false when the gateway is closing.
func (g *Gateway) addConnection(c *connection) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.life.Lock()
	defer g.life.Unlock()
	if g.closing {
		return false
	}
	g.connections[c] = struct{}{}
	g.work.Add(1)
	return true
}

// Stats are figures of the gateway at one moment.
type Stats struct {
	// Connections are open sockets, Sessions include those without one, Hubs are guilds with sessions.
	Connections, Sessions, Hubs int
	// Compressed are those of the connections that are compressed.
	Compressed int
	// Delivered counts dispatches to sessions since the start, Resumed the sessions that came back, Slow the connections that were closed because they could not keep up.
	Delivered, Resumed, Slow uint64
}

// Stats gives the figures.
func (g *Gateway) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Stats{Connections: len(g.connections), Sessions: len(g.sessions), Hubs: len(g.guilds), Compressed: g.compressed(),
		Delivered: g.delivered.Load(), Resumed: g.resumed.Load(), Slow: g.slow.Load()}
}

// sweep ends what has outlived its patience. One goroutine does it for all: a timer for each connection would cost more than the connection.
func (g *Gateway) sweep() {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	var crowd crowd
	for {
		select {
		case <-g.stop:
			return
		case <-ticker.C:
			g.sweepOnce(g.Now())
			if crowd.cameIn(g.begun.Load()) {
				debug.FreeOSMemory()
			}
		}
	}
}

// crowd notices when many clients have come in. What their snapshots took is many times what their sessions go on taking, and the runtime would keep it for minutes.
type crowd struct {
	before, settled uint64
}

// crowdSize is how many clients are many.
const crowdSize = 256

// cameIn is told now and then how many clients have come in since the start. It tells true once when there were many and no more come.
func (c *crowd) cameIn(begun uint64) bool {
	quiet := begun == c.before
	c.before = begun
	if !quiet || begun-c.settled < crowdSize {
		return false
	}
	c.settled = begun
	return true
}

func (g *Gateway) sweepOnce(now time.Time) {
	var silent []*connection
	var over []*session
	var problems []error
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
	for guildID, hub := range g.guilds {
		if hub.sweep(now) {
			delete(g.guilds, guildID)
			problems = append(problems, hub.subscription.Unsubscribe())
		}
	}
	g.mu.Unlock()
	for _, c := range silent {
		c.shut(closeTimeout, "no heartbeat came")
	}
	for _, s := range over {
		g.end(s)
	}
	if err := errors.Join(problems...); err != nil {
		g.Log.Error("guilds without sessions cannot be unsubscribed", "error", err)
	}
}

// dropConnection forgets a connection whose reader ended.
func (g *Gateway) dropConnection(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, c)
}

// beginClosing lets nothing new in. It tells false when that was done before.
func (g *Gateway) beginClosing() bool {
	g.life.Lock()
	defer g.life.Unlock()
	if g.closing {
		return false
	}
	g.closing = true
	close(g.stop)
	return true
}

// open gives the connections, sessions and hubs that there are.
func (g *Gateway) open() (connections []*connection, sessions []*session, hubs []*guildHub) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.connections {
		connections = append(connections, c)
	}
	for _, s := range g.sessions {
		sessions = append(sessions, s)
	}
	for _, hub := range g.guilds {
		hubs = append(hubs, hub)
	}
	return connections, sessions, hubs
}

// Close ends everything at once: sessions are not kept. After Shutdown there is nothing left to do.
func (g *Gateway) Close() error {
	if !g.beginClosing() {
		g.work.Wait()
		return nil
	}
	return g.finish(context.Background())
}

// finish closes connections and subscriptions, and waits for everybody. When the context ends, connections are cut.
func (g *Gateway) finish(ctx context.Context) error {
	connections, _, hubs := g.open()
	for _, c := range connections {
		c.shut(closeUnknown, "the hall is restarting")
	}
	cut := context.AfterFunc(ctx, func() {
		for _, c := range connections {
			_ = c.raw.Close() // whoever reads or writes ends
		}
	})
	defer cut()
	g.work.Wait()
	problems := []error{g.accountEvents.Unsubscribe()}
	for _, hub := range hubs {
		hub.close()
		problems = append(problems, hub.subscription.Unsubscribe())
	}
	return errors.Join(problems...)
}
