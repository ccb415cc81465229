package signal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"guildhall/rtc/cipher"
	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

// robot is a visitor whose media goes over UDP, as bots' does.
type robot struct {
	*visitor
	ready  Ready
	socket *net.UDPConn
	sealer *cipher.Sealer
	// opener are made when a stream is first heard, by its SSRC.
	openers map[uint32]*cipher.Opener
	mode    cipher.Mode
	key     [cipher.KeySize]byte
	number  uint16
}

// enterBot lets a user in, who looks for their address and chooses a mode.
func (h *hall) enterBot(t *testing.T, userID id.ID, version string, mode cipher.Mode) *robot {
	t.Helper()
	b := &robot{visitor: h.dial(t, version), mode: mode}
	b.ready = b.identify(h.book.admit(userID, lounge, sfu.State{}))
	b.connect()
	if from := b.discover(); from != b.socket.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Fatalf("the bot is told that it is %s", from)
	}
	b.choose()
	return b
}

// connect opens another socket.
func (b *robot) connect() {
	b.t.Helper()
	socket, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(b.ready.IP), uint16(b.ready.Port))))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { socket.Close() })
	b.socket = socket
}

func (b *robot) write(packet []byte) {
	b.t.Helper()
	if _, err := b.socket.Write(packet); err != nil {
		b.t.Fatal(err)
	}
}

// discover asks for the bot's own address.
func (b *robot) discover() netip.AddrPort {
	b.t.Helper()
	request := make([]byte, 74)
	copy(request, []byte{0, 1, 0, 70})
	binary.BigEndian.PutUint32(request[4:], b.ready.SSRC)
	b.write(request)
	answer := b.packet(func(p []byte) bool { return len(p) == 74 && p[1] == 2 })
	address := netip.MustParseAddr(strings.TrimRight(string(answer[8:72]), "\x00"))
	return netip.AddrPortFrom(address, binary.BigEndian.Uint16(answer[72:]))
}

// packet waits for a packet.
func (b *robot) packet(is func([]byte) bool) []byte {
	b.t.Helper()
	b.socket.SetReadDeadline(time.Now().Add(patience))
	buffer := make([]byte, 1500)
	for {
		n, err := b.socket.Read(buffer)
		if err != nil {
			b.t.Fatalf("no packet came: %v", err)
		}
		if is(buffer[:n]) {
			return buffer[:n]
		}
	}
}

// choose agrees on the key.
func (b *robot) choose() {
	b.t.Helper()
	from := b.socket.LocalAddr().(*net.UDPAddr)
	b.send(OpSelectProtocol, map[string]any{"protocol": "udp", "data": map[string]any{"address": from.IP.String(), "port": from.Port, "mode": b.mode}})
	var description struct {
		Mode        string `json:"mode"`
		SecretKey   []int  `json:"secret_key"`
		AudioCodec  string `json:"audio_codec"`
		DAVEVersion *int   `json:"dave_protocol_version"`
	}
	b.expect(OpSessionDescription, &description)
	if description.Mode != string(b.mode) || len(description.SecretKey) != cipher.KeySize || description.AudioCodec != "opus" || description.DAVEVersion == nil || *description.DAVEVersion != 0 {
		b.t.Fatalf("the session is described as %+v", description)
	}
	for i, n := range description.SecretKey {
		b.key[i] = byte(n)
	}
	var err error
	if b.sealer, err = cipher.NewSealer(b.mode, b.key); err != nil {
		b.t.Fatal(err)
	}
	b.openers = make(map[uint32]*cipher.Opener)
}

// say sends a frame, and gives the packet.
func (b *robot) say(opus string) []byte {
	b.t.Helper()
	b.number++
	packet, err := b.sealer.Seal(nil, b.number, uint32(b.number)*960, b.ready.SSRC, []byte(opus))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(packet)
	return packet
}

// hear waits for a frame that is not silence, and gives its SSRC.
func (b *robot) hear(want string) (ssrc uint32) {
	b.t.Helper()
	b.packet(func(packet []byte) bool {
		if len(packet) < 12 || packet[0] != 0x80 || packet[1] != 120 {
			b.t.Fatalf("a packet is %x", packet)
		}
		ssrc = binary.BigEndian.Uint32(packet[8:])
		opener := b.openers[ssrc]
		if opener == nil {
			var err error
			if opener, err = cipher.NewOpener(b.mode, b.key, ssrc); err != nil {
				b.t.Fatal(err)
			}
			b.openers[ssrc] = opener
		}
		opened, err := opener.Open(packet)
		if err != nil {
			b.t.Fatalf("packet %x: %v", packet, err)
		}
		return string(opened.Opus) == want
	})
	return ssrc
}

// untilHeard says something until another bot hears it: the first frames may come before it can be heard.
func (b *robot) untilHeard(by *robot) (ssrc uint32) {
	b.t.Helper()
	opus := "sound " + strconv.Itoa(int(b.number))
	b.say(opus)
	return by.hear(opus)
}

func TestBotsHearEachOtherInEveryMode(t *testing.T) {
	for _, mode := range cipher.Modes() {
		t.Run(mode, func(t *testing.T) {
			h := open(t, nil)
			a, b := h.enterBot(t, alice, "8", cipher.Mode(mode)), h.enterBot(t, bob, "4", cipher.AES256GCM)
			if !slices.Equal(a.ready.Modes, cipher.Modes()) || a.ready.IP != "127.0.0.1" {
				t.Errorf("ready is %+v", a.ready)
			}
			a.send(OpSpeaking, map[string]any{"speaking": 1, "delay": 0, "ssrc": a.ready.SSRC})
			var speaking Speaking
			b.expectThat(OpSpeaking, &speaking, func() bool { return speaking.UserID == alice && speaking.Speaking == 1 })
			if heard := a.untilHeard(b); heard != speaking.SSRC || heard == b.ready.SSRC || heard == 0 {
				t.Errorf("alice is heard under %d, and %d was announced", heard, speaking.SSRC)
			}
			b.untilHeard(a)
			for range 100 {
				a.untilHeard(b)
				b.untilHeard(a)
			}
		})
	}
}

func TestABotAndABrowserHearEachOther(t *testing.T) {
	h := open(t, nil)
	v, _ := h.enter(t, bob)
	browser := v.callIn(1)
	bot := h.enterBot(t, alice, "8", cipher.AES256GCM)
	timeout := time.After(patience)
	for heard := false; !heard; {
		bot.say("\xfc\xff\xfe")
		select {
		case <-browser.heard:
			heard = true
		case <-timeout:
			t.Fatal("the browser never hears the bot")
		case <-time.After(5 * time.Millisecond):
		}
	}
	// SPEAKING tells whose the SSRC is, before sound comes under it.
	if err := browser.sound.WriteSample(sample()); err != nil {
		t.Fatal(err)
	}
	heard := bot.hear("\xfc\xff\xfe")
	var speaking Speaking
	bot.expectThat(OpSpeaking, &speaking, func() bool { return speaking.UserID == bob })
	if speaking.SSRC != heard || speaking.Speaking != 0 {
		t.Errorf("bob is heard under %d, and announced so: %+v", heard, speaking)
	}
}

func TestWhoSpeaksAlreadyIsAnnouncedAsSpeaking(t *testing.T) {
	h := open(t, nil)
	a := h.enterBot(t, alice, "8", cipher.AES256GCM)
	a.send(OpSpeaking, map[string]any{"speaking": 5, "delay": 0, "ssrc": 1})
	a.send(OpBackendVersion, nil)
	a.expect(OpBackendVersion, nil) // The frame before it was dealt with.
	for _, version := range []string{"", "3", "4", "9"} {
		b := h.enterBot(t, bob, version, cipher.XSalsa20Poly1305)
		want := `"speaking":5`
		if version == "" || version == "3" {
			want = `"speaking":true`
		}
		var told json.RawMessage
		b.expectThat(OpSpeaking, &told, func() bool {
			return strings.Contains(string(told), want) && strings.Contains(string(told), `"user_id":"1"`)
		})
	}
}

// Media goes where a bot proves to be, and cannot be drawn elsewhere.
func TestABotMovesOnlyWithAuthenticPackets(t *testing.T) {
	h := open(t, nil)
	a, b := h.enterBot(t, alice, "8", cipher.AES256GCM), h.enterBot(t, bob, "8", cipher.AES256GCM)
	recorded := a.say("sound of before")
	b.hear("sound of before")
	b.untilHeard(a)
	home := a.socket

	// A stranger knows the SSRC, and what was sent.
	a.connect()
	stranger := a.socket
	forged := bytes.Clone(recorded)
	forged[len(forged)-1] ^= 1
	for _, packet := range [][]byte{forged, recorded, recorded[:20], {1, 2, 3, 4, 5, 6, 7, 8}} {
		a.write(packet)
	}
	a.discover() // It is answered, as anybody is, and changes nothing.
	a.socket = home
	b.untilHeard(a)

	// The bot itself comes from elsewhere.
	a.socket = stranger
	a.untilHeard(b)
	b.untilHeard(a)
	home.SetReadDeadline(time.Now())
	if n, err := home.Read(make([]byte, 1500)); err == nil {
		t.Errorf("%d bytes more came to the address of before", n)
	}
	a.write([]byte{0x13, 0x37, 0xCA, 0xFE, 0, 0, 0, 1})
	if pong := a.packet(func(p []byte) bool { return len(p) == 8 }); !bytes.Equal(pong, []byte{0x13, 0x37, 0xF0, 0x0D, 0, 0, 0, 1}) {
		t.Errorf("the ping is answered %x", pong)
	}
}

func TestABotThatLosesItsWebSocketGoesOnWithItsKey(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, b := h.enterBot(t, alice, "8", cipher.XChaCha20Poly1305), h.enterBot(t, bob, "8", cipher.AES256GCM)
	claim := h.book.admit(alice, lounge, sfu.State{})
	a.untilHeard(b)
	seen := a.seq
	a.cut()
	a.untilHeard(b) // media goes on
	b.untilHeard(a)
	again := h.dial(t, "8")
	again.resume(claim, seen)
	again.expect(OpResumed, nil)
	a.untilHeard(b)
	b.untilHeard(a)
	h.book.expectNobodyLeft(t)
}

func TestABotThatIdentifiesAnewGetsAnotherKey(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, b := h.enterBot(t, alice, "8", cipher.AES256GCM), h.enterBot(t, bob, "8", cipher.AES256GCM)
	a.untilHeard(b)
	again := h.enterBot(t, alice, "8", cipher.AES256GCM)
	a.expectClose(CloseSession)
	if again.key == a.key || again.ready.SSRC == a.ready.SSRC {
		t.Error("key or SSRC are the same")
	}
	a.say("sound of before")
	again.untilHeard(b)
	b.untilHeard(again)
}

func TestAServerMutesAndDeafensBots(t *testing.T) {
	h := open(t, nil)
	a, b := h.enterBot(t, alice, "8", cipher.AES256GCM), h.enterBot(t, bob, "8", cipher.AES256GCM)
	a.untilHeard(b)
	b.untilHeard(a)
	h.Update(guild, alice, sfu.State{Mute: true})
	a.say("never heard")
	a.untilDone()
	h.Update(guild, alice, sfu.State{})
	a.say("heard")
	var got []string
	b.packet(func(packet []byte) bool {
		opened, err := b.openers[binary.BigEndian.Uint32(packet[8:])].Open(packet)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(opened.Opus))
		return string(opened.Opus) == "heard"
	})
	if len(got) != 1 {
		t.Errorf("bob heard %q", got)
	}
	h.Disconnect(guild, alice, CloseDisconnected)
	a.expectClose(CloseDisconnected)
	a.say("too late")
}

// untilDone waits until what was sent so far was dealt with: packets are, one after the other.
func (b *robot) untilDone() {
	b.t.Helper()
	b.discover()
}

// Whoever chooses WebRTC is no bot: their SSRC is given up.
func TestABrowserIsNotFoundAsABot(t *testing.T) {
	h := open(t, nil)
	v, claim := h.enter(t, alice)
	v.callIn(0)
	other := h.enterBot(t, bob, "8", cipher.AES256GCM)
	session := h.session(claim)
	request := make([]byte, 74)
	copy(request, []byte{0, 1, 0, 70})
	binary.BigEndian.PutUint32(request[4:], session.ssrc)
	other.write(request)
	other.untilDone() // the next answer is for the bot's own SSRC
	v.send(OpSelectProtocol, map[string]any{"protocol": "udp", "data": map[string]any{"mode": cipher.AES256GCM}})
	v.expectClose(CloseProtocol)
}

// session gives somebody's session.
func (h *hall) session(claim Claim) *session {
	h.Server.mu.Lock()
	defer h.Server.mu.Unlock()
	return h.sessions[place{claim.ServerID, claim.UserID}]
}

func TestWithoutAPortForBotsTheirProtocolIsNotSpoken(t *testing.T) {
	h := open(t, func(options *Options) { options.Bots = nil })
	v := h.dial(t, "8")
	if ready := v.identify(h.book.admit(alice, lounge, sfu.State{})); ready.Modes == nil || len(ready.Modes) != 0 {
		t.Errorf("ready is %+v", ready)
	}
	v.send(OpSelectProtocol, map[string]any{"protocol": "udp", "data": map[string]any{"mode": cipher.AES256GCM}})
	v.expectClose(CloseProtocol)
}

// spent is a key that has done its work.
type spent struct{}

func (spent) Seal([]byte, uint16, uint32, uint32, []byte) ([]byte, error) {
	return nil, cipher.ErrExhausted
}

func TestAKeyThatIsUsedUpHasTheBotIdentifyAnew(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, b := h.enterBot(t, alice, "8", cipher.AES256GCM), h.enterBot(t, bob, "8", cipher.AES256GCM)
	b.untilHeard(a)
	link := h.session(h.book.admit(alice, lounge, sfu.State{})).link
	link.mu.Lock()
	link.sealer = spent{}
	link.mu.Unlock()
	b.say("one too many")
	a.expectClose(CloseSession)
	again := h.enterBot(t, alice, "8", cipher.AES256GCM)
	b.untilHeard(again)
	h.book.expectNobodyLeft(t)
}

// Whatever comes to a bot's link, nothing but authentic packets changes where media goes.
func FuzzBotLink(f *testing.F) {
	key := [cipher.KeySize]byte{1}
	for i, mode := range cipher.Modes() {
		sealer, err := cipher.NewSealer(cipher.Mode(mode), key)
		if err != nil {
			f.Fatal(err)
		}
		packet, _ := sealer.Seal(nil, 1, 960, 7, []byte("sound"))
		f.Add(uint8(i), packet[:len(packet)-1])
	}
	f.Fuzz(func(t *testing.T, at uint8, packet []byte) {
		opener, err := cipher.NewOpener(cipher.Mode(cipher.Modes()[int(at)%len(cipher.Modes())]), key, 7)
		if err != nil {
			t.Fatal(err)
		}
		home := netip.MustParseAddrPort("192.0.2.1:1")
		l := &botLink{strangers: newStrangers(), opener: opener, address: home, proved: true}
		if _, _, mine := l.open(packet, home); mine {
			t.Errorf("%x is taken", packet)
		}
		l.Discovered(netip.MustParseAddrPort("192.0.2.2:2"))
		if _, _, mine := l.open(packet, netip.MustParseAddrPort("192.0.2.3:3")); mine || l.address != home {
			t.Errorf("%x moved the bot to %s", packet, l.address)
		}
	})
}
