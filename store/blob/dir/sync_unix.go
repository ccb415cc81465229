//go:build unix

package dir

import "errors"

// syncFolder waits until a folder's entries are on the disk.
func (s *Store) syncFolder(folder string) error {
	file, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
