package gateway

import (
	"guildhall/api/wire"
	"guildhall/store/event"
)

// interactionCreated brings an application what somebody did with it. It comes to one shard: that of the guild, or the first for what is between people.
func (g *Gateway) interactionCreated(s *session, e event.InteractionCreated) {
	if e.GuildID == 0 && s.shard != 0 || e.GuildID != 0 && !s.has(e.GuildID) {
		return
	}
	payload, err := wire.NewInteraction(e, g.links(s.site()))
	if err != nil {
		g.Log.Error("an interaction cannot be encoded", "interaction", e.ID, "error", err)
		return
	}
	if b := g.encode("INTERACTION_CREATE", payload); b != nil { // it takes no intent
		s.dispatch(b)
	}
}

// ephemeralMessage shows a person an answer that is for them alone.
func (g *Gateway) ephemeralMessage(s *session, e event.EphemeralMessageChanged) {
	links := g.links(s.site())
	switch {
	case s.caller.Bot: // bots do nothing with applications
	case e.Created != nil:
		g.dispatchTo(s, allIntents, "MESSAGE_CREATE", wire.NewMessageEvent(*e.Created, links))
	case e.Updated != nil:
		g.dispatchTo(s, allIntents, "MESSAGE_UPDATE", wire.NewMessageEvent(event.MessageCreated(*e.Updated), links))
	case e.Deleted != nil:
		g.dispatchTo(s, allIntents, "MESSAGE_DELETE", wire.MessageDelete{ID: e.Deleted.MessageID, ChannelID: e.Deleted.ChannelID, GuildID: wire.IDOrNull(e.Deleted.GuildID)})
	}
}
