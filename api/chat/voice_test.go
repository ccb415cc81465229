package chat_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// mediaOrder is something that the media server was told.
type mediaOrder struct {
	userID id.ID
	// state is what passes from now on; why tells what somebody was disconnected for.
	state        chat.MediaState
	disconnected bool
	why          chat.DisconnectReason
}

// mediaServer notes what it is told.
type mediaServer struct {
	mu     sync.Mutex
	orders []mediaOrder
}

func (m *mediaServer) Update(_, userID id.ID, state chat.MediaState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders = append(m.orders, mediaOrder{userID: userID, state: state})
}

func (m *mediaServer) Disconnect(_, userID id.ID, why chat.DisconnectReason) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders = append(m.orders, mediaOrder{userID: userID, disconnected: true, why: why})
}

// expect fails the test unless the media server was told exactly this since the last time.
func (m *mediaServer) expect(t *testing.T, want ...mediaOrder) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.orders, want) {
		t.Errorf("the media server was told %+v, want %+v", m.orders, want)
	}
	m.orders = nil
}

// lounge is a guild with a voice channel, and what can be seen of it.
type lounge struct {
	t      *testing.T
	hall   *chattest.Hall
	guild  *chattest.Guild
	events *chattest.Watcher
	media  *mediaServer
}

func openLounge(t *testing.T) *lounge {
	t.Helper()
	media := &mediaServer{}
	hall := chattest.Open(t, chattest.Options{Chat: chat.Options{Media: media}})
	guild := hall.Guild(hall.Person("alice"))
	return &lounge{t: t, hall: hall, guild: guild, events: hall.Watch(event.GuildSubject(guild.ID)), media: media}
}

// ask sends a wish of a gateway session, in this guild.
func (l *lounge) ask(caller chat.Caller, sessionID string, channelID id.ID) error {
	return l.hall.Voice.UpdateState(l.t.Context(), caller, chat.VoiceUpdate{SessionID: sessionID, GuildID: l.guild.ID, ChannelID: channelID})
}

// enter brings somebody into a channel and gives the token to join the media server with. The guild is told of the state before the session is told where to go.
func (l *lounge) enter(caller chat.Caller, sessionID string, channelID id.ID) (token string) {
	l.t.Helper()
	if err := l.ask(caller, sessionID, channelID); err != nil {
		l.t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: caller.UserID, ChannelID: channelID, SessionID: sessionID})
	return l.summoned(caller, sessionID)
}

func (l *lounge) summoned(caller chat.Caller, sessionID string) (token string) {
	l.t.Helper()
	server := chattest.Next[event.VoiceServerUpdated](l.events)
	if server.UserID != caller.UserID || server.SessionID != sessionID || server.GuildID != l.guild.ID || len(server.Token) < 40 {
		l.t.Errorf("summoned by %+v", server)
	}
	return server.Token
}

// expectTold fails the test unless the next state that the guild is told of is this one, with the member that it is about.
func (l *lounge) expectTold(want event.VoiceState) {
	l.t.Helper()
	want.GuildID = l.guild.ID
	told := chattest.Next[event.VoiceStateUpdated](l.events)
	if told.State != want || told.User.ID != want.UserID || told.Member.UserID != want.UserID || told.User.Email != "" || told.User.PasswordHash != "" {
		l.t.Errorf("told of %+v, want %+v", told, want)
	}
}

// expectIn fails the test unless exactly these are in voice, by channel.
func (l *lounge) expectIn(want map[id.ID]id.ID) {
	l.t.Helper()
	states, err := l.hall.Voice.States(l.t.Context(), l.guild.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	if !slices.IsSortedFunc(states, func(a, b event.VoiceState) int { return int(a.UserID - b.UserID) }) || len(states) != len(want) {
		l.t.Errorf("in voice are %+v, want %v", states, want)
	}
	for _, state := range states {
		if want[state.UserID] != state.ChannelID {
			l.t.Errorf("%v is in %v, want %v", state.UserID, state.ChannelID, want[state.UserID])
		}
	}
}

// admit asks to be let into the media server.
func (l *lounge) admit(caller chat.Caller, sessionID, token string) (chat.VoiceAdmission, error) {
	return l.hall.Voice.Admit(l.t.Context(), l.guild.ID, caller.UserID, sessionID, token)
}

func (l *lounge) expectAdmitted(caller chat.Caller, sessionID, token string, channelID id.ID) chat.VoiceAdmission {
	l.t.Helper()
	admitted, err := l.admit(caller, sessionID, token)
	if err != nil || admitted.RoomID != channelID || admitted.UserID != caller.UserID || admitted.ServerID != l.guild.ID || admitted.SessionID != sessionID {
		l.t.Errorf("admitted %+v, %v", admitted, err)
	}
	return admitted
}

func TestJoiningMovingAndLeavingAVoiceChannel(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	there := l.guild.Channel("There", store.ChannelVoice)
	first := l.enter(bob, "tab", l.guild.Lounge)
	l.expectIn(map[id.ID]id.ID{bob.UserID: l.guild.Lounge})
	l.expectAdmitted(bob, "tab", first, l.guild.Lounge)
	l.media.expect(t)

	second := l.enter(bob, "tab", there)
	l.expectIn(map[id.ID]id.ID{bob.UserID: there})
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectMoved})
	l.expectAdmitted(bob, "tab", second, there)

	if err := l.ask(bob, "tab", 0); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "tab"})
	l.expectIn(nil)
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectLeft})
	if _, found, err := l.hall.Voice.State(t.Context(), l.guild.ID, bob.UserID); found || err != nil {
		t.Errorf("still there: %t, %v", found, err)
	}
	if err := l.ask(bob, "tab", 0); err != nil {
		t.Errorf("leaving twice: %v", err)
	}
}

func TestAVoiceTokenServesOneStay(t *testing.T) {
	l := openLounge(t)
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	token := l.enter(bob, "tab", l.guild.Lounge)
	for range 2 { // a media connection that broke comes back with it
		l.expectAdmitted(bob, "tab", token, l.guild.Lounge)
	}
	carols := l.enter(carol, "carol's", l.guild.Lounge)
	for _, wrong := range []string{"", "x", token + "x", carols} {
		_, err := l.admit(bob, "tab", wrong)
		expectKind(t, err, chat.InvalidToken)
	}
	_, err := l.admit(bob, "carol's", token)
	expectKind(t, err, chat.UnknownSession)
	_, err = l.admit(l.guild.Owner, "tab", token)
	expectKind(t, err, chat.UnknownSession)
	_, err = l.hall.Voice.Admit(t.Context(), 404, bob.UserID, "tab", token)
	expectKind(t, err, chat.UnknownSession)

	// Asking again for what is there already is how libraries ask for another token.
	if err := l.ask(bob, "tab", l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab"})
	again := l.summoned(bob, "tab")
	_, err = l.admit(bob, "tab", token)
	expectKind(t, err, chat.InvalidToken)
	l.expectAdmitted(bob, "tab", again, l.guild.Lounge)
	l.media.expect(t)

	if err := l.ask(bob, "tab", 0); err != nil {
		t.Fatal(err)
	}
	_, err = l.admit(bob, "tab", again)
	expectKind(t, err, chat.UnknownSession)
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "tab"})
	l.enter(bob, "tab", l.guild.Lounge)
	_, err = l.admit(bob, "tab", again)
	expectKind(t, err, chat.InvalidToken)
}

func TestMutingAndDeafeningOneself(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	token := l.enter(bob, "tab", l.guild.Lounge)
	for _, step := range []struct{ mute, deaf, video bool }{{mute: true}, {mute: true, deaf: true}, {deaf: true}, {video: true}, {}} {
		err := l.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", GuildID: l.guild.ID, ChannelID: l.guild.Lounge,
			SelfMute: step.mute, SelfDeaf: step.deaf, SelfVideo: step.video})
		if err != nil {
			t.Fatal(err)
		}
		l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab", SelfMute: step.mute, SelfDeaf: step.deaf, SelfVideo: step.video})
		media := chat.MediaState{Mute: step.mute, Deaf: step.deaf, Video: step.video}
		l.media.expect(t, mediaOrder{userID: bob.UserID, state: media})
		// The stay goes on: the token is still good, and lets in with what passes now.
		if admitted := l.expectAdmitted(bob, "tab", token, l.guild.Lounge); admitted.Media != media {
			t.Errorf("admitted with %+v, want %+v", admitted.Media, media)
		}
	}
}

func TestTheServersMutingOutweighsOnesOwnAndOutlastsTheStay(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	l.enter(bob, "tab", l.guild.Lounge)
	if _, err := l.hall.Members.Update(t.Context(), l.guild.Owner, l.guild.ID, bob.UserID, chat.MemberEdit{Mute: pointer(true), Deaf: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	muted := event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab", Mute: true, Deaf: true}
	l.expectTold(muted)
	silent := mediaOrder{userID: bob.UserID, state: chat.MediaState{Mute: true, Deaf: true}}
	l.media.expect(t, silent)

	// Unmuting oneself does not help, nor does coming anew.
	if err := l.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", GuildID: l.guild.ID, ChannelID: l.guild.Lounge, SelfMute: true}); err != nil {
		t.Fatal(err)
	}
	muted.SelfMute = true
	l.expectTold(muted)
	l.media.expect(t, silent)
	muted.SelfMute = false
	if err := l.ask(bob, "tab", l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	l.expectTold(muted)
	l.media.expect(t, silent)
	if err := l.ask(bob, "tab", 0); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.VoiceStateUpdated](l.events)
	if err := l.ask(bob, "tab", l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	l.expectTold(muted)
	if admitted := l.expectAdmitted(bob, "tab", l.summoned(bob, "tab"), l.guild.Lounge); admitted.Media != silent.state {
		t.Errorf("admitted with %+v", admitted.Media)
	}
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectLeft})
	if _, err := l.hall.Members.Update(t.Context(), l.guild.Owner, l.guild.ID, bob.UserID, chat.MemberEdit{Mute: pointer(false), Deaf: pointer(false)}); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: l.guild.Lounge, SessionID: "tab"})
	l.media.expect(t, mediaOrder{userID: bob.UserID})
}

func TestWhoMayConnect(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	quiet := l.guild.Channel("Quiet", store.ChannelVoice, store.PermissionOverwrite{TargetID: l.guild.ID, Deny: uint64(perm.Connect)})
	hidden := l.guild.Channel("Hidden", store.ChannelVoice, store.PermissionOverwrite{TargetID: l.guild.ID, Deny: uint64(perm.ViewChannel)})
	elsewhere := l.hall.Guild(l.hall.Person("carol"))
	expectKind(t, l.ask(bob, "tab", quiet), chat.MissingPermission)
	expectKind(t, l.ask(bob, "tab", hidden), chat.MissingAccess)
	expectKind(t, l.ask(bob, "tab", l.guild.General), chat.WrongChannelType)
	expectKind(t, l.ask(bob, "tab", l.guild.Category), chat.WrongChannelType)
	expectKind(t, l.ask(bob, "tab", 404), chat.UnknownChannel)
	expectKind(t, l.ask(bob, "tab", elsewhere.Lounge), chat.UnknownChannel)
	if err := l.ask(l.hall.Person("stranger"), "tab", l.guild.Lounge); err == nil {
		t.Error("a stranger came in")
	}
	expectKind(t, l.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", ChannelID: l.guild.Lounge}), chat.WrongChannelType) // calls are of conversations
	l.expectIn(nil)
	l.guild.Overwrite(quiet, bob.UserID, store.OverwriteMember, perm.Connect, 0)
	l.enter(bob, "tab", quiet)

	// A refused wish leaves one where one is.
	expectKind(t, l.ask(bob, "tab", hidden), chat.MissingAccess)
	l.expectIn(map[id.ID]id.ID{bob.UserID: quiet})
	l.media.expect(t)
}

func TestWhoeverLosesConnectHasToGoAndWhoWasMovedThereMayStay(t *testing.T) {
	l := openLounge(t)
	bob, carol := l.guild.Member("bob"), l.guild.Member("carol")
	quiet := l.guild.Channel("Quiet", store.ChannelVoice, store.PermissionOverwrite{TargetID: l.guild.ID, Deny: uint64(perm.Connect)})
	l.guild.Overwrite(quiet, bob.UserID, store.OverwriteMember, perm.Connect, 0)
	l.enter(bob, "bob's", quiet)
	l.enter(carol, "carol's", l.guild.Lounge)
	if _, err := l.hall.Members.Update(t.Context(), l.guild.Owner, l.guild.ID, carol.UserID, chat.MemberEdit{ChannelID: &quiet}); err != nil {
		t.Fatal(err)
	}
	// Without CONNECT there is no SPEAK either.
	l.expectTold(event.VoiceState{UserID: carol.UserID, ChannelID: quiet, SessionID: "carol's", Suppress: true})
	l.media.expect(t, mediaOrder{userID: carol.UserID, disconnected: true, why: chat.DisconnectMoved})
	l.guild.Overwrite(quiet, bob.UserID, store.OverwriteMember, 0, 0)
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "bob's"})
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectKicked})
	l.expectIn(map[id.ID]id.ID{carol.UserID: quiet})
}

func TestWhoMayNotSpeakIsSuppressedUntilTheyMay(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	stage := l.guild.Channel("Stage", store.ChannelVoice, store.PermissionOverwrite{TargetID: l.guild.ID, Deny: uint64(perm.Speak | perm.Stream)})
	err := l.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", GuildID: l.guild.ID, ChannelID: stage, SelfVideo: true})
	if err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: stage, SessionID: "tab", Suppress: true})
	admitted := l.expectAdmitted(bob, "tab", l.summoned(bob, "tab"), stage)
	if admitted.Media != (chat.MediaState{Mute: true}) {
		t.Errorf("what passes is %+v", admitted.Media)
	}
	l.guild.Overwrite(stage, bob.UserID, store.OverwriteMember, perm.Speak, 0)
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: stage, SessionID: "tab"})
	l.media.expect(t, mediaOrder{userID: bob.UserID})
	l.guild.Overwrite(stage, bob.UserID, store.OverwriteMember, 0, 0)
	l.expectTold(event.VoiceState{UserID: bob.UserID, ChannelID: stage, SessionID: "tab", Suppress: true})
	l.media.expect(t, mediaOrder{userID: bob.UserID, state: chat.MediaState{Mute: true}})
}

func TestAFullChannelTakesOnlyThoseWhoMayMoveMembers(t *testing.T) {
	l := openLounge(t)
	bob, carol, mover := l.guild.Member("bob"), l.guild.Member("carol"), l.guild.Member("mover")
	l.guild.Role("movers", 5, perm.MoveMembers, mover)
	small, err := l.hall.Channels.Create(t.Context(), chattest.Console, l.guild.ID, chat.ChannelDraft{Name: "Small", Type: store.ChannelVoice, UserLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	l.enter(bob, "bob's", small.ID)
	l.enter(carol, "carol's", l.guild.Lounge)
	expectKind(t, l.ask(carol, "carol's", small.ID), chat.MissingPermission)
	l.enter(mover, "mover's", small.ID)
	// Who is inside stays inside, also from another device.
	l.enter(bob, "bob's other", small.ID)
	if err := l.ask(bob, "bob's other", 0); err != nil {
		t.Fatal(err)
	}
	expectKind(t, l.ask(carol, "carol's", small.ID), chat.MissingPermission)
	if err := l.ask(mover, "mover's", 0); err != nil {
		t.Fatal(err)
	}
	if err := l.ask(carol, "carol's", small.ID); err != nil {
		t.Errorf("there is room again: %v", err)
	}
	// Whoever may move members may also put more people in.
	l.expectIn(map[id.ID]id.ID{carol.UserID: small.ID})
	if err := l.ask(bob, "bob's", l.guild.Lounge); err != nil {
		t.Fatal(err)
	}
	if _, err := l.hall.Members.Update(t.Context(), mover, l.guild.ID, bob.UserID, chat.MemberEdit{ChannelID: &small.ID}); err != nil {
		t.Fatal(err)
	}
	l.expectIn(map[id.ID]id.ID{carol.UserID: small.ID, bob.UserID: small.ID})
}

func TestASecondDeviceTakesTheFirstOnesPlace(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	before := l.enter(bob, "tab", l.guild.Lounge)
	left := l.expectAdmitted(bob, "tab", before, l.guild.Lounge)
	token := l.enter(bob, "phone", l.guild.Lounge)
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectReplaced})
	_, err := l.admit(bob, "tab", before)
	expectKind(t, err, chat.UnknownSession)
	l.expectAdmitted(bob, "phone", token, l.guild.Lounge)

	// Whatever the first one does now concerns it alone.
	l.hall.Voice.Left(t.Context(), left)
	l.hall.Voice.SessionGone(t.Context(), "tab")
	if err := l.ask(bob, "tab", 0); err != nil {
		t.Fatal(err)
	}
	if err := l.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab"}); err != nil {
		t.Fatal(err)
	}
	l.expectIn(map[id.ID]id.ID{bob.UserID: l.guild.Lounge})
	l.media.expect(t)
	l.hall.Voice.SessionGone(t.Context(), "phone")
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "phone"})
	l.expectIn(nil)
}

func TestAPersonIsInOneChannelOfTheHallAndABotInOneOfEachGuild(t *testing.T) {
	l := openLounge(t)
	other := l.hall.Guild(l.guild.Owner)
	bob, bot := l.guild.Member("bob"), l.hall.Bot("bot", l.guild.Owner)
	l.guild.Join(bot)
	other.Join(bob, bot)
	elsewhere := l.hall.Watch(event.GuildSubject(other.ID))
	for _, caller := range []chat.Caller{bob, bot} {
		l.enter(caller, "session", l.guild.Lounge)
		if err := l.hall.Voice.UpdateState(t.Context(), caller, chat.VoiceUpdate{SessionID: "session", GuildID: other.ID, ChannelID: other.Lounge}); err != nil {
			t.Fatal(err)
		}
		if told := chattest.Next[event.VoiceStateUpdated](elsewhere); told.State.ChannelID != other.Lounge {
			t.Errorf("told of %+v", told.State)
		}
		if !caller.Bot {
			l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "session"})
			l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectMoved})
		}
	}
	l.expectIn(map[id.ID]id.ID{bot.UserID: l.guild.Lounge})
	l.media.expect(t)
	// A session that ends leaves everywhere.
	if err := l.hall.Voice.UpdateState(t.Context(), bot, chat.VoiceUpdate{SessionID: "session"}); err != nil {
		t.Fatal(err)
	}
	l.expectIn(nil)
	for chattest.Next[event.VoiceStateUpdated](elsewhere).State.ChannelID != 0 {
	}
}

func TestWhoIsRemovedFromAGuildOrLosesTheirChannelIsOutOfVoice(t *testing.T) {
	l := openLounge(t)
	kicked, leaver, stranded := l.guild.Member("kicked"), l.guild.Member("leaver"), l.guild.Member("stranded")
	there := l.guild.Channel("There", store.ChannelVoice)
	token := l.enter(kicked, "kicked's", l.guild.Lounge)
	l.enter(leaver, "leaver's", l.guild.Lounge)
	l.enter(stranded, "stranded's", there)
	if err := l.hall.Members.Kick(t.Context(), l.guild.Owner, l.guild.ID, kicked.UserID); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: kicked.UserID, SessionID: "kicked's"})
	l.media.expect(t, mediaOrder{userID: kicked.UserID, disconnected: true, why: chat.DisconnectKicked})
	_, err := l.admit(kicked, "kicked's", token)
	expectKind(t, err, chat.UnknownSession)
	if err := l.hall.Guilds.Leave(t.Context(), leaver, l.guild.ID); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: leaver.UserID, SessionID: "leaver's"})
	if _, err := l.hall.Channels.Delete(t.Context(), l.guild.Owner, there); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: stranded.UserID, SessionID: "stranded's"})
	l.media.expect(t, mediaOrder{userID: leaver.UserID, disconnected: true, why: chat.DisconnectKicked},
		mediaOrder{userID: stranded.UserID, disconnected: true, why: chat.DisconnectChannelDeleted})
	l.expectIn(nil)
}

func TestDisconnectingSomebodyEndsTheirStay(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	token := l.enter(bob, "tab", l.guild.Lounge)
	if _, err := l.hall.Members.Update(t.Context(), l.guild.Owner, l.guild.ID, bob.UserID, chat.MemberEdit{ChannelID: pointer(id.ID(0))}); err != nil {
		t.Fatal(err)
	}
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "tab"})
	l.media.expect(t, mediaOrder{userID: bob.UserID, disconnected: true, why: chat.DisconnectKicked})
	_, err := l.admit(bob, "tab", token)
	expectKind(t, err, chat.UnknownSession)
	l.enter(bob, "tab", l.guild.Lounge)
}

func TestALostMediaConnectionEndsTheStayItWasAdmittedTo(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	there := l.guild.Channel("There", store.ChannelVoice)
	before := l.expectAdmitted(bob, "tab", l.enter(bob, "tab", l.guild.Lounge), l.guild.Lounge)
	now := l.expectAdmitted(bob, "tab", l.enter(bob, "tab", there), there)
	l.hall.Voice.Left(t.Context(), before)
	l.expectIn(map[id.ID]id.ID{bob.UserID: there})
	l.hall.Voice.Left(t.Context(), now)
	l.expectTold(event.VoiceState{UserID: bob.UserID, SessionID: "tab"})
	l.expectIn(nil)
}

func TestStaysInVoiceAreRecorded(t *testing.T) {
	l := openLounge(t)
	bob := l.guild.Member("bob")
	there := l.guild.Channel("There", store.ChannelVoice)
	stays := func(channelID id.ID) []store.VoiceSession {
		t.Helper()
		found, err := l.hall.Store.VoiceSessions(t.Context(), channelID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	start := l.hall.Clock.Now()
	l.enter(bob, "tab", l.guild.Lounge)
	if open := stays(l.guild.Lounge); len(open) != 1 || open[0].UserID != bob.UserID || open[0].GuildID != l.guild.ID || !open[0].StartedAt.Equal(start) || !open[0].EndedAt.IsZero() {
		t.Errorf("recorded %+v", open)
	}
	l.hall.Clock.Advance(time.Minute)
	l.enter(bob, "tab", there)
	if ended := stays(l.guild.Lounge); len(ended) != 1 || !ended[0].EndedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("recorded %+v", ended)
	}
	if open := stays(there); len(open) != 1 || !open[0].StartedAt.Equal(start.Add(time.Minute)) || !open[0].EndedAt.IsZero() {
		t.Errorf("recorded %+v", open)
	}
	l.hall.Clock.Advance(time.Minute)
	l.hall.Voice.SessionGone(t.Context(), "tab")
	if ended := stays(there); len(ended) != 1 || !ended[0].EndedAt.Equal(start.Add(2*time.Minute)) {
		t.Errorf("recorded %+v", ended)
	}
}

func TestStaysThatACrashLeftOpenAreClosedAtStart(t *testing.T) {
	l := openLounge(t)
	l.enter(l.guild.Owner, "tab", l.guild.Lounge)
	l.hall.Clock.Advance(time.Hour)
	again, err := chat.New(chat.Deps{Store: l.hall.Store, Bus: l.hall.Bus, Ephemeral: l.hall.Ephemeral, Blobs: l.hall.Blobs, IDs: l.hall.IDs, Now: l.hall.Clock.Now, Log: l.hall.Log},
		chat.Options{JWTSecret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}()
	stays, err := l.hall.Store.VoiceSessions(t.Context(), l.guild.Lounge, 0, 10)
	if err != nil || len(stays) != 1 || !stays[0].EndedAt.Equal(l.hall.Clock.Now()) {
		t.Errorf("recorded %+v, %v", stays, err)
	}
	if states, err := again.Voice.States(t.Context(), l.guild.ID); err != nil || len(states) != 0 || states == nil {
		t.Errorf("in voice are %+v, %v", states, err)
	}
}
