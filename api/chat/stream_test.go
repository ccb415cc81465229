package chat_test

import (
	"slices"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// show has somebody begin a stream in the Lounge, and gives it with the token for its room.
func (l *lounge) show(who chat.Caller, sessionID string) (shown event.Stream, token string) {
	l.t.Helper()
	if why := l.hall.Voice.StartStream(l.t.Context(), who, sessionID, l.guild.ID, l.guild.Lounge); why != "" {
		l.t.Fatalf("refused: %s", why)
	}
	told := l.toldOfStream(event.StreamShown, who)
	l.expectTold(event.VoiceState{UserID: who.UserID, ChannelID: l.guild.Lounge, SessionID: sessionID, SelfStream: true})
	return told.Stream, l.toldOfStream(event.StreamSummons, who).Token
}

// watch has somebody watch a stream in the Lounge, and gives the token for its room.
func (l *lounge) watch(who chat.Caller, sessionID string, owner chat.Caller) (token string) {
	l.t.Helper()
	if why := l.hall.Voice.WatchStream(l.t.Context(), who, sessionID, l.key(owner)); why != "" {
		l.t.Fatalf("refused: %s", why)
	}
	l.toldOfStream(event.StreamShown, who)
	return l.toldOfStream(event.StreamSummons, who).Token
}

func (l *lounge) key(owner chat.Caller) chat.StreamKey {
	return chat.StreamKey{GuildID: l.guild.ID, ChannelID: l.guild.Lounge, OwnerID: owner.UserID}
}

// toldOfStream gives the next thing of a kind that somebody is told of a stream.
func (l *lounge) toldOfStream(change event.StreamChange, who chat.Caller) event.StreamChanged {
	l.t.Helper()
	for {
		if told := chattest.Next[event.StreamChanged](l.events); told.Change == change && told.UserID == who.UserID {
			return told
		}
	}
}

func (l *lounge) expectOver(who chat.Caller, owner chat.Caller, why chat.StreamReason) {
	l.t.Helper()
	if over := l.toldOfStream(event.StreamEnded, who); over.Stream.OwnerID != owner.UserID || over.Reason != string(why) {
		l.t.Errorf("%v is told of %+v, want %s", who.UserID, over, why)
	}
}

func TestAStreamIsARoomOfItsOwnWithOneWhoPublishes(t *testing.T) {
	l := openLounge(t)
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	l.enter(bob, "tab", l.guild.Lounge)
	l.enter(carol, "carol's", l.guild.Lounge)
	shown, token := l.show(bob, "tab")
	if shown.OwnerID != bob.UserID || shown.ServerID == 0 || shown.ServerID == l.guild.ID || len(shown.ViewerIDs) > 0 || shown.Paused {
		t.Errorf("shown is %+v", shown)
	}
	admit := func(who chat.Caller, sessionID, token string) (chat.VoiceAdmission, error) {
		return l.hall.Voice.Admit(t.Context(), shown.ServerID, who.UserID, sessionID, token)
	}
	own, err := admit(bob, "tab", token)
	if err != nil || own != (chat.VoiceAdmission{ServerID: shown.ServerID, RoomID: shown.ServerID, UserID: bob.UserID, SessionID: "tab", Media: chat.MediaState{Deaf: true, Video: true, Soundshare: true}}) {
		t.Errorf("who shows is admitted as %+v, %v", own, err)
	}
	// Nobody watches who did not ask to.
	_, err = admit(carol, "carol's", token)
	expectKind(t, err, chat.UnknownSession)
	carols := l.watch(carol, "carol's", bob)
	viewer, err := admit(carol, "carol's", carols)
	if err != nil || viewer.Media != (chat.MediaState{Mute: true, Viewer: true}) {
		t.Errorf("who watches is admitted as %+v, %v", viewer, err)
	}
	_, err = admit(carol, "carol's", token)
	expectKind(t, err, chat.InvalidToken)
	_, err = admit(bob, "tab", carols)
	expectKind(t, err, chat.InvalidToken)

	// What passes follows the voice state of each.
	l.media.expect(t)
	if _, err := l.hall.Members.Update(t.Context(), l.guild.Owner, l.guild.ID, carol.UserID, chat.MemberEdit{Deaf: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: carol.UserID, ChannelID: l.guild.Lounge, SessionID: "carol's", Deaf: true})
	l.media.expect(t, mediaOrder{userID: carol.UserID, state: chat.MediaState{Deaf: true}}, mediaOrder{userID: carol.UserID, state: chat.MediaState{Mute: true, Deaf: true, Viewer: true}})
	l.hall.Voice.PauseStream(t.Context(), carol, "carol's", l.key(bob), true) // not hers
	l.hall.Voice.PauseStream(t.Context(), bob, "tab", l.key(bob), true)
	if told := l.toldOfStream(event.StreamUpdated, carol); !told.Stream.Paused || !slices.Equal(told.Stream.ViewerIDs, []id.ID{carol.UserID}) {
		t.Errorf("told is %+v", told)
	}
	l.media.expect(t, mediaOrder{userID: bob.UserID, state: chat.MediaState{Mute: true, Deaf: true, Soundshare: true}})

	// Who watches leaves, and then who shows.
	l.hall.Voice.StopStream(t.Context(), carol, "carol's", l.key(bob))
	l.expectOver(carol, bob, chat.StreamUserRequested)
	if told := l.toldOfStream(event.StreamUpdated, bob); len(told.Stream.ViewerIDs) > 0 {
		t.Errorf("told is %+v", told)
	}
	l.media.expect(t, mediaOrder{userID: carol.UserID, disconnected: true})
	l.hall.Voice.StopStream(t.Context(), bob, "tab", l.key(bob))
	l.expectOver(bob, bob, chat.StreamUserRequested)
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab"})
	_, err = admit(bob, "tab", token)
	expectKind(t, err, chat.UnknownSession)
}

func TestWhoMayShowAndWatch(t *testing.T) {
	l := openLounge(t)
	bob, carol, away := l.guild.Member("bob"), l.guild.Member("carol"), l.guild.Member("away")
	robot := l.hall.Bot("robot", l.guild.Owner)
	l.guild.Join(robot)
	there := l.guild.Channel("There", store.ChannelVoice)
	start := func(who chat.Caller, sessionID string, channelID id.ID) chat.StreamReason {
		return l.hall.Voice.StartStream(t.Context(), who, sessionID, l.guild.ID, channelID)
	}
	if why := start(bob, "tab", l.guild.Lounge); why != chat.StreamUnauthorized {
		t.Errorf("who is not in voice: %s", why)
	}
	l.enter(bob, "tab", l.guild.Lounge)
	l.enter(carol, "carol's", l.guild.Lounge)
	l.enter(away, "away's", there)
	l.enter(robot, "robot's", l.guild.Lounge)
	for name, why := range map[string]chat.StreamReason{"another channel": start(bob, "tab", there), "another session": start(bob, "phone", l.guild.Lounge), "a bot": start(robot, "robot's", l.guild.Lounge)} {
		if why != chat.StreamUnauthorized {
			t.Errorf("%s: %q", name, why)
		}
	}
	l.guild.Overwrite(l.guild.Lounge, bob.UserID, store.OverwriteMember, 0, perm.Stream)
	if why := start(bob, "tab", l.guild.Lounge); why != chat.StreamUnauthorized {
		t.Errorf("without STREAM: %q", why)
	}
	l.guild.Overwrite(l.guild.Lounge, bob.UserID, store.OverwriteMember, 0, 0)
	watch := func(who chat.Caller, sessionID string) chat.StreamReason {
		return l.hall.Voice.WatchStream(t.Context(), who, sessionID, l.key(bob))
	}
	if why := watch(carol, "carol's"); why != chat.StreamOver {
		t.Errorf("what is not there: %q", why)
	}
	l.show(bob, "tab")
	for name, why := range map[string]chat.StreamReason{"who is elsewhere": watch(away, "away's"), "another session": watch(carol, "phone"), "who is not in voice": watch(l.guild.Owner, "x"), "a bot": watch(robot, "robot's")} {
		if why != chat.StreamUnauthorized {
			t.Errorf("%s: %q", name, why)
		}
	}
	// Who shows something already is told anew where, and it is the same.
	if why := start(bob, "tab", l.guild.Lounge); why != "" {
		t.Errorf("again: %q", why)
	}
	if again := l.toldOfStream(event.StreamShown, bob); again.Stream.ServerID == 0 {
		t.Errorf("again shown is %+v", again)
	}
}

func TestStreamsEndWithWhatTheyHangOn(t *testing.T) {
	for name, end := range map[string]struct {
		do  func(l *lounge, bob chat.Caller) error
		why chat.StreamReason
	}{
		"who shows leaves": {func(l *lounge, bob chat.Caller) error { return l.ask(bob, "tab", 0) }, chat.StreamOver},
		"who shows goes elsewhere": {func(l *lounge, bob chat.Caller) error {
			return l.ask(bob, "tab", l.guild.Channel("There", store.ChannelVoice))
		}, chat.StreamOver},
		"another device takes over": {func(l *lounge, bob chat.Caller) error { return l.ask(bob, "phone", l.guild.Lounge) }, chat.StreamOver},
		"the session ends":          {func(l *lounge, _ chat.Caller) error { l.hall.Voice.SessionGone(l.t.Context(), "tab"); return nil }, chat.StreamOver},
		"who shows is moved": {func(l *lounge, bob chat.Caller) error {
			return l.edit(bob, chat.MemberEdit{ChannelID: pointer(l.guild.Channel("There", store.ChannelVoice))})
		}, chat.StreamOver},
		"who shows is disconnected": {func(l *lounge, bob chat.Caller) error {
			return l.edit(bob, chat.MemberEdit{ChannelID: pointer(id.ID(0))})
		}, chat.StreamOver},
		"who shows is kicked": {func(l *lounge, bob chat.Caller) error {
			return l.hall.Members.Kick(l.t.Context(), l.guild.Owner, l.guild.ID, bob.UserID)
		}, chat.StreamOver},
		"the permission goes": {func(l *lounge, bob chat.Caller) error {
			l.guild.Overwrite(l.guild.Lounge, bob.UserID, store.OverwriteMember, 0, perm.Stream)
			return nil
		}, chat.StreamUnauthorized},
		"the channel goes": {func(l *lounge, _ chat.Caller) error {
			_, err := l.hall.Channels.Delete(l.t.Context(), l.guild.Owner, l.guild.Lounge)
			return err
		}, chat.StreamOver},
		"the hall stops": {func(l *lounge, _ chat.Caller) error { l.hall.Voice.EndCalls(l.t.Context()); return nil }, chat.StreamOver},
		"the media connection is out": {func(l *lounge, bob chat.Caller) error {
			shown, _ := l.show(bob, "tab")
			l.hall.Voice.Left(l.t.Context(), chat.VoiceAdmission{ServerID: shown.ServerID, RoomID: shown.ServerID, UserID: bob.UserID, SessionID: "tab"})
			return nil
		}, chat.StreamOver},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLounge(t)
			bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
			l.enter(bob, "tab", l.guild.Lounge)
			l.enter(carol, "carol's", l.guild.Lounge)
			shown, token := l.show(bob, "tab")
			l.watch(carol, "carol's", bob)
			if err := end.do(l, bob); err != nil {
				t.Fatal(err)
			}
			l.expectOver(carol, bob, chat.StreamOver)
			l.expectOver(bob, bob, end.why)
			if state := chattest.Next[event.VoiceStateUpdated](l.events).State; state.SelfStream {
				t.Errorf("told is %+v", state)
			}
			_, err := l.hall.Voice.Admit(t.Context(), shown.ServerID, bob.UserID, "tab", token)
			expectKind(t, err, chat.UnknownSession)
		})
	}
}

// edit has the guild's owner change a member.
func (l *lounge) edit(who chat.Caller, edit chat.MemberEdit) error {
	_, err := l.hall.Members.Update(l.t.Context(), l.guild.Owner, l.guild.ID, who.UserID, edit)
	return err
}

func TestWhoLeavesTheChannelWatchesNothingThere(t *testing.T) {
	l := openLounge(t)
	bob, carol, dan := l.guild.Member("bob"), l.guild.Member("carol"), l.guild.Member("dan")
	l.enter(bob, "tab", l.guild.Lounge)
	l.enter(carol, "carol's", l.guild.Lounge)
	l.enter(dan, "dan's", l.guild.Lounge)
	l.show(bob, "tab")
	l.show(carol, "carol's") // several at once
	l.watch(dan, "dan's", bob)
	l.watch(dan, "dan's", carol)
	if err := l.ask(dan, "dan's", 0); err != nil {
		t.Fatal(err)
	}
	l.toldOfStream(event.StreamEnded, dan)
	l.toldOfStream(event.StreamEnded, dan)
	for _, owner := range []chat.Caller{bob, carol} {
		if why := l.hall.Voice.WatchStream(t.Context(), dan, "dan's", l.key(owner)); why != chat.StreamUnauthorized {
			t.Errorf("%q", why)
		}
	}
}

func TestAStreamInACallIsForThoseInIt(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	as, bs := p.watch(p.alice), p.watch(bob)
	p.ok(p.join(p.alice, channelID))
	key := chat.StreamKey{ChannelID: channelID, OwnerID: p.alice.UserID}
	if why := p.hall.Voice.StartStream(t.Context(), p.alice, p.alice.UserID.String(), 0, channelID); why != "" {
		t.Fatal(why)
	}
	if shown := chattest.Next[event.StreamChanged](as); shown.Change != event.StreamShown || shown.Stream.GuildID != 0 {
		t.Errorf("%+v", shown)
	}
	if why := p.hall.Voice.WatchStream(t.Context(), bob, bob.UserID.String(), key); why != chat.StreamUnauthorized {
		t.Errorf("who is not in the call: %q", why)
	}
	p.ok(p.join(bob, channelID))
	if why := p.hall.Voice.WatchStream(t.Context(), bob, bob.UserID.String(), key); why != "" {
		t.Fatal(why)
	}
	chattest.Next[event.StreamChanged](bs)
	p.leave(p.alice)
	for chattest.Next[event.StreamChanged](bs).Change != event.StreamEnded {
		continue
	}
}
