package sfu

import (
	"cmp"
	"slices"
)

// DefaultLoudest is how many people's sound is passed on in a room at most: more at once nobody understands.
const DefaultLoudest = 10

const (
	// staying is by how much louder somebody must be than one who is passed on to take their place, in dB: two voices that are about as loud do not take turns.
	staying = 10
	// priority is what the sound of a priority speaker counts more than that of anybody else.
	priority = 256
	// loudnessSmoothing is by how much of what is new the loudness changes with a packet, as one part of so many.
	loudnessSmoothing = 8
)

// voice is somebody whose sound is weighed against that of others.
type voice struct {
	publication *publication
	score       int
}

// rank has the loudest passed on, if there are more than as many. Those who do not speak come last, and stay among the loudest while nobody else speaks. The
// lock is held.
func (r *room) rank(most int) {
	voices := r.voices[:0]
	for _, peer := range r.peers {
		if audio := peer.publications[Audio]; audio != nil {
			voices = append(voices, voice{audio, audio.score(peer.declared&SpeakingPriority != 0)})
		}
	}
	r.voices = voices
	if len(voices) > most {
		slices.SortFunc(voices, func(a, b voice) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.publication.peer.userID, b.publication.peer.userID))
		})
	}
	for i, one := range voices {
		one.publication.mu.Lock()
		one.publication.faint = i >= most
		one.publication.mu.Unlock()
	}
	clear(voices) // Nothing is kept alive.
}

// score tells how much the sound of a publication counts in its room. The room's lock is held.
func (p *publication) score(first bool) (score int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.speech.speaking && !p.peer.has(muteBit) {
		score = 1 + int(p.speech.loudness)/loudnessSmoothing
		if first {
			score += priority
		}
	}
	if !p.faint {
		score += staying
	}
	return score
}
