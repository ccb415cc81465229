//go:build unix

package postgrestest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// claimFolder takes the lock that says that a folder's process is alive. The file comes under its name when it is locked, so that nobody finds it otherwise.
func claimFolder(folder string) (*os.File, error) {
	file, err := os.Create(filepath.Join(folder, "claim.new"))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, os.Rename(file.Name(), filepath.Join(folder, "claim"))
}

// abandoned takes over the claim of a folder whose process is gone.
func abandoned(folder string) (*os.File, bool) {
	file, err := os.OpenFile(filepath.Join(folder, "claim"), os.O_RDWR, 0)
	if err != nil {
		return nil, false
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = file.Close() // nothing was written
		return nil, false
	}
	return file, true
}
