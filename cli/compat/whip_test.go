package compat

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"guildhall/cli/clitest"
)

// A program shows a stream with nothing but a key: everybody in the channel is told of it, and of its end.
func TestAProgramShowsAStreamWithAKey(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	alice := enter(t, hall, "alice", clitest.OwnerPassword)
	var made struct {
		Key string `json:"stream_key"`
	}
	hall.JSON(&made, "", "user", "stream-key", "--user", "alice")

	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string) (*http.Response, string) {
		t.Helper()
		request, err := http.NewRequest(method, hall.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+made.Key)
		request.Header.Set("Content-Type", "application/sdp")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		said, _ := io.ReadAll(response.Body)
		return response, string(said)
	}
	if response, said := ask(http.MethodPost, "/whip", offer.SDP); response.StatusCode != http.StatusConflict || !strings.Contains(said, "Join a voice channel first") {
		t.Fatalf("outside of voice it is answered %d: %s", response.StatusCode, said)
	}
	alice.call(community.GuildID, community.VoiceChannelID, 0)
	response, said := ask(http.MethodPost, "/whip", offer.SDP)
	if response.StatusCode != http.StatusCreated || !strings.HasPrefix(said, "v=0") {
		t.Fatalf("the offer is answered %d: %s", response.StatusCode, said)
	}
	streams := func(want bool) {
		t.Helper()
		alice.sees("VOICE_STATE_UPDATE", func(d map[string]any) bool { shown, _ := d["self_stream"].(bool); return shown == want })
	}
	streams(true)
	if response, said := ask(http.MethodDelete, response.Header.Get("Location"), ""); response.StatusCode != http.StatusOK {
		t.Errorf("the goodbye is answered %d: %s", response.StatusCode, said)
	}
	streams(false)
	if said := hall.Command("", "user", "stream-key", "--user", "alice", "--remove"); said != "alice has no stream key any more.\n" {
		t.Errorf("%q", said)
	}
	if response, _ := ask(http.MethodPost, "/whip", offer.SDP); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a key that was taken away is answered %d", response.StatusCode)
	}
}
