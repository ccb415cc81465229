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
	"strings"

	"guildhall/store/blob"
)

// incoming is the folder of files that are being put. No key begins with a dot, so none lies in it.
const incoming = ".incoming"

// Store is a blob.Store in a folder: a blob lies in the file that its key names.
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

// Put implements blob.Store: it writes beside, waits for the disk, and renames.
func (s *Store) Put(ctx context.Context, key string, content io.Reader) (blob.Info, error) {
	if !blob.ValidKey(key) {
		return blob.Info{}, fmt.Errorf("%w: %.80q", blob.ErrKey, key)
	}
	temporary := incoming + "/" + rand.Text()
	if err := s.write(ctx, temporary, content); err != nil {
		return blob.Info{}, errors.Join(fmt.Errorf("put %s: %w", key, err), s.removeQuietly(temporary))
	}
	folder := path.Dir(key)
	err := s.root.MkdirAll(folder, 0o700)
	if err == nil {
		err = s.root.Rename(temporary, key)
	}
	if err != nil {
		return blob.Info{}, errors.Join(fmt.Errorf("put %s: %w", key, err), s.removeQuietly(temporary))
	}
	// The new name, and every folder that may have been made for it, must be on the disk too.
	for {
		if err := s.syncFolder(folder); err != nil {
			return blob.Info{}, fmt.Errorf("put %s: %w", key, err)
		}
		if folder == "." {
			return s.Stat(ctx, key)
		}
		folder = path.Dir(folder)
	}
}

func (s *Store) write(ctx context.Context, name string, content io.Reader) error {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, &contextReader{ctx, content})
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
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
	if !blob.ValidKey(key) {
		return nil, fmt.Errorf("%w: %.80q", blob.ErrKey, key)
	}
	file, err := s.root.Open(key)
	if err != nil {
		return nil, notFound(key, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(notFound(key, err), file.Close())
	}
	return &openBlob{file, describe(key, info)}, nil
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
	if !blob.ValidKey(key) {
		return blob.Info{}, fmt.Errorf("%w: %.80q", blob.ErrKey, key)
	}
	info, err := s.root.Stat(key)
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return blob.Info{}, notFound(key, err)
	}
	return describe(key, info), nil
}

// Delete implements blob.Store. Folders stay: another Put may be about to use one.
func (s *Store) Delete(_ context.Context, key string) error {
	if !blob.ValidKey(key) {
		return fmt.Errorf("%w: %.80q", blob.ErrKey, key)
	}
	info, err := s.root.Stat(key)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return nil
	}
	if err := s.removeQuietly(key); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return s.syncFolder(path.Dir(key))
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context, prefix string, visit func(blob.Info) error) error {
	var keys []string
	err := fs.WalkDir(s.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name == incoming:
			return fs.SkipDir
		case !entry.IsDir() && strings.HasPrefix(name, prefix):
			keys = append(keys, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The walk is in the order of path segments, which is not that of whole keys.
	return visitSorted(ctx, s, keys, visit)
}
