package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"guildhall/store/event"
	"guildhall/store/id"
)

// DeviceKind is what somebody is reachable with.
type DeviceKind uint8

// The kinds of devices.
const (
	DeviceDesktop DeviceKind = iota
	DeviceMobile
	DeviceWeb
)

// PresenceUpdate is what a session says of its user.
type PresenceUpdate struct {
	// Status is "online", "idle", "dnd", "invisible" or "offline"; empty means online.
	Status string
	// Activities are a JSON array, at most 8 KiB; nil for none.
	Activities []byte
}

// UserPresence is how reachable somebody is.
type UserPresence struct {
	UserID id.ID
	event.Presence
}

const (
	maxActivities = 8 << 10
	// lostGrace and closedGrace are how long somebody stays reachable after their last session was lost or closed, so that a reconnect or a reload of the page does
	// not flicker.
	lostGrace   = 10 * time.Second
	closedGrace = 2 * time.Second
	// presenceLife is how long an entry lives in the roster without being set again; presenceRefresh is how often it is.
	presenceLife    = 3 * time.Minute
	presenceRefresh = time.Minute
)

// Presence is about who is reachable. The sessions of a user, on every node, are entries of a roster; what they come to together is published to the user's
// guilds, and remembered by every node from those events.
type Presence struct {
	Deps
	views *Views

	// acting orders what is published of a user.
	acting sync.Mutex

	mu       sync.Mutex
	sessions map[string]*presenceSession
	// guilds hold who is not offline.
	guilds map[id.ID]map[id.ID]event.Presence
	// shown is what was published last of the users with sessions here.
	shown  map[id.ID]event.Presence
	closed bool
	ending sync.WaitGroup
}

// presenceSession is one session on this node.
type presenceSession struct {
	userID id.ID
	entry  presenceEntry
	// leaving ends the session when its grace is over; nil while it is connected.
	leaving *time.Timer
}

// presenceEntry is a session in the roster.
type presenceEntry struct {
	Status     string          `json:"s"`
	Device     DeviceKind      `json:"d"`
	Activities json.RawMessage `json:"a,omitempty"`
	// At orders what sessions say, in Unix milliseconds.
	At int64 `json:"t"`
}

func newPresence(deps Deps, views *Views) *Presence {
	return &Presence{Deps: deps, views: views, sessions: make(map[string]*presenceSession), guilds: make(map[id.ID]map[id.ID]event.Presence),
		shown: make(map[id.ID]event.Presence)}
}

// check validates what a session says.
func (u PresenceUpdate) check() (PresenceUpdate, error) {
	var wrong fieldErrors
	switch u.Status {
	case "":
		u.Status = "online"
	case "online", "idle", "dnd", "invisible", "offline":
	default:
		wrong.add("status", "BASE_TYPE_CHOICES", "Must be one of online, idle, dnd, invisible, offline.")
	}
	var activities []json.RawMessage
	switch {
	case len(u.Activities) > maxActivities:
		wrong.length("activities", 0, maxActivities)
	case len(u.Activities) > 0 && (json.Unmarshal(u.Activities, &activities) != nil || slices.ContainsFunc(activities, func(a json.RawMessage) bool { return len(a) == 0 || a[0] != '{' })):
		wrong.add("activities", "BASE_TYPE_BAD_TYPE", "Must be a list of objects.")
	case len(activities) == 0:
		u.Activities = nil
	}
	return u, wrong.err()
}

// SessionOpened notes a new session of a user.
func (p *Presence) SessionOpened(ctx context.Context, caller Caller, sessionID string, device DeviceKind, update PresenceUpdate) error {
	update, err := update.check()
	if err != nil {
		update = PresenceUpdate{Status: "online"} // a client with a wrong presence is still there
	}
	p.mu.Lock()
	p.stopLeaving(sessionID)
	p.sessions[sessionID] = &presenceSession{userID: caller.UserID, entry: presenceEntry{update.Status, device, update.Activities, p.Now().UnixMilli()}}
	p.mu.Unlock()
	return p.say(ctx, caller.UserID, sessionID)
}

// Update changes what a session says of its user.
func (p *Presence) Update(ctx context.Context, caller Caller, sessionID string, update PresenceUpdate) error {
	update, err := update.check()
	if err != nil {
		return err
	}
	p.mu.Lock()
	session, ok := p.sessions[sessionID]
	if ok && session.userID == caller.UserID {
		session.entry.Status, session.entry.Activities, session.entry.At = update.Status, update.Activities, p.Now().UnixMilli()
	}
	p.mu.Unlock()
	if !ok || session.userID != caller.UserID {
		return fail(UnknownSession)
	}
	return p.say(ctx, caller.UserID, sessionID)
}

// SessionResumed notes that a lost session is back, with what it had said.
func (p *Presence) SessionResumed(ctx context.Context, sessionID string) {
	p.mu.Lock()
	session, ok := p.sessions[sessionID]
	if ok {
		p.stopLeaving(sessionID)
	}
	p.mu.Unlock()
	if !ok {
		return
	}
	if err := p.say(ctx, session.userID, sessionID); err != nil {
		p.Log.Error("a presence could not be restored", "user", session.userID, "error", err)
	}
}

// SessionLost notes that a session has no connection; its user stays reachable for a moment. SessionResumed brings it back, also after that.
func (p *Presence) SessionLost(sessionID string) { p.leave(sessionID, lostGrace, false) }

// SessionClosed notes that a session has ended for good.
func (p *Presence) SessionClosed(sessionID string) { p.leave(sessionID, closedGrace, true) }

// leave takes a session out of the roster when its grace is over, and forgets it if it is gone for good.
func (p *Presence) leave(sessionID string, grace time.Duration, forGood bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	session, ok := p.sessions[sessionID]
	if !ok || p.closed {
		return
	}
	p.stopLeaving(sessionID)
	p.ending.Add(1)
	session.leaving = time.AfterFunc(grace, func() {
		defer p.ending.Done()
		p.gone(session, sessionID, forGood)
	})
}

// stopLeaving cancels the end of a session. The lock is held.
func (p *Presence) stopLeaving(sessionID string) {
	if session, ok := p.sessions[sessionID]; ok && session.leaving != nil {
		if session.leaving.Stop() {
			p.ending.Done()
		}
		session.leaving = nil
	}
}

func (p *Presence) gone(session *presenceSession, sessionID string, forGood bool) {
	p.mu.Lock()
	current := p.sessions[sessionID] == session && session.leaving != nil
	if current {
		session.leaving = nil
		session.entry.Status += lostMark
		if forGood {
			delete(p.sessions, sessionID)
		}
	}
	p.mu.Unlock()
	if !current {
		return // it came back just now
	}
	ctx := context.Background()
	p.acting.Lock()
	defer p.acting.Unlock()
	if _, err := p.Ephemeral.Remove(ctx, presenceSet(session.userID), sessionID); err != nil {
		p.Log.Error("a presence could not be removed", "user", session.userID, "error", err)
	}
	if err := p.show(ctx, session.userID); err != nil {
		p.Log.Error("a presence could not be published", "user", session.userID, "error", err)
	}
}

// lostMark ends the status of a session that is out of the roster but may come back.
const lostMark = "?"

func presenceSet(userID id.ID) string { return "presence/" + userID.String() }

// say puts a session into the roster and publishes what its user's sessions come to.
func (p *Presence) say(ctx context.Context, userID id.ID, sessionID string) error {
	p.acting.Lock()
	defer p.acting.Unlock()
	p.mu.Lock()
	session, ok := p.sessions[sessionID]
	var text []byte
	if ok {
		session.entry.Status = string(bytes.TrimSuffix([]byte(session.entry.Status), []byte(lostMark)))
		text, _ = json.Marshal(session.entry) // activities were checked to be JSON
	}
	p.mu.Unlock()
	if !ok {
		return nil
	}
	if err := p.Ephemeral.Set(ctx, presenceSet(userID), sessionID, text, presenceLife); err != nil {
		return internal("set a presence", err)
	}
	return p.show(ctx, userID)
}

// show publishes a user's presence if it is another than before. acting is held.
func (p *Presence) show(ctx context.Context, userID id.ID) error {
	entries, err := p.Ephemeral.Entries(ctx, presenceSet(userID))
	if err != nil {
		return internal("read a presence", err)
	}
	now := combine(entries)
	p.mu.Lock()
	before, known := p.shown[userID]
	if now.Status == "offline" {
		delete(p.shown, userID)
	} else {
		p.shown[userID] = now
	}
	p.mu.Unlock()
	if !known {
		before = event.Presence{Status: "offline"}
	}
	if samePresence(before, now) {
		return nil
	}
	guildIDs, err := p.views.UserGuilds(ctx, userID)
	if err != nil {
		return err
	}
	for _, guildID := range guildIDs {
		p.publish(ctx, event.PresenceChanged{GuildID: guildID, UserID: userID, Presence: now})
	}
	return nil
}

func samePresence(a, b event.Presence) bool {
	return a.Status == b.Status && a.Desktop == b.Desktop && a.Mobile == b.Mobile && a.Web == b.Web && bytes.Equal(a.Activities, b.Activities)
}

// statusRank orders statuses by which of several is shown: who wants no disturbance anywhere wants none at all.
var statusRank = map[string]int{"dnd": 3, "online": 2, "idle": 1}

// combine gives what the sessions of a user come to. Invisible sessions are not seen.
func combine(entries map[string][]byte) event.Presence {
	shown := event.Presence{Status: "offline"}
	var latest int64
	for _, text := range entries {
		var entry presenceEntry
		if json.Unmarshal(text, &entry) != nil || statusRank[entry.Status] == 0 {
			continue
		}
		if statusRank[entry.Status] > statusRank[shown.Status] {
			shown.Status = entry.Status
		}
		device := map[DeviceKind]*string{DeviceDesktop: &shown.Desktop, DeviceMobile: &shown.Mobile, DeviceWeb: &shown.Web}[entry.Device]
		if device != nil && statusRank[entry.Status] > statusRank[*device] {
			*device = entry.Status
		}
		if len(entry.Activities) > 0 && entry.At >= latest {
			latest, shown.Activities = entry.At, entry.Activities
		}
	}
	return shown
}

// Guild gives who of a guild's members is not offline, at most limit of them (zero: all).
func (p *Presence) Guild(guildID id.ID, limit int) []UserPresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []UserPresence
	for userID, presence := range p.guilds[guildID] {
		if limit > 0 && len(found) == limit {
			break
		}
		found = append(found, UserPresence{userID, presence})
	}
	return found
}

// CountOnline tells how many of a guild's members are not offline.
func (p *Presence) CountOnline(guildID id.ID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.guilds[guildID])
}

// Users gives those of the users who are not offline.
func (p *Presence) Users(userIDs []id.ID) []UserPresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []UserPresence
	for _, userID := range userIDs {
		if presence, ok := p.shown[userID]; ok {
			found = append(found, UserPresence{userID, presence})
		}
	}
	return found
}

// receive remembers what is published, and shows somebody who comes into a guild to it.
func (p *Presence) receive(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.PresenceChanged:
		p.mu.Lock()
		p.remember(e)
		p.mu.Unlock()
	case event.MemberRemoved:
		p.mu.Lock()
		delete(p.guilds[e.GuildID], e.User.ID)
		p.mu.Unlock()
	case event.GuildDeleted:
		p.mu.Lock()
		delete(p.guilds, e.GuildID)
		p.mu.Unlock()
	case event.GuildJoined:
		p.mu.Lock()
		presence, ok := p.shown[e.UserID]
		p.mu.Unlock()
		if ok {
			p.publish(ctx, event.PresenceChanged{GuildID: e.GuildID, UserID: e.UserID, Presence: presence})
		}
	}
}

func (p *Presence) remember(e event.PresenceChanged) {
	if e.Presence.Status == "offline" {
		delete(p.guilds[e.GuildID], e.UserID)
		if len(p.guilds[e.GuildID]) == 0 {
			delete(p.guilds, e.GuildID)
		}
		return
	}
	if p.guilds[e.GuildID] == nil {
		p.guilds[e.GuildID] = make(map[id.ID]event.Presence)
	}
	p.guilds[e.GuildID][e.UserID] = e.Presence
}

// refresh sets the entries of this node's sessions again, so that they outlive their time.
func (p *Presence) refresh(ctx context.Context) {
	p.mu.Lock()
	entries := make(map[string]presenceSession, len(p.sessions))
	for sessionID, session := range p.sessions {
		if statusKnown(session.entry.Status) {
			entries[sessionID] = *session
		}
	}
	p.mu.Unlock()
	for sessionID, session := range entries {
		text, err := json.Marshal(session.entry)
		if err == nil {
			err = p.Ephemeral.Set(ctx, presenceSet(session.userID), sessionID, text, presenceLife)
		}
		if err != nil {
			p.Log.Error("a presence could not be refreshed", "user", session.userID, "error", err)
		}
	}
}

func statusKnown(status string) bool { return len(status) == 0 || status[len(status)-1:] != lostMark }

// close cancels what waits for its grace, and waits for what is under way.
func (p *Presence) close() {
	p.mu.Lock()
	p.closed = true
	for sessionID := range p.sessions {
		p.stopLeaving(sessionID)
	}
	p.mu.Unlock()
	p.ending.Wait()
}
