package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/store"
)

func hallCommand() *cli.Command {
	return group("hall", "whose the hall is, and what was done to it",
		group("owner", "whose the hall is",
			leaf("show", "show the hall's owner", hallOwnerShow, jsonFlag()),
			leaf("set", "hand the hall over to another account; nobody is signed out by it", hallOwnerSet, userFlag(), reasonFlag(), jsonFlag())),
		leaf("policy", "print who may come into the hall and who may make bots, and change it", hallPolicy,
			&cli.StringFlag{Name: "registration", Usage: "who may make an account: `WHO`, invite (with an invite) or open (everybody)"},
			&cli.StringFlag{Name: "guests", Usage: "whether invites let people in without an account: `ON` or off"},
			&cli.StringFlag{Name: "bots", Usage: "who may make bots: `WHO`, everyone, owner or nobody"}, reasonFlag(), jsonFlag()),
		leaf("log", "print what those who run the hall did, the latest first", hallLog,
			&cli.IntFlag{Name: "limit", Usage: "print at most `N` entries, 1 to 100", Value: 50}, &cli.StringFlag{Name: "before", Usage: "only what was done before the entry with this `ID`"}, jsonFlag()))
}

// reasonFlag says why something is done.
func reasonFlag() cli.Flag {
	return &cli.StringFlag{Name: "reason", Usage: "`WHY`, for the hall's log"}
}

func hallOwnerShow(c *cli.Context) error {
	var shown ops.HallOwner
	if err := ask(c, ops.CommandHallOwner, struct{}{}, &shown); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, shown)
	}
	if shown.Owner == nil {
		_, err := fmt.Fprintln(c.App.Writer, "The hall has no owner yet.")
		return err
	}
	_, err := fmt.Fprintf(c.App.Writer, "The hall is %s's (id %s).\n", shown.Owner.Username, shown.Owner.ID)
	return err
}

func hallOwnerSet(c *cli.Context) error {
	var user ops.User
	if err := ask(c, ops.CommandHallOwnerSet, ops.UserName{User: c.String("user"), Reason: c.String("reason")}, &user); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, user)
	}
	_, err := fmt.Fprintf(c.App.Writer, "The hall is %s's now.\n", user.Username)
	return err
}

func hallPolicy(c *cli.Context) error {
	input := ops.HallPolicyInput{Reason: c.String("reason")}
	if text := c.String("registration"); text != "" {
		input.Registration = new(store.Registration(text))
	}
	if text := c.String("bots"); text != "" {
		input.BotCreation = new(store.BotCreation(text))
	}
	switch text := c.String("guests"); text {
	case "":
	case "on", "off":
		input.Guests = new(text == "on")
	default:
		return wrongUsage("--guests: %q is neither on nor off", text)
	}
	var policy ops.HallPolicy
	if err := ask(c, ops.CommandHallPolicy, input, &policy); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, policy)
	}
	guests := "off"
	if policy.Guests {
		guests = "on"
	}
	_, err := fmt.Fprintf(c.App.Writer, "Registration: %s\nGuests: %s\nBots are made by: %s\n", policy.Registration, guests, policy.BotCreation)
	return err
}

func hallLog(c *cli.Context) error {
	input := ops.HallPage{Limit: c.Int("limit")}
	if c.IsSet("before") {
		before, err := idFlag(c, "before")
		if err != nil {
			return err
		}
		input.Before = before
	}
	var entries []ops.HallEntry
	if err := ask(c, ops.CommandHallLog, input, &entries); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, entries)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHEN\tWHO\tWHAT\tWHOM\tDETAILS\tWHY")
	for _, one := range entries {
		who, whom := "command line", one.Target
		if one.ByID != 0 {
			who = cmp.Or(one.By, one.ByID.String())
		}
		if one.TargetID != 0 {
			whom = cmp.Or(whom, one.TargetID.String())
		}
		var details []string
		for _, name := range slices.Sorted(maps.Keys(one.Details)) {
			details = append(details, name+"="+one.Details[name])
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", one.At.Local().Format(time.DateTime), who, one.Act, cmp.Or(whom, "-"), cmp.Or(strings.Join(details, " "), "-"), cmp.Or(one.Reason, "-"))
	}
	return table.Flush()
}
