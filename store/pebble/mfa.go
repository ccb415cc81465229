package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type twoFactorRecord struct {
	Secret         []byte          `cbor:"1,keyasint,omitempty"`
	LastStep       int64           `cbor:"2,keyasint,omitempty"`
	RecoveryHashes [][]byte        `cbor:"3,keyasint,omitempty"`
	Passkeys       []passkeyRecord `cbor:"4,keyasint,omitempty"`
}

type passkeyRecord struct {
	ID           id.ID    `cbor:"1,keyasint,omitempty"`
	Name         string   `cbor:"2,keyasint,omitempty"`
	RPID         string   `cbor:"3,keyasint,omitempty"`
	CredentialID []byte   `cbor:"4,keyasint,omitempty"`
	PublicKey    []byte   `cbor:"5,keyasint,omitempty"`
	SignCount    uint32   `cbor:"6,keyasint,omitempty"`
	Flags        byte     `cbor:"7,keyasint,omitempty"`
	AAGUID       []byte   `cbor:"8,keyasint,omitempty"`
	Transports   []string `cbor:"9,keyasint,omitempty"`
	CreatedAt    moment   `cbor:"10,keyasint,omitempty"`
	UsedAt       moment   `cbor:"11,keyasint,omitempty"`
}

func newTwoFactorRecord(factor store.TwoFactor) twoFactorRecord {
	record := twoFactorRecord{Secret: factor.Secret, LastStep: factor.LastStep, RecoveryHashes: factor.RecoveryHashes}
	for _, one := range factor.Passkeys {
		record.Passkeys = append(record.Passkeys, passkeyRecord{
			ID: one.ID, Name: one.Name, RPID: one.RPID, CredentialID: one.CredentialID, PublicKey: one.PublicKey, SignCount: one.SignCount, Flags: one.Flags,
			AAGUID: one.AAGUID, Transports: one.Transports, CreatedAt: toMoment(one.CreatedAt), UsedAt: toMoment(one.UsedAt),
		})
	}
	return record
}

func (r twoFactorRecord) factor(userID id.ID) store.TwoFactor {
	factor := store.TwoFactor{UserID: userID, Secret: r.Secret, LastStep: r.LastStep, RecoveryHashes: r.RecoveryHashes}
	for _, one := range r.Passkeys {
		factor.Passkeys = append(factor.Passkeys, store.Passkey{
			ID: one.ID, Name: one.Name, RPID: one.RPID, CredentialID: one.CredentialID, PublicKey: one.PublicKey, SignCount: one.SignCount, Flags: one.Flags,
			AAGUID: one.AAGUID, Transports: one.Transports, CreatedAt: one.CreatedAt.time(), UsedAt: one.UsedAt.time(),
		})
	}
	return factor
}

// TwoFactor reads what an account signs in with besides its password.
func (s *Store) TwoFactor(ctx context.Context, userID id.ID) (store.TwoFactor, error) {
	if err := s.enter(ctx); err != nil {
		return store.TwoFactor{}, err
	}
	defer s.leave()
	record, err := get[twoFactorRecord](s.db, kindTwoFactor.key(userID))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return record.factor(userID), err
}

// UpdateTwoFactor applies change, and notes with the account whether it has a second factor.
func (s *Store) UpdateTwoFactor(ctx context.Context, userID id.ID, change func(*store.TwoFactor) error) (store.TwoFactor, store.User, error) {
	var stored twoFactorRecord
	var user userRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if user, err = get[userRecord](tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		if user.Bot {
			return store.ErrNotFound
		}
		record, err := get[twoFactorRecord](tx.db, kindTwoFactor.key(userID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		factor := record.factor(userID)
		if err := change(&factor); err != nil {
			return err
		}
		slices.SortFunc(factor.Passkeys, func(a, b store.Passkey) int { return cmp.Compare(a.ID, b.ID) })
		for _, one := range factor.Passkeys {
			tx.made(one.ID)
		}
		user.MFA = factor.On()
		if err := tx.put(kindUser.key(userID), user); err != nil {
			return err
		}
		if !user.MFA {
			stored = twoFactorRecord{}
			tx.delete(kindTwoFactor.key(userID))
			return nil
		}
		value, err := encoding.Marshal(newTwoFactorRecord(factor))
		if err != nil {
			return err
		}
		tx.set(kindTwoFactor.key(userID), value)
		// What is given back is read anew, so that it shares nothing with what change was given.
		stored, err = decode[twoFactorRecord](kindTwoFactor.key(userID), value)
		return err
	})
	if err != nil {
		return store.TwoFactor{}, store.User{}, err
	}
	return stored.factor(userID), user.user(userID), nil
}
