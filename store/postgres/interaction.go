package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const interactionColumns = "id, application_id, token_hash, server_id, channel_id, user_id, origin, type, response_id, response_hidden"

func scanInteraction(row pgx.CollectableRow) (store.Interaction, error) {
	var one store.Interaction
	var interactionID, applicationID, guildID, channelID, userID, responseID int64
	var origin []byte
	if err := row.Scan(&interactionID, &applicationID, &one.TokenHash, &guildID, &channelID, &userID, &origin, &one.Type, &responseID, &one.ResponseHidden); err != nil {
		return one, err
	}
	one.ID, one.ApplicationID, one.GuildID, one.ChannelID, one.UserID, one.ResponseID = id.ID(interactionID), id.ID(applicationID), id.ID(guildID), id.ID(channelID), id.ID(userID), id.ID(responseID)
	return one, json.Unmarshal(origin, &one.Origin)
}

// CreateInteraction implements store.Interactions.
func (s *Store) CreateInteraction(ctx context.Context, one store.Interaction) error {
	origin, err := plainJSON(one.Origin)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "INSERT INTO interactions ("+interactionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", int64(one.ID), int64(one.ApplicationID), one.TokenHash,
			int64(one.GuildID), int64(one.ChannelID), int64(one.UserID), origin, one.Type, int64(one.ResponseID), one.ResponseHidden)
	})
}

// Interaction implements store.Interactions.
func (s *Store) Interaction(ctx context.Context, interactionID id.ID) (store.Interaction, error) {
	return one(ctx, s, "SELECT "+interactionColumns+" FROM interactions WHERE id = $1", []any{int64(interactionID)}, scanInteraction)
}

// UpdateInteraction implements store.Interactions.
func (s *Store) UpdateInteraction(ctx context.Context, interactionID id.ID, change func(*store.Interaction) error) (after store.Interaction, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if after, err = locked(ctx, tx, "SELECT "+interactionColumns+" FROM interactions WHERE id = $1 FOR UPDATE", []any{int64(interactionID)}, scanInteraction); err != nil {
			return err
		}
		draft := after
		if err := change(&draft); err != nil {
			return err
		}
		after.ResponseID, after.ResponseHidden = draft.ResponseID, draft.ResponseHidden
		return execute(ctx, tx, "UPDATE interactions SET response_id = $2, response_hidden = $3 WHERE id = $1", int64(interactionID), int64(after.ResponseID), after.ResponseHidden)
	})
	if err != nil {
		return store.Interaction{}, err
	}
	return after, nil
}

const ephemeralQuery = "SELECT " + messageColumns + ", user_id, interaction_id FROM ephemeral_messages WHERE id = $1"

// ephemeralRow reads two columns more than a message has.
type ephemeralRow struct {
	pgx.CollectableRow
	userID, interactionID *int64
}

// Scan reads what a message has into destinations, and the rest into the row's own.
func (r ephemeralRow) Scan(destinations ...any) error {
	return r.CollectableRow.Scan(append(destinations, r.userID, r.interactionID)...)
}

func scanEphemeral(row pgx.CollectableRow) (store.EphemeralMessage, error) {
	var userID, interactionID int64
	message, err := scanMessage(ephemeralRow{row, &userID, &interactionID})
	return store.EphemeralMessage{Message: message, UserID: id.ID(userID), InteractionID: id.ID(interactionID)}, err
}

// CreateEphemeralMessage implements store.Interactions.
func (s *Store) CreateEphemeralMessage(ctx context.Context, message store.EphemeralMessage) error {
	values, err := messageValues(message.Message)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "INSERT INTO ephemeral_messages ("+messageColumns+`, user_id, interaction_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)`,
			append(values, int64(message.UserID), int64(message.InteractionID))...)
	})
}

// EphemeralMessage implements store.Interactions.
func (s *Store) EphemeralMessage(ctx context.Context, messageID id.ID) (store.EphemeralMessage, error) {
	return one(ctx, s, ephemeralQuery, []any{int64(messageID)}, scanEphemeral)
}

// UpdateEphemeralMessage implements store.Interactions.
func (s *Store) UpdateEphemeralMessage(ctx context.Context, messageID id.ID, change func(*store.EphemeralMessage) error) (message store.EphemeralMessage, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if message, err = locked(ctx, tx, ephemeralQuery+" FOR UPDATE", []any{int64(messageID)}, scanEphemeral); err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft := message
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.ChannelID, draft.GuildID, draft.AuthorID, draft.WebhookID, draft.ApplicationID = message.ID, message.ChannelID, message.GuildID, message.AuthorID, message.WebhookID, message.ApplicationID
		values, err := messageValues(draft.Message)
		if err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE ephemeral_messages SET server_id = $3, author_id = $4, type = $5, content = $6, edited_at = $7, tts = $8, flags = $9, mentions = $10, mention_roles = $11,
			mention_everyone = $12, embeds = $13, reference = $14, nonce = $15, pinned_at = $16, attachments = $17, poll = $18, poll_ends_at = $19, components = $20, position = $21,
			webhook_id = $22, application_id = $23, persona = $24, interaction = $25, call = $26 WHERE id = $1 AND channel_id = $2`, values...); err != nil {
			return err
		}
		message, err = locked(ctx, tx, ephemeralQuery, []any{int64(messageID)}, scanEphemeral)
		return err
	})
	if err != nil {
		return store.EphemeralMessage{}, err
	}
	return message, nil
}

// DeleteEphemeralMessage implements store.Interactions.
func (s *Store) DeleteEphemeralMessage(ctx context.Context, messageID id.ID) (message store.EphemeralMessage, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if message, err = locked(ctx, tx, ephemeralQuery+" FOR UPDATE", []any{int64(messageID)}, scanEphemeral); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM ephemeral_messages WHERE id = $1", int64(messageID))
	})
	if err != nil {
		return store.EphemeralMessage{}, err
	}
	return message, nil
}

// PruneInteractions implements store.Interactions.
func (s *Store) PruneInteractions(ctx context.Context, before id.ID) (pruned int, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		pruned = 0
		for _, table := range []string{"interactions", "ephemeral_messages"} {
			result, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE id < $1", int64(before))
			if err != nil {
				return err
			}
			pruned += int(result.RowsAffected())
		}
		return nil
	})
	return pruned, err
}
