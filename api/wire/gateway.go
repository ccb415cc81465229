package wire

import (
	"bytes"
	"encoding/json"

	"guildhall/store/id"
)

// Opcode says what a gateway frame is.
type Opcode int

// The gateway's opcodes.
const (
	OpDispatch            Opcode = 0
	OpHeartbeat           Opcode = 1
	OpIdentify            Opcode = 2
	OpPresenceUpdate      Opcode = 3
	OpVoiceStateUpdate    Opcode = 4
	OpResume              Opcode = 6
	OpReconnect           Opcode = 7
	OpRequestGuildMembers Opcode = 8
	OpInvalidSession      Opcode = 9
	OpHello               Opcode = 10
	OpHeartbeatAck        Opcode = 11
	OpCallConnect         Opcode = 13
	OpGuildSubscribe      Opcode = 14
	OpStreamCreate        Opcode = 18
	OpStreamDelete        Opcode = 19
	OpStreamWatch         Opcode = 20
	OpStreamSetPaused     Opcode = 22
	OpRequestSounds       Opcode = 31
	OpGuildSubscribeBulk  Opcode = 37
	OpRequestChannelInfo  Opcode = 43
)

// ClientFrame is a frame from a client.
type ClientFrame struct {
	Op   *Opcode         `json:"op"`
	Data json.RawMessage `json:"d"`
}

// ServerFrame is a frame to a client that is not a dispatch. Dispatches are put together by the gateway from parts that sessions share.
type ServerFrame struct {
	Op   Opcode  `json:"op"`
	Data any     `json:"d"`
	Seq  *int64  `json:"s"`
	Type *string `json:"t"`
}

// Hello is the first frame's payload.
type Hello struct {
	// HeartbeatInterval is in milliseconds.
	HeartbeatInterval int `json:"heartbeat_interval"`
}

// Identify is the payload of op 2. Old clients write the properties' names with a dollar sign.
type Identify struct {
	Token          string             `json:"token"`
	Properties     IdentifyProperties `json:"properties"`
	LargeThreshold int                `json:"large_threshold"`
	Shard          []int              `json:"shard"`
	Presence       *PresenceUpdate    `json:"presence"`
	Intents        *uint64            `json:"intents"`
}

// IdentifyProperties say what kind of device and program a client is.
type IdentifyProperties struct {
	OS      string
	Browser string
	Device  string
}

// UnmarshalJSON reads the properties under their new or old names; what is of another type is passed over.
func (p *IdentifyProperties) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	for name, target := range map[string]*string{"os": &p.OS, "browser": &p.Browser, "device": &p.Device} {
		for _, key := range []string{name, "$" + name} {
			var text string
			if json.Unmarshal(fields[key], &text) == nil && text != "" {
				*target = text
			}
		}
	}
	return nil
}

// Resume is the payload of op 6.
type Resume struct {
	Token     string `json:"token"`
	SessionID string `json:"session_id"`
	Seq       int64  `json:"seq"`
}

// Resumed is the payload of RESUMED.
type Resumed struct {
	Trace []string `json:"_trace"`
}

// RequestSounds is the payload of op 31.
type RequestSounds struct {
	GuildIDs []id.ID `json:"guild_ids"`
}

// GuildSounds is the payload of SOUNDBOARD_SOUNDS. There are none until their feature is built.
type GuildSounds struct {
	GuildID id.ID    `json:"guild_id"`
	Sounds  []string `json:"soundboard_sounds"`
}

// RequestChannelInfo is the payload of op 43.
type RequestChannelInfo struct {
	GuildID id.ID `json:"guild_id"`
}

// GuildChannelInfo is the payload of CHANNEL_INFO: the voice channels that have a status.
type GuildChannelInfo struct {
	GuildID  id.ID         `json:"guild_id"`
	Channels []ChannelInfo `json:"channels"`
}

// ChannelInfo is what a voice channel tells besides.
type ChannelInfo struct {
	ID     id.ID   `json:"id"`
	Status *string `json:"status"`
}

// ReadyApplication is the application in READY.
type ReadyApplication struct {
	ID    id.ID  `json:"id"`
	Flags uint64 `json:"flags"`
}

// BotReady is READY for a bot: its guilds follow as GUILD_CREATE.
type BotReady struct {
	Version          int                `json:"v"`
	User             SelfUser           `json:"user"`
	Guilds           []UnavailableGuild `json:"guilds"`
	SessionID        string             `json:"session_id"`
	ResumeGatewayURL string             `json:"resume_gateway_url"`
	Application      ReadyApplication   `json:"application"`
	Shard            []int              `json:"shard,omitempty"`
	PrivateChannels  []PrivateChannel   `json:"private_channels"`
	SessionType      string             `json:"session_type"`
	Trace            []string           `json:"_trace"`
}

// UserReady is READY for a person: everything is in it.
type UserReady struct {
	Version           int                   `json:"v"`
	User              SelfUser              `json:"user"`
	Guilds            []json.RawMessage     `json:"guilds"`
	SessionID         string                `json:"session_id"`
	ResumeGatewayURL  string                `json:"resume_gateway_url"`
	Application       ReadyApplication      `json:"application"`
	PrivateChannels   []PrivateChannel      `json:"private_channels"`
	Users             []User                `json:"users"`
	Relationships     []Relationship        `json:"relationships"`
	ReadState         ReadStates            `json:"read_state"`
	UserGuildSettings UserGuildSettingsList `json:"user_guild_settings"`
	UserSettings      UserSettings          `json:"user_settings"`
	Notes             map[id.ID]string      `json:"notes"`
	Sessions          []ReadySession        `json:"sessions"`
	Presences         []Presence            `json:"presences"`
	MergedMembers     [][]Member            `json:"merged_members"`
	SessionType       string                `json:"session_type"`
	Trace             []string              `json:"_trace"`
}

// ReadySession is one of a person's gateway sessions.
type ReadySession struct {
	SessionID  string          `json:"session_id"`
	Status     string          `json:"status"`
	Activities json.RawMessage `json:"activities"`
	ClientInfo struct {
		Client  string `json:"client"`
		OS      string `json:"os"`
		Version int    `json:"version"`
	} `json:"client_info"`
}

// OneOrMany is a list of ids that may be written as a single one.
type OneOrMany []id.ID

// UnmarshalJSON reads an id, a list of ids, or null.
func (m *OneOrMany) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]id.ID)(m))
	}
	var one id.ID
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*m = OneOrMany{one}
	return nil
}
