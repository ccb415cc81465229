package sfu

import (
	"slices"
	"testing"
	"time"

	"guildhall/store/id"
)

func TestTheLoudestArePassedOn(t *testing.T) {
	s := openSFU(t, func(options *Options) { options.Loudest = 2 })
	listener := join(t, s, lounge, alice, 3)
	b, c, d := join(t, s, lounge, bob, 0), join(t, s, lounge, carol, 0), join(t, s, lounge, dave, 0)
	b.mic.speak(10)
	c.mic.speak(12)
	listener.untilHears(b)
	listener.untilHears(c)
	d.mic.speak(40)
	listener.until(t, "dave speaks", func() bool { return listener.speaking[dave] == SpeakingMicrophone })
	listener.untilHears(b)
	listener.untilHears(c)
	if count := listener.count(dave); count != 0 {
		t.Errorf("%d packets of the third were passed on", count)
	}
	b.mic.speak(quiet)
	listener.untilHears(d)
	listener.untilHears(c)
	b.mic.speak(10) // now dave is the third again
	listener.untilHears(b)
	before := listener.count(dave)
	listener.untilHears(b)
	listener.untilHears(c)
	if now := listener.count(dave); now > before+5 {
		t.Errorf("%d packets of the third were passed on", now-before)
	}
	checkEachInOrder(t, listener)
}

// checkEachInOrder fails the test when something came out of order or with a hole, whoever it was of.
func checkEachInOrder(t *testing.T, c *client) {
	t.Helper()
	for ssrc := range c.heard {
		checkContinuous(t, c, ssrc)
	}
}

func TestAFewAreAllPassedOnHoweverSoft(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 2), join(t, s, lounge, bob, 2)
	b.mic.speak(quiet)
	a.untilHears(b)
}

func TestVoicesAreWeighed(t *testing.T) {
	r := newRoom(lounge)
	add := func(userID id.ID, level uint8, speaking bool) *publication {
		peer := &Peer{room: r, userID: userID}
		p := &publication{peer: peer}
		for range 100 {
			p.speech.hear(level, time.Unix(0, 0))
		}
		p.speech.speaking = speaking
		peer.publications[Audio] = p
		r.peers[userID] = peer
		return p
	}
	loudest, soft, silent := add(alice, 20, true), add(bob, 27, true), add(carol, 10, false)
	expect := func(what string, most int, want ...*publication) {
		t.Helper()
		r.rank(most)
		for _, p := range []*publication{loudest, soft, silent} {
			if p.faint == slices.Contains(want, p) {
				t.Errorf("%s: user %s is faint: %t", what, p.peer.userID, p.faint)
			}
		}
	}
	expect("there is room for all", 3, loudest, soft, silent)
	expect("who is silent comes last", 2, loudest, soft)
	expect("the loudest comes first", 1, loudest)
	loudest.speech.speaking = false
	expect("who has ceased gives way", 1, soft)
	loudest.speech.speaking = true
	expect("a little louder is not enough", 1, soft)
	loudest.peer.declared = SpeakingPriority
	expect("a priority speaker comes first", 1, loudest)
	loudest.peer.state.Store(muteBit)
	expect("whoever is muted does not count", 1, soft)
}
