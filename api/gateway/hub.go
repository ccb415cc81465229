package gateway

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"guildhall/api/chat"
	"guildhall/store/bus"
	"guildhall/store/event"
	"guildhall/store/id"
)

// guildHub hands the events of one guild to the sessions that may see them.
type guildHub struct {
	gateway      *Gateway
	guildID      id.ID
	subscription bus.Subscription

	mu     sync.Mutex
	closed bool
	// seats are those whose guild was shown; held those for which events are kept until it is.
	// fresh are those of seats that remember what they were shown, the oldest first.
	seats, held, fresh []*seat
	// lastShown is what a seat was shown last.
	lastShown shown
	sights    sights
	// voice tells where people are in voice, to show those who may not view a channel that somebody left for it.
	voice map[id.ID]id.ID
	// presences wait to be told together; telling is the timer that does it, nil when none wait.
	presences map[id.ID]event.PresenceChanged
	telling   *time.Timer
	// lists are the member lists that somebody looks at.
	lists memberLists
	// vanished are those who saw a channel that is gone as a whole, until the event comes that tells them.
	vanished map[id.ID][]*seat
	// barriers are what is to be done when a barrier passes.
	barriers map[uint64]func()
	// delivered counts the dispatches of the event that is being handled.
	delivered uint64
}

// seat is a session's place in a hub.
//
// A guild is shown to a session in three steps, so that nothing is missed, nothing comes twice and nothing comes out of order: the seat is taken, and keeps events from
// then on; the guild's snapshot is made and sent; the seat is released: what it kept is sent, and then events as they come. The snapshot may already
// have in it what an event tells that comes after it: shown remembers as much of the snapshot as is needed to recognise that, for as long as such events may be under
// way.
type seat struct {
	hub     *guildHub
	session *session

	// sight is nil until the seat is released; gone says that it was left. The hub's lock guards all that follows.
	sight *sight
	gone  bool
	held  []event.Event
	shown shown
	// shownAt is when it was shown.
	shownAt time.Time
	// newest is each channel's newest message when READY was sent, where that was before the snapshot was made.
	newest map[id.ID]id.ID
}

// shownFor is how long a snapshot is remembered: far longer than from the commit of a change to the receipt of its event.
const shownFor = 10 * time.Second

// maxHeld bounds what is kept for a seat. A session that misses some is out of step and ends.
const maxHeld = 4 * replaySize

// shown is what of a snapshot events are compared with. Seats that were shown the same share its parts; nobody writes to them.
type shown struct {
	// newest is the newest message of each channel and thread.
	newest map[id.ID]id.ID
	// members are those that the client knows; whole tells that they are all.
	members map[id.ID]struct{}
	whole   bool
}

func newShown(snapshot *chat.GuildSnapshot) shown {
	made := shown{newest: make(map[id.ID]id.ID, len(snapshot.Channels)), members: make(map[id.ID]struct{}, len(snapshot.Members)), whole: !snapshot.Large}
	for i := range snapshot.Channels {
		made.newest[snapshot.Channels[i].ID] = snapshot.Channels[i].LastMessageID
	}
	for i := range snapshot.Threads {
		made.newest[snapshot.Threads[i].ID] = snapshot.Threads[i].LastMessageID
	}
	// One's own place is told in other ways. Without those who were added to the list as its own reader, the lists of all readers are the same.
	members := snapshot.Members
	if last := len(members) - 1; last >= 0 && members[last].UserID == snapshot.Member.UserID {
		members = members[:last]
	}
	for i := range members {
		made.members[members[i].UserID] = struct{}{}
	}
	return made
}

// sharing gives the same, with the parts that are equal to another's taken from there: of a crowd that comes in at once, nearly all are shown the same.
func (s shown) sharing(other shown) shown {
	if other.newest == nil {
		return s // nothing was shown lately
	}
	if maps.Equal(s.newest, other.newest) {
		s.newest = other.newest
	}
	if maps.Equal(s.members, other.members) {
		s.members = other.members
	}
	return s
}

// knows tells whether the seat's client knows already what an event tells. In a channel, messages are published in the order of their ids.
func (s *seat) knows(e event.Event) bool {
	if s.shown.newest == nil {
		return false // what it was shown is long ago
	}
	switch e := e.(type) {
	case event.MessageCreated:
		return e.Message.ID <= s.shown.newest[e.Message.ChannelID]
	case event.ThreadCreated:
		_, known := s.shown.newest[e.Thread.ID]
		return known
	case event.MemberAdded:
		_, known := s.shown.members[e.Member.UserID]
		if !known {
			s.shown.members = maps.Clone(s.shown.members)
			s.shown.members[e.Member.UserID] = struct{}{}
		}
		return known
	case event.MemberRemoved:
		_, known := s.shown.members[e.User.ID]
		if known {
			s.shown.members = maps.Clone(s.shown.members)
			delete(s.shown.members, e.User.ID)
		}
		return !known && s.shown.whole
	}
	return false
}

// wants tells whether the session asked for a kind of event.
func (s *seat) wants(kind intents) bool { return s.session.intents.has(kind) }

// takeSeat gives a session a seat in a guild's hub.
func (g *Gateway) takeSeat(s *session, guildID id.ID) (*seat, error) {
	for {
		hub, err := g.guildHub(guildID)
		if err != nil {
			return nil, err
		}
		place := &seat{hub: hub, session: s}
		hub.mu.Lock()
		if hub.closed {
			hub.mu.Unlock()
			continue // it had just become empty; the next is another
		}
		hub.held = append(hub.held, place)
		hub.mu.Unlock()
		s.mu.Lock()
		ended := s.ended
		if !ended {
			s.seats = append(s.seats, place)
		}
		s.mu.Unlock()
		if ended {
			place.leave()
			return nil, errSessionEnded
		}
		return place, nil
	}
}

// guildHub gives the hub of a guild, which subscribes when it is made.
func (g *Gateway) guildHub(guildID id.ID) (*guildHub, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if hub, ok := g.guilds[guildID]; ok {
		return hub, nil
	}
	hub := &guildHub{gateway: g, guildID: guildID, voice: make(map[id.ID]id.ID), presences: make(map[id.ID]event.PresenceChanged), vanished: make(map[id.ID][]*seat), barriers: make(map[uint64]func())}
	subscription, err := g.Bus.Subscribe(event.GuildSubject(guildID), hub.receive, hub.lag)
	if err != nil {
		return nil, err
	}
	hub.subscription = subscription
	g.guilds[guildID] = hub
	return hub, nil
}

// release sends what the seat kept; from then on its session gets events as they come. snapshot is what it was shown.
func (s *seat) release(ctx context.Context, snapshot *chat.GuildSnapshot) error {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, state := range snapshot.VoiceStates {
		if _, known := h.voice[state.UserID]; !known {
			h.voice[state.UserID] = state.ChannelID
		}
	}
	made := newShown(snapshot)
	if s.newest != nil {
		made.newest, s.newest = s.newest, nil
	}
	s.shown = made.sharing(h.lastShown)
	h.lastShown = s.shown
	s.shownAt = h.gateway.Now()
	h.fresh = append(h.fresh, s)
	return s.open(ctx, sightIn(snapshot.View, &snapshot.Member.Member))
}

// open lets events through to the seat's session, after what was kept. The hub's lock is held.
func (s *seat) open(ctx context.Context, sight *sight) error {
	h := s.hub
	if len(s.held) > maxHeld {
		return errOutOfStep
	}
	s.sight = sight
	alone := []*seat{s}
	for _, e := range s.held {
		if s.gone {
			break
		}
		h.tell(ctx, e, alone)
	}
	s.held = nil
	if s.gone {
		return nil // its session was told by then
	}
	h.held = without(h.held, s)
	h.seats = append(h.seats, s)
	if h.lists.watchers[s] != nil {
		h.updateListsSoon() // its client asked while it was shown the guild
	}
	return nil
}

// leave gives the seat up. It tells false when that was done before.
func (s *seat) leave() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.leaveLocked()
}

func (s *seat) leaveLocked() bool {
	if s.gone {
		return false
	}
	s.gone, s.held = true, nil
	s.hub.lists.unwatch(s)
	s.hub.seats, s.hub.held = without(s.hub.seats, s), without(s.hub.held, s)
	s.session.mu.Lock()
	s.session.seats = without(slices.Clone(s.session.seats), s)
	s.session.mu.Unlock()
	return true
}

// without removes a seat from a list whose order does not matter.
func without(seats []*seat, gone *seat) []*seat {
	at := slices.Index(seats, gone)
	if at < 0 {
		return seats
	}
	seats[at] = seats[len(seats)-1]
	seats[len(seats)-1] = nil
	return seats[:len(seats)-1]
}

// barrier has something done, with the hub's lock held, as soon as everything was received that had been published before.
func (h *guildHub) barrier(ctx context.Context, passed func()) error {
	number := h.gateway.barriers.Add(1)
	h.mu.Lock()
	h.barriers[number] = passed
	h.mu.Unlock()
	err := h.gateway.Bus.Publish(ctx, event.Barrier{On: event.GuildSubject(h.guildID), From: h.gateway.name, Number: number})
	if err != nil {
		h.mu.Lock()
		delete(h.barriers, number)
		h.mu.Unlock()
	}
	return err
}

func (h *guildHub) passBarrier(e event.Barrier) {
	if passed := h.barriers[e.Number]; passed != nil && e.From == h.gateway.name {
		delete(h.barriers, e.Number)
		passed()
	}
}

// receive is called by the bus for every event of the guild, one at a time.
func (h *guildHub) receive(e event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.noteForLists(e)
	switch e := e.(type) {
	case event.Barrier:
		h.passBarrier(e)
		return
	case event.PresenceChanged:
		h.tellLater(e)
		return
	case event.MemberRemoved:
		delete(h.presences, e.User.ID)
		h.share(e)
	case event.VoiceStateUpdated:
		h.share(h.trackVoice(e))
	default:
		h.share(e)
	}
}

// share tells every seat of an event; for those whose guild has not been shown yet it is kept.
func (h *guildHub) share(e event.Event) {
	for _, place := range h.held {
		if len(place.held) <= maxHeld {
			place.held = append(place.held, e)
		}
	}
	if len(h.seats) > 0 {
		h.tell(context.Background(), e, h.seats)
	}
}

// deliver hands a body to the seat's session.
func (h *guildHub) deliver(place *seat, b *body) {
	h.delivered++
	place.session.dispatch(b)
}

// lag is called when events were lost: nobody can be kept in step.
func (h *guildHub) lag() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gateway.Log.Warn("the gateway fell behind the events of a guild; its sessions sign in anew", "guild", h.guildID)
	h.outOfStep(append(slices.Clone(h.seats), h.held...), nil)
	h.dropBarriersLocked()
}

// outOfStep ends sessions that missed something. Their clients sign in anew.
func (h *guildHub) outOfStep(seats []*seat, err error) {
	if err != nil {
		h.gateway.Log.Error("what sessions may see of a guild is not known; they sign in anew", "guild", h.guildID, "error", err)
	}
	seats = slices.Clone(seats)
	for _, place := range seats {
		place.session.mu.Lock()
		place.session.ended = true
		place.session.mu.Unlock()
	}
	h.gateway.spawn(func() {
		for _, place := range seats {
			h.gateway.expel(place.session, closeUnknown, "events were lost; sign in anew")
		}
	})
}

// sweep lets go of what seats need to remember no longer. It closes a hub that no session needs, and tells true.
func (h *guildHub) sweep(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.fresh) > 0 && now.Sub(h.fresh[0].shownAt) >= shownFor {
		h.fresh[0].shown = shown{}
		h.fresh[0] = nil
		h.fresh = h.fresh[1:]
	}
	if len(h.fresh) == 0 {
		h.fresh, h.lastShown = nil, shown{}
	}
	if len(h.seats)+len(h.held) > 0 {
		return false
	}
	h.closeLocked()
	return true
}

func (h *guildHub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closeLocked()
}

func (h *guildHub) closeLocked() {
	h.closed = true
	if h.telling != nil {
		h.telling.Stop()
	}
	h.lists.forget()
}
