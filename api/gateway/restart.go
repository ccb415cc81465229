package gateway

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

// restartKey is under which the sessions of a planned restart wait for the next run.
const restartKey = "gateway/sessions"

// leftSessions are the sessions as they wait. A body that several replay buffers share is there once.
type leftSessions struct {
	Bodies   [][]byte
	Sessions []leftSession
}

type leftSession struct {
	ID            string
	Caller        chat.Caller
	Intents       uint64
	Shard, Shards int
	Device        uint8
	Presence      chat.PresenceUpdate
	Last          int64
	// Replay are the indices in Bodies of the latest dispatches, up to Last.
	Replay []int
}

// Shutdown asks every client to reconnect (op 7), keeps the sessions for the next run, and ends the connections.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.mu.Lock()
	if g.closing {
		g.mu.Unlock()
		return nil
	}
	g.closing = true
	close(g.stop)
	connections := make([]*connection, 0, len(g.connections))
	for c := range g.connections {
		connections = append(connections, c)
	}
	hubs := make([]*guildHub, 0, len(g.guilds))
	for _, hub := range g.guilds {
		hubs = append(hubs, hub)
	}
	g.mu.Unlock()

	for _, hub := range hubs {
		hub.emptyVoice(ctx)
	}
	for _, c := range connections {
		c.sendOp(wire.OpReconnect, nil)
	}
	err := g.leave(ctx)
	for _, c := range connections {
		c.shut(closeUnknown, "the hall is restarting")
	}
	return errors.Join(err, g.Close())
}

// emptyVoice tells everybody that nobody is in voice any more: rooms do not outlive the process. Their own clients come back by themselves and are not told.
func (h *guildHub) emptyVoice(ctx context.Context) {
	states, err := h.gateway.Chat.Voice.States(ctx, h.guildID)
	if err != nil {
		h.gateway.Log.Error("the people in voice cannot be read", "guild", h.guildID, "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, state := range states {
		member, err := h.gateway.Chat.Members.Get(ctx, chat.Caller{Console: true}, h.guildID, state.UserID)
		if err != nil {
			continue
		}
		before := state.ChannelID
		state.ChannelID = 0
		b := h.gateway.encode("VOICE_STATE_UPDATE", wire.NewVoiceStateUpdate(state, member.Member, member.User))
		for seat := range h.seats {
			if b != nil && seat.session.caller.UserID != state.UserID && seat.wants(intentVoiceStates) && seat.sight.sees(before) {
				seat.deliver(b)
			}
		}
	}
}

// leave stores the sessions for the next run.
func (g *Gateway) leave(ctx context.Context) error {
	g.mu.Lock()
	sessions := make([]*session, 0, len(g.sessions))
	for _, s := range g.sessions {
		sessions = append(sessions, s)
	}
	g.mu.Unlock()
	var left leftSessions
	places := make(map[*body]int)
	for _, s := range sessions {
		left.Sessions = append(left.Sessions, s.leave(&left, places))
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

func (s *session) leave(left *leftSessions, places map[*body]int) leftSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := leftSession{ID: s.id, Caller: s.caller, Intents: uint64(s.intents), Shard: s.shard, Shards: s.shards, Device: uint8(s.device), Presence: s.presence, Last: s.replay.last}
	bodies, _ := s.replay.after(s.replay.last - int64(s.replay.kept))
	for _, b := range bodies {
		place, known := places[b]
		if !known {
			place = len(left.Bodies)
			places[b] = place
			left.Bodies = append(left.Bodies, b.text)
		}
		kept.Replay = append(kept.Replay, place)
	}
	return kept
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
	for i, text := range left.Bodies {
		bodies[i] = &body{text}
	}
	for _, kept := range left.Sessions {
		if err := g.restore(ctx, kept, bodies); err != nil {
			g.Log.Warn("a gateway session of the last run cannot be resumed", "user", kept.Caller.UserID, "error", err)
		}
	}
	return nil
}

func (g *Gateway) restore(ctx context.Context, kept leftSession, bodies []*body) error {
	s := &session{id: kept.ID, caller: kept.Caller, intents: intents(kept.Intents), shard: kept.Shard, shards: kept.Shards, device: chat.DeviceKind(kept.Device),
		restored: true, presence: kept.Presence, lostAt: g.Now()}
	s.replay.last = kept.Last - int64(len(kept.Replay))
	for _, place := range kept.Replay {
		if place < 0 || place >= len(bodies) {
			return errors.New("its replay buffer is damaged")
		}
		s.replay.add(bodies[place])
	}
	if !g.register(s) {
		return errSessionEnded
	}
	if err := g.joinUser(s); err != nil {
		g.end(s)
		return err
	}
	seats, err := g.joinAll(ctx, s)
	if err != nil {
		g.end(s)
		return err
	}
	for _, place := range seats {
		place.release()
	}
	g.releaseUser(s)
	return nil
}
