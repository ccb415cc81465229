package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

// How many members come with a guild. Bots say it themselves, within upstream's bounds; people get enough for the member list of a usual community, fewer of each
// guild when they are in many, and ask for more.
const (
	defaultLargeThreshold = 50
	maxLargeThreshold     = 250
	userMembers           = 250
	userMembersTogether   = 10_000
)

// trace names the server in READY, as upstream does.
var trace = []string{"guildhall"}

// beginBot sends READY, and then the guilds one by one.
func (g *Gateway) beginBot(ctx context.Context, s *session, c *connection, largeThreshold int) error {
	application, err := g.Chat.Bots.Application(ctx, s.caller)
	if err != nil {
		return err
	}
	if err := s.grant(application.Bot.Flags); err != nil {
		return err
	}
	seats, err := g.takeSeats(ctx, s)
	if err != nil {
		return err
	}
	ready := wire.BotReady{Version: c.version, User: wire.NewSelfUser(application.User, false), Guilds: []wire.UnavailableGuild{}, SessionID: s.id,
		ResumeGatewayURL: c.base, Application: wire.ReadyApplication{ID: application.Bot.UserID, Flags: application.Bot.Flags}, PrivateChannels: []wire.PrivateChannel{},
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
	b.opening = true
	s.dispatchAlone(b)
	if largeThreshold < defaultLargeThreshold || largeThreshold > maxLargeThreshold {
		largeThreshold = defaultLargeThreshold
	}
	for _, place := range seats {
		err := g.showGuild(ctx, place, largeThreshold)
		switch {
		case goneMeanwhile(err):
			place.leave()
			g.sendGuildGone(s, place.hub.guildID) // READY has named it
		case err != nil:
			return err
		}
	}
	return nil
}

// takeSeats takes a bot's seats in all of its guilds. READY comes before the guilds are shown: what is posted after READY is news, even where the guild's snapshot is
// made later still.
func (g *Gateway) takeSeats(ctx context.Context, s *session) ([]*seat, error) {
	guildIDs, err := g.guildsOf(ctx, s)
	if err != nil {
		return nil, err
	}
	seats := make([]*seat, 0, len(guildIDs))
	for _, guildID := range guildIDs {
		place, err := g.takeSeat(s, guildID)
		if err != nil {
			return nil, err
		}
		view, err := g.Chat.Views.Guild(ctx, guildID)
		if goneMeanwhile(err) {
			place.leave()
			continue
		}
		if err != nil {
			return nil, err
		}
		place.newest = make(map[id.ID]id.ID, len(view.Channels))
		for i := range view.Channels {
			place.newest[view.Channels[i].ID] = view.LastMessageID(view.Channels[i].ID)
		}
		seats = append(seats, place)
	}
	return seats, nil
}

// showGuild sends a guild to a session that has just taken its seat, and then what happened meanwhile. It fails when the seat cannot be kept.
func (g *Gateway) showGuild(ctx context.Context, place *seat, members int) error {
	s := place.session
	var snapshot *chat.GuildSnapshot
	var b *body
	err := g.build(func() (err error) {
		snapshot, err = g.snapshot(ctx, s, place.hub.guildID, members)
		if err == nil && s.intents.has(intentGuilds) {
			b, err = newBody("GUILD_CREATE", g.guildCreate(s, snapshot))
		}
		return err
	})
	if err != nil {
		return err
	}
	if b != nil {
		b.snapshotOf = place.hub.guildID
		s.dispatchAlone(b)
	}
	return place.release(ctx, snapshot)
}

// guildAgain makes a guild's GUILD_CREATE anew for a session that resumes before it. What is gone is told as gone.
func (g *Gateway) guildAgain(ctx context.Context, s *session, guildID id.ID) *body {
	var b *body
	err := g.build(func() error {
		snapshot, err := g.snapshot(ctx, s, guildID, defaultLargeThreshold)
		if err == nil {
			b, err = newBody("GUILD_CREATE", g.guildCreate(s, snapshot))
		}
		return err
	})
	if err != nil {
		b = g.encode("GUILD_DELETE", wire.UnavailableGuild{ID: guildID, Unavailable: !goneMeanwhile(err)})
	}
	b.alone, b.snapshotOf = true, guildID
	return b
}

// beginPerson sends READY with all guilds in it.
func (g *Gateway) beginPerson(ctx context.Context, s *session, c *connection) error {
	user, err := g.Chat.Users.Self(ctx, s.caller)
	if err != nil {
		return err
	}
	ready := newUserReady(s, c)
	ready.User, ready.Application = wire.NewSelfUser(user, s.caller.HallOwner), wire.ReadyApplication{ID: user.ID}
	if err := g.addPeople(ctx, s, &ready); err != nil {
		return err
	}
	ready.Sessions = g.sessionsShown(s.caller.UserID)
	s.shown = marshalled(ready.Sessions)
	var b *body
	var snapshots map[*seat]*chat.GuildSnapshot
	err = g.build(func() (err error) {
		b, snapshots, err = g.userReady(ctx, s, ready)
		return err
	})
	if err != nil {
		return err
	}
	s.dispatchAlone(b)
	g.showCalls(ctx, s)
	for place, snapshot := range snapshots {
		if err := place.release(ctx, snapshot); goneMeanwhile(err) {
			place.leave()
		} else if err != nil {
			return err
		}
	}
	return nil
}

// userReady takes a person's seats, and makes READY of what they are to be shown.
func (g *Gateway) userReady(ctx context.Context, s *session, ready wire.UserReady) (*body, map[*seat]*chat.GuildSnapshot, error) {
	guildIDs, err := g.guildsOf(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	members := max(defaultLargeThreshold, min(userMembers, userMembersTogether/max(1, len(guildIDs))))
	snapshots := make(map[*seat]*chat.GuildSnapshot, len(guildIDs))
	guilds := make([][]byte, 0, len(guildIDs))
	for _, guildID := range guildIDs {
		place, err := g.takeSeat(s, guildID)
		if err != nil {
			return nil, nil, err
		}
		snapshot, err := g.snapshot(ctx, s, guildID, members)
		if goneMeanwhile(err) {
			place.leave()
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		text, err := json.Marshal(g.guildCreate(s, snapshot))
		if err != nil {
			return nil, nil, err
		}
		snapshots[place] = snapshot
		guilds = append(guilds, text)
		ready.MergedMembers = append(ready.MergedMembers, []wire.Member{wire.NewMember(snapshot.Member.Member, snapshot.Member.User)})
	}
	b, err := newReady(ready, guilds)
	return b, snapshots, err
}

// noGuilds is where a person's READY has its guilds. No text in it can look like that: its quotes would be escaped.
var noGuilds = []byte(`"guilds":[]`)

// newReady encodes a person's READY with guilds that are encoded already. The encoder would read each of them again from end to end.
func newReady(ready wire.UserReady, guilds [][]byte) (*body, error) {
	b, err := newBody("READY", ready)
	if err != nil {
		return nil, err
	}
	before, after, found := bytes.Cut(b.text, noGuilds)
	if !found {
		return nil, errors.New("encode READY: it has no place for guilds")
	}
	list := bytes.Join(guilds, []byte(","))
	text := make([]byte, 0, len(b.text)+len(list))
	text = append(append(text, before...), noGuilds[:len(noGuilds)-1]...)
	b.text = append(append(append(text, list...), ']'), after...)
	b.opening = true
	return b, nil
}

// newUserReady makes READY without what has to be asked for. The lists of features that this hall does not have are empty.
func newUserReady(s *session, c *connection) wire.UserReady {
	return wire.UserReady{Version: c.version, Guilds: []json.RawMessage{}, SessionID: s.id, ResumeGatewayURL: c.base, PrivateChannels: []wire.PrivateChannel{},
		Users: []wire.User{}, Relationships: []wire.Relationship{}, ReadState: wire.NewReadStates(nil), UserGuildSettings: wire.NewUserGuildSettingsList(nil),
		Notes: map[id.ID]string{}, Sessions: []wire.ReadySession{}, Presences: []wire.Presence{}, MergedMembers: [][]wire.Member{}, SessionType: "normal", Trace: trace}
}

// snapshot reads a guild for a session. Bots without the members intent get themselves and the people in voice.
func (g *Gateway) snapshot(ctx context.Context, s *session, guildID id.ID, members int) (*chat.GuildSnapshot, error) {
	if s.caller.Bot && !s.intents.has(intentMembers) {
		members = 0
	}
	return g.Chat.Guilds.Snapshot(ctx, s.caller, guildID, chat.SnapshotOptions{MaxMembers: members, Presences: s.intents.has(intentPresences)})
}

// guildCreate shows a guild.
func (g *Gateway) guildCreate(s *session, snapshot *chat.GuildSnapshot) wire.GuildCreate {
	shown := wire.GuildCreate{
		Guild: wire.NewGuild(snapshot.View.Guild, snapshot.View.Roles, snapshot.View.Emojis), JoinedAt: wire.Timestamp(snapshot.Member.JoinedAt), Large: snapshot.Large,
		MemberCount: snapshot.MemberCount, Members: make([]wire.Member, len(snapshot.Members)), Channels: make([]wire.Channel, len(snapshot.Channels)),
		Threads: make([]wire.Thread, len(snapshot.Threads)), Presences: make([]wire.Presence, len(snapshot.Presences)), VoiceStates: []wire.VoiceState{}, StageInstances: []wire.StageInstance{},
		GuildScheduledEvents: []string{}, SoundboardSounds: []string{},
	}
	for i, member := range snapshot.Members {
		shown.Members[i] = wire.NewMember(member.Member, member.User)
	}
	for i, channel := range snapshot.Channels {
		shown.Channels[i] = wire.NewChannel(channel.Channel, channel.LastMessageID)
	}
	for i, thread := range snapshot.Threads {
		shown.Threads[i] = wire.NewThread(thread.Channel, thread.Place)
	}
	for i, presence := range snapshot.Presences {
		shown.Presences[i] = wire.NewPresence(presence.UserID, 0, presence.Presence)
	}
	visible := sightIn(snapshot.View, &snapshot.Member.Member)
	for _, stage := range g.Chat.Voice.Stages(snapshot.View.Guild.ID) {
		if visible.sees(stage.ChannelID) {
			shown.StageInstances = append(shown.StageInstances, wire.NewStageInstance(stage))
		}
	}
	if s.intents.has(intentVoiceStates) {
		for _, state := range snapshot.VoiceStates {
			if visible.sees(state.ChannelID) || state.UserID == s.caller.UserID {
				shown.VoiceStates = append(shown.VoiceStates, wire.NewVoiceState(state))
			}
		}
	}
	return shown
}

// encode makes a body, or logs why it cannot be made.
func (g *Gateway) encode(name string, payload any) *body {
	b, err := newBody(name, payload)
	if err != nil {
		g.Log.Error("a dispatch cannot be encoded", "error", err)
		return nil
	}
	return b
}

// errOutOfStep says that more happened while a guild was shown than can be kept.
var errOutOfStep = errors.New("too much happened meanwhile")
