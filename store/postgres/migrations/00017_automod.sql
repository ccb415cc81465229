-- +goose Up
-- Automatic rules of guilds, and what people report; reports without a guild are about conversations.

CREATE TABLE automod_rules (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    trigger bigint NOT NULL,
    rule json NOT NULL
);
CREATE INDEX automod_rules_server ON automod_rules (server_id);

CREATE TABLE reports (
    id bigint PRIMARY KEY,
    server_id bigint REFERENCES servers ON DELETE CASCADE,
    channel_id bigint NOT NULL,
    message_id bigint NOT NULL,
    reporter_id bigint NOT NULL,
    author_id bigint NOT NULL,
    content text NOT NULL,
    reason text NOT NULL,
    resolved_by bigint NOT NULL
);
CREATE INDEX reports_server ON reports (coalesce(server_id, 0), id);
CREATE UNIQUE INDEX reports_open ON reports (coalesce(server_id, 0), message_id, reporter_id) WHERE resolved_by = 0;

CREATE TRIGGER remember AFTER DELETE ON automod_rules REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON reports REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
