package sfu

import (
	"time"

	"github.com/pion/rtp"
)

const (
	// cacheSize is how many packets are kept of a stream of video, a power of two: at 2.5 Mbit/s those of some two seconds.
	cacheSize = 512
	// cacheRun is the longest run of packets since a key frame that a newcomer is sent at once, and cacheAge is how old the frame may be.
	cacheRun = 200
	cacheAge = 3 * time.Second
)

// cached is a packet that is kept.
type cached struct {
	sequence  uint16
	timestamp uint32
	marker    bool
	at        time.Time
	payload   []byte
}

// cache keeps the last packets of a stream: whoever lost one gets it from here, and whoever comes gets those since the last key frame.
type cache struct {
	ring []cached
	// newest is the highest sequence number, once begun.
	begun  bool
	newest uint16
	// key is where the last key frame began, while keyed.
	keyed bool
	key   uint16
	keyAt time.Time
}

// put keeps a packet. The payload is copied.
func (c *cache) put(packet *rtp.Packet, key bool, at time.Time) {
	if c.ring == nil {
		c.ring = make([]cached, cacheSize)
	}
	sequence := packet.SequenceNumber
	ahead := sequence - c.newest
	if c.begun && ahead >= 1<<15 && c.newest-sequence >= cacheSize {
		return // It is older than all that is kept.
	}
	if !c.begun || ahead < 1<<15 {
		c.begun, c.newest = true, sequence
	}
	one := &c.ring[sequence%cacheSize]
	one.sequence, one.timestamp, one.marker, one.at = sequence, packet.Timestamp, packet.Marker, at
	one.payload = append(one.payload[:0], packet.Payload...)
	// Of a key frame in several units the first counts.
	if key && (!c.keyed || sequence-c.key < 1<<15) && (!c.keyed || c.get(c.key) == nil || c.get(c.key).timestamp != packet.Timestamp) {
		c.keyed, c.key, c.keyAt = true, sequence, at
	}
}

// get gives a packet that is kept, or nil.
func (c *cache) get(sequence uint16) *cached {
	if !c.begun || c.newest-sequence >= cacheSize {
		return nil
	}
	if one := &c.ring[sequence%cacheSize]; one.sequence == sequence && !one.at.IsZero() {
		return one
	}
	return nil
}

// run gives the packets from the last key frame on, if there are all of them, and not too many; otherwise none.
func (c *cache) run(now time.Time) (run []*cached) {
	if !c.keyed || c.newest-c.key >= cacheRun || now.Sub(c.keyAt) > cacheAge {
		return nil
	}
	for sequence := c.key; sequence != c.newest+1; sequence++ {
		one := c.get(sequence)
		if one == nil {
			return nil
		}
		run = append(run, one)
	}
	return run
}
