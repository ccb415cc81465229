-- +goose Up
-- Files: which bytes are kept (once, however many attachments and uploads name them), what hangs on messages, what waits for a message, and which blobs are to be deleted.

ALTER TABLE messages ADD COLUMN attachments jsonb;

CREATE TABLE kept_bytes (
    hash bytea PRIMARY KEY,
    blob text NOT NULL UNIQUE
);

-- user_id is 0 for what is forwarded, which counts for nobody.
CREATE TABLE attachments (
    id bigint PRIMARY KEY,
    channel_id bigint NOT NULL,
    message_id bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    user_id bigint NOT NULL,
    hash bytea NOT NULL REFERENCES kept_bytes,
    size bigint NOT NULL
);
CREATE INDEX attachments_message ON attachments (message_id);
CREATE INDEX attachments_hash ON attachments (hash);
CREATE INDEX attachments_user ON attachments (user_id) INCLUDE (size) WHERE user_id <> 0;

CREATE TABLE uploads (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    filename text NOT NULL,
    size bigint NOT NULL,
    expires_at timestamptz,
    hash bytea REFERENCES kept_bytes,
    content_type text NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL
);
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_channel ON uploads (channel_id);
CREATE INDEX uploads_hash ON uploads (hash) WHERE hash IS NOT NULL;
CREATE INDEX uploads_expires ON uploads (expires_at);

CREATE TABLE upload_parts (
    upload_id bigint NOT NULL REFERENCES uploads ON DELETE CASCADE,
    number integer NOT NULL,
    blob text NOT NULL UNIQUE,
    size bigint NOT NULL,
    PRIMARY KEY (upload_id, number)
);

CREATE TABLE lost_blobs (blob text PRIMARY KEY);

-- Whoever takes a name away locks the bytes first: of two who take the last two away at once, the second sees what the first did. Whoever adds a name waits for them (the
-- foreign key locks the row too) and finds the bytes gone.
-- +goose StatementBegin
CREATE FUNCTION let_go_of_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM kept_bytes WHERE hash IN (SELECT hash FROM gone) ORDER BY hash FOR UPDATE;
    WITH unnamed AS (
        DELETE FROM kept_bytes AS kept WHERE kept.hash IN (SELECT hash FROM gone)
            AND NOT EXISTS (SELECT FROM attachments WHERE attachments.hash = kept.hash) AND NOT EXISTS (SELECT FROM uploads WHERE uploads.hash = kept.hash)
        RETURNING kept.blob)
    INSERT INTO lost_blobs SELECT blob FROM unnamed ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION lose_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lost_blobs SELECT blob FROM gone ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER let_go AFTER DELETE ON attachments REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION let_go_of_bytes();
CREATE TRIGGER let_go AFTER DELETE ON uploads REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION let_go_of_bytes();
CREATE TRIGGER lose AFTER DELETE ON upload_parts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION lose_parts();
CREATE TRIGGER remember AFTER DELETE ON attachments REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON uploads REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
