package chat

import (
	"context"
	"maps"
	"slices"

	"guildhall/api/perm"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxStreamViewers is how many may watch one stream.
const maxStreamViewers = 100

// StreamReason says why a stream is over for somebody, or why it is not to be had, in the words of the wire contract.
type StreamReason string

// The reasons.
const (
	StreamUserRequested StreamReason = "user_requested"
	StreamOver          StreamReason = "stream_ended"
	StreamFull          StreamReason = "stream_full"
	StreamUnauthorized  StreamReason = "unauthorized"
)

// StreamKey names a stream: where it is, and whose.
type StreamKey struct {
	// GuildID is zero in the call of a conversation.
	GuildID, ChannelID, OwnerID id.ID
}

// stream is what somebody in voice shows to those of their channel who want to see it. At the media server it is a room of its own, with one who publishes.
type stream struct {
	key StreamKey
	// serverID is the room's.
	serverID id.ID
	owner    streamPlace
	// viewers are those who watch, by user.
	viewers map[id.ID]*streamPlace
	paused  bool
}

// streamPlace is a session that shows or watches a stream, with what it joins the media server.
type streamPlace struct {
	sessionID string
	tokenHash []byte
}

// inVoice gives somebody's place in a voice channel if it is that of a session. The lock is held.
func (v *Voice) inVoice(key StreamKey, userID id.ID, sessionID string) *voiceEntry {
	server := voiceServer(event.VoiceState{GuildID: key.GuildID, ChannelID: key.ChannelID})
	entry := v.servers[server][userID]
	if entry == nil || entry.state.ChannelID != key.ChannelID || entry.state.GuildID != key.GuildID || entry.state.SessionID != sessionID {
		return nil
	}
	return entry
}

// StartStream begins to show something in the voice channel that the session is in; it needs STREAM there. Who shows something already is told anew where. The reason why it cannot be is empty when it can.
func (v *Voice) StartStream(ctx context.Context, caller Caller, sessionID string, guildID, channelID id.ID) StreamReason {
	ctx = context.WithoutCancel(ctx)
	key := StreamKey{guildID, channelID, caller.UserID}
	v.mu.Lock()
	defer v.mu.Unlock()
	entry := v.inVoice(key, caller.UserID, sessionID)
	if entry == nil || caller.Bot || v.closing || !v.mayStream(ctx, caller, key) {
		return StreamUnauthorized
	}
	shown := v.show(entry, key)
	v.publish(ctx, shown.about(event.StreamShown, caller.UserID, sessionID))
	if err := v.tell(ctx, entry.server(), entry.state); err != nil {
		v.Log.Error("a voice state could not be told", "server", entry.server(), "user", caller.UserID, "error", err)
	}
	v.summonToStream(ctx, shown, caller.UserID, &shown.owner)
	return ""
}

// show gives the stream of somebody in voice, which begins if there is none. The lock is held.
func (v *Voice) show(entry *voiceEntry, key StreamKey) *stream {
	if entry.stream == nil {
		entry.stream = &stream{key: key, serverID: v.IDs.Next(), owner: streamPlace{sessionID: entry.state.SessionID}, viewers: make(map[id.ID]*streamPlace)}
		v.streams[entry.stream.serverID] = entry.stream
		entry.state.SelfStream = true
	}
	return entry.stream
}

// mayStream asks whether somebody who is in a voice channel may show something there.
func (v *Voice) mayStream(ctx context.Context, caller Caller, key StreamKey) bool {
	if key.GuildID == 0 {
		return true
	}
	_, _, held, err := v.views.channelAccess(ctx, caller, key.ChannelID)
	return err == nil && held.Has(perm.Stream)
}

// WatchStream has a session watch a stream of the voice channel that it is in. The reason why it cannot is empty when it can.
func (v *Voice) WatchStream(ctx context.Context, caller Caller, sessionID string, key StreamKey) StreamReason {
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.inVoice(key, caller.UserID, sessionID) == nil || caller.Bot {
		return StreamUnauthorized // whether there is one is for those in the channel to know
	}
	shown := v.streamAt(key)
	if shown == nil || caller.UserID == key.OwnerID {
		return StreamOver
	}
	place := shown.viewers[caller.UserID]
	if place == nil {
		if len(shown.viewers) >= maxStreamViewers {
			return StreamFull
		}
		place = &streamPlace{sessionID: sessionID}
		shown.viewers[caller.UserID] = place
		v.tellStream(ctx, shown, caller.UserID)
	}
	v.publish(ctx, shown.about(event.StreamShown, caller.UserID, sessionID))
	v.summonToStream(ctx, shown, caller.UserID, place)
	return ""
}

// StopStream ends a session's stream, or its watching of another's. What is not there needs no end.
func (v *Voice) StopStream(ctx context.Context, caller Caller, sessionID string, key StreamKey) {
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	entry, shown := v.inVoice(key, caller.UserID, sessionID), v.streamAt(key)
	switch {
	case entry == nil || shown == nil:
	case key.OwnerID == caller.UserID:
		v.endStream(ctx, entry, StreamUserRequested)
	default:
		v.unwatch(ctx, shown, caller.UserID, StreamUserRequested)
	}
}

// PauseStream has nothing of a session's stream pass for a while, or again.
func (v *Voice) PauseStream(ctx context.Context, caller Caller, sessionID string, key StreamKey, paused bool) {
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	entry := v.inVoice(key, caller.UserID, sessionID)
	if entry == nil || entry.stream == nil || key.OwnerID != caller.UserID || entry.stream.paused == paused {
		return
	}
	entry.stream.paused = paused
	v.media.Update(entry.stream.serverID, caller.UserID, entry.streamState())
	v.tellStream(ctx, entry.stream, 0)
}

// streamAt gives a stream; nil when there is none. The lock is held.
func (v *Voice) streamAt(key StreamKey) *stream {
	server := voiceServer(event.VoiceState{GuildID: key.GuildID, ChannelID: key.ChannelID})
	if owner := v.servers[server][key.OwnerID]; owner != nil && owner.stream != nil && owner.stream.key == key {
		return owner.stream
	}
	return nil
}

// about is an event of a stream for one session.
func (s *stream) about(change event.StreamChange, userID id.ID, sessionID string) event.StreamChanged {
	return event.StreamChanged{Change: change, UserID: userID, SessionID: sessionID, Stream: event.Stream{GuildID: s.key.GuildID, ChannelID: s.key.ChannelID, OwnerID: s.key.OwnerID, ServerID: s.serverID,
		ViewerIDs: slices.Sorted(maps.Keys(s.viewers)), Paused: s.paused}}
}

// tellStream tells everybody who shows or watches a stream what it is like now, but for one of them. The lock is held.
func (v *Voice) tellStream(ctx context.Context, shown *stream, but id.ID) {
	v.publish(ctx, shown.about(event.StreamUpdated, shown.key.OwnerID, shown.owner.sessionID))
	for _, userID := range slices.Sorted(maps.Keys(shown.viewers)) {
		if userID != but {
			v.publish(ctx, shown.about(event.StreamUpdated, userID, shown.viewers[userID].sessionID))
		}
	}
}

// summonToStream tells a session with which token to join a stream's room. The lock is held.
func (v *Voice) summonToStream(ctx context.Context, shown *stream, userID id.ID, place *streamPlace) {
	token := encodeSecret(randomBytes(32))
	place.tokenHash = hashSecret(token)
	summons := shown.about(event.StreamSummons, userID, place.sessionID)
	summons.Token = token
	v.publish(ctx, summons)
}

// streamState is what passes of somebody's own stream. What the server or a missing SPEAK silences is silent here, too; muting oneself is about the microphone.
func (e *voiceEntry) streamState() MediaState {
	return MediaState{Mute: e.state.Mute || e.state.Suppress || e.stream.paused, Deaf: true, Video: !e.stream.paused, Soundshare: true}
}

// viewerState is what passes of somebody who watches a stream: nothing from them, and sound only to who can hear.
func (e *voiceEntry) viewerState() MediaState {
	return MediaState{Mute: true, Deaf: e.state.Deaf || e.state.SelfDeaf, Viewer: true}
}

// updateStreams has what passes of the streams that somebody shows and watches follow their voice state. The lock is held.
func (v *Voice) updateStreams(entry *voiceEntry) {
	if entry.stream != nil {
		v.media.Update(entry.stream.serverID, entry.state.UserID, entry.streamState())
	}
	for serverID, shown := range v.streams {
		if shown.viewers[entry.state.UserID] != nil {
			v.media.Update(serverID, entry.state.UserID, entry.viewerState())
		}
	}
}

// endStream ends what somebody shows, and tells everybody. The lock is held.
func (v *Voice) endStream(ctx context.Context, entry *voiceEntry, why StreamReason) {
	v.dropStream(ctx, entry, why)
	if err := v.tell(ctx, entry.server(), entry.state); err != nil {
		v.Log.Error("a voice state could not be told", "server", entry.server(), "user", entry.state.UserID, "error", err)
	}
}

// dropStream is endStream where the voice state is told in another way. The lock is held.
func (v *Voice) dropStream(ctx context.Context, entry *voiceEntry, why StreamReason) {
	shown := entry.stream
	entry.stream, entry.state.SelfStream = nil, false
	delete(v.streams, shown.serverID)
	for _, userID := range slices.Sorted(maps.Keys(shown.viewers)) {
		place := shown.viewers[userID]
		delete(shown.viewers, userID)
		v.expelFromStream(ctx, shown, userID, place.sessionID, StreamOver)
	}
	v.expelFromStream(ctx, shown, shown.key.OwnerID, shown.owner.sessionID, why)
}

// unwatch takes somebody out of those who watch a stream, and tells everybody. The lock is held.
func (v *Voice) unwatch(ctx context.Context, shown *stream, userID id.ID, why StreamReason) {
	place := shown.viewers[userID]
	if place == nil {
		return
	}
	delete(shown.viewers, userID)
	v.expelFromStream(ctx, shown, userID, place.sessionID, why)
	v.tellStream(ctx, shown, 0)
}

// expelFromStream takes a session off the media server, and tells it that a stream is over for it. The lock is held.
func (v *Voice) expelFromStream(ctx context.Context, shown *stream, userID id.ID, sessionID string, why StreamReason) {
	v.media.Disconnect(shown.serverID, userID, DisconnectLeft)
	over := shown.about(event.StreamEnded, userID, sessionID)
	over.Reason = string(why)
	v.publish(ctx, over)
}

// quitStreams ends what somebody who leaves a voice channel shows and watches there. The lock is held.
func (v *Voice) quitStreams(ctx context.Context, entry *voiceEntry) {
	if entry.stream != nil {
		v.dropStream(ctx, entry, StreamOver)
	}
	for _, shown := range v.streams {
		if shown.key.GuildID == entry.state.GuildID && shown.key.ChannelID == entry.state.ChannelID {
			v.unwatch(ctx, shown, entry.state.UserID, StreamOver)
		}
	}
}

// admitToStream checks what a client identifies to the room of a stream with. The lock is held.
func (v *Voice) admitToStream(shown *stream, userID id.ID, sessionID, token string) (VoiceAdmission, error) {
	place, entry := shown.viewers[userID], v.inVoice(shown.key, userID, sessionID)
	if userID == shown.key.OwnerID {
		place = &shown.owner
	}
	if place == nil || entry == nil {
		return VoiceAdmission{}, fail(UnknownSession)
	}
	if !sameHash(place.tokenHash, hashSecret(token)) {
		return VoiceAdmission{}, fail(InvalidToken)
	}
	admission := VoiceAdmission{ServerID: shown.serverID, RoomID: shown.serverID, UserID: userID, SessionID: sessionID, Media: entry.viewerState()}
	if place == &shown.owner {
		admission.Media = entry.streamState()
	}
	return admission, nil
}

// leftStream notes that the media connection of somebody who shows or watches a stream is gone for good. The lock is held.
func (v *Voice) leftStream(ctx context.Context, shown *stream, userID id.ID, sessionID string) {
	entry := v.inVoice(shown.key, userID, sessionID)
	switch {
	case entry == nil:
	case entry.stream == shown:
		v.endStream(ctx, entry, StreamOver)
	default:
		v.unwatch(ctx, shown, userID, StreamOver)
	}
}

// endStreams ends all streams. The lock is held.
func (v *Voice) endStreams(ctx context.Context) {
	for _, entries := range v.servers {
		for _, entry := range entries {
			if entry.stream != nil {
				v.endStream(ctx, entry, StreamOver)
			}
		}
	}
}
