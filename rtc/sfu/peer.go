package sfu

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// Peer is a user in a room.
type Peer struct {
	sfu    *SFU
	room   *room
	userID id.ID
	events Events

	state atomic.Pointer[State]
	// listeners are who hears this peer; the room keeps them up to date.
	listeners atomic.Pointer[[]*listener]
	// stream counts what listeners have to take for different streams.
	stream    atomic.Uint64
	packetsIn atomic.Uint64

	// negotiating lets one offer be answered at a time.
	negotiating sync.Mutex

	mu         sync.Mutex
	left       bool
	connection *webrtc.PeerConnection
	identity   string
	published  bool
	connected  bool
	slots      []*slot
}

// listener is a peer that hears a publisher, and where.
type listener struct {
	peer *Peer
	slot *slot
}

// ErrLeft says that the peer is not in its room any more.
var ErrLeft = errors.New("the peer has left the room")

// ErrOffer says that an offer cannot be answered.
var ErrOffer = errors.New("this offer cannot be answered")

// Answer answers an offer: the first one, one with more places to receive on, one after the client's network changed, or one of a connection that the client made
// anew. reached is the address by which the client reached the hall, which it is offered too; it may be invalid.
func (p *Peer) Answer(offer string, reached netip.Addr) (string, error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	description, err := readOffer(offer)
	if err != nil {
		return "", err
	}
	connection, err := p.connectionFor(description)
	if err != nil {
		return "", err
	}
	if err := connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if err := p.addSlots(connection, description); err != nil {
		return "", err
	}
	p.room.relink()
	if err := p.nameSlots(); err != nil {
		return "", err
	}
	answer, err := connection.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	<-gathered // at once: the only socket is known
	return withCandidates(connection.LocalDescription().SDP, p.sfu.candidates(reached))
}

// connectionFor gives the connection that an offer belongs to. A client that begins anew has other keys, and gets another one.
func (p *Peer) connectionFor(offer *offerDescription) (*webrtc.PeerConnection, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left {
		return nil, ErrLeft
	}
	if p.connection != nil && p.identity == offer.identity {
		return p.connection, nil
	}
	if p.connection != nil {
		p.discard(p.connection)
	}
	connection, err := p.sfu.api.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle, RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire})
	if err != nil {
		return nil, err
	}
	p.connection, p.identity, p.slots, p.published, p.connected = connection, offer.identity, nil, false, false
	connection.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) { p.publish(connection, track, receiver) })
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { p.connectionChanged(connection, state) })
	return connection, nil
}

// discard closes a connection in the background. The lock is held, and closing calls back.
func (p *Peer) discard(connection *webrtc.PeerConnection) {
	p.sfu.work.Go(func() {
		if err := connection.GracefulClose(); err != nil {
			p.sfu.options.Log.Warn("a media connection did not close well", "user", p.userID, "error", err)
		}
	})
}

func (p *Peer) connectionChanged(connection *webrtc.PeerConnection, state webrtc.PeerConnectionState) {
	p.mu.Lock()
	current := p.connection == connection && !p.left
	if current {
		p.connected = state == webrtc.PeerConnectionStateConnected
	}
	p.mu.Unlock()
	if current && (state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed) {
		p.events.Lost()
	}
}

// addSlots makes a slot of every place in the offer where the client only receives.
func (p *Peer) addSlots(connection *webrtc.PeerConnection, offer *offerDescription) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, transceiver := range connection.GetTransceivers() {
		mid := transceiver.Mid()
		known := slices.ContainsFunc(p.slots, func(s *slot) bool { return s.mid == mid })
		if known || !offer.receiving[mid] || transceiver.Kind() != webrtc.RTPCodecTypeAudio {
			continue
		}
		if len(p.slots) >= maxSlots {
			return fmt.Errorf("%w: it has more than %d places to receive on", ErrOffer, maxSlots)
		}
		made := &slot{mid: mid}
		sender, err := p.sfu.api.NewRTPSender(&slotTrack{slot: made}, connection.SCTP().Transport())
		if err != nil {
			return err
		}
		if err := transceiver.SetSender(sender, &slotTrack{slot: made}); err != nil {
			return err
		}
		made.sender = sender
		p.slots = append(p.slots, made)
		p.sfu.work.Go(func() { drain(sender) })
	}
	return nil
}

// maxSlots bounds how many others one client can hear.
const maxSlots = 128

// drain reads a sender's RTCP, which makes pion process it, until the sender ends.
func drain(sender *webrtc.RTPSender) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := sender.Read(buffer); err != nil {
			return
		}
	}
}

// nameSlots makes the answer name whose audio each slot carries.
func (p *Peer) nameSlots() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		if track, ok := s.sender.Track().(*slotTrack); ok && track.userID != s.userID {
			if err := s.sender.ReplaceTrack(&slotTrack{slot: s, userID: s.userID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// subscribe gives a free slot to a publisher, if they have none yet. Without a free slot the client has to offer more; it knows who is in the room.
func (p *Peer) subscribe(userID id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.slots, func(s *slot) bool { return s.userID == userID }) {
		return
	}
	if at := slices.IndexFunc(p.slots, func(s *slot) bool { return s.userID == 0 }); at >= 0 {
		p.slots[at].userID = userID
	}
}

func (p *Peer) unsubscribe(userID id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		if s.userID == userID {
			s.userID = 0
		}
	}
}

func (p *Peer) slotOf(userID id.ID) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.IndexFunc(p.slots, func(s *slot) bool { return s.userID == userID }); at >= 0 {
		return p.slots[at]
	}
	return nil
}

// Streams gives the SSRC under which each user's audio comes to this peer.
func (p *Peer) Streams() map[id.ID]uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	streams := make(map[id.ID]uint32)
	for _, s := range p.slots {
		if s.userID != 0 {
			streams[s.userID] = s.ssrc()
		}
	}
	return streams
}

// Others gives who else is in the room.
func (p *Peer) Others() (others []id.ID) {
	for _, peer := range p.room.everybody() {
		if peer != p {
			others = append(others, peer.userID)
		}
	}
	return others
}

func (p *Peer) publishes() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.published
}

// SetState changes what passes, from the next packet on.
func (p *Peer) SetState(state State) {
	before := p.state.Swap(&state)
	if before.Mute && !state.Mute {
		p.stream.Add(1)
	}
}

// Leave takes the peer out of the room. Nothing passes when it returns.
func (p *Peer) Leave() {
	p.mu.Lock()
	if p.left {
		p.mu.Unlock()
		return
	}
	p.left = true
	connection := p.connection
	p.mu.Unlock()
	p.state.Store(&State{Mute: true, Deaf: true})
	p.room.remove(p)
	p.sfu.drop(p.room)
	if connection != nil {
		p.discard(connection)
	}
}

// publish forwards what the client sends until it ends.
func (p *Peer) publish(connection *webrtc.PeerConnection, track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	p.mu.Lock()
	current := p.connection == connection && !p.left && !p.published
	if current {
		p.published = true
		p.stream.Add(1)
	}
	p.mu.Unlock()
	if !current {
		return // one audio track is passed on, and only of the current connection
	}
	p.room.relink()
	p.forward(track, levelExtensionOf(receiver))
	p.mu.Lock()
	if p.connection == connection {
		p.published = false
	}
	p.mu.Unlock()
}

// levelExtensionOf gives the number that was agreed on for the audio level's header extension, zero when none was.
func levelExtensionOf(receiver *webrtc.RTPReceiver) uint8 {
	for _, extension := range receiver.GetParameters().HeaderExtensions {
		if extension.URI == levelExtension {
			return uint8(extension.ID)
		}
	}
	return 0
}

// forward passes packets on until the track ends.
func (p *Peer) forward(track *webrtc.TrackRemote, levelID uint8) {
	var voice speech
	defer func() {
		if voice.speaking {
			p.room.announce(p, false)
		}
	}()
	buffer := make([]byte, 1500)
	var packet rtp.Packet
	for {
		// Waking without a packet lets the end of speech be noticed when a client stops sending.
		if err := track.SetReadDeadline(time.Now().Add(speechHold)); err != nil {
			return
		}
		n, _, err := track.Read(buffer)
		now := time.Now()
		switch {
		case err == nil:
			if packet.Unmarshal(buffer[:n]) != nil {
				continue
			}
			p.packetsIn.Add(1)
			p.pass(&packet)
			voice.hear(levelOf(&packet, levelID), p.state.Load().Mute, now)
		case errors.Is(err, os.ErrDeadlineExceeded):
		case errors.Is(err, io.EOF):
			return
		default:
			return
		}
		if voice.changed(now) {
			p.room.announce(p, voice.speaking)
		}
	}
}

// pass sends a packet to everybody who may hear it.
func (p *Peer) pass(packet *rtp.Packet) {
	if p.state.Load().Mute {
		return
	}
	listeners := p.listeners.Load()
	if listeners == nil {
		return
	}
	// Different publishers' streams never have the same number.
	source := uint64(p.userID)<<16 ^ p.stream.Load()
	for _, one := range *listeners {
		if !one.peer.state.Load().Deaf {
			one.slot.send(source, packet)
		}
	}
}

func (p *Peer) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := Stats{RoomID: p.room.id, UserID: p.userID, Connected: p.connected, PacketsIn: p.packetsIn.Load()}
	for _, s := range p.slots {
		stats.PacketsOut += s.packets.Load()
	}
	if p.connection != nil && p.connected {
		if pair, err := p.connection.SCTP().Transport().ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
			stats.Remote = fmt.Sprintf("%s:%d", pair.Remote.Address, pair.Remote.Port)
		}
	}
	return stats
}
