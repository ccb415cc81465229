package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// RecentMentions implements store.Mentions. In each channel the newest of each kind are found by an index of their own.
func (s *Store) RecentMentions(ctx context.Context, query store.MentionQuery) ([]store.Message, error) {
	const wanted = ` channel_id = place.channel_id AND ($3::bigint = 0 OR id < $3) AND author_id <> $2 AND NOT EXISTS (SELECT FROM dismissed_mentions d WHERE d.user_id = $2 AND d.message_id = messages.id) `
	return rows(ctx, s, `SELECT `+messageColumns+` FROM (SELECT DISTINCT ON (id) mentioning.* FROM unnest($1::bigint[]) AS place (channel_id) CROSS JOIN LATERAL (
			(SELECT * FROM messages WHERE`+wanted+`AND cardinality(mentions) > 0 AND mentions @> ARRAY[$2::bigint] ORDER BY id DESC LIMIT $6)
			UNION ALL
			(SELECT * FROM messages WHERE`+wanted+`AND (mention_everyone OR cardinality(mention_roles) > 0) AND ($4 AND mention_everyone OR mention_roles && $5::bigint[]) ORDER BY id DESC LIMIT $6)
		) AS mentioning ORDER BY id) AS found ORDER BY id DESC LIMIT $6`,
		[]any{integers(query.ChannelIDs), int64(query.UserID), int64(query.Before), query.Everyone, integers(query.RoleIDs), max(0, query.Limit)}, scanMessage)
}

// DismissMention implements store.Mentions.
func (s *Store) DismissMention(ctx context.Context, userID, messageID id.ID) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(userID)}, scanID); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO dismissed_mentions (user_id, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(userID), int64(messageID)); err != nil {
			return err
		}
		return execute(ctx, tx, `DELETE FROM dismissed_mentions WHERE user_id = $1 AND message_id < (SELECT message_id FROM dismissed_mentions WHERE user_id = $1
			ORDER BY message_id DESC OFFSET $2 LIMIT 1)`, int64(userID), store.MaxDismissed-1)
	})
}
