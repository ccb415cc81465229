package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func botCommands(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var commands []ops.ApplicationCommand
	if err := ask(c, ops.CommandBotCommands, ops.ApplicationCommandList{Bot: bot, Guild: guild}, &commands); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, commands)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tUSE\tWHAT IT DOES")
	for _, one := range commands {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.ID, one.Name, one.Usage, cmp.Or(one.Description, "-"))
	}
	return table.Flush()
}
