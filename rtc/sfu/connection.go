package sfu

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// connection is one WebRTC connection of a peer.
type connection struct {
	peer     *Peer
	pion     *webrtc.PeerConnection
	identity string

	// sections are the media sections that were offered, by mid; senders are the mids of those that send, by kind. They belong to whoever negotiates.
	sections map[string]*slot
	senders  [kinds]string

	// slots, offers and state are guarded by the room's lock. offers tells what the client offers to send.
	slots  []*slot
	offers [kinds]bool
	state  ConnectionState
	// decodes are the codecs that the client takes, nil while it has no place for video; encodes those that it offers to send, its favourite first; rids are the names of the
	// layers in which it sends. The room's lock guards them.
	decodes, encodes []Codec
	rids             []string

	// sequenceExtension is the number of the header extension that numbers packets across all streams; zero is none.
	sequenceExtension atomic.Uint32
	arrivals          arrivals
	// buffers counts the streams that ever came.
	buffers atomic.Int32
	sending sending
	egress  egress
	// allocating lets one at a time choose layers.
	allocating sync.Mutex

	mu     sync.Mutex
	closed bool
	ended  chan struct{}
	// places and streams are what control packets are about, by SSRC.
	places  map[uint32]*slot
	streams map[uint32]*incoming
	readers sync.WaitGroup
}

// Answer answers an offer: the first one, one with more places to receive on, one that restarts ICE because the client's network changed, or one of
// a connection that the client made anew. Reached are addresses and ports by which this client can reach the media port, besides those that everybody is
// offered. An error that is ErrOffer is the client's fault; the connection is thrown away when it had got as far as being changed.
func (p *Peer) Answer(text string, reached ...netip.AddrPort) (string, error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	p.room.mu.Lock()
	current, _ := p.transport.(*connection)
	left := p.left
	p.room.mu.Unlock()
	if left {
		return "", ErrLeft
	}
	var senders [kinds]string
	if current != nil {
		senders = current.senders
	}
	offer, err := readOffer(text, senders)
	if err != nil {
		return "", err
	}
	c := current
	if c == nil || c.identity != offer.identity {
		if c, err = p.connect(offer.identity); err != nil {
			return "", err
		}
	}
	plan, err := c.plan(offer)
	if err == nil {
		var answer string
		if answer, err = c.negotiate(offer, plan); err == nil {
			c.allocate(time.Now())
			return finish(answer, p.sfu.candidates(reached))
		}
	} else if c == current {
		return "", err // The connection does not know of this offer.
	}
	p.disconnect(c)
	return "", err
}

// connect makes a new connection in place of the one that the peer has.
func (p *Peer) connect(identity string) (*connection, error) {
	c := &connection{peer: p, identity: identity, sections: make(map[string]*slot), ended: make(chan struct{}), places: make(map[uint32]*slot), streams: make(map[uint32]*incoming)}
	pion, err := p.sfu.engine.api(c.buffer, &c.egress.keys).NewPeerConnection(webrtc.Configuration{
		BundlePolicy: webrtc.BundlePolicyMaxBundle, RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire, Certificates: []webrtc.Certificate{p.sfu.certificate}})
	if err != nil {
		return nil, err
	}
	c.pion = pion
	pion.OnTrack(c.receive)
	pion.OnConnectionStateChange(c.changed)
	pion.SCTP().Transport().ICETransport().OnSelectedCandidatePairChange(c.egress.moved)
	p.room.mu.Lock()
	if p.left {
		p.room.mu.Unlock()
		c.close()
		return nil, ErrLeft
	}
	before := p.use(c)
	c.setState(ConnectionConnecting)
	p.room.mu.Unlock()
	if before != nil {
		p.sfu.work.Go(before.close)
	}
	return c, nil
}

// disconnect throws a connection away.
func (p *Peer) disconnect(c *connection) {
	p.room.mu.Lock()
	if p.transport == c {
		p.use(nil)
		for kind := range p.publications {
			p.room.unpublish(p, Kind(kind))
		}
		c.setState(ConnectionNone)
	}
	p.room.mu.Unlock()
	p.sfu.work.Go(c.close)
}

// close ends a connection and waits for everything that it started.
func (c *connection) close() {
	c.mu.Lock()
	c.closed = true
	close(c.ended)
	c.mu.Unlock()
	if err := c.pion.GracefulClose(); err != nil {
		c.peer.sfu.options.Log.Debug("a media connection did not close well", "user", c.peer.userID, "error", err)
	}
	c.readers.Wait()
}

// read runs what reads from the connection until that ends. It does nothing once the connection is being closed.
func (c *connection) read(reader func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.readers.Go(reader)
	}
}

// changed follows the state of the connection.
func (c *connection) changed(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		c.egress.open(c.peer.sfu.queues != nil)
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		c.egress.close()
	}
	c.peer.room.mu.Lock()
	defer c.peer.room.mu.Unlock()
	switch state {
	case webrtc.PeerConnectionStateConnecting:
		c.setState(ConnectionConnecting)
	case webrtc.PeerConnectionStateConnected:
		c.setState(ConnectionConnected)
	case webrtc.PeerConnectionStateDisconnected:
		c.setState(ConnectionInterrupted)
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		c.setState(ConnectionLost)
	}
}

// setState tells the peer's events how its connection fares. The room's lock is held.
func (c *connection) setState(state ConnectionState) {
	if c.state == state || c.peer.left || c.peer.transport != c && state != ConnectionNone {
		return
	}
	c.state = state
	c.peer.events.Connection(state)
}
