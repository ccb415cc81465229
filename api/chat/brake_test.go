package chat_test

import (
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
)

func TestABrakePausesInvitesAndDirectMessages(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, bob, carol := guild.Member("moderator"), guild.Member("bob"), guild.Member("carol")
	guild.Role("moderators", 2, perm.ManageGuild, moderator)
	invite, err := hall.Invites.CreateForGuild(t.Context(), guild.Owner, guild.ID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	talk, err := hall.Directs.Open(t.Context(), bob, carol.UserID)
	if err != nil {
		t.Fatal(err)
	}
	write := func() error {
		_, err := hall.Messages.Create(t.Context(), bob, talk.ID, chat.MessageDraft{Content: "hello"})
		return err
	}
	until := hall.Clock.Now().Add(time.Hour)
	paused, err := hall.Guilds.Brake(t.Context(), moderator, guild.ID, chat.BrakeEdit{Invites: &until, DMs: &until})
	if err != nil || !paused.InvitesPausedUntil.Equal(until) || !paused.DMsPausedUntil.Equal(until) {
		t.Fatal(paused, err)
	}
	visitor := hall.Person("visitor")
	_, _, err = hall.Invites.Accept(t.Context(), visitor, invite.Code)
	expectKind(t, err, chat.InvitesPaused)
	expectKind(t, write(), chat.CannotMessage)
	entries, err := hall.AuditLog.List(t.Context(), guild.Owner, guild.ID, store.AuditQuery{Limit: 1})
	if err != nil || len(entries.Entries) != 1 || entries.Entries[0].Action != store.AuditGuildUpdate || len(entries.Entries[0].Changes) != 2 {
		t.Errorf("%+v, %v", entries, err)
	}
	hall.Clock.Advance(time.Hour)
	if err := write(); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if _, _, err := hall.Invites.Accept(t.Context(), visitor, invite.Code); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	far := hall.Clock.Now().Add(24*time.Hour + time.Second)
	_, err = hall.Guilds.Brake(t.Context(), moderator, guild.ID, chat.BrakeEdit{Invites: &far})
	expectField(t, err, "invites_disabled_until")
	_, err = hall.Guilds.Brake(t.Context(), bob, guild.ID, chat.BrakeEdit{})
	expectKind(t, err, chat.MissingPermission)
}
