package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// dataFolder is the folder that holds a hall.
type dataFolder string

func (d dataFolder) store() string     { return filepath.Join(string(d), "store") }
func (d dataFolder) authority() string { return filepath.Join(string(d), "authority") }
func (d dataFolder) files() string     { return filepath.Join(string(d), "files") }
func (d dataFolder) ephemeral() string { return filepath.Join(string(d), "ephemeral.state") }
func (d dataFolder) secret() string    { return filepath.Join(string(d), "token.secret") }

// make creates the folder for its owner alone, if it is not there.
func (d dataFolder) make() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return nil
}

// tokenSecret reads the generated secret that signs access tokens, or generates it. It is written under another name first, so that a crash never
// leaves half a secret.
func (d dataFolder) tokenSecret() ([]byte, error) {
	secret, err := os.ReadFile(d.secret())
	if err == nil && len(secret) >= 32 {
		return secret, nil
	}
	if err == nil {
		return nil, fmt.Errorf("%s is damaged; delete it to make a new one (everybody has to log in again)", d.secret())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	secret = make([]byte, 48)
	rand.Read(secret) // never fails (crypto/rand)
	temporary := d.secret() + ".new"
	if err := writeSynced(temporary, secret); err != nil {
		return nil, err
	}
	return secret, os.Rename(temporary, d.secret())
}

// writeSynced writes a file for its owner alone, and waits until it is on the disk.
func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}
