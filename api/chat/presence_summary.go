package chat

import (
	"bytes"
	"container/heap"
	"context"
	"encoding/json"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// presenceSummary is what the sessions of one user on this node come to. It is kept, not counted anew: a session that comes, speaks or goes costs the same
// whether its user has one or, as a bot in many shards, thousands.
type presenceSummary struct {
	// count tells how many sessions say each status, by kind of device and rank of the status.
	count [DeviceWeb + 1][len(rankedStatuses)]int
	// hidden is how many sessions are connected without being seen.
	hidden int
	// active are the sessions with activities, of which the one that spoke last is shown.
	active activeSessions
}

// rankedStatuses orders statuses by which of several is shown: who wants no disturbance anywhere wants none at all. Sessions that say another status, such as
// "invisible", are not seen.
var rankedStatuses = [...]string{"", "idle", "online", "dnd"}

// statusRank is a status' place among rankedStatuses, zero for one that is not seen.
func statusRank(status string) int {
	for rank, ranked := range rankedStatuses {
		if ranked == status {
			return rank
		}
	}
	return 0
}

// higher gives the status that is shown of two.
func higher(a, b string) string {
	if statusRank(a) > statusRank(b) {
		return a
	}
	return b
}

// add counts a session.
func (s *presenceSummary) add(session *presenceSession) {
	rank := statusRank(session.status)
	if session.rank != 0 || session.hidden || int(session.device) >= len(s.count) {
		return
	}
	if rank == 0 {
		session.hidden = true
		s.hidden++
		return
	}
	session.rank = rank
	s.count[session.device][rank]++
	if len(session.activities) > 0 {
		heap.Push(&s.active, session)
	}
}

// remove stops counting a session. One that is not counted is passed over.
func (s *presenceSummary) remove(session *presenceSession) {
	if session.hidden {
		session.hidden = false
		s.hidden--
	}
	if session.rank == 0 {
		return
	}
	s.count[session.device][session.rank]--
	session.rank = 0
	if len(session.activities) > 0 {
		heap.Remove(&s.active, session.place)
	}
}

// entry is what the sessions say together.
func (s *presenceSummary) entry() (entry presenceEntry) {
	for device, said := range [...]*string{DeviceDesktop: &entry.Desktop, DeviceMobile: &entry.Mobile, DeviceWeb: &entry.Web} {
		for rank, count := range s.count[device] {
			if count > 0 {
				*said = rankedStatuses[rank]
			}
		}
	}
	if len(s.active) > 0 {
		entry.Activities, entry.At = s.active[0].activities, s.active[0].at
	}
	return entry
}

// connected tells whether there is a session, seen or not.
func (s *presenceSummary) connected() bool {
	entry := s.entry()
	return s.hidden > 0 || entry.status() != ""
}

// activeSessions are a heap (container/heap) of sessions with the one that spoke last on top.
type activeSessions []*presenceSession

func (a activeSessions) Len() int           { return len(a) }
func (a activeSessions) Less(i, j int) bool { return a[i].spoke > a[j].spoke }

func (a activeSessions) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

func (a *activeSessions) Push(session any) {
	pushed := session.(*presenceSession)
	pushed.place = len(*a)
	*a = append(*a, pushed)
}

func (a *activeSessions) Pop() any {
	last := len(*a) - 1
	popped := (*a)[last]
	(*a)[last] = nil // for the garbage collector
	*a = (*a)[:last]
	return popped
}

// presenceEntry is what the roster has of a user's sessions on one node.
type presenceEntry struct {
	// Desktop, Mobile and Web are the statuses by kind of device, empty where nothing is seen.
	Desktop string `json:"d,omitempty"`
	Mobile  string `json:"m,omitempty"`
	Web     string `json:"w,omitempty"`
	// Activities are a JSON array, nil for none; At is when they were told, in Unix milliseconds.
	Activities json.RawMessage `json:"a,omitempty"`
	At         int64           `json:"t,omitempty"`
}

// status is what is shown of an entry, empty for nothing.
func (e *presenceEntry) status() string { return higher(e.Desktop, higher(e.Mobile, e.Web)) }

// combine gives what the entries of a user come to, one for each node that has sessions of theirs.
func combine(entries map[string][]byte) event.Presence {
	shown := offline
	var latest int64
	var from string
	for node, text := range entries {
		var entry presenceEntry
		if json.Unmarshal(text, &entry) != nil || entry.status() == "" {
			continue
		}
		shown.Status = higher(entry.status(), shown.Status)
		shown.Desktop, shown.Mobile, shown.Web = higher(entry.Desktop, shown.Desktop), higher(entry.Mobile, shown.Mobile), higher(entry.Web, shown.Web)
		// Of two at the same moment always the same one: whoever looks twice must not see a change.
		if len(entry.Activities) > 0 && (entry.At > latest || entry.At == latest && node > from) {
			latest, from, shown.Activities = entry.At, node, entry.Activities
		}
	}
	return shown
}

// connected tells whether somebody has a session on any node, seen by others or not.
func (p *Presence) connected(ctx context.Context, userID id.ID) (bool, error) {
	entries, err := p.Ephemeral.Entries(ctx, presenceSet(userID))
	if err != nil {
		return false, internal("read a presence", err)
	}
	return len(entries) > 0, nil
}

// tellFriends tells a user's friends how reachable the user is now.
func (p *Presence) tellFriends(ctx context.Context, userID id.ID, now event.Presence) error {
	relationships, err := p.Store.UserRelationships(ctx, userID)
	if err != nil {
		return internal("read friends", err)
	}
	for _, one := range relationships {
		if one.Type == store.RelationshipFriend {
			p.publish(ctx, event.FriendPresence{UserID: one.OtherID, FriendID: userID, Presence: now})
		}
	}
	return nil
}

func samePresence(a, b event.Presence) bool {
	return a.Status == b.Status && a.Desktop == b.Desktop && a.Mobile == b.Mobile && a.Web == b.Web && bytes.Equal(a.Activities, b.Activities)
}
