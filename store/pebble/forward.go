package pebble

import (
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type snapshotRecord struct {
	Type         int                `cbor:"1,keyasint,omitempty"`
	Content      string             `cbor:"2,keyasint,omitempty"`
	SentAt       moment             `cbor:"3,keyasint,omitempty"`
	EditedAt     moment             `cbor:"4,keyasint,omitempty"`
	Flags        uint64             `cbor:"5,keyasint,omitempty"`
	Mentions     []id.ID            `cbor:"6,keyasint,omitempty"`
	MentionRoles []id.ID            `cbor:"7,keyasint,omitempty"`
	Embeds       []embedRecord      `cbor:"8,keyasint,omitempty"`
	Attachments  []attachmentRecord `cbor:"9,keyasint,omitempty"`
}

func newSnapshotRecord(snapshot *store.MessageSnapshot) *snapshotRecord {
	if snapshot == nil {
		return nil
	}
	record := &snapshotRecord{
		Type: int(snapshot.Type), Content: snapshot.Content, SentAt: toMoment(snapshot.SentAt), EditedAt: toMoment(snapshot.EditedAt), Flags: uint64(snapshot.Flags),
		Mentions: slices.Clone(snapshot.Mentions), MentionRoles: slices.Clone(snapshot.MentionRoles),
	}
	for i := range snapshot.Embeds {
		record.Embeds = append(record.Embeds, newEmbedRecord(&snapshot.Embeds[i]))
	}
	record.Attachments = newAttachmentRecords(snapshot.Attachments)
	return record
}

func (r *snapshotRecord) snapshot() *store.MessageSnapshot {
	if r == nil {
		return nil
	}
	snapshot := &store.MessageSnapshot{
		Type: store.MessageType(r.Type), Content: r.Content, SentAt: r.SentAt.time(), EditedAt: r.EditedAt.time(), Flags: store.MessageFlags(r.Flags),
		Mentions: r.Mentions, MentionRoles: r.MentionRoles,
	}
	for i := range r.Embeds {
		snapshot.Embeds = append(snapshot.Embeds, r.Embeds[i].embed())
	}
	snapshot.Attachments = attachmentsOf(r.Attachments)
	return snapshot
}
