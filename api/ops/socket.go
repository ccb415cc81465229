package ops

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// maxCommandBytes bounds the input and the output of a command.
const maxCommandBytes = 16 << 20

// maxSocketPath is the longest path that every supported system takes for a Unix socket (sun_path: 104 bytes on macOS, 108 on Linux, with the final NUL).
const maxSocketPath = 103

// SocketPath is where the hall of a data folder listens for its administrator. Where the folder's own path is too long for a socket, it is a
// folder in the system's temporary one, named after it.
func SocketPath(data string) (string, error) {
	absolute, err := filepath.Abs(data)
	if err != nil {
		return "", err
	}
	if path := filepath.Join(absolute, "hall.sock"); len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(os.TempDir(), "guildhall-"+hex.EncodeToString(sum[:8]), "hall.sock"), nil
}

// AdminSocket answers administrative commands on a Unix socket that only the owner of the hall's process can open.
type AdminSocket struct {
	server *http.Server
	done   chan struct{}
	err    error
}

// ListenAdmin opens the socket and serves commands until Close. A socket on which nobody listens is what a hall left behind that could not end in an orderly manner,
// and is replaced; one on which somebody does is left alone, with a *CommandError whose outcome is Unreachable.
func ListenAdmin(path string, commands *Commands) (*AdminSocket, error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := checkPrivate(folder); err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := removeLeftover(path); err != nil {
		return nil, err
	}
	listener, err := listenPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	a := &AdminSocket{done: make(chan struct{})}
	a.server = &http.Server{Handler: commandHandler(commands), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(a.done)
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.err = err
		}
	}()
	return a, nil
}

// removeLeftover removes a socket on which nobody listens.
func removeLeftover(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("admin socket: %w", err)
	}
	if !isSocket(info) {
		return fmt.Errorf("admin socket: %s is in the way; it is no socket, so it is not ours to remove", path)
	}
	if connection, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return errors.Join(&CommandError{Unreachable, fmt.Sprintf("another hall is running, and answers on %s", path)}, connection.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("admin socket: %w", err)
	}
	return nil
}

// Close lets commands that are under way end (until the context does) and removes the socket.
func (a *AdminSocket) Close(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, a.server.Close())
	}
	<-a.done
	return errors.Join(err, a.err)
}

func commandHandler(commands *Commands) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /command/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		input, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommandBytes))
		var output json.RawMessage
		if err == nil {
			output, err = commands.Do(r.Context(), r.PathValue("name"), input)
		}
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			output, _ = json.Marshal(commandError(err)) // a struct of two strings always encodes
		}
		_, _ = w.Write(output) // the command has happened; a caller that went away can ask again
	})
	return mux
}

// CallAdmin runs a command in the hall that listens on a socket, and decodes what it answers into output. Its error is a *CommandError; the outcome is
// Unreachable when nobody listens, and Refused when somebody else may have put the socket there: commands carry passwords.
func CallAdmin(ctx context.Context, socket, name string, input, output any) error {
	if _, err := os.Lstat(socket); err != nil {
		return &CommandError{Unreachable, fmt.Sprintf("the hall cannot be reached: %v", err)}
	}
	if err := checkTrusted(filepath.Dir(socket)); err != nil {
		return &CommandError{Refused, fmt.Sprintf("the admin socket cannot be trusted: %v", err)}
	}
	body, err := json.Marshal(input)
	if err != nil {
		return &CommandError{Failed, err.Error()}
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hall/command/"+name, bytes.NewReader(body))
	if err != nil {
		return &CommandError{Failed, err.Error()}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return &CommandError{Unreachable, fmt.Sprintf("the hall cannot be reached through %s: %v", socket, err)}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxCommandBytes))
	if err != nil {
		return &CommandError{Unreachable, fmt.Sprintf("the hall stopped answering: %v", err)}
	}
	if response.StatusCode != http.StatusOK {
		failure := &CommandError{}
		if json.Unmarshal(answer, failure) != nil || failure.Outcome == "" {
			return &CommandError{Failed, fmt.Sprintf("the hall answered %s", response.Status)}
		}
		return failure
	}
	if output == nil {
		return nil
	}
	if err := json.Unmarshal(answer, output); err != nil {
		return &CommandError{Failed, fmt.Sprintf("the hall's answer cannot be read: %v", err)}
	}
	return nil
}
