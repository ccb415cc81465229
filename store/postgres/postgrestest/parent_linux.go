package postgrestest

import (
	"os/exec"
	"syscall"
)

// dieWithParent has a command end (by an immediate shutdown) when this process ends, however it does.
func dieWithParent(command *exec.Cmd) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	// Strictly it is the thread that started the command. Go ends threads only with goroutines that are locked to them, and none that starts servers is.
	command.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
