package sfu

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// connection is one WebRTC connection of a peer.
type connection struct {
	peer     *Peer
	pion     *webrtc.PeerConnection
	identity string

	// sections are the media sections that were offered, by mid; microphone is the one that sends. Both belong to whoever negotiates.
	sections   map[string]*slot
	microphone string

	// slots and state are guarded by the room's lock.
	slots []*slot
	state ConnectionState

	mu      sync.Mutex
	closed  bool
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
	microphone := ""
	if current != nil {
		microphone = current.microphone
	}
	offer, err := readOffer(text, microphone)
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
	pion, err := p.sfu.api.NewPeerConnection(webrtc.Configuration{
		BundlePolicy: webrtc.BundlePolicyMaxBundle, RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire, Certificates: []webrtc.Certificate{p.sfu.certificate}})
	if err != nil {
		return nil, err
	}
	c := &connection{peer: p, pion: pion, identity: identity, sections: make(map[string]*slot)}
	pion.OnTrack(c.receive)
	pion.OnConnectionStateChange(c.changed)
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

// plan is what an offer changes.
type plan struct {
	// added are the sections that are new, in their order.
	added []section
	// dropped are the slots whose sections the client has given up.
	dropped    []*slot
	microphone string
	sends      bool
}

// plan checks an offer against what was negotiated before.
func (c *connection) plan(offer *offer) (plan, error) {
	made := plan{microphone: c.microphone}
	if slices.ContainsFunc(offer.sections, func(s section) bool { return s.mid == c.microphone && s.stopped }) {
		made.microphone = ""
	}
	slots := 0
	for _, one := range offer.sections {
		slot, known := c.sections[one.mid]
		switch {
		case !one.audio:
			// Nothing of it can be answered; pion refuses the section.
		case known && slot != nil && one.direction == directionNone:
			made.dropped = append(made.dropped, slot)
			continue
		case known && slot != nil && one.direction == directionSend:
			return plan{}, refuse("section %q is for receiving", one.mid)
		case known && slot == nil && one.mid != made.microphone && one.direction != directionNone:
			return plan{}, refuse("section %q was given up and cannot be used again; add another", one.mid)
		case one.direction == directionSend && made.microphone == "":
			made.microphone = one.mid
		case one.direction == directionSend && one.mid != made.microphone:
			return plan{}, refuse("one microphone can be sent, and section %q is a second one", one.mid)
		}
		if one.mid == made.microphone {
			made.sends = one.direction == directionSend
		} else if one.audio && one.direction == directionReceive {
			slots++
		}
		if !known {
			made.added = append(made.added, one)
		}
	}
	if slots > MaxSlots {
		return plan{}, refuse("it has %d places to receive on, more than %d", slots, MaxSlots)
	}
	return made, nil
}

// negotiate carries an offer out and gives the answer.
func (c *connection) negotiate(offer *offer, plan plan) (string, error) {
	added, err := c.prepare(plan)
	if err != nil {
		return "", err
	}
	if err := c.pion.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.text}); err != nil {
		return "", refuse("%v", err)
	}
	for _, slot := range added {
		if slot.transceiver.Mid() != slot.mid {
			return "", refuse("section %q could not be matched", slot.mid)
		}
	}
	c.microphone = plan.microphone
	if err := c.settle(plan, added); err != nil {
		return "", err
	}
	answer, err := c.pion.CreateAnswer(nil)
	if err != nil {
		return "", refuse("%v", err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pion)
	if err := c.pion.SetLocalDescription(answer); err != nil {
		return "", refuse("%v", err)
	}
	<-gathered // At once: the only socket is known.
	for _, slot := range added {
		c.read(slot.listen)
	}
	return c.pion.LocalDescription().SDP, nil
}

// prepare makes a transceiver for each section that the client added. Pion takes them for the offer's sections in this order.
func (c *connection) prepare(plan plan) (added []*slot, err error) {
	for _, one := range plan.added {
		c.sections[one.mid] = nil
		switch {
		case !one.audio:
		case one.mid == plan.microphone:
			_, err = c.pion.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		case one.direction == directionReceive:
			made := &slot{connection: c, mid: one.mid}
			made.transceiver, err = c.pion.AddTransceiverFromTrack(made, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
			if err == nil {
				made.ssrc = uint32(made.transceiver.Sender().GetParameters().Encodings[0].SSRC)
				c.sections[one.mid] = made
				added = append(added, made)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return added, nil
}

// settle brings the room in line with an offer: who hears whom.
func (c *connection) settle(plan plan, added []*slot) error {
	room := c.peer.room
	room.mu.Lock()
	defer room.mu.Unlock()
	if c.peer.left {
		return ErrLeft
	}
	for _, gone := range plan.dropped {
		c.sections[gone.mid] = nil
		if publication := gone.publication.Load(); publication != nil {
			c.peer.drop(publication, gone)
		}
		c.slots = slices.DeleteFunc(c.slots, func(s *slot) bool { return s == gone })
	}
	c.slots = append(c.slots, added...)
	room.fill(c.peer)
	if plan.sends {
		room.publish(c.peer, Audio)
	} else {
		room.unpublish(c.peer, Audio)
	}
	return nil
}

// place implements transport: it gives a slot that is nobody's.
func (c *connection) place(of *publication) sink {
	if of.kind != Audio {
		return nil
	}
	for _, slot := range c.slots {
		if slot.publication.Load() == nil {
			return slot
		}
	}
	return nil
}

func (c *connection) sinks() []sink {
	sinks := make([]sink, len(c.slots))
	for i, slot := range c.slots {
		sinks[i] = slot
	}
	return sinks
}

func (c *connection) condition() ConnectionState { return c.state }

func (c *connection) feedback(packets []rtcp.Packet) error { return c.pion.WriteRTCP(packets) }

func (c *connection) tick(now time.Time, report bool) {
	if report {
		c.report(now)
	}
}

// receive is called by pion for each track that the client begins to send.
func (c *connection) receive(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	if track.Kind() != webrtc.RTPCodecTypeAudio {
		return
	}
	c.peer.room.mu.Lock()
	publication := c.peer.publications[Audio]
	current := c.peer.transport == c
	c.peer.room.mu.Unlock()
	if publication == nil || !current {
		return
	}
	levelID := levelExtensionOf(receiver)
	stream := publication.attach(c, uint32(track.SSRC()), levelID != 0)
	c.read(func() { c.forward(stream, track, levelID) })
	c.read(func() { c.listen(stream, receiver) })
}

// levelExtensionOf gives the number that was agreed on for the audio level's header extension, zero when none was.
func levelExtensionOf(receiver *webrtc.RTPReceiver) uint8 {
	extensions := receiver.GetParameters().HeaderExtensions
	at := slices.IndexFunc(extensions, func(e webrtc.RTPHeaderExtensionParameter) bool { return e.URI == levelExtension })
	if at < 0 {
		return 0
	}
	return uint8(extensions[at].ID)
}

// forward passes packets on until the track ends.
func (c *connection) forward(stream *incoming, track *webrtc.TrackRemote, levelID uint8) {
	buffer := make([]byte, receiveSize)
	var packet rtp.Packet
	for {
		n, _, err := track.Read(buffer)
		if err != nil {
			return
		}
		if packet.Unmarshal(buffer[:n]) != nil {
			continue
		}
		stream.take(&packet, levelOf(&packet, levelID), n, time.Now())
	}
}

// levelOf reads a packet's audio level. Without the extension every packet counts as loud: who does not tell levels sends only speech.
func levelOf(packet *rtp.Packet, levelID uint8) uint8 {
	if levelID == 0 {
		return levelUnknown
	}
	if level := packet.GetExtension(levelID); len(level) > 0 {
		return level[0] & 0x7F
	}
	return levelSilence
}

// listen reads the client's reports about the track that it sends, until the track ends.
func (c *connection) listen(stream *incoming, receiver *webrtc.RTPReceiver) {
	buffer := make([]byte, receiveSize)
	for {
		n, _, err := receiver.Read(buffer)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(buffer[:n])
		if err != nil {
			continue
		}
		for _, packet := range packets {
			if report, ok := packet.(*rtcp.SenderReport); ok {
				stream.noteSenderReport(report, time.Now())
			}
		}
	}
}
