package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// listRows are a member list as a client keeps it: only what it was told. Items that it does not know are empty.
type listRows []wire.MemberListItem

// apply does what a client does.
func (r *listRows) apply(ops []wire.MemberListOp) {
	for _, op := range ops {
		switch op.Op {
		case listSync:
			for i, item := range *op.Items {
				r.put(op.Range[0]+i, item)
			}
			if whole := op.Range[1] - op.Range[0] + 1; len(*op.Items) < whole {
				*r = (*r)[:min(len(*r), op.Range[0]+len(*op.Items))]
			}
		case listInvalidate:
			for at := op.Range[0]; at <= op.Range[1] && at < len(*r); at++ {
				(*r)[at] = wire.MemberListItem{}
			}
		case listInsert:
			for len(*r) < *op.Index {
				*r = append(*r, wire.MemberListItem{})
			}
			*r = slices.Insert(*r, *op.Index, *op.Item)
		case listUpdate:
			r.put(*op.Index, *op.Item)
		case listDelete:
			if *op.Index < len(*r) {
				*r = slices.Delete(*r, *op.Index, *op.Index+1)
			}
		}
	}
}

func (r *listRows) put(at int, item wire.MemberListItem) {
	for len(*r) <= at {
		*r = append(*r, wire.MemberListItem{})
	}
	(*r)[at] = item
}

// page gives a page as the client knows it.
func (r listRows) page(page int) []wire.MemberListItem {
	span := pageRange(page)
	return append([]wire.MemberListItem{}, r[min(span[0], len(r)):min(span[1]+1, len(r))]...)
}

// listedGuild is a guild with two hoisted roles.
func listedGuild() (view *chat.View, roles []id.ID) {
	view = &chat.View{Guild: store.Guild{ID: 1, OwnerID: 2}, Roles: []store.Role{
		{ID: 1, GuildID: 1, Permissions: uint64(perm.ViewChannel)},
		{ID: 11, GuildID: 1, Hoist: true, Position: 1}, {ID: 12, GuildID: 1, Hoist: true, Position: 2}, {ID: 13, GuildID: 1, Position: 3},
	}, Channels: []store.Channel{{ID: 20, GuildID: 1}}}
	return view, []id.ID{11, 12, 13}
}

func TestPagesAreExactAfterWhateverHappens(t *testing.T) {
	statuses := []string{"online", "idle", "offline"}
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		view, roles := listedGuild()
		members := make(map[id.ID]*listedMember)
		change := func() (id.ID, *listedMember) {
			userID := id.ID(100 + random.IntN(350))
			if random.IntN(5) == 0 {
				return userID, nil
			}
			place := store.Member{GuildID: 1, UserID: userID, Nick: fmt.Sprint("nick", random.IntN(50))}
			if random.IntN(2) == 0 {
				place.RoleIDs = []id.ID{roles[random.IntN(len(roles))]}
			}
			return userID, newListedMember(chat.GuildMember{Member: place, User: store.User{ID: userID}}, event.Presence{Status: statuses[random.IntN(3)]})
		}
		for range 300 {
			if userID, member := change(); member != nil {
				members[userID] = member
			}
		}
		list := newMemberList(view, "everyone", nil, seed%2 == 0, members)
		shown := []listPages{{0}, {0, 1}, {0, 2}, {1}, {2}, {0, 1, 2, 3}}[seed%6]
		var rows listRows
		rows.apply(list.synced(shown))
		for step := range 300 {
			for range 1 + random.IntN(4) {
				list.set(change())
			}
			rows.apply(list.told(shown))
			list.steps = nil
			clear(list.recounted)
			for _, page := range shown {
				span := pageRange(page)
				if want := list.items(span[0], span[1]); !reflect.DeepEqual(rows.page(page), want) {
					t.Fatalf("seed %d, step %d: page %d is not what it should be", seed, step, page)
				}
			}
		}
		if !slices.IsSortedFunc(list.rows, compareRows) || len(list.rows) != len(list.ranks) {
			t.Error("the list is out of order")
		}
	}
}

func TestTheIDOfAListIsThatOfItsPermissions(t *testing.T) {
	view, _ := listedGuild()
	see := uint64(perm.ViewChannel)
	for _, c := range []struct {
		overwrites []store.PermissionOverwrite
		id         string
	}{
		{nil, "everyone"},
		{[]store.PermissionOverwrite{{TargetID: 11, Allow: see}}, "everyone"},
		{[]store.PermissionOverwrite{{TargetID: 1, Deny: uint64(perm.SendMessages)}}, "everyone"},
		{[]store.PermissionOverwrite{{TargetID: 1, Deny: see}, {TargetID: 11, Allow: see}}, fmt.Sprint(murmur3("allow:11,deny:1"))},
		{[]store.PermissionOverwrite{{TargetID: 11, Allow: see}, {TargetID: 1, Deny: see}}, fmt.Sprint(murmur3("allow:11,deny:1"))},
		{[]store.PermissionOverwrite{{TargetID: 11, Deny: see}}, fmt.Sprint(murmur3("deny:11"))},
	} {
		if _, listID := memberListKey(view, &store.Channel{ID: 20, GuildID: 1, Overwrites: c.overwrites}); listID != c.id {
			t.Errorf("%+v: %s, not %s", c.overwrites, listID, c.id)
		}
	}
	// https://en.wikipedia.org/wiki/MurmurHash and the reference's own verification values.
	for text, hash := range map[string]uint32{"": 0, "test": 0xba6bd213, "Hello, world!": 0xc0363e43, "The quick brown fox jumps over the lazy dog": 0x2e4ff723} {
		if got := murmur3(text); got != hash {
			t.Errorf("the hash of %q is %x, not %x", text, got, hash)
		}
	}
}

// look subscribes to the first page of a channel's list.
func (c *client) look(guildID, channelID id.ID) {
	c.tb.Helper()
	c.send(fmt.Sprintf(`{"op":14,"d":{"guild_id":"%s","typing":true,"activities":true,"threads":true,"channels":{"%s":[[0,99]]}}}`, guildID, channelID))
}

// shownList is a client's member list.
type shownList struct {
	wire.MemberListUpdate
	rows listRows
}

// follow takes updates of member lists until one makes the list as it should be.
func (l *shownList) follow(c *client, want ...string) {
	c.tb.Helper()
	for {
		l.MemberListUpdate = wire.MemberListUpdate{}
		c.decode(c.await("GUILD_MEMBER_LIST_UPDATE"), &l.MemberListUpdate)
		l.rows.apply(l.Ops)
		if slices.Equal(l.text(), want) {
			return
		}
		c.tb.Logf("not yet: %v", l.text())
	}
}

func (l *shownList) text() (rows []string) {
	for _, item := range l.rows {
		switch {
		case item.Group != nil:
			rows = append(rows, fmt.Sprintf("%s %d", item.Group.ID, item.Group.Count))
		case item.Member != nil:
			name := item.Member.User.Username
			if item.Member.Nick != nil {
				name = *item.Member.Nick
			}
			rows = append(rows, name+" "+item.Member.Presence.Status)
		default:
			rows = append(rows, "?")
		}
	}
	return rows
}

func TestAMemberListFollowsWhatHappens(t *testing.T) {
	h := open(t, noLimits)
	ctx := context.Background()
	alice := h.Person("alice")
	guild := h.Guild(alice)
	bob := guild.Member("bob")
	crew := guild.Role("crew", 1, 0)
	c := h.enter(h.login(alice))
	c.settle()
	c.look(guild.ID, guild.General)
	var list shownList
	list.follow(c, "online 1", "alice online", "offline 1", "bob offline")
	if list.ID != "everyone" || list.OnlineCount != 1 || list.MemberCount != 2 || !slices.Equal(list.Groups, []wire.MemberListGroup{{ID: "online", Count: 1}, {ID: "offline", Count: 1}}) {
		t.Errorf("%+v", list.MemberListUpdate)
	}
	other := h.enter(h.login(bob))
	list.follow(c, "online 2", "alice online", "bob online")
	other.send(`{"op":3,"d":{"since":null,"activities":[],"status":"dnd","afk":false}}`)
	list.follow(c, "online 2", "alice online", "bob dnd")
	nick := "Aaron"
	if _, err := h.Members.Update(ctx, alice, guild.ID, bob.UserID, chat.MemberEdit{Nick: &nick}); err != nil {
		t.Fatal(err)
	}
	list.follow(c, "online 2", "Aaron dnd", "alice online")
	guild.Member("carol")
	list.follow(c, "online 2", "Aaron dnd", "alice online", "offline 1", "carol offline")
	hoist := true
	if _, err := h.Roles.Update(ctx, alice, guild.ID, crew.ID, chat.RoleEdit{Hoist: &hoist}); err != nil {
		t.Fatal(err)
	}
	if err := h.Members.AddRole(ctx, alice, guild.ID, bob.UserID, crew.ID); err != nil {
		t.Fatal(err)
	}
	list.follow(c, crew.ID.String()+" 1", "Aaron dnd", "online 1", "alice online", "offline 1", "carol offline")
	if err := h.Roles.Delete(ctx, alice, guild.ID, crew.ID); err != nil {
		t.Fatal(err)
	}
	list.follow(c, "online 2", "Aaron dnd", "alice online", "offline 1", "carol offline")
	if err := h.Members.Kick(ctx, alice, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	list.follow(c, "online 1", "alice online", "offline 1", "carol offline")
	if list.MemberCount != 2 {
		t.Errorf("%d members", list.MemberCount)
	}
}

func TestOnlyThoseWhoMayViewAChannelAreInItsList(t *testing.T) {
	h := open(t, noLimits)
	ctx := context.Background()
	alice := h.Person("alice")
	guild := h.Guild(alice)
	bob := guild.Member("bob")
	guild.Member("carol")
	secret := guild.Channel("secret", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)},
		store.PermissionOverwrite{TargetID: bob.UserID, Type: store.OverwriteMember, Allow: uint64(perm.ViewChannel)})
	c := h.enter(h.login(alice))
	c.settle()
	c.look(guild.ID, secret)
	var list shownList
	list.follow(c, "online 1", "alice online", "offline 1", "bob offline")
	if want := fmt.Sprint(murmur3(fmt.Sprintf("allow:%s,deny:%s", bob.UserID, guild.ID))); list.ID != want {
		t.Errorf("the list is %s, not %s", list.ID, want)
	}
	// Who may see it no more sees nothing of it.
	other := h.enter(h.login(bob))
	list.follow(c, "online 2", "alice online", "bob online")
	other.settle()
	other.look(guild.ID, secret)
	var theirs shownList
	theirs.follow(other, "online 2", "alice online", "bob online")
	if err := h.Channels.DeleteOverwrite(ctx, alice, secret, bob.UserID); err != nil {
		t.Fatal(err)
	}
	theirs.follow(other, "?", "?", "?")
	if theirs.OnlineCount != 0 || len(theirs.Groups) != 0 {
		t.Errorf("%+v", theirs.MemberListUpdate)
	}
	for {
		var again shownList
		c.decode(c.await("GUILD_MEMBER_LIST_UPDATE"), &again.MemberListUpdate)
		if again.rows.apply(again.Ops); again.ID == fmt.Sprint(murmur3("deny:"+guild.ID.String())) && slices.Equal(again.text(), []string{"online 1", "alice online"}) {
			break
		}
	}
}

func TestALargeGuildsListLeavesThoseOutWhoAreOffline(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	h.populate(guild, largeGuild)
	bob := guild.Member("zbob")
	c := h.enter(h.login(alice))
	c.settle()
	c.look(guild.ID, guild.General)
	var list shownList
	list.follow(c, "online 1", "alice online")
	if list.MemberCount != largeGuild+2 || list.OnlineCount != 1 {
		t.Errorf("%d members, %d online", list.MemberCount, list.OnlineCount)
	}
	other := h.enter(h.login(bob))
	list.follow(c, "online 2", "alice online", "zbob online")
	c.send(fmt.Sprintf(`{"op":14,"d":{"guild_id":"%s","members":["%s"]}}`, guild.ID, bob.UserID))
	status := func(want string) {
		t.Helper()
		var presence wire.Presence
		if c.decode(c.await("PRESENCE_UPDATE"), &presence); presence.User.ID != bob.UserID || presence.Status != want {
			t.Errorf("%s is %s", presence.User.ID, presence.Status)
		}
	}
	status("online")
	other.send(`{"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}}`)
	status("idle")
	list.follow(c, "online 2", "alice online", "zbob idle")
	if err := h.Members.Kick(context.Background(), alice, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	list.follow(c, "online 1", "alice online")
}

// populate brings offline members into a guild at once.
func (h *house) populate(guild interface{ Join(...chat.Caller) }, count int) {
	h.tb.Helper()
	people := make([]chat.Caller, count)
	for n := range people {
		people[n] = h.Person(fmt.Sprintf("member%d", n))
	}
	guild.Join(people...)
}

func TestSubscriptionsAreBounded(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	token := h.login(alice)
	for _, wrong := range []string{
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[[0,100]]}}}`,
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[[5,104]]}}}`,
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[[-100,-1]]}}}`,
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[[1]]}}}`,
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[[0,99],[100,199],[200,299],[300,399],[400,499],[500,599]]}}}`,
		`{"op":14,"d":{"guild_id":"1","channels":{"1":[],"2":[],"3":[],"4":[],"5":[],"6":[]}}}`,
		`{"op":37,"d":{"subscriptions":{"1":{"channels":{"1":[[9999999900,9999999999]]}}}}}`,
	} {
		c := h.enter(token)
		c.send(wrong)
		if code := c.closed(); code != int(closeDecode) {
			t.Errorf("%s closes with %d", wrong, code)
		}
	}
	_, botToken := h.bot("robot", alice)
	b := h.enter(botToken)
	b.send(fmt.Sprintf(`{"op":14,"d":{"guild_id":"%s"}}`, guild.ID))
	if code := b.closed(); code != int(closeOpcode) {
		t.Errorf("a bot's subscription closes with %d", code)
	}
}

func TestSubscriptionsToSeveralGuildsAtOnce(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	first, second, foreign := h.Guild(alice), h.Guild(alice), h.Guild(h.Person("mallory"))
	c := h.enter(h.login(alice))
	c.settle()
	request := map[string]any{}
	for _, guild := range []id.ID{first.ID, second.ID, foreign.ID} {
		channel := map[id.ID]id.ID{first.ID: first.General, second.ID: second.General, foreign.ID: foreign.General}[guild]
		request[guild.String()] = map[string]any{"channels": map[string]any{channel.String(): [][2]int{{0, 99}, {100, 199}}}}
	}
	text, err := json.Marshal(map[string]any{"op": 37, "d": map[string]any{"subscriptions": request}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.socket.WriteMessage(websocket.TextMessage, text); err != nil {
		t.Fatal(err)
	}
	came := map[id.ID]bool{}
	for len(came) < 2 {
		var list shownList
		list.follow(c, "online 1", "alice online")
		came[list.GuildID] = true
		if len(list.Ops) != 2 || list.Ops[1].Items == nil {
			t.Errorf("%+v", list.Ops)
		}
	}
	if came[foreign.ID] {
		t.Error("a stranger's list came")
	}
}

func TestNothingIsRememberedOfListsThatNobodyLooksAt(t *testing.T) {
	h := open(t, noLimits)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.enter(h.login(alice))
	c.settle()
	c.look(guild.ID, guild.General)
	c.await("GUILD_MEMBER_LIST_UPDATE")
	hub, err := h.guildHub(guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.quit(websocket.CloseNormalClosure)
	h.until("the lists are forgotten", func() bool {
		hub.mu.Lock()
		defer hub.mu.Unlock()
		return hub.lists.members == nil && hub.lists.lists == nil && len(hub.lists.watchers) == 0
	})
}

func TestAMemberListIsToldAnewAfterAPlannedRestart(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	bob := guild.Member("bob")
	c := h.enter(h.login(alice))
	c.settle()
	c.look(guild.ID, guild.General)
	var list shownList
	list.follow(c, "online 1", "alice online", "offline 1", "bob offline")
	h.restart()
	c.await("op 7")
	c = c.resume()
	h.enter(h.login(bob))
	var again shownList
	again.follow(c, "online 2", "alice online", "bob online")
}

// BenchmarkMemberListChange measures what one change costs in lists of different lengths, of which clients show one page.
func BenchmarkMemberListChange(b *testing.B) {
	for _, count := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			view, roles := listedGuild()
			members := make(map[id.ID]*listedMember, count)
			for n := range count {
				place := store.Member{GuildID: 1, UserID: id.ID(100 + n), RoleIDs: []id.ID{roles[n%3]}}
				members[place.UserID] = newListedMember(chat.GuildMember{Member: place, User: store.User{ID: place.UserID, Username: fmt.Sprint("somebody", n*7919%count)}}, event.Presence{Status: "online"})
			}
			list := newMemberList(view, "everyone", nil, true, members)
			shown := listPages{0}
			for n := 0; b.Loop(); n++ {
				member := members[id.ID(100+n/2%count)]
				if n%2 == 0 {
					list.set(member.UserID, nil)
				} else {
					list.set(member.UserID, member)
				}
				list.told(shown)
				list.steps = nil
				clear(list.recounted)
			}
		})
	}
}
