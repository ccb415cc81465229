package chat

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

func TestAPasswordIsKnownByItsHash(t *testing.T) {
	p := newPasswords(0)
	const password = "pässwörd ☃"
	hash, err := p.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", hash)
	}
	if again, _ := p.hash(t.Context(), password); again == hash {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	for attempt, want := range map[string]bool{password: true, password + " ": false, "": false, "passwörd ☃": false} {
		right, outdated, err := p.check(t.Context(), hash, attempt)
		if err != nil || right != want || outdated {
			t.Errorf("%q: right %v, outdated %v, %v", attempt, right, outdated, err)
		}
	}
}

func TestAHashOfOtherCostsIsRightAndOutdated(t *testing.T) {
	cheap := argonParameters{memoryKiB: 64, passes: 1, threads: 2}
	salt := []byte("sixteen bytes ok")
	encoded := encodeHash(cheap, salt, deriveKey(cheap, "password", salt, hashBytes))
	right, outdated, err := newPasswords(0).check(t.Context(), encoded, "password")
	if err != nil || !right || !outdated {
		t.Errorf("right %v, outdated %v, %v", right, outdated, err)
	}
}

func TestAnAccountThatDoesNotExistTakesTheSameWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(0)
		for range hashesAtOnce {
			if err := p.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		checked := make(chan bool, 1)
		go func() {
			right, _, err := p.check(t.Context(), "", "")
			checked <- right || err != nil
		}()
		synctest.Wait()
		select {
		case <-checked:
			t.Fatal("it did not wait its turn for the work")
		default:
		}
		p.leave()
		if <-checked {
			t.Error("an empty password opens an account that does not exist")
		}
		p.leave()
	})
	if parameters, _, _, err := decodeHash(newPasswords(0).decoy); err != nil || parameters != currentArgon {
		t.Errorf("the decoy costs %+v, %v", parameters, err)
	}
}

func TestOnlySoManyWaitForTheirHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(0)
		ctx, cancel := context.WithCancel(t.Context())
		for range hashesAtOnce {
			if err := p.enter(ctx); err != nil {
				t.Fatal(err)
			}
		}
		var group sync.WaitGroup
		for range hashesWaiting {
			group.Go(func() {
				if err := p.enter(ctx); KindOf(err) != Unavailable {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		if err := p.enter(ctx); KindOf(err) != RateLimited {
			t.Errorf("one more than can wait: %v", err)
		}
		cancel()
		group.Wait()
		for range hashesAtOnce {
			p.leave()
		}
		if waiting := p.waiting.Load(); waiting != 0 {
			t.Errorf("%d wait after all have gone", waiting)
		}
	})
}

func TestWhatIsNoHashOrCostsTooMuchIsRefused(t *testing.T) {
	good := encodeHash(currentArgon, make([]byte, saltBytes), make([]byte, hashBytes))
	if _, _, _, err := decodeHash(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing":           "",
		"bcrypt":            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":           strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"too much memory":   strings.Replace(good, "m=19456", "m=4194304", 1),
		"no memory":         strings.Replace(good, "m=19456", "m=0", 1),
		"too many passes":   strings.Replace(good, "t=2", "t=1000", 1),
		"no passes":         strings.Replace(good, "t=2", "t=0", 1),
		"no threads":        strings.Replace(good, "p=1", "p=0", 1),
		"too many threads":  strings.Replace(good, "p=1", "p=300", 1),
		"a short salt":      encodeHash(currentArgon, make([]byte, 4), make([]byte, hashBytes)),
		"a short hash":      encodeHash(currentArgon, make([]byte, saltBytes), make([]byte, 8)),
		"a long hash":       encodeHash(currentArgon, make([]byte, saltBytes), make([]byte, 65)),
		"not base64":        good[:len(good)-1] + "!",
		"one part too many": good + "$",
	} {
		if _, _, _, err := decodeHash(bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestWhatAPasswordMustBe(t *testing.T) {
	for password, good := range map[string]bool{
		"12345678": false, "1234567": false, "": false, "ääääüüüü": false, "ääääüüüß": true, "🔥🔥🔥🔥🔥🔥🔥": false,
		strings.Repeat("äöüß", 32): true, strings.Repeat("äöüß", 32) + "a": false,
		"tab\tis not typed": false, "null\x00is not typed": false, "broken \xff text": false, " spaces are fine ": true,
	} {
		if problem := validatePassword("password", password); (problem == nil) != good {
			t.Errorf("%q: %+v", password, problem)
		}
	}
}

func FuzzDecodeHash(f *testing.F) {
	f.Add(encodeHash(currentArgon, make([]byte, saltBytes), make([]byte, hashBytes)))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, encoded string) {
		parameters, salt, hash, err := decodeHash(encoded)
		if err != nil {
			return
		}
		again, salt2, hash2, err := decodeHash(encodeHash(parameters, salt, hash))
		if err != nil || again != parameters || string(salt) != string(salt2) || string(hash) != string(hash2) {
			t.Errorf("%q is read as %+v, and that as %+v, %v", encoded, parameters, again, err)
		}
	})
}
