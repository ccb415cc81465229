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
	// Subscribed tells what somebody publishes, and under which SSRCs it comes from now on on this peer's connection. Where something is published
	// under zero, this peer has no free place to receive it on, and should offer more.
	Subscribed(userID id.ID, subscription Subscription)
	// Speaking tells that somebody began or ceased to speak. The SSRC is that of their audio.
	Speaking(userID id.ID, ssrc uint32, flags SpeakingFlags)
	// Codec tells which video codec the room has agreed on from now on: who sends with another offers anew.
	Codec(codec Codec)
	// Wanted tells how well this peer's own video is wanted.
	Wanted(wanted Wanted)
	// Connection tells how this peer's own media connection fares.
	Connection(state ConnectionState)
}

// State is what of a peer's media passes.
type State struct {
	// Mute: nothing of their sound is passed on. Deaf: they get no sound. Video: their video is passed on.
	Mute, Deaf, Video bool
	// Soundshare: their sound is that of a screen, and told as such.
	Soundshare bool
	// Viewer: they publish nothing, whatever they offer, as those who watch a stream.
	Viewer bool
}

const (
	muteBit uint32 = 1 << iota
	deafBit
	videoBit
	soundshareBit
	viewerBit
)

func (s State) bits() (bits uint32) {
	for bit, set := range map[uint32]bool{muteBit: s.Mute, deafBit: s.Deaf, videoBit: s.Video, soundshareBit: s.Soundshare, viewerBit: s.Viewer} {
		if set {
			bits |= bit
		}
	}
	return bits
}

func stateOf(bits uint32) State {
	return State{Mute: bits&muteBit != 0, Deaf: bits&deafBit != 0, Video: bits&videoBit != 0, Soundshare: bits&soundshareBit != 0, Viewer: bits&viewerBit != 0}
}

// Peer is a person in a room. Its methods may be called from anywhere, but not from Events.
type Peer struct {
	sfu    *SFU
	room   *room
	userID id.ID
	// state is read for each packet.
	state atomic.Uint32

	// publishing are the publications for those who hold no lock.
	publishing [kinds]atomic.Pointer[publication]

	// negotiating lets one offer be answered at a time.
	negotiating sync.Mutex

	// What follows is guarded by the room's lock.
	events       Events
	left         bool
	transport    transport
	publications [kinds]*publication
	// wants is how well the peer wants to see others. hidden tells that its client says that it sends no video, declaredLayers what it says of those that it sends.
	wants          Wants
	hidden         bool
	declaredLayers []Layer
	// receives are the places where the peer gets what others publish.
	receives map[*publication]sink
	// declared is what the client said of its speaking, told what the others were told last.
	declared, told SpeakingFlags
}

// ErrLeft says that the peer is not in its room any more.
var ErrLeft = errors.New("the peer has left the room")

// UserID is whose peer this is.
func (p *Peer) UserID() id.ID { return p.userID }

// State is what passes now.
func (p *Peer) State() State {
	return stateOf(p.state.Load())
}

// Connection tells how the peer's media connection fares.
func (p *Peer) Connection() ConnectionState {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.transport == nil {
		return ConnectionNone
	}
	return p.transport.condition()
}

// SetState changes what passes, from the next packet on.
func (p *Peer) SetState(state State) {
	p.state.Store(state.bits())
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if audio := p.publications[Audio]; audio != nil && state.Mute {
		audio.hush()
	}
	p.announce()
	p.room.settle(p)
}

// Attach has the peer's events told to somebody else from now on, who is told at once how things are.
func (p *Peer) Attach(events Events) error {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.left {
		return ErrLeft
	}
	p.events = events
	p.forgetWanted()
	p.room.introduce(p)
	return nil
}

// Speak notes what the client itself says of its speaking. Its microphone is believed only when its packets do not tell their level.
func (p *Peer) Speak(flags SpeakingFlags) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.declared = flags & (SpeakingMicrophone | SpeakingSoundshare | SpeakingPriority)
	if line, ok := p.transport.(*Line); ok && p.declared != 0 {
		line.publish() // Who says that they speak is about to.
	}
	p.announce()
}

// Leave takes the peer out of the room. Nothing of its media passes any more when it returns.
func (p *Peer) Leave() {
	if !p.sfu.leave(p) {
		return
	}
	p.room.mu.Lock()
	before := p.use(nil)
	p.room.mu.Unlock()
	if before != nil {
		p.sfu.work.Go(before.close)
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
		other.events.Speaking(p.userID, other.ssrcOf(p, Audio), flags)
	}
}

// speakingFlags tells how the peer speaks: by its packets' levels where they tell them, otherwise by what it says. The room's lock is held.
func (p *Peer) speakingFlags() SpeakingFlags {
	audio := p.publications[Audio]
	if p.left || audio == nil || p.State().Mute {
		return 0
	}
	heard, levels := audio.speaking()
	switch {
	case heard && p.State().Soundshare:
		return p.declared&^SpeakingMicrophone | SpeakingSoundshare
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
	if p.publications[Audio] != of {
		return
	}
	if heard, levels := of.speaking(); !heard && !levels {
		p.declared = 0 // It said that it speaks, but nothing comes any more.
	}
	p.announce()
	p.room.rank(p.sfu.options.Loudest)
}

// tick looks after the peer: whether it still speaks, and reports when it is time.
func (p *Peer) tick(now time.Time, report bool) {
	p.room.mu.Lock()
	audio, video, transport := p.publications[Audio], p.publications[Video], p.transport
	if video != nil {
		p.room.review(video, now)
	}
	p.room.mu.Unlock()
	if video != nil {
		video.tick(now)
	}
	if audio != nil && audio.expire(now) {
		p.speechChanged(audio)
	}
	if transport != nil {
		transport.tick(now, report)
	}
}

// place gives a free place for a publication, or nil. The room's lock is held.
func (p *Peer) place(of *publication) sink {
	if p.transport == nil {
		return nil
	}
	return p.transport.place(of)
}

// dropSinks takes all places of the peer away from what they were given to. The room's lock is held.
func (p *Peer) dropSinks() {
	for publication, place := range p.receives {
		p.drop(publication, place)
	}
}

// drop takes a place away from what it was given to. The room's lock is held.
func (p *Peer) drop(publication *publication, place sink) {
	place.give(nil)
	delete(p.receives, publication)
	publication.sinks = slices.DeleteFunc(publication.sinks, func(s sink) bool { return s == place })
	publication.relist()
}
