package gateway

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/bus"
	"guildhall/store/event"
	"guildhall/store/id"
)

// guildHub hands the events of one guild to the sessions that may see them.
type guildHub struct {
	gateway      *Gateway
	guildID      id.ID
	subscription bus.Subscription

	mu    sync.Mutex
	seats map[*seat]struct{}
	// sights are what members with the same roles may view, computed once for all of them; emptied when roles or channels change.
	sights map[string]*sight
	// voice tells where people are in voice, to show those who may not view a channel that somebody left for it.
	voice map[id.ID]id.ID
}

// seat is a session's place in a hub.
type seat struct {
	hub     *guildHub
	session *session
	sight   *sight
	// holding keeps what happens until the guild's snapshot was sent, in held.
	holding bool
	held    []*body
}

// sight is the set of channels that a member may view.
type sight struct {
	// visible is sorted.
	visible []id.ID
}

func (s *sight) sees(channelID id.ID) bool {
	_, found := slices.BinarySearch(s.visible, channelID)
	return found
}

// maxHeld bounds what is kept for a session while its snapshot is made.
const maxHeld = replaySize

// deliver hands a body to the seat's session. The hub's lock is held.
func (s *seat) deliver(b *body) {
	if !s.holding {
		s.session.dispatch(b)
		s.hub.gateway.delivered.Add(1)
		return
	}
	if len(s.held) < maxHeld {
		s.held = append(s.held, b)
	}
}

// wants tells whether the session asked for a kind of event.
func (s *seat) wants(kind intents) bool { return s.session.intents.has(kind) }

// joinGuild gives a session a seat in a guild's hub; the seat holds back what happens until release.
func (g *Gateway) joinGuild(ctx context.Context, s *session, guildID id.ID) (*seat, error) {
	hub, err := g.guildHub(guildID)
	if err != nil {
		return nil, err
	}
	sight, err := hub.look(ctx, s.caller)
	if err != nil {
		g.dropIfEmpty(hub)
		return nil, err
	}
	place := &seat{hub: hub, session: s, sight: sight, holding: true}
	hub.mu.Lock()
	hub.seats[place] = struct{}{}
	hub.mu.Unlock()
	s.mu.Lock()
	ended := s.ended
	if !ended {
		s.seats = append(s.seats, place)
	}
	s.mu.Unlock()
	if ended {
		g.leaveGuild(place)
		return nil, errSessionEnded
	}
	return place, nil
}

// release sends what was held back; from then on the seat's session gets events as they come.
func (s *seat) release() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.holding = false
	for _, b := range s.held {
		s.deliver(b)
	}
	s.held = nil
}

// guildHub gives the hub of a guild, which subscribes when it is made.
func (g *Gateway) guildHub(guildID id.ID) (*guildHub, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if hub, ok := g.guilds[guildID]; ok {
		return hub, nil
	}
	hub := &guildHub{gateway: g, guildID: guildID, seats: make(map[*seat]struct{}), sights: make(map[string]*sight), voice: make(map[id.ID]id.ID)}
	subscription, err := g.Bus.Subscribe(event.GuildSubject(guildID), hub.receive, hub.lag)
	if err != nil {
		return nil, err
	}
	hub.subscription = subscription
	g.guilds[guildID] = hub
	return hub, nil
}

// leaveGuild takes a seat away, and the hub with the last one.
func (g *Gateway) leaveGuild(s *seat) {
	s.hub.mu.Lock()
	delete(s.hub.seats, s)
	s.hub.mu.Unlock()
	s.session.mu.Lock()
	s.session.seats = slices.DeleteFunc(slices.Clone(s.session.seats), func(other *seat) bool { return other == s })
	s.session.mu.Unlock()
	g.dropIfEmpty(s.hub)
}

func (g *Gateway) dropIfEmpty(hub *guildHub) {
	g.mu.Lock()
	defer g.mu.Unlock()
	hub.mu.Lock()
	empty := len(hub.seats) == 0
	hub.mu.Unlock()
	if empty && g.guilds[hub.guildID] == hub {
		delete(g.guilds, hub.guildID)
		if err := hub.subscription.Unsubscribe(); err != nil {
			g.Log.Error("a guild's events cannot be unsubscribed", "guild", hub.guildID, "error", err)
		}
	}
}

// look computes what an account may view in the guild, or takes it from another member with the same roles.
func (h *guildHub) look(ctx context.Context, caller chat.Caller) (*sight, error) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return nil, err
	}
	member, err := h.gateway.Chat.Views.Member(ctx, h.guildID, caller.UserID)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sightOf(view, member), nil
}

// sightOf gives the sight of a member. The lock is held.
func (h *guildHub) sightOf(view *chat.View, member *store.Member) *sight {
	key := sightKey(view, member)
	if known, ok := h.sights[key]; ok {
		return known
	}
	made := &sight{}
	for i := range view.Channels {
		if view.ChannelPermissions(member, view.Channels[i].ID).Has(perm.ViewChannel) {
			made.visible = append(made.visible, view.Channels[i].ID)
		}
	}
	h.sights[key] = made
	return made
}

// sightKey is the same for members who view the same: those with the same roles, unless they own the guild or an overwrite names them.
func sightKey(view *chat.View, member *store.Member) string {
	own := view.Guild.OwnerID == member.UserID || slices.ContainsFunc(view.Channels, func(channel store.Channel) bool {
		return slices.ContainsFunc(channel.Overwrites, func(o store.PermissionOverwrite) bool {
			return o.Type == store.OverwriteMember && o.TargetID == member.UserID
		})
	})
	var key []byte
	if own {
		key = binary.BigEndian.AppendUint64(key, uint64(member.UserID))
	}
	key = append(key, '/')
	for _, roleID := range member.RoleIDs {
		key = binary.BigEndian.AppendUint64(key, uint64(roleID))
	}
	return string(key)
}

// lag is called when events were lost: nobody can be kept in step, so everybody signs in anew.
func (h *guildHub) lag() {
	h.gateway.Log.Warn("a guild's sessions fell behind the message bus and sign in anew", "guild", h.guildID)
	h.mu.Lock()
	var all []*session
	for seat := range h.seats {
		all = append(all, seat.session)
	}
	h.mu.Unlock()
	for _, s := range all {
		h.gateway.expel(s, closeUnknown, "events were lost; sign in anew")
	}
}

// lookAgain recomputes what every seat may view, after roles, overwrites or channels changed, and tells people of channels that came and went for
// them. Bots know all channels and compute visibility themselves. The lock is held.
func (h *guildHub) lookAgain(ctx context.Context) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return // the guild is gone; GuildDeleted follows
	}
	clear(h.sights)
	changes := make(map[[2]*sight][]*body)
	for seat := range h.seats {
		h.lookAgainAs(ctx, view, seat, changes)
	}
}

// lookAgainAs recomputes one seat's sight. changes remembers the bodies for each pair of old and new sight.
func (h *guildHub) lookAgainAs(ctx context.Context, view *chat.View, seat *seat, changes map[[2]*sight][]*body) {
	member, err := h.gateway.Chat.Views.Member(ctx, h.guildID, seat.session.caller.UserID)
	if err != nil {
		return // no longer a member; GuildLeft follows
	}
	before := seat.sight
	seat.sight = h.sightOf(view, member)
	if seat.session.caller.Bot {
		return
	}
	pair := [2]*sight{before, seat.sight}
	bodies, known := changes[pair]
	if !known {
		bodies = h.sightChange(view, before, seat.sight)
		changes[pair] = bodies
	}
	for _, b := range bodies {
		seat.deliver(b)
	}
}

// sightChange makes CHANNEL_CREATE and CHANNEL_DELETE for the channels that came into or went out of sight.
func (h *guildHub) sightChange(view *chat.View, before, after *sight) (bodies []*body) {
	for _, channelID := range after.visible {
		if channel, ok := view.Channel(channelID); ok && !before.sees(channelID) {
			bodies = h.appendBody(bodies, "CHANNEL_CREATE", wire.NewChannel(*channel, view.LastMessageID(channelID)))
		}
	}
	for _, channelID := range before.visible {
		// A channel that is gone as a whole is told by ChannelDeleted, with the channel as it was.
		if channel, ok := view.Channel(channelID); ok && !after.sees(channelID) {
			bodies = h.appendBody(bodies, "CHANNEL_DELETE", wire.NewChannel(*channel, 0))
		}
	}
	return bodies
}

// appendBody encodes a dispatch and appends it; what cannot be encoded is logged and left out.
func (h *guildHub) appendBody(bodies []*body, name string, payload any) []*body {
	if b := h.gateway.encode(name, payload); b != nil {
		bodies = append(bodies, b)
	}
	return bodies
}

// encode makes a body, or logs why it cannot be made.
func (g *Gateway) encode(name string, payload any) *body {
	b, err := newBody(name, payload)
	if err != nil {
		g.Log.Error("a dispatch cannot be encoded", "error", err)
		return nil
	}
	return b
}
