package dir

import (
	"os"
	"path/filepath"
	"testing"

	"guildhall/store/blob"
	"guildhall/store/blob/blobtest"
)

func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, t.TempDir()) })
}

func TestLeftoversOfInterruptedPutsAreRemoved(t *testing.T) {
	folder := t.TempDir()
	leftover := filepath.Join(folder, incoming, "half")
	if err := os.MkdirAll(filepath.Dir(leftover), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(leftover, []byte("half of"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	if _, err := os.Stat(leftover); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestOtherFilesInTheFolderAreNotBlobs(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"README.txt", "files/notes.txt", "files/aa/bb000000", "files/aa/aa000000.bak"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, folder).List(t.Context(), "", func(info blob.Info) error {
		t.Errorf("%s is listed", info.Key)
		return nil
	}); err != nil {
		t.Error(err)
	}
}
