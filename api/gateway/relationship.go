package gateway

import (
	"context"

	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// addPeople adds what a person's READY says of others: conversations, relationships, the presences of friends and notes; and how far the person has read.
func (g *Gateway) addPeople(ctx context.Context, s *session, ready *wire.UserReady) error {
	directs, err := g.Chat.Directs.List(ctx, s.caller)
	if err != nil {
		return err
	}
	for _, channel := range directs {
		ready.PrivateChannels = append(ready.PrivateChannels, wire.NewPrivateChannel(channel.Channel, channel.LastMessageID, channel.People))
	}
	relationships, err := g.Chat.Relationships.List(ctx, s.caller)
	if err != nil {
		return err
	}
	var friends []id.ID
	for _, one := range relationships {
		ready.Relationships = append(ready.Relationships, wire.NewRelationship(one.Relationship, one.Other))
		if one.Type == store.RelationshipFriend {
			friends = append(friends, one.OtherID)
		}
	}
	ready.Presences = g.presencesOf(friends)
	if ready.Notes, err = g.Chat.Relationships.Notes(ctx, s.caller); err != nil {
		return err
	}
	states, err := g.Chat.ReadStates.List(ctx, s.caller)
	if err != nil {
		return err
	}
	ready.ReadState = wire.NewReadStates(states)
	return g.addSettings(ctx, s, ready)
}

// relationshipChanged tells a person's session how they stand to another now.
func (g *Gateway) relationshipChanged(s *session, e event.RelationshipChanged) {
	if s.parted == nil {
		s.parted = make(map[id.ID]bool)
	}
	if s.parted[e.Other.ID] = e.Relationship.Type != store.RelationshipFriend; !s.parted[e.Other.ID] {
		delete(s.parted, e.Other.ID)
	}
	switch {
	case e.Relationship.Type == 0:
		g.dispatchTo(s, allIntents, "RELATIONSHIP_REMOVE", wire.RelationshipRemove{ID: e.Other.ID, Type: e.Before})
	case e.Before == e.Relationship.Type:
		g.dispatchTo(s, allIntents, "RELATIONSHIP_UPDATE", wire.NewRelationship(e.Relationship, e.Other))
	default:
		g.dispatchTo(s, allIntents, "RELATIONSHIP_ADD", wire.NewRelationship(e.Relationship, e.Other))
	}
}
