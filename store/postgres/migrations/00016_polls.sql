-- +goose Up
-- Polls and components of messages, and what people choose in polls.

ALTER TABLE messages
    ADD COLUMN poll json,
    ADD COLUMN poll_ends_at timestamptz, -- NULL for none, and for one that has ended
    ADD COLUMN components json;
CREATE INDEX messages_open_polls ON messages (poll_ends_at) WHERE poll_ends_at IS NOT NULL;

CREATE TABLE poll_votes (
    message_id bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    answer_id bigint NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (message_id, answer_id, user_id)
);
CREATE INDEX poll_votes_user ON poll_votes (user_id);
