-- +goose Up
-- What webhooks and applications posted: by which, as whom, and in answer to what.

ALTER TABLE messages
    ADD COLUMN webhook_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN application_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN persona json,
    ADD COLUMN interaction json;
