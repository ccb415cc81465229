package sfu

import (
	"testing"
)

// The senders of these tests go on sending whatever they are told: what does not pass is held back by the server.

func TestWhoIsMutedIsNotHeard(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 2), join(t, s, lounge, bob, 2)
	b.mic.speak(loud)
	a.untilHears(b)
	b.peer.SetState(State{Mute: true})
	// Another's packets that are sent from now on tell that earlier ones have arrived.
	c := join(t, s, lounge, carol, 2)
	c.mic.speak(loud)
	a.untilHears(c)
	heard := a.count(bob)
	a.untilHears(c)
	a.until(t, "bob is quiet", func() bool { return a.hearing(bob) == heard && a.speaking[bob] == 0 })

	b.peer.SetState(State{})
	a.untilHears(b)
	checkContinuous(t, a, a.place(bob))
}

func TestWhoMayNotSpeakFromTheBeginningIsNeverHeard(t *testing.T) {
	s := openSFU(t, nil)
	a := join(t, s, lounge, alice, 2)
	b := enter(t, s, lounge, bob, State{Mute: true})
	b.dial(true, 2)
	b.negotiate()
	b.untilConnected()
	b.mic.speak(loud)
	c := join(t, s, lounge, carol, 2)
	c.mic.speak(loud)
	a.untilHears(c)
	b.untilHears(c) // who may not speak may listen
	if a.is(func() bool { return a.hearing(bob) > 0 || a.speaking[bob] != 0 }) {
		t.Error("bob is heard")
	}
	if received := b.peer.Stats().Received.Packets; received == 0 {
		t.Error("bob did not even send")
	}
}

func TestWhoIsDeafenedGetsNothing(t *testing.T) {
	s := openSFU(t, nil)
	a, b, c := join(t, s, lounge, alice, 2), join(t, s, lounge, bob, 2), join(t, s, lounge, carol, 2)
	b.mic.speak(loud)
	a.untilHears(b)
	a.peer.SetState(State{Deaf: true})
	sent := a.peer.Stats().Sent.Packets
	c.untilHears(b)
	c.untilHears(b)
	if now := a.peer.Stats().Sent.Packets; now != sent {
		t.Errorf("%d packets went to alice, who hears nothing", now-sent)
	}
	a.mic.speak(loud)
	c.untilHears(a) // who hears nothing may speak, if not muted

	a.peer.SetState(State{})
	a.untilHears(b)
	checkContinuous(t, a, a.place(bob))
}

func TestSpeakingIsToldByLevels(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	b.mic.speak(loud)
	a.until(t, "bob speaks", func() bool { return a.speaking[bob] == SpeakingMicrophone })
	b.peer.Speak(0) // what bob says of it does not count, packets tell
	b.mic.speak(quiet)
	a.until(t, "bob is silent", func() bool { return a.speaking[bob] == 0 })
	b.mic.speak(loud)
	a.until(t, "bob speaks again", func() bool { return a.speaking[bob] == SpeakingMicrophone })
	b.mic.stop()
	a.until(t, "bob is silent because nothing comes", func() bool { return a.speaking[bob] == 0 })
	b.peer.Speak(SpeakingPriority)
	b.mic.speak(loud)
	a.until(t, "bob speaks with priority", func() bool { return a.speaking[bob] == SpeakingMicrophone|SpeakingPriority })
	b.peer.SetState(State{Mute: true})
	a.until(t, "a muted bob does not speak", func() bool { return a.speaking[bob] == 0 })
	if b.is(func() bool { _, told := b.speaking[bob]; return told }) {
		t.Error("bob was told of itself")
	}
}

func TestTheSoundOfAStreamIsToldAsSuchAndItsViewersSendNothing(t *testing.T) {
	s := openSFU(t, nil)
	a, b := enter(t, s, lounge, alice, State{Video: true, Soundshare: true}), enter(t, s, lounge, bob, State{Viewer: true})
	for _, c := range []*client{a, b} {
		c.dial(true, 1)
		c.negotiate()
		c.untilConnected()
		c.mic.speak(loud)
	}
	b.untilHears(a)
	b.until(t, "the screen is heard", func() bool { return b.speaking[alice] == SpeakingSoundshare })
	if a.is(func() bool { _, told := a.subscribed[bob]; return told || a.hearing(bob) > 0 }) {
		t.Error("a viewer is heard")
	}
}
