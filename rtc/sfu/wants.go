package sfu

import (
	"math"
	"time"
)

// Wants say how well a peer wants to see what others send. Numbers are from 0, which is not at all, to 100.
type Wants struct {
	// Any is for all whose SSRC is not named.
	Any int
	// Quality is for single SSRCs of video, Pixels how many pixels each is shown with.
	Quality, Pixels map[uint32]int
}

// EverythingWanted is what goes for those who have said nothing.
const EverythingWanted = 100

// forget forgets an SSRC, because something else comes under it from now on.
func (w *Wants) forget(ssrc uint32) {
	delete(w.Quality, ssrc)
	delete(w.Pixels, ssrc)
}

// of gives the quality that is wanted under an SSRC, and the number of pixels, 0 when that is not known.
func (w *Wants) of(ssrc uint32) (quality, pixels int) {
	quality = w.Any
	if named, ok := w.Quality[ssrc]; ok {
		quality = named
	}
	return quality, w.Pixels[ssrc]
}

// Want says how well the peer wants to see others, in place of what it said before. The maps become the peer's.
func (p *Peer) Want(wants Wants) {
	p.room.mu.Lock()
	p.wants = wants
	transport := p.transport
	p.room.mu.Unlock()
	if connection, ok := transport.(*connection); ok {
		connection.allocate(time.Now())
	}
}

// Wanted is how well a peer's own video is wanted by the others, from 0, which is not at all, to 100. What goes beyond is sent for nobody.
type Wanted struct {
	Quality int
	Layers  []WantedLayer
}

// WantedLayer says of one simulcast layer whether somebody wants it.
type WantedLayer struct {
	RID     string
	SSRC    uint32
	Quality int
	Wanted  bool
}

// wantedHold is how long a layer that nobody wants any more is still sent: people look away for a moment.
const wantedHold = 3 * time.Second

// viewer is a sink that says how many of a publication's layers its receiver has a use for, counted from the worst; other sinks have one for all. The
// room's lock is held.
type viewer interface{ desired(*publication) int }

func (s *slot) desired(p *publication) int {
	quality, pixels := s.connection.peer.wants.of(s.ssrc)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.useful(quality, pixels)
}

// useful counts the layers up to the first that is as good as wanted, or as large as it is shown: a quarter of the pixels may be missing. The lock is held.
func (p *publication) useful(quality, pixels int) (count int) {
	if quality <= 0 {
		return 0
	}
	for _, in := range p.layers {
		count++
		large := pixels > 0 && in.video.width*in.video.height*4 >= pixels*3
		if in.quality >= quality || large {
			break
		}
	}
	return count
}

// review finds out which layers of a publication anybody has a use for, and tells its sender when that has changed. Layers below others are sent too: to them
// fall back who have less bandwidth. The room's lock is held.
func (r *room) review(p *publication, now time.Time) {
	useful := 0
	for _, sink := range p.sinks {
		if v, ok := sink.(viewer); ok {
			useful = max(useful, v.desired(p))
		} else {
			useful = math.MaxInt
		}
	}
	p.mu.Lock()
	count := len(p.layers)
	wanted := Wanted{Layers: make([]WantedLayer, count)}
	for i, in := range p.layers {
		wanted.Layers[i] = WantedLayer{RID: in.rid, SSRC: in.ssrc, Quality: in.quality, Wanted: i < useful}
		if i < useful {
			wanted.Quality = in.quality
		}
	}
	p.mu.Unlock()
	useful = min(useful, count)
	before := min(p.wanted, count)
	if useful >= before {
		p.wantedUntil = now.Add(wantedHold)
	}
	if count == 0 || useful == before || useful < before && now.Before(p.wantedUntil) {
		return
	}
	p.wanted = useful
	p.peer.events.Wanted(wanted)
}
