package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func guildCommand() *cli.Command {
	return group("guild", "make servers, and look after their emoji and their safety",
		leaf("create", "make a server with its first channels", guildCreate,
			&cli.StringFlag{Name: "name", Usage: "the server's `NAME`", Required: true},
			&cli.StringFlag{Name: "owner", Usage: "user `NAME` of the person it belongs to", Required: true},
			jsonFlag()),
		guildEmojiCommand(), guildMFACommand())
}

func guildCreate(c *cli.Context) error {
	var made ops.Guild
	if err := ask(c, ops.CommandGuildCreate, ops.GuildCreate{Name: c.String("name"), Owner: c.String("owner")}, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	_, err := fmt.Fprintf(c.App.Writer, "The server %s was made (id %s).\n", made.Name, made.ID)
	return err
}
