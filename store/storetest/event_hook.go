package storetest

import (
	"errors"
	"math"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// eventHook stores an event hook of a guild.
func (f *fixture) eventHook(guildID id.ID) store.EventHook {
	f.Helper()
	hook := store.EventHook{ID: f.id(), GuildID: guildID, MakerID: 7, Name: "script", URL: "http://10.0.0.1/", Events: []string{"MESSAGE_CREATE"}, SealedSecret: []byte("sealed")}
	f.ok(f.CreateEventHook(f.Context(), hook, 50))
	return hook
}

// delivery makes a delivery that is not stored yet.
func (f *fixture) delivery(hook store.EventHook) store.EventDelivery {
	return store.EventDelivery{ID: f.id(), HookID: hook.ID, Event: "MESSAGE_CREATE", Body: []byte(`{"id":"1"}`), ChannelID: 9}
}

// deliveries gives the deliveries of a hook that are dead, or those that are not.
func (f *fixture) deliveries(hook store.EventHook, dead bool) []store.EventDelivery {
	f.Helper()
	found, err := f.EventDeliveries(f.Context(), hook.ID, dead, 0, 1000)
	f.ok(err)
	count, err := f.CountEventDeliveries(f.Context(), hook.ID, dead)
	f.ok(err)
	f.equal("the count", count, len(found))
	return found
}

var eventHookTests = []test{
	{"event hooks come back as they were stored, in order, by their guild and by themselves", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		other := f.guild(f.person("bob").ID)
		full := store.EventHook{ID: math.MaxInt64 - 1, GuildID: room.GuildID, MakerID: math.MaxInt64, Name: "Sc 🤖", URL: "https://example.org/ä?b=c#d", Events: []string{"MESSAGE_CREATE", "GUILD_BAN_ADD", "MESSAGE_CREATE"},
			ChannelIDs: []id.ID{5, 3, 5}, Content: true, SealedSecret: []byte{0, 255}, Suspended: "why"}
		f.ok(f.CreateEventHook(ctx, full, 50))
		plain, elsewhere := f.eventHook(room.GuildID), f.eventHook(other.ID)
		full.Events, full.ChannelIDs = []string{"GUILD_BAN_ADD", "MESSAGE_CREATE"}, []id.ID{3, 5}
		hooks, err := f.GuildEventHooks(ctx, room.GuildID)
		f.ok(err)
		f.equal("hooks", hooks, []store.EventHook{plain, full})
		hook, err := f.EventHook(ctx, full.ID)
		f.ok(err)
		f.equal("the hook", hook, full)
		all, err := f.EventHooks(ctx)
		f.ok(err)
		f.equal("all hooks", all, []store.EventHook{plain, full, elsewhere})
		f.conflict(f.CreateEventHook(ctx, full, 50), "id")
		f.is(f.CreateEventHook(ctx, store.EventHook{ID: f.id(), GuildID: 1}, 50), store.ErrNotFound)
		f.is(second(f.EventHook(ctx, 1)), store.ErrNotFound)
		f.sound("making hooks")
	}},
	{"a guild has so many event hooks, whoever makes them at once", func(f *fixture) {
		room := f.room()
		ids := make([]id.ID, writers)
		for i := range ids {
			ids[i] = f.id()
		}
		errs := together(writers, func(i int) error {
			return f.CreateEventHook(f.Context(), store.EventHook{ID: ids[i], GuildID: room.GuildID, Name: "x"}, 3)
		})
		f.equal("made", f.wins(errs, func(err error) { f.limit(err, 3) }), 3)
	}},
	{"of an event hook all changes but its id and guild", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		hook := f.eventHook(room.GuildID)
		got, err := f.UpdateEventHook(ctx, hook.ID, func(h *store.EventHook) error {
			*h = store.EventHook{ID: 1, GuildID: 2, MakerID: 3, Name: "n", URL: "u", Events: []string{"B", "A"}, ChannelIDs: []id.ID{2, 1}, Content: true, SealedSecret: []byte("other"), Suspended: "s"}
			return nil
		})
		f.ok(err)
		want := store.EventHook{ID: hook.ID, GuildID: room.GuildID, MakerID: 3, Name: "n", URL: "u", Events: []string{"A", "B"}, ChannelIDs: []id.ID{1, 2}, Content: true, SealedSecret: []byte("other"), Suspended: "s"}
		f.equal("the result", got, want)
		refused := errors.New("no")
		_, err = f.UpdateEventHook(ctx, hook.ID, func(h *store.EventHook) error { h.Name = "x"; return refused })
		f.asItIs(err, refused)
		read, err := f.EventHook(ctx, hook.ID)
		f.ok(err)
		f.equal("what is read", read, want)
		f.is(second(f.UpdateEventHook(ctx, 1, func(*store.EventHook) error { return nil })), store.ErrNotFound)
	}},
	{"deliveries are listed in order, die, live again and are forgotten", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		hook, other := f.eventHook(room.GuildID), f.eventHook(room.GuildID)
		first, last, elsewhere := f.delivery(hook), f.delivery(hook), f.delivery(other)
		dead := f.delivery(hook)
		dead.Dead, dead.Attempts, dead.TriedAt, dead.NextAt, dead.Status, dead.Problem = true, 10, birthday, birthday.Add(time.Hour), 500, "why"
		f.ok(f.AddEventDeliveries(ctx, []store.EventDelivery{first, last, dead, elsewhere, f.delivery(store.EventHook{ID: 1})}))
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{first, last})
		f.equal("dead", f.deliveries(hook, true), []store.EventDelivery{dead})
		f.equal("of the other", f.deliveries(other, false), []store.EventDelivery{elsewhere})
		page, err := f.EventDeliveries(ctx, hook.ID, false, first.ID, 1)
		f.ok(err)
		f.equal("a page", page, []store.EventDelivery{last})
		page, err = f.EventDeliveries(ctx, hook.ID, false, 0, 0)
		f.ok(err)
		f.equal("none", len(page), 0)
		got, err := f.UpdateEventDelivery(ctx, hook.ID, first.ID, func(d *store.EventDelivery) error {
			d.ID, d.HookID, d.Event, d.Body, d.ChannelID = 1, 2, "x", []byte("x"), 3
			d.Dead, d.Attempts, d.TriedAt, d.NextAt, d.Status, d.Problem = true, 2, birthday, birthday, 404, "gone"
			return nil
		})
		f.ok(err)
		first.Dead, first.Attempts, first.TriedAt, first.NextAt, first.Status, first.Problem = true, 2, birthday, birthday, 404, "gone"
		f.equal("the result", got, first)
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{last})
		f.equal("dead", f.deliveries(hook, true), []store.EventDelivery{first, dead})
		_, err = f.UpdateEventDelivery(ctx, hook.ID, first.ID, func(d *store.EventDelivery) error { d.Dead = false; return nil })
		f.ok(err)
		first.Dead = false
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{first, last})
		read, err := f.EventDelivery(ctx, hook.ID, dead.ID)
		f.ok(err)
		f.equal("what is read", read, dead)
		for _, one := range []store.EventDelivery{first, dead, first} {
			f.ok(f.DeleteEventDelivery(ctx, hook.ID, one.ID))
		}
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{last})
		f.equal("dead", f.deliveries(hook, true), []store.EventDelivery{})
		f.is(second(f.EventDelivery(ctx, hook.ID, first.ID)), store.ErrNotFound)
		f.is(second(f.EventDelivery(ctx, other.ID, last.ID)), store.ErrNotFound)
		f.is(second(f.UpdateEventDelivery(ctx, hook.ID, first.ID, func(*store.EventDelivery) error { return nil })), store.ErrNotFound)
		f.sound("delivering")
	}},
	{"dead deliveries are kept for a time, and so many", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		hook := f.eventHook(room.GuildID)
		var dead []store.EventDelivery
		for range 6 {
			one := f.delivery(hook)
			one.Dead = true
			dead = append(dead, one)
		}
		waiting := f.delivery(hook)
		f.ok(f.AddEventDeliveries(ctx, append(dead, waiting)))
		f.ok(f.PruneEventDeliveries(ctx, hook.ID, dead[1].ID, 5))
		f.equal("dead", f.deliveries(hook, true), dead[1:])
		f.ok(f.PruneEventDeliveries(ctx, hook.ID, 0, 2))
		f.equal("dead", f.deliveries(hook, true), dead[4:])
		f.ok(f.PruneEventDeliveries(ctx, hook.ID, math.MaxInt64, 9))
		f.equal("dead", f.deliveries(hook, true), []store.EventDelivery{})
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{waiting})
	}},
	{"a message is stored together with what hooks are to tell of it, or neither is", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		hook := f.eventHook(room.GuildID)
		draft := f.draft(room, "hello")
		draft.Nonce, draft.NonceSince = "n", 1
		draft.Deliveries = []store.EventDelivery{f.delivery(hook), f.delivery(store.EventHook{ID: 1})}
		f.ok(second(f.CreateMessages(ctx, room.ID, []store.NewMessage{draft})))
		f.equal("waiting", f.deliveries(hook, false), draft.Deliveries[:1])
		again := f.draft(room, "hello")
		again.Nonce, again.NonceSince, again.Deliveries = "n", 1, []store.EventDelivery{f.delivery(hook)}
		f.ok(second(f.CreateMessages(ctx, room.ID, []store.NewMessage{again})))
		failing := f.draft(room, "hello")
		failing.ID, failing.Deliveries = draft.ID, []store.EventDelivery{f.delivery(hook)}
		f.conflict(second(f.CreateMessages(ctx, room.ID, []store.NewMessage{failing})), "id")
		f.equal("waiting", f.deliveries(hook, false), draft.Deliveries[:1])
	}},
	{"deliveries go with their hook, and hooks with their guild", func(f *fixture) {
		ctx, room := f.Context(), f.room()
		hook, other := f.eventHook(room.GuildID), f.eventHook(room.GuildID)
		dead := f.delivery(hook)
		dead.Dead = true
		f.ok(f.AddEventDeliveries(ctx, []store.EventDelivery{f.delivery(hook), dead, f.delivery(other)}))
		gone, err := f.DeleteEventHook(ctx, hook.ID)
		f.ok(err)
		f.equal("what it was", gone, hook)
		f.is(second(f.DeleteEventHook(ctx, hook.ID)), store.ErrNotFound)
		f.equal("waiting", f.deliveries(hook, false), []store.EventDelivery{})
		f.equal("dead", f.deliveries(hook, true), []store.EventDelivery{})
		f.equal("of the other", len(f.deliveries(other, false)), 1)
		f.ok(f.DeleteGuild(ctx, room.GuildID))
		f.is(second(f.EventHook(ctx, other.ID)), store.ErrNotFound)
		f.equal("of the other", f.deliveries(other, false), []store.EventDelivery{})
		all, err := f.EventHooks(ctx)
		f.ok(err)
		f.equal("all", all, []store.EventHook{})
		f.sound("the guild was deleted")
	}},
}
