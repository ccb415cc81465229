package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
)

// maxEmojiFile is how many bytes are read of a picture: more than an emoji may have, so that it is the hall that says so.
const maxEmojiFile = 1 << 20

func guildEmojiCommand() *cli.Command {
	guild := &cli.StringFlag{Name: "guild", Usage: "`ID` of the server", Required: true}
	reason := &cli.StringFlag{Name: "reason", Usage: "`TEXT` for the audit log"}
	return group("emoji", "look after a server's own emoji",
		leaf("list", "list the emoji of a server", emojiList, guild, jsonFlag()),
		leaf("add", "give a server an emoji", emojiAdd, guild, reason, jsonFlag(),
			&cli.StringFlag{Name: "name", Usage: "what it is called: `NAME` of 2 to 32 letters, digits and underscores", Required: true},
			&cli.StringFlag{Name: "image", Usage: "`FILE` with its picture: PNG, JPEG, GIF or WebP, of 256 KiB at most", Required: true}),
		leaf("remove", "delete an emoji of a server", emojiRemove, guild, reason, jsonFlag(),
			&cli.StringFlag{Name: "emoji", Usage: "`ID` of the emoji", Required: true}))
}

func emojiList(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	var emojis []ops.Emoji
	if err := ask(c, ops.CommandEmojiList, ops.EmojiList{Guild: guild}, &emojis); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, emojis)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tKIND\tBY")
	for _, emoji := range emojis {
		kind := "still"
		if emoji.Animated {
			kind = "moving"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", emoji.ID, emoji.Name, kind, cmp.Or(emoji.By, "-"))
	}
	return table.Flush()
}

func emojiAdd(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	image, err := readUpTo(c.String("image"), maxEmojiFile)
	if err != nil {
		return wrongUsage("the picture cannot be read: %v", err)
	}
	return changeEmoji(c, ops.CommandEmojiAdd, ops.EmojiAdd{Guild: guild, Name: c.String("name"), Image: image, Reason: c.String("reason")}, "made")
}

func emojiRemove(c *cli.Context) error {
	guild, err := idFlag(c, "guild")
	if err != nil {
		return err
	}
	emoji, err := idFlag(c, "emoji")
	if err != nil {
		return err
	}
	return changeEmoji(c, ops.CommandEmojiRemove, ops.EmojiRemove{Guild: guild, Emoji: emoji, Reason: c.String("reason")}, "deleted")
}

// changeEmoji asks for something to be done to an emoji, and prints what it is or was.
func changeEmoji(c *cli.Context, command string, input any, done string) error {
	var emoji ops.Emoji
	if err := ask(c, command, input, &emoji); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, emoji)
	}
	_, err := fmt.Fprintf(c.App.Writer, "The emoji %s was %s (id %s).\n", emoji.Name, done, emoji.ID)
	return err
}

// readUpTo reads a file that has no more than some bytes.
func readUpTo(path string, most int64) (content []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err = io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return content, err
}
