package compat

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildhall/cli/clitest"
)

// processBot is a bot that is a process of its own and tells what happens on its standard output, one JSON object a line.
type processBot struct {
	*recorder
	process *exec.Cmd
	ended   chan error
}

// startScript starts a bot of the Node.js libraries from a file, over HTTP, with what else its environment is to hold.
func startScript(t *testing.T, hall *clitest.Hall, script, token string, environment ...string) bot {
	t.Helper()
	return startProcess(t, inNode(t, script), append([]string{"API=" + witness(t, hall) + "/api", "TOKEN=" + token}, environment...))
}

// inNode is a program for Node.js from the folder where the libraries are installed.
func inNode(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat("discordjs/node_modules/discord.js"); err != nil {
		t.Fatal("discord.js is not installed: run make setup")
	}
	command := exec.Command("node", script)
	command.Dir = "discordjs"
	return command
}

// programs are those in Go that were built already, by their folders.
var programs = struct {
	sync.Mutex
	built map[string]string
}{built: make(map[string]string)}

// inGo is a program in Go from a folder. It is built once, and without the race detector: what that finds in a library is not ours to mend.
func inGo(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	binary, ok := programs.built[folder]
	if !ok {
		binary = filepath.Join(buildFolder, strings.ReplaceAll(strings.TrimPrefix(folder, "./"), "/", "-"))
		if said, err := exec.Command("go", "build", "-o", binary, folder).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		programs.built[folder] = binary
	}
	return exec.Command(binary)
}

// buildFolder holds the programs that were built, until the tests are over.
var buildFolder string

func TestMain(m *testing.M) {
	code := 1
	if folder, err := os.MkdirTemp("", "guildhall-compat-"); err == nil {
		buildFolder = folder
		code = m.Run()
		_ = os.RemoveAll(folder) // the system's own temporary folder: what cannot be removed there goes with it
	}
	os.Exit(code)
}

// startProcess starts a bot that is a process of its own.
func startProcess(t *testing.T, command *exec.Cmd, environment []string) bot {
	t.Helper()
	b := &processBot{recorder: newRecorder(), process: command, ended: make(chan error, 1)}
	b.process.Env = append(os.Environ(), environment...)
	b.process.Stderr = os.Stderr
	output, err := b.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		b.follow(output)
		close(b.over)
		b.ended <- b.process.Wait()
	}()
	t.Cleanup(func() { _ = b.process.Process.Kill() })
	return b
}

func (b *processBot) follow(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var details map[string]any
		if json.Unmarshal(lines.Bytes(), &details) != nil {
			details = map[string]any{"event": "said", "text": lines.Text()}
		}
		event, _ := details["event"].(string)
		b.tell(event, details)
	}
}

func (b *processBot) close(t *testing.T) {
	t.Helper()
	if err := b.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	b.wait(t, "closed")
	select {
	case err := <-b.ended:
		if err != nil {
			t.Errorf("the bot ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("the bot did not end")
	}
}
