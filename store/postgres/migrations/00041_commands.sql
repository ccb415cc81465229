-- +goose Up
-- Application commands, and who may use them. server_id is NULL for commands that go everywhere; command is all of a command but its ids and version.

CREATE TABLE commands (
    id bigint PRIMARY KEY,
    application_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    server_id bigint REFERENCES servers ON DELETE CASCADE,
    type integer NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    command json NOT NULL
);
CREATE UNIQUE INDEX commands_name ON commands (application_id, coalesce(server_id, 0), type, name);
CREATE INDEX commands_server ON commands (server_id) WHERE server_id IS NOT NULL;

-- target_id is a command, or the application for all of its commands.
CREATE TABLE command_permissions (
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    application_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    target_id bigint NOT NULL,
    permissions json NOT NULL,
    PRIMARY KEY (server_id, application_id, target_id)
);
CREATE INDEX command_permissions_target ON command_permissions (target_id);
CREATE INDEX command_permissions_application ON command_permissions (application_id);

-- A version is an id as well, and greater than the command's own.
-- +goose StatementBegin
CREATE FUNCTION remember_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE high_water SET id = (SELECT max(greatest(gone.id, gone.version)) FROM gone) WHERE id < (SELECT max(greatest(gone.id, gone.version)) FROM gone);
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER remember AFTER DELETE ON commands REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_versions();
