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

// key is the one that most statements use.
const key = "files/0123456789abcdef"

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
		"keys at the edges of what is allowed do not disturb one another":   extremes,
		"a Put beside a Delete succeeds":                                    putBesideDelete,
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
		put(t, s, "files/d-e_f0123", content)
		if read(t, s, "files/d-e_f0123") != content {
			t.Errorf("%d bytes did not come back", len(content))
		}
	}
	put(t, s, "files/ranged00", "0123456789")
	b, err := s.Open(t.Context(), "files/ranged00")
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
	put(t, s, key, "one")
	put(t, s, key, "second")
	if got := read(t, s, key); got != "second" {
		t.Errorf("got %q", got)
	}
}

func failedPut(t *testing.T, s blob.Store) {
	put(t, s, key, "old")
	broken := errors.New("the line is cut")
	if _, err := s.Put(t.Context(), key, io.MultiReader(strings.NewReader("new"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ended, key, strings.NewReader("new")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := read(t, s, key); got != "old" {
		t.Errorf("now it is %q", got)
	}
	if _, err := s.Put(t.Context(), "files/fresh-one", iotest.ErrReader(broken)); err == nil {
		t.Error("it succeeded")
	}
	if _, err := s.Stat(t.Context(), "files/fresh-one"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a failed Put left something: %v", err)
	}
}

func missing(t *testing.T, s blob.Store) {
	put(t, s, key, "x")
	for _, other := range []string{key + "0", key[:len(key)-1], "pictures/" + key[len("files/"):], "files/nothing0"} {
		if _, err := s.Open(t.Context(), other); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s: %v", other, err)
		}
		if _, err := s.Stat(t.Context(), other); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat %s: %v", other, err)
		}
		if err := s.Delete(t.Context(), other); err != nil {
			t.Errorf("delete %s: %v", other, err)
		}
	}
	if read(t, s, key) != "x" {
		t.Error("a neighbour is gone")
	}
}

func deletedWhileOpen(t *testing.T, s blob.Store) {
	put(t, s, key, "still here")
	b, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(b); err != nil || string(content) != "still here" {
		t.Errorf("got %q, %v", content, err)
	}
	if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

func badKeys(t *testing.T, s blob.Store) {
	const name = "0123456789abcdef"
	for _, key := range []string{
		"", "/", name, "files/", "/" + name, "files//" + name, "files/" + name + "/", "files/sub/" + name, "../" + name, "files/../../" + name, ".incoming/" + name,
		"Files/" + name, "files/UPPERCASE", "files/with blank", "files/back\\slash", "files/zero\x00byte", "files/umlaut-äöü", "files/con.12345", "files/short",
		"files/" + strings.Repeat("a", 201), strings.Repeat("k", 33) + "/" + name,
	} {
		if _, err := s.Put(t.Context(), key, strings.NewReader("x")); !errors.Is(err, blob.ErrKey) {
			t.Errorf("put %q: %v", key, err)
		}
		if _, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrKey) {
			t.Errorf("open %q: %v", key, err)
		}
		if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrKey) {
			t.Errorf("stat %q: %v", key, err)
		}
		if err := s.Delete(t.Context(), key); !errors.Is(err, blob.ErrKey) {
			t.Errorf("delete %q: %v", key, err)
		}
	}
}

// extremes are well-formed keys at the edges of what is allowed.
func extremes(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"a/" + strings.Repeat("z", 200), strings.Repeat("k", 32) + "/--------", "pictures/nul_com1", "files/aaaaaaaa", "files/aaaaaaaaa", "files/aa-aaaaa", "fil/aaaaaaaa",
	} {
		put(t, s, key, key)
		defer func() {
			if got := read(t, s, key); got != key {
				t.Errorf("%s holds %q", key, got)
			}
		}()
	}
}

func list(t *testing.T, s blob.Store) {
	all := []string{"files/aa-00000", "files/aa000000", "files/ab000000", "files/abc00000", "filesystem/aa000000", "pictures/00000000"}
	for _, i := range []int{3, 0, 5, 4, 1, 2} {
		put(t, s, all[i], all[i])
	}
	keys := func(prefix string) (found []string) {
		t.Helper()
		if err := s.List(t.Context(), prefix, func(info blob.Info) error {
			if info.Size != int64(len(info.Key)) {
				t.Errorf("%s has %d bytes", info.Key, info.Size)
			}
			found = append(found, info.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	for prefix, want := range map[string][]string{"": all, "files/": all[:4], "files": all[:5], "files/ab": all[2:4], "x": nil} {
		if got := keys(prefix); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", prefix, got, want)
		}
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
			if _, err := s.Put(t.Context(), key, bytes.NewReader(bytes.Repeat([]byte(fmt.Sprint(i)), 100_000))); err != nil {
				t.Error(err)
			}
		})
	}
	putting.Wait()
	if got := read(t, s, key); len(got) != 100_000 || strings.Trim(got, got[:1]) != "" {
		t.Errorf("%d bytes of a mixture", len(got))
	}
}

// putBesideDelete holds that a Put succeeds whatever becomes of its blob.
func putBesideDelete(t *testing.T, s blob.Store) {
	var working sync.WaitGroup
	working.Go(func() {
		for range 100 {
			if err := s.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}
	})
	for range 100 {
		put(t, s, key, "content")
	}
	working.Wait()
}
