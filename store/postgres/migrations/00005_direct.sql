-- +goose Up
-- Conversations between people are channels without a server. pair_low and pair_high are the two people of a direct message, of whom there is one channel.

ALTER TABLE channels ALTER COLUMN server_id DROP NOT NULL;
ALTER TABLE channels ADD COLUMN owner_id bigint NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN pair_low bigint;
ALTER TABLE channels ADD COLUMN pair_high bigint;
CREATE UNIQUE INDEX channels_pair ON channels (pair_low, pair_high) WHERE pair_low IS NOT NULL;

CREATE TABLE direct_messages (
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users,
    hidden boolean NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX direct_messages_user ON direct_messages (user_id);
