// Command discordgo answers "ping" with "pong".
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
	discordgo.EndpointGuilds = discordgo.EndpointAPI + "guilds/"
	discordgo.EndpointChannels = discordgo.EndpointAPI + "channels/"
	discordgo.EndpointUsers = discordgo.EndpointAPI + "users/"
	discordgo.EndpointGateway = discordgo.EndpointAPI + "gateway"
	discordgo.EndpointGatewayBot = discordgo.EndpointGateway + "/bot"
	discordgo.EndpointWebhooks = discordgo.EndpointAPI + "webhooks/"
	discordgo.EndpointApplications = discordgo.EndpointAPI + "applications"
}

func main() {
	pointAt(os.Getenv("HALL"))
	session, err := discordgo.New("Bot " + os.Getenv("TOKEN"))
	if err != nil {
		log.Fatal(err)
	}
	session.Identify.Intents = discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	session.AddHandler(func(_ *discordgo.Session, ready *discordgo.Ready) {
		fmt.Println(ready.User.Username, "is here")
	})
	session.AddHandler(func(s *discordgo.Session, m *discordgo.MessageCreate) {
		if m.Author.Bot || m.Content != "ping" {
			return
		}
		if _, err := s.ChannelMessageSendReply(m.ChannelID, "pong", m.Reference()); err != nil {
			log.Print(err)
		}
	})
	if err := session.Open(); err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
