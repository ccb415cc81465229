package sfu

import (
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// line is a client's way to the network, which can be cut: then nothing comes and nothing goes, and nobody is told.
type line struct {
	net.PacketConn
	cut atomic.Bool
	// lose tells, if it is there, which packets of media are lost on their way to the client or from it. They are RTP, with the payload encrypted.
	lose atomic.Pointer[func(packet []byte, toClient bool) bool]
	// limit is how many bits per second come through to the client, zero is as many as there are. free is when the line is free again.
	limit atomic.Int64
	free  time.Time
}

// wait is how long a packet takes through the line. What comes meanwhile waits in the socket, as far as that has room.
func (l *line) wait(size int) {
	limit := l.limit.Load()
	if limit == 0 {
		return
	}
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(int64(size) * 8 * int64(time.Second) / limit))
	time.Sleep(l.free.Sub(now))
}

// loses tells whether a packet is lost.
func (l *line) loses(packet []byte, toClient bool) bool {
	lose := l.lose.Load()
	isRTP := len(packet) > 12 && packet[0]>>6 == 2 && (packet[1] < 192 || packet[1] > 223)
	return lose != nil && isRTP && (*lose)(packet, toClient)
}

func (l *line) ReadFrom(buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := l.PacketConn.ReadFrom(buffer)
		if err == nil {
			l.wait(n)
		}
		if err != nil || !l.cut.Load() && !l.loses(buffer[:n], true) {
			return n, from, err
		}
	}
}

func (l *line) WriteTo(packet []byte, to net.Addr) (int, error) {
	if l.cut.Load() || l.loses(packet, false) {
		return len(packet), nil
	}
	return l.PacketConn.WriteTo(packet, to)
}

// dialThrough is dial over a line.
func (c *client) dialThrough(places int) *line {
	c.t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	if err := socket.(*net.UDPConn).SetReadBuffer(64 << 10); err != nil {
		c.t.Fatal(err)
	}
	through := &line{PacketConn: socket}
	shared := webrtc.NewICEUDPMux(loggers{slog.New(slog.DiscardHandler)}.NewLogger("client"), through)
	c.dial(true, places, func(settings *webrtc.SettingEngine) { settings.SetICEUDPMux(shared) })
	c.t.Cleanup(func() {
		c.hangUp()
		if err := shared.Close(); err != nil {
			c.t.Error(err)
		}
		_ = socket.Close() // the mux has closed it
	})
	return through
}

func TestMediaComesBackByItselfWhenTheNetworkDoes(t *testing.T) {
	s := openSFU(t, func(options *Options) {
		options.DisconnectedAfter, options.FailedAfter = 1500*time.Millisecond, time.Hour
	})
	a, b := enter(t, s, lounge, alice, State{}), join(t, s, lounge, bob, 1)
	network := a.dialThrough(1)
	a.negotiate()
	a.untilConnected()
	a.mic.speak(loud)
	b.mic.speak(loud)
	a.untilHears(b)
	b.untilHears(a)
	places := []uint32{a.place(bob), b.place(alice)}
	for range 2 {
		told := len(b.events())
		beforeCut := a.heardUpToNow(b)
		network.cut.Store(true)
		a.until(t, "the server notices", func() bool { return a.connection == ConnectionInterrupted })
		b.until(t, "alice is silent", func() bool { return b.speaking[alice] == 0 })
		silent := b.count(alice)
		if !b.is(func() bool { return b.present[alice] }) || !a.is(func() bool { return a.present[bob] }) {
			t.Error("somebody is out of the room")
		}
		network.cut.Store(false)
		a.untilConnected()
		a.untilHears(b)
		b.untilHears(a)
		if got := []uint32{a.place(bob), b.place(alice)}; !slices.Equal(got, places) {
			t.Errorf("they are heard under %v instead of %v", got, places)
		}
		if b.count(alice) <= silent || a.heardUpToNow(b) <= beforeCut {
			t.Error("what is heard is what was heard before")
		}
		for _, event := range b.events()[told:] {
			if strings.Contains(event, "left") || strings.Contains(event, "joined") || strings.Contains(event, "heard under") {
				t.Errorf("bob was told: %s", event)
			}
		}
	}
	checkEachHeardOnce(t, a, places[0], bob)
	checkEachHeardOnce(t, b, places[1], alice)
}

// checkEachHeardOnce fails the test when something came twice or out of order under an SSRC, or from somebody else, or from the same person under another one. What was
// lost may be missing, and its numbers with it.
func checkEachHeardOnce(t *testing.T, c *client, ssrc uint32, from id.ID) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heard) != 1 {
		t.Errorf("%s hears %d streams", c.userID, len(c.heard))
	}
	packets := c.heard[ssrc].packets
	for i := 1; i < len(packets); i++ {
		before, after := packets[i-1], packets[i]
		if after.from != from || after.number <= before.number || int16(after.sequence-before.sequence) <= 0 {
			t.Errorf("packet %d (frame %d of %s) follows on packet %d (frame %d)", after.sequence, after.number, after.from, before.sequence, before.number)
		}
	}
}

// heardUpToNow is heardUpTo with the lock.
func (c *client) heardUpToNow(from *client) uint32 {
	return get(c.observer, func() uint32 { return c.heardUpTo(from.userID) })
}
