package pebble

import (
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type callRecord struct {
	Participants []id.ID `cbor:"1,keyasint,omitempty"` // ascending
	EndedAt      moment  `cbor:"2,keyasint,omitempty"`
}

func newCallRecord(call *store.Call) *callRecord {
	if call == nil {
		return nil
	}
	return &callRecord{Participants: slices.Clone(call.Participants), EndedAt: toMoment(call.EndedAt)}
}

func (r *callRecord) call() *store.Call {
	if r == nil {
		return nil
	}
	return &store.Call{Participants: r.Participants, EndedAt: r.EndedAt.time()}
}

// noteCall notes a message that tells of a call that goes on, or takes the note away.
func (t *tx) noteCall(message *store.Message) {
	key := kindOpenCall.key(message.ChannelID, message.ID)
	switch {
	case message.Call == nil:
	case message.Call.EndedAt.IsZero():
		t.set(key, nil)
	default:
		t.delete(key)
	}
}

// OpenCalls gives where the messages of calls are that have not ended.
func (s *Store) OpenCalls(ctx context.Context, limit int) ([]store.MessagePlace, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	places := []store.MessagePlace{}
	if limit <= 0 {
		return places, nil
	}
	err := scan(s.db, kindOpenCall.key(), kindOpenCall.end(), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		channelID := idAt(key, 0)
		if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
			return true, nil
		} else if err != nil {
			return false, err
		}
		places = append(places, store.MessagePlace{ChannelID: channelID, MessageID: idAt(key, 1)})
		return len(places) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}
