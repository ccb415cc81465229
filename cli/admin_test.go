//go:build unix

package cli_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/api/ops"
	"guildhall/cli/clitest"
)

// adminSocket gives the path of a hall's socket.
func adminSocket(t *testing.T, hall *clitest.Hall) string {
	t.Helper()
	path, err := ops.SocketPath(hall.Data)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// said is everything that a command told.
type said struct {
	stdout, stderr string
	code           int
}

func TestCommandsSayTheSameOnARunningAndOnAStoppedHall(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	commands := [][]string{
		{"user", "list"},
		{"user", "list", "--json"},
		{"user", "create", "--username", "alice", "--password-stdin"},
		{"user", "passwd", "--user", "nobody", "--password-stdin"},
		{"bot", "token", "--bot", "5", "--json"},
		{"guild", "create", "--name", "", "--owner", "alice"},
		{"guild", "create", "--name", "G", "--owner", "nobody", "--json"},
		{"invite", "create", "--guild", "5"},
		{"invite", "create", "--guild", community.GuildID, "--max-age", "-1"},
		{"setup-url"},
	}
	say := func() (all []said) {
		for _, arguments := range commands {
			stdout, stderr, code := hall.TryCommand("long enough\n", arguments...)
			all = append(all, said{stdout, stderr, code})
		}
		return all
	}
	// The addresses in what is printed come from the options, which a stopped hall's commands are given by its folder.
	running := say()
	hall.Stop()
	for i, stopped := range say() {
		if running[i] != stopped {
			t.Errorf("%v:\nrunning %+v\nstopped %+v", commands[i], running[i], stopped)
		}
	}
	if len(running[0].stdout) == 0 || !strings.Contains(running[1].stdout, community.OwnerID) {
		t.Errorf("the accounts are %+v", running[:2])
	}
}

func TestTheAdminSocketIsItsOwnersAlone(t *testing.T) {
	hall := clitest.Start(t)
	info, err := os.Lstat(adminSocket(t, hall))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket is %v", info.Mode())
	}
	if folder, err := os.Stat(hall.Data); err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", folder, err)
	}
	hall.Stop()
	if _, err := os.Lstat(adminSocket(t, hall)); !os.IsNotExist(err) {
		t.Errorf("the socket outlives the hall: %v", err)
	}
}

func TestTheSocketOfAKilledHallIsInNobodysWay(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	hall.Kill()
	if _, err := os.Lstat(adminSocket(t, hall)); err != nil {
		t.Fatalf("there is nothing left to test with: %v", err)
	}
	// Commands work on the folder itself, and the next start replaces what was left.
	for _, state := range []string{"killed", "started again"} {
		if state != "killed" {
			hall.Run()
		}
		if output := hall.Command("", "user", "list", "--json"); !strings.Contains(output, community.OwnerID) {
			t.Errorf("%s: %s", state, output)
		}
	}
}

func TestASecondHallOnAFolderIsRefusedAndHarmsNobody(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	stdout, stderr, code := hall.TryCommand("", "--listen", "127.0.0.1:0", "--advertise", "127.0.0.1", "--mdns", "off", "serve")
	if code != 5 || !strings.Contains(stderr, "already running") || strings.Contains(stdout, "The hall is open.") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
	if output := hall.Command("", "user", "list", "--json"); !strings.Contains(output, community.OwnerID) {
		t.Errorf("the first hall lists %s", output)
	}
	// Without the socket, commands do not do to a running hall's folder what they like.
	if err := os.Remove(adminSocket(t, hall)); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := hall.TryCommand("", "user", "list"); code != 5 || !strings.Contains(stderr, "already running") {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestAHallInADeepFolderHasItsSocketElsewhere(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("deep/", 25), "hall")
	hall := clitest.StartIn(t, deep)
	socket := adminSocket(t, hall)
	t.Cleanup(func() { _ = os.Remove(filepath.Dir(socket)) })
	if strings.HasPrefix(socket, deep) {
		t.Fatalf("%s is not deep", deep)
	}
	community := hall.NewCommunity()
	if output := hall.Command("", "user", "list", "--json"); !strings.Contains(output, community.OwnerID) {
		t.Errorf("lists %s", output)
	}
	if info, err := os.Stat(filepath.Dir(socket)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder is %v, %v", info, err)
	}
}

func TestGarbageOnTheAdminSocketDoesNotHinderTheHall(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	for _, garbage := range []string{"", "\x00\xff\x16\x03\x01\r\n\r\n", strings.Repeat("A", 1<<20), "POST /command/user.list HTTP/1.1\r\nHost: hall\r\nContent-Length: 1\r\n\r\n["} {
		connection, err := net.Dial("unix", adminSocket(t, hall))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()                   // it stays open while the hall is asked
		_, _ = io.WriteString(connection, garbage) // the hall may close at any byte
		if output := hall.Command("", "user", "list", "--json"); !strings.Contains(output, community.OwnerID) {
			t.Errorf("the hall lists %s", output)
		}
	}
}
