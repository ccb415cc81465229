package storetest

import (
	"fmt"

	"guildhall/store"
	"guildhall/store/id"
)

var (
	thumb  = store.Emoji{Name: "👍"}
	castle = store.Emoji{Name: "🏰"}
	wave   = store.Emoji{ID: 77, Name: "wave", Animated: true}
)

// react adds a reaction that is not there yet.
func (f *fixture) react(message store.Message, userID id.ID, emoji store.Emoji) {
	f.Helper()
	added, err := f.AddReaction(f.Context(), message.ChannelID, message.ID, userID, emoji, 20)
	f.ok(err)
	f.equal("added", added, true)
}

// reactions gives what a reader sees at messages of one channel.
func (f *fixture) reactions(reader id.ID, messages ...store.Message) map[id.ID][]store.Reaction {
	f.Helper()
	ids := []id.ID{}
	for _, message := range messages {
		ids = append(ids, message.ID)
	}
	found, err := f.Reactions(f.Context(), messages[0].ChannelID, ids, reader)
	f.ok(err)
	return found
}

var reactionTests = []test{
	{"reactions are counted by kind, in the order in which each came first, as the reader sees them", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		posted := f.post(room, "one", "two", "three")
		f.react(posted[0], ada, castle)
		f.react(posted[0], bob, thumb)
		f.react(posted[0], ada, thumb)
		f.react(posted[2], bob, wave)
		f.equal("as ada sees them", f.reactions(ada, posted...), map[id.ID][]store.Reaction{
			posted[0].ID: {{Emoji: castle, Count: 1, Me: true}, {Emoji: thumb, Count: 2, Me: true}}, posted[2].ID: {{Emoji: wave, Count: 1}},
		})
		f.equal("as bob sees one", f.reactions(bob, posted[0]), map[id.ID][]store.Reaction{posted[0].ID: {{Emoji: castle, Count: 1}, {Emoji: thumb, Count: 2, Me: true}}})
		f.equal("as nobody asks", f.reactions(bob, posted[1]), map[id.ID][]store.Reaction{})
	}},
	{"somebody reacts with one emoji once, and takes back what is there", func(f *fixture) {
		room := f.room()
		bob := f.person("bob").ID
		message := f.post(room, "x")[0]
		f.react(message, bob, wave)
		renamed := store.Emoji{ID: wave.ID, Name: "hello"} // the same emoji by another name
		added, err := f.AddReaction(f.Context(), room.ID, message.ID, bob, renamed, 20)
		f.ok(err)
		f.equal("added again", added, false)
		removed, err := f.RemoveReaction(f.Context(), room.ID, message.ID, bob, thumb)
		f.ok(err)
		f.equal("removed what is not there", removed, false)
		removed, err = f.RemoveReaction(f.Context(), room.ID, message.ID, bob, renamed)
		f.ok(err)
		f.equal("removed", removed, true)
		f.equal("left", f.reactions(bob, message), map[id.ID][]store.Reaction{})
	}},
	{"a message has so many kinds and no more, but more of each", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		message := f.post(room, "x")[0]
		f.react(message, ada, thumb)
		f.react(message, ada, castle)
		_, err := f.AddReaction(f.Context(), room.ID, message.ID, bob, wave, 2)
		f.limit(err, 2)
		added, err := f.AddReaction(f.Context(), room.ID, message.ID, bob, thumb, 2)
		f.ok(err)
		f.equal("one more", added, true)
	}},
	{"all reactions are cleared, or those with one emoji", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		message, other := f.post(room, "x")[0], f.post(room, "y")[0]
		for _, one := range []store.Message{message, other} {
			f.react(one, ada, thumb)
			f.react(one, bob, thumb)
			f.react(one, bob, castle)
		}
		clear := func(emoji *store.Emoji) bool {
			f.Helper()
			cleared, err := f.ClearReactions(f.Context(), room.ID, message.ID, emoji)
			f.ok(err)
			return cleared
		}
		f.equal("of an emoji that is not there", clear(&wave), false)
		f.equal("of one that is", clear(&thumb), true)
		f.equal("left", f.reactions(bob, message), map[id.ID][]store.Reaction{message.ID: {{Emoji: castle, Count: 1, Me: true}}})
		f.equal("all", clear(nil), true)
		f.equal("once more", clear(nil), false)
		f.react(message, bob, thumb)
		f.equal("the other's", len(f.reactions(bob, other)[other.ID]), 2)
	}},
	{"who reacted is listed in pages", func(f *fixture) {
		room := f.room()
		message := f.post(room, "x")[0]
		people := []id.ID{}
		for i := range 5 {
			people = append(people, f.person(fmt.Sprint("person", i)).ID)
			f.react(message, people[i], castle)
		}
		f.react(message, people[0], thumb)
		page := func(after id.ID, limit int) []id.ID {
			f.Helper()
			found, err := f.Reactors(f.Context(), room.ID, message.ID, castle, after, limit)
			f.ok(err)
			return found
		}
		f.equal("the first", page(0, 2), people[:2])
		f.equal("after them", page(people[1], 10), people[2:])
		f.equal("none", page(people[4], 10), []id.ID{})
	}},
	{"a reaction needs its message and its account, and goes with the message and the channel", func(f *fixture) {
		room := f.room()
		bob := f.person("bob").ID
		posted := f.post(room, "x", "y")
		for _, place := range [][3]id.ID{{room.ID, 1, bob}, {1, posted[0].ID, bob}, {room.ID, posted[0].ID, 1}} {
			_, err := f.AddReaction(f.Context(), place[0], place[1], place[2], thumb, 20)
			f.is(err, store.ErrNotFound)
		}
		f.react(posted[0], bob, thumb)
		f.react(posted[1], bob, thumb)
		_, err := f.DeleteMessage(f.Context(), room.ID, posted[0].ID)
		f.ok(err)
		f.equal("left", f.reactions(bob, posted...), map[id.ID][]store.Reaction{posted[1].ID: {{Emoji: thumb, Count: 1, Me: true}}})
		_, err = f.RemoveReaction(f.Context(), room.ID, posted[0].ID, bob, thumb)
		f.is(err, store.ErrNotFound)
		_, err = f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		f.equal("nothing left", f.reactions(bob, posted...), map[id.ID][]store.Reaction{})
	}},
	{"of reactions at once none is lost and none counted twice", func(f *fixture) {
		room := f.room()
		message := f.post(room, "x")[0]
		people := []id.ID{}
		for i := range writers {
			people = append(people, f.person(fmt.Sprint("person", i)).ID)
		}
		for _, err := range together(2*writers, func(i int) error {
			_, err := f.AddReaction(f.Context(), room.ID, message.ID, people[i/2], thumb, 20)
			return err
		}) {
			f.ok(err)
		}
		f.equal("counted", f.reactions(people[3], message)[message.ID], []store.Reaction{{Emoji: thumb, Count: writers, Me: true}})
	}},
}
