package gateway

import (
	"context"
	"slices"

	"guildhall/api/wire"
	"guildhall/store/event"
	"guildhall/store/id"
)

// receiveAccount is called by the bus for every event of an account, one at a time. Each session acts on them by itself: some take a while.
func (g *Gateway) receiveAccount(e event.Event) {
	switch e := e.(type) {
	case event.Barrier:
		if e.From == g.name {
			if passed := g.takeAccountBarrier(e.Number); passed != nil {
				passed()
			}
		}
	case event.SessionsEnded:
		for _, s := range g.sessionsOf(e.UserID) {
			if e.All || slices.Contains(e.LoginSessionIDs, s.caller.LoginSessionID) {
				g.revoke(s, &closing{closeAuth, "these credentials are no longer good"})
			}
		}
	case event.ApplicationChanged:
		for _, s := range g.sessionsOf(e.UserID) {
			if over := s.withdrawn(e.Flags); over != nil {
				g.revoke(s, over)
			}
		}
	case event.UserUpdated:
		g.post(e.User.ID, e)
	case event.SecurityNoted:
		g.post(e.Event.UserID, e)
	case event.InteractionCreated:
		g.post(e.ApplicationID, e)
	case event.InteractionProgressed:
		g.post(e.UserID, e)
	case event.EphemeralMessageChanged:
		g.post(e.UserID, e)
	case event.SessionsChanged:
		g.sessionsChanged(e)
	case event.Direct:
		g.post(e.UserID, e)
	case event.DirectOpened:
		g.post(e.UserID, e)
	case event.DirectClosed:
		g.post(e.UserID, e)
	case event.RecipientAdded:
		g.post(e.UserID, e)
	case event.RecipientRemoved:
		g.post(e.UserID, e)
	case event.StreamChanged:
		g.post(e.UserID, e)
	case event.CallBegun:
		g.post(e.UserID, e)
	case event.CallUpdated:
		g.post(e.UserID, e)
	case event.CallEnded:
		g.post(e.UserID, e)
	case event.RelationshipChanged:
		g.post(e.Relationship.UserID, e)
	case event.NoteChanged:
		g.post(e.UserID, e)
	case event.MessageAcked:
		g.post(e.UserID, e)
	case event.PinsAcked:
		g.post(e.UserID, e)
	case event.SettingsChanged:
		g.post(e.Settings.UserID, e)
	case event.GuildSettingsChanged:
		g.post(e.Settings.UserID, e)
	case event.FriendPresence:
		g.post(e.UserID, e)
	case event.GuildJoined:
		g.post(e.UserID, e)
	case event.GuildLeft:
		g.post(e.UserID, e)
	}
}

// lagAccounts is called when events of accounts were lost. Credentials may have ended among them, so that everybody signs in anew.
func (g *Gateway) lagAccounts() {
	g.Log.Warn("the gateway fell behind what happens to accounts; everybody signs in anew")
	_, sessions, _ := g.open()
	g.dropAccountBarriers() // they may be among what was lost
	g.spawn(func() {
		for _, s := range sessions {
			g.expel(s, closeUnknown, "events were lost; sign in anew")
		}
	})
}

func (g *Gateway) sessionsOf(userID id.ID) []*session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.accounts[userID] // replaced when it changes, except at its end
}

// revoke ends a session that may not go on: at once for the client, and then for everybody else.
func (g *Gateway) revoke(s *session, why *closing) {
	s.mu.Lock()
	s.ended = true
	c := s.connection
	s.mu.Unlock()
	if c != nil {
		c.shut(why.code, why.reason)
	}
	g.spawn(func() { g.expel(s, why.code, why.reason) })
}

// post hands an event to the sessions of an account.
func (g *Gateway) post(userID id.ID, e event.Event) {
	for _, s := range g.sessionsOf(userID) {
		g.postTo(s, e)
	}
}

func (g *Gateway) postTo(s *session, e event.Event) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.inbox = append(s.inbox, e)
	start := !s.reading
	s.reading = true
	s.mu.Unlock()
	if start && !g.spawn(func() { s.readInbox(g) }) {
		s.mu.Lock()
		s.reading = false // the gateway is closing, and sees to what is in the inbox by itself
		s.mu.Unlock()
	}
}

// readInbox acts on the events of the session's account, in order, until none is left. A new session's wait for this until it was sent all that comes at first.
func (s *session) readInbox(g *Gateway) {
	for {
		s.mu.Lock()
		if len(s.inbox) == 0 {
			s.inbox, s.reading, s.ready = nil, false, true
			s.mu.Unlock()
			return
		}
		next := s.inbox[0]
		s.inbox = s.inbox[1:]
		s.mu.Unlock()
		g.act(s, next)
	}
}

func (g *Gateway) act(s *session, e event.Event) {
	switch e := e.(type) {
	case inboxMark:
		e.read()
	case event.UserUpdated:
		if b := g.encode("USER_UPDATE", wire.NewSelfUser(e.User, e.HallOwner)); b != nil {
			s.dispatch(b)
		}
	case sessionsList:
		g.replaceSessions(s, e)
	case event.GuildJoined:
		if s.has(e.GuildID) {
			g.sendGuild(context.Background(), s, e.GuildID)
		}
	case event.GuildLeft:
		// The hub tells as well, when it comes to the event that says it to the guild.
		if place := s.seatIn(e.GuildID); place != nil && place.leave() {
			g.sendGuildGone(s, e.GuildID)
		}
	case event.RelationshipChanged:
		g.relationshipChanged(s, e)
	case event.SecurityNoted:
		g.dispatchTo(s, allIntents, "SECURITY_EVENT_CREATE", wire.NewSecurityEvent(e.Event))
	case event.StreamChanged:
		g.tellStream(s, e)
	case event.NoteChanged:
		g.dispatchTo(s, allIntents, "USER_NOTE_UPDATE", wire.UserNoteUpdate{ID: e.AboutID, Note: e.Note})
	case event.MessageAcked:
		g.dispatchTo(s, allIntents, "MESSAGE_ACK", wire.NewMessageAck(e))
	case event.PinsAcked:
		g.dispatchTo(s, allIntents, "CHANNEL_PINS_ACK", wire.ChannelPinsAck{ChannelID: e.ChannelID, Timestamp: wire.Timestamp(e.At)})
	case event.SettingsChanged:
		g.settingsChanged(s, e)
	case event.GuildSettingsChanged:
		g.dispatchTo(s, allIntents, "USER_GUILD_SETTINGS_UPDATE", wire.NewUserGuildSettings(e.Settings))
	case event.FriendPresence:
		if !s.parted[e.FriendID] { // it may have been on its way when they parted
			g.dispatchTo(s, allIntents, "PRESENCE_UPDATE", wire.NewPresence(e.FriendID, 0, e.Presence))
		}
	case event.InteractionCreated:
		g.interactionCreated(s, e)
	case event.InteractionProgressed:
		if e.SessionID == "" || e.SessionID == s.id {
			name, payload := wire.NewInteractionProgress(e)
			g.dispatchTo(s, allIntents, name, payload)
		}
	case event.EphemeralMessageChanged:
		g.ephemeralMessage(s, e)
	default:
		g.tellDirect(s, e)
	}
}

// sendGuild gives a session a guild that its account has come into.
func (g *Gateway) sendGuild(ctx context.Context, s *session, guildID id.ID) {
	if s.seatIn(guildID) != nil {
		return
	}
	place, err := g.takeSeat(s, guildID)
	if err == nil {
		members := userMembers
		if s.caller.Bot {
			members = defaultLargeThreshold
		}
		err = g.showGuild(ctx, place, members)
	}
	if err != nil {
		g.notShown(s, guildID, err)
	}
}

// notShown takes back a seat whose guild could not be shown. Unless the guild is simply gone, the session is out of step and ends: its client signs in anew.
func (g *Gateway) notShown(s *session, guildID id.ID, err error) {
	if place := s.seatIn(guildID); place != nil {
		place.leave()
	}
	if goneMeanwhile(err) || s.isEnded() {
		return
	}
	g.Log.Error("a guild cannot be shown to a session", "guild", guildID, "user", s.caller.UserID, "error", err)
	g.expel(s, closeUnknown, "the hall cannot show you a server; sign in anew")
}

func (s *session) isEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// seatIn gives the session's seat in a guild; nil when it has none.
func (s *session) seatIn(guildID id.ID) *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, place := range s.seats {
		if place.hub.guildID == guildID {
			return place
		}
	}
	return nil
}

// sendGuildGone takes a guild away from a session.
func (g *Gateway) sendGuildGone(s *session, guildID id.ID) {
	if !s.intents.has(intentGuilds) {
		return
	}
	if b := g.encode("GUILD_DELETE", wire.UnavailableGuild{ID: guildID}); b != nil {
		s.dispatch(b)
	}
}
