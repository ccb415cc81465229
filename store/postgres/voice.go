package postgres

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const voiceColumns = "id, server_id, channel_id, user_id, started_at, ended_at"

func scanVoice(row pgx.CollectableRow) (store.VoiceSession, error) {
	var session store.VoiceSession
	var sessionID, guildID, channelID, userID int64
	var started, ended *time.Time
	err := row.Scan(&sessionID, &guildID, &channelID, &userID, &started, &ended)
	session.ID, session.GuildID, session.ChannelID, session.UserID = id.ID(sessionID), id.ID(guildID), id.ID(channelID), id.ID(userID)
	session.StartedAt, session.EndedAt = timeOf(started), timeOf(ended)
	return session, err
}

// lightly runs a transaction that need not wait for the disk.
func (s *Store) lightly(ctx context.Context, work func(pgx.Tx) error) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, "SET LOCAL synchronous_commit = off"); err != nil {
			return err
		}
		return work(tx)
	})
}

// StartVoiceSession implements store.Voice.
func (s *Store) StartVoiceSession(ctx context.Context, session store.VoiceSession) error {
	return s.lightly(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "INSERT INTO voice_sessions (id, server_id, channel_id, user_id, started_at) VALUES ($1, $2, $3, $4, $5)", int64(session.ID), int64(session.GuildID),
			int64(session.ChannelID), int64(session.UserID), moment(session.StartedAt))
	})
}

// EndVoiceSession implements store.Voice.
func (s *Store) EndVoiceSession(ctx context.Context, sessionID id.ID, endedAt time.Time) error {
	return s.lightly(ctx, func(tx pgx.Tx) error {
		return changeOne(ctx, tx, "UPDATE voice_sessions SET ended_at = coalesce(ended_at, $2) WHERE id = $1", int64(sessionID), moment(endedAt))
	})
}

// EndAllVoiceSessions implements store.Voice.
func (s *Store) EndAllVoiceSessions(ctx context.Context, endedAt time.Time) (int, error) {
	return s.sweep(ctx, "UPDATE voice_sessions SET ended_at = $1 WHERE ended_at IS NULL", moment(endedAt))
}

// VoiceSessions implements store.Voice.
func (s *Store) VoiceSessions(ctx context.Context, channelID, before id.ID, limit int) ([]store.VoiceSession, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return rows(ctx, s, "SELECT "+voiceColumns+" FROM voice_sessions WHERE channel_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", []any{int64(channelID), int64(before), limit}, scanVoice)
}
