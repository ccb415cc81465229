package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptCall is a call as it will be read.
func keptCall(call *store.Call) *store.Call {
	if call == nil {
		return nil
	}
	return &store.Call{Participants: slices.Clone(call.Participants), EndedAt: timeOf(moment(call.EndedAt))}
}

// OpenCalls implements store.Calls. A call that goes on has the zero time for an end.
func (s *Store) OpenCalls(ctx context.Context, limit int) ([]store.MessagePlace, error) {
	return rows(ctx, s, "SELECT channel_id, id FROM messages WHERE call IS NOT NULL AND call->>'EndedAt' = '0001-01-01T00:00:00Z' LIMIT $1", []any{max(0, limit)}, func(row pgx.CollectableRow) (store.MessagePlace, error) {
		var channelID, messageID int64
		err := row.Scan(&channelID, &messageID)
		return store.MessagePlace{ChannelID: id.ID(channelID), MessageID: id.ID(messageID)}, err
	})
}
