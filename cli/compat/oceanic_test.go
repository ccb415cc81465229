package compat

import (
	"net/http"
	"testing"

	"guildhall/cli/clitest"
)

func TestOceanicJS(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t, "--rate-limits", "off")
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

	b := startScript(t, hall, "oceanic.mjs", community.BotToken)
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
	talk.say("!file")
	expect(t, b, "sent file", map[string]any{"text": "words in a file"})

	talk.say("!handle")
	expect(t, b, "handled", map[string]any{"thread": "aside", "pins": 1})
	expect(t, b, "reacted", map[string]any{"emoji": "👍"})
	expect(t, b, "thread created", map[string]any{"name": "aside"})
	b.wait(t, "pins changed")

	call(hall.Login("bob", "long enough"), http.MethodPost, "/invites/"+invite.Code, map[string]any{}, nil, http.StatusOK)
	expect(t, b, "came", map[string]any{"name": "bob"})
	talk.say("!ban <@" + bob.ID + ">")
	expect(t, b, "moderated", map[string]any{"bans": 1, "reason": "spam", "why": "spam"})
	expect(t, b, "banned", map[string]any{"name": "bob"})
	expect(t, b, "went", map[string]any{"name": "bob"})
	expect(t, b, "unbanned", map[string]any{"name": "bob"})
	b.close(t)
}
