package pebble

import (
	"context"
	"errors"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"guildhall/store"
	"guildhall/store/id"
)

type eventHookRecord struct {
	MakerID      id.ID    `cbor:"1,keyasint,omitempty"`
	Name         string   `cbor:"2,keyasint,omitempty"`
	URL          string   `cbor:"3,keyasint,omitempty"`
	Events       []string `cbor:"4,keyasint,omitempty"` // ascending
	ChannelIDs   []id.ID  `cbor:"5,keyasint,omitempty"` // ascending
	Content      bool     `cbor:"6,keyasint,omitempty"`
	SealedSecret []byte   `cbor:"7,keyasint,omitempty"`
	Suspended    string   `cbor:"8,keyasint,omitempty"`
}

func newEventHookRecord(hook store.EventHook) eventHookRecord {
	events := slices.Clone(hook.Events)
	slices.Sort(events)
	return eventHookRecord{MakerID: hook.MakerID, Name: hook.Name, URL: hook.URL, Events: slices.Compact(events), ChannelIDs: distinct(hook.ChannelIDs), Content: hook.Content,
		SealedSecret: slices.Clone(hook.SealedSecret), Suspended: hook.Suspended}
}

func (r eventHookRecord) hook(guildID, hookID id.ID) store.EventHook {
	return store.EventHook{ID: hookID, GuildID: guildID, MakerID: r.MakerID, Name: r.Name, URL: r.URL, Events: r.Events, ChannelIDs: r.ChannelIDs, Content: r.Content,
		SealedSecret: r.SealedSecret, Suspended: r.Suspended}
}

type eventDeliveryRecord struct {
	Event     string `cbor:"1,keyasint,omitempty"`
	Body      []byte `cbor:"2,keyasint,omitempty"`
	ChannelID id.ID  `cbor:"3,keyasint,omitempty"`
	Attempts  int    `cbor:"4,keyasint,omitempty"`
	TriedAt   moment `cbor:"5,keyasint,omitempty"`
	NextAt    moment `cbor:"6,keyasint,omitempty"`
	Status    int    `cbor:"7,keyasint,omitempty"`
	Problem   string `cbor:"8,keyasint,omitempty"`
}

func newEventDeliveryRecord(d *store.EventDelivery) eventDeliveryRecord {
	return eventDeliveryRecord{Event: d.Event, Body: slices.Clone(d.Body), ChannelID: d.ChannelID, Attempts: d.Attempts, TriedAt: toMoment(d.TriedAt), NextAt: toMoment(d.NextAt), Status: d.Status, Problem: d.Problem}
}

func (r eventDeliveryRecord) delivery(hookID, deliveryID id.ID, dead bool) store.EventDelivery {
	return store.EventDelivery{ID: deliveryID, HookID: hookID, Event: r.Event, Body: r.Body, ChannelID: r.ChannelID, Dead: dead, Attempts: r.Attempts, TriedAt: r.TriedAt.time(), NextAt: r.NextAt.time(),
		Status: r.Status, Problem: r.Problem}
}

// deliveries is where the deliveries of hooks are that are dead, or are not.
func deliveries(dead bool) kind {
	if dead {
		return kindDeadDelivery
	}
	return kindEventDelivery
}

func guildEventHooks(r pebble.Reader, guildID id.ID) ([]store.EventHook, error) {
	return list(r, kindEventHook.key(guildID), func(hookID id.ID, record eventHookRecord) store.EventHook { return record.hook(guildID, hookID) })
}

func readEventHook(r pebble.Reader, hookID id.ID) (store.EventHook, error) {
	guildID, err := getID(r, kindEventHookGuild.key(hookID))
	if err != nil {
		return store.EventHook{}, err
	}
	record, err := get[eventHookRecord](r, kindEventHook.key(guildID, hookID))
	return record.hook(guildID, hookID), err
}

// readDelivery finds a delivery, dead or not.
func readDelivery(r pebble.Reader, hookID, deliveryID id.ID) (store.EventDelivery, error) {
	record, err := get[eventDeliveryRecord](r, kindEventDelivery.key(hookID, deliveryID))
	dead := errors.Is(err, store.ErrNotFound)
	if dead {
		record, err = get[eventDeliveryRecord](r, kindDeadDelivery.key(hookID, deliveryID))
	}
	return record.delivery(hookID, deliveryID, dead), err
}

// CreateEventHook stores a hook.
func (s *Store) CreateEventHook(ctx context.Context, hook store.EventHook, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(hook.GuildID)); err != nil {
			return err
		}
		if err := free(tx.db, kindEventHookGuild.key(hook.ID), "id"); err != nil {
			return err
		}
		there, err := guildEventHooks(tx.db, hook.GuildID)
		if err != nil {
			return err
		}
		if len(there) >= most {
			return &store.LimitError{What: "event hooks", Max: most}
		}
		tx.made(hook.ID)
		tx.set(kindEventHookGuild.key(hook.ID), idValue(hook.GuildID))
		return tx.put(kindEventHook.key(hook.GuildID, hook.ID), newEventHookRecord(hook))
	})
}

// EventHook reads a hook.
func (s *Store) EventHook(ctx context.Context, hookID id.ID) (store.EventHook, error) {
	if err := s.enter(ctx); err != nil {
		return store.EventHook{}, err
	}
	defer s.leave()
	hook, err := readEventHook(s.db, hookID)
	if err != nil {
		return store.EventHook{}, err
	}
	return hook, nil
}

// EventHooks gives the hooks of all guilds.
func (s *Store) EventHooks(ctx context.Context) ([]store.EventHook, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	hooks := []store.EventHook{}
	err := scan(s.db, kindEventHook.key(), kindEventHook.end(), func(key, value []byte) (bool, error) {
		record, err := decode[eventHookRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil {
			return false, err
		}
		hooks = append(hooks, record.hook(idAt(key, 0), idAt(key, 1)))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return hooks, nil
}

// GuildEventHooks gives a guild's hooks.
func (s *Store) GuildEventHooks(ctx context.Context, guildID id.ID) ([]store.EventHook, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return guildEventHooks(s.db, guildID)
}

// UpdateEventHook applies change to a hook.
func (s *Store) UpdateEventHook(ctx context.Context, hookID id.ID, change func(*store.EventHook) error) (store.EventHook, error) {
	var record eventHookRecord
	var guildID id.ID
	err := s.update(ctx, synced, func(tx *tx) error {
		hook, err := readEventHook(tx.db, hookID)
		if err != nil {
			return err
		}
		guildID = hook.GuildID
		if err := change(&hook); err != nil {
			return err
		}
		record = newEventHookRecord(hook)
		return tx.put(kindEventHook.key(guildID, hookID), record)
	})
	if err != nil {
		return store.EventHook{}, err
	}
	return record.hook(guildID, hookID), nil
}

// DeleteEventHook deletes a hook.
func (s *Store) DeleteEventHook(ctx context.Context, hookID id.ID) (store.EventHook, error) {
	var hook store.EventHook
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if hook, err = readEventHook(tx.db, hookID); err == nil {
			tx.takeEventHook(hook.GuildID, hookID)
		}
		return err
	})
	if err != nil {
		return store.EventHook{}, err
	}
	return hook, nil
}

func (t *tx) takeEventHook(guildID, hookID id.ID) {
	t.delete(kindEventHook.key(guildID, hookID))
	t.delete(kindEventHookGuild.key(hookID))
	t.deleteAll(kindEventDelivery.key(hookID))
	t.deleteAll(kindDeadDelivery.key(hookID))
}

// takeEventHooks takes away the hooks of a guild.
func (t *tx) takeEventHooks(guildID id.ID) error {
	hooks, err := guildEventHooks(t.db, guildID)
	for _, hook := range hooks {
		t.takeEventHook(guildID, hook.ID)
	}
	return err
}

// addDeliveries stores deliveries of those hooks that are there.
func (t *tx) addDeliveries(added []store.EventDelivery) error {
	for i := range added {
		one := &added[i]
		there, err := has(t.db, kindEventHookGuild.key(one.HookID))
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		t.made(one.ID)
		if err := t.put(deliveries(one.Dead).key(one.HookID, one.ID), newEventDeliveryRecord(one)); err != nil {
			return err
		}
	}
	return nil
}

// AddEventDeliveries stores deliveries.
func (s *Store) AddEventDeliveries(ctx context.Context, added []store.EventDelivery) error {
	return s.update(ctx, synced, func(tx *tx) error { return tx.addDeliveries(added) })
}

// EventDelivery reads a delivery.
func (s *Store) EventDelivery(ctx context.Context, hookID, deliveryID id.ID) (store.EventDelivery, error) {
	if err := s.enter(ctx); err != nil {
		return store.EventDelivery{}, err
	}
	defer s.leave()
	delivery, err := readDelivery(s.db, hookID, deliveryID)
	if err != nil {
		return store.EventDelivery{}, err
	}
	return delivery, nil
}

// EventDeliveries gives deliveries of a hook.
func (s *Store) EventDeliveries(ctx context.Context, hookID id.ID, dead bool, from id.ID, limit int) ([]store.EventDelivery, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	of := deliveries(dead)
	return listFrom(s.db, of.key(hookID, from+1), after(of.key(hookID)), max(0, limit), func(deliveryID id.ID, record eventDeliveryRecord) store.EventDelivery {
		return record.delivery(hookID, deliveryID, dead)
	})
}

// CountEventDeliveries counts deliveries of a hook.
func (s *Store) CountEventDeliveries(ctx context.Context, hookID id.ID, dead bool) (count int, err error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	prefix := deliveries(dead).key(hookID)
	err = scan(s.db, prefix, after(prefix), func(_, _ []byte) (bool, error) {
		count++
		return true, nil
	})
	return count, err
}

// UpdateEventDelivery applies change to a delivery.
func (s *Store) UpdateEventDelivery(ctx context.Context, hookID, deliveryID id.ID, change func(*store.EventDelivery) error) (store.EventDelivery, error) {
	var changed store.EventDelivery
	err := s.update(ctx, synced, func(tx *tx) error {
		before, err := readDelivery(tx.db, hookID, deliveryID)
		if err != nil {
			return err
		}
		draft := before
		draft.Body = slices.Clone(before.Body)
		if err := change(&draft); err != nil {
			return err
		}
		draft.Event, draft.Body, draft.ChannelID = before.Event, before.Body, before.ChannelID
		record := newEventDeliveryRecord(&draft)
		changed = record.delivery(hookID, deliveryID, draft.Dead)
		if draft.Dead != before.Dead {
			tx.delete(deliveries(before.Dead).key(hookID, deliveryID))
		}
		return tx.put(deliveries(draft.Dead).key(hookID, deliveryID), record)
	})
	if err != nil {
		return store.EventDelivery{}, err
	}
	return changed, nil
}

// DeleteEventDelivery forgets a delivery.
func (s *Store) DeleteEventDelivery(ctx context.Context, hookID, deliveryID id.ID) error {
	return s.update(ctx, synced, func(tx *tx) error {
		tx.delete(kindEventDelivery.key(hookID, deliveryID))
		tx.delete(kindDeadDelivery.key(hookID, deliveryID))
		return nil
	})
}

// PruneEventDeliveries forgets dead deliveries of a hook.
func (s *Store) PruneEventDeliveries(ctx context.Context, hookID, before id.ID, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		kept, err := lastIDs(tx.db, kindDeadDelivery.key(hookID))
		if err != nil {
			return err
		}
		for i, deliveryID := range kept {
			if deliveryID < before || i < len(kept)-most {
				tx.delete(kindDeadDelivery.key(hookID, deliveryID))
			}
		}
		return nil
	})
}

func (c *checker) eventHooks() {
	for e := range c.each(kindEventHook) {
		guildID, hookID := idAt(e.key, 0), idAt(e.key, 1)
		c.made(hookID, e)
		c.value(kindGuild.key(guildID), e)
		c.same(kindEventHookGuild.key(hookID), idValue(guildID), e)
		record[eventHookRecord](c, e)
	}
	if c.counts[kindEventHookGuild] != c.counts[kindEventHook] {
		c.fail("%d event hooks are in %d guilds", c.counts[kindEventHook], c.counts[kindEventHookGuild])
	}
	for _, of := range []kind{kindEventDelivery, kindDeadDelivery} {
		for e := range c.each(of) {
			c.made(idAt(e.key, 1), e)
			c.value(kindEventHookGuild.key(idAt(e.key, 0)), e)
			record[eventDeliveryRecord](c, e)
		}
	}
}
