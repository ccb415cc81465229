package pebble

import (
	"errors"
	"strings"
	"testing"

	"guildhall/store"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// openFormat opens a store as a version of Guildhall would that knows the formats up to this one.
func openFormat(disk vfs.FS, format uint32, steps ...migration) error {
	s, err := open("hall", Options{FS: disk}, format, steps)
	if err != nil {
		return err
	}
	found, err := readFormat(s.db)
	if err == nil && found != format {
		err = errors.New("the format was not written")
	}
	return errors.Join(err, s.Close())
}

// oldStore is a store of format 1 in which people have names in capitals.
func oldStore(t *testing.T) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewCrashableMem()
	s, err := open("hall", Options{FS: disk}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []store.User{{ID: 1, Username: "ADA"}, {ID: 2, Username: "BOB"}, {ID: 3, Username: "CAROL"}} {
		if err := s.CreateUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return disk
}

// lowerNames is a step from format 1 to 2: names come to be in small letters. It calls at with each account it changed.
func lowerNames(at func(changed int) error) migration {
	return migration{from: 1, run: func(db *pebble.DB) error {
		changed := 0
		return scan(db, kindUser.key(), kindUser.end(), func(key, value []byte) (bool, error) {
			user, err := decode[userRecord](key, value)
			if err != nil {
				return false, err
			}
			t := &tx{db: db, batch: db.NewBatch()}
			t.delete(usernameKey(false, user.Username))
			user.Username = strings.ToLower(user.Username)
			t.set(usernameKey(false, user.Username), key[1:])
			if err := t.put(key, user); err != nil {
				return false, err
			}
			if err := t.batch.Commit(pebble.NoSync); err != nil {
				return false, err
			}
			changed++
			return true, at(changed)
		})
	}}
}

func noStep(from uint32) migration {
	return migration{from: from, run: func(*pebble.DB) error { return nil }}
}

func expectLowerNames(t *testing.T, disk vfs.FS, format uint32) {
	t.Helper()
	s, err := open("hall", Options{FS: disk}, format, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, name := range []string{"ada", "bob", "carol"} {
		if _, err := s.PersonByLogin(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkInvariants(s); err != nil {
		t.Error(err)
	}
}

func TestAnOlderStoreIsBroughtUpToDateStepByStep(t *testing.T) {
	disk, untilTheEnd := oldStore(t), func(int) error { return nil }
	if err := openFormat(disk, 4, noStep(3), lowerNames(untilTheEnd), noStep(2)); err != nil {
		t.Fatal(err)
	}
	expectLowerNames(t, disk, 4)
}

func TestAMigrationThatIsCutShortRunsAgain(t *testing.T) {
	for cut := 1; cut <= 3; cut++ {
		for _, keep := range []int{0, 100} {
			disk, pulled := oldStore(t), errors.New("the plug was pulled")
			var crashed *vfs.MemFS
			err := openFormat(disk, 2, lowerNames(func(changed int) error {
				if changed == cut {
					crashed = disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: keep, RNG: newRandom(1)})
					return pulled
				}
				return nil
			}))
			if !errors.Is(err, pulled) {
				t.Fatalf("cut %d: %v", cut, err)
			}
			for _, disk := range []*vfs.MemFS{disk, crashed} {
				if err := openFormat(disk, 2, lowerNames(func(int) error { return nil })); err != nil {
					t.Fatal(err)
				}
				expectLowerNames(t, disk, 2)
			}
		}
	}
}

func TestAStepThatIsMissingIsAnErrorThatNamesTheFormat(t *testing.T) {
	disk := oldStore(t)
	if err := openFormat(disk, 3, noStep(2)); err == nil || !strings.Contains(err.Error(), "format 1") {
		t.Errorf("got the error %v", err)
	}
	if err := openFormat(disk, 1); err != nil {
		t.Errorf("the store is not what it was: %v", err)
	}
}

func TestEveryFormatHasAStepToTheNext(t *testing.T) {
	for from := uint32(1); from < currentFormat; from++ {
		if _, err := stepFrom(migrations, from); err != nil {
			t.Error(err)
		}
	}
	if len(migrations) != int(currentFormat)-1 {
		t.Errorf("%d steps lead to format %d", len(migrations), currentFormat)
	}
}

func TestAStoreOfANewerVersionIsRefused(t *testing.T) {
	disk := vfs.NewMem()
	if err := openFormat(disk, currentFormat+1); err != nil {
		t.Fatal(err)
	}
	_, err := Open("hall", Options{FS: disk})
	if err == nil || !strings.Contains(err.Error(), "newer version of Guildhall") {
		t.Errorf("got the error %v", err)
	}
	if err := openFormat(disk, currentFormat+1); err != nil {
		t.Errorf("the newer version cannot open it any more: %v", err)
	}
}

func TestADatabaseThatIsNotOursIsRefused(t *testing.T) {
	disk := vfs.NewMem()
	db, err := pebble.Open("hall", &pebble.Options{FS: disk, Logger: databaseLogger{&Store{logger: discard}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte("someone's key"), []byte("value"), pebble.Sync), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("hall", Options{FS: disk}); err == nil || !strings.Contains(err.Error(), "not a hall's") {
		t.Errorf("got the error %v", err)
	}
}
