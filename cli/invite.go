package cli

import (
	"fmt"
	"time"

	"github.com/mdp/qrterminal/v3"
	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func inviteCommand() *cli.Command {
	return group("invite", "invite people",
		leaf("create", "make an invite link", inviteCreate,
			&cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true},
			&cli.DurationFlag{Name: "max-age", Usage: "how long it works, such as 24h; 0 for ever"},
			&cli.IntFlag{Name: "max-uses", Usage: "how often it works; 0 for any number"},
			&cli.BoolFlag{Name: "qr", Usage: "print a QR code too"},
			jsonFlag()))
}

func inviteCreate(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var made ops.Invite
	input := ops.InviteCreate{Guild: guild, MaxAge: int(c.Duration("max-age") / time.Second), MaxUses: c.Int("max-uses")}
	if err := ask(c, ops.CommandInviteCreate, input, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	if c.Bool("qr") {
		qrterminal.GenerateHalfBlock(made.URL, qrterminal.L, c.App.Writer)
	}
	_, err = fmt.Fprintln(c.App.Writer, made.URL)
	return err
}
