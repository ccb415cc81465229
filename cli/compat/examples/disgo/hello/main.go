// Command hello answers /hello, and a button of the answer.
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

var hello = discord.SlashCommandCreate{
	Name:        "hello",
	Description: "greets somebody",
	Options: []discord.ApplicationCommandOption{
		discord.ApplicationCommandOptionUser{Name: "who", Description: "whom to greet", Required: true},
	},
}

func main() {
	client, err := disgo.New(os.Getenv("TOKEN"),
		bot.WithRestClientConfigOpts(rest.WithURL(os.Getenv("HALL")+"/api/v10")), // the hall's address; the rest is as everywhere
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentGuilds)),
		bot.WithEventListenerFunc(func(ready *events.Ready) { fmt.Println(ready.User.Username, "knows /hello") }),
		bot.WithEventListenerFunc(greet),
		bot.WithEventListenerFunc(waveBack),
	)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Rest().SetGlobalCommands(client.ApplicationID(), []discord.ApplicationCommandCreate{hello}); err != nil {
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

func greet(event *events.ApplicationCommandInteractionCreate) {
	data := event.SlashCommandInteractionData()
	if data.CommandName() != "hello" {
		return
	}
	reply := discord.NewMessageCreateBuilder().SetContent("Hello, " + data.User("who").Username + "!").AddActionRow(discord.NewPrimaryButton("Wave back", "wave")).Build()
	if err := event.CreateMessage(reply); err != nil {
		log.Print(err)
	}
}

func waveBack(event *events.ComponentInteractionCreate) {
	if event.Data.CustomID() != "wave" {
		return
	}
	update := discord.NewMessageUpdateBuilder().SetContent(event.User().Username + " waves back").ClearContainerComponents().Build()
	if err := event.UpdateMessage(update); err != nil {
		log.Print(err)
	}
}
