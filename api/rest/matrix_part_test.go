package rest

import (
	"strings"
	"testing"

	"guildhall/api/perm"
	"guildhall/store"
)

// guildParts are what routes of guildRoutes can be asked for beside what stands there, each with permissions of its own.
var guildParts = []struct {
	name, line string
	permitted
}{
	{"roles of a member", "PATCH /guilds/{guild}/members/{user}", permitted{need: perm.ManageRoles, body: `{"roles":["{role}"]}`}},
	{"a mute", "PATCH /guilds/{guild}/members/{user}", permitted{need: perm.MuteMembers, body: `{"mute":true}`}},
	{"a deafening", "PATCH /guilds/{guild}/members/{user}", permitted{need: perm.DeafenMembers, body: `{"deaf":true}`}},
	{"a time-out", "PATCH /guilds/{guild}/members/{user}", permitted{need: perm.ModerateMembers, body: `{"communication_disabled_until":"{soon}"}`}},
	{"two things at once", "PATCH /guilds/{guild}/members/{user}", permitted{need: perm.ManageNicknames | perm.ModerateMembers, body: `{"nick":"x","communication_disabled_until":"{soon}"}`}},
	{"embeds", "POST /channels/{channel}/messages", permitted{need: perm.SendMessages | perm.EmbedLinks, body: `{"embeds":[{"title":"x"}]}`}},
	{"words aloud", "POST /channels/{channel}/messages", permitted{need: perm.SendMessages | perm.SendTTS, body: `{"content":"x","tts":true}`}},
	{"a poll", "POST /channels/{channel}/messages", permitted{need: perm.SendMessages | perm.SendPolls, body: `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`}},
	{"a forward", "POST /channels/{channel}/messages", permitted{need: perm.SendMessages | perm.ReadMessageHistory, body: `{"message_reference":{"type":1,"channel_id":"{general}","message_id":"{bens}"}}`}},
	{"words in a thread", "POST /channels/{channel}/messages", permitted{need: perm.SendMessagesInThreads, path: "/channels/{thread}/messages", body: `{"content":"x"}`}},
	{"typing in a thread", "POST /channels/{channel}/typing", permitted{need: perm.SendMessagesInThreads, path: "/channels/{thread}/typing"}},
	{"files for a thread", "POST /channels/{channel}/attachments", permitted{need: perm.SendMessagesInThreads | perm.AttachFiles, path: "/channels/{thread}/attachments", body: `{"files":[{"filename":"a.txt","file_size":1,"id":"0"}]}`}},
	{"the words of a thread", "GET /channels/{channel}/messages", permitted{need: perm.ReadMessageHistory, path: "/channels/{thread}/messages"}},
	{"a thread", "GET /channels/{channel}", permitted{path: "/channels/{thread}"}},
	{"a thread's name", "PATCH /channels/{channel}", permitted{need: perm.ManageThreads, path: "/channels/{thread}", body: `{"name":"x"}`}},
	{"a thread's lock", "PATCH /channels/{channel}", permitted{need: perm.ManageThreads, path: "/channels/{thread}", body: `{"locked":true}`}},
	{"a thread's end", "DELETE /channels/{channel}", permitted{need: perm.ManageThreads, path: "/channels/{thread}"}},
	{"a private thread", "POST /channels/{channel}/threads", permitted{need: perm.CreatePrivateThreads, body: `{"name":"x","type":12}`}},
	{"overwrites of a channel", "PATCH /channels/{channel}", permitted{need: perm.ManageChannels | perm.ManageRoles, replaces: true, body: `{"permission_overwrites":[{"id":"{ben}","type":1,"allow":"1024","deny":"0"}]}`}},
	{"a channel's overwrites as those of another category", "PATCH /guilds/{guild}/channels", permitted{need: perm.ManageChannels | perm.ManageRoles, body: `[{"id":"{lounge}","parent_id":"{category}","lock_permissions":true}]`}},
	{"the guild itself", "PATCH /guilds/{guild}", permitted{owner: true, body: `{"owner_id":"{ben}"}`}},
}

func TestWhoMayDoEachPartOfWhatARouteDoes(t *testing.T) {
	for _, part := range guildParts {
		if _, known := guildRoutes[part.line]; !known {
			t.Errorf("%s: there is no %s", part.name, part.line)
		}
		t.Run(part.name, func(t *testing.T) { askEverybody(t, part.line, part.permitted) })
	}
}

func TestWhoMayPostInAForum(t *testing.T) {
	w := newMatrix(t)
	forum := w.guild.Channel("forum", store.ChannelForum)
	w.name("forum", forum)
	post := permitted{need: perm.SendMessages, path: "/channels/{forum}/threads", body: `{"name":"x","message":{"content":"x"}}`}
	const line = "POST /channels/{channel}/threads"
	for as, held := range map[string]perm.Set{"cleo": perm.All &^ perm.Administrator, "dora": perm.All &^ perm.Administrator, "vera": perm.All &^ (perm.Administrator | perm.SendMessages)} {
		w.guild.Everyone(held)
		if got := w.ask(t, as, line, post); !refused(got) {
			t.Errorf("%s is answered %d: %s", as, got.StatusCode, got.body)
		}
	}
	w.guild.Everyone(post.need | perm.ViewChannel)
	if got := w.ask(t, "vera", line, post); !post.allowed(got) || !strings.Contains(string(got.body), `"message":{`) {
		t.Errorf("with what it needs it is answered %d: %s", got.StatusCode, got.body)
	}
	file := post
	file.body = `{"name":"x","message":{"embeds":[{"title":"x"}]}}`
	if got := w.ask(t, "vera", line, file); !refused(got) {
		t.Errorf("embeds of who may not embed are answered %d: %s", got.StatusCode, got.body)
	}
}
