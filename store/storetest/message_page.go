package storetest

import (
	"fmt"
	"math"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"pgregory.net/rapid"
)

var messagePageTests = []test{
	{"an empty channel has empty pages", func(f *fixture) {
		channel := f.room()
		f.post(f.channel(channel.GuildID), "the neighbour's")
		for _, page := range []store.MessagePage{{Limit: 1}, {Limit: 100, Before: 5}, {Limit: 100, After: 5}, {Limit: 100, Around: 5}, {Limit: 1, Around: math.MaxInt64}} {
			f.equal(fmt.Sprintf("%+v", page), f.page(channel, page), []store.Message{})
			f.equal(fmt.Sprintf("%+v of no channel", page), f.page(store.Channel{ID: 1}, page), []store.Message{})
		}
	}},
	{"pages end at the channel's own messages", func(f *fixture) {
		room := f.room()
		channels := []store.Channel{f.channel(room.GuildID), f.channel(room.GuildID), f.channel(room.GuildID)} // neighbours by id
		var middle []store.Message
		for _, content := range []string{"a", "b", "c"} {
			for i, channel := range channels {
				if message := f.post(channel, content)[0]; i == 1 {
					middle = append(middle, message)
				}
			}
		}
		newestFirst := slices.Clone(middle)
		slices.Reverse(newestFirst)
		for _, page := range []store.MessagePage{{Limit: 100}, {Limit: 100, Before: math.MaxInt64}, {Limit: 100, After: 1}, {Limit: 100, Around: middle[1].ID}} {
			f.equal(fmt.Sprintf("%+v", page), f.page(channels[1], page), newestFirst)
		}
	}},
	{"pages are cut as the contract says", func(f *fixture) {
		channel := f.room()
		var m []store.Message
		for range 10 {
			f.id() // leaves gaps between the ids
			m = append(m, f.post(channel, "x")...)
		}
		for _, c := range []struct {
			page store.MessagePage
			want []int
		}{
			{store.MessagePage{Limit: 1}, []int{9}},
			{store.MessagePage{Limit: 3}, []int{9, 8, 7}},
			{store.MessagePage{Limit: 1000}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{store.MessagePage{Limit: 2, Before: m[5].ID}, []int{4, 3}},
			{store.MessagePage{Limit: 2, Before: m[5].ID - 1}, []int{4, 3}},
			{store.MessagePage{Limit: 2, Before: m[5].ID + 1}, []int{5, 4}},
			{store.MessagePage{Limit: 5, Before: m[1].ID}, []int{0}},
			{store.MessagePage{Limit: 5, Before: m[0].ID}, nil},
			{store.MessagePage{Limit: 1, Before: math.MaxInt64}, []int{9}},
			// The messages after an id are those next to it, not the newest of all.
			{store.MessagePage{Limit: 2, After: m[5].ID}, []int{7, 6}},
			{store.MessagePage{Limit: 2, After: m[5].ID + 1}, []int{7, 6}},
			{store.MessagePage{Limit: 2, After: m[5].ID - 1}, []int{6, 5}},
			{store.MessagePage{Limit: 5, After: m[8].ID}, []int{9}},
			{store.MessagePage{Limit: 5, After: m[9].ID}, nil},
			{store.MessagePage{Limit: 1, After: 1}, []int{0}},
			{store.MessagePage{Limit: 5, After: math.MaxInt64}, nil},
			{store.MessagePage{Limit: 4, Around: m[5].ID}, []int{6, 5, 4, 3}},
			{store.MessagePage{Limit: 5, Around: m[5].ID}, []int{7, 6, 5, 4, 3}},
			{store.MessagePage{Limit: 1, Around: m[5].ID}, []int{5}},
			{store.MessagePage{Limit: 2, Around: m[5].ID}, []int{5, 4}},
			{store.MessagePage{Limit: 4, Around: m[0].ID}, []int{3, 2, 1, 0}},
			{store.MessagePage{Limit: 4, Around: m[9].ID}, []int{9, 8, 7}},
			{store.MessagePage{Limit: 1000, Around: m[4].ID}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			// Around an id that is not there: the same without a middle.
			{store.MessagePage{Limit: 4, Around: m[5].ID + 1}, []int{7, 6, 5, 4}},
			{store.MessagePage{Limit: 1, Around: m[5].ID + 1}, []int{6}},
			{store.MessagePage{Limit: 4, Around: 1}, []int{3, 2, 1, 0}},
			{store.MessagePage{Limit: 4, Around: math.MaxInt64}, []int{9, 8}},
		} {
			want := make([]store.Message, len(c.want))
			for i, at := range c.want {
				want[i] = m[at]
			}
			f.equal(fmt.Sprintf("%+v", c.page), f.page(channel, c.page), want)
		}
	}},
	{"the smallest and the greatest ids page like all others", func(f *fixture) {
		channel := f.room()
		var m []store.Message
		for _, messageID := range []id.ID{1, 2, 1 << 32, 1<<62 + 1, math.MaxInt64 - 1, math.MaxInt64} {
			message := store.Message{ID: messageID, ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: math.MaxInt64}
			_, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{{Message: message}})
			f.ok(err)
			m = append(m, message)
		}
		f.equal("newest", f.page(channel, store.MessagePage{Limit: 1}), []store.Message{m[5]})
		f.equal("before the greatest", f.page(channel, store.MessagePage{Limit: 1, Before: math.MaxInt64}), []store.Message{m[4]})
		f.equal("after the smallest", f.page(channel, store.MessagePage{Limit: 1, After: 1}), []store.Message{m[1]})
		f.equal("before the second", f.page(channel, store.MessagePage{Limit: 9, Before: 2}), []store.Message{m[0]})
		f.equal("around the greatest", f.page(channel, store.MessagePage{Limit: 3, Around: math.MaxInt64}), []store.Message{m[5], m[4]})
		f.equal("around the smallest", f.page(channel, store.MessagePage{Limit: 2, Around: 1}), []store.Message{m[1], m[0]})
	}},
	{"whatever is posted, edited and deleted, pages are those of a plain list", func(f *fixture) {
		room := f.room()
		rapid.Check(f.T, func(t *rapid.T) {
			model := &channelModel{fixture: f, channels: []store.Channel{f.channel(room.GuildID), f.channel(room.GuildID)}, messages: make([][]store.Message, 2)}
			t.Repeat(map[string]func(*rapid.T){
				"post":   model.post,
				"edit":   model.edit,
				"delete": model.delete,
				"page":   model.page,
				"some":   model.some,
			})
		})
	}},
}

// channelModel is two channels as plain lists, oldest message first: the slow and obvious second implementation.
type channelModel struct {
	*fixture
	channels []store.Channel
	messages [][]store.Message
}

// channel picks one of the two.
func (m *channelModel) channel(t *rapid.T) (int, store.Channel) {
	at := rapid.IntRange(0, 1).Draw(t, "channel")
	return at, m.channels[at]
}

// anyID is mostly the id of a message, or one beside it.
func (m *channelModel) anyID(t *rapid.T, at int) id.ID {
	if len(m.messages[at]) == 0 || rapid.IntRange(0, 9).Draw(t, "any id") == 0 {
		return id.ID(rapid.Uint64Range(1, math.MaxInt64).Draw(t, "id"))
	}
	message := rapid.SampledFrom(m.messages[at]).Draw(t, "message")
	return message.ID + id.ID(rapid.IntRange(0, 2).Draw(t, "beside")) - 1
}

func (m *channelModel) post(t *rapid.T) {
	at, channel := m.channel(t)
	var batch []store.NewMessage
	for range rapid.IntRange(1, 4).Draw(t, "messages") {
		m.ids.Add(uint64(rapid.IntRange(0, 3).Draw(t, "gap")))
		batch = append(batch, m.draft(channel, rapid.StringN(0, 20, -1).Filter(storable).Draw(t, "content")))
	}
	got, err := m.CreateMessages(m.Context(), channel.ID, batch)
	if err != nil {
		t.Fatal(err)
	}
	m.messages[at] = append(m.messages[at], got...)
}

func (m *channelModel) edit(t *rapid.T) {
	at, channel := m.channel(t)
	if len(m.messages[at]) == 0 {
		t.Skip("nothing to edit")
	}
	target := rapid.IntRange(0, len(m.messages[at])-1).Draw(t, "target")
	content := rapid.StringN(0, 20, -1).Filter(storable).Draw(t, "content")
	got, err := m.UpdateMessage(m.Context(), channel.ID, m.messages[at][target].ID, func(message *store.Message) error { message.Content = content; return nil })
	if err != nil {
		t.Fatal(err)
	}
	m.messages[at][target].Content = content
	m.equal("the edited message", got, m.messages[at][target])
}

func (m *channelModel) delete(t *rapid.T) {
	at, channel := m.channel(t)
	if len(m.messages[at]) == 0 {
		t.Skip("nothing to delete")
	}
	target := rapid.IntRange(0, len(m.messages[at])-1).Draw(t, "target")
	if _, err := m.DeleteMessage(m.Context(), channel.ID, m.messages[at][target].ID); err != nil {
		t.Fatal(err)
	}
	m.messages[at] = slices.Delete(m.messages[at], target, target+1)
}

func (m *channelModel) page(t *rapid.T) {
	at, channel := m.channel(t)
	page := store.MessagePage{Limit: rapid.IntRange(1, 12).Draw(t, "limit")}
	var older, newer []store.Message // than the id in question, and the message itself if it is wanted, oldest first
	split := func(reference id.ID) {
		for _, message := range m.messages[at] {
			if message.ID < reference {
				older = append(older, message)
			} else {
				newer = append(newer, message)
			}
		}
	}
	last := func(messages []store.Message, n int) []store.Message { return messages[max(0, len(messages)-n):] }
	first := func(messages []store.Message, n int) []store.Message { return messages[:min(n, len(messages))] }
	var want []store.Message
	switch rapid.SampledFrom([]string{"newest", "before", "after", "around"}).Draw(t, "page") {
	case "newest":
		want = last(m.messages[at], page.Limit)
	case "before":
		page.Before = max(1, m.anyID(t, at))
		split(page.Before)
		want = last(older, page.Limit)
	case "after":
		page.After = max(1, m.anyID(t, at))
		split(page.After + 1)
		want = first(newer, page.Limit)
	case "around":
		page.Around = max(1, m.anyID(t, at))
		split(page.Around)
		want = slices.Clone(last(older, page.Limit/2))
		want = append(want, first(newer, page.Limit-len(want))...)
	}
	want = slices.Clone(want)
	slices.Reverse(want)
	got, err := m.ListMessages(m.Context(), channel.ID, page)
	if err != nil {
		t.Fatal(err)
	}
	m.equal(fmt.Sprintf("%+v of %d messages", page, len(m.messages[at])), got, want)
}

func (m *channelModel) some(t *rapid.T) {
	at, channel := m.channel(t)
	var (
		asked []id.ID
		want  []store.Message
	)
	for range rapid.IntRange(0, 6).Draw(t, "ids") {
		asked = append(asked, m.anyID(t, at))
	}
	for _, message := range slices.Backward(m.messages[at]) {
		if slices.Contains(asked, message.ID) {
			want = append(want, message)
		}
	}
	got, err := m.MessagesByID(m.Context(), channel.ID, asked)
	if err != nil {
		t.Fatal(err)
	}
	m.equal("messages by id", got, want)
}

// storable tells whether both stores can keep a text: PostgreSQL's cannot hold U+0000, so the rules refuse it before it comes here.
func storable(text string) bool {
	return !slices.Contains([]rune(text), 0)
}
