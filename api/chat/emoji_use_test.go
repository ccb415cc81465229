package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// emojiWorld is two guilds with emoji: bob is in both, carol only where they talk.
type emojiWorld struct {
	*chattest.Hall
	here, there                       *chattest.Guild
	bob, carol                        chat.Caller
	own, foreign, reserved, elsewhere store.Emoji
	knights                           store.Role
}

func newEmojiWorld(t *testing.T) *emojiWorld {
	w := &emojiWorld{Hall: chattest.Open(t, chattest.Options{})}
	w.here, w.there = w.Guild(w.Person("alice")), w.Guild(w.Person("anna"))
	w.bob, w.carol = w.here.Member("bob"), w.here.Member("carol")
	w.there.Join(w.bob)
	w.knights = w.here.Role("knights", 1, 0, w.carol)
	w.own, w.foreign = newEmoji(t, w.Hall, w.here.ID, "own"), newEmoji(t, w.Hall, w.there.ID, "foreign")
	w.reserved, w.elsewhere = newEmoji(t, w.Hall, w.here.ID, "reserved", w.knights.ID), newEmoji(t, w.Hall, w.Guild(w.Person("zoe")).ID, "elsewhere")
	return w
}

func (w *emojiWorld) post(t *testing.T) id.ID {
	t.Helper()
	posted, err := w.Messages.Create(t.Context(), w.bob, w.here.General, chat.MessageDraft{Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	return posted.Message.ID
}

func TestReactingWithTheEmojiOfGuilds(t *testing.T) {
	w := newEmojiWorld(t)
	ctx, general, message := t.Context(), w.here.General, w.post(t)
	react := func(caller chat.Caller, emojiID id.ID) error {
		return w.Messages.React(ctx, caller, general, message, store.Emoji{ID: emojiID})
	}
	events := w.Watch(event.GuildSubject(w.here.ID))
	if err := react(w.bob, w.own.ID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.ReactionAdded](events); told.Emoji != w.own {
		t.Errorf("told %+v", told.Emoji)
	}
	expectKind(t, react(w.bob, 7), chat.UnknownEmoji)
	expectKind(t, react(w.bob, w.elsewhere.ID), chat.UnknownEmoji)
	expectKind(t, react(w.bob, w.reserved.ID), chat.MissingPermission)
	if err := react(w.carol, w.reserved.ID); err != nil {
		t.Errorf("who holds the role: %v", err)
	}
	if err := react(w.bob, w.foreign.ID); err != nil {
		t.Errorf("an emoji of another guild: %v", err)
	}
	w.here.Everyone(chat.EveryonePermissions &^ (perm.UseExternalEmojis | perm.AddReactions))
	// Whoever may read the message may join in, with emoji that they could not begin with.
	for _, emoji := range []store.Emoji{w.foreign, w.own, w.reserved} {
		for _, caller := range []chat.Caller{w.bob, w.carol} {
			if err := react(caller, emoji.ID); err != nil {
				t.Errorf("joining in with %s: %v", emoji.Name, err)
			}
		}
	}
	message = w.post(t)
	expectKind(t, react(w.bob, w.own.ID), chat.MissingPermission)
	w.here.Everyone(chat.EveryonePermissions &^ perm.UseExternalEmojis)
	expectKind(t, react(w.bob, w.foreign.ID), chat.MissingPermission)
	if err := react(w.bob, w.own.ID); err != nil {
		t.Errorf("a guild's own needs no more than ADD_REACTIONS: %v", err)
	}
	talk, err := w.Directs.Open(ctx, w.bob, w.carol.UserID)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := w.Messages.Create(ctx, w.bob, talk.ID, chat.MessageDraft{Content: "psst"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Messages.React(ctx, w.bob, talk.ID, posted.Message.ID, store.Emoji{ID: w.own.ID}); err != nil {
		t.Errorf("between people: %v", err)
	}
}

func TestReactionsOutliveTheirEmoji(t *testing.T) {
	w := newEmojiWorld(t)
	ctx, general, message := t.Context(), w.here.General, w.post(t)
	if err := w.Messages.React(ctx, w.bob, general, message, w.own); err != nil {
		t.Fatal(err)
	}
	if err := w.Emojis.Delete(ctx, w.here.Owner, w.here.ID, w.own.ID); err != nil {
		t.Fatal(err)
	}
	events := w.Watch(event.GuildSubject(w.here.ID))
	if who, err := w.Messages.Reactors(ctx, w.carol, general, message, store.Emoji{ID: w.own.ID}, 0, 10); err != nil || len(who) != 1 || who[0].ID != w.bob.UserID {
		t.Errorf("reacted have %+v, %v", who, err)
	}
	if err := w.Messages.React(ctx, w.carol, general, message, store.Emoji{ID: w.own.ID}); err != nil {
		t.Errorf("joining in: %v", err)
	}
	shown, err := w.Messages.Reactions(ctx, w.carol, general, event.MessageCreated{Message: store.Message{ID: message}})
	if err != nil || len(shown[message]) != 1 || shown[message][0] != (store.Reaction{Emoji: w.own, Count: 2, Me: true}) {
		t.Errorf("shown are %+v, %v", shown, err)
	}
	if err := w.Messages.Unreact(ctx, w.bob, general, message, w.bob.UserID, store.Emoji{ID: w.own.ID, Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.ReactionRemoved](events); told.Emoji != w.own {
		t.Errorf("told %+v", told.Emoji)
	}
	if err := w.Messages.ClearReactions(ctx, w.here.Owner, general, message, &store.Emoji{ID: w.own.ID}); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.ReactionsCleared](events); *told.Emoji != w.own {
		t.Errorf("told %+v", told.Emoji)
	}
	expectKind(t, w.Messages.React(ctx, w.bob, general, message, store.Emoji{ID: w.own.ID}), chat.UnknownEmoji)
}

func TestPollsAndStatusesWithTheEmojiOfGuilds(t *testing.T) {
	w := newEmojiWorld(t)
	ctx := t.Context()
	ask := func(emoji store.Emoji) (store.Emoji, error) {
		posted, err := w.Messages.Create(ctx, w.bob, w.here.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}, {Text: "b", Emoji: emoji}}}})
		if err != nil {
			return store.Emoji{}, err
		}
		return posted.Message.Poll.Answers[1].Emoji, nil
	}
	if shown, err := ask(store.Emoji{ID: w.foreign.ID, Name: "something else"}); err != nil || shown != w.foreign {
		t.Errorf("the answer has %+v, %v", shown, err)
	}
	for _, emoji := range []store.Emoji{w.reserved, w.elsewhere, {ID: 7, Name: "wave"}} {
		_, err := ask(emoji)
		expectField(t, err, "poll.answers.1.poll_media.emoji")
	}
	status := func(emoji store.Emoji) (store.Emoji, error) {
		custom := &store.CustomStatus{Emoji: emoji}
		settings, err := w.Settings.Update(ctx, w.bob, chat.SettingsEdit{CustomStatus: &custom})
		if err != nil {
			return store.Emoji{}, err
		}
		return settings.CustomStatus.Emoji, nil
	}
	if shown, err := status(store.Emoji{ID: w.own.ID}); err != nil || shown != w.own {
		t.Errorf("the status has %+v, %v", shown, err)
	}
	for _, emoji := range []store.Emoji{w.reserved, w.elsewhere, {ID: 7, Name: "wave"}} {
		_, err := status(emoji)
		expectField(t, err, "custom_status.emoji_id")
	}
}

func TestComponentsWithTheEmojiOfGuilds(t *testing.T) {
	w := newEmojiWorld(t)
	ctx := t.Context()
	bot := w.Bot("robot", w.here.Owner)
	w.here.Join(bot)
	button := func(emoji string) []byte {
		return fmt.Appendf(nil, `[{"type":1,"components":[{"type":2,"style":1,"custom_id":"go","emoji":%s}]},
			{"type":1,"components":[{"type":3,"custom_id":"choose","options":[{"label":"a","value":"a","emoji":%s}]}]}]`, emoji, emoji)
	}
	posted, err := w.Messages.Create(ctx, bot, w.here.General, chat.MessageDraft{Components: button(fmt.Sprintf(`{"id":"%s","name":"anything"}`, w.own.ID))})
	if kept := string(posted.Message.Components); err != nil || strings.Count(kept, fmt.Sprintf(`"emoji":{"id":"%s","name":"own"}`, w.own.ID)) != 2 {
		t.Fatalf("kept is %s, %v", kept, err)
	}
	for emoji, field := range map[string]string{
		fmt.Sprintf(`{"id":"%s"}`, w.reserved.ID): "components.0.components.0.emoji.id", fmt.Sprintf(`{"id":"%s"}`, w.foreign.ID): "components.0.components.0.emoji.id",
		`{"id":"wave"}`: "components.0.components.0.emoji.id", `{"name":"wave"}`: "components.0.components.0.emoji.name", `{}`: "components.0.components.0.emoji.name",
	} {
		_, err := w.Messages.Create(ctx, bot, w.here.General, chat.MessageDraft{Components: button(emoji)})
		expectCode(t, err, field, "COMPONENT_INVALID_EMOJI")
		changed := button(emoji)
		_, err = w.Messages.Update(ctx, bot, w.here.General, posted.Message.ID, chat.MessageEdit{Components: &changed})
		expectCode(t, err, field, "COMPONENT_INVALID_EMOJI")
	}
	if err := w.Emojis.Delete(ctx, w.here.Owner, w.here.ID, w.own.ID); err != nil {
		t.Fatal(err)
	}
	content := "the emoji is gone, the button stays"
	updated, err := w.Messages.Update(ctx, bot, w.here.General, posted.Message.ID, chat.MessageEdit{Content: &content})
	if err != nil || !strings.Contains(string(updated.Message.Components), w.own.ID.String()) {
		t.Errorf("an edit of something else: %s, %v", updated.Message.Components, err)
	}
}

func TestForumsWithTheEmojiOfTheirGuild(t *testing.T) {
	w := newEmojiWorld(t)
	ctx := t.Context()
	tags := []store.ForumTag{{Name: "one", Emoji: store.Emoji{ID: w.own.ID, Name: "x"}}, {Name: "two", Emoji: store.Emoji{Name: "🏰"}}}
	forum, err := w.Channels.Create(ctx, w.here.Owner, w.here.ID, chat.ChannelDraft{Name: "ideas", Type: store.ChannelForum, Threads: chat.ChannelEdit{Tags: &tags, DefaultReaction: &store.Emoji{ID: w.reserved.ID}}})
	if err != nil || forum.Forum.DefaultReaction != (store.Emoji{ID: w.reserved.ID}) || forum.Forum.Tags[0].Emoji != (store.Emoji{ID: w.own.ID}) {
		t.Fatalf("made %+v, %v", forum.Forum, err)
	}
	for _, emoji := range []store.Emoji{w.foreign, w.elsewhere, {ID: 7}} {
		_, err := w.Channels.Update(ctx, w.here.Owner, forum.ID, chat.ChannelEdit{DefaultReaction: &emoji})
		expectField(t, err, "default_reaction_emoji")
		_, err = w.Channels.Update(ctx, w.here.Owner, forum.ID, chat.ChannelEdit{Tags: &[]store.ForumTag{{Name: "new", Emoji: emoji}}})
		expectField(t, err, "available_tags.0.emoji_id")
	}
	// Emoji that are gone bother nobody who changes something else.
	for _, emoji := range []store.Emoji{w.own, w.reserved} {
		if err := w.Emojis.Delete(ctx, w.here.Owner, w.here.ID, emoji.ID); err != nil {
			t.Fatal(err)
		}
	}
	tags = append(forum.Forum.Tags, store.ForumTag{Name: "three"})
	forum, err = w.Channels.Update(ctx, w.here.Owner, forum.ID, chat.ChannelEdit{Tags: &tags})
	if err != nil || len(forum.Forum.Tags) != 3 || forum.Forum.Tags[0].Emoji.ID != w.own.ID {
		t.Errorf("changed %+v, %v", forum.Forum, err)
	}
}
