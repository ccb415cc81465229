package gateway

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/wire"
)

func TestAScreenIsShownToThoseInTheChannelWhoWantToSeeIt(t *testing.T) {
	h := open(t)
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	guild := h.Guild(alice)
	guild.Join(bob, carol)
	a, b, c := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(h.login(carol))
	a.joinVoice(guild.ID, guild.Lounge, "")
	a.await("VOICE_SERVER_UPDATE")
	b.joinVoice(guild.ID, guild.Lounge, "")
	b.await("VOICE_SERVER_UPDATE")
	a.send(fmt.Sprintf(`{"op":18,"d":{"type":"guild","guild_id":"%s","channel_id":"%s"}}`, guild.ID, guild.Lounge))
	var shown wire.StreamShown
	a.decode(a.await("STREAM_CREATE"), &shown)
	key := fmt.Sprintf("guild:%s:%s:%s", guild.ID, guild.Lounge, alice.UserID)
	if shown.StreamKey != key || shown.RTCServerID == 0 || shown.RTCServerID == guild.ID || shown.ViewerIDs == nil || shown.Region != "hall" {
		t.Errorf("%+v", shown)
	}
	var server wire.StreamServerUpdate
	a.decode(a.await("STREAM_SERVER_UPDATE"), &server)
	if server.StreamKey != key || len(server.Token) < 40 || server.Endpoint != strings.TrimPrefix(h.server.URL, "http://")+"/voice" {
		t.Errorf("%+v", server)
	}
	for state := b.voiceState(); !state.SelfStream; state = b.voiceState() {
		continue
	}
	c.send(fmt.Sprintf(`{"op":20,"d":{"stream_key":"%s"}}`, key)) // from outside of the channel
	if refused := c.await("STREAM_DELETE"); string(refused.Data) != fmt.Sprintf(`{"stream_key":"%s","reason":"unauthorized"}`, key) {
		t.Errorf("%s", refused.Data)
	}
	b.send(fmt.Sprintf(`{"op":20,"d":{"stream_key":"%s"}}`, key))
	var seen wire.StreamShown
	b.decode(b.expect("STREAM_CREATE"), &seen)
	if seen.RTCServerID != shown.RTCServerID || len(seen.ViewerIDs) != 1 || seen.ViewerIDs[0] != bob.UserID {
		t.Errorf("%+v", seen)
	}
	var theirs wire.StreamServerUpdate
	b.decode(b.expect("STREAM_SERVER_UPDATE"), &theirs)
	if theirs.Token == server.Token {
		t.Error("who watches has the token of who shows")
	}
	if told := a.await("STREAM_UPDATE"); !strings.Contains(string(told.Data), fmt.Sprintf(`"viewer_ids":["%s"]`, bob.UserID)) {
		t.Errorf("%s", told.Data)
	}
	a.send(fmt.Sprintf(`{"op":22,"d":{"stream_key":"%s","paused":true}}`, key))
	if told := b.await("STREAM_UPDATE"); !strings.Contains(string(told.Data), `"paused":true`) {
		t.Errorf("%s", told.Data)
	}
	b.send(`{"op":19,"d":{"stream_key":"nonsense"}}`) // which is passed over
	b.send(fmt.Sprintf(`{"op":19,"d":{"stream_key":"%s"}}`, key))
	if over := b.await("STREAM_DELETE"); !strings.Contains(string(over.Data), "user_requested") {
		t.Errorf("%s", over.Data)
	}
	b.send(fmt.Sprintf(`{"op":20,"d":{"stream_key":"%s"}}`, key))
	b.await("STREAM_SERVER_UPDATE")
	a.quit(1000)
	if over := b.await("STREAM_DELETE"); !strings.Contains(string(over.Data), "stream_ended") {
		t.Errorf("%s", over.Data)
	}
	// Who is not in the channel heard nothing of the stream but that there is one.
	c.send(`{"op":1,"d":null}`)
	for {
		r := c.next()
		if r.Op == wire.OpHeartbeatAck {
			break
		}
		if strings.HasPrefix(r.name(), "STREAM_") {
			t.Errorf("told was %s: %s", r.name(), r.Data)
		}
	}
}
