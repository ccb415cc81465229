package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// begin begins a thread of its own.
func (h *house) begin(owner chat.Caller, channelID id.ID, name string, kind store.ChannelType) id.ID {
	h.tb.Helper()
	thread, _, err := h.Threads.Start(context.Background(), owner, channelID, chat.ThreadDraft{Name: name, Type: &kind})
	if err != nil {
		h.tb.Fatal(err)
	}
	return thread.ID
}

// tell expects a dispatch with some texts in it.
func (c *client) tell(name string, texts ...string) {
	c.tb.Helper()
	got := string(c.expect(name).Data)
	for _, text := range texts {
		if !strings.Contains(got, text) {
			c.tb.Errorf("%s lacks %s: %s", name, text, got)
		}
	}
}

func TestThreadsAreTold(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	posted := h.post(alice, guild.General, "lunch?")
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	guilds := h.enter(token, `"intents":513`)
	guilds.await("GUILD_CREATE")
	if _, err := h.Threads.StartFromMessage(ctx, alice, guild.General, posted, chat.ThreadDraft{Name: "Lunch"}); err != nil {
		t.Fatal(err)
	}
	threadID := fmt.Sprintf(`"id":"%s"`, posted)
	a.tell("THREAD_CREATE", threadID, `"newly_created":true`, fmt.Sprintf(`"member":{"id":"%s","user_id":"%s"`, posted, alice.UserID))
	for _, device := range []*client{b, guilds} {
		created := string(device.expect("THREAD_CREATE").Data)
		if !strings.Contains(created, threadID) || strings.Contains(created, `"member":{`) || !strings.Contains(created, fmt.Sprintf(`"guild_id":"%s"`, guild.ID)) {
			t.Errorf("%s", created)
		}
	}
	for _, device := range []*client{a, b, guilds} {
		device.tell("MESSAGE_UPDATE", threadID, `"flags":32`, `"thread":{`)
		device.tell("MESSAGE_CREATE", `"type":21`, `"channel_type":11`)
	}

	h.post(bob, posted, "yes")
	b.tell("THREAD_MEMBER_UPDATE", fmt.Sprintf(`"user_id":"%s"`, bob.UserID), fmt.Sprintf(`"guild_id":"%s"`, guild.ID))
	for _, device := range []*client{a, b} {
		device.tell("THREAD_MEMBERS_UPDATE", threadID, `"member_count":2`, fmt.Sprintf(`"added_members":[{"id":"%s","user_id":"%s"`, posted, bob.UserID), `"member":{"user"`, `"presence":null`)
		device.tell("MESSAGE_CREATE", `"content":"yes"`)
	}
	guilds.tell("MESSAGE_CREATE") // it did not ask for members

	if err := h.Threads.Add(ctx, alice, posted, robot.UserID); err != nil {
		t.Fatal(err)
	}
	guilds.tell("THREAD_MEMBER_UPDATE", fmt.Sprintf(`"user_id":"%s"`, robot.UserID))
	guilds.tell("THREAD_MEMBERS_UPDATE", `"member_count":3`)
	guilds.tell("MESSAGE_CREATE", `"type":1`)
	if err := h.Threads.Leave(ctx, robot, posted); err != nil {
		t.Fatal(err)
	}
	guilds.tell("THREAD_MEMBERS_UPDATE", `"member_count":2`, fmt.Sprintf(`"removed_member_ids":["%s"]`, robot.UserID))

	if err := h.Messages.Type(ctx, bob, posted); err != nil {
		t.Fatal(err)
	}
	archived := true
	if _, err := h.Threads.Update(ctx, alice, posted, chat.ChannelEdit{Archived: &archived}); err != nil {
		t.Fatal(err)
	}
	guilds.tell("THREAD_UPDATE", threadID, `"archived":true`)
	h.post(bob, posted, "still hungry")
	guilds.tell("THREAD_UPDATE", `"archived":false`)
	guilds.tell("MESSAGE_CREATE", `"content":""`) // nor for contents
	if _, err := h.Threads.Delete(ctx, alice, posted); err != nil {
		t.Fatal(err)
	}
	guilds.tell("THREAD_DELETE", threadID, fmt.Sprintf(`"parent_id":"%s"`, guild.General), `"type":11`)
	guilds.tell("MESSAGE_UPDATE", `"flags":0`)
}

func TestPrivateThreadsAreForThoseInThem(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, cleo, dora := h.Person("alice"), h.Person("bob"), h.Person("cleo"), h.Person("dora")
	guild := h.Guild(alice)
	guild.Join(bob, cleo, dora)
	guild.Role("keeper", 1, perm.ManageThreads, dora)
	b, c, d := h.enter(h.login(bob)), h.enter(h.login(cleo)), h.enter(h.login(dora))
	secret := h.begin(bob, guild.General, "secret", store.ChannelPrivateThread)
	b.tell("THREAD_CREATE", `"type":12`)
	d.tell("THREAD_CREATE", `"type":12`)
	h.post(bob, secret, "psst")
	b.tell("MESSAGE_CREATE", "psst")
	d.tell("MESSAGE_CREATE", "psst")
	h.post(bob, secret, fmt.Sprintf("<@%s>", cleo.UserID))
	c.tell("THREAD_CREATE", fmt.Sprintf(`"id":"%s"`, secret), fmt.Sprintf(`"member":{"id":"%s","user_id":"%s"`, secret, cleo.UserID)) // nothing of it came before
	c.tell("THREAD_MEMBER_UPDATE")
	c.tell("THREAD_MEMBERS_UPDATE", `"member_count":2`)
	c.tell("MESSAGE_CREATE", `"channel_type":12`, cleo.UserID.String())
	if err := h.Threads.Remove(ctx, bob, secret, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	c.tell("THREAD_MEMBERS_UPDATE", `"removed_member_ids":[`)
	h.post(bob, secret, "gone?")
	if err := h.Messages.Type(ctx, bob, secret); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Threads.Delete(ctx, dora, secret); err != nil {
		t.Fatal(err)
	}
	b.await("THREAD_DELETE")
	d.await("THREAD_DELETE")
	h.post(alice, guild.General, "for all")
	c.tell("MESSAGE_CREATE", "for all")
}

func TestWhoConnectsIsShownTheActiveThreads(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	open := h.begin(alice, guild.General, "open", store.ChannelPublicThread)
	own, secret := h.begin(bob, guild.General, "own", store.ChannelPrivateThread), h.begin(alice, guild.General, "secret", store.ChannelPrivateThread)
	unseen := h.begin(alice, hidden, "unseen", store.ChannelPublicThread)
	old := h.begin(alice, guild.General, "old", store.ChannelPublicThread)
	archived := true
	if _, err := h.Threads.Update(ctx, alice, old, chat.ChannelEdit{Archived: &archived}); err != nil {
		t.Fatal(err)
	}
	type listed struct {
		ID     string
		Type   int
		Member *struct {
			UserID string `json:"user_id"`
		}
	}
	check := func(who string, threads []listed, want map[id.ID]bool) {
		t.Helper()
		got := make(map[string]bool)
		for _, thread := range threads {
			got[thread.ID] = thread.Member != nil
		}
		if len(got) != len(want) {
			t.Errorf("%s is shown %v, want %v", who, got, want)
		}
		for threadID, in := range want {
			if member, found := got[threadID.String()]; !found || member != in {
				t.Errorf("%s is shown %v, want %v", who, got, want)
			}
		}
	}
	person := h.dial("?v=10")
	var ready struct {
		Guilds []struct{ Threads, Channels []listed }
	}
	person.decode(person.identify(h.login(bob)), &ready)
	check("bob", ready.Guilds[0].Threads, map[id.ID]bool{open: false, own: true})
	for _, channel := range ready.Guilds[0].Channels {
		if store.ChannelType(channel.Type).IsThread() {
			t.Errorf("a thread is among the channels: %+v", channel)
		}
	}
	machine := h.enter(token)
	var created struct{ Threads []listed }
	machine.decode(machine.expect("GUILD_CREATE"), &created)
	check("the bot", created.Threads, map[id.ID]bool{open: false})

	// Somebody who comes to view a channel, or to manage its threads, is shown its active threads.
	guild.Overwrite(hidden, bob.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	person.expect("CHANNEL_CREATE")
	person.tell("THREAD_LIST_SYNC", fmt.Sprintf(`"channel_ids":["%s"]`, hidden), fmt.Sprintf(`"id":"%s"`, unseen), `"members":[]`)
	guild.Overwrite(hidden, robot.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	machine.await("CHANNEL_UPDATE")
	machine.await("THREAD_LIST_SYNC")
	guild.Overwrite(guild.General, bob.UserID, store.OverwriteMember, perm.ManageThreads, 0)
	sync := string(person.await("THREAD_LIST_SYNC").Data)
	if !strings.Contains(sync, fmt.Sprintf(`"id":"%s"`, secret)) || !strings.Contains(sync, fmt.Sprintf(`"members":[{"id":"%s"`, own)) || strings.Contains(sync, old.String()) {
		t.Errorf("%s", sync)
	}
}

func TestThreadsGoWithTheirChannel(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	thread := h.begin(alice, guild.General, "open", store.ChannelPublicThread)
	b := h.enter(h.login(bob))
	guild.Overwrite(guild.General, bob.UserID, store.OverwriteMember, 0, perm.ViewChannel)
	b.expect("CHANNEL_DELETE")
	h.post(alice, thread, "without bob")
	guild.Overwrite(guild.General, bob.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	b.expect("CHANNEL_CREATE")
	b.tell("THREAD_LIST_SYNC", thread.String())
	h.post(alice, thread, "with bob")
	b.tell("MESSAGE_CREATE", "with bob")
	if _, err := h.Channels.Delete(ctx, alice, guild.General); err != nil {
		t.Fatal(err)
	}
	b.expect("CHANNEL_DELETE")
	if _, err := h.Messages.Create(ctx, alice, thread, chat.MessageDraft{Content: "late"}); chat.KindOf(err) != chat.UnknownChannel {
		t.Errorf("a message in a thread whose channel is gone: %v", err)
	}
}

func TestATimeOutOfOneModeratorHidesNothingFromAnother(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, cleo, dora := h.Person("alice"), h.Person("bob"), h.Person("cleo"), h.Person("dora")
	guild := h.Guild(alice)
	guild.Join(bob, cleo, dora)
	guild.Role("keepers", 1, perm.ManageThreads, cleo, dora)
	until := h.Clock.Now().Add(time.Hour)
	if _, err := h.Members.Update(ctx, alice, guild.ID, cleo.UserID, chat.MemberEdit{TimedOutUntil: &until}); err != nil {
		t.Fatal(err)
	}
	c, d := h.enter(h.login(cleo)), h.enter(h.login(dora))
	guild.Role("other", 2, 0) // after which everybody's sight is computed anew
	secret := h.begin(bob, guild.General, "secret", store.ChannelPrivateThread)
	c.await("THREAD_CREATE")
	d.await("THREAD_CREATE")
	h.post(bob, secret, "psst")
	d.tell("MESSAGE_CREATE", "psst")
}

func TestNobodyElseHearsOfThreads(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, banned := h.Person("alice"), h.Person("bob"), h.Person("banned")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, banned, robot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	b, out := h.enter(h.login(bob)), h.enter(h.login(banned))
	members := h.enter(token, `"intents":2`) // members, and nothing of guilds
	if err := h.Bans.Ban(ctx, alice, guild.ID, banned.UserID, 0); err != nil {
		t.Fatal(err)
	}
	out.await("GUILD_DELETE")
	b.await("GUILD_MEMBER_REMOVE")
	members.await("GUILD_MEMBER_REMOVE")
	// In a channel that bob does not see, all that can happen.
	posted := h.post(alice, hidden, "psst")
	if _, err := h.Threads.StartFromMessage(ctx, alice, hidden, posted, chat.ThreadDraft{Name: "aside"}); err != nil {
		t.Fatal(err)
	}
	word := h.post(alice, posted, "in the thread")
	steps := []func() error{
		func() error { return h.Messages.React(ctx, alice, posted, word, store.Emoji{Name: "👍"}) },
		func() error { return h.Messages.Pin(ctx, alice, posted, word) },
		func() error { return h.Messages.Type(ctx, alice, posted) },
		func() error { return h.Threads.Leave(ctx, alice, posted) },
		func() error { return h.Messages.Delete(ctx, alice, posted, word) },
		func() error {
			archived := true
			_, err := h.Threads.Update(ctx, alice, posted, chat.ChannelEdit{Archived: &archived})
			return err
		},
		func() error { _, err := h.Threads.Delete(ctx, alice, posted); return err },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	h.begin(alice, guild.General, "for all", store.ChannelPublicThread)
	b.tell("THREAD_CREATE", "for all") // and nothing before it
	h.settle()
	for _, device := range []*client{members, out} {
		device.send(`{"op":1,"d":null}`)
		if r := device.next(); r.name() != "op 11" {
			t.Errorf("%s came: %s", r.name(), r.Data)
		}
	}
}

func TestWhoLeavesAServerIsToldToHaveLeftItsThreads(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	blind, blindToken := h.bot("blind", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot, blind)
	open := h.begin(bob, guild.General, "Open", store.ChannelPublicThread)
	secret := h.begin(alice, guild.General, "Secret", store.ChannelPrivateThread)
	if err := h.Threads.Add(ctx, alice, secret, bob.UserID); err != nil {
		t.Fatal(err)
	}
	if err := h.Threads.Add(ctx, alice, secret, robot.UserID); err != nil {
		t.Fatal(err)
	}
	members, outside, b := h.enter(token, `"intents":515`), h.enter(blindToken, `"intents":515`), h.enter(h.login(bob))
	members.await("GUILD_CREATE")
	outside.await("GUILD_CREATE")
	if err := h.Members.Kick(ctx, alice, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprintf(`"removed_member_ids":["%s"]`, bob.UserID)
	members.expect("GUILD_MEMBER_REMOVE")
	members.tell("THREAD_MEMBERS_UPDATE", fmt.Sprintf(`"id":"%s"`, open), left, `"member_count":0`)
	members.tell("THREAD_MEMBERS_UPDATE", fmt.Sprintf(`"id":"%s"`, secret), left, `"member_count":2`)
	b.expect("GUILD_DELETE")
	outside.expect("GUILD_MEMBER_REMOVE")
	outside.tell("THREAD_MEMBERS_UPDATE", fmt.Sprintf(`"id":"%s"`, open), left)
	if _, err := h.Channels.Update(ctx, alice, guild.General, chat.ChannelEdit{Topic: new(string)}); err != nil {
		t.Fatal(err)
	}
	outside.expect("CHANNEL_UPDATE") // and of the private thread nothing before
}

func TestHoldersOfAMentionedRoleComeIntoAThread(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	role := guild.Role("knights", 1, 0, bob)
	secret := h.begin(alice, guild.General, "Secret", store.ChannelPrivateThread)
	b := h.enter(h.login(bob))
	if _, err := h.Messages.Create(ctx, alice, secret, chat.MessageDraft{Content: fmt.Sprintf("<@&%s>", role.ID)}); err != nil {
		t.Fatal(err)
	}
	b.tell("THREAD_CREATE", fmt.Sprintf(`"id":"%s"`, secret), `"member":{`)
	b.tell("THREAD_MEMBER_UPDATE", fmt.Sprintf(`"user_id":"%s"`, bob.UserID))
	b.tell("THREAD_MEMBERS_UPDATE", `"added_members":[{`, `"member_count":2`)
	b.tell("MESSAGE_CREATE", `"position":1`, `"channel_type":12`)
}
