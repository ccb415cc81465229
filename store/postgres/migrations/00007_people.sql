-- +goose Up
-- How accounts stand to each other, each of the two with a row of their own, and what they note about others.

CREATE TABLE friendships (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    other_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    type bigint NOT NULL,
    nickname text NOT NULL,
    since timestamptz,
    PRIMARY KEY (user_id, other_id)
);
CREATE INDEX friendships_other ON friendships (other_id);

CREATE TABLE notes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    about_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    note text NOT NULL,
    PRIMARY KEY (user_id, about_id)
);
CREATE INDEX notes_about ON notes (about_id);
