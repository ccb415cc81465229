-- +goose Up
-- More of applications: what they say of themselves, in which servers they are installed, and their own emoji.

ALTER TABLE hall ADD COLUMN bot_creation text NOT NULL DEFAULT 'everyone';

ALTER TABLE bots ADD COLUMN cover jsonb, ADD COLUMN tags text[], ADD COLUMN terms_url text NOT NULL DEFAULT '', ADD COLUMN privacy_url text NOT NULL DEFAULT '',
    ADD COLUMN custom_install_url text NOT NULL DEFAULT '', ADD COLUMN interactions_url text NOT NULL DEFAULT '', ADD COLUMN redirect_uris text[], ADD COLUMN install_params jsonb;

-- role_id is the managed role of the bot, 0 where commands alone were let in. Roles of bots go with their installation, by what takes it out.
CREATE TABLE installations (
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    application_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    installer_id bigint NOT NULL,
    role_id bigint NOT NULL,
    installed_at timestamptz,
    PRIMARY KEY (server_id, application_id)
);
CREATE INDEX installations_application ON installations (application_id);

CREATE TABLE application_emojis (
    id bigint PRIMARY KEY,
    application_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    creator_id bigint NOT NULL,
    name text NOT NULL,
    picture jsonb,
    UNIQUE (application_id, name)
);

CREATE TRIGGER take_pictures AFTER DELETE ON application_emojis REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER remember AFTER DELETE ON application_emojis REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
