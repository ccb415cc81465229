package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/store"
)

func guildCommand() *cli.Command {
	return group("guild", "make servers, and look after their emoji and their safety",
		leaf("create", "make a server with its first channels", guildCreate,
			&cli.StringFlag{Name: "name", Usage: "the server's `NAME`", Required: true},
			&cli.StringFlag{Name: "owner", Usage: "user `NAME` of the person it belongs to", Required: true},
			jsonFlag()),
		leaf("list", "list the servers with their ids", guildList, jsonFlag()),
		leaf("show", "show a server with the ids of its channels and roles", guildShow, &cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true}, jsonFlag()),
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

func guildList(c *cli.Context) error {
	var found []ops.GuildListed
	if err := ask(c, ops.CommandGuildList, struct{}{}, &found); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, found)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tOWNER\tMEMBERS")
	for _, guild := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", guild.ID, guild.Name, guild.Owner, guild.Members)
	}
	return table.Flush()
}

func guildShow(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var shown ops.GuildDetails
	if err := ask(c, ops.CommandGuildShow, ops.GuildShow{Guild: guild}, &shown); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, shown)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "ID\t%s\nName\t%s\nOwner\t%s\nMembers\t%d\n\nCHANNEL\tNAME\tKIND\n", shown.ID, shown.Name, shown.Owner, shown.Members)
	for _, channel := range shown.Channels {
		fmt.Fprintf(table, "%s\t%s\t%s\n", channel.ID, channel.Name, channelKind(channel.Type))
	}
	fmt.Fprintln(table, "\nROLE\tNAME\tPERMISSIONS")
	for _, role := range shown.Roles {
		fmt.Fprintf(table, "%s\t%s\t%s\n", role.ID, role.Name, role.Permissions)
	}
	return table.Flush()
}

// channelKind is a word for what a channel is.
func channelKind(kind store.ChannelType) string {
	switch kind {
	case store.ChannelCategory:
		return "category"
	case store.ChannelVoice:
		return "voice"
	case store.ChannelStage:
		return "stage"
	case store.ChannelAnnouncement:
		return "announcements"
	case store.ChannelForum, store.ChannelMedia:
		return "forum"
	}
	return "text"
}
