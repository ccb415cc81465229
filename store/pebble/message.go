package pebble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type messageRecord struct {
	GuildID         id.ID            `cbor:"1,keyasint,omitempty"`
	AuthorID        id.ID            `cbor:"2,keyasint,omitempty"`
	Type            int              `cbor:"3,keyasint,omitempty"`
	Content         string           `cbor:"4,keyasint,omitempty"`
	EditedAt        moment           `cbor:"5,keyasint,omitempty"`
	TTS             bool             `cbor:"6,keyasint,omitempty"`
	Flags           uint64           `cbor:"7,keyasint,omitempty"`
	Mentions        []id.ID          `cbor:"8,keyasint,omitempty"`
	MentionRoles    []id.ID          `cbor:"9,keyasint,omitempty"`
	MentionEveryone bool             `cbor:"10,keyasint,omitempty"`
	Embeds          []embedRecord    `cbor:"11,keyasint,omitempty"`
	Reference       *referenceRecord `cbor:"12,keyasint,omitempty"`
	Nonce           string           `cbor:"13,keyasint,omitempty"`
	PinnedAt        moment           `cbor:"14,keyasint,omitempty"`
	Position        int              `cbor:"15,keyasint,omitempty"`
	// 16 to 19 are of other features.
	Attachments   []attachmentRecord `cbor:"20,keyasint,omitempty"`
	Poll          *pollRecord        `cbor:"21,keyasint,omitempty"`
	Components    []byte             `cbor:"22,keyasint,omitempty"`
	WebhookID     id.ID              `cbor:"23,keyasint,omitempty"`
	ApplicationID id.ID              `cbor:"24,keyasint,omitempty"`
	Persona       *personaRecord     `cbor:"25,keyasint,omitempty"`
	Interaction   *interactionRecord `cbor:"26,keyasint,omitempty"`
	Call          *callRecord        `cbor:"27,keyasint,omitempty"`
}

type personaRecord struct {
	Name      string `cbor:"1,keyasint,omitempty"`
	Avatar    string `cbor:"2,keyasint,omitempty"`
	AvatarURL string `cbor:"3,keyasint,omitempty"`
}

type interactionRecord struct {
	Origin  originRecord  `cbor:"1,keyasint,omitempty"`
	Trigger *originRecord `cbor:"2,keyasint,omitempty"`
}

type originRecord struct {
	ID              id.ID  `cbor:"1,keyasint,omitempty"`
	Type            int    `cbor:"2,keyasint,omitempty"`
	UserID          id.ID  `cbor:"3,keyasint,omitempty"`
	Name            string `cbor:"4,keyasint,omitempty"`
	TargetUserID    id.ID  `cbor:"5,keyasint,omitempty"`
	TargetMessageID id.ID  `cbor:"6,keyasint,omitempty"`
	ResponseID      id.ID  `cbor:"7,keyasint,omitempty"`
	InteractedID    id.ID  `cbor:"8,keyasint,omitempty"`
}

func newInteractionRecord(interaction *store.MessageInteraction) *interactionRecord {
	if interaction == nil {
		return nil
	}
	record := &interactionRecord{Origin: originRecord(interaction.InteractionOrigin)}
	if interaction.Trigger != nil {
		trigger := originRecord(*interaction.Trigger)
		record.Trigger = &trigger
	}
	return record
}

func (r *interactionRecord) interaction() *store.MessageInteraction {
	if r == nil {
		return nil
	}
	interaction := &store.MessageInteraction{InteractionOrigin: store.InteractionOrigin(r.Origin)}
	if r.Trigger != nil {
		trigger := store.InteractionOrigin(*r.Trigger)
		interaction.Trigger = &trigger
	}
	return interaction
}

type referenceRecord struct {
	MessageID id.ID           `cbor:"1,keyasint,omitempty"`
	ChannelID id.ID           `cbor:"2,keyasint,omitempty"`
	GuildID   id.ID           `cbor:"3,keyasint,omitempty"`
	Snapshot  *snapshotRecord `cbor:"4,keyasint,omitempty"`
}

func newMessageRecord(message *store.Message) messageRecord {
	record := messageRecord{
		GuildID: message.GuildID, AuthorID: message.AuthorID, Type: int(message.Type), Content: message.Content, EditedAt: toMoment(message.EditedAt),
		TTS: message.TTS, Flags: uint64(message.Flags), Mentions: slices.Clone(message.Mentions), MentionRoles: slices.Clone(message.MentionRoles),
		MentionEveryone: message.MentionEveryone, Nonce: message.Nonce, PinnedAt: toMoment(message.PinnedAt), Position: message.Position,
	}
	for i := range message.Embeds {
		record.Embeds = append(record.Embeds, newEmbedRecord(&message.Embeds[i]))
	}
	record.Attachments = newAttachmentRecords(message.Attachments)
	record.Poll, record.Components = newPollRecord(message.Poll), slices.Clone(message.Components)
	record.WebhookID, record.ApplicationID = message.WebhookID, message.ApplicationID
	record.Interaction, record.Call = newInteractionRecord(message.Interaction), newCallRecord(message.Call)
	if message.Persona != nil {
		persona := personaRecord(*message.Persona)
		record.Persona = &persona
	}
	if reference := message.Reference; reference != nil {
		record.Reference = &referenceRecord{MessageID: reference.MessageID, ChannelID: reference.ChannelID, GuildID: reference.GuildID, Snapshot: newSnapshotRecord(reference.Snapshot)}
	}
	return record
}

func (r *messageRecord) message(channelID, messageID id.ID) store.Message {
	message := store.Message{
		ID: messageID, ChannelID: channelID, GuildID: r.GuildID, AuthorID: r.AuthorID, Type: store.MessageType(r.Type), Content: r.Content,
		EditedAt: r.EditedAt.time(), TTS: r.TTS, Flags: store.MessageFlags(r.Flags), Mentions: r.Mentions, MentionRoles: r.MentionRoles,
		MentionEveryone: r.MentionEveryone, Nonce: r.Nonce, PinnedAt: r.PinnedAt.time(), Position: r.Position,
	}
	for i := range r.Embeds {
		message.Embeds = append(message.Embeds, r.Embeds[i].embed())
	}
	message.Attachments = attachmentsOf(r.Attachments)
	message.Poll, message.Components = r.Poll.poll(), r.Components
	message.WebhookID, message.ApplicationID = r.WebhookID, r.ApplicationID
	message.Persona, message.Interaction = (*store.Persona)(r.Persona), r.Interaction.interaction()
	message.Call = r.Call.call()
	if r.Reference != nil {
		message.Reference = &store.MessageReference{MessageID: r.Reference.MessageID, ChannelID: r.Reference.ChannelID, GuildID: r.Reference.GuildID, Snapshot: r.Reference.Snapshot.snapshot()}
	}
	return message
}

// newMessage is a message on its way into the store.
type newMessage struct {
	store.Message
	nonceSince id.ID
	encoded    []byte
}

// CreateMessages stores messages of one channel.
func (s *Store) CreateMessages(ctx context.Context, channelID id.ID, messages []store.NewMessage) ([]store.Message, error) {
	// All that can be done before the writers' lock is.
	drafts := make([]newMessage, len(messages))
	for i := range messages {
		record := newMessageRecord(&messages[i].Message)
		record.PinnedAt, record.Position = 0, 0
		encoded, err := encoding.Marshal(&record)
		if err != nil {
			return nil, fmt.Errorf("encode a message: %w", err)
		}
		drafts[i] = newMessage{Message: record.message(channelID, messages[i].ID), nonceSince: messages[i].NonceSince, encoded: encoded}
	}
	results := make([]store.Message, len(messages))
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := tx.needChannel(channelID); err != nil {
			return err
		}
		thread, err := tx.threadForPosting(channelID, messages)
		if err != nil {
			return err
		}
		greatest := id.ID(s.greatest.Load())
		var posted []store.Message
		for i := range drafts {
			earlier, found, err := tx.postedBefore(&drafts[i], drafts[:i], results)
			if err != nil {
				return err
			}
			if found {
				results[i] = earlier
				continue
			}
			if err := thread.place(&drafts[i]); err != nil {
				return err
			}
			if err := tx.createMessage(&drafts[i], max(greatest, tx.greatest)); err != nil {
				return err
			}
			if err := tx.addDeliveries(messages[i].Deliveries); err != nil {
				return err
			}
			results[i] = drafts[i].Message
			posted = append(posted, results[i])
		}
		return tx.countPosted(thread, channelID, posted)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// createMessage writes a message and what finds it. Ids above greatest are known to be free.
func (t *tx) createMessage(draft *newMessage, greatest id.ID) error {
	place := kindMessagePlace.key(draft.ID)
	if draft.ID <= greatest {
		if err := free(t.db, place, "id"); err != nil {
			return err
		}
	}
	t.made(draft.ID)
	t.set(place, idValue(draft.ChannelID))
	t.set(kindMessage.key(draft.ChannelID, draft.ID), draft.encoded)
	t.setNonce(&draft.Message)
	t.setMentions(&draft.Message)
	t.startPoll(&draft.Message)
	t.noteCall(&draft.Message)
	if err := t.noteCopy(&draft.Message); err != nil {
		return err
	}
	return t.attach(&draft.Message, draft.AllAttachments())
}

func readMessage(r pebble.Reader, channelID, messageID id.ID) (store.Message, error) {
	record, err := get[messageRecord](r, kindMessage.key(channelID, messageID))
	if err != nil {
		return store.Message{}, err
	}
	return record.message(channelID, messageID), nil
}

// message reads a message of a channel that is there.
func (t *tx) message(channelID, messageID id.ID) (store.Message, error) {
	if err := t.needChannel(channelID); err != nil {
		return store.Message{}, err
	}
	return readMessage(t.db, channelID, messageID)
}

// Message reads a message.
func (s *Store) Message(ctx context.Context, channelID, messageID id.ID) (store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return store.Message{}, err
	}
	defer s.leave()
	message, err := readMessage(s.db, channelID, messageID)
	if err == nil {
		err = s.needChannel(channelID)
	}
	if err != nil {
		return store.Message{}, err
	}
	return message, nil
}

// MessageChannel tells which channel a message is in.
func (s *Store) MessageChannel(ctx context.Context, messageID id.ID) (id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	channelID, err := getID(s.db, kindMessagePlace.key(messageID))
	if err != nil {
		return 0, err
	}
	return channelID, s.needChannel(channelID)
}

// ListMessages gives a page, newest first.
func (s *Store) ListMessages(ctx context.Context, channelID id.ID, page store.MessagePage) ([]store.Message, error) {
	return s.messages(ctx, channelID, page.Limit, func(c *messageCursor) {
		switch {
		case page.Limit <= 0:
		case page.Around != 0:
			c.older(page.Around, page.Limit/2)
			older := len(c.found)
			c.newer(page.Around, page.Limit-older)
			slices.Reverse(c.found[older:]) // newest first, like the older ones …
			rotate(c.found, older)          // … and before them
		case page.After != 0:
			c.newer(page.After+1, page.Limit)
			slices.Reverse(c.found)
		case page.Before != 0:
			c.older(page.Before, page.Limit)
		default:
			c.older(newest, page.Limit)
		}
	})
}

// newest is an id above all that can be stored.
const newest id.ID = 1 << 63

// rotate moves the elements from n on to the front, in their order.
func rotate[E any](elements []E, n int) {
	slices.Reverse(elements[:n])
	slices.Reverse(elements[n:])
	slices.Reverse(elements)
}

// MessagesByID gives the messages of a channel that exist among messageIDs, newest first.
func (s *Store) MessagesByID(ctx context.Context, channelID id.ID, messageIDs []id.ID) ([]store.Message, error) {
	return s.messages(ctx, channelID, len(messageIDs), func(c *messageCursor) {
		for _, messageID := range slices.Backward(distinct(messageIDs)) {
			c.one(messageID)
		}
	})
}

// messages lets pick gather messages of a channel, all as they are at one moment.
func (s *Store) messages(ctx context.Context, channelID id.ID, expected int, pick func(*messageCursor)) ([]store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	prefix := kindMessage.key(channelID)
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, err
	}
	c := &messageCursor{Iterator: cursor, channelID: channelID, found: make([]store.Message, 0, max(0, min(expected, 100)))}
	pick(c)
	if err := cmp.Or(c.err, errors.Join(cursor.Error(), cursor.Close())); err != nil {
		return nil, err
	}
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
		return []store.Message{}, nil
	} else if err != nil {
		return nil, err
	}
	return c.found, nil
}

// messageCursor gathers messages of one channel.
type messageCursor struct {
	*pebble.Iterator
	channelID id.ID
	found     []store.Message
	err       error
}

// older takes at most n messages below an id, newest first.
func (c *messageCursor) older(than id.ID, n int) {
	for there := n > 0 && c.SeekLT(kindMessage.key(c.channelID, than)); there && c.take(); there = n > 0 && c.Prev() {
		n--
	}
}

// newer takes at most n messages from an id on, oldest first.
func (c *messageCursor) newer(from id.ID, n int) {
	for there := n > 0 && c.SeekGE(kindMessage.key(c.channelID, from)); there && c.take(); there = n > 0 && c.Next() {
		n--
	}
}

// one takes a message if it is there.
func (c *messageCursor) one(messageID id.ID) {
	if c.err == nil && c.SeekGE(kindMessage.key(c.channelID, messageID)) && checkKey(c.Key(), 2) == nil && idAt(c.Key(), 1) == messageID {
		c.take()
	}
}

// take adds the message where the cursor stands, and tells whether it could be read.
func (c *messageCursor) take() bool {
	if c.err == nil {
		c.err = checkKey(c.Key(), 2)
	}
	if c.err != nil {
		return false
	}
	value, err := c.ValueAndErr()
	if err != nil {
		c.err = err
		return false
	}
	record, err := decode[messageRecord](c.Key(), value)
	if err != nil {
		c.err = err
		return false
	}
	c.found = append(c.found, record.message(c.channelID, idAt(c.Key(), 1)))
	return true
}

// AuthorMessages gives the ids of an author's messages in a channel.
func (s *Store) AuthorMessages(ctx context.Context, channelID, authorID, afterID id.ID, limit int) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	ids := []id.ID{}
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) || limit <= 0 {
		return ids, nil
	} else if err != nil {
		return nil, err
	}
	err := scan(s.db, kindMessage.key(channelID, afterID+1), after(kindMessage.key(channelID)), func(key, value []byte) (bool, error) {
		record, err := decode[messageRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err == nil && record.AuthorID == authorID {
			ids = append(ids, idAt(key, 1))
		}
		return len(ids) < limit, err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// UpdateMessage applies change to a message.
func (s *Store) UpdateMessage(ctx context.Context, channelID, messageID id.ID, change func(*store.Message) error) (store.Message, error) {
	var record messageRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		message, err := tx.message(channelID, messageID)
		if err != nil {
			return err
		}
		before, guildID, authorID := message, message.GuildID, message.AuthorID
		poll := newPollRecord(message.Poll)
		before.Mentions, before.MentionRoles = slices.Clone(message.Mentions), slices.Clone(message.MentionRoles)
		if err := change(&message); err != nil {
			return err
		}
		message.ID, message.ChannelID, message.GuildID, message.AuthorID, message.PinnedAt = messageID, channelID, guildID, authorID, before.PinnedAt
		message.Position, message.WebhookID, message.ApplicationID = before.Position, before.WebhookID, before.ApplicationID
		message.Poll = poll.poll()
		tx.deleteMentions(&before)
		tx.setMentions(&message)
		if err := cmp.Or(tx.reattach(&before, &message), tx.announce(&before, 0)); err != nil {
			return err
		}
		tx.noteCall(&message)
		record = newMessageRecord(&message)
		return tx.put(kindMessage.key(channelID, messageID), &record)
	})
	if err != nil {
		return store.Message{}, err
	}
	return record.message(channelID, messageID), nil
}

// DeleteMessage deletes a message.
func (s *Store) DeleteMessage(ctx context.Context, channelID, messageID id.ID) (store.Message, error) {
	var message store.Message
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if message, err = tx.deleteMessage(channelID, messageID); err != nil {
			return err
		}
		return tx.countDeleted(channelID, message)
	})
	return message, err
}

// deleteMessage deletes a message with what hangs on it.
func (t *tx) deleteMessage(channelID, messageID id.ID) (store.Message, error) {
	message, err := t.message(channelID, messageID)
	if err != nil {
		return store.Message{}, err
	}
	t.delete(kindMessage.key(channelID, messageID))
	t.delete(kindMessagePlace.key(messageID))
	t.deleteMentions(&message)
	t.deleteReactions(channelID, messageID)
	t.deletePoll(&message)
	t.delete(kindOpenCall.key(channelID, messageID))
	if !message.PinnedAt.IsZero() {
		t.delete(pinKey(channelID, messageID, message.PinnedAt))
	}
	return message, cmp.Or(t.detach(&message, message.AllAttachments()), t.announce(&message, 0))
}

// DeleteMessages deletes messages of one channel.
func (s *Store) DeleteMessages(ctx context.Context, channelID id.ID, messageIDs []id.ID) ([]id.ID, error) {
	deleted := []id.ID{}
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := tx.needChannel(channelID); err != nil {
			return err
		}
		var gone []store.Message
		for _, messageID := range distinct(messageIDs) {
			switch message, err := tx.deleteMessage(channelID, messageID); {
			case err == nil:
				deleted = append(deleted, messageID)
				gone = append(gone, message)
			case !errors.Is(err, store.ErrNotFound):
				return err
			}
		}
		return tx.countDeleted(channelID, gone...)
	})
	if err != nil {
		return nil, err
	}
	return deleted, nil
}
