-- +goose Up
-- Who is banned from which guild, what administrators and moderators did, and memberships that end.

CREATE TABLE bans (
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    reason text NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX bans_user ON bans (user_id);

CREATE TABLE audit_entries (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id bigint NOT NULL,
    target_id bigint NOT NULL,
    action bigint NOT NULL,
    changes json NOT NULL, -- as they were written: the order of keys and every number and text
    options json NOT NULL,
    reason text NOT NULL
);
CREATE INDEX audit_entries_server ON audit_entries (server_id, id);

ALTER TABLE server_members ADD COLUMN temporary boolean NOT NULL DEFAULT false;
CREATE INDEX server_members_temporary ON server_members (server_id, user_id) WHERE temporary;

-- What an author wrote in a channel since a moment, to delete it.
CREATE INDEX messages_author ON messages (author_id, channel_id, id);

CREATE TRIGGER remember AFTER DELETE ON audit_entries REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
