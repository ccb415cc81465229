package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// PrivateChannel is a conversation between people: of two (type 1) or of a group (type 3).
type PrivateChannel struct {
	ID            id.ID             `json:"id"`
	Type          store.ChannelType `json:"type"`
	Flags         int               `json:"flags"`
	LastMessageID *id.ID            `json:"last_message_id"`
	// Recipients are the others.
	Recipients []User `json:"recipients"`
	*GroupSettings
}

// GroupSettings are what a group has besides.
type GroupSettings struct {
	// Name is null where people are to see the names of the others instead.
	Name    *string `json:"name"`
	Icon    *string `json:"icon"`
	OwnerID id.ID   `json:"owner_id"`
}

// NewPrivateChannel shows a conversation to one of the people in it; people are the others, lastMessageID is that of its newest message, zero for none.
func NewPrivateChannel(channel store.Channel, lastMessageID id.ID, people []store.User) PrivateChannel {
	shown := PrivateChannel{ID: channel.ID, Type: channel.Type, LastMessageID: IDOrNull(lastMessageID), Recipients: NewUsers(people)}
	if channel.Type == store.ChannelGroupDM {
		shown.GroupSettings = &GroupSettings{Name: TextOrNull(channel.Name), Icon: TextOrNull(channel.Icon.Name()), OwnerID: channel.OwnerID}
	}
	return shown
}

// DirectDraft is the body of POST /users/@me/channels: one recipient for a conversation of two, or several for a group.
type DirectDraft struct {
	RecipientID Optional[id.ID]   `json:"recipient_id"`
	Recipients  Optional[[]id.ID] `json:"recipients"`
	// AccessTokens and Nicks are upstream's way for applications to make groups.
	AccessTokens NotYet `json:"access_tokens"`
	Nicks        NotYet `json:"nicks"`
}

// ChannelRecipient is the payload of CHANNEL_RECIPIENT_ADD and CHANNEL_RECIPIENT_REMOVE.
type ChannelRecipient struct {
	ChannelID id.ID `json:"channel_id"`
	User      User  `json:"user"`
}
