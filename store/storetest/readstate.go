package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// mention posts a message that mentions people, roles or everybody.
func (f *fixture) mention(channel store.Channel, author id.ID, everyone bool, roles []id.ID, people ...id.ID) store.Message {
	f.Helper()
	draft := f.draft(channel, "hey")
	draft.AuthorID, draft.Mentions, draft.MentionRoles, draft.MentionEveryone = author, people, roles, everyone
	posted, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	f.ok(err)
	return posted[0]
}

// marks gives what somebody's marks are, by channel.
func (f *fixture) marks(userID id.ID) map[id.ID]id.ID {
	f.Helper()
	kept, err := f.ReadMarks(f.Context(), userID)
	f.ok(err)
	marks := make(map[id.ID]id.ID)
	for i, mark := range kept {
		f.equal("whose", mark.UserID, userID)
		if i > 0 && kept[i-1].ChannelID >= mark.ChannelID {
			f.Error("the marks are not in order")
		}
		marks[mark.ChannelID] = mark.MessageID
	}
	return marks
}

var readStateTests = []test{
	{"a read mark is kept, replaced, also by an older one, and forgotten", func(f *fixture) {
		room := f.room()
		second := f.channel(room.GuildID)
		bob := f.person("bob").ID
		f.ok(f.SetReadMarks(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: second.ID, MessageID: 7}, {UserID: bob, ChannelID: room.ID, MessageID: 9}}))
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{room.ID: 9, second.ID: 7})
		f.ok(f.SetReadMarks(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: room.ID, MessageID: 10}, {UserID: bob, ChannelID: room.ID, MessageID: 5}}))
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{room.ID: 5, second.ID: 7})
		mark, err := f.ReadMark(f.Context(), bob, room.ID)
		f.ok(err)
		f.equal("one", mark, store.ReadMark{UserID: bob, ChannelID: room.ID, MessageID: 5})
		_, err = f.ReadMark(f.Context(), room.GuildID, room.ID)
		f.is(err, store.ErrNotFound)
		f.ok(f.DeleteReadMark(f.Context(), bob, room.ID))
		f.ok(f.DeleteReadMark(f.Context(), bob, room.ID))
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{second.ID: 7})
		f.equal("of others", f.marks(room.GuildID), map[id.ID]id.ID{})
	}},
	{"marks in channels and of accounts that do not exist are passed over, and those in a deleted channel go with it", func(f *fixture) {
		room := f.room()
		second := f.channel(room.GuildID)
		bob := f.person("bob").ID
		f.ok(f.SetReadMarks(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: 1, MessageID: 7}, {UserID: 1, ChannelID: room.ID, MessageID: 7}, {UserID: bob, ChannelID: room.ID, MessageID: 8},
			{UserID: bob, ChannelID: second.ID, MessageID: 8}}))
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{room.ID: 8, second.ID: 8})
		_, err := f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		_, err = f.ReadMark(f.Context(), bob, room.ID)
		f.is(err, store.ErrNotFound)
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{second.ID: 8})
		f.ok(f.DeleteGuild(f.Context(), room.GuildID))
		f.equal("marks", f.marks(bob), map[id.ID]id.ID{})
	}},
	{"which pins somebody has seen only goes forward, is forgotten with the read mark, and goes with the channel and the account", func(f *fixture) {
		room := f.room()
		second := f.channel(room.GuildID)
		bob, ada := f.person("bob").ID, f.person("grace").ID
		at := func(minutes int) time.Time { return birthday.Add(time.Duration(minutes) * time.Minute) }
		see := func(userID, channelID id.ID, minutes int, want bool) {
			f.Helper()
			advanced, err := f.AdvancePinMark(f.Context(), store.PinMark{UserID: userID, ChannelID: channelID, At: at(minutes)})
			f.ok(err)
			f.equal("advanced", advanced, want)
		}
		seen := func(userID id.ID) map[id.ID]time.Time {
			f.Helper()
			marks, err := f.PinMarks(f.Context(), userID)
			f.ok(err)
			byChannel := make(map[id.ID]time.Time)
			for i, mark := range marks {
				f.equal("whose", mark.UserID, userID)
				if i > 0 && marks[i-1].ChannelID >= mark.ChannelID {
					f.Error("the marks are not in order")
				}
				byChannel[mark.ChannelID] = mark.At
			}
			return byChannel
		}
		see(bob, room.ID, 5, true)
		see(bob, room.ID, 5, false)
		see(bob, room.ID, 4, false)
		see(bob, second.ID, 1, true)
		see(bob, room.ID, 6, true)
		see(ada, second.ID, 2, true)
		f.ok(f.SetReadMarks(f.Context(), []store.ReadMark{{UserID: ada, ChannelID: room.ID, MessageID: 9}}))
		f.equal("seen", seen(bob), map[id.ID]time.Time{room.ID: at(6), second.ID: at(1)})
		_, err := f.AdvancePinMark(f.Context(), store.PinMark{UserID: bob, ChannelID: 1, At: at(1)})
		f.is(err, store.ErrNotFound)
		_, err = f.AdvancePinMark(f.Context(), store.PinMark{UserID: 1, ChannelID: room.ID, At: at(1)})
		f.is(err, store.ErrNotFound)
		f.ok(f.DeleteReadMark(f.Context(), bob, room.ID))
		f.equal("seen", seen(bob), map[id.ID]time.Time{second.ID: at(1)})
		f.sound("one was forgotten")
		see(bob, room.ID, 3, true)
		_, err = f.DeleteUser(f.Context(), ada)
		f.ok(err)
		f.equal("of an account that is gone", seen(ada), map[id.ID]time.Time{})
		f.sound("the account was deleted")
		_, err = f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		f.equal("seen", seen(bob), map[id.ID]time.Time{second.ID: at(1)})
		f.sound("the channel was deleted")
		f.ok(f.DeleteGuild(f.Context(), room.GuildID))
		f.equal("seen", seen(bob), map[id.ID]time.Time{})
		f.sound("the guild was deleted")
	}},
	{"of several who see pins at once the latest moment stands", func(f *fixture) {
		room := f.room()
		bob := f.person("bob").ID
		var seeing sync.WaitGroup
		var advanced atomic.Int32
		for minutes := range 8 {
			seeing.Go(func() {
				did, err := f.AdvancePinMark(f.Context(), store.PinMark{UserID: bob, ChannelID: room.ID, At: birthday.Add(time.Duration(minutes%4) * time.Minute)})
				if err != nil {
					f.Error(err)
				}
				if did {
					advanced.Add(1)
				}
			})
		}
		seeing.Wait()
		marks, err := f.PinMarks(f.Context(), bob)
		f.ok(err)
		f.equal("marks", marks, []store.PinMark{{UserID: bob, ChannelID: room.ID, At: birthday.Add(3 * time.Minute)}})
		if times := advanced.Load(); times < 1 || times > 4 {
			f.Errorf("it advanced %d times over four moments", times)
		}
	}},
	{"the messages after a mark that mention somebody are counted, up to a bound", func(f *fixture) {
		room := f.room()
		quiet := f.channel(room.GuildID)
		ada, bob := f.person("alan").ID, f.person("bob").ID
		first := f.mention(room, ada, false, nil, bob)
		second := f.mention(room, ada, false, nil, ada, bob)
		f.mention(room, ada, false, nil, ada)
		last := f.mention(room, ada, false, nil, bob)
		f.post(quiet, "nothing of bob")
		count := func(after id.ID, most int) map[id.ID]int {
			f.Helper()
			counts, err := f.CountMentions(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: room.ID, MessageID: after}, {UserID: bob, ChannelID: quiet.ID}, {UserID: bob, ChannelID: 1}}, most)
			f.ok(err)
			return counts
		}
		f.equal("from the start", count(0, 100), map[id.ID]int{room.ID: 3})
		f.equal("after the first", count(first.ID, 100), map[id.ID]int{room.ID: 2})
		f.equal("bounded", count(0, 2), map[id.ID]int{room.ID: 2})
		f.equal("after the last", count(last.ID, 100), map[id.ID]int{})
		_, err := f.DeleteMessage(f.Context(), room.ID, second.ID)
		f.ok(err)
		f.equal("without a deleted one", count(0, 100), map[id.ID]int{room.ID: 2})
		_, err = f.UpdateMessage(f.Context(), room.ID, last.ID, func(message *store.Message) error {
			message.Mentions = []id.ID{ada}
			return nil
		})
		f.ok(err)
		f.equal("without one that mentions somebody else now", count(0, 100), map[id.ID]int{room.ID: 1})
		_, err = f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		f.equal("in a channel that is gone", count(0, 100), map[id.ID]int{})
	}},
	{"mentions of everybody and of roles are found", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		f.mention(room, ada, false, nil, bob)
		all := f.mention(room, ada, true, nil)
		role := f.mention(room, ada, false, []id.ID{5, 6})
		find := func(after id.ID, most int) []store.MassMention {
			f.Helper()
			found, err := f.MassMentions(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: room.ID, MessageID: after}}, most)
			f.ok(err)
			return found
		}
		everybody := store.MassMention{ChannelID: room.ID, MessageID: all.ID, AuthorID: ada, Everyone: true}
		roles := store.MassMention{ChannelID: room.ID, MessageID: role.ID, AuthorID: ada, RoleIDs: []id.ID{5, 6}}
		f.equal("found", find(0, 100), []store.MassMention{roles, everybody})
		f.equal("bounded", find(0, 1), []store.MassMention{roles})
		f.equal("after", find(all.ID, 100), []store.MassMention{roles})
		_, err := f.DeleteMessage(f.Context(), room.ID, role.ID)
		f.ok(err)
		f.equal("without a deleted one", find(0, 100), []store.MassMention{everybody})
	}},
	{"the messages of others after a mark are counted", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		first := f.mention(room, ada, false, nil)
		f.mention(room, bob, false, nil)
		f.mention(room, ada, false, nil)
		counts, err := f.CountMessages(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: room.ID, MessageID: first.ID}}, 100)
		f.ok(err)
		f.equal("after the first", counts, map[id.ID]int{room.ID: 1})
		counts, err = f.CountMessages(f.Context(), []store.ReadMark{{UserID: bob, ChannelID: room.ID}}, 1)
		f.ok(err)
		f.equal("bounded", counts, map[id.ID]int{room.ID: 1})
	}},
}
