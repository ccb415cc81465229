package gateway

import (
	"context"
	"errors"
	"slices"
	"sync"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/bus"
	"guildhall/store/event"
	"guildhall/store/id"
)

var errSessionEnded = errors.New("the session ended meanwhile")

// userHub hands the events of one account to its sessions.
type userHub struct {
	gateway      *Gateway
	userID       id.ID
	subscription bus.Subscription

	mu sync.Mutex
	// sessions are those whose first snapshot was sent, and those that wait for it; pending keeps what comes meanwhile.
	sessions map[*session]*pendingEvents
}

// pendingEvents are the events that a session has to hear of after its first snapshot; nil after that.
type pendingEvents struct {
	events []event.Event
}

// joinUser lets a session hear what concerns its account, held back until releaseUser.
func (g *Gateway) joinUser(s *session) error {
	userID := s.caller.UserID
	g.mu.Lock()
	defer g.mu.Unlock()
	hub, ok := g.users[userID]
	if !ok {
		hub = &userHub{gateway: g, userID: userID, sessions: make(map[*session]*pendingEvents)}
		subscription, err := g.Bus.Subscribe(event.UserSubject(userID), hub.receive, hub.lag)
		if err != nil {
			return err
		}
		hub.subscription = subscription
		g.users[userID] = hub
	}
	hub.mu.Lock()
	hub.sessions[s] = &pendingEvents{}
	hub.mu.Unlock()
	return nil
}

// releaseUser hands the session what was held back; from then on it hears events as they come.
func (g *Gateway) releaseUser(s *session) {
	g.mu.Lock()
	hub := g.users[s.caller.UserID]
	g.mu.Unlock()
	if hub == nil {
		return
	}
	for {
		hub.mu.Lock()
		pending := hub.sessions[s]
		if pending == nil || len(pending.events) == 0 {
			if pending != nil {
				hub.sessions[s] = nil
			}
			hub.mu.Unlock()
			return
		}
		events := pending.events
		pending.events = nil
		hub.mu.Unlock()
		for _, e := range events {
			hub.hand(s, e)
		}
	}
}

// leaveUser takes the session out, and the hub with the last one.
func (g *Gateway) leaveUser(s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	hub := g.users[s.caller.UserID]
	if hub == nil {
		return
	}
	hub.mu.Lock()
	delete(hub.sessions, s)
	empty := len(hub.sessions) == 0
	hub.mu.Unlock()
	if empty {
		delete(g.users, s.caller.UserID)
		if err := hub.subscription.Unsubscribe(); err != nil {
			g.Log.Error("an account's events cannot be unsubscribed", "user", s.caller.UserID, "error", err)
		}
	}
}

// receive is called by the bus for every event of the account, one at a time.
func (h *userHub) receive(e event.Event) {
	h.mu.Lock()
	var ready []*session
	for s, pending := range h.sessions {
		// Ended credentials end a session that is still being made, too.
		if _, now := e.(event.SessionsEnded); pending == nil || now {
			ready = append(ready, s)
		} else {
			pending.events = append(pending.events, e)
		}
	}
	h.mu.Unlock()
	for _, s := range ready {
		h.hand(s, e)
	}
}

// hand acts on one event for one session. No lock is held: it may ask the rules for a snapshot.
func (h *userHub) hand(s *session, e event.Event) {
	g := h.gateway
	switch e := e.(type) {
	case event.UserUpdated:
		if b := g.encode("USER_UPDATE", wire.NewSelfUser(e.User, s.caller.HallOwner)); b != nil {
			s.dispatch(b)
		}
	case event.GuildJoined:
		if s.has(e.GuildID) {
			g.sendGuild(context.Background(), s, e.GuildID)
		}
	case event.GuildLeft:
		g.sendGuildGone(s, e.GuildID)
	case event.SessionsEnded:
		if e.All || slices.Contains(e.LoginSessionIDs, s.caller.LoginSessionID) {
			g.expel(s, closeAuth, "these credentials are no longer good")
		}
	case event.VoiceServerUpdated:
		if e.SessionID == s.id {
			g.sendVoiceServer(s, e)
		}
	}
}

func (h *userHub) lag() {
	h.mu.Lock()
	var all []*session
	for s := range h.sessions {
		all = append(all, s)
	}
	h.mu.Unlock()
	for _, s := range all {
		h.gateway.expel(s, closeUnknown, "events were lost; sign in anew")
	}
}

// sendGuild gives a session a guild that it has come into.
func (g *Gateway) sendGuild(ctx context.Context, s *session, guildID id.ID) {
	s.mu.Lock()
	in := slices.ContainsFunc(s.seats, func(seat *seat) bool { return seat.hub.guildID == guildID })
	s.mu.Unlock()
	if in {
		return
	}
	place, err := g.joinGuild(ctx, s, guildID)
	if err != nil {
		g.logUnlessGone("a session cannot join its guild", err)
		return
	}
	payload, err := g.guildCreate(ctx, s, place)
	if err != nil {
		g.logUnlessGone("a guild's snapshot cannot be made", err)
		g.leaveGuild(place)
		return
	}
	if b := g.encode("GUILD_CREATE", payload); b != nil && (!s.caller.Bot || s.intents.has(intentGuilds)) {
		s.dispatch(b)
	}
	place.release()
}

// logUnlessGone logs an error that is not simply a guild or membership that ended meanwhile.
func (g *Gateway) logUnlessGone(what string, err error) {
	switch chat.KindOf(err) {
	case chat.UnknownGuild, chat.UnknownMember, chat.MissingAccess:
	default:
		if !errors.Is(err, errSessionEnded) {
			g.Log.Error(what, "error", err)
		}
	}
}

// sendGuildGone takes a guild away from a session.
func (g *Gateway) sendGuildGone(s *session, guildID id.ID) {
	s.mu.Lock()
	at := slices.IndexFunc(s.seats, func(seat *seat) bool { return seat.hub.guildID == guildID })
	var place *seat
	if at >= 0 {
		place = s.seats[at]
	}
	s.mu.Unlock()
	if place == nil {
		return
	}
	g.leaveGuild(place)
	if b := g.encode("GUILD_DELETE", wire.UnavailableGuild{ID: guildID}); b != nil && (!s.caller.Bot || s.intents.has(intentGuilds)) {
		s.dispatch(b)
	}
}

// sendVoiceServer tells a session where to join voice.
func (g *Gateway) sendVoiceServer(s *session, e event.VoiceServerUpdated) {
	endpoint := g.VoiceEndpoint
	s.mu.Lock()
	if endpoint == "" && s.connection != nil {
		endpoint = s.connection.host + "/voice"
	}
	s.mu.Unlock()
	if b := g.encode("VOICE_SERVER_UPDATE", wire.VoiceServerUpdate{Token: e.Token, GuildID: e.GuildID, Endpoint: endpoint}); b != nil {
		s.dispatch(b)
	}
}

// later runs something when the locks that are held now are free; the gateway waits for it when it closes.
func (g *Gateway) later(run func()) { g.work.Go(run) }
