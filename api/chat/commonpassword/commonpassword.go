// Package commonpassword knows the passwords that people choose first, and that are therefore guessed first.
//
// The list is the 100,000 most frequent passwords of eight characters or more among ten million that were published after breaches, in lower case, as collected in SecLists
// (https://github.com/danielmiessler/SecLists, MIT, Copyright (c) 2018 Daniel Miessler). Command passwordgen makes it.
package commonpassword

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Count is how many passwords the list has; Shortest the characters of the shortest.
const (
	Count    = 100_000
	Shortest = 8
)

// packed is the list: a password a line in ascending order of bytes, compressed with gzip. It is read each time that it is asked, some milliseconds a time and hardly ever, and takes no memory besides.
//
//go:embed passwords.txt.gz
var packed []byte

// Contains tells whether a password is on the list, whatever the case of its letters.
func Contains(password string) bool {
	password = strings.ToLower(password)
	lines, err := open(packed)
	if err != nil {
		panic("the list of common passwords is broken: " + err.Error()) // it is part of the executable, and its test reads it
	}
	for lines.Scan() {
		switch strings.Compare(lines.Text(), password) {
		case 0:
			return true
		case 1:
			return false
		}
	}
	return false
}

func open(list []byte) (*bufio.Scanner, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(list))
	if err != nil {
		return nil, err
	}
	return bufio.NewScanner(unpacked), nil
}

// Pack makes a list of what is read: a password a line, the most frequent first. What is too short, cannot be typed or was there already in another case is left out, and so is what comes after Count.
func Pack(source io.Reader) ([]byte, error) {
	seen := map[string]bool{}
	for lines := bufio.NewScanner(source); len(seen) < Count; {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("the source ends after %d passwords of %d", len(seen), Count)
		}
		if password := strings.ToLower(lines.Text()); utf8.ValidString(password) && utf8.RuneCountInString(password) >= Shortest {
			seen[password] = true
		}
	}
	passwords := make([]string, 0, len(seen))
	for password := range seen {
		passwords = append(passwords, password)
	}
	slices.Sort(passwords)
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, password := range passwords {
		if _, err := io.WriteString(writer, password+"\n"); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
