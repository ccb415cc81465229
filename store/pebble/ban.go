package pebble

import (
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// AddBan stores a ban and takes the user out of the guild.
func (s *Store) AddBan(ctx context.Context, ban store.Ban) (wasMember bool, left store.Departure, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(ban.GuildID)); err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(ban.UserID)); err != nil {
			return err
		}
		key := kindBan.key(ban.GuildID, ban.UserID)
		if err := free(tx.db, key, "ban"); err != nil {
			return err
		}
		tx.set(key, []byte(ban.Reason))
		tx.set(kindUserBan.key(ban.UserID, ban.GuildID), nil)
		left = store.Departure{}
		if wasMember, err = has(tx.db, kindMember.key(ban.GuildID, ban.UserID)); err != nil {
			return err
		}
		if !wasMember {
			return tx.uninstall(ban.GuildID, ban.UserID, &left)
		}
		left, err = tx.removeMember(ban.GuildID, ban.UserID)
		return err
	})
	if err != nil {
		return false, store.Departure{}, err
	}
	return wasMember, left, nil
}

// Ban reads a ban.
func (s *Store) Ban(ctx context.Context, guildID, userID id.ID) (store.Ban, error) {
	if err := s.enter(ctx); err != nil {
		return store.Ban{}, err
	}
	defer s.leave()
	ban := store.Ban{GuildID: guildID, UserID: userID}
	err := view(s.db, kindBan.key(guildID, userID), func(reason []byte) error {
		ban.Reason = string(reason)
		return nil
	})
	if err != nil {
		return store.Ban{}, err
	}
	return ban, nil
}

// GuildBans gives a page of a guild's bans.
func (s *Store) GuildBans(ctx context.Context, guildID, before, afterID id.ID, limit int) ([]store.Ban, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	lower, upper := kindBan.key(guildID, afterID+1), after(kindBan.key(guildID))
	if before != 0 {
		lower, upper = kindBan.key(guildID), kindBan.key(guildID, before)
	}
	bans := []store.Ban{}
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	first, next := cursor.First, cursor.Next
	if before != 0 {
		first, next = cursor.Last, cursor.Prev
	}
	for there := first(); there && err == nil && len(bans) < limit; there = next() {
		var reason []byte
		if reason, err = cursor.ValueAndErr(); err == nil {
			if err = checkKey(cursor.Key(), 2); err == nil {
				bans = append(bans, store.Ban{GuildID: guildID, UserID: idAt(cursor.Key(), 1), Reason: string(reason)})
			}
		}
	}
	if before != 0 {
		slices.Reverse(bans)
	}
	if err := errors.Join(err, cursor.Error(), cursor.Close()); err != nil {
		return nil, err
	}
	return bans, nil
}

// RemoveBan lifts a ban.
func (s *Store) RemoveBan(ctx context.Context, guildID, userID id.ID) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindBan.key(guildID, userID)); err != nil {
			return err
		}
		tx.delete(kindBan.key(guildID, userID))
		tx.delete(kindUserBan.key(userID, guildID))
		return nil
	})
}

// deleteBans lifts all bans of a guild.
func (t *tx) deleteBans(guildID id.ID) error {
	userIDs, err := lastIDs(t.db, kindBan.key(guildID))
	if err != nil {
		return err
	}
	for _, userID := range userIDs {
		t.delete(kindUserBan.key(userID, guildID))
	}
	t.deleteAll(kindBan.key(guildID))
	return nil
}
