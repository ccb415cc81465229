package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

func configCommand() *cli.Command {
	return group("config", "show how the hall is configured",
		leaf("show", "print every option with its value and where that comes from", configShow, jsonFlag()))
}

func configShow(c *cli.Context) error {
	_, settings, err := loadConfig(c)
	if err != nil {
		return err
	}
	type row struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Origin string `json:"origin"`
	}
	rows := make([]row, 0, len(settings))
	for _, setting := range settings {
		text := setting.Text
		if setting.Option.Secret && text != "" {
			text = "(secret)"
		}
		rows = append(rows, row{setting.Option.Name, text, setting.Origin})
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, rows)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPTION\tVALUE\tFROM")
	for _, row := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\n", row.Name, row.Value, row.Origin)
	}
	return table.Flush()
}
