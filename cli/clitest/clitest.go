// Package clitest runs the real executable for tests: builds it once, starts halls on free ports in temporary folders, stops and kills them.
package clitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for the executable. It is far beyond what anything takes: reaching it means that the thing waited for will not happen.
const patience = 60 * time.Second

var build = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "guildhall-build-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(folder, "guildhall")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	output, err := exec.Command("go", "build", "-o", name, "guildhall").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return name, nil
})

// Binary gives the path of the executable, built from the sources on first use.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Hall is a running executable with its own data folder.
type Hall struct {
	// Data is its folder; Address its host and port; URL its address on this machine, and SecureURL the same over HTTPS, with a certificate of the hall's own authority.
	Data, Address, URL, SecureURL string

	t       testing.TB
	extra   []string
	process *exec.Cmd
	exited  chan struct{}
	output  *transcript
}

// Start starts a hall on a free loopback port, and waits until it takes requests. It is stopped at the end of the test. Extra are further options.
func Start(t testing.TB, extra ...string) *Hall {
	t.Helper()
	return StartIn(t, filepath.Join(t.TempDir(), "hall"), extra...)
}

// StartIn starts a hall in a folder.
func StartIn(t testing.TB, data string, extra ...string) *Hall {
	t.Helper()
	h := &Hall{t: t, Data: data, Address: FreeAddress(t), extra: extra}
	h.URL, h.SecureURL = "http://"+h.Address, "https://"+h.Address
	h.Run()
	t.Cleanup(h.Stop)
	return h
}

// AuthorityFolder is where the hall keeps its certificate authority.
func (h *Hall) AuthorityFolder() string { return filepath.Join(h.Data, "authority") }

// Trust is what the environment of a program must hold that is to trust the hall's authority, as its administrator would set it: for programs in Go, and for Node.js.
func (h *Hall) Trust() []string {
	certificate := filepath.Join(h.AuthorityFolder(), "authority.crt")
	return []string{"SSL_CERT_FILE=" + certificate, "NODE_EXTRA_CA_CERTS=" + certificate}
}

// Halls of tests listen on even ports in this range. It lies below the ports that systems give to outgoing connections, one of which could otherwise take a hall's
// port between two of its runs.
const (
	firstPort = 20000
	portPairs = 6000
)

// FreeAddress finds a loopback port that is free for TCP and UDP, and keeps other tests away from it by holding the port above for as long as the test lives.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		port := firstPort + 2*rand.IntN(portPairs)
		guard, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port+1))
		if err != nil {
			continue
		}
		if address := fmt.Sprintf("127.0.0.1:%d", port); isFree(address) {
			t.Cleanup(func() { _ = guard.Close() })
			return address
		}
		if err := guard.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no free port found")
	return ""
}

func isFree(address string) bool {
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return false
	}
	packets, err := net.ListenPacket("udp4", address)
	if err != nil {
		_ = listener.Close()
		return false
	}
	return errors.Join(listener.Close(), packets.Close()) == nil
}

// transcript collects what the executable prints, and lets a test wait for a line.
type transcript struct {
	mu      sync.Mutex
	changed *sync.Cond
	text    bytes.Buffer
	ended   bool
}

func (o *transcript) follow(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		o.mu.Lock()
		o.text.WriteString(line)
		o.ended = err != nil
		o.changed.Broadcast()
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (o *transcript) waitFor(part string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !strings.Contains(o.text.String(), part) && !o.ended {
		o.changed.Wait()
	}
	return strings.Contains(o.text.String(), part)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Run starts the executable (again), on the same folder and address.
func (h *Hall) Run() {
	h.t.Helper()
	arguments := append([]string{"--data", h.Data, "--listen", h.Address, "--advertise", "127.0.0.1", "--mdns", "off"}, h.extra...)
	h.process = exec.Command(Binary(h.t), append(arguments, "serve")...)
	h.process.Env = cleanEnvironment()
	reader, writer := io.Pipe()
	h.process.Stdout, h.process.Stderr = writer, writer
	h.output = &transcript{}
	h.output.changed = sync.NewCond(&h.output.mu)
	output := h.output
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		output.follow(reader)
	}()
	if err := h.process.Start(); err != nil {
		h.t.Fatal(err)
	}
	process, exited := h.process, make(chan struct{})
	h.exited = exited
	go func() {
		defer close(exited)
		_ = process.Wait() // how it ended is read from ProcessState
		_ = writer.Close() // a pipe's end never fails to close
		<-followed
	}()
	timer := time.AfterFunc(patience, func() { _ = process.Process.Kill() })
	defer timer.Stop()
	if !h.output.waitFor("The hall is open.") {
		h.t.Fatalf("the hall did not start:\n%s", h.output)
	}
}

// cleanEnvironment is the environment without what would configure a hall.
func cleanEnvironment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		switch {
		case strings.HasPrefix(name, "GUILDHALL_"), strings.HasPrefix(name, "MINIO_"), strings.HasPrefix(name, "TURN_"),
			name == "DATABASE_URL", name == "REDIS_URL", name == "NATS_URL", name == "JWT_SECRET", name == "LOG_LEVEL":
		default:
			kept = append(kept, pair)
		}
	}
	return kept
}

// Running tells whether the executable runs.
func (h *Hall) Running() bool {
	select {
	case <-h.exited:
		return false
	default:
		return true
	}
}

// Kill ends the executable without warning, as kill -9 does.
func (h *Hall) Kill() {
	h.t.Helper()
	if err := h.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	<-h.exited
}

// Stop ends the executable in an orderly manner and fails the test if it does not end well. A hall that is not running is left alone.
func (h *Hall) Stop() {
	h.t.Helper()
	if !h.Running() {
		return
	}
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = h.process.Process.Kill() })
	<-h.exited
	timer.Stop()
	if code := h.process.ProcessState.ExitCode(); code != 0 {
		h.t.Errorf("the hall ended with code %d:\n%s", code, h.output)
	}
}

// Output is what the executable has printed since it was started last.
func (h *Hall) Output() string { return h.output.String() }

// PID is the executable's process number.
func (h *Hall) PID() int { return h.process.Process.Pid }

// Command runs a subcommand on the hall's data folder and gives what it printed; a failure fails the test.
func (h *Hall) Command(stdin string, arguments ...string) string {
	h.t.Helper()
	stdout, stderr, code := h.TryCommand(stdin, arguments...)
	if code != 0 {
		h.t.Fatalf("guildhall %s: exit code %d\n%s%s", strings.Join(arguments, " "), code, stdout, stderr)
	}
	return stdout
}

// TryCommand runs a subcommand on the hall's data folder and gives what it printed, with the exit code.
func (h *Hall) TryCommand(stdin string, arguments ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	command := exec.Command(Binary(h.t), append([]string{"--data", h.Data}, arguments...)...)
	command.Env = cleanEnvironment()
	command.Stdin = strings.NewReader(stdin)
	var out, err bytes.Buffer
	command.Stdout, command.Stderr = &out, &err
	runError := command.Run()
	if _, ok := errors.AsType[*exec.ExitError](runError); runError != nil && !ok {
		h.t.Fatal(runError)
	}
	return out.String(), err.String(), command.ProcessState.ExitCode()
}

// JSON runs a subcommand with --json and decodes what it printed.
func (h *Hall) JSON(into any, stdin string, arguments ...string) {
	h.t.Helper()
	output := h.Command(stdin, append(arguments, "--json")...)
	if err := json.Unmarshal([]byte(output), into); err != nil {
		h.t.Fatalf("guildhall %s printed %q: %v", strings.Join(arguments, " "), output, err)
	}
}

// Community is a small guild with an owner and a bot, made on the command line.
type Community struct {
	OwnerID, GuildID, TextChannelID, VoiceChannelID, BotID, BotToken string
	// Invite is a code that lets anybody register.
	Invite string
}

// OwnerPassword is the password of every owner that NewCommunity makes.
const OwnerPassword = "correct horse battery staple"

// NewCommunity makes the hall's owner (alice), a guild and a bot in it.
func (h *Hall) NewCommunity() Community {
	h.t.Helper()
	var made Community
	var user struct{ ID string }
	h.JSON(&user, OwnerPassword+"\n", "user", "create", "--username", "alice", "--password-stdin", "--owner")
	made.OwnerID = user.ID
	var guild struct {
		ID       string
		Channels []struct {
			ID   string
			Type int
		}
	}
	h.JSON(&guild, "", "guild", "create", "--name", "Hall", "--owner", "alice")
	made.GuildID = guild.ID
	for _, channel := range guild.Channels {
		switch channel.Type {
		case 0:
			made.TextChannelID = channel.ID
		case 2:
			made.VoiceChannelID = channel.ID
		}
	}
	var bot struct{ ID, Token string }
	h.JSON(&bot, "", "bot", "create", "--name", "pong", "--owner", "alice", "--guild", guild.ID)
	made.BotID, made.BotToken = bot.ID, bot.Token
	var invite struct{ Code string }
	h.JSON(&invite, "", "invite", "create", "--guild", guild.ID)
	made.Invite = invite.Code
	return made
}

// Call sends a JSON request to the hall's API and decodes the answer into output (nil: discarded). It gives the status code.
func (h *Hall) Call(method, path, authorization string, input, output any) (int, error) {
	var body io.Reader
	if input != nil {
		text, err := json.Marshal(input)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, h.URL+"/api/v10"+path, body)
	if err != nil {
		return 0, err
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	if input != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if output == nil || response.StatusCode == http.StatusNoContent {
		_, err := io.Copy(io.Discard, response.Body)
		return response.StatusCode, err
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(output)
}

// Login logs a person in and gives the value of the Authorization header.
func (h *Hall) Login(username, password string) string {
	h.t.Helper()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	status, err := h.Call(http.MethodPost, "/auth/login", "", map[string]string{"login": username, "password": password}, &answer)
	if err != nil || status != http.StatusOK {
		h.t.Fatalf("log in as %s: status %d, %v", username, status, err)
	}
	return "Bearer " + answer.AccessToken
}
