package pebble

import (
	"context"

	"guildhall/store"
	"guildhall/store/id"
)

type answeredRecord struct {
	ApplicationID  id.ID             `cbor:"1,keyasint,omitempty"`
	TokenHash      []byte            `cbor:"2,keyasint,omitempty"`
	GuildID        id.ID             `cbor:"3,keyasint,omitempty"`
	ChannelID      id.ID             `cbor:"4,keyasint,omitempty"`
	UserID         id.ID             `cbor:"5,keyasint,omitempty"`
	Origin         interactionRecord `cbor:"6,keyasint,omitempty"`
	Type           int               `cbor:"7,keyasint,omitempty"`
	ResponseID     id.ID             `cbor:"8,keyasint,omitempty"`
	ResponseHidden bool              `cbor:"9,keyasint,omitempty"`
}

func newAnsweredRecord(interaction *store.Interaction) answeredRecord {
	return answeredRecord{
		ApplicationID: interaction.ApplicationID, TokenHash: interaction.TokenHash, GuildID: interaction.GuildID, ChannelID: interaction.ChannelID, UserID: interaction.UserID,
		Origin: *newInteractionRecord(&interaction.Origin), Type: int(interaction.Type), ResponseID: interaction.ResponseID, ResponseHidden: interaction.ResponseHidden,
	}
}

func (r *answeredRecord) interaction(interactionID id.ID) store.Interaction {
	return store.Interaction{
		ID: interactionID, ApplicationID: r.ApplicationID, TokenHash: r.TokenHash, GuildID: r.GuildID, ChannelID: r.ChannelID, UserID: r.UserID,
		Origin: *r.Origin.interaction(), Type: store.MessageType(r.Type), ResponseID: r.ResponseID, ResponseHidden: r.ResponseHidden,
	}
}

type ephemeralRecord struct {
	Message       messageRecord `cbor:"1,keyasint,omitempty"`
	ChannelID     id.ID         `cbor:"2,keyasint,omitempty"`
	UserID        id.ID         `cbor:"3,keyasint,omitempty"`
	InteractionID id.ID         `cbor:"4,keyasint,omitempty"`
}

func newEphemeralRecord(message *store.EphemeralMessage) ephemeralRecord {
	return ephemeralRecord{Message: newMessageRecord(&message.Message), ChannelID: message.ChannelID, UserID: message.UserID, InteractionID: message.InteractionID}
}

func (r *ephemeralRecord) message(messageID id.ID) store.EphemeralMessage {
	return store.EphemeralMessage{Message: r.Message.message(r.ChannelID, messageID), UserID: r.UserID, InteractionID: r.InteractionID}
}

// CreateInteraction stores an interaction.
func (s *Store) CreateInteraction(ctx context.Context, interaction store.Interaction) error {
	return s.update(ctx, synced, func(tx *tx) error {
		key := kindInteraction.key(interaction.ID)
		if err := free(tx.db, key, "id"); err != nil {
			return err
		}
		tx.made(interaction.ID)
		return tx.put(key, newAnsweredRecord(&interaction))
	})
}

// Interaction reads an interaction.
func (s *Store) Interaction(ctx context.Context, interactionID id.ID) (store.Interaction, error) {
	if err := s.enter(ctx); err != nil {
		return store.Interaction{}, err
	}
	defer s.leave()
	record, err := get[answeredRecord](s.db, kindInteraction.key(interactionID))
	if err != nil {
		return store.Interaction{}, err
	}
	return record.interaction(interactionID), nil
}

// UpdateInteraction applies change to the response of an interaction.
func (s *Store) UpdateInteraction(ctx context.Context, interactionID id.ID, change func(*store.Interaction) error) (store.Interaction, error) {
	var record answeredRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if record, err = get[answeredRecord](tx.db, kindInteraction.key(interactionID)); err != nil {
			return err
		}
		draft := record.interaction(interactionID)
		if err := change(&draft); err != nil {
			return err
		}
		record.ResponseID, record.ResponseHidden = draft.ResponseID, draft.ResponseHidden
		return tx.put(kindInteraction.key(interactionID), record)
	})
	if err != nil {
		return store.Interaction{}, err
	}
	return record.interaction(interactionID), nil
}

// CreateEphemeralMessage stores an answer that is for one person.
func (s *Store) CreateEphemeralMessage(ctx context.Context, message store.EphemeralMessage) error {
	return s.update(ctx, synced, func(tx *tx) error {
		key := kindEphemeral.key(message.ID)
		if err := free(tx.db, key, "id"); err != nil {
			return err
		}
		tx.made(message.ID)
		return tx.put(key, newEphemeralRecord(&message))
	})
}

// EphemeralMessage reads an answer that is for one person.
func (s *Store) EphemeralMessage(ctx context.Context, messageID id.ID) (store.EphemeralMessage, error) {
	if err := s.enter(ctx); err != nil {
		return store.EphemeralMessage{}, err
	}
	defer s.leave()
	record, err := get[ephemeralRecord](s.db, kindEphemeral.key(messageID))
	if err != nil {
		return store.EphemeralMessage{}, err
	}
	return record.message(messageID), nil
}

// UpdateEphemeralMessage applies change.
func (s *Store) UpdateEphemeralMessage(ctx context.Context, messageID id.ID, change func(*store.EphemeralMessage) error) (store.EphemeralMessage, error) {
	var stored ephemeralRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindEphemeral.key(messageID)
		record, err := get[ephemeralRecord](tx.db, key)
		if err != nil {
			return err
		}
		draft := record.message(messageID)
		if err := change(&draft); err != nil {
			return err
		}
		changed := newMessageRecord(&draft.Message)
		changed.GuildID, changed.AuthorID, changed.WebhookID, changed.ApplicationID = record.Message.GuildID, record.Message.AuthorID, record.Message.WebhookID, record.Message.ApplicationID
		record.Message = changed
		value, err := encoding.Marshal(record)
		if err != nil {
			return err
		}
		tx.set(key, value)
		// What is given back is read anew, so that it shares nothing with what change was given.
		stored, err = decode[ephemeralRecord](key, value)
		return err
	})
	if err != nil {
		return store.EphemeralMessage{}, err
	}
	return stored.message(messageID), nil
}

// DeleteEphemeralMessage deletes an answer that is for one person.
func (s *Store) DeleteEphemeralMessage(ctx context.Context, messageID id.ID) (store.EphemeralMessage, error) {
	var record ephemeralRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		key := kindEphemeral.key(messageID)
		if record, err = get[ephemeralRecord](tx.db, key); err != nil {
			return err
		}
		tx.delete(key)
		return nil
	})
	if err != nil {
		return store.EphemeralMessage{}, err
	}
	return record.message(messageID), nil
}

// PruneInteractions forgets what has ids below before.
func (s *Store) PruneInteractions(ctx context.Context, before id.ID) (pruned int, err error) {
	for {
		count := 0
		err := s.update(ctx, unsynced, func(tx *tx) error {
			for _, kind := range []kind{kindInteraction, kindEphemeral} {
				err := scan(tx.db, kind.key(), kind.key(before), func(key, _ []byte) (bool, error) {
					if count == sweepStep {
						return false, nil
					}
					tx.delete(key)
					count++
					return true, nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if pruned += count; err != nil || count < sweepStep {
			return pruned, err
		}
	}
}
