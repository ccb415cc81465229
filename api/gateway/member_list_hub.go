package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// listDelay is how long changes of member lists wait, to be told together.
	listDelay = 100 * time.Millisecond
	// largeGuild is up to how many members a guild's lists have those who are offline, as upstream.
	largeGuild = 1000
)

// memberLists are the member lists of a guild that somebody looks at; there are none, and nothing is remembered, while nobody does. The hub's lock guards them.
type memberLists struct {
	watchers map[*seat]*watcher
	// members are those who may be in a list: in a large guild those who are not offline. nil until they were read. Only who updates the lists writes to it.
	members map[id.ID]*listedMember
	// lists are those that are looked at, by the permissions that make them.
	lists map[string]*memberList
	// count is how many members the guild has, view and mark what it was when the lists were made.
	count int
	large bool
	view  *chat.View
	mark  uint64
	// changed are members of whom something changed since the lists were updated, restructured tells that roles or channels may have.
	changed      map[id.ID]listChange
	restructured bool
	// updating tells that somebody updates the lists, again that they have to begin anew afterwards. waiting is the timer that has them updated.
	updating, again bool
	waiting         *time.Timer
}

// listChange is what may be another of a member: the presence is nil where nothing was heard of it.
type listChange struct {
	place    bool
	presence *event.Presence
}

// watcher is what a session looks at in a guild.
type watcher struct {
	// channels are those whose lists it shows, and which pages.
	channels map[id.ID]listPages
	// shown is what the client knows, by the key of the list.
	shown map[string]shownPages
	// asked tells that it looks at something else since it was told.
	asked bool
	// followed are the members whose presence it follows.
	followed map[id.ID]struct{}
}

type shownPages struct {
	listID string
	pages  listPages
}

// watch gives what a seat's session looks at, to be changed.
func (l *memberLists) watch(place *seat) *watcher {
	if l.watchers == nil {
		l.watchers = make(map[*seat]*watcher)
	}
	if l.watchers[place] == nil {
		l.watchers[place] = &watcher{shown: make(map[string]shownPages)}
	}
	return l.watchers[place]
}

// watched gives the channels whose lists a seat's session shows, and which pages; nil for none.
func (s *seat) watched() map[id.ID][]int {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	w := s.hub.lists.watchers[s]
	if w == nil || len(w.channels) == 0 {
		return nil
	}
	channels := make(map[id.ID][]int, len(w.channels))
	for channelID, looked := range w.channels {
		channels[channelID] = looked
	}
	return channels
}

// unwatch forgets what a seat looked at.
func (l *memberLists) unwatch(place *seat) {
	delete(l.watchers, place)
	if len(l.watchers) == 0 {
		l.forget()
	}
}

// forget lets go of what was read. Who updates the lists at this moment begins anew.
func (l *memberLists) forget() {
	l.members, l.lists, l.view, l.mark, l.changed, l.restructured = nil, nil, nil, 0, nil, false
	if l.waiting != nil {
		l.waiting.Stop()
		l.waiting = nil
	}
}

// follows tells whether a seat's session follows somebody's presence.
func (l *memberLists) follows(place *seat, userID id.ID) bool {
	if w := l.watchers[place]; w != nil {
		_, follows := w.followed[userID]
		return follows
	}
	return false
}

// noteForLists remembers what of the member lists an event changes, and has them updated soon. The lock is held.
func (h *guildHub) noteForLists(e event.Event) {
	l := &h.lists
	if len(l.watchers) == 0 {
		return
	}
	switch e := e.(type) {
	case event.PresenceChanged:
		l.note(e.UserID, func(c *listChange) { c.presence = &e.Presence })
	case event.MemberAdded:
		l.note(e.Member.UserID, func(c *listChange) { c.place = true })
	case event.MemberUpdated:
		l.note(e.Member.UserID, func(c *listChange) { c.place = true })
	case event.MemberRemoved:
		l.note(e.User.ID, func(c *listChange) { c.place = true })
	case event.RoleCreated, event.RoleUpdated, event.RoleDeleted, event.ChannelCreated, event.ChannelUpdated, event.ChannelDeleted, event.GuildUpdated:
		l.restructured = true
	default:
		return
	}
	h.updateListsSoon()
}

func (l *memberLists) note(userID id.ID, how func(*listChange)) {
	if l.changed == nil {
		l.changed = make(map[id.ID]listChange)
	}
	change := l.changed[userID]
	how(&change)
	l.changed[userID] = change
}

func (h *guildHub) updateListsSoon() {
	if l := &h.lists; l.waiting == nil && !l.updating {
		l.waiting = time.AfterFunc(listDelay, func() { h.gateway.spawn(h.updateLists) })
	}
}

// updateLists brings the lists in step with what is known, and tells those who look at them. One does it at a time.
func (h *guildHub) updateLists() {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &h.lists
	if l.updating {
		l.again = true
		return
	}
	for l.updating = true; l.updating; l.updating = l.again {
		l.again, l.waiting = false, nil
		if len(l.watchers) == 0 || h.closed {
			l.forget()
			continue
		}
		read := listReading{hub: h, members: l.members, changed: l.changed, large: l.large}
		restructured := l.restructured
		l.changed, l.restructured = nil, false
		h.mu.Unlock()
		err := read.read(context.Background())
		h.mu.Lock()
		switch {
		case goneMeanwhile(err):
			l.forget()
		case err != nil:
			h.gateway.Log.Error("member lists cannot be read", "guild", h.guildID, "error", err)
			l.forget() // whoever comes next has them read anew
		case len(l.watchers) > 0:
			h.showLists(&read, restructured)
		}
	}
	if len(l.changed) > 0 || l.restructured {
		h.updateListsSoon()
	}
}

// showLists takes in what was read and tells the watchers. The lock is held.
func (h *guildHub) showLists(read *listReading, restructured bool) {
	l := &h.lists
	anew := read.all != nil
	if anew {
		l.members = read.all
	} else if l.members == nil {
		l.again = true // all was forgotten meanwhile
		return
	}
	if anew || restructured {
		mark := listFingerprint(read.view)
		anew = anew || mark != l.mark
		l.mark = mark
	}
	l.view, l.count, l.large = read.view, read.count, read.large
	if anew || l.lists == nil {
		l.lists = make(map[string]*memberList)
	}
	for userID, member := range read.some {
		if member == nil {
			delete(l.members, userID)
		} else {
			l.members[userID] = member
		}
		for _, list := range l.lists {
			list.set(userID, member)
		}
	}
	telling := listTelling{hub: h, anew: anew, keys: make(map[id.ID][2]string), bodies: make(map[string]*body), used: make(map[string]*memberList)}
	for place, w := range l.watchers {
		if place.sight != nil {
			telling.tell(place, w)
		}
	}
	l.lists = telling.used
	for _, list := range l.lists {
		list.view, list.steps = read.view, nil
		clear(list.recounted)
	}
}

// listFingerprint tells guilds apart by what decides who is in a list, and where.
func listFingerprint(view *chat.View) uint64 {
	type rank struct {
		ID          id.ID
		Hoist       bool
		Position    int
		Permissions uint64
	}
	roles := make([]rank, len(view.Roles))
	for i, role := range view.Roles {
		roles[i] = rank{role.ID, role.Hoist, role.Position, role.Permissions}
	}
	overwrites := make(map[id.ID][]store.PermissionOverwrite, len(view.Channels))
	for i := range view.Channels {
		overwrites[view.Channels[i].ID] = view.Channels[i].Overwrites
	}
	return fingerprint(view.Guild.OwnerID, roles, overwrites)
}

// listTelling tells the watchers of one update. What several are told alike is encoded once.
type listTelling struct {
	hub *guildHub
	// anew says that the lists were made anew: whole pages are told.
	anew bool
	// keys are those of the channels' lists, and their ids.
	keys   map[id.ID][2]string
	bodies map[string]*body
	used   map[string]*memberList
}

// tell tells one session. It may look only at lists of channels that it may view at this moment.
func (t *listTelling) tell(place *seat, w *watcher) {
	wanted := make(map[string]shownPages, len(w.channels))
	for channelID, looked := range w.channels {
		if !place.sight.sees(channelID) {
			continue
		}
		list, key := t.list(channelID)
		if list == nil {
			continue
		}
		wanted[key] = shownPages{list.id, looked.with(wanted[key].pages)}
	}
	for key, before := range w.shown {
		if _, still := wanted[key]; !still && !w.asked { // the client knows what it looks at no more
			t.invalidate(place, before)
		}
	}
	for key, now := range wanted {
		list := t.used[key]
		kept := now.pages.without(now.pages.without(w.shown[key].pages))
		fresh := now.pages.without(kept)
		if t.anew {
			kept, fresh = nil, now.pages
		}
		if len(kept) > 0 && len(list.steps) > 0 {
			t.deliver(place, list, "told", key, kept, list.told)
		}
		if len(fresh) > 0 {
			t.deliver(place, list, "synced", key, fresh, list.synced)
		}
	}
	w.shown, w.asked = wanted, false
}

// list gives the list of a channel, which is made when nobody looked at it before. It is nil for a channel that is gone.
func (t *listTelling) list(channelID id.ID) (*memberList, string) {
	l := &t.hub.lists
	channel, found := l.view.Channel(channelID)
	if !found {
		return nil, ""
	}
	names, known := t.keys[channelID]
	if !known {
		names[0], names[1] = memberListKey(l.view, channel)
		t.keys[channelID] = names
	}
	key := names[0]
	if t.used[key] == nil {
		t.used[key] = l.lists[key]
	}
	if t.used[key] == nil {
		t.used[key] = newMemberList(l.view, names[1], channel.Overwrites, l.large, l.members)
	}
	return t.used[key], key
}

// deliver sends what some pages come to. Pages that a session has asked for count like everything else that it asks for.
func (t *listTelling) deliver(place *seat, list *memberList, kind, key string, of listPages, ops func(listPages) []wire.MemberListOp) {
	name := fmt.Sprint(kind, of, key)
	b, made := t.bodies[name]
	if !made {
		payload := wire.MemberListUpdate{GuildID: t.hub.guildID, ID: list.id, OnlineCount: list.onlineCount(), MemberCount: t.hub.lists.count, Groups: list.groups(), Ops: ops(of)}
		if b = t.hub.gateway.encode("GUILD_MEMBER_LIST_UPDATE", payload); b != nil {
			b.alone = kind == "synced" && !t.anew
		}
		t.bodies[name] = b
	}
	if b != nil {
		t.hub.deliver(place, b)
	}
}

// invalidate tells that pages are not kept in step any more.
func (t *listTelling) invalidate(place *seat, gone shownPages) {
	payload := wire.MemberListUpdate{GuildID: t.hub.guildID, ID: gone.listID, Groups: []wire.MemberListGroup{}, Ops: []wire.MemberListOp{}}
	for _, page := range gone.pages {
		payload.Ops = append(payload.Ops, wire.MemberListOp{Op: listInvalidate, Range: pageRange(page)})
	}
	if b := t.hub.gateway.encode("GUILD_MEMBER_LIST_UPDATE", payload); b != nil {
		t.hub.deliver(place, b)
	}
}

// listReading reads what changed, without the hub's lock. members and large are what was known before.
type listReading struct {
	hub     *guildHub
	members map[id.ID]*listedMember
	changed map[id.ID]listChange
	large   bool

	view  *chat.View
	count int
	// all are all members, when they were read anew; some are those who changed, nil for who is not to be shown.
	all, some map[id.ID]*listedMember
}

func (r *listReading) read(ctx context.Context) (err error) {
	g := r.hub.gateway
	if r.view, err = g.Chat.Views.Guild(ctx, r.hub.guildID); err != nil {
		return err
	}
	if r.count, err = g.Chat.Views.MemberCount(ctx, r.hub.guildID); err != nil {
		return err
	}
	large := r.count > largeGuild
	anew := r.members == nil || large != r.large
	if r.large = large; anew {
		return g.build(func() error { return r.readAll(ctx) })
	}
	r.some = make(map[id.ID]*listedMember, len(r.changed))
	for userID, change := range r.changed {
		if r.some[userID], err = r.readOne(ctx, userID, change); err != nil {
			return err
		}
	}
	return nil
}

// readAll reads everybody who may be in a list. What is heard of presences meanwhile, and was heard before, is newer than what is read.
func (r *listReading) readAll(ctx context.Context) error {
	present := make(map[id.ID]event.Presence)
	r.all = make(map[id.ID]*listedMember)
	for _, one := range r.hub.gateway.Chat.Presence.Guild(r.hub.guildID, 0) {
		present[one.UserID] = one.Presence
	}
	for userID, change := range r.changed {
		if change.presence != nil {
			present[userID] = *change.presence
		}
	}
	if r.large {
		online := make([]id.ID, 0, len(present))
		for userID := range present {
			online = append(online, userID)
		}
		for some := range slices.Chunk(online, memberChunk) {
			found, _, err := r.hub.gateway.Chat.Members.ByID(ctx, chat.Caller{Console: true}, r.hub.guildID, some)
			if err != nil {
				return err
			}
			r.take(found, present)
		}
		return nil
	}
	for after := id.ID(0); ; {
		found, err := r.hub.gateway.Chat.Members.List(ctx, chat.Caller{Console: true}, r.hub.guildID, after, memberChunk)
		if err != nil {
			return err
		}
		r.take(found, present)
		if len(found) < memberChunk {
			return nil
		}
		after = found[len(found)-1].UserID
	}
}

func (r *listReading) take(found []chat.GuildMember, present map[id.ID]event.Presence) {
	for _, member := range found {
		presence, known := present[member.UserID]
		if !known {
			presence = event.Presence{Status: "offline"}
		}
		if listed := newListedMember(member, presence); listed.online() || !r.large {
			r.all[member.UserID] = listed
		}
	}
}

// readOne reads one who changed; nil for who is not to be shown.
func (r *listReading) readOne(ctx context.Context, userID id.ID, change listChange) (*listedMember, error) {
	before := r.members[userID]
	presence := event.Presence{Status: "offline"}
	switch {
	case change.presence != nil:
		presence = *change.presence
	case before != nil:
		presence = before.presence
	default:
		for _, one := range r.hub.gateway.Chat.Presence.Users([]id.ID{userID}) {
			presence = one.Presence
		}
	}
	if r.large && presence.Status == "offline" {
		return nil, nil
	}
	if before != nil && !change.place {
		return newListedMember(before.GuildMember, presence), nil
	}
	member, err := r.hub.gateway.Chat.Members.Get(ctx, chat.Caller{Console: true}, r.hub.guildID, userID)
	if chat.KindOf(err) == chat.UnknownMember {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newListedMember(member, presence), nil
}
