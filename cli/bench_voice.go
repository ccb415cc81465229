package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/wire"
	"guildhall/rtc/sfu"
	"guildhall/store"
)

// voiceScenario is who sends what to whom.
type voiceScenario struct {
	name, title string
	// publishers send, subscribers receive; with both, everybody who sends also receives the others.
	publishers, subscribers int
	// video tells that VP8 is sent, with a key frame whenever the hall asks for one; otherwise it is Opus.
	video bool
	// Each frame is a number of packets of a size in bytes, sent at once, every interval.
	packets, size int
	interval      time.Duration
}

// voiceScenarios are what can be run. An Opus frame of 20 ms at 64 kbit/s has 160 bytes, a frame of video at 1.5 Mbit/s and 30 frames a second 6,250.
var voiceScenarios = []voiceScenario{
	{name: "A200", title: "one Opus stream of 50 packets/s to 200 people", publishers: 1, subscribers: 200, packets: 1, size: 160, interval: 20 * time.Millisecond},
	{name: "V100", title: "one VP8 stream of 1.5 Mbit/s to 100 people", publishers: 1, subscribers: 100, video: true, packets: 6, size: 1042, interval: time.Second / 30},
	{name: "20x20", title: "20 people who all speak, of whom ten are passed on", publishers: 20, packets: 1, size: 160, interval: 20 * time.Millisecond},
}

func scenarioNames() string {
	names := make([]string, len(voiceScenarios))
	for i, scenario := range voiceScenarios {
		names[i] = scenario.name
	}
	return strings.Join(names, ",")
}

// people is how many take part.
func (s voiceScenario) people() int { return s.publishers + s.subscribers }

// streams is how many others each one receives.
func (s voiceScenario) streams() int {
	if s.subscribers == 0 {
		return s.publishers - 1
	}
	return s.publishers
}

// voiceBench measures a hall's media over its public interfaces: people come in as guests, connect to the gateway, join a voice channel and exchange media by WebRTC.
type voiceBench struct {
	report     *benchReport
	length     time.Duration
	server     *benchServer
	conditions string
	guild      string
	channel    string
	people     []*voicePerson
	// measured counts scenarios. Memory is told of the first alone: what it took stays with the process for a while.
	measured int
}

func benchVoice(c *cli.Context) error {
	if c.Int("seconds") < 1 {
		return wrongUsage("--seconds must be at least 1")
	}
	var wanted []voiceScenario
	for name := range strings.SplitSeq(c.String("scenarios"), ",") {
		at := slices.IndexFunc(voiceScenarios, func(s voiceScenario) bool { return strings.EqualFold(s.name, strings.TrimSpace(name)) })
		if at < 0 {
			return wrongUsage("--scenarios: there is no %q; there are %s", name, scenarioNames())
		}
		wanted = append(wanted, voiceScenarios[at])
	}
	b := &voiceBench{report: newBenchReport(c.App.Writer, c.Bool("json")), length: time.Duration(c.Int("seconds")) * time.Second,
		conditions: "own hall, rate limits off, packets over loopback, load on the same machine"}
	sending := c.String("sending")
	b.conditions += ", packets sent by " + sending
	return withOwnHall(c.Context, []string{"--udp-sending", sending}, func(server *benchServer) error {
		b.server = server
		return b.run(c.Context, wanted)
	})
}

func (b *voiceBench) run(ctx context.Context, scenarios []voiceScenario) (err error) {
	defer func() {
		for _, person := range b.people {
			err = errors.Join(err, person.close())
		}
	}()
	most := 0
	for _, scenario := range scenarios {
		most = max(most, scenario.people())
	}
	if err := b.populate(ctx, most); err != nil {
		return err
	}
	for _, scenario := range scenarios {
		if err := b.measure(ctx, scenario); err != nil {
			return fmt.Errorf("%s: %w", scenario.name, err)
		}
	}
	return nil
}

// populate brings people into a server of the hall, each with a connection to the gateway.
func (b *voiceBench) populate(ctx context.Context, count int) error {
	guild, err := b.server.makeGuild(ctx)
	if err != nil {
		return err
	}
	b.guild, b.channel = guild.ID, guild.channel(store.ChannelVoice)
	var invite struct{ Code string }
	if err := b.server.command(ctx, "", nil, "hall", "policy", "--guests", "on"); err != nil {
		return err
	}
	if err := b.server.command(ctx, "", &invite, "invite", "create", "--guild", guild.ID); err != nil {
		return err
	}
	for number := range count {
		tokens, err := b.enter(ctx, wire.GuestEntry{Name: fmt.Sprintf("guest %d", number+1), Invite: invite.Code})
		if err != nil {
			return err
		}
		person, err := connectPerson(ctx, b.server.url, tokens)
		if err != nil {
			return err
		}
		b.people = append(b.people, person)
	}
	return nil
}

// enter makes a guest.
func (b *voiceBench) enter(ctx context.Context, entry wire.GuestEntry) (tokens wire.TokenSet, err error) {
	body, err := json.Marshal(entry)
	if err != nil {
		return tokens, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.server.url+"/api/v10/auth/guest", bytes.NewReader(body))
	if err != nil {
		return tokens, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return tokens, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return tokens, err
	}
	if response.StatusCode != http.StatusCreated {
		return tokens, fmt.Errorf("a guest could not come in: %s: %s", response.Status, answer)
	}
	return tokens, json.Unmarshal(answer, &tokens)
}

// listenersShare is how many of the people who receive decrypt what they get: one in so many, and everybody where each sends too. The others count packets, because
// the load would otherwise take the machine from the server.
const listenersShare = 10

// measure runs one scenario.
func (b *voiceBench) measure(ctx context.Context, scenario voiceScenario) (err error) {
	before := b.server.rss()
	people := b.people[:scenario.people()]
	defer func() {
		for _, person := range people {
			err = errors.Join(err, person.leave())
		}
	}()
	var whole, media []time.Duration
	for number, person := range people {
		place := voicePlace{guild: b.guild, channel: b.channel, sends: number < scenario.publishers, streams: scenario.streams(), video: scenario.video,
			listens: scenario.subscribers == 0 || number%listenersShare == 1}
		if place.sends && scenario.subscribers > 0 {
			place.streams = 0
		}
		if err := person.join(ctx, place); err != nil {
			return fmt.Errorf("person %d could not join: %w", number+1, err)
		}
		whole, media = append(whole, person.joined), append(media, person.connected)
	}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	failures := make(chan error, len(people))
	for _, person := range people[:scenario.publishers] {
		senders.Go(func() {
			if err := person.publish(sending, scenario); err != nil {
				failures <- err
			}
		})
	}
	if err := pause(ctx, time.Second, failures); err != nil { // until everything flows
		return err
	}
	for _, person := range people {
		person.takeLatencies() // those from before are not measured
	}
	figures := b.count(people)
	cpu, begun := b.server.cpu(), time.Now()
	if err := pause(ctx, b.length, failures); err != nil {
		return err
	}
	took, used := time.Since(begun), b.server.cpu()-cpu
	after := b.count(people)
	for _, person := range people {
		after.latencies = append(after.latencies, person.takeLatencies()...)
	}
	return b.show(scenario, figures, after, voiceUse{took: took, cpu: used, memory: b.server.rss() - before, whole: whole, media: media})
}

// pause waits, unless something fails.
func pause(ctx context.Context, length time.Duration, failures <-chan error) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-failures:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// voiceCount is how many packets were sent, would have arrived if nothing were lost, and did arrive.
type voiceCount struct {
	due, arrived uint64
	latencies    []time.Duration
}

// voiceUse is what a run took.
type voiceUse struct {
	took         time.Duration
	cpu, memory  float64
	whole, media []time.Duration
}

// count adds up the packets so far.
func (b *voiceBench) count(people []*voicePerson) (count voiceCount) {
	var sent uint64
	for _, person := range people {
		sent += person.sent.Load()
	}
	for _, person := range people {
		if person.place.streams > 0 {
			count.due += sent - person.sent.Load()
		}
		count.arrived += person.line.packets.Load()
	}
	if sending := b.speaking(people); sending > sfu.DefaultLoudest {
		count.due = count.due * sfu.DefaultLoudest / uint64(sending)
	}
	return count
}

// speaking is how many send sound.
func (b *voiceBench) speaking(people []*voicePerson) (count int) {
	for _, person := range people {
		if person.place.sends && !person.place.video {
			count++
		}
	}
	return count
}

// show reports one scenario.
func (b *voiceBench) show(scenario voiceScenario, before, after voiceCount, use voiceUse) error {
	arrived, due := after.arrived-before.arrived, after.due-before.due
	if arrived == 0 {
		return errors.New("no packet arrived")
	}
	conditions := fmt.Sprintf("%s; %d packets of %d bytes every %v", b.conditions, scenario.packets, scenario.size, scenario.interval.Round(10*time.Microsecond))
	forwarded := latencies(after.latencies, use.took)
	forwarded.Work, forwarded.Conditions = scenario.name+": "+scenario.title, fmt.Sprintf("%s; %.2f %% of the packets arrived", conditions, 100*float64(arrived)/float64(due))
	forwarded.Rate, forwarded.CPU, forwarded.RSS = float64(arrived)/use.took.Seconds(), use.cpu, b.server.rss()
	rows := []benchRow{forwarded}
	if use.cpu > 0 {
		rows = append(rows, benchRow{Work: scenario.name + ": forwarding", Value: float64(arrived) / use.cpu, Unit: "packets per server CPU-second", Conditions: conditions})
	}
	if b.measured++; b.measured == 1 && use.cpu > 0 {
		rows = append(rows, benchRow{Work: scenario.name + ": memory per person in voice", Value: use.memory / float64(scenario.people()), Unit: "MiB RSS", Conditions: conditions})
	}
	for _, join := range []struct {
		what string
		took []time.Duration
	}{{"from the offer to connected media", use.media}, {"from the click to connected media", use.whole}} {
		row := latencies(join.took, time.Second)
		rows = append(rows, benchRow{Work: scenario.name + ": joining, " + join.what, Value: row.P50, P50: row.P50, P99: row.P99, Max: row.Max, Unit: "ms in the middle",
			Conditions: fmt.Sprintf("%s; one after the other, %d people", b.conditions, len(join.took))})
	}
	for _, row := range rows {
		if err := b.report.add(row); err != nil {
			return err
		}
	}
	return nil
}
