package postgres

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const hallColumns = "name, registration, owner_id, setup_hash, setup_expires, bot_creation, guests"

func scanHall(row pgx.CollectableRow) (store.Hall, error) {
	var hall store.Hall
	var owner int64
	var expires *time.Time
	err := row.Scan(&hall.Name, &hall.Registration, &owner, &hall.SetupHash, &expires, &hall.BotCreation, &hall.Guests)
	hall.OwnerID, hall.SetupExpires = id.ID(owner), timeOf(expires)
	return hall, err
}

// Hall implements store.Halls.
func (s *Store) Hall(ctx context.Context) (store.Hall, error) {
	return one(ctx, s, "SELECT "+hallColumns+" FROM hall", nil, scanHall)
}

// UpdateHall implements store.Halls.
func (s *Store) UpdateHall(ctx context.Context, change func(*store.Hall) error) (hall store.Hall, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if hall, err = locked(ctx, tx, "SELECT "+hallColumns+" FROM hall FOR UPDATE", nil, scanHall); err != nil {
			return err
		}
		if err := change(&hall); err != nil {
			return err
		}
		hall.SetupExpires = timeOf(moment(hall.SetupExpires))
		return writeHall(ctx, tx, hall)
	})
	if err != nil {
		return store.Hall{}, err
	}
	return hall, nil
}

func writeHall(ctx context.Context, tx pgx.Tx, hall store.Hall) error {
	return execute(ctx, tx, "UPDATE hall SET name = $1, registration = $2, owner_id = $3, setup_hash = $4, setup_expires = $5, bot_creation = $6, guests = $7",
		hall.Name, hall.Registration, int64(hall.OwnerID), hall.SetupHash, moment(hall.SetupExpires), cmp.Or(hall.BotCreation, store.BotCreationEveryone), hall.Guests)
}

// ClaimHall implements store.Halls.
func (s *Store) ClaimHall(ctx context.Context, owner store.User, setupHash []byte, now time.Time) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		hall, err := locked(ctx, tx, "SELECT "+hallColumns+" FROM hall FOR UPDATE", nil, scanHall)
		if err != nil {
			return err
		}
		if hall.OwnerID != 0 || setupHash != nil && (string(hall.SetupHash) != string(setupHash) || !now.Before(hall.SetupExpires)) {
			return store.ErrSpent
		}
		if err := insertUser(ctx, tx, owner); err != nil {
			return err
		}
		hall.OwnerID, hall.SetupHash, hall.SetupExpires = owner.ID, nil, time.Time{}
		return writeHall(ctx, tx, hall)
	})
}
