package chat_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// phone is a hall with friends of alice's, who can call each other.
type phone struct {
	t     *testing.T
	hall  *chattest.Hall
	alice chat.Caller
	media *mediaServer
}

func openPhone(t *testing.T, options chat.Options) *phone {
	t.Helper()
	media := &mediaServer{}
	options.Media = media
	hall := chattest.Open(t, chattest.Options{Chat: options})
	return &phone{t, hall, hall.Person("alice"), media}
}

func (p *phone) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) befriend(one, other chat.Caller) {
	p.t.Helper()
	p.ok(p.hall.Relationships.Ask(p.t.Context(), one, other.UserID))
	p.ok(p.hall.Relationships.Ask(p.t.Context(), other, one.UserID))
}

// friend makes a friend of alice's.
func (p *phone) friend(name string) chat.Caller {
	p.t.Helper()
	friend := p.hall.Person(name)
	p.befriend(p.alice, friend)
	return friend
}

func (p *phone) direct(one, other chat.Caller) id.ID {
	p.t.Helper()
	channel, err := p.hall.Directs.Open(p.t.Context(), one, other.UserID)
	p.ok(err)
	return channel.ID
}

// join has somebody come into a call, from a session of their name.
func (p *phone) join(caller chat.Caller, channelID id.ID) error {
	return p.hall.Voice.UpdateState(p.t.Context(), caller, chat.VoiceUpdate{SessionID: caller.UserID.String(), ChannelID: channelID})
}

func (p *phone) leave(caller chat.Caller) {
	p.t.Helper()
	p.ok(p.hall.Voice.UpdateState(p.t.Context(), caller, chat.VoiceUpdate{SessionID: caller.UserID.String()}))
}

func (p *phone) watch(caller chat.Caller) *chattest.Watcher {
	return p.hall.Watch(event.UserSubject(caller.UserID))
}

// direct gives the next event of a conversation of a type that somebody is told.
func nextDirect[E event.Placed](t *testing.T, w *chattest.Watcher) E {
	t.Helper()
	for {
		if e, is := chattest.Next[event.Direct](w).Event.(E); is {
			return e
		}
	}
}

// callMessage waits until a message says of its call what it should.
func (p *phone) callMessage(w *chattest.Watcher, ended bool, participants ...chat.Caller) store.Message {
	p.t.Helper()
	var want []id.ID
	for _, one := range participants {
		want = append(want, one.UserID)
	}
	for {
		message := nextDirect[event.MessageUpdated](p.t, w).Message
		if message.Call != nil && slices.Equal(message.Call.Participants, want) && message.Call.EndedAt.IsZero() != ended {
			return message
		}
	}
}

func TestACallBeginsWithTheFirstAndEndsWithTheLast(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	as, bs := p.watch(p.alice), p.watch(bob)
	p.ok(p.join(p.alice, channelID))
	message := nextDirect[event.MessageCreated](t, bs).Message
	if message.Type != store.MessageCall || message.AuthorID != p.alice.UserID || !slices.Equal(message.Call.Participants, []id.ID{p.alice.UserID}) || !message.Call.EndedAt.IsZero() {
		t.Errorf("the message is %+v", message)
	}
	begun := chattest.Next[event.CallBegun](bs)
	if begun.Call.ChannelID != channelID || begun.Call.MessageID != message.ID || len(begun.Call.Ringing) > 0 {
		t.Errorf("begun has %+v", begun)
	}
	if state := nextDirect[event.VoiceStateUpdated](t, bs).State; state != (event.VoiceState{ChannelID: channelID, UserID: p.alice.UserID, SessionID: p.alice.UserID.String()}) {
		t.Errorf("in the call is %+v", state)
	}
	summons := nextDirect[event.VoiceServerUpdated](t, as)
	admitted, err := p.hall.Voice.Admit(t.Context(), channelID, p.alice.UserID, summons.SessionID, summons.Token)
	if err != nil || admitted.ServerID != channelID || admitted.RoomID != channelID {
		t.Errorf("admitted %+v, %v", admitted, err)
	}
	p.ok(p.hall.Voice.Ring(t.Context(), p.alice, channelID, nil))
	if rung := chattest.Next[event.CallUpdated](bs); !slices.Equal(rung.Call.Ringing, []id.ID{bob.UserID}) {
		t.Errorf("rung are %v", rung.Call.Ringing)
	}
	if calls := p.hall.Voice.CallsOf(t.Context(), bob.UserID); len(calls) != 1 || len(calls[0].States) != 1 || len(calls[0].Ringing) != 1 {
		t.Errorf("the calls are %+v", calls)
	}
	p.ok(p.join(bob, channelID))
	if rung := chattest.Next[event.CallUpdated](as); len(rung.Call.Ringing) != 1 {
		t.Errorf("rung are %v", rung.Call.Ringing)
	}
	if rung := chattest.Next[event.CallUpdated](as); len(rung.Call.Ringing) != 0 {
		t.Errorf("after the answer rung are %v", rung.Call.Ringing)
	}
	p.callMessage(as, false, p.alice, bob)
	p.leave(p.alice)
	p.media.expect(t, mediaOrder{userID: p.alice.UserID, disconnected: true, why: chat.DisconnectLeft})
	if _, goesOn, err := p.hall.Voice.Call(t.Context(), p.alice, channelID); err != nil || !goesOn {
		t.Errorf("with one left the call goes on: %t, %v", goesOn, err)
	}
	p.hall.Clock.Advance(time.Minute)
	p.leave(bob)
	if ended := chattest.Next[event.CallEnded](bs); ended.ChannelID != channelID {
		t.Errorf("ended is %+v", ended)
	}
	if over := p.callMessage(as, true, p.alice, bob); over.ID != message.ID || over.Call.EndedAt.Sub(over.ID.Time()) < time.Minute {
		t.Errorf("over is %+v", over)
	}
	if open, err := p.hall.Store.OpenCalls(t.Context(), 1); err != nil || len(open) > 0 {
		t.Errorf("open are %v, %v", open, err)
	}
	if _, err := p.hall.Voice.Admit(t.Context(), channelID, p.alice.UserID, summons.SessionID, summons.Token); chat.KindOf(err) != chat.UnknownSession {
		t.Errorf("after the call the token leads to %v", err)
	}
	p.ok(p.join(bob, channelID))
	if next := chattest.Next[event.CallBegun](bs); next.Call.MessageID == message.ID {
		t.Error("the next call has the message of the last")
	}
}

func TestTwoWhoCallEachOtherAtOnceAreInOneCall(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	var both sync.WaitGroup
	for _, one := range []chat.Caller{p.alice, bob} {
		both.Go(func() {
			if err := p.join(one, channelID); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	call, _, err := p.hall.Voice.Call(t.Context(), bob, channelID)
	p.ok(err)
	open, err := p.hall.Store.OpenCalls(t.Context(), 10)
	p.ok(err)
	if len(call.States) != 2 || len(open) != 1 || open[0].MessageID != call.MessageID {
		t.Errorf("there are %+v, open %v", call, open)
	}
}

func TestWhoMayCallAndRingWhom(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob, carol, stranger := p.friend("bob"), p.friend("carol"), p.hall.Person("stranger")
	robot := p.hall.Bot("robot", p.alice)
	channelID, strange := p.direct(p.alice, bob), p.direct(stranger, p.alice)
	expectKind(t, p.join(stranger, channelID), chat.UnknownChannel)
	expectKind(t, p.join(stranger, strange), chat.CannotMessage)
	expectKind(t, p.join(robot, p.direct(robot, p.alice)), chat.BotsBarred)
	ring := func(who chat.Caller, channelID id.ID, whom ...id.ID) error {
		return p.hall.Voice.Ring(t.Context(), who, channelID, whom)
	}
	ringable := func(who chat.Caller, channelID id.ID) bool {
		can, err := p.hall.Voice.Ringable(t.Context(), who, channelID)
		p.ok(err)
		return can
	}
	if !ringable(p.alice, channelID) || ringable(stranger, strange) || ringable(p.alice, p.direct(p.alice, robot)) {
		t.Error("who can be rung is wrong")
	}
	expectKind(t, ring(stranger, channelID), chat.UnknownChannel)
	expectKind(t, ring(stranger, strange), chat.CannotMessage)
	expectKind(t, ring(p.alice, channelID), chat.MissingPermission) // there is no call
	p.ok(p.join(p.alice, channelID))
	expectKind(t, ring(bob, channelID), chat.MissingPermission) // who is not in it
	expectField(t, ring(p.alice, channelID, carol.UserID), "recipients")
	p.ok(ring(p.alice, channelID))
	// Only who is in the call stops others from being rung; everybody declines for themselves.
	expectKind(t, p.hall.Voice.StopRinging(t.Context(), bob, channelID, []id.ID{p.alice.UserID}, false), chat.MissingPermission)
	expectKind(t, p.hall.Voice.StopRinging(t.Context(), stranger, channelID, []id.ID{bob.UserID}, false), chat.UnknownChannel)
	rung := func() int {
		call, _, err := p.hall.Voice.Call(t.Context(), bob, channelID)
		p.ok(err)
		return len(call.Ringing)
	}
	p.ok(p.hall.Voice.StopRinging(t.Context(), bob, channelID, []id.ID{bob.UserID}, false))
	if rung() != 0 {
		t.Error("who declined is rung on")
	}
	p.ok(ring(p.alice, channelID, bob.UserID))
	p.ok(p.hall.Voice.StopRinging(t.Context(), p.alice, channelID, nil, true))
	if rung() != 0 {
		t.Error("who is not to be rung any more is")
	}
	// In a group, those who are apart do not ring each other.
	p.befriend(bob, carol)
	group, err := p.hall.Directs.CreateGroup(t.Context(), p.alice, []id.ID{bob.UserID, carol.UserID})
	p.ok(err)
	p.ok(p.hall.Relationships.Block(t.Context(), carol, bob.UserID))
	p.ok(p.join(bob, group.ID))
	p.ok(ring(bob, group.ID))
	call, _, err := p.hall.Voice.Call(t.Context(), bob, group.ID)
	p.ok(err)
	if !slices.Equal(call.Ringing, []id.ID{p.alice.UserID}) {
		t.Errorf("rung are %v", call.Ringing)
	}
}

func TestRingingEndsByItselfAndIsLimited(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	var over []func()
	chat.SetRingTimer(p.hall.Voice, func(after time.Duration, do func()) func() bool {
		if after != time.Minute {
			t.Errorf("rung is for %v", after)
		}
		over = append(over, do)
		return func() bool { return false } // it has fired, and waits
	})
	p.ok(p.join(p.alice, channelID))
	ring := func() error { return p.hall.Voice.Ring(t.Context(), p.alice, channelID, nil) }
	rung := func() int {
		call, _, err := p.hall.Voice.Call(t.Context(), bob, channelID)
		p.ok(err)
		return len(call.Ringing)
	}
	p.ok(ring())
	p.ok(ring()) // is rung already
	if len(over) != 1 {
		t.Fatalf("%d ring", len(over))
	}
	p.ok(p.hall.Voice.StopRinging(t.Context(), bob, channelID, []id.ID{bob.UserID}, false))
	p.ok(ring())
	over[0]()
	if rung() != 1 {
		t.Error("the end of an earlier ringing ends a later one")
	}
	over[1]()
	if rung() != 0 {
		t.Error("ringing does not end")
	}
	p.ok(ring())
	p.ok(ring())
	expectKind(t, ring(), chat.RateLimited)
	p.hall.Clock.Advance(time.Minute)
	p.ok(ring())
}

func TestWhoIsOutOfAConversationIsOutOfItsCall(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob, carol, dan := p.friend("bob"), p.friend("carol"), p.friend("dan")
	group, err := p.hall.Directs.CreateGroup(t.Context(), p.alice, []id.ID{bob.UserID, carol.UserID})
	p.ok(err)
	bs, ds := p.watch(bob), p.watch(dan)
	p.ok(p.join(p.alice, group.ID))
	p.ok(p.join(bob, group.ID))
	p.ok(p.hall.Voice.Ring(t.Context(), p.alice, group.ID, []id.ID{carol.UserID}))
	p.ok(p.hall.Directs.RemoveRecipient(t.Context(), p.alice, group.ID, bob.UserID))
	for nextDirect[event.VoiceStateUpdated](t, bs).State.ChannelID != 0 {
		continue // those that say that they come
	}
	p.ok(p.hall.Directs.AddRecipient(t.Context(), p.alice, group.ID, dan.UserID))
	if begun := chattest.Next[event.CallBegun](ds); len(begun.Call.States) != 1 || !slices.Equal(begun.Call.Ringing, []id.ID{carol.UserID}) {
		t.Errorf("who comes later is told of %+v", begun.Call)
	}
	// Blocking ends a call of two.
	direct := p.direct(p.alice, bob)
	p.ok(p.join(p.alice, direct))
	p.ok(p.join(bob, direct))
	p.ok(p.hall.Relationships.Block(t.Context(), bob, p.alice.UserID))
	for chattest.Next[event.CallEnded](bs).ChannelID != direct {
		continue
	}
	expectKind(t, p.join(p.alice, direct), chat.CannotMessage)
}

func TestAPersonIsInOneCallOrVoiceChannelAtATime(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	guild := p.hall.Guild(p.alice)
	events := p.hall.Watch(event.GuildSubject(guild.ID))
	channelID := p.direct(p.alice, bob)
	speaking(t, p.hall, guild, p.alice)
	p.ok(p.join(p.alice, channelID))
	for chattest.Next[event.VoiceStateUpdated](events).State.ChannelID != 0 {
		continue
	}
	as := p.watch(p.alice)
	speaking(t, p.hall, guild, p.alice)
	chattest.Next[event.CallEnded](as)
	if calls := p.hall.Voice.CallsOf(t.Context(), p.alice.UserID); len(calls) > 0 {
		t.Errorf("the calls are %+v", calls)
	}
}

func TestCallsOfTheLastRunAreOver(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	bs := p.watch(bob)
	p.ok(p.join(p.alice, channelID))
	message := chattest.Next[event.CallBegun](bs).Call.MessageID
	p.hall.Node() // which starts as after a crash
	read, err := p.hall.Store.Message(t.Context(), channelID, message)
	if err != nil || read.Call.EndedAt.IsZero() || len(read.Call.Participants) != 1 {
		t.Errorf("the message is %+v, %v", read, err)
	}
}

func TestAHallThatStopsEndsItsCalls(t *testing.T) {
	p := openPhone(t, chat.Options{})
	bob := p.friend("bob")
	channelID := p.direct(p.alice, bob)
	bs := p.watch(bob)
	p.ok(p.join(p.alice, channelID))
	p.hall.Voice.EndCalls(t.Context())
	chattest.Next[event.CallEnded](bs)
	p.callMessage(bs, true, p.alice)
	expectKind(t, p.join(p.alice, channelID), chat.Unavailable)
}
