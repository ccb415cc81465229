package compat

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"guildhall/cli/clitest"
)

// expect waits until the bot tells of something, which must have some values.
func expect(t *testing.T, b bot, event string, want map[string]any) map[string]any {
	t.Helper()
	told := b.wait(t, event)
	for key, value := range want {
		if fmt.Sprint(told[key]) != fmt.Sprint(value) {
			t.Errorf("%s: %s is %v, want %v (%v)", event, key, told[key], value, told)
		}
	}
	return told
}

func TestThreadsWithDiscordJS(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	talk := &conversation{t, hall, community, hall.Login("alice", clitest.OwnerPassword)}
	call := func(method, path string, body, into any, want int) {
		t.Helper()
		if status, err := hall.Call(method, path, talk.authorization, body, into); err != nil || status != want {
			t.Fatalf("%s %s: status %d, %v", method, path, status, err)
		}
	}
	type thread struct {
		ID       string
		OwnerID  string `json:"owner_id"`
		Name     string
		Metadata struct{ Archived bool } `json:"thread_metadata"`
	}
	var early thread
	call(http.MethodPost, "/channels/"+community.TextChannelID+"/threads", map[string]any{"name": "early", "type": 11}, &early, http.StatusCreated)
	call(http.MethodPost, "/guilds/"+community.GuildID+"/channels", map[string]any{"name": "help", "type": 15, "flags": 16, "default_auto_archive_duration": 4320,
		"available_tags": []any{map[string]any{"name": "bug"}}, "default_reaction_emoji": map[string]any{"emoji_name": "👍"}}, nil, http.StatusCreated)

	b := startScript(t, hall, "threads.mjs", community.BotToken)
	expect(t, b, "ready", map[string]any{"threads": []string{"early"}})

	call(http.MethodPost, "/channels/"+community.TextChannelID+"/threads", map[string]any{"name": "later", "type": 11}, nil, http.StatusCreated)
	expect(t, b, "thread created", map[string]any{"name": "later", "newly": true, "type": 11, "joined": false})

	// A thread from a message: begun, filled, archived, awake.
	asked := talk.say("!thread")
	expect(t, b, "thread created", map[string]any{"name": "from a message", "type": 11, "joined": true}) // of its own thread the library may hear from the answer first
	begun := expect(t, b, "thread", map[string]any{"id": asked, "message": asked, "starter": asked, "hasThread": true, "archived": []string{"another name"}, "more": false})
	if members, _ := begun["members"].([]any); len(members) != 2 {
		t.Errorf("in the thread are %v", members)
	}
	added := b.wait(t, "thread members")["added"].([]any)
	if !slices.Contains(added, any(community.OwnerID)) {
		t.Errorf("came into the thread: %v", added)
	}
	awake := b.wait(t, "awake")["active"].([]any)
	if !slices.Contains(awake, any("another name")) {
		t.Errorf("awake are %v", awake)
	}
	expect(t, b, "thread updated", map[string]any{"name": "another name", "archived": false})
	expect(t, b, "thread updated", map[string]any{"name": "another name", "archived": true})
	expect(t, b, "thread updated", map[string]any{"name": "another name", "archived": false})

	// What people do is heard.
	call(http.MethodPost, "/channels/"+asked+"/messages", map[string]any{"content": "hello, bot"}, nil, http.StatusOK)
	expect(t, b, "heard in thread", map[string]any{"content": "hello, bot", "name": "another name"})
	call(http.MethodPatch, "/channels/"+early.ID, map[string]any{"locked": true, "archived": true}, &early, http.StatusOK)
	expect(t, b, "thread updated", map[string]any{"name": "early", "archived": true, "locked": true})
	call(http.MethodDelete, "/channels/"+early.ID, nil, nil, http.StatusOK)
	expect(t, b, "thread deleted", map[string]any{"name": "early"})

	talk.say("!private")
	private := expect(t, b, "private", map[string]any{"invitable": false, "type": 12})
	call(http.MethodGet, "/channels/"+private["id"].(string), nil, nil, http.StatusOK) // the owner of the hall sees it

	talk.say("!post")
	post := expect(t, b, "posted", map[string]any{"parent": "help", "tags": []string{"bug"}, "content": "what now?", "files": []string{"log.txt"}, "require": true, "reaction": "👍", "autoArchive": 4320})
	var shown thread
	call(http.MethodGet, "/channels/"+post["id"].(string), nil, &shown, http.StatusOK)
	if shown.OwnerID != community.BotID || shown.Name != "it broke" || shown.ID != post["first"] {
		t.Errorf("the post is %+v", shown)
	}
	b.close(t)
}
