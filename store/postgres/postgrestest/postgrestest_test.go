package postgrestest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// asChild is the variable that makes this test's executable a process that starts a server, says where, and waits to be killed.
const asChild = "POSTGRESTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

func child() {
	server, err := Start(context.Background())
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(server.folder + "\n")
	<-make(chan struct{})
}

// startChild starts a server in a process of its own, and gives the server and what kills that process.
func startChild(t *testing.T) (server *Server, kill func()) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), asChild+"=1")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, _, err := bufio.NewReader(output).ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	return &Server{folder: string(line)}, func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	}
}

func TestAServerEndsWithTheProcessThatStartedIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a process of its parent's end")
	}
	server, kill := startChild(t)
	connection := connect(t, server.address("postgres"))
	kill()
	// Nobody sends notifications: what ends the wait is the server's end.
	if _, err := connection.WaitForNotification(t.Context()); err == nil || !connection.IsClosed() {
		t.Errorf("the connection lives: %v", err)
	}
}

func TestWhatAKilledTestLeftBehindIsRemovedByTheNext(t *testing.T) {
	killed, kill := startChild(t)
	kill()
	server, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := os.Stat(killed.folder); !os.IsNotExist(err) {
		t.Errorf("the folder of the killed test: %v", err)
	}
	if claim, ok := abandoned(server.folder); ok {
		claim.Close()
		t.Error("a running test's folder is taken for an abandoned one")
	}
}

func TestDatabasesAreCopiesOfThePreparedOneAndTheirTestsOwn(t *testing.T) {
	server, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := server.Prepare(t.Context(), func(_ context.Context, address string) error {
		execute(t, address, "CREATE TABLE knights (name text)")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	first, second, bare := made(t, server.Database), made(t, server.Database), made(t, server.Empty)
	execute(t, first, "INSERT INTO knights VALUES ('Lancelot')")
	for address, want := range map[string]string{first: "1", second: "0", bare: ""} {
		if got := knights(t, address); got != want {
			t.Errorf("%s has %q knights, not %q", address, got, want)
		}
	}
}

func made(t *testing.T, create func(context.Context) (string, error)) string {
	t.Helper()
	address, err := create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	address, _, _ = strings.Cut(address, "&pool")
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

func execute(t *testing.T, address, statement string) {
	t.Helper()
	connection := connect(t, address)
	defer connection.Close(t.Context())
	if _, err := connection.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// knights gives the number of knights, nothing where there is no table of them.
func knights(t *testing.T, address string) (count string) {
	t.Helper()
	connection := connect(t, address)
	defer connection.Close(t.Context())
	if err := connection.QueryRow(t.Context(), "SELECT count(*)::text FROM knights").Scan(&count); err != nil {
		return ""
	}
	return count
}
