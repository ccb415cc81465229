package compat

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// user is a person who uses an application.
type user struct {
	*person
	community clitest.Community
	// commands are the ids of the application's commands, by their names.
	commands map[string]string
}

// using makes somebody a user of the community's bot, whose commands are registered.
func (p *person) using(community clitest.Community) *user {
	p.t.Helper()
	u := &user{p, community, make(map[string]string)}
	var index struct {
		Commands []struct{ ID, Name string } `json:"application_commands"`
	}
	if status, err := p.hall.Call(http.MethodGet, "/channels/"+community.TextChannelID+"/application-command-index", p.authorization, nil, &index); status != http.StatusOK {
		p.t.Fatalf("status %d, %v", status, err)
	}
	for _, command := range index.Commands {
		u.commands[command.Name] = command.ID
	}
	return u
}

// use does something with the application.
func (u *user) use(kind int, more, data map[string]any) {
	u.t.Helper()
	body := map[string]any{"type": kind, "application_id": u.community.BotID, "guild_id": u.community.GuildID, "channel_id": u.community.TextChannelID, "session_id": u.sessionID, "nonce": "1", "data": data}
	for key, value := range more {
		body[key] = value
	}
	if status, err := u.hall.Call(http.MethodPost, "/interactions", u.authorization, body, nil); status != http.StatusNoContent {
		u.t.Fatalf("using %v: status %d, %v", data, status, err)
	}
}

// command uses a command; more is what its data has besides.
func (u *user) command(kind int, name string, commandType int, more map[string]any) {
	u.t.Helper()
	data := map[string]any{"id": u.commands[name], "name": name, "type": commandType, "version": "1"}
	for key, value := range more {
		data[key] = value
	}
	u.use(kind, nil, data)
}

func option(kind int, name string, value any, focused ...bool) map[string]any {
	return map[string]any{"type": kind, "name": name, "value": value, "focused": len(focused) > 0}
}

// play uses the command that is written.
func (u *user) play(options ...map[string]any) {
	u.t.Helper()
	u.command(2, "play", 1, map[string]any{"options": options})
}

// sees waits for a message, new or changed, that says something, and tells whether it is for this person alone.
func (u *user) sees(event, content string) (message map[string]any, hidden bool) {
	u.t.Helper()
	for {
		message = u.wait(u.t, event)
		if message["content"] == content {
			return message, int(message["flags"].(float64))&64 != 0
		}
	}
}

// hears is sees for what is for this person alone.
func (u *user) hears(event, content string) {
	u.t.Helper()
	if message, hidden := u.sees(event, content); !hidden {
		u.t.Errorf("everybody sees %v", message)
	}
}

// upload brings a file into the channel, for a command that takes one.
func (u *user) upload(name, content string) string {
	u.t.Helper()
	var slots struct {
		Attachments []struct {
			URL  string `json:"upload_url"`
			Name string `json:"upload_filename"`
		}
	}
	body := map[string]any{"files": []any{map[string]any{"id": "0", "filename": name, "file_size": len(content)}}}
	if status, err := u.hall.Call(http.MethodPost, "/channels/"+u.community.TextChannelID+"/attachments", u.authorization, body, &slots); status != http.StatusOK {
		u.t.Fatalf("status %d, %v", status, err)
	}
	request, err := http.NewRequestWithContext(u.t.Context(), http.MethodPut, slots.Attachments[0].URL, strings.NewReader(content))
	if err != nil {
		u.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		u.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		u.t.Fatalf("the file is answered %d", response.StatusCode)
	}
	return slots.Attachments[0].Name
}

func TestCommandsComponentsAndForms(t *testing.T) {
	eachWay(t, func(t *testing.T, l library, by way) {
		hall := clitest.Start(t, "--rate-limits", "off")
		community := hall.NewCommunity()
		alice := enter(t, hall, "alice", clitest.OwnerPassword)
		b := l.start(t, by, hall, "interactions", community.BotToken, "GUILD="+community.GuildID, "BOT_ID="+community.BotID)
		b.wait(t, "registered")
		t.Cleanup(func() {
			for _, failed := range b.all("failed") {
				t.Errorf("%s", failed["message"])
			}
		})
		u := alice.using(community)
		if len(u.commands) != 3 {
			t.Fatalf("the commands are %v", u.commands)
		}
		u.asksAndPlays(b)
		u.answersComeLater()
		u.menusAndForms()
		b.close(t)
	})
}

// asksAndPlays completes an option, and uses the components of the answer.
func (u *user) asksAndPlays(b bot) {
	u.t.Helper()
	u.command(4, "play", 1, map[string]any{"options": []any{option(3, "name", "He", true)}})
	if told := u.wait(u.t, "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE"); fmt.Sprint(told["choices"]) != "[map[name:Complete value:He!]]" {
		u.t.Errorf("offered are %v", told)
	}
	u.play(option(3, "name", "He!"), option(4, "times", 2), option(6, "for", u.id), option(7, "where", u.community.TextChannelID))
	answer, hidden := u.sees("MESSAGE_CREATE", "He! 2 alice general")
	if hidden || answer["id"] != b.wait(u.t, "answered")["id"] || answer["type"] != float64(20) {
		u.t.Errorf("the answer is %v", answer)
	}
	more, _ := u.sees("MESSAGE_CREATE", "more")
	message := func(of map[string]any) map[string]any { return map[string]any{"message_id": of["id"]} }
	for _, menu := range []struct {
		of       map[string]any
		kind     int
		customID string
		values   []string
		said     string
	}{
		{answer, 3, "text", []string{"2", "1"}, "chose 2,1"}, {answer, 5, "user", []string{u.id}, "chose alice"}, {answer, 6, "role", []string{u.community.GuildID}, "chose @everyone"},
		{answer, 7, "mentionable", []string{u.community.BotID}, "chose pong"}, {more, 8, "channel", []string{u.community.TextChannelID}, "chose general"},
	} {
		u.use(3, message(menu.of), map[string]any{"component_type": menu.kind, "custom_id": menu.customID, "values": menu.values})
		u.hears("MESSAGE_CREATE", menu.said)
	}
	u.use(3, message(answer), map[string]any{"component_type": 2, "custom_id": "press"})
	if pressed, _ := u.sees("MESSAGE_UPDATE", "pressed"); pressed["id"] != answer["id"] {
		u.t.Errorf("pressed is %v", pressed)
	}
}

// answersComeLater waits for promised answers, for everybody and for one person, and for files.
func (u *user) answersComeLater() {
	u.t.Helper()
	u.play(option(3, "name", "later"))
	if promised, _ := u.sees("MESSAGE_CREATE", ""); int(promised["flags"].(float64))&128 == 0 {
		u.t.Errorf("promised is %v", promised)
	}
	if given, hidden := u.sees("MESSAGE_UPDATE", "here it is"); hidden || int(given["flags"].(float64))&128 != 0 {
		u.t.Errorf("given is %v", given)
	}
	u.hears("MESSAGE_CREATE", "and a secret")
	u.play(option(3, "name", "hidden"))
	u.hears("MESSAGE_CREATE", "")
	u.hears("MESSAGE_UPDATE", "only you")
	u.wait(u.t, "MESSAGE_DELETE")
	name := u.upload("cover.txt", "a cover")
	u.command(2, "play", 1, map[string]any{"options": []any{option(3, "name", "file"), option(11, "cover", "0")}, "attachments": []any{map[string]any{"id": "0", "filename": "cover.txt", "uploaded_filename": name}}})
	if sent, _ := u.sees("MESSAGE_CREATE", "cover.txt a cover"); len(sent["attachments"].([]any)) != 1 {
		u.t.Errorf("sent is %v", sent)
	}
}

// menusAndForms uses the commands of context menus, and fills in a form.
func (u *user) menusAndForms() {
	u.t.Helper()
	said := (&conversation{u.t, u.hall, u.community, u.authorization}).say("a word")
	u.command(2, "Wave", 2, map[string]any{"target_id": u.id})
	u.hears("MESSAGE_CREATE", "hello alice")
	u.command(2, "Quote", 3, map[string]any{"target_id": said})
	u.hears("MESSAGE_CREATE", `"a word"`)
	u.play(option(3, "name", "form"))
	form := u.wait(u.t, "INTERACTION_MODAL_CREATE")
	if form["title"] != "A form" {
		u.t.Errorf("the form is %v", form)
	}
	field := map[string]any{"type": 4, "custom_id": "text", "value": "filled in"}
	u.use(5, nil, map[string]any{"id": form["id"], "custom_id": form["custom_id"], "components": []any{map[string]any{"type": 1, "components": []any{field}}}})
	u.hears("MESSAGE_CREATE", "filled in")
}
