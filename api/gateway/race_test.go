package gateway

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Two people acting at once always end in one of the legal outcomes. Each race lets acts go together, many times, over both stores and over two nodes of one hall; then it looks at what the acts
// answered and at the store, and demands, of one node, that everybody who listened knows what the store and the HTTP API know.

// arena is where a race takes place: alice's guild, in which bob and cid are.
type arena struct {
	*house
	*testing.T
	alice, bob, cid chat.Caller
	guild           *chattest.Guild
	// nodes are the processes of the hall. The gateway is that of the first.
	nodes []*chat.Chat
	turn  int
	// watching are those whose pictures are compared.
	watching []*follower
}

// race is one attempt: acts that go together, and what must hold of their answers and of the store afterwards.
type race struct {
	acts []func(*chat.Chat) error
	then func(errs []error)
}

// contest is a race with its name.
type contest struct {
	name string
	// prepare makes everything ready for an attempt.
	prepare func(*arena) race
	// rounds is how often it is run at most; zero for no bound.
	rounds int
	// oneNode tells that a node's own order of acts decides, not the store: several nodes need it to be shared first.
	oneNode bool
}

// setting is what a hall is made of, and how often each contest is run in it.
type setting struct {
	name  string
	store func(testing.TB) store.Store
	nodes int
	times int
}

var settings = []setting{
	{"embedded store", nil, 1, 3},
	{"PostgreSQL", chattest.OpenPostgres, 1, 1},
	{"two nodes", nil, 2, 3},
	{"two nodes over PostgreSQL", chattest.OpenPostgres, 2, 2},
}

// times is how often a contest is run; GUILDHALL_SOAK makes it many.
func (c contest) times(setting setting) int {
	times := setting.times
	if c.rounds > 0 {
		times = min(times, c.rounds)
	}
	if testing.Short() {
		times = 1
	}
	if os.Getenv("GUILDHALL_SOAK") != "" {
		times *= 50
	}
	return times
}

// compete runs contests in all settings.
func compete(t *testing.T, contests []contest) {
	t.Helper()
	for _, setting := range settings {
		t.Run(setting.name, func(t *testing.T) {
			w := newArena(t, setting)
			for _, one := range contests {
				t.Run(one.name, func(t *testing.T) {
					if one.oneNode && setting.nodes > 1 {
						t.SkipNow()
					}
					for range one.times(setting) {
						w.play(t, one)
					}
				})
			}
		})
	}
}

func newArena(t *testing.T, setting setting) *arena {
	options := chattest.Options{}
	if setting.store != nil {
		options.Store = setting.store(t)
	}
	w := &arena{house: openWith(t, options), T: t}
	w.openAPI()
	w.nodes = []*chat.Chat{w.Chat}
	for len(w.nodes) < setting.nodes {
		w.nodes = append(w.nodes, w.Hall.Node().Chat)
	}
	return w
}

// play runs one attempt, in a guild of its own.
func (w *arena) play(t *testing.T, one contest) {
	t.Helper()
	w.T, w.tb = t, t
	w.turn++
	w.alice, w.bob, w.cid = w.someone("alice"), w.someone("bob"), w.someone("cid")
	w.guild = w.Guild(w.alice)
	w.guild.Join(w.bob, w.cid)
	w.guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages | perm.AddReactions | perm.AttachFiles | perm.SendPolls | perm.SendMessagesInThreads | perm.CreatePublicThreads | perm.PinMessages)
	w.watching = nil
	attempt := one.prepare(w)
	if w.watching == nil && len(w.nodes) == 1 {
		w.watch()
	}
	errs := w.together(attempt.acts)
	attempt.then(errs)
	if len(w.nodes) == 1 { // what several nodes tell is in step as soon as they share their caches and read marks
		w.inStep(w.watching...)
	}
	problems, err := w.Store.Check(w.Context())
	if err != nil || len(problems) > 0 {
		t.Fatalf("the check finds %q (%v)", problems, err)
	}
	for _, f := range w.watching {
		f.quit(1000)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// someone makes a person whose name nobody else has.
func (w *arena) someone(name string) chat.Caller {
	return w.Person(fmt.Sprintf("%s%d", name, w.IDs.Next()%1_000_000_007))
}

// watch has alice, bob and cid listen from now on. Attempts that put something into the store before that call it themselves.
func (w *arena) watch() {
	w.watching = []*follower{w.follow(w.alice), w.follow(w.bob), w.follow(w.cid)}
}

// together lets acts go at once, over the nodes in turn, and gives what they answered.
func (w *arena) together(acts []func(*chat.Chat) error) []error {
	errs := make([]error, len(acts))
	start := make(chan struct{})
	var done sync.WaitGroup
	for i, act := range acts {
		node := w.nodes[(i+w.turn)%len(w.nodes)]
		done.Go(func() {
			<-start
			errs[i] = act(node)
		})
	}
	close(start)
	done.Wait()
	return errs
}

// may demands of an answer that it is no failure, or one of some kinds.
func (w *arena) may(doing string, err error, kinds ...chat.Kind) {
	w.T.Helper()
	if err != nil && !slices.Contains(kinds, chat.KindOf(err)) {
		w.T.Errorf("%s: %v (%T)", doing, err, err)
	}
}

// must ends the test where a preparation fails.
func (w *arena) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// wins counts the answers that are no failures; the others must be of some kinds.
func (w *arena) wins(errs []error, kinds ...chat.Kind) (wins int) {
	w.T.Helper()
	for _, err := range errs {
		w.may("one of them", err, kinds...)
		if err == nil {
			wins++
		}
	}
	return wins
}

// won demands how many of several did it; the others failed in some way.
func (w *arena) won(want int, errs []error, kinds ...chat.Kind) {
	w.T.Helper()
	if wins := w.wins(errs, kinds...); wins != want {
		w.T.Errorf("%d did it, not %d: %v", wins, want, errs)
	}
}

// gone demands that the store says that something is not there.
func (w *arena) gone(what string, err error) {
	w.T.Helper()
	if err == nil || !isNotFound(err) {
		w.T.Errorf("%s is still there (%v)", what, err)
	}
}

// says posts a message.
func (w *arena) says(caller chat.Caller, content string) id.ID {
	return w.post(caller, w.guild.General, content)
}

func TestMain(m *testing.M) {
	if os.Getenv(loadMark) != "" {
		if err := runCrowd(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	err := chattest.StopPostgres()
	if err == nil && code == 0 {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
