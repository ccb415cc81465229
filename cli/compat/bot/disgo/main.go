// Command disgo is a small bot on disgo, as its examples teach to write one; only the address is another. It answers commands in words, and tells what happens to it on standard output,
// one JSON object a line.
package main

import (
	"context"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"
	"github.com/disgoorg/disgo/sharding"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

var intents = gateway.WithIntents(gateway.IntentGuilds, gateway.IntentGuildMessages, gateway.IntentMessageContent)

var raw = gateway.WithEnableRawEvents(true)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	var readies atomic.Int32
	options := []bot.ConfigOpt{
		bot.WithRestClientConfigOpts(rest.WithURL(API + "/v10")),
		bot.WithEventListeners(&events.ListenerAdapter{
			OnReady: func(*events.Ready) {
				if readies.Add(1) > 1 {
					Tell("identified", nil)
				}
			},
			// The library's own event for it is never raised: its decoder gives nothing for RESUMED, and its handler refuses nothing.
			OnRaw: func(e *events.Raw) {
				if e.EventType == gateway.EventTypeResumed {
					Tell("resumed", nil)
				}
			},
			OnGuildReady:    func(e *events.GuildReady) { Tell("ready", map[string]any{"guild": e.Guild.Name, "shard": e.ShardID()}) },
			OnMessageCreate: hear,
		}),
	}
	shards, err := strconv.Atoi(os.Getenv("SHARDS"))
	if err != nil {
		client := Must(disgo.New(Token, append(options, bot.WithGatewayConfigOpts(intents, raw))...))
		OK(client.OpenGateway(context.Background()))
		<-signals
		client.Close(context.Background())
	} else {
		client := Must(disgo.New(Token, append(options, bot.WithShardManagerConfigOpts(sharding.WithShardCount(shards), sharding.WithShardIDs(all(shards)...),
			sharding.WithGatewayConfigOpts(intents, raw)))...))
		OK(client.OpenShardManager(context.Background()))
		<-signals
		client.Close(context.Background())
	}
	Tell("closed", nil)
}

func all(shards int) (ids []int) {
	for id := range shards {
		ids = append(ids, id)
	}
	return ids
}

func hear(event *events.MessageCreate) {
	if event.Message.Author.Bot {
		return
	}
	guild := ""
	if event.GuildID != nil {
		guild = event.GuildID.String()
	}
	Tell("heard", map[string]any{"content": event.Message.Content, "guild": guild, "shard": event.ShardID()})
	if err := answer(event); err != nil {
		Tell("error", map[string]any{"message": err.Error()})
	}
}

func answer(event *events.MessageCreate) error {
	api := event.Client().Rest()
	send := func(draft discord.MessageCreate) (*discord.Message, error) {
		return api.CreateMessage(event.ChannelID, draft)
	}
	switch event.Message.Content {
	case "!ping":
		sent, err := send(discord.NewMessageCreateBuilder().SetContent("pong").SetMessageReferenceByID(event.MessageID).Build())
		if err != nil {
			return err
		}
		Tell("replied", map[string]any{"id": sent.ID})
	case "!edit":
		sent, err := send(discord.NewMessageCreateBuilder().SetContent("before").Build())
		if err != nil {
			return err
		}
		if _, err := api.UpdateMessage(event.ChannelID, sent.ID, discord.NewMessageUpdateBuilder().SetContent("after").Build()); err != nil {
			return err
		}
		Tell("edited", map[string]any{"id": sent.ID})
	case "!delete":
		sent, err := send(discord.NewMessageCreateBuilder().SetContent("gone soon").Build())
		if err != nil {
			return err
		}
		if err := api.DeleteMessage(event.ChannelID, sent.ID); err != nil {
			return err
		}
		Tell("deleted", map[string]any{"id": sent.ID})
	case "!file":
		sent, err := send(discord.NewMessageCreateBuilder().SetContent("with words").AddFile("words.txt", "", strings.NewReader("words in a file")).Build())
		if err != nil {
			return err
		}
		fetch("sent file", *sent)
	case "!fetch":
		fetch("fetched file", event.Message)
	}
	return nil
}

// fetch tells what is in the first file of a message.
func fetch(event string, message discord.Message) {
	text, _ := Fetch(message.Attachments[0].URL)
	Tell(event, map[string]any{"id": message.ID, "text": text})
}
