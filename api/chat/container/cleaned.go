package container

import (
	"errors"
	"io"
	"slices"
)

// blankName is the kind of boxes that everybody passes over.
const blankName = "free"

// sort brings what is to be blanked into the order of the file.
func (f *File) sort() {
	slices.SortFunc(f.zeros, byPlace)
	slices.Sort(f.names)
}

// Clean tells whether there are no metadata in the file.
func (f *File) Clean() bool { return len(f.zeros) == 0 && len(f.names) == 0 }

// Size is how many bytes Cleaned gives: as many as the file has.
func (f *File) Size() int64 { return f.size }

// Cleaned gives the file with its metadata blanked. It reads from the source.
func (f *File) Cleaned() io.Reader { return &cleaner{file: f, zeros: f.zeros, names: f.names} }

// cleaner blanks what it reads.
type cleaner struct {
	file *File
	at   int64
	// zeros and names are those that are not behind it.
	zeros  []span
	names  []int64
	placed bool
}

func (c *cleaner) Read(into []byte) (int, error) {
	if c.at >= c.file.size {
		return 0, io.EOF
	}
	if !c.placed {
		if _, err := c.file.source.Seek(c.at, io.SeekStart); err != nil {
			return 0, err
		}
		c.placed = true
	}
	n, err := c.file.source.Read(into[:min(int64(len(into)), c.file.size-c.at)])
	c.blank(into[:n])
	c.at += int64(n)
	if errors.Is(err, io.EOF) && c.at < c.file.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// blank blanks what is read from where the cleaner is.
func (c *cleaner) blank(part []byte) {
	end := c.at + int64(len(part))
	for len(c.zeros) > 0 && c.zeros[0].to <= c.at {
		c.zeros = c.zeros[1:]
	}
	for _, zero := range c.zeros {
		if zero.from >= end {
			break
		}
		if zero.to > c.at {
			clear(part[max(zero.from, c.at)-c.at : min(zero.to, end)-c.at])
		}
	}
	for _, name := range c.names {
		if name >= end {
			break
		}
		for i := range int64(len(blankName)) {
			if at := name + i - c.at; at >= 0 && at < int64(len(part)) {
				part[at] = blankName[i]
			}
		}
	}
	for len(c.names) > 0 && c.names[0]+int64(len(blankName)) <= end {
		c.names = c.names[1:]
	}
}
