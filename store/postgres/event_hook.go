package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const eventHookQuery = "SELECT id, server_id, maker_id, name, url, events, channel_ids, content, sealed_secret, suspended FROM event_hooks "

func scanEventHook(row pgx.CollectableRow) (store.EventHook, error) {
	var hook store.EventHook
	var hookID, guildID, makerID int64
	var channels []int64
	err := row.Scan(&hookID, &guildID, &makerID, &hook.Name, &hook.URL, &hook.Events, &channels, &hook.Content, &hook.SealedSecret, &hook.Suspended)
	hook.ID, hook.GuildID, hook.MakerID, hook.ChannelIDs = id.ID(hookID), id.ID(guildID), id.ID(makerID), idsOf(channels)
	return hook, err
}

// eventHookValues are what of a hook is kept beside its id and guild.
func eventHookValues(hook *store.EventHook) []any {
	events, channels := slices.Clone(hook.Events), slices.Clone(hook.ChannelIDs)
	slices.Sort(events)
	slices.Sort(channels)
	if events == nil {
		events = []string{}
	}
	return []any{int64(hook.MakerID), hook.Name, hook.URL, slices.Compact(events), integers(slices.Compact(channels)), hook.Content, hook.SealedSecret, hook.Suspended}
}

const eventDeliveryQuery = "SELECT id, hook_id, event, body, channel_id, dead, attempts, tried_at, next_at, status, problem FROM event_deliveries "

func scanEventDelivery(row pgx.CollectableRow) (store.EventDelivery, error) {
	var d store.EventDelivery
	var deliveryID, hookID, channelID int64
	var tried, next *time.Time
	err := row.Scan(&deliveryID, &hookID, &d.Event, &d.Body, &channelID, &d.Dead, &d.Attempts, &tried, &next, &d.Status, &d.Problem)
	d.ID, d.HookID, d.ChannelID, d.TriedAt, d.NextAt = id.ID(deliveryID), id.ID(hookID), id.ID(channelID), timeOf(tried), timeOf(next)
	return d, err
}

// CreateEventHook implements store.EventHooks.
func (s *Store) CreateEventHook(ctx context.Context, hook store.EventHook, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, hook.GuildID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM event_hooks WHERE server_id = $1", int64(hook.GuildID)).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "event hooks", Max: most}
		}
		return execute(ctx, tx, `INSERT INTO event_hooks (id, server_id, maker_id, name, url, events, channel_ids, content, sealed_secret, suspended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			append([]any{int64(hook.ID), int64(hook.GuildID)}, eventHookValues(&hook)...)...)
	})
}

// EventHook implements store.EventHooks.
func (s *Store) EventHook(ctx context.Context, hookID id.ID) (store.EventHook, error) {
	return one(ctx, s, eventHookQuery+"WHERE id = $1", []any{int64(hookID)}, scanEventHook)
}

// EventHooks implements store.EventHooks.
func (s *Store) EventHooks(ctx context.Context) ([]store.EventHook, error) {
	return rows(ctx, s, eventHookQuery+"ORDER BY server_id, id", nil, scanEventHook)
}

// GuildEventHooks implements store.EventHooks.
func (s *Store) GuildEventHooks(ctx context.Context, guildID id.ID) ([]store.EventHook, error) {
	return rows(ctx, s, eventHookQuery+"WHERE server_id = $1 ORDER BY id", []any{int64(guildID)}, scanEventHook)
}

// UpdateEventHook implements store.EventHooks.
func (s *Store) UpdateEventHook(ctx context.Context, hookID id.ID, change func(*store.EventHook) error) (hook store.EventHook, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(hookID)}
		if hook, err = locked(ctx, tx, eventHookQuery+"WHERE id = $1 FOR UPDATE", place, scanEventHook); err != nil {
			return err
		}
		if err := change(&hook); err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE event_hooks SET maker_id = $2, name = $3, url = $4, events = $5, channel_ids = $6, content = $7, sealed_secret = $8, suspended = $9 WHERE id = $1`,
			append(place, eventHookValues(&hook)...)...); err != nil {
			return err
		}
		hook, err = locked(ctx, tx, eventHookQuery+"WHERE id = $1", place, scanEventHook)
		return err
	})
	if err != nil {
		return store.EventHook{}, err
	}
	return hook, nil
}

// DeleteEventHook implements store.EventHooks.
func (s *Store) DeleteEventHook(ctx context.Context, hookID id.ID) (hook store.EventHook, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if hook, err = locked(ctx, tx, eventHookQuery+"WHERE id = $1 FOR UPDATE", []any{int64(hookID)}, scanEventHook); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM event_hooks WHERE id = $1", int64(hookID))
	})
	if err != nil {
		return store.EventHook{}, err
	}
	return hook, nil
}

// queueDeliveries adds statements that store deliveries to a batch. The row of each hook is held, so that none goes in between; those that are gone are passed over.
func queueDeliveries(batch *pgx.Batch, deliveries []store.EventDelivery) {
	for i := range deliveries {
		d := &deliveries[i]
		batch.Queue(`INSERT INTO event_deliveries (id, hook_id, event, body, channel_id, dead, attempts, tried_at, next_at, status, problem)
			SELECT $1, event_hooks.id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM event_hooks WHERE event_hooks.id = $2 FOR KEY SHARE`,
			int64(d.ID), int64(d.HookID), d.Event, d.Body, int64(d.ChannelID), d.Dead, d.Attempts, moment(d.TriedAt), moment(d.NextAt), d.Status, d.Problem)
	}
}

// AddEventDeliveries implements store.EventHooks.
func (s *Store) AddEventDeliveries(ctx context.Context, deliveries []store.EventDelivery) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		queueDeliveries(batch, deliveries)
		return tx.SendBatch(ctx, batch).Close()
	})
}

// EventDelivery implements store.EventHooks.
func (s *Store) EventDelivery(ctx context.Context, hookID, deliveryID id.ID) (store.EventDelivery, error) {
	return one(ctx, s, eventDeliveryQuery+"WHERE hook_id = $1 AND id = $2", []any{int64(hookID), int64(deliveryID)}, scanEventDelivery)
}

// EventDeliveries implements store.EventHooks.
func (s *Store) EventDeliveries(ctx context.Context, hookID id.ID, dead bool, after id.ID, limit int) ([]store.EventDelivery, error) {
	return rows(ctx, s, eventDeliveryQuery+"WHERE hook_id = $1 AND dead = $2 AND id > $3 ORDER BY id LIMIT $4", []any{int64(hookID), dead, int64(after), max(0, limit)}, scanEventDelivery)
}

// CountEventDeliveries implements store.EventHooks.
func (s *Store) CountEventDeliveries(ctx context.Context, hookID id.ID, dead bool) (int, error) {
	return one(ctx, s, "SELECT count(*) FROM event_deliveries WHERE hook_id = $1 AND dead = $2", []any{int64(hookID), dead}, pgx.RowTo[int])
}

// UpdateEventDelivery implements store.EventHooks.
func (s *Store) UpdateEventDelivery(ctx context.Context, hookID, deliveryID id.ID, change func(*store.EventDelivery) error) (d store.EventDelivery, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(hookID), int64(deliveryID)}
		if d, err = locked(ctx, tx, eventDeliveryQuery+"WHERE hook_id = $1 AND id = $2 FOR UPDATE", place, scanEventDelivery); err != nil {
			return err
		}
		if err := change(&d); err != nil {
			return err
		}
		if err := execute(ctx, tx, "UPDATE event_deliveries SET dead = $3, attempts = $4, tried_at = $5, next_at = $6, status = $7, problem = $8 WHERE hook_id = $1 AND id = $2",
			append(place, d.Dead, d.Attempts, moment(d.TriedAt), moment(d.NextAt), d.Status, d.Problem)...); err != nil {
			return err
		}
		d, err = locked(ctx, tx, eventDeliveryQuery+"WHERE hook_id = $1 AND id = $2", place, scanEventDelivery)
		return err
	})
	if err != nil {
		return store.EventDelivery{}, err
	}
	return d, nil
}

// DeleteEventDelivery implements store.EventHooks.
func (s *Store) DeleteEventDelivery(ctx context.Context, hookID, deliveryID id.ID) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "DELETE FROM event_deliveries WHERE hook_id = $1 AND id = $2", int64(hookID), int64(deliveryID))
	})
}

// PruneEventDeliveries implements store.EventHooks.
func (s *Store) PruneEventDeliveries(ctx context.Context, hookID, before id.ID, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, `DELETE FROM event_deliveries WHERE hook_id = $1 AND dead AND (id < $2 OR id IN
			(SELECT id FROM event_deliveries WHERE hook_id = $1 AND dead ORDER BY id DESC OFFSET $3))`, int64(hookID), int64(before), max(0, most))
	})
}
