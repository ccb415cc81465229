//go:build unix

package ops

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// listenPrivate makes the socket without rights for others from its first moment, and gives it mode 0600.
func listenPrivate(path string) (net.Listener, error) {
	// The mask is the whole process's: folders that are made in this moment stay usable, for their owner alone.
	before := syscall.Umask(0o077)
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

func isSocket(info os.FileInfo) bool { return info.Mode().Type() == os.ModeSocket }

// checkPrivate refuses a folder that others may write to, or that belongs to somebody else: they could put their own socket there.
func checkPrivate(folder string) error {
	owner, err := checkUnshared(folder)
	if err != nil {
		return err
	}
	if owner != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user", folder)
	}
	return nil
}

// checkTrusted refuses a folder in which somebody else than the hall's own administrator may have put a socket. The superuser may administer the halls of others, but
// not where anybody can make a folder that looks like a hall's.
func checkTrusted(folder string) error {
	owner, err := checkUnshared(folder)
	if err != nil {
		return err
	}
	if us := os.Geteuid(); owner != us && (us != 0 || filepath.Dir(folder) == filepath.Clean(os.TempDir())) {
		return fmt.Errorf("%s belongs to another user", folder)
	}
	return nil
}

// checkUnshared gives a folder's owner, and refuses one that others may write to.
func checkUnshared(folder string) (owner int, err error) {
	info, err := os.Stat(folder)
	if err != nil {
		return 0, err
	}
	if info.Mode().Perm()&0o022 != 0 {
		return 0, fmt.Errorf("%s may be written to by other users; make it private (chmod 700)", folder)
	}
	system, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("whose folder %s is cannot be found out", folder)
	}
	return int(system.Uid), nil
}
