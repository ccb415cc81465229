package pebble

import (
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// pairKey is where the one channel of two people is named.
func pairKey(recipients []id.ID) []byte {
	return kindDirectPair.key(slices.Min(recipients), slices.Max(recipients))
}

// OpenDirectChannel gives the channel of two accounts, and makes it when there is none.
func (s *Store) OpenDirectChannel(ctx context.Context, draft store.Channel, opener id.ID) (channel store.Channel, opened bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		channelID, err := getID(tx.db, pairKey(draft.Recipients))
		opened = false
		if errors.Is(err, store.ErrNotFound) {
			opened = true
			draft.HiddenFrom = slices.DeleteFunc(slices.Clone(draft.Recipients), func(userID id.ID) bool { return userID == opener })
			tx.set(pairKey(draft.Recipients), idValue(draft.ID))
			if err := tx.createDirect(draft); err != nil {
				return err
			}
			channel = newChannelRecord(draft).channel(0, draft.ID)
			return nil
		} else if err != nil {
			return err
		}
		if channel, err = readChannel(tx.db, channelID); err != nil {
			return err
		}
		if at := slices.Index(channel.HiddenFrom, opener); at >= 0 {
			opened, channel.HiddenFrom = true, slices.Delete(channel.HiddenFrom, at, at+1)
			return tx.putChannel(channel)
		}
		return nil
	})
	return channel, opened, err
}

// CreateGroupChannel stores a group.
func (s *Store) CreateGroupChannel(ctx context.Context, channel store.Channel) error {
	return s.update(ctx, synced, func(tx *tx) error { return tx.createDirect(channel) })
}

func (t *tx) createDirect(channel store.Channel) error {
	for _, userID := range channel.Recipients {
		if err := t.addRecipient(channel.ID, userID); err != nil {
			return err
		}
	}
	if err := t.hang(nil, &channel.Icon); err != nil {
		return err
	}
	return t.createChannel(0, channel)
}

func (t *tx) addRecipient(channelID, userID id.ID) error {
	t.set(kindUserDirect.key(userID, channelID), nil)
	return need(t.db, kindUser.key(userID))
}

// UserDirectChannels gives the conversations that are shown to an account.
func (s *Store) UserDirectChannels(ctx context.Context, userID id.ID) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	channelIDs, err := lastIDs(s.db, kindUserDirect.key(userID))
	if err != nil {
		return nil, err
	}
	channels := make([]store.Channel, 0, len(channelIDs))
	for _, channelID := range channelIDs {
		record, err := get[channelRecord](s.db, kindChannel.key(0, channelID))
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since the list was read
		} else if err != nil {
			return nil, err
		}
		if channel := record.channel(0, channelID); slices.Contains(channel.Recipients, userID) && !slices.Contains(channel.HiddenFrom, userID) {
			channels = append(channels, channel)
		}
	}
	return channels, nil
}

// UpdateDirectChannel applies change to a conversation.
func (s *Store) UpdateDirectChannel(ctx context.Context, channelID id.ID, change func(*store.Channel) error) (store.Channel, error) {
	var record channelRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		before, err := get[channelRecord](tx.db, kindChannel.key(0, channelID))
		if err != nil {
			return err
		}
		channel := before.channel(0, channelID)
		if err := change(&channel); err != nil {
			return err
		}
		channel.ID, channel.GuildID, channel.Type, channel.LastPinAt = channelID, 0, store.ChannelType(before.Type), before.LastPinAt.time()
		if channel.Type == store.ChannelDM {
			channel.Recipients = before.Recipients
		}
		if len(channel.Recipients) == 0 {
			channel.Icon = nil
		}
		if err := tx.hang(before.Icon, &channel.Icon); err != nil {
			return err
		}
		record = newChannelRecord(channel)
		for _, userID := range before.Recipients {
			if !slices.Contains(record.Recipients, userID) {
				tx.delete(kindUserDirect.key(userID, channelID))
			}
		}
		for _, userID := range record.Recipients {
			if slices.Contains(before.Recipients, userID) {
				continue
			}
			if err := tx.addRecipient(channelID, userID); err != nil {
				return err
			}
		}
		if len(record.Recipients) == 0 {
			tx.discard(channelID)
			tx.delete(kindChannel.key(0, channelID))
			return nil
		}
		return tx.put(kindChannel.key(0, channelID), record)
	})
	return record.channel(0, channelID), err
}
