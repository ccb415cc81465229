package gateway

import (
	"testing"
)

// A person who is connected as often as one can be changes their status, and every session of theirs is told.
func BenchmarkTellingAPersonsSessionsOfEachOther(b *testing.B) {
	h := open(b, func(options *Options) { options.NoRateLimits = true })
	alice := h.Person("alice")
	token := h.login(alice)
	for range 256 {
		h.enter(token).quit(4000)
	}
	sessions := h.Gateway.sessionsOf(alice.UserID)
	if len(sessions) != 256 {
		b.Fatal(len(sessions))
	}
	b.ReportAllocs()
	for b.Loop() {
		list, made := h.Gateway.listSessions(alice.UserID)
		if !made {
			b.Fatal("no list")
		}
		for _, s := range sessions {
			s.shown = ""
			h.Gateway.replaceSessions(s, list)
		}
	}
}
