package mux

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, limits limits) *Mux {
	t.Helper()
	return openWith(t, "127.0.0.1:0", limits)
}

func openOn(t testing.TB, address string) *Mux {
	t.Helper()
	return openWith(t, address, usualLimits)
}

func openWith(t testing.TB, address string, limits limits) *Mux {
	t.Helper()
	m, err := listen(t.Context(), address, slog.New(slog.DiscardHandler), limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// serverTLS is what a server of HTTPS has.
func serverTLS(t *testing.T) *tls.Config {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return &tls.Config{Certificates: server.TLS.Certificates, NextProtos: []string{"http/1.1"}}
}

func dial(t *testing.T, m *Mux) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", m.tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func write(t *testing.T, conn net.Conn, bytes []byte) {
	t.Helper()
	if _, err := conn.Write(bytes); err != nil {
		t.Fatal(err)
	}
}

// expectClosed waits until the other side closes a connection without having said anything.
func expectClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("instead of being closed the connection gave %q, %v", rest, err)
	}
}

func TestPlainAndSecureConnectionsAreToldApart(t *testing.T) {
	m := open(t, usualLimits)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			io.WriteString(w, "secure")
		} else {
			io.WriteString(w, "plain")
		}
	})
	plain, secure := httptest.NewUnstartedServer(handler), httptest.NewUnstartedServer(handler)
	plain.Listener.Close()
	secure.Listener.Close()
	plain.Listener, secure.Listener = m.Plain(), m.Secure(serverTLS(t))
	plain.Start()
	secure.Start()
	defer plain.Close()
	defer secure.Close()

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}, DisableKeepAlives: true}}
	for scheme, want := range map[string]string{"http": "plain", "https": "secure"} {
		response, err := client.Get(scheme + "://" + m.tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%s: %q, %v", scheme, body, err)
		}
	}
}

func TestARequestThatComesByteByByteIsWhole(t *testing.T) {
	m := open(t, usualLimits)
	conn := dial(t, m)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, b := range []byte("GET / HTTP/1.1\r\n\r\n") {
			conn.Write([]byte{b})
		}
	}()
	defer func() { <-sent }()
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if line, err := bufio.NewReader(accepted).ReadString('\n'); err != nil || line != "GET / HTTP/1.1\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestCopyingAConnectionLosesNothingOfItsHead(t *testing.T) {
	m := open(t, usualLimits)
	conn := dial(t, m)
	write(t, conn, []byte("HELO "))
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	write(t, conn, []byte("world"))
	conn.(*net.TCPConn).CloseWrite()
	var text strings.Builder
	if _, err := io.Copy(&text, accepted); err != nil || text.String() != "HELO world" {
		t.Errorf("%q, %v", text.String(), err)
	}
}

func TestAConnectionThatWasHandedOutHasNoDeadline(t *testing.T) {
	m := open(t, limits{sniffTimeout: 50 * time.Millisecond, sniffing: 16})
	conn := dial(t, m)
	write(t, conn, []byte("G"))
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	silent := dial(t, m)
	expectClosed(t, silent) // the time for sniffing has passed now
	write(t, conn, []byte("ET"))
	read := make([]byte, 3)
	if _, err := io.ReadFull(accepted, read); err != nil || string(read) != "GET" {
		t.Errorf("%q, %v", read, err)
	}
}

func TestSilentConnectionsAreClosedAfterATime(t *testing.T) {
	m := open(t, limits{sniffTimeout: 50 * time.Millisecond, sniffing: 16})
	silent, slow := dial(t, m), dial(t, m)
	write(t, slow, []byte{0})
	expectClosed(t, silent)
	expectClosed(t, slow)
}

func TestSilentConnectionsDoNotKeepOthersOut(t *testing.T) {
	m := open(t, limits{sniffTimeout: time.Hour, sniffing: 4})
	var silent []net.Conn
	for range 12 {
		silent = append(silent, dial(t, m))
	}
	for _, conn := range silent[:8] {
		expectClosed(t, conn)
	}
	conn := dial(t, m)
	write(t, conn, []byte("GET"))
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	accepted.Close()
}

func TestClosingEndsEverythingThatWasNotHandedOut(t *testing.T) {
	m := open(t, usualLimits)
	silent, waiting, handed := dial(t, m), dial(t, m), dial(t, m)
	write(t, handed, []byte("GET"))
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	write(t, waiting, []byte{handshakeRecord})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	expectClosed(t, silent)
	expectClosed(t, waiting)
	for _, listener := range []net.Listener{m.Plain(), m.Secure(serverTLS(t)), m.TURN()} {
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting after the end: %v", err)
		}
	}
	if _, _, err := m.Packets().ReadFromAddrPort(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading after the end: %v", err)
	}
	write(t, handed, []byte(" /"))
	read := make([]byte, 5)
	if _, err := io.ReadFull(accepted, read); err != nil || string(read) != "GET /" {
		t.Errorf("a connection that was handed out gave %q, %v", read, err)
	}
}

func TestClosingWakesWhoeverReadsPackets(t *testing.T) {
	m := open(t, usualLimits)
	read := make(chan error)
	go func() {
		_, _, err := m.Packets().ReadFromAddrPort(make([]byte, 1500))
		read <- err
	}()
	if err := m.Packets().Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading ended with %v", err)
	}
}

func TestATakenPortIsAClearError(t *testing.T) {
	m := open(t, usualLimits)
	if _, err := Listen(t.Context(), m.tcp.Addr().String(), m.log); err == nil || !strings.Contains(err.Error(), "TCP port cannot be opened") {
		t.Errorf("got %v", err)
	}
	if _, err := listenBeside(t.Context(), "127.0.0.1", m.tcp); err == nil || !strings.Contains(err.Error(), "UDP port cannot be opened") {
		t.Errorf("got %v", err)
	}
	if _, err := Listen(t.Context(), "nonsense", m.log); err == nil {
		t.Error("an address without a port was taken")
	}
}

func TestEveryAddressIsBothFamilies(t *testing.T) {
	m, err := Listen(t.Context(), ":0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), uint16(m.Port()))))
		if err != nil {
			t.Skipf("no %s here: %v", host, err)
		}
		write(t, conn, binding("a:b"))
		buffer := make([]byte, 1500)
		_, from, err := m.Packets().ReadFromAddrPort(buffer)
		if err != nil || from.Addr().String() != host {
			t.Errorf("the packet came from %s, %v", from, err)
		}
		if _, err := m.Packets().WriteToAddrPort([]byte{20}, from); err != nil {
			t.Error(err)
		}
		if n, err := conn.Read(buffer); err != nil || n != 1 {
			t.Errorf("the answer has %d bytes, %v", n, err)
		}
		conn.Close()
	}
}

// binding makes a STUN binding request, with a user name or without.
func binding(username string) []byte {
	packet := []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	if username != "" {
		packet = binary.BigEndian.AppendUint16(packet, stunUsername)
		packet = binary.BigEndian.AppendUint16(packet, uint16(len(username)))
		packet = append(packet, username...)
		for len(packet)%4 != 0 {
			packet = append(packet, 0)
		}
	}
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)-stunHeaderSize))
	return packet
}
