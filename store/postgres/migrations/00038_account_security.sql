-- +goose Up
-- What accounts sign in with besides a password, and what happened to their safety.

ALTER TABLE users ADD COLUMN mfa boolean NOT NULL DEFAULT false;

CREATE TABLE two_factors (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret bytea,
    last_step bigint NOT NULL,
    recovery_hashes bytea[] NOT NULL,
    passkeys json NOT NULL
);

CREATE TABLE security_events (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL,
    session_id bigint NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    details json NOT NULL
);
CREATE INDEX security_events_user ON security_events (user_id, id);

CREATE TRIGGER remember AFTER DELETE ON security_events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
