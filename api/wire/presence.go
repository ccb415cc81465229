package wire

import (
	"encoding/json"

	"guildhall/store/event"
	"guildhall/store/id"
)

// Presence is how reachable a user is.
type Presence struct {
	User         PresenceUser    `json:"user"`
	GuildID      *id.ID          `json:"guild_id,omitempty"`
	Status       string          `json:"status"`
	Activities   json.RawMessage `json:"activities"`
	ClientStatus ClientStatus    `json:"client_status"`
}

// PresenceUser names a user in a presence.
type PresenceUser struct {
	ID id.ID `json:"id"`
}

// ClientStatus is the status by kind of device.
type ClientStatus struct {
	Desktop string `json:"desktop,omitempty"`
	Mobile  string `json:"mobile,omitempty"`
	Web     string `json:"web,omitempty"`
}

var noActivities = json.RawMessage("[]")

// NewPresence shows a user's presence in a guild; guildID zero leaves the guild out.
func NewPresence(userID, guildID id.ID, presence event.Presence) Presence {
	activities := json.RawMessage(presence.Activities)
	if len(activities) == 0 {
		activities = noActivities
	}
	return Presence{User: PresenceUser{userID}, GuildID: IDOrNull(guildID), Status: presence.Status, Activities: activities,
		ClientStatus: ClientStatus{presence.Desktop, presence.Mobile, presence.Web}}
}

// PresenceUpdate is the payload of op 3, and the presence in IDENTIFY. Old clients send a single game instead of activities.
type PresenceUpdate struct {
	Since      json.RawMessage `json:"since"`
	Activities json.RawMessage `json:"activities"`
	Game       json.RawMessage `json:"game"`
	Status     string          `json:"status"`
	AFK        bool            `json:"afk"`
}
