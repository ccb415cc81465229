-- +goose Up
-- Which pins people have seen: when the newest of them was set. And where in its thread a message stands.

CREATE TABLE pin_marks (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX pin_marks_channel ON pin_marks (channel_id);

ALTER TABLE messages ADD COLUMN position bigint NOT NULL DEFAULT 0;
