-- +goose Up
-- What people set for themselves, and about guilds; without a guild it is about conversations between people.

CREATE TABLE user_settings (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    settings json NOT NULL
);

CREATE TABLE server_settings (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    server_id bigint REFERENCES servers ON DELETE CASCADE,
    settings json NOT NULL
);
CREATE UNIQUE INDEX server_settings_place ON server_settings (user_id, coalesce(server_id, 0));
CREATE INDEX server_settings_server ON server_settings (server_id);

-- Mentions that people do not want to see any more.
CREATE TABLE dismissed_mentions (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    message_id bigint NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
