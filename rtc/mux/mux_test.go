package mux

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T) *Mux {
	t.Helper()
	m, err := Listen(context.Background(), "127.0.0.1:0", slog.New(slog.DiscardHandler))
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

func dial(t *testing.T, m *Mux) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", m.tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestPlainAndSecureConnectionsAreToldApart(t *testing.T) {
	m := listen(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			io.WriteString(w, "secure")
		} else {
			io.WriteString(w, "plain")
		}
	})
	plain, secure := &http.Server{Handler: handler}, httptest.NewUnstartedServer(handler)
	done := make(chan struct{})
	go func() { defer close(done); plain.Serve(m.Plain()) }()
	secure.Listener.Close()
	secure.Listener = m.Secure()
	secure.StartTLS()
	defer func() { secure.Close(); plain.Close(); <-done }()

	for scheme, want := range map[string]string{"http": "plain", "https": "secure"} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
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
	m := listen(t)
	conn := dial(t, m)
	go func() {
		for _, b := range []byte("GET / HTTP/1.1\r\n\r\n") {
			conn.Write([]byte{b})
		}
	}()
	accepted, err := m.Plain().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if line, err := bufio.NewReader(accepted).ReadString('\n'); err != nil || line != "GET / HTTP/1.1\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestOtherProtocolsAndSilentConnectionsAreClosed(t *testing.T) {
	m := listen(t)
	for _, hello := range []string{"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", "\x00\x14\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl", "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
		conn := dial(t, m)
		if _, err := conn.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%q: %q, %v", hello, rest, err)
		}
	}
	silent := dial(t, m)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("a silent connection outlives the port")
	}
}

func TestATakenPortIsAClearError(t *testing.T) {
	m := listen(t)
	if _, err := Listen(context.Background(), m.tcp.Addr().String(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "TCP port cannot be opened") {
		t.Errorf("got %v", err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	if _, err := Listen(context.Background(), udp.LocalAddr().String(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "UDP port cannot be opened") {
		t.Errorf("got %v", err)
	}
}

func binding(username string) []byte {
	packet := []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	if username != "" {
		packet = binary.BigEndian.AppendUint16(packet, attributeUsername)
		packet = binary.BigEndian.AppendUint16(packet, uint16(len(username)))
		packet = append(packet, username...)
		for len(packet)%4 != 0 {
			packet = append(packet, 0)
		}
	}
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)-stunHeader))
	return packet
}

func TestAPlainBindingIsAnsweredAndMediaPassedOn(t *testing.T) {
	m := listen(t)
	conn, err := net.Dial("udp", m.Packets().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, packet := range [][]byte{[]byte("garbage"), binding(""), binding("user:name")} {
		if _, err := conn.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	buffer := make([]byte, 1500)
	n, _, err := m.Packets().ReadFrom(buffer)
	if err != nil || string(buffer[:n]) != string(binding("user:name")) {
		t.Fatalf("got %x, %v", buffer[:n], err)
	}
	n, err = conn.Read(buffer)
	if err != nil || n != stunHeader+12 || binary.BigEndian.Uint16(buffer) != bindingResponse {
		t.Fatalf("answer %x, %v", buffer[:n], err)
	}
	own := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	if port := binary.BigEndian.Uint16(buffer[26:]) ^ magicCookie>>16; port != own.Port() {
		t.Errorf("port %d, want %d", port, own.Port())
	}
	if address := netip.AddrFrom4([4]byte{buffer[28] ^ 0x21, buffer[29] ^ 0x12, buffer[30] ^ 0xa4, buffer[31] ^ 0x42}); address != own.Addr() {
		t.Errorf("address %s, want %s", address, own.Addr())
	}
}

func FuzzClassify(f *testing.F) {
	for _, seed := range [][]byte{binding(""), binding("a:b"), []byte("GET / HTTP/1.1"), {0x16, 3, 1}, {20}, {128}, {0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		ClassifyPacket(packet)
		if kind, sure := ClassifyStream(packet); !sure && len(packet) >= streamHead {
			t.Errorf("%x is %d and not sure", packet, kind)
		}
		if plainBinding(packet) {
			if answer := bindingAnswer(packet, netip.MustParseAddrPort("[2001:db8::1]:5")); len(answer) != stunHeader+24 {
				t.Errorf("answer of %d bytes", len(answer))
			}
		}
	})
}
