package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Thread is what a channel has besides if it is a thread: a conversation beside a channel, or a post of a forum. Its ParentID is that channel, its OwnerID who began it,
// and the parent's overwrites hold in it. A thread that was begun from a message has the message's id.
type Thread struct {
	// Archived threads are out of the way until somebody writes in them again. ArchivedAt is when that last changed, at first the thread's beginning.
	Archived   bool
	ArchivedAt time.Time
	// AutoArchive is after how long without a message the thread is archived.
	AutoArchive time.Duration
	// Locked threads are for moderators alone to write in and to open again.
	Locked bool
	// Invitable tells of a private thread whether everybody in it may bring others in.
	Invitable bool
	CreatedAt time.Time
	// AppliedTags are those of the forum's tags that a post has, in the order in which its author set them.
	AppliedTags []id.ID

	// What follows is kept by the store alone. MessageCount is how many messages the thread has, without the first of a post and the quotation at the beginning of
	// a thread from a message; TotalMessageSent counts those that were deleted, too.
	MessageCount, TotalMessageSent int
	MemberCount                    int
	// LastMessageID is the id of the newest message that was posted; zero for none. It may have been deleted since.
	LastMessageID id.ID
}

// ActiveUntil is when a thread is archived unless somebody writes in it.
func (t *Thread) ActiveUntil() time.Time {
	last := t.ArchivedAt
	if t.LastMessageID != 0 && t.LastMessageID.Time().After(last) {
		last = t.LastMessageID.Time()
	}
	return last.Add(t.AutoArchive)
}

// Counts tells whether a message is one of those that MessageCount counts.
func (m *Message) Counts() bool { return m.ID != m.ChannelID && m.Type != MessageThreadStarter }

// IsThread tells whether channels of a type are threads.
func (t ChannelType) IsThread() bool {
	return t == ChannelAnnouncementThread || t == ChannelPublicThread || t == ChannelPrivateThread
}

// IsForum tells whether channels of a type have posts, which are threads, in place of messages.
func (t ChannelType) IsForum() bool { return t == ChannelForum || t == ChannelMedia }

// ChannelFlags are bits of the wire contract's channel flags.
type ChannelFlags uint64

// The channel flags in use.
const (
	// ChannelPinned keeps a post at the head of its forum.
	ChannelPinned ChannelFlags = 1 << 1
	// ChannelRequireTag asks in a forum that every post has a tag.
	ChannelRequireTag ChannelFlags = 1 << 4
)

// Forum is what a channel has besides if it is a forum or a media channel.
type Forum struct {
	// Tags are what posts can be marked with, at most 20, in the order in which they are shown.
	Tags []ForumTag
	// DefaultReaction is the emoji that is offered first at posts; the zero Emoji for none.
	DefaultReaction Emoji
	SortOrder       ForumSortOrder
	Layout          ForumLayout
}

// ForumTag is a mark for posts.
type ForumTag struct {
	ID id.ID
	// Name has 1 to 20 characters.
	Name string
	// Moderated tags are for moderators alone to give and to take.
	Moderated bool
	// Emoji is shown with it; the zero Emoji for none.
	Emoji Emoji
}

// ForumSortOrder is how a forum's posts are ordered for those who have not chosen for themselves.
type ForumSortOrder int

// The orders of posts.
const (
	SortUnset ForumSortOrder = iota
	SortLatestActivity
	SortCreationTime
)

// ForumLayout is how a forum's posts are laid out at first, with the numbers of the wire contract.
type ForumLayout int

// The layouts of posts.
const (
	LayoutUnset   ForumLayout = 0
	LayoutList    ForumLayout = 1
	LayoutGallery ForumLayout = 2
)

// ThreadMember is somebody's place in a thread.
type ThreadMember struct {
	ThreadID, UserID id.ID
	JoinedAt         time.Time
}

// NewThread is a thread to be stored.
type NewThread struct {
	// Channel is the thread. The counts of its Thread are made by the store.
	Channel Channel
	// First is the first message of a post, which has the thread's id; nil for none.
	First *Message
	// FromMessage says that the thread begins with the message of its parent that has its id: that message gets MessageHasThread in the same step.
	FromMessage bool
}

// ByWebhook tells that a webhook posted it, which owns it then: nobody is in it at first.
func (t *NewThread) ByWebhook() bool {
	return t.First != nil && t.First.WebhookID != 0 && t.First.WebhookID == t.Channel.OwnerID
}

// ArchivedPage selects archived threads of a channel.
type ArchivedPage struct {
	// Private selects private threads, otherwise public ones are.
	Private bool
	// Before gives threads that were archived before a moment; zero for all.
	Before time.Time
	Limit  int
}

// ThreadBrief is as much of a thread as is looked at when threads are searched for.
type ThreadBrief struct {
	ID            id.ID
	Type          ChannelType
	Name          string
	Archived      bool
	ArchivedAt    time.Time
	AppliedTags   []id.ID
	LastMessageID id.ID
}

// Threads keeps the threads of channels. Threads are channels, too: Channels.Channel reads them, Channels.DeleteChannel deletes them, and Messages keeps what is said in
// them; nothing else of Channels knows them. Deleting a channel deletes its threads, whoever leaves the guild leaves its threads, and a thread that is deleted takes
// MessageHasThread from the message that it began with.
type Threads interface {
	// CreateThread stores a thread with its owner as its one member, or without members when a webhook posted it. ErrNotFound when its guild, its parent there, or the message that it begins with does not exist, or when
	// the owner is no member of the guild (and no webhook); a *ConflictError ("id") when the id is a channel's already, or was until a moment ago; a *LimitError when the guild has maxActive active threads.
	CreateThread(ctx context.Context, thread NewThread, maxActive int) error
	// UpdateThread applies change to a thread atomically (see UpdateUser for the rules of change). What is the store's alone in it, and type, guild, parent, owner and
	// LastPinAt, cannot change. A *LimitError when the thread comes out of the archive and the guild has maxActive active threads already.
	UpdateThread(ctx context.Context, threadID id.ID, maxActive int, change func(*Channel) error) (Channel, error)
	// ThreadsByID gives those of some threads that exist, in ascending order of id, each once.
	ThreadsByID(ctx context.Context, threadIDs []id.ID) ([]Channel, error)
	// ActiveThreads gives a guild's threads that are not archived, in ascending order of id.
	ActiveThreads(ctx context.Context, guildID id.ID) ([]Channel, error)
	// ThreadIDs gives the ids of all threads of a guild, in ascending order.
	ThreadIDs(ctx context.Context, guildID id.ID) ([]id.ID, error)
	// ArchivedThreads gives archived threads of a channel, those archived last first, ties by descending id.
	ArchivedThreads(ctx context.Context, parentID id.ID, page ArchivedPage) ([]Channel, error)
	// JoinedArchivedThreads gives a channel's private archived threads that an account is in, with ids below before (zero: all), by descending id, at most limit.
	JoinedArchivedThreads(ctx context.Context, parentID, userID, before id.ID, limit int) ([]Channel, error)
	// ThreadBriefs gives what threads of a channel are like, archived and private ones too, those that began last first: with ids above after and below before (zero: no bound), at most limit.
	ThreadBriefs(ctx context.Context, parentID, after, before id.ID, limit int) ([]ThreadBrief, error)
	// IdleThreads gives active threads in which nothing was posted for so long that at a moment they are to be archived (see Thread.ActiveUntil), at most limit. Pinned ones are not among
	// them: they stay active.
	IdleThreads(ctx context.Context, now time.Time, limit int) ([]Channel, error)

	// AddThreadMember stores somebody's place in a thread; added is false when they have one. ErrThreadClosed when it is archived. ErrNotFound when the thread does not exist or they are no member of the
	// guild; a *LimitError when the thread has most members already.
	AddThreadMember(ctx context.Context, member ThreadMember, most int) (added bool, err error)
	// AddThreadMembers stores the places of several in a thread, as many as fit if it is to have at most most members, in their order, and gives those that it stored. Those who
	// have a place, and those who are no members of the guild, are passed over. ErrNotFound when the thread does not exist, ErrThreadClosed when it is archived.
	AddThreadMembers(ctx context.Context, threadID id.ID, members []ThreadMember, most int) (added []ThreadMember, err error)
	// RemoveThreadMember takes somebody out of a thread; removed is false when they were not in it. ErrThreadClosed when it is archived. ErrNotFound when the thread does not exist.
	RemoveThreadMember(ctx context.Context, threadID, userID id.ID) (removed bool, err error)
	// ThreadMember gives somebody's place in a thread.
	ThreadMember(ctx context.Context, threadID, userID id.ID) (ThreadMember, error)
	// ThreadMembers gives the members of a thread in ascending order of user id, after a given one (zero: from the start), at most limit.
	ThreadMembers(ctx context.Context, threadID, after id.ID, limit int) ([]ThreadMember, error)
	// ThreadPlaces gives an account's places in those of some threads that it is in, in ascending order of thread id.
	ThreadPlaces(ctx context.Context, userID id.ID, threadIDs []id.ID) ([]ThreadMember, error)
	// JoinedThreads gives the ids of the threads of a guild that an account is in, archived ones too, in ascending order.
	JoinedThreads(ctx context.Context, guildID, userID id.ID) ([]id.ID, error)
}
