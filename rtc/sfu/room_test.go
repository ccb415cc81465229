package sfu

import (
	"errors"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

const (
	lounge id.ID = 100
	alice  id.ID = 1
	bob    id.ID = 2
	carol  id.ID = 3
	dave   id.ID = 4
)

func TestTwoPeopleHearEachOtherAndNotThemselves(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 2)
	b := join(t, s, lounge, bob, 2)
	a.mic.speak(loud)
	b.mic.speak(loud)
	a.untilHears(b)
	b.untilHears(a)
	for _, c := range []*client{a, b} {
		c.until(t, "only the other is heard, under the SSRC that was told", func() bool {
			other := alice + bob - c.userID
			return c.hearing(c.userID) == 0 && c.heard[c.subscribed[other]] != nil && c.heard[c.subscribed[other]].of[other] > 0
		})
	}
}

func TestRoomsDoNotHearEachOther(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 2), join(t, s, lounge, bob, 2)
	other := join(t, s, lounge+1, carol, 2)
	other.mic.speak(loud)
	a.mic.speak(loud)
	b.untilHears(a)
	if b.count(carol) > 0 || other.count(alice) > 0 || b.is(func() bool { return b.present[carol] }) {
		t.Error("rooms hear each other")
	}
}

func TestEverybodyOfManyHearsEverybodyElse(t *testing.T) {
	count := 8
	if !testing.Short() {
		count = 12
	}
	s := openSFU(t, func(options *Options) { options.Loudest = count })
	var clients []*client
	for i := range count {
		c := join(t, s, lounge, id.ID(i+1), count-1)
		c.mic.speak(loud)
		clients = append(clients, c)
	}
	for _, c := range clients {
		for _, other := range clients {
			if c != other {
				c.until(t, "everybody else is heard", func() bool { return c.hearing(other.userID) > 0 })
			}
		}
		if c.count(c.userID) > 0 {
			t.Errorf("%s hears itself", c.userID)
		}
	}
}

func TestWhoJoinsLaterHearsAndIsHeard(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 3)
	a.mic.speak(loud)
	b := join(t, s, lounge, bob, 3)
	b.untilHears(a)
	b.mic.speak(loud)
	a.untilHears(b) // on a place that alice had free, without another offer
	if events := b.events(); events[0] != "1 joined" {
		t.Errorf("bob was told %v", events)
	}
}

func TestWhoLeavesIsNotHeardAnyMore(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	b.mic.speak(loud)
	a.untilHears(b)
	b.peer.Leave()
	b.peer.Leave() // again, which is nothing
	a.until(t, "bob has left", func() bool { return !a.present[bob] })
	if _, err := b.peer.Answer("v=0"); !errors.Is(err, ErrLeft) {
		t.Errorf("an offer after leaving: %v", err)
	}
	b.mic.stop()
	last := b.mic.send()
	// What bob sent after leaving is not heard; carol, who takes bob's place, is.
	c := join(t, s, lounge, carol, 1)
	c.mic.speak(loud)
	a.untilHears(c)
	if heard := get(a.observer, func() uint32 { return a.heardUpTo(bob) }); heard >= last {
		t.Errorf("bob's frame %d was heard after bob left", heard)
	}
}

func TestAPlaceIsGivenToSomebodyElseWithoutABreakInItsStream(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 0)
	b.mic.speak(loud)
	a.untilHears(b)
	place := a.place(bob)
	b.close()
	c := join(t, s, lounge, carol, 0)
	c.mic.speak(loud)
	a.untilHears(c)
	a.until(t, "the place is carol's", func() bool { return a.subscribed[carol] == place })
	checkContinuous(t, a, place)
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.heard[place]; e.of[bob] == 0 || e.of[carol] == 0 || len(a.heard) != 1 {
		t.Errorf("the place carried %v", e.of)
	}
}

// checkContinuous checks that a stream has no hole, and that its time goes on.
func checkContinuous(t *testing.T, c *client, ssrc uint32) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	packets := c.heard[ssrc].packets
	for i := 1; i < len(packets); i++ {
		before, after := packets[i-1], packets[i]
		if after.sequence != before.sequence+1 {
			t.Errorf("packet %d follows on %d (of %s and %s)", after.sequence, before.sequence, after.from, before.from)
		}
		if passed := int32(after.timestamp - before.timestamp); passed < frameSamples {
			t.Errorf("%d samples pass from packet %d to the next", passed, before.sequence)
		}
		if begins := after.from != before.from || after.number != before.number+1; begins != after.marker {
			t.Errorf("packet %d: the marker is %t (frame %d of %s after %d of %s)", after.sequence, after.marker, after.number, after.from, before.number, before.from)
		}
	}
}

func TestMoreOthersThanPlacesAreHeardAfterAnotherOffer(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 1)
	b, c, d := join(t, s, lounge, bob, 0), join(t, s, lounge, carol, 0), join(t, s, lounge, dave, 0)
	for _, other := range []*client{b, c, d} {
		other.mic.speak(loud)
	}
	a.untilHears(b)
	a.until(t, "alice knows that carol and dave send too", func() bool {
		_, carolKnown := a.subscribed[carol]
		_, daveKnown := a.subscribed[dave]
		return carolKnown && daveKnown && a.subscribed[carol] == 0 && a.subscribed[dave] == 0
	})
	before := a.place(bob)
	a.addPlaces(2)
	answer := a.negotiate()
	a.untilHears(c)
	a.untilHears(d)
	a.untilHears(b)
	if a.place(bob) != before {
		t.Error("bob was moved to another place")
	}
	for _, want := range []string{"a=msid:2 2-audio\r\n", "a=msid:3 3-audio\r\n", "a=msid:4 4-audio\r\n"} {
		if strings.Count(answer, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, answer)
		}
	}
}

func TestAFreedPlaceGoesToWhoeverWaits(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 1)
	b, c := join(t, s, lounge, bob, 0), join(t, s, lounge, carol, 0)
	c.mic.speak(loud)
	a.until(t, "carol waits", func() bool { _, known := a.subscribed[carol]; return known && a.subscribed[carol] == 0 })
	b.peer.Leave()
	a.untilHears(c)
}

func TestAListenerTakesNobodysPlace(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 1)
	b := enter(t, s, lounge, bob, State{})
	b.dial(false, 1)
	b.negotiate()
	b.untilConnected()
	a.mic.speak(loud)
	b.untilHears(a)
	c := join(t, s, lounge, carol, 0)
	c.mic.speak(loud)
	a.untilHears(c)
	if a.is(func() bool { _, known := a.subscribed[bob]; return known }) {
		t.Error("bob sends nothing, and has a place")
	}
}

func TestAMicrophoneCanComeAndGo(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 1)
	b := enter(t, s, lounge, bob, State{})
	b.dial(false, 1)
	b.negotiate()
	b.untilConnected()
	b.addMicrophone()
	b.negotiate()
	b.mic.speak(loud)
	a.untilHears(b)
}

func TestNobodyIsInARoomTwice(t *testing.T) {
	s := openSFU(t, nil)
	enter(t, s, lounge, alice, State{})
	if _, err := s.Join(lounge, alice, State{}, newObserver()); !errors.Is(err, ErrAlreadyHere) {
		t.Errorf("got %v", err)
	}
	enter(t, s, lounge+1, alice, State{}) // another room is another matter
}

func TestEmptyRoomsAreForgotten(t *testing.T) {
	s := openSFU(t, nil)
	a, b := enter(t, s, lounge, alice, State{}), enter(t, s, lounge, bob, State{})
	a.peer.Leave()
	b.peer.Leave()
	if s.mu.Lock(); len(s.rooms) != 0 {
		t.Errorf("%d rooms are left", len(s.rooms))
	}
	s.mu.Unlock()
}

func TestAClosedSFUTakesNobodyIn(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Join(lounge, bob, State{}, newObserver()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := a.peer.Answer("v=0"); !errors.Is(err, ErrLeft) {
		t.Errorf("got %v", err)
	}
}

func TestAnotherObserverIsToldHowThingsAre(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	enter(t, s, lounge, carol, State{})
	b.mic.speak(loud)
	a.until(t, "bob speaks", func() bool { return a.speaking[bob] == SpeakingMicrophone })
	place, second := a.place(bob), newObserver()
	if err := a.peer.Attach(second); err != nil {
		t.Fatal(err)
	}
	second.until(t, "all is told", func() bool {
		return second.present[bob] && second.present[carol] && second.subscribed[bob] == place && second.speaking[bob] == SpeakingMicrophone
	})
	a.peer.Leave()
	if err := a.peer.Attach(second); !errors.Is(err, ErrLeft) {
		t.Errorf("got %v", err)
	}
}

var _ webrtc.TrackLocal = (*slot)(nil)
