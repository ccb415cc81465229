package rest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// told gathers what the bus says to accounts, for tests without a gateway.
type told struct {
	w      *world
	events chan event.Event
}

// listen hears what is said to an account by its name.
func (w *world) listen(name string) *told {
	w.t.Helper()
	userID, err := id.Parse(w.fill("{" + name + "}"))
	w.must(err)
	heard := &told{w, make(chan event.Event, 100)}
	subscription, err := w.hall.Bus.Subscribe(event.UserSubject(userID), func(e event.Event) { heard.events <- e }, func() {})
	w.must(err)
	w.t.Cleanup(func() { w.must(subscription.Unsubscribe()) })
	return heard
}

// next waits for an event of a type.
func next[T event.Event](t testing.TB, heard *told) T {
	t.Helper()
	for {
		select {
		case e := <-heard.events:
			if found, is := e.(T); is {
				return found
			}
		case <-t.Context().Done():
			t.Fatal("it was never said")
		}
	}
}

// interaction waits for an interaction and gives its id and its token names.
func (heard *told) interaction(t testing.TB) event.InteractionCreated {
	t.Helper()
	created := next[event.InteractionCreated](t, heard)
	heard.w.names = append([]string{"{interaction}", created.ID.String(), "{token}", created.Token}, heard.w.names...)
	return created
}

const (
	callback = "/interactions/{interaction}/{token}/callback"
	follow   = "/webhooks/{robin}/{token}"
	withView = callback + "?with_response=true"
)

// press has somebody use a button of robin's message {made}.
func press(as, customID string) scenario {
	return scenario{as: as, method: "POST", path: "/interactions", status: 204,
		body: `{"type":3,"guild_id":"{guild}","channel_id":"{general}","message_id":"{made}","application_id":"{robin}","session_id":"s","nonce":"7","data":{"component_type":2,"custom_id":"` + customID + `"}}`}
}

// buttons has robin post a message with components.
func (w *world) buttons(t *testing.T) {
	t.Helper()
	w.run(t, []scenario{{name: "a message with components", as: "robin", method: "POST", path: "/channels/{general}/messages", status: 200, keep: map[string]string{"{made}": "id"},
		body: `{"content":"Choose","components":[{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go"},{"type":2,"style":1,"label":"No","custom_id":"no","disabled":true}]},{"type":1,"components":[{"type":3,"custom_id":"pick","min_values":1,"max_values":2,"options":[{"label":"A","value":"a"},{"label":"B","value":"b"}]}]},{"type":1,"components":[{"type":7,"custom_id":"who","max_values":3}]},{"type":1,"components":[{"type":8,"custom_id":"where","channel_types":[0]}]}]}`}})
}

func TestAButtonIsPressedAndAnswered(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin, ben := w.listen("robin"), w.listen("ben")
	w.run(t, []scenario{press("ben", "go")})
	created := robin.interaction(t)
	if created.Type != event.InteractionComponent || created.Message == nil || created.Message.Message.Content != "Choose" || string(created.Data) != `{"component_type":2,"custom_id":"go","id":2}` || created.Member == nil {
		t.Errorf("%+v", created)
	}
	if started := next[event.InteractionProgressed](t, ben); started.Stage != event.InteractionStarted || started.InteractionID != created.ID || started.Nonce != "7" {
		t.Errorf("%+v", started)
	}
	w.run(t, []scenario{
		{name: "follow-ups come after the answer", method: "POST", path: follow, body: `{"content":"x"}`, status: 404, code: 10015},
		{name: "an empty answer leaves the turn", method: "POST", path: callback, body: `{"type":4,"data":{"content":""}}`, status: 400, code: 50006},
		{name: "a wrong field is named where it stands", method: "POST", path: callback, body: `{"type":4,"data":{"content":5}}`, status: 400, code: 50035, fields: map[string]string{"data.content": "STRING_TYPE_CONVERT"}},
		{name: "a type that does not fit", method: "POST", path: callback, body: `{"type":8,"data":{"choices":[]}}`, status: 400, code: 50035, fields: map[string]string{"type": "BASE_TYPE_CHOICES"}},
		{name: "the answer", method: "POST", path: withView, body: `{"type":4,"data":{"content":"Gone"}}`, status: 200, keep: map[string]string{"{answer}": "resource.message.id"},
			holds: []string{`"type":4`, `"response_message_ephemeral":false`, `"interacted_message_id"`, `"message_reference"`, `"mentions":[]`}},
		{name: "twice", method: "POST", path: callback, body: `{"type":4,"data":{"content":"Again"}}`, status: 400, code: 40060},
		{name: "everybody reads it", as: "ada", method: "GET", path: "/channels/{general}/messages/{answer}", status: 200, holds: []string{`"content":"Gone"`, `"interaction_metadata":{"id":"{interaction}","type":3`, `"webhook_id":"{robin}"`, `"username":"robin"`}},
		{name: "the first answer by its token", method: "GET", path: follow + "/messages/@original", status: 200, holds: []string{`"content":"Gone"`}},
		{name: "changed", method: "PATCH", path: follow + "/messages/@original", body: `{"content":"Gone for good"}`, status: 200, holds: []string{`"content":"Gone for good"`}},
		{name: "one thing more", method: "POST", path: follow, body: `{"content":"And more"}`, status: 200, keep: map[string]string{"{more}": "id"}, holds: []string{`"original_response_message_id":"{answer}"`}},
		{name: "which is changed", method: "PATCH", path: follow + "/messages/{more}", body: `{"content":"And more of it"}`, status: 200},
		{name: "of others' messages there are none", method: "PATCH", path: follow + "/messages/{bens}", body: `{"content":"x"}`, status: 404, code: 10008},
		{name: "nor read", method: "GET", path: follow + "/messages/{bens}", status: 404, code: 10008},
		{name: "which goes", method: "DELETE", path: follow + "/messages/{more}", status: 204},
		{name: "the first goes", method: "DELETE", path: follow + "/messages/@original", status: 204},
		{name: "it is gone", method: "GET", path: follow + "/messages/@original", status: 404, code: 10008},
	})
	if done := next[event.InteractionProgressed](t, ben); done.Stage != event.InteractionSucceeded {
		t.Errorf("%+v", done)
	}
}

func TestWhatCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	use := func(name, as, more, data string, status, code int) scenario {
		return scenario{name: name, as: as, method: "POST", path: "/interactions", status: status, code: code, body: `{"type":3,"channel_id":"{general}","message_id":"{made}",` + more + `"data":` + data + `}`}
	}
	w.run(t, []scenario{
		use("a bot", "robin", "", `{"component_type":2,"custom_id":"go"}`, 403, 20001),
		use("a stranger", "cleo", "", `{"component_type":2,"custom_id":"go"}`, 404, 10003),
		use("what is not there", "ben", "", `{"component_type":2,"custom_id":"gone"}`, 400, 50035),
		use("another type", "ben", "", `{"component_type":3,"custom_id":"go"}`, 400, 50035),
		use("what is switched off", "ben", "", `{"component_type":2,"custom_id":"no"}`, 400, 50035),
		use("another application's", "ben", `"application_id":"{ada}",`, `{"component_type":2,"custom_id":"go"}`, 400, 50035),
		use("another server's", "ben", `"guild_id":"{general}",`, `{"component_type":2,"custom_id":"go"}`, 400, 50035),
		use("nothing chosen", "ben", "", `{"component_type":3,"custom_id":"pick","values":[]}`, 400, 50035),
		use("what is not offered", "ben", "", `{"component_type":3,"custom_id":"pick","values":["c"]}`, 400, 50035),
		use("who is not here", "ben", "", `{"component_type":7,"custom_id":"who","values":["{cleo}"]}`, 400, 50035),
		use("a channel out of sight", "ben", "", `{"component_type":8,"custom_id":"where","values":["{hidden}"]}`, 400, 50035),
		use("a channel of another type", "ben", "", `{"component_type":8,"custom_id":"where","values":["{lounge}"]}`, 400, 50035),
		use("data of no form", "ben", "", `5`, 400, 50035),
		{name: "another message", as: "ben", method: "POST", path: "/interactions", body: `{"type":3,"channel_id":"{general}","message_id":"{adas}","data":{"component_type":2,"custom_id":"go"}}`, status: 400, code: 50035},
		{name: "no such message", as: "ben", method: "POST", path: "/interactions", body: `{"type":3,"channel_id":"{general}","message_id":"1","data":{"component_type":2,"custom_id":"go"}}`, status: 404, code: 10008},
		{name: "no such type", as: "ben", method: "POST", path: "/interactions", body: `{"type":9,"channel_id":"{general}"}`, status: 400, code: 50035},
		{name: "a form that nobody showed", as: "ben", method: "POST", path: "/interactions", body: `{"type":5,"channel_id":"{general}","data":{"id":"{made}","custom_id":"x","components":[]}}`, status: 400, code: 50035},
	})
	robin := w.listen("robin")
	w.run(t, []scenario{use("people and roles", "ben", "", `{"component_type":7,"custom_id":"who","values":["{ada}","{role}"]}`, 204, 0)})
	if created := robin.interaction(t); len(created.Resolved.Users) != 1 || len(created.Resolved.Members) != 1 || len(created.Resolved.Roles) != 1 {
		t.Errorf("%+v", created.Resolved)
	}
	w.run(t, []scenario{use("a channel", "ben", "", `{"component_type":8,"custom_id":"where","values":["{general}"]}`, 204, 0)})
	if created := robin.interaction(t); len(created.Resolved.Channels) != 1 || created.Resolved.Channels[0].Permissions == 0 {
		t.Errorf("%+v", created.Resolved)
	}
	w.run(t, []scenario{{name: "a time-out", as: "ada", method: "PATCH", path: "/guilds/{guild}/members/{ben}", body: `{"communication_disabled_until":"` + w.hall.Clock.Now().Add(time.Hour).Format(time.RFC3339) + `"}`, status: 200},
		use("who is timed out", "ben", "", `{"component_type":2,"custom_id":"go"}`, 403, 50013)})
}

func TestAnAnswerIsPromisedAndGiven(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin := w.listen("robin")
	for at, filled := range []scenario{
		{name: "by changing it", method: "PATCH", path: follow + "/messages/@original", body: `{"content":"Here"}`, status: 200},
		{name: "by the first thing said", method: "POST", path: follow, body: `{"content":"Here"}`, status: 200},
	} {
		promised := fmt.Sprintf("{promised%d}", at)
		w.run(t, []scenario{press("ben", "go")})
		robin.interaction(t)
		filled.holds = []string{`"content":"Here"`, `"flags":0`, `"edited_timestamp":null`, `"id":"` + promised + `"`}
		w.run(t, []scenario{
			{name: "a promise", method: "POST", path: withView, body: `{"type":5}`, status: 200, keep: map[string]string{promised: "interaction.response_message_id"}, holds: []string{`"response_message_loading":true`}, lacks: []string{"resource"}},
			{name: "everybody waits", as: "ada", method: "GET", path: "/channels/{general}/messages/" + promised, status: 200, holds: []string{`"flags":128`, `"content":""`}},
			filled,
			{name: "the next is another", method: "POST", path: follow, body: `{"content":"More"}`, status: 200, lacks: []string{`"id":"` + promised + `"`}},
			{name: "changed as any other", method: "PATCH", path: follow + "/messages/@original", body: `{"content":"There"}`, status: 200, holds: []string{`"edited_timestamp":"2`}},
		})
	}
}

func TestAnAnswerForOnePerson(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin, ben := w.listen("robin"), w.listen("ben")
	w.run(t, []scenario{press("ben", "go")})
	robin.interaction(t)
	w.run(t, []scenario{{name: "only for ben", method: "POST", path: withView, status: 200, keep: map[string]string{"{own}": "resource.message.id"},
		body:  `{"type":4,"data":{"content":"Psst","flags":64,"components":[{"type":1,"components":[{"type":2,"style":1,"label":"Yes","custom_id":"yes"}]}]}}`,
		holds: []string{`"response_message_ephemeral":true`, `"flags":64`}}})
	if shown := next[event.EphemeralMessageChanged](t, ben); shown.Created == nil || shown.Created.Message.Content != "Psst" || shown.Created.Member == nil {
		t.Errorf("%+v", shown)
	}
	yes := func(as string, status, code int) scenario {
		return scenario{name: as + " presses what ben was shown", as: as, method: "POST", path: "/interactions", status: status, code: code,
			body: `{"type":3,"channel_id":"{general}","message_id":"{own}","message_flags":64,"data":{"component_type":2,"custom_id":"yes"}}`}
	}
	w.run(t, []scenario{
		{name: "it is in no history", as: "ben", method: "GET", path: "/channels/{general}/messages/{own}", status: 404, code: 10008},
		{name: "nor in ada's", as: "ada", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, lacks: []string{"Psst"}},
		yes("ada", 404, 10008), yes("ben", 204, 0),
	})
	second := robin.interaction(t)
	if second.Message == nil || second.Message.Message.Content != "Psst" {
		t.Errorf("%+v", second)
	}
	w.run(t, []scenario{
		{name: "changed in its place", method: "POST", path: withView, body: `{"type":7,"data":{"content":"Thanks","components":[]}}`, status: 200, holds: []string{`"id":"{own}"`, `"content":"Thanks"`, `"response_message_ephemeral":true`}},
		{name: "and once more", method: "PATCH", path: follow + "/messages/@original", body: `{"content":"Thank you","flags":64}`, status: 200, holds: []string{`"content":"Thank you"`}},
		{name: "one more for ben", method: "POST", path: follow, body: `{"content":"Bye","flags":64}`, status: 200, keep: map[string]string{"{bye}": "id"}},
		{name: "read", method: "GET", path: follow + "/messages/{bye}", status: 200, holds: []string{`"content":"Bye"`}},
		{name: "and gone", method: "DELETE", path: follow + "/messages/{bye}", status: 204},
		{name: "for good", method: "GET", path: follow + "/messages/{bye}", status: 404, code: 10008},
	})
	var last event.EphemeralMessageChanged
	for last.Deleted == nil {
		last = next[event.EphemeralMessageChanged](t, ben)
	}
	w.run(t, []scenario{yes("ben", 400, 50035)}) // its button is gone
}

func TestAFormIsShownAndFilledIn(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin, ben := w.listen("robin"), w.listen("ben")
	w.run(t, []scenario{press("ben", "go")})
	shown := robin.interaction(t)
	w.names = append([]string{"{form}", shown.ID.String()}, w.names...)
	w.run(t, []scenario{
		{name: "a form that is none", method: "POST", path: callback, body: `{"type":9,"data":{"custom_id":"f","title":"","components":[]}}`, status: 400, code: 50035, fields: map[string]string{"data.title": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a form", method: "POST", path: withView, status: 200, body: `{"type":9,"data":{"custom_id":"f","title":"Tell me","components":[{"type":1,"components":[{"type":4,"custom_id":"t","style":1,"label":"Text","min_length":2}]}]}}`, holds: []string{`{"interaction":{"id":"{form}","type":3}}`}},
	})
	for {
		if told := next[event.InteractionProgressed](t, ben); told.Stage == event.InteractionModalShown {
			if told.Modal.Title != "Tell me" || !strings.Contains(string(told.Modal.Components), `"min_length":2`) {
				t.Errorf("%+v", told.Modal)
			}
			break
		}
	}
	send := func(name, as, customID, value string, status, code int) scenario {
		return scenario{name: name, as: as, method: "POST", path: "/interactions", status: status, code: code,
			body: `{"type":5,"channel_id":"{general}","application_id":"{robin}","data":{"id":"{form}","custom_id":"` + customID + `","components":[{"type":1,"components":[{"type":4,"custom_id":"t","value":"` + value + `"}]}]}}`}
	}
	w.run(t, []scenario{
		send("somebody else's", "ada", "f", "Hello", 400, 50035), send("another form", "ben", "g", "Hello", 400, 50035), send("too short", "ben", "f", "H", 400, 50035),
		send("filled in", "ben", "f", "Hello", 204, 0), send("twice", "ben", "f", "Hello", 400, 50035),
	})
	filled := robin.interaction(t)
	if filled.Type != event.InteractionModal || !strings.Contains(string(filled.Data), `"value":"Hello"`) || filled.Message == nil {
		t.Errorf("%+v", filled)
	}
	w.run(t, []scenario{
		{name: "no form upon a form", method: "POST", path: callback, body: `{"type":9,"data":{"custom_id":"f","title":"x","components":[]}}`, status: 400, code: 50035},
		{name: "the message with the button is changed", method: "POST", path: withView, body: `{"type":7,"data":{"content":"Said","components":[]}}`, status: 200, holds: []string{`"id":"{made}"`, `"content":"Said"`}},
		{name: "a word about it", method: "POST", path: follow, body: `{"content":"Noted"}`, status: 200, holds: []string{`"triggering_interaction_metadata":{"id":"{form}","type":3`}},
	})
}

func TestFilesAreBroughtWithAForm(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin := w.listen("robin")
	w.run(t, []scenario{press("ben", "go")})
	shown := robin.interaction(t)
	w.names = append([]string{"{form}", shown.ID.String()}, w.names...)
	w.run(t, []scenario{
		{name: "a form that takes two files", method: "POST", path: callback, body: `{"type":9,"data":{"custom_id":"f","title":"Bring","components":[{"type":18,"label":"Files","component":{"type":19,"custom_id":"files","max_values":2}},{"type":18,"label":"Agreed","component":{"type":23,"custom_id":"yes"}}]}}`, status: 204},
	})
	place, brought := w.slot(t, "ben", "a.txt", 2)
	_, adas := w.slot(t, "ada", "b.txt", 2)
	w.names = append([]string{"{slot}", brought, "{adasfile}", adas}, w.names...)
	send := func(name, values, slot string, status int) scenario {
		attachments := ""
		if slot != "" {
			attachments = `,"attachments":[{"id":"0","filename":"a.txt","uploaded_filename":"` + slot + `"}]`
		}
		return scenario{name: name, as: "ben", method: "POST", path: "/interactions", status: status, code: map[int]int{400: 50035}[status],
			body: `{"type":5,"channel_id":"{general}","application_id":"{robin}","data":{"id":"{form}","custom_id":"f","components":[{"type":18,"component":{"type":19,"custom_id":"files","values":` + values + `}},{"type":18,"component":{"type":23,"custom_id":"yes","value":true}}]` + attachments + `}}`}
	}
	w.run(t, []scenario{
		send("without a file", `[]`, "", 400), send("with one that is not named", `["0"]`, "", 400), send("with one that was not brought yet", `["0"]`, "{slot}", 400), send("with somebody else's", `["0"]`, "{adasfile}", 400),
	})
	w.put(t, place, "", "hi")
	w.run(t, []scenario{send("with its number only", `["1"]`, "{slot}", 400), send("with the file", `["0"]`, "{slot}", 204), send("twice", `["0"]`, "{slot}", 400)})
	filled := robin.interaction(t)
	if len(filled.Resolved.Attachments) != 1 {
		t.Fatalf("%+v", filled)
	}
	file := filled.Resolved.Attachments[0]
	if file.Filename != "a.txt" || file.Size != 2 || !strings.Contains(string(filled.Data), fmt.Sprintf(`"values":["%d"]`, file.ID)) || !strings.Contains(string(filled.Data), `"value":true`) {
		t.Errorf("%+v %s", file, filled.Data)
	}
}

func TestWhoDoesNotAnswerInTimeIsTooLate(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{AnswerTime: 50 * time.Millisecond}})
	w.buttons(t)
	robin, ben := w.listen("robin"), w.listen("ben")
	w.run(t, []scenario{press("ben", "go")})
	robin.interaction(t)
	for next[event.InteractionProgressed](t, ben).Stage != event.InteractionFailed {
	}
	w.run(t, []scenario{
		{name: "too late", method: "POST", path: callback, body: `{"type":4,"data":{"content":"x"}}`, status: 404, code: 10062},
		{name: "and nothing more", method: "POST", path: follow, body: `{"content":"x"}`, status: 404, code: 10015},
	})
}

func TestTokensOfInteractions(t *testing.T) {
	w := newWorld(t)
	w.buttons(t)
	robin := w.listen("robin")
	owner := chat.Caller{UserID: w.guild.Owner.UserID}
	other, _, err := w.hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "wren", OwnerID: owner.UserID, GuildID: w.guild.ID})
	w.must(err)
	w.name("wren", other.Bot.UserID)
	w.run(t, []scenario{press("ben", "go")})
	first := robin.interaction(t)
	w.names = append([]string{"{first}", first.ID.String(), "{firsttoken}", first.Token}, w.names...)
	w.run(t, []scenario{press("ben", "go")})
	robin.interaction(t)
	guess := strings.Repeat("A", len(first.Token)-20)
	w.run(t, []scenario{
		{name: "another interaction's token", method: "POST", path: "/interactions/{first}/{token}/callback", body: `{"type":5}`, status: 404, code: 10062},
		{name: "a guess", method: "POST", path: "/interactions/{first}/" + guess + "/callback", body: `{"type":5}`, status: 404, code: 10062},
		{name: "one that looks like one", method: "POST", path: "/interactions/{first}/" + first.Token[:len(first.Token)-3] + "AAA/callback", body: `{"type":5}`, status: 404, code: 10062},
		{name: "its own", method: "POST", path: "/interactions/{first}/{firsttoken}/callback", body: `{"type":4,"data":{"content":"Hello"}}`, status: 204},
		{name: "another application", method: "POST", path: "/webhooks/{wren}/{firsttoken}", body: `{"content":"x"}`, status: 401, code: 50027},
		{name: "another's first answer", method: "GET", path: "/webhooks/{wren}/{firsttoken}/messages/@original", status: 401, code: 50027},
		{name: "nothing of the form of a token", method: "POST", path: "/webhooks/{robin}/" + guess, body: `{"content":"x"}`, status: 404, code: 10015},
		{name: "a changed one", method: "POST", path: "/webhooks/{robin}/" + first.Token[:len(first.Token)-3] + "AAA", body: `{"content":"x"}`, status: 401, code: 50027},
	})
	w.run(t, []scenario{press("ben", "go")})
	robin.interaction(t)
	w.run(t, []scenario{
		{name: "promised", method: "POST", path: callback, body: `{"type":5}`, status: 204},
		{name: "the bot goes", as: "ada", method: "DELETE", path: "/guilds/{guild}/members/{robin}", status: 204},
		{name: "who was taken out says no more", method: "PATCH", path: follow + "/messages/@original", body: `{"content":"x"}`, status: 403, code: 50001},
		press("ben", "go").answered(404, 10002),
	})
	w.hall.Clock.Advance(15*time.Minute + time.Second)
	w.run(t, []scenario{
		{name: "after a quarter of an hour", method: "POST", path: "/webhooks/{robin}/{firsttoken}", body: `{"content":"x"}`, status: 401, code: 50027},
		{name: "nor changes", method: "PATCH", path: "/webhooks/{robin}/{firsttoken}/messages/@original", body: `{"content":"x"}`, status: 401, code: 50027},
	})
}

// answered is a scenario that is answered otherwise.
func (s scenario) answered(status, code int) scenario {
	s.name, s.status, s.code = fmt.Sprintf("%s: %d", s.name, code), status, code
	return s
}

// command makes a command of robin's, and has it used by name {cmd}.
func (w *world) command(t *testing.T, body string) id.ID {
	t.Helper()
	robin, err := id.Parse(w.fill("{robin}"))
	w.must(err)
	var made store.Command
	w.must(json.Unmarshal([]byte(body), &made))
	made.ApplicationID, made.IntegrationTypes, made.ID = robin, []int{0}, w.hall.IDs.Next()
	stored, _, err := w.hall.Store.PutCommand(t.Context(), made, store.CommandLimits{1: 100, 2: 15, 3: 15})
	w.must(err)
	w.must(w.hall.Bus.Publish(t.Context(), event.CommandsChanged{ApplicationID: robin}))
	return stored.ID
}

func TestACommandIsUsed(t *testing.T) {
	w := newWorld(t)
	play := w.command(t, `{"Type":1,"Name":"play","Description":"x","Options":[{"Type":1,"Name":"song","Description":"x","Options":[{"Type":3,"Name":"name","Description":"x","Required":true,"Autocomplete":true},{"Type":4,"Name":"times","Description":"x"},
		{"Type":6,"Name":"for","Description":"x"},{"Type":11,"Name":"cover","Description":"x"},{"Type":5,"Name":"loud","Description":"x"},{"Type":7,"Name":"where","Description":"x"},{"Type":9,"Name":"who","Description":"x"}]}]}`)
	wave, quote := w.command(t, `{"Type":2,"Name":"Wave"}`), w.command(t, `{"Type":3,"Name":"Quote"}`)
	robin, ben := w.listen("robin"), w.listen("ben")
	use := func(name, as string, kind int, command id.ID, more string, status, code int) scenario {
		return scenario{name: name, as: as, method: "POST", path: "/interactions", status: status, code: code,
			body: fmt.Sprintf(`{"type":%d,"application_id":"{robin}","guild_id":"{guild}","channel_id":"{general}","nonce":"9","data":{"id":"%d","name":"x","type":1%s}}`, kind, command, more)}
	}
	song := func(options string) string {
		return `,"options":[{"type":1,"name":"song","options":[` + options + `]}]`
	}
	const named = `{"type":3,"name":"name","value":"Hey <b>"}`
	w.run(t, []scenario{
		{name: "a file for it", as: "ben", method: "POST", path: "/channels/{general}/attachments", body: `{"files":[{"id":"0","filename":"a.txt","file_size":2}]}`, status: 200, keep: map[string]string{"{slot}": "attachments.0.upload_filename", "{put}": "attachments.0.upload_url"}},
		use("without what it needs", "ben", 2, play, song(``), 400, 50035),
		use("with what is none", "ben", 2, play, song(named+`,{"type":4,"name":"times","value":"x"}`), 400, 50035),
		use("for who is not here", "ben", 2, play, song(named+`,{"type":6,"name":"for","value":"{cleo}"}`), 400, 50035),
		use("in a channel out of sight", "ben", 2, play, song(named+`,{"type":7,"name":"where","value":"{hidden}"}`), 400, 50035),
		use("with a file that is not there", "ben", 2, play, song(named+`,{"type":11,"name":"cover","value":"0"}`), 400, 50035),
		use("that is not there", "ben", 2, w.guild.ID, "", 404, 10063),
		use("by a stranger", "cleo", 2, play, song(named), 404, 10003),
		use("used", "ben", 2, play, song(named+`,{"type":4,"name":"times","value":2},{"type":6,"name":"for","value":"{ada}"},{"type":5,"name":"loud","value":true},{"type":9,"name":"who","value":"{role}"}`), 204, 0),
	})
	created := robin.interaction(t)
	want := w.fill(fmt.Sprintf(`{"id":"%d","name":"play","options":[{"name":"song","type":1,"options":[{"name":"name","type":3,"value":"Hey \u003cb\u003e"},{"name":"times","type":4,"value":2},{"name":"for","type":6,"value":"{ada}"},{"name":"loud","type":5,"value":true},{"name":"who","type":9,"value":"{role}"}]}],"type":1}`, play))
	if string(created.Data) != want || len(created.Resolved.Users) != 1 || len(created.Resolved.Roles) != 1 {
		t.Errorf("%s\n%s\n%+v", created.Data, want, created.Resolved)
	}
	w.run(t, []scenario{
		{name: "answered", method: "POST", path: withView, body: `{"type":4,"data":{"content":"Playing"}}`, status: 200, keep: map[string]string{"{answer}": "resource.message.id"},
			holds: []string{`"type":20`, `"interaction":{"id":"{interaction}","type":2,"name":"play song"`}},
		{name: "changed by its bot as any message", as: "robin", method: "PATCH", path: "/channels/{general}/messages/{answer}", body: `{"content":"Played"}`, status: 200},
		{name: "answered to", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"content":"Thanks","message_reference":{"message_id":"{answer}"}}`, status: 200},
		use("nothing to complete", "ben", 4, play, song(named), 400, 50035),
		use("being filled in", "ben", 4, play, song(`{"type":3,"name":"name","value":"He","focused":true},{"type":4,"name":"times","value":"x"}`), 204, 0),
	})
	if asked := robin.interaction(t); asked.Type != event.InteractionAutocomplete || !strings.Contains(string(asked.Data), `"value":"He","focused":true`) {
		t.Errorf("%s", asked.Data)
	}
	w.run(t, []scenario{
		{name: "choices of another type", method: "POST", path: callback, body: `{"type":8,"data":{"choices":[{"name":"Hey","value":5}]}}`, status: 400, code: 50035, fields: map[string]string{"data.choices.0.value": "BASE_TYPE_BAD_VALUE"}},
		{name: "choices", method: "POST", path: callback, body: `{"type":8,"data":{"choices":[{"name":"Hey Jude","value":"hey"}]}}`, status: 204},
		{name: "once", method: "POST", path: callback, body: `{"type":8,"data":{"choices":[]}}`, status: 400, code: 40060},
		{name: "there is nothing more to say", method: "POST", path: follow, body: `{"content":"x"}`, status: 404, code: 10015},
	})
	for {
		if told := next[event.InteractionProgressed](t, ben); told.Stage == event.InteractionChoices {
			if string(told.Choices) != `[{"name":"Hey Jude","value":"hey"}]` || told.Nonce != "9" {
				t.Errorf("%s %s", told.Choices, told.Nonce)
			}
			break
		}
	}
	w.run(t, []scenario{
		use("on nobody", "ben", 2, wave, `,"target_id":"{cleo}"`, 404, 10013), use("on somebody", "ben", 2, wave, `,"target_id":"{ada}"`, 204, 0),
	})
	if waved := robin.interaction(t); len(waved.Resolved.Users) != 1 || len(waved.Resolved.Members) != 1 || !strings.Contains(string(waved.Data), `"target_id"`) {
		t.Errorf("%s", waved.Data)
	}
	w.run(t, []scenario{
		{name: "answered for one person", method: "POST", path: withView, body: `{"type":4,"data":{"content":"Hi","flags":64}}`, status: 200, holds: []string{`"type":23`, `"target_user":{"id":"{ada}"`}},
		use("on no message", "ben", 2, quote, `,"target_id":"1"`, 404, 10008), use("on a message", "ben", 2, quote, `,"target_id":"{adas}"`, 204, 0),
	})
	if quoted := robin.interaction(t); len(quoted.Resolved.Messages) != 1 || quoted.Resolved.Messages[0].Message.Content != "Good morning" {
		t.Errorf("%+v", quoted.Resolved)
	}
}
