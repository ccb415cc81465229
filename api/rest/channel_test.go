package rest

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/store/id"
)

func TestMakingAChannel(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/channels"
	w.run(t, []scenario{
		{name: "of text", as: "ada", method: "POST", path: path, status: 201,
			body:  `{"name":"Big News","type":0,"topic":"Read","parent_id":"{category}","nsfw":true,"rate_limit_per_user":5,"position":7,"permission_overwrites":[{"id":"{role}","type":0,"allow":"2048","deny":null}]}`,
			holds: []string{`"name":"big-news"`, `"guild_id":"{guild}"`, `"parent_id":"{category}"`, `"nsfw":true`, `"rate_limit_per_user":5`, `"allow":"2048","deny":"0"`, `"last_message_id":null`}},
		{name: "of voice", as: "ada", method: "POST", path: path, body: `{"name":"Den","type":2,"bitrate":96000,"user_limit":4,"rtc_region":null,"video_quality_mode":1}`, status: 201,
			holds: []string{`"type":2`, `"bitrate":96000,"user_limit":4,"rtc_region":null,"video_quality_mode":1`}},
		{name: "a category", as: "ada", method: "POST", path: path, body: `{"name":"More","type":4}`, status: 201, holds: []string{`"type":4`}, lacks: []string{"bitrate"}},
		{name: "ids and permissions as numbers", as: "ada", method: "POST", path: path, status: 201,
			body: `{"name":"numbers","parent_id":{category},"permission_overwrites":[{"id":{ben},"type":1,"allow":1024,"deny":0}]}`, holds: []string{`"id":"{ben}","type":1,"allow":"1024","deny":"0"`}},
		{name: "no name", as: "ada", method: "POST", path: path, body: `{"type":0}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "too long a name", as: "ada", method: "POST", path: path, body: `{"name":"` + strings.Repeat("n", 101) + `"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "too long a topic", as: "ada", method: "POST", path: path, body: `{"name":"x","topic":"` + strings.Repeat("n", 1025) + `"}`, status: 400, code: 50035, fields: map[string]string{"topic": "BASE_TYPE_MAX_LENGTH"}},
		{name: "a type that is none", as: "ada", method: "POST", path: path, body: `{"name":"x","type":99}`, status: 400, code: 50035, fields: map[string]string{"type": "BASE_TYPE_CHOICES"}},
		{name: "a stage", as: "ada", method: "POST", path: path, body: `{"name":"x","type":13}`, status: 201, holds: []string{`"bitrate":64000`}},
		{name: "a parent that is no category", as: "ada", method: "POST", path: path, body: `{"name":"x","parent_id":"{general}"}`, status: 400, code: 50035, fields: map[string]string{"parent_id": "CHANNEL_PARENT_INVALID_TYPE"}},
		{name: "a slow mode beyond six hours", as: "ada", method: "POST", path: path, body: `{"name":"x","rate_limit_per_user":21601}`, status: 400, code: 50035, fields: map[string]string{"rate_limit_per_user": "NUMBER_TYPE_RANGE"}},
		{name: "an overwrite for nobody", as: "ada", method: "POST", path: path, body: `{"name":"x","permission_overwrites":[{"type":0}]}`, status: 400, code: 50035, fields: map[string]string{"permission_overwrites.0.id": "BASE_TYPE_REQUIRED"}},
		{name: "wrong types", as: "ada", method: "POST", path: path, body: `{"name":1,"type":"text","parent_id":"x","permission_overwrites":[{"id":"1","allow":"all"},5]}`, status: 400, code: 50035,
			fields: map[string]string{"name": "STRING_TYPE_CONVERT", "type": "NUMBER_TYPE_COERCE", "parent_id": "NUMBER_TYPE_COERCE", "permission_overwrites.0.allow": "NUMBER_TYPE_COERCE",
				"permission_overwrites.1": "DICT_TYPE_CONVERT"}},
		{name: "malformed JSON", as: "ada", method: "POST", path: path, body: `{'name':'x'}`, status: 400, code: 50109},
		{name: "a member does not", as: "ben", method: "POST", path: path, body: `{"name":"x"}`, status: 403, code: 50013},
		{name: "a stranger does not", as: "cleo", method: "POST", path: path, body: `{"name":"x"}`, status: 404, code: 10004},
		{name: "nobody does not", method: "POST", path: path, body: `{"name":"x"}`, status: 401, code: 0},
		{name: "nowhere", as: "ada", method: "POST", path: "/guilds/here/channels", body: `{"name":"x"}`, status: 404, code: 10004},
	})
	for field, refused := range map[string]struct{ value, code string }{
		"rtc_region": {`"rotterdam"`, "FEATURE_NOT_BUILT"}, "video_quality_mode": {`2`, "FEATURE_NOT_BUILT"},
		// What only forums have, and what only threads have.
		"flags": {`16`, "BASE_TYPE_CHOICES"}, "available_tags": {`[{"name":"t"}]`, "CHANNEL_TYPE_INVALID"}, "default_reaction_emoji": {`{"emoji_name":"x"}`, "CHANNEL_TYPE_INVALID"},
		"default_sort_order": {`1`, "CHANNEL_TYPE_INVALID"}, "default_forum_layout": {`1`, "CHANNEL_TYPE_INVALID"}, "archived": {`true`, "CHANNEL_TYPE_INVALID"},
		"auto_archive_duration": {`60`, "CHANNEL_TYPE_INVALID"}, "locked": {`true`, "CHANNEL_TYPE_INVALID"}, "invitable": {`true`, "CHANNEL_TYPE_INVALID"},
		"applied_tags": {`["1"]`, "CHANNEL_TYPE_INVALID"},
	} {
		for _, one := range []scenario{{method: "POST", path: path}, {method: "PATCH", path: "/channels/{general}"}} {
			one.as, one.body, one.status, one.code = "ada", fmt.Sprintf(`{"name":"x",%q:%s}`, field, refused.value), 400, 50035
			one.fields = map[string]string{field: refused.code}
			w.play(t, one)
		}
	}
}

func TestChannelsAreShownChangedAndDeleted(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}"
	w.run(t, []scenario{
		{name: "a member sees those that are for them", as: "ben", method: "GET", path: "/guilds/{guild}/channels", status: 200, holds: []string{`"id":"{general}"`, `"id":"{lounge}"`}, lacks: []string{"{hidden}"}},
		{name: "the owner sees all", as: "ada", method: "GET", path: "/guilds/{guild}/channels", status: 200, holds: []string{"{hidden}"}},
		{name: "a stranger sees none", as: "cleo", method: "GET", path: "/guilds/{guild}/channels", status: 404, code: 10004},
		{name: "nobody sees none", method: "GET", path: "/guilds/{guild}/channels", status: 401, code: 0},

		{name: "one", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{general}"`, `"last_message_id":"{bens}"`, `"type":0`}},
		{name: "a hidden one", as: "ben", method: "GET", path: "/channels/{hidden}", status: 403, code: 50001},
		{name: "one of elsewhere", as: "cleo", method: "GET", path: path, status: 404, code: 10003},
		{name: "one that is not there", as: "ben", method: "GET", path: "/channels/77", status: 404, code: 10003},
		{name: "an id that is none", as: "ben", method: "GET", path: "/channels/-1", status: 404, code: 10003},
		{name: "nobody", method: "GET", path: path, status: 401, code: 0},

		{name: "changed", as: "ada", method: "PATCH", path: path, body: `{"name":"Plaza","topic":"Hello","position":3,"parent_id":null,"rate_limit_per_user":0,"nsfw":false}`, status: 200,
			holds: []string{`"name":"plaza"`, `"topic":"Hello"`, `"parent_id":null`, `"position":3`}},
		{name: "the topic goes", as: "ada", method: "PATCH", path: path, body: `{"topic":null}`, status: 200, holds: []string{`"topic":null`, `"name":"plaza"`}},
		{name: "the overwrites are replaced as a whole", as: "ada", method: "PATCH", path: path, body: `{"permission_overwrites":[{"id":"{guild}","type":0,"deny":"2048"}]}`, status: 200,
			holds: []string{`"permission_overwrites":[{"id":"{guild}","type":0,"allow":"0","deny":"2048"}]`}},
		{name: "and go", as: "ada", method: "PATCH", path: path, body: `{"permission_overwrites":[]}`, status: 200, holds: []string{`"permission_overwrites":[]`}},
		{name: "to another type", as: "ada", method: "PATCH", path: path, body: `{"type":2}`, status: 400, code: 50035, fields: map[string]string{"type": "CHANNEL_TYPE_INVALID"}},
		{name: "a wrong type", as: "ada", method: "PATCH", path: path, body: `{"nsfw":"no"}`, status: 400, code: 50035, fields: map[string]string{"nsfw": "BOOLEAN_TYPE_CONVERT"}},
		{name: "malformed JSON", as: "ada", method: "PATCH", path: path, body: `{"name"}`, status: 400, code: 50109},
		{name: "a member does not", as: "ben", method: "PATCH", path: path, body: `{"name":"x"}`, status: 403, code: 50013},
		{name: "nobody does not", method: "PATCH", path: path, body: `{"name":"x"}`, status: 401, code: 0},

		{name: "a member does not delete it", as: "ben", method: "DELETE", path: path, status: 403, code: 50013},
		{name: "nor does nobody", method: "DELETE", path: path, status: 401, code: 0},
		{name: "the owner does, and gets what it was", as: "ada", method: "DELETE", path: path, status: 200, holds: []string{`"name":"plaza"`}},
		{name: "it is gone", as: "ada", method: "GET", path: path, status: 404, code: 10003},
		{name: "and not deleted twice", as: "ada", method: "DELETE", path: path, status: 404, code: 10003},
	})
}

func TestChannelsAreMoved(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/channels"
	w.run(t, []scenario{
		{name: "several at once", as: "ada", method: "PATCH", path: path, body: `[{"id":"{general}","position":4,"parent_id":null},{"id":"{hidden}","position":1,"parent_id":"{category}","lock_permissions":true}]`, status: 204},
		{name: "and are there", as: "ada", method: "GET", path: "/channels/{general}", status: 200, holds: []string{`"parent_id":null`}},
		{name: "a channel of elsewhere", as: "ada", method: "PATCH", path: path, body: `[{"id":"99","position":1}]`, status: 404, code: 10003},
		{name: "below zero", as: "ada", method: "PATCH", path: path, body: `[{"id":"{general}","position":-1}]`, status: 400, code: 50035, fields: map[string]string{"position": "NUMBER_TYPE_RANGE"}},
		{name: "an object in place of a list", as: "ada", method: "PATCH", path: path, body: `{"id":"{general}","position":1}`, status: 400, code: 50035, fields: map[string]string{"": "LIST_TYPE_CONVERT"}},
		{name: "a wrong type inside", as: "ada", method: "PATCH", path: path, body: `[{"id":"{general}","position":1},{"id":"{hidden}","position":"top"}]`, status: 400, code: 50035,
			fields: map[string]string{"1.position": "NUMBER_TYPE_COERCE"}},
		{name: "a member does not", as: "ben", method: "PATCH", path: path, body: `[{"id":"{general}","position":1}]`, status: 403, code: 50013},
		{name: "nobody does not", method: "PATCH", path: path, body: `[]`, status: 401, code: 0},
	})
}

func TestOverwritesOfAChannel(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "set", as: "ada", method: "PUT", path: "/channels/{general}/permissions/{ben}", body: `{"type":1,"allow":"0","deny":"2048"}`, status: 204},
		{name: "it holds", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x"}`, status: 403, code: 50013},
		{name: "taken away", as: "ada", method: "DELETE", path: "/channels/{general}/permissions/{ben}", status: 204},
		{name: "it does not hold any more", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x"}`, status: 200},
		{name: "what is not there is not taken away", as: "ada", method: "DELETE", path: "/channels/{general}/permissions/{ben}", status: 404, code: 10009},
		{name: "a target that is none", as: "ada", method: "PUT", path: "/channels/{general}/permissions/everyone", body: `{"type":0}`, status: 404, code: 10009},
		{name: "a role that is not there", as: "ada", method: "PUT", path: "/channels/{general}/permissions/3", body: `{"type":0,"allow":"1024"}`, status: 404, code: 10011},
		{name: "a type that is none", as: "ada", method: "PUT", path: "/channels/{general}/permissions/{role}", body: `{"type":2}`, status: 400, code: 50035},
		{name: "wrong types", as: "ada", method: "PUT", path: "/channels/{general}/permissions/{role}", body: `{"type":"role","allow":"x"}`, status: 400, code: 50035,
			fields: map[string]string{"type": "NUMBER_TYPE_COERCE", "allow": "NUMBER_TYPE_COERCE"}},
		{name: "a member does not", as: "ben", method: "PUT", path: "/channels/{general}/permissions/{ben}", body: `{"type":1,"allow":"8192"}`, status: 403, code: 50013},
		{name: "nobody does not", method: "PUT", path: "/channels/{general}/permissions/{ben}", body: `{"type":1}`, status: 401, code: 0},
	})
}

func TestPermissionsBeyondThoseThatThereAreMeanNothing(t *testing.T) {
	w := newWorld(t)
	everything := "18446744073709551615"
	w.play(t, scenario{as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"x","permission_overwrites":[{"id":"{role}","type":0,"allow":"` + everything + `"}]}`, status: 201,
		lacks: []string{everything}, holds: []string{`"allow":"` + fmt.Sprint(uint64(id.ID(1<<53-1-1<<41-1<<47))) + `"`}})
}
