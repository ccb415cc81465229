package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"guildhall/cli/netns"
	"guildhall/rtc/signal"
)

// The tests of this file have a hall, guests and what lies between them on hosts of their own: processes in network namespaces. A process is this test's
// executable with a role; it is told what to do by lines, and answers by lines that begin with saying.
const (
	roleVariable = "GUILDHALL_TEST_ROLE"
	// overTCP has a guest try ICE over TCP and the relay too, as browsers do. pion waits for connections that lead nowhere, so it is for where networks stay as they are.
	overTCP = "GUILDHALL_TEST_OVER_TCP"
	saying  = "> "
	// voicePort is the hall's port on its own host.
	voicePort = "6464"
)

// actor is a process on another host.
type actor struct {
	t     *testing.T
	role  string
	in    io.WriteCloser
	out   *bufio.Scanner
	noise []string
}

// start starts a process in a role on a host.
func start(t *testing.T, host *netns.Host, role string, environment ...string) *actor {
	t.Helper()
	// It ends when it is told nothing more, and then it has closed everything.
	command := host.Command(context.Background(), os.Args[0], "-test.run", "^TestARole$", "-test.timeout", "5m")
	command.Env = append(append(os.Environ(), roleVariable+"="+role), environment...)
	a := &actor{t: t, role: role}
	var err error
	if a.in, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	a.out = bufio.NewScanner(out)
	a.out.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		a.in.Close()
		for a.out.Scan() {
			a.noise = append(a.noise, a.out.Text())
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v: %s", role, err, strings.Join(a.noise, "\n"))
		}
	})
	return a
}

// ask tells the process something and waits for its answer.
func (a *actor) ask(words ...string) string {
	a.t.Helper()
	if _, err := io.WriteString(a.in, strings.Join(words, " ")+"\n"); err != nil {
		a.t.Fatal(err)
	}
	for a.out.Scan() {
		if answer, ok := strings.CutPrefix(a.out.Text(), saying); ok {
			return answer
		}
		a.noise = append(a.noise, a.out.Text())
	}
	a.t.Fatalf("%s ended: %s", a.role, strings.Join(a.noise, "\n"))
	return ""
}

// TestARole is what a process on another host does.
func TestARole(t *testing.T) {
	roles := map[string]func(*testing.T, func() []string){"hall": playHall, "guest": playGuest, "gate": playGate}
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		return // There is nothing to test here: the other tests start this.
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	role(t, func() []string {
		if !lines.Scan() {
			return nil
		}
		return strings.SplitN(lines.Text(), " ", 2)
	})
}

func answer(format string, values ...any) { fmt.Printf(saying+format+"\n", values...) }

// playHall is a hall with nothing configured.
func playHall(t *testing.T, next func() []string) {
	h := openVoiceHallWith(t, map[string]string{"listen": ":" + voicePort})
	for words := next(); words != nil; words = next() {
		switch words[0] {
		case "seat":
			text, err := json.Marshal(h.seat(t, words[1]))
			if err != nil {
				t.Fatal(err)
			}
			answer("%s", text)
		case "paths":
			paths := map[string]string{}
			for _, stats := range h.sfu.Stats() {
				paths[stats.UserID.String()] = stats.Path
			}
			text, err := json.Marshal(paths)
			if err != nil {
				t.Fatal(err)
			}
			answer("%s", text)
		case "certificate":
			if err := os.WriteFile(words[1], h.authority.CertificatePEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			answer("written")
		}
	}
}

// playGuest is somebody with a browser: it takes its seat at an address, hears, and comes back by another address.
func playGuest(t *testing.T, next func() []string) {
	words := next()
	if words == nil {
		return
	}
	var claim seat
	if err := json.Unmarshal([]byte(words[1]), &claim); err != nil {
		t.Fatal(err)
	}
	g := newGuest(t, words[0], claim)
	if os.Getenv(overTCP) != "" {
		var settings webrtc.SettingEngine
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6})
		g.callIn(settings)
	} else {
		g.callIn(webrtc.SettingEngine{}, func(configuration *webrtc.Configuration) { configuration.ICEServers = nil })
	}
	answer("connected")
	for words = next(); words != nil; words = next() {
		switch words[0] {
		case "hear":
			g.untilHearing()
			answer("hearing")
		case "return":
			// The network has changed: the old socket leads nowhere. ICE restarts in the same room.
			g.dial(words[1])
			g.send(signal.OpResume, signal.Resume{ServerID: claim.ServerID, SessionID: claim.SessionID, Token: claim.Token})
			g.until("resumed", func() bool {
				for _, frame := range g.frames {
					if frame.Op == signal.OpResumed {
						return true
					}
				}
				return false
			})
			g.offer(&webrtc.OfferOptions{ICERestart: true})
			g.untilHearing()
			answer("back")
		case "left":
			answer("%d", g.count(signal.OpClientDisconnect))
		}
	}
}

// playGate is a proxy that lets nothing but TLS through, told by its first byte.
func playGate(t *testing.T, next func() []string) {
	words := next()
	listener, err := net.Listen("tcp", words[0])
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { passTLS(conn, words[1]) })
		}
	})
	answer("open")
	for next() != nil {
	}
	listener.Close()
}

// passTLS passes one connection on if it begins like TLS.
func passTLS(conn net.Conn, to string) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	if first, err := reader.Peek(1); err != nil || first[0] != 0x16 {
		return
	}
	onward, err := net.DialTimeout("tcp", to, 10*time.Second)
	if err != nil {
		return
	}
	defer onward.Close()
	go func() {
		io.Copy(onward, reader)
		onward.Close()
	}()
	io.Copy(conn, onward)
}

// place is a hall with guests on other hosts.
type place struct {
	t    *testing.T
	hall *actor
}

// openPlace opens a hall on a host.
func openPlace(t *testing.T, host *netns.Host) *place {
	t.Helper()
	return &place{t, start(t, host, "hall")}
}

// guest brings somebody on a host into the room.
func (p *place) guest(host *netns.Host, name, url string, environment ...string) *visitor {
	p.t.Helper()
	claim := p.hall.ask("seat", name)
	v := &visitor{actor: start(p.t, host, "guest", environment...), place: p}
	var read seat
	if err := json.Unmarshal([]byte(claim), &read); err != nil {
		p.t.Fatal(err)
	}
	v.userID = read.UserID.String()
	if said := v.ask(url, claim); said != "connected" {
		p.t.Fatal(said)
	}
	return v
}

type visitor struct {
	*actor
	place  *place
	userID string
}

// expectPath checks how a guest's media comes to the hall.
func (v *visitor) expectPath(want string) {
	v.t.Helper()
	var paths map[string]string
	if err := json.Unmarshal([]byte(v.place.hall.ask("paths")), &paths); err != nil {
		v.t.Fatal(err)
	}
	if paths[v.userID] != want {
		v.t.Errorf("media comes by %q instead of %q", paths[v.userID], want)
	}
}

// wsAt is the voice gateway at an address.
func wsAt(scheme, host string) string {
	return scheme + "://" + net.JoinHostPort(host, voicePort) + "/voice?v=8"
}

// street is a hall, a router, and a guest behind it.
func street(t *testing.T, rules string) (hall, router, guest *netns.Host) {
	t.Helper()
	netns.Require(t)
	hall, router, guest = netns.New(t, "hall"), netns.New(t, "router"), netns.New(t, "guest")
	router.Link(t, "10.1.0.1/24", hall, "10.1.0.2/24")
	router.Link(t, "10.2.0.1/24", guest, "10.2.0.2/24")
	hall.Gateway(t, "10.1.0.1")
	guest.Gateway(t, "10.2.0.1")
	router.Forward(t, rules)
	return hall, router, guest
}

func TestWhereUDPIsOpenNobodyRelays(t *testing.T) {
	hall, _, other := street(t, "")
	p := openPlace(t, hall)
	alice, bob := p.guest(other, "alice", wsAt("wss", "10.1.0.2"), overTCP+"=1"), p.guest(hall, "bob", wsAt("ws", "127.0.0.1"))
	alice.ask("hear")
	bob.ask("hear")
	alice.expectPath("udp")
	bob.expectPath("udp")
}

func TestWhereUDPIsBlockedTCPCarries(t *testing.T) {
	hall, _, other := street(t, `table inet wall {
		chain forward {
			type filter hook forward priority 0
			meta l4proto udp drop
		}
	}`)
	p := openPlace(t, hall)
	alice, bob := p.guest(other, "alice", wsAt("wss", "10.1.0.2"), overTCP+"=1"), p.guest(hall, "bob", wsAt("ws", "127.0.0.1"))
	alice.ask("hear")
	bob.ask("hear")
	alice.expectPath("tcp")
	bob.expectPath("udp")
}

func TestWhereOnlyTLSGetsThroughTheRelayCarries(t *testing.T) {
	hall, router, other := street(t, `
		table ip wall {
			chain forward {
				type filter hook forward priority 0
				drop
			}
			chain gate {
				type nat hook prerouting priority -100
				ip saddr 10.2.0.2 tcp dport 6464 redirect to :7000
			}
		}`)
	p := openPlace(t, hall)
	gate := start(t, router, "gate")
	gate.ask(":7000", "10.1.0.2:"+voicePort)
	trusted := t.TempDir() + "/authority.pem"
	p.hall.ask("certificate", trusted)
	alice := p.guest(other, "alice", wsAt("wss", "10.1.0.2"), "SSL_CERT_FILE="+trusted, overTCP+"=1")
	bob := p.guest(hall, "bob", wsAt("ws", "127.0.0.1"))
	alice.ask("hear")
	bob.ask("hear")
	alice.expectPath("turn-tls")
	bob.expectPath("udp")
}

func TestAGuestBehindNATAndOneOnTheLANTalkWithNothingConfigured(t *testing.T) {
	netns.Require(t)
	hall, homeRouter, friend := netns.New(t, "hall"), netns.New(t, "home"), netns.New(t, "friend")
	away, awayRouter := netns.New(t, "away"), netns.New(t, "awayrtr")
	// The home: a router with a switch, the hall and a friend on it. The port is forwarded.
	homeRouter.IP(t, "link add lan type bridge")
	homeRouter.IP(t, "addr add 192.168.1.1/24 dev lan")
	homeRouter.IP(t, "link set lan up")
	for address, host := range map[string]*netns.Host{"192.168.1.10/24": hall, "192.168.1.20/24": friend} {
		port, _ := homeRouter.Link(t, "", host, address)
		homeRouter.IP(t, "link set "+port+" master lan")
		host.Gateway(t, "192.168.1.1")
	}
	outside, _ := homeRouter.Link(t, "203.0.113.1/24", awayRouter, "203.0.113.2/24")
	homeRouter.Forward(t, fmt.Sprintf(`
		table ip nat {
			chain arriving {
				type nat hook prerouting priority -100
				iifname %[1]s meta l4proto { tcp, udp } th dport 6464 dnat to 192.168.1.10
			}
			chain leaving {
				type nat hook postrouting priority 100
				oifname %[1]s masquerade
			}
		}`, outside))
	// Elsewhere: somebody behind a router of their own.
	awayRouter.Link(t, "10.9.0.1/24", away, "10.9.0.2/24")
	away.Gateway(t, "10.9.0.1")
	awayRouter.Forward(t, `
		table ip nat {
			chain leaving {
				type nat hook postrouting priority 100
				ip saddr 10.9.0.0/24 masquerade random
			}
		}`)

	p := openPlace(t, hall)
	alice, bob := p.guest(away, "alice", wsAt("wss", "203.0.113.1")), p.guest(friend, "bob", wsAt("wss", "192.168.1.10"))
	alice.ask("hear")
	bob.ask("hear")
	alice.expectPath("udp")
	bob.expectPath("udp")
}

func TestAHallWhoseAddressChangesIsFoundAgain(t *testing.T) {
	hall, _, other := street(t, "")
	neighbour := netns.New(t, "near")
	neighbour.Link(t, "10.4.0.2/24", hall, "10.4.0.1/24")
	p := openPlace(t, hall)
	alice, bob := p.guest(other, "alice", wsAt("wss", "10.1.0.2")), p.guest(neighbour, "bob", wsAt("wss", "10.4.0.1"))
	alice.ask("hear")
	// As a DHCP client does it.
	hall.IP(t, "addr add 10.1.0.77/24 dev eth1")
	hall.IP(t, "addr del 10.1.0.2/24 dev eth1")
	hall.IP(t, "addr replace 10.1.0.77/24 dev eth1")
	hall.Gateway(t, "10.1.0.1")
	carol := p.guest(other, "carol", wsAt("wss", "10.1.0.77"))
	carol.ask("hear")
	if said := alice.ask("return", wsAt("wss", "10.1.0.77")); said != "back" {
		t.Error(said)
	}
	alice.expectPath("udp")
	if left := bob.ask("left"); left != "0" {
		t.Errorf("bob was told that %s left", left)
	}
}

func TestAGuestWhoChangesNetworksStaysInTheRoom(t *testing.T) {
	hall, router, other := street(t, "")
	router.Link(t, "10.3.0.1/24", other, "10.3.0.2/24")
	p := openPlace(t, hall)
	alice, bob := p.guest(other, "alice", wsAt("wss", "10.1.0.2")), p.guest(hall, "bob", wsAt("ws", "127.0.0.1"))
	bob.ask("hear")
	other.IP(t, "link set eth1 down")
	other.Gateway(t, "10.3.0.1")
	if said := alice.ask("return", wsAt("wss", "10.1.0.2")); said != "back" {
		t.Error(said)
	}
	bob.ask("hear")
	alice.expectPath("udp")
	if left := bob.ask("left"); left != "0" {
		t.Errorf("bob was told that %s left", left)
	}
}
