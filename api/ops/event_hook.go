package ops

import (
	"context"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands about event hooks.
type (
	// EventHookList names the guild whose event hooks are asked for.
	EventHookList struct {
		Guild id.ID `json:"guild"`
	}
	// EventHookCreate asks for an event hook.
	EventHookCreate struct {
		Guild    id.ID    `json:"guild"`
		Name     string   `json:"name"`
		URL      string   `json:"url"`
		Events   []string `json:"events"`
		Channels []id.ID  `json:"channels"`
		Content  bool     `json:"content"`
		Reason   string   `json:"reason,omitempty"`
	}
	// EventHookOne names an event hook.
	EventHookOne struct {
		Hook   id.ID  `json:"hook"`
		Reason string `json:"reason,omitempty"`
	}
	// EventHookDeliveries asks for what an event hook is to tell, or could not.
	EventHookDeliveries struct {
		Hook id.ID `json:"hook"`
		Dead bool  `json:"dead"`
	}
	// EventHookReplay names a delivery that is to be tried again; zero for all that are dead.
	EventHookReplay struct {
		Hook     id.ID `json:"hook"`
		Delivery id.ID `json:"delivery"`
	}
	// EventHook is an event hook as the command line shows it. Secret is there when it was just made.
	EventHook struct {
		ID        id.ID    `json:"id"`
		Guild     id.ID    `json:"guild"`
		Name      string   `json:"name"`
		URL       string   `json:"url"`
		Events    []string `json:"events"`
		Suspended string   `json:"suspended"`
		Secret    string   `json:"secret,omitempty"`
	}
	// EventHookTested is what came of a test.
	EventHookTested struct {
		Status  int    `json:"status"`
		Problem string `json:"problem"`
	}
	// EventDelivery is something that an event hook is to tell, or could not.
	EventDelivery struct {
		ID       id.ID     `json:"id"`
		Event    string    `json:"event"`
		At       time.Time `json:"at"`
		Attempts int       `json:"attempts"`
		Problem  string    `json:"problem"`
	}
	// EventHookReplayed is how many deliveries are tried again. Suspended is why that waits until the hook goes on; empty when it does.
	EventHookReplayed struct {
		Count     int    `json:"count"`
		Suspended string `json:"suspended"`
	}
	// EventHookStop stops an event hook, or has it go on.
	EventHookStop struct {
		Hook   id.ID  `json:"hook"`
		Stop   bool   `json:"stop"`
		Reason string `json:"reason,omitempty"`
	}
)

// The names of the commands about event hooks.
const (
	CommandEventHookList       = "event-hook.list"
	CommandEventHookCreate     = "event-hook.create"
	CommandEventHookDelete     = "event-hook.delete"
	CommandEventHookTest       = "event-hook.test"
	CommandEventHookDeliveries = "event-hook.deliveries"
	CommandEventHookReplay     = "event-hook.replay"
	CommandEventHookStop       = "event-hook.stop"
)

func (h *hallCommands) registerEventHooks(commands *Commands) {
	Register(commands, CommandEventHookList, h.eventHookList)
	Register(commands, CommandEventHookCreate, h.eventHookCreate)
	Register(commands, CommandEventHookDelete, h.eventHookDelete)
	Register(commands, CommandEventHookTest, h.eventHookTest)
	Register(commands, CommandEventHookDeliveries, h.eventHookDeliveries)
	Register(commands, CommandEventHookReplay, h.eventHookReplay)
	Register(commands, CommandEventHookStop, h.eventHookStop)
}

func describeEventHook(hook store.EventHook, secret string) EventHook {
	return EventHook{ID: hook.ID, Guild: hook.GuildID, Name: hook.Name, URL: hook.URL, Events: hook.Events, Suspended: hook.Suspended, Secret: secret}
}

func (h *hallCommands) eventHookList(ctx context.Context, input EventHookList) ([]EventHook, error) {
	hooks, err := h.EventHooks.List(ctx, console, input.Guild)
	if err != nil {
		return nil, err
	}
	shown := make([]EventHook, len(hooks))
	for i, hook := range hooks {
		shown[i] = describeEventHook(hook, "")
	}
	return shown, nil
}

func (h *hallCommands) eventHookCreate(ctx context.Context, input EventHookCreate) (EventHook, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return EventHook{}, err
	}
	if len(input.Events) == 0 {
		input.Events = chat.EventNames
	}
	made, err := h.EventHooks.Create(ctx, caller, input.Guild, chat.EventHookEdit{Name: &input.Name, URL: &input.URL, Events: &input.Events, ChannelIDs: &input.Channels, Content: &input.Content})
	if err != nil {
		return EventHook{}, err
	}
	return describeEventHook(made.EventHook, made.Secret), nil
}

// eventHookPlace tells who acts at the console, and of which guild a hook is.
func (h *hallCommands) eventHookPlace(ctx context.Context, hookID id.ID, reason string) (caller chat.Caller, guildID id.ID, err error) {
	if caller, err = consoleFor(reason); err == nil {
		guildID, err = h.EventHooks.Guild(ctx, hookID)
	}
	return caller, guildID, err
}

func (h *hallCommands) eventHookDelete(ctx context.Context, input EventHookOne) (EventHook, error) {
	caller, guildID, err := h.eventHookPlace(ctx, input.Hook, input.Reason)
	if err != nil {
		return EventHook{}, err
	}
	hook, err := h.EventHooks.Get(ctx, caller, guildID, input.Hook)
	if err != nil {
		return EventHook{}, err
	}
	return describeEventHook(hook, ""), h.EventHooks.Delete(ctx, caller, guildID, input.Hook)
}

func (h *hallCommands) eventHookStop(ctx context.Context, input EventHookStop) (EventHook, error) {
	caller, guildID, err := h.eventHookPlace(ctx, input.Hook, input.Reason)
	if err != nil {
		return EventHook{}, err
	}
	hook, err := h.EventHooks.Update(ctx, caller, guildID, input.Hook, chat.EventHookEdit{Suspended: &input.Stop})
	return describeEventHook(hook, ""), err
}

func (h *hallCommands) eventHookTest(ctx context.Context, input EventHookOne) (EventHookTested, error) {
	guildID, err := h.EventHooks.Guild(ctx, input.Hook)
	if err != nil {
		return EventHookTested{}, err
	}
	tested, err := h.EventHooks.Test(ctx, console, guildID, input.Hook)
	return EventHookTested(tested), err
}

func (h *hallCommands) eventHookDeliveries(ctx context.Context, input EventHookDeliveries) ([]EventDelivery, error) {
	guildID, err := h.EventHooks.Guild(ctx, input.Hook)
	if err != nil {
		return nil, err
	}
	found, err := h.EventHooks.Deliveries(ctx, console, guildID, input.Hook, input.Dead, 0, 100)
	if err != nil {
		return nil, err
	}
	shown := make([]EventDelivery, len(found))
	for i, one := range found {
		shown[i] = EventDelivery{ID: one.ID, Event: one.Event, At: one.ID.Time(), Attempts: one.Attempts, Problem: one.Problem}
	}
	return shown, nil
}

func (h *hallCommands) eventHookReplay(ctx context.Context, input EventHookReplay) (EventHookReplayed, error) {
	guildID, err := h.EventHooks.Guild(ctx, input.Hook)
	if err != nil {
		return EventHookReplayed{}, err
	}
	hook, err := h.EventHooks.Get(ctx, console, guildID, input.Hook)
	if err != nil {
		return EventHookReplayed{}, err
	}
	if input.Delivery != 0 {
		_, err := h.EventHooks.Replay(ctx, console, guildID, input.Hook, input.Delivery)
		return EventHookReplayed{1, hook.Suspended}, err
	}
	count, after := 0, id.ID(0)
	for {
		dead, err := h.EventHooks.Deliveries(ctx, console, guildID, input.Hook, true, after, 100)
		if err != nil || len(dead) == 0 {
			return EventHookReplayed{count, hook.Suspended}, err
		}
		for i := range dead {
			if _, err := h.EventHooks.Replay(ctx, console, guildID, input.Hook, dead[i].ID); err != nil {
				return EventHookReplayed{count, hook.Suspended}, err
			}
			count++
		}
		after = dead[len(dead)-1].ID
	}
}
