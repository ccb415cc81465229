package mux

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

var somewhere = netip.MustParseAddrPort("203.0.113.9:40000")

// frame puts the length before a packet, as ICE over TCP does.
func frame(packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)
}

func readPacket(t *testing.T, m *Mux) ([]byte, netip.AddrPort) {
	t.Helper()
	buffer := make([]byte, MaxPacket)
	n, from, err := m.Packets().ReadFromAddrPort(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return buffer[:n], from
}

func TestPacketsGoThroughATunnelBothWays(t *testing.T) {
	m := open(t, usualLimits)
	for _, remote := range []netip.AddrPort{somewhere, netip.MustParseAddrPort("[2001:db8::9]:40000")} {
		sent := make(chan []byte, 2)
		tunnel, err := m.Packets().OpenTunnel(PathTURNTLS, remote, func(packet []byte) { sent <- bytes.Clone(packet) })
		if err != nil {
			t.Fatal(err)
		}
		tunnel.Deliver([]byte("no packet of WebRTC"))
		tunnel.Deliver([]byte{128, 111})
		packet, from := readPacket(t, m)
		if !bytes.Equal(packet, []byte{128, 111}) || from != tunnel.Address() || from.Addr().Is4() != remote.Addr().Is4() {
			t.Errorf("%x came from %s", packet, from)
		}
		if path, origin := m.Packets().Origin(from); path != string(PathTURNTLS) || origin != remote {
			t.Errorf("it came by %s from %s", path, origin)
		}
		if _, err := m.Packets().WriteToAddrPort([]byte{1}, from); err != nil {
			t.Error(err)
		}
		if _, err := m.Packets().WriteTo([]byte{2}, net.UDPAddrFromAddrPort(from)); err != nil {
			t.Error(err)
		}
		if first, second := <-sent, <-sent; first[0] != 1 || second[0] != 2 {
			t.Errorf("%x and %x were sent", first, second)
		}
		tunnel.Close()
		if _, err := m.Packets().WriteToAddrPort([]byte{3}, from); err != nil {
			t.Error(err)
		}
		if len(sent) > 0 {
			t.Error("a tunnel that is closed sends")
		}
	}
}

func TestATunnelWakesWhoeverWaitsForTheUDPPort(t *testing.T) {
	m := open(t, usualLimits)
	tunnel, err := m.Packets().OpenTunnel(PathTCP, somewhere, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	defer tunnel.Close()
	read := make(chan byte)
	go func() {
		buffer := make([]byte, MaxPacket)
		for {
			n, _, err := m.Packets().ReadFromAddrPort(buffer)
			if err != nil {
				close(read)
				return
			}
			read <- buffer[n-1]
		}
	}()
	for i := range byte(200) {
		tunnel.Deliver([]byte{128, i})
		if got := <-read; got != i {
			t.Fatalf("%d was read instead of %d", got, i)
		}
	}
	if err := m.Packets().Close(); err != nil {
		t.Error(err)
	}
	<-read
}

func TestNeitherTunnelsNorTheUDPPortWaitForEachOther(t *testing.T) {
	m := open(t, usualLimits)
	conn, err := net.Dial("udp", m.Packets().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tunnel, err := m.Packets().OpenTunnel(PathTCP, somewhere, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	defer tunnel.Close()
	var flood sync.WaitGroup
	ended := make(chan struct{})
	for range 4 {
		flood.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
					tunnel.Deliver([]byte{128, 0})
				}
			}
		})
	}
	defer func() {
		close(ended)
		m.Packets().Close()
		flood.Wait()
	}()
	for range 200 {
		write(t, conn, []byte{128, 1})
		for {
			if packet, _ := readPacket(t, m); packet[1] == 1 {
				break
			}
		}
	}
	// And the tunnel's still come.
	for {
		if packet, _ := readPacket(t, m); packet[1] == 0 {
			break
		}
	}
}

func TestNobodySpeaksForATunnelAtTheUDPPort(t *testing.T) {
	for address, want := range map[string]bool{
		"0.0.0.1": true, "0.255.255.255": true, "1.0.0.1": false, "192.0.2.1": false, "10.0.0.1": false, "100::1": true, "100::1:0:0:0:1": false, "::1": false,
	} {
		if isTunnel(netip.MustParseAddr(address)) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}

func TestICEOverTCPIsATunnel(t *testing.T) {
	m := open(t, usualLimits)
	conn := dial(t, m)
	check := binding("user:name")
	write(t, conn, append(frame(check), frame([]byte{20, 254})...))
	packet, from := readPacket(t, m)
	if !bytes.Equal(packet, check) {
		t.Errorf("%x came", packet)
	}
	if path, remote := m.Packets().Origin(from); path != "tcp" || remote.String() != conn.LocalAddr().String() {
		t.Errorf("it came by %s from %s", path, remote)
	}
	if packet, again := readPacket(t, m); !bytes.Equal(packet, []byte{20, 254}) || again != from {
		t.Errorf("%x came from %s, not from %s", packet, again, from)
	}
	if _, err := m.Packets().WriteToAddrPort([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 8)
	if _, err := io.ReadFull(conn, answer); err != nil || !bytes.Equal(answer, frame([]byte("answer"))) {
		t.Errorf("%q, %v", answer, err)
	}
	write(t, conn, frame(make([]byte, MaxPacket+1)))
	expectClosed(t, conn)
}

// admit opens a connection of ICE over TCP that is answered.
func admit(t *testing.T, m *Mux) net.Conn {
	t.Helper()
	conn := dial(t, m)
	write(t, conn, frame(binding("user:name")))
	_, from := readPacket(t, m)
	m.Packets().WriteToAddrPort([]byte("a"), from)
	return conn
}

func TestStrangersWhoSpeakICEDoNotKeepOthersOut(t *testing.T) {
	m := open(t, limits{sniffTimeout: time.Hour, sniffing: 3, media: 10, mediaPerAddress: 10})
	var strangers []net.Conn
	for range 6 {
		conn := dial(t, m)
		write(t, conn, frame(binding("who:ever")))
		readPacket(t, m)
		strangers = append(strangers, conn)
	}
	for _, conn := range strangers[:3] {
		expectClosed(t, conn)
	}
	conn := admit(t, m)
	if _, err := io.ReadFull(conn, make([]byte, 3)); err != nil {
		t.Error(err)
	}
	// One that is admitted is not closed to make room.
	for range 4 {
		write(t, dial(t, m), []byte{0})
	}
	for _, conn := range strangers[3:] {
		expectClosed(t, conn)
	}
	write(t, conn, frame([]byte{128, 5}))
	if packet, _ := readPacket(t, m); packet[1] != 5 {
		t.Errorf("%x came", packet)
	}
}

func TestStrangersWhoSpeakICEAreClosedAfterATime(t *testing.T) {
	m := open(t, limits{sniffTimeout: 100 * time.Millisecond, sniffing: 10, media: 10, mediaPerAddress: 10})
	conn := dial(t, m)
	write(t, conn, frame(binding("who:ever")))
	readPacket(t, m)
	expectClosed(t, conn)
	talkative := dial(t, m)
	for range strangersPackets {
		write(t, talkative, frame(binding("who:ever")))
		readPacket(t, m)
	}
	expectClosed(t, talkative)
}

func TestConnectionsForMediaAreBounded(t *testing.T) {
	for name, limits := range map[string]limits{
		"in all":           {sniffTimeout: time.Hour, sniffing: 10, media: 2, mediaPerAddress: 10},
		"from one address": {sniffTimeout: time.Hour, sniffing: 10, media: 10, mediaPerAddress: 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t, limits)
			first, second := admit(t, m), admit(t, m)
			expectClosed(t, admit(t, m))
			io.ReadFull(first, make([]byte, 3))
			first.Close()
			for { // until the first is noticed to be gone
				if _, err := io.ReadFull(admit(t, m), make([]byte, 3)); err == nil {
					break
				}
			}
			if _, err := io.ReadFull(second, make([]byte, 3)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTURNIsToldFromHTTPInsideOfTLSToo(t *testing.T) {
	m := open(t, usualLimits)
	secure, relays := m.Secure(serverTLS(t)), m.TURN()
	allocate := binding("user")
	for name, test := range map[string]struct {
		protocols []string
		secure    bool
		hello     []byte
		listener  net.Listener
		path      Path
	}{
		"HTTP by its bytes":    {nil, true, []byte("GET /"), secure, ""},
		"HTTP by its name":     {[]string{"h2", "http/1.1"}, true, []byte("GET /"), secure, ""},
		"TURN by its bytes":    {nil, true, allocate, relays, PathTURNTLS},
		"TURN by its name":     {[]string{"stun.turn"}, true, allocate, relays, PathTURNTLS},
		"TURN without secrecy": {nil, false, allocate, relays, PathTURNTCP},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, m)
			if test.secure {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: test.protocols})
			}
			written := make(chan error)
			go func() {
				_, err := conn.Write(test.hello)
				written <- err
			}()
			accepted, err := test.listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer accepted.Close()
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			read := make([]byte, len(test.hello))
			if _, err := io.ReadFull(accepted, read); err != nil || !bytes.Equal(read, test.hello) {
				t.Errorf("%q, %v", read, err)
			}
			if c, ok := accepted.(*Conn); test.path != "" && (!ok || c.Path != test.path) || test.path == "" && ok {
				t.Errorf("it is %T", accepted)
			}
			if secure, ok := accepted.(interface{ ConnectionState() tls.ConnectionState }); test.path == "" && (!ok || !secure.ConnectionState().HandshakeComplete) {
				t.Errorf("%T does not tell of TLS", accepted)
			}
		})
	}
}

func TestTURNIsClosedWhileNobodySpeaksIt(t *testing.T) {
	m := open(t, usualLimits)
	conn := dial(t, m)
	write(t, conn, binding("user"))
	expectClosed(t, conn)
}

func TestAStreamThatIsFullLosesPacketsAndKeepsNobodyWaiting(t *testing.T) {
	here, there := net.Pipe()
	sender := NewSender(here)
	packet := make([]byte, 1000)
	sent := 0
	for sender.Send([]byte{1, 2}, packet) {
		sent++
	}
	if sent < maxUnsent/1002 || sent > 2*maxUnsent/1002 { // what waits, and what is being written
		t.Errorf("%d packets waited", sent)
	}
	whole := make([]byte, sent*1002)
	if _, err := io.ReadFull(there, whole); err != nil || whole[1002] != 1 || whole[1003] != 2 {
		t.Errorf("%x, %v", whole[1002:1004], err)
	}
	there.Close()
	for sender.Send(packet) {
	}
	here.Close()
	sender.Close()
}

func FuzzFrames(f *testing.F) {
	f.Add(frame([]byte{128, 1}))
	f.Add([]byte{0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		reader, buffer, total := bytes.NewReader(stream), make([]byte, 100), 0
		for {
			n, err := readFrame(reader, buffer)
			if err != nil {
				return
			}
			if total += frameHead + n; n > len(buffer) || total > len(stream) {
				t.Fatalf("%d bytes of %d were read", total, len(stream))
			}
		}
	})
}
