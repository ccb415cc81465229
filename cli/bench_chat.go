package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/store"
)

// chatBench measures a hall over its public interfaces, from another process, so that the server's time and memory can be told apart from the load's.
type chatBench struct {
	report                      *benchReport
	seconds, messages, sessions int
	url, token, channel         string
	conditions                  string
	server                      *benchServer
	posted                      int
}

func readFirstLine(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return firstLine(file)
}

// own starts a hall of its own with a bot in it, and measures that.
func (b *chatBench) own(ctx context.Context) error {
	b.conditions = "own hall, rate limits off, load on the same machine"
	return withOwnHall(ctx, nil, func(server *benchServer) error {
		b.server, b.url = server, server.url
		if err := b.populate(ctx); err != nil {
			return err
		}
		if err := b.measureStart(ctx); err != nil {
			return err
		}
		return b.measure(ctx)
	})
}

// populate makes an owner, a guild and a bot on the command line.
func (b *chatBench) populate(ctx context.Context) error {
	guild, err := b.server.makeGuild(ctx)
	if err != nil {
		return err
	}
	var bot struct{ Token string }
	if err := b.server.command(ctx, "", &bot, "bot", "create", "--name", "bench bot", "--owner", "bench", "--guild", guild.ID); err != nil {
		return err
	}
	b.token = bot.Token
	b.channel = guild.channel(store.ChannelText)
	return nil
}

// measureStart tells how long a start on existing data takes, and what the hall holds when nothing happens.
func (b *chatBench) measureStart(ctx context.Context) error {
	if info, err := os.Stat(b.server.binary); err == nil {
		if err := b.report.add(benchRow{Work: "size of the executable", Value: float64(info.Size()) / (1 << 20), Unit: "MiB", Conditions: "as it runs here; release builds are stripped"}); err != nil {
			return err
		}
	}
	if err := b.server.stop(); err != nil {
		return err
	}
	begun := time.Now()
	if err := b.server.start(ctx); err != nil {
		return err
	}
	took := time.Since(begun)
	b.url = b.server.url // another port was free this time
	if err := b.report.add(benchRow{Work: "start on existing data", Value: took.Seconds(), Unit: "s to the first successful request", Conditions: b.conditions}); err != nil {
		return err
	}
	return b.report.add(benchRow{Work: "idle memory", Value: b.server.rss(), Unit: "MiB RSS after the start", Conditions: b.conditions})
}

// measure runs what can be run on every hall.
func (b *chatBench) measure(ctx context.Context) error {
	for _, senders := range []int{1, 16, 64} {
		if err := b.post(ctx, senders, time.Duration(b.seconds)*time.Second, 0, true); err != nil {
			return err
		}
	}
	if missing := b.messages - b.posted; missing > 0 {
		if err := b.post(ctx, 64, time.Hour, missing, false); err != nil {
			return err
		}
	}
	if err := b.read(ctx); err != nil {
		return err
	}
	if b.sessions == 0 {
		return nil
	}
	return b.idle(ctx)
}

func (b *chatBench) client(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}, Timeout: time.Minute}
}

func (b *chatBench) do(ctx context.Context, client *http.Client, method, path string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, method, b.url+"/api/v10"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bot "+b.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 500)) // only for the words of the error
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// post posts with a number of senders for a time, or until a number of messages was posted.
func (b *chatBench) post(ctx context.Context, senders int, length time.Duration, most int, shown bool) error {
	client := b.client(senders)
	defer client.CloseIdleConnections()
	path := "/channels/" + b.channel + "/messages"
	body := []byte(`{"content":"The quick brown fox jumps over the lazy dog, and nobody minds."}`)
	cpu, begun := b.server.cpu(), time.Now()
	var mu sync.Mutex
	var all []time.Duration
	var failure error
	left := most
	take := func() bool {
		mu.Lock()
		defer mu.Unlock()
		if failure != nil || most > 0 && left == 0 {
			return false
		}
		left--
		return true
	}
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			var own []time.Duration
			for time.Since(begun) < length && ctx.Err() == nil && take() {
				start := time.Now()
				if err := b.do(ctx, client, http.MethodPost, path, body); err != nil {
					mu.Lock()
					failure = err
					mu.Unlock()
					break
				}
				own = append(own, time.Since(start))
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	sending.Wait()
	b.posted += len(all)
	if err := errors.Join(failure, ctx.Err()); err != nil || !shown {
		return err
	}
	row := latencies(all, time.Since(begun))
	row.Work, row.Conditions = fmt.Sprintf("posts, acknowledged and synced, %d senders", senders), b.conditions+", one channel"
	row.CPU, row.RSS = b.server.cpu()-cpu, b.server.rss()
	return b.report.add(row)
}

func latencies(all []time.Duration, took time.Duration) benchRow {
	if len(all) == 0 {
		return benchRow{}
	}
	slices.Sort(all)
	at := func(part float64) float64 { return all[int(part*float64(len(all)-1))].Seconds() * 1000 }
	return benchRow{Rate: float64(len(all)) / took.Seconds(), P50: at(0.5), P99: at(0.99), Max: at(1)}
}

// reads is how often the newest page is read.
const reads = 3000

func (b *chatBench) read(ctx context.Context) error {
	client := b.client(1)
	defer client.CloseIdleConnections()
	cpu, begun := b.server.cpu(), time.Now()
	var all []time.Duration
	for range reads {
		start := time.Now()
		if err := b.do(ctx, client, http.MethodGet, "/channels/"+b.channel+"/messages?limit=50", nil); err != nil {
			return err
		}
		all = append(all, time.Since(start))
	}
	row := latencies(all, time.Since(begun))
	row.Work, row.Conditions = fmt.Sprintf("newest 50 of %d messages", b.posted), b.conditions+", one reader"
	row.CPU, row.RSS = b.server.cpu()-cpu, b.server.rss()
	return b.report.add(row)
}

// openers is how many sessions are opened at once.
const openers = 16

// idle opens gateway sessions and tells what each costs in memory.
func (b *chatBench) idle(ctx context.Context) error {
	before := b.server.rss()
	sockets := make([]*websocket.Conn, b.sessions)
	defer func() {
		for _, socket := range sockets {
			if socket != nil {
				_ = socket.Close() // the measurement is over
			}
		}
	}()
	address := "ws" + strings.TrimPrefix(b.url, "http") + "/?v=10&encoding=json"
	// The guild without members and presences: what an idle bot's session is.
	identify := map[string]any{"op": 2, "d": map[string]any{"token": b.token, "intents": 1, "properties": map[string]string{"os": "linux", "browser": "bench", "device": "bench"}}}
	work := make(chan int)
	failures := make(chan error, openers)
	var opening sync.WaitGroup
	for range openers {
		opening.Go(func() {
			dialer := websocket.Dialer{ReadBufferSize: 512, WriteBufferSize: 512}
			for i := range work {
				socket, _, err := dialer.DialContext(ctx, address, nil) //nolint:bodyclose // a WebSocket's handshake leaves no body to close
				if err == nil {
					sockets[i] = socket
					err = errors.Join(socket.WriteJSON(identify), awaitReady(socket))
				}
				if err != nil {
					failures <- err
					return
				}
			}
		})
	}
	err := feed(ctx, work, failures, b.sessions)
	opening.Wait()
	if err != nil {
		return err
	}
	row := benchRow{Work: fmt.Sprintf("memory per idle session, %d sessions", b.sessions), Value: (b.server.rss() - before) * 1024 / float64(b.sessions), Unit: "KiB RSS",
		Conditions: b.conditions + ", one bot's sessions, plain HTTP"}
	return b.report.add(row)
}

func feed(ctx context.Context, work chan<- int, failures <-chan error, count int) error {
	defer close(work)
	for i := range count {
		select {
		case work <- i:
		case err := <-failures:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// awaitReady reads until the guild has come.
func awaitReady(socket *websocket.Conn) error {
	for {
		var frame struct {
			Type *string `json:"t"`
		}
		if err := socket.ReadJSON(&frame); err != nil {
			return err
		}
		if frame.Type != nil && *frame.Type == "GUILD_CREATE" {
			return nil
		}
	}
}
