package chat_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store/event"
	"guildhall/store/id"
)

// The graces of sessions that are lost and closed.
const (
	lostGrace   = 10 * time.Second
	closedGrace = 2 * time.Second
)

// alarms are timers that a test turns.
type alarms struct {
	mu  sync.Mutex
	now time.Duration
	set []*alarm
}

type alarm struct {
	due time.Duration
	do  func()
}

func (a *alarms) start(after time.Duration, do func()) (stop func() bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	started := &alarm{due: a.now + after, do: do}
	a.set = append(a.set, started)
	return func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		before := len(a.set)
		a.set = slices.DeleteFunc(a.set, func(other *alarm) bool { return other == started })
		return len(a.set) < before
	}
}

// pass lets time go by, and returns when everything that was due is done.
func (a *alarms) pass(time time.Duration) {
	a.mu.Lock()
	a.now += time
	var due []*alarm
	a.set = slices.DeleteFunc(a.set, func(set *alarm) bool {
		if set.due <= a.now {
			due = append(due, set)
			return true
		}
		return false
	})
	a.mu.Unlock()
	for _, set := range due {
		set.do()
	}
}

// porch is a guild from which bob's coming and going is seen.
type porch struct {
	*alarms
	t      *testing.T
	hall   *chattest.Hall
	guild  *chattest.Guild
	bob    chat.Caller
	events *chattest.Watcher
}

func openPorch(t *testing.T) *porch {
	t.Helper()
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	p := &porch{alarms: &alarms{}, t: t, hall: hall, guild: guild, bob: hall.Person("bob"), events: hall.Watch(event.GuildSubject(guild.ID))}
	p.join(guild)
	chat.SetTimer(hall.Presence, p.start)
	return p
}

// join brings bob into a guild. Who comes into a guild is introduced to it, which is over when this returns.
func (p *porch) join(guild *chattest.Guild) {
	p.t.Helper()
	takenIn := p.hall.TakenIn()
	guild.Join(p.bob)
	for chattest.Next[event.GuildJoined](takenIn).UserID != p.bob.UserID {
	}
}

// open begins a session of bob's.
func (p *porch) open(sessionID string, device chat.DeviceKind, update chat.PresenceUpdate) {
	p.t.Helper()
	if err := p.hall.Presence.SessionOpened(p.t.Context(), p.bob, sessionID, device, update); err != nil {
		p.t.Fatal(err)
	}
}

// update changes what a session of bob's says.
func (p *porch) update(sessionID string, update chat.PresenceUpdate) {
	p.t.Helper()
	if err := p.hall.Presence.Update(p.t.Context(), p.bob, sessionID, update); err != nil {
		p.t.Fatal(err)
	}
}

// expectTold fails the test unless the guild was told exactly this of bob since the last time, and the hall says the last of it.
func (p *porch) expectTold(want ...event.Presence) {
	p.t.Helper()
	p.hall.Barrier(event.GuildSubject(p.guild.ID))
	told := chattest.Until[event.PresenceChanged](p.events)
	if len(told) != len(want) {
		p.t.Errorf("told of %+v, want %+v", told, want)
		return
	}
	for i := range want {
		if told[i].UserID != p.bob.UserID || !equalPresence(told[i].Presence, want[i]) {
			p.t.Errorf("told of %+v, want %+v", told[i], want[i])
		}
	}
	if len(want) > 0 {
		p.expectShown(want[len(want)-1])
	}
}

// expectShown fails the test unless the hall says this of bob. Nobody is listed as offline.
func (p *porch) expectShown(want event.Presence) {
	p.t.Helper()
	shown := p.hall.Presence.Users([]id.ID{404, p.bob.UserID})
	switch {
	case want.Status == "offline" && len(shown) == 0:
	case len(shown) != 1 || shown[0].UserID != p.bob.UserID || !equalPresence(shown[0].Presence, want):
		p.t.Errorf("shown is %+v, want %+v", shown, want)
	}
}

// serverSays is what the server adds to an activity that has nothing but a name.
var serverSays = regexp.MustCompile(`,"type":0,"created_at":\d+`)

// equalPresence tells whether presences are the same, whenever their activities began.
func equalPresence(a, b event.Presence) bool {
	for _, one := range []*event.Presence{&a, &b} {
		one.Activities = serverSays.ReplaceAll(one.Activities, nil)
	}
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

var (
	offline   = event.Presence{Status: "offline"}
	onDesktop = event.Presence{Status: "online", Desktop: "online"}
)

func TestTheFirstSessionIsOnlineAndTheLastOneOffline(t *testing.T) {
	p := openPorch(t)
	p.expectShown(offline)
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectTold(onDesktop)
	p.open("another tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectTold() // nothing new
	p.hall.Presence.SessionClosed("tab")
	p.pass(time.Hour)
	p.expectTold()
	p.hall.Presence.SessionClosed("another tab")
	p.pass(closedGrace - 1)
	p.expectTold()
	p.pass(1)
	p.expectTold(offline)
	p.hall.Presence.SessionClosed("another tab")
	p.hall.Presence.SessionLost("never seen")
	p.pass(time.Hour)
	p.expectTold()
}

func TestAReloadedPageDoesNotFlicker(t *testing.T) {
	p := openPorch(t)
	p.open("before", chat.DeviceWeb, chat.PresenceUpdate{})
	p.expectTold(event.Presence{Status: "online", Web: "online"})
	p.hall.Presence.SessionClosed("before")
	p.pass(closedGrace - 1)
	p.open("after", chat.DeviceWeb, chat.PresenceUpdate{})
	p.pass(time.Hour)
	p.expectTold()
}

func TestALostSessionMayComeBackWithoutFlickering(t *testing.T) {
	p := openPorch(t)
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectTold(onDesktop)
	for range 3 { // each loss has a grace of its own
		p.hall.Presence.SessionLost("tab")
		p.pass(lostGrace - 1)
		p.hall.Presence.SessionResumed(t.Context(), "tab")
	}
	p.pass(time.Hour)
	p.expectTold()
}

func TestASessionThatComesBackLateSaysWhatItSaid(t *testing.T) {
	p := openPorch(t)
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{Status: "idle", Activities: []byte(`[{"name":"chess"}]`)})
	idle := event.Presence{Status: "idle", Desktop: "idle", Activities: []byte(`[{"name":"chess"}]`)}
	p.expectTold(idle)
	p.hall.Presence.SessionLost("tab")
	p.pass(lostGrace)
	p.expectTold(offline)
	p.update("tab", chat.PresenceUpdate{Status: "dnd"}) // what arrives late is kept, but does not bring it back
	p.expectTold()
	p.hall.Presence.SessionResumed(t.Context(), "tab")
	p.expectTold(event.Presence{Status: "dnd", Desktop: "dnd"})

	p.hall.Presence.SessionLost("tab")
	p.pass(lostGrace)
	p.hall.Presence.SessionClosed("tab")
	p.pass(closedGrace)
	p.expectTold(offline)
	p.hall.Presence.SessionResumed(t.Context(), "tab") // it has ended
	p.expectTold()
}

func TestWhatSeveralSessionsComeTo(t *testing.T) {
	type session struct {
		device chat.DeviceKind
		status string
	}
	for name, test := range map[string]struct {
		sessions []session
		want     event.Presence
	}{
		"two devices":            {[]session{{chat.DeviceDesktop, "online"}, {chat.DeviceMobile, "idle"}}, event.Presence{Status: "online", Desktop: "online", Mobile: "idle"}},
		"one device twice":       {[]session{{chat.DeviceWeb, "idle"}, {chat.DeviceWeb, "online"}}, event.Presence{Status: "online", Web: "online"}},
		"no disturbance":         {[]session{{chat.DeviceDesktop, "online"}, {chat.DeviceMobile, "dnd"}}, event.Presence{Status: "dnd", Desktop: "online", Mobile: "dnd"}},
		"idle alone":             {[]session{{chat.DeviceMobile, "idle"}}, event.Presence{Status: "idle", Mobile: "idle"}},
		"invisible beside":       {[]session{{chat.DeviceDesktop, "invisible"}, {chat.DeviceMobile, "online"}}, event.Presence{Status: "online", Mobile: "online"}},
		"three devices":          {[]session{{chat.DeviceDesktop, "idle"}, {chat.DeviceMobile, "idle"}, {chat.DeviceWeb, "idle"}}, event.Presence{Status: "idle", Desktop: "idle", Mobile: "idle", Web: "idle"}},
		"an unheard-of device":   {[]session{{9, "dnd"}, {chat.DeviceWeb, "online"}}, event.Presence{Status: "online", Web: "online"}},
		"what cannot be a state": {[]session{{chat.DeviceWeb, "asleep"}}, event.Presence{Status: "online", Web: "online"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPorch(t)
			for i, session := range test.sessions {
				p.open(fmt.Sprint(i), session.device, chat.PresenceUpdate{Status: session.status})
			}
			p.expectShown(test.want)
		})
	}
}

func TestTheInvisibleAreOfflineToOthers(t *testing.T) {
	p := openPorch(t)
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{Status: "invisible", Activities: []byte(`[{"name":"chess"}]`)})
	p.expectTold()
	p.expectShown(offline)
	p.update("tab", chat.PresenceUpdate{Status: "online"})
	p.expectTold(onDesktop)
	p.update("tab", chat.PresenceUpdate{Status: "offline"})
	p.expectTold(offline)
}

func TestTheActivitiesOfTheSessionThatSpokeLastAreShown(t *testing.T) {
	p := openPorch(t)
	playing := func(game string) chat.PresenceUpdate {
		return chat.PresenceUpdate{Activities: fmt.Appendf(nil, `[{"name":%q}]`, game)}
	}
	shown := func(game string) event.Presence {
		presence := onDesktop
		presence.Activities = playing(game).Activities
		return presence
	}
	p.open("one", chat.DeviceDesktop, playing("chess"))
	p.open("two", chat.DeviceDesktop, playing("go")) // at the same moment
	p.open("three", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectTold(shown("chess"), shown("go"))
	p.update("one", playing("bridge"))
	p.update("one", playing("bridge"))
	p.expectTold(shown("bridge"))
	p.hall.Clock.Advance(time.Second)
	p.update("one", playing("bridge"))
	p.expectTold() // it is the same game
	p.hall.Clock.Advance(-time.Second)
	p.hall.Presence.SessionClosed("one")
	p.pass(closedGrace)
	p.expectTold(shown("go"))
	p.update("two", chat.PresenceUpdate{Activities: []byte(`[]`)})
	p.expectTold(onDesktop)
}

func TestAWrongPresenceChangesNothing(t *testing.T) {
	p := openPorch(t)
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{Activities: []byte(`{}`)}) // who comes with a wrong one is still there
	p.expectTold(onDesktop)
	for field, wrong := range map[string][]chat.PresenceUpdate{
		"status": {{Status: "asleep"}, {Status: "ONLINE"}},
		"activities": {{Activities: []byte(`{}`)}, {Activities: []byte(`[1]`)}, {Activities: []byte(`[null]`)}, {Activities: []byte(`[`)},
			{Activities: []byte(`[{"name":"` + strings.Repeat("a", 8<<10) + `"}]`)}},
	} {
		for _, update := range wrong {
			expectField(t, p.hall.Presence.Update(t.Context(), p.bob, "tab", update), field)
		}
	}
	expectKind(t, p.hall.Presence.Update(t.Context(), p.bob, "never seen", chat.PresenceUpdate{}), chat.UnknownSession)
	expectKind(t, p.hall.Presence.Update(t.Context(), p.guild.Owner, "tab", chat.PresenceUpdate{Status: "dnd"}), chat.UnknownSession)
	p.expectTold()
	p.expectShown(onDesktop)
}

func TestOnlyTheGuildsOfAUserAreTold(t *testing.T) {
	p := openPorch(t)
	second := p.hall.Guild(p.guild.Owner)
	p.join(second)
	strangers := p.hall.Guild(p.hall.Person("carol"))
	seconds, others := p.hall.Watch(event.GuildSubject(second.ID)), p.hall.Watch(event.GuildSubject(strangers.ID))
	takenIn := p.hall.TakenIn()
	told := func(of *chattest.Watcher, guildID id.ID) []event.PresenceChanged {
		p.hall.Barrier(event.GuildSubject(guildID))
		return chattest.Until[event.PresenceChanged](of)
	}
	count := func(guild *chattest.Guild, want int) {
		t.Helper()
		listed := p.hall.Presence.Guild(guild.ID, 0)
		if online := p.hall.Presence.CountOnline(guild.ID); online != want || len(listed) != want {
			t.Errorf("online are %d, listed %+v, want %d", online, listed, want)
		}
	}
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectTold(onDesktop)
	if there := told(seconds, second.ID); len(there) != 1 || there[0].GuildID != second.ID || there[0].UserID != p.bob.UserID {
		t.Errorf("the second guild was told %+v", there)
	}
	for range 2 {
		chattest.Next[event.PresenceChanged](takenIn)
	}
	count(p.guild, 1)
	count(second, 1)
	count(strangers, 0)
	if there := told(others, strangers.ID); len(there) != 0 {
		t.Errorf("strangers were told %+v", there)
	}

	// Whoever comes into a guild is introduced to it, and whoever goes is forgotten there.
	p.join(strangers)
	if introduced := chattest.Next[event.PresenceChanged](others); introduced.UserID != p.bob.UserID || !equalPresence(introduced.Presence, onDesktop) {
		t.Errorf("introduced by %+v", introduced)
	}
	for chattest.Next[event.PresenceChanged](takenIn).GuildID != strangers.ID {
	}
	count(strangers, 1)
	if err := p.hall.Members.Kick(t.Context(), p.guild.Owner, second.ID, p.bob.UserID); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.MemberRemoved](takenIn)
	count(second, 0)
	count(p.guild, 1)
	told(seconds, second.ID)
	p.update("tab", chat.PresenceUpdate{Status: "idle"})
	if there := told(seconds, second.ID); len(there) != 0 {
		t.Errorf("a guild that bob has left was told %+v", there)
	}
	if err := p.hall.Guilds.Delete(t.Context(), p.guild.Owner, p.guild.ID); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.GuildDeleted](takenIn)
	count(p.guild, 0)
}

func TestAListOfWhoIsOnlineIsBounded(t *testing.T) {
	p := openPorch(t)
	takenIn := p.hall.TakenIn()
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	if err := p.hall.Presence.SessionOpened(t.Context(), p.guild.Owner, "alice's", chat.DeviceMobile, chat.PresenceUpdate{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		chattest.Next[event.PresenceChanged](takenIn)
	}
	if listed := p.hall.Presence.Guild(p.guild.ID, 1); len(listed) != 1 {
		t.Errorf("listed %+v", listed)
	}
	if listed := p.hall.Presence.Guild(404, 0); listed == nil || len(listed) != 0 {
		t.Errorf("a guild without anybody lists %#v", listed)
	}
}

func TestAUserWithSessionsOnTwoNodesIsThereUntilTheLastOneIsGone(t *testing.T) {
	p := openPorch(t)
	node := p.hall.Node()
	chat.SetTimer(node.Presence, p.start)
	there := node.TakenIn()
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{Activities: []byte(`[{"name":"chess"}]`)})
	chattest.Next[event.PresenceChanged](there)
	chess := onDesktop
	chess.Activities = []byte(`[{"name":"chess"}]`)
	if shown := node.Presence.Users([]id.ID{p.bob.UserID}); len(shown) != 1 || !equalPresence(shown[0].Presence, chess) || node.Presence.CountOnline(p.guild.ID) != 1 {
		t.Errorf("the other node shows %+v", shown)
	}
	p.expectTold(chess)
	here := p.hall.TakenIn()
	if err := node.Presence.SessionOpened(t.Context(), p.bob, "phone", chat.DeviceMobile, chat.PresenceUpdate{}); err != nil {
		t.Fatal(err)
	}
	await(func(e event.PresenceChanged) bool { return e.Presence.Mobile != "" })(here)
	both := event.Presence{Status: "online", Desktop: "online", Mobile: "online", Activities: chess.Activities}
	p.expectTold(both)
	p.hall.Presence.SessionClosed("tab")
	p.pass(closedGrace)
	p.expectTold(event.Presence{Status: "online", Mobile: "online"})
	node.Presence.SessionClosed("phone")
	p.pass(closedGrace)
	await(func(e event.PresenceChanged) bool { return e.Presence.Status == "offline" })(here)
	p.expectTold(offline)
}

func TestWhatANodeThatDiedSaidIsForgottenAndWhatALivingOneSaidIsNot(t *testing.T) {
	p := openPorch(t)
	dead := p.hall.Node()
	if err := dead.Presence.SessionOpened(t.Context(), p.bob, "phone", chat.DeviceMobile, chat.PresenceUpdate{}); err != nil {
		t.Fatal(err)
	}
	p.open("tab", chat.DeviceDesktop, chat.PresenceUpdate{})
	p.expectShown(event.Presence{Status: "online", Desktop: "online", Mobile: "online"})
	for range 4 {
		p.hall.Clock.Advance(time.Minute)
		chat.Refresh(t.Context(), p.hall.Presence)
	}
	living := p.hall.Node()
	if err := living.Presence.SessionOpened(t.Context(), p.bob, "web", chat.DeviceWeb, chat.PresenceUpdate{}); err != nil {
		t.Fatal(err)
	}
	want := event.Presence{Status: "online", Desktop: "online", Web: "online"}
	if shown := living.Presence.Users([]id.ID{p.bob.UserID}); len(shown) != 1 || !equalPresence(shown[0].Presence, want) {
		t.Errorf("shown is %+v, want %+v", shown, want)
	}
}

// A sign-in reads all of a user's entries: a bot's thousands of sessions must not be as many.
func TestANodeHasOneEntryInTheRosterForEachUser(t *testing.T) {
	p := openPorch(t)
	entries := func() int {
		t.Helper()
		found, err := p.hall.Ephemeral.Entries(t.Context(), "presence/"+p.bob.UserID.String())
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for i := range 100 {
		p.open(fmt.Sprint(i), chat.DeviceDesktop, chat.PresenceUpdate{})
	}
	if entries() != 1 {
		t.Errorf("the roster has %d entries", entries())
	}
	p.expectTold(onDesktop)
	for i := range 100 {
		p.hall.Presence.SessionClosed(fmt.Sprint(i))
	}
	p.pass(closedGrace)
	if entries() != 0 {
		t.Errorf("the roster has %d entries left", entries())
	}
	p.expectTold(offline)
}

// said is what a session of TestWhatIsShownIsWhatTheSessionsSay says.
type said struct {
	device chat.DeviceKind
	update chat.PresenceUpdate
	order  int
	lost   bool
}

// expected gives what sessions come to, counted anew.
func expected(sessions map[string]*said) event.Presence {
	rank := map[string]int{"": 0, "offline": 0, "invisible": 0, "idle": 1, "online": 2, "dnd": 3}
	shown, latest := offline, -1
	devices := []*string{&shown.Desktop, &shown.Mobile, &shown.Web}
	for _, session := range sessions {
		if session.lost || rank[session.update.Status] == 0 {
			continue
		}
		for _, status := range []*string{&shown.Status, devices[session.device]} {
			if rank[session.update.Status] > rank[*status] {
				*status = session.update.Status
			}
		}
		if len(session.update.Activities) > 0 && session.order > latest {
			latest, shown.Activities = session.order, session.update.Activities
		}
	}
	return shown
}

func TestWhatIsShownIsWhatTheSessionsSay(t *testing.T) {
	p := openPorch(t)
	random := rand.New(rand.NewPCG(1, 2))
	sessions := make(map[string]*said)
	statuses := []string{"online", "idle", "dnd", "invisible", "offline"}
	for step := range 3000 {
		name := fmt.Sprint("session ", random.IntN(8))
		session := sessions[name]
		update := chat.PresenceUpdate{Status: statuses[random.IntN(len(statuses))]}
		if random.IntN(2) == 0 {
			update.Activities = fmt.Appendf(nil, `[{"name":"game %d"}]`, random.IntN(3))
		}
		switch action := random.IntN(5); {
		case session == nil || action == 0:
			sessions[name] = &said{device: chat.DeviceKind(random.IntN(3)), update: update, order: step}
			p.open(name, sessions[name].device, update)
		case action == 1:
			session.update, session.order = update, step
			p.update(name, update)
		case action == 2:
			p.hall.Presence.SessionLost(name)
			p.pass(lostGrace)
			session.lost = true
		case action == 3:
			p.hall.Presence.SessionResumed(t.Context(), name)
			session.lost = false
		default:
			p.hall.Presence.SessionClosed(name)
			p.pass(closedGrace)
			delete(sessions, name)
		}
		p.expectShown(expected(sessions))
		if t.Failed() {
			t.Fatalf("after %d steps", step+1)
		}
	}
	for name := range sessions {
		p.hall.Presence.SessionClosed(name)
	}
	p.pass(closedGrace)
	p.expectShown(offline)
}
