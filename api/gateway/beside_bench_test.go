package gateway

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// samples are how many messages are timed alone, and as many beside each bot that misbehaves.
const samples = 1000

// misbehaviour is a bot that does something without end until it is stopped. It is not slowed by anything but the hall and its own steps: the machine is its as well.
type misbehaviour struct {
	name string
	run  func(r *rogue)
}

// rogue is a bot that misbehaves.
type rogue struct {
	h       *house
	token   string
	guildID id.ID
	stop    chan struct{}
	started sync.WaitGroup
}

// over tells that it is to end.
func (r *rogue) over() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// step waits, so that a loop turns at most so often.
func (r *rogue) step(pause time.Duration) bool {
	select {
	case <-r.stop:
		return false
	case <-time.After(pause):
		return true
	}
}

// dial connects and identifies; nil when that was refused.
func (r *rogue) dial() *websocket.Conn {
	socket, response, err := websocket.DefaultDialer.Dial(r.h.url("?v=10"), nil)
	if err != nil {
		return nil
	}
	_ = response.Body.Close()
	if err := socket.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"op":2,"d":{"token":%q,"properties":{},"intents":%d}}`, r.token, 1|intentMembers|intentMessages|intentMessageContent)); err != nil {
		_ = socket.Close()
		return nil
	}
	return socket
}

// drain reads what comes until the connection ends.
func drain(socket *websocket.Conn) {
	for {
		if _, _, err := socket.NextReader(); err != nil {
			_ = socket.Close()
			return
		}
	}
}

// again sends frames as fast as they go, on one connection after another.
func (r *rogue) again(frame string) {
	for !r.over() {
		socket := r.dial()
		if socket == nil {
			continue
		}
		r.started.Go(func() { drain(socket) })
		for !r.over() && socket.WriteMessage(websocket.TextMessage, []byte(frame)) == nil {
		}
		_ = socket.Close()
		r.step(10 * time.Millisecond)
	}
}

var misbehaviours = []misbehaviour{
	{"floods", func(r *rogue) { r.again(`{"op":1,"d":null}`) }},
	{"reconnects", func(r *rogue) {
		for r.step(5 * time.Millisecond) {
			if socket := r.dial(); socket != nil {
				_ = socket.Close()
			}
		}
	}},
	{"asks for 10000 members", func(r *rogue) {
		r.again(fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","query":"","limit":0}}`, r.guildID))
	}},
	{"opens 1000 sessions", func(r *rogue) {
		var open []*websocket.Conn
		for len(open) < 1000 && r.step(2*time.Millisecond) {
			if socket := r.dial(); socket != nil {
				open = append(open, socket)
				r.started.Go(func() { drain(socket) })
			}
		}
		<-r.stop
		for _, socket := range open {
			_ = socket.Close()
		}
	}},
	{"never reads", func(r *rogue) {
		var open []*websocket.Conn
		for len(open) < 16 && r.step(10*time.Millisecond) {
			if socket := r.dial(); socket != nil {
				open = append(open, socket)
			}
		}
		<-r.stop
		for _, socket := range open {
			_ = socket.Close()
		}
	}},
}

// BenchmarkABotBesideOneThatMisbehaves measures how long a message takes from where it is posted to a bot and to a person, alone and beside a bot that misbehaves in the same guild of 10,000 members:
//
//	go test ./api/gateway -run XXX -bench Misbehaves -benchtime 1x
func BenchmarkABotBesideOneThatMisbehaves(b *testing.B) {
	for _, m := range misbehaviours {
		b.Run(m.name, func(b *testing.B) {
			h := open(b)
			defer h.followTime()()
			alice := h.Person("alice")
			steady, steadyToken := h.bot("steady", alice)
			bad, badToken := h.bot("bad", alice)
			guildID := h.largeGuild(alice, steady, bad)
			channels, err := h.Store.GuildChannels(b.Context(), guildID)
			if err != nil {
				b.Fatal(err)
			}
			bot, person := h.enter(steadyToken), h.enter(h.login(alice))
			for b.Loop() {
				h.latencies(alice, channels[1].ID, bot, person) // what is warm stays out of it
				alone := h.latencies(alice, channels[1].ID, bot, person)
				r := &rogue{h: h, token: badToken, guildID: guildID, stop: make(chan struct{})}
				r.started.Go(func() { m.run(r) })
				beside := h.latencies(alice, channels[1].ID, bot, person)
				close(r.stop)
				r.started.Wait()
				for i, percent := range []int{50, 99} {
					b.ReportMetric(float64(alone[i].Microseconds()), fmt.Sprintf("alone-p%d-µs", percent))
					b.ReportMetric(float64(beside[i].Microseconds()), fmt.Sprintf("beside-p%d-µs", percent))
					b.ReportMetric(float64(beside[i])/float64(alone[i]), fmt.Sprintf("p%d-ratio", percent))
				}
			}
		})
	}
}

// followTime has the hall's clock go with time, so that limits count as they do outside of tests.
func (h *house) followTime() (stop func()) {
	done, last := make(chan struct{}), time.Now()
	var following sync.WaitGroup
	following.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-ticker.C:
				h.Clock.Advance(now.Sub(last))
				last = now
			}
		}
	})
	return func() { close(done); following.Wait() }
}

// latencies posts messages, a hundred or fewer a second, and gives the median and the 99th percentile of how long each took to reach all clients.
func (h *house) latencies(author chat.Caller, channelID id.ID, clients ...*client) [2]time.Duration {
	h.tb.Helper()
	took := make([]time.Duration, 0, samples)
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for n := range samples {
		<-pace.C
		if n%500 == 0 {
			for _, c := range clients {
				c.send(`{"op":1,"d":null}`)
			}
		}
		began := time.Now()
		h.post(author, channelID, "on time")
		for _, c := range clients {
			c.await("MESSAGE_CREATE")
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return [2]time.Duration{took[len(took)/2], took[len(took)*99/100]}
}
