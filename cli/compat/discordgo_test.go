package compat

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bwmarrin/discordgo"

	"guildhall/cli/clitest"
	"guildhall/cli/compat/tour"
)

// goBot is a bot on discordgo.
type goBot struct {
	*recorder
	session *discordgo.Session
}

func startDiscordgo(t *testing.T, hall *clitest.Hall, token string) bot {
	t.Helper()
	tour.PointDiscordgoAt(witness(t, hall))
	session, err := discordgo.New("Bot " + token)
	if err != nil {
		t.Fatal(err)
	}
	session.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	b := &goBot{newRecorder(), session}
	var readies atomic.Int32
	session.AddHandler(func(s *discordgo.Session, ready *discordgo.Ready) {
		// discordgo handles events in goroutines of their own, but READY comes once per connection.
		if readies.Add(1) > 1 {
			b.tell("identified", nil)
		}
	})
	session.AddHandler(func(*discordgo.Session, *discordgo.Resumed) { b.tell("resumed", nil) })
	session.AddHandler(func(s *discordgo.Session, created *discordgo.GuildCreate) {
		if readies.Load() == 1 && len(created.Channels) > 0 {
			b.tell("ready", map[string]any{"guild": created.Name})
		}
	})
	session.AddHandler(func(s *discordgo.Session, created *discordgo.MessageCreate) {
		if created.Author.Bot {
			return
		}
		if err := b.answer(created.Message); err != nil {
			b.tell("error", map[string]any{"message": err.Error()})
		}
	})
	session.SyncEvents = true
	if err := session.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return b
}

func (b *goBot) answer(m *discordgo.Message) error {
	switch m.Content {
	case "!ping":
		sent, err := b.session.ChannelMessageSendReply(m.ChannelID, "pong", m.Reference())
		if err != nil {
			return err
		}
		b.tell("replied", map[string]any{"id": sent.ID})
	case "!edit":
		sent, err := b.session.ChannelMessageSend(m.ChannelID, "before")
		if err != nil {
			return err
		}
		if _, err := b.session.ChannelMessageEdit(m.ChannelID, sent.ID, "after"); err != nil {
			return err
		}
		b.tell("edited", map[string]any{"id": sent.ID})
	case "!delete":
		sent, err := b.session.ChannelMessageSend(m.ChannelID, "gone soon")
		if err != nil {
			return err
		}
		if err := b.session.ChannelMessageDelete(m.ChannelID, sent.ID); err != nil {
			return err
		}
		b.tell("deleted", map[string]any{"id": sent.ID})
	case "!file":
		sent, err := b.session.ChannelMessageSendComplex(m.ChannelID, &discordgo.MessageSend{Content: "with words",
			Files: []*discordgo.File{{Name: "words.txt", ContentType: "text/plain", Reader: strings.NewReader("words in a file")}}})
		if err != nil {
			return err
		}
		return b.fetch("sent file", sent)
	case "!fetch":
		return b.fetch("fetched file", m)
	}
	return nil
}

// fetch tells what is in the first file of a message.
func (b *goBot) fetch(event string, m *discordgo.Message) error {
	response, err := b.session.Client.Get(m.Attachments[0].URL)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	b.tell(event, map[string]any{"id": m.ID, "text": string(text)})
	return nil
}

func (b *goBot) close(t *testing.T) {
	t.Helper()
	if err := b.session.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestDiscordgo(t *testing.T) {
	scenario(t, startDiscordgo)
}
