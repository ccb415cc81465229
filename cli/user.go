package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func userCommand() *cli.Command {
	return group("user", "make and look after accounts", append([]*cli.Command{
		leaf("create", "make an account", userCreate, append(passwordFlags(),
			&cli.StringFlag{Name: "username", Usage: "`NAME` to log in with, 2 to 32 of a-z, 0-9, _ and .", Required: true},
			&cli.StringFlag{Name: "email", Usage: "e-mail `ADDRESS`, to log in with too"},
			&cli.StringFlag{Name: "display-name", Usage: "`NAME` that people see"},
			&cli.BoolFlag{Name: "owner", Usage: "make this account the hall's owner (when there is none yet)"},
			jsonFlag())...),
		leaf("list", "list the accounts", userList, jsonFlag()),
		leaf("passwd", "set an account's password and end its sessions", userPasswd, append(passwordFlags(),
			userFlag(), reasonFlag(), jsonFlag())...),
	}, accountCommands()...)...)
}

func userCreate(c *cli.Context) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	input := ops.UserCreate{Username: c.String("username"), Password: password, Email: c.String("email"), GlobalName: c.String("display-name"), Owner: c.Bool("owner")}
	var made ops.User
	if err := ask(c, ops.CommandUserCreate, input, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	what := "The account"
	if made.Owner {
		what = "The hall's owner"
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s %s was made (id %s).\n", what, made.Username, made.ID)
	return err
}

// userPage is how many accounts are asked for at a time.
const userPage = 1000

func userList(c *cli.Context) error {
	users := []ops.User{}
	for input := (ops.UserList{Limit: userPage}); ; {
		var page []ops.User
		if err := ask(c, ops.CommandUserList, input, &page); err != nil {
			return err
		}
		users = append(users, page...)
		if len(page) < userPage {
			break
		}
		input.After = page[len(page)-1].ID
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, users)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tDISPLAY NAME\tKIND\tMADE")
	for _, user := range users {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", user.ID, user.Username, user.GlobalName, user.Kind(), user.CreatedAt.Local().Format(time.DateOnly))
	}
	return table.Flush()
}

func userPasswd(c *cli.Context) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	var user ops.User
	if err := ask(c, ops.CommandUserPassword, ops.UserPassword{UserName: ops.UserName{User: c.String("user"), Reason: c.String("reason")}, Password: password}, &user); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, user)
	}
	_, err = fmt.Fprintf(c.App.Writer, "The password of %s was set, and all sessions were ended.\n", user.Username)
	return err
}
