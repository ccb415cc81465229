-- +goose Up
-- What deleted accounts gave to others stays and names their ids, to which there is no row any more: reactions, votes, and the place of one of the two in a conversation.

ALTER TABLE reactions DROP CONSTRAINT reactions_user_id_fkey;
ALTER TABLE poll_votes DROP CONSTRAINT poll_votes_user_id_fkey;
ALTER TABLE direct_messages DROP CONSTRAINT direct_messages_user_id_fkey;

-- The one-time link by which a person sets a new password.
ALTER TABLE users
    ADD COLUMN reset_hash bytea,
    ADD COLUMN reset_expires timestamptz;
