// Package chattest opens whole halls in memory for tests: the real store, bus and rules, on a clock that the test turns.
package chattest

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/blob"
	"guildhall/store/blob/dir"
	"guildhall/store/bus"
	"guildhall/store/bus/natsbus"
	"guildhall/store/ephemeral"
	"guildhall/store/ephemeral/memory"
	"guildhall/store/event"
	"guildhall/store/id"
	"guildhall/store/pebble"
)

// Hall is a hall in memory. It closes with its test.
type Hall struct {
	*chat.Chat
	Store     store.Store
	Bus       bus.Bus
	Ephemeral ephemeral.Store
	Blobs     blob.Store
	IDs       *id.Generator
	Clock     *Clock
	Log       *slog.Logger
	bus       *followedBus
	// nodes is how many other processes the hall has, options what they all run with.
	nodes   int
	options chat.Options
	tb      testing.TB
}

// Options set a Hall up; the zero value is good.
type Options struct {
	// Chat is handed on. A secret is filled in where there is none.
	Chat chat.Options
	// Store is what the hall remembers with; nil opens an embedded store in memory. It closes with the hall.
	Store store.Store
	// Dir puts the store on this machine's disks, for benchmarks.
	Dir string
	// Wrap puts something between the rules and the store, for tests of what fails.
	Wrap func(store.Store) store.Store
}

// Open opens a hall.
func Open(tb testing.TB, options Options) *Hall {
	tb.Helper()
	h := &Hall{Clock: NewClock(), tb: tb, Log: slog.New(slog.NewTextHandler(&testLog{tb: tb}, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if h.Store = options.Store; h.Store == nil {
		h.Store = h.openPebble(options.Dir)
	}
	opened := h.Store
	tb.Cleanup(func() { h.must("close the store", opened.Close()) })
	if options.Wrap != nil {
		h.Store = options.Wrap(opened)
	}
	nats, err := natsbus.Open(natsbus.Options{Log: h.Log})
	h.must("open the bus", err)
	tb.Cleanup(func() { h.must("close the bus", nats.Close()) })
	h.Bus = nats
	remembered := memory.Open(memory.Options{Now: h.Clock.Now, Log: h.Log})
	tb.Cleanup(func() { h.must("close the ephemeral store", remembered.Close()) })
	h.Ephemeral = remembered
	h.IDs, err = id.NewGenerator(0, 0, h.Clock.Now)
	h.must("make ids", err)
	if options.Chat.JWTSecret == nil {
		options.Chat.JWTSecret = secret
	}
	options.Chat.PasswordMemoryKiB = cmp.Or(options.Chat.PasswordMemoryKiB, 64) // accounts are many
	h.options = options.Chat
	files, err := dir.Open(tb.TempDir())
	h.must("open the files", err)
	tb.Cleanup(func() { h.must("close the files", files.Close()) })
	h.Blobs = files
	h.bus = &followedBus{Bus: h.Bus}
	h.Chat, err = chat.New(chat.Deps{Store: h.Store, Bus: h.bus, Ephemeral: h.Ephemeral, Blobs: h.Blobs, IDs: h.IDs, Now: h.Clock.Now, Log: h.Log}, options.Chat)
	h.must("open the hall", err)
	tb.Cleanup(func() { h.must("close the hall", h.Close()) })
	return h
}

// openPebble opens an embedded store, in memory unless there is a folder for it.
func (h *Hall) openPebble(dir string) store.Store {
	h.tb.Helper()
	settings := pebble.Options{Logger: h.Log}
	if dir == "" {
		settings.FS = vfs.NewMem()
		dir = "hall"
	}
	opened, err := pebble.Open(dir, settings)
	h.must("open the store", err)
	return opened
}

func (h *Hall) must(doing string, err error) {
	if err != nil {
		h.tb.Helper()
		h.tb.Fatalf("%s: %v", doing, err)
	}
}

// Console is the caller that may do everything.
var Console = chat.Caller{Console: true}

// Person makes an account that nobody has a password for, which spares the test the hashing.
func (h *Hall) Person(name string) chat.Caller {
	h.tb.Helper()
	userID := h.IDs.Next()
	h.must("create "+name, h.Store.CreateUser(context.Background(), store.User{ID: userID, Username: strings.ToLower(name), GlobalName: name, Locale: "en-US"}))
	return chat.Caller{UserID: userID}
}

// Bot makes a bot that a person owns, and that may use the members intent.
func (h *Hall) Bot(name string, owner chat.Caller) chat.Caller {
	h.tb.Helper()
	botID := h.IDs.Next()
	h.must("create the bot "+name, h.Store.CreateBot(context.Background(), store.Bot{UserID: botID, OwnerID: owner.UserID, TokenHash: make([]byte, 32), Flags: chat.FlagsMembers},
		store.User{ID: botID, Username: name, Bot: true, Locale: "en-US"}))
	return chat.Caller{UserID: botID, Bot: true}
}

// Guild is a guild with what tests ask of it.
type Guild struct {
	ID    id.ID
	Owner chat.Caller
	// General is its text channel, Lounge its voice channel, Category the category of General.
	General, Lounge, Category id.ID
	hall                      *Hall
}

// Guild makes a guild that does not say who comes, so that what is in its channels is what tests put there.
func (h *Hall) Guild(owner chat.Caller) *Guild {
	h.tb.Helper()
	view, err := h.Guilds.Create(context.Background(), owner, chat.GuildDraft{Name: "Guild of " + owner.UserID.String()})
	h.must("create a guild", err)
	quiet := 1
	_, err = h.Guilds.Update(context.Background(), owner, view.Guild.ID, chat.GuildEdit{SystemChannelFlags: &quiet})
	h.must("make the guild quiet", err)
	guild := &Guild{ID: view.Guild.ID, Owner: owner, hall: h}
	for _, channel := range view.Channels {
		switch channel.Type {
		case store.ChannelText:
			guild.General, guild.Category = channel.ID, channel.ParentID
		case store.ChannelVoice:
			guild.Lounge = channel.ID
		}
	}
	return guild
}

// Join brings accounts into the guild: people by an invite, bots as the command line does.
func (g *Guild) Join(callers ...chat.Caller) {
	g.hall.tb.Helper()
	ctx := context.Background()
	invite, err := g.hall.Invites.CreateForGuild(ctx, g.Owner, g.ID, chat.InviteDraft{})
	g.hall.must("invite", err)
	for _, caller := range callers {
		if caller.Bot {
			err = g.hall.Bots.AddToGuild(ctx, Console, caller.UserID, g.ID, 0)
		} else {
			_, _, err = g.hall.Invites.Accept(ctx, caller, invite.Code)
		}
		g.hall.must("join", err)
	}
}

// Member makes a person and brings them into the guild.
func (g *Guild) Member(name string) chat.Caller {
	g.hall.tb.Helper()
	person := g.hall.Person(name)
	g.Join(person)
	return person
}

// Role makes a role with permissions at a position and gives it to members.
func (g *Guild) Role(name string, position int, permissions perm.Set, members ...chat.Caller) store.Role {
	g.hall.tb.Helper()
	ctx := context.Background()
	role, err := g.hall.Roles.Create(ctx, Console, g.ID, chat.RoleDraft{Name: name, Permissions: &permissions})
	g.hall.must("create the role "+name, err)
	_, err = g.hall.Roles.Reorder(ctx, Console, g.ID, []chat.RolePosition{{RoleID: role.ID, Position: &position}})
	g.hall.must("move the role "+name, err)
	role.Position = position
	for _, member := range members {
		g.hall.must("give the role "+name, g.hall.Members.AddRole(ctx, Console, g.ID, member.UserID, role.ID))
	}
	return role
}

// Everyone sets what all members may do.
func (g *Guild) Everyone(permissions perm.Set) {
	g.hall.tb.Helper()
	_, err := g.hall.Roles.Update(context.Background(), Console, g.ID, g.ID, chat.RoleEdit{Permissions: &permissions})
	g.hall.must("change @everyone", err)
}

// Channel makes a channel.
func (g *Guild) Channel(name string, kind store.ChannelType, overwrites ...store.PermissionOverwrite) id.ID {
	g.hall.tb.Helper()
	channel, err := g.hall.Channels.Create(context.Background(), Console, g.ID, chat.ChannelDraft{Name: name, Type: kind, Overwrites: &overwrites})
	g.hall.must("create the channel "+name, err)
	return channel.ID
}

// Overwrite sets what a role (type 0) or a member (type 1) may do in a channel.
func (g *Guild) Overwrite(channelID, targetID id.ID, kind store.OverwriteType, allow, deny perm.Set) {
	g.hall.tb.Helper()
	g.hall.must("overwrite", g.hall.Channels.SetOverwrite(context.Background(), Console, channelID,
		store.PermissionOverwrite{TargetID: targetID, Type: kind, Allow: uint64(allow), Deny: uint64(deny)}))
}

// Clock is a clock that stands still until it is turned.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands at some moment.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance turns the clock.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// testLog shows warnings and errors of the hall with the test that they belong to.
type testLog struct {
	tb testing.TB
}

func (l *testLog) Write(line []byte) (int, error) {
	l.tb.Log(string(bytes.TrimSpace(line)))
	return len(line), nil
}

// Watch collects the events of a subject from now on.
func (h *Hall) Watch(subject string) *Watcher {
	h.tb.Helper()
	w := newWatcher(h.tb)
	subscription, err := h.Bus.Subscribe(subject, func(e event.Event) { w.events <- e }, nil)
	h.must("watch "+subject, err)
	h.tb.Cleanup(func() { h.must("stop watching", subscription.Unsubscribe()) })
	return w
}

// Watcher has the events of a subject, in order.
type Watcher struct {
	tb     testing.TB
	events chan event.Event
}

func newWatcher(tb testing.TB) *Watcher {
	return &Watcher{tb: tb, events: make(chan event.Event, 4096)}
}

// Barrier publishes a mark behind everything that was published on a subject before.
func (h *Hall) Barrier(subject string) {
	h.tb.Helper()
	h.must("publish a barrier", h.Bus.Publish(context.Background(), event.Barrier{On: subject}))
}

// Until gives the events of a type that come before the next barrier, and fails the test when that does not come.
func Until[E event.Event](w *Watcher) (found []E) {
	w.tb.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		select {
		case e := <-w.events:
			switch e := e.(type) {
			case event.Barrier:
				return found
			case E:
				found = append(found, e)
			}
		case <-deadline.C:
			w.tb.Fatal("no barrier came")
		}
	}
}

// patience is how long a test waits for what must come before it fails.
const patience = 10 * time.Second

// Next gives the next event of a type, passing others over, and fails the test when none comes.
func Next[E event.Event](w *Watcher) E {
	w.tb.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		select {
		case e := <-w.events:
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case <-deadline.C:
			var wanted E
			w.tb.Fatalf("no %T came", wanted)
		}
	}
}
