package rest

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/store/id"
)

func TestVoiceRegionsAndStates(t *testing.T) {
	w := newWorld(t)
	ben, err := id.Parse(w.fill("{ben}"))
	w.must(err)
	w.must(w.hall.Voice.UpdateState(t.Context(), chat.Caller{UserID: ben}, chat.VoiceUpdate{SessionID: "s", GuildID: w.guild.ID, ChannelID: w.guild.Lounge, SelfMute: true}))
	w.run(t, []scenario{
		{name: "there is one region", as: "ben", method: "GET", path: "/voice/regions", status: 200, holds: []string{`"id":"hall"`}},
		{name: "in the guild too", as: "ben", method: "GET", path: "/guilds/{guild}/regions", status: 200, holds: []string{`"id":"hall"`}},
		{name: "not for strangers", as: "cleo", method: "GET", path: "/guilds/{guild}/regions", status: 404, code: 10004},
		{name: "one's own state", as: "ben", method: "GET", path: "/guilds/{guild}/voice-states/@me", status: 200, holds: []string{`"channel_id":"{lounge}"`, `"self_mute":true`, `"user":{"id":"{ben}"`}},
		{name: "somebody else's", as: "ada", method: "GET", path: "/guilds/{guild}/voice-states/{ben}", status: 200, holds: []string{`"user_id":"{ben}"`}},
		{name: "of who is not in voice", as: "ben", method: "GET", path: "/guilds/{guild}/voice-states/{ada}", status: 404, code: 10065},
		{name: "of who is no member", as: "ben", method: "GET", path: "/guilds/{guild}/voice-states/{cleo}", status: 404, code: 10007},
		{name: "an id that is none", as: "ben", method: "GET", path: "/guilds/{guild}/voice-states/x", status: 404, code: 10007},
	})
}
