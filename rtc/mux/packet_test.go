package mux

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
	"golang.org/x/time/rate"
)

func TestPacketsOfWebRTCArePassedOnAndOthersAreNot(t *testing.T) {
	m := open(t, usualLimits)
	conn, err := net.Dial("udp", m.Packets().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	passed := [][]byte{binding("user:name"), {20, 254, 253}, {128, 111}}
	write(t, conn, []byte("garbage"))
	write(t, conn, make([]byte, discoverySize))
	for _, packet := range passed {
		write(t, conn, binding(""))
		write(t, conn, packet)
	}
	buffer := make([]byte, 1500)
	for _, packet := range passed {
		n, _, err := m.Packets().ReadFrom(buffer)
		if err != nil || !bytes.Equal(buffer[:n], packet) {
			t.Errorf("got %x, %v instead of %x", buffer[:n], err, packet)
		}
	}
}

func TestPlainSTUNIsAnsweredWithTheAskersAddress(t *testing.T) {
	m := open(t, usualLimits)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Packets().ReadFromAddrPort(make([]byte, 1500))
	}()
	defer func() { <-ended }()
	conn, err := net.Dial("udp", m.Packets().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewSoftware("a test"))
	write(t, conn, request.Raw)
	buffer := make([]byte, 1500)
	n, err := conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	checkBindingSuccess(t, buffer[:n], request, conn.LocalAddr().(*net.UDPAddr).AddrPort())
	if err := m.Packets().Close(); err != nil {
		t.Error(err)
	}
}

func TestPlainSTUNIsAnsweredOverIPv6(t *testing.T) {
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	from := netip.MustParseAddrPort("[2001:db8::7]:40000")
	checkBindingSuccess(t, bindingSuccess(request.Raw, from), request, from)
}

// checkBindingSuccess reads an answer with somebody else's code.
func checkBindingSuccess(t *testing.T, packet []byte, request *stun.Message, want netip.AddrPort) {
	t.Helper()
	answer := &stun.Message{Raw: packet}
	var mapped stun.XORMappedAddress
	if err := answer.Decode(); err != nil {
		t.Fatal(err)
	}
	if answer.Type != stun.BindingSuccess || answer.TransactionID != request.TransactionID {
		t.Errorf("the answer is %v", answer)
	}
	if err := stun.Fingerprint.Check(answer); err != nil {
		t.Error(err)
	}
	if err := mapped.GetFrom(answer); err != nil || mapped.IP.String() != want.Addr().String() || mapped.Port != int(want.Port()) {
		t.Errorf("the answer says %v, %v instead of %s", mapped, err, want)
	}
}

func TestPlainSTUNAnswersAreBounded(t *testing.T) {
	m := open(t, usualLimits)
	m.packets.answers = rate.NewLimiter(0, 1)
	conn, err := net.Dial("udp", m.Packets().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 3 {
		write(t, conn, binding(""))
	}
	write(t, conn, binding("user:name"))
	buffer := make([]byte, 1500)
	_, from, err := m.Packets().ReadFromAddrPort(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Packets().WriteToAddrPort([]byte("end"), from); err != nil {
		t.Fatal(err)
	}
	var answers int
	for n := 0; string(buffer[:n]) != "end"; answers++ {
		if n, err = conn.Read(buffer); err != nil {
			t.Fatal(err)
		}
	}
	if answers != 2 {
		t.Errorf("%d answers", answers-1)
	}
}

func TestStreamsAreToldByTheirFirstBytes(t *testing.T) {
	framed := append([]byte{0, stunHeaderSize}, binding("")...)
	for name, test := range map[string]struct {
		head []byte
		want StreamKind
	}{
		"nothing":                    {nil, StreamUndecided},
		"TLS":                        {[]byte{0x16}, StreamTLS},
		"a method":                   {[]byte("P"), StreamHTTP},
		"the beginning of STUN":      {binding("")[:7], StreamUndecided},
		"STUN":                       {binding("")[:8], StreamTURN},
		"the beginning of framed":    {framed[:9], StreamUndecided},
		"framed STUN":                {framed[:10], StreamICE},
		"noise, which HTTP refuses":  {make([]byte, sniffSize), StreamHTTP},
		"noise, of which more comes": {make([]byte, sniffSize-1), StreamUndecided},
	} {
		if got := ClassifyStream(test.head); got != test.want {
			t.Errorf("%s is %d instead of %d", name, got, test.want)
		}
	}
}

func TestPacketsAreToldByTheirBytes(t *testing.T) {
	discovery := make([]byte, discoverySize)
	binary.BigEndian.PutUint16(discovery, discoveryRequest)
	binary.BigEndian.PutUint16(discovery[2:], discoveryLength)
	cut := append(binding(""), 0x80, 0x22, 0, 5)
	cut[3] = 4
	response := binding("")
	response[0] = 1
	for name, test := range map[string]struct {
		packet []byte
		want   PacketKind
	}{
		"nothing":                        {nil, PacketUnknown},
		"a keepalive":                    {make([]byte, 8), PacketUnknown},
		"plain STUN":                     {binding(""), PacketSTUN},
		"a check":                        {binding("a:b"), PacketICE},
		"another STUN message":           {response, PacketICE},
		"STUN with a longer length":      {append(binding(""), 0, 0, 0, 0), PacketUnknown},
		"STUN whose attribute is cut":    {cut, PacketUnknown},
		"TURN channel data":              {[]byte{64, 0, 0, 0}, PacketUnknown},
		"DTLS, first":                    {[]byte{20}, PacketDTLS},
		"DTLS, last":                     {[]byte{63}, PacketDTLS},
		"RTP, first":                     {[]byte{128}, PacketRTP},
		"RTP, last":                      {[]byte{191}, PacketRTP},
		"what is above RTP":              {[]byte{192}, PacketUnknown},
		"a bot that asks for its own IP": {discovery, PacketDiscovery},
	} {
		if got := ClassifyPacket(test.packet); got != test.want {
			t.Errorf("%s is %d instead of %d", name, got, test.want)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, seed := range [][]byte{binding(""), binding("a:b"), []byte("GET / HTTP/1.1"), {0x16, 3, 1}, {20}, {128}, {0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}} {
		f.Add(seed)
	}
	from := netip.MustParseAddrPort("[2001:db8::1]:5")
	f.Fuzz(func(t *testing.T, packet []byte) {
		if kind := ClassifyStream(packet); kind == StreamUndecided && len(packet) >= sniffSize {
			t.Errorf("%x is undecided", packet)
		}
		for size := range packet {
			// What was decided stays decided when more comes.
			if early := ClassifyStream(packet[:size]); early != StreamUndecided && early != ClassifyStream(packet) {
				t.Errorf("%x is %d, and %d with more", packet[:size], early, ClassifyStream(packet))
			}
		}
		if ClassifyPacket(packet) == PacketSTUN {
			if err := (&stun.Message{Raw: bindingSuccess(packet, from)}).Decode(); err != nil {
				t.Errorf("the answer to %x cannot be read: %v", packet, err)
			}
		}
	})
}
