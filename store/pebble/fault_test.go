package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// logFault meets every write and sync of the log, from the moment it is armed.
type logFault struct {
	armed atomic.Bool
	meet  func(op errorfs.Op) error
}

func (f *logFault) String() string { return "log fault" }

func (f *logFault) MaybeError(op errorfs.Op) error {
	if !f.armed.Load() || !strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	return f.meet(op)
}

func onlySyncs(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData
}

func onlyWrites(op errorfs.Op) bool { return op.Kind == errorfs.OpFileWrite }

func TestAWriteIsAcknowledgedOnlyWhenWhatItReliesOnIsOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := make(chan struct{})
		fault := &logFault{meet: func(op errorfs.Op) error {
			if onlySyncs(op) {
				<-disk
			}
			return nil
		}}
		s := openMem(t, errorfs.Wrap(vfs.NewMem(), fault))
		channelID := makeRoom(t, s)
		fault.armed.Store(true)

		var acknowledged atomic.Int32
		post := func(messageID id.ID) {
			_, err := s.CreateMessages(context.Background(), channelID, []store.NewMessage{
				{Message: store.Message{ID: messageID, AuthorID: 1, Content: "x", Nonce: "n"}, NonceSince: 1},
			})
			if err != nil {
				t.Error(err)
			}
			acknowledged.Add(1)
		}
		go post(101)
		synctest.Wait()
		go post(102) // stores nothing, but says that 101 is stored
		synctest.Wait()
		if got := acknowledged.Load(); got != 0 {
			t.Errorf("%d posts were acknowledged while nothing was on disk", got)
		}
		close(disk)
		synctest.Wait()
		if got := acknowledged.Load(); got != 2 {
			t.Errorf("%d posts were acknowledged", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAStoreWhoseLogFailsTakesNoMoreWrites(t *testing.T) {
	for name, meets := range map[string]func(errorfs.Op) bool{"syncs": onlySyncs, "writes": onlyWrites} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewCrashableMem()
			fault := &logFault{meet: func(op errorfs.Op) error {
				if meets(op) {
					return errors.New("the disk is on fire")
				}
				return nil
			}}
			s := openMem(t, errorfs.Wrap(disk, fault))
			channelID := makeRoom(t, s)
			before := post(t, s, channelID, 101)

			fault.armed.Store(true)
			errs := make([]error, 16)
			var group sync.WaitGroup
			for i := range errs {
				group.Go(func() { errs[i] = tryPost(s, channelID, id.ID(200+i)) })
			}
			group.Wait()
			for i, err := range errs {
				if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "the disk is on fire") {
					t.Errorf("writer %d: %v", i, err)
				}
			}
			fault.armed.Store(false) // the disk is well again, but what it lost stays lost
			if err := tryPost(s, channelID, 300); !errors.Is(err, ErrFailed) {
				t.Errorf("a write after the failure: %v", err)
			}
			if err := s.EndVoiceSession(t.Context(), 1, birthday); !errors.Is(err, ErrFailed) {
				t.Errorf("a write that waits for nothing, after the failure: %v", err)
			}
			if err := s.Ping(t.Context()); !errors.Is(err, ErrFailed) {
				t.Errorf("ping: %v", err)
			}
			if got, err := s.Message(t.Context(), channelID, before.ID); err != nil || got.Content != before.Content {
				t.Errorf("reading what was written before: %+v, %v", got, err)
			}
			_ = s.Close() // it cannot close the log well, and may say so

			reopened := openMem(t, disk.CrashClone(vfs.CrashCloneCfg{}))
			if _, err := reopened.Message(t.Context(), channelID, before.ID); err != nil {
				t.Errorf("what was acknowledged: %v", err)
			}
			post(t, reopened, channelID, 400)
			if err := checkInvariants(reopened); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStoreThatCannotReadSaysSo(t *testing.T) {
	disk := vfs.NewMem()
	s := openMem(t, disk)
	channelID := makeRoom(t, s)
	post(t, s, channelID, 101)
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	unreadable := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst") {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	s, err := Open("hall", Options{FS: errorfs.Wrap(disk, unreadable)})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
		_, err = s.Message(t.Context(), channelID, 101)
	}
	if err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("reading from a broken disk: %v", err)
	}
}

// makeRoom stores a person, a guild and a channel, and gives the channel's id.
func makeRoom(t *testing.T, s *Store) id.ID {
	t.Helper()
	if err := s.CreateUser(context.Background(), store.User{ID: 1, Username: "ada"}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateGuild(context.Background(), store.Guild{ID: 10, OwnerID: 1}, []store.Role{{ID: 10}},
		[]store.Channel{{ID: 11}}, []store.Member{{UserID: 1}}); err != nil {
		t.Fatal(err)
	}
	return 11
}

func tryPost(s *Store, channelID, messageID id.ID) error {
	_, err := s.CreateMessages(context.Background(), channelID, []store.NewMessage{{Message: store.Message{
		ID: messageID, GuildID: 10, AuthorID: 1, Content: fmt.Sprint("message ", messageID),
	}}})
	return err
}

func post(t *testing.T, s *Store, channelID, messageID id.ID) store.Message {
	t.Helper()
	if err := tryPost(s, channelID, messageID); err != nil {
		t.Fatal(err)
	}
	message, err := s.Message(context.Background(), channelID, messageID)
	if err != nil {
		t.Fatal(err)
	}
	return message
}
