package postgrestest

import (
	"os"
	"os/exec"
)

func (s *Server) own() error             { return nil }
func (s *Server) unprivileged(*exec.Cmd) {}

// Folders are not claimed on Windows, and what killed tests leave behind stays.
func claimFolder(string) (*os.File, error) { return nil, nil }
func abandoned(string) (*os.File, bool)    { return nil, false }
