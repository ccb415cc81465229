package pebble

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// keys gives all keys of a store but that of the greatest id, which remembers what was deleted by design.
func keys(t *testing.T, s *Store) []string {
	t.Helper()
	all, err := dump(s.db)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for kind, entries := range all {
		for _, e := range entries {
			if kind != kindGreatest {
				found = append(found, fmt.Sprintf("%s %x", kind, e.key))
			}
		}
	}
	slices.Sort(found)
	return found
}

// furnish fills a channel with everything that a channel can have.
func furnish(t *testing.T, s *Store, channelID id.ID, firstID id.ID, messages int) {
	t.Helper()
	for done := 0; done < messages; done += 500 {
		batch := make([]store.NewMessage, min(500, messages-done))
		for i := range batch {
			batch[i].Message = store.Message{ID: firstID + id.ID(done+i), GuildID: 10, AuthorID: 1, Content: "x", Nonce: fmt.Sprint("n", done+i)}
			if i%7 == 0 {
				batch[i].Mentions, batch[i].MentionEveryone = []id.ID{1, 2}, i%2 == 0
			}
		}
		if _, err := s.CreateMessages(context.Background(), channelID, batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetReadMarks(context.Background(), []store.ReadMark{{UserID: 1, ChannelID: channelID, MessageID: firstID}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddReaction(context.Background(), channelID, firstID, 1, store.Emoji{Name: "👍"}, 20); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		session := store.VoiceSession{ID: firstID + id.ID(messages+i), GuildID: 10, ChannelID: channelID, UserID: 1, StartedAt: birthday}
		if err := s.StartVoiceSession(context.Background(), session); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateInvite(context.Background(), store.Invite{Code: fmt.Sprint("code-", channelID), GuildID: 10, ChannelID: channelID}); err != nil {
		t.Fatal(err)
	}
}

func TestADeletedChannelLeavesNoKey(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	makeRoom(t, s)
	before := keys(t, s)
	if err := s.CreateChannel(t.Context(), store.Channel{ID: 12, GuildID: 10}, 500); err != nil {
		t.Fatal(err)
	}
	furnish(t, s, 12, 1000, 3*sweepStep+1)
	if _, err := s.DeleteChannel(t.Context(), 12); err != nil {
		t.Fatal(err)
	}
	sweep(t, s)
	if after := keys(t, s); !slices.Equal(after, before) {
		t.Errorf("%d keys instead of %d: %.2000v", len(after), len(before), after)
	}
}

func TestADeletedGuildLeavesNoKey(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	if err := s.CreateUser(t.Context(), store.User{ID: 2, Username: "bob"}); err != nil {
		t.Fatal(err)
	}
	channelID := makeRoom(t, s)
	furnish(t, s, channelID, 1000, 20)
	if err := s.AddMember(t.Context(), store.Member{GuildID: 10, UserID: 2}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateRole(t.Context(), store.Role{ID: 77, GuildID: 10}, 9); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteGuild(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	sweep(t, s)
	want := []string{
		fmt.Sprintf("format %x", kindFormat.key()), fmt.Sprintf("user %x", kindUser.key(1)), fmt.Sprintf("user %x", kindUser.key(2)),
		fmt.Sprintf("username %x", usernameKey(false, "ada")), fmt.Sprintf("username %x", usernameKey(false, "bob")),
	}
	if after := keys(t, s); !slices.Equal(after, want) {
		t.Errorf("keys are left: %v", after)
	}
}

func TestSweepingGoesOnAfterARestart(t *testing.T) {
	disk := vfs.NewMem()
	s := openMem(t, disk)
	channelID := makeRoom(t, s)
	furnish(t, s, channelID, 1000, 50)
	s.sweeper.stop() // as if the process had ended before the sweeper came to it
	if _, err := s.DeleteChannel(t.Context(), channelID); err != nil {
		t.Fatal(err)
	}
	if err := checkInvariants(s); err != nil {
		t.Error(err)
	}
	if all, err := dump(s.db); err != nil || len(all[kindMessage]) != 50 || len(all[kindTrash]) != 1 {
		t.Fatalf("%d messages and %d trash before the restart, %v", len(all[kindMessage]), len(all[kindTrash]), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMem(t, disk)
	sweep(t, s)
	if err := checkInvariants(s); err != nil {
		t.Error(err)
	}
	if all, err := dump(s.db); err != nil || len(all[kindMessage]) != 0 || len(all[kindMessagePlace]) != 0 || len(all[kindTrash]) != 0 {
		t.Errorf("history is left: %v, %v", all, err)
	}
}

// sweep does the work of the sweeper now, and forgets all nonces, which outlive their channel by a little.
func sweep(t *testing.T, s *Store) {
	t.Helper()
	if err := s.emptyTrash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.PruneNonces(t.Context(), newest); err != nil {
		t.Fatal(err)
	}
}
