//go:build unix

package ops_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"guildhall/api/ops"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type greeting struct {
	Name string `json:"name"`
}

// open serves commands on a socket: "greet" answers, "refuse" does not.
func open(t *testing.T, path string) *ops.AdminSocket {
	t.Helper()
	socket, err := ops.ListenAdmin(path, commands())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := socket.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return socket
}

func commands() *ops.Commands {
	table := &ops.Commands{}
	ops.Register(table, "greet", func(_ context.Context, input greeting) (greeting, error) {
		return greeting{"hello, " + input.Name}, nil
	})
	ops.Register(table, "refuse", func(context.Context, greeting) (greeting, error) {
		return greeting{}, &ops.CommandError{Outcome: ops.Refused, Message: "not today"}
	})
	return table
}

// place gives the path of a socket in a folder of its own. Folders of tests are named after them, and sockets' paths are short.
func place(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "ops")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(folder, "hall.sock")
}

func expectGreeted(t *testing.T, path string) {
	t.Helper()
	var answer greeting
	if err := ops.CallAdmin(t.Context(), path, "greet", greeting{"bob"}, &answer); err != nil || answer.Name != "hello, bob" {
		t.Errorf("answered %+v, %v", answer, err)
	}
}

func expectOutcome(t *testing.T, err error, want ops.Outcome) {
	t.Helper()
	if failure, ok := errors.AsType[*ops.CommandError](err); !ok || failure.Outcome != want || failure.Message == "" {
		t.Errorf("got %v, want the outcome %s", err, want)
	}
}

func TestTheSocketIsItsOwnersAlone(t *testing.T) {
	path := place(t)
	mask := syscall.Umask(0) // the most careless one
	defer syscall.Umask(mask)
	open(t, path)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != os.ModeSocket|0o600 || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		t.Errorf("the socket is %v", info.Mode())
	}
	if now := syscall.Umask(0); now != 0 {
		t.Errorf("the process's mask became %o", now)
	}
	expectGreeted(t, path)
}

func TestAFolderThatOthersMayWriteToHoldsNoSocket(t *testing.T) {
	for _, mode := range []os.FileMode{0o777, 0o770, 0o702} {
		path := place(t)
		if err := os.Chmod(filepath.Dir(path), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ops.ListenAdmin(path, commands()); err == nil || !strings.Contains(err.Error(), "chmod 700") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

func TestACommandIsNotSentWhereSomebodyElseMayListen(t *testing.T) {
	path := place(t)
	open(t, path)
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", greeting{}, nil), ops.Refused)
	if os.Geteuid() != 0 {
		t.Skip("only the superuser can give folders away")
	}
	// A folder in the one that everybody may make folders in.
	if err := errors.Join(os.Chmod(filepath.Dir(path), 0o755), os.Chown(filepath.Dir(path), 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", greeting{}, nil), ops.Refused)
	if _, err := ops.ListenAdmin(filepath.Join(filepath.Dir(path), "other.sock"), commands()); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("listening in somebody else's folder: %v", err)
	}
	// The superuser does administer a hall that runs as somebody else, in a folder of its own.
	inner := filepath.Join(filepath.Dir(path), "hall")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	open(t, filepath.Join(inner, "hall.sock"))
	if err := os.Chown(inner, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	expectGreeted(t, filepath.Join(inner, "hall.sock"))
}

func TestALeftoverSocketIsReplacedAndALivingOneIsNot(t *testing.T) {
	path := place(t)
	leftover, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	leftover.SetUnlinkOnClose(false) // as a killed process leaves it
	if err := leftover.Close(); err != nil {
		t.Fatal(err)
	}
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", greeting{}, nil), ops.Unreachable)
	open(t, path)
	expectGreeted(t, path)
	_, err = ops.ListenAdmin(path, commands())
	expectOutcome(t, err, ops.Unreachable)
	expectGreeted(t, path)
}

func TestWhatIsNoSocketIsNotRemoved(t *testing.T) {
	path := place(t)
	if err := os.WriteFile(path, []byte("my notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ops.ListenAdmin(path, commands()); err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "my notes" {
		t.Errorf("the file has %q, %v", text, err)
	}
}

func TestAClosedSocketIsGone(t *testing.T) {
	path := place(t)
	socket, err := ops.ListenAdmin(path, commands())
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", greeting{}, nil), ops.Unreachable)
}

// Systems bound the path of a socket to 104 or 108 bytes (sun_path), the final NUL included.
func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	short, err := ops.SocketPath("/srv/hall")
	if err != nil || short != "/srv/hall/hall.sock" {
		t.Errorf("got %s, %v", short, err)
	}
	seen := make(map[string]bool)
	for length := 80; length < 300; length++ {
		folder := "/" + strings.Repeat("a", length-1)
		path, err := ops.SocketPath(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(path) > 103 || seen[path] || (len(path) != length+len("/hall.sock")) == (length+len("/hall.sock") <= 103) {
			t.Errorf("%d bytes: %s", length, path)
		}
		seen[path] = true
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("long/", 20))
	path, err := ops.SocketPath(long)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(filepath.Dir(path)); err != nil {
			t.Error(err)
		}
	})
	open(t, path)
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info, err)
	}
	expectGreeted(t, path)
}

func TestFailuresKeepTheirOutcome(t *testing.T) {
	path := place(t)
	open(t, path)
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "refuse", greeting{}, nil), ops.Refused)
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "unheard-of", greeting{}, nil), ops.WrongUsage)
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", map[string]string{"nickname": "bob"}, nil), ops.WrongUsage)
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", greeting{strings.Repeat("a", 17<<20)}, nil), ops.Failed)
	expectOutcome(t, ops.CallAdmin(t.Context(), path, "greet", func() {}, nil), ops.Failed)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	expectOutcome(t, ops.CallAdmin(ended, path, "greet", greeting{}, nil), ops.Unreachable)
}

func TestGarbageOnTheSocketHarmsNobody(t *testing.T) {
	path := place(t)
	open(t, path)
	request := func(body string) string {
		return fmt.Sprintf("POST /command/greet HTTP/1.1\r\nHost: hall\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	for name, test := range map[string]struct {
		garbage string
		status  int
	}{
		"bytes":             {"\x00\xff\x16\x03\x01\r\n\r\n", http.StatusBadRequest},
		"text":              {"hello\r\n\r\n", http.StatusBadRequest},
		"no command":        {"POST / HTTP/1.1\r\nHost: hall\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", http.StatusNotFound},
		"a command to read": {"GET /command/greet HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n", http.StatusMethodNotAllowed},
		"no input":          {request(""), http.StatusUnprocessableEntity},
		"no JSON":           {request("bob"), http.StatusUnprocessableEntity},
		"half of it":        {request(`{"name":"bo`), http.StatusUnprocessableEntity},
		"another type":      {request(`{"name":5}`), http.StatusUnprocessableEntity},
		"an unknown field":  {request(`{"name":"bob","age":5}`), http.StatusUnprocessableEntity},
		"two values":        {request(`{"name":"bob"}{"name":"bob"}`), http.StatusUnprocessableEntity},
		"a tail":            {request(`{"name":"bob"} ]`), http.StatusUnprocessableEntity},
		"what it should be": {request(`{"name":"bob"}`), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if _, err := io.WriteString(connection, test.garbage); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("answered %s", response.Status)
			}
			expectGreeted(t, path)
		})
	}
	// Whoever says nothing, or not all of it, hinders nobody either.
	for _, part := range []string{"", "POST /comm", strings.TrimSuffix(request(`{"name":"bob"}`), `"}`)} {
		connection, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, part); err != nil {
			t.Fatal(err)
		}
		expectGreeted(t, path)
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzCommandInput(f *testing.F) {
	for _, input := range []string{"", "{}", `{"name":"bob"}`, `{"name":"bob"}{}`, "null", "[", "\x00"} {
		f.Add("greet", []byte(input))
	}
	f.Add("unheard-of", []byte("{}"))
	f.Fuzz(func(t *testing.T, name string, input []byte) {
		output, err := commands().Do(t.Context(), name, input)
		if _, ok := errors.AsType[*ops.CommandError](err); err != nil && !ok || err == nil && len(output) == 0 {
			t.Errorf("%s %q: %s, %v", name, input, output, err)
		}
	})
}
