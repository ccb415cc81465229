package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func TestReactionsAreToldToThoseWhoSeeTheMessage(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	posted, secret := h.post(alice, guild.General, "hello"), h.post(alice, hidden, "psst")
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	wants, other := h.enter(token, `"intents":1024`), h.enter(token, `"intents":512`)
	thumb := store.Emoji{Name: "👍"}
	react := func(channelID, messageID id.ID) {
		t.Helper()
		if err := h.Messages.React(ctx, alice, channelID, messageID, thumb); err != nil {
			t.Fatal(err)
		}
	}
	react(hidden, secret)
	a.expect("MESSAGE_REACTION_ADD")
	react(guild.General, posted)
	for _, device := range []*client{a, b, wants} {
		added := string(device.expect("MESSAGE_REACTION_ADD").Data)
		if !strings.Contains(added, fmt.Sprintf(`"message_id":"%s"`, posted)) || !strings.Contains(added, `"emoji":{"id":null,"name":"👍"}`) || !strings.Contains(added, fmt.Sprintf(`"member":{"user":{"id":"%s"`, alice.UserID)) {
			t.Errorf("%s", added)
		}
	}
	if err := h.Messages.Unreact(ctx, alice, guild.General, posted, alice.UserID, thumb); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{a, b, wants} {
		device.expect("MESSAGE_REACTION_REMOVE")
	}
	react(guild.General, posted)
	b.expect("MESSAGE_REACTION_ADD")
	if err := h.Messages.ClearReactions(ctx, alice, guild.General, posted, &thumb); err != nil {
		t.Fatal(err)
	}
	b.expect("MESSAGE_REACTION_REMOVE_EMOJI")
	react(guild.General, posted)
	b.expect("MESSAGE_REACTION_ADD")
	if err := h.Messages.ClearReactions(ctx, alice, guild.General, posted, nil); err != nil {
		t.Fatal(err)
	}
	b.expect("MESSAGE_REACTION_REMOVE_ALL")
	h.post(alice, guild.General, "enough")
	b.expect("MESSAGE_CREATE")
	other.expect("MESSAGE_CREATE") // and nothing of reactions
}

func TestReactionsInConversations(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	h.Guild(alice).Join(bob)
	a := h.enter(h.login(alice))
	talk, err := h.Directs.Open(ctx, alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	a.expect("CHANNEL_CREATE")
	posted := h.post(alice, talk.ID, "psst")
	a.expect("MESSAGE_CREATE")
	if err := h.Messages.React(ctx, bob, talk.ID, posted, store.Emoji{Name: "👍"}); err != nil {
		t.Fatal(err)
	}
	if added := string(a.expect("MESSAGE_REACTION_ADD").Data); strings.Contains(added, "guild_id") || strings.Contains(added, `"member"`) {
		t.Errorf("%s", added)
	}
	if err := h.Messages.Unreact(ctx, bob, talk.ID, posted, bob.UserID, store.Emoji{Name: "👍"}); err != nil {
		t.Fatal(err)
	}
	a.expect("MESSAGE_REACTION_REMOVE")
}
