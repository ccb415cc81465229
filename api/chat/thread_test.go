package chat_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

var threadMethods = []method{
	{name: "Threads.Start public", need: perm.CreatePublicThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, _, err := p.hall.Threads.Start(ctx, caller, p.channel, chat.ThreadDraft{Name: "thread", Type: pointer(store.ChannelPublicThread)})
		return err
	}},
	{name: "Threads.Start private", need: perm.CreatePrivateThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, _, err := p.hall.Threads.Start(ctx, caller, p.channel, chat.ThreadDraft{Name: "thread"})
		return err
	}},
	{name: "Threads.StartFromMessage", need: perm.CreatePublicThreads | perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Threads.StartFromMessage(ctx, caller, p.channel, p.message, chat.ThreadDraft{Name: "thread"})
		return err
	}},
	{name: "Threads.Join", inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Threads.Join(ctx, caller, p.thread)
	}},
	{name: "Threads.Leave", inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Threads.Leave(ctx, caller, p.thread)
	}},
	{name: "Threads.Members", inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Threads.Members(ctx, caller, p.thread, 0, 0)
		return err
	}},
	{name: "Threads.Member", inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Threads.Member(ctx, caller, p.thread, p.target.UserID)
		return err
	}},
	{name: "Threads.Add", need: perm.SendMessagesInThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		p.guild.Overwrite(p.channel, p.target.UserID, store.OverwriteMember, perm.ViewChannel, 0)
		return p.hall.Threads.Add(ctx, caller, p.thread, p.target.UserID)
	}},
	{name: "Threads.Remove", need: perm.ManageThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Threads.Remove(ctx, caller, p.thread, p.target.UserID)
	}},
	{name: "Channels.Get of a thread", inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Get(ctx, caller, p.thread)
		return err
	}},
	{name: "Channels.Get of a private thread", need: perm.ManageThreads, inChannel: true, missing: chat.MissingAccess, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Get(ctx, caller, p.secret)
		return err
	}},
	{name: "Threads.Join a private thread", need: perm.ManageThreads, inChannel: true, missing: chat.MissingAccess, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Threads.Join(ctx, caller, p.secret)
	}},
	{name: "Channels.Update of a thread", need: perm.ManageThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Update(ctx, caller, p.thread, chat.ChannelEdit{Name: pointer("other")})
		return err
	}},
	{name: "Channels.Update locks a thread", need: perm.ManageThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Update(ctx, caller, p.thread, chat.ChannelEdit{Locked: pointer(true)})
		return err
	}},
	{name: "Channels.Delete of a thread", need: perm.ManageThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Delete(ctx, caller, p.thread)
		return err
	}},
	{name: "Threads.Active", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Threads.Active(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Threads.Archived", need: perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, _, err := p.hall.Threads.Archived(ctx, caller, p.channel, store.ArchivedPage{})
		return err
	}},
	{name: "Threads.Archived private", need: perm.ReadMessageHistory | perm.ManageThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, _, err := p.hall.Threads.Archived(ctx, caller, p.channel, store.ArchivedPage{Private: true})
		return err
	}},
	{name: "Threads.JoinedArchived", need: perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, _, err := p.hall.Threads.JoinedArchived(ctx, caller, p.channel, 0, 0)
		return err
	}},
	{name: "Messages.Create in a thread", need: perm.SendMessagesInThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Create(ctx, caller, p.thread, chat.MessageDraft{Content: "hello"})
		return err
	}},
	{name: "Messages.Type in a thread", need: perm.SendMessagesInThreads, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Messages.Type(ctx, caller, p.thread)
	}},
	{name: "Messages.List in a thread", need: perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.List(ctx, caller, p.thread, store.MessagePage{})
		return err
	}},
}

// begin begins a public thread in the general channel.
func (c *conversation) begin(t *testing.T, owner chat.Caller, draft chat.ThreadDraft) chat.Channel {
	t.Helper()
	if draft.Type == nil {
		draft.Type = pointer(store.ChannelPublicThread)
	}
	thread, _, err := c.Threads.Start(t.Context(), owner, c.guild.General, draft)
	if err != nil {
		t.Fatal(err)
	}
	return thread
}

// thread gives a thread as it is now.
func (c *conversation) thread(t *testing.T, threadID id.ID) chat.Channel {
	t.Helper()
	thread, err := c.Channels.Get(t.Context(), chattest.Console, threadID)
	if err != nil {
		t.Fatal(err)
	}
	return thread
}

func (c *conversation) say(t *testing.T, author chat.Caller, channelID id.ID, content string) id.ID {
	t.Helper()
	posted, err := c.Messages.Create(t.Context(), author, channelID, chat.MessageDraft{Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return posted.Message.ID
}

func TestThreadsFallAsleep(t *testing.T) {
	c := newConversation(t)
	told := c.Watch(event.GuildSubject(c.guild.ID))
	quiet, lively := c.begin(t, c.bob, chat.ThreadDraft{Name: "quiet", AutoArchive: pointer(time.Hour)}), c.begin(t, c.bob, chat.ThreadDraft{Name: "lively", AutoArchive: pointer(time.Hour)})
	daily := c.begin(t, c.bob, chat.ThreadDraft{Name: "daily"})
	archive := func() {
		t.Helper()
		if err := c.Threads.ArchiveIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.Clock.Advance(40 * time.Minute)
	c.say(t, c.alice, lively.ID, "still here")
	c.Clock.Advance(20 * time.Minute)
	archive()
	if updated := chattest.Next[event.ThreadUpdated](told).Thread; updated.ID != quiet.ID || !updated.Thread.Archived || !updated.Thread.ArchivedAt.Equal(c.Clock.Now()) {
		t.Errorf("%+v fell asleep", updated)
	}
	for threadID, archived := range map[id.ID]bool{quiet.ID: true, lively.ID: false, daily.ID: false} {
		if got := c.thread(t, threadID).Thread.Archived; got != archived {
			t.Errorf("after an hour %d is archived: %v", threadID, got)
		}
	}
	c.Clock.Advance(40 * time.Minute)
	archive()
	if updated := chattest.Next[event.ThreadUpdated](told).Thread; updated.ID != lively.ID {
		t.Errorf("%+v fell asleep", updated)
	}
	// Words wake it up, for as long again.
	c.say(t, c.alice, quiet.ID, "good morning")
	if updated := chattest.Next[event.ThreadUpdated](told).Thread; updated.ID != quiet.ID || updated.Thread.Archived {
		t.Errorf("%+v woke up", updated)
	}
	c.Clock.Advance(59 * time.Minute)
	archive()
	if c.thread(t, quiet.ID).Thread.Archived {
		t.Error("it fell asleep again too soon")
	}
	c.Clock.Advance(24 * time.Hour)
	archive()
	active, err := c.Threads.Active(t.Context(), c.bob, c.guild.ID)
	if err != nil || len(active) != 0 {
		t.Errorf("still awake after a day: %+v, %v", active, err)
	}
}

func TestTwoPeopleActOnAThreadAtOnce(t *testing.T) {
	c := newConversation(t)
	for range 20 {
		thread := c.begin(t, c.bob, chat.ThreadDraft{Name: "busy"})
		told := c.Watch(event.GuildSubject(c.guild.ID))
		acts := []func() error{
			func() error {
				_, err := c.Messages.Create(t.Context(), c.bob, thread.ID, chat.MessageDraft{Content: "word"})
				return err
			},
			func() error {
				_, err := c.Channels.Update(t.Context(), c.alice, thread.ID, chat.ChannelEdit{Locked: pointer(true), Archived: pointer(true)})
				return err
			},
			func() error {
				_, err := c.Channels.Update(t.Context(), c.bob, thread.ID, chat.ChannelEdit{Archived: pointer(true)})
				return err
			},
			func() error { return c.Threads.Join(t.Context(), c.alice, thread.ID) },
		}
		errs := make([]error, len(acts))
		var group sync.WaitGroup
		for i, act := range acts {
			group.Go(func() { errs[i] = act() })
		}
		group.Wait()
		if errs[1] != nil {
			t.Fatalf("the moderator was refused: %v", errs[1])
		}
		// Whoever comes after the lock is refused; nobody opens it again.
		for i, allowed := range map[int][]chat.Kind{0: {chat.ThreadLocked}, 2: {chat.ThreadLocked}, 3: {chat.ThreadArchived}} {
			if errs[i] != nil && !slices.Contains(allowed, chat.KindOf(errs[i])) {
				t.Errorf("act %d: %v", i, errs[i])
			}
		}
		after := c.thread(t, thread.ID)
		if !after.Thread.Locked || !after.Thread.Archived {
			t.Errorf("locked: %v, archived: %v", after.Thread.Locked, after.Thread.Archived)
		}
		posted := 0
		if errs[0] == nil {
			posted = 1
		}
		if after.Thread.MessageCount != posted {
			t.Errorf("%d messages are counted, %d were posted", after.Thread.MessageCount, posted)
		}
		// What was told last is what is.
		c.Barrier(event.GuildSubject(c.guild.ID))
		updates := chattest.Until[event.ThreadUpdated](told)
		if last := updates[len(updates)-1].Thread.Thread; !last.Locked || !last.Archived {
			t.Errorf("told last: %+v", last)
		}
	}
}

func TestOneThreadBeginsWithAMessage(t *testing.T) {
	c := newConversation(t)
	message := c.say(t, c.alice, c.guild.General, "hello")
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			_, errs[i] = c.Threads.StartFromMessage(t.Context(), c.bob, c.guild.General, message, chat.ThreadDraft{Name: "aside"})
		})
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			expectKind(t, err, chat.ThreadExists)
		}
	}
	if won != 1 {
		t.Errorf("%d threads began", won)
	}
	messages, err := c.Messages.List(t.Context(), c.bob, message, store.MessagePage{})
	if err != nil || len(messages) != 1 || messages[0].Message.Type != store.MessageThreadStarter {
		t.Errorf("it begins with %+v, %v", messages, err)
	}
}

func TestWhoIsMentionedComesIntoTheThread(t *testing.T) {
	c := newConversation(t)
	kim, outside := c.guild.Member("kim"), c.guild.Member("outside")
	stranger := c.Person("stranger")
	c.guild.Overwrite(c.guild.General, outside.UserID, store.OverwriteMember, 0, perm.ViewChannel)
	members := func(threadID id.ID) (userIDs []id.ID) {
		t.Helper()
		list, err := c.Threads.Members(t.Context(), chattest.Console, threadID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range list {
			userIDs = append(userIDs, member.UserID)
		}
		return userIDs
	}
	everybody := fmt.Sprintf("<@%s> <@%s> <@%s>", kim.UserID, outside.UserID, stranger.UserID)
	open := c.begin(t, c.bob, chat.ThreadDraft{Name: "open"})
	c.say(t, c.bob, open.ID, everybody)
	if got, want := members(open.ID), []id.ID{c.bob.UserID, kim.UserID}; !slices.Equal(got, want) {
		t.Errorf("in the open one are %v, want %v", got, want)
	}
	closed := c.begin(t, c.bob, chat.ThreadDraft{Name: "closed", Type: pointer(store.ChannelPrivateThread), Invitable: pointer(false)})
	if err := c.Threads.Add(t.Context(), c.bob, closed.ID, kim.UserID); err != nil {
		t.Fatal(err)
	}
	pat := c.guild.Member("pat")
	c.say(t, kim, closed.ID, "<@"+pat.UserID.String()+">")
	if slices.Contains(members(closed.ID), pat.UserID) {
		t.Error("a mention brought somebody into a thread that is not invitable")
	}
	c.say(t, c.bob, closed.ID, "<@"+pat.UserID.String()+">")
	if !slices.Contains(members(closed.ID), pat.UserID) {
		t.Error("a mention by the owner brought nobody in")
	}
	expectKind(t, c.Threads.Add(t.Context(), c.bob, open.ID, outside.UserID), chat.MissingAccess)
	// Whoever leaves the guild leaves its threads, and does not come back into them by coming back.
	if err := c.Members.Kick(t.Context(), c.alice, c.guild.ID, kim.UserID); err != nil {
		t.Fatal(err)
	}
	c.guild.Join(kim)
	if slices.Contains(members(open.ID), kim.UserID) {
		t.Error("somebody who left the guild is in the thread still")
	}
	_, err := c.Channels.Get(t.Context(), kim, closed.ID)
	expectKind(t, err, chat.MissingAccess)
}

func TestUnreadThreadsAreThoseThatOneIsIn(t *testing.T) {
	c := newConversation(t)
	thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "busy"})
	c.say(t, c.alice, thread.ID, "before bob")
	if _, known := states(t, c.Hall, c.bob)[thread.ID]; known {
		t.Error("somebody who is not in the thread has a read state there")
	}
	c.Clock.Advance(time.Minute)
	if err := c.Threads.Join(t.Context(), c.bob, thread.ID); err != nil {
		t.Fatal(err)
	}
	c.Clock.Advance(time.Minute)
	mention := c.say(t, c.alice, thread.ID, "<@"+c.bob.UserID.String()+">")
	if state := states(t, c.Hall, c.bob)[thread.ID]; state.Mentions != 1 || state.LastMessageID >= mention {
		t.Errorf("%+v", state)
	}
	if err := c.ReadStates.Ack(t.Context(), c.bob, chat.Ack{ChannelID: thread.ID, MessageID: mention + 1000}); err != nil {
		t.Fatal(err)
	}
	if state := states(t, c.Hall, c.bob)[thread.ID]; state.Mentions != 0 || state.LastMessageID != mention {
		t.Errorf("%+v", state)
	}
	list, err := c.Messages.Mentions(t.Context(), c.bob, chat.MentionPage{GuildID: c.guild.ID})
	if err != nil || len(list) != 1 || list[0].Message.ID != mention || list[0].ChannelType != store.ChannelPublicThread {
		t.Errorf("mentions: %+v, %v", list, err)
	}
}

func TestSlowModeOfThreads(t *testing.T) {
	c := newConversation(t)
	if _, err := c.Channels.Update(t.Context(), c.alice, c.guild.General, chat.ChannelEdit{RateLimitPerUser: pointer(60), DefaultThreadRateLimit: pointer(30)}); err != nil {
		t.Fatal(err)
	}
	thread := c.begin(t, c.bob, chat.ThreadDraft{Name: "slow"})
	_, _, err := c.Threads.Start(t.Context(), c.bob, c.guild.General, chat.ThreadDraft{Name: "another"})
	expectKind(t, err, chat.SlowMode)
	c.say(t, c.bob, c.guild.General, "a message is another thing than a thread")
	c.say(t, c.bob, thread.ID, "one")
	_, err = c.Messages.Create(t.Context(), c.bob, thread.ID, chat.MessageDraft{Content: "two"})
	expectKind(t, err, chat.SlowMode)
	keeper := c.guild.Member("keeper")
	c.guild.Role("keepers", 1, perm.ManageThreads, keeper)
	c.say(t, keeper, thread.ID, "one")
	c.say(t, keeper, thread.ID, "two")
	c.Clock.Advance(30 * time.Second)
	c.say(t, c.bob, thread.ID, "two")
}

func TestABanDeletesWhatWasSaidInThreads(t *testing.T) {
	c := newConversation(t)
	c.Clock.Advance(time.Hour)
	active, archived := c.begin(t, c.alice, chat.ThreadDraft{Name: "active"}), c.begin(t, c.alice, chat.ThreadDraft{Name: "archived"})
	for _, thread := range []chat.Channel{active, archived} {
		c.say(t, c.bob, thread.ID, "spam")
	}
	if _, err := c.Channels.Update(t.Context(), c.alice, archived.ID, chat.ChannelEdit{Archived: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Bans.Ban(t.Context(), c.alice, c.guild.ID, c.bob.UserID, time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, thread := range []chat.Channel{active, archived} {
		if got := c.thread(t, thread.ID).Thread; got.MessageCount != 0 || got.TotalMessageSent != 1 || got.MemberCount != 1 {
			t.Errorf("%s: %+v", thread.Name, got)
		}
	}
}

func TestThreadsOfAnotherNode(t *testing.T) {
	here := newConversation(t)
	there := here.Node()
	// Both know the guild before the thread is there.
	if _, err := there.Guilds.Get(t.Context(), here.bob, here.guild.ID); err != nil {
		t.Fatal(err)
	}
	taken := here.TakenIn()
	thread, _, err := there.Threads.Start(t.Context(), here.alice, here.guild.General, chat.ThreadDraft{Name: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = here.Channels.Get(t.Context(), here.bob, thread.ID)
	expectKind(t, err, chat.MissingAccess)
	if err := there.Threads.Add(t.Context(), here.alice, thread.ID, here.bob.UserID); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.ThreadMembersChanged])(taken)
	here.say(t, here.bob, thread.ID, "hello")
	if _, err := there.Channels.Update(t.Context(), here.alice, thread.ID, chat.ChannelEdit{Locked: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.ThreadUpdated])(taken)
	_, err = here.Messages.Create(t.Context(), here.bob, thread.ID, chat.MessageDraft{Content: "late"})
	expectKind(t, err, chat.ThreadLocked)
	if _, err := there.Channels.Delete(t.Context(), here.alice, thread.ID); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.ThreadDeleted])(taken)
	_, err = here.Channels.Get(t.Context(), here.bob, thread.ID)
	expectKind(t, err, chat.UnknownChannel)
}

func TestAGuildHasAThousandActiveThreads(t *testing.T) {
	c := newConversation(t)
	sleeping := c.begin(t, c.bob, chat.ThreadDraft{Name: "sleeping"})
	if _, err := c.Channels.Update(t.Context(), c.bob, sleeping.ID, chat.ChannelEdit{Archived: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		draft := store.Channel{ID: c.IDs.Next(), GuildID: c.guild.ID, Type: store.ChannelPublicThread, Name: "aside", ParentID: c.guild.General, OwnerID: c.bob.UserID,
			Thread: &store.Thread{ArchivedAt: c.Clock.Now(), CreatedAt: c.Clock.Now(), AutoArchive: time.Hour}}
		if err := c.Store.CreateThread(t.Context(), store.NewThread{Channel: draft}, 1000); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := c.Threads.Start(t.Context(), c.bob, c.guild.General, chat.ThreadDraft{Name: "one more"})
	expectKind(t, err, chat.MaxActiveThreads)
	_, err = c.Messages.Create(t.Context(), c.bob, sleeping.ID, chat.MessageDraft{Content: "awake?"})
	expectKind(t, err, chat.MaxActiveThreads)
	if got := c.thread(t, sleeping.ID).Thread; !got.Archived || got.MessageCount != 0 {
		t.Errorf("the thread that had no room is %+v", got)
	}
	// What is over makes room.
	c.Clock.Advance(time.Hour)
	if err := c.Threads.ArchiveIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.say(t, c.bob, sleeping.ID, "awake")
}

func TestTheAuditLogShowsNoThreadThatItsReaderMayNotSee(t *testing.T) {
	c := newConversation(t)
	auditor := c.guild.Member("auditor")
	c.guild.Role("auditors", 1, perm.ViewAuditLog, auditor)
	open := c.begin(t, c.bob, chat.ThreadDraft{Name: "open"})
	secret := c.begin(t, c.bob, chat.ThreadDraft{Name: "secret", Type: pointer(store.ChannelPrivateThread)})
	for caller, want := range map[chat.Caller][]id.ID{auditor: {open.ID}, c.alice: {open.ID, secret.ID}} {
		page, err := c.AuditLog.List(t.Context(), caller, c.guild.ID, store.AuditQuery{Action: store.AuditThreadCreate})
		if err != nil {
			t.Fatal(err)
		}
		var got []id.ID
		for _, thread := range page.Threads {
			got = append(got, thread.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the log shows the threads %v, want %v", got, want)
		}
	}
}

func TestAutomaticRulesReadTheNamesOfThreads(t *testing.T) {
	c := newConversation(t)
	makeRule(t, c.Hall, c.guild, store.AutoModRule{Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	forum := c.guild.Channel("help", store.ChannelForum)
	message := c.say(t, c.alice, c.guild.General, "hello")
	_, _, err := c.Threads.Start(t.Context(), c.bob, c.guild.General, chat.ThreadDraft{Name: "a tomato"})
	expectKind(t, err, chat.BlockedByRule)
	_, err = c.Threads.StartFromMessage(t.Context(), c.bob, c.guild.General, message, chat.ThreadDraft{Name: "a tomato"})
	expectKind(t, err, chat.BlockedByRule)
	_, _, err = c.Threads.Start(t.Context(), c.bob, forum, chat.ThreadDraft{Name: "a tomato", First: &chat.MessageDraft{Content: "x"}})
	expectKind(t, err, chat.BlockedByRule)
	_, _, err = c.Threads.Start(t.Context(), c.bob, forum, chat.ThreadDraft{Name: "fruit", First: &chat.MessageDraft{Content: "a tomato"}})
	expectKind(t, err, chat.BlockedByRule)
	thread := c.begin(t, c.bob, chat.ThreadDraft{Name: "fruit"})
	_, err = c.Channels.Update(t.Context(), c.bob, thread.ID, chat.ChannelEdit{Name: pointer("a tomato")})
	expectKind(t, err, chat.BlockedByRule)
	_, err = c.Messages.Create(t.Context(), c.bob, thread.ID, chat.MessageDraft{Content: "a tomato"})
	expectKind(t, err, chat.BlockedByRule)
	active, err := c.Threads.Active(t.Context(), c.bob, c.guild.ID)
	if err != nil || len(active) != 1 || active[0].Name != "fruit" || active[0].Thread.MessageCount != 0 {
		t.Errorf("%+v, %v", active, err)
	}
}
