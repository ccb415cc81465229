package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// MessageType is the kind of a message, with the numbers of the wire contract.
type MessageType int

// The message types in use.
const (
	MessageDefault         MessageType = 0
	MessageRecipientAdd    MessageType = 1
	MessageRecipientRemove MessageType = 2
	MessageCall            MessageType = 3
	MessageChannelName     MessageType = 4
	MessageChannelIcon     MessageType = 5
	MessagePinned          MessageType = 6
	MessageJoin            MessageType = 7
	MessageFollowed        MessageType = 12
	MessageThreadCreated   MessageType = 18
	MessageReply           MessageType = 19
	MessageCommand         MessageType = 20
	MessageContextMenu     MessageType = 23
	MessageAutoMod         MessageType = 24
	MessagePollResult      MessageType = 46
	MessageThreadStarter   MessageType = 21
)

// MessageFlags are bits of the wire contract's message flags.
type MessageFlags uint64

// The message flags in use.
const (
	// MessageCrossposted marks announcements that were published to the channels that follow theirs, MessageIsCrosspost what arrived there, MessageSourceDeleted what arrived of a message that is gone.
	MessageCrossposted   MessageFlags = 1 << 0
	MessageIsCrosspost   MessageFlags = 1 << 1
	MessageSourceDeleted MessageFlags = 1 << 3
	// MessageSuppressEmbeds hides the embeds.
	MessageSuppressEmbeds MessageFlags = 1 << 2
	// MessageHasThread marks messages that a thread began with.
	MessageHasThread MessageFlags = 1 << 5
	// MessageEphemeral marks answers of an application that are for one person; they are never stored among the messages of a channel.
	MessageEphemeral MessageFlags = 1 << 6
	// MessageLoading marks answers that an application has promised and not given yet.
	MessageLoading MessageFlags = 1 << 7
	// MessageSilent asks clients not to notify.
	MessageSilent MessageFlags = 1 << 12
	// MessageIsVoice marks messages that are spoken: one file of sound.
	MessageIsVoice MessageFlags = 1 << 13
	// MessageHasSnapshot marks messages that forward another.
	MessageHasSnapshot MessageFlags = 1 << 14
	// MessageIsLayout marks messages that consist of components alone (components v2).
	MessageIsLayout MessageFlags = 1 << 15
)

// Message is one thing said in a channel.
type Message struct {
	ID        id.ID
	ChannelID id.ID
	// GuildID is the channel's guild.
	GuildID  id.ID
	AuthorID id.ID
	Type     MessageType
	// Content has at most 2000 characters.
	Content string
	// EditedAt is the moment of the last edit by the author; zero for none.
	EditedAt time.Time
	TTS      bool
	Flags    MessageFlags
	// Mentions are the users that the message mentions and may notify, MentionRoles the roles, MentionEveryone whether everybody.
	Mentions        []id.ID
	MentionRoles    []id.ID
	MentionEveryone bool
	Embeds          []Embed
	// Attachments are at most ten.
	Attachments []Attachment
	// Reference points to the message that this one replies to or forwards; nil for none.
	Reference *MessageReference
	// Nonce is the client's own mark of the message, at most 25 characters; it is echoed to clients.
	Nonce string
	// Position tells about where in its thread the message stands: how many were sent in the thread up to it (see Message.Counts). The store gives it; zero outside of threads.
	Position int
	// PinnedAt is the moment in which the message was pinned; zero when it is not.
	PinnedAt time.Time
	// Poll is nil for none.
	Poll *Poll
	// Components are the buttons, menus and layout that a bot gave it, as a compact JSON array in the wire's form; nil for none.
	Components []byte
	// WebhookID is the webhook that posted it, or the application that answered an interaction with it; zero for none.
	WebhookID id.ID
	// ApplicationID is the application that posted it through a webhook of its own or in answer to an interaction; zero for none.
	ApplicationID id.ID
	// Persona is what the webhook that posted it called itself then; nil for messages of accounts.
	Persona *Persona
	// Interaction is what an application answered with the message; nil for none.
	Interaction *MessageInteraction
	// Call is what the message tells of a call; nil for none.
	Call *Call
}

// Persona is how a webhook shows itself with a message, which keeps it whatever becomes of the webhook. The author's id is the webhook's.
type Persona struct {
	// Name has 1 to 80 characters.
	Name string
	// Avatar names the webhook's own picture by its hash; AvatarURL is the http or https address of another site's picture in its place. Both may be empty.
	Avatar, AvatarURL string
}

// MessageInteraction is what somebody did that an application answered with a message.
type MessageInteraction struct {
	InteractionOrigin
	// Trigger is what opened the modal; nil for none.
	Trigger *InteractionOrigin
}

// InteractionOrigin is one thing that somebody did with an application.
type InteractionOrigin struct {
	ID id.ID
	// Type has the numbers of the wire contract: 2 command, 3 component, 5 modal.
	Type int
	// UserID did it.
	UserID id.ID
	// Name is that of the command, with its group and subcommand; empty for others.
	Name string
	// TargetUserID and TargetMessageID are what a command of a context menu was about; zero for none.
	TargetUserID, TargetMessageID id.ID
	// ResponseID is the first answer, in messages that follow it up; zero for none.
	ResponseID id.ID
	// InteractedID is the message whose component was used; zero for none.
	InteractedID id.ID
}

// MessageReference points to another message.
type MessageReference struct {
	MessageID id.ID
	ChannelID id.ID
	GuildID   id.ID
	// Snapshot is what a forwarded message said; nil in replies. The message may be of any channel then.
	Snapshot *MessageSnapshot
}

// EmbedType tells what an embed is.
type EmbedType string

// The types of embeds. All but the first are made by the hall, of links in a message.
const (
	EmbedRich    EmbedType = ""
	EmbedLink    EmbedType = "link"
	EmbedArticle EmbedType = "article"
	EmbedImage   EmbedType = "image"
)

// Embed is a rich block below a message. URLs are absolute http or https addresses.
type Embed struct {
	Type EmbedType
	// Provider is the name of the site that a link leads to; empty for none.
	Provider    string
	Title       string
	Description string
	URL         string
	// Timestamp is zero for none.
	Timestamp time.Time
	// Color is 0xRRGGBB, HasColor whether there is one.
	Color     int
	HasColor  bool
	Footer    EmbedFooter
	Image     string
	Thumbnail string
	Author    EmbedAuthor
	Fields    []EmbedField
}

// EmbedFooter is the line at an embed's foot; no Text means none.
type EmbedFooter struct {
	Text    string
	IconURL string
}

// EmbedAuthor is the line at an embed's head; no Name means none.
type EmbedAuthor struct {
	Name    string
	URL     string
	IconURL string
}

// EmbedField is a named value in an embed.
type EmbedField struct {
	Name   string
	Value  string
	Inline bool
}

// NewMessage is a message to be stored, with the wish for idempotence.
type NewMessage struct {
	Message
	// NonceSince, when not zero, makes the message's nonce unique: if the author has posted a message with the same nonce in the same channel, with an
	// id of NonceSince or greater, that one is the result and nothing is stored for this.
	NonceSince id.ID
	// NeedsActive asks that the thread that it is posted in is out of the archive, NeedsUnlocked that it is not locked. In other channels they ask for nothing.
	NeedsActive, NeedsUnlocked bool
	// Deliveries are what event hooks are to tell of it (see EventHooks).
	Deliveries []EventDelivery
}

// MessagePage selects messages of a channel: those before, after or around an id (at most one is set; none: the newest).
// Before and After give the messages next to the id, which need not be a message's.
type MessagePage struct {
	Before id.ID
	After  id.ID
	// Around gives up to Limit/2 messages older than it, itself when it is there, and newer ones to fill Limit.
	Around id.ID
	// Limit is at most 100 for people; the store takes any positive number.
	Limit int
}

// MessagePlace is where a message is.
type MessagePlace struct{ ChannelID, MessageID id.ID }

// Messages keeps what was said.
type Messages interface {
	// CreateMessages stores messages of one channel, none of them pinned, all or none, in one durable write. Their ids ascend, are greater than those of the channel's stored
	// messages, and readers see them in that order. The result has one message for each given: itself, or the earlier one that its nonce names (see NewMessage;
	// a nonce repeated within the call counts too). ErrThreadClosed when one of them asks for an open thread and it is not. ErrNotFound when the channel does not exist (any more); a *ConflictError ("id") when an id is taken.
	CreateMessages(ctx context.Context, channelID id.ID, messages []NewMessage) ([]Message, error)
	Message(ctx context.Context, channelID, messageID id.ID) (Message, error)
	// MessageChannel tells which channel a message is in.
	MessageChannel(ctx context.Context, messageID id.ID) (id.ID, error)
	// ListMessages gives a page, newest first.
	ListMessages(ctx context.Context, channelID id.ID, page MessagePage) ([]Message, error)
	// MessagesByID gives the messages of a channel that exist among messageIDs, newest first, each once.
	MessagesByID(ctx context.Context, channelID id.ID, messageIDs []id.ID) ([]Message, error)
	// AuthorMessages gives the ids of an author's messages in a channel above a given one, ascending, at most limit.
	AuthorMessages(ctx context.Context, channelID, authorID, after id.ID, limit int) ([]id.ID, error)
	// AuthoredMessages gives an author's messages in all channels, in ascending order of channel and id, those after a place, at most limit. It may have to look at every message
	// there is.
	AuthoredMessages(ctx context.Context, authorID id.ID, after MessagePlace, limit int) ([]Message, error)
	// UpdateMessage applies change atomically (see UpdateUser for the rules of change). Id, channel, guild, author, webhook, application, pin and poll cannot change.
	UpdateMessage(ctx context.Context, channelID, messageID id.ID, change func(*Message) error) (Message, error)
	// DeleteMessage deletes a message and gives what it was.
	DeleteMessage(ctx context.Context, channelID, messageID id.ID) (Message, error)
	// DeleteMessages deletes those of a channel's messages that are there, all in one step, and gives their ids, ascending. ErrNotFound when the channel does not exist.
	DeleteMessages(ctx context.Context, channelID id.ID, messageIDs []id.ID) ([]id.ID, error)
	// SetPinned pins a message at a moment, or takes the pin away for the zero time, and gives the message as it is then; changed is false when it was so before. Pinning moves the
	// channel's LastPinAt there. ErrNotFound when the message does not exist, a *LimitError when most of the channel's messages are pinned already.
	SetPinned(ctx context.Context, channelID, messageID id.ID, at time.Time, most int) (message Message, changed bool, err error)
	// ListPins gives a channel's pinned messages, those pinned last first, pinned before a moment (zero: from the last), at most limit.
	ListPins(ctx context.Context, channelID id.ID, before time.Time, limit int) ([]Message, error)
	// PostedBefore gives the message that NewMessage's nonce would give: the newest that an author has posted with a nonce in a channel, if its id is since or greater. ErrNotFound when
	// there is none, or it was deleted.
	PostedBefore(ctx context.Context, channelID, authorID id.ID, nonce string, since id.ID) (Message, error)
	// PruneNonces forgets the nonces of messages with ids below before; it may be called at any time and needs no durability of its own.
	PruneNonces(ctx context.Context, before id.ID) error
}
