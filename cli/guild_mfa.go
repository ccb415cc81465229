package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func guildMFACommand() *cli.Command {
	return leaf("mfa", "show or set whether moderators of a server need two-factor authentication", guildMFA,
		&cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true},
		&cli.StringFlag{Name: "set", Usage: "required or optional (`WHICH`)"},
		&cli.StringFlag{Name: "reason", Usage: "`TEXT` for the audit log"}, jsonFlag())
}

func guildMFA(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	input := ops.GuildMFA{Guild: guild, Reason: c.String("reason")}
	switch which := c.String("set"); {
	case which == "required", which == "optional":
		input.Required = new(which == "required")
	case c.IsSet("set"):
		return wrongUsage("--set is required or optional, not %q", which)
	case input.Reason != "":
		return wrongUsage("--reason is for what is set")
	}
	var shown ops.GuildMFAShown
	if err := ask(c, ops.CommandGuildMFA, input, &shown); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, shown)
	}
	said := fmt.Sprintf("Moderators of %s need no two-factor authentication.\n", shown.Name)
	if shown.Required {
		said = fmt.Sprintf("Moderators of %s need two-factor authentication.\n", shown.Name)
		if !shown.OwnerProtected {
			said += fmt.Sprintf("Its owner %s has none, and cannot moderate until they set it up.\n", shown.Owner)
		}
	}
	_, err = fmt.Fprint(c.App.Writer, said)
	return err
}
