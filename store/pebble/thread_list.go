package pebble

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// ThreadsByID gives those of some threads that exist.
func (s *Store) ThreadsByID(ctx context.Context, threadIDs []id.ID) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	threads := make([]store.Channel, 0, len(threadIDs))
	for _, threadID := range distinct(threadIDs) {
		thread, err := findThread(s.db, threadID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		threads = append(threads, thread)
	}
	return threads, nil
}

// ActiveThreads gives a guild's threads that are not archived.
func (s *Store) ActiveThreads(ctx context.Context, guildID id.ID) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	threadIDs, err := lastIDs(s.db, kindActiveThread.key(guildID))
	if err != nil {
		return nil, err
	}
	threads, err := findThreads(s.db, guildID, threadIDs)
	return slices.DeleteFunc(threads, func(thread store.Channel) bool { return thread.Thread.Archived }), err // archived since the list was read
}

// ThreadIDs gives the ids of all threads of a guild.
func (s *Store) ThreadIDs(ctx context.Context, guildID id.ID) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return lastIDs(s.db, kindThread.key(guildID))
}

// ArchivedThreads gives archived threads of a channel, those archived last first.
func (s *Store) ArchivedThreads(ctx context.Context, parentID id.ID, page store.ArchivedPage) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	guildID, err := getID(s.db, kindChannelGuild.key(parentID))
	if errors.Is(err, store.ErrNotFound) {
		return []store.Channel{}, nil
	} else if err != nil {
		return nil, err
	}
	prefix := archivedKey(parentID, page.Private, time.Time{}, 0)[:1+2*idBytes]
	upper := after(prefix)
	if !page.Before.IsZero() {
		upper = archivedKey(parentID, page.Private, page.Before, 0)
	}
	var threadIDs []id.ID
	if err := scanBack(s.db, prefix, upper, func(key []byte) (bool, error) {
		if err := checkKey(key, 4); err != nil {
			return false, err
		}
		if len(threadIDs) < page.Limit {
			threadIDs = append(threadIDs, idAt(key, 3))
		}
		return len(threadIDs) < page.Limit, nil
	}); err != nil {
		return nil, err
	}
	threads, err := findThreads(s.db, guildID, threadIDs)
	return slices.DeleteFunc(threads, func(thread store.Channel) bool { return !thread.Thread.Archived }), err // opened since the list was read
}

// JoinedArchivedThreads gives a channel's private archived threads that an account is in.
func (s *Store) JoinedArchivedThreads(ctx context.Context, parentID, userID, before id.ID, limit int) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	threads := []store.Channel{}
	guildID, err := getID(s.db, kindChannelGuild.key(parentID))
	if errors.Is(err, store.ErrNotFound) {
		return threads, nil
	} else if err != nil {
		return nil, err
	}
	prefix := kindUserThread.key(userID, guildID)
	upper := after(prefix)
	if before != 0 {
		upper = kindUserThread.key(userID, guildID, before)
	}
	err = scanBack(s.db, prefix, upper, func(key []byte) (bool, error) {
		if err := checkKey(key, 3); err != nil {
			return false, err
		}
		thread, err := readThread(s.db, guildID, idAt(key, 2))
		if errors.Is(err, store.ErrNotFound) {
			return true, nil
		} else if err != nil {
			return false, err
		}
		if len(threads) < limit && thread.ParentID == parentID && thread.Type == store.ChannelPrivateThread && thread.Thread.Archived {
			threads = append(threads, thread)
		}
		return len(threads) < limit, nil
	})
	return threads, err
}

// IdleThreads gives active threads that are to be archived. Threads that stay active are looked at again when they can be idle at the earliest.
func (s *Store) IdleThreads(ctx context.Context, now time.Time, limit int) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	idle, busy, err := s.idleThreads(now, limit)
	s.leave()
	if err != nil || len(busy) == 0 {
		return idle, err
	}
	err = s.update(ctx, unsynced, func(tx *tx) error {
		for _, one := range busy {
			thread, err := readThread(tx.db, one.GuildID, one.ID)
			if errors.Is(err, store.ErrNotFound) || err == nil && thread.Thread.Archived {
				continue
			} else if err != nil {
				return err
			}
			tx.listThread(&thread)
		}
		return nil
	})
	return idle, err
}

func (s *Store) idleThreads(now time.Time, limit int) (idle, busy []store.Channel, err error) {
	idle = []store.Channel{}
	err = scan(s.db, kindActiveThread.key(), kindActiveThread.end(), func(key, value []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		earliest, err := decodeNumber(key, value)
		if err != nil || int64(earliest) > now.UnixMilli() {
			return err == nil, err
		}
		thread, err := readThread(s.db, idAt(key, 0), idAt(key, 1))
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && thread.Thread.Archived: // since the scan began
			return true, nil
		case err != nil:
			return false, err
		case thread.Flags&store.ChannelPinned != 0:
		case thread.Thread.ActiveUntil().After(now):
			busy = append(busy, thread)
		case len(idle) < limit:
			idle = append(idle, thread)
		}
		return len(idle) < limit && len(busy) < sweepStep, nil
	})
	return idle, busy, err
}

// AddThreadMember stores somebody's place in a thread.
func (s *Store) AddThreadMember(ctx context.Context, member store.ThreadMember, most int) (added bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		thread, err := findThread(tx.db, member.ThreadID)
		if err != nil {
			return err
		}
		if thread.Thread.Archived {
			return store.ErrThreadClosed
		}
		if err := need(tx.db, kindMember.key(thread.GuildID, member.UserID)); err != nil {
			return err
		}
		there, err := has(tx.db, kindThreadMember.key(member.ThreadID, member.UserID))
		if added = !there; err != nil || there {
			return err
		}
		if thread.Thread.MemberCount >= most {
			return &store.LimitError{What: "thread members", Max: most}
		}
		if err := tx.joinThread(thread.GuildID, member); err != nil {
			return err
		}
		return tx.changeThreadCount(member.ThreadID, func(counts *threadCountRecord) { counts.Members++ })
	})
	return added && err == nil, err
}

// AddThreadMembers stores the places of several in a thread.
func (s *Store) AddThreadMembers(ctx context.Context, threadID id.ID, members []store.ThreadMember, most int) (added []store.ThreadMember, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		added = nil
		thread, err := findThread(tx.db, threadID)
		if err != nil {
			return err
		}
		if thread.Thread.Archived {
			return store.ErrThreadClosed
		}
		seen := make(map[id.ID]bool, len(members))
		for _, member := range members {
			if seen[member.UserID] || thread.Thread.MemberCount+len(added) >= most {
				continue
			}
			seen[member.UserID] = true
			known, err := has(tx.db, kindMember.key(thread.GuildID, member.UserID))
			if err != nil {
				return err
			}
			there, err := has(tx.db, kindThreadMember.key(threadID, member.UserID))
			if err != nil {
				return err
			}
			if !known || there {
				continue
			}
			member.ThreadID, member.JoinedAt = threadID, toMoment(member.JoinedAt).time()
			if err := tx.joinThread(thread.GuildID, member); err != nil {
				return err
			}
			added = append(added, member)
		}
		if len(added) == 0 {
			return nil
		}
		return tx.changeThreadCount(threadID, func(counts *threadCountRecord) { counts.Members += len(added) })
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// RemoveThreadMember takes somebody out of a thread.
func (s *Store) RemoveThreadMember(ctx context.Context, threadID, userID id.ID) (removed bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		thread, err := findThread(tx.db, threadID)
		if err != nil {
			return err
		}
		if thread.Thread.Archived {
			return store.ErrThreadClosed
		}
		if removed, err = has(tx.db, kindThreadMember.key(threadID, userID)); err != nil || !removed {
			return err
		}
		tx.leaveThread(thread.GuildID, threadID, userID)
		return tx.changeThreadCount(threadID, func(counts *threadCountRecord) { counts.Members-- })
	})
	return removed && err == nil, err
}

// ThreadMember gives somebody's place in a thread.
func (s *Store) ThreadMember(ctx context.Context, threadID, userID id.ID) (store.ThreadMember, error) {
	if err := s.enter(ctx); err != nil {
		return store.ThreadMember{}, err
	}
	defer s.leave()
	record, err := get[threadMemberRecord](s.db, kindThreadMember.key(threadID, userID))
	if err != nil {
		return store.ThreadMember{}, err
	}
	return record.member(threadID, userID), nil
}

// ThreadMembers gives the members of a thread.
func (s *Store) ThreadMembers(ctx context.Context, threadID, afterID id.ID, limit int) ([]store.ThreadMember, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return listFrom(s.db, kindThreadMember.key(threadID, afterID+1), after(kindThreadMember.key(threadID)), limit,
		func(userID id.ID, record threadMemberRecord) store.ThreadMember {
			return record.member(threadID, userID)
		})
}

// ThreadPlaces gives an account's places in some threads.
func (s *Store) ThreadPlaces(ctx context.Context, userID id.ID, threadIDs []id.ID) ([]store.ThreadMember, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	places := []store.ThreadMember{}
	for _, threadID := range distinct(threadIDs) {
		record, err := get[threadMemberRecord](s.db, kindThreadMember.key(threadID, userID))
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		places = append(places, record.member(threadID, userID))
	}
	return places, nil
}

// JoinedThreads gives the threads of a guild that an account is in.
func (s *Store) JoinedThreads(ctx context.Context, guildID, userID id.ID) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return lastIDs(s.db, kindUserThread.key(userID, guildID))
}
