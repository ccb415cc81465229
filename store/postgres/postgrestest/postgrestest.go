// Package postgrestest starts a real PostgreSQL server for tests, in a temporary folder, and gives each test a database of its own.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server. It listens on a Unix socket in its own folder only.
type Server struct {
	folder, bin string
	process     *exec.Cmd
	output      *os.File
	databases   atomic.Int64
}

// oldestMajor is the first version that is supported.
const oldestMajor = 15

// Start starts a server; Stop ends it. Where no server is installed, the error says what to install.
func Start(ctx context.Context) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "guildhall-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, bin: bin}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
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

func (s *Server) start(ctx context.Context) error {
	data := filepath.Join(s.folder, "data")
	if err := s.own(); err != nil {
		return err
	}
	initdb := s.command(ctx, "initdb", "--pgdata", data, "--username", "guildhall", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	var err error
	if s.output, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return err
	}
	// Not to wait for the disk is right for tests of what is in the tables, and for nothing else.
	s.process = s.command(context.Background(), "postgres", "-D", data, "-k", s.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-c", "log_min_messages=warning")
	s.process.Stdout, s.process.Stderr = s.output, s.output
	if err := s.process.Start(); err != nil {
		return err
	}
	return s.ready(ctx)
}

// ready waits until the server takes connections; pg_isready tells.
func (s *Server) ready(ctx context.Context) error {
	for range 600 {
		if s.command(ctx, "pg_isready", "-q", "-h", s.folder, "-t", "1").Run() == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.folder, "log")) // only for the words of the error
	return fmt.Errorf("PostgreSQL did not start:\n%s", log)
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

// Database makes an empty database and gives its address.
func (s *Server) Database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	connection, err := pgx.Connect(ctx, strings.Split(s.address("postgres"), "&pool")[0])
	if err != nil {
		return "", err
	}
	_, err = connection.Exec(ctx, "CREATE DATABASE "+name)
	return s.address(name), errors.Join(err, connection.Close(ctx))
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	var problems []error
	if s.process != nil && s.process.Process != nil {
		problems = append(problems, s.process.Process.Signal(os.Interrupt)) // fast shutdown
		_ = s.process.Wait()                                                // how it ended is of no interest
	}
	if s.output != nil {
		problems = append(problems, s.output.Close())
	}
	problems = append(problems, os.RemoveAll(s.folder))
	return errors.Join(slices.DeleteFunc(problems, func(err error) bool { return err == nil })...)
}
