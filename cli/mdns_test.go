package cli

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/mdns/v2"
	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/ipv4"
)

// loopback gives the network that tests are confined to.
func loopback(t *testing.T) net.Interface {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(interfaces, func(one net.Interface) bool { return one.Flags&net.FlagLoopback != 0 && one.Flags&net.FlagUp != 0 })
	if i < 0 {
		t.Skip("this machine has no loopback network")
	}
	return interfaces[i]
}

// asker sends questions to everybody on the loopback network, and is answered itself, as simple resolvers are (RFC 6762 section 6.7).
type asker struct {
	t      *testing.T
	socket *net.UDPConn
	group  *net.UDPAddr
}

// newAsker makes an asker. The test is skipped where loopback carries no multicast.
func newAsker(t *testing.T) *asker {
	t.Helper()
	through := loopback(t)
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		t.Cleanup(func() { socket.Close() })
		err = ipv4.NewPacketConn(socket).SetMulticastInterface(&through)
	}
	if err != nil {
		t.Skipf("loopback carries no multicast: %v", err)
	}
	return &asker{t, socket, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}}
}

func (a *asker) send(packet []byte) {
	a.t.Helper()
	if _, err := a.socket.WriteTo(packet, a.group); err != nil {
		a.t.Fatal(err)
	}
}

func (a *asker) question(number uint16, name string, kind dnsmessage.Type) []byte {
	a.t.Helper()
	packet, err := (&dnsmessage.Message{Header: dnsmessage.Header{ID: number},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}}}).Pack()
	if err != nil {
		a.t.Fatal(err)
	}
	return packet
}

// ask gives the addresses that the next answer tells. It must be the answer to this question: whatever else was sent before is not answered.
func (a *asker) ask(name string, kind dnsmessage.Type) (addresses []netip.Addr) {
	a.t.Helper()
	number := uint16(rand.Uint32())
	a.send(a.question(number, name, kind))
	if err := a.socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		a.t.Fatal(err)
	}
	buffer := make([]byte, 9000)
	n, from, err := a.socket.ReadFromUDPAddrPort(buffer)
	if err != nil {
		a.t.Fatalf("nobody answered: %v", err)
	}
	var answer dnsmessage.Message
	if err := answer.Unpack(buffer[:n]); err != nil {
		a.t.Fatalf("%x: %v", buffer[:n], err)
	}
	if answer.ID != number || !answer.Response || !from.Addr().IsLoopback() {
		a.t.Errorf("%v answered %+v", from, answer)
	}
	for _, resource := range answer.Answers {
		if resource.Header.Name.String() != name {
			a.t.Errorf("answered for %s", resource.Header.Name)
		}
		switch body := resource.Body.(type) {
		case *dnsmessage.AResource:
			addresses = append(addresses, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			addresses = append(addresses, netip.AddrFrom16(body.AAAA))
		default:
			a.t.Errorf("answered %v", resource)
		}
	}
	return addresses
}

// openMDNS answers on loopback alone until the test ends.
func openMDNS(t *testing.T) {
	t.Helper()
	stop, err := answerMDNS(mdns.WithIncludeLoopback(true), mdns.WithInterfaces(loopback(t)))
	if err != nil {
		t.Skipf("mDNS cannot be answered here: %v", err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
		if err := stop(); err != nil {
			t.Errorf("stopping twice: %v", err)
		}
	})
}

func TestTheHallIsFoundUnderItsLocalName(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	openMDNS(t)
	a := newAsker(t)
	for _, name := range []string{"guildhall.local.", "Guildhall.LOCAL."} {
		if got := a.ask(name, dnsmessage.TypeA); !slices.Equal(got, []netip.Addr{netip.MustParseAddr("127.0.0.1")}) {
			t.Errorf("%s is %v", name, got)
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil || !slices.ContainsFunc(addresses, func(one net.Addr) bool { return one.String() == "::1/128" }) {
		t.Skipf("this machine has no IPv6: %v, %v", addresses, err)
	}
	if got := a.ask("guildhall.local.", dnsmessage.TypeAAAA); !slices.Equal(got, []netip.Addr{netip.IPv6Loopback()}) {
		t.Errorf("got %v", got)
	}
}

func TestWhatIsNotAskedOfTheHallIsNotAnswered(t *testing.T) {
	openMDNS(t)
	a := newAsker(t)
	good := a.question(1, "guildhall.local.", dnsmessage.TypeA)
	var packets [][]byte
	for _, name := range []string{"guildhall.example.", "local.", "xguildhall.local.", "guildhall.local.local.", "printer.local.", "."} {
		packets = append(packets, a.question(2, name, dnsmessage.TypeA))
	}
	for length := range good {
		packets = append(packets, good[:length])
	}
	for i := range good[12:] { // the header is as it should be
		broken := slices.Clone(good)
		broken[12+i] ^= 0x80
		if i < len(good)-12-4 { // what follows is type and class, of which another bit is another question
			packets = append(packets, broken)
		}
	}
	pointer := slices.Concat(good[:12], []byte{0xC0, 12, 0, 1, 0, 1}) // a name that points at itself
	many := slices.Concat([]byte{0, 3, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0}, good[12:])
	packets = append(packets, pointer, many, make([]byte, 9000), []byte("GET / HTTP/1.1\r\n\r\n"))
	for _, packet := range packets {
		a.send(packet)
		if got := a.ask("guildhall.local.", dnsmessage.TypeA); len(got) != 1 {
			t.Fatalf("after %x: %v", packet, got)
		}
	}
}

func TestNobodyAnswersForAHallThatStopped(t *testing.T) {
	stop, err := answerMDNS(mdns.WithIncludeLoopback(true), mdns.WithInterfaces(loopback(t)))
	if err != nil {
		t.Skipf("mDNS cannot be answered here: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	// Another one can begin on the same port, and is the only one to answer.
	openMDNS(t)
	a := newAsker(t)
	for range 2 {
		a.ask("guildhall.local.", dnsmessage.TypeA)
	}
}

func TestAMachineWithoutANetworkIsToldSo(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	// Loopback is no network on which anybody else could ask.
	stop, err := answerMDNS(mdns.WithInterfaces(loopback(t)))
	if err == nil {
		t.Errorf("answers on loopback alone: %v", errors.Join(stop()))
	}
	goleak.VerifyNone(t, ignore)
}
