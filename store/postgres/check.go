package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
)

// checks are what foreign keys do not see to: each is a query for the ids of what is wrong, and the words for one of them.
var checks = []struct{ words, query string }{
	{"the owner %s of the hall is not there", "SELECT owner_id::text FROM hall WHERE owner_id <> 0 AND NOT EXISTS (SELECT FROM users WHERE id = owner_id)"},
	{"the account %s is a bot's on one side only", "SELECT users.id::text FROM bots JOIN users ON users.id = bots.user_id WHERE NOT users.bot"},
	{"the application %s is installed with a role that is not its own", `SELECT application_id::text FROM installations WHERE role_id <> 0 AND (NOT EXISTS (SELECT FROM roles
		WHERE roles.id = role_id AND roles.server_id = installations.server_id AND bot_id = application_id AND managed)
		OR NOT EXISTS (SELECT FROM server_members AS member WHERE member.server_id = installations.server_id AND member.user_id = application_id))`},
	{"the account %s is said to have a second factor on one side only", `SELECT coalesce(users.id, two_factors.user_id)::text FROM (SELECT id FROM users WHERE mfa) AS users
		FULL JOIN two_factors ON two_factors.user_id = users.id WHERE users.id IS NULL OR two_factors.user_id IS NULL`},
	{"the server %s has a special channel that is not its own", `SELECT id::text FROM servers WHERE EXISTS (SELECT FROM unnest(ARRAY[afk_channel_id, system_channel_id, rules_channel_id]) AS special(id)
		WHERE special.id <> 0 AND NOT EXISTS (SELECT FROM channels WHERE channels.id = special.id AND server_id = servers.id))`},
	{"the channel %s is in another one that is not of its server", `SELECT id::text FROM channels AS inner_one WHERE parent_id <> 0
		AND NOT EXISTS (SELECT FROM channels WHERE channels.id = inner_one.parent_id AND channels.server_id = inner_one.server_id)`},
	{"the channel %s is a thread on one side only", `SELECT coalesce(channels.id, threads.channel_id)::text FROM (SELECT id FROM channels WHERE type IN ` + threadTypes + `) AS channels
		FULL JOIN threads ON threads.channel_id = channels.id WHERE channels.id IS NULL OR threads.channel_id IS NULL`},
	{"the thread %s counts more messages than were sent", "SELECT channel_id::text FROM threads WHERE message_count < 0 OR message_count > total_message_sent"},
	{"the thread %s has members of another server", `SELECT DISTINCT channel_id::text FROM thread_members JOIN channels ON channels.id = channel_id WHERE channels.server_id IS DISTINCT FROM thread_members.server_id`},
	{"the conversation %s is one that nobody is in", `SELECT id::text FROM channels WHERE server_id IS NULL
		AND NOT EXISTS (SELECT FROM direct_messages JOIN users ON users.id = user_id WHERE channel_id = channels.id)`},
	{"the group %s has somebody in it who is not there", `SELECT DISTINCT channel_id::text FROM direct_messages JOIN channels ON channels.id = channel_id
		WHERE pair_low IS NULL AND NOT EXISTS (SELECT FROM users WHERE users.id = user_id)`},
	{"the conversation %s is not with those whose it is", `SELECT id::text FROM channels WHERE pair_low IS NOT NULL
		AND ARRAY(SELECT user_id FROM direct_messages WHERE channel_id = channels.id ORDER BY user_id) <> ARRAY[pair_low, pair_high]`},
	{"the channel %s of a server has people of its own", "SELECT DISTINCT channel_id::text FROM direct_messages JOIN channels ON channels.id = channel_id WHERE server_id IS NOT NULL"},
	{"the account %s is banned from a server that it is in", "SELECT user_id::text FROM bans JOIN server_members USING (server_id, user_id)"},
	{"the nonce of the message %s is of another channel", "SELECT message_id::text FROM message_nonces AS nonce JOIN messages ON messages.id = message_id WHERE messages.channel_id <> nonce.channel_id"},
	{"the attachment %s is not on the message that it hangs on", `SELECT attachments.id::text FROM attachments JOIN messages ON messages.id = message_id
		WHERE messages.channel_id <> attachments.channel_id OR NOT EXISTS (SELECT FROM (` + messageFiles + `) AS file WHERE (file.one->>'ID')::bigint = attachments.id)`},
	{"the message %s has a file that is not among the attachments", `SELECT DISTINCT messages.id::text FROM messages CROSS JOIN LATERAL (` + messageFiles + `) AS file
		WHERE NOT EXISTS (SELECT FROM attachments WHERE attachments.id = (file.one->>'ID')::bigint AND message_id = messages.id)`},
	{"the attachment %s counts for somebody who is not there", "SELECT id::text FROM attachments WHERE user_id <> 0 AND NOT EXISTS (SELECT FROM users WHERE users.id = user_id)"},
	{"the blob %s is kept, and nothing names it", `SELECT blob FROM kept_bytes WHERE NOT EXISTS (SELECT FROM attachments WHERE attachments.hash = kept_bytes.hash)
		AND NOT EXISTS (SELECT FROM uploads WHERE uploads.hash = kept_bytes.hash) AND NOT EXISTS (SELECT FROM pictures WHERE pictures.hash = kept_bytes.hash)`},
	{"the picture %s is shown on one side only", `SELECT coalesce(says.place, named.place) || ' of ' || coalesce(says.owner_id, named.owner_id) FROM (` + picturesShown + `) AS says
		FULL JOIN pictures AS named USING (owner_id, server_id, place) WHERE named.hash IS NULL OR says.picture IS NULL OR says.picture->>'Hash' <> encode(named.hash, 'hex')
		OR says.picture->>'Blob' <> (SELECT blob FROM kept_bytes WHERE kept_bytes.hash = named.hash)`},
	{"something is set about the command %s, which is not there", `SELECT target_id::text FROM command_permissions AS set WHERE target_id <> application_id AND NOT EXISTS (SELECT FROM commands
		WHERE commands.id = target_id AND commands.application_id = set.application_id AND coalesce(commands.server_id, set.server_id) = set.server_id)`},
	{"the blob %s is named, and in the trash", "SELECT blob FROM lost_blobs WHERE blob IN (SELECT blob FROM kept_bytes) OR blob IN (SELECT blob FROM upload_parts)"},
}

// picturesShown are all pictures, as the rows that show them say.
const picturesShown = `SELECT * FROM (
	SELECT id AS owner_id, 0::bigint AS server_id, 'avatar' AS place, avatar AS picture FROM users UNION ALL SELECT id, 0, 'banner', banner FROM users
	UNION ALL SELECT id, 0, 'icon', icon FROM servers UNION ALL SELECT id, 0, 'banner', banner FROM servers
	UNION ALL SELECT id, 0, 'splash', splash FROM servers UNION ALL SELECT id, 0, 'discovery_splash', discovery_splash FROM servers
	UNION ALL SELECT user_id, server_id, 'avatar', avatar FROM server_members UNION ALL SELECT user_id, server_id, 'banner', banner FROM server_members
	UNION ALL SELECT id, 0, 'role_icon', icon FROM roles UNION ALL SELECT id, 0, 'icon', icon FROM channels UNION ALL SELECT id, 0, 'emoji', picture FROM emojis
	UNION ALL SELECT user_id, 0, 'cover', cover FROM bots UNION ALL SELECT id, 0, 'emoji', picture FROM application_emojis
	UNION ALL SELECT id, 0, 'avatar', avatar FROM webhooks) AS every WHERE picture IS NOT NULL`

// messageFiles are the files of a message, and of what it forwards, as they are in its row.
const messageFiles = `SELECT jsonb_array_elements(CASE jsonb_typeof(attachments_of) WHEN 'array' THEN attachments_of ELSE '[]' END) AS one
	FROM unnest(ARRAY[messages.attachments, messages.reference->'Snapshot'->'Attachments']) AS attachments_of`

// Check implements store.Checks.
func (s *Store) Check(ctx context.Context) (problems []store.Problem, err error) {
	err = s.retry(ctx, func() error {
		problems = []store.Problem{}
		return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			for _, check := range checks {
				found, err := collect(ctx, tx, check.query+fmt.Sprintf(" LIMIT %d", store.MaxProblems-len(problems)), nil, pgx.RowTo[string])
				if err != nil {
					return fmt.Errorf("looking whether %q: %w", check.words, err)
				}
				for _, one := range found {
					problems = append(problems, store.Problem(fmt.Sprintf(check.words, one)))
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, s.fail(err)
	}
	return problems, nil
}

// Census implements store.Checks. The kinds are the tables.
func (s *Store) Census(ctx context.Context) (census map[string]int, err error) {
	err = s.retry(ctx, func() error {
		census = make(map[string]int)
		return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			tables, err := collect(ctx, tx, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", nil, pgx.RowTo[string])
			if err != nil {
				return err
			}
			for _, table := range tables {
				var count int
				if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&count); err != nil {
					return err
				}
				census[table] = count
			}
			return nil
		})
	})
	if err != nil {
		return nil, s.fail(err)
	}
	return census, nil
}

// NamedBlobs implements store.Checks.
func (s *Store) NamedBlobs(ctx context.Context, after string, limit int) ([]string, error) {
	return rows(ctx, s, `SELECT blob FROM (SELECT blob FROM kept_bytes UNION ALL SELECT blob FROM upload_parts) AS named WHERE blob COLLATE "C" > $1 ORDER BY blob COLLATE "C" LIMIT $2`,
		[]any{after, max(0, limit)}, pgx.RowTo[string])
}
