package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/store/id"
)

// userFlag names the account that a command is about.
func userFlag() cli.Flag {
	return &cli.StringFlag{Name: "user", Usage: "user `NAME`, e-mail address or id", Required: true}
}

// accountCommands look after one account.
func accountCommands() []*cli.Command {
	yes := &cli.BoolFlag{Name: "yes", Usage: "delete without being asked"}
	return []*cli.Command{
		leaf("show", "show an account with its servers and bots", userShow, userFlag(), jsonFlag()),
		leaf("reset-link", "print a one-time link with which a person sets a new password", userResetLink, userFlag(), reasonFlag(), jsonFlag()),
		leaf("mfa-reset", "take an account's authenticator app, passkeys and recovery codes away: for somebody who has lost them", accountDo(ops.CommandUserMFAReset, "%s signs in with the password alone now.\n"), userFlag(), reasonFlag(), jsonFlag()),
		leaf("stream-key", "make the key with which OBS and players show and watch streams in a person's name, in place of an earlier one", userStreamKey, userFlag(), reasonFlag(),
			&cli.BoolFlag{Name: "remove", Usage: "take the key away instead"}, jsonFlag()),
		leaf("disable", "shut an account out and end its sessions", accountDo(ops.CommandUserDisable, "%s is shut out.\n"), userFlag(), reasonFlag(), jsonFlag()),
		leaf("enable", "let an account in again", accountDo(ops.CommandUserEnable, "%s may come in again.\n"), userFlag(), reasonFlag(), jsonFlag()),
		leaf("delete", "delete an account with its bots, for good; what it wrote stays without its name", userDelete, userFlag(), reasonFlag(), yes, jsonFlag()),
		leaf("sessions", "list where an account is signed in", userSessions, userFlag(), jsonFlag()),
		leaf("revoke", "end an account's sessions", userRevoke, userFlag(), reasonFlag(), &cli.StringFlag{Name: "session", Usage: "only the session with this `ID`"}, jsonFlag()),
	}
}

// accountDo makes the action of a command that takes nothing but the account.
func accountDo(command, said string) cli.ActionFunc {
	return func(c *cli.Context) error {
		var user ops.User
		if err := ask(c, command, ops.UserName{User: c.String("user"), Reason: c.String("reason")}, &user); err != nil {
			return err
		}
		if c.Bool("json") {
			return printJSON(c.App.Writer, user)
		}
		_, err := fmt.Fprintf(c.App.Writer, said, user.Username)
		return err
	}
}

func userDelete(c *cli.Context) error {
	if !c.Bool("yes") {
		return wrongUsage("this deletes the account and its bots for good; say --yes to do it")
	}
	return accountDo(ops.CommandUserDelete, "The account %s was deleted.\n")(c)
}

func userShow(c *cli.Context) error {
	var user ops.UserDetails
	if err := ask(c, ops.CommandUserShow, ops.UserName{User: c.String("user")}, &user); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, user)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "ID\t%s\nName\t%s\nDisplay name\t%s\nE-mail\t%s\nKind\t%s\nMade\t%s\n", user.ID, user.Username, cmp.Or(user.GlobalName, "-"), cmp.Or(user.Email, "-"),
		user.Kind(), user.CreatedAt.Local().Format(time.DateTime))
	fmt.Fprintf(table, "Sessions\t%d\nFiles\t%d bytes\nServers\t%s\nBots\t%s\n", user.Sessions, user.FileBytes, holdings(user.Guilds), holdings(user.Bots))
	return table.Flush()
}

// holdings are servers or bots in one line.
func holdings(all []ops.Holding) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = fmt.Sprintf("%s (%s)", one.Name, one.ID)
		if one.Owner {
			names[i] = fmt.Sprintf("%s (%s, owner)", one.Name, one.ID)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "-")
}

func userSessions(c *cli.Context) error {
	var sessions []ops.Session
	if err := ask(c, ops.CommandUserSessions, ops.UserName{User: c.String("user")}, &sessions); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, sessions)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tBEGAN\tLAST USED\tFROM\tWITH")
	for _, one := range sessions {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.CreatedAt.Local().Format(time.DateTime), one.UsedAt.Local().Format(time.DateTime), one.Address, one.UserAgent)
	}
	return table.Flush()
}

func userRevoke(c *cli.Context) error {
	input := ops.SessionsRevoke{UserName: ops.UserName{User: c.String("user"), Reason: c.String("reason")}}
	if c.IsSet("session") {
		session, err := idFlag(c, "session")
		if err != nil {
			return err
		}
		input.Sessions = []id.ID{session}
	}
	var done ops.SessionsRevoked
	if err := ask(c, ops.CommandUserRevoke, input, &done); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, done)
	}
	_, err := fmt.Fprintf(c.App.Writer, "Sessions of %s that were ended: %d.\n", done.Username, done.Ended)
	return err
}

func userResetLink(c *cli.Context) error {
	var link ops.ResetLink
	if err := ask(c, ops.CommandUserResetLink, ops.UserName{User: c.String("user"), Reason: c.String("reason")}, &link); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, link)
	}
	_, err := fmt.Fprintf(c.App.Writer, "%s\nIt works once, until %s. Give it to nobody but the person.\n", link.URL, link.ExpiresAt.Local().Format("15:04"))
	return err
}

func userStreamKey(c *cli.Context) error {
	var made ops.StreamKey
	input := ops.StreamKeySet{UserName: ops.UserName{User: c.String("user"), Reason: c.String("reason")}, Remove: c.Bool("remove")}
	if err := ask(c, ops.CommandUserStreamKey, input, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	if input.Remove {
		_, err := fmt.Fprintf(c.App.Writer, "%s has no stream key any more.\n", made.Username)
		return err
	}
	_, err := fmt.Fprintf(c.App.Writer, "%s\nThis is shown once. Give it to nobody but %s.\n", made.Key, made.Username)
	return err
}
