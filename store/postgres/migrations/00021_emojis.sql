-- +goose Up
-- The emoji of servers, and the roles of which somebody must hold one to use them.

CREATE TABLE emojis (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    creator_id bigint NOT NULL,
    name text NOT NULL,
    picture jsonb,
    UNIQUE (server_id, id)
);

CREATE TABLE emoji_roles (
    server_id bigint NOT NULL,
    emoji_id bigint NOT NULL,
    role_id bigint NOT NULL,
    PRIMARY KEY (emoji_id, role_id),
    FOREIGN KEY (server_id, emoji_id) REFERENCES emojis (server_id, id) ON DELETE CASCADE,
    FOREIGN KEY (server_id, role_id) REFERENCES roles (server_id, id) ON DELETE CASCADE
);
CREATE INDEX emoji_roles_role ON emoji_roles (server_id, role_id);

CREATE TRIGGER take_pictures AFTER DELETE ON emojis REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION take_pictures();
CREATE TRIGGER remember AFTER DELETE ON emojis REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
