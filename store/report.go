package store

import (
	"context"

	"guildhall/store/id"
)

// Report is what somebody tells moderators of a message.
type Report struct {
	ID id.ID
	// GuildID is zero for messages between people: those go to the hall's owner.
	GuildID    id.ID
	ChannelID  id.ID
	MessageID  id.ID
	ReporterID id.ID
	AuthorID   id.ID
	// Content is what the message said when it was reported: it may be changed or deleted since.
	Content string
	// Reason is at most 512 characters; may be empty.
	Reason string
	// ResolvedBy is who dealt with it; zero for nobody yet.
	ResolvedBy id.ID
}

// Reports keeps what people report. They go with their guild.
type Reports interface {
	// CreateReport stores a report. A *ConflictError ("report") when the reporter has one about the message that nobody has dealt with; ErrNotFound when the guild, if it is not zero, does not exist.
	CreateReport(ctx context.Context, report Report) error
	// Reports gives a guild's reports (zero: those of conversations), newest first, before a given one (zero: from the newest), at most limit; those dealt with only if resolved.
	Reports(ctx context.Context, guildID id.ID, resolved bool, before id.ID, limit int) ([]Report, error)
	// ResolveReport notes who dealt with a report; zero opens it again. ErrNotFound when there is none.
	ResolveReport(ctx context.Context, guildID, reportID, resolvedBy id.ID) (Report, error)
}
