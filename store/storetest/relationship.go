package storetest

import (
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// ask has one person ask another to be friends, or accept when the other has asked.
func (f *fixture) ask(from, to id.ID) (own, their store.Relationship, err error) {
	return f.ChangeRelationship(f.Context(), from, to, func(own, their *store.Relationship) error {
		if own.Type == store.RelationshipIncoming {
			own.Type, their.Type = store.RelationshipFriend, store.RelationshipFriend
		} else if own.Type == 0 {
			own.Type, their.Type = store.RelationshipOutgoing, store.RelationshipIncoming
		}
		own.Since, their.Since = birthday, birthday
		return nil
	})
}

var relationshipTests = []test{
	{"a relationship has two views, which are read as they were stored", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		_, err := f.Relationship(f.Context(), ada, bob)
		f.is(err, store.ErrNotFound)
		own, their, err := f.ChangeRelationship(f.Context(), ada, bob, func(own, their *store.Relationship) error {
			f.equal("own at first", *own, store.Relationship{UserID: ada, OtherID: bob})
			f.equal("theirs at first", *their, store.Relationship{UserID: bob, OtherID: ada})
			own.Type, own.Nickname, own.Since = store.RelationshipOutgoing, "Bobby 🎉", birthday.Add(time.Nanosecond)
			their.Type = store.RelationshipIncoming
			return nil
		})
		f.ok(err)
		f.equal("own", own, store.Relationship{UserID: ada, OtherID: bob, Type: store.RelationshipOutgoing, Nickname: "Bobby 🎉", Since: birthday})
		f.equal("theirs", their, store.Relationship{UserID: bob, OtherID: ada, Type: store.RelationshipIncoming})
		read, err := f.Relationship(f.Context(), ada, bob)
		f.ok(err)
		f.equal("own read", read, own)
		read, err = f.Relationship(f.Context(), bob, ada)
		f.ok(err)
		f.equal("theirs read", read, their)
	}},
	{"they are listed by the other's id, and those of type zero are gone", func(f *fixture) {
		ada, bob, eve := f.person("ada").ID, f.person("bob").ID, f.person("eve").ID
		for _, other := range []id.ID{eve, bob} {
			_, _, err := f.ask(ada, other)
			f.ok(err)
		}
		list, err := f.UserRelationships(f.Context(), ada)
		f.ok(err)
		f.equal("listed", len(list), 2)
		f.equal("first", list[0].OtherID, bob)
		own, their, err := f.ChangeRelationship(f.Context(), bob, ada, func(own, their *store.Relationship) error {
			own.Type, their.Type, own.Nickname = 0, 0, "left over"
			return nil
		})
		f.ok(err)
		f.equal("own", own, store.Relationship{UserID: bob, OtherID: ada})
		f.equal("theirs", their, store.Relationship{UserID: ada, OtherID: bob})
		if list, err = f.UserRelationships(f.Context(), ada); err == nil {
			f.equal("left", len(list), 1)
		}
		f.ok(err)
		list, err = f.UserRelationships(f.Context(), bob)
		f.ok(err)
		f.equal("bob's", list, []store.Relationship{})
	}},
	{"an error of change is given as it is and changes nothing, and both accounts are needed", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		refused := errors.New("no")
		_, _, err := f.ChangeRelationship(f.Context(), ada, bob, func(own, _ *store.Relationship) error {
			own.Type = store.RelationshipBlocked
			return refused
		})
		f.asItIs(err, refused)
		_, err = f.Relationship(f.Context(), ada, bob)
		f.is(err, store.ErrNotFound)
		for _, pair := range [][2]id.ID{{ada, 1}, {1, ada}} {
			_, _, err = f.ask(pair[0], pair[1])
			f.is(err, store.ErrNotFound)
		}
	}},
	{"two who ask each other at once are friends", func(f *fixture) {
		for range 10 {
			ada, bob := f.person("ada"+f.id().String()).ID, f.person("bob"+f.id().String()).ID
			pair := [2]id.ID{ada, bob}
			for _, err := range together(2, func(i int) error {
				_, _, err := f.ask(pair[i], pair[1-i])
				return err
			}) {
				f.ok(err)
			}
			for i := range pair {
				view, err := f.Relationship(f.Context(), pair[i], pair[1-i])
				f.ok(err)
				f.equal("type", view.Type, store.RelationshipFriend)
			}
		}
	}},
	{"notes are kept, replaced and taken away, each person's own", func(f *fixture) {
		ada, bob, eve := f.person("ada").ID, f.person("bob").ID, f.person("eve").ID
		f.ok(f.SetNote(f.Context(), ada, bob, "met at the fair"))
		f.ok(f.SetNote(f.Context(), ada, bob, "met at the fair, owes me a pie 🥧"))
		f.ok(f.SetNote(f.Context(), ada, eve, "x"))
		f.ok(f.SetNote(f.Context(), ada, eve, ""))
		f.ok(f.SetNote(f.Context(), ada, ada, "myself"))
		f.is(f.SetNote(f.Context(), ada, 1, "nobody"), store.ErrNotFound)
		notes, err := f.UserNotes(f.Context(), ada)
		f.ok(err)
		f.equal("ada's", notes, map[id.ID]string{bob: "met at the fair, owes me a pie 🥧", ada: "myself"})
		notes, err = f.UserNotes(f.Context(), bob)
		f.ok(err)
		f.equal("bob's", notes, map[id.ID]string{})
	}},
}
