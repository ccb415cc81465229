package gateway

import (
	"slices"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/id"
)

func TestTwoAtOnceWithEachOther(t *testing.T) { compete(t, peopleContests) }

var peopleContests = []contest{
	{name: "both ask each other to be friends", prepare: func(w *arena) race {
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Ask(w.Context(), w.bob, w.cid.UserID) },
			func(n *chat.Chat) error { return n.Relationships.Ask(w.Context(), w.cid, w.bob.UserID) },
		}, func(errs []error) {
			w.won(2, errs)
			w.stand(standing{store.RelationshipFriend, store.RelationshipFriend})
		}}
	}},
	{name: "a request is accepted and taken back", prepare: func(w *arena) race {
		w.must(w.Relationships.Ask(w.Context(), w.bob, w.cid.UserID))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Ask(w.Context(), w.cid, w.bob.UserID) },
			func(n *chat.Chat) error { return n.Relationships.Remove(w.Context(), w.bob, w.cid.UserID) },
		}, func(errs []error) {
			w.won(2, errs)
			// Taken back first, the acceptance asks anew.
			w.stand(standing{0, 0}, standing{store.RelationshipIncoming, store.RelationshipOutgoing})
		}}
	}},
	{name: "a request is accepted and its sender is blocked by nobody but them", prepare: func(w *arena) race {
		w.must(w.Relationships.Ask(w.Context(), w.bob, w.cid.UserID))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Ask(w.Context(), w.cid, w.bob.UserID) },
			func(n *chat.Chat) error { return n.Relationships.Block(w.Context(), w.bob, w.cid.UserID) },
		}, func(errs []error) {
			w.may("accepting", errs[0], chat.FriendRequestBlocked)
			w.may("blocking", errs[1])
			w.stand(standing{store.RelationshipBlocked, 0})
		}}
	}},
	{name: "both block each other", prepare: func(w *arena) race {
		w.must(w.Relationships.Ask(w.Context(), w.bob, w.cid.UserID))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Block(w.Context(), w.bob, w.cid.UserID) },
			func(n *chat.Chat) error { return n.Relationships.Block(w.Context(), w.cid, w.bob.UserID) },
		}, func(errs []error) {
			w.won(2, errs)
			w.stand(standing{store.RelationshipBlocked, store.RelationshipBlocked})
		}}
	}},
	{name: "friends part, and one names the other", prepare: func(w *arena) race {
		w.must(w.Relationships.Ask(w.Context(), w.bob, w.cid.UserID))
		w.must(w.Relationships.Ask(w.Context(), w.cid, w.bob.UserID))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Remove(w.Context(), w.bob, w.cid.UserID) },
			func(n *chat.Chat) error {
				return n.Relationships.Rename(w.Context(), w.cid, w.bob.UserID, "old friend")
			},
		}, func(errs []error) {
			w.may("parting", errs[0])
			w.may("naming", errs[1], chat.UnknownUser)
			w.stand(standing{0, 0})
		}}
	}},
	{name: "a friend is blocked while they write", prepare: func(w *arena) race {
		direct, err := w.Directs.Open(w.Context(), w.bob, w.cid.UserID)
		w.must(err)
		w.post(w.bob, direct.ID, "hello")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Relationships.Block(w.Context(), w.cid, w.bob.UserID) },
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, direct.ID, chat.MessageDraft{Content: "are you there?"})
				return err
			},
		}, func(errs []error) {
			w.may("blocking", errs[0])
			w.may("writing", errs[1], chat.CannotMessage)
			if _, err := w.Messages.Create(w.Context(), w.bob, direct.ID, chat.MessageDraft{Content: "?"}); chat.KindOf(err) != chat.CannotMessage {
				w.Errorf("afterwards writing is answered %v", err)
			}
		}}
	}},
	{name: "both open their conversation", prepare: func(w *arena) race {
		opened := make(chan id.ID, 2)
		open := func(caller, other chat.Caller) func(n *chat.Chat) error {
			return func(n *chat.Chat) error {
				channel, err := n.Directs.Open(w.Context(), caller, other.UserID)
				opened <- channel.ID
				return err
			}
		}
		return race{[]func(*chat.Chat) error{open(w.bob, w.cid), open(w.cid, w.bob)}, func(errs []error) {
			w.won(2, errs)
			if one, other := <-opened, <-opened; one != other {
				w.Errorf("there are two: %d and %d", one, other)
			}
		}}
	}},
	{name: "a conversation is closed while it is written in", prepare: func(w *arena) race {
		direct, err := w.Directs.Open(w.Context(), w.bob, w.cid.UserID)
		w.must(err)
		w.post(w.bob, direct.ID, "hello")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { _, err := n.Directs.Close(w.Context(), w.cid, direct.ID); return err },
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, direct.ID, chat.MessageDraft{Content: "are you there?"})
				return err
			},
		}, func(errs []error) { w.won(2, errs) }}
	}},
	{name: "a conversation is closed and opened on two devices", prepare: func(w *arena) race {
		direct, err := w.Directs.Open(w.Context(), w.bob, w.cid.UserID)
		w.must(err)
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { _, err := n.Directs.Close(w.Context(), w.bob, direct.ID); return err },
			func(n *chat.Chat) error { _, err := n.Directs.Open(w.Context(), w.bob, w.cid.UserID); return err },
			func(n *chat.Chat) error { _, err := n.Directs.Open(w.Context(), w.cid, w.bob.UserID); return err },
		}, func(errs []error) { w.won(3, errs) }}
	}},
	{name: "the last two leave a group", prepare: func(w *arena) race {
		groupID := w.group(w.bob, w.cid)
		leave := func(caller chat.Caller) func(n *chat.Chat) error {
			return func(n *chat.Chat) error { _, err := n.Directs.Close(w.Context(), caller, groupID); return err }
		}
		return race{[]func(*chat.Chat) error{leave(w.bob), leave(w.cid)}, func(errs []error) {
			if w.wins(errs, chat.UnknownChannel) == 0 {
				w.Errorf("nobody left: %v", errs)
			}
			_, err := w.Store.Channel(w.Context(), groupID)
			w.gone("the group", err)
		}}
	}},
	{name: "somebody is put into a group and leaves it, which its owner does too", prepare: func(w *arena) race {
		groupID := w.group(w.bob, w.alice)
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Directs.AddRecipient(w.Context(), w.bob, groupID, w.cid.UserID) },
			func(n *chat.Chat) error { _, err := n.Directs.Close(w.Context(), w.bob, groupID); return err },
			func(n *chat.Chat) error { _, err := n.Directs.Close(w.Context(), w.cid, groupID); return err },
		}, func(errs []error) {
			w.may("adding", errs[0], chat.UnknownChannel, chat.MissingAccess)
			w.may("leaving", errs[1])
			w.may("leaving", errs[2], chat.UnknownChannel, chat.MissingAccess)
			group, err := w.Store.Channel(w.Context(), groupID)
			w.must(err)
			if slices.Contains(group.Recipients, w.bob.UserID) || !slices.Contains(group.Recipients, group.OwnerID) {
				w.Errorf("in it are %v, the owner is %v", group.Recipients, group.OwnerID)
			}
		}}
	}},
	{name: "a user name is taken by two", rounds: 1, prepare: func(w *arena) race {
		name := "wanted" + w.IDs.Next().String()[10:]
		take := func(n *chat.Chat) error {
			_, err := n.Users.Create(w.Context(), chattest.Console, chat.NewAccount{Username: name, Password: "correct horse battery"})
			return err
		}
		return race{[]func(*chat.Chat) error{take, take}, func(errs []error) { w.won(1, errs, chat.Invalid) }}
	}},
	{name: "settings are changed on two devices", prepare: func(w *arena) race {
		light, status, bio := "light", "dnd", "likes gardens"
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Settings.Update(w.Context(), w.bob, chat.SettingsEdit{Theme: &light})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Settings.Update(w.Context(), w.bob, chat.SettingsEdit{Status: &status})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Settings.Update(w.Context(), w.bob, chat.SettingsEdit{Switches: map[string]bool{"developer_mode": true}})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Users.UpdateSelf(w.Context(), w.bob, chat.UserChange{Bio: &bio})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Users.UpdateSelf(w.Context(), w.bob, chat.UserChange{GlobalName: &bio})
				return err
			},
		}, func(errs []error) {
			w.won(5, errs)
			kept, err := w.Store.UserSettings(w.Context(), w.bob.UserID)
			if err != nil || kept.Theme != light || kept.Status != status || !kept.Switches["developer_mode"] {
				w.Errorf("kept is %+v (%v)", kept, err)
			}
			user, err := w.Store.User(w.Context(), w.bob.UserID)
			if err != nil || user.Bio != bio || user.GlobalName != bio {
				w.Errorf("kept is %+v (%v)", user, err)
			}
		}}
	}},
	{name: "settings about a guild are changed on two devices", prepare: func(w *arena) race {
		yes := true
		change := func(edit chat.GuildSettingsEdit) func(n *chat.Chat) error {
			return func(n *chat.Chat) error {
				_, err := n.Settings.UpdateGuild(w.Context(), w.bob, w.guild.ID, edit)
				return err
			}
		}
		return race{[]func(*chat.Chat) error{
			change(chat.GuildSettingsEdit{SuppressEveryone: &yes}), change(chat.GuildSettingsEdit{SuppressRoles: &yes}), change(chat.GuildSettingsEdit{HideMuted: &yes}),
		}, func(errs []error) {
			w.won(3, errs)
			kept, err := w.Store.GuildSettings(w.Context(), w.bob.UserID)
			if err != nil || len(kept) != 1 || !kept[0].SuppressEveryone || !kept[0].SuppressRoles || !kept[0].HideMuted {
				w.Errorf("kept is %+v (%v)", kept, err)
			}
		}}
	}},
	{name: "a note is written on two devices", prepare: func(w *arena) race {
		write := func(note string) func(n *chat.Chat) error {
			return func(n *chat.Chat) error { return n.Relationships.SetNote(w.Context(), w.bob, w.cid.UserID, note) }
		}
		return race{[]func(*chat.Chat) error{write("one"), write("two"), write("")}, func(errs []error) { w.won(3, errs) }}
	}},
	{name: "a channel is read on two devices while it is written in", oneNode: true, prepare: func(w *arena) race {
		first, second := w.says(w.alice, "one"), w.says(w.alice, "two <@"+w.bob.UserID.String()+">")
		ack := func(messageID id.ID, manual bool) func(n *chat.Chat) error {
			return func(n *chat.Chat) error {
				return n.ReadStates.Ack(w.Context(), w.bob, chat.Ack{ChannelID: w.guild.General, MessageID: messageID, Manual: manual})
			}
		}
		return race{[]func(*chat.Chat) error{ack(first, false), ack(second, false), ack(first, true), func(n *chat.Chat) error {
			_, err := n.Messages.Create(w.Context(), w.cid, w.guild.General, chat.MessageDraft{Content: "three"})
			return err
		}}, func(errs []error) { w.won(4, errs) }}
	}},
}

// standing is how bob stands to cid, and cid to bob.
type standing [2]store.RelationshipType

// stand demands that bob and cid stand to each other in one of some ways.
func (w *arena) stand(ways ...standing) {
	w.T.Helper()
	of := func(userID, otherID id.ID) store.RelationshipType {
		kept, err := w.Store.UserRelationships(w.Context(), userID)
		w.must(err)
		for _, one := range kept {
			if one.OtherID == otherID {
				return one.Type
			}
		}
		return 0
	}
	if found := (standing{of(w.bob.UserID, w.cid.UserID), of(w.cid.UserID, w.bob.UserID)}); !slices.Contains(ways, found) {
		w.T.Errorf("they stand to each other as %v, not as one of %v", found, ways)
	}
}

// group makes a group of people.
func (w *arena) group(caller chat.Caller, others ...chat.Caller) id.ID {
	w.T.Helper()
	var userIDs []id.ID
	for _, other := range append(others, w.alice) {
		if !slices.Contains(userIDs, other.UserID) {
			userIDs = append(userIDs, other.UserID)
		}
		if other.UserID != caller.UserID {
			w.must(w.Relationships.Ask(w.Context(), caller, other.UserID))
			w.must(w.Relationships.Ask(w.Context(), other, caller.UserID))
		}
	}
	if len(userIDs) < 2 { // a group has three at least when it is made
		w.must(w.Relationships.Ask(w.Context(), caller, w.cid.UserID))
		w.must(w.Relationships.Ask(w.Context(), w.cid, caller.UserID))
		userIDs = append(userIDs, w.cid.UserID)
	}
	group, err := w.Directs.CreateGroup(w.Context(), caller, userIDs)
	w.must(err)
	keep := append([]chat.Caller{caller}, others...)
	for _, other := range []chat.Caller{w.alice, w.cid} {
		if !slices.ContainsFunc(keep, func(one chat.Caller) bool { return one.UserID == other.UserID }) {
			_, err := w.Directs.Close(w.Context(), other, group.ID)
			w.must(err)
		}
	}
	return group.ID
}
