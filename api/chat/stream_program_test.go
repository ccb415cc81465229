package chat_test

import (
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
)

// streamKey makes somebody's stream key.
func (l *lounge) streamKey(who chat.Caller) string {
	l.t.Helper()
	key, err := l.hall.Accounts.MakeStreamKey(l.t.Context(), who, who.UserID)
	if err != nil {
		l.t.Fatal(err)
	}
	return key
}

func TestAProgramShowsAndWatchesStreamsWithAKey(t *testing.T) {
	l := openLounge(t)
	ctx := t.Context()
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	bobs, carols := l.streamKey(bob), l.streamKey(carol)
	_, err := l.hall.Voice.ShowByKey(ctx, bobs)
	expectKind(t, err, chat.UnknownSession) // he is in no voice channel
	l.enter(bob, "tab", l.guild.Lounge)
	_, err = l.hall.Voice.WatchByKey(ctx, carols, bob.UserID)
	expectKind(t, err, chat.UnknownSession)
	l.enter(carol, "carol's", l.guild.Lounge)
	_, err = l.hall.Voice.WatchByKey(ctx, carols, bob.UserID)
	expectKind(t, err, chat.UnknownUser) // he shows nothing yet

	shows, err := l.hall.Voice.ShowByKey(ctx, bobs)
	if err != nil || shows.UserID != bob.UserID || shows.SessionID != "tab" {
		t.Fatalf("bob shows %+v, %v", shows, err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab", SelfStream: true})
	own, err := l.hall.Voice.Admit(ctx, shows.ServerID, shows.UserID, shows.SessionID, shows.Token)
	if err != nil || own.Media != (chat.MediaState{Deaf: true, Video: true, Soundshare: true}) {
		t.Errorf("who shows is admitted as %+v, %v", own, err)
	}
	watches, err := l.hall.Voice.WatchByKey(ctx, carols, bob.UserID)
	if err != nil || watches.ServerID != shows.ServerID {
		t.Fatalf("carol watches %+v, %v", watches, err)
	}
	viewer, err := l.hall.Voice.Admit(ctx, watches.ServerID, watches.UserID, watches.SessionID, watches.Token)
	if err != nil || viewer.Media != (chat.MediaState{Mute: true, Viewer: true}) {
		t.Errorf("who watches is admitted as %+v, %v", viewer, err)
	}
	_, err = l.hall.Voice.WatchByKey(ctx, bobs, bob.UserID)
	expectKind(t, err, chat.UnknownUser)

	again, err := l.hall.Voice.ShowByKey(ctx, bobs) // the program has started anew
	if err != nil || again.ServerID != shows.ServerID || again.Token == shows.Token {
		t.Errorf("bob shows %+v, %v", again, err)
	}
	l.hall.Voice.Left(ctx, own)
	l.expectOver(carol, bob, chat.StreamOver)
}

func TestStreamKeysAreReplacedTakenAwayAndNoGuess(t *testing.T) {
	l := openLounge(t)
	ctx := t.Context()
	bob := l.guild.Member("bob")
	has := func(want bool) {
		t.Helper()
		if got, err := l.hall.Accounts.HasStreamKey(ctx, bob); err != nil || got != want {
			t.Errorf("there is a key: %t, %v", got, err)
		}
	}
	has(false)
	first := l.streamKey(bob)
	has(true)
	stored, err := l.hall.Store.User(ctx, bob.UserID)
	if err != nil || len(stored.StreamKeyHash) != 32 || strings.Contains(first, string(stored.StreamKeyHash)) {
		t.Errorf("stored is %x, %v", stored.StreamKeyHash, err)
	}
	second := l.streamKey(bob)
	l.enter(bob, "tab", l.guild.Lounge)
	for _, wrong := range []string{first, "", "x", bob.UserID.String(), bob.UserID.String() + ".", second + "x", strings.Replace(second, bob.UserID.String(), "7", 1), strings.Repeat("9", 5000)} {
		_, err := l.hall.Voice.ShowByKey(ctx, wrong)
		expectKind(t, err, chat.InvalidToken)
	}
	if _, err := l.hall.Voice.ShowByKey(ctx, second); err != nil {
		t.Error(err)
	}
	if err := l.hall.Accounts.DropStreamKey(ctx, bob, bob.UserID); err != nil {
		t.Error(err)
	}
	has(false)
	_, err = l.hall.Voice.ShowByKey(ctx, second)
	expectKind(t, err, chat.InvalidToken)
	_, err = l.hall.Accounts.MakeStreamKey(ctx, bob, l.guild.Owner.UserID)
	expectKind(t, err, chat.MissingPermission) // it is another's

	console, err := l.hall.Accounts.MakeStreamKey(ctx, chattest.Console, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.hall.Voice.ShowByKey(ctx, console); err != nil {
		t.Error(err)
	}
	log, err := l.hall.Hall.Entries(ctx, chattest.Console, 0, 1)
	if err != nil || len(log.Entries) != 1 || log.Entries[0].Act != store.HallUserStreamKey || log.Entries[0].TargetID != bob.UserID {
		t.Errorf("the log says %+v, %v", log.Entries, err)
	}
}
