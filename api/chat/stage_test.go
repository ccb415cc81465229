package chat_test

import (
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// stage makes a stage channel and who looks after it.
func (l *lounge) stage() (channelID id.ID, host chat.Caller) {
	l.t.Helper()
	channelID, host = l.guild.Channel("Stage", store.ChannelStage), l.guild.Member("host")
	l.guild.Overwrite(channelID, host.UserID, store.OverwriteMember, perm.MuteMembers|perm.MoveMembers|perm.ManageChannels, 0)
	return channelID, host
}

// listen has somebody come into a stage channel, as a listener.
func (l *lounge) listen(who chat.Caller, sessionID string, channelID id.ID) {
	l.t.Helper()
	if err := l.ask(who, sessionID, channelID); err != nil {
		l.t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: who.UserID, ChannelID: channelID, SessionID: sessionID, Suppress: true})
}

func TestAStageIsOpenedByItsModeratorsAndClosesWithTheLastWhoIsThere(t *testing.T) {
	l := openLounge(t)
	channelID, host := l.stage()
	bob := l.guild.Member("bob")
	ctx := t.Context()
	open := func(who chat.Caller, topic string) error {
		_, err := l.hall.Voice.OpenStage(ctx, who, channelID, topic)
		return err
	}
	expectKind(t, open(bob, "Talk"), chat.MissingPermission)
	expectField(t, open(host, ""), "topic")
	expectField(t, open(host, strings.Repeat("x", 121)), "topic")
	_, err := l.hall.Voice.OpenStage(ctx, l.guild.Owner, l.guild.Lounge, "Talk")
	expectKind(t, err, chat.WrongChannelType)
	_, err = l.hall.Voice.Stage(ctx, bob, channelID)
	expectKind(t, err, chat.UnknownStage)
	_, err = l.hall.Voice.UpdateStage(ctx, host, channelID, pointer("x"))
	expectKind(t, err, chat.UnknownStage)
	expectKind(t, l.hall.Voice.CloseStage(ctx, host, channelID), chat.UnknownStage)
	if err := open(host, "Talk"); err != nil {
		t.Fatal(err)
	}
	expectKind(t, open(host, "More"), chat.StageAlreadyOpen)
	told := func(change event.StageChange, topic string) {
		t.Helper()
		if got := chattest.Next[event.StageChanged](l.events); got.Change != change || got.Instance.Topic != topic || got.Instance.ChannelID != channelID {
			t.Errorf("told is %+v", got)
		}
	}
	told(event.StageOpened, "Talk")
	if entry := chattest.Next[event.AuditEntryAdded](l.events).Entry; entry.Action != store.AuditStageCreate || entry.UserID != host.UserID {
		t.Errorf("recorded is %+v", entry)
	}
	_, err = l.hall.Voice.UpdateStage(ctx, bob, channelID, pointer("x"))
	expectKind(t, err, chat.MissingPermission)
	if _, err := l.hall.Voice.UpdateStage(ctx, host, channelID, pointer("Other")); err != nil {
		t.Fatal(err)
	}
	told(event.StageUpdated, "Other")
	expectKind(t, l.hall.Voice.CloseStage(ctx, bob, channelID), chat.MissingPermission)
	l.listen(bob, "tab", channelID)
	if err := l.ask(bob, "tab", 0); err != nil {
		t.Fatal(err)
	}
	told(event.StageClosed, "Other")
	if err := open(host, "Again"); err != nil {
		t.Fatal(err)
	}
	if err := l.hall.Voice.CloseStage(ctx, host, channelID); err != nil {
		t.Fatal(err)
	}
	told(event.StageOpened, "Again")
	told(event.StageClosed, "Again")
	if stages := l.hall.Voice.Stages(l.guild.ID); len(stages) > 0 {
		t.Errorf("open are %+v", stages)
	}
	if err := open(host, "Gone"); err != nil {
		t.Fatal(err)
	}
	taken := l.hall.TakenIn()
	if _, err := l.hall.Channels.Delete(ctx, l.guild.Owner, channelID); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.ChannelDeleted](taken)
	if stages := l.hall.Voice.Stages(l.guild.ID); slices.ContainsFunc(stages, func(one event.StageInstance) bool { return one.ChannelID == channelID }) {
		t.Errorf("open are %+v", stages)
	}
}

func TestListenersAreHeardWhenTheyAreInvitedAndAccept(t *testing.T) {
	l := openLounge(t)
	channelID, host := l.stage()
	bob := l.guild.Member("bob")
	l.guild.Overwrite(channelID, bob.UserID, store.OverwriteMember, perm.RequestToSpeak, 0)
	l.listen(host, "host's", channelID)
	l.listen(bob, "tab", channelID)
	l.media.expect(t)
	ctx, now := t.Context(), l.hall.Clock.Now().UTC()
	own := func(who chat.Caller, edit chat.StageEdit) error {
		return l.hall.Voice.UpdateOwnStage(ctx, who, l.guild.ID, edit)
	}
	of := func(who, whom chat.Caller, edit chat.StageEdit) error {
		return l.hall.Voice.UpdateStageOf(ctx, who, l.guild.ID, whom.UserID, edit)
	}
	expect := func(who chat.Caller, sessionID string, suppress, raised, heard bool) {
		t.Helper()
		want := event.VoiceState{UserID: who.UserID, ChannelID: channelID, SessionID: sessionID, Suppress: suppress}
		if raised {
			want.RequestedToSpeakAt = now
		}
		l.expectTold(want)
		l.media.expect(t, mediaOrder{userID: who.UserID, state: chat.MediaState{Mute: !heard}})
	}
	yes, no := true, false
	// Asking.
	expectKind(t, own(bob, chat.StageEdit{Suppress: &no}), chat.MissingPermission)
	for _, raised := range []*bool{&yes, &no, &yes} {
		if err := own(bob, chat.StageEdit{ChannelID: channelID, RequestToSpeak: raised}); err != nil {
			t.Fatal(err)
		}
		expect(bob, "tab", true, *raised, false)
	}
	expectKind(t, of(bob, host, chat.StageEdit{Suppress: &no}), chat.MissingPermission)
	expectKind(t, of(host, l.guild.Owner, chat.StageEdit{Suppress: &no}), chat.UnknownVoiceState)
	expectKind(t, own(bob, chat.StageEdit{ChannelID: l.guild.Lounge, RequestToSpeak: &yes}), chat.UnknownVoiceState)
	// Invited is not heard yet.
	if err := of(host, bob, chat.StageEdit{Suppress: &no}); err != nil {
		t.Fatal(err)
	}
	expect(bob, "tab", false, true, false)
	if err := own(bob, chat.StageEdit{Suppress: &no}); err != nil {
		t.Fatal(err)
	}
	expect(bob, "tab", false, false, true)
	// Whatever a client asks for, it stays where it is on the stage, and so it does when others change something.
	err := l.hall.Voice.UpdateState(ctx, bob, chat.VoiceUpdate{SessionID: "tab", GuildID: l.guild.ID, ChannelID: channelID, SelfMute: true})
	if err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: channelID, SessionID: "tab", SelfMute: true})
	if _, err := l.hall.Channels.Update(ctx, l.guild.Owner, channelID, chat.ChannelEdit{Name: pointer("Hall")}); err != nil {
		t.Fatal(err)
	}
	if err := of(host, bob, chat.StageEdit{Suppress: &yes}); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: channelID, SessionID: "tab", SelfMute: true, Suppress: true})
	// Without the permission nobody raises a hand; moderators speak as they like.
	l.guild.Overwrite(channelID, bob.UserID, store.OverwriteMember, 0, perm.RequestToSpeak)
	expectKind(t, own(bob, chat.StageEdit{RequestToSpeak: &yes}), chat.MissingPermission)
	if err := own(host, chat.StageEdit{Suppress: &no}); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: host.UserID, ChannelID: channelID, SessionID: "host's"})
	// Elsewhere there is no stage.
	if err := l.ask(bob, "tab", l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	expectKind(t, own(bob, chat.StageEdit{RequestToSpeak: &yes}), chat.WrongChannelType)
}
