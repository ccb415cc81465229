package chat_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestTheStatusOfAVoiceChannelIsForThoseInItAndGoesWithTheLastOfThem(t *testing.T) {
	l := openLounge(t)
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	expectStatus := func(want string) {
		t.Helper()
		if told := chattest.Next[event.VoiceStatusChanged](l.events); told.Status != want || told.ChannelID != l.guild.Lounge || told.GuildID != l.guild.ID {
			t.Errorf("told of %+v, want %q", told, want)
		}
		statuses := map[id.ID]string{l.guild.Lounge: want}
		if want == "" {
			clear(statuses)
		}
		if got := l.hall.Voice.Statuses(l.guild.ID); !maps.Equal(got, statuses) {
			t.Errorf("the statuses are %v, want %v", got, statuses)
		}
	}
	set := func(who chat.Caller, status string) error {
		return l.hall.Voice.SetStatus(t.Context(), who, l.guild.Lounge, status)
	}
	expectKind(t, set(bob, "Chess"), chat.MissingPermission)
	l.guild.Role("hosts", 5, perm.SetVoiceChannelStatus, bob, carol)
	expectKind(t, set(bob, "Chess"), chat.MissingPermission) // from outside it takes MANAGE_CHANNELS
	l.enter(bob, "tab", l.guild.Lounge)
	l.enter(carol, "carol's", l.guild.Lounge)
	expectField(t, set(bob, strings.Repeat("x", 501)), "status")
	expectKind(t, l.hall.Voice.SetStatus(t.Context(), bob, l.guild.General, "x"), chat.WrongChannelType)
	for _, status := range []string{" Chess ", "Chess", "Go", ""} {
		if err := set(bob, status); err != nil {
			t.Fatal(err)
		}
		if status != "Chess" { // which it is already
			expectStatus(strings.TrimSpace(status))
		}
	}
	if err := set(l.guild.Owner, "Chess"); err != nil {
		t.Fatal(err)
	}
	expectStatus("Chess")
	if entry := chattest.Next[event.AuditEntryAdded](l.events).Entry; entry.Action != store.AuditVoiceStatusCreate || entry.TargetID != l.guild.Lounge || entry.Options["status"] != "Chess" {
		t.Errorf("recorded is %+v", entry)
	}
	there := l.guild.Channel("There", store.ChannelVoice)
	l.enter(bob, "tab", there)
	if got := l.hall.Voice.Statuses(l.guild.ID); len(got) != 1 {
		t.Error("the status went before the last who was there")
	}
	l.enter(carol, "carol's", there)
	expectStatus("")
}

func TestAStatusGoesWithItsChannel(t *testing.T) {
	l := openLounge(t)
	for _, channelID := range []id.ID{l.guild.Lounge, l.guild.Channel("There", store.ChannelVoice)} {
		if err := l.hall.Voice.SetStatus(t.Context(), l.guild.Owner, channelID, "Chess"); err != nil {
			t.Fatal(err)
		}
	}
	taken := l.hall.TakenIn()
	if _, err := l.hall.Channels.Delete(t.Context(), l.guild.Owner, l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.ChannelDeleted](taken)
	if got := l.hall.Voice.Statuses(l.guild.ID); len(got) != 1 {
		t.Errorf("the statuses are %v", got)
	}
}

func TestWhoIsAwayForLongIsMovedToWhereNobodySpeaks(t *testing.T) {
	l := openLounge(t)
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	away := l.guild.Channel("Away", store.ChannelVoice)
	if _, err := l.hall.Guilds.Update(t.Context(), l.guild.Owner, l.guild.ID, chat.GuildEdit{AFKChannelID: &away, AFKTimeout: pointer(60)}); err != nil {
		t.Fatal(err)
	}
	l.enter(bob, "tab", l.guild.Lounge)
	l.enter(carol, "carol's", l.guild.Lounge)
	l.hall.Voice.Away("tab", true)
	pass := func(seconds int) {
		l.hall.Clock.Advance(time.Duration(seconds) * time.Second)
		l.hall.Voice.Away("tab", true) // said again, it is still since the first time
		chat.MoveAway(t.Context(), l.hall.Voice)
	}
	pass(59)
	l.expectIn(map[id.ID]id.ID{bob.UserID: l.guild.Lounge, carol.UserID: l.guild.Lounge})
	pass(1)
	l.expectIn(map[id.ID]id.ID{bob.UserID: away, carol.UserID: l.guild.Lounge})
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: away, SessionID: "tab", Suppress: true})
	if admitted := l.expectAdmitted(bob, "tab", l.summoned(bob, "tab"), away); !admitted.Media.Mute {
		t.Error("who is away can be heard")
	}
	// Back at the keyboard they return, and stay.
	l.hall.Voice.Away("tab", false)
	l.enter(bob, "tab", l.guild.Lounge)
	l.hall.Clock.Advance(time.Hour)
	chat.MoveAway(t.Context(), l.hall.Voice)
	// Who comes while they are away, from another device, has their time anew.
	l.hall.Voice.Away("tab", true)
	l.hall.Clock.Advance(time.Hour)
	there := l.guild.Channel("There", store.ChannelVoice)
	l.enter(bob, "tab", there)
	chat.MoveAway(t.Context(), l.hall.Voice)
	l.expectIn(map[id.ID]id.ID{bob.UserID: there, carol.UserID: l.guild.Lounge})
}

func TestAChannelBecomesTheOneForThoseWhoAreAway(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	l.enter(bob, "tab", l.guild.Lounge)
	for _, channelID := range []id.ID{l.guild.Lounge, 0} {
		if _, err := l.hall.Guilds.Update(t.Context(), l.guild.Owner, l.guild.ID, chat.GuildEdit{AFKChannelID: &channelID}); err != nil {
			t.Fatal(err)
		}
		l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab", Suppress: channelID != 0})
		l.media.expect(t, mediaOrder{userID: bob.UserID, state: chat.MediaState{Mute: channelID != 0}})
	}
}
