package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestDeeplyNestedBodiesAreRefusedInWords(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"lists":             strings.Repeat("[", 100_000),
		"closed lists":      strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"objects":           strings.Repeat(`{"a":`, 50_000),
		"components":        `{"content":"x","components":` + strings.Repeat(`[{"type":17,"components":`, 20_000),
		"closed components": `{"flags":32768,"components":[` + strings.Repeat(`{"type":17,"components":[`, 2_000) + strings.Repeat(`]}`, 2_000) + `]}`,
		"closed embeds":     `{"embeds":[` + strings.Repeat(`{"title":"x","fields":[`, 9_000) + strings.Repeat(`]}`, 9_000) + `]}`,
		"nested in a poll":  `{"poll":` + strings.Repeat(`{"question":`, 20_000),
	} {
		for _, as := range []string{"ben", "robin"} {
			got := w.call(t, scenario{as: as, method: http.MethodPost, path: "/channels/{general}/messages", body: body})
			if got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s of %s are answered %d: %.200s", name, as, got.StatusCode, got.body)
			}
		}
	}
}

func TestGuessedIdsTellNothing(t *testing.T) {
	w := newWorld(t)
	// To a stranger, what there is and what there is not look the same.
	for _, pair := range [][2]string{
		{"/guilds/{guild}", "/guilds/1234567890"}, {"/channels/{general}", "/channels/1234567890"}, {"/channels/{hidden}", "/channels/1234567890"}, {"/channels/{general}/messages/{adas}", "/channels/1234567890/messages/{adas}"},
		{"/guilds/{guild}/members/{ben}", "/guilds/1234567890/members/{ben}"}, {"/guilds/{guild}/roles/{role}", "/guilds/1234567890/roles/{role}"}, {"/guilds/{guild}/audit-logs", "/guilds/1234567890/audit-logs"},
		{"/guilds/{guild}/bans/{ben}", "/guilds/1234567890/bans/{ben}"}, {"/users/{ben}/profile", "/users/1234567890/profile"},
	} {
		real, guessed := w.call(t, scenario{as: "cleo", method: http.MethodGet, path: pair[0]}), w.call(t, scenario{as: "cleo", method: http.MethodGet, path: pair[1]})
		if real.StatusCode != guessed.StatusCode || string(real.body) != string(guessed.body) {
			t.Errorf("%s is answered %d %s, a guess %d %s", pair[0], real.StatusCode, real.body, guessed.StatusCode, guessed.body)
		}
	}
}

func TestMassMentionsOfThoseWhoMayNotPingNobody(t *testing.T) {
	w := newWorld(t)
	var crowd strings.Builder
	for i := range 80 {
		fmt.Fprintf(&crowd, "<@%d>", 1_000_000_000_000_000_000+i)
	}
	w.run(t, []scenario{
		{name: "everybody", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"@everyone @here <@&{guild}> <@&{role}>"}`, status: 200, holds: []string{`"mention_everyone":false`, `"mention_roles":[]`, `"mentions":[]`}},
		{name: "people that are none", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"` + crowd.String() + `"}`, status: 200, holds: []string{`"mentions":[]`}},
		{name: "more than may be listed", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x","allowed_mentions":{"users":[` + strings.TrimSuffix(strings.Repeat(`"1",`, 101), ",") + `]}}`, status: 400, code: 50035},
	})
}
