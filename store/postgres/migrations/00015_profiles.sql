-- +goose Up
-- What people and guilds show of themselves, and what a guild pauses while it is raided.

ALTER TABLE users
    ADD COLUMN avatar text NOT NULL DEFAULT '',
    ADD COLUMN banner text NOT NULL DEFAULT '',
    ADD COLUMN accent_color bigint,
    ADD COLUMN bio text NOT NULL DEFAULT '',
    ADD COLUMN pronouns text NOT NULL DEFAULT '';

ALTER TABLE servers
    ADD COLUMN icon text NOT NULL DEFAULT '',
    ADD COLUMN banner text NOT NULL DEFAULT '',
    ADD COLUMN invites_paused_until timestamptz,
    ADD COLUMN dms_paused_until timestamptz;
