package chat_test

import (
	"slices"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// search gives the names of the threads of a channel that somebody finds.
func (c *conversation) search(t *testing.T, caller chat.Caller, channelID id.ID, search chat.ThreadSearch) (names []string, found chat.ThreadsFound) {
	t.Helper()
	found, err := c.Threads.Search(t.Context(), caller, channelID, search)
	if err != nil {
		t.Fatal(err)
	}
	names = []string{}
	for _, thread := range found.Threads {
		names = append(names, thread.Name)
	}
	return names, found
}

func expectNames(t *testing.T, about string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %q, not %q", about, got, want)
	}
}

func TestThreadsAreFoundByTheWordsOfTheirNames(t *testing.T) {
	c := newConversation(t)
	for _, name := range []string{"How to grow tomatoes", "Tomatoes: how and when to grow them", "Grow potatoes", "🎉 party", "Ĝoje kreskas"} {
		c.Clock.Advance(time.Second)
		c.begin(t, c.alice, chat.ThreadDraft{Name: name})
	}
	for _, test := range []struct {
		name string
		slop int
		want []string
	}{
		{"", 0, []string{"Ĝoje kreskas", "🎉 party", "Grow potatoes", "Tomatoes: how and when to grow them", "How to grow tomatoes"}},
		{"GROW tomatoes", 0, []string{"How to grow tomatoes"}},
		{"grow tomatoes", 100, []string{"How to grow tomatoes", "Tomatoes: how and when to grow them"}},
		{"how grow", 1, []string{"How to grow tomatoes"}},
		{"how grow", 0, nil},
		{"how grow", 3, []string{"How to grow tomatoes", "Tomatoes: how and when to grow them"}},
		{"gr", 0, []string{"Grow potatoes", "Tomatoes: how and when to grow them", "How to grow tomatoes"}},
		{"gr tomatoes", 100, nil}, // only the last word may be a beginning
		{"grow grow", 100, nil},
		{"ĝoje", 0, []string{"Ĝoje kreskas"}},
		{"🎉", 0, []string{"🎉 party"}},
		{"nothing", 100, nil},
	} {
		got, found := c.search(t, c.bob, c.guild.General, chat.ThreadSearch{Name: test.name, Slop: test.slop, Order: chat.OrderRelevance})
		if test.name == "gr" {
			slices.Sort(got)
			slices.Sort(test.want)
		}
		expectNames(t, test.name, got, test.want...)
		if found.Total != len(test.want) || found.More || len(found.First) != 0 {
			t.Errorf("%s: %+v", test.name, found)
		}
	}
}

func TestFoundThreadsComeInPagesAndInTheOrderThatIsAskedFor(t *testing.T) {
	c := newConversation(t)
	var threads []chat.Channel
	for _, name := range []string{"one", "two", "three"} {
		c.Clock.Advance(time.Minute)
		threads = append(threads, c.begin(t, c.alice, chat.ThreadDraft{Name: name}))
	}
	for _, at := range []int{1, 0, 2} {
		c.Clock.Advance(time.Minute)
		c.say(t, c.alice, threads[at].ID, "hello")
	}
	for _, at := range []int{2, 1} {
		c.Clock.Advance(time.Minute)
		if _, err := c.Channels.Update(t.Context(), c.alice, threads[at].ID, chat.ChannelEdit{Archived: pointer(true)}); err != nil {
			t.Fatal(err)
		}
	}
	find := func(search chat.ThreadSearch) []string {
		t.Helper()
		names, _ := c.search(t, c.bob, c.guild.General, search)
		return names
	}
	expectNames(t, "newest message first", find(chat.ThreadSearch{}), "three", "one", "two")
	expectNames(t, "oldest message first", find(chat.ThreadSearch{Ascending: true}), "two", "one", "three")
	expectNames(t, "newest first", find(chat.ThreadSearch{Order: chat.OrderCreation}), "three", "two", "one")
	expectNames(t, "archived last first", find(chat.ThreadSearch{Order: chat.OrderArchive}), "two", "three", "one")
	expectNames(t, "archived", find(chat.ThreadSearch{Archived: pointer(true), Order: chat.OrderCreation}), "three", "two")
	expectNames(t, "active", find(chat.ThreadSearch{Archived: pointer(false)}), "one")
	expectNames(t, "after the first", find(chat.ThreadSearch{After: threads[0].ID, Order: chat.OrderCreation}), "three", "two")
	expectNames(t, "before the last", find(chat.ThreadSearch{Before: threads[2].ID, Order: chat.OrderCreation}), "two", "one")
	names, found := c.search(t, c.bob, c.guild.General, chat.ThreadSearch{Order: chat.OrderCreation, Offset: 1, Limit: 1})
	expectNames(t, "a page", names, "two")
	if found.Total != 3 || !found.More {
		t.Errorf("%+v", found)
	}
	if names, found = c.search(t, c.bob, c.guild.General, chat.ThreadSearch{Offset: 9975}); len(names) != 0 || found.Total != 3 || found.More {
		t.Errorf("behind the last: %q, %+v", names, found)
	}
	for field, wrong := range map[string]chat.ThreadSearch{"limit": {Limit: 26}, "offset": {Offset: 9976}, "slop": {Slop: 101}, "tag": {Tags: make([]id.ID, 21)}, "name": {Name: string(make([]rune, 101))}} {
		_, err := c.Threads.Search(t.Context(), c.bob, c.guild.General, wrong)
		expectField(t, err, field)
	}
}

func TestPrivateThreadsAreFoundByThoseInThemAndByWhoManagesThreads(t *testing.T) {
	c := newConversation(t)
	secret, _, err := c.Threads.Start(t.Context(), c.alice, c.guild.General, chat.ThreadDraft{Name: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	c.begin(t, c.alice, chat.ThreadDraft{Name: "open"})
	count := func(caller chat.Caller, want int) {
		t.Helper()
		if names, found := c.search(t, caller, c.guild.General, chat.ThreadSearch{}); found.Total != want || len(names) != want {
			t.Errorf("%q of %d, not %d", names, found.Total, want)
		}
	}
	count(c.bob, 1)
	count(c.alice, 2)
	if err := c.Threads.Add(t.Context(), c.alice, secret.ID, c.bob.UserID); err != nil {
		t.Fatal(err)
	}
	count(c.bob, 2)
	moderator := c.guild.Member("moderator")
	count(moderator, 1)
	c.guild.Role("moderators", 1, perm.ManageThreads, moderator)
	count(moderator, 2)
	_, err = c.Threads.Search(t.Context(), c.Person("stranger"), c.guild.General, chat.ThreadSearch{})
	expectKind(t, err, chat.UnknownChannel)
	_, err = c.Threads.Search(t.Context(), c.bob, secret.ID, chat.ThreadSearch{})
	expectKind(t, err, chat.WrongChannelType)
	_, err = c.Threads.Search(t.Context(), c.bob, c.guild.Channel("stage", store.ChannelVoice), chat.ThreadSearch{})
	expectKind(t, err, chat.WrongChannelType)
}

func TestPostsAreFoundByTheirTagsWithTheirFirstMessages(t *testing.T) {
	c := newConversation(t)
	forum := c.guild.Channel("help", store.ChannelForum)
	updated, err := c.Channels.Update(t.Context(), c.alice, forum, chat.ChannelEdit{Tags: &[]store.ForumTag{{Name: "fruit"}, {Name: "red"}}})
	if err != nil {
		t.Fatal(err)
	}
	fruit, red := updated.Forum.Tags[0].ID, updated.Forum.Tags[1].ID
	for _, post := range []chat.ThreadDraft{{Name: "pear", AppliedTags: []id.ID{fruit}}, {Name: "cherry", AppliedTags: []id.ID{fruit, red}}, {Name: "rust", AppliedTags: []id.ID{red}}, {Name: "water"}} {
		c.Clock.Advance(time.Second)
		post.First = &chat.MessageDraft{Content: "about " + post.Name}
		if _, _, err := c.Threads.Start(t.Context(), c.alice, forum, post); err != nil {
			t.Fatal(err)
		}
	}
	find := func(search chat.ThreadSearch) []string {
		t.Helper()
		search.Order = chat.OrderCreation
		names, found := c.search(t, c.bob, forum, search)
		for i, first := range found.First {
			if first.Message.Content != "about "+names[i] || first.Message.ChannelID != found.Threads[i].ID {
				t.Errorf("the first message of %s is %+v", names[i], first.Message)
			}
		}
		if len(found.First) != len(names) {
			t.Errorf("%d first messages of %d posts", len(found.First), len(names))
		}
		return names
	}
	expectNames(t, "one of the tags", find(chat.ThreadSearch{Tags: []id.ID{fruit, red}}), "rust", "cherry", "pear")
	expectNames(t, "all of the tags", find(chat.ThreadSearch{Tags: []id.ID{fruit, red}, AllTags: true}), "cherry")
	expectNames(t, "one tag", find(chat.ThreadSearch{Tags: []id.ID{red}}), "rust", "cherry")
	expectNames(t, "a tag that is not there", find(chat.ThreadSearch{Tags: []id.ID{77}}))
	expectNames(t, "a name and a tag", find(chat.ThreadSearch{Name: "che", Tags: []id.ID{red}}), "cherry")
	rust, _ := c.search(t, c.bob, forum, chat.ThreadSearch{Name: "rust"})
	expectNames(t, "by name", rust, "rust")
	_, found := c.search(t, c.bob, forum, chat.ThreadSearch{Name: "rust"})
	if err := c.Messages.Delete(t.Context(), c.alice, found.Threads[0].ID, found.Threads[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, found = c.search(t, c.bob, forum, chat.ThreadSearch{Name: "rust"}); len(found.Threads) != 1 || len(found.First) != 0 {
		t.Errorf("of a post whose first message is gone: %+v", found)
	}
}
