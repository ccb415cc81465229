package storetest

import (
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// poll posts a message with a poll of three answers.
func (f *fixture) poll(channel store.Channel, expires time.Time) store.Message {
	f.Helper()
	draft := f.draft(channel, "")
	draft.Poll = &store.Poll{Question: "Which? 🎉", ExpiresAt: expires, Multiselect: true, Answers: []store.PollAnswer{
		{ID: 1, Text: "this"}, {ID: 2, Text: "that", Emoji: store.Emoji{Name: "👍"}}, {ID: 3, Text: "both", Emoji: store.Emoji{ID: 1 << 62, Name: "wave", Animated: true}},
	}}
	posted, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	f.ok(err)
	return posted[0]
}

// vote has somebody choose answers.
func (f *fixture) vote(message store.Message, userID id.ID, answers ...int) (added, removed []int) {
	f.Helper()
	added, removed, err := f.SetPollVotes(f.Context(), message.ChannelID, message.ID, userID, answers)
	f.ok(err)
	return added, removed
}

var pollTests = []test{
	{"a message keeps its poll and its components as they were, whatever is edited", func(f *fixture) {
		room := f.room()
		message := f.poll(room, birthday.Add(time.Hour))
		read, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("read", read, message)
		components := []byte(`[{"type":1,"components":[{"type":2,"label":"<b> 🎉","n":1.50}]}]`)
		updated, err := f.UpdateMessage(f.Context(), room.ID, message.ID, func(m *store.Message) error {
			m.Poll.Question, m.Poll.Ended, m.Components, m.Content = "other", true, components, "more"
			return nil
		})
		f.ok(err)
		want := message
		want.Content, want.Components = "more", components
		f.equal("updated", updated, want)
		read, err = f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("read again", read, want)
	}},
	{"votes are added, replaced, counted and taken away", func(f *fixture) {
		room := f.room()
		message, plain := f.poll(room, birthday.Add(time.Hour)), f.post(room, "no poll")[0]
		bob, eve := f.person("bob").ID, f.person("eve").ID
		added, removed := f.vote(message, bob, 3, 1)
		f.equal("added", added, []int{1, 3})
		f.equal("removed", removed, []int{})
		added, removed = f.vote(message, bob, 2, 3)
		f.equal("added then", added, []int{2})
		f.equal("removed then", removed, []int{1})
		f.vote(message, eve, 2)
		results, err := f.PollResults(f.Context(), room.ID, []id.ID{message.ID, plain.ID, 1}, eve)
		f.ok(err)
		f.equal("results", results, map[id.ID][]store.PollResult{message.ID: {{AnswerID: 2, Count: 2, Me: true}, {AnswerID: 3, Count: 1}}})
		for _, c := range []struct {
			answer int
			after  id.ID
			limit  int
			want   []id.ID
		}{{2, 0, 9, []id.ID{bob, eve}}, {2, bob, 9, []id.ID{eve}}, {2, 0, 1, []id.ID{bob}}, {1, 0, 9, nil}, {2, 0, 0, nil}} {
			voters, err := f.PollVoters(f.Context(), room.ID, message.ID, c.answer, c.after, c.limit)
			f.ok(err)
			f.equal("voters", voters, c.want)
		}
		added, removed = f.vote(message, bob)
		f.equal("added last", added, []int{})
		f.equal("removed last", removed, []int{2, 3})
		results, err = f.PollResults(f.Context(), room.ID, []id.ID{message.ID}, bob)
		f.ok(err)
		f.equal("results in the end", results[message.ID], []store.PollResult{{AnswerID: 2, Count: 1}})
		for _, place := range []struct {
			messageID, userID id.ID
			answer            int
		}{{plain.ID, bob, 1}, {1, bob, 1}, {message.ID, 1, 1}, {message.ID, bob, 4}} {
			_, _, err := f.SetPollVotes(f.Context(), room.ID, place.messageID, place.userID, []int{place.answer})
			f.is(err, store.ErrNotFound)
		}
	}},
	{"a poll ends once, and takes no votes then", func(f *fixture) {
		room := f.room()
		message, plain := f.poll(room, birthday), f.post(room, "no poll")[0]
		bob := f.person("bob").ID
		f.vote(message, bob, 1)
		ended, err := f.endedOnce(room.ID, message.ID)
		f.ok(err)
		f.equal("ended", ended, 1)
		_, _, err = f.SetPollVotes(f.Context(), room.ID, message.ID, bob, nil)
		f.is(err, store.ErrSpent)
		read, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("ended", read.Poll.Ended, true)
		_, _, err = f.EndPoll(f.Context(), room.ID, plain.ID)
		f.is(err, store.ErrNotFound)
	}},
	{"polls whose time is over are found until they end or go", func(f *fixture) {
		room := f.room()
		side := f.channel(room.GuildID)
		over, deleted, ended := f.poll(room, birthday), f.poll(room, birthday), f.poll(room, birthday)
		f.poll(room, birthday.Add(time.Millisecond))
		f.poll(side, birthday)
		_, err := f.DeleteMessage(f.Context(), room.ID, deleted.ID)
		f.ok(err)
		_, _, err = f.EndPoll(f.Context(), room.ID, ended.ID)
		f.ok(err)
		_, err = f.DeleteChannel(f.Context(), side.ID)
		f.ok(err)
		places, err := f.ExpiredPolls(f.Context(), birthday, 10)
		f.ok(err)
		f.equal("expired", places, []store.PollPlace{{ChannelID: room.ID, MessageID: over.ID}})
		places, err = f.ExpiredPolls(f.Context(), birthday.Add(time.Millisecond), 1)
		f.ok(err)
		f.equal("as many as wanted", len(places), 1)
	}},
	{"a deleted message leaves no votes", func(f *fixture) {
		room := f.room()
		message := f.poll(room, birthday)
		f.vote(message, f.person("bob").ID, 1, 2)
		_, err := f.DeleteMessage(f.Context(), room.ID, message.ID)
		f.ok(err)
		results, err := f.PollResults(f.Context(), room.ID, []id.ID{message.ID}, 0)
		f.ok(err)
		f.equal("results", results, map[id.ID][]store.PollResult{})
		voters, err := f.PollVoters(f.Context(), room.ID, message.ID, 1, 0, 10)
		f.ok(err)
		f.equal("voters", voters, []id.ID{})
	}},
	{"votes at once are all counted", func(f *fixture) {
		room := f.room()
		message := f.poll(room, birthday.Add(time.Hour))
		var users []id.ID
		for range writers {
			users = append(users, f.person("p"+f.id().String()).ID)
		}
		for _, err := range together(2*writers, func(i int) error {
			_, _, err := f.SetPollVotes(f.Context(), room.ID, message.ID, users[i/2], []int{1 + i%2})
			return err
		}) {
			f.ok(err)
		}
		results, err := f.PollResults(f.Context(), room.ID, []id.ID{message.ID}, 0)
		f.ok(err)
		total := 0
		for _, result := range results[message.ID] {
			total += result.Count
			voters, err := f.PollVoters(f.Context(), room.ID, message.ID, result.AnswerID, 0, 100)
			f.ok(err)
			f.equal("voters", len(slices.Compact(voters)), result.Count)
		}
		f.equal("votes", total, writers)
	}},
}

// endedOnce ends a poll from several sides at once and tells how many were told that they did.
func (f *fixture) endedOnce(channelID, messageID id.ID) (int, error) {
	won := make([]bool, writers)
	var failure error
	for _, err := range together(writers, func(i int) (err error) {
		_, won[i], err = f.EndPoll(f.Context(), channelID, messageID)
		return err
	}) {
		if err != nil {
			failure = err
		}
	}
	count := 0
	for _, one := range won {
		if one {
			count++
		}
	}
	return count, failure
}
