package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// EventHook is an address that is told of what happens in a guild, with a signed HTTP request for each event.
type EventHook struct {
	ID      id.ID
	GuildID id.ID
	// MakerID is who made it, or said last what it tells and to whom: it tells nothing but what they may see. Zero for the command line. The account may be gone.
	MakerID id.ID
	// Name has 1 to 80 characters.
	Name string
	// URL is an absolute http or https address.
	URL string
	// Events are the names of the gateway's dispatches that it tells of, in ascending order.
	Events []string
	// ChannelIDs are the channels of which it tells, with their threads, in ascending order; none for all. They may be gone.
	ChannelIDs []id.ID
	// Content tells whether messages are told with what they say.
	Content bool
	// SealedSecret is what its requests are signed with, as the hall alone can read it.
	SealedSecret []byte
	// Suspended is why it tells nothing for now; empty when it does.
	Suspended string
}

// EventDelivery is an event that is to be told to the address of an event hook, or could not be.
type EventDelivery struct {
	ID     id.ID
	HookID id.ID
	// Event is the name of the gateway's dispatch, Body its payload in JSON.
	Event string
	Body  []byte
	// ChannelID is where it happened; zero for the guild as a whole.
	ChannelID id.ID
	// Dead tells that it is not tried any more.
	Dead bool
	// Attempts is how often it was tried, TriedAt when that was last, NextAt when it is tried again at the earliest; zero for at once.
	Attempts int
	TriedAt  time.Time
	NextAt   time.Time
	// Status is the HTTP status of the last answer, zero for none; Problem says in words why the last attempt failed.
	Status  int
	Problem string
}

// EventHooks keeps event hooks, and as an outbox what they are to tell. Both go with their guild.
//
// What NewMessage.Deliveries has is added by the write that stores the message.
type EventHooks interface {
	// CreateEventHook stores a hook. ErrNotFound when the guild does not exist, a *LimitError when it has most hooks already.
	CreateEventHook(ctx context.Context, hook EventHook, most int) error
	EventHook(ctx context.Context, hookID id.ID) (EventHook, error)
	// EventHooks gives the hooks of all guilds in ascending order of guild and id.
	EventHooks(ctx context.Context) ([]EventHook, error)
	// GuildEventHooks gives a guild's hooks in ascending order of id.
	GuildEventHooks(ctx context.Context, guildID id.ID) ([]EventHook, error)
	// UpdateEventHook applies change to a hook, atomically (see UpdateUser for the rules of change). Id and guild cannot change.
	UpdateEventHook(ctx context.Context, hookID id.ID, change func(*EventHook) error) (EventHook, error)
	// DeleteEventHook deletes a hook with its deliveries and gives what it was.
	DeleteEventHook(ctx context.Context, hookID id.ID) (EventHook, error)
	// AddEventDeliveries stores deliveries, all or none; those of hooks that are gone are passed over.
	AddEventDeliveries(ctx context.Context, deliveries []EventDelivery) error
	EventDelivery(ctx context.Context, hookID, deliveryID id.ID) (EventDelivery, error)
	// EventDeliveries gives the deliveries of a hook that are dead, or those that are not, in ascending order of id, those after one, at most limit.
	EventDeliveries(ctx context.Context, hookID id.ID, dead bool, after id.ID, limit int) ([]EventDelivery, error)
	// CountEventDeliveries tells how many deliveries of a hook are dead, or are not.
	CountEventDeliveries(ctx context.Context, hookID id.ID, dead bool) (int, error)
	// UpdateEventDelivery applies change to a delivery, atomically. Id, hook, event, channel and body cannot change.
	UpdateEventDelivery(ctx context.Context, hookID, deliveryID id.ID, change func(*EventDelivery) error) (EventDelivery, error)
	// DeleteEventDelivery forgets a delivery. Of one that is not there it is no error.
	DeleteEventDelivery(ctx context.Context, hookID, deliveryID id.ID) error
	// PruneEventDeliveries forgets the dead deliveries of a hook with ids below before, and of the others the oldest until most are left.
	PruneEventDeliveries(ctx context.Context, hookID, before id.ID, most int) error
}
