// Package compat runs real bot libraries, with nothing but the base URL changed, against the real executable.
package compat

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"guildhall/cli/clitest"
)

// bot is a running bot that answers !ping, !edit and !delete, and tells what happens to it.
type bot interface {
	// wait blocks until the bot has told of an event once more than it was waited for so far, and gives the event's details.
	wait(t *testing.T, event string) map[string]any
	// all gives the details of an event each time that the bot has told of it so far.
	all(event string) []map[string]any
	// close shuts the bot down in an orderly manner and waits until it is gone.
	close(t *testing.T)
}

// message is as much of a message as these tests look at.
type message struct {
	ID        string
	Content   string
	Author    struct{ ID string }
	Reference *struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
	EditedAt    *string `json:"edited_timestamp"`
	Attachments []struct{ Filename string }
}

// conversation is a person who talks in the channel that the bot listens to.
type conversation struct {
	t             *testing.T
	hall          *clitest.Hall
	community     clitest.Community
	authorization string
}

func (c *conversation) say(content string) string {
	c.t.Helper()
	var sent message
	status, err := c.hall.Call(http.MethodPost, "/channels/"+c.community.TextChannelID+"/messages", c.authorization, map[string]string{"content": content}, &sent)
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("say %q: status %d, %v", content, status, err)
	}
	return sent.ID
}

func (c *conversation) read(messageID string) (message, int) {
	c.t.Helper()
	var found message
	status, err := c.hall.Call(http.MethodGet, "/channels/"+c.community.TextChannelID+"/messages/"+messageID, c.authorization, nil, &found)
	if err != nil {
		c.t.Fatal(err)
	}
	return found, status
}

func (c *conversation) pingIsAnswered(b bot) {
	c.t.Helper()
	asked := c.say("!ping")
	answer, status := c.read(b.wait(c.t, "replied")["id"].(string))
	if status != http.StatusOK || answer.Content != "pong" || answer.Author.ID != c.community.BotID || answer.Reference == nil || answer.Reference.MessageID != asked {
		c.t.Errorf("the answer to !ping is %+v (status %d)", answer, status)
	}
}

// filesGoBothWays has the bot send a file, and fetch one that it hears of.
func (c *conversation) filesGoBothWays(b bot) {
	c.t.Helper()
	c.say("!file")
	sent := b.wait(c.t, "sent file")
	if sent["text"] != "words in a file" {
		c.t.Errorf("the bot fetched its own file as %q", sent["text"])
	}
	if shown, status := c.read(sent["id"].(string)); status != http.StatusOK || shown.Content != "with words" || len(shown.Attachments) != 1 || shown.Attachments[0].Filename != "words.txt" {
		c.t.Errorf("the message with a file is %+v (status %d)", shown, status)
	}
	c.sayWith("!fetch", "more.txt", "more words")
	if fetched := b.wait(c.t, "fetched file"); fetched["text"] != "more words" {
		c.t.Errorf("the bot fetched %q", fetched["text"])
	}
}

// sayWith says something with a file.
func (c *conversation) sayWith(content, name, file string) {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files[0]", name)
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err = errors.Join(err, form.WriteField("payload_json", `{"content":"`+content+`"}`), form.Close()); err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.hall.URL+"/api/v10/channels/"+c.community.TextChannelID+"/messages", &body)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", c.authorization)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		c.t.Fatalf("say %q with a file: status %d", content, response.StatusCode)
	}
}

// scenario is what every library is put through: talk, files, a planned restart, an orderly end, and a crash where that is asked for: the libraries wait long before they come back.
func scenario(t *testing.T, crash bool, start func(hall *clitest.Hall, token string) bot) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	alice := enter(t, hall, "alice", clitest.OwnerPassword)
	talk := &conversation{t, hall, community, alice.authorization}

	b := start(hall, community.BotToken)
	b.wait(t, "ready")
	talk.pingIsAnswered(b)

	talk.say("!edit")
	if edited, status := talk.read(b.wait(t, "edited")["id"].(string)); status != http.StatusOK || edited.Content != "after" || edited.EditedAt == nil {
		t.Errorf("the edited message is %+v (status %d)", edited, status)
	}
	talk.say("!delete")
	if _, status := talk.read(b.wait(t, "deleted")["id"].(string)); status != http.StatusNotFound {
		t.Errorf("the deleted message is still answered with status %d", status)
	}

	talk.filesGoBothWays(b)

	// A planned restart: the session goes on.
	hall.Stop()
	hall.Run()
	b.wait(t, "resumed")
	talk.authorization = hall.Login("alice", clitest.OwnerPassword)
	talk.pingIsAnswered(b)

	if crash {
		// The bot identifies anew.
		hall.Kill()
		hall.Run()
		b.wait(t, "identified")
		talk.authorization = hall.Login("alice", clitest.OwnerPassword)
		talk.pingIsAnswered(b)
	}

	alice = enter(t, hall, "alice", clitest.OwnerPassword)
	b.close(t)
	alice.seesOffline(community.BotID)
}
