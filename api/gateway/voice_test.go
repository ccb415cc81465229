package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// joinVoice asks to be in a voice channel, whatever the rules say.
func (c *client) joinVoice(guildID, channelID id.ID, extra string) {
	c.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":"%s","channel_id":"%s"%s}}`, guildID, channelID, extra))
}

// voiceState reads the next voice state that the client is told of.
func (c *client) voiceState() (state struct {
	ChannelID  *id.ID `json:"channel_id"`
	UserID     id.ID  `json:"user_id"`
	Mute, Deaf bool
	SelfVideo  bool `json:"self_video"`
	SelfStream bool `json:"self_stream"`
	Suppress   bool
}) {
	c.tb.Helper()
	c.decode(c.await("VOICE_STATE_UPDATE"), &state)
	return state
}

func TestAClientThatPassesOverTheRulesOfVoiceGetsNowhere(t *testing.T) {
	h := open(t)
	alice, bob, carol, stranger := h.Person("alice"), h.Person("bob"), h.Person("carol"), h.Person("stranger")
	guild := h.Guild(alice)
	guild.Join(bob, carol)
	other := h.Guild(stranger)
	everybody := func(kind store.ChannelType, name string, deny perm.Set) id.ID {
		return guild.Channel(name, kind, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(deny)})
	}
	hidden, closed, silent := everybody(store.ChannelVoice, "hidden", perm.ViewChannel), everybody(store.ChannelVoice, "closed", perm.Connect), everybody(store.ChannelVoice, "silent", perm.Speak|perm.Stream)
	full := guild.Channel("full", store.ChannelVoice)
	if _, err := h.Channels.Update(t.Context(), alice, full, chat.ChannelEdit{UserLimit: new(1)}); err != nil {
		t.Fatal(err)
	}
	a, c := h.enter(h.login(alice)), h.enter(h.login(carol))
	c.joinVoice(guild.ID, full, "")
	c.await("VOICE_SERVER_UPDATE")
	b := h.enter(h.login(bob))
	for _, channelID := range []id.ID{hidden, closed, full, guild.General, other.Lounge, 12} {
		b.joinVoice(guild.ID, channelID, "")
	}
	b.joinVoice(other.ID, other.Lounge, "")
	b.joinVoice(guild.ID, silent, `,"self_mute":false,"self_video":true,"suppress":false,"mute":false`)
	// Of all that, the last alone is told, and without what may not be.
	if state := b.voiceState(); *state.ChannelID != silent || !state.Suppress || state.SelfVideo || state.UserID != bob.UserID {
		t.Errorf("%+v", state)
	}
	b.await("VOICE_SERVER_UPDATE")
	if admitted, found, err := h.Voice.State(t.Context(), guild.ID, bob.UserID); err != nil || !found || !admitted.Suppress {
		t.Errorf("%+v, %v", admitted, err)
	}
	// What moderators did to somebody outlasts whatever the client asks for.
	if _, err := h.Members.Update(t.Context(), alice, guild.ID, bob.UserID, chat.MemberEdit{Mute: new(true), Deaf: new(true)}); err != nil {
		t.Fatal(err)
	}
	b.voiceState()
	b.joinVoice(guild.ID, guild.Lounge, `,"mute":false,"deaf":false`)
	if state := b.voiceState(); *state.ChannelID != guild.Lounge || !state.Mute || !state.Deaf {
		t.Errorf("%+v", state)
	}
	// Who may move members comes into a channel that is full.
	a.joinVoice(guild.ID, full, "")
	for state := a.voiceState(); state.UserID != alice.UserID; state = a.voiceState() {
		continue
	}
	if state, _, err := h.Voice.State(t.Context(), guild.ID, alice.UserID); err != nil || state.ChannelID != full {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestTheStatusOfAVoiceChannelIsToldToThoseWhoSeeIt(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	hidden := guild.Channel("hidden", store.ChannelVoice, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	b := h.enter(h.login(bob))
	for _, channelID := range []id.ID{hidden, guild.Lounge} {
		if err := h.Voice.SetStatus(t.Context(), alice, channelID, "Chess"); err != nil {
			t.Fatal(err)
		}
	}
	if told := b.expect("VOICE_CHANNEL_STATUS_UPDATE"); string(told.Data) != fmt.Sprintf(`{"id":"%s","guild_id":"%s","status":"Chess"}`, guild.Lounge, guild.ID) {
		t.Errorf("%s", told.Data)
	}
	ask := func(c *client) (channels string) {
		t.Helper()
		c.send(fmt.Sprintf(`{"op":43,"d":{"guild_id":"%s","fields":["status"]}}`, guild.ID))
		var info struct{ Channels json.RawMessage }
		c.decode(c.await("CHANNEL_INFO"), &info)
		return string(info.Channels)
	}
	if got := ask(b); got != fmt.Sprintf(`[{"id":"%s","status":"Chess"}]`, guild.Lounge) {
		t.Errorf("who does not see the other is answered %s", got)
	}
	a := h.enter(h.login(alice))
	if got := ask(a); !strings.Contains(got, hidden.String()) || !strings.Contains(got, guild.Lounge.String()) {
		t.Errorf("who sees both is answered %s", got)
	}
	h.restart()
	if told := b.await("VOICE_CHANNEL_STATUS_UPDATE"); !strings.Contains(string(told.Data), `"status":null`) {
		t.Errorf("after a restart told is %s", told.Data)
	}
}
