package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Voice is about who is in which voice channel, and how. A room lives on one node, and so do the states of the people in it.
type Voice struct {
	Deps
	views *Views
	users *Users

	// mu orders everything that happens in voice: a state, what is published of it and what the media server is told agree.
	mu sync.Mutex
	// servers are those who are in voice, by guild, or by conversation, and by user.
	servers map[id.ID]map[id.ID]*voiceEntry
	// statuses are those of voice channels that have one.
	statuses map[id.ID]voiceStatus
	// stages are those that are open, by channel.
	stages map[id.ID]event.StageInstance
	// away tells since when gateway sessions say that nobody is in front of them.
	away map[string]time.Time
	// calls are those that go on, by conversation. callTurns lets one at a time begin in a conversation.
	calls     map[id.ID]*call
	callTurns turns
	// streams are what people show, by the server ids of their rooms.
	streams map[id.ID]*stream
	// rings tells one ringing from the next.
	rings uint64
	// startTimer runs something after a time, unless it is stopped before. It is time.AfterFunc but for tests.
	startTimer func(after time.Duration, do func()) (stop func() bool)
	// closing lets no call begin any more; work is what messages are still to be told of calls.
	closing bool
	work    sync.WaitGroup
	media   MediaServer

	messages  *Messages // set when there is one
	unlimited bool
}

// voiceEntry is somebody in a voice channel.
type voiceEntry struct {
	state event.VoiceState
	bot   bool
	// connect tells whether they may connect by themself: somebody who was moved here by others may stay without it, but whoever loses it has to go.
	connect bool
	// stream is what they show; nil for nothing.
	stream *stream
	// tokenHash is the SHA-256 of the token with which the media server is joined. It is good until the person leaves or moves.
	tokenHash []byte
	// recordID is the store's record of the stay, since its beginning.
	recordID id.ID
	since    time.Time
}

// VoiceUpdate is what a gateway session asks for (op 4). A zero channel leaves.
type VoiceUpdate struct {
	SessionID                     string
	GuildID, ChannelID            id.ID
	SelfMute, SelfDeaf, SelfVideo bool
}

// MediaState is what of somebody's media passes. Mute: nothing of theirs is passed on; Deaf: they get nothing; Video: they may send video.
type MediaState struct {
	Mute, Deaf, Video bool
	// Soundshare says that what is heard of them is the sound of what they show. Viewer: they send nothing at all, because they watch what another shows.
	Soundshare, Viewer bool
}

// DisconnectReason says why somebody is taken off the media server.
type DisconnectReason int

// The reasons.
const (
	DisconnectLeft DisconnectReason = iota
	DisconnectMoved
	DisconnectKicked
	DisconnectReplaced
	DisconnectChannelDeleted
)

// MediaServer is what carries the media of guilds, of calls in conversations, and of streams: a server is one of them. Its methods must not call back into Voice before they return.
type MediaServer interface {
	// Update changes what passes, from the next packet on. Somebody who is not connected is passed over.
	Update(serverID, userID id.ID, state MediaState)
	// Disconnect returns when the connection that is there, if any, cannot send or receive any more.
	Disconnect(serverID, userID id.ID, why DisconnectReason)
}

// noMedia stands in until SetMedia.
type noMedia struct{}

func (noMedia) Update(id.ID, id.ID, MediaState)           {}
func (noMedia) Disconnect(id.ID, id.ID, DisconnectReason) {}

func newVoice(deps Deps, views *Views, users *Users, media MediaServer) *Voice {
	v := &Voice{Deps: deps, views: views, users: users, servers: make(map[id.ID]map[id.ID]*voiceEntry), statuses: make(map[id.ID]voiceStatus), stages: make(map[id.ID]event.StageInstance),
		away: make(map[string]time.Time), calls: make(map[id.ID]*call), streams: make(map[id.ID]*stream), startTimer: afterFunc, media: noMedia{}}
	if media != nil {
		v.media = media
	}
	return v
}

func afterFunc(after time.Duration, do func()) func() bool { return time.AfterFunc(after, do).Stop }

// SetMedia says what carries the media.
func (v *Voice) SetMedia(media MediaServer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.media = media
}

// mediaState is what passes of an entry.
func (e *voiceEntry) mediaState() MediaState {
	s := e.state
	// Who is invited to speak is not heard until they accept.
	return MediaState{Mute: s.Mute || s.SelfMute || s.Suppress || !s.RequestedToSpeakAt.IsZero(), Deaf: s.Deaf || s.SelfDeaf, Video: s.SelfVideo}
}

// server is the guild that somebody is in voice in, or the conversation.
func (e *voiceEntry) server() id.ID { return voiceServer(e.state) }

func voiceServer(state event.VoiceState) id.ID { return cmp.Or(state.GuildID, state.ChannelID) }

// UpdateState joins a voice channel or the call of a conversation, moves to another, changes one's own muting, or leaves. In a guild it needs VIEW_CHANNEL and CONNECT, and MOVE_MEMBERS for a
// channel that is full. A person is in one channel of the whole hall, a bot in one of each guild.
func (v *Voice) UpdateState(ctx context.Context, caller Caller, update VoiceUpdate) error {
	ctx = context.WithoutCancel(ctx) // what began is told to everybody
	if update.GuildID == 0 && update.ChannelID != 0 {
		return v.joinCall(ctx, caller, update)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	current := v.servers[update.GuildID][caller.UserID]
	if update.ChannelID == 0 {
		// A session leaves only what it joined itself; without a guild it leaves wherever it is.
		if update.GuildID == 0 {
			v.leaveSession(ctx, update.SessionID)
		} else if current != nil && current.state.SessionID == update.SessionID {
			v.leave(ctx, current, DisconnectLeft)
		}
		return nil
	}
	wanted, err := v.allowed(ctx, caller, update, current)
	if err != nil {
		return err
	}
	return v.put(ctx, current, wanted)
}

// put has somebody be where they want to be, in place of where they are. The lock is held.
func (v *Voice) put(ctx context.Context, current, wanted *voiceEntry) error {
	if current != nil && current.state.ChannelID == wanted.state.ChannelID && current.state.SessionID == wanted.state.SessionID {
		return v.change(ctx, current, wanted.state)
	}
	if !wanted.bot {
		v.leaveElsewhere(ctx, wanted.state.UserID, wanted.server())
	}
	return v.enter(ctx, current, wanted)
}

// change gives somebody who stays where they are another state. Asking for the state that is already there is how client libraries ask for a new token, when their
// media connection is beyond resuming. The lock is held.
func (v *Voice) change(ctx context.Context, entry *voiceEntry, state event.VoiceState) error {
	state.SelfStream = entry.state.SelfStream
	again := entry.state == state
	entry.state = state
	if !again {
		v.media.Update(entry.server(), state.UserID, entry.mediaState())
		v.updateStreams(entry)
	}
	if err := v.tell(ctx, entry.server(), state); err != nil {
		return err
	}
	if again {
		v.summon(ctx, entry)
	}
	return nil
}

// allowed checks a wish and gives the entry that it comes to. Whoever is in the channel already needs no permission to stay. The lock is held.
func (v *Voice) allowed(ctx context.Context, caller Caller, update VoiceUpdate, current *voiceEntry) (*voiceEntry, error) {
	a, err := v.views.access(ctx, caller, update.GuildID)
	if err != nil {
		return nil, err
	}
	channel, found := a.view.Channel(update.ChannelID)
	if !found || a.member == nil {
		return nil, fail(UnknownChannel)
	}
	held := a.inChannel(channel)
	wanted := &voiceEntry{bot: caller.Bot, connect: held.Has(perm.ViewChannel | perm.Connect), state: event.VoiceState{
		GuildID: update.GuildID, ChannelID: update.ChannelID, UserID: caller.UserID, SessionID: update.SessionID, Deaf: a.member.Deaf, Mute: a.member.Mute,
		SelfDeaf: update.SelfDeaf, SelfMute: update.SelfMute, SelfVideo: update.SelfVideo && held.Has(perm.Stream), Suppress: suppressed(a.view, channel, held),
	}}
	if current == nil || current.state.ChannelID != channel.ID {
		return wanted, v.mayEnter(channel, held)
	}
	wanted.stayOnStage(channel, current)
	return wanted, nil
}

// stayOnStage leaves somebody where they are on a stage. The lock is held.
func (e *voiceEntry) stayOnStage(channel *store.Channel, current *voiceEntry) {
	if channel.Type == store.ChannelStage {
		e.state.Suppress, e.state.RequestedToSpeakAt = current.state.Suppress, current.state.RequestedToSpeakAt
	}
}

// suppressed tells whether somebody with these permissions who comes into a channel cannot speak there. In the channel for those who are away nobody can, and on a stage all begin as listeners.
func suppressed(view *View, channel *store.Channel, held perm.Set) bool {
	return !held.Has(perm.Speak) || channel.ID == view.Guild.AFKChannelID || channel.Type == store.ChannelStage
}

// mayEnter asks whether somebody with these permissions may come into a channel. The lock is held.
func (v *Voice) mayEnter(channel *store.Channel, held perm.Set) error {
	if !held.Has(perm.ViewChannel) {
		return fail(MissingAccess)
	}
	if !channel.Type.IsVoice() {
		return fail(WrongChannelType)
	}
	if err := need(held, perm.Connect); err != nil {
		return err
	}
	if channel.UserLimit > 0 && v.count(channel.GuildID, channel.ID) >= channel.UserLimit && !held.Has(perm.MoveMembers) {
		return &Error{Kind: MissingPermission, Message: "This voice channel is full."}
	}
	return nil
}

// count tells how many are in a channel. The lock is held.
func (v *Voice) count(guildID, channelID id.ID) (count int) {
	for _, entry := range v.servers[guildID] {
		if entry.state.ChannelID == channelID {
			count++
		}
	}
	return count
}

// enter puts somebody into a channel, in place of where they were in the guild, and tells the session where to join the media server. The lock is held.
func (v *Voice) enter(ctx context.Context, before, entry *voiceEntry) error {
	serverID, userID := entry.server(), entry.state.UserID
	if before != nil {
		why := DisconnectMoved
		if before.state.SessionID != entry.state.SessionID {
			why = DisconnectReplaced
		}
		v.media.Disconnect(serverID, userID, why)
		v.quitStreams(ctx, before)
		v.endRecord(ctx, before)
	}
	if v.servers[serverID] == nil {
		v.servers[serverID] = make(map[id.ID]*voiceEntry)
	}
	v.servers[serverID][userID] = entry
	v.beginRecord(ctx, entry)
	if err := v.tell(ctx, serverID, entry.state); err != nil {
		return err
	}
	v.summon(ctx, entry)
	if before != nil {
		v.emptied(ctx, serverID, before.state.ChannelID)
	}
	return nil
}

// summon tells a session with which token to join the media server. The lock is held.
func (v *Voice) summon(ctx context.Context, entry *voiceEntry) {
	token := encodeSecret(randomBytes(32))
	entry.tokenHash = hashSecret(token)
	summons := event.VoiceServerUpdated{GuildID: entry.state.GuildID, ChannelID: entry.state.ChannelID, UserID: entry.state.UserID, SessionID: entry.state.SessionID, Token: token}
	if summons.GuildID == 0 {
		v.publish(ctx, event.Direct{UserID: summons.UserID, Event: summons})
		return
	}
	v.publish(ctx, summons)
}

// tell publishes a state to a guild, with its member, which clients recognise themselves by, or to those who are in a conversation. The lock is held.
func (v *Voice) tell(ctx context.Context, serverID id.ID, state event.VoiceState) error {
	user, err := v.users.lookup(ctx, state.UserID)
	if err != nil {
		return unknownUser(err)
	}
	updated := event.VoiceStateUpdated{State: state, User: withoutEmail(user)}
	if state.GuildID == 0 {
		v.tellCall(ctx, serverID, state.UserID, func(userID id.ID) event.Event { return event.Direct{UserID: userID, Event: updated} })
		return nil
	}
	member, err := v.views.Member(ctx, state.GuildID, state.UserID)
	switch {
	case err == nil:
		updated.Member = ownMember(member)
	case KindOf(err) == UnknownMember, KindOf(err) == UnknownGuild:
		updated.Member = store.Member{GuildID: state.GuildID, UserID: state.UserID, JoinedAt: state.UserID.Time()} // they have just left the guild
	default:
		return err
	}
	v.publish(ctx, updated)
	return nil
}

// leave takes somebody out of voice. The lock is held.
func (v *Voice) leave(ctx context.Context, entry *voiceEntry, why DisconnectReason) {
	serverID, userID := entry.server(), entry.state.UserID
	v.media.Disconnect(serverID, userID, why)
	v.quitStreams(ctx, entry)
	delete(v.servers[serverID], userID)
	if len(v.servers[serverID]) == 0 {
		delete(v.servers, serverID)
	}
	v.endRecord(ctx, entry)
	state := entry.state
	state.ChannelID = 0
	if err := v.tell(ctx, serverID, state); err != nil {
		v.Log.Error("a departure from voice could not be told", "server", serverID, "user", userID, "error", err)
	}
	v.emptied(ctx, serverID, entry.state.ChannelID)
}

// beginRecord records the beginning of a stay, in guilds: who talks to whom in conversations is nobody's business. The lock is held.
func (v *Voice) beginRecord(ctx context.Context, entry *voiceEntry) {
	entry.recordID, entry.since = v.IDs.Next(), v.Now().UTC()
	state := entry.state
	if state.GuildID == 0 {
		return
	}
	record := store.VoiceSession{ID: entry.recordID, GuildID: state.GuildID, ChannelID: state.ChannelID, UserID: state.UserID, StartedAt: entry.since}
	if err := v.Store.StartVoiceSession(ctx, record); err != nil {
		v.Log.Warn("a stay in voice could not be recorded", "guild", state.GuildID, "user", state.UserID, "error", err)
	}
}

func (v *Voice) endRecord(ctx context.Context, entry *voiceEntry) {
	if entry.state.GuildID == 0 {
		return
	}
	err := v.Store.EndVoiceSession(ctx, entry.recordID, v.Now().UTC())
	if err != nil && !errors.Is(err, store.ErrNotFound) { // the channel may be deleted, and the record with it
		v.Log.Warn("a stay in voice could not be recorded", "guild", entry.state.GuildID, "user", entry.state.UserID, "error", err)
	}
}

// leaveElsewhere takes a person out of voice everywhere but in one guild or conversation. The lock is held.
func (v *Voice) leaveElsewhere(ctx context.Context, userID, serverID id.ID) {
	for other, entries := range v.servers {
		if entry := entries[userID]; entry != nil && other != serverID {
			v.leave(ctx, entry, DisconnectMoved)
		}
	}
}

func (v *Voice) leaveSession(ctx context.Context, sessionID string) {
	for _, entries := range v.servers {
		for _, entry := range entries {
			if entry.state.SessionID == sessionID {
				v.leave(ctx, entry, DisconnectLeft)
			}
		}
	}
}

// VoiceAdmission is who the media server lets in, where, and how.
type VoiceAdmission struct {
	// ServerID is the guild or conversation, RoomID the channel. Of a stream both are its own.
	ServerID, RoomID, UserID id.ID
	Bot                      bool
	SessionID                string
	Media                    MediaState
}

// Admit checks what a client identifies to the media server with. The token is good for this stay: a client whose connection broke comes back with it.
func (v *Voice) Admit(_ context.Context, serverID, userID id.ID, sessionID, token string) (VoiceAdmission, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if shown := v.streams[serverID]; shown != nil {
		return v.admitToStream(shown, userID, sessionID, token)
	}
	entry := v.servers[serverID][userID]
	if entry == nil || entry.state.SessionID != sessionID {
		return VoiceAdmission{}, fail(UnknownSession)
	}
	if !sameHash(entry.tokenHash, hashSecret(token)) {
		return VoiceAdmission{}, fail(InvalidToken)
	}
	return VoiceAdmission{ServerID: serverID, RoomID: entry.state.ChannelID, UserID: userID, Bot: entry.bot, SessionID: sessionID, Media: entry.mediaState()}, nil
}

// Left notes that the media connection that somebody was admitted with is gone for good. Somebody who is elsewhere by now stays there.
func (v *Voice) Left(ctx context.Context, admitted VoiceAdmission) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if shown := v.streams[admitted.ServerID]; shown != nil {
		v.leftStream(ctx, shown, admitted.UserID, admitted.SessionID)
		return
	}
	entry := v.servers[admitted.ServerID][admitted.UserID]
	if entry != nil && entry.state.SessionID == admitted.SessionID && entry.state.ChannelID == admitted.RoomID {
		v.leave(ctx, entry, DisconnectLeft)
	}
}

// SessionGone notes that a gateway session has ended for good: what it joined is left.
func (v *Voice) SessionGone(ctx context.Context, sessionID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.away, sessionID)
	v.leaveSession(ctx, sessionID)
}

// States gives who is in voice in a guild, by ascending user id.
func (v *Voice) States(_ context.Context, guildID id.ID) ([]event.VoiceState, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	states := make([]event.VoiceState, 0, len(v.servers[guildID]))
	for _, entry := range v.servers[guildID] {
		states = append(states, entry.state)
	}
	slices.SortFunc(states, func(a, b event.VoiceState) int { return cmp.Compare(a.UserID, b.UserID) })
	return states, nil
}

// State gives where somebody is in voice in a guild; false when they are not.
func (v *Voice) State(_ context.Context, guildID, userID id.ID) (event.VoiceState, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if entry := v.servers[guildID][userID]; entry != nil {
		return entry.state, true, nil
	}
	return event.VoiceState{}, false, nil
}

// move puts somebody who is in voice into another channel of the guild; zero takes them out. Whether the mover may is checked by the caller.
func (v *Voice) move(ctx context.Context, guildID, userID, channelID id.ID) error {
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.moveEntry(ctx, guildID, userID, channelID)
}

// moveEntry is move with the lock held.
func (v *Voice) moveEntry(ctx context.Context, guildID, userID, channelID id.ID) error {
	entry := v.servers[guildID][userID]
	if entry == nil {
		return invalid("channel_id", "TARGET_USER_NOT_CONNECTED", "This member is not in voice.")
	}
	if channelID == 0 {
		v.leave(ctx, entry, DisconnectKicked)
		return nil
	}
	if entry.state.ChannelID == channelID {
		return nil
	}
	view, err := v.views.Guild(ctx, guildID)
	if err != nil {
		return err
	}
	channel, ok := view.Channel(channelID)
	if !ok || !channel.Type.IsVoice() {
		return invalid("channel_id", "BASE_TYPE_BAD_VALUE", "This is not a voice channel of the server.")
	}
	member, err := v.views.Member(ctx, guildID, userID)
	if err != nil {
		return err
	}
	state := entry.state
	held := view.ChannelPermissions(member, channelID)
	state.SelfStream, state.RequestedToSpeakAt = false, time.Time{} // which end where they were
	state.ChannelID, state.Suppress, state.SelfVideo = channelID, suppressed(view, channel, held), state.SelfVideo && held.Has(perm.Stream)
	return v.enter(ctx, entry, &voiceEntry{state: state, bot: entry.bot, connect: held.Has(perm.ViewChannel | perm.Connect)})
}
