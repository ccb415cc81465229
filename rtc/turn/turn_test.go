package turn

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"go.uber.org/goleak"

	"guildhall/rtc/mux"
)

func TestMain(m *testing.M) {
	if os.Getenv(crowdVariable) != "" {
		crowd()
		return
	}
	goleak.VerifyTestMain(m)
}

var loopback = netip.MustParseAddr("127.0.0.1")

// testHall is a hall's ports with a relay, and a media server that says everything back.
type testHall struct {
	*Server
	t     testing.TB
	ports *mux.Mux
	udp   net.PacketConn
	// paths are the ways by which packets came to the media server.
	paths chan string
	clock func() time.Time
	// mediaServer is the media server at work.
	mediaServer sync.WaitGroup
}

func openHall(t testing.TB, limits limits) *testHall {
	t.Helper()
	h := openQuietHall(t, limits)
	h.mediaServer.Go(h.echo)
	return h
}

// openQuietHall opens a hall whose media server is the caller's.
func openQuietHall(t testing.TB, limits limits) *testHall {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	ports, err := mux.Listen(t.Context(), "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	donor := httptest.NewTLSServer(nil)
	ports.Secure(&tls.Config{Certificates: donor.TLS.Certificates})
	donor.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &testHall{t: t, ports: ports, udp: udp, paths: make(chan string, 1000), clock: time.Now}
	h.Server, err = newServer(Options{Secret: bytes.Repeat([]byte("s"), 32), Port: ports.Port(), Addresses: func() []netip.Addr { return []netip.Addr{loopback} },
		Packets: ports.Packets(), Streams: ports.TURN(), Datagrams: udp, Now: func() time.Time { return h.clock() }, Log: log}, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := ports.Close(); err != nil {
			t.Error(err)
		}
		h.mediaServer.Wait()
	})
	return h
}

func (h *testHall) echo() {
	buffer := make([]byte, mux.MaxPacket)
	for {
		n, from, err := h.ports.Packets().ReadFromAddrPort(buffer)
		if err != nil {
			return
		}
		path, _ := h.ports.Packets().Origin(from)
		select {
		case h.paths <- path:
		default:
		}
		h.ports.Packets().WriteToAddrPort(buffer[:n], from)
	}
}

func (h *testHall) media() *net.UDPAddr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, uint16(h.ports.Port())))
}

// dial makes a connection for TURN.
func (h *testHall) dial(path mux.Path) net.PacketConn {
	h.t.Helper()
	if path == mux.PathTURNUDP {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			h.t.Fatal(err)
		}
		h.t.Cleanup(func() { conn.Close() })
		return conn
	}
	conn, err := net.Dial("tcp", h.media().String())
	if err != nil {
		h.t.Fatal(err)
	}
	if path == mux.PathTURNTLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	h.t.Cleanup(func() { conn.Close() })
	return turn.NewSTUNConn(conn)
}

// client is somebody else's TURN client on a connection.
func (h *testHall) client(conn net.PacketConn, credential Credential) *turn.Client {
	h.t.Helper()
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	at := h.media().String()
	if _, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		at = h.udp.LocalAddr().String()
	}
	client, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: at, STUNServerAddr: at, Conn: conn, Username: credential.Username, Password: credential.Password,
		Realm: realm, LoggerFactory: quiet, RTO: 2 * time.Second})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := client.Listen(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		client.Close()
		conn.Close()
	})
	return client
}

func (h *testHall) allocate(path mux.Path, credential Credential) net.PacketConn {
	h.t.Helper()
	relayed, err := h.client(h.dial(path), credential).Allocate()
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { relayed.Close() })
	return relayed
}

var paths = []mux.Path{mux.PathTURNTCP, mux.PathTURNTLS, mux.PathTURNUDP}

func exchange(t testing.TB, conn net.PacketConn, to net.Addr, packet []byte) {
	t.Helper()
	if _, err := conn.WriteTo(packet, to); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 2000)
	n, from, err := conn.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(buffer[:n], packet) || from.String() != to.String() {
		t.Fatalf("%x came from %s", buffer[:n], from)
	}
}

func TestMediaIsRelayedToTheMediaPort(t *testing.T) {
	for _, path := range paths {
		t.Run(string(path), func(t *testing.T) {
			h := openHall(t, usualLimits)
			credential := h.Issue(nil)
			defer credential.Revoke()
			relayed := h.allocate(path, credential)
			check := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("a:b"))
			exchange(t, relayed, h.media(), check.Raw)
			for size := 12; size < 1300; size += 101 { // at first in indications, then through the channel that the client binds
				exchange(t, relayed, h.media(), append([]byte{128}, make([]byte, size)...))
			}
			if got := <-h.paths; got != string(path) {
				t.Errorf("it came by %s", got)
			}
			if h.Allocations() != 1 {
				t.Errorf("there are %d allocations", h.Allocations())
			}
		})
	}
}

func TestOnlyTheMediaPortCanBeReached(t *testing.T) {
	h := openHall(t, usualLimits)
	other, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	elsewhere := other.LocalAddr().(*net.UDPAddr).Port
	router := netip.MustParseAddrPort("198.51.100.7:7000")
	credential := h.Issue([]netip.AddrPort{router})
	defer credential.Revoke()
	port := h.ports.Port()
	for _, path := range paths {
		t.Run(string(path), func(t *testing.T) {
			conn := newTalker(t, h, path, credential)
			conn.allocate(t)
			for name, test := range map[string]struct {
				ip   string
				port int
				want stun.ErrorCode
			}{
				"the media port":                      {"127.0.0.1", port, 0},
				"the media port as the client has it": {router.Addr().String(), int(router.Port()), 0},
				"another port of that address":        {router.Addr().String(), port + 1, stun.CodeForbidden},
				"another port of the hall's":          {"127.0.0.1", elsewhere, stun.CodeForbidden},
				"the relay itself":                    {"127.0.0.1", h.udp.LocalAddr().(*net.UDPAddr).Port, stun.CodeForbidden},
				"another loopback address":            {"127.0.0.2", port, stun.CodeForbidden},
				"another machine":                     {"198.51.100.1", port, stun.CodeForbidden},
				"the local network":                   {"192.168.1.1", 80, stun.CodeForbidden},
				"a service of clouds":                 {"169.254.169.254", 80, stun.CodeForbidden},
				"any address":                         {"0.0.0.0", port, stun.CodeForbidden},
				"everybody":                           {"255.255.255.255", port, stun.CodeForbidden},
				"a group":                             {"224.0.0.251", 5353, stun.CodeForbidden},
				"IPv6 loopback":                       {"::1", port, stun.CodeForbidden},
				"a mapped address":                    {"::ffff:198.51.100.1", port, stun.CodeForbidden},
				"IPv4 in IPv6":                        {"64:ff9b::c633:6401", port, stun.CodeForbidden},
				"another relay":                       {"0.1.2.3", port, stun.CodeForbidden},
				"no port":                             {"127.0.0.1", 0, stun.CodeForbidden},
			} {
				t.Run(name, func(t *testing.T) {
					if got := conn.bind(t, test.ip, test.port); got != test.want {
						t.Errorf("a channel: %d instead of %d", got, test.want)
					}
					if test.port == 0 { // Permissions have no port.
						test.want = 0
					}
					if got := conn.permit(t, test.ip, test.port); got != test.want {
						t.Errorf("a permission: %d instead of %d", got, test.want)
					}
				})
			}
			if got := conn.permit(t, "127.0.0.1", port, "198.51.100.1", port); got != stun.CodeForbidden {
				t.Errorf("a good peer beside a bad one: %d", got)
			}
			// There is a permission for 127.0.0.1 by now, which is for all of its ports; the relay goes to one of them.
			conn.indicate(t, "127.0.0.1", elsewhere, []byte{128, 1})
			conn.indicate(t, "127.0.0.1", port, []byte{128, 2})
			conn.data(t, 0x4ABC, []byte{128, 3})
			if data := conn.readData(t); !bytes.Equal(data, []byte{128, 2}) {
				t.Errorf("%x came back", data)
			}
		})
	}
	if packets := waiting(t, other); packets != 0 {
		t.Errorf("%d packets came to another port", packets)
	}
}

// waiting counts the packets that have come to a socket of loopback, by sending it one more.
func waiting(t *testing.T, conn net.PacketConn) (packets int) {
	t.Helper()
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, uint16(conn.LocalAddr().(*net.UDPAddr).Port)))
	if _, err := conn.WriteTo([]byte("last"), to); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 500)
	for {
		n, _, err := conn.ReadFrom(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if string(buffer[:n]) == "last" {
			return packets
		}
		packets++
	}
}

func TestCredentialsEndWithTheStayOrWithTime(t *testing.T) {
	h := openHall(t, usualLimits)
	good := h.Issue(nil)
	defer good.Revoke()
	left := h.Issue(nil)
	left.Revoke()
	left.Revoke()
	old := h.Issue(nil)
	defer old.Revoke()
	forged := Credential{Username: good.Username, Password: strings.Repeat("x", len(good.Password))}
	longer := good
	longer.Username = strings.Replace(good.Username, ",", "0,", 1)
	for name, test := range map[string]struct {
		credential Credential
		clock      time.Duration
	}{
		"of somebody who left": {left, 0}, "with another password": {forged, 0}, "made to last longer": {longer, 0}, "none": {Credential{Username: "x", Password: "y"}, 0},
		"that is too old": {old, CredentialLife},
	} {
		t.Run(name, func(t *testing.T) {
			h.clock = func() time.Time { return time.Now().Add(test.clock) }
			if _, err := h.client(h.dial(mux.PathTURNTCP), test.credential).Allocate(); err == nil {
				t.Error("it was good")
			}
		})
	}
	h.clock = time.Now
	h.allocate(mux.PathTURNTCP, good)
}

func TestWhoLeavesRelaysNoMore(t *testing.T) {
	for _, path := range paths {
		t.Run(string(path), func(t *testing.T) {
			h := openHall(t, usualLimits)
			credential := h.Issue(nil)
			conn := newTalker(t, h, path, credential)
			conn.allocate(t)
			conn.bind(t, "127.0.0.1", h.ports.Port())
			conn.data(t, talkersChannel, []byte{128, 1})
			if data := conn.readData(t); !bytes.Equal(data, []byte{128, 1}) {
				t.Errorf("%x came back", data)
			}
			credential.Revoke()
			if h.Allocations() != 0 && path == mux.PathTURNUDP {
				t.Errorf("there are %d allocations", h.Allocations())
			}
			if path != mux.PathTURNUDP {
				if _, err := conn.reader.Read(make([]byte, 1)); err == nil {
					t.Error("the connection is open")
				}
			}
		})
	}
}

func TestWhatWasOverheardIsOfNoUseElsewhere(t *testing.T) {
	h := openHall(t, usualLimits)
	credential := h.Issue(nil)
	defer credential.Revoke()
	for _, path := range paths {
		conn := newTalker(t, h, path, credential)
		request := conn.allocate(t)
		thief := newTalker(t, h, path, Credential{})
		if answer := thief.ask(t, request); answer.Type.Class != stun.ClassErrorResponse || codeOf(answer) != stun.CodeUnauthorized {
			t.Errorf("%s: the answer is %v", path, answer)
		}
		// Not even with a nonce of the thief's own on the same connection.
		if answer := thief.ask(t, request); codeOf(answer) != stun.CodeUnauthorized {
			t.Errorf("%s: the answer is %v", path, answer)
		}
	}
}

func TestAllocationsAreBounded(t *testing.T) {
	for name, limits := range map[string]func(*limits){
		"of one credential": func(l *limits) { l.credential = 2 },
		"from one address":  func(l *limits) { l.address = 2 },
		"in all":            func(l *limits) { l.all = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			bounds := usualLimits
			limits(&bounds)
			h := openHall(t, bounds)
			credential := h.Issue(nil)
			defer credential.Revoke()
			first := h.allocate(mux.PathTURNTCP, credential)
			h.allocate(mux.PathTURNUDP, credential)
			if _, err := h.client(h.dial(mux.PathTURNTLS), credential).Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
				t.Errorf("a third: %v", err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			for { // until the first is gone
				if relayed, err := h.client(h.dial(mux.PathTURNTLS), credential).Allocate(); err == nil {
					relayed.Close()
					return
				}
			}
		})
	}
}

func TestSilentClientsAreLetGo(t *testing.T) {
	bounds := usualLimits
	bounds.silence = 100 * time.Millisecond
	h := openHall(t, bounds)
	credential := h.Issue(nil)
	defer credential.Revoke()
	conn := newTalker(t, h, mux.PathTURNTCP, credential)
	conn.allocate(t)
	conn.send(t, stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
	if _, err := io.ReadAll(conn.reader); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Error(err)
	}
}

func TestStrangersOverUDPAreAnsweredSoOften(t *testing.T) {
	bounds := usualLimits
	bounds.strangers, bounds.strangersBurst = 0, 3
	h := openHall(t, bounds)
	credential := h.Issue(nil)
	defer credential.Revoke()
	known := newTalker(t, h, mux.PathTURNUDP, credential)
	known.allocate(t) // a stranger twice, and then no more
	known.bind(t, "127.0.0.1", h.ports.Port())
	stranger := newTalker(t, h, mux.PathTURNUDP, Credential{})
	for range 10 {
		stranger.send(t, stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest)).Raw)
	}
	known.data(t, talkersChannel, []byte{128, 1})
	known.readData(t)
	// Packets are dealt with one after the other: all answers that there are have come.
	if answers := waiting(t, stranger.conn); answers != 1 {
		t.Errorf("%d answers", answers)
	}
}

func TestWhoAsksTooMuchIsNotHeard(t *testing.T) {
	bounds := usualLimits
	bounds.requests, bounds.burst = 0, 5
	h := openHall(t, bounds)
	credential := h.Issue(nil)
	defer credential.Revoke()
	conn := newTalker(t, h, mux.PathTURNTCP, credential)
	conn.allocate(t)
	conn.bind(t, "127.0.0.1", h.ports.Port())
	for range 100 {
		conn.send(t, stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
	}
	conn.data(t, talkersChannel, []byte{128, 9}) // Media is not asking.
	answers := 0
	for message := conn.read(t); message[0] < 0x40; message = conn.read(t) {
		answers++
	}
	if answers != 2 { // after two of the allocation and one of the channel
		t.Errorf("%d answers", answers)
	}
}

func FuzzMessages(f *testing.F) {
	h := openHall(f, usualLimits)
	credential := h.Issue(nil)
	proof := &talker{credential: credential, nonce: "n"}
	for _, seed := range [][]byte{
		stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw, proof.request(stun.MethodCreatePermission, peerAttribute("127.0.0.1", 1)).Raw,
		proof.request(stun.MethodAllocate).Raw, {0x40, 1, 0, 2, 128, 1, 0, 0}, {0x40, 1, 0xff, 0xff}, {0x4f, 0xff, 0, 0}, {0, 1, 0, 0},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytesOfStream []byte) {
		c := h.newClient(&net.TCPAddr{Zone: "fuzz"}, netip.MustParseAddrPort("198.51.100.9:9"), mux.PathTURNTCP)
		c.username = credential.Username
		var answers atomic.Int64 // the media server answers too
		c.reply = func(parts ...[]byte) { answers.Add(int64(len(slices.Concat(parts...)))) }
		r, err := newRelay(c)
		if err != nil {
			t.Fatal(err)
		}
		defer r.tunnel.Close()
		r.bind(talkersChannel, netip.MustParseAddrPort("127.0.0.1:9"))
		c.relay.Store(r)
		s := &stream{client: c, reader: bufio.NewReaderSize(bytes.NewReader(bytesOfStream), readBuffer)}
		total := 0
		for {
			message, err := s.next()
			if err != nil {
				break
			}
			total += len(message)
			if passed := c.take(message); len(passed) > len(message) {
				t.Errorf("%x became %x", message, passed)
			}
		}
		if total > len(bytesOfStream) || int(answers.Load()) > 2*len(bytesOfStream) {
			t.Errorf("%d bytes of %d were read, and answered with %d", total, len(bytesOfStream), answers.Load())
		}
	})
}
