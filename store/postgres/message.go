package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const messageColumns = "id, channel_id, server_id, author_id, type, content, edited_at, tts, flags, mentions, mention_roles, mention_everyone, embeds, reference, nonce, pinned_at, attachments, poll, poll_ends_at, components, position, webhook_id, application_id, persona, interaction, call"

func scanMessage(row pgx.CollectableRow) (store.Message, error) {
	var message store.Message
	var messageID, channelID, guildID, authorID, flags int64
	var edited, pinned *time.Time
	var mentions, roles []int64
	var embeds, reference, attachments, poll, persona, interaction, call []byte
	var webhookID, applicationID int64
	var pollEnds *time.Time
	err := row.Scan(&messageID, &channelID, &guildID, &authorID, &message.Type, &message.Content, &edited, &message.TTS, &flags, &mentions, &roles, &message.MentionEveryone,
		&embeds, &reference, &message.Nonce, &pinned, &attachments, &poll, &pollEnds, &message.Components, &message.Position, &webhookID, &applicationID, &persona, &interaction, &call)
	if err != nil {
		return message, err
	}
	message.ID, message.ChannelID, message.GuildID, message.AuthorID = id.ID(messageID), id.ID(channelID), id.ID(guildID), id.ID(authorID)
	message.EditedAt, message.PinnedAt, message.Flags, message.Mentions, message.MentionRoles = timeOf(edited), timeOf(pinned), store.MessageFlags(flags), idsOf(mentions), idsOf(roles)
	if embeds != nil {
		if err := json.Unmarshal(embeds, &message.Embeds); err != nil {
			return message, err
		}
	}
	if attachments != nil {
		if err := json.Unmarshal(attachments, &message.Attachments); err != nil {
			return message, err
		}
	}
	if call != nil {
		if err := json.Unmarshal(call, &message.Call); err != nil {
			return message, err
		}
	}
	if poll != nil {
		if err := json.Unmarshal(poll, &message.Poll); err != nil {
			return message, err
		}
	}
	message.WebhookID, message.ApplicationID = id.ID(webhookID), id.ID(applicationID)
	if persona != nil {
		if err := json.Unmarshal(persona, &message.Persona); err != nil {
			return message, err
		}
	}
	if interaction != nil {
		if err := json.Unmarshal(interaction, &message.Interaction); err != nil {
			return message, err
		}
	}
	if reference != nil {
		err = json.Unmarshal(reference, &message.Reference)
	}
	return message, err
}

func messageValues(message store.Message) ([]any, error) {
	var embeds, reference, attachments, poll, persona, interaction, call []byte
	if message.Poll != nil {
		var err error
		if poll, err = plainJSON(keptPoll(message.Poll)); err != nil {
			return nil, err
		}
	}
	if len(message.Attachments) > 0 {
		var err error
		if attachments, err = json.Marshal(keptAttachments(message.Attachments)); err != nil {
			return nil, err
		}
	}
	if len(message.Embeds) > 0 {
		var err error
		if embeds, err = json.Marshal(keptEmbeds(message.Embeds)); err != nil {
			return nil, err
		}
	}
	if message.Reference != nil {
		var err error
		if reference, err = json.Marshal(keptReference(message.Reference)); err != nil {
			return nil, err
		}
	}
	if message.Call != nil {
		var err error
		if call, err = json.Marshal(keptCall(message.Call)); err != nil {
			return nil, err
		}
	}
	if message.Persona != nil {
		var err error
		if persona, err = json.Marshal(message.Persona); err != nil {
			return nil, err
		}
	}
	if message.Interaction != nil {
		var err error
		if interaction, err = json.Marshal(message.Interaction); err != nil {
			return nil, err
		}
	}
	return []any{int64(message.ID), int64(message.ChannelID), int64(message.GuildID), int64(message.AuthorID), message.Type, message.Content, moment(message.EditedAt), message.TTS,
		int64(message.Flags), integers(message.Mentions), integers(message.MentionRoles), message.MentionEveryone, embeds, reference, message.Nonce, moment(message.PinnedAt), attachments,
		poll, pollEnd(message.Poll), message.Components, message.Position, int64(message.WebhookID), int64(message.ApplicationID), persona, interaction, call}, nil
}

// nonceKey is what makes a nonce unique in a channel.
type nonceKey struct {
	author id.ID
	nonce  string
}

// known is what nonces name already: the results of the call so far, in their order, and the messages that were there before it.
type known struct {
	results map[nonceKey][]store.Message
	before  map[nonceKey]store.Message
	// inThread tells whether the channel is a thread, whose messages are counted; then sent is how many were sent in it, and archived and locked how it is.
	inThread, archived, locked bool
	sent                       int
}

// find gives the message that stands for another of the same nonce.
func (k known) find(message store.NewMessage) (store.Message, bool) {
	if message.NonceSince == 0 || message.Nonce == "" {
		return store.Message{}, false
	}
	key := nonceKey{message.AuthorID, message.Nonce}
	for _, earlier := range k.results[key] {
		if earlier.ID >= message.NonceSince {
			return earlier, true
		}
	}
	earlier, ok := k.before[key]
	return earlier, ok && earlier.ID >= message.NonceSince
}

// next counts a message to be posted, and gives its position.
func (k *known) next(message *store.Message) int {
	if k.inThread && message.Counts() {
		k.sent++
	}
	return k.sent
}

// refuses tells whether one of some messages asks for an open thread and does not find it.
func (k *known) refuses(messages []store.NewMessage) bool {
	return slices.ContainsFunc(messages, func(message store.NewMessage) bool {
		return message.NeedsActive && k.archived || message.NeedsUnlocked && k.locked
	})
}

// CreateMessages implements store.Messages. The channel's row is locked for the transaction: writers of one channel take turns, and it cannot be deleted meanwhile.
// However many messages there are, it takes as many round trips.
func (s *Store) CreateMessages(ctx context.Context, channelID id.ID, messages []store.NewMessage) (stored []store.Message, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		posted, err := lockForPosting(ctx, tx, channelID, messages)
		if err != nil {
			return err
		}
		if posted.refuses(messages) {
			return store.ErrThreadClosed
		}
		stored = make([]store.Message, 0, len(messages))
		batch := &pgx.Batch{}
		named := make(map[nonceKey]id.ID)
		var fresh []store.Message // those with attachments
		var made []store.Message
		for _, message := range messages {
			kept, found := posted.find(message)
			if !found {
				message.ChannelID, message.Position = channelID, posted.next(&message.Message)
				if kept, err = queueMessage(batch, message.Message); err != nil {
					return err
				}
				queueDeliveries(batch, message.Deliveries)
				named[nonceKey{message.AuthorID, message.Nonce}] = message.ID
				if len(kept.AllAttachments()) > 0 {
					fresh = append(fresh, kept)
				}
				made = append(made, kept)
			}
			stored = append(stored, kept)
			if message.Nonce != "" {
				key := nonceKey{message.AuthorID, message.Nonce}
				posted.results[key] = append(posted.results[key], kept)
			}
		}
		queueNonces(batch, channelID, named)
		if posted.inThread {
			queueCount(batch, channelID, made)
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		for _, message := range fresh {
			if err := attach(ctx, tx, &message, message.AllAttachments()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// lockForPosting locks a channel and finds the messages in it that nonces name already. Both go to the server together; the second sees what was there when the
// first had the lock.
func lockForPosting(ctx context.Context, tx pgx.Tx, channelID id.ID, messages []store.NewMessage) (known, error) {
	var authors []int64
	var nonces []string
	for _, message := range messages {
		if message.NonceSince != 0 && message.Nonce != "" {
			authors, nonces = append(authors, int64(message.AuthorID)), append(nonces, message.Nonce)
		}
	}
	posted := known{results: make(map[nonceKey][]store.Message), before: make(map[nonceKey]store.Message)}
	batch := &pgx.Batch{}
	batch.Queue("SELECT type IN "+threadTypes+" FROM channels WHERE id = $1 FOR UPDATE", int64(channelID)).QueryRow(func(row pgx.Row) error { return row.Scan(&posted.inThread) })
	batch.Queue("SELECT total_message_sent, archived, locked FROM threads WHERE channel_id = $1", int64(channelID)).Query(func(found pgx.Rows) error {
		_, err := pgx.ForEachRow(found, []any{&posted.sent, &posted.archived, &posted.locked}, func() error { return nil })
		return err
	})
	if len(nonces) > 0 {
		batch.Queue("SELECT "+messageColumns+` FROM messages WHERE id IN (SELECT message_id FROM message_nonces
			JOIN unnest($2::bigint[], $3::text[]) AS wanted (author, nonce) ON author_id = wanted.author AND message_nonces.nonce = wanted.nonce WHERE channel_id = $1)`,
			int64(channelID), authors, nonces).Query(func(found pgx.Rows) error {
			earlier, err := pgx.CollectRows(found, scanMessage)
			for _, message := range earlier {
				posted.before[nonceKey{message.AuthorID, message.Nonce}] = message
			}
			return err
		})
	}
	return posted, tx.SendBatch(ctx, batch).Close()
}

// queueNonces adds the statement that has nonces name new messages to a batch.
func queueNonces(batch *pgx.Batch, channelID id.ID, named map[nonceKey]id.ID) {
	var authors, messageIDs []int64
	var nonces []string
	for key, messageID := range named {
		if key.nonce != "" {
			authors, nonces, messageIDs = append(authors, int64(key.author)), append(nonces, key.nonce), append(messageIDs, int64(messageID))
		}
	}
	if len(nonces) > 0 {
		batch.Queue(`INSERT INTO message_nonces (channel_id, author_id, nonce, message_id) SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[])
			ON CONFLICT (channel_id, author_id, nonce) DO UPDATE SET message_id = excluded.message_id`, int64(channelID), authors, nonces, messageIDs)
	}
}

// queueMessage adds a message's statement to a batch and gives the message as it will be read.
func queueMessage(batch *pgx.Batch, message store.Message) (store.Message, error) {
	message.PinnedAt = time.Time{}
	values, err := messageValues(message)
	if err != nil {
		return message, err
	}
	batch.Queue("INSERT INTO messages ("+messageColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)", values...)
	queueCopy(batch, &message)
	return keptMessage(message), nil
}

// keptMessage is a message as it will be read: the caller's own, with its times as they are kept.
func keptMessage(message store.Message) store.Message {
	message.EditedAt = timeOf(moment(message.EditedAt))
	message.Mentions, message.MentionRoles = slices.Clone(message.Mentions), slices.Clone(message.MentionRoles)
	message.Attachments, message.Poll, message.Components = keptAttachments(message.Attachments), keptPoll(message.Poll), slices.Clone(message.Components)
	message.Persona, message.Interaction = keptPersona(message.Persona), keptInteraction(message.Interaction)
	message.Call = keptCall(message.Call)
	message.Embeds, message.Reference = keptEmbeds(message.Embeds), keptReference(message.Reference)
	return message
}

func keptPersona(persona *store.Persona) *store.Persona {
	if persona == nil {
		return nil
	}
	kept := *persona
	return &kept
}

func keptInteraction(interaction *store.MessageInteraction) *store.MessageInteraction {
	if interaction == nil {
		return nil
	}
	kept := *interaction
	if interaction.Trigger != nil {
		trigger := *interaction.Trigger
		kept.Trigger = &trigger
	}
	return &kept
}

// Message implements store.Messages.
func (s *Store) Message(ctx context.Context, channelID, messageID id.ID) (store.Message, error) {
	return one(ctx, s, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2", []any{int64(channelID), int64(messageID)}, scanMessage)
}

// MessageChannel implements store.Messages.
func (s *Store) MessageChannel(ctx context.Context, messageID id.ID) (id.ID, error) {
	return one(ctx, s, "SELECT channel_id FROM messages WHERE id = $1", []any{int64(messageID)}, scanID)
}

// ListMessages implements store.Messages.
func (s *Store) ListMessages(ctx context.Context, channelID id.ID, page store.MessagePage) ([]store.Message, error) {
	const query = "SELECT " + messageColumns + " FROM messages WHERE channel_id = $1 "
	channel := int64(channelID)
	switch {
	case page.Around != 0:
		// In one statement, so that both halves are of one moment.
		return rows(ctx, s, "SELECT * FROM ((("+query+"AND id < $2 ORDER BY id DESC LIMIT $3)) UNION ALL ("+query+`AND id >= $2 ORDER BY id LIMIT $4 - (SELECT count(*) FROM
			(SELECT 1 FROM messages WHERE channel_id = $1 AND id < $2 LIMIT $3) AS older))) AS page ORDER BY id DESC`,
			[]any{channel, int64(page.Around), page.Limit / 2, page.Limit}, scanMessage)
	case page.After != 0:
		newer, err := rows(ctx, s, query+"AND id > $2 ORDER BY id LIMIT $3", []any{channel, int64(page.After), page.Limit}, scanMessage)
		slices.Reverse(newer)
		return newer, err
	case page.Before != 0:
		return rows(ctx, s, query+"AND id < $2 ORDER BY id DESC LIMIT $3", []any{channel, int64(page.Before), page.Limit}, scanMessage)
	}
	return rows(ctx, s, query+"ORDER BY id DESC LIMIT $2", []any{channel, page.Limit}, scanMessage)
}

// MessagesByID implements store.Messages.
func (s *Store) MessagesByID(ctx context.Context, channelID id.ID, messageIDs []id.ID) ([]store.Message, error) {
	return rows(ctx, s, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = ANY($2) ORDER BY id DESC", []any{int64(channelID), integers(messageIDs)}, scanMessage)
}

// AuthorMessages implements store.Messages.
func (s *Store) AuthorMessages(ctx context.Context, channelID, authorID, after id.ID, limit int) ([]id.ID, error) {
	return rows(ctx, s, "SELECT id FROM messages WHERE channel_id = $1 AND author_id = $2 AND id > $3 ORDER BY id LIMIT $4",
		[]any{int64(channelID), int64(authorID), int64(after), max(0, limit)}, scanID)
}

// UpdateMessage implements store.Messages.
func (s *Store) UpdateMessage(ctx context.Context, channelID, messageID id.ID, change func(*store.Message) error) (message store.Message, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(channelID), int64(messageID)}
		if message, err = locked(ctx, tx, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2 FOR UPDATE", place, scanMessage); err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft, poll := message, keptPoll(message.Poll)
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.ChannelID, draft.GuildID, draft.AuthorID, draft.Nonce, draft.PinnedAt = message.ID, message.ChannelID, message.GuildID, message.AuthorID, message.Nonce, message.PinnedAt
		draft.Poll, draft.Position = poll, message.Position
		draft.WebhookID, draft.ApplicationID = message.WebhookID, message.ApplicationID
		values, err := messageValues(draft)
		if err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE messages SET server_id = $3, author_id = $4, type = $5, content = $6, edited_at = $7, tts = $8, flags = $9, mentions = $10, mention_roles = $11,
			mention_everyone = $12, embeds = $13, reference = $14, nonce = $15, pinned_at = $16, attachments = $17, poll = $18, poll_ends_at = $19, components = $20, position = $21, webhook_id = $22, application_id = $23, persona = $24, interaction = $25, call = $26 WHERE id = $1 AND channel_id = $2`, values...); err != nil {
			return err
		}
		if err := reattach(ctx, tx, &message, &draft); err != nil {
			return err
		}
		if err := announce(ctx, tx, channelID, 0, message); err != nil {
			return err
		}
		message, err = locked(ctx, tx, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2", place, scanMessage)
		return err
	})
	if err != nil {
		return store.Message{}, err
	}
	return message, nil
}

// DeleteMessage implements store.Messages.
func (s *Store) DeleteMessage(ctx context.Context, channelID, messageID id.ID) (message store.Message, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		message, err = locked(ctx, tx, "DELETE FROM messages WHERE channel_id = $1 AND id = $2 RETURNING "+messageColumns, []any{int64(channelID), int64(messageID)}, scanMessage)
		if err != nil {
			return err
		}
		if err := announce(ctx, tx, channelID, 0, message); err != nil {
			return err
		}
		return countDeleted(ctx, tx, channelID, []store.Message{message})
	})
	if err != nil {
		return store.Message{}, err
	}
	return message, nil
}

// AuthoredMessages implements store.Messages.
func (s *Store) AuthoredMessages(ctx context.Context, authorID id.ID, after store.MessagePlace, limit int) ([]store.Message, error) {
	return rows(ctx, s, "SELECT "+messageColumns+" FROM messages WHERE author_id = $1 AND (channel_id, id) > ($2, $3) ORDER BY channel_id, id LIMIT $4",
		[]any{int64(authorID), int64(after.ChannelID), int64(after.MessageID), max(0, limit)}, scanMessage)
}

// DeleteMessages implements store.Messages.
func (s *Store) DeleteMessages(ctx context.Context, channelID id.ID, messageIDs []id.ID) (deleted []id.ID, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 FOR UPDATE", []any{int64(channelID)}, scanID); err != nil {
			return err
		}
		found, err := tx.Query(ctx, "WITH gone AS (DELETE FROM messages WHERE channel_id = $1 AND id = ANY($2) RETURNING id, type, flags) SELECT id, type, flags FROM gone ORDER BY id", int64(channelID), integers(messageIDs))
		if err != nil {
			return err
		}
		gone, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (store.Message, error) {
			var messageID, flags int64
			message := store.Message{ChannelID: channelID}
			err := row.Scan(&messageID, &message.Type, &flags)
			message.ID, message.Flags = id.ID(messageID), store.MessageFlags(flags)
			return message, err
		})
		if err != nil {
			return err
		}
		deleted = make([]id.ID, len(gone))
		for i := range gone {
			deleted[i] = gone[i].ID
		}
		if err := announce(ctx, tx, channelID, 0, gone...); err != nil {
			return err
		}
		return countDeleted(ctx, tx, channelID, gone)
	})
	if err != nil {
		return nil, err
	}
	return deleted, nil
}

// PostedBefore implements store.Messages.
func (s *Store) PostedBefore(ctx context.Context, channelID, authorID id.ID, nonce string, since id.ID) (store.Message, error) {
	return one(ctx, s, "SELECT "+messageColumns+` FROM messages WHERE channel_id = $1 AND id = (SELECT message_id FROM message_nonces
		WHERE channel_id = $1 AND author_id = $2 AND nonce = $3 AND message_id >= $4)`, []any{int64(channelID), int64(authorID), nonce, int64(since)}, scanMessage)
}

// PruneNonces implements store.Messages.
func (s *Store) PruneNonces(ctx context.Context, before id.ID) error {
	_, err := s.sweep(ctx, "DELETE FROM message_nonces WHERE message_id < $1", int64(before))
	return err
}
