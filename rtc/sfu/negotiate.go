package sfu

import (
	"slices"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// plan is what an offer changes.
type plan struct {
	// added are the sections that are new, in their order.
	added []section
	// dropped are the slots whose sections the client has given up.
	dropped []*slot
	// senders are the sections that send, or sent before, and sends tells which do.
	senders [kinds]string
	sends   [kinds]bool
	// decodes and encodes are the codecs of video that the client receives and sends.
	decodes, encodes []Codec
	// rids are the names of the simulcast layers that the client sends.
	rids []string
}

// what the sections that send are called.
var senderNames = [kinds]string{Audio: "microphone", Video: "camera"}

// plan checks an offer against what was negotiated before.
func (c *connection) plan(offer *offer) (plan, error) {
	made := plan{senders: c.senders}
	for _, one := range offer.sections {
		if one.stopped && one.mid == made.senders[one.kind] {
			made.senders[one.kind] = ""
		}
	}
	var slots [kinds]int
	for _, one := range offer.sections {
		slot, known := c.sections[one.mid]
		sender := &made.senders[one.kind]
		switch {
		case one.foreign && slot == nil:
			// Nothing of it can be answered; pion refuses the section.
			if !known {
				made.added = append(made.added, one)
			}
			continue
		case known && slot != nil && one.direction == directionNone:
			made.dropped = append(made.dropped, slot)
			continue
		case known && slot != nil && one.direction == directionSend:
			return plan{}, refuse("section %q is for receiving", one.mid)
		case known && slot == nil && one.mid != *sender && one.direction != directionNone:
			return plan{}, refuse("section %q was given up and cannot be used again; add another", one.mid)
		case one.direction == directionSend && *sender == "":
			*sender = one.mid
		case one.direction == directionSend && one.mid != *sender:
			return plan{}, refuse("one %s can be sent, and section %q is a second one", senderNames[one.kind], one.mid)
		}
		if one.mid == *sender {
			made.sends[one.kind] = one.direction == directionSend
			if one.kind == Video {
				made.encodes, made.rids = one.codecs, one.rids
				if len(made.rids) == 0 && one.mid == c.senders[Video] {
					made.rids = c.rids // Not every client says again what was agreed on.
				}
			}
		} else if one.direction == directionReceive {
			slots[one.kind]++
			if one.kind == Video && made.decodes == nil {
				made.decodes = one.codecs
			}
		}
		if !known {
			made.added = append(made.added, one)
		}
	}
	for kind, count := range slots {
		if count > MaxSlots {
			return plan{}, refuse("it has %d places to receive %s on, more than %d", count, Kind(kind), MaxSlots)
		}
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
		slot.settle()
	}
	c.senders = plan.senders
	if err := c.settle(plan, added); err != nil {
		return "", err
	}
	if err := c.prefer(); err != nil {
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
	return c.pion.LocalDescription().SDP, nil
}

// prepare makes a transceiver for each section that the client added. Pion takes them for the offer's sections in this order.
func (c *connection) prepare(plan plan) (added []*slot, err error) {
	for _, one := range plan.added {
		c.sections[one.mid] = nil
		switch {
		case one.foreign:
		case one.mid == plan.senders[one.kind]:
			_, err = c.pion.AddTransceiverFromKind(one.kind.rtp(), webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		case one.direction == directionReceive:
			made := &slot{connection: c, kind: one.kind, mid: one.mid}
			if one.kind == Video {
				made.view = newView(made)
			}
			made.transceiver, err = c.pion.AddTransceiverFromTrack(made, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
			if err == nil {
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

// settle notes what is known of a slot once the client's offer is.
func (s *slot) settle() {
	encoding := s.transceiver.Sender().GetParameters().Encodings[0]
	s.ssrc = uint32(encoding.SSRC)
	c := s.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places[s.ssrc] = s
	if s.view != nil {
		s.view.rtx = uint32(encoding.RTX.SSRC)
		if s.view.rtx != 0 {
			c.places[s.view.rtx] = s
		}
	}
}

// prefer has the camera's section agree to one codec: that of the room, where the client has it.
func (c *connection) prefer() error {
	camera := c.senders[Video]
	if camera == "" {
		return nil
	}
	for _, transceiver := range c.pion.GetTransceivers() {
		if transceiver.Mid() != camera || transceiver.Receiver() == nil {
			continue
		}
		if err := transceiver.SetCodecPreferences(nil); err != nil { // All again: those of the last answer are not the ones to choose from.
			return err
		}
		parameters := transceiver.Receiver().GetParameters()
		for _, extension := range parameters.HeaderExtensions {
			if extension.URI == sdp.TransportCCURI {
				c.sequenceExtension.Store(uint32(extension.ID))
			}
		}
		for _, codec := range append([]Codec{c.peer.Codec()}, c.encodes...) {
			if chosen := only(codec, parameters.Codecs); len(chosen) > 0 {
				return transceiver.SetCodecPreferences(chosen)
			}
		}
		return refuse("section %q has no codec that can be passed on", camera)
	}
	return nil
}

// settle brings the room in line with an offer: who receives what of whom.
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
	c.offers, c.decodes, c.encodes, c.rids = plan.sends, plan.decodes, plan.encodes, plan.rids
	room.chooseCodec()
	room.fill(c.peer)
	room.settle(c.peer)
	if video := c.peer.publications[Video]; video != nil {
		c.peer.describe(video)
	}
	return nil
}

// place implements transport: it gives a slot that is nobody's.
func (c *connection) place(of *publication) sink {
	for _, slot := range c.slots {
		if slot.kind == of.kind && slot.publication.Load() == nil {
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
