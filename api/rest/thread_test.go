package rest

import (
	"strings"
	"testing"

	"guildhall/api/perm"
)

// threadWorld is a world in which members may do with threads what members usually may.
func threadWorld(t *testing.T) *world {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages | perm.SendMessagesInThreads | perm.CreatePublicThreads | perm.CreatePrivateThreads | perm.AddReactions)
	return w
}

func TestThreadsFromMessages(t *testing.T) {
	w := threadWorld(t)
	const from = "/channels/{general}/messages/{bens}/threads"
	w.run(t, []scenario{
		{name: "begun", as: "ada", method: "POST", path: from, body: `{"name":"Evening","auto_archive_duration":60,"rate_limit_per_user":null}`, status: 201,
			holds: []string{`"id":"{bens}"`, `"type":11`, `"parent_id":"{general}"`, `"owner_id":"{ada}"`, `"name":"Evening"`, `"auto_archive_duration":60`, `"archived":false`, `"locked":false`,
				`"message_count":0,"member_count":1,"total_message_sent":0`, `"member":{"id":"{bens}","user_id":"{ada}"`, `"applied_tags":[]`}, lacks: []string{"invitable", "permission_overwrites"}},
		{name: "once", as: "ben", method: "POST", path: from, body: `{"name":"Again"}`, status: 400, code: 160004},
		{name: "the message says so", as: "ben", method: "GET", path: "/channels/{general}/messages/{bens}", status: 200, holds: []string{`"flags":32`, `"thread":{"id":"{bens}"`}},
		{name: "in lists too", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200, holds: []string{`"thread":{"id":"{bens}"`}},
		{name: "it begins with a word about the message", as: "ben", method: "GET", path: "/channels/{bens}/messages", status: 200,
			holds: []string{`"type":21`, `"message_reference":{"type":0,"message_id":"{bens}","channel_id":"{general}"`, `"referenced_message":{"id":"{bens}"`, `Good evening`}},
		{name: "it is read like a channel", as: "ben", method: "GET", path: "/channels/{bens}", status: 200, holds: []string{`"type":11`, `"guild_id":"{guild}"`}, lacks: []string{`"member":`}},
		{name: "and is none of the guild's own", as: "ben", method: "GET", path: "/guilds/{guild}/channels", status: 200, lacks: []string{"{bens}\",\"type\":11"}},
		{name: "ben writes", as: "ben", method: "POST", path: "/channels/{bens}/messages", body: `{"content":"hello <@{robin}>","nonce":"1","enforce_nonce":true}`, status: 200,
			holds: []string{`"channel_id":"{bens}"`}, keep: map[string]string{"{word}": "id"}},
		{name: "which counts", as: "ada", method: "GET", path: "/channels/{bens}", status: 200, holds: []string{`"message_count":1,"member_count":3,"total_message_sent":1`, `"last_message_id":"{word}"`}},
		{name: "he and whom he mentions are in it", as: "ada", method: "GET", path: "/channels/{bens}/thread-members", status: 200,
			holds: []string{`"user_id":"{ada}"`, `"user_id":"{ben}"`, `"user_id":"{robin}"`}, lacks: []string{`"member"`}},
		{name: "reactions", as: "ada", method: "PUT", path: "/channels/{bens}/messages/{word}/reactions/%F0%9F%91%8D/@me", status: 204},
		{name: "pins", as: "ada", method: "PUT", path: "/channels/{bens}/messages/pins/{word}", status: 204},
		{name: "typing", as: "ben", method: "POST", path: "/channels/{bens}/typing", status: 204},
		{name: "a reply", as: "ada", method: "POST", path: "/channels/{bens}/messages", body: `{"content":"yes","message_reference":{"message_id":"{word}"}}`, status: 200},
		{name: "an edit", as: "ben", method: "PATCH", path: "/channels/{bens}/messages/{word}", body: `{"content":"changed"}`, status: 200},
		{name: "a deletion is counted", as: "ben", method: "DELETE", path: "/channels/{bens}/messages/{word}", status: 204},
		{name: "but remembered", as: "ben", method: "GET", path: "/channels/{bens}", status: 200, holds: []string{`"message_count":2,`, `"total_message_sent":3`}}, // with the word about the pin
		{name: "no overwrites of its own", as: "ada", method: "PUT", path: "/channels/{bens}/permissions/{role}", body: `{"type":0}`, status: 400, code: 50024},
		{name: "no invites", as: "ada", method: "POST", path: "/channels/{bens}/invites", body: `{}`, status: 400, code: 50024},
		{name: "no threads", as: "ada", method: "POST", path: "/channels/{bens}/threads", body: `{"name":"x"}`, status: 400, code: 50024},
		{name: "a system message", as: "ada", method: "GET", path: "/channels/{bens}/messages?limit=1", status: 200, keep: map[string]string{"{note}": "0.id"}},
		{name: "a message that is not there", as: "ada", method: "POST", path: "/channels/{general}/messages/77/threads", body: `{"name":"x"}`, status: 404, code: 10008},
		{name: "where one may not look", as: "ben", method: "POST", path: "/channels/{hidden}/messages/{bens}/threads", body: `{"name":"x"}`, status: 403, code: 50001},
		{name: "a stranger", as: "cleo", method: "POST", path: from, body: `{"name":"x"}`, status: 404, code: 10003},
		{name: "a stranger does not see it", as: "cleo", method: "GET", path: "/channels/{bens}", status: 404, code: 10003},
		{name: "nobody", method: "POST", path: from, body: `{"name":"x"}`, status: 401},
		{name: "no name", as: "ada", method: "POST", path: "/channels/{general}/messages/{adas}/threads", body: `{}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a time that is none", as: "ada", method: "POST", path: "/channels/{general}/messages/{adas}/threads", body: `{"name":"x","auto_archive_duration":61}`, status: 400, code: 50035,
			fields: map[string]string{"auto_archive_duration": "BASE_TYPE_CHOICES"}},
		{name: "a member does not delete it", as: "ben", method: "DELETE", path: "/channels/{bens}", status: 403, code: 50013},
		{name: "deleted", as: "ada", method: "DELETE", path: "/channels/{bens}", status: 200, holds: []string{`"name":"Evening"`, `"type":11`}},
		{name: "gone", as: "ada", method: "GET", path: "/channels/{bens}", status: 404, code: 10003},
		{name: "the message says so no longer", as: "ben", method: "GET", path: "/channels/{general}/messages/{bens}", status: 200, holds: []string{`"flags":0`}, lacks: []string{`"thread"`}},
		{name: "what was done is in the audit log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs", status: 200, holds: []string{`"action_type":110`, `"action_type":112`}},
	})
}

func TestThreadsOfTheirOwn(t *testing.T) {
	w := threadWorld(t)
	const path = "/channels/{general}/threads"
	w.run(t, []scenario{
		{name: "public", as: "ben", method: "POST", path: path, body: `{"name":"Lunch","type":11}`, status: 201, holds: []string{`"type":11`, `"auto_archive_duration":1440`}, keep: map[string]string{"{lunch}": "id"}},
		{name: "the channel says so", as: "ada", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200,
			holds: []string{`"type":18`, `"content":"Lunch"`, `"message_reference":{"type":0,"channel_id":"{lunch}","guild_id":"{guild}"}`}, keep: map[string]string{"{note}": "0.id"}},
		{name: "no thread begins with such a message", as: "ada", method: "POST", path: "/channels/{general}/messages/{note}/threads", body: `{"name":"x"}`, status: 403, code: 50021},
		{name: "private is the rule, as upstream", as: "ben", method: "POST", path: path, body: `{"name":"Secret"}`, status: 201, holds: []string{`"type":12`, `"invitable":true`}, keep: map[string]string{"{secret}": "id"}},
		{name: "others do not see it", as: "robin", method: "GET", path: "/channels/{secret}", status: 403, code: 50001},
		{name: "nor what is said in it", as: "robin", method: "GET", path: "/channels/{secret}/messages", status: 403, code: 50001},
		{name: "nor join it", as: "robin", method: "PUT", path: "/channels/{secret}/thread-members/@me", status: 403, code: 50001},
		{name: "who manages threads sees it", as: "ada", method: "GET", path: "/channels/{secret}", status: 200},
		{name: "active, to ben", as: "ben", method: "GET", path: "/guilds/{guild}/threads/active", status: 200, holds: []string{`"id":"{lunch}"`, `"id":"{secret}"`, `"members":[{"id":"{lunch}","user_id":"{ben}"`}},
		{name: "active, to others", as: "robin", method: "GET", path: "/guilds/{guild}/threads/active", status: 200, holds: []string{`"id":"{lunch}"`, `"members":[]`}, lacks: []string{"{secret}"}},
		{name: "active, to a stranger", as: "cleo", method: "GET", path: "/guilds/{guild}/threads/active", status: 404, code: 10004},
		{name: "ben brings robin in", as: "ben", method: "PUT", path: "/channels/{secret}/thread-members/{robin}", status: 204},
		{name: "once more changes nothing", as: "ben", method: "PUT", path: "/channels/{secret}/thread-members/{robin}", status: 204},
		{name: "who sees it now", as: "robin", method: "GET", path: "/channels/{secret}", status: 200, holds: []string{`"member":{"id":"{secret}","user_id":"{robin}"`, `"member_count":2`}},
		{name: "the thread says so", as: "robin", method: "GET", path: "/channels/{secret}/messages", status: 200, holds: []string{`"type":1,`, `"mentions":[{"id":"{robin}"`}},
		{name: "robin takes nobody out", as: "robin", method: "DELETE", path: "/channels/{secret}/thread-members/{ben}", status: 403, code: 50013},
		{name: "ben takes robin out", as: "ben", method: "DELETE", path: "/channels/{secret}/thread-members/{robin}", status: 204},
		{name: "who does not see it any more", as: "robin", method: "GET", path: "/channels/{secret}", status: 403, code: 50001},
		{name: "somebody who is not in the guild", as: "ben", method: "PUT", path: "/channels/{lunch}/thread-members/{cleo}", status: 404, code: 10007},
		{name: "somebody who is in no thread", as: "ben", method: "GET", path: "/channels/{lunch}/thread-members/{ada}", status: 404, code: 10007},
		{name: "joined", as: "ada", method: "PUT", path: "/channels/{lunch}/thread-members/@me", status: 204},
		{name: "one's place", as: "ada", method: "GET", path: "/channels/{lunch}/thread-members/@me", status: 200, holds: []string{`"user_id":"{ada}"`}},
		{name: "with who one is", as: "ben", method: "GET", path: "/channels/{lunch}/thread-members/{ada}?with_member=true", status: 200, holds: []string{`"member":{"user":{"id":"{ada}"`}},
		{name: "members in pages", as: "ben", method: "GET", path: "/channels/{lunch}/thread-members?with_member=true&limit=1&after={ada}", status: 200, holds: []string{`"user_id":"{ben}"`, `"member":{`}, lacks: []string{`"{ada}"`}},
		{name: "too large a page", as: "ben", method: "GET", path: "/channels/{lunch}/thread-members?limit=101", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "left", as: "ada", method: "DELETE", path: "/channels/{lunch}/thread-members/@me", status: 204},
		{name: "left twice", as: "ada", method: "DELETE", path: "/channels/{lunch}/thread-members/@me", status: 204},
		{name: "no members of a channel", as: "ada", method: "GET", path: "/channels/{general}/thread-members", status: 400, code: 50024},
		{name: "not invitable", as: "ben", method: "POST", path: path, body: `{"name":"Closed","type":12,"invitable":false}`, status: 201, holds: []string{`"invitable":false`}, keep: map[string]string{"{closed}": "id"}},
		{name: "its owner brings others in", as: "ben", method: "PUT", path: "/channels/{closed}/thread-members/{robin}", status: 204},
		{name: "others do not", as: "robin", method: "PUT", path: "/channels/{closed}/thread-members/{ada}", status: 403, code: 50013},
		{name: "of a type that is none", as: "ben", method: "POST", path: path, body: `{"name":"x","type":10}`, status: 400, code: 50035, fields: map[string]string{"type": "BASE_TYPE_CHOICES"}},
		{name: "with a message", as: "ben", method: "POST", path: path, body: `{"name":"x","type":11,"message":{"content":"x"}}`, status: 400, code: 50035, fields: map[string]string{"message": "CHANNEL_TYPE_INVALID"}},
		{name: "where there are none", as: "ada", method: "POST", path: "/channels/{lounge}/threads", body: `{"name":"x"}`, status: 400, code: 50024},
		{name: "too long a name", as: "ben", method: "POST", path: path, body: `{"name":"` + strings.Repeat("n", 101) + `","type":11}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "an announcement channel", as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"news","type":5}`, status: 201, keep: map[string]string{"{news}": "id"}},
		{name: "has threads of its own kind", as: "ben", method: "POST", path: "/channels/{news}/threads", body: `{"name":"x"}`, status: 201, holds: []string{`"type":10`}},
	})
	w.guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages)
	w.run(t, []scenario{
		{name: "public ones need a permission", as: "ben", method: "POST", path: path, body: `{"name":"x","type":11}`, status: 403, code: 50013},
		{name: "private ones another", as: "ben", method: "POST", path: path, body: `{"name":"x","type":12}`, status: 403, code: 50013},
		{name: "writing in them a third", as: "ben", method: "POST", path: "/channels/{lunch}/messages", body: `{"content":"x"}`, status: 403, code: 50013},
		{name: "joining none", as: "robin", method: "PUT", path: "/channels/{lunch}/thread-members/@me", status: 204},
	})
}

func TestTheArchive(t *testing.T) {
	w := threadWorld(t)
	w.run(t, []scenario{
		{as: "ben", method: "POST", path: "/channels/{general}/threads", body: `{"name":"One","type":11}`, status: 201, keep: map[string]string{"{one}": "id"}},
		{as: "ben", method: "POST", path: "/channels/{general}/threads", body: `{"name":"Two","type":11}`, status: 201, keep: map[string]string{"{two}": "id"}},
		{as: "ben", method: "POST", path: "/channels/{general}/threads", body: `{"name":"Three","type":12}`, status: 201, keep: map[string]string{"{three}": "id"}},
		{as: "ben", method: "POST", path: "/channels/{one}/messages", body: `{"content":"word"}`, status: 200, keep: map[string]string{"{word}": "id"}},
		{name: "its owner renames it", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"name":"First","auto_archive_duration":10080,"rate_limit_per_user":5}`, status: 200,
			holds: []string{`"name":"First"`, `"auto_archive_duration":10080`, `"rate_limit_per_user":5`}},
		{name: "others do not", as: "robin", method: "PATCH", path: "/channels/{one}", body: `{"name":"x"}`, status: 403, code: 50013},
		{name: "what threads do not have", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"topic":"x","position":3}`, status: 400, code: 50035,
			fields: map[string]string{"topic": "CHANNEL_TYPE_INVALID", "position": "CHANNEL_TYPE_INVALID"}},
		{name: "a pin outside of forums", as: "ada", method: "PATCH", path: "/channels/{one}", body: `{"flags":2}`, status: 400, code: 50035, fields: map[string]string{"flags": "BASE_TYPE_CHOICES"}},
		{name: "its owner archives it", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"archived":true}`, status: 200, holds: []string{`"archived":true`}},
		{name: "it is not active any more", as: "ben", method: "GET", path: "/guilds/{guild}/threads/active", status: 200, holds: []string{"{two}"}, lacks: []string{`"id":"{one}"`}},
		{name: "but in the archive", as: "robin", method: "GET", path: "/channels/{general}/threads/archived/public", status: 200, holds: []string{`"id":"{one}"`, `"has_more":false`}},
		{name: "no edits there", as: "ben", method: "PATCH", path: "/channels/{one}/messages/{word}", body: `{"content":"x"}`, status: 400, code: 50083},
		{name: "no reactions", as: "ben", method: "PUT", path: "/channels/{one}/messages/{word}/reactions/%F0%9F%91%8D/@me", status: 400, code: 50083},
		{name: "no pins", as: "ada", method: "PUT", path: "/channels/{one}/messages/pins/{word}", status: 400, code: 50083},
		{name: "no new members", as: "robin", method: "PUT", path: "/channels/{one}/thread-members/@me", status: 400, code: 50083},
		{name: "no other name", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"name":"x"}`, status: 400, code: 50083},
		{name: "unless it comes out", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"name":"Uno","archived":false}`, status: 200, holds: []string{`"archived":false`, `"name":"Uno"`}},
		{name: "back", as: "ada", method: "PATCH", path: "/channels/{one}", body: `{"archived":true}`, status: 200},
		{name: "anybody who may write takes it out", as: "robin", method: "PATCH", path: "/channels/{one}", body: `{"archived":false}`, status: 200},
		{name: "and nothing more", as: "robin", method: "PATCH", path: "/channels/{one}", body: `{"archived":true}`, status: 403, code: 50013},
		{name: "back again", as: "ada", method: "PATCH", path: "/channels/{one}", body: `{"archived":true}`, status: 200},
		{name: "a message takes it out", as: "robin", method: "POST", path: "/channels/{one}/messages", body: `{"content":"still here"}`, status: 200},
		{name: "out", as: "ben", method: "GET", path: "/channels/{one}", status: 200, holds: []string{`"archived":false`}},
		{name: "a lock is for moderators", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"locked":true}`, status: 403, code: 50013},
		{name: "locked", as: "ada", method: "PATCH", path: "/channels/{one}", body: `{"locked":true,"archived":true}`, status: 200, holds: []string{`"locked":true`}},
		{name: "no message opens it", as: "ben", method: "POST", path: "/channels/{one}/messages", body: `{"content":"x"}`, status: 400, code: 160005},
		{name: "nor its owner", as: "ben", method: "PATCH", path: "/channels/{one}", body: `{"archived":false}`, status: 400, code: 160005},
		{name: "a moderator writes in it", as: "ada", method: "POST", path: "/channels/{one}/messages", body: `{"content":"closed"}`, status: 200},
		{name: "which opens, but does not unlock it", as: "ben", method: "GET", path: "/channels/{one}", status: 200, holds: []string{`"archived":false`, `"locked":true`}},
		{name: "it is for moderators still", as: "ben", method: "POST", path: "/channels/{one}/messages", body: `{"content":"x"}`, status: 400, code: 160005},
		{as: "ada", method: "PATCH", path: "/channels/{one}", body: `{"locked":false,"archived":true}`, status: 200},
		{as: "ada", method: "PATCH", path: "/channels/{two}", body: `{"archived":true}`, status: 200},
		{as: "ada", method: "PATCH", path: "/channels/{three}", body: `{"archived":true,"invitable":false}`, status: 200, holds: []string{`"invitable":false`}},
		{name: "in pages of two at least", as: "ben", method: "GET", path: "/channels/{general}/threads/archived/public?limit=1", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MIN"}},
		{name: "before a moment", as: "ben", method: "GET", path: "/channels/{general}/threads/archived/public?before=2020-01-01T00:00:00Z", status: 200, holds: []string{`"threads":[]`}},
		{name: "before what is none", as: "ben", method: "GET", path: "/channels/{general}/threads/archived/public?before=1", status: 400, code: 50035, fields: map[string]string{"before": "DATE_TIME_TYPE_PARSE"}},
		{name: "private ones need a permission", as: "ben", method: "GET", path: "/channels/{general}/threads/archived/private", status: 403, code: 50013},
		{name: "private ones", as: "ada", method: "GET", path: "/channels/{general}/threads/archived/private", status: 200, holds: []string{"{three}"}, lacks: []string{`"id":"{two}"`}},
		{name: "one's own", as: "ben", method: "GET", path: "/channels/{general}/users/@me/threads/archived/private?limit=2", status: 200, holds: []string{`"id":"{three}"`, `"members":[{"id":"{three}"`}},
		{name: "none of others", as: "robin", method: "GET", path: "/channels/{general}/users/@me/threads/archived/private", status: 200, holds: []string{`"threads":[]`}},
		{name: "before it", as: "ben", method: "GET", path: "/channels/{general}/users/@me/threads/archived/private?before={three}", status: 200, holds: []string{`"threads":[]`}},
		{name: "of a hidden channel", as: "ben", method: "GET", path: "/channels/{hidden}/threads/archived/public", status: 403, code: 50001},
		{name: "of a thread", as: "ben", method: "GET", path: "/channels/{one}/threads/archived/public", status: 400, code: 50024},
		{name: "what was changed is in the audit log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs", status: 200,
			holds: []string{`"action_type":111`, `"key":"archived"`, `"key":"locked"`, `"threads":[{"id":"{one}"`, `{"id":"{three}"`}},
		{name: "the channel goes", as: "ada", method: "DELETE", path: "/channels/{general}", status: 200},
		{name: "and its threads", as: "ada", method: "GET", path: "/channels/{one}", status: 404, code: 10003},
	})
}

func TestForums(t *testing.T) {
	w := threadWorld(t)
	w.run(t, []scenario{
		{name: "made", as: "ada", method: "POST", path: "/guilds/{guild}/channels", status: 201,
			body: `{"name":"Help Desk","type":15,"topic":"` + strings.Repeat("x", 4096) + `","flags":16,"default_auto_archive_duration":4320,"default_thread_rate_limit_per_user":3,"default_sort_order":1,"default_forum_layout":2,
				"default_reaction_emoji":{"emoji_id":null,"emoji_name":"👍"},"available_tags":[{"name":"bug","emoji_name":"🐛"},{"name":"done","moderated":true,"emoji_id":null}]}`,
			holds: []string{`"type":15`, `"name":"help-desk"`, `"flags":16`, `"default_auto_archive_duration":4320`, `"default_thread_rate_limit_per_user":3`, `"default_sort_order":1`, `"default_forum_layout":2`,
				`"default_reaction_emoji":{"emoji_id":null,"emoji_name":"👍"}`, `"name":"bug","moderated":false,"emoji_id":null,"emoji_name":"🐛"`, `"name":"done","moderated":true`},
			keep: map[string]string{"{forum}": "id", "{bug}": "available_tags.0.id", "{done}": "available_tags.1.id"}},
		{name: "it takes no messages", as: "ben", method: "POST", path: "/channels/{forum}/messages", body: `{"content":"x"}`, status: 400, code: 50024},
		{name: "nor threads without one", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"x"}`, status: 400, code: 50035, fields: map[string]string{"message": "BASE_TYPE_REQUIRED"}},
		{name: "nor posts without a tag, where tags are asked for", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"x","message":{"content":"x"}}`, status: 400, code: 40067},
		{name: "a tag that it does not have", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"x","applied_tags":["77"],"message":{"content":"x"}}`, status: 400, code: 50035,
			fields: map[string]string{"applied_tags.0": "BASE_TYPE_CHOICES"}},
		{name: "a tag for moderators", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"x","applied_tags":["{done}"],"message":{"content":"x"}}`, status: 403, code: 50013},
		{name: "an empty message", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"x","applied_tags":["{bug}"],"message":{"content":""}}`, status: 400, code: 50006},
		{name: "posted", as: "ben", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"It broke","applied_tags":["{bug}"],"message":{"content":"help <@{ada}>"}}`, status: 201,
			holds: []string{`"type":11`, `"parent_id":"{forum}"`, `"applied_tags":["{bug}"]`, `"rate_limit_per_user":3`, `"auto_archive_duration":4320`, `"message":{"id":`, `"content":"help`, `"message_count":0,"member_count":2`},
			keep:  map[string]string{"{post}": "id", "{first}": "message.id"}},
		{name: "the first message has its id", as: "ada", method: "GET", path: "/channels/{post}/messages/{post}", status: 200, holds: []string{`"channel_id":"{post}"`, `"id":"{first}"`}},
		{name: "the newest of a forum is its newest post", as: "ben", method: "GET", path: "/channels/{forum}", status: 200, holds: []string{`"last_message_id":"{post}"`}},
		{name: "an answer", as: "ada", method: "POST", path: "/channels/{post}/messages", body: `{"content":"try again"}`, status: 200},
		{name: "counts", as: "ben", method: "GET", path: "/channels/{post}", status: 200, holds: []string{`"message_count":1`}},
		{name: "done, says ben", as: "ben", method: "PATCH", path: "/channels/{post}", body: `{"applied_tags":["{bug}","{done}"]}`, status: 403, code: 50013},
		{name: "done, says ada", as: "ada", method: "PATCH", path: "/channels/{post}", body: `{"applied_tags":["{done}"]}`, status: 200, holds: []string{`"applied_tags":["{done}"]`}},
		{name: "no tags", as: "ada", method: "PATCH", path: "/channels/{post}", body: `{"applied_tags":[]}`, status: 400, code: 40067},
		{name: "pinned, by who may", as: "ben", method: "PATCH", path: "/channels/{post}", body: `{"flags":2}`, status: 403, code: 50013},
		{name: "pinned", as: "ada", method: "PATCH", path: "/channels/{post}", body: `{"flags":2}`, status: 200, holds: []string{`"flags":2`}},
		{name: "another post", as: "robin", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"Me too","applied_tags":["{bug}"],"message":{"embeds":[{"title":"x"}]}}`, status: 403, code: 50013},
		{name: "another post, in words", as: "robin", method: "POST", path: "/channels/{forum}/threads", body: `{"name":"Me too","applied_tags":["{bug}"],"message":{"content":"x"}}`, status: 201, keep: map[string]string{"{other}": "id"}},
		{name: "one is pinned at a time", as: "ada", method: "PATCH", path: "/channels/{other}", body: `{"flags":2}`, status: 400, code: 30047},
		{name: "tags are changed", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"flags":0,"available_tags":[{"id":"{done}","name":"solved"},{"name":"new"}],"default_sort_order":null,"default_reaction_emoji":null}`, status: 200,
			holds: []string{`"id":"{done}","name":"solved","moderated":false`, `"name":"new"`, `"default_sort_order":null`, `"default_reaction_emoji":null`, `"flags":0`}, lacks: []string{"{bug}"}},
		{name: "a post may have had a tag that is gone", as: "ada", method: "PATCH", path: "/channels/{other}", body: `{"applied_tags":["{bug}","{done}"]}`, status: 200, holds: []string{`"applied_tags":["{done}"]`}},
		{name: "two of one name", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"available_tags":[{"name":"a"},{"name":"a"}]}`, status: 400, code: 50035, fields: map[string]string{"available_tags.1.name": "TAG_NAMES_MUST_BE_UNIQUE"}},
		{name: "too long a tag", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"available_tags":[{"name":"` + strings.Repeat("x", 21) + `"}]}`, status: 400, code: 50035, fields: map[string]string{"available_tags.0.name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "too many tags", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"available_tags":[` + strings.TrimSuffix(strings.Repeat(`{"name":"x"},`, 21), ",") + `]}`, status: 400, code: 50035,
			fields: map[string]string{"available_tags": "BASE_TYPE_MAX_LENGTH"}},
		{name: "an emoji that is none", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"available_tags":[{"name":"a","emoji_name":"a"}],"default_reaction_emoji":{"emoji_name":"b"}}`, status: 400, code: 50035,
			fields: map[string]string{"available_tags.0.emoji_name": "BASE_TYPE_CHOICES", "default_reaction_emoji": "BASE_TYPE_CHOICES"}},
		{name: "an order that is none", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"default_sort_order":2,"default_forum_layout":3,"default_auto_archive_duration":7,"default_thread_rate_limit_per_user":-1}`, status: 400, code: 50035,
			fields: map[string]string{"default_sort_order": "BASE_TYPE_CHOICES", "default_forum_layout": "BASE_TYPE_CHOICES", "default_auto_archive_duration": "BASE_TYPE_CHOICES",
				"default_thread_rate_limit_per_user": "NUMBER_TYPE_RANGE"}},
		{name: "a forum stays one", as: "ada", method: "PATCH", path: "/channels/{forum}", body: `{"type":0}`, status: 400, code: 50035, fields: map[string]string{"type": "CHANNEL_TYPE_INVALID"}},
		{name: "a media channel", as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"art","type":16}`, status: 201, holds: []string{`"type":16`, `"available_tags":[]`}, keep: map[string]string{"{art}": "id"}},
		{name: "has posts, too", as: "ben", method: "POST", path: "/channels/{art}/threads", body: `{"name":"x","message":{"content":"x"}}`, status: 201},
		{name: "no thread begins with a post", as: "ben", method: "POST", path: "/channels/{forum}/messages/{post}/threads", body: `{"name":"x"}`, status: 400, code: 50024},
		{name: "a forum goes with its posts", as: "ada", method: "DELETE", path: "/channels/{forum}", status: 200},
		{name: "gone", as: "ada", method: "GET", path: "/channels/{post}", status: 404, code: 10003},
	})
}
