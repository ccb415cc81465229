package chat_test

import (
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
)

func TestTwoWhoAskEachOtherAtOnceAreFriends(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	for range 20 {
		alice, bob := hall.Person("alice"+hall.IDs.Next().String()), hall.Person("bob"+hall.IDs.Next().String())
		var asking sync.WaitGroup
		for _, pair := range [][2]chat.Caller{{alice, bob}, {bob, alice}} {
			asking.Go(func() {
				if err := hall.Relationships.Ask(t.Context(), pair[0], pair[1].UserID); err != nil {
					t.Error(err)
				}
			})
		}
		asking.Wait()
		for _, one := range []chat.Caller{alice, bob} {
			list, err := hall.Relationships.List(t.Context(), one)
			if err != nil || len(list) != 1 || list[0].Type != store.RelationshipFriend {
				t.Errorf("%+v, %v", list, err)
			}
		}
	}
}

func TestABlockAgainstARequestAtOnceEndsInOneOfTheTwoOrders(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	for range 20 {
		alice, bob := hall.Person("alice"+hall.IDs.Next().String()), hall.Person("bob"+hall.IDs.Next().String())
		var acting sync.WaitGroup
		acting.Go(func() {
			if err := hall.Relationships.Ask(t.Context(), alice, bob.UserID); err != nil && chat.KindOf(err) != chat.FriendRequestBlocked {
				t.Error(err)
			}
		})
		acting.Go(func() {
			if err := hall.Relationships.Block(t.Context(), bob, alice.UserID); err != nil {
				t.Error(err)
			}
		})
		acting.Wait()
		bobs, err := hall.Relationships.List(t.Context(), bob)
		if err != nil || len(bobs) != 1 || bobs[0].Type != store.RelationshipBlocked {
			t.Errorf("%+v, %v", bobs, err)
		}
		if alices, err := hall.Relationships.List(t.Context(), alice); err != nil || len(alices) != 0 {
			t.Errorf("%+v, %v", alices, err)
		}
	}
}

func TestWhatChangesIsToldOnceToEach(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice, bob := hall.Person("alice"), hall.Person("bob")
	told := hall.Watch(event.UserSubject(bob.UserID))
	for range 2 { // the second request changes nothing
		if err := hall.Relationships.Ask(t.Context(), alice, bob.UserID); err != nil {
			t.Fatal(err)
		}
	}
	if err := hall.Relationships.Remove(t.Context(), alice, bob.UserID); err != nil {
		t.Fatal(err)
	}
	for _, want := range []store.RelationshipType{store.RelationshipIncoming, 0} {
		if e := chattest.Next[event.RelationshipChanged](told); e.Relationship.Type != want || e.Other.ID != alice.UserID {
			t.Errorf("%+v", e)
		}
	}
}
