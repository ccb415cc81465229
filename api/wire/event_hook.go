package wire

import (
	"encoding/json"
	"fmt"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// EventHook is an event hook. Secret is there once: when it was made, or its secret renewed.
type EventHook struct {
	ID      id.ID `json:"id"`
	GuildID id.ID `json:"guild_id"`
	// MakerID is who said last what it tells and to whom; null for the command line.
	MakerID    *id.ID   `json:"maker_id"`
	Name       string   `json:"name"`
	URL        string   `json:"url"`
	Events     []string `json:"events"`
	ChannelIDs []id.ID  `json:"channel_ids"`
	Content    bool     `json:"content"`
	// Suspended is why it tells nothing for now; null when it does.
	Suspended *string `json:"suspended"`
	Secret    string  `json:"secret,omitempty"`
}

// NewEventHook shows an event hook.
func NewEventHook(hook store.EventHook, secret string) EventHook {
	return EventHook{ID: hook.ID, GuildID: hook.GuildID, MakerID: IDOrNull(hook.MakerID), Name: hook.Name, URL: hook.URL, Events: list(hook.Events), ChannelIDs: list(hook.ChannelIDs), Content: hook.Content,
		Suspended: TextOrNull(hook.Suspended), Secret: secret}
}

// EventHookEdit is the body of the routes that make and change event hooks.
type EventHookEdit struct {
	Name       *string   `json:"name"`
	URL        *string   `json:"url"`
	Events     *[]string `json:"events"`
	ChannelIDs *[]id.ID  `json:"channel_ids"`
	Content    *bool     `json:"content"`
	// Suspended stops it, or has it go on.
	Suspended *bool `json:"suspended"`
}

// EventDelivery is something that an event hook is to tell, or could not. What it says is not shown: who looks after hooks need not be who may see it.
type EventDelivery struct {
	ID        id.ID  `json:"id"`
	HookID    id.ID  `json:"hook_id"`
	Event     string `json:"event"`
	ChannelID *id.ID `json:"channel_id"`
	// State is pending or dead.
	State     string  `json:"state"`
	Attempts  int     `json:"attempts"`
	CreatedAt string  `json:"created_at"`
	TriedAt   *string `json:"tried_at"`
	NextAt    *string `json:"next_at"`
	// Status is the HTTP status of the last answer, null for none; Problem says in words why the last attempt failed.
	Status  *int    `json:"status"`
	Problem *string `json:"problem"`
}

// NewEventDelivery shows a delivery.
func NewEventDelivery(d store.EventDelivery) EventDelivery {
	shown := EventDelivery{ID: d.ID, HookID: d.HookID, Event: d.Event, ChannelID: IDOrNull(d.ChannelID), State: "pending", Attempts: d.Attempts, CreatedAt: Timestamp(d.ID.Time()),
		TriedAt: TimestampOrNull(d.TriedAt), NextAt: TimestampOrNull(d.NextAt), Problem: TextOrNull(d.Problem)}
	if d.Dead {
		shown.State = "dead"
	}
	if d.Status != 0 {
		shown.Status = &d.Status
	}
	return shown
}

// EventHookTest is what came of a test.
type EventHookTest struct {
	Status  *int    `json:"status"`
	Problem *string `json:"problem"`
}

// eventBodies writes events as clients of the gateway get them.
type eventBodies struct{ links Links }

// NewEventBodies gives what writes events (chat.EventRenderer). The links are for the files of messages.
func NewEventBodies(links Links) chat.EventRenderer { return eventBodies{links} }

// Render gives the payload of an event's dispatch in JSON, with or without what messages say.
func (b eventBodies) Render(e event.Event, content bool) ([]byte, error) {
	payload := b.payload(e, content)
	if payload == nil {
		return nil, fmt.Errorf("there is no form for %T", e)
	}
	return json.Marshal(payload)
}

func (b eventBodies) payload(e event.Event, content bool) any {
	switch e := e.(type) {
	case event.MessageCreated:
		shown := b.message(e, content)
		shown.Position = nil // it is not known before the message is stored, and this is stored with it
		return shown
	case event.MessageUpdated:
		return b.message(event.MessageCreated(e), content)
	case event.MessageDeleted:
		return NewMessageDelete(e)
	case event.MessagesDeleted:
		return MessageDeleteBulk{IDs: e.MessageIDs, ChannelID: e.ChannelID, GuildID: e.GuildID}
	case event.ReactionAdded:
		return NewReactionAdd(e)
	case event.ReactionRemoved:
		return NewReactionRemove(e)
	case event.MemberAdded:
		return GuildMember{Member: NewMember(e.Member, e.User), GuildID: e.Member.GuildID}
	case event.MemberUpdated:
		return GuildMember{Member: NewMember(e.Member, e.User), GuildID: e.Member.GuildID}
	case event.MemberRemoved:
		return GuildMemberRemove{GuildID: e.GuildID, User: NewUser(e.User)}
	case event.BanAdded:
		return GuildBan{GuildID: e.GuildID, User: NewUser(e.User)}
	case event.BanRemoved:
		return GuildBan{GuildID: e.GuildID, User: NewUser(e.User)}
	case event.ChannelCreated:
		return NewChannel(e.Channel, 0)
	case event.ChannelUpdated:
		return NewChannel(e.Channel, 0)
	case event.ChannelDeleted:
		return NewChannel(e.Channel, 0)
	case event.RoleCreated:
		return GuildRole{GuildID: e.Role.GuildID, Role: NewRole(e.Role)}
	case event.RoleUpdated:
		return GuildRole{GuildID: e.Role.GuildID, Role: NewRole(e.Role)}
	case event.RoleDeleted:
		return GuildRoleDelete{GuildID: e.GuildID, RoleID: e.RoleID}
	case event.ThreadCreated:
		return ThreadCreate{Thread: NewThread(e.Thread, nil), NewlyCreated: true}
	case event.ThreadUpdated:
		return NewThread(e.Thread, nil)
	case event.ThreadDeleted:
		return ThreadDelete{ID: e.Thread.ID, GuildID: e.Thread.GuildID, ParentID: e.Thread.ParentID, Type: e.Thread.Type}
	}
	return nil
}

func (b eventBodies) message(posted event.MessageCreated, content bool) MessageEvent {
	shown := NewMessageEvent(posted, b.links)
	if !content {
		return shown.WithoutContent()
	}
	return shown
}
