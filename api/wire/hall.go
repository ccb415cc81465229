package wire

import (
	"cmp"

	"guildhall/store"
	"guildhall/store/id"
)

// Hall is what anybody may know of the installation.
type Hall struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Claimed tells whether the hall has an owner.
	Claimed      bool               `json:"claimed"`
	Registration store.Registration `json:"registration"`
	// BotCreation says who may make bots.
	BotCreation store.BotCreation `json:"bot_creation"`
	// Guests tells whether invites let people in who have no account and want none yet.
	Guests bool `json:"guests"`
	// URLs are the addresses by which guests reach the hall, the best first.
	URLs []string `json:"urls"`
}

// HallPatch is the body of PATCH /hall.
type HallPatch struct {
	Name         Optional[string]             `json:"name"`
	Registration Optional[store.Registration] `json:"registration"`
	BotCreation  Optional[store.BotCreation]  `json:"bot_creation"`
	Guests       Optional[bool]               `json:"guests"`
}

// NewHall shows the installation.
func NewHall(hall store.Hall, version string, urls []string) Hall {
	return Hall{Name: hall.Name, Version: version, Claimed: hall.OwnerID != 0, Registration: hall.Registration, BotCreation: cmp.Or(hall.BotCreation, store.BotCreationEveryone), Guests: hall.Guests, URLs: list(urls)}
}

// HallOwner is the body of PUT /hall/owner: who is to own the hall, and the password of who owns it now.
type HallOwner struct {
	OwnerID  id.ID  `json:"owner_id"`
	Password string `json:"password"`
}

// HallEntry is one act of those who run the hall. UserID is null for the command line.
type HallEntry struct {
	ID     id.ID         `json:"id"`
	UserID *id.ID        `json:"user_id"`
	Act    store.HallAct `json:"act"`
	// TargetID is the account, bot or server that it was done to; null for the hall itself.
	TargetID *id.ID            `json:"target_id"`
	Details  map[string]string `json:"details"`
	Reason   *string           `json:"reason"`
}

// HallLog is the answer to GET /hall/log.
type HallLog struct {
	Entries []HallEntry `json:"entries"`
	// Users are those that entries name, as far as they have an account.
	Users []User `json:"users"`
}

// NewHallLog shows a page of the hall's log.
func NewHallLog(entries []store.HallEntry, users []store.User) HallLog {
	log := HallLog{Entries: make([]HallEntry, len(entries)), Users: NewUsers(users)}
	for i, entry := range entries {
		details := entry.Details
		if details == nil {
			details = map[string]string{}
		}
		log.Entries[i] = HallEntry{ID: entry.ID, UserID: IDOrNull(entry.UserID), Act: entry.Act, TargetID: IDOrNull(entry.TargetID), Details: details, Reason: TextOrNull(entry.Reason)}
	}
	return log
}
