//go:build unix

package ops

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// listenPrivate makes the socket without rights for others from its first moment: it lies in a folder that only the owner can enter, and gets mode 0600.
func listenPrivate(path string) (net.Listener, error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// checkPrivate refuses a folder that others may write to, or that belongs to somebody else: they could put their own socket there.
func checkPrivate(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user", folder)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s may be written to by other users; make it private (chmod 700)", folder)
	}
	return nil
}
