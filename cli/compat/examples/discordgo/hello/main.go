// Command hello answers /hello, and a button of the answer.
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/bwmarrin/discordgo"
)

// pointAt sets the hall's address; the rest is as everywhere.
func pointAt(hall string) {
	discordgo.EndpointDiscord = hall + "/"
	discordgo.EndpointAPI = discordgo.EndpointDiscord + "api/v" + discordgo.APIVersion + "/"
	discordgo.EndpointGateway = discordgo.EndpointAPI + "gateway"
	discordgo.EndpointApplications = discordgo.EndpointAPI + "applications"
}

var hello = &discordgo.ApplicationCommand{
	Name:        "hello",
	Description: "greets somebody",
	Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionUser, Name: "who", Description: "whom to greet", Required: true},
	},
}

var wave = discordgo.ActionsRow{Components: []discordgo.MessageComponent{
	discordgo.Button{CustomID: "wave", Label: "Wave back", Style: discordgo.PrimaryButton},
}}

func main() {
	pointAt(os.Getenv("HALL"))
	session, err := discordgo.New("Bot " + os.Getenv("TOKEN"))
	if err != nil {
		log.Fatal(err)
	}
	session.Identify.Intents = discordgo.IntentsGuilds
	session.AddHandler(answer)
	if err := session.Open(); err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	if _, err := session.ApplicationCommandCreate(session.State.User.ID, "", hello); err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.State.User.Username, "knows /hello")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}

func answer(s *discordgo.Session, i *discordgo.InteractionCreate) {
	response := &discordgo.InteractionResponse{Data: &discordgo.InteractionResponseData{}}
	switch {
	case i.Type == discordgo.InteractionApplicationCommand && i.ApplicationCommandData().Name == "hello":
		data := i.ApplicationCommandData()
		who := data.Resolved.Users[data.Options[0].Value.(string)]
		response.Type = discordgo.InteractionResponseChannelMessageWithSource
		response.Data.Content = "Hello, " + who.Username + "!"
		response.Data.Components = []discordgo.MessageComponent{wave}
	case i.Type == discordgo.InteractionMessageComponent && i.MessageComponentData().CustomID == "wave":
		response.Type = discordgo.InteractionResponseUpdateMessage
		response.Data.Content = i.Member.User.Username + " waves back"
		response.Data.Components = []discordgo.MessageComponent{}
	default:
		return
	}
	if err := s.InteractionRespond(i.Interaction, response); err != nil {
		log.Print(err)
	}
}
