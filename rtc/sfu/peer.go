package sfu

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/store/id"
)

// SpeakingFlags say how somebody speaks, in the bits of the voice gateway's SPEAKING.
type SpeakingFlags uint8

// The flags; none of them is silence.
const (
	SpeakingMicrophone SpeakingFlags = 1 << iota
	SpeakingSoundshare
	SpeakingPriority
)

// ConnectionState is how a peer's media connection fares.
type ConnectionState int

// The states of a media connection.
const (
	// ConnectionNone is before the first offer, and after a connection was thrown away.
	ConnectionNone ConnectionState = iota
	ConnectionConnecting
	ConnectionConnected
	// ConnectionInterrupted has heard nothing from the client for DisconnectedAfter; it may come back by itself or by an ICE restart.
	ConnectionInterrupted
	// ConnectionLost does not come back by itself. The client may offer to restart ICE, or to begin anew.
	ConnectionLost
)

// Events is what a peer is told. The methods are called one at a time, under the room's lock: in the order in which things happened. They must return at
// once and must not call the SFU or its peers.
type Events interface {
	// Joined tells who has come into the room, or is there already; Left, who has gone. What else is told of somebody comes between the two.
	Joined(userIDs ...id.ID)
	Left(userID id.ID)
	// Subscribed tells under which SSRC somebody's sound comes from now on on this peer's connection. Zero: they send, but this peer has no free
	// place to receive on, and should offer more.
	Subscribed(userID id.ID, ssrc uint32)
	// Speaking tells that somebody began or ceased to speak. The SSRC is that of Subscribed.
	Speaking(userID id.ID, ssrc uint32, flags SpeakingFlags)
	// Connection tells how this peer's own media connection fares.
	Connection(state ConnectionState)
}

// State is what of a peer's media passes.
type State struct {
	// Mute: nothing of theirs is passed on. Deaf: they get nothing.
	Mute, Deaf bool
}

const (
	muteBit uint32 = 1 << iota
	deafBit
)

func (s State) bits() (bits uint32) {
	if s.Mute {
		bits |= muteBit
	}
	if s.Deaf {
		bits |= deafBit
	}
	return bits
}

// Peer is a person in a room. Its methods may be called from anywhere, but not from Events.
type Peer struct {
	sfu    *SFU
	room   *room
	userID id.ID
	// state is read for each packet.
	state atomic.Uint32

	// negotiating lets one offer be answered at a time.
	negotiating sync.Mutex

	// What follows is guarded by the room's lock.
	events      Events
	left        bool
	connection  *connection
	publication *publication
	// declared is what the client said of its speaking, told what the others were told last.
	declared, told SpeakingFlags
}

// ErrLeft says that the peer is not in its room any more.
var ErrLeft = errors.New("the peer has left the room")

// UserID is whose peer this is.
func (p *Peer) UserID() id.ID { return p.userID }

// State is what passes now.
func (p *Peer) State() State {
	bits := p.state.Load()
	return State{Mute: bits&muteBit != 0, Deaf: bits&deafBit != 0}
}

// Connection tells how the peer's media connection fares.
func (p *Peer) Connection() ConnectionState {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.connection == nil {
		return ConnectionNone
	}
	return p.connection.state
}

// SetState changes what passes, from the next packet on.
func (p *Peer) SetState(state State) {
	p.state.Store(state.bits())
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.publication != nil && state.Mute {
		p.publication.hush()
	}
	p.announce()
}

// Attach has the peer's events told to somebody else from now on, who is told at once how things are.
func (p *Peer) Attach(events Events) error {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.left {
		return ErrLeft
	}
	p.events = events
	p.room.introduce(p)
	return nil
}

// Speak notes what the client itself says of its speaking. Its microphone is believed only when its packets do not tell their level.
func (p *Peer) Speak(flags SpeakingFlags) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.declared = flags & (SpeakingMicrophone | SpeakingSoundshare | SpeakingPriority)
	p.announce()
}

// Leave takes the peer out of the room. Nothing of its media passes any more when it returns.
func (p *Peer) Leave() {
	if !p.sfu.leave(p) {
		return
	}
	p.room.mu.Lock()
	connection := p.connection
	p.connection = nil
	p.room.mu.Unlock()
	if connection != nil {
		p.sfu.work.Go(connection.close)
	}
}

// announce tells the room whether the peer speaks, if that has changed. The room's lock is held.
func (p *Peer) announce() {
	flags := p.speakingFlags()
	if flags == p.told {
		return
	}
	p.told = flags
	for _, other := range p.room.othersOf(p) {
		other.events.Speaking(p.userID, other.ssrcOf(p), flags)
	}
}

// speakingFlags tells how the peer speaks: by its packets' levels where they tell them, otherwise by what it says. The room's lock is held.
func (p *Peer) speakingFlags() SpeakingFlags {
	if p.left || p.publication == nil || p.State().Mute {
		return 0
	}
	heard, levels := p.publication.speaking()
	switch {
	case heard:
		return p.declared | SpeakingMicrophone
	case levels:
		return 0
	default:
		return p.declared
	}
}

// speechChanged tells the room that somebody's packets became loud or quiet.
func (p *Peer) speechChanged(of *publication) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.publication != of {
		return
	}
	if heard, levels := of.speaking(); !heard && !levels {
		p.declared = 0 // It said that it speaks, but nothing comes any more.
	}
	p.announce()
}

// tick looks after the peer: whether it still speaks, and reports when it is time.
func (p *Peer) tick(now time.Time, report bool) {
	p.room.mu.Lock()
	publication, connection := p.publication, p.connection
	p.room.mu.Unlock()
	if publication != nil && publication.expire(now) {
		p.speechChanged(publication)
	}
	if report && connection != nil {
		connection.report(publication, now)
	}
}

// ssrcOf is the SSRC under which the peer hears another, zero when it does not. The room's lock is held.
func (p *Peer) ssrcOf(other *Peer) uint32 {
	if p.connection == nil || other.publication == nil {
		return 0
	}
	for _, slot := range p.connection.slots {
		if slot.publication.Load() == other.publication {
			return slot.ssrc
		}
	}
	return 0
}

// freeSlot gives a slot that is nobody's, or nil. The room's lock is held.
func (p *Peer) freeSlot() *slot {
	if p.connection == nil {
		return nil
	}
	for _, slot := range p.connection.slots {
		if slot.publication.Load() == nil {
			return slot
		}
	}
	return nil
}

// dropSlots takes all slots of the peer's connection away from whom they were given to. The room's lock is held.
func (p *Peer) dropSlots() {
	if p.connection != nil {
		p.connection.drop(p.connection.slots)
	}
}

// drop takes slots away for good. The room's lock is held.
func (c *connection) drop(slots []*slot) {
	for _, gone := range slices.Clone(slots) {
		publication := gone.publication.Load()
		gone.give(nil)
		c.slots = slices.DeleteFunc(c.slots, func(s *slot) bool { return s == gone })
		if publication != nil {
			publication.slots = slices.DeleteFunc(publication.slots, func(s *slot) bool { return s == gone })
			publication.relist()
		}
	}
}
