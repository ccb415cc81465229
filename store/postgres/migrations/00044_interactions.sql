-- +goose Up
-- Interactions that applications have answered, and answers that are for one person: for as long as applications may say more. They belong to nothing, and are pruned by their ids.

CREATE TABLE interactions (
    id bigint PRIMARY KEY,
    application_id bigint NOT NULL,
    token_hash bytea,
    server_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    user_id bigint NOT NULL,
    origin jsonb NOT NULL,
    type bigint NOT NULL,
    response_id bigint NOT NULL,
    response_hidden boolean NOT NULL
);

CREATE TABLE ephemeral_messages (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    interaction_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    server_id bigint NOT NULL,
    author_id bigint NOT NULL,
    type bigint NOT NULL,
    content text NOT NULL,
    edited_at timestamptz,
    tts boolean NOT NULL,
    flags bigint NOT NULL,
    mentions bigint[],
    mention_roles bigint[],
    mention_everyone boolean NOT NULL,
    embeds jsonb,
    reference jsonb,
    nonce text NOT NULL,
    pinned_at timestamptz,
    attachments jsonb,
    poll jsonb,
    poll_ends_at timestamptz,
    components bytea,
    position bigint NOT NULL,
    webhook_id bigint NOT NULL,
    application_id bigint NOT NULL,
    persona jsonb,
    interaction jsonb
);

CREATE TRIGGER remember AFTER DELETE ON interactions REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON ephemeral_messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
