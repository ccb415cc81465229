package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const webhookQuery = "SELECT id, type, server_id, channel_id, creator_id, application_id, name, avatar, token_hash, sealed_token, source_server_id, source_channel_id FROM webhooks "

func scanWebhook(row pgx.CollectableRow) (store.Webhook, error) {
	var w store.Webhook
	var webhookID, guildID, channelID, creatorID, applicationID, sourceGuildID, sourceChannelID int64
	err := row.Scan(&webhookID, &w.Type, &guildID, &channelID, &creatorID, &applicationID, &w.Name, &w.Avatar, &w.TokenHash, &w.SealedToken, &sourceGuildID, &sourceChannelID)
	w.ID, w.GuildID, w.ChannelID, w.CreatorID, w.ApplicationID = id.ID(webhookID), id.ID(guildID), id.ID(channelID), id.ID(creatorID), id.ID(applicationID)
	w.SourceGuildID, w.SourceChannelID = id.ID(sourceGuildID), id.ID(sourceChannelID)
	return w, err
}

// roomForWebhook makes sure that a guild, which the transaction has locked, has a channel, and the channel fewer than most webhooks.
func roomForWebhook(ctx context.Context, tx pgx.Tx, guildID, channelID id.ID, most int) error {
	if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 AND server_id = $2 AND type NOT IN "+threadTypes, []any{int64(channelID), int64(guildID)}, scanID); err != nil {
		return err
	}
	var count int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM webhooks WHERE channel_id = $1", int64(channelID)).Scan(&count); err != nil {
		return err
	}
	if count >= most {
		return &store.LimitError{What: "webhooks", Max: most}
	}
	return nil
}

// CreateWebhook implements store.Webhooks.
func (s *Store) CreateWebhook(ctx context.Context, w store.Webhook, most int) (stored store.Webhook, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, w.GuildID); err != nil {
			return err
		}
		if err := roomForWebhook(ctx, tx, w.GuildID, w.ChannelID, most); err != nil {
			return err
		}
		if w.SourceChannelID != 0 {
			if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 AND server_id = $2 AND type NOT IN "+threadTypes, []any{int64(w.SourceChannelID), int64(w.SourceGuildID)}, scanID); err != nil {
				return err
			}
		}
		if err := hang(ctx, tx, w.ID, 0, shown{"avatar": {nil, &w.Avatar}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, `INSERT INTO webhooks (id, type, server_id, channel_id, creator_id, application_id, name, avatar, token_hash, sealed_token, source_server_id, source_channel_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, int64(w.ID), w.Type, int64(w.GuildID), int64(w.ChannelID), int64(w.CreatorID), int64(w.ApplicationID), w.Name, w.Avatar,
			w.TokenHash, w.SealedToken, int64(w.SourceGuildID), int64(w.SourceChannelID)); err != nil {
			return err
		}
		stored, err = locked(ctx, tx, webhookQuery+"WHERE id = $1", []any{int64(w.ID)}, scanWebhook)
		return err
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return stored, nil
}

// Webhook implements store.Webhooks.
func (s *Store) Webhook(ctx context.Context, webhookID id.ID) (store.Webhook, error) {
	return one(ctx, s, webhookQuery+"WHERE id = $1", []any{int64(webhookID)}, scanWebhook)
}

// GuildWebhooks implements store.Webhooks.
func (s *Store) GuildWebhooks(ctx context.Context, guildID id.ID) ([]store.Webhook, error) {
	return rows(ctx, s, webhookQuery+"WHERE server_id = $1 ORDER BY id", []any{int64(guildID)}, scanWebhook)
}

// Followers implements store.Webhooks.
func (s *Store) Followers(ctx context.Context, channelID, after id.ID, limit int) ([]store.Webhook, error) {
	return rows(ctx, s, webhookQuery+"WHERE source_channel_id = $1 AND id > $2 AND EXISTS (SELECT FROM channels WHERE id = $1) ORDER BY id LIMIT $3",
		[]any{int64(channelID), int64(after), max(limit, 0)}, scanWebhook)
}

// UpdateWebhook implements store.Webhooks.
func (s *Store) UpdateWebhook(ctx context.Context, webhookID id.ID, most int, change func(*store.Webhook) error) (webhook store.Webhook, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(webhookID)}
		// The guild first, as everybody who locks both does.
		guildID, err := locked(ctx, tx, "SELECT server_id FROM webhooks WHERE id = $1", place, scanID)
		if err != nil {
			return err
		}
		if err := lockGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if webhook, err = locked(ctx, tx, webhookQuery+"WHERE id = $1 FOR UPDATE", place, scanWebhook); err != nil {
			return err
		}
		draft := webhook
		if err := change(&draft); err != nil {
			return err
		}
		if draft.ChannelID != webhook.ChannelID {
			if err := roomForWebhook(ctx, tx, guildID, draft.ChannelID, most); err != nil {
				return err
			}
		}
		if err := hang(ctx, tx, webhookID, 0, shown{"avatar": {webhook.Avatar, &draft.Avatar}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, "UPDATE webhooks SET channel_id = $2, name = $3, avatar = $4, token_hash = $5, sealed_token = $6 WHERE id = $1",
			int64(webhookID), int64(draft.ChannelID), draft.Name, draft.Avatar, draft.TokenHash, draft.SealedToken); err != nil {
			return err
		}
		webhook, err = locked(ctx, tx, webhookQuery+"WHERE id = $1", place, scanWebhook)
		return err
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return webhook, nil
}

// DeleteWebhook implements store.Webhooks.
func (s *Store) DeleteWebhook(ctx context.Context, webhookID id.ID) (webhook store.Webhook, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		guildID, err := locked(ctx, tx, "SELECT server_id FROM webhooks WHERE id = $1", []any{int64(webhookID)}, scanID)
		if err != nil {
			return err
		}
		if err := holdGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if webhook, err = locked(ctx, tx, webhookQuery+"WHERE id = $1 FOR UPDATE", []any{int64(webhookID)}, scanWebhook); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM webhooks WHERE id = $1", int64(webhookID))
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return webhook, nil
}
