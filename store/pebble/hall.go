package pebble

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type hallRecord struct {
	Name         string `cbor:"1,keyasint,omitempty"`
	Registration string `cbor:"2,keyasint,omitempty"`
	OwnerID      id.ID  `cbor:"3,keyasint,omitempty"`
	SetupHash    []byte `cbor:"4,keyasint,omitempty"`
	SetupExpires moment `cbor:"5,keyasint,omitempty"`
	BotCreation  string `cbor:"6,keyasint,omitempty"` // empty for everyone
	Guests       bool   `cbor:"7,keyasint,omitempty"`
}

func newHallRecord(hall store.Hall) hallRecord {
	record := hallRecord{
		Name: hall.Name, Registration: string(hall.Registration), OwnerID: hall.OwnerID,
		SetupHash: slices.Clone(hall.SetupHash), SetupExpires: toMoment(hall.SetupExpires), Guests: hall.Guests,
	}
	if hall.BotCreation != store.BotCreationEveryone {
		record.BotCreation = string(hall.BotCreation)
	}
	return record
}

func (r hallRecord) hall() store.Hall {
	return store.Hall{
		Name: r.Name, Registration: store.Registration(r.Registration), OwnerID: r.OwnerID,
		SetupHash: r.SetupHash, SetupExpires: r.SetupExpires.time(), BotCreation: cmp.Or(store.BotCreation(r.BotCreation), store.BotCreationEveryone), Guests: r.Guests,
	}
}

func readHall(r pebble.Reader) (store.Hall, error) {
	record, err := get[hallRecord](r, kindHall.key())
	if errors.Is(err, store.ErrNotFound) {
		return store.Hall{Name: "Guildhall", Registration: store.RegistrationInvite, BotCreation: store.BotCreationEveryone}, nil
	}
	return record.hall(), err
}

// Hall reads the one Hall.
func (s *Store) Hall(ctx context.Context) (store.Hall, error) {
	if err := s.enter(ctx); err != nil {
		return store.Hall{}, err
	}
	defer s.leave()
	return readHall(s.db)
}

// UpdateHall applies change to the one Hall.
func (s *Store) UpdateHall(ctx context.Context, change func(*store.Hall) error) (store.Hall, error) {
	var record hallRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		hall, err := readHall(tx.db)
		if err != nil {
			return err
		}
		if err := change(&hall); err != nil {
			return err
		}
		record = newHallRecord(hall)
		return tx.put(kindHall.key(), record)
	})
	return record.hall(), err
}

// ClaimHall creates the hall's owner.
func (s *Store) ClaimHall(ctx context.Context, owner store.User, setupHash []byte, now time.Time) error {
	return s.update(ctx, synced, func(tx *tx) error {
		hall, err := readHall(tx.db)
		if err != nil {
			return err
		}
		tokenGood := setupHash == nil ||
			len(hall.SetupHash) > 0 && subtle.ConstantTimeCompare(setupHash, hall.SetupHash) == 1 && now.Before(hall.SetupExpires)
		if hall.OwnerID != 0 || !tokenGood {
			return store.ErrSpent
		}
		if err := tx.createUser(owner); err != nil {
			return err
		}
		hall.OwnerID, hall.SetupHash, hall.SetupExpires = owner.ID, nil, time.Time{}
		return tx.put(kindHall.key(), newHallRecord(hall))
	})
}
