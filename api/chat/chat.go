// Package chat holds the rules of the product: it is the only place that decides whether somebody may do something.
//
// Each feature is a service of its own (Accounts, Guilds, Messages, …) that is handed what it needs. Every method takes the Caller, checks, acts on the store,
// publishes what happened, and fails with an *Error.
package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"guildhall/api/chat/passkey"
	"guildhall/store"
	"guildhall/store/blob"
	"guildhall/store/bus"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Caller is who asks for something.
type Caller struct {
	UserID id.ID
	// Bot tells whether the account is a bot's.
	Bot bool
	// LoginSessionID is the login that a person's credentials belong to; zero for bots and the command line.
	LoginSessionID id.ID
	// HallOwner may change the hall itself.
	HallOwner bool
	// Guest tells whether the account is a guest's, who may not do everything that accounts may.
	Guest bool
	// Reason is why the caller does what they ask for, for the audit log; at most 512 characters, may be empty.
	Reason string
	// Console is the command line of the machine's own administrator: it may do everything. UserID may then be zero.
	Console bool
	// hook is set for what is posted through a webhook, whose id UserID is then.
	hook *hook
}

// Client is what is known of the device behind a request; it is kept with login sessions.
type Client struct {
	// Address is the peer's IP address; UserAgent what the device calls itself.
	Address   string
	UserAgent string
	// Device is what the device kept of earlier sign-ins (TokenSet.Device); empty for one that is new.
	Device string
	// Site is the page that asks.
	Site passkey.Site
}

// Deps are what the services work with.
type Deps struct {
	Store     store.Store
	Bus       bus.Bus
	Ephemeral ephemeral.Store
	// Blobs keeps the bytes of files.
	Blobs blob.Store
	IDs   *id.Generator
	Now   func() time.Time
	Log   *slog.Logger
	// outgoing takes what event hooks are to tell; nil for none.
	outgoing *EventHooks
}

// Options set the rules up.
type Options struct {
	// JWTSecret signs access tokens; at least 32 bytes.
	JWTSecret []byte
	// NoRateLimits switches the throttling of attempts off. It is for tests and benchmarks.
	NoRateLimits bool
	// Starts are how often sessions may start at the gateway.
	Starts StartLimits
	// PasswordMemoryKiB is the memory that hashing a password takes, in KiB; zero means 19,456, and nothing but tests, which make accounts by the hundred, should take less than that.
	PasswordMemoryKiB int
	// Media carries voice; nil until Voice.SetMedia.
	Media  MediaServer
	Limits Limits
	Files  FileLimits
	Caches CacheSizes
	// Links finds out what links lead to; nil when the hall asks nobody.
	Links LinkReader
	// OpenID asks the providers that people sign in with; without it there are none.
	OpenID OpenID
	// AnswerTime is how long applications have for the first answer to an interaction; zero means AnswerTime. It is for tests.
	AnswerTime time.Duration
}

// Chat is all services together.
type Chat struct {
	Accounts      *Accounts
	Providers     *Providers
	Hall          *Hall
	Users         *Users
	Bots          *Bots
	Commands      *Commands
	Guilds        *Guilds
	Channels      *Channels
	Directs       *Directs
	Threads       *Threads
	Roles         *Roles
	Emojis        *Emojis
	Members       *Members
	Bans          *Bans
	AuditLog      *AuditLog
	AutoMod       *AutoMod
	Reports       *Reports
	Invites       *Invites
	Messages      *Messages
	Webhooks      *Webhooks
	Announcements *Announcements
	Interactions  *Interactions
	EventHooks    *EventHooks
	Files         *Files
	Presence      *Presence
	Voice         *Voice
	Relationships *Relationships
	ReadStates    *ReadStates
	Settings      *Settings
	Starts        *Starts
	Views         *Views

	log           *slog.Logger
	gatherings    chan struct{}
	subscriptions []bus.Subscription
	stop          chan struct{}
	cancel        context.CancelFunc
	work          sync.WaitGroup
}

// New puts the services together, subscribes them to the bus, and starts what they do in the background. Close it before the bus and the store.
func New(deps Deps, options Options) (*Chat, error) {
	tokens, err := newAccessTokens(options.JWTSecret, deps.Now)
	if err != nil {
		return nil, err
	}
	if _, err := deps.Store.EndAllVoiceSessions(context.Background(), deps.Now().UTC()); err != nil {
		return nil, fmt.Errorf("close the voice sessions of the last run: %w", err)
	}
	c := &Chat{log: deps.Log, stop: make(chan struct{}), gatherings: make(chan struct{}, maxGatherings)}
	hooksSealer, err := newSealer(options.JWTSecret)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.EventHooks = &EventHooks{sealer: hooksSealer, queues: make(map[id.ID]*hookQueue), ctx: ctx}
	deps.outgoing = c.EventHooks
	c.EventHooks.Deps = deps
	c.Views = newViews(deps, options.Caches)
	c.EventHooks.views = c.Views
	if err := c.EventHooks.readAll(ctx); err != nil {
		return nil, err
	}
	c.Users = newUsers(deps, c.Views)
	c.Presence = newPresence(deps, c.Views)
	c.Starts = &Starts{Deps: deps, limits: options.Starts.withDefaults()}
	c.Relationships = newRelationships(deps, c.Users)
	c.Voice = newVoice(deps, c.Views, c.Users, options.Media)
	c.Members = newMembers(deps, c.Views, c.Users, c.Voice, c.Presence, options.Limits)
	c.Presence.departed = c.Members.endTemporary
	c.AuditLog = &AuditLog{Deps: deps, views: c.Views, users: c.Users}
	c.Guilds = newGuilds(deps, c.Views, c.Members, c.Users, c.Presence, c.Voice, options.Limits)
	c.Files = newFiles(deps, c.Views, c.Users, options.Files, options.JWTSecret)
	c.Guilds.files, c.Users.files, c.Members.files = c.Files, c.Files, c.Files
	c.Roles = newRoles(deps, c.Views, c.Files)
	c.Emojis = &Emojis{Deps: deps, views: c.Views, users: c.Users, files: c.Files}
	c.Invites = newInvites(deps, c.Views, c.Members, c.Users, c.Presence)
	c.Messages = newMessages(deps, c.Views, c.Users)
	c.Messages.files = c.Files
	c.Voice.messages, c.Voice.unlimited = c.Messages, options.NoRateLimits
	if err := c.Voice.endOpenCalls(ctx); err != nil {
		return nil, err
	}
	if c.Messages.previews, err = newPreviews(deps, c.Messages, options.Links); err != nil {
		return nil, err
	}
	if c.Files.foreign, err = newForeign(options.Links); err != nil {
		return nil, err
	}
	c.Members.greet = c.Messages.greet
	c.AutoMod = newAutoMod(deps, c.Views, c.Members, c.Messages)
	c.Messages.automod, c.Members.automod, c.Users.automod = c.AutoMod, c.AutoMod, c.AutoMod
	c.Reports = &Reports{Deps: deps, views: c.Views, messages: c.Messages}
	c.Bans = &Bans{Deps: deps, views: c.Views, users: c.Users, messages: c.Messages}
	c.ReadStates = newReadStates(deps, c.Views)
	c.Messages.reads = c.ReadStates
	c.Settings = &Settings{Deps: deps, views: c.Views}
	c.Members.settings = c.Settings
	c.Directs = newDirects(deps, c.Views, c.Users, c.Messages)
	c.Directs.files = c.Files
	c.Threads = newThreads(deps, c.Views, c.Users, c.Messages)
	c.Guilds.threads, c.ReadStates.threads, c.AuditLog.threads = c.Threads, c.Threads, c.Threads
	c.Members.threads, c.Bans.threads, c.Users.threads = c.Threads, c.Threads, c.Threads
	sealer, err := newSealer(options.JWTSecret)
	if err != nil {
		return nil, err
	}
	c.Webhooks = &Webhooks{Deps: deps, views: c.Views, users: c.Users, messages: c.Messages, threads: c.Threads, files: c.Files, sealer: sealer}
	c.Announcements = newAnnouncements(deps, c.Views, c.Users, c.Messages, c.Webhooks)
	c.Messages.announcements = c.Announcements
	c.Channels = newChannels(deps, c.Views, c.Directs, c.Threads)
	sealed, err := newSealer(options.JWTSecret)
	if err != nil {
		return nil, err
	}
	known, err := newDevices(options.JWTSecret)
	if err != nil {
		return nil, err
	}
	botHashes := newCache[id.ID, []byte](maxBotTokens)
	c.Accounts = &Accounts{Deps: deps, users: c.Users, members: c.Members, passwords: newPasswords(options.PasswordMemoryKiB), tokens: tokens, live: newCache[id.ID, liveSession](maxLiveSessions),
		bots: botHashes, throttle: !options.NoRateLimits, sealer: sealed, devices: known}
	c.Users.accounts, c.Users.directs = c.Accounts, c.Directs
	if options.OpenID == nil {
		options.OpenID = noOpenID{}
	}
	c.Providers = &Providers{Deps: deps, openID: options.OpenID, accounts: c.Accounts, members: c.Members, views: c.Views, sealer: sealed}
	c.Hall = &Hall{Deps: deps, accounts: c.Accounts, users: c.Users}
	c.Bots = &Bots{Deps: deps, users: c.Users, views: c.Views, members: c.Members, files: c.Files, tokens: botHashes}
	c.Commands = &Commands{Deps: deps, views: c.Views, users: c.Users, bots: c.Bots}
	c.AuditLog.commands = c.Commands
	c.Interactions = newInteractions(deps, c.Views, c.Users, c.Bots, c.Commands, c.Messages, c.Files, options.AnswerTime)
	if err := c.subscribe(deps.Bus); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.work.Go(func() { c.keepHouse(deps.Store, deps.Now) })
	c.work.Go(func() { c.ReadStates.keepSaving(c.stop) })
	c.work.Go(func() { c.Files.keepHouse(ctx) })
	c.work.Go(func() { c.Announcements.keepDelivering(ctx) })
	if c.Messages.previews != nil {
		c.work.Go(func() { c.Messages.previews.work(ctx) })
	}
	return c, nil
}

// subscribe follows everything that happens: caches are kept in step, and voice and presence with what changes around them.
func (c *Chat) subscribe(events bus.Bus) error {
	for _, subject := range []string{"guild.*", "user.*", event.HallSubject} {
		subscription, err := events.Subscribe(subject, c.receive, c.forget)
		if err != nil {
			return fmt.Errorf("follow what happens: %w", err)
		}
		c.subscriptions = append(c.subscriptions, subscription)
	}
	return nil
}

func (c *Chat) receive(e event.Event) {
	ctx := context.Background()
	c.Views.receive(e)
	c.EventHooks.receive(ctx, e)
	c.Users.receive(e)
	c.Accounts.receive(e)
	c.Presence.receive(ctx, e)
	c.Voice.receive(ctx, e)
}

// forget is called when events were lost: nothing that is remembered can be trusted.
func (c *Chat) forget() {
	ctx := context.Background()
	c.Views.forget()
	if err := c.EventHooks.readAll(ctx); err != nil {
		c.log.Error("event hooks could not be read anew", "error", err)
	}
	c.Users.forget()
	c.Accounts.forget()
	c.Presence.reread(ctx)
	c.Voice.recheckAll(ctx)
}

// houseInterval is how often what has expired is deleted, idleInterval how often idle threads are archived.
const (
	houseInterval = time.Hour
	idleInterval  = time.Minute
)

// keepHouse deletes what has expired and refreshes what would expire, until Close.
func (c *Chat) keepHouse(kept store.Store, now func() time.Time) {
	house, presence, idle := time.NewTicker(houseInterval), time.NewTicker(presenceRefresh), time.NewTicker(idleInterval)
	defer house.Stop()
	defer idle.Stop()
	defer presence.Stop()
	ctx := context.Background()
	for {
		select {
		case <-c.stop:
			return
		case <-presence.C:
			c.Presence.refresh(ctx)
			c.Voice.moveAway(ctx)
			if err := c.Messages.endPolls(ctx); err != nil {
				c.log.Error("polls could not be ended", "error", err)
			}
		case <-idle.C:
			c.Announcements.wake() // what failed is tried again
			if err := c.Threads.ArchiveIdle(ctx); err != nil {
				c.log.Error("idle threads could not be archived", "error", err)
			}
		case <-house.C:
			_, sessions := kept.PruneLoginSessions(ctx, now())
			if err := errors.Join(sessions, c.Invites.prune(ctx), c.Users.pruneGuests(ctx), c.Members.sweepTemporary(ctx), c.Messages.pruneNonces(ctx), c.EventHooks.pruneAll(ctx), c.Interactions.prune(ctx)); err != nil {
				c.log.Error("what has expired could not be deleted", "error", err)
			}
		}
	}
}

// Close ends the subscriptions and what runs in the background.
func (c *Chat) Close() error {
	var problems []error
	for _, subscription := range c.subscriptions {
		problems = append(problems, subscription.Unsubscribe())
	}
	close(c.stop)
	c.cancel()
	c.work.Wait()
	if c.Interactions != nil {
		c.Interactions.close()
	}
	c.EventHooks.work.Wait()
	c.Voice.close()
	c.Presence.close()
	return errors.Join(problems...)
}
