package postgres

import (
	"slices"

	"guildhall/store"
)

// keptEmbeds are embeds as they will be read: the caller's own, with their times as they are kept.
func keptEmbeds(embeds []store.Embed) []store.Embed {
	kept := slices.Clone(embeds)
	for i := range kept {
		kept[i].Timestamp = timeOf(moment(kept[i].Timestamp))
		kept[i].Fields = slices.Clone(kept[i].Fields)
	}
	return kept
}

// keptReference is a reference as it will be read, with the snapshot in it.
func keptReference(reference *store.MessageReference) *store.MessageReference {
	if reference == nil {
		return nil
	}
	kept := *reference
	if reference.Snapshot != nil {
		snapshot := *reference.Snapshot
		snapshot.SentAt, snapshot.EditedAt = timeOf(moment(snapshot.SentAt)), timeOf(moment(snapshot.EditedAt))
		snapshot.Mentions, snapshot.MentionRoles = slices.Clone(snapshot.Mentions), slices.Clone(snapshot.MentionRoles)
		snapshot.Embeds = keptEmbeds(snapshot.Embeds)
		snapshot.Attachments = keptAttachments(snapshot.Attachments)
		kept.Snapshot = &snapshot
	}
	return &kept
}
