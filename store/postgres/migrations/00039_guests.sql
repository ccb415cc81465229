-- +goose Up
-- Guests: people who came in by an invite with nothing but a name.

ALTER TABLE users ADD COLUMN guest boolean NOT NULL DEFAULT false;
CREATE INDEX users_guest ON users (id) WHERE guest;

ALTER TABLE hall ADD COLUMN guests boolean NOT NULL DEFAULT false;
