package gateway

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// restartKey is under which the sessions of a planned restart wait for the next run.
const restartKey = "gateway/sessions"

// drainPatience bounds how long a planned restart waits for the events that are on their way.
const drainPatience = 2 * time.Second

// leftSessions are the sessions as they wait. A body that several replay buffers share is there once.
type leftSessions struct {
	Bodies   []leftBody
	Sessions []leftSession
}

type leftBody struct {
	Text       []byte
	Alone      bool
	SnapshotOf id.ID
}

type leftSession struct {
	ID            string
	Caller        chat.Caller
	Intents       uint64
	Shard, Shards int
	Device        uint8
	Client, OS    string
	Host, Base    string
	Presence      chat.PresenceUpdate
	Last          int64
	// Replay are the indices in Bodies of the latest dispatches, up to Last.
	Replay []int
	// Guilds are those that the client knows, with what it may have been told of each: a session cannot go on when the guild changed while nobody listened.
	Guilds map[id.ID]uint64
	// Lists are the pages of member lists that the client shows, by guild and channel.
	Lists map[id.ID]map[id.ID][]int
}

// Shutdown asks every client to reconnect (op 7), keeps the sessions for the next run, and ends the connections. Nothing may be published by then but what Shutdown
// itself leads to: stop the API first. When the context ends, what is still open is cut.
func (g *Gateway) Shutdown(ctx context.Context) error {
	if !g.beginClosing() {
		g.work.Wait()
		return nil
	}
	connections, sessions, hubs := g.open()
	g.Chat.Voice.EndCalls(ctx)
	g.drain(ctx, sessions, hubs)
	for _, hub := range hubs {
		hub.mu.Lock()
		hub.tellPresencesLocked()
		hub.mu.Unlock()
		hub.emptyVoice(ctx)
	}
	err := g.leave(ctx, sessions)
	for _, c := range connections {
		c.sendOp(wire.OpReconnect, nil)
	}
	return errors.Join(err, g.finish(ctx))
}

// drain waits until the hubs and the sessions have handled what was published before.
func (g *Gateway) drain(ctx context.Context, sessions []*session, hubs []*guildHub) {
	ctx, cancel := context.WithTimeout(ctx, drainPatience)
	defer cancel()
	var passed sync.WaitGroup
	for _, hub := range hubs {
		passed.Add(1)
		if err := hub.barrier(ctx, passed.Done); err != nil {
			passed.Done()
			g.Log.Warn("what is on its way to a guild's sessions may miss them", "guild", hub.guildID, "error", err)
		}
	}
	passed.Add(1)
	if err := g.accountBarrier(ctx, passed.Done); err != nil {
		passed.Done()
		g.Log.Warn("what is on its way to people's sessions may miss them", "error", err)
	}
	all := make(chan struct{})
	go func() { // ends with the barriers, which come or are dropped with their hubs
		passed.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-ctx.Done():
		g.Log.Warn("what is on its way to sessions may miss them: the message bus is slow")
		for _, hub := range hubs {
			hub.dropBarriers()
		}
		g.dropAccountBarriers()
		<-all
	}
	for _, s := range sessions {
		g.emptyInbox(ctx, s)
	}
}

// emptyInbox waits until a session has acted on the events of its account that are in its inbox by now. Those that came when nothing could be started any more are
// acted on here.
func (g *Gateway) emptyInbox(ctx context.Context, s *session) {
	s.mu.Lock()
	if !s.reading {
		s.reading = true
		s.mu.Unlock()
		s.readInbox(g)
		return
	}
	read := make(chan struct{})
	s.inbox = append(s.inbox, inboxMark{read: sync.OnceFunc(func() { close(read) })})
	s.mu.Unlock()
	select {
	case <-read:
	case <-ctx.Done():
	}
}

// inboxMark is put behind the events in an inbox, to learn when they were acted on.
type inboxMark struct {
	event.Event
	read func()
}

// accountBarrier has something done as soon as everything was received that had been published before for any account.
func (g *Gateway) accountBarrier(ctx context.Context, passed func()) error {
	number := g.barriers.Add(1)
	g.mu.Lock()
	g.accountBarriers[number] = passed
	g.mu.Unlock()
	err := g.Bus.Publish(ctx, event.Barrier{On: event.UserSubject(0), From: g.name, Number: number})
	if err != nil {
		g.takeAccountBarrier(number)
	}
	return err
}

// takeAccountBarrier gives what waits for a barrier, once; nil when nothing does.
func (g *Gateway) takeAccountBarrier(number uint64) (passed func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	passed = g.accountBarriers[number]
	delete(g.accountBarriers, number)
	return passed
}

// dropAccountBarriers does what waits for barriers without waiting for them.
func (g *Gateway) dropAccountBarriers() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for number, passed := range g.accountBarriers {
		delete(g.accountBarriers, number)
		passed()
	}
}

// dropBarriers does what waits for barriers without waiting for them.
func (h *guildHub) dropBarriers() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropBarriersLocked()
}

func (h *guildHub) dropBarriersLocked() {
	for number, passed := range h.barriers {
		delete(h.barriers, number)
		passed()
	}
}

// emptyVoice tells everybody that nobody is in voice any more: rooms do not outlive the process. Those who were in voice are not told of themselves: their clients join
// again by themselves when they are back.
func (h *guildHub) emptyVoice(ctx context.Context) {
	states, err := h.gateway.Chat.Voice.States(ctx, h.guildID)
	if err != nil {
		h.gateway.Log.Error("the people in voice cannot be read", "guild", h.guildID, "error", err)
		return
	}
	for _, state := range states {
		member, err := h.gateway.Chat.Members.Get(ctx, chat.Caller{Console: true}, h.guildID, state.UserID)
		if err != nil {
			continue // not a member any more, which leaves voice too
		}
		before := state.ChannelID
		state.ChannelID = 0
		e := voiceMoved{event.VoiceStateUpdated{State: state, Member: member.Member, User: member.User}, before}
		h.mu.Lock()
		var others []*seat
		for _, place := range h.seats {
			if place.session.id != state.SessionID {
				others = append(others, place)
			}
		}
		h.tell(ctx, e, others)
		h.mu.Unlock()
	}
	for _, stage := range h.gateway.Chat.Voice.Stages(h.guildID) {
		h.mu.Lock()
		h.tell(ctx, event.StageChanged{Change: event.StageClosed, Instance: stage}, h.seats)
		h.mu.Unlock()
	}
	for channelID := range h.gateway.Chat.Voice.Statuses(h.guildID) {
		h.mu.Lock()
		h.tell(ctx, event.VoiceStatusChanged{GuildID: h.guildID, ChannelID: channelID}, h.seats)
		h.mu.Unlock()
	}
}

// leave stores the sessions for the next run. Nothing is dispatched to them after that.
func (g *Gateway) leave(ctx context.Context, sessions []*session) error {
	var left leftSessions
	places := make(map[*body]int)
	prints := g.fingerprints(ctx)
	for _, s := range sessions {
		s.leave(&left, places, prints)
	}
	if len(left.Sessions) == 0 {
		return nil
	}
	var buffer bytes.Buffer
	if err := gob.NewEncoder(&buffer).Encode(left); err != nil {
		return fmt.Errorf("keep the gateway sessions: %w", err)
	}
	if err := g.Ephemeral.Put(ctx, restartKey, buffer.Bytes(), resumePatience, true); err != nil {
		return fmt.Errorf("keep the gateway sessions: %w", err)
	}
	return nil
}

func (s *session) leave(left *leftSessions, places map[*body]int, prints func(guildID, userID id.ID) uint64) {
	s.mu.Lock()
	s.frozen = true
	if s.ended || !s.ready || s.reading {
		s.mu.Unlock()
		return
	}
	kept := leftSession{ID: s.id, Caller: s.caller, Intents: uint64(s.intents), Shard: s.shard, Shards: s.shards, Device: uint8(s.device), Client: s.client, OS: s.os,
		Host: s.host, Base: s.base, Presence: s.presence, Last: s.replay.last, Guilds: make(map[id.ID]uint64, len(s.seats)),
		Lists: make(map[id.ID]map[id.ID][]int)}
	for n := s.replay.first(); n <= s.replay.last; n++ {
		b := s.replay.slot(n)
		place, known := places[b]
		if !known {
			place = len(left.Bodies)
			places[b] = place
			left.Bodies = append(left.Bodies, leftBody{Text: b.text, Alone: b.alone, SnapshotOf: b.snapshotOf})
		}
		kept.Replay = append(kept.Replay, place)
	}
	seats := s.seats
	s.mu.Unlock()
	for _, place := range seats {
		kept.Guilds[place.hub.guildID] = prints(place.hub.guildID, s.caller.UserID)
		if watched := place.watched(); watched != nil {
			kept.Lists[place.hub.guildID] = watched
		}
	}
	left.Sessions = append(left.Sessions, kept)
}

// fingerprints gives a function that tells guilds apart by what clients know of them, and members by what they may view there. Zero means that it cannot tell.
func (g *Gateway) fingerprints(ctx context.Context) func(guildID, userID id.ID) uint64 {
	known := make(map[*chat.View]uint64)
	return func(guildID, userID id.ID) uint64 {
		view, err := g.Chat.Views.Guild(ctx, guildID)
		if err != nil {
			return 0
		}
		mark, ok := known[view]
		if !ok {
			mark = fingerprint(view.Guild, view.Roles, view.Channels)
			known[view] = mark
		}
		member, err := g.Chat.Views.Member(ctx, guildID, userID)
		if err != nil {
			return 0
		}
		return fingerprint(mark, member)
	}
}

func fingerprint(values ...any) uint64 {
	hash := fnv.New64a()
	for _, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return 0
		}
		_, _ = hash.Write(text) // never fails
	}
	return hash.Sum64()
}

// takeIn takes the sessions that the last run left. They can be resumed for a while, and miss nothing meanwhile.
func (g *Gateway) takeIn(ctx context.Context) error {
	data, err := g.Ephemeral.Take(ctx, restartKey)
	if errors.Is(err, ephemeral.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var left leftSessions
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&left); err != nil {
		return err
	}
	bodies := make([]*body, len(left.Bodies))
	for i, b := range left.Bodies {
		bodies[i] = &body{text: b.Text, alone: b.Alone, snapshotOf: b.SnapshotOf}
	}
	prints := g.fingerprints(ctx)
	var restored []*session
	for _, kept := range left.Sessions {
		s, err := g.restore(ctx, kept, bodies, prints)
		if err != nil {
			g.Log.Info("a gateway session of the last run cannot be resumed", "user", kept.Caller.UserID, "reason", err)
			continue
		}
		restored = append(restored, s)
	}
	g.spawn(func() { g.awaitRestored(ctx, restored) })
	return nil
}

// awaitRestored lets the people of restored sessions be seen for as long as those of lost ones, so that others are told of those who do not come back.
func (g *Gateway) awaitRestored(ctx context.Context, restored []*session) {
	ctx = context.WithoutCancel(ctx)
	for _, s := range restored {
		if g.ended() {
			return
		}
		if !g.showRestored(ctx, s) {
			continue
		}
		s.mu.Lock()
		lost, ended := s.connection == nil, s.ended
		s.mu.Unlock()
		switch {
		case ended:
			g.Chat.Presence.SessionClosed(s.id)
		case lost:
			g.Chat.Presence.SessionLost(s.id)
		}
	}
}

// showRestored makes a restored session count for its user's presence. It tells false for others.
func (g *Gateway) showRestored(ctx context.Context, s *session) bool {
	s.mu.Lock()
	restored, presence := s.restored, s.presence
	s.restored = false
	s.mu.Unlock()
	if !restored {
		return false
	}
	if err := g.Chat.Presence.SessionOpened(ctx, s.caller, s.id, s.device, presence); err != nil {
		g.Log.Error("a presence could not be restored", "user", s.caller.UserID, "error", err)
	}
	return true
}

// errChanged says that a guild is not what it was when the session was stored.
var errChanged = errors.New("its servers changed meanwhile")

func (g *Gateway) restore(ctx context.Context, kept leftSession, bodies []*body, prints func(guildID, userID id.ID) uint64) (*session, error) {
	s := &session{id: kept.ID, caller: kept.Caller, intents: intents(kept.Intents), shard: kept.Shard, shards: kept.Shards, device: chat.DeviceKind(kept.Device),
		client: kept.Client, os: kept.OS, host: kept.Host, base: kept.Base, presence: kept.Presence, lostAt: g.Now(), reading: true, restored: true}
	s.replay.last = kept.Last - int64(len(kept.Replay))
	for _, place := range kept.Replay {
		if place < 0 || place >= len(bodies) {
			return nil, errors.New("its replay buffer is damaged")
		}
		s.replay.add(bodies[place])
	}
	guildIDs, err := g.guildsOf(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(guildIDs) != len(kept.Guilds) {
		return nil, errChanged
	}
	for _, guildID := range guildIDs {
		if mark := prints(guildID, s.caller.UserID); mark == 0 || mark != kept.Guilds[guildID] {
			return nil, errChanged
		}
	}
	if !g.register(s) {
		return nil, errSessionEnded
	}
	for _, guildID := range guildIDs {
		if err := g.restoreSeat(ctx, s, guildID, kept.Lists[guildID]); err != nil {
			g.end(s)
			return nil, err
		}
	}
	s.readInbox(g)
	return s, nil
}

// restoreSeat gives a restored session its seat: it knows the guild already. The member lists that it shows are told anew.
func (g *Gateway) restoreSeat(ctx context.Context, s *session, guildID id.ID, watched map[id.ID][]int) error {
	place, err := g.takeSeat(s, guildID)
	if err != nil {
		return err
	}
	view, err := g.Chat.Views.Guild(ctx, guildID)
	if err != nil {
		return err
	}
	member, err := g.Chat.Views.Member(ctx, guildID, s.caller.UserID)
	if err != nil {
		return err
	}
	place.hub.mu.Lock()
	defer place.hub.mu.Unlock()
	if len(watched) > 0 {
		w := place.hub.lists.watch(place)
		w.channels = make(map[id.ID]listPages, len(watched))
		for channelID, looked := range watched {
			w.channels[channelID] = looked
		}
	}
	return place.open(ctx, place.hub.sights.of(view, member))
}
