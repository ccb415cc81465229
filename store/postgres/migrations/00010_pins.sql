-- +goose Up
-- Pinned messages, and when the last was pinned in a channel.

ALTER TABLE messages ADD COLUMN pinned_at timestamptz;
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at) WHERE pinned_at IS NOT NULL;

ALTER TABLE channels ADD COLUMN last_pin_at timestamptz;
