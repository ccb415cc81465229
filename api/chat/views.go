package chat

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// CacheSizes bound what is kept in memory of guilds; zero means the default.
type CacheSizes struct {
	// Guilds is how many guilds' views are kept, 4,096 by default.
	Guilds int
	// Members is how many members are kept, over all guilds, 65,536 by default.
	Members int
	// Channels is for how many channels it is known which guild they are in, 65,536 by default.
	Channels int
}

// Views answers from memory what every request asks: what a guild is like, and who is in it.
//
// After a write through this package has returned, every later question sees it: writers invalidate before they return, and what was read from the store before
// an invalidation is not kept after it. Writes of other nodes arrive as events. It is safe for concurrent use.
type Views struct {
	store store.Store
	now   func() time.Time

	mu     sync.Mutex
	guilds *simplelru.LRU[id.ID, *guildEntry]

	members    *cache[memberKey, *store.Member]
	counts     *cache[id.ID, int]
	channelsOf *cache[id.ID, id.ID]
	directs    *cache[id.ID, *View]
	threads    *cache[id.ID, *ThreadView]
	commands   *commandCaches
	// users is set by newUsers.
	users *Users

	// writing has a lock for each of a number of groups of guilds, see change.
	writing [64]chan struct{}
}

type memberKey struct{ guildID, userID id.ID }

// guildEntry is the place of one guild in the cache.
type guildEntry struct {
	// view is nil when it must be loaded.
	view atomic.Pointer[View]

	mu sync.Mutex
	// epoch counts invalidations: a load that began in an earlier epoch is not kept.
	epoch   uint64
	loading *viewLoad
	// newest are the counters that the views share, by channel.
	newest map[id.ID]*newestMessage
}

// newestMessage counts up to the id of a channel's newest message.
type newestMessage struct {
	atomic.Uint64
	// seeded tells that the store was asked since the counter is there; guildEntry.mu guards it.
	seeded bool
}

// viewLoad is a load that is under way. Those who come while it is, and nothing was invalidated since it began, wait for it.
type viewLoad struct {
	epoch uint64
	done  chan struct{}
	view  *View
	err   error
}

func newViews(deps Deps, sizes CacheSizes) *Views {
	guilds, err := simplelru.NewLRU[id.ID, *guildEntry](cmp.Or(sizes.Guilds, 4096), nil)
	if err != nil {
		panic(err) // only for a negative size, which configuration refuses
	}
	v := &Views{
		store: deps.Store, now: deps.Now, guilds: guilds,
		members:    newCache[memberKey, *store.Member](cmp.Or(sizes.Members, 65536)),
		counts:     newCache[id.ID, int](cmp.Or(sizes.Guilds, 4096)),
		channelsOf: newCache[id.ID, id.ID](cmp.Or(sizes.Channels, 65536)),
		directs:    newCache[id.ID, *View](maxDirects),
		threads:    newCache[id.ID, *ThreadView](maxThreadViews),
		commands:   newCommandCaches(),
	}
	for i := range v.writing {
		v.writing[i] = make(chan struct{}, 1)
	}
	return v
}

// Guild gives a guild's current view; UnknownGuild when there is none.
func (v *Views) Guild(ctx context.Context, guildID id.ID) (*View, error) {
	entry := v.entry(guildID)
	if view := entry.view.Load(); view != nil {
		return view, nil
	}
	entry.mu.Lock()
	if view := entry.view.Load(); view != nil {
		entry.mu.Unlock()
		return view, nil
	}
	load := entry.loading
	if load == nil || load.epoch != entry.epoch {
		load = &viewLoad{epoch: entry.epoch, done: make(chan struct{})}
		entry.loading = load
		entry.mu.Unlock()
		// Others wait for this load: it does not end with the request that happened to come first.
		v.load(context.WithoutCancel(ctx), guildID, entry, load)
		return load.view, load.err
	}
	entry.mu.Unlock()
	select {
	case <-load.done:
		return load.view, load.err
	case <-ctx.Done():
		return nil, internal("waiting for a guild", ctx.Err())
	}
}

func (v *Views) entry(guildID id.ID) *guildEntry {
	v.mu.Lock()
	defer v.mu.Unlock()
	entry, found := v.guilds.Get(guildID)
	if !found {
		entry = &guildEntry{newest: map[id.ID]*newestMessage{}}
		v.guilds.Add(guildID, entry)
	}
	return entry
}

// known gives a guild's place in the cache if it has one.
func (v *Views) known(guildID id.ID) (*guildEntry, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.guilds.Peek(guildID)
}

func (v *Views) load(ctx context.Context, guildID id.ID, entry *guildEntry, load *viewLoad) {
	load.view, load.err = v.read(ctx, guildID, entry)
	entry.mu.Lock()
	if load.err == nil && entry.epoch == load.epoch {
		entry.view.Store(load.view)
	}
	if entry.loading == load {
		entry.loading = nil
	}
	entry.mu.Unlock()
	close(load.done)
	if load.err != nil {
		v.mu.Lock()
		if current, found := v.guilds.Peek(guildID); found && current == entry && entry.view.Load() == nil {
			v.guilds.Remove(guildID) // questions about guilds that do not exist push out none that do
		}
		v.mu.Unlock()
	}
}

func (v *Views) read(ctx context.Context, guildID id.ID, entry *guildEntry) (*View, error) {
	guild, err := v.store.Guild(ctx, guildID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(UnknownGuild)
	}
	if err != nil {
		return nil, internal("reading a guild", err)
	}
	view := &View{Guild: guild, now: v.now}
	if view.Roles, err = v.store.GuildRoles(ctx, guildID); err != nil {
		return nil, internal("reading a guild's roles", err)
	}
	if view.Channels, err = v.store.GuildChannels(ctx, guildID); err != nil {
		return nil, internal("reading a guild's channels", err)
	}
	if view.Emojis, err = v.store.GuildEmojis(ctx, guildID); err != nil {
		return nil, internal("reading a guild's emoji", err)
	}
	rules, err := v.store.GuildAutoModRules(ctx, guildID)
	if err != nil {
		return nil, internal("reading a guild's automatic rules", err)
	}
	view.rules = readyRules(rules)
	if err := v.seed(ctx, entry, view); err != nil {
		return nil, internal("reading the newest messages", err)
	}
	return view, nil
}

// seed gives a view its counters of newest messages, which it shares with the views before it, and asks the store for those that are new.
func (v *Views) seed(ctx context.Context, entry *guildEntry, view *View) error {
	view.newest = make([]*newestMessage, len(view.Channels))
	var fresh []id.ID
	entry.mu.Lock()
	for i := range view.Channels {
		channelID := view.Channels[i].ID
		counter, found := entry.newest[channelID]
		if !found {
			counter = new(newestMessage)
			entry.newest[channelID] = counter
		}
		if !counter.seeded {
			fresh = append(fresh, channelID)
		}
		view.newest[i] = counter
	}
	if len(entry.newest) > 2*len(view.Channels)+16 {
		entry.forgetDeleted(view)
	}
	entry.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	newest, err := v.store.LastMessageIDs(ctx, fresh)
	if err != nil {
		return err
	}
	entry.mu.Lock()
	defer entry.mu.Unlock()
	for _, channelID := range fresh {
		at, _ := view.channelIndex(channelID)
		view.newest[at].raise(newest[channelID])
		view.newest[at].seeded = true
	}
	return nil
}

// forgetDeleted drops the counters of channels that are gone.
func (e *guildEntry) forgetDeleted(view *View) {
	for channelID := range e.newest {
		if _, found := view.Channel(channelID); !found {
			delete(e.newest, channelID)
		}
	}
}

// Member gives a member; UnknownMember when the user is not in the guild. The value is shared: nobody may write to it.
func (v *Views) Member(ctx context.Context, guildID, userID id.ID) (*store.Member, error) {
	key := memberKey{guildID, userID}
	member, found, epoch := v.members.get(key)
	if found {
		return member, nil
	}
	read, err := v.store.Member(ctx, guildID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(UnknownMember)
	}
	if err != nil {
		return nil, internal("reading a member", err)
	}
	v.members.fill(key, &read, epoch)
	return &read, nil
}

// ChannelGuild tells which guild a channel is in, zero for a conversation between people; UnknownChannel when there is no such channel.
func (v *Views) ChannelGuild(ctx context.Context, channelID id.ID) (id.ID, error) {
	guildID, found, epoch := v.channelsOf.get(channelID)
	if found {
		return guildID, nil
	}
	channel, err := v.store.Channel(ctx, channelID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fail(UnknownChannel)
	}
	if err != nil {
		return 0, internal("reading a channel", err)
	}
	if entry, found := v.known(channel.GuildID); found {
		if view := entry.view.Load(); view != nil && channel.Thread == nil {
			if _, found := view.Channel(channelID); !found {
				entry.invalidate() // another node made the channel, and its event is still on the way
			}
		}
	}
	v.channelsOf.fill(channelID, channel.GuildID, epoch)
	return channel.GuildID, nil
}

// MemberCount tells how many members a guild has.
func (v *Views) MemberCount(ctx context.Context, guildID id.ID) (int, error) {
	count, found, epoch := v.counts.get(guildID)
	if found {
		return count, nil
	}
	count, err := v.store.CountMembers(ctx, guildID)
	if err != nil {
		return 0, internal("counting members", err)
	}
	v.counts.fill(guildID, count, epoch)
	return count, nil
}

// UserGuilds gives the ids of the guilds that a user is in, ascending.
func (v *Views) UserGuilds(ctx context.Context, userID id.ID) ([]id.ID, error) {
	guildIDs, err := v.store.UserGuilds(ctx, userID)
	if err != nil {
		return nil, internal("reading a user's guilds", err)
	}
	return guildIDs, nil
}

// change runs write while no other change of the guild runs on this node, so that what write checks stays true until it has written, and events are published in
// the order of the writes. The context that write is given does not end with the request: a change that began is finished and told to everybody.
func (v *Views) change(ctx context.Context, guildID id.ID, write func(context.Context) error) error {
	// The counter of an id varies little between guilds, so the time decides too.
	lock := v.writing[(uint64(guildID)^uint64(guildID)>>22)%uint64(len(v.writing))]
	select {
	case lock <- struct{}{}:
	case <-ctx.Done():
		return internal("waiting for a guild's turn", ctx.Err())
	}
	defer func() { <-lock }()
	return write(context.WithoutCancel(ctx))
}

// renew makes the next question about a guild's structure read it anew. It is called after every write, also one that failed: it may have happened.
func (v *Views) renew(guildID id.ID) {
	if entry, found := v.known(guildID); found {
		entry.invalidate()
	}
}

func (e *guildEntry) invalidate() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch++
	e.view.Store(nil)
}

// keepMember replaces what is known of a member after a write.
func (v *Views) keepMember(member store.Member) {
	v.members.put(memberKey{member.GuildID, member.UserID}, &member)
}

// dropMember makes the next question about a member read them anew.
func (v *Views) dropMember(guildID, userID id.ID) {
	v.members.drop(memberKey{guildID, userID})
	v.counts.drop(guildID)
	v.dropThreadsWith(guildID, userID)
}

// dropMembers makes the next question about any member of a guild read them anew.
func (v *Views) dropMembers(guildID id.ID) {
	v.members.dropWhere(func(key memberKey, _ *store.Member) bool { return key.guildID == guildID })
	v.counts.drop(guildID)
}

// posted remembers a channel's newest message.
func (v *Views) posted(guildID, channelID, messageID id.ID) {
	if guildID == 0 {
		if view, found, _ := v.directs.get(channelID); found {
			view.newest[0].raise(messageID)
		}
		return
	}
	entry, found := v.known(guildID)
	if found { // whoever loads the guild later asks the store, which has the message
		entry.mu.Lock()
		counter, ours := entry.newest[channelID]
		entry.mu.Unlock()
		if ours {
			counter.raise(messageID)
			return
		}
	}
	v.postedInThread(channelID, messageID)
}

// raise sets the counter to a greater id.
func (n *newestMessage) raise(messageID id.ID) {
	for {
		old := n.Load()
		if old >= uint64(messageID) || n.CompareAndSwap(old, uint64(messageID)) {
			return
		}
	}
}

// receive takes an event from the bus. This node's own come back too: for them it is done already, and doing it again costs one more read.
func (v *Views) receive(e event.Event) {
	v.commands.receive(e)
	switch e := e.(type) {
	case event.MessageCreated:
		v.posted(e.Message.GuildID, e.Message.ChannelID, e.Message.ID)
	case event.GuildUpdated:
		v.renew(e.Guild.ID)
	case event.GuildDeleted:
		v.renew(e.GuildID)
		v.dropMembers(e.GuildID)
	case event.ChannelCreated:
		v.renew(e.Channel.GuildID)
	case event.ChannelUpdated:
		v.renew(e.Channel.GuildID)
	case event.ChannelDeleted:
		v.renew(e.Channel.GuildID)
		v.dropThreadsOf(e.Channel.ID)
	case event.AutoModRuleChanged:
		v.renew(e.Rule.GuildID)
	case event.EmojisUpdated:
		v.renew(e.GuildID)
	case event.RoleCreated:
		v.renew(e.Role.GuildID)
	case event.RoleUpdated:
		v.renew(e.Role.GuildID)
	case event.RoleDeleted:
		v.renew(e.GuildID)
		v.dropMembers(e.GuildID)
	case event.MemberAdded:
		v.dropMember(e.Member.GuildID, e.Member.UserID)
	case event.MemberUpdated:
		v.members.drop(memberKey{e.Member.GuildID, e.Member.UserID})
	case event.MemberRemoved:
		v.dropMember(e.GuildID, e.User.ID)
	default:
		v.receiveThread(e)
	}
}

// forget drops everything, because events were missed.
func (v *Views) forget() {
	v.commands.forget()
	v.mu.Lock()
	entries := v.guilds.Values()
	// The newest messages may have been missed too, so that entries start anew; those who still hold one of the old read from the store.
	v.guilds.Purge()
	v.mu.Unlock()
	for _, entry := range entries {
		entry.invalidate()
	}
	v.members.clear()
	v.counts.clear()
	v.directs.clear()
	v.threads.clear()
}
