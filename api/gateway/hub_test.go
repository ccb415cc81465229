package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
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

func TestMessagesReachOnlyThoseWhoMayViewTheChannel(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	secret := guild.Channel("secret", store.ChannelText)
	guild.Overwrite(secret, guild.ID, store.OverwriteRole, 0, perm.ViewChannel)
	a, b, r := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(token)
	r.expect("GUILD_CREATE")
	h.post(alice, secret, "for few")
	h.post(alice, guild.General, "for all")
	if first := a.message(); first != "for few" {
		t.Errorf("Alice: %s", first)
	}
	for name, c := range map[string]*client{"Bob": b, "the bot": r} {
		if first := c.message(); first != "for all" {
			t.Errorf("%s: %s", name, first)
		}
	}
}

func TestWhatComesIntoSightIsAChannelMadeForPeople(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	b, r := h.enter(h.login(bob)), h.enter(token)
	r.expect("GUILD_CREATE")

	secret := guild.Channel("secret", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Type: store.OverwriteRole, Deny: uint64(perm.ViewChannel)})
	r.expect("CHANNEL_CREATE") // bots know all channels
	trusted := guild.Role("trusted", 1, 0)
	b.expect("GUILD_ROLE_CREATE")
	r.expect("GUILD_ROLE_CREATE")
	guild.Overwrite(secret, trusted.ID, store.OverwriteRole, perm.ViewChannel, 0)
	r.expect("CHANNEL_UPDATE")

	if err := h.Members.AddRole(ctx, alice, guild.ID, bob.UserID, trusted.ID); err != nil {
		t.Fatal(err)
	}
	b.expect("GUILD_MEMBER_UPDATE")
	b.expectChannel("CHANNEL_CREATE", "secret")
	r.expect("GUILD_MEMBER_UPDATE")
	h.post(alice, secret, "welcome")
	if content := b.message(); content != "welcome" {
		t.Error(content)
	}

	if err := h.Members.RemoveRole(ctx, alice, guild.ID, bob.UserID, trusted.ID); err != nil {
		t.Fatal(err)
	}
	b.expect("GUILD_MEMBER_UPDATE")
	b.expectChannel("CHANNEL_DELETE", "secret")
	h.post(alice, secret, "not for Bob")

	guild.Overwrite(secret, bob.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	b.expectChannel("CHANNEL_CREATE", "secret")
	if err := h.Channels.DeleteOverwrite(ctx, alice, secret, bob.UserID); err != nil {
		t.Fatal(err)
	}
	b.expectChannel("CHANNEL_DELETE", "secret")

	// Everybody may view what the owner of the guild may; who becomes the owner may view everything.
	bobID := bob.UserID
	if _, err := h.Guilds.Update(ctx, alice, guild.ID, chat.GuildEdit{OwnerID: &bobID}); err != nil {
		t.Fatal(err)
	}
	b.expect("GUILD_UPDATE")
	b.expectChannel("CHANNEL_CREATE", "secret")
	if _, err := h.Channels.Delete(ctx, bob, secret); err != nil {
		t.Fatal(err)
	}
	b.expectChannel("CHANNEL_DELETE", "secret")
}

func (c *client) expectChannel(event, name string) {
	c.tb.Helper()
	var d struct {
		Name    string
		GuildID string `json:"guild_id"`
	}
	c.decode(c.expect(event), &d)
	if d.Name != name || d.GuildID == "" {
		c.tb.Errorf("%s of %q in guild %q", event, d.Name, d.GuildID)
	}
}

func TestGuildsComeAndGo(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))

	guild.Join(bob)
	created := b.expect("GUILD_CREATE")
	var d struct {
		ID          string
		MemberCount int `json:"member_count"`
	}
	b.decode(created, &d)
	if d.ID != guild.ID.String() || d.MemberCount != 2 {
		t.Errorf("%s", created.Data)
	}
	a.await("GUILD_MEMBER_ADD")
	h.post(alice, guild.General, "hello Bob")
	if content := b.message(); content != "hello Bob" {
		t.Error(content)
	}

	if err := h.Members.Kick(ctx, alice, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	gone := b.expect("GUILD_DELETE")
	if string(gone.Data) != fmt.Sprintf(`{"id":"%s"}`, guild.ID) {
		t.Errorf("%s", gone.Data)
	}
	a.await("GUILD_MEMBER_REMOVE")
	h.post(alice, guild.General, "without Bob")

	guild.Join(bob)
	b.expect("GUILD_CREATE")
	if err := h.Guilds.Leave(ctx, bob, guild.ID); err != nil {
		t.Fatal(err)
	}
	b.expect("GUILD_DELETE")

	other := h.Guild(bob)
	b.expect("GUILD_CREATE")
	if err := h.Guilds.Delete(ctx, bob, other.ID); err != nil {
		t.Fatal(err)
	}
	b.await("GUILD_DELETE") // perhaps after the update by which the guild was made quiet
	a.await("GUILD_MEMBER_REMOVE")
	h.until("the hub of a guild that is gone is closed", func() bool {
		h.sweepOnce(h.Clock.Now())
		return h.Gateway.Stats().Hubs == 1
	})
}

func TestBotsGetWhatTheyAskFor(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot, bob)
	all := h.enter(token)
	all.expect("GUILD_CREATE")
	some := h.enter(token, `"intents":512`) // guild messages, without their content
	none := h.enter(token, `"intents":0`)

	if err := h.Messages.Type(ctx, bob, guild.General); err != nil {
		t.Fatal(err)
	}
	all.expect("TYPING_START")
	h.post(bob, guild.General, "nobody's business")
	if content := all.message(); content != "nobody's business" {
		t.Error(content)
	}
	if content := some.message(); content != "" {
		t.Errorf("without the intent: %q", content)
	}
	mention := fmt.Sprintf("hello <@%s>", robot.UserID)
	h.post(bob, guild.General, mention)
	if content := some.message(); content != mention {
		t.Errorf("where it is mentioned: %q", content)
	}
	h.post(robot, guild.General, "my own")
	if content := some.message(); content != "my own" {
		t.Errorf("its own: %q", content)
	}
	// Its own membership is told without any intent.
	role := guild.Role("helper", 1, 0)
	if err := h.Members.AddRole(ctx, alice, guild.ID, robot.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	some.expect("GUILD_MEMBER_UPDATE")
	none.expect("GUILD_MEMBER_UPDATE")
}

func TestEditingAndDeletingAreTold(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	posted := h.post(alice, guild.General, "first")
	created := c.expect("MESSAGE_CREATE")
	var d struct {
		GuildID     string `json:"guild_id"`
		ChannelType *int   `json:"channel_type"`
		Member      *struct {
			User *json.RawMessage
		}
	}
	c.decode(created, &d)
	if d.GuildID != guild.ID.String() || d.ChannelType == nil || d.Member == nil || d.Member.User != nil {
		t.Errorf("%s", created.Data)
	}
	better := "better"
	if _, err := h.Messages.Update(ctx, alice, guild.General, posted, chat.MessageEdit{Content: &better}); err != nil {
		t.Fatal(err)
	}
	if updated := c.expect("MESSAGE_UPDATE"); !strings.Contains(string(updated.Data), `"content":"better"`) {
		t.Errorf("%s", updated.Data)
	}
	if err := h.Messages.Delete(ctx, alice, guild.General, posted); err != nil {
		t.Fatal(err)
	}
	if deleted := c.expect("MESSAGE_DELETE"); string(deleted.Data) != fmt.Sprintf(`{"id":"%s","channel_id":"%s","guild_id":"%s"}`, posted, guild.General, guild.ID) {
		t.Errorf("%s", deleted.Data)
	}
}

func TestDeletionInBulkIsToldAtOnce(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	first, second := h.post(alice, guild.General, "one"), h.post(alice, guild.General, "two")
	c := h.enter(h.login(alice))
	if err := h.Messages.DeleteMany(context.Background(), alice, guild.General, []id.ID{second, first}); err != nil {
		t.Fatal(err)
	}
	if deleted := c.expect("MESSAGE_DELETE_BULK"); string(deleted.Data) != fmt.Sprintf(`{"ids":["%s","%s"],"channel_id":"%s","guild_id":"%s"}`, first, second, guild.General, guild.ID) {
		t.Errorf("%s", deleted.Data)
	}
}

func TestInvitesAreToldToThoseWhoManageThem(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	invite, err := h.Invites.Create(ctx, alice, guild.General, chat.InviteDraft{Unique: true})
	if err != nil {
		t.Fatal(err)
	}
	if created := a.expect("INVITE_CREATE"); !strings.Contains(string(created.Data), invite.Code) {
		t.Errorf("%s", created.Data)
	}
	if _, err := h.Invites.Delete(ctx, alice, invite.Code); err != nil {
		t.Fatal(err)
	}
	a.expect("INVITE_DELETE")
	h.post(alice, guild.General, "hello")
	b.expect("MESSAGE_CREATE") // and nothing of the invite
}

func TestPresence(t *testing.T) {
	t.Parallel() // it waits for the grace of closed sessions
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	a := h.enter(h.login(alice))
	b := h.enter(h.login(bob))
	status := func(want string) {
		t.Helper()
		for {
			var d struct {
				User       struct{ ID string }
				GuildID    string `json:"guild_id"`
				Status     string
				Activities []struct{ Name string }
			}
			a.decode(a.await("PRESENCE_UPDATE"), &d)
			if d.User.ID != bob.UserID.String() {
				continue
			}
			if d.Status != want || d.GuildID != guild.ID.String() || d.Activities == nil {
				t.Errorf("%+v instead of %s", d, want)
			}
			return
		}
	}
	status("online")
	b.send(`{"op":3,"d":{"status":"dnd","activities":[{"name":"chess","type":0}],"since":null,"afk":false}}`)
	status("dnd")
	b.send(`{"op":3,"d":{"status":"invisible","activities":[],"since":null,"afk":false}}`)
	status("offline")
	b.send(`{"op":3,"d":{"status":"","game":{"name":"go","type":0}}}`)
	status("online")
	b.quit(1000)
	status("offline")
}

func TestVoiceStatesComeBeforeTheVoiceServer(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	hidden := guild.Channel("hidden", store.ChannelVoice, store.PermissionOverwrite{TargetID: guild.ID, Type: store.OverwriteRole, Deny: uint64(perm.ViewChannel)})
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	join := func(channel string) {
		a.send(fmt.Sprintf(`{"op":4,"d":{"guild_id":"%s","channel_id":%s,"self_mute":true,"self_deaf":false}}`, guild.ID, channel))
	}
	state := func(c *client) (channel string) {
		t.Helper()
		var d struct {
			ChannelID *string `json:"channel_id"`
			UserID    string  `json:"user_id"`
			SessionID string  `json:"session_id"`
			SelfMute  bool    `json:"self_mute"`
			Member    struct{ User struct{ ID string } }
		}
		c.decode(c.expect("VOICE_STATE_UPDATE"), &d)
		if d.Member.User.ID != alice.UserID.String() || d.UserID != d.Member.User.ID || d.SessionID != a.sessionID || !d.SelfMute {
			t.Errorf("%+v", d)
		}
		if d.ChannelID == nil {
			return ""
		}
		return *d.ChannelID
	}
	for range 20 {
		join(`"` + guild.Lounge.String() + `"`)
		if state(a) != guild.Lounge.String() || state(b) != guild.Lounge.String() {
			t.Error("another channel")
		}
		var server struct {
			Token, Endpoint string
			GuildID         string `json:"guild_id"`
		}
		a.decode(a.expect("VOICE_SERVER_UPDATE"), &server)
		if server.Token == "" || server.GuildID != guild.ID.String() || server.Endpoint != strings.TrimPrefix(h.server.URL, "http://")+"/voice" {
			t.Errorf("%+v", server)
		}
		// Who may not view the channel that she moves to is told that she left.
		join(`"` + hidden.String() + `"`)
		if state(a) != hidden.String() || state(b) != "" {
			t.Error("hidden is not hidden")
		}
		a.expect("VOICE_SERVER_UPDATE")
		join("null")
		if state(a) != "" {
			t.Error("still there")
		}
	}
	// Another session sees in its READY who is in voice, where it may.
	join(`"` + guild.Lounge.String() + `"`)
	state(a)
	state(b)
	ready := h.dial("").identify(h.login(bob))
	if !strings.Contains(string(ready.Data), `"voice_states":[{"guild_id":"`+guild.ID.String()+`","channel_id":"`+guild.Lounge.String()) {
		t.Errorf("READY: %s", ready.Data)
	}
	a.quit(1000)
	if state(b) != "" {
		t.Error("the end of the session does not leave voice")
	}
}

func TestEverybodyGetsEverythingInOrder(t *testing.T) {
	members := 300
	if testing.Short() {
		members = 50
	}
	h := open(t, noLimits)
	guild, tokens := h.audience(members)
	const writers, posts = 4, 25
	var reading sync.WaitGroup
	entered := make(chan struct{}, members)
	failures := make(chan string, members)
	for _, token := range tokens {
		c := h.enter(token)
		reading.Go(func() {
			entered <- struct{}{}
			newest := make(map[string]int)
			for received := 0; received < writers*posts; {
				r, err := c.read()
				if err != nil {
					failures <- err.Error()
					return
				}
				if r.name() != "MESSAGE_CREATE" {
					continue
				}
				received++
				var d struct{ Content string }
				_ = json.Unmarshal(r.Data, &d)
				writer, number := "", 0
				_, _ = fmt.Sscanf(d.Content, "%s %d", &writer, &number)
				if number != newest[writer]+1 {
					failures <- fmt.Sprintf("%s after %d", d.Content, newest[writer])
					return
				}
				newest[writer] = number
			}
		})
	}
	for range members {
		<-entered
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range posts {
				h.post(guild.Owner, guild.General, fmt.Sprintf("writer%d %d", w, n+1))
			}
		})
	}
	writing.Wait()
	reading.Wait()
	close(failures)
	for failure := range failures {
		t.Error(failure)
	}
	if delivered := h.Gateway.Stats().Delivered; delivered < uint64(members*writers*posts) {
		t.Errorf("only %d deliveries were counted", delivered)
	}
}

// TestLostEventsEndSessions has a guild's hub told that it lost events.
func TestLostEventsEndSessions(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	h.Guild(alice)
	token := h.login(alice)
	c := h.enter(token)
	_, _, hubs := h.Gateway.open()
	hubs[0].lag()
	c.closes(4000)
	h.until("the session is gone", func() bool { return h.find(c.sessionID) == nil })
	c = h.enter(token)
	h.lagAccounts()
	c.closes(4000)
}

func TestAGuildShownWhileMembersComeAndGoIsRight(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	token := h.login(alice)
	people := make([]chat.Caller, 40)
	for i := range people {
		people[i] = h.Person(fmt.Sprintf("visitor%d", i))
	}
	var coming sync.WaitGroup
	coming.Go(func() {
		for _, person := range people {
			guild.Join(person)
			if err := h.Guilds.Leave(context.Background(), person, guild.ID); err != nil {
				t.Error(err)
			}
			guild.Join(person)
		}
	})
	clients := make([]*client, 12)
	counts := make([]int, len(clients))
	for i := range clients {
		clients[i] = h.dial("")
		var d struct {
			Guilds []struct {
				Members []json.RawMessage
			}
		}
		clients[i].decode(clients[i].identify(token), &d)
		counts[i] = len(d.Guilds[0].Members)
	}
	coming.Wait()
	h.settle()
	h.post(alice, guild.General, "the end")
	for i, c := range clients {
		for {
			r := c.nextDispatch()
			if r.name() == "GUILD_MEMBER_ADD" {
				counts[i]++
			} else if r.name() == "GUILD_MEMBER_REMOVE" {
				counts[i]--
			} else if r.name() == "MESSAGE_CREATE" {
				break
			}
		}
		if counts[i] != len(people)+1 {
			t.Errorf("client %d counts %d members", i, counts[i])
		}
	}
}

func TestWhatSeatsWereShownIsShared(t *testing.T) {
	h := open(t)
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	guild := h.Guild(alice)
	guild.Join(bob)
	a, b := h.enter(h.login(alice)), h.enter(h.login(alice))
	a.settle()
	b.settle()
	_, _, hubs := h.Gateway.open()
	hub := hubs[0]
	hub.mu.Lock()
	first, second := hub.seats[0], hub.seats[1]
	first.shown.members[7] = struct{}{}
	if _, same := second.shown.members[7]; !same {
		t.Error("two seats that were shown the same do not share it")
	}
	delete(first.shown.members, 7)
	// What is told to one of them does not count as told to the other.
	if first.knows(event.MemberRemoved{User: store.User{ID: bob.UserID}}) || second.knows(event.MemberRemoved{User: store.User{ID: bob.UserID}}) {
		t.Error("a member who was shown is not known")
	}
	hub.mu.Unlock()
	guild.Join(carol)
	a.await("GUILD_MEMBER_ADD")
}

func TestAGuildWithoutChannelsCanBeShown(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	view, err := h.Views.Guild(ctx, guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range view.Channels {
		if _, err := h.Channels.Delete(ctx, alice, channel.ID); err != nil {
			t.Fatal(err)
		}
	}
	a := h.enter(h.login(alice))
	if err := h.Guilds.Leave(ctx, bob, guild.ID); err != nil {
		t.Fatal(err)
	}
	a.await("GUILD_MEMBER_REMOVE")
}

func TestWhatASnapshotHasIsNotTold(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	h.Guild(alice)
	h.enter(h.login(alice)).settle()
	_, _, hubs := h.Gateway.open()
	hub := hubs[0]
	remembers := func() bool {
		hub.mu.Lock()
		defer hub.mu.Unlock()
		return hub.seats[0].shown.newest != nil
	}
	if !remembers() {
		t.Error("it is not remembered")
	}
	h.sweepOnce(h.Clock.Now().Add(shownFor - time.Second))
	if !remembers() {
		t.Error("it is forgotten too early")
	}
	h.sweepOnce(h.Clock.Now().Add(shownFor))
	if remembers() {
		t.Error("it is remembered for ever")
	}
}

func TestEverybodyIsToldWhetherModeratorsNeedASecondFactor(t *testing.T) {
	h := open(t)
	guild := h.Guild(h.Person("alice"))
	bob := guild.Member("bob")
	b := h.enter(h.login(bob))
	if _, err := h.Guilds.SetMFALevel(t.Context(), chattest.Console, guild.ID, 1); err != nil {
		t.Fatal(err)
	}
	var told struct {
		Level int `json:"mfa_level"`
	}
	b.decode(b.expect("GUILD_UPDATE"), &told)
	if told.Level != 1 {
		t.Errorf("told is %+v", told)
	}
}
