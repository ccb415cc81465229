package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func modCommand() *cli.Command {
	target := func(more ...cli.Flag) []cli.Flag {
		return append([]cli.Flag{
			&cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true},
			&cli.StringFlag{Name: "user", Usage: "user `NAME`, e-mail address or id", Required: true},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` for the audit log"}, jsonFlag(),
		}, more...)
	}
	yes := &cli.BoolFlag{Name: "yes", Usage: "delete without being asked"}
	return group("mod", "moderate a server",
		leaf("ban", "keep somebody out of a server", modBan, target(&cli.DurationFlag{Name: "delete", Usage: "delete what they wrote within this time, such as 24h; 168h at most"}, yes)...),
		leaf("unban", "lift a ban", modDo(ops.CommandModUnban, "%s may come back.\n"), target()...),
		leaf("kick", "take somebody out of a server", modDo(ops.CommandModKick, "%s is out of the server.\n"), target()...),
		leaf("timeout", "keep somebody from writing and speaking for a time", modTimeout, target(&cli.DurationFlag{Name: "for", Usage: "how long, such as 10m; 0 ends it; 672h at most", Required: true})...),
		leaf("purge", "delete what somebody wrote in a server lately", modPurge, target(&cli.DurationFlag{Name: "within", Usage: "how far back, such as 24h; 168h at most", Required: true}, yes)...),
		leaf("audit", "show what administrators and moderators did", modAudit,
			&cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true},
			&cli.IntFlag{Name: "limit", Usage: "how many `ENTRIES`, the newest first; 100 at most", Value: 50},
			&cli.StringFlag{Name: "before", Usage: "only entries before the one with this `ID`"}, jsonFlag()))
}

// moderate asks for something to be done to the account that the flags name, and prints it.
func moderate(c *cli.Context, command string, length time.Duration, said func(ops.Moderated) string) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var done ops.Moderated
	input := ops.Moderation{Guild: guild, User: c.String("user"), Reason: c.String("reason"), Seconds: int(length / time.Second)}
	if err := ask(c, command, input, &done); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, done)
	}
	_, err = fmt.Fprint(c.App.Writer, said(done))
	return err
}

// modDo makes the action of a command that takes nothing but the account.
func modDo(command, said string) cli.ActionFunc {
	return func(c *cli.Context) error {
		return moderate(c, command, 0, func(done ops.Moderated) string { return fmt.Sprintf(said, done.Username) })
	}
}

// lengthFlag reads how long something is.
func lengthFlag(c *cli.Context, name string) (time.Duration, error) {
	length := c.Duration(name)
	if length < 0 || length%time.Second != 0 {
		return 0, wrongUsage("--%s must be a number of whole seconds, minutes or hours", name)
	}
	return length, nil
}

// needYes asks for --yes before something is deleted.
func needYes(c *cli.Context) error {
	if !c.Bool("yes") {
		return wrongUsage("this deletes messages for good; say --yes to do it")
	}
	return nil
}

func modBan(c *cli.Context) error {
	purge, err := lengthFlag(c, "delete")
	if err != nil {
		return err
	}
	if purge > 0 {
		if err := needYes(c); err != nil {
			return err
		}
	}
	return moderate(c, ops.CommandModBan, purge, func(done ops.Moderated) string { return done.Username + " is banned.\n" })
}

func modTimeout(c *cli.Context) error {
	length, err := lengthFlag(c, "for")
	if err != nil {
		return err
	}
	return moderate(c, ops.CommandModTimeout, length, func(done ops.Moderated) string {
		if done.Until == nil {
			return done.Username + " is not timed out any more.\n"
		}
		return fmt.Sprintf("%s is timed out until %s.\n", done.Username, done.Until.Local().Format(time.DateTime))
	})
}

func modPurge(c *cli.Context) error {
	within, err := lengthFlag(c, "within")
	if err == nil {
		err = needYes(c)
	}
	if err != nil {
		return err
	}
	return moderate(c, ops.CommandModPurge, within, func(done ops.Moderated) string {
		return fmt.Sprintf("%d messages of %s were deleted.\n", *done.Messages, done.Username)
	})
}

func modAudit(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	input := ops.AuditPage{Guild: guild, Limit: c.Int("limit")}
	if c.IsSet("before") {
		if input.Before, err = idFlag(c, "before"); err != nil {
			return err
		}
	}
	var entries []ops.AuditEntry
	if err := ask(c, ops.CommandModAudit, input, &entries); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, entries)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tWHEN\tBY\tWHAT\tTO\tWHY")
	for _, entry := range entries {
		target := cmp.Or(entry.Target, entry.TargetID.String())
		if entry.TargetID == 0 {
			target = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", entry.ID, entry.At.Local().Format(time.DateTime), cmp.Or(entry.By, "(command line)"), entry.What, target, entry.Reason)
	}
	return table.Flush()
}
