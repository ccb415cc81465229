-- +goose Up
-- Webhooks: addresses that messages of one channel can be posted to without an account.

CREATE TABLE webhooks (
    id bigint PRIMARY KEY,
    type integer NOT NULL,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    creator_id bigint NOT NULL,
    application_id bigint NOT NULL,
    name text NOT NULL,
    avatar jsonb,
    token_hash bytea,
    sealed_token bytea,
    source_server_id bigint NOT NULL,
    source_channel_id bigint NOT NULL
);
CREATE INDEX webhooks_server ON webhooks (server_id, id);
CREATE INDEX webhooks_channel ON webhooks (channel_id);
CREATE INDEX webhooks_source ON webhooks (source_channel_id, id) WHERE source_channel_id <> 0;

CREATE TRIGGER take_pictures AFTER DELETE ON webhooks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER remember AFTER DELETE ON webhooks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
