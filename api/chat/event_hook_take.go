package chat

import (
	"context"
	"maps"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// EventTestName is the name of what a test tells.
const EventTestName = "EVENT_HOOK_TEST"

// EventNames are the events that can be told: dispatches of the gateway, by their names.
var EventNames = []string{
	"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE",
	"GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE",
	"CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE",
}

// happening is an event as hooks look at it.
type happening struct {
	name    string
	guildID id.ID
	// channelID is where it happened; zero for the guild as a whole.
	channelID id.ID
	// channel is set where the event itself is about a channel or thread, which may be gone.
	channel *store.Channel
	// memberIDs were in a private thread that is gone.
	memberIDs []id.ID
	// anyOf are permissions in the guild of which it takes one to hear of it; none for everybody.
	anyOf perm.Set
}

// happeningOf tells what hooks look at; it is false for events that cannot be told.
func happeningOf(e event.Event) (happening, bool) {
	switch e := e.(type) {
	case event.MessageCreated:
		return happening{name: "MESSAGE_CREATE", guildID: e.Message.GuildID, channelID: e.Message.ChannelID}, true
	case event.MessageUpdated:
		return happening{name: "MESSAGE_UPDATE", guildID: e.Message.GuildID, channelID: e.Message.ChannelID}, true
	case event.MessageDeleted:
		return happening{name: "MESSAGE_DELETE", guildID: e.GuildID, channelID: e.ChannelID}, true
	case event.MessagesDeleted:
		return happening{name: "MESSAGE_DELETE_BULK", guildID: e.GuildID, channelID: e.ChannelID}, true
	case event.ReactionAdded:
		return happening{name: "MESSAGE_REACTION_ADD", guildID: e.GuildID, channelID: e.ChannelID}, true
	case event.ReactionRemoved:
		return happening{name: "MESSAGE_REACTION_REMOVE", guildID: e.GuildID, channelID: e.ChannelID}, true
	case event.MemberAdded:
		return happening{name: "GUILD_MEMBER_ADD", guildID: e.Member.GuildID}, true
	case event.MemberUpdated:
		return happening{name: "GUILD_MEMBER_UPDATE", guildID: e.Member.GuildID}, true
	case event.MemberRemoved:
		return happening{name: "GUILD_MEMBER_REMOVE", guildID: e.GuildID}, true
	case event.BanAdded:
		return happening{name: "GUILD_BAN_ADD", guildID: e.GuildID, anyOf: perm.BanMembers | perm.ViewAuditLog}, true
	case event.BanRemoved:
		return happening{name: "GUILD_BAN_REMOVE", guildID: e.GuildID, anyOf: perm.BanMembers | perm.ViewAuditLog}, true
	case event.ChannelCreated:
		return happening{name: "CHANNEL_CREATE", guildID: e.Channel.GuildID, channelID: e.Channel.ID, channel: &e.Channel}, true
	case event.ChannelUpdated:
		return happening{name: "CHANNEL_UPDATE", guildID: e.Channel.GuildID, channelID: e.Channel.ID, channel: &e.Channel}, true
	case event.ChannelDeleted:
		return happening{name: "CHANNEL_DELETE", guildID: e.Channel.GuildID, channelID: e.Channel.ID, channel: &e.Channel}, true
	case event.RoleCreated:
		return happening{name: "GUILD_ROLE_CREATE", guildID: e.Role.GuildID}, true
	case event.RoleUpdated:
		return happening{name: "GUILD_ROLE_UPDATE", guildID: e.Role.GuildID}, true
	case event.RoleDeleted:
		return happening{name: "GUILD_ROLE_DELETE", guildID: e.GuildID}, true
	case event.ThreadCreated:
		return happening{name: "THREAD_CREATE", guildID: e.Thread.GuildID, channelID: e.Thread.ID}, true
	case event.ThreadUpdated:
		return happening{name: "THREAD_UPDATE", guildID: e.Thread.GuildID, channelID: e.Thread.ID}, true
	case event.ThreadDeleted:
		return happening{name: "THREAD_DELETE", guildID: e.Thread.GuildID, channelID: e.Thread.ID, channel: &e.Thread, memberIDs: e.MemberIDs}, true
	}
	return happening{}, false
}

// take stores what hooks are to tell of some events. It is called by publish, before anybody is told and before whoever did it is answered: what was acknowledged is told. New messages are left out, whose deliveries are stored with
// them. Where no guild has a hook it costs one look at a pointer.
func (h *EventHooks) take(ctx context.Context, events ...event.Event) {
	if h == nil {
		return
	}
	if known := h.known.Load(); known == nil || len(*known) == 0 {
		return
	}
	var added []store.EventDelivery
	for _, e := range events {
		if _, posted := e.(event.MessageCreated); !posted {
			added = append(added, h.deliveriesOf(ctx, e)...)
		}
	}
	h.add(ctx, added)
}

// add stores deliveries and has them brought.
func (h *EventHooks) add(ctx context.Context, added []store.EventDelivery) {
	if len(added) == 0 {
		return
	}
	if err := h.Store.AddEventDeliveries(context.WithoutCancel(ctx), added); err != nil {
		h.Log.ErrorContext(ctx, "event hooks cannot tell of something", "error", err)
		return
	}
	h.added(added)
}

// added has deliveries brought that were stored.
func (h *EventHooks) added(deliveries []store.EventDelivery) {
	for i := range deliveries {
		if !deliveries[i].Dead {
			h.queue(deliveries[i].HookID).waiting.Add(1)
			h.wake(deliveries[i].HookID)
		}
	}
}

// deliveriesOf gives what hooks are to tell of an event.
func (h *EventHooks) deliveriesOf(ctx context.Context, e event.Event) (added []store.EventDelivery) {
	if h == nil || h.renderer == nil {
		return nil
	}
	known := h.known.Load()
	if known == nil || len(*known) == 0 {
		return nil
	}
	what, can := happeningOf(e)
	if !can {
		return nil
	}
	bodies := make(map[bool][]byte)
	for i := range (*known)[what.guildID] {
		hook := &(*known)[what.guildID][i]
		if hook.Suspended != "" || !slices.Contains(hook.Events, what.name) || !h.within(ctx, hook, &what) || !h.hears(ctx, hook, &what) {
			continue
		}
		body, made := bodies[hook.Content]
		if !made {
			var err error
			if body, err = h.renderer.Render(e, hook.Content); err != nil {
				h.Log.ErrorContext(ctx, "event hooks cannot tell of something", "event", what.name, "error", err)
				return added
			}
			bodies[hook.Content] = body
		}
		delivery := store.EventDelivery{ID: h.IDs.Next(), HookID: hook.ID, Event: what.name, ChannelID: what.channelID, Body: body}
		if h.queue(hook.ID).waiting.Load() >= maxEventQueue {
			delivery.Dead, delivery.Problem = true, "Too much waited to be told already."
		}
		added = append(added, delivery)
	}
	return added
}

// within tells whether a hook tells of the channel that something happened in: the channel itself, or the one that the thread is in.
func (h *EventHooks) within(ctx context.Context, hook *store.EventHook, what *happening) bool {
	if len(hook.ChannelIDs) == 0 || what.channelID == 0 || slices.Contains(hook.ChannelIDs, what.channelID) {
		return true
	}
	if what.channel != nil {
		return what.channel.Thread != nil && slices.Contains(hook.ChannelIDs, what.channel.ParentID)
	}
	thread, err := h.views.Thread(ctx, what.channelID)
	return err == nil && slices.Contains(hook.ChannelIDs, thread.Channel.ParentID)
}

// hears tells whether the maker of a hook hears of something at the gateway. The command line hears of everything.
func (h *EventHooks) hears(ctx context.Context, hook *store.EventHook, what *happening) bool {
	if hook.MakerID == 0 {
		return true
	}
	a, err := h.views.access(ctx, Caller{UserID: hook.MakerID}, what.guildID)
	if err != nil {
		return false
	}
	switch {
	case what.channelID == 0:
		return what.anyOf == 0 || a.standing().inGuild().HasAny(what.anyOf)
	case what.channel == nil:
		_, _, _, err := h.views.channelAccess(ctx, a.caller, what.channelID)
		return err == nil
	case what.channel.Thread != nil:
		parent, found := a.view.Channel(what.channel.ParentID)
		if !found {
			return false
		}
		held := a.inChannel(parent)
		return held.Has(perm.ViewChannel) && (what.channel.Type != store.ChannelPrivateThread || held.Standing().Has(perm.ManageThreads) || slices.Contains(what.memberIDs, hook.MakerID))
	}
	return a.inChannel(what.channel).Has(perm.ViewChannel)
}

// reread learns the hooks of a guild anew.
func (h *EventHooks) reread(ctx context.Context, guildID id.ID) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	hooks, err := h.Store.GuildEventHooks(ctx, guildID)
	if err != nil {
		h.Log.ErrorContext(ctx, "the event hooks of a server could not be read", "guild", guildID, "error", err)
		return
	}
	known := make(map[id.ID][]store.EventHook)
	if before := h.known.Load(); before != nil {
		maps.Copy(known, *before)
	}
	if known[guildID] = hooks; len(hooks) == 0 {
		delete(known, guildID)
	}
	h.known.Store(&known)
}

// receive keeps what is known in step with other nodes.
func (h *EventHooks) receive(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.HooksChanged:
		h.reread(ctx, e.GuildID)
	case event.GuildDeleted:
		if known := h.known.Load(); known != nil && len((*known)[e.GuildID]) > 0 {
			h.reread(ctx, e.GuildID)
		}
	}
}

// readAll learns the hooks of all guilds.
func (h *EventHooks) readAll(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	hooks, err := h.Store.EventHooks(ctx)
	if err != nil {
		return internal("reading event hooks", err)
	}
	known := make(map[id.ID][]store.EventHook)
	for _, hook := range hooks {
		known[hook.GuildID] = append(known[hook.GuildID], hook)
	}
	h.known.Store(&known)
	return nil
}
