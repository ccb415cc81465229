package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// ThreadCreated says that a thread was begun.
type ThreadCreated struct{ Thread store.Channel }

// ThreadUpdated says that a thread changed: put into the archive or taken out of it, too.
type ThreadUpdated struct{ Thread store.Channel }

// ThreadDeleted says that a thread is gone, with its messages. Threads that go with their channel are told by ChannelDeleted alone.
type ThreadDeleted struct {
	Thread store.Channel
	// MemberIDs are who was in it, for a private thread; in ascending order.
	MemberIDs []id.ID
}

// ThreadMembersChanged says that people came into a thread or left it.
type ThreadMembersChanged struct {
	// Thread is the thread afterwards.
	Thread store.Channel
	Joined []ThreadJoined
	// LeftIDs are those who left.
	LeftIDs []id.ID
}

// ThreadJoined is somebody who came into a thread.
type ThreadJoined struct {
	Place store.ThreadMember
	// Member is their place in the guild, User the account.
	Member store.Member
	User   store.User
}

func (e ThreadCreated) Subject() string        { return GuildSubject(e.Thread.GuildID) }
func (e ThreadUpdated) Subject() string        { return GuildSubject(e.Thread.GuildID) }
func (e ThreadDeleted) Subject() string        { return GuildSubject(e.Thread.GuildID) }
func (e ThreadMembersChanged) Subject() string { return GuildSubject(e.Thread.GuildID) }
