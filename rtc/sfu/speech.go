package sfu

import (
	"time"

	"github.com/pion/rtp"
)

// What counts as speech. Levels are in -dBov: 0 is the loudest, 127 silence (RFC 6464, section 3).
const (
	speechLevel = 45
	// speechBegin is how much of it makes somebody a speaker, so that a click does not.
	speechBegin = 2
	// speechHold is how long a speaker may pause.
	speechHold = 400 * time.Millisecond
	silence    = 127
)

// speech finds out from the levels of packets whether somebody speaks.
type speech struct {
	speaking bool
	told     bool
	loud     int
	last     time.Time
}

// levelOf reads a packet's audio level; without the extension every packet that comes counts as loud, as clients that do not tell levels send only speech.
func levelOf(packet *rtp.Packet, levelID uint8) uint8 {
	if levelID == 0 {
		return 0
	}
	if extension := packet.GetExtension(levelID); len(extension) > 0 {
		return extension[0] & 0x7F
	}
	return silence
}

func (s *speech) hear(level uint8, muted bool, now time.Time) {
	if muted {
		s.loud, s.last = 0, time.Time{}
		return
	}
	if level > speechLevel {
		s.loud = 0
		return
	}
	s.loud++
	if s.loud >= speechBegin || s.speaking {
		s.last = now
	}
}

// changed tells whether somebody began or ceased to speak.
func (s *speech) changed(now time.Time) bool {
	s.speaking = !s.last.IsZero() && now.Sub(s.last) < speechHold
	changed := s.speaking != s.told
	s.told = s.speaking
	return changed
}
