package rest

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// life is a world in which una, uwe and una's bot urs do all that people do, in a guild of una's, and go again.
type life struct {
	*world
	people map[string]chat.Caller
	// most is how much there has been of each kind.
	most chat.Census
	// files counts the picture files.
	files int
}

// do sends a request, given as method and path, which must be answered well. keep names parts of the answer.
func (w *life) do(as, line, body string, keep ...string) reply {
	w.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	s := scenario{as: as, method: method, path: path, body: body}
	if strings.HasPrefix(body, "--b") {
		s.header = multipartForm
	}
	got := w.call(w.t, s)
	if got.StatusCode >= 300 {
		w.t.Fatalf("%s is answered %d: %s", line, got.StatusCode, got.body)
	}
	for _, one := range keep {
		name, part, found := strings.Cut(one, "=")
		if value := got.text(cmp.Or(part, "id")); value != "" || !found {
			w.names = append([]string{"{" + name + "}", value}, w.names...) // the newest counts
		} else {
			w.t.Fatalf("the answer to %s has no %s: %s", line, part, got.body)
		}
	}
	return got
}

// count counts what is kept, and notes how much that is.
func (w *life) count() chat.Census {
	w.t.Helper()
	census, err := w.hall.Files.Census(w.t.Context(), chattest.Console)
	w.must(err)
	for kind, count := range census.Records {
		w.most.Records[kind] = max(w.most.Records[kind], count)
	}
	for kind, count := range census.Files {
		w.most.Files[kind] = max(w.most.Files[kind], count)
	}
	return census
}

// swept counts what is kept when everything was done that a hall does by itself in time.
func (w *life) swept() chat.Census {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.hall.ReadStates.Save(ctx)) // also marks in what is gone by now
	w.must(w.hall.Store.PruneNonces(ctx, w.hall.IDs.Next()))
	_, err := w.hall.Store.PruneInteractions(ctx, w.hall.IDs.Next())
	w.must(err)
	for deadline := time.Now().Add(20 * time.Second); ; {
		w.must(w.hall.Files.Tidy(ctx))
		census := w.count()
		if census.Records["trash"]+census.Records["lost blob"]+census.Records["lost_blobs"] == 0 {
			return census
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("it is not swept: %v", census.Records)
		}
	}
}

// gone demands that as much is kept as was before something came, but for what is meant to stay.
func (w *life) gone(what string, before chat.Census, stays ...string) {
	w.t.Helper()
	after := w.swept()
	for _, counted := range []struct{ before, after map[string]int }{{before.Records, after.Records}, {before.Files, after.Files}} {
		for _, kind := range slices.Sorted(maps.Keys(counted.after)) {
			if was, is := counted.before[kind], counted.after[kind]; is != was && !(slices.Contains(stays, kind) && is > was) {
				w.t.Errorf("%s is gone, and there are %d of %q, not %d", what, is, kind, was)
			}
		}
	}
	problems, err := w.hall.Files.Check(w.t.Context(), chattest.Console)
	if err != nil || len(problems) > 0 {
		w.t.Errorf("%s is gone: %v, %v", what, problems, err)
	}
}

// come brings una, uwe and urs, with all that an account can have by itself.
func (w *life) come() {
	ctx := w.t.Context()
	for _, name := range []string{"una", "uwe"} {
		w.people[name] = w.register(name)
		w.name(name, w.people[name].UserID)
		w.do(name, "PATCH /users/@me", fmt.Sprintf(`{"avatar":%q,"banner":%q,"bio":"b","global_name":"N","email":"%s@example.org","password":%q}`, w.picture(), w.picture(), name, password))
		w.do(name, "PATCH /users/@me/settings", `{"theme":"light","status":"dnd","custom_status":{"text":"away"}}`)
	}
	robot, token, err := w.hall.Bots.Create(ctx, w.people["una"], chat.NewBot{Name: "urs", OwnerID: w.people["una"].UserID})
	w.must(err)
	w.name("urs", robot.Bot.UserID)
	w.callers["urs"] = "Bot " + token
	_, err = w.hall.Bots.CreateEmoji(ctx, w.people["una"], robot.Bot.UserID, "wave", w.picture())
	w.must(err)
	_, err = w.hall.Bots.Update(ctx, w.people["una"], robot.Bot.UserID, chat.ApplicationEdit{Icon: new(w.picture()), Cover: new(w.picture())})
	w.must(err)
	_, _, err = w.hall.Accounts.IssueReset(ctx, chattest.Console, w.people["uwe"].UserID)
	w.must(err)
	w.do("una", "POST /users/@me/mfa/totp/enable", fmt.Sprintf(`{"password":%q,"secret":%q,"code":%q}`, password, chattest.Secret, chattest.Code(w.t, chattest.Secret, w.hall.Clock.Now())), "spare=backup_codes.0.code")
	guest := store.User{ID: w.hall.IDs.Next(), Username: "guest_1", Guest: true}
	w.must(w.hall.Store.CreateUser(ctx, guest))
	w.count()
	w.must(w.hall.Users.Delete(ctx, chattest.Console, guest.ID))
	provider := store.OpenIDProvider{Key: "club", Name: "Club", Issuer: "https://club.example", ClientID: "hall", CreatedAt: w.hall.Clock.Now()}
	w.must(w.hall.Store.CreateOpenIDProvider(ctx, provider, 1))
	w.must(w.hall.Store.LinkIdentity(ctx, store.Identity{Issuer: provider.Issuer, Subject: "una", UserID: w.people["una"].UserID, LinkedAt: w.hall.Clock.Now()}, 1))
	w.count()
	w.must(w.hall.Store.DeleteOpenIDProvider(ctx, provider.Key))
	w.do("una", "PUT /users/@me/notes/{uwe}", `{"note":"n"}`)
	w.do("cleo", "PUT /users/@me/notes/{una}", `{"note":"n"}`)
	w.do("una", "PUT /users/@me/relationships/{uwe}", `{}`)
	w.do("uwe", "PUT /users/@me/relationships/{una}", `{}`)
	w.do("cleo", "PUT /users/@me/relationships/{una}", `{}`)
	w.do("una", "PUT /users/@me/relationships/{cleo}", `{}`)
	w.do("una", "PATCH /users/@me/relationships/{uwe}", `{"nickname":"x"}`)
	w.do("uwe", "PUT /users/@me/relationships/{ben}", `{"type":2}`)
}

// picture is another picture each time: the same bytes are kept once.
func (w *life) picture() string {
	w.t.Helper()
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(w.file()))
}

// file is another picture file each time.
func (w *life) file() string {
	w.files++
	return pngFile(w.t, 40+w.files%50, 40+w.files/50)
}

// talk does all that can be done in conversations between people.
func (w *life) talk() {
	w.do("una", "POST /users/@me/channels", `{"recipient_id":"{uwe}"}`, "pair")
	w.do("una", "POST /users/@me/channels", `{"recipients":["{uwe}","{cleo}"]}`, "trio")
	trio, err := id.Parse(w.fill("{trio}"))
	w.must(err)
	w.must(w.hall.Voice.UpdateState(w.t.Context(), w.people["una"], chat.VoiceUpdate{SessionID: "s", ChannelID: trio}))
	w.count()
	w.hall.Voice.EndCalls(w.t.Context())
	w.do("una", "PATCH /channels/{trio}", fmt.Sprintf(`{"name":"Trio","icon":%q}`, w.picture()))
	for _, channel := range []string{"{pair}", "{trio}"} {
		w.do("una", "POST /channels/"+channel+"/messages", filePart(0, "a.png", w.file())+payload(`{"content":"for <@{uwe}>","nonce":"1"}`)+endOfForm, "word")
		w.do("uwe", "PUT /channels/"+channel+"/messages/{word}/reactions/%F0%9F%91%8D/@me", "")
		w.do("uwe", "PUT /channels/"+channel+"/messages/pins/{word}", "")
		w.do("una", "POST /channels/"+channel+"/pins/ack", "")
		w.do("una", "POST /channels/"+channel+"/messages", `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`, "poll")
		w.do("uwe", "PUT /channels/"+channel+"/polls/{poll}/answers/@me", `{"answer_ids":[1]}`)
		w.do("uwe", "POST /channels/"+channel+"/messages/{word}/ack", `{}`)
		w.do("uwe", "POST /channels/"+channel+"/messages/{word}/report", `{}`)
		w.do("una", "POST /channels/"+channel+"/attachments", `{"files":[{"filename":"later.txt","file_size":5,"id":"0"}]}`, "slot=attachments.0.upload_url")
	}
	w.do("una", "PATCH /users/@me/guilds/@me/settings", `{"muted":true}`)
	w.do("uwe", "DELETE /users/@me/mentions/{word}", "")
}

// found makes a guild with everything that is its own.
func (w *life) found() {
	ctx := w.t.Context()
	w.do("una", "POST /guilds", fmt.Sprintf(`{"name":"Full","icon":%q,"roles":[{"id":0},{"id":1,"name":"crew","icon":%q,"permissions":"8"}],
		"channels":[{"id":1,"name":"Category","type":4,"permission_overwrites":[{"id":1,"type":0,"allow":"1024"},{"id":"{uwe}","type":1,"allow":"1024"}]},{"id":2,"name":"Talk","type":2,"parent_id":1},{"id":3,"name":"first"}],
		"system_channel_id":3,"afk_channel_id":2}`, w.picture(), w.picture()), "full", "crew=roles.1.id", "talk=channels.1.id", "first=channels.2.id")
	w.do("una", "PATCH /guilds/{full}", fmt.Sprintf(`{"banner":%q,"splash":%q,"discovery_splash":%q,"rules_channel_id":"{first}"}`, w.picture(), w.picture(), w.picture()))
	w.do("una", "POST /channels/{first}/invites", `{"max_uses":9}`, "invite=code")
	w.do("una", "POST /guilds/{full}/event-hooks", `{"name":"Script","url":"https://example.org/","events":["GUILD_ROLE_CREATE"],"channel_ids":["{first}"]}`, "eventhook")
	w.do("una", "POST /guilds/{full}/roles", `{"name":"told"}`)
	w.die("{eventhook}")
	w.do("una", "POST /guilds/{full}/roles", `{"name":"told"}`)
	for _, name := range []string{"uwe", "ben", "cleo"} {
		w.do(name, "POST /invites/{invite}", `{}`)
	}
	guild, err := id.Parse(w.fill("{full}"))
	w.must(err)
	robot, err := id.Parse(w.fill("{urs}"))
	w.must(err)
	w.must(w.hall.Bots.AddToGuild(ctx, chattest.Console, robot, guild, 0))
	w.do("uwe", "PATCH /guilds/{full}/members/@me", fmt.Sprintf(`{"nick":"Nick","avatar":%q,"banner":%q}`, w.picture(), w.picture()))
	w.do("una", "PUT /guilds/{full}/members/{uwe}/roles/{crew}", "")
	w.do("una", "PUT /guilds/{full}/members/{urs}/roles/{crew}", "")
	w.do("una", "PATCH /guilds/{full}/members/{cleo}", fmt.Sprintf(`{"communication_disabled_until":%q}`, w.hall.Clock.Now().Add(time.Hour).Format(time.RFC3339)))
	w.do("una", "PUT /guilds/{full}/bans/{ben}", `{}`)
	w.do("una", "POST /guilds/{full}/emojis", fmt.Sprintf(`{"name":"full","image":%q,"roles":["{crew}"]}`, w.picture()), "emoji")
	w.do("una", "PATCH /users/@me/guilds/{full}/settings", `{"muted":true,"channel_overrides":{"{first}":{"muted":true}}}`)
	w.do("una", "POST /guilds/{full}/auto-moderation/rules", `{"name":"words","event_type":1,"trigger_type":1,"trigger_metadata":{"keyword_filter":["forbidden"]},"enabled":true,
		"actions":[{"type":1},{"type":2,"metadata":{"channel_id":"{first}"}}]}`, "rule")
	w.do("una", "PUT /guilds/{full}/incident-actions", fmt.Sprintf(`{"dms_disabled_until":%q}`, w.hall.Clock.Now().Add(time.Hour).Format(time.RFC3339)))
	talk, err := id.Parse(w.fill("{talk}"))
	w.must(err)
	for range 2 { // one stay ends, one does not
		w.must(w.hall.Voice.UpdateState(ctx, w.people["uwe"], chat.VoiceUpdate{SessionID: "tab", GuildID: guild, ChannelID: talk}))
		w.must(w.hall.Voice.UpdateState(ctx, w.people["uwe"], chat.VoiceUpdate{SessionID: "tab", GuildID: guild}))
	}
	w.must(w.hall.Voice.UpdateState(ctx, w.people["uwe"], chat.VoiceUpdate{SessionID: "tab", GuildID: guild, ChannelID: talk}))
}

// use does all that can be done in the channels of a guild: in a text channel and in a forum.
func (w *life) use(name string) {
	w.do("una", "POST /guilds/{full}/channels", `{"name":"`+name+`","permission_overwrites":[{"id":"{crew}","type":0,"allow":"1024"},{"id":"{uwe}","type":1,"allow":"1024"}]}`, "text")
	w.do("una", "POST /guilds/{full}/channels", `{"name":"`+name+` forum","type":15,"available_tags":[{"name":"tag","emoji_name":"👍"}]}`, "forum", "tag=available_tags.0.id")
	w.do("una", "POST /guilds/{full}/channels", `{"name":"`+name+` news","type":5}`, "news")
	w.do("una", "POST /channels/{text}/invites", `{}`)
	w.do("uwe", "POST /channels/{text}/messages", `{"content":"<@{una}> <@&{crew}> @everyone https://example.org <:full:{emoji}>","nonce":"1","enforce_nonce":true}`, "word")
	w.do("una", "POST /channels/{text}/messages", `{"content":"answer","message_reference":{"message_id":"{word}"},"embeds":[{"title":"t","description":"d"}]}`, "answer")
	w.do("una", "POST /channels/{news}/messages", `{"message_reference":{"type":1,"channel_id":"{text}","message_id":"{answer}"}}`)
	w.do("una", "PATCH /channels/{text}/messages/{answer}", `{"content":"changed"}`)
	w.do("urs", "POST /channels/{text}/messages", `{"content":"press","components":[{"type":1,"components":[{"type":2,"style":1,"label":"x","custom_id":"x"}]}]}`, "made")
	urs := w.listen("urs")
	w.do("uwe", "POST /interactions", `{"type":3,"channel_id":"{text}","message_id":"{made}","data":{"component_type":2,"custom_id":"x"}}`)
	urs.interaction(w.t)
	w.do("", "POST "+callback, filePart(0, "c.txt", name+" pressed")+payload(`{"type":4,"data":{"content":"only you","flags":64}}`)+endOfForm)
	files := w.do("una", "POST /channels/{text}/messages", filePart(0, "a.png", w.file())+filePart(1, "a.txt", name)+payload(`{"content":"see"}`)+endOfForm, "files")
	if small := w.fetch(w.t, "GET", files.text("attachments.0.url")+"&size=32", nil); small.StatusCode != http.StatusOK {
		w.t.Fatalf("a smaller picture is answered %d", small.StatusCode)
	}
	w.do("uwe", "PUT /channels/{text}/messages/{files}/reactions/full:{emoji}/@me", "")
	w.do("uwe", "PUT /channels/{text}/messages/{files}/reactions/%F0%9F%91%8D/@me", "")
	w.do("una", "PUT /channels/{text}/messages/pins/{files}", "")
	w.do("uwe", "POST /channels/{text}/pins/ack", "")
	w.do("uwe", "POST /channels/{text}/messages/{files}/ack", `{}`)
	w.do("uwe", "POST /channels/{text}/messages/{files}/report", `{}`)
	w.do("una", "POST /channels/{text}/messages", `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`, "poll")
	w.do("uwe", "PUT /channels/{text}/polls/{poll}/answers/@me", `{"answer_ids":[1]}`)
	if got := w.call(w.t, scenario{as: "cleo", method: "POST", path: "/channels/{text}/messages", body: `{"content":"forbidden"}`}); got.StatusCode < 400 {
		w.t.Errorf("the rule let pass: %s", got.body)
	}
	slot, _ := w.slotIn("una", "{text}")
	if got := w.put(w.t, slot, "0-1/5", "xx"); got.StatusCode >= 400 {
		w.t.Errorf("a piece is answered %d: %s", got.StatusCode, got.body)
	}
	w.do("urs", "PUT /applications/{urs}/commands", `[{"name":"echo","description":"Says"}]`, "echo=0.id")
	w.do("urs", "POST /applications/{urs}/guilds/{full}/commands", `{"name":"Look at","type":2}`)
	w.do("una", "PUT /applications/{urs}/guilds/{full}/commands/{echo}/permissions", `{"permissions":[{"id":"{uwe}","type":2,"permission":true}]}`)
	w.do("una", "POST /channels/{text}/webhooks", fmt.Sprintf(`{"name":"Hook","avatar":%q}`, w.picture()), "hook", "hooktoken=token")
	w.do("", "POST /webhooks/{hook}/{hooktoken}?wait=true", filePart(0, "b.txt", name+" hook")+payload(`{"content":"<@{uwe}>"}`)+endOfForm)
	w.do("una", "POST /channels/{news}/followers", `{"webhook_channel_id":"{text}"}`)
	w.do("una", "POST /channels/{news}/messages", filePart(0, "n.txt", name+" news")+payload(`{"content":"news"}`)+endOfForm, "news word")
	w.do("una", "POST /channels/{news}/messages/{news word}/crosspost", "")
	w.must(w.hall.Announcements.Deliver(w.t.Context()))
	w.do("una", "POST /channels/{text}/threads", `{"name":"public","type":11}`, "public")
	w.do("una", "POST /channels/{text}/threads", `{"name":"private","type":12}`, "private")
	w.do("una", "POST /channels/{news}/threads", `{"name":"of the news"}`)
	w.do("una", "POST /channels/{text}/messages/{word}/threads", `{"name":"from a word"}`, "from")
	w.do("uwe", "POST /channels/{forum}/threads", `{"name":"post","applied_tags":["{tag}"],"message":{"content":"first"}}`, "post")
	for _, thread := range []string{"{public}", "{private}", "{from}", "{post}"} {
		w.do("una", "PUT /channels/"+thread+"/thread-members/{uwe}", "")
		w.do("una", "POST /channels/"+thread+"/messages", filePart(0, "t.txt", name+thread)+payload(`{"content":"<@{uwe}>"}`)+endOfForm, "inside")
		w.do("uwe", "PUT /channels/"+thread+"/messages/{inside}/reactions/%F0%9F%91%8D/@me", "")
		w.do("una", "PUT /channels/"+thread+"/messages/pins/{inside}", "")
		w.do("uwe", "POST /channels/"+thread+"/messages/{inside}/ack", `{}`)
	}
	w.do("una", "PATCH /channels/{from}", `{"archived":true}`)
	w.do("una", "PATCH /channels/{private}", `{"archived":true,"locked":true}`)
}

// die has the first of what an event hook is to tell never be told.
func (w *life) die(name string) {
	w.t.Helper()
	ctx := w.t.Context()
	hook, err := id.Parse(w.fill(name))
	w.must(err)
	waiting, err := w.hall.Store.EventDeliveries(ctx, hook, false, 0, 1)
	w.must(err)
	_, err = w.hall.Store.UpdateEventDelivery(ctx, hook, waiting[0].ID, func(d *store.EventDelivery) error { d.Dead = true; return nil })
	w.must(err)
}

// slotIn announces a file for a channel.
func (w *life) slotIn(as, channel string) (path, uploaded string) {
	got := w.do(as, "POST /channels/"+channel+"/attachments", `{"files":[{"filename":"half.txt","file_size":5,"id":"0"}]}`)
	return strings.TrimPrefix(got.text("attachments.0.upload_url"), w.server.URL), got.text("attachments.0.upload_filename")
}

// seldom are the kinds of records that the life of a community does not make more of, and why.
var seldom = map[string]string{
	"format": "one for each database", "greatest": "one for each database", "hall": "one for each database", "worker": "one for each process",
	"high_water": "one for each database", "workers": "one for each process", "goose_db_version": "one for each migration",
	"announcement": "gone as soon as all who follow are told", "announcements": "gone as soon as all who follow are told",
	"trash": "empty as soon as it is swept", "lost blob": "empty as soon as it is swept", "lost_blobs": "empty as soon as it is swept",
}

// noAnswer is where event hooks tell that takes nothing.
type noAnswer struct{}

func (noAnswer) Send(context.Context, string, map[string]string, []byte) (int, time.Duration, error) {
	return http.StatusInternalServerError, 0, nil
}

// inBothStores runs a test in a world over each store.
func inBothStores(t *testing.T, test func(t *testing.T, w *life)) {
	for name, open := range map[string]func(testing.TB) store.Store{"embedded store": nil, "PostgreSQL": chattest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			options := chattest.Options{}
			if open != nil {
				options.Store = open(t)
			}
			w := &life{world: openWorld(t, options), people: make(map[string]chat.Caller), most: chat.Census{Records: make(map[string]int), Files: make(map[string]int)}}
			w.must(w.hall.EventHooks.Begin(noAnswer{}, wire.NewEventBodies(nil)))
			test(t, w)
		})
	}
}

func TestWhatIsDeletedLeavesNothingBehind(t *testing.T) {
	inBothStores(t, func(t *testing.T, w *life) {
		before := w.swept()
		w.come()
		alone := w.swept()
		w.found()
		founded := w.swept()
		w.use("first")
		w.must(w.hall.ReadStates.Save(t.Context()))
		w.count()
		for _, channel := range []string{"{text}", "{forum}", "{news}"} {
			w.do("una", "DELETE /channels/"+channel, "")
		}
		// What was done, what was reported, and what bots can do, is the guild's.
		w.gone("the channels", founded, "audit entry", "audit_entries", "report", "open report", "reports",
			"command", "command's place", "guild's commands", "command permissions", "command set in", "commands", "command_permissions")
		w.use("second")
		w.do("una", "DELETE /guilds/{full}", "")
		w.gone("the guild", alone, "command", "command's place", "commands") // one goes everywhere with its application
		w.talk()
		w.found()
		w.use("third")
		w.count()
		w.do("una", "DELETE /guilds/{full}", "")
		for _, name := range []string{"una", "uwe"} {
			w.do(name, "DELETE /users/@me", fmt.Sprintf(`{"password":%q,"code":"{spare}"}`, password))
		}
		w.do("cleo", "DELETE /channels/{trio}", "")
		// Reports about conversations are the hall's, and so is its log.
		w.gone("everybody", before, "report", "open report", "reports", "hall entry", "hall_entries")
		for _, counted := range []struct{ before, most map[string]int }{{before.Records, w.most.Records}, {before.Files, w.most.Files}} {
			for kind, most := range counted.most {
				if most == counted.before[kind] && seldom[kind] == "" {
					t.Errorf("of %q there was never one more than %d: what makes it is not in this test", kind, most)
				}
			}
		}
	})
}

// among runs acts over and over, as several people at once, while something else is done, and a little longer. They may be refused.
func (w *life) among(acts []string, during func()) {
	w.t.Helper()
	var working sync.WaitGroup
	stop, under := make(chan struct{}), make(chan struct{}, len(acts))
	for _, act := range acts {
		words := strings.SplitN(w.fill(act), " ", 4)
		working.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				body := strings.ReplaceAll(words[3], "#", fmt.Sprint(round))
				request, err := http.NewRequestWithContext(w.t.Context(), words[1], w.server.URL+"/api/v10"+words[2], strings.NewReader(body))
				if err != nil {
					w.t.Error(err)
					return
				}
				request.Header.Set("Authorization", w.callers[words[0]])
				request.Header.Set("Content-Type", "application/json")
				if strings.HasPrefix(body, "--b") {
					request.Header.Set("Content-Type", multipartForm["Content-Type"])
				}
				response, err := w.server.Client().Do(request)
				if err != nil {
					w.t.Error(err)
					return
				}
				if response.StatusCode >= http.StatusInternalServerError {
					w.t.Errorf("%s is answered %d", act, response.StatusCode)
				}
				if err := response.Body.Close(); err != nil {
					w.t.Error(err)
				}
				if round == 1 {
					under <- struct{}{}
				}
			}
		})
	}
	for range acts {
		<-under
	}
	during()
	close(stop)
	working.Wait()
}

func TestADeletionInTheMidstOfActsLeavesNothingBehind(t *testing.T) {
	inBothStores(t, func(t *testing.T, w *life) {
		before := w.swept()
		w.come()
		alone := w.swept()
		w.found()
		w.use("busy")
		guild := []string{
			`uwe POST /channels/{text}/messages {"content":"<@{una}> @everyone","nonce":"#"}`,
			"uwe POST /channels/{text}/messages " + filePart(0, "a.txt", "some #") + endOfForm,
			`una POST /channels/{text}/messages {"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`,
			`una POST /channels/{text}/threads {"name":"t#","type":11}`,
			`uwe POST /channels/{forum}/threads {"name":"p#","applied_tags":["{tag}"],"message":{"content":"first"}}`,
			`uwe POST /channels/{text}/attachments {"files":[{"filename":"half.txt","file_size":5,"id":"0"}]}`,
			`una POST /guilds/{full}/channels {"name":"c#"}`,
			`una POST /guilds/{full}/roles {"name":"r#"}`,
			`una POST /guilds/{full}/emojis {"name":"e#","image":"` + w.picture() + `"}`,
			`una PATCH /guilds/{full} {"icon":"` + w.picture() + `"}`,
			`uwe PATCH /guilds/{full}/members/@me {"avatar":"` + w.picture() + `"}`,
			`una POST /channels/{first}/invites {"unique":true}`,
			`uwe PATCH /users/@me/guilds/{full}/settings {"muted":true}`,
			`uwe POST /channels/{text}/messages/{files}/ack {}`,
			`una PUT /guilds/{full}/bans/{ben} {}`,
			`cleo POST /invites/{invite} {}`,
		}
		w.among(guild, func() { w.do("una", "DELETE /guilds/{full}", "") })
		w.gone("the guild", alone, "command", "command's place", "commands") // one goes everywhere with its application
		w.talk()
		people := []string{
			`uwe POST /channels/{pair}/messages {"content":"<@{una}>","nonce":"#"}`,
			`una POST /channels/{pair}/messages {"content":"<@{uwe}>","nonce":"#"}`,
			"uwe POST /channels/{trio}/messages " + filePart(0, "a.txt", "other #") + endOfForm,
			`una PATCH /channels/{trio} {"icon":"` + w.picture() + `"}`,
			`uwe PATCH /users/@me {"avatar":"` + w.picture() + `"}`,
			`una PUT /users/@me/notes/{uwe} {"note":"n#"}`,
			`cleo PUT /users/@me/notes/{uwe} {"note":"n#"}`,
			`una PUT /users/@me/relationships/{uwe} {}`,
			`uwe PUT /users/@me/relationships/{cleo} {}`,
			`uwe PATCH /users/@me/settings {"theme":"dark"}`,
			`uwe POST /channels/{trio}/attachments {"files":[{"filename":"half.txt","file_size":5,"id":"0"}]}`,
			`uwe POST /users/@me/channels {"recipient_id":"{una}"}`,
		}
		w.among(people, func() {
			for _, name := range []string{"una", "uwe"} {
				w.do(name, "DELETE /users/@me", fmt.Sprintf(`{"password":%q,"code":"{spare}"}`, password))
			}
		})
		w.do("cleo", "DELETE /channels/{trio}", "")
		w.gone("everybody", before, "report", "open report", "reports", "hall entry", "hall_entries")
	})
}
