package store

import (
	"context"

	"guildhall/store/id"
)

// Interaction is something that somebody did with an application, once the application has answered it: what the application may still say about it is asked for by its token.
type Interaction struct {
	// ID tells when it was done.
	ID            id.ID
	ApplicationID id.ID
	// TokenHash is the SHA-256 of the token. The token itself is never stored.
	TokenHash []byte
	// GuildID is zero between people.
	GuildID, ChannelID id.ID
	// UserID did it.
	UserID id.ID
	// Origin is what the messages that answer it say they answer.
	Origin MessageInteraction
	// Type is that of messages that answer it.
	Type MessageType
	// ResponseID is the first answer, zero for none; ResponseHidden tells that it is for one person only.
	ResponseID     id.ID
	ResponseHidden bool
}

// EphemeralMessage is an answer of an application that is for one person. It is in no channel's history.
type EphemeralMessage struct {
	// Message has MessageEphemeral among its flags. Its files are uploads that no message takes over; they go with their own time.
	Message
	// UserID is who sees it, InteractionID what it answers.
	UserID, InteractionID id.ID
}

// Interactions keeps what applications answered, for as long as they may say more. All is forgotten by PruneInteractions; it belongs to nothing else and goes with nothing else.
type Interactions interface {
	// CreateInteraction stores an interaction; a *ConflictError ("id") when it is there already.
	CreateInteraction(ctx context.Context, interaction Interaction) error
	Interaction(ctx context.Context, interactionID id.ID) (Interaction, error)
	// UpdateInteraction applies change atomically (see UpdateUser for the rules of change). Only the response can change.
	UpdateInteraction(ctx context.Context, interactionID id.ID, change func(*Interaction) error) (Interaction, error)
	// CreateEphemeralMessage stores an answer; a *ConflictError ("id") when it is there already.
	CreateEphemeralMessage(ctx context.Context, message EphemeralMessage) error
	EphemeralMessage(ctx context.Context, messageID id.ID) (EphemeralMessage, error)
	// UpdateEphemeralMessage applies change atomically (see UpdateUser for the rules of change). Who sees it, what it answers, where it is and who wrote it cannot change.
	UpdateEphemeralMessage(ctx context.Context, messageID id.ID, change func(*EphemeralMessage) error) (EphemeralMessage, error)
	// DeleteEphemeralMessage deletes an answer and gives what it was.
	DeleteEphemeralMessage(ctx context.Context, messageID id.ID) (EphemeralMessage, error)
	// PruneInteractions forgets the interactions and the answers for one person that have ids below before, and tells how many. It needs no durability of its own.
	PruneInteractions(ctx context.Context, before id.ID) (int, error)
}
