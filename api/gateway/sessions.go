package gateway

import (
	"bytes"
	"encoding/json"

	"guildhall/api/wire"
	"guildhall/store/event"
	"guildhall/store/id"
)

// sessionsShown gives a person's sessions as their own clients see them.
func (g *Gateway) sessionsShown(userID id.ID) []wire.ReadySession {
	sessions := g.sessionsOf(userID)
	sessionIDs := make([]string, len(sessions))
	byID := make(map[string]*session, len(sessions))
	for i, s := range sessions {
		sessionIDs[i], byID[s.id] = s.id, s
	}
	shown := []wire.ReadySession{}
	for _, one := range g.Chat.Presence.Sessions(sessionIDs) {
		s := byID[one.SessionID]
		entry := wire.ReadySession{SessionID: s.id, Status: one.Status, Activities: json.RawMessage(bytes.Clone(one.Activities))}
		if len(entry.Activities) == 0 {
			entry.Activities = json.RawMessage("[]")
		}
		entry.ClientInfo.Client, entry.ClientInfo.OS = s.client, s.os
		shown = append(shown, entry)
	}
	return shown
}

// sessionsChanged has a person's sessions told of each other. Bots' do not hear of each other: thousands that come at once would be a message for each of the others.
func (g *Gateway) sessionsChanged(e event.SessionsChanged) {
	sessions := g.sessionsOf(e.UserID)
	if len(sessions) == 0 || sessions[0].caller.Bot {
		return
	}
	for _, s := range sessions {
		s.mu.Lock()
		// What is told is how things are when it is told: of several in a row, one does.
		waits := false
		if last := len(s.inbox) - 1; last >= 0 {
			_, waits = s.inbox[last].(event.SessionsChanged)
		}
		s.mu.Unlock()
		if !waits {
			g.postTo(s, e)
		}
	}
}

// replaceSessions tells a person's session of all their sessions, if it was not told that already.
func (g *Gateway) replaceSessions(s *session) {
	sessions := g.sessionsShown(s.caller.UserID)
	text := marshalled(sessions)
	if text == s.shown {
		return
	}
	s.shown = text
	g.dispatchTo(s, allIntents, "SESSIONS_REPLACE", sessions)
}

// marshalled gives sessions as a text that can be compared; what cannot be encoded is like nothing else.
func marshalled(sessions []wire.ReadySession) string {
	text, err := json.Marshal(sessions)
	if err != nil {
		return ""
	}
	return string(text)
}
