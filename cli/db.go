package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func dbCommand() *cli.Command {
	return group("db", "look after what the hall remembers",
		leaf("check", "look through the whole database and all files for what does not agree; changes nothing", dbCheck, jsonFlag()))
}

func dbCheck(c *cli.Context) error {
	var found ops.DBCheck
	if err := ask(c, ops.CommandDBCheck, struct{}{}, &found); err != nil {
		return err
	}
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, found); err != nil {
			return err
		}
	} else {
		for _, problem := range found.Problems {
			fmt.Fprintln(c.App.Writer, problem)
		}
	}
	if len(found.Problems) > 0 {
		return &ops.CommandError{Outcome: ops.Failed, Message: fmt.Sprintf("problems found: %d", len(found.Problems))}
	}
	if c.Bool("json") {
		return nil
	}
	_, err := fmt.Fprintln(c.App.Writer, "All is well.")
	return err
}
