package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const reportColumns = "id, server_id, channel_id, message_id, reporter_id, author_id, content, reason, resolved_by"

func scanReport(row pgx.CollectableRow) (store.Report, error) {
	var report store.Report
	var reportID, channelID, messageID, reporterID, authorID, resolvedBy int64
	var guildID *int64
	err := row.Scan(&reportID, &guildID, &channelID, &messageID, &reporterID, &authorID, &report.Content, &report.Reason, &resolvedBy)
	report.ID, report.ChannelID, report.MessageID, report.ReporterID = id.ID(reportID), id.ID(channelID), id.ID(messageID), id.ID(reporterID)
	report.AuthorID, report.ResolvedBy = id.ID(authorID), id.ID(resolvedBy)
	if guildID != nil {
		report.GuildID = id.ID(*guildID)
	}
	return report, err
}

// CreateReport implements store.Reports.
func (s *Store) CreateReport(ctx context.Context, report store.Report) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "INSERT INTO reports ("+reportColumns+") VALUES ($1, nullif($2::bigint, 0), $3, $4, $5, $6, $7, $8, $9)", int64(report.ID), int64(report.GuildID), int64(report.ChannelID),
			int64(report.MessageID), int64(report.ReporterID), int64(report.AuthorID), report.Content, report.Reason, int64(report.ResolvedBy))
	})
}

// Reports implements store.Reports.
func (s *Store) Reports(ctx context.Context, guildID id.ID, resolved bool, before id.ID, limit int) ([]store.Report, error) {
	return rows(ctx, s, "SELECT "+reportColumns+` FROM reports WHERE coalesce(server_id, 0) = $1::bigint AND ($2 OR resolved_by = 0) AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4`,
		[]any{int64(guildID), resolved, int64(before), max(0, limit)}, scanReport)
}

// ResolveReport implements store.Reports.
func (s *Store) ResolveReport(ctx context.Context, guildID, reportID, resolvedBy id.ID) (report store.Report, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		report, err = locked(ctx, tx, "UPDATE reports SET resolved_by = $3 WHERE coalesce(server_id, 0) = $1::bigint AND id = $2 RETURNING "+reportColumns,
			[]any{int64(guildID), int64(reportID), int64(resolvedBy)}, scanReport)
		return err
	})
	if err != nil {
		return store.Report{}, err
	}
	return report, nil
}
