package store

import (
	"context"

	"guildhall/store/id"
)

// MaxFollowers is how many webhooks can follow one channel.
const MaxFollowers = 1000

// Announcement is a published message of which the channels that follow its own are still to be told something: that it is there, or what became of it.
type Announcement struct {
	// MessagePlace is where the published message is, or was.
	MessagePlace
	// PublishedAt is an id of the moment in which it was published, while that is not brought everywhere yet: those follow it whose webhooks have smaller ids. Zero when nothing but changes is left to be brought.
	PublishedAt id.ID
	// Version is another one with every change of the message.
	Version uint64
}

// AnnouncementCopy is what arrived of a published message in a channel that follows its own. The copy may be gone.
type AnnouncementCopy struct {
	WebhookID id.ID
	MessagePlace
}

// IsCopy tells whether a message arrived from a channel that its own follows. Reference is the published message then, and WebhookID what brought it.
func (m *Message) IsCopy() bool { return m.Flags&MessageIsCrosspost != 0 && m.Reference != nil }

// Announcements keeps which messages were published, where they arrived, and, as an outbox, what of that is still to be done.
//
// The same step that publishes a message, and each that changes or deletes a published one (UpdateMessage, DeleteMessage, DeleteMessages), puts it into the outbox. CreateMessages takes note of each message
// that IsCopy, so that a published message arrives once with each webhook: a second one is a *ConflictError ("copy"), also when the first was deleted. What is kept about published messages goes with their channel.
type Announcements interface {
	// PublishMessage gives a message MessageCrossposted and puts it into the outbox, with an id of the moment. ErrSpent when it was published before.
	PublishMessage(ctx context.Context, channelID, messageID, publishedAt id.ID) (Message, error)
	// Announcements gives the outbox in ascending order of place, those after a place, at most limit.
	Announcements(ctx context.Context, after MessagePlace, limit int) ([]Announcement, error)
	// AnnouncementCopies gives where a published message arrived, in ascending order of webhooks, those after one, at most limit.
	AnnouncementCopies(ctx context.Context, source MessagePlace, after id.ID, limit int) ([]AnnouncementCopy, error)
	// SettleAnnouncement takes a message out of the outbox, unless it has changed since: then it stays, as it is. What is known of the copies of a message that is gone is forgotten with that.
	SettleAnnouncement(ctx context.Context, done Announcement) error
}
