package storetest

import (
	"guildhall/store"
	"guildhall/store/id"
)

// call posts the message of a call that somebody began.
func (f *fixture) call(channel store.Channel, userID id.ID) store.Message {
	f.Helper()
	draft := f.draft(channel, "")
	draft.Type, draft.Call = store.MessageCall, &store.Call{Participants: []id.ID{userID}}
	posted, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	f.ok(err)
	return posted[0]
}

// open gives the messages of calls that go on.
func (f *fixture) openCalls() []store.MessagePlace {
	f.Helper()
	places, err := f.OpenCalls(f.Context(), 10)
	f.ok(err)
	return places
}

var callTests = []test{
	{"a message keeps its call, which changes with it", func(f *fixture) {
		room := f.room()
		message := f.call(room, 7)
		read, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("read", read, message)
		f.equal("the call", *read.Call, store.Call{Participants: []id.ID{7}})
		for _, next := range []store.Call{{Participants: []id.ID{7, 8}}, {Participants: []id.ID{7, 8}, EndedAt: birthday}} {
			updated, err := f.UpdateMessage(f.Context(), room.ID, message.ID, func(m *store.Message) error {
				m.Call = &next
				return nil
			})
			f.ok(err)
			f.equal("updated", *updated.Call, next)
			read, err = f.Message(f.Context(), room.ID, message.ID)
			f.ok(err)
			f.equal("read again", read, updated)
		}
		plain := f.post(room, "no call")[0]
		f.equal("none", plain.Call, (*store.Call)(nil))
	}},
	{"calls are found until they end or go", func(f *fixture) {
		room := f.room()
		side := f.channel(room.GuildID)
		ended, deleted, gone, open := f.call(room, 7), f.call(room, 7), f.call(side, 7), f.call(room, 8)
		f.equal("open", len(f.openCalls()), 4)
		places, err := f.OpenCalls(f.Context(), 2)
		f.ok(err)
		f.equal("at most", len(places), 2)
		_, err = f.UpdateMessage(f.Context(), room.ID, ended.ID, func(m *store.Message) error {
			m.Call.EndedAt = birthday
			return nil
		})
		f.ok(err)
		_, err = f.DeleteMessage(f.Context(), room.ID, deleted.ID)
		f.ok(err)
		_, err = f.DeleteChannel(f.Context(), gone.ChannelID)
		f.ok(err)
		f.equal("left", f.openCalls(), []store.MessagePlace{{ChannelID: room.ID, MessageID: open.ID}})
	}},
}
