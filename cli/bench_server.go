package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"guildhall/store"
)

// benchServer is a hall in a process of its own.
type benchServer struct {
	folder, binary, url string
	// options are given to it besides those that every benchmark needs.
	options []string
	process *exec.Cmd
}

// withOwnHall starts a hall in a folder of its own, with an account "bench" in it that owns it, and takes both away again.
func withOwnHall(ctx context.Context, options []string, measure func(*benchServer) error) (err error) {
	folder, err := os.MkdirTemp("", "guildhall-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	server := &benchServer{folder: folder, options: options}
	if server.binary, err = os.Executable(); err != nil {
		return err
	}
	if err := server.start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return measure(server)
}

// benchGuild is a server as the command line prints it.
type benchGuild struct {
	ID       string
	Channels []struct {
		ID   string
		Type store.ChannelType
	}
}

// channel gives the last channel of a type.
func (g benchGuild) channel(wanted store.ChannelType) (found string) {
	for _, channel := range g.Channels {
		if channel.Type == wanted {
			found = channel.ID
		}
	}
	return found
}

// makeGuild makes the hall's owner, and a server of theirs.
func (s *benchServer) makeGuild(ctx context.Context) (made benchGuild, err error) {
	if err := s.command(ctx, "bench password\n", nil, "user", "create", "--username", "bench", "--password-stdin", "--owner"); err != nil {
		return made, err
	}
	return made, s.command(ctx, "", &made, "guild", "create", "--name", "Bench", "--owner", "bench")
}

func (s *benchServer) start(ctx context.Context) error {
	arguments := append([]string{"--data", s.folder + "/data", "--listen", "127.0.0.1:0", "--mdns", "off", "--rate-limits", "off"}, s.options...)
	s.process = exec.Command(s.binary, append(arguments, "serve")...)
	output, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	if s.url, err = readAddress(output); err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, output) }() // it ends with the process
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the hall is not ready: %s", response.Status)
	}
	return nil
}

// readAddress reads the greeting until the hall is open, and gives the address in it.
func readAddress(output io.Reader) (string, error) {
	var text strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(text.String(), "The hall is open.") {
		n, err := output.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return "", fmt.Errorf("the hall did not start:\n%s", text.String())
		}
	}
	_, rest, _ := strings.Cut(text.String(), "On this machine")
	return strings.Fields(rest)[0], nil
}

func (s *benchServer) stop() error {
	if s.process == nil {
		return nil
	}
	process := s.process
	s.process = nil
	if err := process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return process.Wait()
}

func (s *benchServer) command(ctx context.Context, stdin string, into any, arguments ...string) error {
	command := exec.CommandContext(ctx, s.binary, append(append([]string{"--data", s.folder + "/data"}, arguments...), "--json")...)
	command.Stdin = strings.NewReader(stdin)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(arguments, " "), err, problems.String())
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(output, into)
}

// ticksPerSecond is the unit of times in /proc (USER_HZ), 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu gives the seconds of processor time that the server has used; zero where /proc does not tell.
func (s *benchServer) cpu() float64 {
	if s == nil || s.process == nil {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	var user, system float64
	if _, err := fmt.Sscan(fields[11], &user); err != nil {
		return 0
	}
	if _, err := fmt.Sscan(fields[12], &system); err != nil {
		return 0
	}
	return (user + system) / ticksPerSecond
}

// rss gives the memory that the server holds, in MiB; zero where /proc does not tell.
func (s *benchServer) rss() float64 {
	if s == nil || s.process == nil {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(text), "VmRSS:")
	var kibibytes float64
	if !found {
		return 0
	}
	if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
		return 0
	}
	return kibibytes / 1024
}
