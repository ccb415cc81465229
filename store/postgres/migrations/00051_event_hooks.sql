-- +goose Up
-- Event hooks: addresses that are told of what happens in a server, and as an outbox what they are to be told.

CREATE TABLE event_hooks (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    maker_id bigint NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    channel_ids bigint[] NOT NULL,
    content boolean NOT NULL,
    sealed_secret bytea,
    suspended text NOT NULL
);
CREATE INDEX event_hooks_server ON event_hooks (server_id, id);

CREATE TABLE event_deliveries (
    id bigint PRIMARY KEY,
    hook_id bigint NOT NULL REFERENCES event_hooks ON DELETE CASCADE,
    event text NOT NULL,
    body bytea,
    channel_id bigint NOT NULL,
    dead boolean NOT NULL,
    attempts integer NOT NULL,
    tried_at timestamptz,
    next_at timestamptz,
    status integer NOT NULL,
    problem text NOT NULL
);
CREATE INDEX event_deliveries_hook ON event_deliveries (hook_id, dead, id);

CREATE TRIGGER remember AFTER DELETE ON event_hooks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON event_deliveries REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
