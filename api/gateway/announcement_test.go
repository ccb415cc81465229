package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guildhall/store"
	"guildhall/store/id"
)

func TestClientsAreToldOfAnnouncementsWhereTheirChannelIsFollowed(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, cid := h.Person("alice"), h.Person("bob"), h.Person("cid")
	guild, other := h.Guild(alice), h.Guild(bob)
	guild.Join(bob)
	other.Join(cid)
	news := guild.Channel("news", store.ChannelAnnouncement)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b, c := h.follow(alice), h.follow(bob), h.follow(cid)
	_, err := h.Announcements.Follow(ctx, bob, news, other.General)
	must(err)
	h.inStep(a, b, c)
	published := h.post(alice, news, "news")
	_, err = h.Announcements.Publish(ctx, alice, news, published)
	must(err)
	must(h.Announcements.Deliver(ctx))
	h.inStep(a, b, c)
	_, err = h.Messages.Update(ctx, alice, news, published, content("other news"))
	must(err)
	must(h.Announcements.Deliver(ctx))
	h.inStep(a, b, c)
	must(h.Messages.Delete(ctx, alice, news, published))
	must(h.Announcements.Deliver(ctx))
	h.inStep(a, b, c)
}

func TestWhatOfAFollowedChannelIsTold(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild, other := h.Guild(alice), h.Guild(bob)
	guild.Join(bob)
	cid := other.Member("cid")
	news := guild.Channel("news", store.ChannelAnnouncement)
	author, keeper, reader := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(h.login(cid))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	holds := func(c *client, name string, texts ...string) {
		t.Helper()
		told := string(c.await(name).Data)
		for _, text := range texts {
			if !strings.Contains(told, text) {
				t.Errorf("%s has no %s: %s", name, text, told)
			}
		}
	}
	must(h.Announcements.Follow(ctx, bob, news, other.General))
	holds(keeper, "WEBHOOKS_UPDATE", fmt.Sprintf(`"channel_id":"%s"`, other.General))
	holds(reader, "MESSAGE_CREATE", `"type":12`, fmt.Sprintf(`"message_reference":{"type":0,"channel_id":"%s","guild_id":"%s"}`, news, guild.ID))
	published := h.post(alice, news, "news")
	must(h.Announcements.Publish(ctx, alice, news, published))
	holds(author, "MESSAGE_UPDATE", `"flags":1,`)
	holds(reader, "MESSAGE_CREATE", `"content":"news"`, `"flags":2,`, fmt.Sprintf(`"message_id":"%s"`, published))
	must(h.Messages.Update(ctx, alice, news, published, content("other news")))
	holds(reader, "MESSAGE_UPDATE", `"content":"other news"`, `"flags":2,`)
	must(nil, h.Messages.DeleteMany(ctx, alice, news, []id.ID{published, h.post(alice, news, "more")}))
	holds(reader, "MESSAGE_UPDATE", `"content":""`, `"flags":10,`)
}
