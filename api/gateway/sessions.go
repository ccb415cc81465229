package gateway

import (
	"bytes"
	"encoding/json"
	"time"

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

// A person's sessions are told of each other by one list, made once and shared. Who is connected with many gets one a second at most, so that what each of them says does not become as much work
// as there are sessions times sessions.
const (
	// fewSessions are told at once, whatever happens.
	fewSessions = 8
	// listInterval is between two lists for those who have more.
	listInterval = time.Second
)

// sessionsList is a list of a person's sessions on its way to one of them.
type sessionsList struct {
	body *body
	// text is what the list says, to be compared with.
	text string
}

// Subject is none: the list is made and taken here.
func (sessionsList) Subject() string { return "" }

// sessionsChanged has a person's sessions told of each other. Bots' do not hear of each other: thousands that come at once would be a message for each of the others.
func (g *Gateway) sessionsChanged(e event.SessionsChanged) {
	sessions := g.sessionsOf(e.UserID)
	if len(sessions) == 0 || sessions[0].caller.Bot {
		return
	}
	if len(sessions) <= fewSessions {
		g.tellSessions(e.UserID)
		return
	}
	g.mu.Lock()
	_, pausing := g.listing[e.UserID]
	g.listing[e.UserID] = pausing // in a pause another list is due
	g.mu.Unlock()
	if !pausing {
		g.tellSessions(e.UserID)
		g.spawn(func() { g.paceLists(e.UserID) })
	}
}

// paceLists makes the lists of a person's many sessions that are due, until nothing has changed for an interval.
func (g *Gateway) paceLists(userID id.ID) {
	ticker := time.NewTicker(listInterval)
	defer ticker.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-ticker.C:
		}
		g.mu.Lock()
		due := g.listing[userID]
		if due {
			g.listing[userID] = false
		} else {
			delete(g.listing, userID)
		}
		g.mu.Unlock()
		if !due {
			return
		}
		g.tellSessions(userID)
	}
}

// tellSessions makes the list of a person's sessions, and hands it to each of them.
func (g *Gateway) tellSessions(userID id.ID) {
	g.lists.Lock() // of two lists the one that was made last comes last
	defer g.lists.Unlock()
	list, made := g.listSessions(userID)
	if !made {
		return
	}
	for _, s := range g.sessionsOf(userID) {
		g.postLatest(s, list)
	}
}

// listSessions makes the list of a person's sessions as they are.
func (g *Gateway) listSessions(userID id.ID) (list sessionsList, made bool) {
	if list.text = marshalled(g.sessionsShown(userID)); list.text != "" {
		list.body = g.encode("SESSIONS_REPLACE", json.RawMessage(list.text))
	}
	return list, list.body != nil
}

// postLatest hands a list to a session, in place of an older one that it has not come to.
func (g *Gateway) postLatest(s *session, list sessionsList) {
	s.mu.Lock()
	if last := len(s.inbox) - 1; last >= 0 {
		if _, older := s.inbox[last].(sessionsList); older {
			s.inbox[last] = list
			s.mu.Unlock()
			return
		}
	}
	s.mu.Unlock()
	g.postTo(s, list)
}

// replaceSessions tells a person's session of all their sessions, if it was not told that already.
func (g *Gateway) replaceSessions(s *session, list sessionsList) {
	if list.text == s.shown {
		return
	}
	s.shown = list.text
	if s.intents.has(allIntents) {
		s.dispatch(list.body)
	}
}

// marshalled gives sessions as a text that can be compared; what cannot be encoded is like nothing else.
func marshalled(sessions []wire.ReadySession) string {
	text, err := json.Marshal(sessions)
	if err != nil {
		return ""
	}
	return string(text)
}
