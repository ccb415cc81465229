package sfu

import (
	"slices"
	"strconv"
	"strings"
)

// settle has a peer publish what its client offers to send and may send. A line publishes by itself. The room's lock is held.
func (r *room) settle(peer *Peer) {
	c, ok := peer.transport.(*connection)
	if !ok {
		return
	}
	for kind, offered := range c.offers {
		if offered && (Kind(kind) == Audio || peer.has(videoBit) && !peer.hidden) {
			r.publish(peer, Kind(kind))
		} else {
			r.unpublish(peer, Kind(kind))
		}
	}
}

// Show notes what the client itself says of its video: whether it sends any, and of which layers it is. Their qualities are relative to each other, from 1 to 100. Who says
// nothing shows what they offer to send.
func (p *Peer) Show(active bool, layers []Layer) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.left {
		return
	}
	p.hidden, p.declaredLayers = !active, layers
	p.room.settle(p)
	if video := p.publications[Video]; video != nil {
		p.describe(video)
	}
}

// describe notes what others are told of a peer's video, and tells them when it has changed. The room's lock is held.
func (p *Peer) describe(video *publication) {
	layers := p.layers()
	if slices.Equal(layers, video.described) {
		return
	}
	video.described = layers
	video.mu.Lock()
	for _, in := range video.layers {
		in.quality = qualityOf(layers, in.rid)
	}
	slices.SortStableFunc(video.layers, func(a, b *incoming) int { return a.quality - b.quality })
	video.mu.Unlock()
	for _, other := range p.room.othersOf(p) {
		other.tellOf(p)
	}
}

// layers gives the layers of the peer's video, the worst first: those that its client offered, with the qualities that it told or that their names tell, or else in the order in
// which they were offered, the worst first. The room's lock is held.
func (p *Peer) layers() []Layer {
	c, ok := p.transport.(*connection)
	if !ok || len(c.rids) == 0 {
		return []Layer{{Quality: EverythingWanted}}
	}
	layers := make([]Layer, len(c.rids))
	for i, rid := range c.rids {
		layers[i] = Layer{RID: rid, Quality: (i + 1) * EverythingWanted / len(c.rids)}
		if at := slices.IndexFunc(p.declaredLayers, func(l Layer) bool { return l.RID == rid }); at >= 0 {
			layers[i].Quality = p.declaredLayers[at].Quality
		}
	}
	if len(p.declaredLayers) == 0 && !slices.ContainsFunc(c.rids, func(rid string) bool { return qualityByName(rid) == 0 }) {
		for i := range layers {
			layers[i].Quality = qualityByName(layers[i].RID)
		}
	}
	slices.SortStableFunc(layers, func(a, b Layer) int { return a.Quality - b.Quality })
	return layers
}

// qualityByName gives the quality that the name of a layer tells, 0 when it tells none: a number, or one of the names that programs are used to.
func qualityByName(rid string) int {
	if number, err := strconv.Atoi(rid); err == nil && number > 0 && number <= EverythingWanted {
		return number
	}
	switch strings.ToLower(rid) {
	case "q", "l", "lo", "low":
		return 25
	case "h", "m", "mid", "medium", "half":
		return 50
	case "f", "hi", "high", "full":
		return 100
	}
	return 0
}

// Codec is the video codec that the room has agreed on.
func (p *Peer) Codec() Codec {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.room.codec
}

// chooseCodec chooses the room's video codec: the favourite of the first who sends video, of those that all who send video have and everybody can show; VP8 when there is
// none. Everybody is told when it changes, so that those who send with another offer anew. The room's lock is held.
func (r *room) chooseCodec() {
	var wanted []Codec
	others := r.othersOf(nil)
	for _, peer := range others {
		if c, ok := peer.transport.(*connection); ok && c.offers[Video] && wanted == nil {
			wanted = slices.Clone(c.encodes)
		}
	}
	for _, peer := range others {
		c, ok := peer.transport.(*connection)
		if !ok {
			continue
		}
		wanted = slices.DeleteFunc(wanted, func(codec Codec) bool {
			return c.decodes != nil && !slices.Contains(c.decodes, codec) || c.offers[Video] && !slices.Contains(c.encodes, codec)
		})
	}
	chosen := VP8
	if len(wanted) > 0 {
		chosen = wanted[0]
	}
	if chosen == r.codec {
		return
	}
	r.codec = chosen
	for _, peer := range others {
		peer.events.Codec(chosen)
	}
}
