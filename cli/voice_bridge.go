package cli

import (
	"context"

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
