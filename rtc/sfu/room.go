package sfu

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sync"

	"guildhall/store/id"
)

// ErrAlreadyHere says that a user is in the room already.
var ErrAlreadyHere = errors.New("this user is in the room already")

// room is where everybody hears everybody else.
type room struct {
	id id.ID
	// codec is the video codec that is agreed on. The lock guards it.
	codec Codec

	// mu guards who is in the room, and what of the peers is marked so.
	mu    sync.Mutex
	peers map[id.ID]*Peer
	// voices is where they are weighed. The lock guards it.
	voices []voice
}

func newRoom(roomID id.ID) *room { return &room{id: roomID, codec: VP8, peers: make(map[id.ID]*Peer)} }

// enter takes a peer in and tells everybody.
func (r *room) enter(peer *Peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[peer.userID] != nil {
		return ErrAlreadyHere
	}
	for _, other := range r.peers {
		other.events.Joined(peer.userID)
	}
	r.peers[peer.userID] = peer
	r.introduce(peer)
	return nil
}

// introduce tells a peer of everybody else. The lock is held.
func (r *room) introduce(peer *Peer) {
	others := r.othersOf(peer)
	if len(others) == 0 {
		return
	}
	userIDs := make([]id.ID, len(others))
	for i, other := range others {
		userIDs[i] = other.userID
	}
	peer.events.Joined(userIDs...)
	for _, other := range others {
		if len(other.published()) > 0 {
			peer.tellOf(other)
		}
		if other.told != 0 {
			peer.events.Speaking(other.userID, peer.ssrcOf(other, Audio), other.told)
		}
	}
}

// exit takes a peer out and tells everybody. It tells whether the peer was in, and whether nobody is left.
func (r *room) exit(peer *Peer) (was, empty bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[peer.userID] != peer {
		return false, len(r.peers) == 0
	}
	peer.left = true
	for kind := range peer.publications {
		r.unpublish(peer, Kind(kind))
	}
	peer.dropSinks()
	delete(r.peers, peer.userID)
	for _, other := range r.peers {
		other.events.Left(peer.userID)
	}
	r.chooseCodec()
	return true, len(r.peers) == 0
}

// tick has the loudest passed on, and gives everybody.
func (r *room) tick(loudest int) []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rank(loudest)
	return r.othersOf(nil)
}

// everybody gives the peers in ascending order of user id.
func (r *room) everybody() []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.othersOf(nil)
}

// othersOf gives everybody but one in ascending order of user id. The lock is held.
func (r *room) othersOf(peer *Peer) []*Peer {
	others := make([]*Peer, 0, len(r.peers))
	for _, other := range r.peers {
		if other != peer {
			others = append(others, other)
		}
	}
	slices.SortFunc(others, func(a, b *Peer) int { return cmp.Compare(a.userID, b.userID) })
	return others
}

// publish makes a track that a peer sends received by everybody else. It gives the publication, which is the one of before if there was one; nil when the
// peer has left, or only views. The lock is held.
func (r *room) publish(peer *Peer, kind Kind) *publication {
	if peer.publications[kind] != nil || peer.left || peer.State().Viewer {
		return peer.publications[kind]
	}
	made := &publication{peer: peer, kind: kind, wanted: math.MaxInt}
	if peer.sfu.queues != nil {
		made.queue = peer.sfu.queues.NewQueue()
	}
	if kind == Video {
		made.codec, made.described = r.codec, peer.layers()
	}
	peer.publications[kind] = made
	peer.publishing[kind].Store(made)
	for _, other := range r.othersOf(peer) {
		r.subscribe(other, made)
	}
	made.relist()
	return made
}

// unpublish frees the sinks that a publication has, and gives them to those who wait for one. The lock is held.
func (r *room) unpublish(peer *Peer, kind Kind) {
	gone := peer.publications[kind]
	if gone == nil {
		return
	}
	peer.publications[kind] = nil
	peer.publishing[kind].Store(nil)
	peer.announce()
	sinks := gone.sinks
	gone.sinks = nil
	gone.relist()
	if gone.queue != nil {
		gone.queue.Close()
	}
	for _, freed := range sinks {
		delete(freed.receiver().receives, gone)
		freed.give(nil)
		r.fill(freed.receiver())
	}
	if peer.left {
		return
	}
	for _, other := range r.othersOf(peer) {
		other.tellOf(peer)
	}
}

// subscribe gives a publication a place at a peer, and tells the peer which, or that there is none. The lock is held.
func (r *room) subscribe(peer *Peer, publication *publication) {
	if place := peer.place(publication); place != nil {
		place.give(publication)
		peer.receives[publication] = place
		publication.sinks = append(publication.sinks, place)
	}
	peer.tellOf(publication.peer)
}

// fill gives a peer's free places to publications that have none at it. The lock is held.
func (r *room) fill(peer *Peer) {
	for _, other := range r.othersOf(peer) {
		for _, publication := range other.published() {
			if peer.receives[publication] == nil && peer.place(publication) != nil {
				r.subscribe(peer, publication)
				publication.relist()
			}
		}
	}
}
