package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// The flags of an application that let its bot use the privileged intents: those of verified applications and of those in few guilds, which makes no difference here
// (https://discord.com/developers/docs/resources/application#application-object-application-flags).
const (
	FlagsPresences uint64 = 1<<12 | 1<<13
	FlagsMembers   uint64 = 1<<14 | 1<<15
	FlagsContent   uint64 = 1<<18 | 1<<19
)

// botFlags are what a new application may receive: all privileged intents, as a hall of one's own trusts its bots.
const botFlags = FlagsPresences | FlagsMembers | FlagsContent

// Granted tells whether the caller may receive what one of some flags lets bots receive. People may.
func (b *Bots) Granted(ctx context.Context, caller Caller, flags uint64) (bool, error) {
	return b.granted(ctx, caller, flags)
}

// granted is Granted, for all of the rules.
func (d *Deps) granted(ctx context.Context, caller Caller, flags uint64) (bool, error) {
	if !caller.Bot {
		return true, nil
	}
	bot, err := d.Store.Bot(ctx, caller.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return false, fail(UnknownApplication)
	}
	if err != nil {
		return false, internal("read a bot", err)
	}
	return bot.Flags&flags != 0, nil
}

// Readable is how much of a message a bot without the message content intent is shown.
type Readable int

const (
	// ReadableNot is for messages that are none of its business.
	ReadableNot Readable = iota
	// ReadableOwn is for what it wrote itself: without what that quotes of others, which it could otherwise read by answering or forwarding everything.
	ReadableOwn
	// ReadableWhole is for conversations, and for those that mention it.
	ReadableWhole
)

// ReadableBy tells how much of a message a bot is shown that may not read contents.
func ReadableBy(botID id.ID, posted *event.MessageCreated) Readable {
	message := &posted.Message
	switch {
	case message.GuildID == 0 || slices.Contains(message.Mentions, botID):
		return ReadableWhole
	case message.AuthorID != botID && message.ApplicationID != botID:
		return ReadableNot
	case message.Reference == nil || message.Reference.Snapshot == nil && mayQuote(botID, posted.Referenced):
		return ReadableWhole
	}
	return ReadableOwn
}

func mayQuote(botID id.ID, quoted *store.Message) bool {
	return quoted == nil || quoted.AuthorID == botID || quoted.ApplicationID == botID || slices.Contains(quoted.Mentions, botID)
}
