package gateway

import (
	"guildhall/api/wire"
	"guildhall/store/event"
)

// tellDirect tells a session what happened in or to a conversation between people. What belongs to no guild goes to a bot's first shard.
func (g *Gateway) tellDirect(s *session, e event.Event) {
	if s.shard != 0 {
		return
	}
	switch e := e.(type) {
	case event.Direct:
		g.tellPlaced(s, e.Event)
	case event.DirectOpened:
		if s.caller.Bot {
			return // since API version 8 bots hear of messages only: disgo panics at a private channel here
		}
		name := "CHANNEL_CREATE"
		if e.Known {
			name = "CHANNEL_UPDATE"
		}
		g.dispatchTo(s, intentDirectMessages, name, wire.NewPrivateChannel(e.Channel, e.LastMessageID, e.People))
	case event.DirectClosed:
		if s.caller.Bot {
			return
		}
		g.dispatchTo(s, intentDirectMessages, "CHANNEL_DELETE", wire.NewPrivateChannel(e.Channel, 0, nil))
	case event.RecipientAdded:
		g.dispatchTo(s, intentDirectMessages, "CHANNEL_RECIPIENT_ADD", wire.ChannelRecipient{ChannelID: e.ChannelID, User: wire.NewUser(e.Recipient)})
	case event.CallBegun, event.CallUpdated, event.CallEnded:
		g.tellCall(s, e)
	case event.RecipientRemoved:
		g.dispatchTo(s, intentDirectMessages, "CHANNEL_RECIPIENT_REMOVE", wire.ChannelRecipient{ChannelID: e.ChannelID, User: wire.NewUser(e.Recipient)})
	}
}

// tellPlaced tells a session what happened in a conversation that its account is in. Contents are for everybody there, whatever their intents.
func (g *Gateway) tellPlaced(s *session, e event.Placed) {
	switch e := e.(type) {
	case event.MessageCreated:
		g.dispatchTo(s, intentDirectMessages, "MESSAGE_CREATE", wire.NewMessageEvent(e, g.links(s.site())))
	case event.MessageUpdated:
		g.dispatchTo(s, intentDirectMessages, "MESSAGE_UPDATE", wire.NewMessageEvent(event.MessageCreated(e), g.links(s.site())))
	case event.MessageDeleted:
		g.dispatchTo(s, intentDirectMessages, "MESSAGE_DELETE", wire.NewMessageDelete(e))
	case event.PinsUpdated:
		g.dispatchTo(s, intentDirectMessages, "CHANNEL_PINS_UPDATE", wire.NewChannelPinsUpdate(e))
	case event.ReactionAdded:
		g.dispatchTo(s, intentDirectReactions, "MESSAGE_REACTION_ADD", wire.NewReactionAdd(e))
	case event.ReactionRemoved:
		g.dispatchTo(s, intentDirectReactions, "MESSAGE_REACTION_REMOVE", wire.NewReactionRemove(e))
	case event.ReactionsCleared:
		name, payload := wire.NewReactionsRemove(e)
		g.dispatchTo(s, intentDirectReactions, name, payload)
	case event.PollVoted:
		name, payload := wire.NewPollVote(e)
		g.dispatchTo(s, intentDirectPolls, name, payload)
	case event.VoiceStateUpdated, event.VoiceServerUpdated:
		g.tellCall(s, e)
	case event.TypingStarted:
		g.dispatchTo(s, intentDirectTyping, "TYPING_START", wire.NewTypingStart(e))
	}
}

// dispatchTo sends one session a dispatch, if it wants that kind.
func (g *Gateway) dispatchTo(s *session, kind intents, name string, payload any) {
	if !s.intents.has(kind) {
		return
	}
	if b := g.encode(name, payload); b != nil {
		s.dispatch(b)
	}
}
