package chat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"guildhall/store"
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

// Presence is about who is reachable. What the sessions of a user come to is an entry of a roster for every node that has some; what those come to together is
// published to the user's guilds, and remembered by every node from those events.
type Presence struct {
	Deps
	views *Views
	// node names this node's entries in the roster.
	node string
	// startTimer runs something after a time, unless it is stopped before: then stop is true. It is time.AfterFunc but for tests.
	startTimer func(after time.Duration, do func()) (stop func() bool)

	// departed is told of those who have no session any more, on any node; nil tells nobody.
	departed func(ctx context.Context, userID id.ID)

	// turns orders what happens to one user: what is in the roster, what is published of it, and people agree.
	turns turns

	// mu guards the fields below. It is held for moments only, and may be taken within a turn, never the other way round.
	mu sync.Mutex
	// sessions are those of this node.
	sessions map[string]*presenceSession
	// people are those who are not offline, and those who have sessions here.
	people map[id.ID]*presentUser
	// guilds tell who was last published to them as not offline.
	guilds map[id.ID]map[id.ID]struct{}
	// customUntil tells when the custom statuses of people with sessions here go away.
	customUntil expiries
	// spoken counts what sessions have said.
	spoken uint64
	closed bool
	ending sync.WaitGroup
}

// presentUser is what is known of one user.
type presentUser struct {
	// shown is what was published last.
	shown event.Presence
	// sessions is how many there are on this node, lost ones included. Without any, other nodes speak for the user. several tells that they were more than one.
	sessions int
	several  bool
	// summary is what those that are not lost come to.
	summary presenceSummary
}

// presenceSession is one session on this node.
type presenceSession struct {
	userID id.ID
	device DeviceKind
	// status and activities are what it said last, at a moment in Unix milliseconds. spoke orders what the sessions of this node said.
	status     string
	activities json.RawMessage
	at         int64
	spoke      uint64
	// rank and place are where the user's summary counts the session; rank zero: nowhere.
	rank, place int
	// hidden tells that the summary counts it among those that are not seen.
	hidden bool
	// lost sessions are out of the summary, but may come back.
	lost bool
	// stopLeaving keeps the session from ending when its grace is over; nil while it is connected. departure tells one leaving from the next.
	stopLeaving func() bool
	departure   uint32
}

// offline is the presence of those of whom nothing is known.
var offline = event.Presence{Status: "offline"}

func newPresence(deps Deps, views *Views) *Presence {
	return &Presence{Deps: deps, views: views, node: rand.Text(), sessions: make(map[string]*presenceSession), people: make(map[id.ID]*presentUser), customUntil: make(expiries),
		guilds:     make(map[id.ID]map[id.ID]struct{}),
		startTimer: afterFunc}
}

// check validates what a session says, and gives what others are told of it.
func (u PresenceUpdate) check(now time.Time) (PresenceUpdate, error) {
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
	default:
		u.Activities = cleanActivities(activities, now)
	}
	return u, wrong.err()
}

// SessionOpened notes a new session of a user.
func (p *Presence) SessionOpened(ctx context.Context, caller Caller, sessionID string, device DeviceKind, update PresenceUpdate) error {
	update, err := p.asSet(ctx, caller, update).check(p.Now())
	if err != nil {
		update = PresenceUpdate{Status: "online"} // a client with a wrong presence is still there
	}
	return p.act(caller.UserID, func() error {
		p.mu.Lock()
		person := p.person(caller.UserID)
		if before, known := p.sessions[sessionID]; known {
			p.stay(before)
			person.summary.remove(before)
		} else {
			person.sessions++
		}
		session := &presenceSession{userID: caller.UserID, device: device}
		p.sessions[sessionID] = session
		p.speak(session, update)
		person.summary.add(session)
		p.mu.Unlock()
		return p.say(ctx, caller.UserID)
	})
}

// Update changes what a session says of its user. UnknownSession when it is not one of theirs.
func (p *Presence) Update(ctx context.Context, caller Caller, sessionID string, update PresenceUpdate) error {
	update, err := update.check(p.Now())
	if err != nil {
		return err
	}
	return p.act(caller.UserID, func() error {
		p.mu.Lock()
		session, known := p.sessions[sessionID]
		known = known && session.userID == caller.UserID
		if known {
			summary := &p.person(session.userID).summary
			summary.remove(session)
			p.speak(session, update)
			if !session.lost {
				summary.add(session)
			}
		}
		p.mu.Unlock()
		if !known {
			return fail(UnknownSession)
		}
		return p.say(ctx, caller.UserID)
	})
}

// speak notes what a session says, which must not be in a summary. mu is held.
func (p *Presence) speak(session *presenceSession, update PresenceUpdate) {
	p.spoken++
	if sameActivities(session.activities, update.Activities) {
		update.Activities = session.activities // with the moment when they began
	}
	session.status, session.activities, session.at, session.spoke = update.Status, update.Activities, p.Now().UnixMilli(), p.spoken
}

// SessionResumed notes that a lost session is back, with what it had said.
func (p *Presence) SessionResumed(ctx context.Context, sessionID string) {
	p.mu.Lock()
	session, known := p.sessions[sessionID]
	p.mu.Unlock()
	if !known {
		return
	}
	err := p.act(session.userID, func() error {
		p.mu.Lock()
		if p.sessions[sessionID] == session { // it may have ended, or begun anew, since
			p.stay(session)
			session.lost = false
			p.person(session.userID).summary.add(session)
		}
		p.mu.Unlock()
		return p.say(ctx, session.userID)
	})
	if err != nil {
		p.Log.Error("a presence could not be restored", "user", session.userID, "error", err)
	}
}

// SessionLost notes that a session has no connection; its user stays reachable for a moment. SessionResumed brings it back, also after that.
func (p *Presence) SessionLost(sessionID string) { p.leave(sessionID, lostGrace, false) }

// SessionClosed notes that a session has ended for good.
func (p *Presence) SessionClosed(sessionID string) { p.leave(sessionID, closedGrace, true) }

// act does something to one user while nothing else happens to them.
func (p *Presence) act(userID id.ID, do func() error) error {
	turn := p.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	return do()
}

// person gives what is known of a user, to be changed. mu is held.
func (p *Presence) person(userID id.ID) *presentUser {
	if p.people[userID] == nil {
		p.people[userID] = &presentUser{shown: offline}
	}
	return p.people[userID]
}

// tidy forgets somebody of whom nothing is known. mu is held.
func (p *Presence) tidy(userID id.ID) {
	if person := p.people[userID]; person != nil && person.sessions == 0 && person.shown.Status == offline.Status {
		delete(p.people, userID)
	}
}

// leave takes a session out of the roster when its grace is over, and forgets it if it is gone for good.
func (p *Presence) leave(sessionID string, grace time.Duration, forGood bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	session, known := p.sessions[sessionID]
	if !known || p.closed {
		return
	}
	p.stay(session)
	session.departure++
	departure := session.departure
	p.ending.Add(1)
	session.stopLeaving = p.startTimer(grace, func() {
		defer p.ending.Done()
		p.gone(session, sessionID, departure, forGood)
	})
}

// stay cancels the end of a session. mu is held.
func (p *Presence) stay(session *presenceSession) {
	if session.stopLeaving != nil && session.stopLeaving() {
		p.ending.Done()
	}
	session.stopLeaving = nil
}

// gone ends a session whose grace is over, unless it came back just now.
func (p *Presence) gone(session *presenceSession, sessionID string, departure uint32, forGood bool) {
	ctx := context.Background()
	err := p.act(session.userID, func() error {
		p.mu.Lock()
		current := p.sessions[sessionID] == session && session.stopLeaving != nil && session.departure == departure
		if current {
			person := p.person(session.userID)
			session.stopLeaving, session.lost = nil, true
			person.summary.remove(session)
			if forGood {
				delete(p.sessions, sessionID)
				person.sessions--
			}
		}
		p.mu.Unlock()
		if !current {
			return nil
		}
		return p.say(ctx, session.userID)
	})
	if err != nil {
		p.Log.Error("a presence could not be ended", "user", session.userID, "error", err)
	}
	if connected, err := p.connected(ctx, session.userID); err == nil && !connected && p.departed != nil {
		p.departed(ctx, session.userID)
	}
}

func presenceSet(userID id.ID) string { return "presence/" + userID.String() }

// say puts what a user's sessions come to here into the roster, and publishes what they come to everywhere. The user's turn is held.
func (p *Presence) say(ctx context.Context, userID id.ID) error {
	if err := p.note(ctx, userID); err != nil {
		return err
	}
	p.tellSessions(ctx, userID)
	return p.show(ctx, userID, nil)
}

// tellSessions tells the sessions of a user that one of them is not what it was, unless there is no other.
func (p *Presence) tellSessions(ctx context.Context, userID id.ID) {
	p.mu.Lock()
	tell := false
	if person := p.people[userID]; person != nil {
		tell = person.several || person.sessions > 1
		person.several = person.sessions > 1
	}
	p.mu.Unlock()
	if tell {
		p.publish(ctx, event.SessionsChanged{UserID: userID})
	}
}

// SessionPresence is what one session says of its user.
type SessionPresence struct {
	SessionID, Status string
	// Activities are a JSON array; nil for none.
	Activities []byte
}

// Sessions gives what those of some sessions say that are on this node and connected, in their order.
func (p *Presence) Sessions(sessionIDs []string) []SessionPresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := make([]SessionPresence, 0, len(sessionIDs))
	for _, sessionID := range sessionIDs {
		if session := p.sessions[sessionID]; session != nil && !session.lost {
			found = append(found, SessionPresence{sessionID, session.status, session.activities})
		}
	}
	return found
}

// note puts what a user's sessions come to here into the roster, where it lives for a time. The user's turn is held.
func (p *Presence) note(ctx context.Context, userID id.ID) error {
	p.mu.Lock()
	var entry presenceEntry
	connected := false
	if person := p.people[userID]; person != nil {
		entry, connected = person.summary.entry(), person.summary.connected()
	}
	p.mu.Unlock()
	// Whoever is connected and not seen has an entry that says nothing: what lasts while they are connected lasts on.
	if !connected {
		if _, err := p.Ephemeral.Remove(ctx, presenceSet(userID), p.node); err != nil {
			return internal("remove a presence", err)
		}
		return nil
	}
	text, err := json.Marshal(entry)
	if err == nil {
		err = p.Ephemeral.Set(ctx, presenceSet(userID), p.node, text, presenceLife)
	}
	if err != nil {
		return internal("set a presence", err)
	}
	return nil
}

// show publishes a user's presence if it is another than before. heard is what another node has published meanwhile, nil for nothing. The user's turn is held.
func (p *Presence) show(ctx context.Context, userID id.ID, heard *event.Presence) error {
	entries, err := p.Ephemeral.Entries(ctx, presenceSet(userID))
	if err != nil {
		return internal("read a presence", err)
	}
	now := combine(entries)
	p.mu.Lock()
	known := samePresence(p.person(userID).shown, now) || heard != nil && samePresence(*heard, now)
	p.mu.Unlock()
	var guildIDs []id.ID
	if !known {
		if guildIDs, err = p.views.UserGuilds(ctx, userID); err != nil {
			return err
		}
	}
	p.mu.Lock()
	p.person(userID).shown = now
	p.tidy(userID)
	p.mu.Unlock()
	for _, guildID := range guildIDs {
		p.publish(ctx, event.PresenceChanged{GuildID: guildID, UserID: userID, Presence: now})
	}
	if !known {
		return p.tellFriends(ctx, userID, now)
	}
	return nil
}

// Guild gives who of a guild's members is not offline, at most limit of them (zero: all), in no particular order.
func (p *Presence) Guild(guildID id.ID, limit int) []UserPresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := []UserPresence{}
	for userID := range p.guilds[guildID] {
		if limit > 0 && len(found) == limit {
			break
		}
		if person := p.people[userID]; person != nil && person.shown.Status != offline.Status {
			found = append(found, UserPresence{userID, person.shown})
		}
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
	found := []UserPresence{}
	for _, userID := range userIDs {
		if person := p.people[userID]; person != nil && person.shown.Status != offline.Status {
			found = append(found, UserPresence{userID, person.shown})
		}
	}
	return found
}

// receive remembers what is published, and shows somebody who comes into a guild to it.
func (p *Presence) receive(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.PresenceChanged:
		p.hear(ctx, e)
	case event.MemberRemoved:
		p.forgetIn(e.GuildID, e.User.ID)
	case event.GuildDeleted:
		p.mu.Lock()
		delete(p.guilds, e.GuildID)
		p.mu.Unlock()
	case event.GuildJoined:
		p.introduce(e.UserID, func(shown event.Presence) {
			p.publish(ctx, event.PresenceChanged{GuildID: e.GuildID, UserID: e.UserID, Presence: shown})
		})
	case event.SettingsChanged:
		p.settingsChanged(ctx, e.Settings)
	case event.FriendPresence:
		p.hearOfFriend(e)
	case event.RelationshipChanged:
		if e.Relationship.Type == store.RelationshipFriend && e.Before != e.Relationship.Type {
			p.introduce(e.Other.ID, func(shown event.Presence) {
				p.publish(ctx, event.FriendPresence{UserID: e.Relationship.UserID, FriendID: e.Other.ID, Presence: shown})
			})
		}
	}
}

// hearOfFriend remembers a presence that another node has published. Of those with sessions here it is known better.
func (p *Presence) hearOfFriend(e event.FriendPresence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if person := p.person(e.FriendID); person.sessions == 0 {
		person.shown = e.Presence
	}
	p.tidy(e.FriendID)
}

// hear remembers a presence that was published, by this node or another.
func (p *Presence) hear(ctx context.Context, e event.PresenceChanged) {
	p.mu.Lock()
	p.remember(e)
	same := samePresence(p.person(e.UserID).shown, e.Presence)
	p.tidy(e.UserID)
	p.mu.Unlock()
	if same {
		return
	}
	// It is another node's word, or our own of a moment ago, which does not hold any more: the roster knows.
	if err := p.act(e.UserID, func() error { return p.learn(ctx, e) }); err != nil {
		p.Log.Error("a presence could not be read", "user", e.UserID, "error", err)
	}
}

// learn brings what is known of a user in step with the roster, because of what was heard. Who has no sessions here is not spoken for by this node. The user's turn is held.
func (p *Presence) learn(ctx context.Context, heard event.PresenceChanged) error {
	p.mu.Lock()
	person := p.people[heard.UserID]
	here := person != nil && person.sessions > 0
	p.mu.Unlock()
	if here {
		return p.show(ctx, heard.UserID, &heard.Presence)
	}
	entries, err := p.Ephemeral.Entries(ctx, presenceSet(heard.UserID))
	if err != nil {
		return internal("read a presence", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person(heard.UserID).shown = combine(entries)
	p.tidy(heard.UserID)
	return nil
}

// reread asks the roster how everybody is of whom anything is known, and the store where they are, because events were missed. Whoever came while they were missed is
// known when they change the next time.
func (p *Presence) reread(ctx context.Context) {
	p.mu.Lock()
	users := slices.Collect(maps.Keys(p.people))
	for _, there := range p.guilds {
		users = slices.AppendSeq(users, maps.Keys(there))
	}
	p.mu.Unlock()
	slices.Sort(users)
	for _, userID := range slices.Compact(users) {
		if err := p.act(userID, func() error { return p.rereadUser(ctx, userID) }); err != nil {
			p.Log.Error("a presence could not be read", "user", userID, "error", err)
		}
	}
}

// rereadUser is reread for one user, whose turn is held. Nothing is published: the nodes that their sessions are on have done that.
func (p *Presence) rereadUser(ctx context.Context, userID id.ID) error {
	entries, err := p.Ephemeral.Entries(ctx, presenceSet(userID))
	if err != nil {
		return internal("read a presence", err)
	}
	guildIDs, err := p.views.UserGuilds(ctx, userID)
	if err != nil {
		return err
	}
	now := combine(entries)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person(userID).shown = now
	p.tidy(userID)
	for guildID := range p.guilds {
		p.remember(event.PresenceChanged{GuildID: guildID, UserID: userID, Presence: offline})
	}
	for _, guildID := range guildIDs {
		p.remember(event.PresenceChanged{GuildID: guildID, UserID: userID, Presence: now})
	}
	return nil
}

// remember keeps who is to be counted in a guild. mu is held.
func (p *Presence) remember(e event.PresenceChanged) {
	there := p.guilds[e.GuildID]
	switch {
	case e.Presence.Status == offline.Status:
		delete(there, e.UserID)
		if len(there) == 0 {
			delete(p.guilds, e.GuildID)
		}
	case there == nil:
		p.guilds[e.GuildID] = map[id.ID]struct{}{e.UserID: {}}
	default:
		there[e.UserID] = struct{}{}
	}
}

func (p *Presence) forgetIn(guildID, userID id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remember(event.PresenceChanged{GuildID: guildID, UserID: userID, Presence: offline})
}

// introduce shows somebody who has sessions here to those who have not seen them yet.
func (p *Presence) introduce(userID id.ID, show func(event.Presence)) {
	turn := p.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	p.mu.Lock()
	person := p.people[userID]
	here := person != nil && person.sessions > 0 && person.shown.Status != offline.Status
	var shown event.Presence
	if here {
		shown = person.shown
	}
	p.mu.Unlock()
	if here {
		show(shown)
	}
}

// refresh sets this node's entries again, so that they outlive their time.
func (p *Presence) refresh(ctx context.Context) {
	p.expire(ctx)
	p.mu.Lock()
	var users []id.ID
	for userID, person := range p.people {
		if person.sessions > 0 {
			users = append(users, userID)
		}
	}
	p.mu.Unlock()
	for _, userID := range users {
		if err := p.act(userID, func() error { return p.note(ctx, userID) }); err != nil {
			p.Log.Error("a presence could not be refreshed", "user", userID, "error", err)
		}
	}
}

// close cancels what waits for its grace, and waits for what is under way.
func (p *Presence) close() {
	p.mu.Lock()
	p.closed = true
	for _, session := range p.sessions {
		p.stay(session)
	}
	p.mu.Unlock()
	p.ending.Wait()
}
