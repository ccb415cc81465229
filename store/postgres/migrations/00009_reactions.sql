-- +goose Up
-- Reactions. emoji is what makes a kind: a guild's own emoji is known by its id alone, another by its characters.

CREATE TABLE reactions (
    message_id bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    emoji_id bigint NOT NULL,
    emoji text NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL,
    animated boolean NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (message_id, emoji_id, emoji, user_id)
);
CREATE INDEX reactions_user ON reactions (user_id);
