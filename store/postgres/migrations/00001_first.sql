-- +goose Up
-- Ids are snowflakes below 2^63. Permission and flag bits use all 64 bits of a bigint. An empty time is NULL.

CREATE TABLE hall (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    name text NOT NULL,
    registration text NOT NULL,
    owner_id bigint NOT NULL DEFAULT 0,
    setup_hash bytea,
    setup_expires timestamptz
);
INSERT INTO hall (name, registration) VALUES ('Guildhall', 'invite');

CREATE TABLE users (
    id bigint PRIMARY KEY,
    username text NOT NULL,
    global_name text NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    bot boolean NOT NULL,
    disabled boolean NOT NULL,
    flags bigint NOT NULL,
    locale text NOT NULL,
    password_changed_at timestamptz
);
CREATE UNIQUE INDEX users_username ON users (username, bot);
CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';

CREATE TABLE login_sessions (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    secret bytea,
    generation bigint NOT NULL,
    retry_hash bytea,
    created_at timestamptz,
    rotated_at timestamptz,
    expires_at timestamptz,
    user_agent text NOT NULL,
    address text NOT NULL
);
CREATE INDEX login_sessions_user ON login_sessions (user_id);
CREATE INDEX login_sessions_expires ON login_sessions (expires_at);

CREATE TABLE bots (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    owner_id bigint NOT NULL REFERENCES users,
    description text NOT NULL,
    token_hash bytea,
    flags bigint NOT NULL,
    public boolean NOT NULL,
    verify_key bytea,
    private_key bytea
);
CREATE INDEX bots_owner ON bots (owner_id);

CREATE TABLE servers (
    id bigint PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES users,
    name text NOT NULL,
    description text NOT NULL,
    verification_level integer NOT NULL,
    default_message_notifications integer NOT NULL,
    explicit_content_filter integer NOT NULL,
    afk_timeout integer NOT NULL,
    afk_channel_id bigint NOT NULL,
    system_channel_id bigint NOT NULL,
    system_channel_flags integer NOT NULL,
    rules_channel_id bigint NOT NULL,
    preferred_locale text NOT NULL
);

CREATE TABLE channels (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    type integer NOT NULL,
    name text NOT NULL,
    topic text NOT NULL,
    position integer NOT NULL,
    parent_id bigint NOT NULL,
    nsfw boolean NOT NULL,
    rate_limit_per_user integer NOT NULL,
    bitrate integer NOT NULL,
    user_limit integer NOT NULL
);
CREATE INDEX channels_server ON channels (server_id, id);
CREATE INDEX channels_parent ON channels (parent_id) WHERE parent_id <> 0;

CREATE TABLE channel_overwrites (
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    target_id bigint NOT NULL,
    type integer NOT NULL,
    allow bigint NOT NULL,
    deny bigint NOT NULL,
    PRIMARY KEY (channel_id, target_id)
);
CREATE INDEX channel_overwrites_target ON channel_overwrites (target_id);

CREATE TABLE roles (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    name text NOT NULL,
    color integer NOT NULL,
    hoist boolean NOT NULL,
    position integer NOT NULL,
    permissions bigint NOT NULL,
    managed boolean NOT NULL,
    mentionable boolean NOT NULL,
    bot_id bigint NOT NULL,
    UNIQUE (server_id, id)
);

CREATE TABLE server_members (
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users,
    nick text NOT NULL,
    joined_at timestamptz,
    deaf boolean NOT NULL,
    mute boolean NOT NULL,
    timed_out_until timestamptz,
    flags bigint NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX server_members_user ON server_members (user_id);

CREATE TABLE member_roles (
    server_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role_id bigint NOT NULL,
    PRIMARY KEY (server_id, user_id, role_id),
    FOREIGN KEY (server_id, user_id) REFERENCES server_members ON DELETE CASCADE,
    FOREIGN KEY (server_id, role_id) REFERENCES roles (server_id, id) ON DELETE CASCADE
);
CREATE INDEX member_roles_role ON member_roles (server_id, role_id);

CREATE TABLE invites (
    code text PRIMARY KEY,
    server_id bigint NOT NULL REFERENCES servers ON DELETE CASCADE,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    inviter_id bigint NOT NULL,
    created_at timestamptz,
    max_age integer NOT NULL,
    max_uses integer NOT NULL,
    uses integer NOT NULL,
    temporary boolean NOT NULL
);
CREATE INDEX invites_server ON invites (server_id);
CREATE INDEX invites_channel ON invites (channel_id);

CREATE TABLE messages (
    id bigint PRIMARY KEY,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    server_id bigint NOT NULL,
    author_id bigint NOT NULL,
    type integer NOT NULL,
    content text NOT NULL,
    edited_at timestamptz,
    tts boolean NOT NULL,
    flags bigint NOT NULL,
    mentions bigint[],
    mention_roles bigint[],
    mention_everyone boolean NOT NULL,
    embeds jsonb,
    reference jsonb,
    nonce text NOT NULL
);
CREATE UNIQUE INDEX messages_channel ON messages (channel_id, id);

CREATE TABLE message_nonces (
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    author_id bigint NOT NULL,
    nonce text NOT NULL,
    message_id bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (channel_id, author_id, nonce)
);
CREATE INDEX message_nonces_message ON message_nonces (message_id);

CREATE TABLE voice_sessions (
    id bigint PRIMARY KEY,
    server_id bigint NOT NULL,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    user_id bigint NOT NULL,
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX voice_sessions_channel ON voice_sessions (channel_id, id);
CREATE INDEX voice_sessions_open ON voice_sessions (id) WHERE ended_at IS NULL;

CREATE TABLE workers (
    node integer PRIMARY KEY,
    holder text NOT NULL,
    until bigint NOT NULL
);

-- The greatest id that was ever deleted: together with the greatest that is there it is the greatest ever stored.
CREATE TABLE high_water (id bigint NOT NULL);
INSERT INTO high_water VALUES (0);

-- +goose StatementBegin
CREATE FUNCTION remember_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE high_water SET id = (SELECT max(id) FROM gone) WHERE id < (SELECT max(id) FROM gone);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER remember AFTER DELETE ON users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON login_sessions REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON servers REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON channels REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON roles REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
CREATE TRIGGER remember AFTER DELETE ON voice_sessions REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted();
