package storetest

import (
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// pair is a draft of the conversation of two people.
func (f *fixture) pair(one, other id.ID) store.Channel {
	return store.Channel{ID: f.id(), Type: store.ChannelDM, Recipients: []id.ID{one, other}}
}

// group stores a group of people, which the first owns.
func (f *fixture) group(people ...id.ID) store.Channel {
	f.Helper()
	group := store.Channel{ID: f.id(), Type: store.ChannelGroupDM, Name: "Round Table", OwnerID: people[0], Recipients: people}
	f.ok(f.CreateGroupChannel(f.Context(), group))
	return group
}

// shownTo gives the ids of the conversations that somebody's list shows.
func (f *fixture) shownTo(userID id.ID) []id.ID {
	f.Helper()
	channels, err := f.UserDirectChannels(f.Context(), userID)
	f.ok(err)
	ids := []id.ID{}
	for _, channel := range channels {
		ids = append(ids, channel.ID)
	}
	return ids
}

var directTests = []test{
	{"two people have one conversation, whoever opens it, and it is shown to who did", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		draft := f.pair(bob, ada)
		opened, fresh, err := f.OpenDirectChannel(f.Context(), draft, bob)
		f.ok(err)
		want := store.Channel{ID: draft.ID, Type: store.ChannelDM, Recipients: []id.ID{ada, bob}, HiddenFrom: []id.ID{ada}}
		f.equal("opened", opened, want)
		f.equal("opened", fresh, true)
		read, err := f.Channel(f.Context(), draft.ID)
		f.ok(err)
		f.equal("read", read, want)
		f.equal("bob's list", f.shownTo(bob), []id.ID{draft.ID})
		f.equal("ada's list", f.shownTo(ada), []id.ID{})
		again, fresh, err := f.OpenDirectChannel(f.Context(), f.pair(ada, bob), ada)
		f.ok(err)
		want.HiddenFrom = nil
		f.equal("opened again", again, want)
		f.equal("opened by the other", fresh, true)
		_, fresh, err = f.OpenDirectChannel(f.Context(), f.pair(ada, bob), ada)
		f.ok(err)
		f.equal("opened once more", fresh, false)
		f.equal("ada's list", f.shownTo(ada), []id.ID{draft.ID})
	}},
	{"a conversation needs the accounts of all", func(f *fixture) {
		ada := f.person("ada").ID
		_, _, err := f.OpenDirectChannel(f.Context(), f.pair(ada, 1), ada)
		f.is(err, store.ErrNotFound)
		f.is(f.CreateGroupChannel(f.Context(), store.Channel{ID: f.id(), Type: store.ChannelGroupDM, Recipients: []id.ID{ada, 1}}), store.ErrNotFound)
		f.equal("ada's list", f.shownTo(ada), []id.ID{})
		group := f.group(ada)
		_, err = f.UpdateDirectChannel(f.Context(), group.ID, func(channel *store.Channel) error {
			channel.Recipients = append(channel.Recipients, 1)
			return nil
		})
		f.is(err, store.ErrNotFound)
		f.equal("ada's list", f.shownTo(ada), []id.ID{group.ID})
	}},
	{"people who open their conversation at once have one", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		opened, fresh := make([]id.ID, writers), make([]bool, writers)
		drafts := make([]store.Channel, writers)
		for i := range drafts {
			drafts[i] = f.pair(ada, bob)
		}
		for _, err := range together(writers, func(i int) error {
			channel, made, err := f.OpenDirectChannel(f.Context(), drafts[i], []id.ID{ada, bob}[i%2])
			opened[i], fresh[i] = channel.ID, made
			return err
		}) {
			f.ok(err)
		}
		f.equal("channels", len(slices.Compact(opened)), 1)
		made := 0
		for _, one := range fresh {
			if one {
				made++
			}
		}
		f.equal("times that it came into a list", made, 2)
		f.equal("ada's list", f.shownTo(ada), opened[:1])
		f.equal("bob's list", f.shownTo(bob), opened[:1])
	}},
	{"a group is read as it was stored, and is shown to all in it", func(f *fixture) {
		ada, bob, eve := f.person("ada").ID, f.person("bob").ID, f.person("eve").ID
		group := f.group(ada, bob)
		read, err := f.Channel(f.Context(), group.ID)
		f.ok(err)
		f.equal("read", read, group)
		f.equal("bob's list", f.shownTo(bob), []id.ID{group.ID})
		f.equal("eve's list", f.shownTo(eve), []id.ID{})
		f.conflict(f.CreateGroupChannel(f.Context(), group), "id")
	}},
	{"people come into and out of a group, and the last who leaves ends it with its messages", func(f *fixture) {
		ada, bob, eve := f.person("ada").ID, f.person("bob").ID, f.person("eve").ID
		group := f.group(ada, bob)
		posted := f.post(group, "hello")
		changed, err := f.UpdateDirectChannel(f.Context(), group.ID, func(channel *store.Channel) error {
			channel.Recipients, channel.HiddenFrom, channel.OwnerID, channel.Name = []id.ID{eve, bob}, []id.ID{bob}, bob, "Square Table"
			return nil
		})
		f.ok(err)
		want := store.Channel{ID: group.ID, Type: store.ChannelGroupDM, Name: "Square Table", OwnerID: bob, Recipients: []id.ID{bob, eve}, HiddenFrom: []id.ID{bob}}
		f.equal("changed", changed, want)
		f.equal("ada's list", f.shownTo(ada), []id.ID{})
		f.equal("bob's list", f.shownTo(bob), []id.ID{})
		f.equal("eve's list", f.shownTo(eve), []id.ID{group.ID})
		empty, err := f.UpdateDirectChannel(f.Context(), group.ID, func(channel *store.Channel) error {
			channel.Recipients, channel.HiddenFrom = nil, nil
			return nil
		})
		f.ok(err)
		f.equal("left", len(empty.Recipients), 0)
		f.equal("eve's list", f.shownTo(eve), []id.ID{})
		_, err = f.Channel(f.Context(), group.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.Message(f.Context(), group.ID, posted[0].ID)
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateDirectChannel(f.Context(), group.ID, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"who is in a conversation of two does not change, nor does what kind it is", func(f *fixture) {
		ada, bob, eve := f.person("ada").ID, f.person("bob").ID, f.person("eve").ID
		opened, _, err := f.OpenDirectChannel(f.Context(), f.pair(ada, bob), ada)
		f.ok(err)
		changed, err := f.UpdateDirectChannel(f.Context(), opened.ID, func(channel *store.Channel) error {
			channel.Recipients, channel.Type, channel.GuildID, channel.ID, channel.HiddenFrom = []id.ID{eve}, store.ChannelText, 5, 6, nil
			return nil
		})
		f.ok(err)
		opened.HiddenFrom = nil
		f.equal("changed", changed, opened)
		refused := errors.New("no")
		_, err = f.UpdateDirectChannel(f.Context(), opened.ID, func(*store.Channel) error { return refused })
		f.asItIs(err, refused)
	}},
	{"messages are kept in conversations as in guilds", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		opened, _, err := f.OpenDirectChannel(f.Context(), f.pair(ada, bob), ada)
		f.ok(err)
		posted := f.post(opened, "one", "two")
		page, err := f.ListMessages(f.Context(), opened.ID, store.MessagePage{Limit: 10})
		f.ok(err)
		f.equal("page", len(page), 2)
		f.equal("guild", page[0].GuildID, id.ID(0))
		last, err := f.LastMessageIDs(f.Context(), []id.ID{opened.ID})
		f.ok(err)
		f.equal("newest", last[opened.ID], posted[1].ID)
	}},
	{"a conversation is no guild's channel, and a guild's channel is no conversation", func(f *fixture) {
		room := f.room()
		ada, bob := f.person("alan").ID, f.person("bob").ID
		opened, _, err := f.OpenDirectChannel(f.Context(), f.pair(ada, bob), ada)
		f.ok(err)
		_, err = f.UpdateChannel(f.Context(), opened.ID, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
		_, err = f.DeleteChannel(f.Context(), opened.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateDirectChannel(f.Context(), room.ID, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
		f.equal("ada's list", f.shownTo(ada), []id.ID{opened.ID})
	}},
	{"of many who change a group at once, nobody's change is lost", func(f *fixture) {
		ada := f.person("ada").ID
		group := f.group(ada)
		people := make([]id.ID, writers)
		for i := range people {
			people[i] = f.person("person" + string(rune('a'+i))).ID
		}
		for _, err := range together(writers, func(i int) error {
			_, err := f.UpdateDirectChannel(f.Context(), group.ID, func(channel *store.Channel) error {
				channel.Recipients = append(channel.Recipients, people[i])
				return nil
			})
			return err
		}) {
			f.ok(err)
		}
		read, err := f.Channel(f.Context(), group.ID)
		f.ok(err)
		f.equal("recipients", len(read.Recipients), writers+1)
	}},
}
