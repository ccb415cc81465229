package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var sessionTests = []test{
	{"a session is read as it was stored", func(f *fixture) {
		ada := f.person("ada")
		full := store.LoginSession{
			ID: math.MaxInt64, UserID: ada.ID, Secret: bytes.Repeat([]byte{0, 255}, 16), Generation: math.MaxUint32, RetryHash: bytes.Repeat([]byte{7}, 32),
			CreatedAt: birthday, RotatedAt: birthday.Add(time.Hour), ExpiresAt: birthday.Add(time.Hour * 720), UserAgent: "Mozilla/5.0 (名前)", Address: "[2001:db8::1]:443",
		}
		for _, session := range []store.LoginSession{full, f.newSession(ada.ID, birthday)} {
			f.ok(f.CreateLoginSession(f.Context(), session))
			got, err := f.LoginSession(f.Context(), session.ID)
			f.ok(err)
			f.equal("session", got, session)
			if session.RetryHash == nil && got.RetryHash != nil {
				f.Error("there is a retry hash, though the caller gave none")
			}
		}
		_, err := f.LoginSession(f.Context(), 1)
		f.is(err, store.ErrNotFound)
		f.is(f.CreateLoginSession(f.Context(), f.newSession(12345, birthday)), store.ErrNotFound)
	}},
	{"a person's sessions are listed newest first", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		var want []store.LoginSession
		for range 3 {
			session := f.newSession(ada.ID, birthday)
			f.ok(f.CreateLoginSession(f.Context(), session))
			want = append([]store.LoginSession{session}, want...)
			f.ok(f.CreateLoginSession(f.Context(), f.newSession(bob.ID, birthday)))
		}
		got, err := f.LoginSessions(f.Context(), ada.ID)
		f.ok(err)
		f.equal("sessions", got, want)
		got, err = f.LoginSessions(f.Context(), 12345)
		f.ok(err)
		f.equal("a stranger's sessions", got, []store.LoginSession{})
	}},
	{"a rotation is an update, and a failed one changes nothing", func(f *fixture) {
		ada := f.person("ada")
		session := f.newSession(ada.ID, birthday)
		f.ok(f.CreateLoginSession(f.Context(), session))
		got, err := f.UpdateLoginSession(f.Context(), session.ID, func(s *store.LoginSession) error {
			s.ID, s.UserID = 1, 2
			s.Generation++
			s.RetryHash = []byte("retry")
			s.RotatedAt = birthday.Add(time.Hour + time.Microsecond)
			return nil
		})
		f.ok(err)
		session.Generation, session.RetryHash, session.RotatedAt = 1, []byte("retry"), birthday.Add(time.Hour)
		f.equal("the result", got, session)
		failure := errors.New("no")
		_, err = f.UpdateLoginSession(f.Context(), session.ID, func(s *store.LoginSession) error { s.Generation = 9; return failure })
		f.asItIs(err, failure)
		got, err = f.LoginSession(f.Context(), session.ID)
		f.ok(err)
		f.equal("what is read", got, session)
		_, err = f.UpdateLoginSession(f.Context(), 1, func(*store.LoginSession) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"of concurrent rotations of one generation exactly one wins", func(f *fixture) {
		session := f.newSession(f.person("ada").ID, birthday)
		f.ok(f.CreateLoginSession(f.Context(), session))
		errs := together(writers, func(int) error {
			_, err := f.UpdateLoginSession(f.Context(), session.ID, func(s *store.LoginSession) error {
				if s.Generation != 0 {
					return store.ErrSpent
				}
				s.Generation = 1
				return nil
			})
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
	}},
	{"only one's own sessions are deleted", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		mine, kept, foreign := f.newSession(ada.ID, birthday), f.newSession(ada.ID, birthday), f.newSession(bob.ID, birthday)
		for _, session := range []store.LoginSession{mine, kept, foreign} {
			f.ok(f.CreateLoginSession(f.Context(), session))
		}
		deleted, err := f.DeleteLoginSessions(f.Context(), ada.ID, []id.ID{foreign.ID, 12345, mine.ID, mine.ID})
		f.ok(err)
		f.equal("deleted", deleted, []id.ID{mine.ID})
		_, err = f.LoginSession(f.Context(), mine.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.LoginSession(f.Context(), foreign.ID)
		f.ok(err)
		left, err := f.LoginSessions(f.Context(), ada.ID)
		f.ok(err)
		f.equal("left", left, []store.LoginSession{kept})
		deleted, err = f.DeleteLoginSessions(f.Context(), ada.ID, []id.ID{mine.ID})
		f.ok(err)
		f.equal("deleted", deleted, []id.ID{})
		_, err = f.UpdateLoginSession(f.Context(), mine.ID, func(*store.LoginSession) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"expired sessions are there until they are pruned", func(f *fixture) {
		ada := f.person("ada")
		var sessions []store.LoginSession
		for i := range 5 {
			session := f.newSession(ada.ID, birthday)
			session.ExpiresAt = birthday.Add(time.Duration(i) * time.Millisecond)
			f.ok(f.CreateLoginSession(f.Context(), session))
			sessions = append(sessions, session)
		}
		_, err := f.UpdateLoginSession(f.Context(), sessions[0].ID, func(s *store.LoginSession) error { s.ExpiresAt = birthday.Add(time.Hour); return nil })
		f.ok(err)
		pruned, err := f.PruneLoginSessions(f.Context(), birthday.Add(3*time.Millisecond))
		f.ok(err)
		f.equal("pruned", pruned, 2)
		left, err := f.LoginSessions(f.Context(), ada.ID)
		f.ok(err)
		sessions[0].ExpiresAt = birthday.Add(time.Hour)
		f.equal("left", left, []store.LoginSession{sessions[4], sessions[3], sessions[0]})
		_, err = f.LoginSession(f.Context(), sessions[1].ID)
		f.is(err, store.ErrNotFound)
		pruned, err = f.PruneLoginSessions(f.Context(), birthday)
		f.ok(err)
		f.equal("pruned", pruned, 0)
	}},
	{"concurrent logins are all kept", func(f *fixture) {
		ada := f.person("ada")
		for _, err := range together(writers, func(int) error { return f.CreateLoginSession(f.Context(), f.newSession(ada.ID, birthday)) }) {
			f.ok(err)
		}
		sessions, err := f.LoginSessions(f.Context(), ada.ID)
		f.ok(err)
		f.equal("sessions", len(sessions), writers)
	}},
}

func (f *fixture) newSession(userID id.ID, created time.Time) store.LoginSession {
	sessionID := f.id()
	return store.LoginSession{
		ID: sessionID, UserID: userID, Secret: fmt.Append(nil, "secret of ", sessionID),
		CreatedAt: created, RotatedAt: created, ExpiresAt: created.Add(24 * time.Hour),
	}
}
