package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// conversation is a guild with two people in it.
type conversation struct {
	*chattest.Hall
	guild      *chattest.Guild
	alice, bob chat.Caller
}

func newConversation(t *testing.T) *conversation {
	t.Helper()
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	return &conversation{Hall: hall, guild: guild, alice: guild.Owner, bob: guild.Member("bob")}
}

func (c *conversation) post(t *testing.T, author chat.Caller, draft chat.MessageDraft) event.MessageCreated {
	t.Helper()
	posted, err := c.Messages.Create(t.Context(), author, c.guild.General, draft)
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

func (c *conversation) contents(t *testing.T, page store.MessagePage) []string {
	t.Helper()
	messages, err := c.Messages.List(t.Context(), c.bob, c.guild.General, page)
	if err != nil {
		t.Fatal(err)
	}
	var contents []string
	for _, message := range messages {
		contents = append(contents, message.Message.Content)
	}
	return contents
}

func expectKind(t *testing.T, err error, want chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != want {
		t.Errorf("got %v, want kind %d", err, want)
	}
}

func expectField(t *testing.T, err error, path string) {
	t.Helper()
	if wrong, ok := errors.AsType[*chat.Error](err); !ok || wrong.Kind != chat.Invalid || len(wrong.Fields) == 0 || wrong.Fields[0].Path != path {
		t.Errorf("got %v, want %s to be wrong", err, path)
	}
}

func TestAPostedMessageIsStoredAndEverybodyIsTold(t *testing.T) {
	c := newConversation(t)
	events := c.Watch(event.GuildSubject(c.guild.ID))
	posted := c.post(t, c.bob, chat.MessageDraft{Content: "  hello,\r\nworld ", Nonce: "n-1", Flags: store.MessageSilent})

	message := posted.Message
	if message.Content != "hello,\nworld" || message.AuthorID != c.bob.UserID || message.ChannelID != c.guild.General || message.GuildID != c.guild.ID || message.Nonce != "n-1" ||
		message.Flags != store.MessageSilent || message.Type != store.MessageDefault || !message.EditedAt.IsZero() {
		t.Errorf("posted %+v", message)
	}
	if posted.Author.Username != "bob" || posted.Member == nil || posted.Member.UserID != c.bob.UserID || posted.ChannelType != store.ChannelText {
		t.Errorf("posted by %+v as %+v in a channel of type %d", posted.Author, posted.Member, posted.ChannelType)
	}
	told := chattest.Next[event.MessageCreated](events)
	if told.Message.ID != message.ID || told.Message.Content != message.Content || told.Author.ID != c.bob.UserID || told.Member == nil {
		t.Errorf("told %+v", told)
	}
	read, err := c.Messages.Get(t.Context(), c.alice, c.guild.General, message.ID)
	if err != nil || read.Message.Content != message.Content || read.Author.Username != "bob" {
		t.Errorf("read %+v, %v", read, err)
	}
	view, err := c.Views.Guild(t.Context(), c.guild.ID)
	if err != nil || view.LastMessageID(c.guild.General) != message.ID {
		t.Errorf("the newest message is %v, %v", view.LastMessageID(c.guild.General), err)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	c := newConversation(t)
	for _, test := range []struct {
		name  string
		draft chat.MessageDraft
		kind  chat.Kind
		field string
	}{
		{name: "nothing", kind: chat.EmptyMessage},
		{name: "spaces", draft: chat.MessageDraft{Content: " \n\t\u3000 "}, kind: chat.EmptyMessage},
		{name: "too long", draft: chat.MessageDraft{Content: strings.Repeat("👍", 2001)}, field: "content"},
		{name: "NUL", draft: chat.MessageDraft{Content: "a\x00b"}, field: "content"},
		{name: "not UTF-8", draft: chat.MessageDraft{Content: "a\xff"}, field: "content"},
		{name: "a nonce too long", draft: chat.MessageDraft{Content: "a", Nonce: strings.Repeat("n", 26)}, field: "nonce"},
		{name: "an empty embed", draft: chat.MessageDraft{Embeds: []store.Embed{{}}}, field: "embeds.0.description"},
		{name: "flags that are not supported", draft: chat.MessageDraft{Content: "a", Flags: 1 << 4}, kind: chat.NotSupported},
		{name: "users allowed in both ways", draft: chat.MessageDraft{Content: "a", AllowedMentions: &chat.AllowedMentions{ParseUsers: true, UserIDs: []id.ID{1}}}, field: "allowed_mentions"},
		{name: "too many allowed", draft: chat.MessageDraft{Content: "a", AllowedMentions: &chat.AllowedMentions{RoleIDs: make([]id.ID, 101)}}, field: "allowed_mentions.roles"},
		{name: "a reply to nothing", draft: chat.MessageDraft{Content: "a", Reference: &chat.ReferenceDraft{MessageID: 1, FailIfNotExists: true}}, field: "message_reference"},
		{name: "a reply to another channel", draft: chat.MessageDraft{Content: "a", Reference: &chat.ReferenceDraft{MessageID: 1, ChannelID: c.guild.Lounge}}, field: "message_reference"},
		{name: "a reply to another guild", draft: chat.MessageDraft{Content: "a", Reference: &chat.ReferenceDraft{MessageID: 1, GuildID: 7}}, field: "message_reference"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.Messages.Create(t.Context(), c.alice, c.guild.General, test.draft)
			if test.field != "" {
				expectField(t, err, test.field)
			} else {
				expectKind(t, err, test.kind)
			}
		})
	}
	_, err := c.Messages.Create(t.Context(), c.alice, c.guild.Category, chat.MessageDraft{Content: "a"})
	expectKind(t, err, chat.WrongChannelType)
	_, err = c.Messages.Create(t.Context(), c.alice, 12345, chat.MessageDraft{Content: "a"})
	expectKind(t, err, chat.UnknownChannel)
	_, err = c.Messages.Create(t.Context(), chattest.Console, c.guild.General, chat.MessageDraft{Content: "a"})
	expectKind(t, err, chat.MissingPermission)
	if got := c.contents(t, store.MessagePage{}); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
}

func TestTwoThousandCharactersAreCountedAsPeopleCountThem(t *testing.T) {
	c := newConversation(t)
	c.post(t, c.bob, chat.MessageDraft{Content: " " + strings.Repeat("👍", 2000) + " "})
}

func TestVoiceChannelsHaveText(t *testing.T) {
	c := newConversation(t)
	posted, err := c.Messages.Create(t.Context(), c.bob, c.guild.Lounge, chat.MessageDraft{Content: "a"})
	if err != nil || posted.ChannelType != store.ChannelVoice {
		t.Errorf("got %v, %v", posted.ChannelType, err)
	}
}

func TestWhomAMessageMentions(t *testing.T) {
	c := newConversation(t)
	mentionable := c.guild.Role("mentionable", 1, 0)
	if _, err := c.Roles.Update(t.Context(), c.alice, c.guild.ID, mentionable.ID, chat.RoleEdit{Mentionable: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	quiet := c.guild.Role("quiet", 2, 0)
	alice, bob := c.alice.UserID, c.bob.UserID
	stranger := c.Person("stranger").UserID
	content := fmt.Sprintf("<@%d> <@!%d> <@%d> <@404> <@&%d> <@&%d> <@&%d> <@&405> @everyone", alice, bob, stranger, mentionable.ID, quiet.ID, c.guild.ID)
	for _, test := range []struct {
		name     string
		author   chat.Caller
		allowed  *chat.AllowedMentions
		users    []id.ID
		roles    []id.ID
		everyone bool
	}{
		{"without allowed_mentions, by somebody who may mention everyone", c.alice, nil, []id.ID{alice, bob, stranger}, []id.ID{mentionable.ID, quiet.ID}, true},
		{"without allowed_mentions, by somebody who may not", c.bob, nil, []id.ID{alice, bob, stranger}, []id.ID{mentionable.ID}, false},
		{"nothing allowed", c.alice, &chat.AllowedMentions{}, nil, nil, false},
		{"users allowed", c.alice, &chat.AllowedMentions{ParseUsers: true}, []id.ID{alice, bob, stranger}, nil, false},
		{"one user allowed", c.alice, &chat.AllowedMentions{UserIDs: []id.ID{bob, 999}}, []id.ID{bob}, nil, false},
		{"roles allowed", c.alice, &chat.AllowedMentions{ParseRoles: true}, nil, []id.ID{mentionable.ID, quiet.ID}, false},
		{"one role allowed that the author may not mention", c.bob, &chat.AllowedMentions{RoleIDs: []id.ID{quiet.ID}}, nil, nil, false},
		{"everyone allowed", c.alice, &chat.AllowedMentions{ParseEveryone: true}, nil, nil, true},
		{"everyone allowed to somebody who may not", c.bob, &chat.AllowedMentions{ParseEveryone: true}, nil, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			posted := c.post(t, test.author, chat.MessageDraft{Content: content, AllowedMentions: test.allowed})
			message := posted.Message
			if message.Content != content {
				t.Errorf("the content became %q", message.Content)
			}
			if !slices.Equal(message.Mentions, test.users) || !slices.Equal(message.MentionRoles, test.roles) || message.MentionEveryone != test.everyone {
				t.Errorf("mentions %v, roles %v, everyone %v", message.Mentions, message.MentionRoles, message.MentionEveryone)
			}
			var mentioned []id.ID
			for _, user := range posted.Mentioned {
				mentioned = append(mentioned, user.ID)
			}
			if !slices.Equal(mentioned, test.users) {
				t.Errorf("carries the accounts %v", mentioned)
			}
		})
	}
}

func TestReplies(t *testing.T) {
	c := newConversation(t)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "question"})
	reference := &chat.ReferenceDraft{MessageID: original.Message.ID, ChannelID: c.guild.General, GuildID: c.guild.ID, FailIfNotExists: true}

	reply := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference})
	if reply.Message.Type != store.MessageReply || reply.Message.Reference == nil || *reply.Message.Reference != (store.MessageReference{MessageID: original.Message.ID, ChannelID: c.guild.General, GuildID: c.guild.ID}) {
		t.Errorf("replied with %+v", reply.Message)
	}
	if reply.Referenced == nil || reply.Referenced.Content != "question" || reply.ReferencedAuthor == nil || reply.ReferencedAuthor.Username != "alice" {
		t.Errorf("carries %+v by %+v", reply.Referenced, reply.ReferencedAuthor)
	}
	if !slices.Equal(reply.Message.Mentions, []id.ID{c.alice.UserID}) {
		t.Errorf("a reply mentions %v", reply.Message.Mentions)
	}
	silent := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference, AllowedMentions: &chat.AllowedMentions{}})
	if len(silent.Message.Mentions) != 0 {
		t.Errorf("a reply that must not ping mentions %v", silent.Message.Mentions)
	}
	loud := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference, AllowedMentions: &chat.AllowedMentions{RepliedUser: true}})
	if !slices.Equal(loud.Message.Mentions, []id.ID{c.alice.UserID}) {
		t.Errorf("a reply that may ping mentions %v", loud.Message.Mentions)
	}

	listed, err := c.Messages.List(t.Context(), c.bob, c.guild.General, store.MessagePage{Limit: 1})
	if err != nil || listed[0].Referenced == nil || listed[0].Referenced.Content != "question" || listed[0].ReferencedAuthor.Username != "alice" {
		t.Errorf("listed %+v, %v", listed, err)
	}

	if err := c.Messages.Delete(t.Context(), c.alice, c.guild.General, original.Message.ID); err != nil {
		t.Fatal(err)
	}
	orphan, err := c.Messages.Get(t.Context(), c.bob, c.guild.General, reply.Message.ID)
	if err != nil || orphan.Message.Reference == nil || orphan.Referenced != nil {
		t.Errorf("after the question was deleted the answer is %+v, %v", orphan, err)
	}
	reference.FailIfNotExists = false
	plain := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference})
	if plain.Message.Type != store.MessageDefault || plain.Message.Reference != nil {
		t.Errorf("a reply to nothing became %+v", plain.Message)
	}
}

func TestAReplyNeedsTheHistory(t *testing.T) {
	c := newConversation(t)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "question"})
	c.guild.Overwrite(c.guild.General, c.guild.ID, store.OverwriteRole, 0, perm.ReadMessageHistory)
	_, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, chat.MessageDraft{Content: "a", Reference: &chat.ReferenceDraft{MessageID: original.Message.ID}})
	expectKind(t, err, chat.NoReadHistory)
}

func TestANonceThatIsEnforcedPostsOnce(t *testing.T) {
	c := newConversation(t)
	draft := chat.MessageDraft{Content: "first", Nonce: "n", EnforceNonce: true}
	first := c.post(t, c.bob, draft)
	events := c.Watch(event.GuildSubject(c.guild.ID))
	draft.Content = "second"
	again := c.post(t, c.bob, draft)
	if again.Message.ID != first.Message.ID || again.Message.Content != "first" || again.Author.Username != "bob" {
		t.Errorf("the same nonce gave %+v", again)
	}
	if other := c.post(t, c.alice, draft); other.Message.ID == first.Message.ID {
		t.Error("another author's nonce is not one's own")
	}
	if told := chattest.Next[event.MessageCreated](events); told.Author.Username != "alice" {
		t.Errorf("the repetition was published: %+v", told.Message)
	}
	c.Clock.Advance(11 * time.Minute)
	if late := c.post(t, c.bob, draft); late.Message.ID == first.Message.ID {
		t.Error("a nonce is remembered for ever")
	}
	draft.EnforceNonce = false
	if a, b := c.post(t, c.bob, draft), c.post(t, c.bob, draft); a.Message.ID == b.Message.ID {
		t.Error("a nonce that is not enforced posts once")
	}
}

func TestWhoDidNotHearTheAnswerSendsTheSameOnceMore(t *testing.T) {
	c := newConversation(t)
	if _, err := c.Channels.Update(t.Context(), c.alice, c.guild.General, chat.ChannelEdit{RateLimitPerUser: pointer(30)}); err != nil {
		t.Fatal(err)
	}
	draft := chat.MessageDraft{Content: "first", Nonce: "n", EnforceNonce: true, Attachments: []chat.AttachmentDraft{c.upload(t, c.bob, "a.txt", "words")}}
	first := c.post(t, c.bob, draft)
	again := c.post(t, c.bob, draft) // the file is taken, and slow mode would have bob wait
	if again.Message.ID != first.Message.ID || len(again.Message.Attachments) != 1 || again.Author.Username != "bob" {
		t.Errorf("the same once more gave %+v", again)
	}
	draft.Attachments = nil
	if again := c.post(t, c.bob, draft); again.Message.ID != first.Message.ID {
		t.Errorf("in slow mode the same once more gave %+v", again)
	}
	for kind, change := range map[chat.Kind]func(*chat.MessageDraft){
		chat.SlowMode: func(draft *chat.MessageDraft) { draft.Nonce = "other" },
		chat.Invalid:  func(draft *chat.MessageDraft) { draft.Nonce = "a\x00" },
	} {
		other := draft
		change(&other)
		_, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, other)
		expectKind(t, err, kind)
	}
	unenforced := draft
	unenforced.EnforceNonce = false
	_, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, unenforced)
	expectKind(t, err, chat.SlowMode)
	c.guild.Overwrite(c.guild.General, c.guild.ID, store.OverwriteRole, 0, perm.SendMessages)
	_, err = c.Messages.Create(t.Context(), c.bob, c.guild.General, draft)
	expectKind(t, err, chat.MissingPermission)
}

func TestSlowMode(t *testing.T) {
	c := newConversation(t)
	if _, err := c.Channels.Update(t.Context(), c.alice, c.guild.General, chat.ChannelEdit{RateLimitPerUser: pointer(30)}); err != nil {
		t.Fatal(err)
	}
	bot := c.Bot("bot", c.alice)
	bypasser := c.Person("bypasser")
	c.guild.Join(bot, bypasser)
	c.guild.Role("quick", 1, perm.BypassSlowmode, bypasser)
	draft := chat.MessageDraft{Content: "a"}
	c.post(t, c.bob, draft)
	_, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, draft)
	if slow, ok := errors.AsType[*chat.Error](err); !ok || slow.Kind != chat.SlowMode || slow.RetryAfter != 30*time.Second {
		t.Errorf("got %v", err)
	}
	for _, exempt := range []chat.Caller{c.alice, bot, bypasser} {
		c.post(t, exempt, draft)
		c.post(t, exempt, draft)
	}
	c.Clock.Advance(30 * time.Second)
	c.post(t, c.bob, draft)
}

func TestNewcomersWaitWhereTheGuildAsksForIt(t *testing.T) {
	c := newConversation(t)
	c.Clock.Advance(time.Hour)
	if _, err := c.Guilds.Update(t.Context(), c.alice, c.guild.ID, chat.GuildEdit{VerificationLevel: pointer(3)}); err != nil {
		t.Fatal(err)
	}
	draft := chat.MessageDraft{Content: "a"}
	newcomer := c.guild.Member("newcomer")
	_, err := c.Messages.Create(t.Context(), newcomer, c.guild.General, draft)
	expectKind(t, err, chat.VerificationLevel)
	c.Clock.Advance(6 * time.Minute)
	_, err = c.Messages.Create(t.Context(), newcomer, c.guild.General, draft)
	expectKind(t, err, chat.VerificationLevel)
	c.Clock.Advance(5 * time.Minute)
	c.post(t, newcomer, draft)

	trusted := c.guild.Member("trusted")
	c.guild.Role("trusted", 1, 0, trusted)
	c.post(t, trusted, draft)
}

func TestPagesOfMessages(t *testing.T) {
	c := newConversation(t)
	var messageIDs []id.ID
	for i := range 5 {
		messageIDs = append(messageIDs, c.post(t, c.alice, chat.MessageDraft{Content: fmt.Sprint(i)}).Message.ID)
	}
	for _, test := range []struct {
		page store.MessagePage
		want []string
	}{
		{store.MessagePage{}, []string{"4", "3", "2", "1", "0"}},
		{store.MessagePage{Limit: 2}, []string{"4", "3"}},
		{store.MessagePage{Before: messageIDs[3], Limit: 2}, []string{"2", "1"}},
		{store.MessagePage{After: messageIDs[1], Limit: 2}, []string{"3", "2"}},
		{store.MessagePage{Around: messageIDs[2], Limit: 3}, []string{"3", "2", "1"}},
	} {
		if got := c.contents(t, test.page); !slices.Equal(got, test.want) {
			t.Errorf("%+v gives %v, want %v", test.page, got, test.want)
		}
	}
	for _, page := range []store.MessagePage{{Limit: 101}, {Limit: -1}} {
		_, err := c.Messages.List(t.Context(), c.bob, c.guild.General, page)
		expectField(t, err, "limit")
	}
	_, err := c.Messages.List(t.Context(), c.bob, c.guild.General, store.MessagePage{Before: 1, After: 2})
	expectField(t, err, "before")
}

func TestEditingOnesOwnMessage(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.bob, chat.MessageDraft{Content: "before"})
	events := c.Watch(event.GuildSubject(c.guild.ID))
	c.Clock.Advance(time.Minute)
	content := fmt.Sprintf(" after <@%d> ", c.alice.UserID)
	edited, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: &content})
	if err != nil {
		t.Fatal(err)
	}
	if edited.Message.Content != strings.TrimSpace(content) || !edited.Message.EditedAt.Equal(c.Clock.Now()) || !slices.Equal(edited.Message.Mentions, []id.ID{c.alice.UserID}) {
		t.Errorf("edited to %+v", edited.Message)
	}
	told := chattest.Next[event.MessageUpdated](events)
	if told.Message.Content != edited.Message.Content || told.Author.Username != "bob" || told.Member == nil || len(told.Mentioned) != 1 || told.ChannelType != store.ChannelText {
		t.Errorf("told %+v", told)
	}
	suppressed, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Flags: pointer(store.MessageSuppressEmbeds)})
	if err != nil || suppressed.Message.Flags != store.MessageSuppressEmbeds || suppressed.Message.Content != edited.Message.Content || !slices.Equal(suppressed.Message.Mentions, edited.Message.Mentions) {
		t.Errorf("suppressing embeds gave %+v, %v", suppressed.Message, err)
	}
	for _, edit := range []chat.MessageEdit{{Content: pointer(" ")}, {Content: pointer(""), Embeds: &[]store.Embed{}}} {
		_, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, edit)
		expectKind(t, err, chat.EmptyMessage)
	}
	for _, flags := range []store.MessageFlags{store.MessageSilent, store.MessageHasThread, store.MessageIsLayout} {
		_, err = c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Flags: pointer(flags)})
		expectField(t, err, "flags")
	}
	silent := c.post(t, c.bob, chat.MessageDraft{Content: "hush", Flags: store.MessageSilent})
	if hidden, err := c.Messages.Update(t.Context(), c.alice, c.guild.General, silent.Message.ID, chat.MessageEdit{Flags: pointer(store.MessageSuppressEmbeds)}); err != nil || hidden.Message.Flags != store.MessageSuppressEmbeds|store.MessageSilent {
		t.Errorf("a moderator who names the one flag gets %+v, %v", hidden.Message, err)
	}
	_, err = c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer(strings.Repeat("a", 2001))})
	expectField(t, err, "content")
	withEmbed, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer(""), Embeds: &[]store.Embed{{Title: "a"}}})
	if err != nil || withEmbed.Message.Content != "" || len(withEmbed.Message.Embeds) != 1 || len(withEmbed.Message.Mentions) != 0 {
		t.Errorf("an embed for a content gave %+v, %v", withEmbed.Message, err)
	}
}

func TestNobodyEditsWhatAnotherSaid(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.bob, chat.MessageDraft{Content: "mine"})
	for _, edit := range []chat.MessageEdit{{Content: pointer("yours")}, {}, {Embeds: &[]store.Embed{}}, {Content: pointer("yours"), Flags: pointer(store.MessageSuppressEmbeds)}} {
		_, err := c.Messages.Update(t.Context(), c.alice, c.guild.General, posted.Message.ID, edit)
		expectKind(t, err, chat.NotAuthor)
	}
}

func TestAnEditedReplyPingsNobodyAnew(t *testing.T) {
	c := newConversation(t)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "question"})
	reference := &chat.ReferenceDraft{MessageID: original.Message.ID}
	silent := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference, AllowedMentions: &chat.AllowedMentions{}})
	loud := c.post(t, c.bob, chat.MessageDraft{Content: "answer", Reference: reference})
	for _, test := range []struct {
		messageID id.ID
		want      int
	}{{silent.Message.ID, 0}, {loud.Message.ID, 1}} {
		edited, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, test.messageID, chat.MessageEdit{Content: pointer("another answer")})
		if err != nil || len(edited.Message.Mentions) != test.want || edited.Referenced == nil {
			t.Errorf("mentions %v, refers to %v, %v; want %d mentions", edited.Message.Mentions, edited.Referenced, err, test.want)
		}
	}
}

func TestDeletingOnesOwnMessage(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.bob, chat.MessageDraft{Content: "regretted"})
	events := c.Watch(event.GuildSubject(c.guild.ID))
	if err := c.Messages.Delete(t.Context(), c.bob, c.guild.General, posted.Message.ID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.MessageDeleted](events); told != (event.MessageDeleted{MessageID: posted.Message.ID, ChannelID: c.guild.General, GuildID: c.guild.ID}) {
		t.Errorf("told %+v", told)
	}
	_, err := c.Messages.Get(t.Context(), c.bob, c.guild.General, posted.Message.ID)
	expectKind(t, err, chat.UnknownMessage)
	expectKind(t, c.Messages.Delete(t.Context(), c.bob, c.guild.General, posted.Message.ID), chat.UnknownMessage)
	_, err = c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer("a")})
	expectKind(t, err, chat.UnknownMessage)
}

func TestAMessageIsFoundByItsIdAloneWhereItMayBeSeen(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.alice, chat.MessageDraft{Content: "a"})
	if channelID, err := c.Messages.Locate(t.Context(), c.bob, posted.Message.ID); err != nil || channelID != c.guild.General {
		t.Errorf("got %v, %v", channelID, err)
	}
	_, err := c.Messages.Locate(t.Context(), c.Person("stranger"), posted.Message.ID)
	expectKind(t, err, chat.UnknownMessage)
	_, err = c.Messages.Locate(t.Context(), c.bob, 12345)
	expectKind(t, err, chat.UnknownMessage)
	c.guild.Overwrite(c.guild.General, c.guild.ID, store.OverwriteRole, 0, perm.ViewChannel)
	_, err = c.Messages.Locate(t.Context(), c.bob, posted.Message.ID)
	expectKind(t, err, chat.UnknownMessage)
}

func TestTyping(t *testing.T) {
	c := newConversation(t)
	events := c.Watch(event.GuildSubject(c.guild.ID))
	if err := c.Messages.Type(t.Context(), c.bob, c.guild.General); err != nil {
		t.Fatal(err)
	}
	told := chattest.Next[event.TypingStarted](events)
	if told.ChannelID != c.guild.General || told.User.Username != "bob" || told.Member.UserID != c.bob.UserID || !told.At.Equal(c.Clock.Now()) {
		t.Errorf("told %+v", told)
	}
}

func TestManyPostAtOnceAndEverybodySeesOneOrder(t *testing.T) {
	c := newConversation(t)
	events := c.Watch(event.GuildSubject(c.guild.ID))
	const writers, each = 16, 25
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				if _, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, chat.MessageDraft{Content: fmt.Sprintf("%d %d", writer, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	var published []string
	next := make([]int, writers)
	var last id.ID
	for range writers * each {
		told := chattest.Next[event.MessageCreated](events)
		if told.Message.ID <= last {
			t.Fatalf("%v was published after %v", told.Message.ID, last)
		}
		last = told.Message.ID
		var writer, i int
		if _, err := fmt.Sscan(told.Message.Content, &writer, &i); err != nil || next[writer] != i {
			t.Fatalf("%q was published, writer %d was at %d", told.Message.Content, writer, next[writer])
		}
		next[writer]++
		published = append(published, told.Message.Content)
	}
	var stored []string
	for page := (store.MessagePage{Limit: 100}); ; {
		messages, err := c.Messages.List(t.Context(), c.bob, c.guild.General, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) == 0 {
			break
		}
		for _, message := range messages {
			stored = append(stored, message.Message.Content)
		}
		page.Before = messages[len(messages)-1].Message.ID
	}
	slices.Reverse(stored)
	if !slices.Equal(stored, published) {
		t.Error("the order of storage is not that of publication")
	}
}

func TestAnEditThatRacesADeletionEndsLegally(t *testing.T) {
	c := newConversation(t)
	for range 30 {
		posted := c.post(t, c.bob, chat.MessageDraft{Content: "a"})
		events := c.Watch(event.GuildSubject(c.guild.ID))
		var group sync.WaitGroup
		var editErr, deleteErr error
		group.Go(func() {
			_, editErr = c.Messages.Update(t.Context(), c.bob, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer("b")})
		})
		group.Go(func() { deleteErr = c.Messages.Delete(t.Context(), c.alice, c.guild.General, posted.Message.ID) })
		group.Wait()
		if deleteErr != nil || editErr != nil && chat.KindOf(editErr) != chat.UnknownMessage {
			t.Fatalf("edit: %v, deletion: %v", editErr, deleteErr)
		}
		if editErr == nil {
			chattest.Next[event.MessageUpdated](events) // before the deletion
		}
		chattest.Next[event.MessageDeleted](events)
	}
}

func TestPostingIntoAChannelThatIsBeingDeletedEndsLegally(t *testing.T) {
	c := newConversation(t)
	for range 10 {
		channelID := c.guild.Channel("doomed", store.ChannelText)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if _, err := c.Messages.Create(t.Context(), c.bob, channelID, chat.MessageDraft{Content: "a"}); err != nil && chat.KindOf(err) != chat.UnknownChannel {
					t.Error(err)
				}
			})
		}
		group.Go(func() {
			if _, err := c.Channels.Delete(t.Context(), c.alice, channelID); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
	}
}
