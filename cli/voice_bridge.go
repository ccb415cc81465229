package cli

import (
	"context"
	"errors"
	"net/http"

	"guildhall/api/chat"
	"guildhall/rtc/sfu"
	"guildhall/rtc/signal"
	"guildhall/store/id"
)

// voiceBridge joins the rules of voice with the media server: neither knows of the other.
type voiceBridge struct {
	voice  *chat.Voice
	server *signal.Server
}

// Admit implements signal.Authority.
func (b *voiceBridge) Admit(ctx context.Context, claim signal.Claim) (signal.Grant, error) {
	admission, err := b.voice.Admit(ctx, claim.ServerID, claim.UserID, claim.SessionID, claim.Token)
	if err != nil {
		return signal.Grant{}, err
	}
	return signal.Grant{ServerID: admission.ServerID, RoomID: admission.RoomID, UserID: admission.UserID, SessionID: admission.SessionID,
		State: mediaState(admission.Media)}, nil
}

// Left implements signal.Authority.
func (b *voiceBridge) Left(ctx context.Context, grant signal.Grant) {
	b.voice.Left(ctx, chat.VoiceAdmission{ServerID: grant.ServerID, RoomID: grant.RoomID, UserID: grant.UserID, SessionID: grant.SessionID})
}

// Update implements chat.MediaServer.
func (b *voiceBridge) Update(serverID, userID id.ID, state chat.MediaState) {
	b.server.Update(serverID, userID, mediaState(state))
}

func mediaState(state chat.MediaState) sfu.State {
	return sfu.State{Mute: state.Mute, Deaf: state.Deaf, Video: state.Video, Soundshare: state.Soundshare, Viewer: state.Viewer}
}

// Disconnect implements chat.MediaServer.
func (b *voiceBridge) Disconnect(serverID, userID id.ID, _ chat.DisconnectReason) {
	// Whoever left, moved or was taken out has a new token or none: dialling again with the old one is of no use.
	b.server.Disconnect(serverID, userID, signal.CloseDisconnected)
}

// Ingest implements signal.Streams.
func (b *voiceBridge) Ingest(ctx context.Context, key string) (signal.Claim, error) {
	return streamClaim(b.voice.ShowByKey(ctx, key))
}

// Playback implements signal.Streams.
func (b *voiceBridge) Playback(ctx context.Context, key string, ownerID id.ID) (signal.Claim, error) {
	return streamClaim(b.voice.WatchByKey(ctx, key, ownerID))
}

// streamRefusals are the statuses of what keeps a program from a stream.
var streamRefusals = map[chat.Kind]int{
	chat.InvalidToken: http.StatusUnauthorized, chat.MissingPermission: http.StatusForbidden, chat.UnknownSession: http.StatusConflict, chat.UnknownUser: http.StatusNotFound,
}

// streamClaim makes what a program joins with of what the rules say.
func streamClaim(claim chat.StreamClaim, err error) (signal.Claim, error) {
	if failure, ok := errors.AsType[*chat.Error](err); ok && streamRefusals[failure.Kind] != 0 {
		message := failure.Message
		if failure.Kind == chat.InvalidToken {
			message = "This is no stream key, or it has been replaced by another."
		}
		return signal.Claim{}, &signal.Refusal{Status: streamRefusals[failure.Kind], Message: message}
	}
	return signal.Claim(claim), err
}
