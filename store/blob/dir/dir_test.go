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
