package rest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	forum := w.guild.Channel("forum", store.ChannelForum)
	w.name("forum", forum)
	const hook, posted = "/webhooks/{hook}/{token}", "/webhooks/{hook}/{token}/messages/{posted}"
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: "/channels/{general}/webhooks", status: 200, lacks: []string{"id"}},
		{name: "a member makes none", as: "ben", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 403, code: 50013},
		{name: "without a name", as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_REQUIRED"}},
		{name: "in a category", as: "ada", method: "POST", path: "/channels/{category}/webhooks", body: `{"name":"Ci"}`, status: 400, code: 50024},
		{name: "made", as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci","avatar":"` + stillImage + `"}`, status: 200,
			keep: map[string]string{"{hook}": "id", "{token}": "token"}, holds: []string{`"type":1`, `"channel_id":"{general}"`, `"user":{"id":"{ada}"`, `"application_id":null`}},
		{name: "another", as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Other"}`, status: 200, keep: map[string]string{"{other}": "id", "{othertoken}": "token"}},
		{name: "of a bot", as: "ada", method: "GET", path: "/guilds/{guild}/webhooks", status: 200, holds: []string{`"id":"{hook}"`, `"id":"{other}"`, `"token":"{token}"`}},
		{name: "read by who has the token", method: "GET", path: hook, status: 200, holds: []string{`"name":"Ci"`, `"token":"{token}"`}, lacks: []string{`"user"`}},
		{name: "not with another's token", method: "GET", path: "/webhooks/{hook}/{othertoken}", status: 401, code: 50027},
		{name: "not with none of its own", method: "GET", path: "/webhooks/{hook}/x", status: 401, code: 50027},
		{name: "not where there is none", method: "POST", path: "/webhooks/7/{token}", body: `{"content":"x"}`, status: 404, code: 10015},
		{name: "nothing to say", method: "POST", path: hook, body: `{}`, status: 400, code: 50006},
		{name: "posted, with no answer", method: "POST", path: hook, body: `{"content":"built"}`, status: 204},
		{name: "posted, and waited for", method: "POST", path: hook + "?wait=true", body: `{"content":"@everyone <@{ben}>","username":"Night\n build","avatar_url":"https://example.org/a.png"}`, status: 200,
			keep: map[string]string{"{posted}": "id"}, holds: []string{`"webhook_id":"{hook}"`, `"author":{"id":"{hook}","username":"Night build","discriminator":"0000"`, `"avatar":null`, `"bot":true`, `"mention_everyone":true`, `"mentions":[{"id":"{ben}"`}},
		{name: "readers see it so", as: "ben", method: "GET", path: "/channels/{general}/messages/{posted}", status: 200, holds: []string{`"username":"Night build"`, `"webhook_id":"{hook}"`}},
		{name: "nobody is pinged who is not to be", method: "POST", path: hook + "?wait=true", body: `{"content":"@everyone <@{ben}>","allowed_mentions":{"parse":[]}}`, status: 200, holds: []string{`"mention_everyone":false`, `"mentions":[]`}},
		{name: "with its own name and picture", method: "POST", path: hook + "?wait=true", body: `{"content":"plain"}`, status: 200, holds: []string{`"username":"Ci"`, `"avatar":"`}},
		{name: "a name too long", method: "POST", path: hook, body: `{"content":"x","username":"` + strings.Repeat("n", 81) + `"}`, status: 400, code: 50035, fields: map[string]string{"username": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a picture that is none", method: "POST", path: hook, body: `{"content":"x","avatar_url":"javascript:alert(1)"}`, status: 400, code: 50035, fields: map[string]string{"avatar_url": "URL_TYPE_INVALID_URL"}},
		{name: "an alert of Uptime Kuma", method: "POST", path: hook + "?wait=true", body: `{"username":"Uptime Kuma","embeds":[{"title":"Down","color":16711680,"timestamp":"2026-01-02 03:04:05.678","fields":[{"name":"Service Name","value":"hall"}]}]}`,
			status: 200, holds: []string{`"timestamp":"2026-01-02T03:04:05.678000+00:00"`}},
		{name: "fields that are wrong are named", method: "POST", path: hook, body: `{"content":5,"username":{},"embeds":[{"timestamp":"soon"}]}`, status: 400, code: 50035,
			fields: map[string]string{"content": "STRING_TYPE_CONVERT", "username": "STRING_TYPE_CONVERT", "embeds.0.timestamp": "DATE_TIME_TYPE_PARSE"}},
		{name: "no replies", method: "POST", path: hook, body: `{"content":"x","message_reference":{"message_id":"{bens}"}}`, status: 400, code: 50035},
		{name: "read again", method: "GET", path: posted, status: 200, holds: []string{`"id":"{posted}"`}},
		{name: "edited", method: "PATCH", path: posted, body: `{"content":"changed"}`, status: 200, holds: []string{`"content":"changed"`, `"username":"Night build"`}},
		{name: "a reply to it", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"thanks","message_reference":{"message_id":"{posted}"}}`, status: 200, holds: []string{`"referenced_message":{"id":"{posted}"`, `"username":"Night build"`}},
		{name: "what others said is not read", method: "GET", path: "/webhooks/{hook}/{token}/messages/{bens}", status: 404, code: 10008},
		{name: "nor edited", method: "PATCH", path: "/webhooks/{hook}/{token}/messages/{bens}", body: `{"flags":4}`, status: 404, code: 10008},
		{name: "nor deleted", method: "DELETE", path: "/webhooks/{hook}/{token}/messages/{bens}", status: 404, code: 10008},
		{name: "nor what another webhook said", method: "DELETE", path: "/webhooks/{other}/{othertoken}/messages/{posted}", status: 404, code: 10008},
		{name: "a member does not edit it", as: "ben", method: "PATCH", path: "/channels/{general}/messages/{posted}", body: `{"content":"x"}`, status: 403, code: 50005},
		{name: "deleted", method: "DELETE", path: posted, status: 204},
		{name: "once", method: "DELETE", path: posted, status: 404, code: 10008},

		{name: "a thread", as: "ada", method: "POST", path: "/channels/{general}/threads", body: `{"name":"aside","type":11}`, status: 201, keep: map[string]string{"{aside}": "id"}},
		{name: "posted in it", method: "POST", path: hook + "?wait=true&thread_id={aside}", body: `{"content":"here"}`, status: 200, holds: []string{`"channel_id":"{aside}"`}},
		{name: "not elsewhere", method: "POST", path: hook + "?thread_id={hidden}", body: `{"content":"x"}`, status: 404, code: 10003},
		{name: "no thread of that name", method: "POST", path: hook, body: `{"content":"x","thread_name":"new"}`, status: 400, code: 220003},
		{name: "nor in a thread", method: "POST", path: hook + "?thread_id={aside}", body: `{"content":"x","thread_name":"new"}`, status: 400, code: 220002},

		{name: "moved by who looks after it", as: "ada", method: "PATCH", path: "/webhooks/{hook}", body: `{"channel_id":"{forum}","avatar":null}`, status: 200, holds: []string{`"channel_id":"{forum}"`, `"avatar":null`}},
		{name: "forums need a thread", method: "POST", path: hook, body: `{"content":"x"}`, status: 400, code: 220001},
		{name: "or a name for one", method: "POST", path: hook + "?wait=true", body: `{"content":"x","thread_name":"A post"}`, status: 200, keep: map[string]string{"{post}": "channel_id"}, holds: []string{`"webhook_id":"{hook}"`}},
		{name: "which nobody is in", as: "ada", method: "GET", path: "/channels/{post}", status: 200, holds: []string{`"name":"A post"`, `"owner_id":"{hook}"`, `"member_count":0`}},
		{name: "and is posted in", method: "POST", path: hook + "?thread_id={post}", body: `{"content":"more"}`, status: 204},
		{name: "who has the token does not move it", method: "PATCH", path: hook, body: `{"name":"Renamed","channel_id":"{general}"}`, status: 200, holds: []string{`"name":"Renamed"`, `"channel_id":"{forum}"`}},
		{name: "a member deletes none", as: "ben", method: "DELETE", path: "/webhooks/{other}", status: 403, code: 50013},
		{name: "a stranger finds none", as: "cleo", method: "GET", path: "/webhooks/{other}", status: 404, code: 10015},
		{name: "gone by its token", method: "DELETE", path: hook, status: 204},
		{name: "the token is good for nothing", method: "POST", path: hook, body: `{"content":"x"}`, status: 404, code: 10015},
		{name: "gone", as: "ada", method: "DELETE", path: "/webhooks/{other}", status: 204},
		{name: "what was posted stays", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200, holds: []string{`"content":"built"`, `"username":"Ci"`}},
		{name: "it is in the log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=50", status: 200, holds: []string{`"target_id":"{hook}"`}, lacks: []string{"{token}"}},
	})
}

func TestTokensOfWebhooksAreAsLibrariesDemandAndKeptHashed(t *testing.T) {
	w := newWorld(t)
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{hook}": "id", "{token}": "token"}})
	token := w.fill("{token}")
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{68}$`).MatchString(token) {
		t.Errorf("the token is %q", token)
	}
	kept, err := w.hall.Store.GuildWebhooks(t.Context(), w.guild.ID)
	if err != nil || len(kept) != 1 || strings.Contains(string(kept[0].TokenHash)+string(kept[0].SealedToken), token) {
		t.Errorf("kept is %+v, %v", kept, err)
	}
}

func TestAWebhookNamesNoFilesButThoseThatItBrings(t *testing.T) {
	w := newWorld(t)
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{hook}": "id", "{token}": "token"}})
	secret, err := w.hall.Files.Receive(t.Context(), w.guild.Owner, w.guild.General, "secret.txt", strings.NewReader("secret"))
	w.must(err)
	w.name("secret", secret)
	w.run(t, []scenario{
		{name: "an upload of who made it", method: "POST", path: "/webhooks/{hook}/{token}", body: `{"attachments":[{"id":"0","uploaded_filename":"{secret}/secret.txt"}]}`, status: 400, code: 50035},
		{name: "by its id", method: "POST", path: "/webhooks/{hook}/{token}", body: `{"attachments":[{"id":"{secret}"}]}`, status: 400, code: 50035},
		{name: "a file of its own", method: "POST", path: "/webhooks/{hook}/{token}?wait=true", header: multipartForm, body: filePart(0, "log.txt", "line") + payload(`{"content":"see"}`) + endOfForm, status: 200, holds: []string{`"filename":"log.txt"`}},
		{name: "as old senders do", method: "POST", path: "/webhooks/{hook}/{token}?wait=true", header: multipartForm, body: part(`name="file"; filename="log.txt"`, "line") + part(`name="content"`, "see") + endOfForm, status: 200, holds: []string{`"filename":"log.txt"`, `"content":"see"`}},
	})
}

func TestAWebhookThatIsDeletedWhileItPosts(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		hook, token := fmt.Sprintf("{hook %d}", i), fmt.Sprintf("{token %d}", i)
		w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{hook: "id", token: "token"}})
		var group sync.WaitGroup
		var post, remove reply
		group.Go(func() {
			post = w.call(t, scenario{method: "POST", path: "/webhooks/" + hook + "/" + token + "?wait=true", body: `{"content":"x"}`})
		})
		group.Go(func() { remove = w.call(t, scenario{method: "DELETE", path: "/webhooks/" + hook + "/" + token}) })
		group.Wait()
		if remove.StatusCode != 204 || post.StatusCode != 200 && post.value("code") != float64(10015) {
			t.Fatalf("deleting is answered %d, posting %d: %s", remove.StatusCode, post.StatusCode, post.body)
		}
	}
}

func TestAChannelHasFifteenWebhooks(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.ManageWebhooks)
	for range 15 {
		w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200})
	}
	w.play(t, scenario{as: "robin", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 400, code: 30007})
	w.play(t, scenario{as: "robin", method: "POST", path: "/channels/{lounge}/webhooks", body: `{"name":"Ci"}`, status: 200, holds: []string{`"application_id":"{robin}"`}})
}

func TestFilesOfAWebhookCountForWhoMadeIt(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.ManageWebhooks)
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{hook}": "id", "{token}": "token"}})
	send := scenario{method: "POST", path: "/webhooks/{hook}/{token}", header: multipartForm, body: filePart(0, "log.txt", "12345") + payload(`{}`) + endOfForm, status: 204}
	w.play(t, send)
	used := func(name string) int64 {
		t.Helper()
		bytes, err := w.hall.Store.UserBytes(t.Context(), w.ofName(name))
		w.must(err)
		return bytes
	}
	if got := used("ben"); got != 5 {
		t.Errorf("%d bytes count for who made it", got)
	}
	w.must(w.hall.Users.Delete(t.Context(), chattest.Console, w.ofName("ben")))
	w.play(t, send)
	if got := used("ada"); got != 5 {
		t.Errorf("%d bytes count for the owner when who made it is gone", got)
	}
}

// ofName gives the id of somebody.
func (w *world) ofName(name string) id.ID {
	w.t.Helper()
	userID, err := id.Parse(w.fill("{" + name + "}"))
	w.must(err)
	return userID
}

// postSender calls a webhook as programs do that know another chat, and gives the status and the body.
func (w *world) postSender(t *testing.T, path, contentType, kind, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/api"+w.fill(path), strings.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-GitHub-Event", kind)
	answer, err := w.server.Client().Do(r)
	w.must(err)
	defer func() { w.must(answer.Body.Close()) }()
	text, err := io.ReadAll(answer.Body)
	w.must(err)
	return answer.StatusCode, string(text)
}

func TestSendersOfOtherChats(t *testing.T) {
	w := newWorld(t)
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{hook}": "id", "{token}": "token"}})
	const slack, github = "/webhooks/{hook}/{token}/slack", "/webhooks/{hook}/{token}/github"
	const form, plain = "application/x-www-form-urlencoded", "application/json"
	for name, one := range map[string]struct {
		path, contentType, kind, body string
		status                        int
		answer                        string
	}{
		"a text":                   {slack, plain, "", `{"text":"*broken*","username":"Grafana"}`, 200, "ok"},
		"as a form":                {slack, form, "", url.Values{"payload": {`{"text":"in a form"}`}}.Encode(), 200, "ok"},
		"nothing":                  {slack, plain, "", `{}`, 400, "no_text"},
		"an empty form":            {slack, form, "", ``, 400, "no_text"},
		"no JSON":                  {slack, plain, "", `{`, 400, "invalid_payload"},
		"waited for":               {slack + "?wait=true", plain, "", `{"text":"waited"}`, 200, `"content":"waited"`},
		"a ping":                   {github, plain, "ping", `{"zen":"x"}`, 204, ""},
		"a star":                   {github, plain, "watch", `{"action":"started","repository":{"full_name":"a/b"},"sender":{"login":"ada"}}`, 204, ""},
		"a star in a form":         {github + "?wait=true", form, "watch", url.Values{"payload": {`{"action":"started","repository":{"full_name":"c/d"},"sender":{"login":"ada"}}`}}.Encode(), 200, "[c/d] New star added"},
		"an event that is unknown": {github, plain, "marketplace_purchase", `{}`, 204, ""},
		"an event that is none":    {github, plain, "push", `[]`, 400, "no event"},
		"a wrong token":            {strings.Replace(slack, "{token}", "nonsense", 1), plain, "", `{"text":"x"}`, 401, "50027"},
		"a wrong token for events": {strings.Replace(github, "{token}", "nonsense", 1), plain, "push", `{}`, 401, "50027"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := w.postSender(t, one.path, one.contentType, one.kind, one.body)
			if status != one.status || !strings.Contains(answer, one.answer) || one.answer == "" && answer != "" {
				t.Errorf("it is answered %d: %s", status, answer)
			}
		})
	}
	w.play(t, scenario{as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200,
		holds: []string{`"content":"**broken**"`, `"username":"Grafana"`, `"content":"in a form"`, `"title":"[a/b] New star added"`}})
}
