package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// The types of interactions, with the numbers of the wire contract.
const (
	InteractionPing         = 1
	InteractionCommand      = 2
	InteractionComponent    = 3
	InteractionAutocomplete = 4
	InteractionModal        = 5
)

// InteractionCreated tells an application what somebody did with it. It carries all that the application is shown.
type InteractionCreated struct {
	ID, ApplicationID id.ID
	// Type is one of the constants above.
	Type int
	// Token is what the application answers with; nobody else is told it.
	Token string
	// GuildID is zero between people; then GuildLocale and GuildFeatures are empty and Member is nil.
	GuildID       id.ID
	GuildLocale   string
	GuildFeatures []string
	Channel       store.Channel
	// User did it, and may do Permissions in the channel; the application's bot may do BotPermissions there.
	User                        store.User
	Member                      *store.Member
	Permissions, BotPermissions uint64
	// Installed tells that the application is in the guild.
	Installed bool
	// Data is what was done, as the wire's JSON object, without what it names ("resolved").
	Data     []byte
	Resolved Resolved
	// Message is the one whose component was used, nil for none.
	Message *MessageCreated
	// FileLimit is how large a file of an answer can be, in bytes.
	FileLimit int64
}

// Resolved is what an interaction names.
type Resolved struct {
	Users    []store.User
	Members  []ResolvedMember
	Roles    []store.Role
	Channels []ResolvedChannel
	Messages []MessageCreated
	// Attachments are files that were sent along. They are uploads, which go with their own time.
	Attachments []store.Attachment
}

// ResolvedMember is a member with what they may do in the channel.
type ResolvedMember struct {
	Member      store.Member
	Permissions uint64
}

// ResolvedChannel is a channel with what the person may do there.
type ResolvedChannel struct {
	Channel     store.Channel
	Permissions uint64
}

// InteractionProgressed tells a person's own devices how something goes that they did with an application.
type InteractionProgressed struct {
	UserID, InteractionID, ApplicationID, ChannelID, GuildID id.ID
	// Nonce is the client's own mark of it, SessionID the gateway session that did it; both may be empty.
	Nonce, SessionID string
	Stage            InteractionStage
	// Choices are what the application offers, as the wire's JSON list, for InteractionChoices.
	Choices []byte
	// Modal is the form that the application shows, for InteractionModalShown.
	Modal *Modal
}

// InteractionStage is how far an interaction is.
type InteractionStage int

// The stages of interactions.
const (
	InteractionStarted InteractionStage = iota
	InteractionSucceeded
	// InteractionFailed means that the application did not answer in time.
	InteractionFailed
	InteractionChoices
	InteractionModalShown
)

// Modal is a form that an application asks somebody to fill in.
type Modal struct {
	CustomID, Title string
	// Components are in the wire's form.
	Components []byte
}

// EphemeralMessageChanged tells a person's own devices of an answer that is for them alone. One of the three is set.
type EphemeralMessageChanged struct {
	UserID  id.ID
	Created *MessageCreated
	Updated *MessageUpdated
	Deleted *MessageDeleted
}

func (e InteractionCreated) Subject() string      { return UserSubject(e.ApplicationID) }
func (e InteractionProgressed) Subject() string   { return UserSubject(e.UserID) }
func (e EphemeralMessageChanged) Subject() string { return UserSubject(e.UserID) }
