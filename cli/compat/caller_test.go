package compat

import (
	"encoding/base64"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"guildhall/rtc/signal"
	"guildhall/store/id"
)

// caller is a person in a voice channel, with a WebRTC client of their own, who plays a tone and hears others.
type caller struct {
	*recorder
	t      *testing.T
	person *person
	pc     *webrtc.PeerConnection
	track  *webrtc.TrackLocalStaticRTP
	voice  *websocket.Conn
	// answered gets what the hall answers to the offer, connected is closed when media flows.
	answered  chan string
	connected chan struct{}

	mu sync.Mutex
	// users are those to whom SSRCs belong, heard is what came of them since it was told last.
	users map[uint32]string
	heard map[uint32][]string
}

// call brings a person into a voice channel, with places for others to be heard.
func (p *person) call(guildID, channelID string, places int) *caller {
	p.t.Helper()
	p.gateway.send(4, map[string]any{"guild_id": guildID, "channel_id": channelID, "self_mute": false, "self_deaf": false})
	summons := p.wait(p.t, "VOICE_SERVER_UPDATE")
	c := &caller{recorder: newRecorder(), t: p.t, person: p, answered: make(chan string, 1), connected: make(chan struct{}),
		users: make(map[uint32]string), heard: make(map[uint32][]string)}
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+summons["endpoint"].(string)+"?v=8", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	c.voice = socket
	var reading sync.WaitGroup
	reading.Go(c.follow)
	p.t.Cleanup(func() {
		socket.Close()
		if c.pc != nil {
			c.pc.GracefulClose()
		}
		reading.Wait()
	})
	server, _ := id.Parse(guildID)
	user, _ := id.Parse(p.id)
	c.send(signal.OpIdentify, signal.Identify{ServerID: server, UserID: user, SessionID: p.sessionID, Token: summons["token"].(string)})
	c.connect(places)
	return c
}

// connect makes the client's media flow.
func (c *caller) connect(places int) {
	c.t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.pc = pc
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { c.listen(track) })
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(c.connected)
		}
	})
	c.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "mic")
	if err == nil {
		_, err = pc.AddTransceiverFromTrack(c.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	}
	for range places {
		if err == nil {
			_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		}
	}
	var offer webrtc.SessionDescription
	if err == nil {
		offer, err = pc.CreateOffer(nil)
	}
	if err == nil {
		err = pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(signal.OpSelectProtocol, map[string]any{"protocol": "webrtc", "data": offer.SDP, "codecs": []any{}})
	deadline := time.After(patience)
	select {
	case answer := <-c.answered:
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
			c.t.Fatal(err)
		}
	case <-deadline:
		c.t.Fatal("the hall never answered the offer")
	}
	select {
	case <-c.connected:
	case <-deadline:
		c.t.Fatal("media never flowed")
	}
}

// send is called by the test alone.
func (c *caller) send(op signal.Opcode, d any) {
	c.t.Helper()
	if err := c.voice.WriteJSON(map[string]any{"op": op, "d": d}); err != nil {
		c.t.Fatal(err)
	}
}

// follow reads what the voice gateway tells.
func (c *caller) follow() {
	for {
		var frame struct {
			Op signal.Opcode
			D  json.RawMessage
		}
		if c.voice.ReadJSON(&frame) != nil {
			return
		}
		switch frame.Op {
		case signal.OpSessionDescription:
			var answer signal.SessionDescription
			if json.Unmarshal(frame.D, &answer) == nil {
				c.answered <- answer.SDP
			}
		case signal.OpVideo:
			var video signal.Video
			if json.Unmarshal(frame.D, &video) == nil {
				c.mu.Lock()
				c.users[video.AudioSSRC] = video.UserID.String()
				c.mu.Unlock()
			}
		case signal.OpClientDisconnect:
			var gone signal.ClientDisconnect
			if json.Unmarshal(frame.D, &gone) == nil {
				c.tell("left", map[string]any{"user": gone.UserID.String()})
			}
		}
	}
}

// listen tells what is heard, in pieces of a second.
func (c *caller) listen(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if len(packet.Payload) == 0 {
			continue
		}
		c.mu.Lock()
		ssrc := packet.SSRC
		c.heard[ssrc] = append(c.heard[ssrc], base64.StdEncoding.EncodeToString(packet.Payload))
		if len(c.heard[ssrc]) == 50 {
			var frames []any
			for _, frame := range c.heard[ssrc] {
				frames = append(frames, frame)
			}
			c.tell("heard", map[string]any{"user": c.users[ssrc], "frames": frames})
			c.heard[ssrc] = nil
		}
		c.mu.Unlock()
	}
}

// left waits until somebody has left the room.
func (c *caller) left(t *testing.T, userID string) {
	t.Helper()
	for c.wait(t, "left")["user"] != userID {
		continue
	}
}

// play plays frames over and over until the test ends.
func (c *caller) play(frames [][]byte) {
	done := make(chan struct{})
	var playing sync.WaitGroup
	playing.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n) * 960}, Payload: frames[n%len(frames)]}
			if c.track.WriteRTP(packet) != nil {
				return
			}
			select {
			case <-ticker.C:
			case <-done:
				return
			}
		}
	})
	c.t.Cleanup(func() {
		close(done)
		playing.Wait()
	})
}
