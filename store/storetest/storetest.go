// Package storetest is the conformance suite of the store: what every adapter must do, whatever it is built on.
package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// Run tests an adapter. open gives a new, empty store; the suite closes it, and whatever else there is to clean up is open's own (t.Cleanup).
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	features := []struct {
		name  string
		tests []test
	}{
		{"Contract", contractTests},
		{"Hall", hallTests},
		{"HallLog", hallLogTests},
		{"User", userTests},
		{"Session", sessionTests},
		{"MFA", mfaTests},
		{"Security", securityTests},
		{"OpenID", openIDTests},
		{"Guest", guestTests},
		{"Bot", botTests},
		{"ApplicationEmoji", applicationEmojiTests},
		{"Installation", installationTests},
		{"Guild", guildTests},
		{"Channel", channelTests},
		{"Direct", directTests},
		{"Role", roleTests},
		{"Emoji", emojiTests},
		{"Webhook", webhookTests},
		{"Command", commandTests},
		{"Announcement", announcementTests},
		{"Interaction", interactionTests},
		{"EventHook", eventHookTests},
		{"Member", memberTests},
		{"Ban", banTests},
		{"Audit", auditTests},
		{"AutoMod", autoModTests},
		{"Invite", inviteTests},
		{"Message", messageTests},
		{"MessagePage", messagePageTests},
		{"Nonce", nonceTests},
		{"Voice", voiceTests},
		{"Relationship", relationshipTests},
		{"ReadState", readStateTests},
		{"Deletion", deletionTests},
		{"Settings", settingsTests},
		{"Mention", mentionTests},
		{"Reaction", reactionTests},
		{"Poll", pollTests},
		{"Call", callTests},
		{"Forward", forwardTests},
		{"File", fileTests},
		{"Picture", pictureTests},
		{"Thread", threadTests},
		{"ThreadOpen", threadOpenTests},
		{"ThreadList", threadListTests},
		{"Check", checkTests},
		{"Worker", workerTests},
	}
	for _, feature := range features {
		t.Run(feature.name, func(t *testing.T) {
			for _, test := range feature.tests {
				t.Run(test.name, func(t *testing.T) {
					kept := open(t)
					t.Cleanup(func() { _ = kept.Close() })
					f := &fixture{Store: kept, T: t}
					f.ids.Store(uint64(id.At(birthday)))
					test.run(f)
				})
			}
		})
	}
}

// test is one statement about the store, told by its name.
type test struct {
	name string
	run  func(f *fixture)
}

// birthday is the moment about which the tests' ids and times lie.
var birthday = time.Date(2026, time.February, 3, 4, 5, 6, 789_000_000, time.UTC)

// writers is how many goroutines write at once where a test is about that.
const writers = 16

// fixture is a store under test, with short ways to what most tests need.
type fixture struct {
	store.Store
	*testing.T
	ids  atomic.Uint64
	turn sync.Mutex // held by say
}

// id gives ids that ascend by one, so that neighbours in the store are neighbours in number.
func (f *fixture) id() id.ID { return id.ID(f.ids.Add(1)) }

// person stores an account.
func (f *fixture) person(name string) store.User {
	f.Helper()
	user := newPerson(f.id(), name)
	f.ok(f.CreateUser(f.Context(), user))
	return user
}

func newPerson(userID id.ID, name string) store.User {
	return store.User{ID: userID, Username: name, PasswordHash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", Locale: "en-US", PasswordChangedAt: birthday}
}

// guild stores a guild with its @everyone role, its owner as the one member, and one text channel, whose id is the guild's plus one.
func (f *fixture) guild(owner id.ID) store.Guild {
	f.Helper()
	guild := store.Guild{ID: f.id(), OwnerID: owner, Name: "Round Table", PreferredLocale: "en-US", AFKTimeout: 300}
	f.ok(f.CreateGuild(f.Context(), guild,
		[]store.Role{{ID: guild.ID, GuildID: guild.ID, Name: "@everyone", Permissions: 1 << 10}},
		[]store.Channel{{ID: f.id(), GuildID: guild.ID, Name: "general"}},
		[]store.Member{{GuildID: guild.ID, UserID: owner, JoinedAt: birthday}}))
	return guild
}

// channel stores a text channel.
func (f *fixture) channel(guildID id.ID) store.Channel {
	f.Helper()
	channel := store.Channel{ID: f.id(), GuildID: guildID, Name: "side-room"}
	f.ok(f.CreateChannel(f.Context(), channel, 500))
	return channel
}

// room stores a person, their guild, and gives its text channel: the least that a message needs.
func (f *fixture) room() store.Channel {
	f.Helper()
	guild := f.guild(f.person("ada").ID)
	channels, err := f.GuildChannels(f.Context(), guild.ID)
	f.ok(err)
	return channels[0]
}

// role stores a role.
func (f *fixture) role(guildID id.ID, name string) store.Role {
	f.Helper()
	role := store.Role{ID: f.id(), GuildID: guildID, Name: name, Position: 1}
	f.ok(f.CreateRole(f.Context(), role, 250))
	return role
}

// member stores an account that is in the guild.
func (f *fixture) member(guildID id.ID, name string, roleIDs ...id.ID) store.Member {
	f.Helper()
	member := store.Member{GuildID: guildID, UserID: f.person(name).ID, RoleIDs: roleIDs, JoinedAt: birthday}
	f.ok(f.AddMember(f.Context(), member))
	return member
}

// invite stores an invite without limits.
func (f *fixture) invite(channel store.Channel, code string) store.Invite {
	f.Helper()
	invite := store.Invite{Code: code, GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday}
	f.ok(f.CreateInvite(f.Context(), invite))
	return invite
}

// post stores one message for each content.
func (f *fixture) post(channel store.Channel, contents ...string) []store.Message {
	f.Helper()
	messages, err := f.say(channel, contents...)
	f.ok(err)
	return messages
}

// postNumbered stores n messages, in batches.
func (f *fixture) postNumbered(channel store.Channel, n int) []store.Message {
	f.Helper()
	var messages []store.Message
	for len(messages) < n {
		contents := make([]string, min(500, n-len(messages)))
		for i := range contents {
			contents[i] = fmt.Sprint("message ", len(messages)+i)
		}
		messages = append(messages, f.post(channel, contents...)...)
	}
	return messages
}

// say posts from one goroutine of many: in a channel those who post take turns, so that ids ascend.
func (f *fixture) say(channel store.Channel, contents ...string) ([]store.Message, error) {
	f.turn.Lock()
	defer f.turn.Unlock()
	batch := make([]store.NewMessage, len(contents))
	for i, content := range contents {
		batch[i] = f.draft(channel, content)
	}
	return f.CreateMessages(f.Context(), channel.ID, batch)
}

// draft makes a message that is not stored yet.
func (f *fixture) draft(channel store.Channel, content string) store.NewMessage {
	return store.NewMessage{Message: store.Message{ID: f.id(), ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: 7, Content: content}}
}

// together runs work in n goroutines that start at once, and gives their errors.
func together(n int, work func(i int) error) []error {
	var (
		errs  = make([]error, n)
		start = make(chan struct{})
		group sync.WaitGroup
	)
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = work(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}
