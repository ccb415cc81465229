package chat

import (
	"context"

	"guildhall/store/id"
)

// StreamClaim is what a program that knows nothing of the gateway joins the media server with.
type StreamClaim struct {
	ServerID, UserID id.ID
	SessionID, Token string
}

// ShowByKey has a program show something in the name of whose stream key it has, in the voice channel that they are in. It takes the place of what they show there already. InvalidToken when
// the key is not good, UnknownSession when they are in no voice channel, MissingPermission when they may not stream there.
func (v *Voice) ShowByKey(ctx context.Context, key string) (StreamClaim, error) {
	owner, err := v.users.accounts.streamKeyOwner(ctx, key)
	if err != nil {
		return StreamClaim{}, err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	entry := v.personIn(owner.ID)
	if entry == nil || v.closing {
		return StreamClaim{}, &Error{Kind: UnknownSession, Message: "Join a voice channel first: that is where the stream is shown."}
	}
	at := StreamKey{entry.state.GuildID, entry.state.ChannelID, owner.ID}
	if !v.mayStream(ctx, Caller{UserID: owner.ID}, at) {
		return StreamClaim{}, &Error{Kind: MissingPermission, Message: "You may not stream in this voice channel."}
	}
	shown := v.show(entry, at)
	if err := v.tell(ctx, entry.server(), entry.state); err != nil {
		v.Log.Error("a voice state could not be told", "server", entry.server(), "user", owner.ID, "error", err)
	}
	return shown.claim(owner.ID, &shown.owner), nil
}

// WatchByKey has a program watch somebody's stream in the name of whose stream key it has: both are in the same voice channel. InvalidToken when the key is not good, UnknownSession when they are
// in no voice channel, UnknownUser when nobody else shows a stream there who is meant.
func (v *Voice) WatchByKey(ctx context.Context, key string, ownerID id.ID) (StreamClaim, error) {
	viewer, err := v.users.accounts.streamKeyOwner(ctx, key)
	if err != nil {
		return StreamClaim{}, err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	entry := v.personIn(viewer.ID)
	if entry == nil {
		return StreamClaim{}, &Error{Kind: UnknownSession, Message: "Join the voice channel first in which the stream is shown."}
	}
	shown := v.streamAt(StreamKey{entry.state.GuildID, entry.state.ChannelID, ownerID})
	if shown == nil || ownerID == viewer.ID {
		return StreamClaim{}, &Error{Kind: UnknownUser, Message: "Nobody else with this id shows a stream in your voice channel."}
	}
	place := shown.viewers[viewer.ID]
	if place == nil {
		if len(shown.viewers) >= maxStreamViewers {
			return StreamClaim{}, &Error{Kind: MissingPermission, Message: "This stream has as many viewers as it may have."}
		}
		place = &streamPlace{sessionID: entry.state.SessionID}
		shown.viewers[viewer.ID] = place
		v.tellStream(ctx, shown, viewer.ID)
	}
	return shown.claim(viewer.ID, place), nil
}

// personIn gives where a person is in voice; nil when they are nowhere. The lock is held.
func (v *Voice) personIn(userID id.ID) *voiceEntry {
	for _, entries := range v.servers {
		if entry := entries[userID]; entry != nil && !entry.bot {
			return entry
		}
	}
	return nil
}

// claim makes the token with which a program joins a stream's room. The lock is held.
func (s *stream) claim(userID id.ID, place *streamPlace) StreamClaim {
	token := encodeSecret(randomBytes(32))
	place.tokenHash = hashSecret(token)
	return StreamClaim{ServerID: s.serverID, UserID: userID, SessionID: place.sessionID, Token: token}
}
