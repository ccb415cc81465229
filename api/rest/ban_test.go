package rest

import (
	"net/http"
	"strings"
	"testing"
)

func TestBans(t *testing.T) {
	w := newWorld(t)
	because := func(reason string) map[string]string { return map[string]string{"X-Audit-Log-Reason": reason} }
	const path = "/guilds/{guild}/bans"
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: path, status: 200, holds: []string{`[]`}},
		{name: "a member does not ban", as: "ben", method: "PUT", path: path + "/{cleo}", status: 403, code: 50013},
		{name: "nor look", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "a stranger", as: "cleo", method: "PUT", path: path + "/{ben}", status: 404, code: 10004},
		{name: "too long a reason", as: "ada", method: "PUT", path: path + "/{ben}", header: because(strings.Repeat("x", 513)), status: 400, code: 50035, fields: map[string]string{"reason": "BASE_TYPE_MAX_LENGTH"}},
		{name: "too much to delete", as: "ada", method: "PUT", path: path + "/{ben}", body: `{"delete_message_seconds":604801}`, status: 400, code: 50035, fields: map[string]string{"delete_message_seconds": "NUMBER_TYPE_RANGE"}},
		{name: "far too much", as: "ada", method: "PUT", path: path + "/{ben}", body: `{"delete_message_days":9223372036854775807}`, status: 400, code: 50035},
		{name: "what is no id", as: "ada", method: "PUT", path: path + "/nobody", status: 404, code: 10013},
		{name: "oneself", as: "ada", method: "PUT", path: path + "/{ada}", status: 400, code: 50035},
		{name: "a ban", as: "ada", method: "PUT", path: path + "/{ben}", header: because("too%20loud%20%E2%9C%93"), body: `{"delete_message_days":1}`, status: 204},
		{name: "with its reason", as: "ada", method: "GET", path: path + "/{ben}", status: 200, holds: []string{`"reason":"too loud ✓"`, `"id":"{ben}"`}},
		{name: "what he wrote is gone", as: "ada", method: "GET", path: "/channels/{general}/messages/{bens}", status: 404, code: 10008},
		{name: "who is banned is out", as: "ben", method: "GET", path: "/guilds/{guild}", status: 404, code: 10004},
		{name: "an invite", as: "ada", method: "POST", path: "/channels/{general}/invites", body: `{}`, status: 200, keep: map[string]string{"{code}": "code"}},
		{name: "and stays out", as: "ben", method: "POST", path: "/invites/{code}", body: `{}`, status: 403, code: 40007},
		{name: "who is not banned", as: "ada", method: "GET", path: path + "/{cleo}", status: 404, code: 10026},
		{name: "lifted", as: "ada", method: "DELETE", path: path + "/{ben}", status: 204},
		{name: "once", as: "ada", method: "DELETE", path: path + "/{ben}", status: 404, code: 10026},
		{name: "and may come back", as: "ben", method: "POST", path: "/invites/{code}", body: `{}`, status: 200},
		{name: "several", as: "ada", method: "POST", path: "/guilds/{guild}/bulk-ban", body: `{"user_ids":["{ben}","{cleo}","77"],"delete_message_seconds":0}`, status: 200,
			holds: []string{`"banned_users":["{ben}","{cleo}"],"failed_users":["77"]`}},
		{name: "nobody of several", as: "ada", method: "POST", path: "/guilds/{guild}/bulk-ban", body: `{"user_ids":["{ben}"]}`, status: 400, code: 500000},
		{name: "in pages", as: "ada", method: "GET", path: path + "?limit=1&after={ben}", status: 200, holds: []string{`"id":"{cleo}"`}, lacks: []string{`"id":"{ben}"`}},
		{name: "too large a page", as: "ada", method: "GET", path: path + "?limit=1001", status: 400, code: 50035},
		{name: "the log has it all", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=22&after=1", status: 200, holds: []string{`"reason":"too loud ✓"`, `"target_id":"{cleo}"`, `"username":"ben"`}},
		{name: "in pages too", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?limit=101", status: 400, code: 50035},
		{name: "not for everybody", as: "robin", method: "GET", path: "/guilds/{guild}/audit-logs", status: 403, code: 50013},
	})
}

func TestPruning(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/prune"
	w.run(t, []scenario{
		{name: "counted", as: "ada", method: "GET", path: path + "?days=1&include_roles={role}", status: 200, holds: []string{`{"pruned":0}`}},
		{name: "not by members", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "too few days", as: "ada", method: "POST", path: path, body: `{"days":0}`, status: 400, code: 50035, fields: map[string]string{"days": "NUMBER_TYPE_RANGE"}},
		{name: "too many", as: "ada", method: "GET", path: path + "?days=31", status: 400, code: 50035},
		{name: "what is no role", as: "ada", method: "GET", path: path + "?include_roles={role},x", status: 400, code: 50035, fields: map[string]string{"include_roles": "NUMBER_TYPE_COERCE"}},
		{name: "done", as: "ada", method: "POST", path: path, body: `{"days":7,"include_roles":["{role}"]}`, status: 200, holds: []string{`{"pruned":0}`}},
		{name: "with nothing said", as: "ada", method: "POST", path: path, status: 200},
	})
}

func TestAReasonThatIsNotEncodedIsTakenAsItIs(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "a change", as: "ada", method: "PATCH", path: "/guilds/{guild}", header: map[string]string{"X-Audit-Log-Reason": "100% sure"}, body: `{"name":"Sure"}`, status: http.StatusOK},
		{name: "in the log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?limit=1", status: 200, holds: []string{`"reason":"100% sure"`, `"key":"name"`, `"new_value":"Sure"`}},
	})
}
