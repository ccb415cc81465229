package pebble

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
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
	furnishFiles(t, s, channelID, firstID+id.ID(messages)+100)
	if _, err := s.PublishMessage(context.Background(), channelID, firstID, firstID); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Set(copyKey(store.MessagePlace{ChannelID: channelID, MessageID: firstID}, 1), make([]byte, 2*idBytes), pebble.NoSync); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateInvite(context.Background(), store.Invite{Code: fmt.Sprint("code-", channelID), GuildID: 10, ChannelID: channelID}); err != nil {
		t.Fatal(err)
	}
}

// furnishFiles stores messages with files in a channel, some of the same bytes, and uploads that wait for theirs.
func furnishFiles(t *testing.T, s *Store, channelID, firstID id.ID) {
	t.Helper()
	bounds := store.UploadBounds{Uploads: 10, Bytes: 1 << 30}
	for i := range id.ID(2*sweepStepFiles + 1) {
		file := store.File{Hash: store.Hash{byte(i), byte(channelID)}, Blob: fmt.Sprintf("file/%010d", firstID+i), Size: 3}
		upload, err := s.CreateUpload(context.Background(), store.Upload{ID: firstID + 2*i, UserID: 1, ChannelID: channelID, File: &file}, bounds)
		if err != nil {
			t.Fatal(err)
		}
		message := store.Message{ID: firstID + 2*i + 1, GuildID: 10, AuthorID: 1, Attachments: []store.Attachment{{ID: upload.ID, File: *upload.File}}}
		if _, err := s.CreateMessages(context.Background(), channelID, []store.NewMessage{{Message: message}}); err != nil {
			t.Fatal(err)
		}
	}
	waiting := store.Upload{ID: firstID + 1000, UserID: 1, ChannelID: channelID, Size: 9, Parts: []store.UploadPart{{Blob: fmt.Sprintf("part/%010d", firstID), Size: 4}}}
	if _, err := s.CreateUpload(context.Background(), waiting, bounds); err != nil {
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
	if _, err := s.CreateEmoji(t.Context(), store.GuildEmoji{ID: 78, GuildID: 10, RoleIDs: []id.ID{77}}, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateWebhook(t.Context(), store.Webhook{ID: 79, GuildID: 10, ChannelID: channelID, SourceGuildID: 10, SourceChannelID: channelID}, 9); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateBot(t.Context(), store.Bot{UserID: 3, OwnerID: 2}, store.User{ID: 3, Username: "echo", Bot: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Install(t.Context(), store.NewInstallation{GuildID: 10, ApplicationID: 3}, 9); err != nil {
		t.Fatal(err)
	}
	for _, command := range []store.Command{{ID: 80, ApplicationID: 3, GuildID: 10, Version: 80}, {ID: 81, ApplicationID: 3, Version: 81}} {
		if _, _, err := s.PutCommand(t.Context(), command, store.CommandLimits{0: 1}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetCommandPermissions(t.Context(), store.CommandPermissions{GuildID: 10, ApplicationID: 3, TargetID: command.ID, Permissions: make([]store.CommandPermission, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteGuild(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteUser(t.Context(), 3); err != nil {
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
	if all, err := dump(s.db); err != nil || len(all[kindMessage]) != 50+2*sweepStepFiles+1 || len(all[kindTrash]) != 1 {
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

// sweep does the work of the sweeper now, and forgets all nonces and lost blobs, which outlive their channel by a little.
func sweep(t *testing.T, s *Store) {
	t.Helper()
	if err := s.emptyTrash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.PruneNonces(t.Context(), newest); err != nil {
		t.Fatal(err)
	}
	lost, err := s.ListTrash(t.Context(), 10_000)
	if err == nil {
		err = s.DropTrash(t.Context(), lost)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoCrashBringsBackWhatNamedABlobThatMayBeDeleted(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := openMem(t, disk)
	channelID := makeRoom(t, s)
	furnishFiles(t, s, channelID, 1000)
	if _, err := s.DeleteChannel(t.Context(), channelID); err != nil {
		t.Fatal(err)
	}
	if err := s.emptyTrash(t.Context()); err != nil { // which does not wait for the disk
		t.Fatal(err)
	}
	lost, err := s.ListTrash(t.Context(), 10_000)
	if err != nil || len(lost) != 2*sweepStepFiles+2 {
		t.Fatalf("the trash has %d keys, %v", len(lost), err)
	}
	db, err := pebble.Open("hall", &pebble.Options{FS: disk.CrashClone(vfs.CrashCloneCfg{}), Logger: databaseLogger{&Store{logger: discard}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, err := dump(db)
	if err != nil || len(all[kindBytes]) != 0 || len(all[kindAttachment]) != 0 || len(all[kindUpload]) != 0 || len(all[kindLostBlob]) != len(lost) {
		t.Errorf("after the crash there are %d bytes, %d attachments, %d uploads and %d lost blobs, %v", len(all[kindBytes]), len(all[kindAttachment]), len(all[kindUpload]), len(all[kindLostBlob]), err)
	}
}
