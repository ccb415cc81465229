package rest

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
)

// allow lets robin receive what some flags say.
func (w *world) allow(flags uint64) {
	w.t.Helper()
	_, err := w.hall.Bots.Update(w.t.Context(), chattest.Console, w.ofName("robin"), chat.ApplicationEdit{Flags: &flags})
	w.must(err)
}

func TestMembersAreListedForBotsWithTheMembersIntent(t *testing.T) {
	w := newWorld(t)
	list := scenario{as: "robin", method: "GET", path: "/guilds/{guild}/members?limit=10", status: 200}
	w.play(t, list)
	w.allow(chat.FlagsContent | chat.FlagsPresences)
	list.status, list.code = 403, 50001
	w.play(t, list)
	w.run(t, []scenario{
		{name: "one member", as: "robin", method: "GET", path: "/guilds/{guild}/members/{ben}", status: 200},
		{name: "members by name", as: "robin", method: "GET", path: "/guilds/{guild}/members/search?query=be", status: 200, holds: []string{`"username":"ben"`}},
		{name: "people", as: "ben", method: "GET", path: "/guilds/{guild}/members?limit=10", status: 200},
	})
}

func TestBotsWithoutTheContentIntentReadWhatIsTheirs(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	robin := chat.Caller{UserID: w.ofName("robin"), Bot: true}
	ada := chat.Caller{UserID: w.ofName("ada")}
	secret := w.say(ada, "the secret")
	w.must(w.hall.Messages.Pin(ctx, ada, w.guild.General, secret))
	mentioned := w.say(ada, fmt.Sprintf("<@%s> listen", robin.UserID))
	own := w.say(robin, "my own")
	w.name("secret", secret, "mentioned", mentioned, "own", own)
	poll, err := w.hall.Messages.Create(ctx, ada, w.guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "the secret question", Answers: []store.PollAnswer{{Text: "a"}}}})
	w.must(err)
	w.name("poll", poll.Message.ID)
	reads := func(as string) string {
		t.Helper()
		var all strings.Builder
		for _, path := range []string{"/channels/{general}/messages", "/channels/{general}/messages/{secret}", "/channels/{general}/messages/{poll}", "/channels/{general}/pins", "/channels/{general}/messages/pins"} {
			all.Write(w.call(t, scenario{as: as, method: "GET", path: path}).body)
		}
		return all.String()
	}
	if got := reads("robin"); !strings.Contains(got, "the secret") || !strings.Contains(got, "secret question") {
		t.Fatalf("with the intent it reads %s", got)
	}
	w.allow(0)
	got := reads("robin")
	if strings.Contains(got, "the secret") {
		t.Errorf("it reads %s", got)
	}
	for _, text := range []string{"listen", "my own"} {
		if !strings.Contains(got, text) {
			t.Errorf("%q is not in %s", text, got)
		}
	}
	if got := reads("ben"); !strings.Contains(got, "the secret") {
		t.Errorf("people read %s", got)
	}
	// Nobody reads on by quoting.
	for _, body := range []string{
		`{"content":"well","message_reference":{"message_id":"{secret}"}}`, `{"message_reference":{"type":1,"message_id":"{secret}","channel_id":"{general}"}}`,
	} {
		reply := w.call(t, scenario{as: "robin", method: "POST", path: "/channels/{general}/messages", body: body})
		if reply.StatusCode != 200 || strings.Contains(string(reply.body), "the secret") {
			t.Errorf("%s: %d %s", body, reply.StatusCode, reply.body)
		}
	}
	if got := reads("robin"); strings.Contains(got, "the secret") || !strings.Contains(got, "well") {
		t.Errorf("afterwards it reads %s", got)
	}
}
