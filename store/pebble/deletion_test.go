package pebble

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"guildhall/store"
	"guildhall/store/id"
)

// village is a store with an account that is about to be deleted, and a friend with a guild.
func village(t *testing.T) (s *Store, leaver, friend, guildID, channelID id.ID) {
	t.Helper()
	s = openMem(t, vfs.NewMem())
	ctx := t.Context()
	leaver, friend, guildID, channelID = 7, 8, 20, 21
	for userID, name := range map[id.ID]string{leaver: "leaver", friend: "friend"} {
		if err := s.CreateUser(ctx, store.User{ID: userID, Username: name, Locale: "en-US"}); err != nil {
			t.Fatal(err)
		}
	}
	channels := []store.Channel{{ID: channelID, GuildID: guildID, Name: "channel"}}
	if err := s.CreateGuild(ctx, store.Guild{ID: guildID, OwnerID: friend}, nil, channels, []store.Member{{GuildID: guildID, UserID: friend}, {GuildID: guildID, UserID: leaver}}); err != nil {
		t.Fatal(err)
	}
	return s, leaver, friend, guildID, channelID
}

// Deleting an account looks for what others have of it while they write.
func TestWhatAnAccountIsGivenWhileItIsDeletedGoesToo(t *testing.T) {
	s, leaver, friend, _, channelID := village(t)
	ctx := t.Context()
	found, err := s.lookForLeaving(ctx, leaver)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.ChangeRelationship(ctx, leaver, friend, func(own, their *store.Relationship) error {
		own.Type, their.Type = store.RelationshipFriend, store.RelationshipFriend
		return nil
	})
	_, overwritten := s.UpdateChannel(ctx, channelID, func(channel *store.Channel) error {
		channel.Overwrites = []store.PermissionOverwrite{{TargetID: leaver, Type: store.OverwriteMember, Allow: 1}}
		return nil
	})
	if err := errors.Join(err, overwritten, s.SetNote(ctx, friend, leaver, "is leaving")); err != nil {
		t.Fatal(err)
	}
	deletions, err := s.deleteFound(ctx, leaver, found)
	s.forgetLeaving(found)
	if err != nil || len(deletions) != 1 || len(deletions[0].Relationships) != 1 || !slices.Equal(deletions[0].NoteHolders, []id.ID{friend}) {
		t.Errorf("deleted is %+v, %v", deletions, err)
	}
	if channel, err := s.Channel(ctx, channelID); err != nil || len(channel.Overwrites) > 0 {
		t.Errorf("the channel is %+v, %v", channel, err)
	}
	if problems, err := s.Check(ctx); err != nil || len(problems) > 0 {
		t.Errorf("%q, %v", problems, err)
	}
}

func TestWhoComesToOwnAGuildWhileTheyAreDeletedStays(t *testing.T) {
	s, leaver, _, guildID, _ := village(t)
	ctx := t.Context()
	found, err := s.lookForLeaving(ctx, leaver)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateGuild(ctx, guildID, func(guild *store.Guild) error { guild.OwnerID = leaver; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.deleteFound(ctx, leaver, found); !errors.Is(err, store.ErrOwns) {
		t.Errorf("got %v", err)
	}
	s.forgetLeaving(found)
}

func TestABotThatIsMadeWhileItsOwnerIsDeletedGoesToo(t *testing.T) {
	s, leaver, _, _, _ := village(t)
	ctx := t.Context()
	found, err := s.lookForLeaving(ctx, leaver)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateBot(ctx, store.Bot{UserID: 30, OwnerID: leaver}, store.User{ID: 30, Username: "robot", Bot: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.deleteFound(ctx, leaver, found); !errors.Is(err, errMoreBots) {
		t.Errorf("got %v", err)
	}
	s.forgetLeaving(found)
	if deletions, err := s.DeleteUser(ctx, leaver); err != nil || len(deletions) != 2 {
		t.Errorf("%+v, %v", deletions, err)
	}
	if len(s.leaving) > 0 {
		t.Error("it is still looked at what is written")
	}
}

func TestADeletionThatIsGivenUpChangesNothing(t *testing.T) {
	s, leaver, _, _, _ := village(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.DeleteUser(ctx, leaver); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := s.User(t.Context(), leaver); err != nil || len(s.leaving) > 0 {
		t.Errorf("%v, %d", err, len(s.leaving))
	}
}
