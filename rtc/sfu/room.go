package sfu

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"guildhall/store/id"
)

// room is a voice channel: everybody in it hears everybody else.
type room struct {
	id id.ID

	mu    sync.Mutex
	peers map[id.ID]*Peer
}

var errAlreadyHere = errors.New("this user is in the room already")

func (r *room) add(peer *Peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[peer.userID] != nil {
		return errAlreadyHere
	}
	for _, other := range r.peers {
		other.events.Joined(peer.userID)
	}
	r.peers[peer.userID] = peer
	return nil
}

func (r *room) remove(peer *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[peer.userID] != peer {
		return
	}
	delete(r.peers, peer.userID)
	for _, other := range r.peers {
		other.unsubscribe(peer.userID)
		other.events.Left(peer.userID)
	}
	r.link()
}

// everybody gives the peers in ascending order of user id.
func (r *room) everybody() []*Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sorted()
}

func (r *room) sorted() []*Peer {
	peers := make([]*Peer, 0, len(r.peers))
	for _, peer := range r.peers {
		peers = append(peers, peer)
	}
	slices.SortFunc(peers, func(a, b *Peer) int { return cmp.Compare(a.userID, b.userID) })
	return peers
}

// relink gives every peer that has a free slot the audio of those whom it does not hear yet, and tells every publisher who hears it.
func (r *room) relink() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.link()
}

// link does what relink says. The lock is held.
func (r *room) link() {
	peers := r.sorted()
	for _, peer := range peers {
		for _, other := range peers {
			if other != peer && other.publishes() {
				peer.subscribe(other.userID)
			}
		}
	}
	for _, publisher := range peers {
		var listeners []*listener
		for _, peer := range peers {
			if slot := peer.slotOf(publisher.userID); slot != nil && peer != publisher {
				listeners = append(listeners, &listener{peer, slot})
			}
		}
		publisher.listeners.Store(&listeners)
	}
}

// announce tells everybody else in the room that somebody began or ceased to speak.
func (r *room) announce(speaker *Peer, speaking bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, peer := range r.peers {
		if peer == speaker {
			continue
		}
		ssrc := uint32(0)
		if slot := peer.slotOf(speaker.userID); slot != nil {
			ssrc = slot.ssrc()
		}
		peer.events.Speaking(speaker.userID, ssrc, speaking)
	}
}
