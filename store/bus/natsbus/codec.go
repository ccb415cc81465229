package natsbus

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"guildhall/store/event"
	"guildhall/store/id"
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
	"sessions_changed":     event.SessionsChanged{},
	"security_noted":       event.SecurityNoted{},
	"hall_updated":         event.HallUpdated{},
	"presence_changed":     event.PresenceChanged{},
	"voice_state_updated":  event.VoiceStateUpdated{},
	"voice_server_updated": event.VoiceServerUpdated{},
	"voice_status":         event.VoiceStatusChanged{},
	"stage_changed":        event.StageChanged{},
	"stream_changed":       event.StreamChanged{},
	"call_begun":           event.CallBegun{},
	"call_updated":         event.CallUpdated{},
	"call_ended":           event.CallEnded{},
	"direct":               event.Direct{},
	"direct_opened":        event.DirectOpened{},
	"direct_closed":        event.DirectClosed{},
	"recipient_added":      event.RecipientAdded{},
	"recipient_removed":    event.RecipientRemoved{},
	"relationship_changed": event.RelationshipChanged{},
	"note_changed":         event.NoteChanged{},
	"friend_presence":      event.FriendPresence{},
	"message_acked":        event.MessageAcked{},
	"pins_acked":           event.PinsAcked{},
	"reaction_added":       event.ReactionAdded{},
	"reaction_removed":     event.ReactionRemoved{},
	"reactions_cleared":    event.ReactionsCleared{},
	"messages_deleted":     event.MessagesDeleted{},
	"pins_updated":         event.PinsUpdated{},
	"ban_added":            event.BanAdded{},
	"ban_removed":          event.BanRemoved{},
	"audit_entry_added":    event.AuditEntryAdded{},
	"settings_changed":     event.SettingsChanged{},
	"guild_settings":       event.GuildSettingsChanged{},
	"thread_created":       event.ThreadCreated{},
	"thread_updated":       event.ThreadUpdated{},
	"thread_deleted":       event.ThreadDeleted{},
	"thread_members":       event.ThreadMembersChanged{},
	"poll_voted":           event.PollVoted{},
	"automod_rule":         event.AutoModRuleChanged{},
	"emojis_updated":       event.EmojisUpdated{},
	"webhooks_updated":     event.WebhooksUpdated{},
	"event_hooks_changed":  event.HooksChanged{},
	"commands_changed":     event.CommandsChanged{},
	"command_permissions":  event.CommandPermissionsChanged{},
	"automod_executed":     event.AutoModExecuted{},
	"report_changed":       event.ReportChanged{},
	"barrier":              event.Barrier{},
	"installation_changed": event.InstallationChanged{},
	"application_changed":  event.ApplicationChanged{},
	"interaction_created":  event.InteractionCreated{},
	"interaction_stage":    event.InteractionProgressed{},
	"ephemeral_message":    event.EphemeralMessageChanged{},
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

// directKind is the name of events that carry another event.
const directKind = "direct"

// carried is the form of an event.Direct: what it carries has a name and bytes of its own.
type carried struct {
	UserID id.ID
	Kind   string
	Data   []byte
}

// marshal encodes an event.
func (c *codec) marshal(e event.Event) (name string, data []byte, err error) {
	if name, err = c.name(e); err != nil {
		return "", nil, err
	}
	var form any = e
	if direct, ok := e.(event.Direct); ok {
		kind, inner, err := c.marshal(direct.Event)
		if err != nil {
			return "", nil, err
		}
		form = carried{direct.UserID, kind, inner}
	}
	if data, err = c.encode.Marshal(form); err != nil {
		return "", nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return name, data, nil
}

func (c *codec) readDirect(data []byte) (event.Event, error) {
	var form carried
	if err := c.decode.Unmarshal(data, &form); err != nil {
		return nil, fmt.Errorf("decode %s: %w", directKind, err)
	}
	if form.Kind == directKind {
		return nil, errors.New("decode direct: it carries another of its kind")
	}
	inner, err := c.read(form.Kind, form.Data)
	if err != nil {
		return nil, err
	}
	placed, ok := inner.(event.Placed)
	if !ok {
		return nil, fmt.Errorf("decode direct: it carries a %s", form.Kind)
	}
	return event.Direct{UserID: form.UserID, Event: placed}, nil
}

// read decodes an event. The bytes come from a node of this hall, but perhaps of another version: an unknown name is an error, unknown fields are passed over.
func (c *codec) read(name string, data []byte) (event.Event, error) {
	if name == directKind {
		return c.readDirect(data)
	}
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
