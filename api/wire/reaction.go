package wire

import (
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// ReactionEmoji is what somebody reacted with. Unicode's own have no id.
type ReactionEmoji struct {
	ID       *id.ID `json:"id"`
	Name     string `json:"name"`
	Animated bool   `json:"animated,omitempty"`
}

// Reaction is how often a message was reacted to with an emoji.
type Reaction struct {
	Emoji        ReactionEmoji `json:"emoji"`
	Count        int           `json:"count"`
	CountDetails CountDetails  `json:"count_details"`
	BurstColors  []string      `json:"burst_colors"`
	MeBurst      bool          `json:"me_burst"`
	Me           bool          `json:"me"`
}

// CountDetails splits a count. There are no bursts here.
type CountDetails struct {
	Burst  int `json:"burst"`
	Normal int `json:"normal"`
}

// NewReactionEmoji shows an emoji.
func NewReactionEmoji(emoji store.Emoji) ReactionEmoji {
	return ReactionEmoji{ID: IDOrNull(emoji.ID), Name: emoji.Name, Animated: emoji.Animated}
}

// NewReactions shows the reactions to a message to a reader.
func NewReactions(reactions []store.Reaction) []Reaction {
	shown := make([]Reaction, len(reactions))
	for i, one := range reactions {
		shown[i] = Reaction{Emoji: NewReactionEmoji(one.Emoji), Count: one.Count, CountDetails: CountDetails{Normal: one.Count}, BurstColors: []string{}, Me: one.Me}
	}
	return shown
}

// ReactionAdd is the payload of MESSAGE_REACTION_ADD. Type 0 is a usual reaction.
type ReactionAdd struct {
	UserID          id.ID         `json:"user_id"`
	ChannelID       id.ID         `json:"channel_id"`
	MessageID       id.ID         `json:"message_id"`
	GuildID         *id.ID        `json:"guild_id,omitempty"`
	Member          *Member       `json:"member,omitempty"`
	Emoji           ReactionEmoji `json:"emoji"`
	MessageAuthorID id.ID         `json:"message_author_id"`
	Burst           bool          `json:"burst"`
	Type            int           `json:"type"`
}

// NewReactionAdd tells of a reaction.
func NewReactionAdd(e event.ReactionAdded) ReactionAdd {
	shown := ReactionAdd{UserID: e.UserID, ChannelID: e.ChannelID, MessageID: e.MessageID, GuildID: IDOrNull(e.GuildID), Emoji: NewReactionEmoji(e.Emoji), MessageAuthorID: e.AuthorID}
	if e.Member != nil {
		member := NewMember(*e.Member, e.User)
		shown.Member = &member
	}
	return shown
}

// ReactionRemove is the payload of MESSAGE_REACTION_REMOVE.
type ReactionRemove struct {
	UserID    id.ID         `json:"user_id"`
	ChannelID id.ID         `json:"channel_id"`
	MessageID id.ID         `json:"message_id"`
	GuildID   *id.ID        `json:"guild_id,omitempty"`
	Emoji     ReactionEmoji `json:"emoji"`
	Burst     bool          `json:"burst"`
	Type      int           `json:"type"`
}

// NewReactionRemove tells of a reaction that was taken away.
func NewReactionRemove(e event.ReactionRemoved) ReactionRemove {
	return ReactionRemove{UserID: e.UserID, ChannelID: e.ChannelID, MessageID: e.MessageID, GuildID: IDOrNull(e.GuildID), Emoji: NewReactionEmoji(e.Emoji)}
}

// ReactionsRemove is the payload of MESSAGE_REACTION_REMOVE_ALL and, with an emoji, of MESSAGE_REACTION_REMOVE_EMOJI.
type ReactionsRemove struct {
	ChannelID id.ID          `json:"channel_id"`
	MessageID id.ID          `json:"message_id"`
	GuildID   *id.ID         `json:"guild_id,omitempty"`
	Emoji     *ReactionEmoji `json:"emoji,omitempty"`
}

// NewReactionsRemove tells of reactions that were cleared, and gives the name of the dispatch that does.
func NewReactionsRemove(e event.ReactionsCleared) (name string, shown ReactionsRemove) {
	shown = ReactionsRemove{ChannelID: e.ChannelID, MessageID: e.MessageID, GuildID: IDOrNull(e.GuildID)}
	if e.Emoji == nil {
		return "MESSAGE_REACTION_REMOVE_ALL", shown
	}
	emoji := NewReactionEmoji(*e.Emoji)
	shown.Emoji = &emoji
	return "MESSAGE_REACTION_REMOVE_EMOJI", shown
}
