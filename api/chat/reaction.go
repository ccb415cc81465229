package chat

import (
	"cmp"
	"context"
	"errors"
	"unicode"
	"unicode/utf8"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// maxReactions is how many kinds of reactions a message may have (wire contract, limits).
	maxReactions = 20
	// maxEmoji is the longest emoji in bytes: families and flags of regions have some thirty.
	maxEmoji = 64
	// defaultReactors and maxReactors bound a page of those who reacted.
	defaultReactors = 25
	maxReactors     = 100
)

// React adds a reaction of the caller to a message. It needs READ_MESSAGE_HISTORY, and unless somebody has reacted with this emoji already ADD_REACTIONS and,
// for one of another guild's own, USE_EXTERNAL_EMOJIS.
func (m *Messages) React(ctx context.Context, caller Caller, channelID, messageID id.ID, emoji store.Emoji) error {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if a.member == nil {
		return &Error{Kind: MissingPermission, Message: "The command line does not react to messages."}
	}
	if err := cmp.Or(need(held, perm.ReadMessageHistory), notArchived(channel)); err != nil {
		return err
	}
	if err := cmp.Or(a.awake(held), checkReaction(emoji)); err != nil {
		return err
	}
	user, err := m.users.lookup(ctx, caller.UserID)
	if err != nil {
		return internal("reading an account", err)
	}
	return m.operate(ctx, channelID, messageID, func(ctx context.Context, message store.Message) error {
		emoji, err := m.useEmoji(ctx, a, channel, held, messageID, emoji)
		if err != nil {
			return err
		}
		added, err := m.Store.AddReaction(ctx, channelID, messageID, caller.UserID, emoji, maxReactions)
		if err != nil || !added {
			return reactionFailure("adding a reaction", err)
		}
		e := event.ReactionAdded{GuildID: channel.GuildID, ChannelID: channelID, MessageID: messageID, AuthorID: message.AuthorID, UserID: caller.UserID, Emoji: emoji, User: user}
		if channel.GuildID != 0 {
			e.Member = a.member
		}
		m.tell(ctx, e)
		return nil
	})
}

// Unreact takes a reaction away; others' reactions need MANAGE_MESSAGES.
func (m *Messages) Unreact(ctx context.Context, caller Caller, channelID, messageID, userID id.ID, emoji store.Emoji) error {
	channel, err := m.reactable(ctx, caller, channelID, emoji, userID != caller.UserID)
	if err != nil {
		return err
	}
	return m.operate(ctx, channelID, messageID, func(ctx context.Context, _ store.Message) error {
		emoji, _, err := m.reactedWith(ctx, channelID, messageID, emoji)
		if err != nil {
			return err
		}
		removed, err := m.Store.RemoveReaction(ctx, channelID, messageID, userID, emoji)
		if err != nil || !removed {
			return reactionFailure("removing a reaction", err)
		}
		m.tell(ctx, event.ReactionRemoved{GuildID: channel.GuildID, ChannelID: channelID, MessageID: messageID, UserID: userID, Emoji: emoji})
		return nil
	})
}

// ClearReactions takes all reactions of a message away, or those with one emoji; it needs MANAGE_MESSAGES.
func (m *Messages) ClearReactions(ctx context.Context, caller Caller, channelID, messageID id.ID, emoji *store.Emoji) error {
	var checked store.Emoji
	if emoji != nil {
		checked = *emoji
	}
	channel, err := m.reactable(ctx, caller, channelID, checked, true)
	if err != nil {
		return err
	}
	return m.operate(ctx, channelID, messageID, func(ctx context.Context, _ store.Message) error {
		only := emoji
		if emoji != nil {
			named, _, err := m.reactedWith(ctx, channelID, messageID, checked)
			if err != nil {
				return err
			}
			only = &named
		}
		cleared, err := m.Store.ClearReactions(ctx, channelID, messageID, only)
		if err != nil || !cleared {
			return reactionFailure("clearing reactions", err)
		}
		m.tell(ctx, event.ReactionsCleared{GuildID: channel.GuildID, ChannelID: channelID, MessageID: messageID, Emoji: only})
		return nil
	})
}

// reactable finds a channel in which the caller may take reactions away, their own or everybody's. An empty emoji stands for all.
func (m *Messages) reactable(ctx context.Context, caller Caller, channelID id.ID, emoji store.Emoji, others bool) (*store.Channel, error) {
	_, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return nil, err
	}
	if others {
		if err := need(held, perm.ManageMessages); err != nil {
			return nil, err
		}
	}
	if emoji == (store.Emoji{}) {
		return channel, nil
	}
	return channel, checkReaction(emoji)
}

// operate has something done to a message, in its channel's order.
func (m *Messages) operate(ctx context.Context, channelID, messageID id.ID, do func(context.Context, store.Message) error) error {
	return m.lanes.do(ctx, channelID, &laneJob{operation: func(ctx context.Context) error {
		message, err := m.read(ctx, channelID, messageID)
		if err != nil {
			return err
		}
		return do(ctx, message)
	}})
}

func reactionFailure(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownMessage)
	}
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxReactions)
	}
	return internal(doing, err)
}

// Reactors gives who reacted to a message with an emoji, by ascending id, after one of them; it needs READ_MESSAGE_HISTORY. limit is 1 to 100, zero means 25.
func (m *Messages) Reactors(ctx context.Context, caller Caller, channelID, messageID id.ID, emoji store.Emoji, after id.ID, limit int) ([]store.User, error) {
	limit = cmp.Or(limit, defaultReactors)
	if limit < 1 || limit > maxReactors {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxReactors)
	}
	if _, err := m.reactable(ctx, caller, channelID, emoji, false); err != nil {
		return nil, err
	}
	if _, err := m.read(ctx, channelID, messageID); err != nil {
		return nil, err
	}
	userIDs, err := m.Store.Reactors(ctx, channelID, messageID, emoji, after, limit)
	if err != nil {
		return nil, internal("listing reactions", err)
	}
	users, err := m.users.lookupAll(ctx, userIDs)
	if err != nil {
		return nil, internal("reading accounts", err)
	}
	found := make([]store.User, len(userIDs))
	for i, userID := range userIDs {
		found[i] = authorAmong(users, userID)
	}
	return found, nil
}

// Reactions gives the reactions to messages of a channel, as the caller sees them. Whether the caller may see the messages was asked when they were read.
func (m *Messages) Reactions(ctx context.Context, caller Caller, channelID id.ID, messages ...event.MessageCreated) (map[id.ID][]store.Reaction, error) {
	messageIDs := make([]id.ID, len(messages))
	for i := range messages {
		messageIDs[i] = messages[i].Message.ID
	}
	reactions, err := m.Store.Reactions(ctx, channelID, messageIDs, caller.UserID)
	if err != nil {
		return nil, internal("reading reactions", err)
	}
	return reactions, nil
}

// checkReaction makes sure that an emoji can be that of a reaction. Whether there is one of a guild's own is asked where it matters: reactions stay when it is deleted.
func checkReaction(emoji store.Emoji) error {
	if emoji.ID != 0 {
		return nil
	}
	return checkUnicode(emoji)
}

// checkUnicode makes sure that an emoji is one of Unicode's, and only one: of several, or of flags' letters, words could be made.
func checkUnicode(emoji store.Emoji) error {
	if emoji.ID != 0 || len(emoji.Name) > maxEmoji || !utf8.ValidString(emoji.Name) || !isOneEmoji([]rune(emoji.Name)) {
		return fail(UnknownEmoji)
	}
	return nil
}

// isOneEmoji tells whether a text is one emoji: pictures, each with its variations, that joiners make one (Unicode Technical Standard 51, 1.4.9).
func isOneEmoji(text []rune) bool {
	for {
		length := pictureLength(text)
		if length == 0 || length == len(text) {
			return length > 0
		}
		if text[length] != zeroWidthJoiner {
			return false
		}
		text = text[length+1:]
	}
}

// The characters that join and vary emoji.
const (
	zeroWidthJoiner = 0x200D
	textStyle       = 0xFE0E
	emojiStyle      = 0xFE0F
	keycap          = 0x20E3
	lastTag         = 0xE007F
)

// pictureLength tells how many characters the picture that a text begins with has, with what varies it; 0 when it begins with none.
func pictureLength(text []rune) int {
	if len(text) == 0 {
		return 0
	}
	at := 1
	skip := func(is func(rune) bool) {
		if at < len(text) && is(text[at]) {
			at++
		}
	}
	switch first := text[0]; {
	case isFlagLetter(first): // two are a flag, one is itself
		skip(isFlagLetter)
		return at
	case first == '#' || first == '*' || first >= '0' && first <= '9':
		skip(isStyle)
		if at < len(text) && text[at] == keycap {
			return at + 1
		}
		return 0
	case !isPicture(first):
		return 0
	}
	skip(isStyle)
	skip(isSkinTone)
	skip(isStyle) // some clients write it behind the tone
	for tags := at; tags < len(text) && isTag(text[tags]); tags++ {
		if text[tags] == lastTag { // the flags of regions
			return tags + 1
		}
	}
	return at
}

func isStyle(r rune) bool      { return r == textStyle || r == emojiStyle }
func isSkinTone(r rune) bool   { return r >= 0x1F3FB && r <= 0x1F3FF }
func isFlagLetter(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
func isTag(r rune) bool        { return r >= 0xE0020 && r <= lastTag }

// isPicture tells whether a character is an emoji, or may be the first of one (Unicode Technical Standard 51): symbols, arrows and the pictographs. Signs and
// letters beyond them are none.
func isPicture(r rune) bool {
	switch {
	case r == 0xA9 || r == 0xAE || r == 0x203C || r == 0x2049 || r == 0x2122 || r == 0x2139 || r == 0x3030 || r == 0x303D || r == 0x3297 || r == 0x3299:
		return true
	case r >= 0x2190 && r <= 0x2BFF, r >= 0x1F000 && r <= 0x1FAFF:
		return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk)
	}
	return false
}
