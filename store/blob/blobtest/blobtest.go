// Package blobtest is the conformance suite that every blob store passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"guildhall/store/blob"
)

// Run runs the suite against empty stores that open makes.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"a blob is read as it was put, from any offset":                     roundTrip,
		"putting again replaces":                                            replace,
		"a Put that fails leaves what was there":                            failedPut,
		"what is not there is ErrNotFound, and deleting it is no error":     missing,
		"an open blob stays readable after it was deleted":                  deletedWhileOpen,
		"keys that are not well formed are refused, and nothing is outside": badKeys,
		"List gives the keys of a prefix in order":                          list,
		"concurrent Puts of one key leave one of them, whole":               concurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func put(t *testing.T, s blob.Store, key, content string) {
	t.Helper()
	info, err := s.Put(t.Context(), key, strings.NewReader(content))
	if err != nil || info.Key != key || info.Size != int64(len(content)) || info.ModifiedAt.IsZero() {
		t.Fatalf("put %s: %+v, %v", key, info, err)
	}
}

func read(t *testing.T, s blob.Store, key string) string {
	t.Helper()
	b, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	content, err := io.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func roundTrip(t *testing.T, s blob.Store) {
	for _, content := range []string{"", "hello", strings.Repeat("x", 3<<20)} {
		put(t, s, "a/b.c/d-e_f", content)
		if read(t, s, "a/b.c/d-e_f") != content {
			t.Errorf("%d bytes did not come back", len(content))
		}
	}
	put(t, s, "ranged", "0123456789")
	b, err := s.Open(t.Context(), "ranged")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(b); err != nil || string(rest) != "456789" || b.Info().Size != 10 {
		t.Errorf("from 4: %q, %v, %+v", rest, err, b.Info())
	}
}

func replace(t *testing.T, s blob.Store) {
	put(t, s, "k", "one")
	put(t, s, "k", "second")
	if got := read(t, s, "k"); got != "second" {
		t.Errorf("got %q", got)
	}
}

func failedPut(t *testing.T, s blob.Store) {
	put(t, s, "k", "old")
	broken := errors.New("the line is cut")
	if _, err := s.Put(t.Context(), "k", io.MultiReader(strings.NewReader("new"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ended, "k", strings.NewReader("new")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := read(t, s, "k"); got != "old" {
		t.Errorf("now it is %q", got)
	}
	if _, err := s.Put(t.Context(), "fresh", iotest.ErrReader(broken)); err == nil {
		t.Error("it succeeded")
	}
	if _, err := s.Stat(t.Context(), "fresh"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a failed Put left something: %v", err)
	}
}

func missing(t *testing.T, s blob.Store) {
	put(t, s, "folder/file", "x")
	for _, key := range []string{"nothing", "folder", "folder/nothing"} {
		if _, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s: %v", key, err)
		}
		if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat %s: %v", key, err)
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %s: %v", key, err)
		}
	}
	if read(t, s, "folder/file") != "x" {
		t.Error("a neighbour is gone")
	}
}

func deletedWhileOpen(t *testing.T, s blob.Store) {
	put(t, s, "k", "still here")
	b, err := s.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(b); err != nil || string(content) != "still here" {
		t.Errorf("got %q, %v", content, err)
	}
	if _, err := s.Stat(t.Context(), "k"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

func badKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{"", "/", "a//b", "/a", "a/", "../x", "a/../../x", ".", "a/.hidden", ".incoming/x", "UPPER", "a b", "a\\b", "a\x00", "ä", strings.Repeat("a", 513)} {
		if _, err := s.Put(t.Context(), key, strings.NewReader("x")); !errors.Is(err, blob.ErrKey) {
			t.Errorf("put %q: %v", key, err)
		}
		if _, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrKey) {
			t.Errorf("open %q: %v", key, err)
		}
		if err := s.Delete(t.Context(), key); !errors.Is(err, blob.ErrKey) {
			t.Errorf("delete %q: %v", key, err)
		}
	}
}

func list(t *testing.T, s blob.Store) {
	for _, key := range []string{"a/1", "a-b", "a/2/3", "b", "a.c"} {
		put(t, s, key, key)
	}
	keys := func(prefix string) (found []string) {
		t.Helper()
		if err := s.List(t.Context(), prefix, func(info blob.Info) error {
			found = append(found, info.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got, want := keys(""), []string{"a-b", "a.c", "a/1", "a/2/3", "b"}; !slices.Equal(got, want) {
		t.Errorf("all: %v, want %v", got, want)
	}
	if got, want := keys("a/"), []string{"a/1", "a/2/3"}; !slices.Equal(got, want) {
		t.Errorf("a/: %v, want %v", got, want)
	}
	enough := errors.New("enough")
	if err := s.List(t.Context(), "", func(blob.Info) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a visitor's error became %v", err)
	}
}

func concurrent(t *testing.T, s blob.Store) {
	var putting sync.WaitGroup
	for i := range 8 {
		putting.Go(func() {
			if _, err := s.Put(t.Context(), "k", bytes.NewReader(bytes.Repeat([]byte(fmt.Sprint(i)), 100_000))); err != nil {
				t.Error(err)
			}
		})
	}
	putting.Wait()
	if got := read(t, s, "k"); len(got) != 100_000 || strings.Trim(got, got[:1]) != "" {
		t.Errorf("%d bytes of a mixture", len(got))
	}
}
