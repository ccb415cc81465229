package cli

import "github.com/urfave/cli/v2"

func benchCommand() *cli.Command {
	return group("bench", "measure how fast a hall is")
}
