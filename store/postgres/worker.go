package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// AcquireWorker implements store.Workers.
func (s *Store) AcquireWorker(ctx context.Context, holder string, now, until int64) (node int, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, "LOCK TABLE workers IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT n FROM generate_series(0, $1) AS n WHERE NOT EXISTS (SELECT 1 FROM workers WHERE node = n AND workers.until >= $2) ORDER BY n LIMIT 1`, id.MaxNode, now).Scan(&node)
		if errors.Is(err, pgx.ErrNoRows) {
			return &store.LimitError{What: "nodes", Max: id.MaxNode + 1}
		}
		if err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO workers (node, holder, until) VALUES ($1, $2, $3) ON CONFLICT (node) DO UPDATE SET holder = $2, until = $3", node, holder, until)
	})
	return node, err
}

// RenewWorker implements store.Workers.
func (s *Store) RenewWorker(ctx context.Context, node int, holder string, until int64) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		err := changeOne(ctx, tx, "UPDATE workers SET until = $3 WHERE node = $1 AND holder = $2", node, holder, until)
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrSpent
		}
		return err
	})
}

// ReleaseWorker implements store.Workers. It does so also for a hall that must not write any more: the number is its own.
func (s *Store) ReleaseWorker(ctx context.Context, node int, holder string) error {
	return s.fail(s.retry(ctx, func() error {
		_, err := s.pool.Exec(ctx, "DELETE FROM workers WHERE node = $1 AND holder = $2", node, holder)
		return err
	}))
}

// GreatestID implements store.Workers.
func (s *Store) GreatestID(ctx context.Context) (id.ID, error) {
	return one(ctx, s, `SELECT greatest((SELECT id FROM high_water), (SELECT max(id) FROM users), (SELECT max(id) FROM login_sessions), (SELECT max(id) FROM security_events), (SELECT max(id) FROM servers),
		(SELECT max(id) FROM channels), (SELECT max(id) FROM roles), (SELECT max(id) FROM messages), (SELECT max(id) FROM attachments), (SELECT max(id) FROM uploads), (SELECT max(id) FROM voice_sessions), (SELECT max(id) FROM audit_entries), (SELECT max(id) FROM automod_rules), (SELECT max(id) FROM reports), (SELECT max(id) FROM hall_entries), (SELECT max(id) FROM emojis), (SELECT max(id) FROM application_emojis), (SELECT max(id) FROM webhooks), (SELECT max(id) FROM event_hooks), (SELECT max(id) FROM event_deliveries), (SELECT max(greatest(id, version)) FROM commands), (SELECT max(id) FROM interactions), (SELECT max(id) FROM ephemeral_messages), 0)`, nil, scanID)
}
