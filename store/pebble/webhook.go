package pebble

import (
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type webhookRecord struct {
	Type            int            `cbor:"1,keyasint,omitempty"`
	ChannelID       id.ID          `cbor:"2,keyasint,omitempty"`
	CreatorID       id.ID          `cbor:"3,keyasint,omitempty"`
	ApplicationID   id.ID          `cbor:"4,keyasint,omitempty"`
	Name            string         `cbor:"5,keyasint,omitempty"`
	Avatar          *pictureRecord `cbor:"6,keyasint,omitempty"`
	TokenHash       []byte         `cbor:"7,keyasint,omitempty"`
	SealedToken     []byte         `cbor:"8,keyasint,omitempty"`
	SourceGuildID   id.ID          `cbor:"9,keyasint,omitempty"`
	SourceChannelID id.ID          `cbor:"10,keyasint,omitempty"`
}

func newWebhookRecord(w store.Webhook) webhookRecord {
	return webhookRecord{
		Type: int(w.Type), ChannelID: w.ChannelID, CreatorID: w.CreatorID, ApplicationID: w.ApplicationID, Name: w.Name, Avatar: newPictureRecord(w.Avatar),
		TokenHash: slices.Clone(w.TokenHash), SealedToken: slices.Clone(w.SealedToken), SourceGuildID: w.SourceGuildID, SourceChannelID: w.SourceChannelID,
	}
}

func (r webhookRecord) webhook(guildID, webhookID id.ID) store.Webhook {
	return store.Webhook{
		ID: webhookID, Type: store.WebhookType(r.Type), GuildID: guildID, ChannelID: r.ChannelID, CreatorID: r.CreatorID, ApplicationID: r.ApplicationID, Name: r.Name, Avatar: r.Avatar.picture(),
		TokenHash: r.TokenHash, SealedToken: r.SealedToken, SourceGuildID: r.SourceGuildID, SourceChannelID: r.SourceChannelID,
	}
}

func guildWebhooks(r pebble.Reader, guildID id.ID) ([]store.Webhook, error) {
	return list(r, kindWebhook.key(guildID), func(webhookID id.ID, record webhookRecord) store.Webhook { return record.webhook(guildID, webhookID) })
}

func readWebhook(r pebble.Reader, webhookID id.ID) (store.Webhook, error) {
	guildID, err := getID(r, kindWebhookGuild.key(webhookID))
	if err != nil {
		return store.Webhook{}, err
	}
	record, err := get[webhookRecord](r, kindWebhook.key(guildID, webhookID))
	if err != nil {
		return store.Webhook{}, err
	}
	return record.webhook(guildID, webhookID), nil
}

// roomForWebhook makes sure that a guild has a channel, and the channel fewer than most webhooks.
func (t *tx) roomForWebhook(guildID, channelID id.ID, most int) error {
	if err := need(t.db, kindChannel.key(guildID, channelID)); err != nil {
		return err
	}
	there, err := guildWebhooks(t.db, guildID)
	if err != nil {
		return err
	}
	if len(slices.DeleteFunc(there, func(other store.Webhook) bool { return other.ChannelID != channelID })) >= most {
		return &store.LimitError{What: "webhooks", Max: most}
	}
	return nil
}

// CreateWebhook stores a webhook.
func (s *Store) CreateWebhook(ctx context.Context, webhook store.Webhook, most int) (store.Webhook, error) {
	var record webhookRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := tx.roomForWebhook(webhook.GuildID, webhook.ChannelID, most); err != nil {
			return err
		}
		if err := free(tx.db, kindWebhookGuild.key(webhook.ID), "id"); err != nil {
			return err
		}
		if webhook.SourceChannelID != 0 {
			if err := need(tx.db, kindChannel.key(webhook.SourceGuildID, webhook.SourceChannelID)); err != nil {
				return err
			}
			tx.set(kindFollower.key(webhook.SourceChannelID, webhook.ID), nil)
		}
		if err := tx.hang(nil, &webhook.Avatar); err != nil {
			return err
		}
		record = newWebhookRecord(webhook)
		tx.made(webhook.ID)
		tx.set(kindWebhookGuild.key(webhook.ID), idValue(webhook.GuildID))
		return tx.put(kindWebhook.key(webhook.GuildID, webhook.ID), record)
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return record.webhook(webhook.GuildID, webhook.ID), nil
}

// Webhook reads a webhook.
func (s *Store) Webhook(ctx context.Context, webhookID id.ID) (store.Webhook, error) {
	if err := s.enter(ctx); err != nil {
		return store.Webhook{}, err
	}
	defer s.leave()
	return readWebhook(s.db, webhookID)
}

// GuildWebhooks gives a guild's webhooks.
func (s *Store) GuildWebhooks(ctx context.Context, guildID id.ID) ([]store.Webhook, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return guildWebhooks(s.db, guildID)
}

// Followers gives the webhooks that follow a channel.
func (s *Store) Followers(ctx context.Context, channelID, from id.ID, limit int) ([]store.Webhook, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	webhooks := []store.Webhook{}
	if limit <= 0 {
		return webhooks, nil
	}
	err := scan(s.db, kindFollower.key(channelID, from+1), after(kindFollower.key(channelID)), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		webhook, err := readWebhook(s.db, idAt(key, 1))
		if errors.Is(err, store.ErrNotFound) {
			return true, nil // deleted meanwhile
		}
		if err != nil {
			return false, err
		}
		webhooks = append(webhooks, webhook)
		return len(webhooks) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return webhooks, nil
}

// UpdateWebhook applies change to a webhook.
func (s *Store) UpdateWebhook(ctx context.Context, webhookID id.ID, most int, change func(*store.Webhook) error) (store.Webhook, error) {
	var record webhookRecord
	var guildID id.ID
	err := s.update(ctx, synced, func(tx *tx) error {
		webhook, err := readWebhook(tx.db, webhookID)
		if err != nil {
			return err
		}
		guildID = webhook.GuildID
		before := newWebhookRecord(webhook)
		if err := change(&webhook); err != nil {
			return err
		}
		if webhook.ChannelID != before.ChannelID {
			if err := tx.roomForWebhook(guildID, webhook.ChannelID, most); err != nil {
				return err
			}
		}
		if err := tx.hang(before.Avatar, &webhook.Avatar); err != nil {
			return err
		}
		changed := newWebhookRecord(webhook)
		record = before
		record.ChannelID, record.Name, record.Avatar, record.TokenHash, record.SealedToken = changed.ChannelID, changed.Name, changed.Avatar, changed.TokenHash, changed.SealedToken
		return tx.put(kindWebhook.key(guildID, webhookID), record)
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return record.webhook(guildID, webhookID), nil
}

// DeleteWebhook deletes a webhook.
func (s *Store) DeleteWebhook(ctx context.Context, webhookID id.ID) (store.Webhook, error) {
	var webhook store.Webhook
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if webhook, err = readWebhook(tx.db, webhookID); err != nil {
			return err
		}
		tx.takeWebhook(webhook)
		return nil
	})
	if err != nil {
		return store.Webhook{}, err
	}
	return webhook, nil
}

// takeWebhook takes a webhook away.
func (t *tx) takeWebhook(webhook store.Webhook) {
	t.unhang(newPictureRecord(webhook.Avatar))
	t.delete(kindWebhook.key(webhook.GuildID, webhook.ID))
	t.delete(kindWebhookGuild.key(webhook.ID))
	if webhook.SourceChannelID != 0 {
		t.delete(kindFollower.key(webhook.SourceChannelID, webhook.ID))
	}
}

// takeWebhooks takes away the webhooks of a channel, or of a guild when the channel is zero, and lets those be that follow it: they follow nothing any more.
func (t *tx) takeWebhooks(guildID, channelID id.ID) error {
	webhooks, err := guildWebhooks(t.db, guildID)
	if err != nil {
		return err
	}
	for _, webhook := range webhooks {
		if channelID == 0 || webhook.ChannelID == channelID {
			t.takeWebhook(webhook)
		}
	}
	return nil
}

func (c *checker) webhooks() {
	for e := range c.each(kindWebhook) {
		guildID, webhookID := idAt(e.key, 0), idAt(e.key, 1)
		c.made(webhookID, e)
		c.same(kindWebhookGuild.key(webhookID), idValue(guildID), e)
		c.value(kindChannel.key(guildID, record[webhookRecord](c, e).ChannelID), e)
	}
	if c.counts[kindWebhookGuild] != c.counts[kindWebhook] {
		c.fail("%d webhooks are in %d guilds", c.counts[kindWebhook], c.counts[kindWebhookGuild])
	}
	for e := range c.each(kindFollower) {
		c.value(kindChannelGuild.key(idAt(e.key, 0)), e)
		guild := c.value(kindWebhookGuild.key(idAt(e.key, 1)), e)
		if guild == nil {
			continue
		}
		key := append(kindWebhook.key(), slices.Concat(guild, idValue(idAt(e.key, 1)))...)
		if value := c.value(key, e); value != nil && record[webhookRecord](c, entry{key, value}).SourceChannelID != idAt(e.key, 0) {
			c.fail("the %s %x follows another channel", e.kind(), e.key)
		}
	}
}
