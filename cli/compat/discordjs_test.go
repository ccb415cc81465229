package compat

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
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

func startDiscordJS(t *testing.T, hall *clitest.Hall, token string) bot {
	t.Helper()
	return startNodeBot(t, hall, token, "")
}

// startNodeBot starts the bot, whose gateway connection is compressed as said; empty for not at all.
func startNodeBot(t *testing.T, hall *clitest.Hall, token, compression string) bot {
	t.Helper()
	return startScript(t, hall, "bot.mjs", token, compression)
}

// startScript starts a bot from a file.
func startScript(t *testing.T, hall *clitest.Hall, script, token, compression string) bot {
	t.Helper()
	if _, err := os.Stat("discordjs/node_modules/discord.js"); err != nil {
		t.Fatal("discord.js is not installed: run make setup")
	}
	command := exec.Command("node", script)
	command.Dir = "discordjs"
	return startProcess(t, command, []string{"API=" + witness(t, hall) + "/api", "TOKEN=" + token, "COMPRESSION=" + compression})
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
	for lines := bufio.NewScanner(output); lines.Scan(); {
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

func TestDiscordJS(t *testing.T) {
	t.Parallel()
	scenario(t, startDiscordJS)
}

func TestDiscordJSCompressed(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("discordjs/node_modules/zlib-sync"); err != nil {
		t.Skip("zlib-sync is not installed: it is built from C++, and setup goes on without it")
	}
	scenario(t, func(t *testing.T, hall *clitest.Hall, token string) bot {
		return startNodeBot(t, hall, token, "zlib-stream")
	})
}
