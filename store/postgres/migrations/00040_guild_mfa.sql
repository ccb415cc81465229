-- +goose Up
-- Whether what moderators of a server do takes a second factor.

ALTER TABLE servers ADD COLUMN mfa_level bigint NOT NULL DEFAULT 0;
