package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

// loadMark in the environment makes this test binary a crowd of clients, so that the server's memory and CPU time can be read apart from theirs.
const loadMark = "GATEWAY_TEST_CROWD"

// clients are many, in a process of their own. They tell each order's answer as one line.
type clients struct {
	tb      testing.TB
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// crowdOrder is what a crowd is told first.
type crowdOrder struct {
	Address string
	Tokens  []string
	// Beat has each client send a heartbeat after READY.
	Beat bool
}

func (h *house) crowd(tokens []string) *clients {
	h.tb.Helper()
	c := &clients{tb: h.tb, command: exec.Command(os.Args[0])}
	c.command.Env = append(os.Environ(), loadMark+"=1")
	c.command.Stderr = os.Stderr
	var err error
	if c.in, err = c.command.StdinPipe(); err != nil {
		h.tb.Fatal(err)
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		h.tb.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.command.Start(); err != nil {
		h.tb.Fatal(err)
	}
	if err := json.NewEncoder(c.in).Encode(crowdOrder{Address: strings.TrimPrefix(h.server.URL, "http://"), Tokens: tokens, Beat: true}); err != nil {
		h.tb.Fatal(err)
	}
	return c
}

func (c *clients) line() string {
	c.tb.Helper()
	if !c.out.Scan() {
		c.tb.Fatalf("the crowd is gone: %v", c.out.Err())
	}
	return c.out.Text()
}

// await waits until the crowd has received that many new messages.
func (c *clients) await(messages int) {
	c.tb.Helper()
	if _, err := fmt.Fprintln(c.in, messages); err != nil {
		c.tb.Fatal(err)
	}
	c.line()
}

func (c *clients) leave() {
	c.tb.Helper()
	_ = c.in.Close()
	if err := c.command.Wait(); err != nil {
		c.tb.Error(err)
	}
}

// runCrowd is the crowd's own process.
func runCrowd(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var order crowdOrder
	if err := json.Unmarshal(text, &order); err != nil {
		return err
	}
	var messages atomic.Int64
	var ready sync.WaitGroup
	failed := make(chan error, 1)
	slots := make(chan struct{}, 64)
	for _, token := range order.Tokens {
		ready.Add(1)
		slots <- struct{}{}
		go func() {
			if err := runMember(order, token, &messages, func() { ready.Done(); <-slots }); err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		}()
	}
	all := make(chan struct{})
	go func() { ready.Wait(); close(all) }()
	select {
	case err := <-failed:
		return err
	case <-all:
	}
	fmt.Fprintln(out, "ready")
	for {
		text, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil // the test is over
		}
		if err != nil {
			return err
		}
		wanted, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return err
		}
		for messages.Load() < wanted {
			select {
			case err := <-failed:
				return err
			default:
				yield()
			}
		}
		messages.Add(-wanted)
		fmt.Fprintln(out, "received")
	}
}

// runMember is one client, as cheap as it can be: it counts new messages by a scan for their name at the place where it stands.
func runMember(order crowdOrder, token string, messages *atomic.Int64, ready func()) error {
	conn, err := net.Dial("tcp", order.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	request := "GET /?v=10 HTTP/1.1\r\nHost: " + order.Address + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(conn, 4096)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the upgrade was answered with %s", response.Status)
	}
	if err := writeMasked(conn, fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":%d,"properties":{"os":"linux"}}}`, token, 1|1<<9|1<<15)); err != nil {
		return err
	}
	for {
		begin, err := readBegin(reader)
		if err != nil {
			return err
		}
		switch {
		case strings.Contains(begin, `"t":"READY"`):
			if order.Beat {
				if err := writeMasked(conn, `{"op":1,"d":1}`); err != nil {
					return err
				}
			} else {
				ready()
			}
		case strings.HasPrefix(begin, `{"op":11`):
			ready()
		case strings.Contains(begin, `"t":"MESSAGE_CREATE"`):
			messages.Add(1)
		}
	}
}

// readBegin reads a frame from the gateway and gives its first bytes.
func readBegin(reader *bufio.Reader) (string, error) {
	head, err := reader.Peek(2)
	if err != nil {
		return "", err
	}
	if head[0]&0x0f == 8 {
		return "", fmt.Errorf("the gateway closed")
	}
	length, size := int(head[1]), 2
	switch length {
	case 126:
		size = 4
		if head, err = reader.Peek(size); err != nil {
			return "", err
		}
		length = int(head[2])<<8 | int(head[3])
	case 127:
		size = 10
		if head, err = reader.Peek(size); err != nil {
			return "", err
		}
		length = 0
		for _, b := range head[2:] {
			length = length<<8 | int(b)
		}
	}
	if _, err := reader.Discard(size); err != nil {
		return "", err
	}
	begin, err := reader.Peek(min(length, 48))
	if err != nil {
		return "", err
	}
	text := string(begin)
	_, err = reader.Discard(length)
	return text, err
}

func writeMasked(conn net.Conn, text string) error {
	frame := []byte{0x81}
	if len(text) < 126 {
		frame = append(frame, 0x80|byte(len(text)))
	} else {
		frame = append(frame, 0x80|126, byte(len(text)>>8), byte(len(text)))
	}
	frame = append(frame, 0, 0, 0, 0) // a mask of zeros
	_, err := conn.Write(append(frame, text...))
	return err
}

// raiseFiles lets this process, and the crowd, have many sockets.
func raiseFiles(tb testing.TB, wanted uint64) {
	tb.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		tb.Skip("the number of open files cannot be read:", err)
	}
	if limit.Cur < wanted {
		limit.Cur = min(limit.Max, wanted)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < wanted {
			tb.Skip("this machine does not allow so many open files")
		}
	}
}

// audience makes a guild with members and their tokens.
func (h *house) audience(members int) (*chattest.Guild, []string) {
	h.tb.Helper()
	guild := h.Guild(h.Person("owner"))
	tokens := make([]string, members)
	people := make([]chat.Caller, members)
	for i := range members {
		people[i] = h.Person("member" + strconv.Itoa(i))
		tokens[i] = h.login(people[i])
	}
	guild.Join(people...)
	return guild, tokens
}

// processMemory is the resident memory of this process, in bytes.
func processMemory(tb testing.TB) int {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Skip("this machine does not tell how much memory a process has:", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		tb.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// processTime is the CPU time of this process.
func processTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func noLimits(options *Options) { options.NoRateLimits = true }

// TestACrowd has many clients in another process come in at once and get every message.
func TestACrowd(t *testing.T) {
	sessions := 2000
	if testing.Short() {
		sessions = 200
	}
	raiseFiles(t, uint64(sessions)+200)
	h := open(t, noLimits)
	guild, tokens := h.audience(sessions)
	clients := h.crowd(tokens)
	clients.line()
	const posts = 10
	for range posts {
		h.post(guild.Owner, guild.General, "hello, all of you")
	}
	clients.await(posts * sessions)
	if stats := h.Gateway.Stats(); stats.Connections != sessions || stats.Sessions != sessions || stats.Hubs != 1 {
		t.Errorf("%+v", stats)
	}
	clients.leave()
	h.until("all connections are noticed to be gone", func() bool { return h.Gateway.Stats().Connections == 0 })
}

// BenchmarkIdleSessions tells what an idle session costs: the difference in resident memory, after collections, by the number of sessions.
func BenchmarkIdleSessions(b *testing.B) {
	const sessions = 5000
	raiseFiles(b, sessions+200)
	h := open(b, noLimits)
	_, tokens := h.audience(sessions)
	h.enter(tokens[0]).quit(1000) // what is made once is made
	collect := func() int {
		for range 3 {
			runtime.GC()
		}
		debug.FreeOSMemory()
		return processMemory(b)
	}
	before, busy := collect(), processTime(b)
	for b.Loop() {
		crowd := h.crowd(tokens)
		crowd.line()
		busy = processTime(b) - busy
		settled := time.NewTimer(4 * sweepInterval) // as a server has it
		<-settled.C
		b.ReportMetric(float64(processMemory(b)-before)/sessions, "settled-B/session")
		after := collect()
		b.ReportMetric(float64(after-before)/sessions, "B/session")
		b.ReportMetric(float64(busy.Microseconds())/sessions, "cpu-µs/connect")
		if path := os.Getenv("GATEWAY_TEST_HEAP"); path != "" {
			writeHeap(b, path)
		}
		crowd.leave()
	}
}

func writeHeap(b *testing.B, path string) {
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if err := pprof.WriteHeapProfile(file); err != nil {
		b.Fatal(err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.Logf("heap in use %d MB, stacks %d MB, sys %d MB, goroutines %d", memory.HeapInuse>>20, memory.StackInuse>>20, memory.Sys>>20, runtime.NumGoroutine())
}

// BenchmarkFanOut tells how many deliveries a second of the server's CPU time makes, posts, stores and all, with some posts always under way.
func BenchmarkFanOut(b *testing.B) {
	const sessions = 1000
	raiseFiles(b, sessions+200)
	for _, underWay := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("posts=%d", underWay), func(b *testing.B) {
			h := open(b, noLimits)
			guild, tokens := h.audience(sessions)
			crowd := h.crowd(tokens)
			crowd.line()
			content := strings.Repeat("a usual sentence ", 6)
			busy := processTime(b)
			rounds := 0
			for b.Loop() {
				var posts sync.WaitGroup
				for range underWay {
					posts.Go(func() {
						if _, err := h.Messages.Create(context.Background(), guild.Owner, guild.General, chat.MessageDraft{Content: content}); err != nil {
							b.Error(err)
						}
					})
				}
				posts.Wait()
				crowd.await(underWay * sessions)
				rounds++
			}
			busy = processTime(b) - busy
			b.ReportMetric(float64(rounds*underWay*sessions)/busy.Seconds(), "deliveries/cpu-s")
			crowd.leave()
		})
	}
}

// nowhere is a connection that takes everything at once.
type nowhere struct{ net.Conn }

func (nowhere) Write(data []byte) (int, error)    { return len(data), nil }
func (nowhere) SetWriteDeadline(time.Time) error  { return nil }
func (nowhere) SetReadDeadline(_ time.Time) error { return nil }
func (nowhere) Close() error                      { return nil }

// BenchmarkDelivery tells what a message costs from its arrival at the hub until it is written for the last of 1,000 sessions, without the system calls.
func BenchmarkDelivery(b *testing.B) {
	const sessions = 1000
	h := open(b, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	h.enter(h.login(alice)).quit(1000)
	_, _, hubs := h.Gateway.open()
	hub := hubs[0]
	view, err := h.Views.Guild(b.Context(), guild.ID)
	if err != nil {
		b.Fatal(err)
	}
	member, err := h.Views.Member(b.Context(), guild.ID, alice.UserID)
	if err != nil {
		b.Fatal(err)
	}
	connections := make([]*connection, sessions)
	for i := range connections {
		s := newSession(alice)
		connections[i] = &connection{gateway: h.Gateway, raw: nowhere{}, next: 1}
		s.connection = connections[i]
		connections[i].session.Store(s)
		hub.seats = append(hub.seats, &seat{hub: hub, session: s, sight: hub.sights.of(view, member)})
	}
	posted, err := h.Messages.Create(b.Context(), alice, guild.General, chat.MessageDraft{Content: strings.Repeat("a usual sentence ", 6)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		hub.receive(posted)
		for _, c := range connections {
			c.writer.Wait()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/delivery")
	hub.mu.Lock()
	hub.seats = nil
	hub.mu.Unlock()
}
