package memory

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// leftover is a durable value as it lies in the file.
type leftover struct {
	Key     string
	Data    []byte
	Expires time.Time
}

// formatName begins the file, so that another format is recognised.
const formatName = "guildhall ephemeral 1"

// takeIn reads and deletes the file that the last process left.
func (s *Store) takeIn() {
	if s.path == "" {
		return
	}
	leftovers, err := readFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("what the last run left for this one cannot be read; clients have to sign in to the gateway anew", "error", err)
	}
	// It tells of one moment only: after a crash of this run it would be a lie.
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("the file of the last run cannot be deleted", "error", err)
	}
	for _, one := range leftovers {
		if s.now().Before(one.Expires) {
			s.shard(one.Key).values[one.Key] = value{one.Data, one.Expires, true}
		}
	}
}

func readFile(path string) ([]leftover, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := gob.NewDecoder(file)
	var format string
	if err := decoder.Decode(&format); err != nil || format != formatName {
		return nil, fmt.Errorf("%s is not a file of this version", path)
	}
	var leftovers []leftover
	if err := decoder.Decode(&leftovers); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return leftovers, nil
}

// leave writes the durable values.
func (s *Store) leave() error {
	if s.path == "" {
		return nil
	}
	now := s.now()
	var leftovers []leftover
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		for key, v := range h.values {
			if v.durable && now.Before(v.expires) {
				leftovers = append(leftovers, leftover{key, v.data, v.expires})
			}
		}
		h.mu.Unlock()
	}
	if len(leftovers) == 0 {
		return nil
	}
	temporary := s.path + ".new"
	if err := writeFile(temporary, leftovers); err != nil {
		return fmt.Errorf("keep what is to survive the restart: %w", err)
	}
	return os.Rename(temporary, s.path)
}

func writeFile(path string, leftovers []leftover) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	encoder := gob.NewEncoder(file)
	err = encoder.Encode(formatName)
	if err == nil {
		err = encoder.Encode(leftovers)
	}
	return errors.Join(err, file.Sync(), file.Close())
}
