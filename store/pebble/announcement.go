package pebble

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/cockroachdb/pebble/v2"

	"guildhall/store"
	"guildhall/store/id"
)

// announcementRecord is what is still to be told of a published message.
type announcementRecord struct {
	PublishedAt id.ID  `cbor:"1,keyasint,omitempty"`
	Version     uint64 `cbor:"2,keyasint,omitempty"`
}

func copyKey(source store.MessagePlace, webhookID id.ID) []byte {
	return kindAnnouncementCopy.key(source.ChannelID, source.MessageID, webhookID)
}

func readAnnouncement(r pebble.Reader, place store.MessagePlace) (announcementRecord, error) {
	record, err := get[announcementRecord](r, kindAnnouncement.key(place.ChannelID, place.MessageID))
	if errors.Is(err, store.ErrNotFound) {
		return announcementRecord{}, nil
	}
	return record, err
}

// announce puts a published message into the outbox. publishedAt is zero when it is changed; then what is left of its publication stays to be done.
func (t *tx) announce(message *store.Message, publishedAt id.ID) error {
	if message.Flags&store.MessageCrossposted == 0 {
		return nil
	}
	place := store.MessagePlace{ChannelID: message.ChannelID, MessageID: message.ID}
	if publishedAt == 0 {
		waiting, err := readAnnouncement(t.db, place)
		if err != nil {
			return err
		}
		publishedAt = waiting.PublishedAt
	}
	return t.put(kindAnnouncement.key(place.ChannelID, place.MessageID), announcementRecord{PublishedAt: publishedAt, Version: rand.Uint64()})
}

// noteCopy takes note of where a published message arrived.
func (t *tx) noteCopy(message *store.Message) error {
	if !message.IsCopy() {
		return nil
	}
	source := store.MessagePlace{ChannelID: message.Reference.ChannelID, MessageID: message.Reference.MessageID}
	if err := t.needChannel(source.ChannelID); err != nil {
		return err
	}
	key := copyKey(source, message.WebhookID)
	if _, twice := t.copies[string(key)]; twice {
		return &store.ConflictError{Field: "copy"}
	}
	if err := free(t.db, key, "copy"); err != nil {
		return err
	}
	if t.copies == nil {
		t.copies = make(map[string]struct{})
	}
	t.copies[string(key)] = struct{}{}
	t.set(key, append(idValue(message.ChannelID), idValue(message.ID)...))
	return nil
}

// PublishMessage marks a message as published and puts it into the outbox.
func (s *Store) PublishMessage(ctx context.Context, channelID, messageID, publishedAt id.ID) (store.Message, error) {
	var record messageRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		message, err := tx.message(channelID, messageID)
		if err != nil {
			return err
		}
		if message.Flags&store.MessageCrossposted != 0 {
			return store.ErrSpent
		}
		message.Flags |= store.MessageCrossposted
		if err := tx.announce(&message, publishedAt); err != nil {
			return err
		}
		record = newMessageRecord(&message)
		return tx.put(kindMessage.key(channelID, messageID), &record)
	})
	if err != nil {
		return store.Message{}, err
	}
	return record.message(channelID, messageID), nil
}

// Announcements gives the outbox of published messages.
func (s *Store) Announcements(ctx context.Context, from store.MessagePlace, limit int) ([]store.Announcement, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	waiting := []store.Announcement{}
	if limit <= 0 {
		return waiting, nil
	}
	err := scan(s.db, kindAnnouncement.key(from.ChannelID, from.MessageID+1), kindAnnouncement.end(), func(key, value []byte) (bool, error) {
		record, err := decode[announcementRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil {
			return false, err
		}
		waiting = append(waiting, store.Announcement{MessagePlace: store.MessagePlace{ChannelID: idAt(key, 0), MessageID: idAt(key, 1)}, PublishedAt: record.PublishedAt, Version: record.Version})
		return len(waiting) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return waiting, nil
}

// AnnouncementCopies gives where a published message arrived.
func (s *Store) AnnouncementCopies(ctx context.Context, source store.MessagePlace, from id.ID, limit int) ([]store.AnnouncementCopy, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	copies := []store.AnnouncementCopy{}
	if limit <= 0 {
		return copies, nil
	}
	err := scan(s.db, copyKey(source, from+1), after(kindAnnouncementCopy.key(source.ChannelID, source.MessageID)), func(key, value []byte) (bool, error) {
		place, err := copyPlace(key, value)
		if err != nil {
			return false, err
		}
		copies = append(copies, store.AnnouncementCopy{WebhookID: idAt(key, 2), MessagePlace: place})
		return len(copies) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return copies, nil
}

// copyPlace reads where a copy is.
func copyPlace(key, value []byte) (store.MessagePlace, error) {
	if err := checkKey(key, 3); err != nil {
		return store.MessagePlace{}, err
	}
	if len(value) != 2*idBytes {
		return store.MessagePlace{}, corrupt(key, errors.New("a place has two ids"))
	}
	// A key begins with the byte of its kind, and so does this.
	both := append([]byte{0}, value...)
	return store.MessagePlace{ChannelID: idAt(both, 0), MessageID: idAt(both, 1)}, nil
}

// SettleAnnouncement takes a message out of the outbox.
func (s *Store) SettleAnnouncement(ctx context.Context, done store.Announcement) error {
	return s.update(ctx, synced, func(tx *tx) error {
		waiting, err := readAnnouncement(tx.db, done.MessagePlace)
		if err != nil || waiting.Version != done.Version {
			return err
		}
		tx.delete(kindAnnouncement.key(done.ChannelID, done.MessageID))
		there, err := has(tx.db, kindMessage.key(done.ChannelID, done.MessageID))
		if err == nil && !there {
			tx.deleteAll(kindAnnouncementCopy.key(done.ChannelID, done.MessageID))
		}
		return err
	})
}

func (c *checker) announcements() {
	for e := range c.each(kindAnnouncement) {
		c.value(kindChannelGuild.key(idAt(e.key, 0)), e)
		record[announcementRecord](c, e)
	}
	for e := range c.each(kindAnnouncementCopy) {
		c.value(kindChannelGuild.key(idAt(e.key, 0)), e)
		if _, err := copyPlace(e.key, e.value); err != nil {
			c.fail("%v", err)
		}
	}
}
