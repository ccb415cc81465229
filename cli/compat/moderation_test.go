package compat

import (
	"net/http"
	"testing"

	"guildhall/cli/clitest"
)

func TestModerationPollsAndComponentsWithDiscordJS(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t, "--rate-limits", "off") // the test says more in a few seconds than people do
	community := hall.NewCommunity()
	talk := &conversation{t, hall, community, hall.Login("alice", clitest.OwnerPassword)}
	call := func(authorization, method, path string, body, into any, want int) {
		t.Helper()
		if status, err := hall.Call(method, path, authorization, body, into); err != nil || status != want {
			t.Fatalf("%s %s: status %d, %v", method, path, status, err)
		}
	}
	var role, invite, bob struct{ ID, Code string }
	call(talk.authorization, http.MethodPost, "/guilds/"+community.GuildID+"/roles", map[string]any{"name": "Stewards", "permissions": "8"}, &role, http.StatusOK)
	call(talk.authorization, http.MethodPut, "/guilds/"+community.GuildID+"/members/"+community.BotID+"/roles/"+role.ID, nil, nil, http.StatusNoContent)
	hall.JSON(&bob, "long enough\n", "user", "create", "--username", "bob", "--password-stdin", "--json")
	hall.JSON(&invite, "", "invite", "create", "--guild", community.GuildID)
	bobs := hall.Login("bob", "long enough")

	b := startScript(t, hall, "moderation.mjs", community.BotToken)
	b.wait(t, "ready")
	join := func() {
		t.Helper()
		call(bobs, http.MethodPost, "/invites/"+invite.Code, map[string]any{}, nil, http.StatusOK)
		expect(t, b, "came", map[string]any{"name": "bob"})
	}
	join()
	talk.say("!calm <@" + bob.ID + ">")
	expect(t, b, "calmed", map[string]any{"nick": "Calm", "timed": true, "free": true})

	call(bobs, http.MethodPost, "/channels/"+community.TextChannelID+"/messages", map[string]any{"content": "buy now"}, nil, http.StatusOK)
	talk.say("!ban <@" + bob.ID + ">")
	expect(t, b, "moderated", map[string]any{"reason": "spam ✓", "bans": 1, "executor": community.BotID, "target": bob.ID, "why": "spam ✓", "bulk": []string{bob.ID}, "failed": []string{}, "prunable": 0})
	expect(t, b, "banned", map[string]any{"name": "bob"})
	expect(t, b, "went", map[string]any{"name": "bob"})
	expect(t, b, "unbanned", map[string]any{"name": "bob"})
	if purged := b.wait(t, "purged"); purged["count"] == float64(0) {
		t.Errorf("purged were %v", purged)
	}
	join()

	talk.say("!rule")
	expect(t, b, "ruled", map[string]any{"name": "No tomatoes", "filter": []string{"*tomato*"}})
	expect(t, b, "rule made", map[string]any{"name": "No tomatoes"})
	call(bobs, http.MethodPost, "/channels/"+community.TextChannelID+"/messages", map[string]any{"content": "Tomatoes!"}, nil, http.StatusBadRequest)
	expect(t, b, "rule applied", map[string]any{"keyword": "*tomato*", "content": "Tomatoes!", "user": bob.ID})
	talk.say("!norule")
	expect(t, b, "rule gone", map[string]any{"name": "No tomatoes"})

	talk.say("!poll")
	asked := expect(t, b, "asked", map[string]any{"question": "Which?", "answers": []string{"this", "that"}})
	vote := "/channels/" + community.TextChannelID + "/polls/" + asked["id"].(string) + "/answers/@me"
	call(bobs, http.MethodPut, vote, map[string]any{"answer_ids": []int{1}}, nil, http.StatusNoContent)
	expect(t, b, "voted", map[string]any{"answer": 1, "user": bob.ID})
	call(bobs, http.MethodPut, vote, map[string]any{"answer_ids": []int{2}}, nil, http.StatusNoContent)
	expect(t, b, "took back", map[string]any{"answer": 1, "user": bob.ID})
	expect(t, b, "voted", map[string]any{"answer": 2, "user": bob.ID})
	talk.say("!end")
	expect(t, b, "ended", map[string]any{"voters": []string{"bob"}, "final": true, "votes": 1, "told": true})

	talk.say("!buttons")
	expect(t, b, "given", map[string]any{"first": "go", "url": "https://example.org", "rows": 2, "left": 0, "layout": "Hello"})
	b.close(t)
}
