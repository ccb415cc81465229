package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of threads.
const (
	// maxActiveThreads is how many threads of a guild may be out of the archive at a time, as upstream.
	maxActiveThreads = 1000
	// maxThreadMembers is how many may be in a thread, as upstream.
	maxThreadMembers = 1000
	// defaultAutoArchive is for channels that do not say how soon their threads are archived.
	defaultAutoArchive = 24 * time.Hour
)

// autoArchives are how long threads may be silent before they are archived (Discord's documentation, "Thread Metadata Object").
var autoArchives = []time.Duration{time.Hour, 24 * time.Hour, 72 * time.Hour, 168 * time.Hour}

// Threads is about conversations beside a channel, and the posts of forums.
type Threads struct {
	Deps
	views    *Views
	users    userDirectory
	messages *Messages
}

func newThreads(deps Deps, views *Views, users userDirectory, messages *Messages) *Threads {
	t := &Threads{Deps: deps, views: views, users: users, messages: messages}
	messages.threads = t
	return t
}

// ThreadDraft is a thread to be begun.
type ThreadDraft struct {
	Name string
	// Type is nil for a private thread, as upstream, and in announcement channels for one of their kind. Posts and threads from messages take theirs from the channel.
	Type *store.ChannelType
	// AutoArchive is nil for what the channel says, RateLimitPerUser too.
	AutoArchive      *time.Duration
	RateLimitPerUser *int
	// Invitable is for private threads, nil for yes.
	Invitable *bool
	// AppliedTags and First, the first message, are for posts.
	AppliedTags []id.ID
	First       *MessageDraft
}

// threadOf makes a thread ready to go out.
func threadOf(channel store.Channel, place *store.ThreadMember) Channel {
	return Channel{Channel: channel, LastMessageID: channel.Thread.LastMessageID, Place: place}
}

// Start begins a thread in a channel, or a post in a forum, which is given with its first message. Public threads need CREATE_PUBLIC_THREADS, private ones
// CREATE_PRIVATE_THREADS, posts SEND_MESSAGES.
func (t *Threads) Start(ctx context.Context, caller Caller, channelID id.ID, draft ThreadDraft) (Channel, *event.MessageCreated, error) {
	a, parent, held, err := t.begin(ctx, caller, channelID)
	if err != nil {
		return Channel{}, nil, err
	}
	if parent.Type.IsForum() {
		thread, first, err := t.post(ctx, a, parent, held, draft)
		return thread, &first, err
	}
	kind := store.ChannelPrivateThread
	if parent.Type == store.ChannelAnnouncement {
		kind = store.ChannelAnnouncementThread
	}
	if draft.Type != nil {
		kind = *draft.Type
	}
	if err := mayStart(parent, kind, held); err != nil {
		return Channel{}, nil, err
	}
	if len(draft.AppliedTags) > 0 || draft.First != nil {
		return Channel{}, nil, invalid("message", "CHANNEL_TYPE_INVALID", "Only the posts of forums have a first message and tags.")
	}
	channel, err := t.compose(caller, t.IDs.Next(), parent, kind, draft)
	if err != nil {
		return Channel{}, nil, err
	}
	if err := t.slowDown(ctx, caller, parent, held); err != nil {
		return Channel{}, nil, err
	}
	if err := t.judgeName(ctx, a, parent, channel.Name); err != nil {
		return Channel{}, nil, err
	}
	if err := t.create(ctx, a, store.NewThread{Channel: channel}); err != nil {
		return Channel{}, nil, err
	}
	if kind != store.ChannelPrivateThread {
		err = t.messages.lanes.do(ctx, parent.ID, &laneJob{operation: func(ctx context.Context) error {
			return t.messages.note(ctx, a, parent, store.Message{Type: store.MessageThreadCreated, AuthorID: caller.UserID, Content: channel.Name,
				Reference: &store.MessageReference{ChannelID: channel.ID, GuildID: channel.GuildID}})
		}})
	}
	if err != nil {
		return Channel{}, nil, err
	}
	thread, err := t.current(ctx, caller, channel.ID)
	return thread, nil, err
}

// StartFromMessage begins a thread with a message; it needs CREATE_PUBLIC_THREADS and READ_MESSAGE_HISTORY.
func (t *Threads) StartFromMessage(ctx context.Context, caller Caller, channelID, messageID id.ID, draft ThreadDraft) (Channel, error) {
	a, parent, held, err := t.begin(ctx, caller, channelID)
	if err != nil {
		return Channel{}, err
	}
	kind := store.ChannelPublicThread
	if parent.Type == store.ChannelAnnouncement {
		kind = store.ChannelAnnouncementThread
	}
	if err := mayStart(parent, kind, held); err != nil {
		return Channel{}, err
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return Channel{}, err
	}
	channel, err := t.compose(caller, messageID, parent, kind, draft)
	if err != nil {
		return Channel{}, err
	}
	if err := t.slowDown(ctx, caller, parent, held); err != nil {
		return Channel{}, err
	}
	if err := t.judgeName(ctx, a, parent, channel.Name); err != nil {
		return Channel{}, err
	}
	// In the channel's order, so that what is told of the message comes after what was told of it before.
	if err := t.messages.operate(ctx, channelID, messageID, func(ctx context.Context, message store.Message) error {
		if message.Type != store.MessageDefault && message.Type != store.MessageReply {
			return fail(SystemMessage)
		}
		if err := t.create(ctx, a, store.NewThread{Channel: channel, FromMessage: true}); err != nil {
			return err
		}
		return t.messages.tellUpdated(ctx, parent, messageID)
	}); err != nil {
		return Channel{}, err
	}
	if err := t.inLane(ctx, messageID, func(ctx context.Context) error {
		return t.messages.note(ctx, a, &channel, store.Message{Type: store.MessageThreadStarter, AuthorID: caller.UserID,
			Reference: &store.MessageReference{MessageID: messageID, ChannelID: channelID, GuildID: channel.GuildID}})
	}); err != nil {
		return Channel{}, err
	}
	return t.current(ctx, caller, messageID)
}

// begin finds the channel that a thread is to be in.
func (t *Threads) begin(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, perm.Set, error) {
	a, parent, held, err := t.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return access{}, nil, 0, err
	}
	if parent.GuildID == 0 || parent.Type.IsThread() || !parent.Type.IsForum() && !slices.Contains(textChannels, parent.Type) {
		return access{}, nil, 0, fail(WrongChannelType)
	}
	if a.member == nil && a.caller.hook == nil {
		return access{}, nil, 0, &Error{Kind: MissingPermission, Message: "The command line does not begin threads."}
	}
	return a, parent, held, checkVerification(a)
}

// mayStart asks whether threads of a kind can be begun in a channel that has messages, by somebody who holds some permissions in it.
func mayStart(parent *store.Channel, kind store.ChannelType, held perm.Set) error {
	if parent.Type.IsForum() {
		return fail(WrongChannelType)
	}
	fits, needed := false, perm.CreatePublicThreads
	switch kind {
	case store.ChannelPublicThread:
		fits = parent.Type == store.ChannelText
	case store.ChannelPrivateThread:
		fits, needed = parent.Type == store.ChannelText, perm.CreatePrivateThreads
	case store.ChannelAnnouncementThread:
		fits = parent.Type == store.ChannelAnnouncement
	}
	if !fits {
		return invalid("type", "BASE_TYPE_CHOICES", "There are no threads of this type in channels of this type.")
	}
	return need(held, needed)
}

// compose makes a thread of a draft.
func (t *Threads) compose(caller Caller, threadID id.ID, parent *store.Channel, kind store.ChannelType, draft ThreadDraft) (store.Channel, error) {
	now := milliseconds(t.Now())
	thread := &store.Thread{ArchivedAt: now, CreatedAt: now, AutoArchive: parent.DefaultAutoArchive, Invitable: kind == store.ChannelPrivateThread}
	if thread.AutoArchive == 0 {
		thread.AutoArchive = defaultAutoArchive
	}
	set(&thread.AutoArchive, draft.AutoArchive)
	if kind == store.ChannelPrivateThread {
		set(&thread.Invitable, draft.Invitable)
	}
	channel := store.Channel{ID: threadID, GuildID: parent.GuildID, Type: kind, Name: draft.Name, ParentID: parent.ID, OwnerID: caller.UserID,
		RateLimitPerUser: parent.DefaultThreadRateLimit, Thread: thread}
	set(&channel.RateLimitPerUser, draft.RateLimitPerUser)
	return channel, validateThread(&channel)
}

// validateThread cleans and checks what a thread is to be, apart from its tags.
func validateThread(channel *store.Channel) error {
	var wrong fieldErrors
	channel.Name = wrong.name("name", channel.Name, 1, 100)
	wrong.number("rate_limit_per_user", channel.RateLimitPerUser, 0, maxSlowMode)
	if !slices.Contains(autoArchives, channel.Thread.AutoArchive) {
		wrong.add("auto_archive_duration", "BASE_TYPE_CHOICES", "This value must be one of 60, 1440, 4320, 10080.")
	}
	return wrong.err()
}

// slowDown applies a channel's slow mode to the beginning of threads, apart from messages.
func (t *Threads) slowDown(ctx context.Context, caller Caller, parent *store.Channel, held perm.Set) error {
	return t.messages.slowDownIn(ctx, caller, parent, held, "slowmode-threads:")
}

// judgeName has automatic rules look at the name of a thread. channel is the thread, or for a new one the channel that it is to be in.
func (t *Threads) judgeName(ctx context.Context, a access, channel *store.Channel, name string) error {
	judged := t.messages.automod.judge(a, channel, name)
	if len(judged.findings) == 0 {
		return nil
	}
	author, err := t.users.lookup(ctx, a.caller.UserID)
	if err != nil {
		return internal("reading an account", err)
	}
	t.messages.automod.act(ctx, a, posting(channel, author, name, 0), judged.findings)
	if judged.blocked {
		return judged.refusal()
	}
	return nil
}

// create stores a thread and tells everybody.
func (t *Threads) create(ctx context.Context, a access, draft store.NewThread) error {
	err := t.Store.CreateThread(ctx, draft, maxActiveThreads)
	t.views.dropThread(draft.Channel.ID)
	if err != nil {
		return threadFailure("beginning a thread", err)
	}
	created, err := t.Store.Channel(ctx, draft.Channel.ID)
	if err != nil {
		return threadFailure("reading a thread", err)
	}
	acts := []act{{action: store.AuditThreadCreate, target: created.ID, changes: differences(nil, auditThread(&created))}}
	return t.did(ctx, a.caller, created.GuildID, acts, event.ThreadCreated{Thread: created})
}

func threadFailure(doing string, err error) error {
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if limit, ok := errors.AsType[*store.LimitError](err); ok {
		if limit.What == "thread members" {
			return fail(MaxThreadMembers)
		}
		return fail(MaxActiveThreads)
	}
	if _, taken := errors.AsType[*store.ConflictError](err); taken {
		return fail(ThreadExists)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel)
	}
	if errors.Is(err, store.ErrThreadClosed) {
		return fail(ThreadArchived)
	}
	if errors.Is(err, store.ErrSpent) {
		return errFileGone
	}
	return internal(doing, err)
}

// current gives a thread as it is now.
func (t *Threads) current(ctx context.Context, caller Caller, threadID id.ID) (Channel, error) {
	channel, err := t.Store.Channel(ctx, threadID)
	if err == nil && channel.Thread == nil {
		err = store.ErrNotFound
	}
	if err != nil {
		return Channel{}, threadFailure("reading a thread", err)
	}
	places, err := t.Store.ThreadPlaces(ctx, caller.UserID, []id.ID{threadID})
	if err != nil {
		return Channel{}, internal("reading a place in a thread", err)
	}
	if len(places) == 0 {
		return threadOf(channel, nil), nil
	}
	return threadOf(channel, &places[0]), nil
}

// inLane has something done to a thread in the order of what is said in it.
func (t *Threads) inLane(ctx context.Context, threadID id.ID, do func(context.Context) error) error {
	return t.messages.lanes.do(ctx, threadID, &laneJob{operation: do})
}

// find gives a thread that the caller may view.
func (t *Threads) find(ctx context.Context, caller Caller, threadID id.ID) (access, *store.Channel, perm.Set, error) {
	a, channel, held, err := t.views.channelAccess(ctx, caller, threadID)
	if err == nil && channel.Thread == nil {
		err = fail(WrongChannelType)
	}
	return a, channel, held, err
}

func auditThread(channel *store.Channel) []auditField {
	return []auditField{
		{"name", channel.Name}, {"type", channel.Type}, {"archived", channel.Thread.Archived}, {"locked", channel.Thread.Locked}, {"invitable", channel.Thread.Invitable},
		{"auto_archive_duration", int(channel.Thread.AutoArchive / time.Minute)}, {"rate_limit_per_user", channel.RateLimitPerUser}, {"flags", channel.Flags},
		{"applied_tags", any(&channel.Thread.AppliedTags)},
	}
}
