-- +goose Up
-- Services that people sign in with (OpenID Connect), and who they are there.

CREATE TABLE oidc_providers (
    key text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    issuer text NOT NULL UNIQUE,
    client_id text NOT NULL,
    sealed_secret bytea,
    scopes text[] NOT NULL,
    groups_claim text NOT NULL,
    group_roles json NOT NULL,
    accounts text NOT NULL,
    email_domains text[] NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE identities (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    label text NOT NULL,
    linked_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
