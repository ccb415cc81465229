package rest

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/store/id"
)

func TestRingingAndDeclining(t *testing.T) {
	w := newWorld(t)
	ada, err := id.Parse(w.fill("{ada}"))
	w.must(err)
	ben, err := id.Parse(w.fill("{ben}"))
	w.must(err)
	talk, err := w.hall.Directs.Open(t.Context(), chat.Caller{UserID: ada}, ben)
	w.must(err)
	w.name("talk", talk.ID)
	w.play(t, scenario{as: "ada", method: "GET", path: "/channels/{talk}/call", status: 200, holds: []string{`{"ringable":true}`}})
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{talk}/call/ring", body: `{"recipients":null}`, status: 403, code: 50013})
	w.must(w.hall.Voice.UpdateState(t.Context(), chat.Caller{UserID: ada}, chat.VoiceUpdate{SessionID: "s", ChannelID: talk.ID}))
	rung := func() int {
		call, _, err := w.hall.Voice.Call(t.Context(), chat.Caller{UserID: ada}, talk.ID)
		w.must(err)
		return len(call.Ringing)
	}
	w.run(t, []scenario{
		{name: "nobody who is elsewhere is rung", as: "ada", method: "POST", path: "/channels/{talk}/call/ring", body: `{"recipients":["{cleo}"]}`, status: 400, code: 50035},
		{name: "a list of no ids", as: "ada", method: "POST", path: "/channels/{talk}/call/ring", body: `{"recipients":"x"}`, status: 400, code: 50035},
		{name: "in a channel of a guild", as: "ada", method: "POST", path: "/channels/{lounge}/call/ring", status: 400, code: 50024},
		{name: "the other is", as: "ada", method: "POST", path: "/channels/{talk}/call/ring", body: `{"recipients":null}`, status: 204},
	})
	if rung() != 1 {
		t.Error("nobody is rung")
	}
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{talk}/call/stop-ringing", body: `{"recipients":["{ada}"]}`, status: 403, code: 50013})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{talk}/call/stop-ringing", status: 204})
	if rung() != 0 {
		t.Error("who declines is rung on")
	}
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{talk}/call/ring", body: `{"recipients":["{ben}"]}`, status: 204})
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{talk}/call/stop-ringing", body: `{"recipients":null}`, status: 204})
	if rung() != 0 {
		t.Error("everybody is rung on")
	}
	w.play(t, scenario{as: "ben", method: "GET", path: "/channels/{talk}/messages", status: 200, holds: []string{`"type":3`, `"call":{"participants":["{ada}"],"ended_timestamp":null}`}})
}
