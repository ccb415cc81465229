package sfu

import (
	"time"

	"github.com/pion/rtcp"
)

const (
	// missingMost bounds how many packets of a stream are waited for; when more are gone a key frame is the quicker way.
	missingMost = 96
	// missingPatience is how long a packet that others have overtaken is waited for before it is asked for, missingAgain how long until it is asked for
	// again, and missingAttempts how often.
	missingPatience = 10 * time.Millisecond
	missingAgain    = 60 * time.Millisecond
	missingAttempts = 8
)

// missing follows which packets of a stream have not come.
type missing struct {
	begun   bool
	highest uint16
	waiting []wait
}

type wait struct {
	sequence uint16
	next     time.Time
	attempts int
}

// note takes in that a packet has come. It tells whether so many are missing that only a key frame helps.
func (m *missing) note(sequence uint16, now time.Time) (hopeless bool) {
	ahead := sequence - m.highest
	switch {
	case !m.begun:
		m.begun, m.highest = true, sequence
	case ahead == 0:
	case ahead >= 1<<15:
		for i := range m.waiting {
			if m.waiting[i].sequence == sequence {
				m.waiting = append(m.waiting[:i], m.waiting[i+1:]...)
				break
			}
		}
	default:
		if int(ahead)-1+len(m.waiting) > missingMost {
			m.waiting, hopeless = m.waiting[:0], true
		} else {
			for gone := m.highest + 1; gone != sequence; gone++ {
				m.waiting = append(m.waiting, wait{sequence: gone, next: now.Add(missingPatience)})
			}
		}
		m.highest = sequence
	}
	return hopeless
}

// due gives what is to be asked for now. Given up tells that a packet was asked for often enough.
func (m *missing) due(now time.Time) (due []uint16, givenUp bool) {
	kept := m.waiting[:0]
	for _, one := range m.waiting {
		if one.attempts == missingAttempts {
			givenUp = true
			continue
		}
		if !now.Before(one.next) {
			due = append(due, one.sequence)
			one.attempts++
			one.next = now.Add(missingAgain)
		}
		kept = append(kept, one)
	}
	m.waiting = kept
	return due, givenUp
}

// nack makes the packet that asks for others.
func nack(ssrc uint32, sequences []uint16) rtcp.Packet {
	return &rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(sequences)}
}
