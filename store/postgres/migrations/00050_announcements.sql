-- +goose Up
-- Published messages: which of them the channels that follow theirs are still to be told of, and where they arrived. Neither goes with the message: what became of it is to be told too.

CREATE TABLE announcements (
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    message_id bigint NOT NULL,
    published_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (channel_id, message_id)
);

CREATE TABLE announcement_copies (
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    message_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    copy_channel_id bigint NOT NULL,
    copy_message_id bigint NOT NULL,
    PRIMARY KEY (channel_id, message_id, webhook_id)
);
