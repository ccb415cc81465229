package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/store/id"
)

func botCommand() *cli.Command {
	return group("bot", "make and look after bots",
		leaf("create", "make a bot and print its token, which is shown this once", botCreate,
			&cli.StringFlag{Name: "name", Usage: "the bot's `NAME`", Required: true},
			&cli.StringFlag{Name: "owner", Usage: "user `NAME` of the person it belongs to", Required: true},
			&cli.StringFlag{Name: "guild", Usage: "`ID` of a server to add it to"},
			jsonFlag()),
		leaf("token", "replace a bot's token and print the new one; the old one stops working at once", botToken,
			&cli.StringFlag{Name: "bot", Usage: "the bot's `ID`", Required: true}, jsonFlag()))
}

// idFlag reads a flag that holds an id; zero when it was not given.
func idFlag(c *cli.Context, name string) (id.ID, error) {
	text := c.String(name)
	if text == "" {
		return 0, nil
	}
	value, err := id.Parse(text)
	if err != nil {
		return 0, wrongUsage("--%s: %q is not an id", name, text)
	}
	return value, nil
}

func botCreate(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var made ops.Bot
	if err := ask(c, ops.CommandBotCreate, ops.BotCreate{Name: c.String("name"), Owner: c.String("owner"), Guild: guild}, &made); err != nil {
		return err
	}
	return printBot(c, made)
}

func botToken(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	var reset ops.Bot
	if err := ask(c, ops.CommandBotToken, ops.BotToken{Bot: bot}, &reset); err != nil {
		return err
	}
	return printBot(c, reset)
}

func printBot(c *cli.Context, bot ops.Bot) error {
	if c.Bool("json") {
		return printJSON(c.App.Writer, bot)
	}
	_, err := fmt.Fprintf(c.App.Writer, "%s (id %s)\nToken, shown this once: %s\n", bot.Name, bot.ID, bot.Token)
	return err
}
