package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptPasskey is a passkey as its account's row has it: a type of its own, so that a change to the domain type never changes what is stored by accident.
type keptPasskey struct {
	ID                      id.ID
	Name, RPID              string
	CredentialID, PublicKey []byte
	SignCount               uint32
	Flags                   byte
	AAGUID                  []byte
	Transports              []string
	CreatedAt, UsedAt       time.Time
}

const twoFactorColumns = "user_id, secret, last_step, recovery_hashes, passkeys"

func scanTwoFactor(row pgx.CollectableRow) (store.TwoFactor, error) {
	var factor store.TwoFactor
	var userID int64
	var passkeys []byte
	if err := row.Scan(&userID, &factor.Secret, &factor.LastStep, &factor.RecoveryHashes, &passkeys); err != nil {
		return factor, err
	}
	factor.UserID = id.ID(userID)
	if len(factor.RecoveryHashes) == 0 {
		factor.RecoveryHashes = nil
	}
	var kept []keptPasskey
	err := json.Unmarshal(passkeys, &kept)
	for _, one := range kept {
		factor.Passkeys = append(factor.Passkeys, store.Passkey(one))
	}
	return factor, err
}

// TwoFactor implements store.TwoFactors.
func (s *Store) TwoFactor(ctx context.Context, userID id.ID) (store.TwoFactor, error) {
	factor, err := one(ctx, s, "SELECT "+twoFactorColumns+" FROM two_factors WHERE user_id = $1", []any{int64(userID)}, scanTwoFactor)
	if errors.Is(err, store.ErrNotFound) {
		return store.TwoFactor{UserID: userID}, nil
	}
	return factor, err
}

// UpdateTwoFactor implements store.TwoFactors. The account is locked first, as where accounts are changed and deleted.
func (s *Store) UpdateTwoFactor(ctx context.Context, userID id.ID, change func(*store.TwoFactor) error) (factor store.TwoFactor, user store.User, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if user, err = locked(ctx, tx, "SELECT "+userColumns+" FROM users WHERE id = $1 AND NOT bot FOR NO KEY UPDATE", []any{int64(userID)}, scanUser); err != nil {
			return err
		}
		factor, err = locked(ctx, tx, "SELECT "+twoFactorColumns+" FROM two_factors WHERE user_id = $1", []any{int64(userID)}, scanTwoFactor)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		factor.UserID = userID
		if err := change(&factor); err != nil {
			return err
		}
		return writeTwoFactor(ctx, tx, &factor, &user)
	})
	if err != nil {
		return store.TwoFactor{}, store.User{}, err
	}
	return factor, user, nil
}

func writeTwoFactor(ctx context.Context, tx pgx.Tx, factor *store.TwoFactor, user *store.User) error {
	factor.UserID, user.MFA = user.ID, factor.On()
	if err := execute(ctx, tx, "UPDATE users SET mfa = $2 WHERE id = $1", int64(user.ID), user.MFA); err != nil {
		return err
	}
	if !user.MFA {
		*factor = store.TwoFactor{UserID: user.ID}
		return execute(ctx, tx, "DELETE FROM two_factors WHERE user_id = $1", int64(user.ID))
	}
	slices.SortFunc(factor.Passkeys, func(a, b store.Passkey) int { return cmp.Compare(a.ID, b.ID) })
	kept := make([]keptPasskey, 0, len(factor.Passkeys))
	for i := range factor.Passkeys {
		one := &factor.Passkeys[i]
		one.CreatedAt, one.UsedAt = timeOf(moment(one.CreatedAt)), timeOf(moment(one.UsedAt))
		kept = append(kept, keptPasskey(*one))
	}
	passkeys, err := plainJSON(kept)
	if err != nil {
		return err
	}
	if count := len(kept); count > 0 {
		if err := execute(ctx, tx, "UPDATE high_water SET id = $1 WHERE id < $1", int64(kept[count-1].ID)); err != nil {
			return err
		}
	}
	hashes := factor.RecoveryHashes
	if hashes == nil {
		hashes = [][]byte{}
	}
	return execute(ctx, tx, "INSERT INTO two_factors ("+twoFactorColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id) DO UPDATE SET secret = $2, last_step = $3, recovery_hashes = $4, passkeys = $5`, int64(user.ID), factor.Secret, factor.LastStep, hashes, passkeys)
}
