package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
	"guildhall/store/pebble"
)

// newsroom is a guild with an announcement channel, and another guild of bob's with a channel that follows it.
type newsroom struct {
	*conversation
	news    id.ID
	other   *chattest.Guild
	webhook store.Webhook
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	c := newConversation(t)
	n := &newsroom{conversation: c, news: c.guild.Channel("news", store.ChannelAnnouncement), other: c.Guild(c.bob)}
	n.webhook = n.follow(t, c.bob, n.other.General)
	return n
}

func (n *newsroom) follow(t *testing.T, caller chat.Caller, channelID id.ID) store.Webhook {
	t.Helper()
	webhook, err := n.Announcements.Follow(t.Context(), caller, n.news, channelID)
	if err != nil {
		t.Fatal(err)
	}
	return webhook
}

// announce posts in the announcement channel and publishes it.
func (n *newsroom) announce(t *testing.T, draft chat.MessageDraft) store.Message {
	t.Helper()
	posted, err := n.Messages.Create(t.Context(), n.alice, n.news, draft)
	if err == nil {
		posted, err = n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return posted.Message
}

func (n *newsroom) deliver(t *testing.T) {
	t.Helper()
	if err := n.Announcements.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// arrived gives what came from elsewhere into a channel of bob's guild, newest first.
func (n *newsroom) arrived(t *testing.T, channelID id.ID) (copies []store.Message) {
	t.Helper()
	messages, err := n.Messages.List(t.Context(), n.bob, channelID, store.MessagePage{})
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range messages {
		if message.Message.IsCopy() {
			copies = append(copies, message.Message)
		}
	}
	return copies
}

func TestAPublishedMessageArrivesWhereItsChannelIsFollowed(t *testing.T) {
	n := newNewsroom(t)
	events, source := n.Watch(event.GuildSubject(n.other.ID)), n.Watch(event.GuildSubject(n.guild.ID))
	posted, err := n.Messages.Create(t.Context(), n.alice, n.news, chat.MessageDraft{Content: "hear, <@" + n.bob.UserID.String() + "> @everyone", Embeds: []store.Embed{{Title: "T"}}, Flags: store.MessageSilent})
	if err != nil {
		t.Fatal(err)
	}
	published, err := n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID)
	if err != nil || published.Message.Flags != store.MessageSilent|store.MessageCrossposted {
		t.Fatalf("published %+v, %v", published.Message, err)
	}
	if told := chattest.Next[event.MessageUpdated](source); told.Message.ID != posted.Message.ID || told.Message.Flags&store.MessageCrossposted == 0 || told.Member == nil {
		t.Errorf("told was %+v", told)
	}
	told := chattest.Next[event.MessageCreated](events)
	arrived := told.Message
	if arrived.Content != posted.Message.Content || len(arrived.Embeds) != 1 || arrived.Flags != store.MessageIsCrosspost|store.MessageSilent || arrived.WebhookID != n.webhook.ID || arrived.AuthorID != n.webhook.ID {
		t.Errorf("arrived is %+v", arrived)
	}
	if arrived.MentionEveryone || len(arrived.Mentions) != 0 || !told.Author.Bot || told.Author.Username != n.webhook.Name {
		t.Errorf("it mentions %v, and everybody is %v; its author is %+v", arrived.Mentions, arrived.MentionEveryone, told.Author)
	}
	if *arrived.Reference != (store.MessageReference{MessageID: posted.Message.ID, ChannelID: n.news, GuildID: n.guild.ID}) {
		t.Errorf("it refers to %+v", arrived.Reference)
	}
	n.deliver(t)
	if copies := n.arrived(t, n.other.General); len(copies) != 1 {
		t.Errorf("%d arrived", len(copies))
	}
	_, err = n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID)
	expectKind(t, err, chat.AlreadyCrossposted)
}

func TestWhatBecomesOfAPublishedMessageBecomesOfItsCopies(t *testing.T) {
	n := newNewsroom(t)
	upload, err := n.Files.Receive(t.Context(), n.alice, n.news, "a.txt", strings.NewReader("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	source := n.announce(t, chat.MessageDraft{Content: "first", Attachments: []chat.AttachmentDraft{{ID: upload}}})
	n.deliver(t)
	before := n.arrived(t, n.other.General)[0]
	if len(before.Attachments) != 1 || before.Attachments[0].ID == source.Attachments[0].ID || before.Attachments[0].Blob != source.Attachments[0].Blob {
		t.Fatalf("its files are %+v", before.Attachments)
	}
	late := n.other.Channel("late", store.ChannelText)
	n.follow(t, n.bob, late)
	if _, err := n.Messages.Update(t.Context(), n.alice, n.news, source.ID, chat.MessageEdit{Content: pointer("second")}); err != nil {
		t.Fatal(err)
	}
	n.deliver(t)
	after := n.arrived(t, n.other.General)
	if len(after) != 1 || after[0].ID != before.ID || after[0].Content != "second" || after[0].EditedAt.IsZero() || len(after[0].Attachments) != 1 || after[0].Attachments[0].ID != before.Attachments[0].ID {
		t.Errorf("after the edit there is %+v", after)
	}
	if copies := n.arrived(t, late); len(copies) != 0 {
		t.Errorf("what was published before arrived where nobody followed then: %+v", copies)
	}
	if err := n.Messages.Delete(t.Context(), n.alice, n.news, source.ID); err != nil {
		t.Fatal(err)
	}
	n.deliver(t)
	gone := n.arrived(t, n.other.General)
	if len(gone) != 1 || gone[0].Content != "" || len(gone[0].Attachments) != 0 || gone[0].Flags&store.MessageSourceDeleted == 0 {
		t.Errorf("after the deletion there is %+v", gone)
	}
	many := []store.Message{n.announce(t, chat.MessageDraft{Content: "third"}), n.announce(t, chat.MessageDraft{Content: "fourth"})}
	n.deliver(t)
	if err := n.Messages.DeleteMany(t.Context(), n.alice, n.news, []id.ID{many[0].ID, many[1].ID}); err != nil {
		t.Fatal(err)
	}
	n.deliver(t)
	for _, copies := range [][]store.Message{n.arrived(t, n.other.General)[:2], n.arrived(t, late)} {
		if len(copies) != 2 || copies[0].Flags&copies[1].Flags&store.MessageSourceDeleted == 0 {
			t.Errorf("after both were deleted at once there is %+v", copies)
		}
	}
}

func TestACopyThatIsDeletedStaysSo(t *testing.T) {
	n := newNewsroom(t)
	source := n.announce(t, chat.MessageDraft{Content: "first"})
	n.deliver(t)
	if err := n.Messages.Delete(t.Context(), n.bob, n.other.General, n.arrived(t, n.other.General)[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Messages.Update(t.Context(), n.alice, n.news, source.ID, chat.MessageEdit{Content: pointer("second")}); err != nil {
		t.Fatal(err)
	}
	n.deliver(t)
	if copies := n.arrived(t, n.other.General); len(copies) != 0 {
		t.Errorf("there is %+v", copies)
	}
	_, err := n.Messages.Update(t.Context(), n.bob, n.other.General, source.ID, chat.MessageEdit{Content: pointer("mine")})
	expectKind(t, err, chat.UnknownMessage)
}

func TestNothingArrivesWhereNobodyFollowsAnyMore(t *testing.T) {
	n := newNewsroom(t)
	side := n.other.Channel("side", store.ChannelText)
	forum := n.other.Channel("forum", store.ChannelForum)
	moved := n.follow(t, n.bob, side)
	if err := n.Webhooks.Delete(t.Context(), n.bob, n.webhook.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Webhooks.Update(t.Context(), n.bob, moved.ID, chat.WebhookEdit{ChannelID: &forum}); err != nil {
		t.Fatal(err)
	}
	n.announce(t, chat.MessageDraft{Content: "news"})
	n.deliver(t)
	for _, channelID := range []id.ID{n.other.General, side, forum} {
		if copies := n.arrived(t, channelID); len(copies) != 0 {
			t.Errorf("there arrived %+v", copies)
		}
	}
	// Whoever is thrown out of the guild goes on following: what is published is for everybody.
	if _, err := n.Webhooks.Update(t.Context(), n.bob, moved.ID, chat.WebhookEdit{ChannelID: &side, Name: pointer("Herald")}); err != nil {
		t.Fatal(err)
	}
	if err := n.Members.Kick(t.Context(), n.alice, n.guild.ID, n.bob.UserID); err != nil {
		t.Fatal(err)
	}
	n.announce(t, chat.MessageDraft{Content: "more"})
	n.deliver(t)
	if copies := n.arrived(t, side); len(copies) != 1 || copies[0].Persona.Name != "Herald" {
		t.Errorf("there arrived %+v", copies)
	}
	if _, err := n.Channels.Delete(t.Context(), n.alice, n.news); err != nil {
		t.Fatal(err)
	}
	n.deliver(t)
	if copies := n.arrived(t, side); len(copies) != 1 || copies[0].Content != "more" {
		t.Errorf("after the channel was deleted there is %+v", copies)
	}
	if shown, err := n.Webhooks.Get(t.Context(), n.bob, moved.ID); err != nil || shown.SourceChannel != nil || shown.SourceGuild == nil {
		t.Errorf("the webhook is %+v, %v", shown, err)
	}
}

func TestFollowingIsToldWhereItArrivesAndHappensOnce(t *testing.T) {
	n := newNewsroom(t)
	side := n.other.Channel("side", store.ChannelText)
	events := n.Watch(event.GuildSubject(n.other.ID))
	webhook := n.follow(t, n.bob, side)
	if webhook.Type != store.WebhookFollower || webhook.TokenHash != nil || webhook.SourceChannelID != n.news || webhook.SourceGuildID != n.guild.ID || !strings.HasSuffix(webhook.Name, " #news") {
		t.Errorf("the webhook is %+v", webhook)
	}
	if told := chattest.Next[event.WebhooksUpdated](events); told.ChannelID != side {
		t.Errorf("told is %+v", told)
	}
	note := chattest.Next[event.MessageCreated](events).Message
	if note.Type != store.MessageFollowed || note.AuthorID != n.bob.UserID || note.Content != webhook.Name || *note.Reference != (store.MessageReference{ChannelID: n.news, GuildID: n.guild.ID}) {
		t.Errorf("the note is %+v", note)
	}
	if again := n.follow(t, n.bob, side); again.ID != webhook.ID {
		t.Errorf("followed again with %+v", again)
	}
	entries, err := n.AuditLog.List(t.Context(), n.bob, n.other.ID, store.AuditQuery{Action: store.AuditWebhookCreate})
	if err != nil || len(entries.Entries) != 2 || !slices.ContainsFunc(entries.Entries[0].Changes, func(change store.AuditChange) bool { return change.Key == "source_channel_id" }) {
		t.Errorf("the log has %+v, %v", entries.Entries, err)
	}
}

func TestWhoMayFollowAndPublish(t *testing.T) {
	n := newNewsroom(t)
	ctx := t.Context()
	secret := n.guild.Channel("secret", store.ChannelAnnouncement, store.PermissionOverwrite{TargetID: n.guild.ID, Deny: uint64(perm.ViewChannel)})
	forum := n.other.Channel("forum", store.ChannelForum)
	stranger := n.Guild(n.Person("carol"))
	for name, test := range map[string]struct {
		caller         chat.Caller
		source, target id.ID
		kind           chat.Kind
	}{
		"a channel that is not for announcements": {n.bob, n.guild.General, n.other.General, chat.WrongChannelType},
		"one that one may not see":                {n.bob, secret, n.other.General, chat.MissingAccess},
		"from a guild that one is not in":         {stranger.Owner, n.news, stranger.General, chat.UnknownChannel},
		"into a guild that one is not in":         {n.bob, n.news, stranger.General, chat.UnknownChannel},
		"into one whose webhooks others keep":     {n.bob, n.news, n.guild.General, chat.MissingPermission},
		"into a forum":                            {n.bob, n.news, forum, chat.WrongChannelType},
		"into itself":                             {n.alice, n.news, n.news, chat.Invalid},
	} {
		_, err := n.Announcements.Follow(ctx, test.caller, test.source, test.target)
		if chat.KindOf(err) != test.kind || err == nil {
			t.Errorf("%s: got %v, want kind %d", name, err, test.kind)
		}
	}
	say := func(author chat.Caller, channelID id.ID, draft chat.MessageDraft) id.ID {
		t.Helper()
		posted, err := n.Messages.Create(ctx, author, channelID, draft)
		if err != nil {
			t.Fatal(err)
		}
		return posted.Message.ID
	}
	hers, his := say(n.alice, n.news, chat.MessageDraft{Content: "hers"}), say(n.bob, n.news, chat.MessageDraft{Content: "his"})
	plain := say(n.alice, n.guild.General, chat.MessageDraft{Content: "plain"})
	poll := say(n.alice, n.news, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}}}})
	forward := say(n.alice, n.news, chat.MessageDraft{Reference: &chat.ReferenceDraft{Forward: true, MessageID: plain, ChannelID: n.guild.General}})
	for name, test := range map[string]struct {
		caller    chat.Caller
		channelID id.ID
		messageID id.ID
		kind      chat.Kind
	}{
		"what others wrote":                      {n.bob, n.news, hers, chat.MissingPermission},
		"in a channel that is not for it":        {n.alice, n.guild.General, plain, chat.WrongChannelType},
		"a poll":                                 {n.alice, n.news, poll, chat.PollFixed},
		"a forward":                              {n.alice, n.news, forward, chat.SystemMessage},
		"what is not there":                      {n.alice, n.news, 1, chat.UnknownMessage},
		"what is elsewhere":                      {n.alice, n.news, plain, chat.UnknownMessage},
		"in a guild that the caller is not in":   {stranger.Owner, n.news, his, chat.UnknownChannel},
		"in a channel that one may not see, yet": {n.bob, secret, his, chat.MissingAccess},
	} {
		_, err := n.Announcements.Publish(ctx, test.caller, test.channelID, test.messageID)
		if chat.KindOf(err) != test.kind || err == nil {
			t.Errorf("%s: got %v, want kind %d", name, err, test.kind)
		}
	}
	for _, messageID := range []id.ID{his, hers} {
		caller := map[id.ID]chat.Caller{his: n.bob, hers: n.alice}[messageID]
		if _, err := n.Announcements.Publish(ctx, caller, n.news, messageID); err != nil {
			t.Errorf("their own: %v", err)
		}
	}
	back := n.other.Channel("their-news", store.ChannelAnnouncement)
	n.follow(t, n.bob, back)
	n.announce(t, chat.MessageDraft{Content: "news"})
	n.deliver(t)
	_, err := n.Announcements.Publish(ctx, n.bob, back, n.arrived(t, back)[0].ID)
	expectKind(t, err, chat.AlreadyCrossposted)
}

func TestInAChannelTenMessagesArePublishedAnHour(t *testing.T) {
	n := newNewsroom(t)
	for i := range 10 {
		n.announce(t, chat.MessageDraft{Content: fmt.Sprint(i)})
	}
	posted, err := n.Messages.Create(t.Context(), n.alice, n.news, chat.MessageDraft{Content: "more"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID)
	if limited, ok := errors.AsType[*chat.Error](err); !ok || limited.Kind != chat.RateLimited || limited.RetryAfter != time.Hour {
		t.Errorf("got %v", err)
	}
	n.Clock.Advance(time.Hour)
	if _, err := n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID); err != nil {
		t.Error(err)
	}
	n.deliver(t)
	if copies := n.arrived(t, n.other.General); len(copies) != 11 || copies[0].Content != "more" || copies[10].Content != "0" {
		t.Errorf("%d arrived", len(copies))
	}
}

func TestAChannelHasAThousandFollowers(t *testing.T) {
	n := newNewsroom(t)
	for range store.MaxFollowers - 1 {
		webhook := store.Webhook{ID: n.IDs.Next(), Type: store.WebhookFollower, GuildID: n.guild.ID, ChannelID: n.guild.General, Name: "x", SourceGuildID: n.guild.ID, SourceChannelID: n.news}
		if _, err := n.Store.CreateWebhook(t.Context(), webhook, store.MaxFollowers); err != nil {
			t.Fatal(err)
		}
	}
	_, err := n.Announcements.Follow(t.Context(), n.bob, n.news, n.other.Channel("side", store.ChannelText))
	expectKind(t, err, chat.MaxFollowers)
	if again := n.follow(t, n.bob, n.other.General); again.ID != n.webhook.ID {
		t.Errorf("who follows already is given %+v", again)
	}
}

func TestWhatCannotBeBroughtNowIsBroughtLater(t *testing.T) {
	hall, failing := openFailing(t)
	c := &conversation{Hall: hall, guild: hall.Guild(hall.Person("alice"))}
	c.alice, c.bob = c.guild.Owner, c.guild.Member("bob")
	n := &newsroom{conversation: c, news: c.guild.Channel("news", store.ChannelAnnouncement), other: hall.Guild(c.bob)}
	n.webhook = n.follow(t, c.bob, n.other.General)
	posted, err := n.Messages.Create(t.Context(), n.alice, n.news, chat.MessageDraft{Content: "news"})
	if err != nil {
		t.Fatal(err)
	}
	failing.fail(errDisk)
	if _, err := n.Announcements.Publish(t.Context(), n.alice, n.news, posted.Message.ID); err != nil {
		t.Fatal(err)
	}
	if err := n.Announcements.Deliver(t.Context()); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	failing.fail(nil)
	n.deliver(t)
	if copies := n.arrived(t, n.other.General); len(copies) != 1 {
		t.Errorf("there arrived %+v", copies)
	}
}

// stepwiseReuse renames and opens one after the other. The file system in memory does both under one lock, which it takes twice for reading: a clone that is asked for in between would wait for ever.
type stepwiseReuse struct{ *vfs.MemFS }

func (d stepwiseReuse) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.Rename(oldname, newname); err != nil {
		return nil, err
	}
	return d.OpenReadWrite(newname, category)
}

// openOn opens a hall over what a disk in memory has.
func openOn(t *testing.T, disk *vfs.MemFS) *chattest.Hall {
	t.Helper()
	opened, err := pebble.Open("hall", pebble.Options{FS: stepwiseReuse{disk}})
	if err != nil {
		t.Fatal(err)
	}
	return chattest.Open(t, chattest.Options{Store: opened})
}

func TestAfterACrashWhatWasPublishedArrivesOnce(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	disk := vfs.NewCrashableMem()
	hall := openOn(t, disk)
	c := &conversation{Hall: hall, guild: hall.Guild(hall.Person("alice"))}
	c.alice, c.bob = c.guild.Owner, c.guild.Member("bob")
	n := &newsroom{conversation: c, news: c.guild.Channel("news", store.ChannelAnnouncement), other: hall.Guild(c.bob)}
	var targets []id.ID
	for i := range 12 {
		targets = append(targets, n.other.Channel(fmt.Sprint("target-", i), store.ChannelText))
		n.follow(t, n.bob, targets[i])
	}
	// Each clone is the disk as a crash would leave it while what was published is on its way, with what was acknowledged by then.
	type crash struct {
		disk      *vfs.MemFS
		published []store.Message
	}
	var crashes []crash
	var published []store.Message
	events := n.Watch(event.GuildSubject(n.other.ID))
	for i := range 4 {
		published = append(published, n.announce(t, chat.MessageDraft{Content: fmt.Sprint("news ", i)}))
		for range random.IntN(len(targets)) {
			chattest.Next[event.MessageCreated](events)
		}
		crashes = append(crashes, crash{disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random}), slices.Clone(published)})
	}
	for i, crash := range crashes {
		again := openOn(t, crash.disk)
		again.Clock.Advance(time.Hour)
		for range 2 { // what was settled is not begun anew
			if err := again.Announcements.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, target := range targets {
			messages, err := again.Store.ListMessages(t.Context(), target, store.MessagePage{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			times := make(map[string]int)
			for _, message := range messages {
				times[message.Content]++
			}
			for _, message := range crash.published {
				if times[message.Content] != 1 {
					t.Errorf("crash %d: %q arrived %d times", i, message.Content, times[message.Content])
				}
			}
		}
		if problems, err := again.Store.Check(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("crash %d: %q, %v", i, problems, err)
		}
	}
}
