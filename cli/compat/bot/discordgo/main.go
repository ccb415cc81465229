// Command discordgo is a small bot on discordgo, as its examples teach to write one; only the address is another. It answers commands in words, and tells what happens to it on standard output,
// one JSON object a line.
package main

import (
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/bwmarrin/discordgo"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	PointDiscordgoAt(strings.TrimSuffix(API, "/api"))
	shards, err := strconv.Atoi(os.Getenv("SHARDS"))
	if err != nil {
		shards = 1
	}
	var sessions []*discordgo.Session
	for shard := range shards {
		sessions = append(sessions, open(shard, shards))
	}
	<-signals
	for _, session := range sessions {
		OK(session.Close())
	}
	Tell("closed", nil)
}

// open connects one of the shards.
func open(shard, shards int) *discordgo.Session {
	session := Must(discordgo.New("Bot " + Token))
	session.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	session.ShardID, session.ShardCount = shard, shards
	var readies atomic.Int32
	session.AddHandler(func(*discordgo.Session, *discordgo.Ready) {
		if readies.Add(1) > 1 {
			Tell("identified", nil)
		}
	})
	session.AddHandler(func(*discordgo.Session, *discordgo.Resumed) { Tell("resumed", nil) })
	session.AddHandler(func(_ *discordgo.Session, created *discordgo.GuildCreate) {
		if readies.Load() == 1 && len(created.Channels) > 0 {
			Tell("ready", map[string]any{"guild": created.Name, "shard": shard})
		}
	})
	session.AddHandler(func(s *discordgo.Session, created *discordgo.MessageCreate) {
		if created.Author.Bot {
			return
		}
		Tell("heard", map[string]any{"content": created.Content, "guild": created.GuildID, "shard": s.ShardID})
		if err := answer(s, created.Message); err != nil {
			Tell("error", map[string]any{"message": err.Error()})
		}
	})
	session.SyncEvents = true // so that what it tells is in the order in which it came
	OK(session.Open())
	return session
}

func answer(s *discordgo.Session, m *discordgo.Message) error {
	switch m.Content {
	case "!ping":
		sent, err := s.ChannelMessageSendReply(m.ChannelID, "pong", m.Reference())
		if err != nil {
			return err
		}
		Tell("replied", map[string]any{"id": sent.ID})
	case "!edit":
		sent, err := s.ChannelMessageSend(m.ChannelID, "before")
		if err != nil {
			return err
		}
		if _, err := s.ChannelMessageEdit(m.ChannelID, sent.ID, "after"); err != nil {
			return err
		}
		Tell("edited", map[string]any{"id": sent.ID})
	case "!delete":
		sent, err := s.ChannelMessageSend(m.ChannelID, "gone soon")
		if err != nil {
			return err
		}
		if err := s.ChannelMessageDelete(m.ChannelID, sent.ID); err != nil {
			return err
		}
		Tell("deleted", map[string]any{"id": sent.ID})
	case "!file":
		sent, err := s.ChannelMessageSendComplex(m.ChannelID, &discordgo.MessageSend{Content: "with words",
			Files: []*discordgo.File{{Name: "words.txt", ContentType: "text/plain", Reader: strings.NewReader("words in a file")}}})
		if err != nil {
			return err
		}
		return fetch(s, "sent file", sent)
	case "!fetch":
		return fetch(s, "fetched file", m)
	}
	return nil
}

// fetch tells what is in the first file of a message.
func fetch(s *discordgo.Session, event string, m *discordgo.Message) error {
	response, err := s.Client.Get(m.Attachments[0].URL)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	Tell(event, map[string]any{"id": m.ID, "text": string(text)})
	return nil
}
