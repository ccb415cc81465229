package gateway

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

// talk is a conversation of two friends.
func (h *house) talk(one, other chat.Caller) id.ID {
	h.tb.Helper()
	for _, pair := range [][2]chat.Caller{{one, other}, {other, one}} {
		if err := h.Relationships.Ask(h.tb.Context(), pair[0], pair[1].UserID); err != nil {
			h.tb.Fatal(err)
		}
	}
	channel, err := h.Directs.Open(h.tb.Context(), one, other.UserID)
	if err != nil {
		h.tb.Fatal(err)
	}
	return channel.ID
}

func TestACallIsToldToThoseInTheConversation(t *testing.T) {
	h := open(t)
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	channelID := h.talk(alice, bob)
	a, b, c := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(h.login(carol))
	c.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":null,"channel_id":"%s"}}`, channelID)) // a stranger
	a.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":null,"channel_id":"%s","self_mute":true}}`, channelID))
	var call wire.Call
	b.decode(b.await("CALL_CREATE"), &call)
	if call.ChannelID != channelID || call.MessageID == 0 || len(call.Ringing) != 0 {
		t.Errorf("%+v", call)
	}
	var state wire.VoiceState
	b.decode(b.expect("VOICE_STATE_UPDATE"), &state)
	if state.GuildID != nil || *state.ChannelID != channelID || state.UserID != alice.UserID || !state.SelfMute || state.Member != nil {
		t.Errorf("%+v", state)
	}
	a.await("CALL_CREATE")
	a.expect("VOICE_STATE_UPDATE")
	if server := a.expect("VOICE_SERVER_UPDATE"); !strings.Contains(string(server.Data), fmt.Sprintf(`"guild_id":null,"channel_id":"%s","endpoint":"%s/voice"`, channelID, strings.TrimPrefix(h.server.URL, "http://"))) {
		t.Errorf("%s", server.Data)
	}
	if err := h.Voice.Ring(t.Context(), alice, channelID, nil); err != nil {
		t.Fatal(err)
	}
	if rung := b.expect("CALL_UPDATE"); !strings.Contains(string(rung.Data), fmt.Sprintf(`"ringing":["%s"]`, bob.UserID)) {
		t.Errorf("%s", rung.Data)
	}
	// Another device that comes in hears of it, and so does who looks at the conversation.
	other := h.enter(h.login(bob))
	if shown := other.expect("CALL_CREATE"); !strings.Contains(string(shown.Data), fmt.Sprintf(`"ringing":["%s"],"voice_states":[{"guild_id":null,"channel_id":"%s"`, bob.UserID, channelID)) {
		t.Errorf("%s", shown.Data)
	}
	c.send(fmt.Sprintf(`{"op":13,"d":{"channel_id":"%s"}}`, channelID))
	b.send(fmt.Sprintf(`{"op":13,"d":{"channel_id":"%s"}}`, channelID))
	b.expect("CALL_CREATE")
	// The end of the only session in it ends the call.
	a.quit(1000)
	if gone := b.await("VOICE_STATE_UPDATE"); !strings.Contains(string(gone.Data), `"channel_id":null`) {
		t.Errorf("%s", gone.Data)
	}
	if over := b.expect("CALL_DELETE"); string(over.Data) != fmt.Sprintf(`{"channel_id":"%s"}`, channelID) {
		t.Errorf("%s", over.Data)
	}
	if ended := b.await("MESSAGE_UPDATE"); !strings.Contains(string(ended.Data), `"ended_timestamp":"`) {
		t.Errorf("%s", ended.Data)
	}
	if err := h.Relationships.SetNote(t.Context(), carol, alice.UserID, "the end"); err != nil {
		t.Fatal(err)
	}
	if names, payloads := c.namesUntil("USER_NOTE_UPDATE", "the end"); len(names) > 0 {
		t.Errorf("a stranger was told %v: %s", names, payloads)
	}
}

func TestARestartEndsCalls(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	channelID := h.talk(alice, bob)
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	a.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":null,"channel_id":"%s"}}`, channelID))
	b.await("CALL_CREATE")
	h.restart()
	b.await("CALL_DELETE")
	if ended := b.await("MESSAGE_UPDATE"); !strings.Contains(string(ended.Data), `"ended_timestamp":"`) {
		t.Errorf("%s", ended.Data)
	}
}
