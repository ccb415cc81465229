package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// passwordFlags say where a password is read from. It is never an argument: other users of the machine can read those.
func passwordFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "password-stdin", Usage: "read the password from the first line of standard input"},
		&cli.StringFlag{Name: "password-file", Usage: "read the password from the first line of `FILE`"},
	}
}

// readPassword reads a password from where the flags say, or asks for it, twice, on a terminal.
func readPassword(c *cli.Context) (string, error) {
	switch {
	case c.Bool("password-stdin") && c.String("password-file") != "":
		return "", wrongUsage("choose one of --password-stdin and --password-file")
	case c.Bool("password-stdin"):
		return firstLine(c.App.Reader)
	case c.String("password-file") != "":
		file, err := os.Open(c.String("password-file"))
		if err != nil {
			return "", err
		}
		defer file.Close()
		return firstLine(file)
	}
	terminal, ok := c.App.Reader.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", wrongUsage("there is no terminal to ask for a password; use --password-stdin or --password-file")
	}
	first, err := askHidden(c, terminal, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := askHidden(c, terminal, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", wrongUsage("the two passwords differ")
	}
	return first, nil
}

func askHidden(c *cli.Context, terminal *os.File, question string) (string, error) {
	fmt.Fprint(c.App.ErrWriter, question)
	text, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(c.App.ErrWriter)
	return string(text), err
}

// maxPasswordLine is far beyond any password, and bounds what is read.
const maxPasswordLine = 4096

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordLine)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", wrongUsage("the password is empty")
	}
	return line, nil
}
