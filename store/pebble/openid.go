package pebble

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type openIDProviderRecord struct {
	Name         string            `cbor:"1,keyasint,omitempty"`
	Issuer       string            `cbor:"2,keyasint,omitempty"`
	ClientID     string            `cbor:"3,keyasint,omitempty"`
	SealedSecret []byte            `cbor:"4,keyasint,omitempty"`
	Scopes       []string          `cbor:"5,keyasint,omitempty"`
	GroupsClaim  string            `cbor:"6,keyasint,omitempty"`
	GroupRoles   []groupRoleRecord `cbor:"7,keyasint,omitempty"`
	Accounts     string            `cbor:"8,keyasint,omitempty"`
	EmailDomains []string          `cbor:"9,keyasint,omitempty"`
	CreatedAt    moment            `cbor:"10,keyasint,omitempty"`
}

type groupRoleRecord struct {
	Group   string `cbor:"1,keyasint,omitempty"`
	GuildID id.ID  `cbor:"2,keyasint,omitempty"`
	RoleID  id.ID  `cbor:"3,keyasint,omitempty"`
}

func newOpenIDProviderRecord(provider store.OpenIDProvider) openIDProviderRecord {
	record := openIDProviderRecord{
		Name: provider.Name, Issuer: provider.Issuer, ClientID: provider.ClientID, SealedSecret: bytes.Clone(provider.SealedSecret), Scopes: slices.Clone(provider.Scopes), GroupsClaim: provider.GroupsClaim,
		Accounts: string(provider.Accounts), EmailDomains: slices.Clone(provider.EmailDomains), CreatedAt: toMoment(provider.CreatedAt),
	}
	for _, one := range provider.GroupRoles {
		record.GroupRoles = append(record.GroupRoles, groupRoleRecord(one))
	}
	return record
}

func (r openIDProviderRecord) provider(key string) store.OpenIDProvider {
	provider := store.OpenIDProvider{
		Key: key, Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, SealedSecret: r.SealedSecret, Scopes: r.Scopes, GroupsClaim: r.GroupsClaim, Accounts: store.OpenIDAccounts(r.Accounts),
		EmailDomains: r.EmailDomains, CreatedAt: r.CreatedAt.time(),
	}
	for _, one := range r.GroupRoles {
		provider.GroupRoles = append(provider.GroupRoles, store.GroupRole(one))
	}
	return provider
}

type identityRecord struct {
	Issuer   string `cbor:"1,keyasint,omitempty"`
	Subject  string `cbor:"2,keyasint,omitempty"`
	UserID   id.ID  `cbor:"3,keyasint,omitempty"`
	Label    string `cbor:"4,keyasint,omitempty"`
	LinkedAt moment `cbor:"5,keyasint,omitempty"`
	UsedAt   moment `cbor:"6,keyasint,omitempty"`
}

func newIdentityRecord(identity store.Identity) identityRecord {
	return identityRecord{Issuer: identity.Issuer, Subject: identity.Subject, UserID: identity.UserID, Label: identity.Label, LinkedAt: toMoment(identity.LinkedAt), UsedAt: toMoment(identity.UsedAt)}
}

func (r identityRecord) identity() store.Identity {
	return store.Identity{Issuer: r.Issuer, Subject: r.Subject, UserID: r.UserID, Label: r.Label, LinkedAt: r.LinkedAt.time(), UsedAt: r.UsedAt.time()}
}

// identitySum stands for who somebody is at a provider in keys: both texts can be long. The length keeps them apart.
func identitySum(issuer, subject string) string {
	sum := sha256.Sum256([]byte(id.ID(len(issuer)).String() + " " + issuer + subject))
	return string(sum[:])
}

func identityKey(issuer, subject string) []byte {
	return kindIdentity.text(identitySum(issuer, subject))
}

func userIdentityKey(userID id.ID, issuer, subject string) []byte {
	return kindUserIdentity.text(identitySum(issuer, subject), userID)
}

// CreateOpenIDProvider stores a new provider.
func (s *Store) CreateOpenIDProvider(ctx context.Context, provider store.OpenIDProvider, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		key := kindOpenIDProvider.text(provider.Key)
		if err := free(tx.db, key, "key"); err != nil {
			return err
		}
		all, err := openIDProviders(tx.db)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(other store.OpenIDProvider) bool { return other.Issuer == provider.Issuer }) {
			return &store.ConflictError{Field: "issuer"}
		}
		if len(all) >= most {
			return &store.LimitError{What: "providers", Max: most}
		}
		return tx.put(key, newOpenIDProviderRecord(provider))
	})
}

// OpenIDProvider reads a provider.
func (s *Store) OpenIDProvider(ctx context.Context, key string) (store.OpenIDProvider, error) {
	if err := s.enter(ctx); err != nil {
		return store.OpenIDProvider{}, err
	}
	defer s.leave()
	record, err := get[openIDProviderRecord](s.db, kindOpenIDProvider.text(key))
	if err != nil {
		return store.OpenIDProvider{}, err
	}
	return record.provider(key), nil
}

// OpenIDProviders gives all providers.
func (s *Store) OpenIDProviders(ctx context.Context) ([]store.OpenIDProvider, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return openIDProviders(s.db)
}

func openIDProviders(r pebble.Reader) ([]store.OpenIDProvider, error) {
	providers := []store.OpenIDProvider{}
	err := scan(r, kindOpenIDProvider.key(), kindOpenIDProvider.end(), func(key, value []byte) (bool, error) {
		record, err := decode[openIDProviderRecord](key, value)
		providers = append(providers, record.provider(string(key[1:])))
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return providers, nil
}

// UpdateOpenIDProvider applies change to a provider.
func (s *Store) UpdateOpenIDProvider(ctx context.Context, key string, change func(*store.OpenIDProvider) error) (store.OpenIDProvider, error) {
	var stored openIDProviderRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		record, err := get[openIDProviderRecord](tx.db, kindOpenIDProvider.text(key))
		if err != nil {
			return err
		}
		provider := record.provider(key)
		if err := change(&provider); err != nil {
			return err
		}
		stored = newOpenIDProviderRecord(provider)
		stored.Issuer, stored.CreatedAt = record.Issuer, record.CreatedAt
		return tx.put(kindOpenIDProvider.text(key), stored)
	})
	if err != nil {
		return store.OpenIDProvider{}, err
	}
	return stored.provider(key), nil
}

// DeleteOpenIDProvider deletes a provider.
func (s *Store) DeleteOpenIDProvider(ctx context.Context, key string) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindOpenIDProvider.text(key)); err != nil {
			return err
		}
		tx.delete(kindOpenIDProvider.text(key))
		return nil
	})
}

// identities gives those of an account, in no particular order.
func identities(r pebble.Reader, userID id.ID) ([]store.Identity, error) {
	found := []store.Identity{}
	all := kindUserIdentity.key(userID)
	err := scan(r, all, after(all), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 1+sha256.Size/idBytes); err != nil {
			return false, err
		}
		record, err := get[identityRecord](r, kindIdentity.text(string(key[1+idBytes:])))
		found = append(found, record.identity())
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// link writes an identity and what finds it.
func (t *tx) link(identity store.Identity) error {
	if err := free(t.db, identityKey(identity.Issuer, identity.Subject), "identity"); err != nil {
		return err
	}
	t.set(userIdentityKey(identity.UserID, identity.Issuer, identity.Subject), nil)
	return t.put(identityKey(identity.Issuer, identity.Subject), newIdentityRecord(identity))
}

// LinkIdentity stores a new identity.
func (s *Store) LinkIdentity(ctx context.Context, identity store.Identity, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		user, err := get[userRecord](tx.db, kindUser.key(identity.UserID))
		if err != nil {
			return err
		}
		if user.Bot {
			return store.ErrNotFound
		}
		if err := tx.link(identity); err != nil {
			return err
		}
		others, err := identities(tx.db, identity.UserID)
		if err == nil && len(others) >= most {
			err = &store.LimitError{What: "identities", Max: most}
		}
		return err
	})
}

// RegisterIdentity stores a new account with an identity.
func (s *Store) RegisterIdentity(ctx context.Context, user store.User, identity store.Identity, code string, member store.Member, now time.Time) error {
	member.UserID, identity.UserID = user.ID, user.ID
	return s.update(ctx, synced, func(tx *tx) error {
		if err := tx.link(identity); err != nil {
			return err
		}
		if err := tx.createUser(user); err != nil || code == "" {
			return err
		}
		_, err := tx.redeemInvite(code, member, now)
		return err
	})
}

// Identity reads an identity.
func (s *Store) Identity(ctx context.Context, issuer, subject string) (store.Identity, error) {
	if err := s.enter(ctx); err != nil {
		return store.Identity{}, err
	}
	defer s.leave()
	record, err := get[identityRecord](s.db, identityKey(issuer, subject))
	if err != nil {
		return store.Identity{}, err
	}
	return record.identity(), nil
}

// Identities gives those of an account in the order in which they were linked.
func (s *Store) Identities(ctx context.Context, userID id.ID) ([]store.Identity, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot() // what is found must not be unlinked before it is read
	defer func() { _ = snapshot.Close() }()
	found, err := identities(snapshot, userID)
	slices.SortFunc(found, func(a, b store.Identity) int {
		return cmp.Or(a.LinkedAt.Compare(b.LinkedAt), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Subject, b.Subject))
	})
	return found, err
}

// UseIdentity notes that somebody signed in.
func (s *Store) UseIdentity(ctx context.Context, issuer, subject, label string, at time.Time) error {
	return s.update(ctx, synced, func(tx *tx) error {
		key := identityKey(issuer, subject)
		record, err := get[identityRecord](tx.db, key)
		if err != nil {
			return err
		}
		record.Label, record.UsedAt = label, toMoment(at)
		return tx.put(key, record)
	})
}

// UnlinkIdentity deletes an identity of an account.
func (s *Store) UnlinkIdentity(ctx context.Context, userID id.ID, issuer, subject string, may func(user store.User, left []store.Identity) error) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, userIdentityKey(userID, issuer, subject)); err != nil {
			return err
		}
		user, err := get[userRecord](tx.db, kindUser.key(userID))
		if err != nil {
			return err
		}
		left, err := identities(tx.db, userID)
		if err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(one store.Identity) bool { return one.Issuer == issuer && one.Subject == subject })
		if err := may(user.user(userID), left); err != nil {
			return err
		}
		tx.unlink(userID, issuer, subject)
		return nil
	})
}

func (t *tx) unlink(userID id.ID, issuer, subject string) {
	t.delete(identityKey(issuer, subject))
	t.delete(userIdentityKey(userID, issuer, subject))
}

// unlinkAll takes everything from an account that it is at providers.
func (t *tx) unlinkAll(userID id.ID) error {
	all, err := identities(t.db, userID)
	for _, one := range all {
		t.unlink(userID, one.Issuer, one.Subject)
	}
	return err
}
