package sfu

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"guildhall/store/id"
)

// ErrAlreadyHere says that a user is in the room already.
var ErrAlreadyHere = errors.New("this user is in the room already")

// room is where everybody hears everybody else.
type room struct {
	id id.ID

	// mu guards who is in the room, and what of the peers is marked so.
	mu    sync.Mutex
	peers map[id.ID]*Peer
}

func newRoom(roomID id.ID) *room { return &room{id: roomID, peers: make(map[id.ID]*Peer)} }

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
		ssrc := peer.ssrcOf(other)
		if other.publication != nil {
			peer.events.Subscribed(other.userID, ssrc)
		}
		if other.told != 0 {
			peer.events.Speaking(other.userID, ssrc, other.told)
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
	r.unpublish(peer)
	peer.dropSlots()
	delete(r.peers, peer.userID)
	for _, other := range r.peers {
		other.events.Left(peer.userID)
	}
	return true, len(r.peers) == 0
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

// publish makes what a peer sends heard by everybody else. The lock is held.
func (r *room) publish(peer *Peer) {
	if peer.publication != nil || peer.left {
		return
	}
	peer.publication = &publication{peer: peer}
	for _, other := range r.othersOf(peer) {
		r.subscribe(other, peer.publication)
	}
	peer.publication.relist()
}

// unpublish frees the slots that a peer's publication has, and gives them to those who wait for one. The lock is held.
func (r *room) unpublish(peer *Peer) {
	gone := peer.publication
	if gone == nil {
		return
	}
	peer.publication = nil
	peer.announce()
	slots := gone.slots
	gone.slots = nil
	gone.relist()
	for _, freed := range slots {
		freed.give(nil)
		r.fill(freed.connection.peer)
	}
}

// subscribe gives a publication a free slot at a peer, and tells the peer which, or that there is none. The lock is held.
func (r *room) subscribe(peer *Peer, publication *publication) {
	free := peer.freeSlot()
	if free == nil {
		peer.events.Subscribed(publication.peer.userID, 0)
		return
	}
	free.give(publication)
	publication.slots = append(publication.slots, free)
	peer.events.Subscribed(publication.peer.userID, free.ssrc)
}

// fill gives a peer's free slots to publications that have none at it. The lock is held.
func (r *room) fill(peer *Peer) {
	for _, other := range r.othersOf(peer) {
		if peer.freeSlot() == nil {
			return
		}
		if other.publication != nil && peer.ssrcOf(other) == 0 {
			r.subscribe(peer, other.publication)
			other.publication.relist()
		}
	}
}
