package rest

import (
	"fmt"
	"net/url"
	"testing"

	"guildhall/api/perm"
)

func TestReactions(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages)
	const message = "/channels/{general}/messages/{bens}"
	thumb, castle := url.PathEscape("👍"), url.PathEscape("🏰")
	w.run(t, []scenario{
		{name: "a first one needs the permission", as: "ben", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 403, code: 50013},
		{name: "reacted", as: "ada", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 204},
		{name: "again changes nothing", as: "ada", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 204},
		{name: "joining in needs none", as: "ben", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 204},
		{name: "a bot reacts", as: "ada", method: "PUT", path: message + "/reactions/" + castle + "/@me", status: 204},
		{name: "counted", as: "ben", method: "GET", path: message, status: 200,
			holds: []string{`"reactions":[{"emoji":{"id":null,"name":"👍"},"count":2,"count_details":{"burst":0,"normal":2},"burst_colors":[],"me_burst":false,"me":true},{"emoji":{"id":null,"name":"🏰"},"count":1`, `"me":false}]`}},
		{name: "in lists too", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200, holds: []string{`"count":2`}},
		{name: "who did", as: "ben", method: "GET", path: message + "/reactions/" + thumb, status: 200, holds: []string{`"id":"{ada}"`, `"id":"{ben}"`}},
		{name: "in pages", as: "ben", method: "GET", path: message + "/reactions/" + thumb + "?limit=1&after={ada}", status: 200, holds: []string{`"id":"{ben}"`}, lacks: []string{"{ada}"}},
		{name: "too large a page", as: "ben", method: "GET", path: message + "/reactions/" + thumb + "?limit=101", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "with an emoji that nobody used", as: "ben", method: "GET", path: message + "/reactions/" + url.PathEscape("🎉"), status: 200, lacks: []string{"id"}},
		{name: "one's own goes", as: "ben", method: "DELETE", path: message + "/reactions/" + thumb + "/@me", status: 204},
		{name: "others' do not", as: "ben", method: "DELETE", path: message + "/reactions/" + thumb + "/{ada}", status: 403, code: 50013},
		{name: "nor all", as: "ben", method: "DELETE", path: message + "/reactions", status: 403, code: 50013},
		{name: "nor all of one", as: "ben", method: "DELETE", path: message + "/reactions/" + thumb, status: 403, code: 50013},
		{name: "who manages messages takes them away", as: "ada", method: "DELETE", path: message + "/reactions/" + castle, status: 204},
		{name: "of somebody", as: "ada", method: "DELETE", path: message + "/reactions/" + thumb + "/{ada}", status: 204},
		{name: "all", as: "ada", method: "DELETE", path: message + "/reactions", status: 204},
		{name: "none left", as: "ben", method: "GET", path: message, status: 200, lacks: []string{"reactions"}},
		{name: "a word", as: "ada", method: "PUT", path: message + "/reactions/thumb/@me", status: 404, code: 10014},
		{name: "a number", as: "ada", method: "PUT", path: message + "/reactions/7/@me", status: 404, code: 10014},
		{name: "an emoji that no guild has", as: "ada", method: "PUT", path: message + "/reactions/wave:77/@me", status: 404, code: 10014},
		{name: "an id that is none", as: "ada", method: "PUT", path: message + "/reactions/wave:x/@me", status: 404, code: 10014},
		{name: "a message that is gone", as: "ada", method: "PUT", path: "/channels/{general}/messages/77/reactions/" + thumb + "/@me", status: 404, code: 10008},
		{name: "where one may not look", as: "ben", method: "PUT", path: "/channels/{hidden}/messages/{bens}/reactions/" + thumb + "/@me", status: 403, code: 50001},
		{name: "where one is not", as: "cleo", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 404, code: 10003},
		{name: "without credentials", method: "PUT", path: message + "/reactions/" + thumb + "/@me", status: 401},
	})
	for i := range 21 {
		s := scenario{as: "ada", method: "PUT", path: message + "/reactions/" + url.PathEscape(string(rune(0x1F600+i))) + "/@me", status: 204}
		if i == 20 {
			s.status, s.code = 400, 30010
		}
		w.play(t, s)
	}
	for _, emoji := range []string{"1️⃣", "#️⃣", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇩🇪", "👍🏽", "❤️", "❤", "☺️", "⌚", "🫠", "©️", "➕"} {
		w.play(t, scenario{name: emoji, as: "ada", method: "PUT", path: fmt.Sprintf("/channels/{general}/messages/{adas}/reactions/%s/@me", url.PathEscape(emoji)), status: 204})
	}
	w.play(t, scenario{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{adas}/reactions", status: 204})
	for _, emoji := range []string{"❤️‍🔥", "👩🏽‍❤️‍💋‍👨🏿", "🏳️‍🌈", "🇦", "🧑🏻‍🤝‍🧑🏿", "🏽", "♂️", "🫱🏽‍🫲🏻", "‼️"} {
		w.play(t, scenario{name: emoji, as: "ada", method: "PUT", path: fmt.Sprintf("/channels/{general}/messages/{adas}/reactions/%s/@me", url.PathEscape(emoji)), status: 204})
	}
	for _, text := range []string{"a", "1", "#", "👍x", "\u200d", "\ufe0f", "שלום", "-", "👍 ", "\x00", "👍👍", "👍1", "1️⃣2️⃣", "🇫🇺🇨🇰", "🇩🇪🇦", "👍\u200d", "\u200d👍", "👍\u200d\u200d👍", "👍🏽🏽", "🏴\U000E0067\U000E0062", "👍\u20e3", "1\ufe0f"} {
		w.play(t, scenario{name: text, as: "ada", method: "PUT", path: fmt.Sprintf("/channels/{general}/messages/{adas}/reactions/%s/@me", url.PathEscape(text)), status: 404, code: 10014})
	}
}
