package chat

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
	"guildhall/store/pebble"
)

const (
	viewedGuild   id.ID = 100
	viewedChannel id.ID = 101
	viewedOwner   id.ID = 1
)

// watchedStore counts the reads of guilds, lets others run in their midst, and can hold them up or make them fail.
type watchedStore struct {
	store.Store
	reads atomic.Int64
	hold  chan struct{}
	err   error
}

func (s *watchedStore) Guild(ctx context.Context, guildID id.ID) (store.Guild, error) {
	s.reads.Add(1)
	if s.err != nil {
		return store.Guild{}, s.err
	}
	guild, err := s.Store.Guild(ctx, guildID)
	runtime.Gosched() // what was read may be old by now
	if s.hold != nil {
		<-s.hold
	}
	return guild, err
}

func (s *watchedStore) Member(ctx context.Context, guildID, userID id.ID) (store.Member, error) {
	member, err := s.Store.Member(ctx, guildID, userID)
	runtime.Gosched()
	return member, err
}

// newViewedGuild opens a store with one guild of one member in it.
func newViewedGuild(t *testing.T, sizes CacheSizes) (*Views, *watchedStore) {
	t.Helper()
	opened, err := pebble.Open("hall", pebble.Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := opened.CreateUser(t.Context(), store.User{ID: viewedOwner, Username: "alice"}); err != nil {
		t.Fatal(err)
	}
	err = opened.CreateGuild(t.Context(), store.Guild{ID: viewedGuild, OwnerID: viewedOwner, Name: "0"}, []store.Role{{ID: viewedGuild, GuildID: viewedGuild, Name: "@everyone"}},
		[]store.Channel{{ID: viewedChannel, GuildID: viewedGuild, Name: "general"}}, []store.Member{{GuildID: viewedGuild, UserID: viewedOwner, JoinedAt: time.Unix(0, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	watched := &watchedStore{Store: opened}
	return newViews(Deps{Store: watched, Now: time.Now}, sizes), watched
}

func TestWhatWasWrittenIsSeenByEverybodyWhoAsksAfterwards(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	const changes = 300
	var guildWritten, memberWritten atomic.Int64
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				before := guildWritten.Load()
				view, err := views.Guild(t.Context(), viewedGuild)
				if err != nil {
					t.Error(err)
					return
				}
				if seen, _ := strconv.ParseInt(view.Guild.Name, 10, 64); seen < before {
					t.Errorf("saw the guild as it was at %d after %d was written", seen, before)
					return
				}
				before = memberWritten.Load()
				member, err := views.Member(t.Context(), viewedGuild, viewedOwner)
				if err != nil {
					t.Error(err)
					return
				}
				if seen, _ := strconv.ParseInt("0"+member.Nick, 10, 64); seen < before {
					t.Errorf("saw the member as they were at %d after %d was written", seen, before)
					return
				}
			}
		})
	}
	for i := int64(1); i <= changes; i++ {
		err := views.change(t.Context(), viewedGuild, func(ctx context.Context) error {
			guild, err := watched.UpdateGuild(ctx, viewedGuild, func(guild *store.Guild) error {
				guild.Name = strconv.FormatInt(i, 10)
				return nil
			})
			views.renew(viewedGuild)
			guildWritten.Store(i)
			if err != nil {
				return err
			}
			member, err := watched.UpdateMember(ctx, viewedGuild, viewedOwner, func(member *store.Member) error {
				member.Nick = strconv.FormatInt(i, 10)
				return nil
			})
			if err != nil {
				return err
			}
			views.keepMember(member)
			memberWritten.Store(i)
			// This node's own events come back.
			views.receive(event.GuildUpdated{Guild: guild})
			views.receive(event.MemberUpdated{Member: member})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	group.Wait()
}

func TestManyWhoAskAtOnceShareOneRead(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	watched.hold = make(chan struct{})
	var group sync.WaitGroup
	var given [20]*View
	for i := range given {
		group.Go(func() { given[i], _ = views.Guild(t.Context(), viewedGuild) })
	}
	close(watched.hold)
	group.Wait()
	for _, view := range given {
		if view == nil || view != given[0] {
			t.Fatal("not everybody was given the same view")
		}
	}
	if reads := watched.reads.Load(); reads != 1 {
		t.Errorf("%d reads", reads)
	}
}

func TestWhoAsksAfterAChangeDoesNotShareAReadFromBefore(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	synctest.Test(t, func(t *testing.T) {
		watched.hold = make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() { _, _ = views.Guild(t.Context(), viewedGuild) })
		synctest.Wait() // the read is held up
		views.renew(viewedGuild)
		group.Go(func() { _, _ = views.Guild(t.Context(), viewedGuild) })
		synctest.Wait()
		if reads := watched.reads.Load(); reads != 2 {
			t.Errorf("%d reads", reads)
		}
		close(watched.hold)
		group.Wait()
	})
}

func TestWhoGivesUpWaitingForAGuildLeavesTheOthersAlone(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	synctest.Test(t, func(t *testing.T) {
		watched.hold = make(chan struct{})
		first, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for _, ctx := range []context.Context{first, t.Context()} {
			group.Go(func() {
				if _, err := views.Guild(ctx, viewedGuild); err != nil {
					t.Error(err) // the first reads for the others too
				}
			})
			synctest.Wait()
		}
		impatient, giveUp := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := views.Guild(impatient, viewedGuild); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		cancel()
		giveUp()
		synctest.Wait()
		close(watched.hold)
		group.Wait()
	})
}

func TestAReadThatFailedIsTriedAgain(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	watched.err = errors.New("the disk is on fire")
	if _, err := views.Guild(t.Context(), viewedGuild); KindOf(err) != Internal || !errors.Is(err, watched.err) {
		t.Errorf("got %v", err)
	}
	watched.err = nil
	if _, err := views.Guild(t.Context(), viewedGuild); err != nil {
		t.Error(err)
	}
}

func TestGuildsThatDoNotExistTakeNoPlace(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{Guilds: 1})
	if _, err := views.Guild(t.Context(), viewedGuild); err != nil {
		t.Fatal(err)
	}
	views.mu.Lock()
	places := views.guilds.Len()
	views.mu.Unlock()
	if _, err := views.Guild(t.Context(), 404); KindOf(err) != UnknownGuild {
		t.Errorf("got %v", err)
	}
	views.mu.Lock()
	defer views.mu.Unlock()
	if _, kept := views.guilds.Peek(404); kept || places != 1 {
		t.Errorf("%d reads, a guild that does not exist is kept: %v", watched.reads.Load(), kept)
	}
}

func TestTheNewestMessageIsKnownWhateverHappensToTheView(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{Guilds: 1})
	say := func(messageID id.ID) {
		if _, err := watched.CreateMessages(t.Context(), viewedChannel, []store.NewMessage{{Message: store.Message{ID: messageID, ChannelID: viewedChannel, GuildID: viewedGuild, AuthorID: viewedOwner, Content: "a"}}}); err != nil {
			t.Fatal(err)
		}
		views.posted(viewedGuild, viewedChannel, messageID)
	}
	expect := func(when string, want id.ID) {
		t.Helper()
		view, err := views.Guild(t.Context(), viewedGuild)
		if err != nil {
			t.Fatal(err)
		}
		if got := view.LastMessageID(viewedChannel); got != want {
			t.Errorf("%s it is %v, want %v", when, got, want)
		}
	}
	expect("in an empty channel", 0)
	old, _ := views.Guild(t.Context(), viewedGuild)
	say(201)
	expect("after a message", 201)
	if got := old.LastMessageID(viewedChannel); got != 201 {
		t.Errorf("in a view from before it is %v", got)
	}
	views.renew(viewedGuild)
	expect("in a new view", 201)
	if got := old.LastMessageID(viewedChannel); got != 201 {
		t.Errorf("in the view from before it is %v", got)
	}
	views.receive(event.MessageCreated{Message: store.Message{ID: 200, ChannelID: viewedChannel, GuildID: viewedGuild}})
	expect("after a late event", 201)
	views.forget()
	say(202)
	expect("after everything was forgotten", 202)
}

func TestOtherNodesChangesArriveAsEvents(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	ctx := t.Context()
	look := func() (*View, *store.Member) {
		t.Helper()
		view, err := views.Guild(ctx, viewedGuild)
		if err != nil {
			t.Fatal(err)
		}
		member, err := views.Member(ctx, viewedGuild, viewedOwner)
		if err != nil && KindOf(err) != UnknownMember {
			t.Fatal(err)
		}
		return view, member
	}
	look()
	role := store.Role{ID: 300, GuildID: viewedGuild, Name: "role", Permissions: uint64(perm.KickMembers)}
	if err := watched.CreateRole(ctx, role, 250); err != nil {
		t.Fatal(err)
	}
	views.receive(event.RoleCreated{Role: role})
	if view, _ := look(); len(view.Roles) != 2 {
		t.Errorf("the roles are %v", view.Roles)
	}
	member, err := watched.UpdateMember(ctx, viewedGuild, viewedOwner, func(member *store.Member) error {
		member.RoleIDs = []id.ID{role.ID}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	views.receive(event.MemberUpdated{Member: member})
	if _, member := look(); len(member.RoleIDs) != 1 {
		t.Errorf("holds %v", member.RoleIDs)
	}
	if _, err := watched.DeleteRole(ctx, viewedGuild, role.ID); err != nil {
		t.Fatal(err)
	}
	views.receive(event.RoleDeleted{GuildID: viewedGuild, RoleID: role.ID})
	if view, member := look(); len(view.Roles) != 1 || len(member.RoleIDs) != 0 {
		t.Errorf("the roles are %v, held are %v", view.Roles, member.RoleIDs)
	}
	channel := store.Channel{ID: 301, GuildID: viewedGuild, Name: "new"}
	if err := watched.CreateChannel(ctx, channel, 500); err != nil {
		t.Fatal(err)
	}
	if guildID, err := views.ChannelGuild(ctx, channel.ID); err != nil || guildID != viewedGuild {
		t.Errorf("got %v, %v", guildID, err)
	}
	if view, _ := look(); len(view.Channels) != 2 {
		t.Error("a channel whose event is still on the way is not found")
	}
	if count, err := views.MemberCount(ctx, viewedGuild); err != nil || count != 1 {
		t.Errorf("%d members, %v", count, err)
	}
	if _, err := watched.RemoveMember(ctx, viewedGuild, viewedOwner); err != nil {
		t.Fatal(err)
	}
	views.receive(event.MemberRemoved{GuildID: viewedGuild, User: store.User{ID: viewedOwner}})
	if count, err := views.MemberCount(ctx, viewedGuild); err != nil || count != 0 {
		t.Errorf("%d members, %v", count, err)
	}
	if _, member := look(); member != nil {
		t.Error("who was removed is still a member")
	}
	if err := watched.DeleteGuild(ctx, viewedGuild); err != nil {
		t.Fatal(err)
	}
	views.receive(event.GuildDeleted{GuildID: viewedGuild})
	if _, err := views.Guild(ctx, viewedGuild); KindOf(err) != UnknownGuild {
		t.Errorf("got %v", err)
	}
}

func TestTheCountersOfDeletedChannelsAreForgotten(t *testing.T) {
	views, watched := newViewedGuild(t, CacheSizes{})
	for channelID := id.ID(400); channelID < 500; channelID++ {
		if err := watched.CreateChannel(t.Context(), store.Channel{ID: channelID, GuildID: viewedGuild, Name: "brief"}, 500); err != nil {
			t.Fatal(err)
		}
		views.renew(viewedGuild)
		if _, err := views.Guild(t.Context(), viewedGuild); err != nil {
			t.Fatal(err)
		}
		if _, err := watched.DeleteChannel(t.Context(), channelID); err != nil {
			t.Fatal(err)
		}
	}
	if entry, _ := views.known(viewedGuild); len(entry.newest) > 30 {
		t.Errorf("%d counters for one channel", len(entry.newest))
	}
}

func TestAViewAnswersForItsMembers(t *testing.T) {
	views, _ := newViewedGuild(t, CacheSizes{})
	view, err := views.Guild(t.Context(), viewedGuild)
	if err != nil {
		t.Fatal(err)
	}
	owner, nobody := &store.Member{GuildID: viewedGuild, UserID: viewedOwner}, &store.Member{GuildID: viewedGuild, UserID: 2}
	for _, test := range []struct {
		member    *store.Member
		channelID id.ID
		want      perm.Set
	}{
		{owner, viewedChannel, perm.All}, {nobody, viewedChannel, 0}, {owner, 404, 0},
	} {
		if got := view.ChannelPermissions(test.member, test.channelID); got != test.want {
			t.Errorf("user %v may do %v in %v", test.member.UserID, got.Names(), test.channelID)
		}
	}
	if view.Everyone().Name != "@everyone" || view.LastMessageID(404) != 0 || len(view.VisibleChannels(nobody)) != 0 || len(view.AllChannels()) != 1 {
		t.Errorf("the view is %+v", view)
	}
}
