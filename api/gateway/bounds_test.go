package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

func TestABotStartsSoManySessionsAtOnceAndInADay(t *testing.T) {
	burst, day := chat.DefaultStartLimits.Burst, ephemeral.Limit{Burst: 20, Per: 24 * time.Hour}
	h := openWith(t, chattest.Options{Chat: chat.Options{Starts: chat.StartLimits{Day: day}}})
	alice := h.Person("alice")
	_, token := h.bot("robot", alice)
	_, otherToken := h.bot("other", alice)
	for range burst.Burst {
		h.enter(token).quit(1000)
	}
	c := h.dial("?v=10")
	identify := fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{}}}`, token)
	c.send(identify)
	if r := c.next(); r.Op != wire.OpInvalidSession || string(r.Data) != "false" {
		t.Fatalf("%s came: %s", r.name(), r.Data)
	}
	h.enter(otherToken) // which is another bot's
	h.Clock.Advance(burst.Per)
	c.identify(token) // on the same socket
	c.quit(1000)
	for range day.Burst - burst.Burst - 1 {
		h.enter(token).quit(1000)
	}
	spent := h.dial("?v=10")
	spent.send(identify)
	spent.closes(4004)
	h.enter(otherToken)
	h.Clock.Advance(day.Per)
	h.enter(token)
}

func TestABotHasAtMost256Shards(t *testing.T) {
	h := open(t)
	_, token := h.bot("robot", h.Person("alice"))
	h.enter(token, `"shard":[255,256]`)
	for _, shard := range []string{"[0,257]", "[2,2]", "[-1,2]", "[0,0]", "[1]", "[0,1,2]"} {
		c := h.dial("?v=10")
		c.send(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{},"shard":%s}}`, token, shard))
		c.closes(4010)
	}
}

func TestMembersAreNotGivenAgainAndAgain(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	_, otherToken := h.bot("other", alice)
	guild, second := h.Guild(alice), h.Guild(alice)
	guild.Join(robot)
	second.Join(robot)
	all := func(guild *chattest.Guild, nonce string) string {
		return fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","query":"","limit":0,"nonce":%q}}`, guild.ID, nonce)
	}
	one, two := h.enter(token), h.enter(token)
	for i := range allMembersLimit.Burst {
		c := []*client{one, two}[i%2] // the sessions of a bot count together
		c.send(all(guild, "again"))
		c.await("GUILD_MEMBERS_CHUNK")
	}
	one.send(all(guild, "too often"))
	var told wire.RateLimited
	one.decode(one.await("RATE_LIMITED"), &told)
	if told.Opcode != 8 || told.RetryAfter <= 0 || told.RetryAfter > allMembersLimit.Per.Seconds() || told.Meta.GuildID != guild.ID || told.Meta.Nonce != "too often" {
		t.Errorf("told was %+v", told)
	}
	one.send(all(second, "elsewhere"))
	if got := string(one.await("GUILD_MEMBERS_CHUNK").Data); !strings.Contains(got, `"nonce":"elsewhere"`) {
		t.Errorf("another server was answered with %s", got)
	}
	one.send(fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","user_ids":["%s"],"nonce":"by id"}}`, guild.ID, alice.UserID))
	if got := string(one.await("GUILD_MEMBERS_CHUNK").Data); !strings.Contains(got, `"nonce":"by id"`) {
		t.Errorf("a single member was answered with %s", got)
	}
	h.enter(otherToken).settle()
	h.Clock.Advance(allMembersLimit.Per)
	two.send(all(guild, "later"))
	two.await("GUILD_MEMBERS_CHUNK")
}

func TestWhoSendsTooMuchIsClosed(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot)
	steady, flood, greedy := h.enter(h.login(alice)), h.enter(token), h.enter(token)
	for range maxFrames {
		if err := flood.socket.WriteMessage(1, []byte(`{"op":1,"d":null}`)); err != nil {
			break // closed already
		}
	}
	if code := flood.closed(); code != 4008 {
		t.Errorf("a flood is closed with %d", code)
	}
	// A frame for many servers counts as many.
	greedy.send(fmt.Sprintf(`{"op":8,"d":{"guild_id":[%s"1"],"user_ids":["%s"]}}`, strings.Repeat(`"1",`, maxFrames), alice.UserID))
	greedy.closes(4008)
	h.post(alice, guild.General, "undisturbed")
	steady.await("MESSAGE_CREATE")
}
