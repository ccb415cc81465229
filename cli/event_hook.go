package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/chat"
	"guildhall/api/ops"
	"guildhall/store/id"
)

func eventHookCommand() *cli.Command {
	hook := &cli.StringFlag{Name: "hook", Usage: "`ID` of the event hook", Required: true}
	guild := &cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true}
	reason := &cli.StringFlag{Name: "reason", Usage: "`TEXT` for the audit log"}
	return group("event-hook", "have addresses told of what happens in a server, with a signed request for each event",
		leaf("list", "list the event hooks of a server", eventHookList, guild, jsonFlag()),
		leaf("create", "make an event hook and print the secret that its requests are signed with, this once", eventHookCreate, guild, reason, jsonFlag(),
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the event hook", Required: true},
			&cli.StringFlag{Name: "url", Usage: "the `ADDRESS` to tell: http:// or https://", Required: true},
			&cli.StringFlag{Name: "events", Usage: "the `EVENTS` to tell of, separated by commas (default: all of " + strings.Join(chat.EventNames, ", ") + ")"},
			&cli.StringFlag{Name: "channels", Usage: "`IDS` of the channels to tell of, separated by commas (default: all)"},
			&cli.BoolFlag{Name: "content", Usage: "tell what messages say"}),
		leaf("delete", "delete an event hook with what it did not tell yet", eventHookDelete, hook, reason, jsonFlag()),
		leaf("stop", "have an event hook tell nothing until it is started again; what waits stays", eventHookStop(true), hook, reason, jsonFlag()),
		leaf("start", "have an event hook go on that was stopped, by hand or because its address answered 410", eventHookStop(false), hook, reason, jsonFlag()),
		leaf("test", "tell the address of an event hook that it is tested", eventHookTest, hook, jsonFlag()),
		leaf("deliveries", "list what an event hook is to tell, or could not: the oldest 100", eventHookDeliveries, hook, jsonFlag(), &cli.BoolFlag{Name: "dead", Usage: "what it could not tell"}),
		leaf("replay", "try again what an event hook could not tell", eventHookReplay, hook, jsonFlag(), &cli.StringFlag{Name: "delivery", Usage: "`ID` of one delivery (default: all)"}))
}

func eventHookList(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var hooks []ops.EventHook
	if err := ask(c, ops.CommandEventHookList, ops.EventHookList{Guild: guild}, &hooks); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, hooks)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tADDRESS\tEVENTS\tSTOPPED")
	for _, hook := range hooks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", hook.ID, hook.Name, hook.URL, len(hook.Events), cmp.Or(hook.Suspended, "-"))
	}
	return table.Flush()
}

func eventHookCreate(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	input := ops.EventHookCreate{Guild: guild, Name: c.String("name"), URL: c.String("url"), Content: c.Bool("content"), Reason: c.String("reason")}
	for _, name := range commaSeparated(c.String("events")) {
		input.Events = append(input.Events, strings.ToUpper(name))
	}
	for _, text := range commaSeparated(c.String("channels")) {
		channelID, err := id.Parse(text)
		if err != nil {
			return wrongUsage("--channels: %q is not an id", text)
		}
		input.Channels = append(input.Channels, channelID)
	}
	var made ops.EventHook
	if err := ask(c, ops.CommandEventHookCreate, input, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s (id %s) tells %s\nIts secret, which is not shown again: %s\n", made.Name, made.ID, made.URL, made.Secret)
	return err
}

// commaSeparated gives the words of a list.
func commaSeparated(text string) (words []string) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func eventHookDelete(c *cli.Context) error {
	hook, err := idFlag(c, "hook")
	if err != nil {
		return err
	}
	var deleted ops.EventHook
	if err := ask(c, ops.CommandEventHookDelete, ops.EventHookOne{Hook: hook, Reason: c.String("reason")}, &deleted); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, deleted)
	}
	_, err = fmt.Fprintf(c.App.Writer, "The event hook %s was deleted (id %s).\n", deleted.Name, deleted.ID)
	return err
}

// eventHookStop makes the action that stops an event hook, or the one that has it go on.
func eventHookStop(stop bool) cli.ActionFunc {
	return func(c *cli.Context) error {
		hook, err := idFlag(c, "hook")
		if err != nil {
			return err
		}
		var changed ops.EventHook
		if err := ask(c, ops.CommandEventHookStop, ops.EventHookStop{Hook: hook, Stop: stop, Reason: c.String("reason")}, &changed); err != nil {
			return err
		}
		if c.Bool("json") {
			return printJSON(c.App.Writer, changed)
		}
		said := "The event hook %s goes on.\n"
		if stop {
			said = "The event hook %s tells nothing for now.\n"
		}
		_, err = fmt.Fprintf(c.App.Writer, said, changed.Name)
		return err
	}
}

func eventHookTest(c *cli.Context) error {
	hook, err := idFlag(c, "hook")
	if err != nil {
		return err
	}
	var tested ops.EventHookTested
	if err := ask(c, ops.CommandEventHookTest, ops.EventHookOne{Hook: hook}, &tested); err != nil {
		return err
	}
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, tested); err != nil {
			return err
		}
	}
	if tested.Problem != "" {
		return fmt.Errorf("the test was not taken: %s", tested.Problem)
	}
	if c.Bool("json") {
		return nil
	}
	_, err = fmt.Fprintf(c.App.Writer, "It was taken: the answer was %d.\n", tested.Status)
	return err
}

func eventHookDeliveries(c *cli.Context) error {
	hook, err := idFlag(c, "hook")
	if err != nil {
		return err
	}
	var found []ops.EventDelivery
	if err := ask(c, ops.CommandEventHookDeliveries, ops.EventHookDeliveries{Hook: hook, Dead: c.Bool("dead")}, &found); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, found)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tEVENT\tSINCE\tATTEMPTS\tPROBLEM")
	for _, one := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", one.ID, one.Event, one.At.UTC().Format("2006-01-02 15:04:05"), one.Attempts, cmp.Or(one.Problem, "-"))
	}
	return table.Flush()
}

func eventHookReplay(c *cli.Context) error {
	hook, err := idFlag(c, "hook")
	if err != nil {
		return err
	}
	input := ops.EventHookReplay{Hook: hook}
	if c.String("delivery") != "" {
		if input.Delivery, err = idFlag(c, "delivery"); err != nil {
			return err
		}
	}
	var replayed ops.EventHookReplayed
	if err := ask(c, ops.CommandEventHookReplay, input, &replayed); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, replayed)
	}
	said := fmt.Sprintf("%d are tried again.\n", replayed.Count)
	if replayed.Suspended != "" {
		said = fmt.Sprintf("%d are tried again when the event hook goes on (guildhall event-hook start --hook %s). %s\n", replayed.Count, hook, replayed.Suspended)
	}
	_, err = fmt.Fprint(c.App.Writer, said)
	return err
}
