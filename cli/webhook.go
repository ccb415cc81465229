package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

func webhookCommand() *cli.Command {
	webhook := &cli.StringFlag{Name: "webhook", Usage: "`ID` of the webhook", Required: true}
	reason := &cli.StringFlag{Name: "reason", Usage: "`TEXT` for the audit log"}
	return group("webhook", "make and look after webhooks: addresses that programs post messages to",
		leaf("create", "make a webhook of a channel and print its address; whoever has that can post there", webhookCreate, reason, jsonFlag(),
			&cli.StringFlag{Name: "channel", Usage: "`ID` of the channel", Required: true},
			&cli.StringFlag{Name: "name", Usage: "the `NAME` that its messages are posted under", Required: true}),
		leaf("list", "list the webhooks of a server with their addresses", webhookList, jsonFlag(), &cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true}),
		leaf("test", "post a message through a webhook", webhookTest, webhook, jsonFlag(), &cli.StringFlag{Name: "text", Usage: "the `TEXT` to post", Value: "This is a test."}),
		leaf("delete", "delete a webhook: its address stops working, and what was posted through it stays", webhookDelete, webhook, reason, jsonFlag()))
}

func webhookCreate(c *cli.Context) error {
	channel, err := idFlag(c, "channel")
	if err != nil {
		return err
	}
	var made ops.Webhook
	if err := ask(c, ops.CommandWebhookCreate, ops.WebhookCreate{Channel: channel, Name: c.String("name"), Reason: c.String("reason")}, &made); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, made)
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s (id %s)\n  On this machine  %s\n", made.Name, made.ID, made.Here)
	if made.URL != made.Here {
		_, err = fmt.Fprintf(c.App.Writer, "  From elsewhere   %s\n", made.URL)
	}
	return err
}

func webhookList(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var webhooks []ops.Webhook
	if err := ask(c, ops.CommandWebhookList, ops.WebhookList{Guild: guild}, &webhooks); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, webhooks)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tCHANNEL\tBY\tADDRESS")
	for _, webhook := range webhooks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", webhook.ID, webhook.Name, webhook.Channel, cmp.Or(webhook.By, "-"), cmp.Or(webhook.URL, "-"))
	}
	return table.Flush()
}

func webhookTest(c *cli.Context) error {
	webhook, err := idFlag(c, "webhook")
	if err != nil {
		return err
	}
	var posted ops.WebhookPosted
	if err := ask(c, ops.CommandWebhookTest, ops.WebhookTest{Webhook: webhook, Text: c.String("text")}, &posted); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, posted)
	}
	_, err = fmt.Fprintf(c.App.Writer, "Posted as message %s in channel %s.\n", posted.Message, posted.Channel)
	return err
}

func webhookDelete(c *cli.Context) error {
	webhook, err := idFlag(c, "webhook")
	if err != nil {
		return err
	}
	var deleted ops.Webhook
	if err := ask(c, ops.CommandWebhookDelete, ops.WebhookDelete{Webhook: webhook, Reason: c.String("reason")}, &deleted); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, deleted)
	}
	_, err = fmt.Fprintf(c.App.Writer, "The webhook %s was deleted (id %s).\n", deleted.Name, deleted.ID)
	return err
}
