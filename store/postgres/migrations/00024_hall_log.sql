-- +goose Up
-- What those who run the hall did. The accounts and servers that entries name may be gone.

CREATE TABLE hall_entries (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    act text NOT NULL,
    target_id bigint NOT NULL,
    details json NOT NULL,
    reason text NOT NULL
);

CREATE TRIGGER remember AFTER DELETE ON hall_entries REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
