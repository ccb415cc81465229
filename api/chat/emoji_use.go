package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/api/chat/component"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// useEmoji gives an emoji of a guild's own as it is named where it is used, if the caller may use it: they are in its guild and hold one of the roles that it is for. held is what they may do
// where they use it; if that is not in the emoji's guild it takes USE_EXTERNAL_EMOJIS. A bot can use its application's everywhere. Emoji of guilds that the caller is not in are UnknownEmoji, as those are that do not exist.
func (v *Views) useEmoji(ctx context.Context, caller Caller, guildID, emojiID id.ID, held perm.Set) (store.Emoji, error) {
	emoji, err := v.store.Emoji(ctx, emojiID)
	if errors.Is(err, store.ErrNotFound) {
		return v.useOwnEmoji(ctx, caller, emojiID)
	}
	if err != nil {
		return store.Emoji{}, internal("reading an emoji", err)
	}
	member, err := v.Member(ctx, emoji.GuildID, caller.UserID)
	if KindOf(err) == UnknownMember {
		return store.Emoji{}, fail(UnknownEmoji)
	}
	if err != nil {
		return store.Emoji{}, err
	}
	if len(emoji.RoleIDs) > 0 && !slices.ContainsFunc(emoji.RoleIDs, func(roleID id.ID) bool { return slices.Contains(member.RoleIDs, roleID) }) {
		return store.Emoji{}, &Error{Kind: MissingPermission, Message: "This emoji is for members with certain roles."}
	}
	if emoji.GuildID != guildID {
		if err := need(held, perm.UseExternalEmojis); err != nil {
			return store.Emoji{}, err
		}
	}
	return emoji.Emoji(), nil
}

// useOwnEmoji gives an emoji of an application's own, if the caller is the application's bot. It takes no permission.
func (v *Views) useOwnEmoji(ctx context.Context, caller Caller, emojiID id.ID) (store.Emoji, error) {
	emoji, err := v.store.ApplicationEmoji(ctx, emojiID)
	if errors.Is(err, store.ErrNotFound) || err == nil && emoji.ApplicationID != caller.UserID {
		return store.Emoji{}, fail(UnknownEmoji)
	}
	if err != nil {
		return store.Emoji{}, internal("reading an emoji", err)
	}
	return emoji.Emoji(), nil
}

// emoji notes that an emoji cannot be used, and why, as what is wrong with a field. Other errors are given back.
func (f *fieldErrors) emoji(path, code string, err error) error {
	switch KindOf(err) {
	case UnknownEmoji:
		f.add(path, code, "There is no such emoji.")
	case MissingPermission:
		f.add(path, code, "%s", err)
	default:
		return err
	}
	return nil
}

// useEmoji gives the emoji that somebody reacts with. A reaction that is there already can be joined by everybody who may read it, whatever has become of its emoji, and is the one that the
// first chose; another needs ADD_REACTIONS, and an emoji that the caller may use.
func (m *Messages) useEmoji(ctx context.Context, a access, channel *store.Channel, held perm.Set, messageID id.ID, emoji store.Emoji) (store.Emoji, error) {
	if emoji.ID == 0 && held.Has(perm.AddReactions) {
		return emoji, nil
	}
	there, found, err := m.reactedWith(ctx, channel.ID, messageID, emoji)
	if err != nil || found {
		return there, err
	}
	if err := need(held, perm.AddReactions); err != nil || emoji.ID == 0 {
		return emoji, err
	}
	return m.views.useEmoji(ctx, a.caller, channel.GuildID, emoji.ID, held)
}

// reactedWith gives an emoji as it is named among the reactions to a message, if it is there.
func (m *Messages) reactedWith(ctx context.Context, channelID, messageID id.ID, emoji store.Emoji) (store.Emoji, bool, error) {
	reactions, err := m.Store.Reactions(ctx, channelID, []id.ID{messageID}, 0)
	if err != nil {
		return emoji, false, internal("reading reactions", err)
	}
	for _, one := range reactions[messageID] {
		if one.Emoji.ID == emoji.ID && (emoji.ID != 0 || one.Emoji.Name == emoji.Name) {
			return one.Emoji, true, nil
		}
	}
	return emoji, false, nil
}

// useEmojis gives the answers of a poll the guilds' own emoji that they name.
func (m *Messages) useEmojis(ctx context.Context, a access, channel *store.Channel, held perm.Set, poll *store.Poll) error {
	if poll == nil {
		return nil
	}
	var wrong fieldErrors
	for i := range poll.Answers {
		answer := &poll.Answers[i]
		if answer.Emoji.ID == 0 {
			continue
		}
		used, err := m.views.useEmoji(ctx, a.caller, channel.GuildID, answer.Emoji.ID, held)
		if err == nil {
			answer.Emoji = used
		} else if err := wrong.emoji(pollMedia(i)+"emoji", "UNKNOWN_EMOJI", err); err != nil {
			return err
		}
	}
	return wrong.err()
}

// maxShownEmoji bounds how many emoji of guilds the components of one message are asked about: more do not fit into any that is accepted.
const maxShownEmoji = 1000

// usedEmojis are the emoji of guilds' own that components show, by their ids; those that cannot be used are not among them.
type usedEmojis map[id.ID]store.Emoji

// componentEmojis finds the emoji of guilds' own that components show and the caller may use.
func (m *Messages) componentEmojis(ctx context.Context, a access, channel *store.Channel, held perm.Set, raw []byte) (usedEmojis, error) {
	wanted := make(map[id.ID]struct{})
	if hasComponents(raw) {
		// What else is wrong is told by whoever reads them for good.
		component.Read(raw, component.Message{Layout: true, Emoji: func(emoji component.Emoji) (component.Emoji, bool) {
			if emoji.ID == nil || len(wanted) >= maxShownEmoji {
				return emoji, true
			}
			if emojiID, err := id.Parse(*emoji.ID); err == nil {
				wanted[emojiID] = struct{}{}
			}
			return emoji, true
		}})
	}
	used := make(usedEmojis, len(wanted))
	for emojiID := range wanted {
		emoji, err := m.views.useEmoji(ctx, a.caller, channel.GuildID, emojiID, held)
		switch KindOf(err) {
		case UnknownEmoji, MissingPermission:
			continue
		}
		if err != nil {
			return nil, err
		}
		used[emojiID] = emoji
	}
	return used, nil
}

// use gives an emoji of a component as it is kept, and false for one that cannot be used.
func (u usedEmojis) use(emoji component.Emoji) (component.Emoji, bool) {
	if emoji.ID == nil {
		return emoji, checkUnicode(store.Emoji{Name: emoji.Name}) == nil
	}
	emojiID, err := id.Parse(*emoji.ID)
	if err != nil {
		return emoji, false
	}
	used, found := u[emojiID]
	return component.Emoji{ID: emoji.ID, Name: used.Name, Animated: used.Animated}, found
}
