package rest

import (
	"testing"

	"guildhall/api/perm"
)

func TestAutomaticRules(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/auto-moderation/rules"
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: path, status: 200, holds: []string{`[]`}},
		{name: "made", as: "ada", method: "POST", path: path, status: 200, keep: map[string]string{"{rule}": "id"},
			body:  `{"name":"No tomatoes","event_type":1,"trigger_type":1,"trigger_metadata":{"keyword_filter":["*tomato*"],"links":true,"allow_list":["example.org"]},"actions":[{"type":1,"metadata":{"custom_message":"No."}},{"type":2,"metadata":{"channel_id":"{general}"}},{"type":3,"metadata":{"duration_seconds":60}}],"enabled":true,"exempt_roles":["{role}"]}`,
			holds: []string{`"keyword_filter":["*tomato*"]`, `"regex_patterns":[]`, `"links":true`, `"custom_message":"No."`, `"duration_seconds":60`, `"exempt_channels":[]`, `"creator_id":"{ada}"`}},
		{name: "listed", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{rule}"`}},
		{name: "read", as: "ada", method: "GET", path: path + "/{rule}", status: 200},
		{name: "blocks", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"tomatoes"}`, status: 400, code: 200000, holds: []string{`"message":"No."`}},
		{name: "changed", as: "ada", method: "PATCH", path: path + "/{rule}", body: `{"enabled":false,"name":"Tomatoes"}`, status: 200, holds: []string{`"enabled":false`, `"name":"Tomatoes"`, `"keyword_filter":["*tomato*"]`}},
		{name: "of mentions", as: "ada", method: "POST", path: path, body: `{"name":"Quiet","event_type":1,"trigger_type":5,"trigger_metadata":{"mention_total_limit":5},"actions":[{"type":1,"metadata":{}}],"enabled":true}`, status: 200, keep: map[string]string{"{mentions}": "id"}, holds: []string{`"mention_raid_protection_enabled":false`}},
		{name: "protection against raids", as: "ada", method: "PATCH", path: path + "/{mentions}", body: `{"trigger_metadata":{"mention_total_limit":5,"mention_raid_protection_enabled":true}}`, status: 200, holds: []string{`"mention_raid_protection_enabled":true`}},
		{name: "of spam", as: "ada", method: "POST", path: path, body: `{"name":"Spam","event_type":1,"trigger_type":3,"actions":[{"type":1}]}`, status: 200, holds: []string{`"trigger_metadata":{}`}},
		{name: "of lists", as: "ada", method: "POST", path: path, body: `{"name":"Lists","event_type":1,"trigger_type":4,"trigger_metadata":{"presets":[1,3]},"actions":[{"type":1}]}`, status: 200, holds: []string{`"presets":[1,3]`}},
		{name: "one too many", as: "ada", method: "POST", path: path, body: `{"name":"Spam","event_type":1,"trigger_type":3,"actions":[{"type":1}]}`, status: 400, code: 30034},
		{name: "by a member", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "what is none", as: "ada", method: "GET", path: path + "/77", status: 404, code: 10066},
		{name: "deleted", as: "ada", method: "DELETE", path: path + "/{rule}", status: 204},
		{name: "gone", as: "ada", method: "DELETE", path: path + "/{rule}", status: 404, code: 10066},
	})
}

func TestTheAuditLogListsTheRulesThatItIsAbout(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.ViewAuditLog)
	const path, log = "/guilds/{guild}/auto-moderation/rules", "/guilds/{guild}/audit-logs"
	w.run(t, []scenario{
		{name: "made", as: "ada", method: "POST", path: path, body: `{"name":"Spam","event_type":1,"trigger_type":3,"actions":[{"type":1}]}`, status: 200, keep: map[string]string{"{spam}": "id"}},
		{name: "another", as: "ada", method: "POST", path: path, body: `{"name":"Lists","event_type":1,"trigger_type":4,"trigger_metadata":{"presets":[1]},"actions":[{"type":1}]}`, status: 200, keep: map[string]string{"{lists}": "id"}},
		{name: "changed", as: "ada", method: "PATCH", path: path + "/{spam}", body: `{"enabled":true}`, status: 200},
		{name: "both listed", as: "ada", method: "GET", path: log, status: 200, holds: []string{`"auto_moderation_rules":[{"id":"{spam}"`, `{"id":"{lists}"`}},
		{name: "of a change", as: "ada", method: "GET", path: log + "?action_type=141", status: 200, holds: []string{`"auto_moderation_rules":[{"id":"{spam}"`}, lacks: []string{"{lists}"}},
		{name: "of other things", as: "ada", method: "GET", path: log + "?action_type=20", status: 200, holds: []string{`"auto_moderation_rules":[]`}},
		{name: "who may not see rules", as: "ben", method: "GET", path: log, status: 200, holds: []string{`"auto_moderation_rules":[]`, `"action_type":140`}},
		{name: "deleted", as: "ada", method: "DELETE", path: path + "/{spam}", status: 204},
		{name: "not any more", as: "ada", method: "GET", path: log, status: 200, holds: []string{`"auto_moderation_rules":[{"id":"{lists}"`}, lacks: []string{`"id":"{spam}","guild_id"`}},
	})
}

func TestRulesAboutNames(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/auto-moderation/rules"
	w.run(t, []scenario{
		{name: "about members", as: "ada", method: "POST", path: path, body: `{"name":"Names","event_type":2,"trigger_type":6,"trigger_metadata":{"keyword_filter":["tomato*"],"regex_patterns":["^x{3,}$"],"allow_list":["tomato soup"]},"actions":[{"type":4},{"type":2,"metadata":{"channel_id":"{general}"}}],"enabled":true,"exempt_channels":["{general}"]}`, status: 200, keep: map[string]string{"{names}": "id"},
			holds: []string{`"event_type":2`, `"trigger_type":6`, `"keyword_filter":["tomato*"]`, `"allow_list":["tomato soup"]`, `{"type":4,"metadata":{}}`, `"exempt_channels":[]`}},
		{name: "a name that it forbids", as: "ada", method: "PATCH", path: "/guilds/{guild}/members/{ben}", body: `{"nick":"Tomatoes"}`, status: 200, holds: []string{`"flags":128`}},
		{name: "takes part in nothing", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hello"}`, status: 403, code: 50013},
		{name: "but reads", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200},
		{name: "a name in order", as: "ada", method: "PATCH", path: "/guilds/{guild}/members/{ben}", body: `{"nick":"Tomato soup"}`, status: 200, holds: []string{`"flags":0`}},
		{name: "takes part again", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hello"}`, status: 200},
		{name: "about members, with the event of messages", as: "ada", method: "POST", path: path, body: `{"name":"R","event_type":1,"trigger_type":6,"trigger_metadata":{"keyword_filter":["a"]},"actions":[{"type":4}]}`, status: 400, code: 50035},
		{name: "and changed to it", as: "ada", method: "PATCH", path: path + "/{names}", body: `{"event_type":1}`, status: 400, code: 50035},
		{name: "about members, blocking messages", as: "ada", method: "POST", path: path, body: `{"name":"R","event_type":2,"trigger_type":6,"trigger_metadata":{"keyword_filter":["a"]},"actions":[{"type":1}]}`, status: 400, code: 50035},
		{name: "deleted", as: "ada", method: "DELETE", path: path + "/{names}", status: 204},
	})
}

func TestReports(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "told", as: "ben", method: "POST", path: "/channels/{general}/messages/{adas}/report", body: `{"reason":"rude"}`, status: 201, keep: map[string]string{"{report}": "id"}, holds: []string{`"reason":"rude"`, `"resolved_by":null`, `"content":"Good morning"`}},
		{name: "twice", as: "ben", method: "POST", path: "/channels/{general}/messages/{adas}/report", body: `{}`, status: 400, code: 50035},
		{name: "by a bot", as: "robin", method: "POST", path: "/channels/{general}/messages/{adas}/report", body: `{}`, status: 403, code: 20001},
		{name: "listed", as: "ada", method: "GET", path: "/guilds/{guild}/reports", status: 200, holds: []string{`"id":"{report}"`}},
		{name: "not for members", as: "ben", method: "GET", path: "/guilds/{guild}/reports", status: 403, code: 50013},
		{name: "dealt with", as: "ada", method: "PATCH", path: "/guilds/{guild}/reports/{report}", body: `{"resolved":true}`, status: 200, holds: []string{`"resolved_by":"{ada}"`}},
		{name: "not open any more", as: "ada", method: "GET", path: "/guilds/{guild}/reports", status: 200, holds: []string{`[]`}},
		{name: "but kept", as: "ada", method: "GET", path: "/guilds/{guild}/reports?resolved=true&limit=1", status: 200, holds: []string{`"id":"{report}"`}},
		{name: "what is none", as: "ada", method: "PATCH", path: "/guilds/{guild}/reports/77", body: `{"resolved":true}`, status: 404, code: 0},
		{name: "of conversations", as: "ben", method: "GET", path: "/reports", status: 403, code: 50013},
	})
}
