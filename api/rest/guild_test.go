package rest

import (
	"strings"
	"testing"
)

func TestMakingAGuild(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "gives it with its first channels", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"Cleo's","description":"For all"}`, status: 201,
			holds: []string{`"name":"Cleo's"`, `"owner_id":"{cleo}"`, `"description":"For all"`, `"name":"general"`, `"name":"Lounge"`, `"name":"@everyone"`}},
		{name: "it is in the list", as: "cleo", method: "GET", path: "/users/@me/guilds", status: 200, holds: []string{`"name":"Cleo's"`, `"owner":true`}},
		{name: "empty values of later fields ask for nothing", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"Two","icon":null,"channels":[],"roles":[],"verification_level":0}`, status: 201},
		{name: "a name that is too short", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"x"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a name that is too long", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"` + strings.Repeat("x", 101) + `"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "no name", as: "cleo", method: "POST", path: "/guilds", body: `{}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a wrong type", as: "cleo", method: "POST", path: "/guilds", body: `{"name":null,"description":[]}`, status: 400, code: 50035, fields: map[string]string{"description": "STRING_TYPE_CONVERT"}},
		{name: "malformed JSON", as: "cleo", method: "POST", path: "/guilds", body: `name`, status: 400, code: 50109},
		{name: "bots do not", as: "robin", method: "POST", path: "/guilds", body: `{"name":"Mine"}`, status: 403, code: 20001},
		{name: "nobody does not", method: "POST", path: "/guilds", body: `{"name":"Mine"}`, status: 401, code: 0},
	})
	w.play(t, scenario{as: "cleo", method: "POST", path: "/guilds", body: `{"name":"Three","guild_template_code":"abc"}`, status: 400, code: 50035, fields: map[string]string{"guild_template_code": "FEATURE_NOT_BUILT"}})
}

func TestMakingAGuildWithItsRolesAndChannels(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "as libraries draw it", as: "cleo", method: "POST", path: "/guilds", status: 201,
			body: `{"name":"Drawn","verification_level":2,"default_message_notifications":1,"explicit_content_filter":0,"afk_timeout":900,"afk_channel_id":2,"system_channel_id":"1","system_channel_flags":1,
				"roles":[{"id":0,"permissions":"1024"},{"id":1,"name":"crew","colors":{"primary_color":255},"hoist":true,"mentionable":true,"permissions":"2048","icon":"` + stillImage + `"}],
				"channels":[{"id":"0","type":4,"name":"Ship","permission_overwrites":[{"id":"0","type":0,"allow":"0","deny":"1024"},{"id":1,"type":0,"allow":1024}]},
					{"id":"1","type":0,"name":"bridge","topic":"where to","parent_id":"0","nsfw":false},{"id":2,"type":2,"name":"Bunk","user_limit":4},{"name":"forum","type":15,"available_tags":[{"name":"new"}]}]}`,
			holds: []string{`"name":"Drawn"`, `"name":"crew"`, `"color":255`, `"permissions":"1024"`, `"permissions":"2048"`, `"name":"bridge"`, `"topic":"where to"`, `"user_limit":4`, `"deny":"1024"`, `"name":"new"`,
				`"afk_timeout":900`, `"verification_level":2`}, lacks: []string{`"name":"Lounge"`, `"system_channel_id":null`, `"afk_channel_id":null`, `"id":"0"`, `"id":"1"`}},
		{name: "what does not fit is named by its place", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"Drawn","channels":[{"name":"x"},{"name":"x","parent_id":"7"}]}`, status: 400, code: 50035,
			fields: map[string]string{"channels.1.parent_id": "CHANNEL_PARENT_INVALID"}},
		{name: "an icon that is none", as: "cleo", method: "POST", path: "/guilds", body: `{"name":"Drawn","roles":[{},{"icon":"data:image/png;base64,AAAA"}]}`, status: 400, code: 50035,
			fields: map[string]string{"roles.1.icon": "IMAGE_INVALID"}},
		{name: "nothing of those is left", as: "cleo", method: "GET", path: "/users/@me/guilds?with_counts=true", status: 200, holds: []string{`"name":"Drawn"`, `"approximate_member_count":1`}},
	})
}

func TestListingGuilds(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "by the path of the contract", as: "ben", method: "GET", path: "/users/@me/guilds", status: 200, holds: []string{`"id":"{guild}"`, `"owner":false`, `"permissions":"`}, lacks: []string{"approximate"}},
		{name: "by ours", as: "ben", method: "GET", path: "/guilds?with_counts=true", status: 200, holds: []string{`"approximate_member_count":3`, `"approximate_presence_count":0`}},
		{name: "with a switch as libraries write it", as: "ben", method: "GET", path: "/guilds?with_counts=True", status: 200, holds: []string{`"approximate_member_count":3`}},
		{name: "nothing behind the last", as: "ben", method: "GET", path: "/guilds?after={guild}", status: 200, holds: []string{`[]`}},
		{name: "for somebody without any", as: "cleo", method: "GET", path: "/guilds", status: 200, holds: []string{`[]`}},
		{name: "a limit beyond the greatest", as: "ben", method: "GET", path: "/guilds?limit=201", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "a cursor that is no id", as: "ben", method: "GET", path: "/guilds?after=x", status: 400, code: 50035, fields: map[string]string{"after": "NUMBER_TYPE_COERCE"}},
		{name: "a switch that is none", as: "ben", method: "GET", path: "/guilds?with_counts=maybe", status: 400, code: 50035, fields: map[string]string{"with_counts": "BOOLEAN_TYPE_CONVERT"}},
		{name: "nobody", method: "GET", path: "/guilds", status: 401, code: 0},
	})
}

func TestAGuildIsShownToItsMembersAndChangedByThoseWhoManageIt(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}"
	w.run(t, []scenario{
		{name: "a member sees it", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{guild}"`, `"owner_id":"{ada}"`, `"emojis":[]`}, lacks: []string{"approximate"}},
		{name: "with counts", as: "ben", method: "GET", path: path + "?with_counts=1", status: 200, holds: []string{`"approximate_member_count":3`}},
		{name: "a bot sees it", as: "robin", method: "GET", path: path, status: 200},
		{name: "a stranger does not know it", as: "cleo", method: "GET", path: path, status: 404, code: 10004},
		{name: "nobody", method: "GET", path: path, status: 401, code: 0},
		{name: "one that is not there", as: "ben", method: "GET", path: "/guilds/5", status: 404, code: 10004},
		{name: "an id that is none", as: "ben", method: "GET", path: "/guilds/home", status: 404, code: 10004},
		{name: "a switch that is none", as: "ben", method: "GET", path: path + "?with_counts=x", status: 400, code: 50035, fields: map[string]string{"with_counts": "BOOLEAN_TYPE_CONVERT"}},

		{name: "its owner changes it", as: "ada", method: "PATCH", path: path, status: 200,
			body:  `{"name":"Garden","description":"Green","afk_channel_id":"{lounge}","afk_timeout":300,"system_channel_id":null,"default_message_notifications":1,"preferred_locale":"de"}`,
			holds: []string{`"name":"Garden"`, `"description":"Green"`, `"afk_channel_id":"{lounge}"`, `"afk_timeout":300`, `"system_channel_id":null`, `"preferred_locale":"de"`}},
		{name: "nothing", as: "ada", method: "PATCH", path: path, body: `{}`, status: 200, holds: []string{`"name":"Garden"`}},
		{name: "a member does not", as: "ben", method: "PATCH", path: path, body: `{"name":"Mine"}`, status: 403, code: 50013},
		{name: "a stranger does not", as: "cleo", method: "PATCH", path: path, body: `{"name":"Mine"}`, status: 404, code: 10004},
		{name: "nobody does not", method: "PATCH", path: path, body: `{"name":"Mine"}`, status: 401, code: 0},
		{name: "a name that is null", as: "ada", method: "PATCH", path: path, body: `{"name":null}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a channel of the wrong kind", as: "ada", method: "PATCH", path: path, body: `{"afk_channel_id":"{general}"}`, status: 400, code: 50035, fields: map[string]string{"afk_channel_id": "CHANNEL_INVALID"}},
		{name: "wrong types", as: "ada", method: "PATCH", path: path, body: `{"name":5,"afk_timeout":"long","owner_id":{}}`, status: 400, code: 50035,
			fields: map[string]string{"name": "STRING_TYPE_CONVERT", "afk_timeout": "NUMBER_TYPE_COERCE", "owner_id": "NUMBER_TYPE_COERCE"}},
		{name: "malformed JSON", as: "ada", method: "PATCH", path: path, body: `{"name":"x",}`, status: 400, code: 50109},
		{name: "several things of later at once", as: "ada", method: "PATCH", path: path, body: `{"home_header":"data:,","features":["COMMUNITY"],"name":"Not taken"}`, status: 400, code: 50035,
			fields: map[string]string{"home_header": "FEATURE_NOT_BUILT", "features": "FEATURE_NOT_BUILT"}},
		{name: "of which nothing was done", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"name":"Garden"`}},
		{name: "it is given away", as: "ada", method: "PATCH", path: path, body: `{"owner_id":"{ben}"}`, status: 200, holds: []string{`"owner_id":"{ben}"`}},
		{name: "once", as: "ada", method: "PATCH", path: path, body: `{"owner_id":"{ada}"}`, status: 403, code: 50013},
	})
}

func TestLeavingAndDeletingAGuild(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "the owner cannot leave", as: "ada", method: "DELETE", path: "/users/@me/guilds/{guild}", status: 400, code: 50035},
		{name: "a member leaves", as: "ben", method: "DELETE", path: "/users/@me/guilds/{guild}", status: 204},
		{name: "and does not know it any more", as: "ben", method: "GET", path: "/guilds/{guild}", status: 404, code: 10004},
		{name: "nor leaves it again", as: "ben", method: "DELETE", path: "/users/@me/guilds/{guild}", status: 404, code: 10004},
		{name: "a bot does not delete it", as: "robin", method: "DELETE", path: "/guilds/{guild}", status: 403, code: 50013},
		{name: "a stranger does not", as: "cleo", method: "DELETE", path: "/guilds/{guild}", status: 404, code: 10004},
		{name: "nobody does not", method: "DELETE", path: "/guilds/{guild}", status: 401, code: 0},
		{name: "the owner does", as: "ada", method: "DELETE", path: "/guilds/{guild}", status: 204},
		{name: "it is gone", as: "ada", method: "GET", path: "/guilds/{guild}", status: 404, code: 10004},
		{name: "with its channels", as: "ada", method: "GET", path: "/channels/{general}", status: 404, code: 10003},
		{name: "and its messages", as: "ada", method: "DELETE", path: "/messages/{adas}", status: 404, code: 10008},
	})
	w = newWorld(t)
	w.play(t, scenario{as: "ada", method: "POST", path: "/guilds/{guild}/delete", body: `{}`, status: 204})
}
