package storetest

import (
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var voiceTests = []test{
	{"a session is open until it ends, once", func(f *fixture) {
		channel := f.room()
		session := f.speak(channel, 7)
		f.voiceSessions(channel.ID, 0, 10, session)
		f.ok(f.EndVoiceSession(f.Context(), session.ID, birthday.Add(time.Hour+time.Microsecond)))
		f.ok(f.EndVoiceSession(f.Context(), session.ID, birthday.Add(2*time.Hour)))
		session.EndedAt = birthday.Add(time.Hour)
		f.voiceSessions(channel.ID, 0, 10, session)
		f.is(f.EndVoiceSession(f.Context(), 1, birthday), store.ErrNotFound)
		f.is(f.StartVoiceSession(f.Context(), store.VoiceSession{ID: f.id(), ChannelID: 1, UserID: 7, StartedAt: birthday}), store.ErrNotFound)
	}},
	{"sessions are listed newest first, page by page", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		var s []store.VoiceSession
		for i := range 4 {
			s = append(s, f.speak(channel, id.ID(10+i)))
			f.speak(other, id.ID(20+i))
		}
		f.voiceSessions(channel.ID, 0, 10, s[3], s[2], s[1], s[0])
		f.voiceSessions(channel.ID, 0, 2, s[3], s[2])
		f.voiceSessions(channel.ID, s[2].ID, 1, s[1])
		f.voiceSessions(channel.ID, s[2].ID, 9, s[1], s[0])
		f.voiceSessions(channel.ID, s[0].ID, 9)
		f.voiceSessions(1, 0, 9)
	}},
	{"after a crash all open sessions are ended", func(f *fixture) {
		channel := f.room()
		ended, open := f.speak(channel, 7), []store.VoiceSession{f.speak(channel, 8), f.speak(channel, 9)}
		f.ok(f.EndVoiceSession(f.Context(), ended.ID, birthday.Add(time.Minute)))
		count, err := f.EndAllVoiceSessions(f.Context(), birthday.Add(time.Hour))
		f.ok(err)
		f.equal("ended", count, 2)
		ended.EndedAt, open[0].EndedAt, open[1].EndedAt = birthday.Add(time.Minute), birthday.Add(time.Hour), birthday.Add(time.Hour)
		f.voiceSessions(channel.ID, 0, 10, open[1], open[0], ended)
		count, err = f.EndAllVoiceSessions(f.Context(), birthday.Add(2*time.Hour))
		f.ok(err)
		f.equal("ended the second time", count, 0)
	}},
	{"sessions that end at once are each ended", func(f *fixture) {
		channel := f.room()
		sessions := make([]store.VoiceSession, writers)
		for i := range sessions {
			sessions[i] = f.speak(channel, id.ID(100+i))
		}
		for _, err := range together(writers, func(i int) error { return f.EndVoiceSession(f.Context(), sessions[i].ID, birthday) }) {
			f.ok(err)
		}
		count, err := f.EndAllVoiceSessions(f.Context(), birthday)
		f.ok(err)
		f.equal("still open", count, 0)
	}},
}

// speak stores an open voice session.
func (f *fixture) speak(channel store.Channel, userID id.ID) store.VoiceSession {
	f.Helper()
	session := store.VoiceSession{ID: f.id(), GuildID: channel.GuildID, ChannelID: channel.ID, UserID: userID, StartedAt: birthday}
	f.ok(f.StartVoiceSession(f.Context(), session))
	return session
}

func (f *fixture) voiceSessions(channelID, before id.ID, limit int, want ...store.VoiceSession) {
	f.Helper()
	got, err := f.VoiceSessions(f.Context(), channelID, before, limit)
	f.ok(err)
	f.equal("voice sessions", got, append([]store.VoiceSession{}, want...))
}
