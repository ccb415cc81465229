package store

import (
	"time"

	"guildhall/store/id"
)

// MessageSnapshot is what a message said in the moment in which it was forwarded. It stays as it is whatever becomes of that message, and does not tell who wrote it.
type MessageSnapshot struct {
	Type    MessageType
	Content string
	// SentAt is when it was written, EditedAt when it was last edited; zero for never.
	SentAt   time.Time
	EditedAt time.Time
	Flags    MessageFlags
	// Mentions and MentionRoles are whom it mentioned. Nobody is notified again.
	Mentions     []id.ID
	MentionRoles []id.ID
	Embeds       []Embed
	// Attachments are the forwarding message's own, of the same bytes.
	Attachments []Attachment
}

// Forwards tells whether a message is another one, forwarded.
func (m *Message) Forwards() bool { return m.Reference != nil && m.Reference.Snapshot != nil }
