package rest

import (
	"testing"

	"guildhall/store"
)

func TestAnnouncements(t *testing.T) {
	w := newWorld(t)
	w.name("news", w.guild.Channel("news", store.ChannelAnnouncement), "forum", w.guild.Channel("forum", store.ChannelForum))
	w.run(t, []scenario{
		{name: "a member follows nothing here", as: "ben", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{general}"}`, status: 403, code: 50013},
		{name: "where to is needed", as: "ada", method: "POST", path: "/channels/{news}/followers", body: `{}`, status: 400, code: 50035},
		{name: "itself", as: "ada", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{news}"}`, status: 400, code: 50035, fields: map[string]string{"webhook_channel_id": "BASE_TYPE_BAD_VALUE"}},
		{name: "only announcements are followed", as: "ada", method: "POST", path: "/channels/{general}/followers", body: `{"webhook_channel_id":"{news}"}`, status: 400, code: 50024},
		{name: "not in forums", as: "ada", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{forum}"}`, status: 400, code: 50024},
		{name: "a stranger sees nothing to follow", as: "cleo", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{general}"}`, status: 404, code: 10003},
		{name: "followed", as: "ada", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{general}"}`, status: 200, keep: map[string]string{"{hook}": "webhook_id"}, holds: []string{`"channel_id":"{news}"`}},
		{name: "which is told", as: "ben", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, holds: []string{`"type":12`, `#news"`, `"message_reference":{"type":0,"channel_id":"{news}","guild_id":"{guild}"}`}},
		{name: "the webhook that does it", as: "ada", method: "GET", path: "/webhooks/{hook}", status: 200, holds: []string{`"type":2`, `"source_guild":{"id":"{guild}"`, `"source_channel":{"id":"{news}","name":"news"}`, `"channel_id":"{general}"`}, lacks: []string{`"token"`, `"url"`}},
		{name: "nobody posts through it", method: "POST", path: "/webhooks/{hook}/x", body: `{"content":"x"}`, status: 401, code: 50027},
		{name: "news", as: "ada", method: "POST", path: "/channels/{news}/messages", body: `{"content":"news"}`, status: 200, keep: map[string]string{"{word}": "id"}},
		{name: "a member does not publish them", as: "ben", method: "POST", path: "/channels/{news}/messages/{word}/crosspost", status: 403, code: 50013},
		{name: "nor what is elsewhere", as: "ada", method: "POST", path: "/channels/{general}/messages/{adas}/crosspost", status: 400, code: 50024},
		{name: "published", as: "ada", method: "POST", path: "/channels/{news}/messages/{word}/crosspost", status: 200, holds: []string{`"id":"{word}"`, `"flags":1}`}},
		{name: "once", as: "ada", method: "POST", path: "/channels/{news}/messages/{word}/crosspost", status: 400, code: 40033},
	})
	w.must(w.hall.Announcements.Deliver(t.Context()))
	w.run(t, []scenario{
		{name: "arrived", as: "ben", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, keep: map[string]string{"{copy}": "0.id"},
			holds: []string{`"content":"news"`, `"flags":2,`, `"webhook_id":"{hook}"`, `"message_reference":{"type":0,"message_id":"{word}","channel_id":"{news}","guild_id":"{guild}"}`}, lacks: []string{`"referenced_message"`}},
		{name: "nobody edits it", as: "ada", method: "PATCH", path: "/channels/{general}/messages/{copy}", body: `{"content":"x"}`, status: 403, code: 50005},
		{name: "gone where it came from", as: "ada", method: "DELETE", path: "/channels/{news}/messages/{word}", status: 204},
	})
	w.must(w.hall.Announcements.Deliver(t.Context()))
	w.run(t, []scenario{
		{name: "gone here", as: "ben", method: "GET", path: "/channels/{general}/messages/{copy}", status: 200, holds: []string{`"content":""`, `"flags":10,`}},
		{name: "followed no longer", as: "ada", method: "DELETE", path: "/webhooks/{hook}", status: 204},
	})
}
