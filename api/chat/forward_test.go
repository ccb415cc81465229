package chat_test

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// forwardOf is the draft of a forward.
func forwardOf(message store.Message) chat.MessageDraft {
	return chat.MessageDraft{Reference: &chat.ReferenceDraft{Forward: true, MessageID: message.ID, ChannelID: message.ChannelID}}
}

func TestAForwardKeepsWhatTheOtherMessageSaidAndNotifiesNobody(t *testing.T) {
	c := newConversation(t)
	elsewhere := c.guild.Channel("elsewhere", store.ChannelText)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "hear <@" + c.bob.UserID.String() + ">", Embeds: []store.Embed{{Title: "T"}}}).Message
	events := c.Watch(event.GuildSubject(c.guild.ID))
	posted, err := c.Messages.Create(t.Context(), c.bob, elsewhere, forwardOf(original))
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []event.MessageCreated{posted, chattest.Next[event.MessageCreated](events)} {
		message := got.Message
		if message.Type != store.MessageDefault || message.Flags != store.MessageHasSnapshot || message.Content != "" || len(message.Mentions) != 0 || got.Referenced != nil || !message.Forwards() {
			t.Fatalf("posted %+v", got)
		}
		snapshot := message.Reference.Snapshot
		if message.Reference.MessageID != original.ID || snapshot.Content != original.Content || len(snapshot.Embeds) != 1 || !snapshot.SentAt.Equal(original.ID.Time()) ||
			len(got.SnapshotMentioned) != 1 || got.SnapshotMentioned[0].ID != c.bob.UserID {
			t.Errorf("forwarded %+v, mentioning %v", snapshot, got.SnapshotMentioned)
		}
	}
	if err := c.Messages.Delete(t.Context(), c.alice, c.guild.General, original.ID); err != nil {
		t.Fatal(err)
	}
	read, err := c.Messages.Get(t.Context(), c.alice, elsewhere, posted.Message.ID)
	if err != nil || !read.Message.Forwards() || read.Message.Reference.Snapshot.Content != original.Content || len(read.SnapshotMentioned) != 1 {
		t.Errorf("read %+v, %v", read, err)
	}
	again, err := c.Messages.Create(t.Context(), c.alice, c.guild.General, forwardOf(posted.Message))
	if err != nil || again.Message.Reference.MessageID != posted.Message.ID || again.Message.Reference.Snapshot.Content != original.Content {
		t.Errorf("forwarded again: %+v, %v", again.Message, err)
	}
}

func TestForwardsNeedToReadThereAndToWriteHere(t *testing.T) {
	c := newConversation(t)
	secret := c.guild.Channel("secret", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.ViewChannel)})
	past := c.guild.Channel("past", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.ReadMessageHistory)})
	quiet := c.guild.Channel("quiet", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.SendMessages)})
	plain := c.guild.Channel("plain", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.EmbedLinks)})
	other := c.Guild(c.Person("carol"))
	say := func(author chat.Caller, channelID id.ID) store.Message {
		t.Helper()
		posted, err := c.Messages.Create(t.Context(), author, channelID, chat.MessageDraft{Content: "words", Embeds: []store.Embed{{Title: "T"}}})
		if err != nil {
			t.Fatal(err)
		}
		return posted.Message
	}
	here := say(c.alice, c.guild.General)
	for _, test := range []struct {
		name   string
		source store.Message
		target id.ID
		kind   chat.Kind
	}{
		{"out of a channel that one may not see", say(c.alice, secret), c.guild.General, chat.MissingAccess},
		{"out of a history that one may not read", say(c.alice, past), c.guild.General, chat.MissingPermission},
		{"out of a guild that one is not in", say(other.Owner, other.General), c.guild.General, chat.UnknownChannel},
		{"into a channel that one may not write in", here, quiet, chat.MissingPermission},
		{"embeds into a channel where one may not send any", here, plain, chat.MissingPermission},
		{"into a guild that one is not in", here, other.General, chat.UnknownChannel},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.Messages.Create(t.Context(), c.bob, test.target, forwardOf(test.source))
			expectKind(t, err, test.kind)
		})
	}
	// A message is looked for only in the channel that was named: elsewhere it is not there.
	draft := forwardOf(here)
	draft.Reference.MessageID = say(c.alice, secret).ID
	_, err := c.Messages.Create(t.Context(), c.bob, c.guild.General, draft)
	expectField(t, err, "message_reference")
}

func TestAForwardIsNotEdited(t *testing.T) {
	c := newConversation(t)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "words"}).Message
	forwarded := c.post(t, c.bob, forwardOf(original)).Message
	_, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, forwarded.ID, chat.MessageEdit{Content: pointer("other words")})
	expectKind(t, err, chat.SystemMessage)
	hidden, err := c.Messages.Update(t.Context(), c.bob, c.guild.General, forwarded.ID, chat.MessageEdit{Flags: pointer(forwarded.Flags | store.MessageSuppressEmbeds)})
	if err != nil || !hidden.Message.Forwards() || hidden.Message.Flags != store.MessageHasSnapshot|store.MessageSuppressEmbeds {
		t.Errorf("hidden: %+v, %v", hidden.Message, err)
	}
}
