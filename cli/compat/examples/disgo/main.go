// Command disgo answers "ping" with "pong".
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"
)

func main() {
	client, err := disgo.New(os.Getenv("TOKEN"),
		bot.WithRestClientConfigOpts(rest.WithURL(os.Getenv("HALL")+"/api/v10")), // the hall's address; the rest is as everywhere
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentGuilds, gateway.IntentGuildMessages, gateway.IntentMessageContent)),
		bot.WithEventListenerFunc(func(ready *events.Ready) { fmt.Println(ready.User.Username, "is here") }),
		bot.WithEventListenerFunc(answer),
	)
	if err != nil {
		log.Fatal(err)
	}
	if err := client.OpenGateway(context.Background()); err != nil {
		log.Fatal(err)
	}
	defer client.Close(context.Background())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}

func answer(event *events.MessageCreate) {
	if event.Message.Author.Bot || event.Message.Content != "ping" {
		return
	}
	reply := discord.NewMessageCreateBuilder().SetContent("pong").SetMessageReferenceByID(event.MessageID).Build()
	if _, err := event.Client().Rest().CreateMessage(event.ChannelID, reply); err != nil {
		log.Print(err)
	}
}
