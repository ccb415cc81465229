package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func botCommand() *cli.Command {
	bot := &cli.StringFlag{Name: "bot", Usage: "the bot's `ID`", Required: true}
	permissions := func(what string) cli.Flag {
		return &cli.StringFlag{Name: "permissions", Usage: what + ", as a decimal `NUMBER`"}
	}
	intent := func(name, what string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: "whether it may receive " + what + ": `ON|OFF`"}
	}
	return group("bot", "make and look after bots",
		leaf("create", "make a bot and print its token, which is shown this once", botCreate,
			&cli.StringFlag{Name: "name", Usage: "the bot's `NAME`", Required: true},
			&cli.StringFlag{Name: "owner", Usage: "user `NAME` of the person it belongs to", Required: true},
			&cli.StringFlag{Name: "description", Usage: "what it says of itself: `TEXT`"},
			&cli.BoolFlag{Name: "public", Usage: "let others than its owner add it to servers"},
			&cli.StringFlag{Name: "guild", Usage: "`ID` of a server to add it to"},
			permissions("what it may do in that server"), jsonFlag()),
		leaf("list", "list bots with their owners and servers", botList, &cli.StringFlag{Name: "owner", Usage: "only those of the person with this user `NAME`"}, jsonFlag()),
		leaf("show", "show a bot: whose it is, what it may receive, and where it is", botShow, bot, jsonFlag()),
		leaf("token", "replace a bot's token and print the new one; the old one stops working at once", botToken, bot, jsonFlag()),
		leaf("edit", "change a bot's name, what it says of itself, and whether others than its owner add it to servers", botEdit, bot,
			&cli.StringFlag{Name: "name", Usage: "its `NAME` from now on"}, &cli.StringFlag{Name: "description", Usage: "what it says of itself: `TEXT`, empty for nothing"},
			&cli.StringFlag{Name: "public", Usage: "whether others than its owner add it to servers: `ON|OFF`"}, jsonFlag()),
		leaf("intents", "say which privileged intents a bot may use; sessions that use one which it may not use any more end", botIntents, bot,
			intent("members", "who comes, goes and changes"), intent("presences", "who is there"), intent("content", "what is said where it is not spoken to"), jsonFlag()),
		leaf("invite-url", "print the address of the page that adds a bot to a server", botInvite, bot, permissions("what the page asks for"),
			&cli.StringFlag{Name: "guild", Usage: "`ID` of the server that is chosen already"}, jsonFlag()),
		leaf("transfer", "make a bot another person's; its token stays as it is", botTransfer, bot, &cli.StringFlag{Name: "owner", Usage: "user `NAME` of the person it is to belong to", Required: true}, reasonFlag(), jsonFlag()),
		leaf("delete", "delete a bot with its memberships, roles and emoji, for good; what it wrote stays", botDelete, bot, reasonFlag(), &cli.BoolFlag{Name: "yes", Usage: "delete without being asked"}, jsonFlag()),
		leaf("commands", "list the commands that people can use of a bot", botCommands, bot,
			&cli.StringFlag{Name: "guild", Usage: "`ID` of a server, for those that are there alone; otherwise those that are everywhere"}, jsonFlag()),
		leaf("policy", "show or set who may make bots without the command line", botPolicy, &cli.StringFlag{Name: "set", Usage: "`WHO`: everyone, owner (of the hall) or nobody"}, jsonFlag()))
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

// permissionsFlag reads a flag that holds permissions; nil when it was not given.
func permissionsFlag(c *cli.Context, name string) (*perm.Set, error) {
	text := c.String(name)
	if text == "" {
		return nil, nil
	}
	value, err := perm.Parse(text)
	if err != nil || value&^perm.All != 0 {
		return nil, wrongUsage("--%s: %q is not a set of permissions", name, text)
	}
	return &value, nil
}

// switchFlag reads a flag that is on or off; nil when it was not given.
func switchFlag(c *cli.Context, name string) (*bool, error) {
	switch text := c.String(name); text {
	case "":
		return nil, nil
	case "on", "off":
		return new(text == "on"), nil
	default:
		return nil, wrongUsage("--%s: say on or off, not %q", name, text)
	}
}

func botCreate(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	permissions, err := permissionsFlag(c, "permissions")
	if err != nil {
		return err
	}
	input := ops.BotCreate{Name: c.String("name"), Owner: c.String("owner"), Description: c.String("description"), Public: c.Bool("public"), Guild: guild}
	if permissions != nil {
		if guild == 0 {
			return wrongUsage("--permissions are for a server; say which with --guild")
		}
		input.Permissions = *permissions
	}
	var made ops.Bot
	if err := ask(c, ops.CommandBotCreate, input, &made); err != nil {
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

func botList(c *cli.Context) error {
	var bots []ops.BotShown
	if err := ask(c, ops.CommandBotList, ops.BotList{Owner: c.String("owner")}, &bots); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, bots)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tOWNER\tPUBLIC\tINTENTS\tSERVERS")
	for i := range bots {
		bot := &bots[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\n", bot.ID, bot.Name, bot.Owner, yesNo(bot.Public), intentNames(bot.Intents), len(bot.Guilds))
	}
	return table.Flush()
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// intentNames are the privileged intents that a bot may use, in words.
func intentNames(intents ops.Intents) string {
	var names []string
	for _, one := range []struct {
		on   bool
		name string
	}{{intents.Members, "members"}, {intents.Presences, "presences"}, {intents.Content, "content"}} {
		if one.on {
			names = append(names, one.name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "-")
}

func botShow(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	return botDo(c, ops.CommandBotShow, ops.BotName{Bot: bot}, "")
}

// botDo asks for something about a bot, and prints what it is now; or, where there are words to say, those with its name.
func botDo(c *cli.Context, command string, input any, said string) error {
	var bot ops.BotShown
	if err := ask(c, command, input, &bot); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, bot)
	}
	if said != "" {
		_, err := fmt.Fprintf(c.App.Writer, said, bot.Name, bot.ID)
		return err
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "ID\t%s\nName\t%s\nOwner\t%s (%s)\nDescription\t%s\nPublic\t%s\nIntents\t%s\n", bot.ID, bot.Name, bot.Owner, bot.OwnerID, cmp.Or(bot.Description, "-"), yesNo(bot.Public), intentNames(bot.Intents))
	fmt.Fprintf(table, "Interactions\t%s\nLeads back to\t%s\nServers\t%s\n", cmp.Or(bot.InteractionsURL, "over the gateway"), cmp.Or(strings.Join(bot.RedirectURIs, ", "), "-"), holdings(bot.Guilds))
	return table.Flush()
}

func botEdit(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	input := ops.BotEdit{Bot: bot}
	if input.Public, err = switchFlag(c, "public"); err != nil {
		return err
	}
	for name, target := range map[string]**string{"name": &input.Name, "description": &input.Description} {
		if c.IsSet(name) {
			*target = new(c.String(name))
		}
	}
	if input == (ops.BotEdit{Bot: bot}) {
		return wrongUsage("say what to change: --name, --description or --public")
	}
	return botDo(c, ops.CommandBotEdit, input, "")
}

func botIntents(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	input := ops.BotIntents{Bot: bot}
	for name, target := range map[string]**bool{"members": &input.Members, "presences": &input.Presences, "content": &input.Content} {
		if *target, err = switchFlag(c, name); err != nil {
			return err
		}
	}
	return botDo(c, ops.CommandBotIntents, input, "")
}

func botInvite(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	input := ops.BotInvite{Bot: bot}
	if input.Permissions, err = permissionsFlag(c, "permissions"); err != nil {
		return err
	}
	if input.Guild, err = idFlag(c, "guild"); err != nil {
		return err
	}
	var invite ops.BotInviteURL
	if err := ask(c, ops.CommandBotInvite, input, &invite); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, invite)
	}
	fmt.Fprintln(c.App.Writer, invite.URL)
	if !invite.Public {
		fmt.Fprintln(c.App.Writer, "Only its owner can use this: the bot is not public.")
	}
	return nil
}

func botTransfer(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	input := ops.BotTransfer{BotName: ops.BotName{Bot: bot, Reason: c.String("reason")}, Owner: c.String("owner")}
	return botDo(c, ops.CommandBotTransfer, input, "The bot %s (id %s) was handed over. Whoever has its token keeps it, until it is replaced.\n")
}

func botDelete(c *cli.Context) error {
	bot, err := idFlag(c, "bot")
	if err != nil {
		return err
	}
	if !c.Bool("yes") {
		return wrongUsage("this deletes the bot for good; say --yes to do it")
	}
	return botDo(c, ops.CommandBotDelete, ops.BotName{Bot: bot, Reason: c.String("reason")}, "The bot %s was deleted (id %s).\n")
}

// botPolicies say in words who may make bots.
var botPolicies = map[store.BotCreation]string{
	store.BotCreationEveryone: "Everyone with an account makes bots.",
	store.BotCreationOwner:    "Only the hall's owner makes bots, and the command line.",
	store.BotCreationNobody:   "Bots are made from the command line alone.",
}

func botPolicy(c *cli.Context) error {
	var policy ops.BotPolicy
	if err := ask(c, ops.CommandBotPolicy, ops.BotPolicy{Policy: store.BotCreation(c.String("set"))}, &policy); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, policy)
	}
	_, err := fmt.Fprintln(c.App.Writer, botPolicies[policy.Policy])
	return err
}
