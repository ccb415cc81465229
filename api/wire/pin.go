package wire

import (
	"guildhall/store/event"
	"guildhall/store/id"
)

// Pins is a page of pinned messages.
type Pins struct {
	Items   []Pin `json:"items"`
	HasMore bool  `json:"has_more"`
}

// Pin is a pinned message, with the moment in which it was pinned.
type Pin struct {
	PinnedAt string  `json:"pinned_at"`
	Message  Message `json:"message"`
}

// ChannelPinsUpdate is the payload of CHANNEL_PINS_UPDATE.
type ChannelPinsUpdate struct {
	GuildID          *id.ID  `json:"guild_id,omitempty"`
	ChannelID        id.ID   `json:"channel_id"`
	LastPinTimestamp *string `json:"last_pin_timestamp"`
}

// NewChannelPinsUpdate tells that a channel's pins changed.
func NewChannelPinsUpdate(e event.PinsUpdated) ChannelPinsUpdate {
	return ChannelPinsUpdate{GuildID: IDOrNull(e.GuildID), ChannelID: e.ChannelID, LastPinTimestamp: TimestampOrNull(e.LastPinAt)}
}
