package sfu

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"guildhall/rtc/mux"
	"guildhall/store/id"
)

// credentials gives the ICE user name of a description.
func credentials(description string) string {
	_, rest, _ := strings.Cut(description, "a=ice-ufrag:")
	name, _, _ := strings.Cut(rest, "\r\n")
	return name
}

func TestICERestartsWithoutLeavingTheRoom(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	a.mic.speak(loud)
	b.mic.speak(loud)
	a.untilHears(b)
	before := credentials(a.pc.RemoteDescription().SDP)
	told := len(b.events())
	offer, err := a.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		t.Fatal(err)
	}
	if answer := a.exchange(offer); credentials(answer) == before || credentials(answer) == "" {
		t.Errorf("ICE was not restarted:\n%s", answer)
	}
	a.untilConnected()
	a.untilHears(b)
	b.untilHears(a)
	for _, event := range b.events()[told:] {
		if strings.Contains(event, "left") || strings.Contains(event, "joined") {
			t.Errorf("bob was told: %s", event)
		}
	}
}

func TestAClientMayBeginAnew(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	a.mic.speak(loud)
	b.mic.speak(loud)
	a.untilHears(b)
	b.untilHears(a)
	place := b.place(alice)
	a.hangUp()
	a.change(func() { a.connection = ConnectionNone })
	a.dial(true, 1)
	a.mic.number = 10000
	a.negotiate()
	a.untilConnected()
	a.mic.speak(loud)
	a.untilHears(b)
	b.untilHears(a)
	if b.place(alice) != place || !b.is(func() bool { return b.present[alice] }) {
		t.Errorf("bob was told: %v", b.events())
	}
	checkContinuous(t, b, place)
}

func TestAnInterruptedConnectionIsToldAndThenLost(t *testing.T) {
	s := openSFU(t, func(options *Options) {
		options.DisconnectedAfter, options.FailedAfter = 600*time.Millisecond, 600*time.Millisecond
	})
	a := join(t, s, lounge, alice, 0)
	// Nothing of the client's arrives from now on, and no goodbye either.
	s.mux.UDPMuxDefault.RemoveConnByUfrag(credentials(a.pc.RemoteDescription().SDP))
	a.until(t, "the connection is interrupted", func() bool { return slices.Contains(a.log, "connection 3") })
	a.until(t, "the connection is lost", func() bool { return a.connection == ConnectionLost })
	if a.peer.Connection() != ConnectionLost {
		t.Error("the peer does not know")
	}
	// It comes back by restarting ICE.
	b := join(t, s, lounge, bob, 1)
	offer, err := a.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		t.Fatal(err)
	}
	a.exchange(offer)
	a.untilConnected()
	a.mic.speak(loud)
	b.untilHears(a)
}

func TestAClientThatHangsUpIsLostAtOnce(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 0)
	if err := a.pc.Close(); err != nil {
		t.Fatal(err)
	}
	a.until(t, "the connection is lost", func() bool { return a.connection == ConnectionLost })
}

func TestAMicrophoneThatRestsIsNotHeardAndComesBack(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 0)
	b.mic.speak(loud)
	a.untilHears(b)
	offer := b.pc.LocalDescription().SDP
	resting := strings.Replace(offer, "a=sendonly", "a=inactive", 1)
	answer, err := b.peer.Answer(resting)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer, "a=inactive") {
		t.Errorf("the answer is\n%s", answer)
	}
	a.until(t, "bob does not speak", func() bool { return a.speaking[bob] == 0 })
	c := join(t, s, lounge, carol, 0)
	c.mic.speak(loud)
	a.untilHears(c) // on bob's place
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: strings.ReplaceAll(answer, "a=inactive", "a=recvonly")}); err == nil {
		t.Log("the client took an answer that it did not wait for")
	}
	a.addPlaces(1)
	a.negotiate()
	b.negotiate()
	a.untilHears(b)
}

func TestPlacesThatAreGivenUpAreNotUsed(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 2), join(t, s, lounge, bob, 0)
	place := a.place(bob)
	offer := a.pc.LocalDescription().SDP
	sections := strings.SplitAfter(offer, "m=audio")
	sections[2] = strings.Replace(sections[2], "a=recvonly", "a=inactive", 1)
	if _, err := a.peer.Answer(strings.Join(sections, "")); err != nil {
		t.Fatal(err)
	}
	a.until(t, "bob has alice's other place", func() bool { return a.subscribed[bob] != 0 && a.subscribed[bob] != place })
	if stats := a.peer.Stats(); stats.Places != 1 || stats.Hears != 1 {
		t.Errorf("got %+v", stats)
	}
	if _, err := a.peer.Answer(offer); !errors.Is(err, ErrOffer) {
		t.Errorf("a place that was given up was taken again: %v", err)
	}
	b.mic.stop()
}

func TestWhatIsNotCarriedIsRefusedInTheAnswer(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{})
	a.dial(true, 1)
	video, err := a.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	if err != nil {
		t.Fatal(err)
	}
	if err := video.SetCodecPreferences([]webrtc.RTPCodecParameters{{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH265, ClockRate: videoClock}}}); err != nil {
		t.Fatal(err)
	}
	offer, err := a.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, with the section that was refused
		answer, err := a.peer.Answer(offer.SDP)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(answer, "m=video 0 ") || strings.Contains(answer, "red/48000") || strings.Contains(answer, "H265") {
			t.Errorf("the answer is\n%s", answer)
		}
		if strings.Count(answer, "usedtx=1") != 1 {
			t.Errorf("silence is not asked to be left out by the sender, and by it alone:\n%s", answer)
		}
	}
}

func TestBadOffersAreRefusedAndHarmNobody(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 0)
	b.mic.speak(loud)
	good := a.pc.LocalDescription().SDP
	microphones := strings.Replace(good, "a=recvonly", "a=sendrecv", 1)
	for name, bad := range map[string]string{
		"nothing":             "",
		"no session":          "hello",
		"no media":            good[:strings.Index(good, "m=audio")],
		"no mid":              strings.Replace(good, "a=mid:0", "a=nothing:0", 1),
		"a mid twice":         strings.Replace(good, "a=mid:1", "a=mid:0", 1),
		"a mid with a space":  strings.Replace(good, "a=mid:1", "a=mid:1 1", 1),
		"no fingerprint":      strings.ReplaceAll(good, "a=fingerprint", "a=nothing"),
		"data channels":       strings.Replace(good, "m=audio", "m=application", 1),
		"a second microphone": microphones,
		"too long":            good + strings.Repeat("a=x\r\n", MaxOffer/5),
		"too many sections":   good + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", maxSections),
	} {
		if _, err := a.peer.Answer(bad); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.untilHears(b)
	// What only pion sees is wrong costs the connection, but not the place in the room.
	if _, err := a.peer.Answer(strings.ReplaceAll(good, "a=ice-pwd", "a=nothing")); !errors.Is(err, ErrOffer) {
		t.Errorf("no password: %v", err)
	}
	a.until(t, "there is no connection any more", func() bool { return a.connection == ConnectionNone })
	a.hangUp()
	a.dial(true, 1)
	a.negotiate()
	a.untilConnected()
	a.untilHears(b)
}

func TestTooManyPlacesAreRefused(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{})
	a.dial(false, MaxSlots+1)
	offer, err := a.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.peer.Answer(offer.SDP); !errors.Is(err, ErrOffer) {
		t.Errorf("got %v", err)
	}
}

func TestCandidatesAreEveryAddressThatIsServed(t *testing.T) {
	addresses := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("::ffff:192.0.2.1"), {}, netip.IPv4Unspecified()}
	reached := []netip.AddrPort{netip.MustParseAddrPort("203.0.113.7:7000"), netip.MustParseAddrPort("[fe80::2%eth0]:7000")}
	for name, test := range map[string]struct {
		families families
		want     []string
	}{
		"both": {families{ipv4: true, ipv6: true}, []string{"203.0.113.7:7000", "192.0.2.1:6464", "[2001:db8::1]:6464"}},
		"IPv4": {families{ipv4: true}, []string{"203.0.113.7:7000", "192.0.2.1:6464"}},
		"IPv6": {families{ipv6: true}, []string{"[2001:db8::1]:6464"}},
	} {
		s := &SFU{options: Options{Port: 6464, Addresses: func() []netip.Addr { return addresses }}, mux: &socketMux{families: test.families}}
		var got []string
		for _, candidate := range s.candidates(reached) {
			got = append(got, candidate.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFiftyPeopleComeAndGo(t *testing.T) {
	if testing.Short() {
		t.Skip("fifty WebRTC clients in one process take a while")
	}
	const people = 50
	s := openSFU(t, nil)
	speaker := join(t, s, lounge, 1000, 0)
	speaker.mic.speak(loud)
	var clients []*client
	for i := range people - 1 {
		c := enter(t, s, lounge, id.ID(i+1), State{})
		c.dial(i < 5, 6)
		c.negotiate()
		clients = append(clients, c)
	}
	for _, c := range clients {
		c.untilConnected()
		c.untilHears(speaker)
	}
	for _, c := range clients[:people/2] {
		c.close()
	}
	for _, c := range clients[people/2:] {
		c.untilHears(speaker)
		c.until(t, "half of the others have left", func() bool { return len(c.present) == people-1-people/2 })
	}
}

func FuzzReadOffer(f *testing.F) {
	pc, err := clientAPI(f).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		f.Fatal(err)
	}
	defer pc.Close()
	for range 2 {
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
			f.Fatal(err)
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(offer.SDP)
	f.Add(strings.Replace(offer.SDP, "a=sendrecv", "a=inactive", 1))
	f.Add(offer.SDP + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n")
	f.Add("v=0")
	f.Add("v= o= 0 0 IN\ns=\nt=\na=fingerprint:\r00\nm=audio 0 AVP\na=mid:00\n0")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := readOffer(text, [kinds]string{"0", "1"})
		if err != nil {
			if !errors.Is(err, ErrOffer) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if strings.Contains(read.text, "a=candidate:") {
			t.Errorf("candidates are left in %q", read.text)
		}
		again, err := readOffer(read.text, [kinds]string{"0", "1"})
		if err != nil || again.identity != read.identity || len(again.sections) != len(read.sections) {
			t.Errorf("%q is read otherwise the second time: %v", text, err)
		}
	})
}

// path is how a client's media comes, as the hall sees it.
func (c *client) path() string { return c.peer.Stats().Path }

func TestMediaComesOverTCPWhereUDPDoesNot(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{})
	a.dial(true, 1, func(settings *webrtc.SettingEngine) {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	})
	a.negotiate()
	a.untilConnected()
	b := join(t, s, lounge, bob, 1)
	a.mic.speak(loud)
	b.mic.speak(loud)
	a.untilHears(b)
	b.untilHears(a)
	if a.path() != "tcp" || b.path() != "udp" {
		t.Errorf("alice comes over %q, bob over %q", a.path(), b.path())
	}
	if remote := a.peer.Stats().Remote; remote.Addr() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("alice is at %s", remote)
	}
}

func TestUDPIsUsedWhereItCan(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{})
	a.dial(true, 1, func(settings *webrtc.SettingEngine) {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeTCP4})
		settings.SetHostAcceptanceMinWait(500 * time.Millisecond) // As browsers, it takes the best way that works, not the first.
	})
	a.negotiate()
	a.untilConnected()
	if a.path() != "udp" {
		t.Errorf("media comes over %q", a.path())
	}
}

func TestCandidatesOverTCPComeAfterAllOthers(t *testing.T) {
	lines := candidateLines([]netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:6464"), netip.MustParseAddrPort("[2001:db8::1]:6464"), netip.MustParseAddrPort("127.0.0.1:6464")})
	want := []string{
		"1 1 udp 2130706431 10.0.0.1 6464 typ host", "2 1 udp 2130706175 2001:db8::1 6464 typ host", "3 1 udp 2130705919 127.0.0.1 6464 typ host",
		"4 1 tcp 1520435199 10.0.0.1 6464 typ host tcptype passive", "5 1 tcp 1520434943 2001:db8::1 6464 typ host tcptype passive",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}

func TestMediaComesOverTCPAndIPv6(t *testing.T) {
	ports, err := mux.Listen(t.Context(), "[::1]:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Skipf("not run: there is no IPv6 here: %v", err)
	}
	t.Cleanup(func() { ports.Close() })
	s := openSFU(t, func(options *Options) {
		options.Packets, options.Port = ports.Packets(), ports.Port()
		options.Addresses = func() []netip.Addr { return []netip.Addr{netip.IPv6Loopback()} }
	})
	a := enter(t, s, lounge, alice, State{})
	a.dial(true, 0, func(settings *webrtc.SettingEngine) {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP6})
	})
	a.negotiate()
	a.untilConnected()
	if remote := a.peer.Stats().Remote; a.path() != "tcp" || !remote.Addr().Is6() {
		t.Errorf("alice comes over %q from %s", a.path(), remote)
	}
}
