package wire

import (
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// shownThreads are the objects of threads and forums by the names of their golden files.
func shownThreads() map[string]any {
	public := store.Channel{ID: 1499742181785600021, GuildID: guild.ID, Type: store.ChannelPublicThread, Name: "Lunch", ParentID: 11, OwnerID: ada.ID, RateLimitPerUser: 5, Flags: store.ChannelPinned,
		LastPinAt: noon, Thread: &store.Thread{Archived: true, ArchivedAt: noon, AutoArchive: time.Hour, Locked: true, CreatedAt: noon, AppliedTags: []id.ID{9, 8}, MessageCount: 3, TotalMessageSent: 4,
			MemberCount: 2, LastMessageID: 99}}
	private := store.Channel{ID: 13, GuildID: guild.ID, Type: store.ChannelPrivateThread, Name: "Secret", ParentID: 11, OwnerID: ada.ID,
		Thread: &store.Thread{ArchivedAt: noon, AutoArchive: 168 * time.Hour, CreatedAt: noon, MemberCount: 1}}
	place := store.ThreadMember{ThreadID: 13, UserID: ada.ID, JoinedAt: noon}
	forum := store.Channel{ID: 14, GuildID: guild.ID, Type: store.ChannelForum, Name: "help", Flags: store.ChannelRequireTag, DefaultAutoArchive: 72 * time.Hour, DefaultThreadRateLimit: 9,
		Forum: &store.Forum{Tags: []store.ForumTag{{ID: 9, Name: "bug", Moderated: true, Emoji: store.Emoji{Name: "🐛"}}, {ID: 8, Name: "done", Emoji: store.Emoji{ID: 77, Name: "wave"}}, {ID: 7, Name: "new"}},
			DefaultReaction: store.Emoji{Name: "👍"}, SortOrder: store.SortCreationTime, Layout: store.LayoutGallery}}
	began, starter, created := plainMessage(), fullMessage(), plainMessage()
	began.Message.Flags, began.Thread = store.MessageHasThread, &public
	starter.Message = store.Message{ID: 1499742181785600023, ChannelID: public.ID, GuildID: guild.ID, AuthorID: ada.ID, Type: store.MessageThreadStarter, Reference: starter.Message.Reference}
	starter.Mentioned, starter.ChannelType = nil, store.ChannelPublicThread
	created.Message.Type, created.Message.Content, created.Message.Reference = store.MessageThreadCreated, "Lunch", &store.MessageReference{ChannelID: public.ID, GuildID: guild.ID}
	return map[string]any{
		"thread": NewThread(public, nil), "thread_private": NewThread(private, &place), "channel_forum": NewChannel(forum, 99),
		"channel_forum_empty": NewChannel(store.Channel{ID: 14, GuildID: guild.ID, Type: store.ChannelMedia, Name: "art", Forum: &store.Forum{}}, 0),
		"thread_create":       ThreadCreate{Thread: NewThread(public, nil), NewlyCreated: true}, "thread_create_joined": ThreadCreate{Thread: NewThread(private, &place)},
		"thread_delete":        ThreadDelete{ID: 13, GuildID: guild.ID, ParentID: 11, Type: store.ChannelPrivateThread},
		"thread_list_sync":     ThreadListSync{GuildID: guild.ID, ChannelIDs: []id.ID{11}, Threads: []Thread{NewThread(private, &place)}, Members: []ThreadMember{NewThreadMember(place)}},
		"thread_member_update": ThreadMemberUpdate{ThreadMember: NewThreadMember(place), GuildID: guild.ID},
		"thread_members_update": NewThreadMembersUpdate(event.ThreadMembersChanged{Thread: private, Joined: []event.ThreadJoined{{Place: place, Member: adaMember, User: ada}},
			LeftIDs: []id.ID{ben.ID}}),
		"threads":      Threads{Threads: []Thread{NewThread(private, &place)}, Members: []ThreadMember{NewThreadMember(place)}, HasMore: true},
		"message_post": Post{Thread: NewThread(public, nil), Message: NewMessage(plainMessage(), nil)}, "message_with_thread": NewMessage(began, nil),
		"message_thread_starter": NewMessageEvent(starter, nil), "message_thread_starter_without_content": NewMessageEvent(starter, nil).WithoutContent(),
		"message_thread_created": NewMessage(created, nil),
	}
}
