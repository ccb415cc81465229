package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

// briefRecord is as much of a thread's record as is looked at when threads are searched for.
type briefRecord struct {
	Type   int           `cbor:"1,keyasint,omitempty"`
	Name   string        `cbor:"2,keyasint,omitempty"`
	Thread *threadRecord `cbor:"18,keyasint,omitempty"`
}

// ThreadBriefs gives what threads of a channel are like, those that began last first.
func (s *Store) ThreadBriefs(ctx context.Context, parentID, afterID, before id.ID, limit int) ([]store.ThreadBrief, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	briefs := []store.ThreadBrief{}
	guildID, err := getID(s.db, kindChannelGuild.key(parentID))
	if errors.Is(err, store.ErrNotFound) || limit <= 0 {
		return briefs, nil
	} else if err != nil {
		return nil, err
	}
	lower, upper := kindParentThread.key(parentID, afterID+1), after(kindParentThread.key(parentID))
	if before != 0 {
		upper = kindParentThread.key(parentID, before)
	}
	read := 0
	err = scanBack(s.db, lower, upper, func(key []byte) (bool, error) {
		if read++; read%lookBetween == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		brief, err := s.threadBrief(guildID, idAt(key, 1))
		if errors.Is(err, store.ErrNotFound) {
			return true, nil // deleted since the scan began
		} else if err != nil {
			return false, err
		}
		briefs = append(briefs, brief)
		return len(briefs) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return briefs, nil
}

func (s *Store) threadBrief(guildID, threadID id.ID) (store.ThreadBrief, error) {
	key := kindThread.key(guildID, threadID)
	record, err := get[briefRecord](s.db, key)
	if err != nil {
		return store.ThreadBrief{}, err
	}
	if record.Thread == nil {
		return store.ThreadBrief{}, corrupt(key, errors.New("it is no thread"))
	}
	counts, err := get[threadCountRecord](s.db, kindThreadCount.key(threadID))
	if err != nil {
		return store.ThreadBrief{}, err
	}
	thread := record.Thread.thread()
	return store.ThreadBrief{ID: threadID, Type: store.ChannelType(record.Type), Name: record.Name, Archived: thread.Archived, ArchivedAt: thread.ArchivedAt, AppliedTags: thread.AppliedTags,
		LastMessageID: counts.Last}, nil
}
