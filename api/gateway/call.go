package gateway

import (
	"context"
	"encoding/json"

	"guildhall/api/wire"
	"guildhall/store/event"
)

// connectCall shows a client the call of a conversation that it looks at, if there is one.
func (c *connection) connectCall(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.CallConnect
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this call cannot be decoded"}
	}
	call, goesOn, err := c.gateway.Chat.Voice.Call(context.Background(), s.caller, request.ChannelID)
	if err == nil && goesOn {
		c.gateway.reply(s, "CALL_CREATE", wire.NewCall(call))
	}
	return nil // a conversation that is not theirs is not answered for
}

// showCalls shows a session that has just begun the calls in its person's conversations.
func (g *Gateway) showCalls(ctx context.Context, s *session) {
	for _, call := range g.Chat.Voice.CallsOf(ctx, s.caller.UserID) {
		g.reply(s, "CALL_CREATE", wire.NewCall(call))
	}
}

// tellCall tells a session of a call in one of its person's conversations. Bots have none.
func (g *Gateway) tellCall(s *session, e event.Event) {
	if s.caller.Bot {
		return
	}
	switch e := e.(type) {
	case event.CallBegun:
		g.dispatchTo(s, allIntents, "CALL_CREATE", wire.NewCall(e.Call))
	case event.CallUpdated:
		g.dispatchTo(s, allIntents, "CALL_UPDATE", wire.NewCallUpdate(e.Call))
	case event.CallEnded:
		g.dispatchTo(s, allIntents, "CALL_DELETE", wire.CallDelete{ChannelID: e.ChannelID})
	case event.VoiceStateUpdated:
		g.dispatchTo(s, allIntents, "VOICE_STATE_UPDATE", wire.NewVoiceState(e.State))
	case event.VoiceServerUpdated:
		if e.SessionID == s.id {
			g.dispatchTo(s, allIntents, "VOICE_SERVER_UPDATE", wire.VoiceServerUpdate{Token: e.Token, ChannelID: e.ChannelID, Endpoint: g.voiceEndpoint(s)})
		}
	}
}
