package sfu

import (
	"errors"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

func TestAConnectionThatDoesNotStandSendsNothing(t *testing.T) {
	c := &connection{}
	s := &slot{connection: c}
	write := func() error { return s.write(&rtp.Header{Version: 2}, []byte("x")) }
	if err := write(); !errors.Is(err, errNoWay) {
		t.Errorf("before the handshake: %v", err)
	}
	c.egress.way.Store(wayOwn)
	s.publication.Store(&publication{})
	if err := write(); !errors.Is(err, errNoWay) {
		t.Errorf("before ICE has chosen: %v", err)
	}
	c.egress.moved(&webrtc.ICECandidatePair{Remote: &webrtc.ICECandidate{Address: "::ffff:192.0.2.1", Port: 5}})
	if to := c.egress.to.Load(); to == nil || to.String() != "192.0.2.1:5" {
		t.Errorf("the client is at %v", to)
	}
	c.egress.close()
	if err := write(); !errors.Is(err, errNoWay) {
		t.Errorf("after the connection was lost: %v", err)
	}
}

func TestTheWayOutIsDecidedOnce(t *testing.T) {
	var e egress
	e.open(true) // Nothing is known of its keys.
	if way := e.way.Load(); way != wayPion {
		t.Errorf("media goes by way %d", way)
	}
	e.keys.profile, e.keys.material = 7, make([]byte, 56)
	e.open(true)
	if way := e.way.Load(); way != wayPion {
		t.Errorf("media goes by way %d afterwards", way)
	}
}
