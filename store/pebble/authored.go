package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

// authorRecord is as much of a message's record as tells whose it is.
type authorRecord struct {
	AuthorID id.ID `cbor:"2,keyasint,omitempty"`
}

// authorsBetween is how many messages are looked at before it is asked whether the caller still waits.
const authorsBetween = 4096

// AuthoredMessages gives an author's messages in all channels. Nothing finds them, so all messages are looked at, but for those of channels that are gone.
func (s *Store) AuthoredMessages(ctx context.Context, authorID id.ID, from store.MessagePlace, limit int) ([]store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	messages, looked := []store.Message{}, 0
	var channelID id.ID
	var there bool
	if limit <= 0 {
		return messages, nil
	}
	err := scan(s.db, kindMessage.key(from.ChannelID, from.MessageID+1), kindMessage.end(), func(key, value []byte) (bool, error) {
		if looked++; looked%authorsBetween == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		author, err := decode[authorRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil || author.AuthorID != authorID {
			return true, err
		}
		if channelID != idAt(key, 0) {
			channelID = idAt(key, 0)
			err = s.needChannel(channelID)
			if there = err == nil; err != nil && !errors.Is(err, store.ErrNotFound) {
				return false, err
			}
		}
		if !there {
			return true, nil
		}
		record, err := decode[messageRecord](key, value)
		messages = append(messages, record.message(channelID, idAt(key, 1)))
		return len(messages) < limit, err
	})
	if err != nil {
		return nil, err
	}
	return messages, nil
}
