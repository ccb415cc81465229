package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// columns gives marks as the arrays that unnest makes rows of.
func columns(marks []store.ReadMark) []any {
	users, channels, messages := make([]int64, len(marks)), make([]int64, len(marks)), make([]int64, len(marks))
	for i, mark := range marks {
		users[i], channels[i], messages[i] = int64(mark.UserID), int64(mark.ChannelID), int64(mark.MessageID)
	}
	return []any{users, channels, messages}
}

const unnestMarks = "unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS mark(user_id, channel_id, message_id, place)"

// SetReadMarks implements store.ReadStates. Of several marks of one place the last counts.
func (s *Store) SetReadMarks(ctx context.Context, marks []store.ReadMark) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, `INSERT INTO read_marks (user_id, channel_id, message_id)
			SELECT DISTINCT ON (mark.user_id, mark.channel_id) mark.user_id, mark.channel_id, mark.message_id FROM `+unnestMarks+`
			JOIN users ON users.id = mark.user_id JOIN channels ON channels.id = mark.channel_id ORDER BY mark.user_id, mark.channel_id, place DESC
			ON CONFLICT (user_id, channel_id) DO UPDATE SET message_id = excluded.message_id`, columns(marks)...)
	})
}

// DeleteReadMark implements store.ReadStates.
func (s *Store) DeleteReadMark(ctx context.Context, userID, channelID id.ID) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, "DELETE FROM pin_marks WHERE user_id = $1 AND channel_id = $2", int64(userID), int64(channelID)); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM read_marks WHERE user_id = $1 AND channel_id = $2", int64(userID), int64(channelID))
	})
}

// AdvancePinMark implements store.ReadStates.
func (s *Store) AdvancePinMark(ctx context.Context, mark store.PinMark) (advanced bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `INSERT INTO pin_marks (user_id, channel_id, seen_at) VALUES ($1, $2, $3)
			ON CONFLICT (user_id, channel_id) DO UPDATE SET seen_at = excluded.seen_at WHERE pin_marks.seen_at < excluded.seen_at`,
			int64(mark.UserID), int64(mark.ChannelID), moment(mark.At))
		advanced = err == nil && done.RowsAffected() == 1
		return err
	})
	return advanced && err == nil, err
}

// PinMarks implements store.ReadStates.
func (s *Store) PinMarks(ctx context.Context, userID id.ID) ([]store.PinMark, error) {
	return rows(ctx, s, "SELECT channel_id, seen_at FROM pin_marks WHERE user_id = $1 ORDER BY channel_id", []any{int64(userID)}, func(row pgx.CollectableRow) (store.PinMark, error) {
		var channelID int64
		var seen *time.Time
		err := row.Scan(&channelID, &seen)
		return store.PinMark{UserID: userID, ChannelID: id.ID(channelID), At: timeOf(seen)}, err
	})
}

// ReadMark implements store.ReadStates.
func (s *Store) ReadMark(ctx context.Context, userID, channelID id.ID) (store.ReadMark, error) {
	messageID, err := one(ctx, s, "SELECT message_id FROM read_marks WHERE user_id = $1 AND channel_id = $2", []any{int64(userID), int64(channelID)}, scanID)
	if err != nil {
		return store.ReadMark{}, err
	}
	return store.ReadMark{UserID: userID, ChannelID: channelID, MessageID: messageID}, nil
}

// ReadMarks implements store.ReadStates.
func (s *Store) ReadMarks(ctx context.Context, userID id.ID) ([]store.ReadMark, error) {
	return rows(ctx, s, "SELECT channel_id, message_id FROM read_marks WHERE user_id = $1 ORDER BY channel_id", []any{int64(userID)}, func(row pgx.CollectableRow) (store.ReadMark, error) {
		var channelID, messageID int64
		err := row.Scan(&channelID, &messageID)
		return store.ReadMark{UserID: userID, ChannelID: id.ID(channelID), MessageID: id.ID(messageID)}, err
	})
}

// countAfter counts the messages after each mark that fulfil a condition, at most most of each channel.
func (s *Store) countAfter(ctx context.Context, marks []store.ReadMark, most int, condition string) (map[id.ID]int, error) {
	type count struct {
		channel int64
		count   int
	}
	counted, err := rows(ctx, s, `SELECT mark.channel_id, newer.count FROM `+unnestMarks+` CROSS JOIN LATERAL
		(SELECT count(*) FROM (SELECT 1 FROM messages WHERE channel_id = mark.channel_id AND id > mark.message_id AND `+condition+` LIMIT $4) AS bounded) AS newer
		WHERE newer.count > 0`, append(columns(marks), most), func(row pgx.CollectableRow) (c count, err error) { return c, row.Scan(&c.channel, &c.count) })
	if err != nil {
		return nil, err
	}
	counts := make(map[id.ID]int, len(counted))
	for _, one := range counted {
		counts[id.ID(one.channel)] = one.count
	}
	return counts, nil
}

// CountMentions implements store.ReadStates.
func (s *Store) CountMentions(ctx context.Context, marks []store.ReadMark, most int) (map[id.ID]int, error) {
	return s.countAfter(ctx, marks, most, "cardinality(mentions) > 0 AND mentions @> ARRAY[mark.user_id]")
}

// CountMessages implements store.ReadStates.
func (s *Store) CountMessages(ctx context.Context, marks []store.ReadMark, most int) (map[id.ID]int, error) {
	return s.countAfter(ctx, marks, most, "author_id <> mark.user_id")
}

// MassMentions implements store.ReadStates.
func (s *Store) MassMentions(ctx context.Context, marks []store.ReadMark, most int) ([]store.MassMention, error) {
	return rows(ctx, s, `SELECT newer.channel_id, newer.id, newer.author_id, newer.mention_everyone, newer.mention_roles FROM `+unnestMarks+` CROSS JOIN LATERAL
		(SELECT * FROM messages WHERE channel_id = mark.channel_id AND id > mark.message_id AND (mention_everyone OR cardinality(mention_roles) > 0) ORDER BY id DESC LIMIT $4) AS newer
		ORDER BY place, newer.id DESC`, append(columns(marks), most), func(row pgx.CollectableRow) (store.MassMention, error) {
		var found store.MassMention
		var channelID, messageID, authorID int64
		var roles []int64
		err := row.Scan(&channelID, &messageID, &authorID, &found.Everyone, &roles)
		found.ChannelID, found.MessageID, found.AuthorID, found.RoleIDs = id.ID(channelID), id.ID(messageID), id.ID(authorID), idsOf(roles)
		return found, err
	})
}
