package ops

import (
	"cmp"
	"context"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands about whose the hall is, and what was done to it.
type (
	// HallOwner is the hall's owner; nil while there is none.
	HallOwner struct {
		Owner *User `json:"owner"`
	}
	// HallPage asks for a page of the hall's log, the newest entries first.
	HallPage struct {
		Before id.ID `json:"before,omitempty"`
		Limit  int   `json:"limit"`
	}
	// HallPolicyInput changes what is not nil of who may come into the hall and what they may make there.
	HallPolicyInput struct {
		Registration *store.Registration `json:"registration,omitempty"`
		BotCreation  *store.BotCreation  `json:"bots,omitempty"`
		Guests       *bool               `json:"guests,omitempty"`
		Reason       string              `json:"reason,omitempty"`
	}
	// HallPolicy is who may come into the hall, and what they may make there.
	HallPolicy struct {
		Registration store.Registration `json:"registration"`
		BotCreation  store.BotCreation  `json:"bots"`
		Guests       bool               `json:"guests"`
	}
	// HallEntry is one act of those who run the hall.
	HallEntry struct {
		ID id.ID     `json:"id"`
		At time.Time `json:"at"`
		// ByID is zero, and By empty, for the command line.
		ByID id.ID         `json:"by_id,omitempty"`
		By   string        `json:"by,omitempty"`
		Act  store.HallAct `json:"act"`
		// Target is the target's name, empty when it is no account or gone.
		TargetID id.ID             `json:"target_id,omitempty"`
		Target   string            `json:"target,omitempty"`
		Details  map[string]string `json:"details,omitempty"`
		Reason   string            `json:"reason,omitempty"`
	}
)

// The names of these commands.
const (
	CommandHallOwner    = "hall.owner"
	CommandHallOwnerSet = "hall.owner.set"
	CommandHallLog      = "hall.log"
	CommandHallPolicy   = "hall.policy"
)

func (h *hallCommands) registerHall(commands *Commands) {
	Register(commands, CommandHallOwner, h.hallOwner)
	Register(commands, CommandHallOwnerSet, h.hallOwnerSet)
	Register(commands, CommandHallLog, h.hallLog)
	Register(commands, CommandHallPolicy, h.hallPolicy)
}

func (h *hallCommands) hallOwner(ctx context.Context, _ struct{}) (HallOwner, error) {
	owner, err := h.Hall.Owner(ctx, console)
	if err != nil || owner == nil {
		return HallOwner{}, err
	}
	described := describeUser(*owner, true)
	return HallOwner{&described}, nil
}

func (h *hallCommands) hallOwnerSet(ctx context.Context, input UserName) (User, error) {
	user, _, err := h.account(ctx, input.User)
	if err != nil {
		return User{}, err
	}
	caller, err := input.caller()
	if err != nil {
		return User{}, err
	}
	_, err = h.Hall.HandOver(ctx, caller, user.ID, "")
	return describeUser(user, true), err
}

// caller is the command line with the reason that was given.
func (u *UserName) caller() (chat.Caller, error) {
	return consoleFor(u.Reason)
}

func (h *hallCommands) hallLog(ctx context.Context, input HallPage) ([]HallEntry, error) {
	page, err := h.Hall.Entries(ctx, console, input.Before, input.Limit)
	if err != nil {
		return nil, err
	}
	entries := make([]HallEntry, len(page.Entries))
	for i, entry := range page.Entries {
		entries[i] = HallEntry{ID: entry.ID, At: entry.ID.Time(), ByID: entry.UserID, By: page.Users[entry.UserID].Username, Act: entry.Act, TargetID: entry.TargetID,
			Target: page.Users[entry.TargetID].Username, Details: entry.Details, Reason: entry.Reason}
	}
	return entries, nil
}

// hallPolicy changes who may come into the hall, and tells who may.
func (h *hallCommands) hallPolicy(ctx context.Context, input HallPolicyInput) (HallPolicy, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return HallPolicy{}, err
	}
	hall, err := h.Hall.State(ctx)
	if input.Registration != nil || input.BotCreation != nil || input.Guests != nil {
		hall, err = h.Hall.Update(ctx, caller, chat.HallChange{Registration: input.Registration, BotCreation: input.BotCreation, Guests: input.Guests})
	}
	return HallPolicy{Registration: hall.Registration, BotCreation: cmp.Or(hall.BotCreation, store.BotCreationEveryone), Guests: hall.Guests}, err
}
