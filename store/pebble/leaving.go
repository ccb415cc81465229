package pebble

import (
	"context"
	"errors"
	"maps"
	"slices"

	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// Nothing finds what others have of an account: their relationships to it and notes about it, the channels that allow or deny it something, the guilds that are its own. All of these are looked
// at when it is deleted, which can take long. So that nobody waits for it, that is done beside all writes, over the store as it was at one moment; what is written from then on is
// looked at as it is written. In the end it is known which keys may be of the account, and the deletion itself, the one write in which it happens, reads those alone.

// leaving is what is known of accounts that are about to be deleted.
type leaving struct {
	accounts map[id.ID]bool
	// roles are the managed ones of those accounts that are bots.
	roles map[id.ID]bool
	// keys are those that named one of the accounts at some moment since the look began; by kind. Writes add to it under Store.writing.
	keys map[kind]map[string]struct{}
}

func newLeaving(accounts, roles map[id.ID]bool) *leaving {
	l := &leaving{accounts: accounts, roles: maps.Clone(roles), keys: make(map[kind]map[string]struct{})}
	for _, k := range lookedAt {
		l.keys[k] = make(map[string]struct{})
	}
	return l
}

// lookedAt are the kinds of keys that are looked at.
var lookedAt = []kind{kindRelationship, kindNote, kindGuild, kindChannel}

// note takes note of a key that names one of the accounts.
func (l *leaving) note(key, value []byte) error {
	k := kind(key[0])
	names := false
	switch k {
	case kindRelationship, kindNote:
		if err := checkKey(key, 2); err != nil {
			return err
		}
		names = l.accounts[idAt(key, 1)]
	case kindGuild:
		record, err := decode[ownerRecord](key, value)
		if err != nil {
			return err
		}
		names = l.accounts[record.OwnerID]
	case kindChannel:
		record, err := decode[overwritesRecord](key, value)
		if err != nil {
			return err
		}
		names = slices.ContainsFunc(record.Overwrites, func(overwrite overwriteRecord) bool {
			return l.accounts[overwrite.TargetID] || l.roles[overwrite.TargetID]
		})
	case kindInstallation:
		// A bot came into a guild meanwhile: from now on channels can name its role.
		if err := checkKey(key, 2); err != nil || !l.accounts[idAt(key, 1)] {
			return err
		}
		record, err := decode[installationRecord](key, value)
		if err != nil {
			return err
		}
		l.roles[record.RoleID] = true
	}
	if names {
		l.keys[k][string(key)] = struct{}{}
	}
	return nil
}

// noteBatch takes note of what a batch writes.
func (l *leaving) noteBatch(batch *pebble.Batch) error {
	for reader := batch.Reader(); ; {
		operation, key, value, more, err := reader.Next()
		if err != nil || !more {
			return err
		}
		if operation == pebble.InternalKeyKindSet && len(key) > 0 {
			if err := l.note(key, value); err != nil {
				return err
			}
		}
	}
}

// of gives the keys of a kind, in ascending order.
func (l *leaving) of(k kind) []string { return slices.Sorted(maps.Keys(l.keys[k])) }

// ownerRecord is as much of a guild's record as tells whose it is, overwritesRecord as much of a channel's as tells whom it allows or denies something.
type (
	ownerRecord struct {
		OwnerID id.ID `cbor:"1,keyasint,omitempty"`
	}
	overwritesRecord struct {
		Overwrites []overwriteRecord `cbor:"10,keyasint,omitempty"`
	}
)

// lookForLeaving finds out what others have of an account and its bots. Until the caller calls forgetLeaving, what is written is looked at as well. store.ErrNotFound when there is no such account.
func (s *Store) lookForLeaving(ctx context.Context, userID id.ID) (*leaving, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	l := newLeaving(make(map[id.ID]bool), make(map[id.ID]bool))
	// Between what the snapshot shows and what is looked at as it is written there is no gap.
	s.writing.Lock()
	if err := l.begin(s.db, userID); err != nil {
		s.writing.Unlock()
		return nil, err
	}
	s.leaving = append(s.leaving, l)
	snapshot := s.db.NewSnapshot()
	found := newLeaving(l.accounts, l.roles) // with keys and roles of its own, which no write adds to
	s.writing.Unlock()

	if err := errors.Join(found.look(ctx, snapshot), snapshot.Close()); err != nil {
		s.forgetLeaving(l)
		return nil, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	for k, keys := range found.keys {
		maps.Copy(l.keys[k], keys)
	}
	return l, nil
}

// begin finds out which accounts and roles are to go.
func (l *leaving) begin(r pebble.Reader, userID id.ID) error {
	accounts, err := withBots(r, userID)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		l.accounts[account] = true
		installations, err := applicationInstallations(r, account)
		if err != nil {
			return err
		}
		for _, installation := range installations {
			l.roles[installation.RoleID] = true
		}
	}
	return nil
}

// forgetLeaving ends what lookForLeaving began.
func (s *Store) forgetLeaving(l *leaving) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.leaving = slices.DeleteFunc(s.leaving, func(one *leaving) bool { return one == l })
}

// withBots gives an account and its bots, itself first; store.ErrNotFound when there is no such account.
func withBots(r pebble.Reader, userID id.ID) ([]id.ID, error) {
	if err := need(r, kindUser.key(userID)); err != nil {
		return nil, err
	}
	botIDs, err := lastIDs(r, kindOwnerBot.key(userID))
	return append([]id.ID{userID}, botIDs...), err
}

// lookBetween is how many keys are looked at before it is asked whether the caller still waits.
const lookBetween = 4096

// look looks through all that a reader shows.
func (l *leaving) look(ctx context.Context, r pebble.Reader) error {
	read := 0
	for _, k := range lookedAt {
		if err := scan(r, k.key(), k.end(), func(key, value []byte) (bool, error) {
			if read++; read%lookBetween == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			return true, l.note(key, value)
		}); err != nil {
			return err
		}
	}
	return nil
}
