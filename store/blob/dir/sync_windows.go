package dir

// syncFolder has nothing to do: NTFS journals names, and Windows cannot flush a folder.
func (s *Store) syncFolder(string) error { return nil }
