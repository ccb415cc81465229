package wire

import (
	"errors"
	"strings"

	"guildhall/store/event"
	"guildhall/store/id"
)

// StreamCreate is the payload of op 18. Calls have no guild.
type StreamCreate struct {
	GuildID   Optional[id.ID] `json:"guild_id"`
	ChannelID id.ID           `json:"channel_id"`
}

// StreamWatch is the payload of ops 19 and 20.
type StreamWatch struct {
	StreamKey string `json:"stream_key"`
}

// StreamSetPaused is the payload of op 22.
type StreamSetPaused struct {
	StreamKey string `json:"stream_key"`
	Paused    bool   `json:"paused"`
}

// StreamKey names a stream: "guild:{guild}:{channel}:{user}", or "call:{channel}:{user}".
func StreamKey(guildID, channelID, ownerID id.ID) string {
	if guildID == 0 {
		return "call:" + channelID.String() + ":" + ownerID.String()
	}
	return "guild:" + guildID.String() + ":" + channelID.String() + ":" + ownerID.String()
}

var errStreamKey = errors.New("this is no key of a stream")

// ParseStreamKey reads what StreamKey writes, and nothing else.
func ParseStreamKey(text string) (guildID, channelID, ownerID id.ID, err error) {
	kind, rest, _ := strings.Cut(text, ":")
	if kind == "guild" {
		var first string
		if first, rest, _ = strings.Cut(rest, ":"); first == "" {
			return 0, 0, 0, errStreamKey
		}
		if guildID, err = id.Parse(first); err != nil {
			return 0, 0, 0, errStreamKey
		}
	}
	second, third, _ := strings.Cut(rest, ":")
	channelID, err = id.Parse(second)
	if err == nil {
		ownerID, err = id.Parse(third)
	}
	if err != nil || StreamKey(guildID, channelID, ownerID) != text {
		return 0, 0, 0, errStreamKey
	}
	return guildID, channelID, ownerID, nil
}

// StreamUpdate is the payload of STREAM_UPDATE.
type StreamUpdate struct {
	StreamKey string  `json:"stream_key"`
	Region    string  `json:"region"`
	ViewerIDs []id.ID `json:"viewer_ids"`
	Paused    bool    `json:"paused"`
}

// StreamShown is the payload of STREAM_CREATE: what the stream's room is called at the voice server.
type StreamShown struct {
	StreamUpdate
	RTCServerID  id.ID `json:"rtc_server_id"`
	RTCChannelID id.ID `json:"rtc_channel_id"`
}

// StreamServerUpdate is the payload of STREAM_SERVER_UPDATE: where to join the stream's room, and with which token.
type StreamServerUpdate struct {
	StreamKey string `json:"stream_key"`
	Token     string `json:"token"`
	// Endpoint is host:port/path without a scheme.
	Endpoint string `json:"endpoint"`
}

// StreamDelete is the payload of STREAM_DELETE, with which a wish for a stream is refused, too.
type StreamDelete struct {
	StreamKey string `json:"stream_key"`
	// Reason is user_requested, stream_ended, stream_full or unauthorized.
	Reason string `json:"reason"`
}

// NewStreamChange shows what a session is told of a stream: the name of the dispatch and its payload.
func NewStreamChange(e event.StreamChanged, endpoint string) (name string, payload any) {
	key := StreamKey(e.Stream.GuildID, e.Stream.ChannelID, e.Stream.OwnerID)
	updated := StreamUpdate{StreamKey: key, Region: VoiceRegionID, ViewerIDs: append([]id.ID{}, e.Stream.ViewerIDs...), Paused: e.Stream.Paused}
	switch e.Change {
	case event.StreamShown:
		return "STREAM_CREATE", StreamShown{StreamUpdate: updated, RTCServerID: e.Stream.ServerID, RTCChannelID: e.Stream.ServerID}
	case event.StreamSummons:
		return "STREAM_SERVER_UPDATE", StreamServerUpdate{StreamKey: key, Token: e.Token, Endpoint: endpoint}
	case event.StreamEnded:
		return "STREAM_DELETE", StreamDelete{StreamKey: key, Reason: e.Reason}
	default:
		return "STREAM_UPDATE", updated
	}
}
