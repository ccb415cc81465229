package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptGroupRole is a role that goes with a group as its provider's row has it: a type of its own, so that a change to the domain type never changes what is stored by accident.
type keptGroupRole struct {
	Group           string
	GuildID, RoleID id.ID
}

const (
	openIDProviderColumns = "key, name, issuer, client_id, sealed_secret, scopes, groups_claim, group_roles, accounts, email_domains, created_at"
	identityColumns       = "issuer, subject, user_id, label, linked_at, used_at"
)

func scanOpenIDProvider(row pgx.CollectableRow) (store.OpenIDProvider, error) {
	var provider store.OpenIDProvider
	var roles []byte
	var created *time.Time
	err := row.Scan(&provider.Key, &provider.Name, &provider.Issuer, &provider.ClientID, &provider.SealedSecret, &provider.Scopes, &provider.GroupsClaim, &roles, &provider.Accounts, &provider.EmailDomains, &created)
	if err != nil {
		return provider, err
	}
	provider.CreatedAt = timeOf(created)
	if len(provider.Scopes) == 0 {
		provider.Scopes = nil
	}
	if len(provider.EmailDomains) == 0 {
		provider.EmailDomains = nil
	}
	var kept []keptGroupRole
	err = json.Unmarshal(roles, &kept)
	for _, one := range kept {
		provider.GroupRoles = append(provider.GroupRoles, store.GroupRole(one))
	}
	return provider, err
}

// openIDArguments are a provider's columns but for those that never change: key, issuer and created_at.
func openIDArguments(provider store.OpenIDProvider) ([]any, error) {
	kept := make([]keptGroupRole, 0, len(provider.GroupRoles))
	for _, one := range provider.GroupRoles {
		kept = append(kept, keptGroupRole(one))
	}
	roles, err := plainJSON(kept)
	return []any{provider.Key, provider.Name, provider.ClientID, provider.SealedSecret, texts(provider.Scopes), provider.GroupsClaim, roles, provider.Accounts, texts(provider.EmailDomains)}, err
}

// texts gives a list that is empty rather than NULL.
func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func scanIdentity(row pgx.CollectableRow) (store.Identity, error) {
	var identity store.Identity
	var userID int64
	var linked, used *time.Time
	err := row.Scan(&identity.Issuer, &identity.Subject, &userID, &identity.Label, &linked, &used)
	identity.UserID, identity.LinkedAt, identity.UsedAt = id.ID(userID), timeOf(linked), timeOf(used)
	return identity, err
}

// CreateOpenIDProvider implements store.OpenIDProviders.
func (s *Store) CreateOpenIDProvider(ctx context.Context, provider store.OpenIDProvider, most int) error {
	arguments, err := openIDArguments(provider)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, "LOCK TABLE oidc_providers IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM oidc_providers").Scan(&count); err != nil {
			return err
		}
		if err := execute(ctx, tx, `INSERT INTO oidc_providers (key, name, client_id, sealed_secret, scopes, groups_claim, group_roles, accounts, email_domains, issuer, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, append(arguments, provider.Issuer, provider.CreatedAt.UTC().Truncate(time.Millisecond))...); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "providers", Max: most}
		}
		return nil
	})
}

// OpenIDProvider implements store.OpenIDProviders.
func (s *Store) OpenIDProvider(ctx context.Context, key string) (store.OpenIDProvider, error) {
	return one(ctx, s, "SELECT "+openIDProviderColumns+" FROM oidc_providers WHERE key = $1", []any{key}, scanOpenIDProvider)
}

// OpenIDProviders implements store.OpenIDProviders.
func (s *Store) OpenIDProviders(ctx context.Context) ([]store.OpenIDProvider, error) {
	return rows(ctx, s, "SELECT "+openIDProviderColumns+" FROM oidc_providers ORDER BY key", nil, scanOpenIDProvider)
}

// UpdateOpenIDProvider implements store.OpenIDProviders.
func (s *Store) UpdateOpenIDProvider(ctx context.Context, key string, change func(*store.OpenIDProvider) error) (provider store.OpenIDProvider, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if provider, err = locked(ctx, tx, "SELECT "+openIDProviderColumns+" FROM oidc_providers WHERE key = $1 FOR UPDATE", []any{key}, scanOpenIDProvider); err != nil {
			return err
		}
		before := provider
		if err := change(&provider); err != nil {
			return err
		}
		provider.Key, provider.Issuer, provider.CreatedAt = key, before.Issuer, before.CreatedAt
		arguments, err := openIDArguments(provider)
		if err != nil {
			return err
		}
		provider, err = locked(ctx, tx, `UPDATE oidc_providers SET name = $2, client_id = $3, sealed_secret = $4, scopes = $5, groups_claim = $6, group_roles = $7, accounts = $8, email_domains = $9
			WHERE key = $1 RETURNING `+openIDProviderColumns, arguments, scanOpenIDProvider)
		return err
	})
	if err != nil {
		return store.OpenIDProvider{}, err
	}
	return provider, nil
}

// DeleteOpenIDProvider implements store.OpenIDProviders.
func (s *Store) DeleteOpenIDProvider(ctx context.Context, key string) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		_, err := locked(ctx, tx, "DELETE FROM oidc_providers WHERE key = $1 RETURNING "+openIDProviderColumns, []any{key}, scanOpenIDProvider)
		return err
	})
}

func insertIdentity(ctx context.Context, tx pgx.Tx, identity store.Identity) error {
	return execute(ctx, tx, "INSERT INTO identities ("+identityColumns+") VALUES ($1, $2, $3, $4, $5, $6)", identity.Issuer, identity.Subject, int64(identity.UserID), identity.Label,
		identity.LinkedAt.UTC().Truncate(time.Millisecond), moment(identity.UsedAt))
}

// LinkIdentity implements store.Identities. The account is locked for it, so that of identities that come at once none is too many.
func (s *Store) LinkIdentity(ctx context.Context, identity store.Identity, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 AND NOT bot FOR NO KEY UPDATE", []any{int64(identity.UserID)}, scanID); err != nil {
			return err
		}
		if err := insertIdentity(ctx, tx, identity); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM identities WHERE user_id = $1", int64(identity.UserID)).Scan(&count); err != nil {
			return err
		}
		if count > most {
			return &store.LimitError{What: "identities", Max: most}
		}
		return nil
	})
}

// RegisterIdentity implements store.Identities.
func (s *Store) RegisterIdentity(ctx context.Context, user store.User, identity store.Identity, code string, member store.Member, now time.Time) error {
	member.UserID, identity.UserID = user.ID, user.ID
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		if err := insertIdentity(ctx, tx, identity); err != nil || code == "" {
			return err
		}
		_, err := redeem(ctx, tx, code, member, now)
		return err
	})
}

// Identity implements store.Identities.
func (s *Store) Identity(ctx context.Context, issuer, subject string) (store.Identity, error) {
	return one(ctx, s, "SELECT "+identityColumns+" FROM identities WHERE issuer = $1 AND subject = $2", []any{issuer, subject}, scanIdentity)
}

const identitiesOfUser = "SELECT " + identityColumns + " FROM identities WHERE user_id = $1 ORDER BY linked_at, issuer, subject"

// Identities implements store.Identities.
func (s *Store) Identities(ctx context.Context, userID id.ID) ([]store.Identity, error) {
	return rows(ctx, s, identitiesOfUser, []any{int64(userID)}, scanIdentity)
}

// UseIdentity implements store.Identities.
func (s *Store) UseIdentity(ctx context.Context, issuer, subject, label string, at time.Time) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		_, err := locked(ctx, tx, "UPDATE identities SET label = $3, used_at = $4 WHERE issuer = $1 AND subject = $2 RETURNING user_id", []any{issuer, subject, label, moment(at)}, scanID)
		return err
	})
}

// UnlinkIdentity implements store.Identities. The account is locked first: of two that are to go at once, the second sees that the first is gone.
func (s *Store) UnlinkIdentity(ctx context.Context, userID id.ID, issuer, subject string, may func(user store.User, left []store.Identity) error) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		user, err := locked(ctx, tx, "SELECT "+userColumns+" FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(userID)}, scanUser)
		if err != nil {
			return err
		}
		if _, err := locked(ctx, tx, "DELETE FROM identities WHERE user_id = $1 AND issuer = $2 AND subject = $3 RETURNING user_id", []any{int64(userID), issuer, subject}, scanID); err != nil {
			return err
		}
		left, err := collect(ctx, tx, identitiesOfUser, []any{int64(userID)}, scanIdentity)
		if err != nil {
			return err
		}
		return may(user, left)
	})
}
