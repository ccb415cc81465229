package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type reportRecord struct {
	ChannelID  id.ID  `cbor:"1,keyasint,omitempty"`
	MessageID  id.ID  `cbor:"2,keyasint,omitempty"`
	ReporterID id.ID  `cbor:"3,keyasint,omitempty"`
	AuthorID   id.ID  `cbor:"4,keyasint,omitempty"`
	Content    string `cbor:"5,keyasint,omitempty"`
	Reason     string `cbor:"6,keyasint,omitempty"`
	ResolvedBy id.ID  `cbor:"7,keyasint,omitempty"`
}

func newReportRecord(report store.Report) reportRecord {
	return reportRecord{ChannelID: report.ChannelID, MessageID: report.MessageID, ReporterID: report.ReporterID, AuthorID: report.AuthorID, Content: report.Content, Reason: report.Reason,
		ResolvedBy: report.ResolvedBy}
}

func (r reportRecord) report(guildID, reportID id.ID) store.Report {
	return store.Report{ID: reportID, GuildID: guildID, ChannelID: r.ChannelID, MessageID: r.MessageID, ReporterID: r.ReporterID, AuthorID: r.AuthorID, Content: r.Content, Reason: r.Reason,
		ResolvedBy: r.ResolvedBy}
}

// CreateReport stores a report.
func (s *Store) CreateReport(ctx context.Context, report store.Report) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if report.GuildID != 0 {
			if err := need(tx.db, kindGuild.key(report.GuildID)); err != nil {
				return err
			}
		}
		open := kindOpenReport.key(report.GuildID, report.MessageID, report.ReporterID)
		if err := free(tx.db, open, "report"); err != nil {
			return err
		}
		tx.made(report.ID)
		tx.set(open, idValue(report.ID))
		return tx.put(kindReport.key(report.GuildID, report.ID), newReportRecord(report))
	})
}

// Reports gives a guild's reports.
func (s *Store) Reports(ctx context.Context, guildID id.ID, resolved bool, before id.ID, limit int) ([]store.Report, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	upper := after(kindReport.key(guildID))
	if before != 0 {
		upper = kindReport.key(guildID, before)
	}
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: kindReport.key(guildID), UpperBound: upper})
	if err != nil {
		return nil, err
	}
	reports := []store.Report{}
	for there := cursor.Last(); there && err == nil && len(reports) < limit; there = cursor.Prev() {
		var value []byte
		var record reportRecord
		if value, err = cursor.ValueAndErr(); err == nil {
			if err = checkKey(cursor.Key(), 2); err == nil {
				record, err = decode[reportRecord](cursor.Key(), value)
			}
		}
		if err == nil && (resolved || record.ResolvedBy == 0) {
			reports = append(reports, record.report(guildID, idAt(cursor.Key(), 1)))
		}
	}
	if err := errors.Join(err, cursor.Error(), cursor.Close()); err != nil {
		return nil, err
	}
	return reports, nil
}

// ResolveReport notes who dealt with a report.
func (s *Store) ResolveReport(ctx context.Context, guildID, reportID, resolvedBy id.ID) (store.Report, error) {
	var record reportRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		key := kindReport.key(guildID, reportID)
		if record, err = get[reportRecord](tx.db, key); err != nil {
			return err
		}
		record.ResolvedBy = resolvedBy
		open := kindOpenReport.key(guildID, record.MessageID, record.ReporterID)
		if resolvedBy == 0 {
			tx.set(open, idValue(reportID))
		} else {
			tx.delete(open)
		}
		return tx.put(key, record)
	})
	if err != nil {
		return store.Report{}, err
	}
	return record.report(guildID, reportID), nil
}
