package pebble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say how a store uses its machine. The zero value is good.
type Options struct {
	// CacheBytes is how much memory the cache of blocks read from disk may take; 0 means DefaultCacheBytes.
	CacheBytes int64
	// MemTableBytes is how much is gathered in memory before it goes from the log to a table on disk; up to twice as much is in memory,
	// and about as much of the log is read at start. 0 means DefaultMemTableBytes.
	MemTableBytes int
	// Logger is told what the database does, at level debug; nil for nobody.
	Logger *slog.Logger
	// FS is where the folder is; nil means on this machine's disks.
	FS vfs.FS
}

// The sizes suit a hall of some hundred people, and leave room for everything else in 60 MB.
const (
	DefaultCacheBytes    = 8 << 20
	DefaultMemTableBytes = 4 << 20
)

// ErrInUse says that another process (or another Store in this one) has the folder open.
var ErrInUse = errors.New("a hall is already running on this directory")

// Store is the embedded store. It implements store.Store.
type Store struct {
	db     *pebble.DB
	lock   *pebble.Lock
	logger *slog.Logger

	// life is held for reading by every call, and for writing by Close, which so waits for what is under way.
	life   sync.RWMutex
	closed bool

	// writing orders the writes: each reads what it depends on, and applies its batch, while it holds it. The wait for the disk is outside.
	writing sync.Mutex
	// greatest is the greatest id ever stored. It is raised under writing.
	greatest atomic.Uint64
	// failure is set for good when the log could not be written.
	failure atomic.Pointer[error]
	// jammed says that a panic left the database's own locks held, so that it cannot be closed any more.
	jammed atomic.Bool

	// leaving are the accounts that are about to be deleted; writing guards it.
	leaving []*leaving
	live    liveChannels
	sweeper sweeper
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder, and makes both if need be. A folder that is in use is ErrInUse; one that a newer version of Guildhall wrote
// is refused. An older one is brought up to date first.
func Open(dir string, options Options) (*Store, error) {
	return open(dir, options, currentFormat, migrations)
}

func open(dir string, options Options, format uint32, steps []migration) (*Store, error) {
	if options.FS == nil {
		options.FS = vfs.Default
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.CacheBytes == 0 {
		options.CacheBytes = DefaultCacheBytes
	}
	if options.MemTableBytes == 0 {
		options.MemTableBytes = DefaultMemTableBytes
	}
	if err := options.FS.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the store's folder: %w", err)
	}
	lock, err := lockFolder(dir, options.FS)
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, logger: options.Logger}
	if s.db, err = pebble.Open(dir, s.databaseOptions(options)); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in %s: %w", dir, err), lock.Close())
	}
	if err := s.prepare(format, steps); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in %s: %w", dir, err), s.db.Close(), lock.Close())
	}
	s.sweeper.start(s)
	return s, nil
}

// lockFolder keeps other processes out of the folder.
func lockFolder(dir string, folders vfs.FS) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, folders)
	if err == nil {
		return lock, nil
	}
	// Of the errors there can be, only those that say more than "locked" have these kinds, on every system.
	if _, path := errors.AsType[*fs.PathError](err); path || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("lock the store's folder: %w", err)
	}
	return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
}

// databaseOptions tell Pebble what suits our keys and our machines.
func (s *Store) databaseOptions(options Options) *pebble.Options {
	adjusted := &pebble.Options{
		// Later formats are chosen by hand: a folder in a newer one cannot be opened by an older executable.
		FormatMajorVersion: pebble.FormatValueSeparation,
		FS:                 options.FS,
		Lock:               s.lock,
		CacheSize:          options.CacheBytes,
		MemTableSize:       uint64(options.MemTableBytes),
		// Two tables may wait for the disk before writers do.
		MemTableStopWritesThreshold: 3,
		Logger:                      databaseLogger{s},
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) { s.logger.Error("the store's database has trouble in the background", "error", err) },
			DataCorruption:  func(info pebble.DataCorruptionInfo) { _ = s.fail(fmt.Errorf("data on disk is corrupt: %s", info)) },
		},
	}
	for i := range adjusted.Levels {
		adjusted.Levels[i].BlockSize = blockBytes
		// 10 bits for each key let about 1 % of the look-ups of absent keys through to the disk.
		adjusted.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return adjusted
}

// blockBytes is how much is read from disk at a time: about 50 messages, a page of history.
const blockBytes = 16 << 10

// prepare makes sure that the database is in our format, and reads what is kept in memory.
func (s *Store) prepare(format uint32, steps []migration) error {
	if err := migrate(s.db, format, steps); err != nil {
		return err
	}
	greatest, err := getNumber(s.db, kindGreatest.key())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	s.greatest.Store(greatest)
	return nil
}

// enter begins a call; leave ends it. No method calls another that enters: Close would come between them.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return store.ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.life.RUnlock() }

// Ping tells whether the store can answer, and take writes.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.failed()
}

// Close waits for what is under way and lets go of the folder. What is still only in the log is read from there at the next start.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.closed = true
	s.sweeper.stop()
	if s.jammed.Load() {
		return s.failed()
	}
	return errors.Join(s.db.Close(), s.lock.Close())
}

// GreatestID is the greatest id ever stored, also when its object was deleted since.
func (s *Store) GreatestID(ctx context.Context) (id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	return id.ID(s.greatest.Load()), nil
}

// databaseLogger hands Pebble's log to ours.
type databaseLogger struct{ s *Store }

func (l databaseLogger) Infof(format string, args ...any) {
	if l.s.logger.Enabled(context.Background(), slog.LevelDebug) {
		l.s.logger.Debug("database: " + fmt.Sprintf(format, args...))
	}
}

func (l databaseLogger) Errorf(format string, args ...any) {
	l.s.logger.Error("database: " + fmt.Sprintf(format, args...))
}

// Fatalf is called when the database cannot go on, and must not return. The panic ends the process when it happens in the
// background; the log has everything that was acknowledged.
func (l databaseLogger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	_ = l.s.fail(err)
	panic(err)
}
