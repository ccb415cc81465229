package wire

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Message is a message as its readers see it.
type Message struct {
	ID              id.ID        `json:"id"`
	ChannelID       id.ID        `json:"channel_id"`
	Author          User         `json:"author"`
	Content         string       `json:"content"`
	Timestamp       string       `json:"timestamp"`
	EditedTimestamp *string      `json:"edited_timestamp"`
	TTS             bool         `json:"tts"`
	MentionEveryone bool         `json:"mention_everyone"`
	Mentions        []User       `json:"mentions"`
	MentionRoles    []id.ID      `json:"mention_roles"`
	Attachments     []Attachment `json:"attachments"`
	Embeds          []Embed      `json:"embeds"`
	// Components are the buttons, menus and layout that a bot gave it.
	Components json.RawMessage `json:"components"`
	// Reactions are as the reader sees them; dispatches, which readers share, leave them out.
	Reactions         []Reaction         `json:"reactions,omitempty"`
	Nonce             *Nonce             `json:"nonce,omitempty"`
	Pinned            bool               `json:"pinned"`
	Type              store.MessageType  `json:"type"`
	Flags             store.MessageFlags `json:"flags"`
	MessageReference  *MessageReference  `json:"message_reference,omitempty"`
	ReferencedMessage *Referenced        `json:"referenced_message,omitempty"`
	MessageSnapshots  []MessageSnapshot  `json:"message_snapshots,omitempty"`
	// Thread is the one that began with the message.
	Thread *Thread `json:"thread,omitempty"`
	Poll   *Poll   `json:"poll,omitempty"`
	// Call is that of which the message tells.
	Call *MessageCall `json:"call,omitempty"`
	// WebhookID is the webhook or application that posted it, ApplicationID the application.
	WebhookID     id.ID `json:"webhook_id,omitempty"`
	ApplicationID id.ID `json:"application_id,omitempty"`
	// Position tells about where in its thread the message stands; other messages have none.
	Position *int `json:"position,omitempty"`
	// InteractionMetadata is what an application answers with it, Interaction the older form of that.
	InteractionMetadata *InteractionMetadata `json:"interaction_metadata,omitempty"`
	Interaction         *MessageInteraction  `json:"interaction,omitempty"`
}

// Referenced is the message replied to, or null when it is deleted.
type Referenced struct{ *Message }

// MarshalJSON writes the message or null.
func (r Referenced) MarshalJSON() ([]byte, error) { return json.Marshal(r.Message) }

// MessageReference points to the message replied to (type 0) or forwarded (type 1).
type MessageReference struct {
	Type int `json:"type"`
	// MessageID is left out where the reference is to a thread as a whole.
	MessageID id.ID  `json:"message_id,omitempty"`
	ChannelID id.ID  `json:"channel_id"`
	GuildID   *id.ID `json:"guild_id,omitempty"`
}

// MessageEvent is the payload of MESSAGE_CREATE and MESSAGE_UPDATE.
type MessageEvent struct {
	Message
	GuildID     *id.ID            `json:"guild_id,omitempty"`
	ChannelType store.ChannelType `json:"channel_type"`
	Member      *Member           `json:"member,omitempty"`
}

// MessageDelete is the payload of MESSAGE_DELETE.
type MessageDelete struct {
	ID        id.ID  `json:"id"`
	ChannelID id.ID  `json:"channel_id"`
	GuildID   *id.ID `json:"guild_id,omitempty"`
}

// TypingStart is the payload of TYPING_START.
type TypingStart struct {
	ChannelID id.ID  `json:"channel_id"`
	GuildID   *id.ID `json:"guild_id,omitempty"`
	UserID    id.ID  `json:"user_id"`
	// Timestamp is in Unix seconds.
	Timestamp int64   `json:"timestamp"`
	Member    *Member `json:"member,omitempty"`
}

// Nonce is a client's own mark of a message. It goes back as the type it came: a text or a whole number.
type Nonce struct {
	Text   string
	Number bool
}

// numberMark begins the stored form of a nonce that came as a number. It cannot stand in one that came as a text: control characters are refused there.
const numberMark = "\x01"

// ErrNonce says that a nonce is neither a text without control characters nor a whole number.
var ErrNonce = errors.New("a nonce is a text or a whole number of 64 bits")

// UnmarshalJSON reads a text or a whole number of 64 bits with a sign.
func (n *Nonce) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &n.Text); err != nil {
			return err
		}
		for _, c := range n.Text {
			if c < ' ' {
				return ErrNonce
			}
		}
		return nil
	}
	if _, err := strconv.ParseInt(string(data), 10, 64); err != nil {
		return ErrNonce
	}
	n.Text, n.Number = string(data), true
	return nil
}

// MarshalJSON writes what was read.
func (n Nonce) MarshalJSON() ([]byte, error) {
	if n.Number {
		return []byte(n.Text), nil
	}
	return json.Marshal(n.Text)
}

// Stored is the nonce as the store keeps it, with its type.
func (n Nonce) Stored() string {
	if n.Number {
		return numberMark + n.Text
	}
	return n.Text
}

func storedNonce(text string) *Nonce {
	if text == "" {
		return nil
	}
	if len(text) > 1 && text[:1] == numberMark {
		return &Nonce{Text: text[1:], Number: true}
	}
	return &Nonce{Text: text}
}

// NewMessage shows a message. The links are for its files.
func NewMessage(posted event.MessageCreated, links Links) Message {
	shown := newMessage(posted.Message, posted.Author, posted.Mentioned, links)
	if shown.Poll != nil && posted.Message.Poll.Ended && posted.PollResults != nil {
		shown.Poll.Results = NewPollResults(posted.Message.Poll, posted.PollResults)
	}
	if posted.ChannelType.IsThread() {
		shown.Position = &posted.Message.Position
	}
	if posted.Thread != nil {
		thread := NewThread(*posted.Thread, nil)
		shown.Thread = &thread
	}
	shown.showInteraction(posted.Message.Interaction, posted.Message.GuildID, posted.Interacted)
	if reference := posted.Message.Reference; reference != nil {
		if reference.Snapshot != nil {
			shown.showForward(*reference, posted.SnapshotMentioned, links)
			return shown
		}
		shown.MessageReference = &MessageReference{MessageID: reference.MessageID, ChannelID: reference.ChannelID, GuildID: IDOrNull(reference.GuildID)}
		if posted.Message.Type != store.MessageReply && posted.Message.Type != store.MessageThreadStarter {
			return shown // a note about the other message, which it does not quote
		}
		shown.ReferencedMessage = &Referenced{}
		if posted.Referenced != nil && posted.ReferencedAuthor != nil {
			referenced := newMessage(*posted.Referenced, *posted.ReferencedAuthor, nil, links)
			if posted.Referenced.Forwards() {
				referenced.showForward(*posted.Referenced.Reference, nil, links)
			}
			if posted.ChannelType.IsThread() && posted.Referenced.ChannelID == posted.Message.ChannelID {
				referenced.Position = &posted.Referenced.Position
			}
			shown.ReferencedMessage.Message = &referenced
		}
	}
	return shown
}

// noteEmbeds are the types of the embeds of what the hall itself says.
var noteEmbeds = map[store.MessageType]string{store.MessagePollResult: "poll_result", store.MessageAutoMod: "auto_moderation_message"}

func newMessage(message store.Message, author store.User, mentioned []store.User, links Links) Message {
	shown := Message{
		ID: message.ID, ChannelID: message.ChannelID, Author: NewUser(author), Content: message.Content, Timestamp: Timestamp(message.ID.Time()),
		EditedTimestamp: TimestampOrNull(message.EditedAt), TTS: message.TTS, MentionEveryone: message.MentionEveryone, Mentions: NewUsers(mentioned),
		MentionRoles: list(message.MentionRoles), Attachments: newAttachments(message.ChannelID, message.Attachments, links), Embeds: NewEmbeds(message.Embeds),
		Components: noComponents, Nonce: storedNonce(message.Nonce), Pinned: !message.PinnedAt.IsZero(), Type: message.Type, Flags: message.Flags,
		Poll: newPoll(message.Poll), Call: newMessageCall(message.Call), WebhookID: message.WebhookID, ApplicationID: message.ApplicationID,
	}
	if message.Persona != nil {
		shown.Author = newPersona(&message, links)
	}
	if kind, special := noteEmbeds[message.Type]; special && len(shown.Embeds) > 0 {
		shown.Embeds[0].Type = kind
	}
	if message.Components != nil {
		shown.Components = showComponents(message.Components, shown.Attachments)
	}
	for i := range shown.Embeds {
		shown.Embeds[i].proxyPictures(links)
	}
	shown.Attachments = resolveFiles(shown.Embeds, shown.Attachments)
	return shown
}

// NewMessageEvent shows a message to gateway sessions. The links are for its files.
func NewMessageEvent(posted event.MessageCreated, links Links) MessageEvent {
	shown := MessageEvent{Message: NewMessage(posted, links), GuildID: IDOrNull(posted.Message.GuildID), ChannelType: posted.ChannelType}
	if posted.Member != nil {
		member := NewPartialMember(*posted.Member)
		shown.Member = &member
	}
	return shown
}

// WithoutContent blanks what bots without the message content intent may not read.
func (m MessageEvent) WithoutContent() MessageEvent {
	m.Message = m.Message.WithoutContent()
	return m
}

// WithoutQuotes blanks what the message quotes of others.
func (m MessageEvent) WithoutQuotes() MessageEvent {
	m.Message = m.Message.WithoutQuotes()
	return m
}

// WithoutContent blanks what bots without the message content intent may not read.
func (m Message) WithoutContent() Message {
	m.blank()
	return m.WithoutQuotes()
}

// WithoutQuotes blanks what the message quotes of others: the one that it answers, and those that it forwards.
func (m Message) WithoutQuotes() Message {
	m.blankSnapshots()
	if m.ReferencedMessage != nil && m.ReferencedMessage.Message != nil {
		referenced := *m.ReferencedMessage.Message
		referenced.blank()
		m.ReferencedMessage = &Referenced{&referenced}
	}
	return m
}

// blank takes away what a message says. Others may share the message, so nothing behind a pointer is written to.
func (m *Message) blank() {
	m.Content, m.Embeds, m.Attachments, m.Components = "", []Embed{}, []Attachment{}, noComponents
	m.Poll = nil
	m.blankSnapshots()
}

func (m *Message) blankSnapshots() {
	m.MessageSnapshots = slices.Clone(m.MessageSnapshots)
	for i := range m.MessageSnapshots {
		m.MessageSnapshots[i].Message.blank()
	}
}

// NewMessageDelete tells of a message that is gone.
func NewMessageDelete(e event.MessageDeleted) MessageDelete {
	return MessageDelete{ID: e.MessageID, ChannelID: e.ChannelID, GuildID: IDOrNull(e.GuildID)}
}

// BulkDelete is the body of POST /channels/{channel}/messages/bulk-delete.
type BulkDelete struct {
	Messages []id.ID `json:"messages"`
}

// MessageDeleteBulk is the payload of MESSAGE_DELETE_BULK.
type MessageDeleteBulk struct {
	IDs       []id.ID `json:"ids"`
	ChannelID id.ID   `json:"channel_id"`
	GuildID   id.ID   `json:"guild_id"`
}

// NewTypingStart tells of somebody typing; in guilds with who they are there.
func NewTypingStart(e event.TypingStarted) TypingStart {
	shown := TypingStart{ChannelID: e.ChannelID, GuildID: IDOrNull(e.GuildID), UserID: e.User.ID, Timestamp: e.At.Unix()}
	if e.GuildID != 0 {
		member := NewMember(e.Member, e.User)
		shown.Member = &member
	}
	return shown
}

// MessageCreate is the body of POST /channels/{channel}/messages.
type MessageCreate struct {
	Content           *string             `json:"content"`
	Nonce             *Nonce              `json:"nonce"`
	EnforceNonce      bool                `json:"enforce_nonce"`
	TTS               bool                `json:"tts"`
	Embeds            []Embed             `json:"embeds"`
	Embed             *Embed              `json:"embed"`
	AllowedMentions   *AllowedMentions    `json:"allowed_mentions"`
	MessageReference  *ReferenceDraft     `json:"message_reference"`
	Flags             *store.MessageFlags `json:"flags"`
	Components        json.RawMessage     `json:"components"`
	StickerIDs        NotYet              `json:"sticker_ids"`
	Attachments       []AttachmentDraft   `json:"attachments"`
	Poll              *PollDraft          `json:"poll"`
	Activity          NotYet              `json:"activity"`
	SharedClientTheme NotYet              `json:"shared_client_theme"`
}

// MessageEdit is the body of PATCH of a message.
type MessageEdit struct {
	Content         Optional[string]             `json:"content"`
	Embeds          Optional[[]Embed]            `json:"embeds"`
	Embed           Optional[Embed]              `json:"embed"`
	Flags           Optional[store.MessageFlags] `json:"flags"`
	AllowedMentions *AllowedMentions             `json:"allowed_mentions"`
	Components      Optional[json.RawMessage]    `json:"components"`
	StickerIDs      NotYet                       `json:"sticker_ids"`
	Attachments     Optional[[]AttachmentDraft]  `json:"attachments"`
}

// ReferenceDraft is a reference in a new message.
type ReferenceDraft struct {
	Type            int   `json:"type"`
	MessageID       id.ID `json:"message_id"`
	ChannelID       id.ID `json:"channel_id"`
	GuildID         id.ID `json:"guild_id"`
	FailIfNotExists *bool `json:"fail_if_not_exists"`
}

// AllowedMentions says what of a content's mentions may notify.
type AllowedMentions struct {
	Parse       []string `json:"parse"`
	Users       []id.ID  `json:"users"`
	Roles       []id.ID  `json:"roles"`
	RepliedUser bool     `json:"replied_user"`
}
