// Command discordgo is a bot of discordgo that people use: it registers commands, and answers them, its buttons, menus and forms, in every way.
package main

import (
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

func main() {
	PointDiscordgoAt(strings.TrimSuffix(API, "/api"))
	session := Must(discordgo.New("Bot " + Token))
	session.Identify.Intents = discordgo.IntentsGuilds
	session.AddHandler(func(s *discordgo.Session, use *discordgo.InteractionCreate) {
		Try(func() { answer(s, use.Interaction) })
	})
	ready := make(chan struct{})
	session.AddHandlerOnce(func(*discordgo.Session, *discordgo.Ready) { close(ready) })
	OK(session.Open())
	<-ready
	Try(func() { register(session) })
	Wait(func() { OK(session.Close()) })
}

func register(s *discordgo.Session) {
	least := 1.0
	play := &discordgo.ApplicationCommand{Name: "play", Description: "plays a song", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionString, Name: "name", Description: "of the song", Required: true, Autocomplete: true},
		{Type: discordgo.ApplicationCommandOptionInteger, Name: "times", Description: "how often", MinValue: &least},
		{Type: discordgo.ApplicationCommandOptionUser, Name: "for", Description: "whom"}, {Type: discordgo.ApplicationCommandOptionChannel, Name: "where", Description: "it is heard"},
		{Type: discordgo.ApplicationCommandOptionAttachment, Name: "cover", Description: "a picture"},
	}}
	commands := []*discordgo.ApplicationCommand{play, {Name: "Wave", Type: discordgo.UserApplicationCommand}, {Name: "Quote", Type: discordgo.MessageApplicationCommand}}
	Must(s.ApplicationCommandBulkOverwrite(BotID, "", commands))
	local := Must(s.ApplicationCommandCreate(BotID, Guild, &discordgo.ApplicationCommand{Name: "local", Description: "only here"}))
	Must(s.ApplicationCommandEdit(BotID, Guild, local.ID, &discordgo.ApplicationCommand{Name: "local", Description: "here alone"}))
	OK(s.ApplicationCommandDelete(BotID, Guild, local.ID))
	Tell("registered", nil)
}

// say answers with words.
func say(s *discordgo.Session, use *discordgo.Interaction, data discordgo.InteractionResponseData) {
	OK(s.InteractionRespond(use, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: &data}))
}

// whisper answers for one person.
func whisper(s *discordgo.Session, use *discordgo.Interaction, content string) {
	say(s, use, discordgo.InteractionResponseData{Content: content, Flags: discordgo.MessageFlagsEphemeral})
}

func row(component discordgo.MessageComponent) discordgo.ActionsRow {
	return discordgo.ActionsRow{Components: []discordgo.MessageComponent{component}}
}

func answer(s *discordgo.Session, use *discordgo.Interaction) {
	switch use.Type {
	case discordgo.InteractionApplicationCommandAutocomplete:
		focused := use.ApplicationCommandData().Options[0].StringValue()
		OK(s.InteractionRespond(use, &discordgo.InteractionResponse{Type: discordgo.InteractionApplicationCommandAutocompleteResult,
			Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "Complete", Value: focused + "!"}}}}))
	case discordgo.InteractionApplicationCommand:
		data := use.ApplicationCommandData()
		switch data.Name {
		case "Wave":
			whisper(s, use, "hello "+data.Resolved.Users[data.TargetID].Username)
		case "Quote":
			whisper(s, use, `"`+data.Resolved.Messages[data.TargetID].Content+`"`)
		default:
			play(s, use, data)
		}
	case discordgo.InteractionModalSubmit:
		whisper(s, use, use.ModalSubmitData().Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value)
	case discordgo.InteractionMessageComponent:
		press(s, use, use.MessageComponentData())
	}
}

func press(s *discordgo.Session, use *discordgo.Interaction, data discordgo.MessageComponentInteractionData) {
	if data.ComponentType == discordgo.ButtonComponent {
		OK(s.InteractionRespond(use, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredMessageUpdate}))
		content := "pressed"
		Must(s.InteractionResponseEdit(use, &discordgo.WebhookEdit{Content: &content}))
		return
	}
	chosen := strings.Join(data.Values, ",")
	for _, user := range data.Resolved.Users {
		chosen = user.Username
	}
	for _, role := range data.Resolved.Roles {
		chosen = role.Name
	}
	for _, channel := range data.Resolved.Channels {
		chosen = channel.Name
	}
	whisper(s, use, "chose "+chosen)
}

func play(s *discordgo.Session, use *discordgo.Interaction, data discordgo.ApplicationCommandInteractionData) {
	options := make(map[string]*discordgo.ApplicationCommandInteractionDataOption)
	for _, option := range data.Options {
		options[option.Name] = option
	}
	later := func(flags discordgo.MessageFlags, content string) {
		OK(s.InteractionRespond(use, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource, Data: &discordgo.InteractionResponseData{Flags: flags}}))
		Must(s.InteractionResponseEdit(use, &discordgo.WebhookEdit{Content: &content}))
	}
	switch name := options["name"].StringValue(); name {
	case "later":
		later(0, "here it is")
		Must(s.FollowupMessageCreate(use, true, &discordgo.WebhookParams{Content: "and a secret", Flags: discordgo.MessageFlagsEphemeral}))
	case "hidden":
		later(discordgo.MessageFlagsEphemeral, "only you")
		OK(s.InteractionResponseDelete(use))
	case "file":
		cover := data.Resolved.Attachments[options["cover"].Value.(string)]
		content, _ := Fetch(cover.URL)
		say(s, use, discordgo.InteractionResponseData{Content: cover.Filename + " " + content, Files: []*discordgo.File{{Name: "song.txt", Reader: strings.NewReader("la la")}}})
	case "form":
		OK(s.InteractionRespond(use, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseModal, Data: &discordgo.InteractionResponseData{CustomID: "form", Title: "A form",
			Components: []discordgo.MessageComponent{row(discordgo.TextInput{CustomID: "text", Label: "Text", Style: discordgo.TextInputShort})}}}))
	default:
		most := 2
		say(s, use, discordgo.InteractionResponseData{
			Content: fmt.Sprintf("%s %d %s %s", name, options["times"].IntValue(), data.Resolved.Users[options["for"].Value.(string)].Username, data.Resolved.Channels[options["where"].Value.(string)].Name),
			Components: []discordgo.MessageComponent{
				row(discordgo.Button{CustomID: "press", Label: "Press", Style: discordgo.PrimaryButton}),
				row(discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, CustomID: "text", MaxValues: most, Options: []discordgo.SelectMenuOption{{Label: "One", Value: "1"}, {Label: "Two", Value: "2"}}}),
				row(discordgo.SelectMenu{MenuType: discordgo.UserSelectMenu, CustomID: "user"}), row(discordgo.SelectMenu{MenuType: discordgo.RoleSelectMenu, CustomID: "role"}),
				row(discordgo.SelectMenu{MenuType: discordgo.MentionableSelectMenu, CustomID: "mentionable"}),
			},
		})
		Tell("answered", map[string]any{"id": Must(s.InteractionResponse(use)).ID})
		Must(s.FollowupMessageCreate(use, true, &discordgo.WebhookParams{Content: "more",
			Components: []discordgo.MessageComponent{row(discordgo.SelectMenu{MenuType: discordgo.ChannelSelectMenu, CustomID: "channel", ChannelTypes: []discordgo.ChannelType{discordgo.ChannelTypeGuildText}})}}))
	}
}
