package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptPoll is a poll as it will be read.
func keptPoll(poll *store.Poll) *store.Poll {
	if poll == nil {
		return nil
	}
	kept := *poll
	kept.Answers, kept.ExpiresAt = slices.Clone(poll.Answers), timeOf(moment(poll.ExpiresAt))
	return &kept
}

// pollEnd is when a poll is to end; NULL for none, and for one that has ended.
func pollEnd(poll *store.Poll) *time.Time {
	if poll == nil || poll.Ended {
		return nil
	}
	return moment(poll.ExpiresAt)
}

// lockPoll reads a message with a poll and keeps it from being changed by others.
func lockPoll(ctx context.Context, tx pgx.Tx, channelID, messageID id.ID) (store.Message, error) {
	return locked(ctx, tx, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2 AND poll IS NOT NULL FOR NO KEY UPDATE", []any{int64(channelID), int64(messageID)}, scanMessage)
}

// SetPollVotes implements store.Polls.
func (s *Store) SetPollVotes(ctx context.Context, channelID, messageID, userID id.ID, answers []int) (added, removed []int, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		message, err := lockPoll(ctx, tx, channelID, messageID)
		if err != nil {
			return err
		}
		if err := holdUsers(ctx, tx, userID); err != nil {
			return err
		}
		if message.Poll.Ended {
			return store.ErrSpent
		}
		for _, answer := range answers {
			if !slices.ContainsFunc(message.Poll.Answers, func(one store.PollAnswer) bool { return one.ID == answer }) {
				return store.ErrNotFound
			}
		}
		if answers == nil {
			answers = []int{}
		}
		collect := func(query string) ([]int, error) {
			found, err := tx.Query(ctx, query, int64(messageID), int64(userID), answers)
			if err != nil {
				return nil, err
			}
			changed, err := pgx.CollectRows(found, pgx.RowTo[int])
			slices.Sort(changed)
			return changed, err
		}
		if removed, err = collect("DELETE FROM poll_votes WHERE message_id = $1 AND user_id = $2 AND answer_id <> ALL($3::bigint[]) RETURNING answer_id"); err != nil {
			return err
		}
		added, err = collect("INSERT INTO poll_votes (message_id, user_id, answer_id) SELECT $1, $2, unnest($3::bigint[]) ON CONFLICT DO NOTHING RETURNING answer_id")
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return added, removed, nil
}

// PollVoters implements store.Polls.
func (s *Store) PollVoters(ctx context.Context, channelID, messageID id.ID, answer int, after id.ID, limit int) ([]id.ID, error) {
	return rows(ctx, s, `SELECT user_id FROM poll_votes WHERE message_id = $2 AND answer_id = $3 AND user_id > $4 AND EXISTS (SELECT FROM messages WHERE channel_id = $1 AND id = $2)
		ORDER BY user_id LIMIT $5`, []any{int64(channelID), int64(messageID), answer, int64(after), max(0, limit)}, scanID)
}

// PollResults implements store.Polls.
func (s *Store) PollResults(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]store.PollResult, error) {
	type result struct {
		message int64
		store.PollResult
	}
	found, err := rows(ctx, s, `SELECT messages.id, coalesce(answer_id, 0), count(user_id), coalesce(bool_or(user_id = $3), false) FROM messages LEFT JOIN poll_votes ON message_id = messages.id
		WHERE channel_id = $1 AND messages.id = ANY($2) AND poll IS NOT NULL GROUP BY messages.id, answer_id ORDER BY messages.id, answer_id`,
		[]any{int64(channelID), integers(messageIDs), int64(reader)}, func(row pgx.CollectableRow) (r result, err error) {
			return r, row.Scan(&r.message, &r.AnswerID, &r.Count, &r.Me)
		})
	if err != nil {
		return nil, err
	}
	all := make(map[id.ID][]store.PollResult)
	for _, one := range found {
		messageID := id.ID(one.message)
		if one.Count > 0 {
			all[messageID] = append(all[messageID], one.PollResult)
		} else if all[messageID] == nil {
			all[messageID] = []store.PollResult{}
		}
	}
	return all, nil
}

// EndPoll implements store.Polls.
func (s *Store) EndPoll(ctx context.Context, channelID, messageID id.ID) (message store.Message, ended bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if message, err = lockPoll(ctx, tx, channelID, messageID); err != nil {
			return err
		}
		if ended = !message.Poll.Ended; !ended {
			return nil
		}
		message.Poll.Ended = true
		text, err := plainJSON(message.Poll)
		if err != nil {
			return err
		}
		return execute(ctx, tx, "UPDATE messages SET poll = $3, poll_ends_at = NULL WHERE channel_id = $1 AND id = $2", int64(channelID), int64(messageID), text)
	})
	if err != nil {
		return store.Message{}, false, err
	}
	return message, ended, nil
}

// ExpiredPolls implements store.Polls.
func (s *Store) ExpiredPolls(ctx context.Context, now time.Time, limit int) ([]store.PollPlace, error) {
	return rows(ctx, s, "SELECT channel_id, id FROM messages WHERE poll_ends_at <= $1 LIMIT $2", []any{now.UTC(), max(0, limit)}, func(row pgx.CollectableRow) (store.PollPlace, error) {
		var channelID, messageID int64
		err := row.Scan(&channelID, &messageID)
		return store.PollPlace{ChannelID: id.ID(channelID), MessageID: id.ID(messageID)}, err
	})
}
