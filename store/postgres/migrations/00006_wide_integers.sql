-- +goose Up
-- Whatever is an int in the program has the 64 bits of one.

ALTER TABLE servers
    ALTER COLUMN verification_level TYPE bigint,
    ALTER COLUMN default_message_notifications TYPE bigint,
    ALTER COLUMN explicit_content_filter TYPE bigint,
    ALTER COLUMN afk_timeout TYPE bigint,
    ALTER COLUMN system_channel_flags TYPE bigint;

ALTER TABLE channels
    ALTER COLUMN type TYPE bigint,
    ALTER COLUMN position TYPE bigint,
    ALTER COLUMN rate_limit_per_user TYPE bigint,
    ALTER COLUMN bitrate TYPE bigint,
    ALTER COLUMN user_limit TYPE bigint;

ALTER TABLE channel_overwrites ALTER COLUMN type TYPE bigint;

ALTER TABLE roles
    ALTER COLUMN color TYPE bigint,
    ALTER COLUMN position TYPE bigint;

ALTER TABLE invites
    ALTER COLUMN max_age TYPE bigint,
    ALTER COLUMN max_uses TYPE bigint,
    ALTER COLUMN uses TYPE bigint;

ALTER TABLE messages ALTER COLUMN type TYPE bigint;

ALTER TABLE workers ALTER COLUMN node TYPE bigint;
