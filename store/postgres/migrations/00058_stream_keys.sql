-- +goose Up
-- Programs such as OBS show a stream in somebody's name with a key of theirs, of which the SHA-256 is kept.

ALTER TABLE users ADD COLUMN stream_key_hash bytea;
