// Guildhall is a whole community in one executable: text, voice, files, search and administration.
package main

import (
	"os"

	"guildhall/cli"
)

func main() {
	os.Exit(cli.Run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
