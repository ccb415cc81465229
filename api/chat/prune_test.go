package chat

import (
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

func TestWhatHasExpiredIsPrunedAndNothingElse(t *testing.T) {
	_, watched := newViewedGuild(t, CacheSizes{})
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	deps := Deps{Store: watched, Now: func() time.Time { return now }}
	for code, age := range map[string]int{"brief": 60, "lasting": 0} {
		invite := store.Invite{Code: code, GuildID: viewedGuild, ChannelID: viewedChannel, CreatedAt: now.Add(-time.Hour), MaxAge: age}
		if err := watched.CreateInvite(t.Context(), invite); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&Invites{Deps: deps}).prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := watched.GuildInvites(t.Context(), viewedGuild); err != nil || len(left) != 1 || left[0].Code != "lasting" {
		t.Errorf("left are %+v, %v", left, err)
	}

	post := func(messageID id.ID, nonce string) id.ID {
		stored, err := watched.CreateMessages(t.Context(), viewedChannel, []store.NewMessage{{NonceSince: 1, Message: store.Message{
			ID: messageID, ChannelID: viewedChannel, GuildID: viewedGuild, AuthorID: viewedOwner, Content: "a", Nonce: nonce,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return stored[0].ID
	}
	old, recent := id.At(now.Add(-nonceWindow-time.Second)), id.At(now.Add(-nonceWindow+time.Second))
	post(old, "old")
	post(recent, "recent")
	if err := (&Messages{Deps: deps}).pruneNonces(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := post(id.At(now), "recent"); got != recent {
		t.Errorf("a recent nonce was forgotten: %v", got)
	}
	if got := post(id.At(now)+1, "old"); got != id.At(now)+1 {
		t.Errorf("an old nonce is remembered: %v", got)
	}
}
