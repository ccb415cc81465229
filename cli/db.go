package cli

import (
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func dbCommand() *cli.Command {
	return group("db", "look after what the hall remembers",
		leaf("check", "look through the whole database and all files for what does not agree; changes nothing", dbCheck, jsonFlag()),
		leaf("census", "count what the hall keeps: the records of the database by kind, and the files", dbCensus, jsonFlag()))
}

func dbCensus(c *cli.Context) error {
	var census ops.DBCensus
	if err := ask(c, ops.CommandDBCensus, struct{}{}, &census); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, census)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	for _, counted := range []struct {
		what   string
		counts map[string]int
	}{{"record", census.Records}, {"file", census.Files}} {
		for _, kind := range slices.Sorted(maps.Keys(counted.counts)) {
			fmt.Fprintf(table, "%s\t%s\t%d\n", counted.what, kind, counted.counts[kind])
		}
	}
	return table.Flush()
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
