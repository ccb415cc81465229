// Package dir keeps files in a folder.
package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"guildhall/store/blob"
)

// incoming is the folder of files that are being put. No kind begins with a dot, so no blob lies in it.
const incoming = ".incoming"

// spread is how many of a name's first bytes name the folder that its blob lies in, so that no folder grows large: names that are hashes fall into 256 folders.
const spread = 2

// Store is a blob.Store in a folder: the blob "kind/name" lies in the file kind/na/name.
type Store struct {
	root *os.Root
}

// Open opens a folder, which is made when it is not there, and removes what interrupted Puts have left in it.
func Open(folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	if err := errors.Join(root.RemoveAll(incoming), root.Mkdir(incoming, 0o700)); err != nil {
		return nil, errors.Join(fmt.Errorf("open the folder of files: %w", err), root.Close())
	}
	return &Store{root: root}, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.root.Close() }

// file gives the name of the file that a blob lies in.
func file(key string) (string, error) {
	if !blob.ValidKey(key) {
		return "", fmt.Errorf("%w: %.80q", blob.ErrKey, key)
	}
	kind, name, _ := strings.Cut(key, "/")
	return path.Join(kind, name[:spread], name), nil
}

// Put implements blob.Store: it writes beside, waits for the disk, and renames.
func (s *Store) Put(ctx context.Context, key string, content io.Reader) (blob.Info, error) {
	name, err := file(key)
	if err != nil {
		return blob.Info{}, err
	}
	temporary := incoming + "/" + rand.Text()
	written, err := s.write(ctx, temporary, content)
	if err == nil {
		err = s.root.MkdirAll(path.Dir(name), 0o700)
	}
	if err == nil {
		err = s.root.Rename(temporary, name)
	}
	if err != nil {
		return blob.Info{}, errors.Join(fmt.Errorf("put %s: %w", key, err), s.removeQuietly(temporary))
	}
	// The new name, and every folder that may have been made for it, must be on the disk too.
	for folder := path.Dir(name); ; folder = path.Dir(folder) {
		if err := s.syncFolder(folder); err != nil {
			return blob.Info{}, fmt.Errorf("put %s: %w", key, err)
		}
		if folder == "." {
			return describe(key, written), nil
		}
	}
}

// write makes a file and waits until its bytes are on the disk.
func (s *Store) write(ctx context.Context, name string, content io.Reader) (fs.FileInfo, error) {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, &contextReader{ctx, content})
	if err == nil {
		err = file.Sync()
	}
	var info fs.FileInfo
	if err == nil {
		info, err = file.Stat()
	}
	return info, errors.Join(err, file.Close())
}

// contextReader ends with the context's error when that ends.
type contextReader struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one call of io.Copy
	reader io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.reader.Read(p)
}

func (s *Store) removeQuietly(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, key string) (blob.Blob, error) {
	name, err := file(key)
	if err != nil {
		return nil, err
	}
	opened, err := s.root.Open(name)
	if err != nil {
		return nil, notFound(key, err)
	}
	info, err := opened.Stat()
	if err != nil {
		return nil, errors.Join(notFound(key, err), opened.Close())
	}
	return &openBlob{opened, describe(key, info)}, nil
}

type openBlob struct {
	*os.File
	info blob.Info
}

func (b *openBlob) Info() blob.Info { return b.info }

func describe(key string, info fs.FileInfo) blob.Info {
	return blob.Info{Key: key, Size: info.Size(), ModifiedAt: info.ModTime().UTC()}
}

func notFound(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", key, blob.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", key, err)
}

// Stat implements blob.Store.
func (s *Store) Stat(_ context.Context, key string) (blob.Info, error) {
	name, err := file(key)
	if err != nil {
		return blob.Info{}, err
	}
	info, err := s.root.Stat(name)
	if err != nil {
		return blob.Info{}, notFound(key, err)
	}
	return describe(key, info), nil
}

// Delete implements blob.Store. Folders stay: another Put may be about to use one.
func (s *Store) Delete(_ context.Context, key string) error {
	name, err := file(key)
	if err != nil {
		return err
	}
	switch err := s.root.Remove(name); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return s.syncFolder(path.Dir(name))
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context, prefix string, visit func(blob.Info) error) error {
	var keys []string
	from := "."
	if kind, _, whole := strings.Cut(prefix, "/"); whole && blob.ValidKey(kind+"/00000000") {
		from = kind // no other folder has keys of that kind
	}
	err := fs.WalkDir(s.root.FS(), from, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case name == from && errors.Is(err, fs.ErrNotExist):
			return nil // nothing of that kind was ever put
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name == incoming:
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		// Other files, which somebody may have put here, are none of ours.
		kind, _, _ := strings.Cut(name, "/")
		key := kind + "/" + path.Base(name)
		if own, err := file(key); err == nil && own == name && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(keys)
	for _, key := range keys {
		switch info, err := s.Stat(ctx, key); {
		case errors.Is(err, blob.ErrNotFound): // deleted meanwhile
		case err != nil:
			return err
		default:
			if err := visit(info); err != nil {
				return err
			}
		}
	}
	return nil
}
