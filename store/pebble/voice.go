package pebble

import (
	"cmp"
	"context"
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type voiceRecord struct {
	GuildID   id.ID  `cbor:"1,keyasint,omitempty"`
	UserID    id.ID  `cbor:"2,keyasint,omitempty"`
	StartedAt moment `cbor:"3,keyasint,omitempty"`
	EndedAt   moment `cbor:"4,keyasint,omitempty"`
}

func (r voiceRecord) session(channelID, sessionID id.ID) store.VoiceSession {
	return store.VoiceSession{
		ID: sessionID, GuildID: r.GuildID, ChannelID: channelID, UserID: r.UserID, StartedAt: r.StartedAt.time(), EndedAt: r.EndedAt.time(),
	}
}

// StartVoiceSession stores an open session.
func (s *Store) StartVoiceSession(ctx context.Context, session store.VoiceSession) error {
	return s.update(ctx, unsynced, func(tx *tx) error {
		if err := tx.needChannel(session.ChannelID); err != nil {
			return err
		}
		if err := free(tx.db, kindVoicePlace.key(session.ID), "id"); err != nil {
			return err
		}
		tx.made(session.ID)
		tx.set(kindVoicePlace.key(session.ID), idValue(session.ChannelID))
		if session.EndedAt.IsZero() {
			tx.set(kindVoiceOpen.key(session.ID), idValue(session.ChannelID))
		}
		return tx.put(kindVoice.key(session.ChannelID, session.ID), voiceRecord{
			GuildID: session.GuildID, UserID: session.UserID, StartedAt: toMoment(session.StartedAt), EndedAt: toMoment(session.EndedAt),
		})
	})
}

// endVoice closes a session, and tells whether it was open.
func (t *tx) endVoice(channelID, sessionID id.ID, endedAt time.Time) (bool, error) {
	if err := t.needChannel(channelID); err != nil {
		return false, err
	}
	key := kindVoice.key(channelID, sessionID)
	record, err := get[voiceRecord](t.db, key)
	if err != nil || record.EndedAt != 0 {
		return false, err
	}
	record.EndedAt = toMoment(endedAt)
	t.delete(kindVoiceOpen.key(sessionID))
	return true, t.put(key, record)
}

// EndVoiceSession closes a session.
func (s *Store) EndVoiceSession(ctx context.Context, sessionID id.ID, endedAt time.Time) error {
	return s.update(ctx, unsynced, func(tx *tx) error {
		channelID, err := getID(tx.db, kindVoicePlace.key(sessionID))
		if err != nil {
			return err
		}
		_, err = tx.endVoice(channelID, sessionID, endedAt)
		return err
	})
}

// EndAllVoiceSessions closes the sessions that are open.
func (s *Store) EndAllVoiceSessions(ctx context.Context, endedAt time.Time) (int, error) {
	ended := 0
	err := s.update(ctx, unsynced, func(tx *tx) error {
		return scan(tx.db, kindVoiceOpen.key(), kindVoiceOpen.end(), func(key, value []byte) (bool, error) {
			channelID, err := decodeID(key, value)
			if err == nil {
				err = checkKey(key, 1)
			}
			if err != nil {
				return false, err
			}
			open, err := tx.endVoice(channelID, idAt(key, 0), endedAt)
			if errors.Is(err, store.ErrNotFound) {
				return true, nil // its channel was deleted, and the sweeper did not come here yet
			}
			if open {
				ended++
			}
			return true, err
		})
	})
	return ended, err
}

// VoiceSessions gives a channel's sessions, newest first.
func (s *Store) VoiceSessions(ctx context.Context, channelID, before id.ID, limit int) ([]store.VoiceSession, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	upper := after(kindVoice.key(channelID))
	if before != 0 {
		upper = kindVoice.key(channelID, before)
	}
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: kindVoice.key(channelID), UpperBound: upper})
	if err != nil {
		return nil, err
	}
	sessions := []store.VoiceSession{}
	for there := cursor.Last(); there && len(sessions) < limit; there = cursor.Prev() {
		var record voiceRecord
		if err = checkKey(cursor.Key(), 2); err == nil {
			record, err = decode[voiceRecord](cursor.Key(), cursor.Value())
		}
		if err != nil {
			break
		}
		sessions = append(sessions, record.session(channelID, idAt(cursor.Key(), 1)))
	}
	if err := cmp.Or(err, errors.Join(cursor.Error(), cursor.Close())); err != nil {
		return nil, err
	}
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
		return []store.VoiceSession{}, nil
	} else if err != nil {
		return nil, err
	}
	return sessions, nil
}
