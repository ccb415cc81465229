package wire

import (
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Thread is a thread of a channel, or a post of a forum.
type Thread struct {
	ID               id.ID              `json:"id"`
	Type             store.ChannelType  `json:"type"`
	GuildID          id.ID              `json:"guild_id"`
	ParentID         id.ID              `json:"parent_id"`
	OwnerID          id.ID              `json:"owner_id"`
	Name             string             `json:"name"`
	LastMessageID    *id.ID             `json:"last_message_id"`
	LastPinTimestamp *string            `json:"last_pin_timestamp"`
	RateLimitPerUser int                `json:"rate_limit_per_user"`
	Flags            store.ChannelFlags `json:"flags"`
	MessageCount     int                `json:"message_count"`
	MemberCount      int                `json:"member_count"`
	TotalMessageSent int                `json:"total_message_sent"`
	Metadata         ThreadMetadata     `json:"thread_metadata"`
	// AppliedTags are of posts; other threads have none.
	AppliedTags []id.ID `json:"applied_tags"`
	// Member is the reader's own place in it. Dispatches, which readers share, leave it out.
	Member *ThreadMember `json:"member,omitempty"`
}

// ThreadMetadata is what only threads have.
type ThreadMetadata struct {
	Archived bool `json:"archived"`
	// AutoArchiveDuration is in minutes.
	AutoArchiveDuration int    `json:"auto_archive_duration"`
	ArchiveTimestamp    string `json:"archive_timestamp"`
	Locked              bool   `json:"locked"`
	// Invitable is there in private threads alone.
	Invitable       *bool  `json:"invitable,omitempty"`
	CreateTimestamp string `json:"create_timestamp"`
}

// ThreadMember is somebody's place in a thread.
type ThreadMember struct {
	ID            id.ID   `json:"id"`
	UserID        id.ID   `json:"user_id"`
	JoinTimestamp string  `json:"join_timestamp"`
	Flags         int     `json:"flags"`
	Member        *Member `json:"member,omitempty"`
}

// NewThread shows a thread; place is the reader's own, nil for none.
func NewThread(channel store.Channel, place *store.ThreadMember) Thread {
	thread := channel.Thread
	shown := Thread{ID: channel.ID, Type: channel.Type, GuildID: channel.GuildID, ParentID: channel.ParentID, OwnerID: channel.OwnerID, Name: channel.Name,
		LastMessageID: IDOrNull(thread.LastMessageID), LastPinTimestamp: TimestampOrNull(channel.LastPinAt), RateLimitPerUser: channel.RateLimitPerUser, Flags: channel.Flags,
		MessageCount: thread.MessageCount, MemberCount: thread.MemberCount, TotalMessageSent: thread.TotalMessageSent, AppliedTags: list(thread.AppliedTags),
		Metadata: ThreadMetadata{Archived: thread.Archived, AutoArchiveDuration: minutes(thread.AutoArchive), ArchiveTimestamp: Timestamp(thread.ArchivedAt), Locked: thread.Locked,
			CreateTimestamp: Timestamp(thread.CreatedAt)}}
	if channel.Type == store.ChannelPrivateThread {
		shown.Metadata.Invitable = &thread.Invitable
	}
	if place != nil {
		member := NewThreadMember(*place)
		shown.Member = &member
	}
	return shown
}

func minutes(duration time.Duration) int { return int(duration / time.Minute) }

// NewThreadMember shows somebody's place in a thread.
func NewThreadMember(place store.ThreadMember) ThreadMember {
	return ThreadMember{ID: place.ThreadID, UserID: place.UserID, JoinTimestamp: Timestamp(place.JoinedAt)}
}

// ThreadDraft is the body of POST for threads and posts.
type ThreadDraft struct {
	Name                string                      `json:"name"`
	Type                Optional[store.ChannelType] `json:"type"`
	AutoArchiveDuration Optional[int]               `json:"auto_archive_duration"`
	RateLimitPerUser    Optional[int]               `json:"rate_limit_per_user"`
	Invitable           Optional[bool]              `json:"invitable"`
	AppliedTags         []id.ID                     `json:"applied_tags"`
	Message             *MessageCreate              `json:"message"`
}

// Post is a thread with its first message.
type Post struct {
	Thread
	Message Message `json:"message"`
}

// Threads is a list of threads with the reader's places in them.
type Threads struct {
	Threads []Thread       `json:"threads"`
	Members []ThreadMember `json:"members"`
	// HasMore tells whether there are more after a page.
	HasMore bool `json:"has_more"`
}

// ThreadSearch is a page of the threads that a search found.
type ThreadSearch struct {
	Threads
	// FirstMessages are those of posts.
	FirstMessages []Message `json:"first_messages"`
	TotalResults  int       `json:"total_results"`
}

// ThreadCreate is the payload of THREAD_CREATE: of a new thread, or of one that the reader was brought into.
type ThreadCreate struct {
	Thread
	NewlyCreated bool `json:"newly_created,omitempty"`
}

// ThreadDelete is the payload of THREAD_DELETE.
type ThreadDelete struct {
	ID       id.ID             `json:"id"`
	GuildID  id.ID             `json:"guild_id"`
	ParentID id.ID             `json:"parent_id"`
	Type     store.ChannelType `json:"type"`
}

// ThreadListSync is the payload of THREAD_LIST_SYNC: the active threads of channels that the reader may view from now on.
type ThreadListSync struct {
	GuildID    id.ID          `json:"guild_id"`
	ChannelIDs []id.ID        `json:"channel_ids"`
	Threads    []Thread       `json:"threads"`
	Members    []ThreadMember `json:"members"`
}

// ThreadMemberUpdate is the payload of THREAD_MEMBER_UPDATE, about the reader's own place.
type ThreadMemberUpdate struct {
	ThreadMember
	GuildID id.ID `json:"guild_id"`
}

// ThreadMembersUpdate is the payload of THREAD_MEMBERS_UPDATE.
type ThreadMembersUpdate struct {
	ID               id.ID         `json:"id"`
	GuildID          id.ID         `json:"guild_id"`
	MemberCount      int           `json:"member_count"`
	AddedMembers     []AddedMember `json:"added_members,omitempty"`
	RemovedMemberIDs []id.ID       `json:"removed_member_ids,omitempty"`
}

// AddedMember is somebody who came into a thread. How reachable they are is told by their presence, not here.
type AddedMember struct {
	ThreadMember
	Presence *Presence `json:"presence"`
}

// NewThreadMembersUpdate tells who came into a thread and who left it.
func NewThreadMembersUpdate(e event.ThreadMembersChanged) ThreadMembersUpdate {
	shown := ThreadMembersUpdate{ID: e.Thread.ID, GuildID: e.Thread.GuildID, MemberCount: e.Thread.Thread.MemberCount, RemovedMemberIDs: e.LeftIDs}
	for _, joined := range e.Joined {
		added := AddedMember{ThreadMember: NewThreadMember(joined.Place)}
		member := NewMember(joined.Member, joined.User)
		added.Member = &member
		shown.AddedMembers = append(shown.AddedMembers, added)
	}
	return shown
}
