package pebble

import "guildhall/store"

// interactionRecords are what is kept of interactions, with something in every field.
func interactionRecords() []any {
	origin := store.MessageInteraction{InteractionOrigin: store.InteractionOrigin{ID: 1, Type: 3}, Trigger: &store.InteractionOrigin{ID: 2, Type: 2, Name: "ask"}}
	return []any{
		newAnsweredRecord(&store.Interaction{ApplicationID: 1, TokenHash: []byte("hash"), GuildID: 2, ChannelID: 3, UserID: 4, Origin: origin, Type: store.MessageCommand, ResponseID: 5, ResponseHidden: true}),
		newEphemeralRecord(&store.EphemeralMessage{Message: store.Message{ChannelID: 3, GuildID: 2, AuthorID: 1, Content: "only you", Flags: store.MessageEphemeral, Interaction: &origin}, UserID: 4, InteractionID: 5}),
	}
}
