-- +goose Up
-- Calls in conversations are part of their messages. Answers for one person have the same columns as messages, and never a call.

ALTER TABLE messages ADD COLUMN call json;
ALTER TABLE ephemeral_messages ADD COLUMN call json;
CREATE INDEX messages_open_calls ON messages (id) WHERE call IS NOT NULL AND call->>'EndedAt' = '0001-01-01T00:00:00Z';
