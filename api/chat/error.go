package chat

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong, in the terms of the product. api/wire maps each kind to an HTTP status and a JSON code, in one table.
type Kind int

// The kinds of errors.
const (
	// Internal is everything that is our fault; its cause is logged, never shown.
	Internal Kind = iota
	// Unavailable means that the hall cannot answer now, for example while it stops.
	Unavailable
	// Invalid input; Error.Fields tell which.
	Invalid
	// Unauthorized means no credentials, or wrong ones.
	Unauthorized
	// InvalidToken means credentials of the right form that are not good (any more).
	InvalidToken
	// TwoFactorRequired means that this takes a second factor; WrongCode that a code of one is not good.
	TwoFactorRequired
	WrongCode
	// MissingAccess means that the caller may not see the object.
	MissingAccess
	// MissingPermission means that the caller sees the object but may not do this.
	MissingPermission
	// BotsBarred means that only people may do this; PeopleBarred that only bots may.
	BotsBarred
	PeopleBarred
	// NotAuthor means that only the author may do this.
	NotAuthor
	// EmptyMessage means that a message has nothing in it.
	EmptyMessage
	// SystemMessage means that this message was written by the hall and cannot be changed.
	SystemMessage
	// WrongChannelType means that channels of this type cannot do this.
	WrongChannelType
	// NoReadHistory means that a reply needs the permission to read the history.
	NoReadHistory
	// AlreadyCrossposted means that a message was published before, or came from a channel that is followed; MaxFollowers that a channel is followed by as many as it can be.
	AlreadyCrossposted
	MaxFollowers
	// UnknownEventHook and UnknownDelivery mean that there is none; MaxEventHooks that a guild has as many as it can have, EventHooksOff that this hall tells nobody of events, SecretUnreadable that the hook's secret was sealed under another secret of the hall.
	UnknownEventHook
	UnknownDelivery
	MaxEventHooks
	EventHooksOff
	SecretUnreadable
	// SlowMode means that the author must wait; Error.RetryAfter tells how long.
	SlowMode
	// RateLimited means too many attempts; Error.RetryAfter tells how long to wait.
	RateLimited
	// VerificationLevel means that the guild asks newcomers to wait before they write.
	VerificationLevel
	// InvitesOnly means that an account needs an invite here.
	InvitesOnly
	// NotSupported means that this hall cannot take a part of the input yet; Error.Message tells what.
	NotSupported
	// FeatureNotBuilt means that this hall does not have a whole feature yet; Error.Message tells which.
	FeatureNotBuilt
	UnknownUser
	UnknownGuild
	UnknownChannel
	UnknownMessage
	UnknownRole
	UnknownMember
	UnknownInvite
	UnknownOverwrite
	UnknownSession
	UnknownApplication
	UnknownVoiceState
	// UnknownStage means that no stage is open there; StageAlreadyOpen that one is.
	UnknownStage
	StageAlreadyOpen
	UnknownEmoji
	UnknownIntegration
	UnknownWebhook
	UnknownCommand
	// UnknownPermissions means that nothing is set about a command.
	UnknownPermissions
	// UnknownInteraction means that there is no such interaction, or that it is too late to answer it; AlreadyAcknowledged that it was answered.
	UnknownInteraction
	AlreadyAcknowledged
	// InvalidWebhookToken means that the token of a webhook is not its own.
	InvalidWebhookToken
	// ForumNeedsThread means that what a webhook posts in a forum needs a thread or a name for one; ThreadsInForumsOnly that a name was given elsewhere, ThreadTwice that both were.
	ForumNeedsThread
	ThreadsInForumsOnly
	ThreadTwice
	// CannotMessage means that the caller may not write to this person.
	CannotMessage
	// FriendOfOneself to FriendRequestBlocked say why somebody cannot be asked to be friends; NobodyOfThatName that there is nobody to ask.
	FriendOfOneself
	FriendOfBot
	FriendRequestBlocked
	NobodyOfThatName
	// PinElsewhere means that a message is in another channel than the one that it is to be pinned in.
	PinElsewhere
	// NotInDirect means that this cannot be done in conversations between people.
	NotInDirect
	// BulkDeleteCount means too few or too many messages to delete at once; TooOldToBulkDelete that one is older than two weeks.
	BulkDeleteCount
	TooOldToBulkDelete
	// TooManyAttachments means that a message has as many files as it can; FileTooLarge that a file, or all of an account together, would be too large; UnknownFile that
	// there is no such file, or not for this caller.
	TooManyAttachments
	FileTooLarge
	UnknownFile
	// ThreadExists means that a message has its thread already; ThreadLocked that it is for moderators alone, ThreadArchived that it must come out of the archive first.
	ThreadExists
	ThreadLocked
	ThreadArchived
	// TagRequired means that a forum asks for a tag at every post.
	TagRequired
	// UnknownOther is an object of a kind that this hall does not have yet; Error.Message tells which.
	UnknownOther
	UnknownBan
	UnknownRule
	UnknownReport
	// AlreadyReported means that the caller has told moderators of this before; BlockedByRule that an automatic rule keeps a message from being posted.
	AlreadyReported
	BlockedByRule
	// NoPoll means that the message has no poll, or no such answer; PollEnded that its poll has ended; PollFixed that a message with a poll cannot be changed.
	NoPoll
	PollEnded
	PollFixed
	// InvitesPaused means that the guild lets nobody in for now.
	InvitesPaused
	// Banned means that the caller was banned from the guild; AlreadyBanned that somebody is; NoneBanned that nobody of several could be banned.
	Banned
	AlreadyBanned
	NoneBanned
	// OwnsGuilds means that an account cannot be deleted because the hall or a guild is its own.
	OwnsGuilds
	// MaxGuilds to MaxCommands mean that there are as many of these as can be.
	MaxGuilds
	MaxChannels
	MaxRoles
	MaxInvites
	MaxRecipients
	MaxFriends
	MaxReactions
	MaxPins
	MaxActiveThreads
	MaxThreadMembers
	MaxPinnedThreads
	MaxRules
	MaxEmoji
	MaxWebhooks
	MaxCommands

	// LastKind is the last of them, for tables that must be whole.
	LastKind = MaxCommands
)

// Error is what every method of this package returns when it fails: a kind, words that are safe to show to the caller, and the cause for the log.
type Error struct {
	Kind Kind
	// Message is a sentence for people; empty means the kind's usual words.
	Message string
	// Fields tell what is wrong with the input, for Invalid.
	Fields []FieldError
	// RetryAfter is for SlowMode and RateLimited.
	RetryAfter time.Duration
	// Cause is for the log only.
	Cause error
}

// FieldError says what is wrong with one input field.
type FieldError struct {
	// Path names the field as the wire does, dots between levels, array indices as numbers: "embeds.0.title".
	Path string
	// Code is one of the wire's field codes, such as "BASE_TYPE_REQUIRED", "BASE_TYPE_BAD_LENGTH".
	Code string
	// Message is a sentence for people.
	Message string
}

func (e *Error) Error() string {
	var parts []string
	switch {
	case e.Message != "":
		parts = append(parts, e.Message)
	case len(e.Fields) == 0: // those say what is wrong by themselves
		parts = append(parts, fmt.Sprintf("chat error of kind %d", e.Kind))
	}
	for _, field := range e.Fields {
		parts = append(parts, field.Path+": "+field.Message)
	}
	text := strings.Join(parts, "; ")
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// KindOf gives an error's kind; Internal for errors that are not of this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// invalid makes an Invalid error about one field.
func invalid(path, code, format string, arguments ...any) *Error {
	return &Error{Kind: Invalid, Fields: []FieldError{{Path: path, Code: code, Message: fmt.Sprintf(format, arguments...)}}}
}

// fail makes an error of a kind with the kind's usual words.
func fail(kind Kind) *Error { return &Error{Kind: kind} }

// internal wraps an unexpected error.
func internal(doing string, cause error) *Error {
	return &Error{Kind: Internal, Cause: fmt.Errorf("%s: %w", doing, cause)}
}
