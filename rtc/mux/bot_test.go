package mux

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/time/rate"
)

// testBot notes what it is told. It is read once the reading of packets has ended.
type testBot struct {
	discovered []netip.AddrPort
	taken      [][]byte
	// foreign are packets that it does not take for its own.
	foreign []byte
}

func (b *testBot) Discovered(from netip.AddrPort) { b.discovered = append(b.discovered, from) }

func (b *testBot) Take(packet []byte, _ netip.AddrPort) bool {
	if bytes.Equal(packet, b.foreign) {
		return false
	}
	b.taken = append(b.taken, bytes.Clone(packet))
	return true
}

const botSSRC = 0x01020304

// discovery is a bot's question for its address.
func discovery(ssrc uint32) []byte {
	packet := make([]byte, discoverySize)
	binary.BigEndian.PutUint16(packet, discoveryRequest)
	binary.BigEndian.PutUint16(packet[2:], discoveryLength)
	binary.BigEndian.PutUint32(packet[4:], ssrc)
	return packet
}

// botRTP is a packet of media.
func botRTP(ssrc uint32, rest string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0x80, 0x78, 0, 1, 0, 0, 0, 2}, ssrc), rest...)
}

// addBot adds a bot with the SSRC of the tests.
func addBot(t *testing.T, m *Mux) (*testBot, *BotRoute) {
	t.Helper()
	bot := &testBot{}
	route, err := m.Packets().AddBot(botSSRC, bot)
	if err != nil {
		t.Fatal(err)
	}
	return bot, route
}

// dialPackets is a socket to the UDP port.
func dialPackets(t *testing.T, m *Mux) *net.UDPConn {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, m.Packets().LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort { return conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// passed gives what is passed on to WebRTC until a connectivity check of the user "end" is.
func passed(t *testing.T, m *Mux, conn *net.UDPConn) (packets [][]byte) {
	t.Helper()
	write(t, conn, binding("end"))
	buffer := make([]byte, 1500)
	for {
		n, _, err := m.Packets().ReadFromAddrPort(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(buffer[:n], binding("end")) {
			return packets
		}
		packets = append(packets, bytes.Clone(buffer[:n]))
	}
}

// answered gives what came back to a socket, before something that is sent there now.
func answered(t testing.TB, m *Mux, conn *net.UDPConn) (packets [][]byte) {
	t.Helper()
	if _, err := m.Packets().WriteToAddrPort([]byte("end"), addressOf(conn)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1500)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if string(buffer[:n]) == "end" {
			return packets
		}
		packets = append(packets, bytes.Clone(buffer[:n]))
	}
}

func TestABotLearnsItsAddress(t *testing.T) {
	m := open(t, usualLimits)
	bot, _ := addBot(t, m)
	conn := dialPackets(t, m)
	write(t, conn, discovery(botSSRC))
	if got := passed(t, m, conn); got != nil {
		t.Errorf("WebRTC got %x", got)
	}
	if len(bot.discovered) != 1 || bot.discovered[0] != addressOf(conn) {
		t.Errorf("it was discovered at %v", bot.discovered)
	}
	answers := answered(t, m, conn)
	if len(answers) != 1 || len(answers[0]) != discoverySize {
		t.Fatalf("it was answered %x", answers)
	}
	answer := answers[0]
	end := 8 + bytes.IndexByte(answer[8:], 0)
	if !bytes.Equal(answer[:8], []byte{0, 2, 0, 70, 1, 2, 3, 4}) || string(answer[8:end]) != "127.0.0.1" || binary.BigEndian.Uint16(answer[72:]) != addressOf(conn).Port() {
		t.Errorf("it was answered %x", answer)
	}
}

func TestTheLongestAddressFitsInTheAnswer(t *testing.T) {
	from := netip.MustParseAddrPort("[2001:db8:1111:2222:3333:4444:5555:6666%eth0]:65535")
	answer := discoveryAnswer(discovery(1), from)
	if end := 8 + bytes.IndexByte(answer[8:], 0); string(answer[8:end]) != "2001:db8:1111:2222:3333:4444:5555:6666" || binary.BigEndian.Uint16(answer[72:]) != 65535 {
		t.Errorf("the answer is %x", answer)
	}
}

// Nobody is answered who does not name a bot that is here, and no answer is larger than its question.
func TestStrangersAreNotAnswered(t *testing.T) {
	m := open(t, usualLimits)
	addBot(t, m)
	conn := dialPackets(t, m)
	ping := []byte{0x13, 0x37, 0xCA, 0xFE, 0, 0, 0, 9}
	for _, packet := range [][]byte{discovery(botSSRC + 1), discovery(botSSRC)[:73], append(discovery(botSSRC), 0), ping, make([]byte, 8)} {
		write(t, conn, packet)
	}
	if got := passed(t, m, conn); got != nil {
		t.Errorf("WebRTC got %x", got)
	}
	if got := answered(t, m, conn); got != nil {
		t.Errorf("they were answered %x", got)
	}
}

func TestAnswersToBotsAreBounded(t *testing.T) {
	m := open(t, usualLimits)
	m.packets.bots.answers = rate.NewLimiter(0, 2)
	bot, route := addBot(t, m)
	conn := dialPackets(t, m)
	route.At(addressOf(conn))
	for range 3 {
		write(t, conn, discovery(botSSRC))
		write(t, conn, []byte{0x13, 0x37, 0xCA, 0xFE, 0, 0, 0, 9})
	}
	passed(t, m, conn)
	if got := answered(t, m, conn); len(got) != 2 || len(bot.discovered) != 1 {
		t.Errorf("%d answers, and it was discovered %d times", len(got), len(bot.discovered))
	}
}

func TestKeepalivesOfBotsAreTakenWhateverTheyAre(t *testing.T) {
	m := open(t, usualLimits)
	_, route := addBot(t, m)
	conn := dialPackets(t, m)
	route.At(addressOf(conn))
	for first := range 256 { // among them those with which DTLS and RTP begin
		write(t, conn, []byte{byte(first), 0, 0, 0, 0, 0, 0, 0})
	}
	write(t, conn, []byte{0x80, 0xC8, 0, 0})
	write(t, conn, []byte{0x80, 0xC8})
	write(t, conn, nil)
	if got := passed(t, m, conn); got != nil {
		t.Errorf("WebRTC got %x", got)
	}
	if got := answered(t, m, conn); got != nil {
		t.Errorf("they were answered %x", got)
	}
	write(t, conn, []byte{0x13, 0x37, 0xCA, 0xFE, 1, 2, 3, 4})
	passed(t, m, conn)
	if got := answered(t, m, conn); len(got) != 1 || !bytes.Equal(got[0], []byte{0x13, 0x37, 0xF0, 0x0D, 1, 2, 3, 4}) {
		t.Errorf("the ping was answered %x", got)
	}
}

// Who claims to be a bot at somebody else's address takes nothing away from them.
func TestAnAddressThatIsClaimedGoesOnWithWebRTC(t *testing.T) {
	m := open(t, usualLimits)
	bot, route := addBot(t, m)
	bot.foreign = botRTP(botSSRC, "of somebody with the same SSRC")
	conn := dialPackets(t, m)
	route.At(addressOf(conn))
	webrtc := [][]byte{binding("user:name"), append([]byte{22}, make([]byte, 12)...), botRTP(botSSRC+1, "a browser's"), append([]byte{0x80, 200}, make([]byte, 30)...), bot.foreign}
	for _, packet := range webrtc {
		write(t, conn, packet)
	}
	write(t, conn, botRTP(botSSRC, "the bot's"))
	write(t, conn, []byte{0x90, 0x78, 0, 0, 0, 0, 0, 0, 1, 2, 3})
	got := passed(t, m, conn)
	if len(got) != len(webrtc)+1 {
		t.Fatalf("WebRTC got %x", got)
	}
	for i, packet := range webrtc {
		if !bytes.Equal(got[i], packet) {
			t.Errorf("packet %d is %x instead of %x", i, got[i], packet)
		}
	}
	if len(bot.taken) != 1 || !bytes.Equal(bot.taken[0], botRTP(botSSRC, "the bot's")) {
		t.Errorf("the bot got %x", bot.taken)
	}
}

func TestNothingComesToABotThatIsGone(t *testing.T) {
	m := open(t, usualLimits)
	bot, route := addBot(t, m)
	if _, err := m.Packets().AddBot(botSSRC, &testBot{}); err != ErrSSRCTaken {
		t.Errorf("a second bot with the same SSRC: %v", err)
	}
	conn, moved := dialPackets(t, m), dialPackets(t, m)
	ping := []byte{0x13, 0x37, 0xCA, 0xFE, 1, 2, 3, 4}
	route.At(addressOf(conn))
	route.At(addressOf(moved))
	write(t, conn, ping)
	write(t, moved, ping)
	passed(t, m, moved)
	if old, now := answered(t, m, conn), answered(t, m, moved); len(old) != 0 || len(now) != 1 {
		t.Errorf("%d pings were answered where it was, %d where it is", len(old), len(now))
	}
	route.Close()
	route.At(addressOf(moved))
	route.Close()
	write(t, moved, ping)
	write(t, moved, discovery(botSSRC))
	write(t, moved, botRTP(botSSRC, "late"))
	if got := passed(t, m, moved); len(got) != 1 {
		t.Errorf("WebRTC got %x", got)
	}
	if got := answered(t, m, moved); got != nil || bot.taken != nil || bot.discovered != nil {
		t.Errorf("it was answered %x, and the bot got %x", got, bot.taken)
	}
	if known := m.packets.bots.known.Load(); known != nil {
		t.Errorf("what is still known: %+v", known)
	}
	if _, err := m.Packets().AddBot(botSSRC, &testBot{}); err != nil {
		t.Error(err)
	}
}

// deafBot takes everything and keeps nothing.
type deafBot struct{}

func (deafBot) Discovered(netip.AddrPort)        {}
func (deafBot) Take([]byte, netip.AddrPort) bool { return true }

// Whatever comes from anywhere, no answer is larger than its question.
func FuzzBotPackets(f *testing.F) {
	for _, seed := range [][]byte{discovery(botSSRC), botRTP(botSSRC, "sound"), {0x13, 0x37, 0xCA, 0xFE, 1, 2, 3, 4}, {0x80, 0xC8, 0, 0}, nil, {0x13, 0x37, 0xCA, 0xFE}} {
		f.Add(seed, true)
	}
	m, err := listen(f.Context(), "127.0.0.1:0", slog.New(slog.DiscardHandler), usualLimits)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { m.Close() })
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { socket.Close() })
	m.packets.bots.answers = rate.NewLimiter(rate.Inf, 0)
	route, err := m.Packets().AddBot(botSSRC, deafBot{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, packet []byte, known bool) {
		route.At(addressOf(socket))
		from := addressOf(socket)
		if !known {
			from = netip.MustParseAddrPort("127.0.0.1:1")
		}
		taken := m.Packets().takeBots(packet, from)
		if kind := ClassifyPacket(packet); taken && (kind == PacketICE || kind == PacketSTUN || kind == PacketDTLS && len(packet) > maxKeepalive) {
			t.Errorf("%x is taken, and is WebRTC's", packet)
		}
		for _, answer := range answered(t, m, socket) {
			if len(answer) > len(packet) {
				t.Errorf("%x is answered %x", packet, answer)
			}
		}
	})
}
