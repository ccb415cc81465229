-- +goose Up
-- Pictures of accounts, servers, members, roles and groups. A row shows its pictures in columns of its own, as clients are told of it; what they say of the bytes is kept in the
-- table below, so that equal bytes are kept once and let go with the last that names them.

ALTER TABLE users DROP COLUMN avatar, DROP COLUMN banner;
ALTER TABLE users ADD COLUMN avatar jsonb, ADD COLUMN banner jsonb;
ALTER TABLE servers DROP COLUMN icon, DROP COLUMN banner;
ALTER TABLE servers ADD COLUMN icon jsonb, ADD COLUMN banner jsonb, ADD COLUMN splash jsonb, ADD COLUMN discovery_splash jsonb;
ALTER TABLE server_members ADD COLUMN avatar jsonb, ADD COLUMN banner jsonb, ADD COLUMN bio text NOT NULL DEFAULT '';
ALTER TABLE roles ADD COLUMN icon jsonb, ADD COLUMN unicode_emoji text NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN icon jsonb;

-- owner_id is that of the row that shows the picture; of a member that of the account, and server_id the server, 0 otherwise. place is the column; that of roles is role_icon, because a
-- server and its first role have one id.
CREATE TABLE pictures (
    owner_id bigint NOT NULL,
    server_id bigint NOT NULL,
    place text NOT NULL,
    hash bytea NOT NULL REFERENCES kept_bytes,
    PRIMARY KEY (owner_id, server_id, place)
);
CREATE INDEX pictures_hash ON pictures (hash);
CREATE INDEX pictures_server ON pictures (server_id) WHERE server_id <> 0;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION let_go_of_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM kept_bytes WHERE hash IN (SELECT hash FROM gone) ORDER BY hash FOR UPDATE;
    WITH unnamed AS (
        DELETE FROM kept_bytes AS kept WHERE kept.hash IN (SELECT hash FROM gone)
            AND NOT EXISTS (SELECT FROM attachments WHERE attachments.hash = kept.hash) AND NOT EXISTS (SELECT FROM uploads WHERE uploads.hash = kept.hash)
            AND NOT EXISTS (SELECT FROM pictures WHERE pictures.hash = kept.hash)
        RETURNING kept.blob)
    INSERT INTO lost_blobs SELECT blob FROM unnamed ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION take_pictures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pictures USING gone WHERE pictures.owner_id = gone.id AND pictures.server_id = 0;
    RETURN NULL;
END $$;
CREATE FUNCTION take_member_pictures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pictures USING gone WHERE pictures.owner_id = gone.user_id AND pictures.server_id = gone.server_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER let_go AFTER DELETE ON pictures REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION let_go_of_bytes();
CREATE TRIGGER take_pictures AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER take_pictures AFTER DELETE ON servers REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER take_pictures AFTER DELETE ON roles REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER take_pictures AFTER DELETE ON channels REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER take_pictures AFTER DELETE ON server_members REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_member_pictures();
