package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func setupURLCommand() *cli.Command {
	return leaf("setup-url", "print a new one-time link that makes the hall's owner", func(c *cli.Context) error {
		var link ops.SetupLink
		if err := ask(c, ops.CommandSetupURL, struct{}{}, &link); err != nil {
			return err
		}
		if c.Bool("json") {
			return printJSON(c.App.Writer, link)
		}
		_, err := fmt.Fprintf(c.App.Writer, "%s\nIt works once, until %s.\n", link.URL, link.ExpiresAt.Local().Format("15:04"))
		return err
	}, jsonFlag())
}
