package chat_test

import (
	"slices"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestAConversationIsToldToEachOfTheTwo(t *testing.T) {
	c := newConversation(t)
	alices, bobs := c.Watch(event.UserSubject(c.alice.UserID)), c.Watch(event.UserSubject(c.bob.UserID))
	talk, err := c.Directs.Open(t.Context(), c.alice, c.bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if opened := chattest.Next[event.DirectOpened](alices); opened.Channel.ID != talk.ID || len(opened.People) != 1 || opened.People[0].ID != c.bob.UserID {
		t.Errorf("%+v", opened)
	}
	posted, err := c.Messages.Create(t.Context(), c.alice, talk.ID, chat.MessageDraft{Content: "psst"})
	if err != nil {
		t.Fatal(err)
	}
	if opened := chattest.Next[event.DirectOpened](bobs); opened.People[0].ID != c.alice.UserID {
		t.Errorf("%+v", opened)
	}
	for _, watcher := range []*chattest.Watcher{alices, bobs} {
		told := chattest.Next[event.Direct](watcher)
		if message, ok := told.Event.(event.MessageCreated); !ok || message.Message.ID != posted.Message.ID || message.Member != nil || message.ChannelType != store.ChannelDM {
			t.Errorf("%+v", told)
		}
	}
	listed, err := c.Directs.List(t.Context(), c.bob)
	if err != nil || len(listed) != 1 || listed[0].LastMessageID != posted.Message.ID {
		t.Errorf("%+v, %v", listed, err)
	}
}

func TestTheCommandLineReadsNoConversations(t *testing.T) {
	c := newConversation(t)
	talk, err := c.Directs.Open(t.Context(), c.alice, c.bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Messages.List(t.Context(), chattest.Console, talk.ID, store.MessagePage{})
	expectKind(t, err, chat.UnknownChannel)
	_, err = c.Channels.Get(t.Context(), chattest.Console, talk.ID)
	expectKind(t, err, chat.UnknownChannel)
}

func TestWhoSharesNoGuildAnyMoreCannotWrite(t *testing.T) {
	c := newConversation(t)
	talk, err := c.Directs.Open(t.Context(), c.bob, c.alice.UserID)
	if err != nil {
		t.Fatal(err)
	}
	say := func() error {
		_, err := c.Messages.Create(t.Context(), c.bob, talk.ID, chat.MessageDraft{Content: "hello"})
		return err
	}
	if err := say(); err != nil {
		t.Fatal(err)
	}
	if err := c.Guilds.Leave(t.Context(), c.bob, c.guild.ID); err != nil {
		t.Fatal(err)
	}
	expectKind(t, say(), chat.CannotMessage)
	expectKind(t, c.Messages.Type(t.Context(), c.bob, talk.ID), chat.CannotMessage)
	if _, err := c.Messages.List(t.Context(), c.bob, talk.ID, store.MessagePage{}); err != nil {
		t.Errorf("what was said cannot be read: %v", err)
	}
}

// TestNobodyIsToldOfWhatIsSaidAfterTheyLeft has people post in a group while one of them leaves.
func TestNobodyIsToldOfWhatIsSaidAfterTheyLeft(t *testing.T) {
	c := newConversation(t)
	carol := c.guild.Member("carol")
	group, err := c.Directs.CreateGroup(t.Context(), c.alice, []id.ID{c.bob.UserID, carol.UserID})
	if err != nil {
		t.Fatal(err)
	}
	carols := c.Watch(event.UserSubject(carol.UserID))
	const posts = 50
	var talking sync.WaitGroup
	for _, author := range []chat.Caller{c.alice, c.bob, carol} {
		talking.Go(func() {
			for range posts {
				_, err := c.Messages.Create(t.Context(), author, group.ID, chat.MessageDraft{Content: "blah"})
				if err != nil && (author.UserID != carol.UserID || chat.KindOf(err) != chat.UnknownChannel) {
					t.Error(err)
				}
			}
		})
	}
	talking.Go(func() {
		if err := c.Directs.RemoveRecipient(t.Context(), carol, group.ID, carol.UserID); err != nil {
			t.Error(err)
		}
	})
	talking.Wait()
	chattest.Next[event.DirectClosed](carols)
	name := "Carol the Absent"
	if _, err := c.Users.UpdateSelf(t.Context(), carol, chat.UserChange{GlobalName: &name}); err != nil {
		t.Fatal(err)
	}
	// Between the two events nothing else came to her.
	if told := chattest.Next[event.Event](carols); told.Subject() == "" {
		t.Error("no subject")
	} else if _, updated := told.(event.UserUpdated); !updated {
		t.Errorf("after she left she was told %+v", told)
	}
	messages, err := c.Messages.List(t.Context(), c.alice, group.ID, store.MessagePage{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	left := slices.IndexFunc(messages, func(posted event.MessageCreated) bool { return posted.Message.Type == store.MessageRecipientRemove })
	for _, later := range messages[:max(left, 0)] {
		if later.Message.AuthorID == carol.UserID {
			t.Errorf("%s was posted after its author had left", later.Message.ID)
		}
	}
}

func TestPeopleWhoComeIntoAGroupAtOnceNeverExceedItsSize(t *testing.T) {
	c := newConversation(t)
	group, err := c.Directs.CreateGroup(t.Context(), c.alice, nil)
	if err != nil {
		t.Fatal(err)
	}
	people := make([]chat.Caller, 14)
	for i := range people {
		people[i] = c.guild.Member("person" + string(rune('a'+i)))
	}
	var coming sync.WaitGroup
	refused := make(chan error, len(people))
	for _, one := range people {
		coming.Go(func() {
			if err := c.Directs.AddRecipient(t.Context(), c.alice, group.ID, one.UserID); err != nil {
				refused <- err
			}
		})
	}
	coming.Wait()
	close(refused)
	for err := range refused {
		expectKind(t, err, chat.MaxRecipients)
	}
	full, err := c.Channels.Get(t.Context(), c.alice, group.ID)
	if err != nil || len(full.Recipients) != 10 || len(full.People) != 9 {
		t.Errorf("%d people, %v", len(full.Recipients), err)
	}
}
