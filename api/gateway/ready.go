package gateway

import (
	"context"
	"encoding/json"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// How many members come with a guild. Bots say it themselves, within upstream's bounds; people get enough for the member list of a usual community, and ask for more.
const (
	defaultLargeThreshold = 50
	maxLargeThreshold     = 250
	userMembers           = 250
)

// trace names the server in READY, as upstream does.
var trace = []string{"guildhall"}

func (g *Gateway) sendBotReady(ctx context.Context, s *session, c *connection, seats []*seat, largeThreshold int) error {
	application, err := g.Chat.Bots.Application(ctx, s.caller)
	if err != nil {
		return err
	}
	ready := wire.BotReady{Version: c.version, User: wire.NewSelfUser(application.User, false), Guilds: []wire.UnavailableGuild{}, SessionID: s.id,
		ResumeGatewayURL: c.base, Application: wire.ReadyApplication{ID: application.Bot.UserID, Flags: application.Bot.Flags}, PrivateChannels: []wire.Channel{},
		SessionType: "normal", Trace: trace}
	if s.shards > 0 {
		ready.Shard = []int{s.shard, s.shards}
	}
	// Only guilds whose GUILD_CREATE follows: discord.js waits for each of them.
	if s.intents.has(intentGuilds) {
		for _, place := range seats {
			ready.Guilds = append(ready.Guilds, wire.UnavailableGuild{ID: place.hub.guildID, Unavailable: true})
		}
	}
	b, err := newBody("READY", ready)
	if err != nil {
		return err
	}
	s.ready(b)
	if !s.intents.has(intentGuilds) {
		return nil
	}
	if largeThreshold < defaultLargeThreshold || largeThreshold > maxLargeThreshold {
		largeThreshold = defaultLargeThreshold
	}
	for _, place := range seats {
		if err := g.sendGuildCreate(ctx, s, place, largeThreshold); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gateway) sendGuildCreate(ctx context.Context, s *session, place *seat, members int) error {
	payload, err := g.snapshot(ctx, s, place, members)
	switch chat.KindOf(err) {
	case chat.UnknownGuild, chat.UnknownMember:
		// It went away between READY and now.
		if b := g.encode("GUILD_DELETE", wire.UnavailableGuild{ID: place.hub.guildID}); err != nil && b != nil {
			s.dispatch(b)
			return nil
		}
	}
	if err != nil {
		return err
	}
	b, err := newBody("GUILD_CREATE", payload)
	if err != nil {
		return err
	}
	s.dispatch(b)
	return nil
}

// guildCreate is the payload of GUILD_CREATE for a session that comes into a guild.
func (g *Gateway) guildCreate(ctx context.Context, s *session, place *seat) (wire.GuildCreate, error) {
	members := userMembers
	if s.caller.Bot {
		members = defaultLargeThreshold
	}
	return g.snapshot(ctx, s, place, members)
}

// snapshot shows a guild to a session. Bots without the members intent get themselves and the people in voice.
func (g *Gateway) snapshot(ctx context.Context, s *session, place *seat, members int) (wire.GuildCreate, error) {
	if s.caller.Bot && !s.intents.has(intentMembers) {
		members = 0
	}
	snapshot, err := g.Chat.Guilds.Snapshot(ctx, s.caller, place.hub.guildID, chat.SnapshotOptions{MaxMembers: members, Presences: s.intents.has(intentPresences)})
	if err != nil {
		return wire.GuildCreate{}, err
	}
	place.hub.learnVoice(snapshot)
	shown := wire.GuildCreate{
		Guild: wire.NewGuild(snapshot.View.Guild, snapshot.View.Roles), JoinedAt: wire.Timestamp(snapshot.Member.JoinedAt), Large: snapshot.Large,
		MemberCount: snapshot.MemberCount, Members: make([]wire.Member, len(snapshot.Members)), Channels: make([]wire.Channel, len(snapshot.Channels)),
		Threads: []wire.Channel{}, Presences: make([]wire.Presence, len(snapshot.Presences)), VoiceStates: []wire.VoiceState{}, StageInstances: []string{},
		GuildScheduledEvents: []string{}, SoundboardSounds: []string{},
	}
	for i, member := range snapshot.Members {
		shown.Members[i] = wire.NewMember(member.Member, member.User)
	}
	for i, channel := range snapshot.Channels {
		shown.Channels[i] = wire.NewChannel(channel.Channel, channel.LastMessageID)
	}
	for i, presence := range snapshot.Presences {
		shown.Presences[i] = wire.NewPresence(presence.UserID, 0, presence.Presence)
	}
	if s.intents.has(intentVoiceStates) {
		for _, state := range snapshot.VoiceStates {
			if place.sight.sees(state.ChannelID) || state.UserID == s.caller.UserID {
				shown.VoiceStates = append(shown.VoiceStates, wire.NewVoiceState(state))
			}
		}
	}
	return shown, nil
}

// learnVoice notes where people are in voice, for a hub that was made after they came.
func (h *guildHub) learnVoice(snapshot *chat.GuildSnapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, state := range snapshot.VoiceStates {
		if _, known := h.voice[state.UserID]; !known {
			h.voice[state.UserID] = state.ChannelID
		}
	}
}

func (g *Gateway) sendUserReady(ctx context.Context, s *session, c *connection, seats []*seat) error {
	user, err := g.Chat.Users.Self(ctx, s.caller)
	if err != nil {
		return err
	}
	status := s.presence.Status
	if status == "" {
		status = "online"
	}
	ready := wire.UserReady{Version: c.version, User: wire.NewSelfUser(user, s.caller.HallOwner), Guilds: []json.RawMessage{}, SessionID: s.id, ResumeGatewayURL: c.base,
		Application: wire.ReadyApplication{ID: user.ID}, PrivateChannels: []wire.Channel{}, Users: []wire.User{}, Relationships: []string{},
		ReadState: wire.NewVersioned(), UserGuildSettings: wire.NewVersioned(), UserSettings: map[string]string{}, Notes: map[string]string{},
		Sessions:  []wire.ReadySession{{SessionID: s.id, Status: status, Activities: json.RawMessage("[]")}},
		Presences: []wire.Presence{}, MergedMembers: [][]wire.Member{}, SessionType: "normal", Trace: trace}
	for _, place := range seats {
		payload, err := g.snapshot(ctx, s, place, userMembers)
		switch chat.KindOf(err) {
		case chat.UnknownGuild, chat.UnknownMember:
			continue // left or deleted just now
		}
		if err != nil {
			return err
		}
		text, err := json.Marshal(payload)
		if err != nil {
			return err
		}
		ready.Guilds = append(ready.Guilds, text)
	}
	b, err := newBody("READY", ready)
	if err != nil {
		return err
	}
	s.ready(b)
	return nil
}
