// Command disgo is a bot of disgo that people use: it registers commands, and answers them, its buttons, menus and forms, in every way.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"
	"github.com/disgoorg/snowflake/v2"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

func main() {
	ready := make(chan struct{})
	client := Must(disgo.New(Token,
		bot.WithRestClientConfigOpts(rest.WithURL(API+"/v10")),
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentGuilds)),
		bot.WithEventManagerConfigOpts(bot.WithAsyncEventsEnabled()),
		bot.WithEventListenerFunc(func(*events.GuildReady) { close(ready) }),
		bot.WithEventListenerFunc(func(use *events.AutocompleteInteractionCreate) {
			Try(func() {
				OK(use.AutocompleteResult([]discord.AutocompleteChoice{discord.AutocompleteChoiceString{Name: "Complete", Value: use.Data.String("name") + "!"}}))
			})
		}),
		bot.WithEventListenerFunc(func(use *events.ApplicationCommandInteractionCreate) { Try(func() { command(use) }) }),
		bot.WithEventListenerFunc(func(use *events.ComponentInteractionCreate) { Try(func() { press(use) }) }),
		bot.WithEventListenerFunc(func(use *events.ModalSubmitInteractionCreate) {
			Try(func() { OK(use.CreateMessage(whisper(use.Data.Text("text")))) })
		})))
	OK(client.OpenGateway(context.Background()))
	<-ready
	Try(func() { register(client.Rest()) })
	Wait(func() { client.Close(context.Background()) })
}

func register(api rest.Rest) {
	application, guild := snowflake.MustParse(BotID), snowflake.MustParse(Guild)
	play := discord.SlashCommandCreate{Name: "play", Description: "plays a song", Options: []discord.ApplicationCommandOption{
		discord.ApplicationCommandOptionString{Name: "name", Description: "of the song", Required: true, Autocomplete: true},
		discord.ApplicationCommandOptionInt{Name: "times", Description: "how often", MinValue: new(1)},
		discord.ApplicationCommandOptionUser{Name: "for", Description: "whom"}, discord.ApplicationCommandOptionChannel{Name: "where", Description: "it is heard"},
		discord.ApplicationCommandOptionAttachment{Name: "cover", Description: "a picture"},
	}}
	Must(api.SetGlobalCommands(application, []discord.ApplicationCommandCreate{play, discord.UserCommandCreate{Name: "Wave"}, discord.MessageCommandCreate{Name: "Quote"}}))
	local := Must(api.CreateGuildCommand(application, guild, discord.SlashCommandCreate{Name: "local", Description: "only here"}))
	Must(api.UpdateGuildCommand(application, guild, local.ID(), discord.SlashCommandUpdate{Description: new("here alone")}))
	OK(api.DeleteGuildCommand(application, guild, local.ID()))
	Tell("registered", nil)
}

func whisper(content string) discord.MessageCreate {
	return discord.MessageCreate{Content: content, Flags: discord.MessageFlagEphemeral}
}

func row(component discord.InteractiveComponent) discord.ContainerComponent {
	return discord.NewActionRow(component)
}

func command(use *events.ApplicationCommandInteractionCreate) {
	switch data := use.Data.(type) {
	case discord.UserCommandInteractionData:
		OK(use.CreateMessage(whisper("hello " + data.TargetUser().Username)))
	case discord.MessageCommandInteractionData:
		OK(use.CreateMessage(whisper(`"` + data.TargetMessage().Content + `"`)))
	case discord.SlashCommandInteractionData:
		play(use, data)
	}
}

func press(use *events.ComponentInteractionCreate) {
	var chosen string
	switch data := use.Data.(type) {
	case discord.ButtonInteractionData:
		OK(use.DeferUpdateMessage())
		Must(use.Client().Rest().UpdateInteractionResponse(use.ApplicationID(), use.Token(), discord.MessageUpdate{Content: new("pressed")}))
		return
	case discord.StringSelectMenuInteractionData:
		chosen = strings.Join(data.Values, ",")
	case discord.UserSelectMenuInteractionData:
		chosen = data.Users()[0].Username
	case discord.RoleSelectMenuInteractionData:
		chosen = data.Roles()[0].Name
	case discord.MentionableSelectMenuInteractionData:
		chosen = data.Users()[0].Username
	case discord.ChannelSelectMenuInteractionData:
		chosen = data.Channels()[0].Name
	}
	OK(use.CreateMessage(whisper("chose " + chosen)))
}

func play(use *events.ApplicationCommandInteractionCreate, data discord.SlashCommandInteractionData) {
	api, application, token := use.Client().Rest(), use.ApplicationID(), use.Token()
	later := func(hidden bool, content string) {
		OK(use.DeferCreateMessage(hidden))
		Must(api.UpdateInteractionResponse(application, token, discord.MessageUpdate{Content: &content}))
	}
	switch name := data.String("name"); name {
	case "later":
		later(false, "here it is")
		Must(api.CreateFollowupMessage(application, token, whisper("and a secret")))
	case "hidden":
		later(true, "only you")
		OK(api.DeleteInteractionResponse(application, token))
	case "file":
		cover := data.Attachment("cover")
		content, _ := Fetch(cover.URL)
		OK(use.CreateMessage(discord.MessageCreate{Content: cover.Filename + " " + content, Files: []*discord.File{discord.NewFile("song.txt", "", strings.NewReader("la la"))}}))
	case "form":
		OK(use.Modal(discord.ModalCreate{CustomID: "form", Title: "A form", Components: []discord.ContainerComponent{row(discord.NewShortTextInput("text", "Text"))}}))
	default:
		OK(use.CreateMessage(discord.MessageCreate{
			Content: fmt.Sprintf("%s %d %s %s", name, data.Int("times"), data.User("for").Username, data.Channel("where").Name),
			Components: []discord.ContainerComponent{
				row(discord.NewPrimaryButton("Press", "press")),
				row(discord.NewStringSelectMenu("text", "", discord.NewStringSelectMenuOption("One", "1"), discord.NewStringSelectMenuOption("Two", "2")).WithMaxValues(2)),
				row(discord.NewUserSelectMenu("user", "")), row(discord.NewRoleSelectMenu("role", "")), row(discord.NewMentionableSelectMenu("mentionable", "")),
			},
		}))
		Tell("answered", map[string]any{"id": Must(api.GetInteractionResponse(application, token)).ID})
		Must(api.CreateFollowupMessage(application, token, discord.MessageCreate{Content: "more",
			Components: []discord.ContainerComponent{row(discord.NewChannelSelectMenu("channel", "").WithChannelTypes(discord.ChannelTypeGuildText))}}))
	}
}
