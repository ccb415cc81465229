package sfu

import "time"

// What counts as speech. Levels are in -dBov: 0 is the loudest, 127 is silence (RFC 6464 section 3).
const (
	// speechBegins is the level at which somebody begins to speak, speechEnds the one below which they have ceased: between the two
	// things stay as they are, so that a steady voice does not flicker.
	speechBegins = 45
	speechEnds   = 55
	// speechPackets is how many loud packets in a row make somebody a speaker, so that a click does not.
	speechPackets = 2
	// speechHold is how long a speaker may pause.
	speechHold = 400 * time.Millisecond
	// levelUnknown stands for packets of somebody whose packets do not tell their level.
	levelUnknown, levelSilence = 0, 127
)

// speech finds out from the levels of packets whether somebody speaks.
type speech struct {
	speaking bool
	loud     int
	last     time.Time
	// loudness is how loud the last packets were, from 0 to 127 dB above silence, in units of a part of loudnessSmoothing.
	loudness uint16
}

// hear takes in the level of a packet. It tells whether somebody began or ceased to speak.
func (s *speech) hear(level uint8, now time.Time) (changed bool) {
	s.loudness += uint16(levelSilence-min(level, levelSilence)) - s.loudness/loudnessSmoothing
	switch {
	case s.speaking && level < speechEnds:
		s.last = now
	case s.speaking:
		return s.expire(now)
	case level < speechBegins:
		if s.loud++; s.loud >= speechPackets {
			s.speaking, s.last = true, now
			return true
		}
	default:
		s.loud = 0
	}
	return false
}

// expire tells whether somebody has just ceased to speak because nothing loud came for a while.
func (s *speech) expire(now time.Time) (changed bool) {
	if !s.speaking || now.Sub(s.last) < speechHold {
		return false
	}
	return s.cease()
}

// cease makes somebody no speaker; it tells whether they were one.
func (s *speech) cease() (changed bool) {
	changed = s.speaking
	*s = speech{}
	return changed
}
