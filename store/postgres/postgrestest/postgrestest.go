// Package postgrestest starts a real PostgreSQL server for tests, in a temporary folder, and gives each test a database of its own.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server. Unless told otherwise it does not wait for the disk (fsync is off), which a Store must be told to accept. It listens on a Unix socket in its own folder only, and ends when its process does: at once where the system can see to that (Linux),
// otherwise when the next test starts a server.
type Server struct {
	folder, bin string
	settings    []string
	claim       *os.File // see claimFolder
	process     *process
	databases   atomic.Int64
	prepared    bool
}

// oldestMajor is the first version that is supported.
const oldestMajor = 15

// folderPrefix is how the names of servers' folders begin.
const folderPrefix = "guildhall-postgres-"

// Start starts a server with settings of its own ("fsync=on"); Stop ends it. Where no server is installed, the error says what to install.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	if err := sweep(ctx, bin); err != nil {
		return nil, fmt.Errorf("clean up after tests that were killed: %w", err)
	}
	folder, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, bin: bin, settings: settings}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// sweep ends the servers of test processes that are gone, and removes their folders.
func sweep(ctx context.Context, bin string) error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		claim, ok := abandoned(folder)
		if !ok {
			continue
		}
		s := &Server{folder: folder, bin: bin, claim: claim}
		// Where the socket answers, the process that the folder names is that server and nothing else by now.
		if connection, err := net.Dial("unix", filepath.Join(folder, ".s.PGSQL.5432")); err == nil {
			_ = connection.Close()
			command := s.command(ctx, "pg_ctl", "stop", "-D", s.data(), "-m", "immediate", "-w", "-t", "30")
			if output, err := command.CombinedOutput(); err != nil {
				return errors.Join(fmt.Errorf("pg_ctl: %w\n%s", err, output), claim.Close())
			}
		}
		if err := s.Stop(); err != nil {
			return err
		}
	}
	return nil
}

// binaries finds the newest installed server.
func binaries() (string, error) {
	candidates, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("pg_config"); err == nil {
		if folder, err := exec.Command(path, "--bindir").Output(); err == nil {
			candidates = append(candidates, strings.TrimSpace(string(folder)))
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, filepath.Dir(path))
	}
	best, newest := "", 0
	for _, folder := range candidates {
		text, err := exec.Command(filepath.Join(folder, "postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if major, err := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(string(text))); err == nil && major > newest {
			best, newest = folder, major
		}
	}
	if newest < oldestMajor {
		return "", fmt.Errorf("PostgreSQL %d or later is needed for this test and is not installed (Debian: apt-get install postgresql; or run make setup)", oldestMajor)
	}
	return best, nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) start(ctx context.Context) (err error) {
	if s.claim, err = claimFolder(s.folder); err != nil {
		return err
	}
	if err := s.own(); err != nil {
		return err
	}
	initdb := s.command(ctx, "initdb", "--pgdata", s.data(), "--username", "guildhall", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return s.Resume(ctx)
}

// Resume starts the server again after Crash. It returns when connections are taken.
func (s *Server) Resume(ctx context.Context) error {
	// Not to wait for the disk is right for tests, and for nothing else: a crash of the server alone loses nothing, what was written is with the system.
	command := s.command(context.Background(), "postgres", "-D", s.data(), "-k", s.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
		"-c", "log_min_messages=warning")
	for _, setting := range s.settings {
		command.Args = append(command.Args, "-c", setting)
	}
	dieWithParent(command)
	p := &process{command: command, ready: make(chan struct{}), exited: make(chan struct{})}
	command.Stdout, command.Stderr = p, p
	if err := command.Start(); err != nil {
		return err
	}
	s.process = p
	p.wait.Go(func() {
		_ = command.Wait() // how it ended is in the log
		close(p.exited)
	})
	select {
	case <-p.ready:
		return nil
	case <-p.exited:
		return fmt.Errorf("PostgreSQL did not start:\n%s", p.log())
	case <-ctx.Done():
		return fmt.Errorf("PostgreSQL did not start: %w\n%s", ctx.Err(), p.log())
	}
}

// Crash ends the server as a crash does: nothing is finished, nobody is told. Its databases stay for Resume.
func (s *Server) Crash() error { return s.end(syscall.SIGQUIT) }

// end ends the server by a signal, and waits for it.
func (s *Server) end(signal os.Signal) error {
	if s.process == nil {
		return nil
	}
	err := s.process.command.Process.Signal(signal)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	s.process.wait.Wait()
	s.process = nil
	return err
}

// process is a run of the server.
type process struct {
	command       *exec.Cmd
	ready, exited chan struct{}
	wait          sync.WaitGroup

	mutex   sync.Mutex
	output  bytes.Buffer
	isReady bool
}

// Write takes what the server says. The line that it takes connections comes once in a run.
func (p *process) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.output.Write(text)
	if !p.isReady && bytes.Contains(p.output.Bytes(), []byte("ready to accept connections")) {
		p.isReady = true
		close(p.ready)
	}
	return len(text), nil
}

func (p *process) log() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.output.String()
}

func (s *Server) command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(s.bin, name), arguments...)
	command.Dir = s.folder
	s.unprivileged(command)
	return command
}

func (s *Server) address(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=guildhall&pool_max_conns=24", database, s.folder)
}

// Prepare makes the database of which Database gives copies from then on; fill puts into it what every test is to find, and leaves no connection open.
func (s *Server) Prepare(ctx context.Context, fill func(ctx context.Context, address string) error) error {
	if err := s.create(ctx, "prepared", "template1"); err != nil {
		return err
	}
	if err := fill(ctx, s.address("prepared")); err != nil {
		return err
	}
	s.prepared = true
	return nil
}

// Database makes a copy of the prepared database and gives its address; an empty one when none was prepared.
func (s *Server) Database(ctx context.Context) (string, error) {
	if !s.prepared {
		return s.Empty(ctx)
	}
	return s.next(ctx, "prepared")
}

// Empty makes an empty database and gives its address.
func (s *Server) Empty(ctx context.Context) (string, error) { return s.next(ctx, "template1") }

func (s *Server) next(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	return s.address(name), s.create(ctx, name, template)
}

func (s *Server) create(ctx context.Context, name, template string) error {
	connection, err := pgx.Connect(ctx, strings.Split(s.address("postgres"), "&pool")[0])
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
	return errors.Join(err, connection.Close(ctx))
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	problems := []error{s.end(os.Interrupt), os.RemoveAll(s.folder)} // the signal is a fast shutdown
	if s.claim != nil {
		problems = append(problems, s.claim.Close())
	}
	return errors.Join(slices.DeleteFunc(problems, func(err error) bool { return err == nil })...)
}
