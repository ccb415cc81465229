package chat_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// failingStore fails its writes when it is told to.
type failingStore struct {
	store.Store
	mu  sync.Mutex
	err error
}

func (s *failingStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *failingStore) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *failingStore) CreateMessages(ctx context.Context, channelID id.ID, messages []store.NewMessage) ([]store.Message, error) {
	if err := s.failure(); err != nil {
		return nil, err
	}
	return s.Store.CreateMessages(ctx, channelID, messages)
}

func (s *failingStore) UpdateRole(ctx context.Context, guildID, roleID id.ID, change func(*store.Role) error) (store.Role, error) {
	role, err := s.Store.UpdateRole(ctx, guildID, roleID, change)
	if failure := s.failure(); failure != nil {
		return store.Role{}, failure // the write happened all the same
	}
	return role, err
}

func (s *failingStore) UpdateMember(ctx context.Context, guildID, userID id.ID, change func(*store.Member) error) (store.Member, error) {
	member, err := s.Store.UpdateMember(ctx, guildID, userID, change)
	if failure := s.failure(); failure != nil {
		return store.Member{}, failure
	}
	return member, err
}

var errDisk = errors.New("the disk is on fire")

func openFailing(t *testing.T) (*chattest.Hall, *failingStore) {
	t.Helper()
	failing := &failingStore{}
	hall := chattest.Open(t, chattest.Options{Wrap: func(inner store.Store) store.Store {
		failing.Store = inner
		return failing
	}})
	return hall, failing
}

func TestAPostingThatCannotBeStoredFailsForAllAndIsPublishedToNobody(t *testing.T) {
	hall, failing := openFailing(t)
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	failing.fail(errDisk)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Content: "lost"})
			if chat.KindOf(err) != chat.Internal || !errors.Is(err, errDisk) {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	failing.fail(nil)
	if _, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Content: "kept"}); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.MessageCreated](events); told.Message.Content != "kept" {
		t.Errorf("%q was published", told.Message.Content)
	}
}

func TestAWriteThatMayHaveHappenedIsReadAnew(t *testing.T) {
	hall, failing := openFailing(t)
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	role := guild.Role("role", 1, 0)
	failing.fail(errDisk)
	if _, err := hall.Roles.Update(t.Context(), guild.Owner, guild.ID, role.ID, chat.RoleEdit{Permissions: pointer(perm.KickMembers)}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if err := hall.Members.AddRole(t.Context(), guild.Owner, guild.ID, bob.UserID, role.ID); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	view, err := hall.Views.Guild(t.Context(), guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	member, err := hall.Views.Member(t.Context(), guild.ID, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if !view.Permissions(member).Has(perm.KickMembers) {
		t.Error("what is stored is not what is seen")
	}
}

func TestNothingThatAGuildHandsOutHasAnEMailAddress(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	const address = "bob@example.org"
	bob := chat.Caller{UserID: hall.IDs.Next()}
	if err := hall.Store.CreateUser(t.Context(), store.User{ID: bob.UserID, Username: "bob", Email: address, PasswordHash: "hash"}); err != nil {
		t.Fatal(err)
	}
	events := hall.Watch(event.GuildSubject(guild.ID))
	guild.Join(bob)
	secret := func(user store.User) bool { return user.Email != "" || user.PasswordHash != "" }
	if secret(chattest.Next[event.MemberAdded](events).User) {
		t.Error("the event of their coming has it")
	}
	posted, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "<@" + bob.UserID.String() + ">"})
	if err != nil || secret(posted.Author) || secret(posted.Mentioned[0]) || secret(chattest.Next[event.MessageCreated](events).Author) {
		t.Errorf("the message has it, %v", err)
	}
	listed, err := hall.Messages.List(t.Context(), guild.Owner, guild.General, store.MessagePage{})
	if err != nil || secret(listed[0].Author) || secret(listed[0].Mentioned[0]) {
		t.Errorf("the list has it, %v", err)
	}
	members, err := hall.Members.List(t.Context(), guild.Owner, guild.ID, 0, 10)
	if err != nil || len(members) != 2 || secret(members[0].User) || secret(members[1].User) {
		t.Errorf("the list of members has it, %v", err)
	}
	invite, err := hall.Invites.Create(t.Context(), bob, guild.General, chat.InviteDraft{})
	if err != nil || secret(*invite.Inviter) {
		t.Errorf("the invite has it, %v", err)
	}
	if err := hall.Members.Kick(t.Context(), guild.Owner, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	if secret(chattest.Next[event.MemberRemoved](events).User) {
		t.Error("the event of their going has it")
	}
}

func TestErrorsTellPeopleWhatToDo(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	_, err := hall.Channels.Create(t.Context(), bob, guild.ID, chat.ChannelDraft{Name: "a"})
	if err == nil || !strings.Contains(err.Error(), "MANAGE_CHANNELS") {
		t.Errorf("got %v", err)
	}
}
