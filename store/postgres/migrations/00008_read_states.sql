-- +goose Up
-- How far people have read, and quick ways to the messages that mention somebody.

CREATE TABLE read_marks (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    message_id bigint NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX read_marks_channel ON read_marks (channel_id);

CREATE INDEX messages_mentions ON messages (channel_id, id) WHERE cardinality(mentions) > 0;
CREATE INDEX messages_mass_mentions ON messages (channel_id, id) WHERE mention_everyone OR cardinality(mention_roles) > 0;
