package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// The types of a message's reference.
const (
	referenceReply   = 0
	referenceForward = 1
)

// MessageSnapshot is a forwarded message as it was.
type MessageSnapshot struct {
	Message SnapshotMessage `json:"message"`
}

// SnapshotMessage is what a forwarded message said.
type SnapshotMessage struct {
	Type            store.MessageType  `json:"type"`
	Content         string             `json:"content"`
	Mentions        []User             `json:"mentions"`
	MentionRoles    []id.ID            `json:"mention_roles"`
	Attachments     []Attachment       `json:"attachments"`
	Embeds          []Embed            `json:"embeds"`
	Timestamp       string             `json:"timestamp"`
	EditedTimestamp *string            `json:"edited_timestamp"`
	Flags           store.MessageFlags `json:"flags"`
	Components      []string           `json:"components"`
}

func newMessageSnapshot(channelID id.ID, snapshot store.MessageSnapshot, mentioned []store.User, links Links) MessageSnapshot {
	shown := MessageSnapshot{Message: SnapshotMessage{
		Type: snapshot.Type, Content: snapshot.Content, Mentions: NewUsers(mentioned), MentionRoles: list(snapshot.MentionRoles), Attachments: newAttachments(channelID, snapshot.Attachments, links),
		Embeds: NewEmbeds(snapshot.Embeds), Timestamp: Timestamp(snapshot.SentAt), EditedTimestamp: TimestampOrNull(snapshot.EditedAt), Flags: snapshot.Flags, Components: []string{},
	}}
	shown.Message.Attachments = resolveFiles(shown.Message.Embeds, shown.Message.Attachments)
	return shown
}

// showForward adds what a message forwards. Its files hang on the message itself.
func (m *Message) showForward(reference store.MessageReference, mentioned []store.User, links Links) {
	m.MessageReference = &MessageReference{Type: referenceForward, MessageID: reference.MessageID, ChannelID: reference.ChannelID, GuildID: IDOrNull(reference.GuildID)}
	m.MessageSnapshots = []MessageSnapshot{newMessageSnapshot(m.ChannelID, *reference.Snapshot, mentioned, links)}
}

// blank takes away what the message said.
func (m *SnapshotMessage) blank() {
	m.Content, m.Embeds, m.Attachments, m.Components = "", []Embed{}, []Attachment{}, []string{}
}

// Forward tells whether the reference is a forward; known is false when its type is none that there is.
func (r *ReferenceDraft) Forward() (forward, known bool) {
	return r.Type == referenceForward, r.Type == referenceReply || r.Type == referenceForward
}
