package pebble

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// childRole names what a second process of this test binary does instead of testing; childDir is its folder.
const (
	childRole = "GUILDHALL_STORE_TEST_ROLE"
	childDir  = "GUILDHALL_STORE_TEST_DIR"
)

// child plays the part of a second process, and tells whether that was asked for.
func child() bool {
	switch os.Getenv(childRole) {
	case "hold":
		holdStore()
	case "jam":
		jamStore()
	default:
		return false
	}
	return true
}

// holdStore has a store open until its input ends.
func holdStore() {
	s, err := Open(os.Getenv(childDir), Options{})
	fmt.Println("open:", err)
	if err == nil {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		fmt.Println("closed:", s.Close())
	}
}

// jamStore lets the log fail under writes that do not wait for it, until the database panics with its own lock held.
func jamStore() {
	fault := &logFault{meet: func(errorfs.Op) error { return errors.New("the disk is on fire") }}
	s, err := Open("hall", Options{FS: errorfs.Wrap(vfs.NewMem(), fault)})
	if err == nil {
		err = s.CreateUser(background, store.User{ID: 1, Username: "ada"})
	}
	if err == nil {
		err = s.CreateGuild(background, store.Guild{ID: 10, OwnerID: 1}, nil, []store.Channel{{ID: 11}}, nil)
	}
	fault.armed.Store(true)
	for i := 0; err == nil && i < 1_000_000; i++ {
		err = s.StartVoiceSession(background, store.VoiceSession{ID: id.ID(100 + i), ChannelID: 11})
	}
	fmt.Println("failed:", errors.Is(err, ErrFailed), "jammed:", s.jammed.Load(), "next:", errors.Is(s.PruneNonces(background, 1), ErrFailed),
		"closed:", errors.Is(s.Close(), ErrFailed), "again:", s.Close())
}

// startChild starts a second process in a part. What it complains of goes to complaints.
func startChild(t *testing.T, role, dir string, complaints io.Writer) (*exec.Cmd, *bufio.Reader, func()) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	command.Stderr = complaints
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = input.Close()
			_ = command.Wait()
		}
	}
	t.Cleanup(end)
	return command, bufio.NewReader(output), end
}

func expectLine(t *testing.T, output *bufio.Reader, want string) {
	t.Helper()
	line, err := output.ReadString('\n')
	if strings.TrimSpace(line) != want {
		t.Fatalf("the other process says %q (%v), want %q", line, err, want)
	}
}

func TestASecondProcessOnTheSameFolderIsToldSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "store")
	_, output, end := startChild(t, "hold", dir, os.Stderr)
	expectLine(t, output, "open: <nil>")
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got the error %v", err)
	}
	end()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatalf("after the other process ended: %v", err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second store in this process: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAKilledProcessLeavesNoLock(t *testing.T) {
	dir := t.TempDir()
	command, output, end := startChild(t, "hold", dir, os.Stderr)
	expectLine(t, output, "open: <nil>")
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	end()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStoreThatIsJammedByItsDatabaseStillCloses(t *testing.T) {
	var complaints bytes.Buffer
	_, output, end := startChild(t, "jam", "", &complaints)
	line, err := output.ReadString('\n')
	if strings.TrimSpace(line) == "failed: true jammed: true next: true closed: true again: the store is closed" {
		return
	}
	// The database lets go of its lock while it turns to a new log. When that is what fails, its panic makes it unlock what is not locked, and Go's runtime ends the process: nothing can be
	// closed then, and nothing that was acknowledged is lost.
	end()
	if line != "" || !strings.Contains(complaints.String(), "unlock of unlocked mutex") {
		t.Fatalf("the other process says %q (%v): %s", line, err, complaints.String())
	}
}

func TestAFolderThatCannotBeMadeIsAnErrorThatSaysWhy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "store"), Options{}); err == nil || errors.Is(err, ErrInUse) {
		t.Errorf("got the error %v", err)
	}
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	disk := vfs.NewMem()
	s := openMem(t, disk)
	channelID := makeRoom(t, s)
	message := post(t, s, channelID, 101)
	if _, err := s.DeleteMessage(t.Context(), channelID, post(t, s, channelID, 102).ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openMem(t, disk)
	got, err := s.Message(t.Context(), channelID, message.ID)
	if err != nil || got.Content != message.Content {
		t.Errorf("%+v, %v", got, err)
	}
	if greatest, err := s.GreatestID(t.Context()); err != nil || greatest != 102 {
		t.Errorf("the greatest id is %d, %v", greatest, err)
	}
}

func TestAWriteMayBeLargerThanTheTableInMemory(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s, err := Open("hall", Options{FS: disk, MemTableBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	channelID := makeRoom(t, s)
	batch := make([]store.NewMessage, 300)
	for i := range batch {
		batch[i].Message = store.Message{ID: id.ID(1000 + i), GuildID: 10, AuthorID: 1, Content: strings.Repeat("x", 2000)}
	}
	if _, err := s.CreateMessages(t.Context(), channelID, batch); err != nil {
		t.Fatal(err)
	}
	crashed := disk.CrashClone(vfs.CrashCloneCfg{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, disk := range []vfs.FS{disk, crashed} {
		s := openMem(t, disk)
		if got, err := s.ListMessages(t.Context(), channelID, store.MessagePage{Limit: 500}); err != nil || len(got) != len(batch) {
			t.Errorf("%d messages, %v", len(got), err)
		}
		if err := checkInvariants(s); err != nil {
			t.Error(err)
		}
	}
}

func TestTheDatabaseTalksAtDebugLevelOnly(t *testing.T) {
	var log strings.Builder
	for level, loud := range map[slog.Level]bool{slog.LevelInfo: false, slog.LevelDebug: true} {
		log.Reset()
		s, err := Open("hall", Options{FS: vfs.NewMem(), Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))})
		if err != nil {
			t.Fatal(err)
		}
		databaseLogger{s}.Infof("hello %d", 5)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "hello 5") != loud {
			t.Errorf("at level %v the log is %q", level, log.String())
		}
	}
}
