package natsbus

import (
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"guildhall/store/event"
)

// kinds gives every event type its stable name on the bus. Nodes of neighbouring versions understand each other as long as names are never given to another type.
var kinds = map[string]event.Event{
	"guild_updated":        event.GuildUpdated{},
	"guild_deleted":        event.GuildDeleted{},
	"channel_created":      event.ChannelCreated{},
	"channel_updated":      event.ChannelUpdated{},
	"channel_deleted":      event.ChannelDeleted{},
	"role_created":         event.RoleCreated{},
	"role_updated":         event.RoleUpdated{},
	"role_deleted":         event.RoleDeleted{},
	"invite_created":       event.InviteCreated{},
	"invite_deleted":       event.InviteDeleted{},
	"member_added":         event.MemberAdded{},
	"member_updated":       event.MemberUpdated{},
	"member_removed":       event.MemberRemoved{},
	"guild_joined":         event.GuildJoined{},
	"guild_left":           event.GuildLeft{},
	"message_created":      event.MessageCreated{},
	"message_updated":      event.MessageUpdated{},
	"message_deleted":      event.MessageDeleted{},
	"typing_started":       event.TypingStarted{},
	"user_updated":         event.UserUpdated{},
	"sessions_ended":       event.SessionsEnded{},
	"hall_updated":         event.HallUpdated{},
	"presence_changed":     event.PresenceChanged{},
	"voice_state_updated":  event.VoiceStateUpdated{},
	"voice_server_updated": event.VoiceServerUpdated{},
	"barrier":              event.Barrier{},
}

// codec turns events into bytes and back.
type codec struct {
	encode cbor.EncMode
	decode cbor.DecMode
	names  map[reflect.Type]string
	types  map[string]reflect.Type
}

func newCodec() (*codec, error) {
	// Nanoseconds, so that an event says the same after the journey as before it.
	encode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		return nil, err
	}
	decode, err := cbor.DecOptions{}.DecMode()
	if err != nil {
		return nil, err
	}
	c := &codec{encode: encode, decode: decode, names: make(map[reflect.Type]string, len(kinds)), types: make(map[string]reflect.Type, len(kinds))}
	for name, example := range kinds {
		c.names[reflect.TypeOf(example)] = name
		c.types[name] = reflect.TypeOf(example)
	}
	return c, nil
}

// name gives the name of an event's type.
func (c *codec) name(e event.Event) (string, error) {
	name, ok := c.names[reflect.TypeOf(e)]
	if !ok {
		return "", fmt.Errorf("the bus has no name for events of type %T", e)
	}
	return name, nil
}

// read decodes an event. The bytes come from a node of this hall, but perhaps of another version: an unknown name is an error, unknown fields are passed over.
func (c *codec) read(name string, data []byte) (event.Event, error) {
	kind, ok := c.types[name]
	if !ok {
		return nil, fmt.Errorf("the bus knows no event named %.40q", name)
	}
	value := reflect.New(kind)
	if err := c.decode.Unmarshal(data, value.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	return value.Elem().Interface().(event.Event), nil
}
