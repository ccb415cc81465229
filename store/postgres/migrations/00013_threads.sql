-- +goose Up
-- Threads are channels, with a row more. What a forum says of its posts is in the channel's row.

ALTER TABLE channels ADD COLUMN flags bigint NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN default_auto_archive bigint NOT NULL DEFAULT 0; -- in minutes
ALTER TABLE channels ADD COLUMN default_thread_rate_limit bigint NOT NULL DEFAULT 0; -- in seconds
ALTER TABLE channels ADD COLUMN forum jsonb;

CREATE TABLE threads (
    channel_id bigint PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
    archived boolean NOT NULL,
    archived_at timestamptz,
    auto_archive bigint NOT NULL, -- in minutes
    locked boolean NOT NULL,
    invitable boolean NOT NULL,
    created_at timestamptz,
    applied_tags bigint[],
    message_count bigint NOT NULL,
    total_message_sent bigint NOT NULL,
    newest_message_id bigint NOT NULL
);
CREATE INDEX threads_active ON threads (channel_id) WHERE NOT archived;

CREATE TABLE thread_members (
    channel_id bigint NOT NULL REFERENCES threads ON DELETE CASCADE,
    server_id bigint NOT NULL,
    user_id bigint NOT NULL,
    joined_at timestamptz,
    PRIMARY KEY (channel_id, user_id),
    FOREIGN KEY (server_id, user_id) REFERENCES server_members ON DELETE CASCADE
);
CREATE INDEX thread_members_user ON thread_members (server_id, user_id, channel_id);

-- A server's channels without its threads, of which there may be far more; and the threads of a server and of a channel.
CREATE INDEX channels_plain ON channels (server_id, id) WHERE type NOT IN (10, 11, 12);
CREATE INDEX channels_threads ON channels (server_id, id) WHERE type IN (10, 11, 12);
CREATE INDEX channels_children ON channels (parent_id, id) WHERE type IN (10, 11, 12);
