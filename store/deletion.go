package store

import (
	"context"
	"errors"

	"guildhall/store/id"
)

// ErrOwns says that an account cannot be deleted because the hall or a guild is its own.
var ErrOwns = errors.New("the account owns the hall or a guild")

// Deletion is what the deletion of one account took away, for those who are to be told.
type Deletion struct {
	// User is the account as it was.
	User User
	// GuildIDs are the guilds that it was a member of, in ascending order.
	GuildIDs []id.ID
	// ThreadIDs are the threads that it was in, in ascending order.
	ThreadIDs []id.ID
	// Channels are those that allowed or denied it, or its managed roles, something, as they are without that, in ascending order of id.
	Channels []Channel
	// Installations are where the account's application was installed, in ascending order of the guilds' ids; the managed roles that they name are gone.
	Installations []Installation
	// Relationships are how others stood to it (UserID is the other), in ascending order of the other's id.
	Relationships []Relationship
	// Groups are the groups that it was in, as they are without it, in ascending order of id. One without recipients is deleted.
	Groups []Channel
	// Conversations are those of two that stay with the other, in ascending order of id.
	Conversations []Channel
	// NoteHolders are those who had a note about it, in ascending order.
	NoteHolders []id.ID
	// BannedFrom are the guilds that it was banned from, in ascending order.
	BannedFrom []id.ID
}

// Deletions deletes accounts.
type Deletions interface {
	// DeleteUser deletes an account and the bots that it owns, in one step, and tells what went with each, the account's own first and its bots' in ascending order of id.
	//
	// No row of the account stays behind: its name and address are free again, and its sessions, relationships and notes (its own and those of others about it), settings, read
	// marks, dismissed mentions, memberships, bans, overwrites and uploads are gone, and it is in no group. What it gave to others stays theirs: messages with their files,
	// pins, reactions and votes, threads, invites and entries of audit logs name its id, to which there is no account any more. So does its conversation with one other person,
	// which stays in the other's list, until both accounts are gone.
	//
	// ErrOwns, and nothing is deleted, when the account or a bot of it owns the hall or a guild.
	DeleteUser(ctx context.Context, userID id.ID) ([]Deletion, error)
}
