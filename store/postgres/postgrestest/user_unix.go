//go:build unix

package postgrestest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is whom the server runs as where the tests run as root, which PostgreSQL refuses.
func account() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(found.Uid)
		if err != nil {
			return 0, 0, err
		}
		gid, err := strconv.Atoi(found.Gid)
		return uid, gid, err
	}
	return 0, 0, fmt.Errorf("there is neither a user postgres nor nobody to run PostgreSQL as")
}

// own gives the folder to the server's user.
func (s *Server) own() error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := account()
	if err != nil {
		return err
	}
	return os.Chown(s.folder, uid, gid)
}

func (s *Server) unprivileged(command *exec.Cmd) {
	if os.Geteuid() != 0 {
		return
	}
	if uid, gid, err := account(); err == nil {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
}
