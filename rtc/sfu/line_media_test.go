package sfu

import (
	"net/netip"
	"slices"
	"testing"

	"guildhall/store/id"
)

const lineSSRC = 4711

var lineAddress = netip.MustParseAddrPort("192.0.2.1:5000")

// openLine makes a client's media come and go by functions. What comes is noted where that of WebRTC clients is.
func (c *client) openLine() *Line {
	c.t.Helper()
	l, err := c.peer.OpenLine(LineOptions{SSRC: lineSSRC, Path: func() (string, netip.AddrPort) { return "udp", lineAddress },
		Send: func(ssrc uint32, sequence uint16, timestamp uint32, opus []byte) bool {
			from, number, err := decodeFrame(opus)
			c.change(func() {
				if err != nil {
					c.note("a packet is not what was sent: %v", err)
					return
				}
				e := c.heard[ssrc]
				if e == nil {
					e = &ear{of: make(map[id.ID]int)}
					c.heard[ssrc] = e
				}
				e.packets = append(e.packets, heardPacket{sequence, timestamp, false, from, number})
				e.of[from]++
			})
			return true
		}})
	if err != nil {
		c.t.Fatal(err)
	}
	return l
}

// lineFrames sends frames over a line, from a number on.
func (c *client) lineFrames(l *Line, from, to uint32) {
	for number := from; number <= to; number++ {
		l.Take(uint16(65000+number), number*frameSamples, encodeFrame(c.userID, number), 100)
	}
}

func TestALineAndAConnectionHearEachOther(t *testing.T) {
	s := openSFU(t, nil)
	bot := enter(t, s, lounge, alice, State{})
	l := bot.openLine()
	b := join(t, s, lounge, bob, 1)
	if b.is(func() bool { _, told := b.subscribed[alice]; return told }) {
		t.Error("who only listens takes a place")
	}
	b.mic.speak(loud)
	bot.untilHears(b)
	ssrc := bot.place(bob)
	if ssrc == 0 || ssrc == lineSSRC {
		t.Errorf("bob is heard under %d", ssrc)
	}
	checkEachHeardOnce(t, bot, ssrc, bob)
	if flags := get(bot.observer, func() SpeakingFlags { return bot.speaking[bob] }); flags != SpeakingMicrophone {
		t.Errorf("bob speaks: %d", flags)
	}

	for last := uint32(50); last <= 600; last += 50 { // over the end of sequence numbers, and no more at once than a socket holds
		bot.lineFrames(l, last-49, last)
		b.until(t, "bob hears the line", func() bool { return b.heardUpTo(alice) == last })
	}
	checkEachHeardOnce(t, b, b.place(alice), alice)
	b.until(t, "alice speaks", func() bool { return b.speaking[alice] == SpeakingMicrophone })
	b.until(t, "alice has ceased", func() bool { return b.speaking[alice] == 0 })

	stats := bot.peer.Stats()
	if stats.Path != "udp" || stats.Remote != lineAddress || stats.Connection != ConnectionConnected || stats.Received.Packets != 600 || stats.Sent.Packets == 0 || stats.Hears != 1 {
		t.Errorf("the figures are %+v", stats)
	}
}

func TestWhoSaysThatTheySpeakHasTheirPlaceBeforeTheirFirstPacket(t *testing.T) {
	s := openSFU(t, nil)
	bot, b := enter(t, s, lounge, alice, State{}), join(t, s, lounge, bob, 1)
	l := bot.openLine()
	bot.peer.Speak(0)
	if b.is(func() bool { _, told := b.subscribed[alice]; return told }) {
		t.Error("alice has a place, and is silent")
	}
	bot.peer.Speak(SpeakingMicrophone)
	if b.place(alice) == 0 || get(b.observer, func() SpeakingFlags { return b.speaking[alice] }) != SpeakingMicrophone {
		t.Errorf("bob was told %v", b.events())
	}
	bot.lineFrames(l, 1, 3)
	b.until(t, "bob hears the line", func() bool { return b.heardUpTo(alice) == 3 })
	if b.count(alice) != 3 {
		t.Errorf("bob heard %d packets of 3", b.count(alice))
	}
	bot.peer.Speak(0)
	b.until(t, "alice has ceased", func() bool { return b.speaking[alice] == 0 })
}

func TestMuteAndDeafHoldForLines(t *testing.T) {
	s := openSFU(t, nil)
	bot, other := enter(t, s, lounge, alice, State{Mute: true}), enter(t, s, lounge, bob, State{})
	from, to := bot.openLine(), other.openLine()
	bot.lineFrames(from, 1, 5)
	bot.peer.SetState(State{})
	bot.lineFrames(from, 6, 7)
	other.peer.SetState(State{Deaf: true})
	bot.lineFrames(from, 8, 9)
	other.peer.SetState(State{})
	bot.lineFrames(from, 10, 11)
	bot.peer.SetState(State{Mute: true})
	bot.lineFrames(from, 12, 13)
	other.lineFrames(to, 1, 2)
	var numbers []uint32
	var sequences []uint16
	for _, packet := range other.heard[other.place(alice)].packets {
		numbers, sequences = append(numbers, packet.number), append(sequences, packet.sequence)
	}
	if want := []uint32{6, 7, 10, 11}; !slices.Equal(numbers, want) {
		t.Errorf("bob heard %v instead of %v", numbers, want)
	}
	for i := range sequences {
		if sequences[i] != sequences[0]+uint16(i) {
			t.Errorf("what bob heard is numbered %v", sequences)
		}
	}
	if bot.count(bob) != 2 {
		t.Errorf("alice, who is mute, heard %d packets of 2", bot.count(bob))
	}
}

func TestWhoComesBackIsHeardUnderTheSameSSRC(t *testing.T) {
	s := openSFU(t, nil)
	bot := enter(t, s, lounge, alice, State{})
	bot.openLine()
	first := enter(t, s, lounge, bob, State{})
	first.lineFrames(first.openLine(), 1, 3)
	ssrc := bot.place(bob)
	first.peer.Leave()
	third := enter(t, s, lounge, carol, State{})
	third.lineFrames(third.openLine(), 1, 3)
	second := enter(t, s, lounge, bob, State{})
	second.lineFrames(second.openLine(), 4, 6)
	if bot.place(bob) != ssrc || bot.place(carol) == ssrc || bot.place(carol) == 0 {
		t.Errorf("bob is heard under %d, then %d; carol under %d", ssrc, bot.place(bob), bot.place(carol))
	}
	packets := bot.heard[ssrc].packets
	for i := 1; i < len(packets); i++ {
		if packets[i].sequence != packets[i-1].sequence+1 || int32(packets[i].timestamp-packets[i-1].timestamp) <= 0 {
			t.Errorf("packet %d is %+v after %+v", i, packets[i], packets[i-1])
		}
	}
	if len(packets) != 6 {
		t.Errorf("%d packets came of 6", len(packets))
	}
}

func TestPlacesOfPeopleWhoAreGoneAreForgottenInTheEnd(t *testing.T) {
	s := openSFU(t, nil)
	bot := enter(t, s, lounge, alice, State{})
	l := bot.openLine()
	for i := range id.ID(2 * maxIdlePlaces) {
		visitor := enter(t, s, lounge, 1000+i, State{})
		visitor.lineFrames(visitor.openLine(), 1, 1)
		visitor.peer.Leave()
	}
	bot.peer.room.mu.Lock()
	defer bot.peer.room.mu.Unlock()
	if len(l.places) > maxIdlePlaces {
		t.Errorf("%d places are kept", len(l.places))
	}
}

func TestALineEndsWhenThePeerLeavesOrTakesAnother(t *testing.T) {
	s := openSFU(t, nil)
	bot, other := enter(t, s, lounge, alice, State{}), enter(t, s, lounge, bob, State{})
	other.openLine()
	old := bot.openLine()
	bot.lineFrames(old, 1, 2)
	again := bot.openLine()
	bot.lineFrames(old, 3, 4)
	bot.lineFrames(again, 5, 6)
	if got := other.heardUpToNow(bot); got != 6 || other.count(alice) != 4 {
		t.Errorf("bob heard %d packets, the last is %d", other.count(alice), got)
	}
	bot.peer.Leave()
	bot.lineFrames(again, 7, 8)
	if other.count(alice) != 4 {
		t.Errorf("bob heard %d packets", other.count(alice))
	}
	if _, err := bot.peer.OpenLine(LineOptions{}); err != ErrLeft {
		t.Errorf("a line of somebody who has left: %v", err)
	}
}

func TestAViewerOnALineIsNotHeard(t *testing.T) {
	s := openSFU(t, nil)
	bot, other := enter(t, s, lounge, alice, State{Viewer: true}), enter(t, s, lounge, bob, State{})
	other.openLine()
	bot.lineFrames(bot.openLine(), 1, 3)
	bot.peer.Speak(SpeakingMicrophone)
	if other.count(alice) != 0 || len(other.speaking) != 0 {
		t.Error("a viewer is heard")
	}
}
