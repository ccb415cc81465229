package turn

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"guildhall/rtc/mux"
)

// talkersChannel is the channel that a talker binds.
const talkersChannel = 0x4001

// talker speaks TURN message by message, and says what no good client would.
type talker struct {
	conn       net.PacketConn
	to         net.Addr
	reader     *bufio.Reader
	credential Credential
	nonce      string
}

func newTalker(t testing.TB, h *testHall, path mux.Path, credential Credential) *talker {
	t.Helper()
	k := &talker{conn: h.dial(path), to: h.media(), credential: credential}
	if stream, ok := k.conn.(*turn.STUNConn); ok {
		k.reader = bufio.NewReader(stream.Conn())
	} else {
		k.to = h.udp.LocalAddr()
	}
	return k
}

func (k *talker) send(t testing.TB, message []byte) {
	t.Helper()
	if _, err := k.conn.WriteTo(message, k.to); err != nil {
		t.Fatal(err)
	}
}

// read gives the next message.
func (k *talker) read(t testing.TB) []byte {
	t.Helper()
	if k.reader == nil {
		buffer := make([]byte, 2000)
		n, _, err := k.conn.ReadFrom(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return buffer[:n]
	}
	head, err := k.reader.Peek(channelHead)
	if err != nil {
		t.Fatal(err)
	}
	message := make([]byte, messageSize(head))
	if _, err := io.ReadFull(k.reader, message); err != nil {
		t.Fatal(err)
	}
	return message
}

// ask sends a request and reads the answer.
func (k *talker) ask(t testing.TB, request *stun.Message) *stun.Message {
	t.Helper()
	k.send(t, request.Raw)
	for {
		answer := &stun.Message{Raw: k.read(t)}
		if err := answer.Decode(); err != nil {
			t.Fatal(err)
		}
		if answer.TransactionID == request.TransactionID && answer.Type.Class != stun.ClassRequest {
			var nonce stun.Nonce
			if nonce.GetFrom(answer) == nil {
				k.nonce = nonce.String()
			}
			return answer
		}
	}
}

func codeOf(message *stun.Message) stun.ErrorCode {
	var code stun.ErrorCodeAttribute
	if code.GetFrom(message) != nil {
		return 0
	}
	return code.Code
}

// request makes a request with the talker's proof.
func (k *talker) request(method stun.Method, attributes ...stun.Setter) *stun.Message {
	setters := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
	return stun.MustBuild(append(setters, stun.NewUsername(k.credential.Username), stun.NewRealm(realm), stun.NewNonce(k.nonce),
		stun.MessageIntegrity(turn.GenerateAuthKey(k.credential.Username, realm, k.credential.Password)))...)
}

// allocate gets an allocation, and gives the request that did.
func (k *talker) allocate(t testing.TB) *stun.Message {
	t.Helper()
	transport := stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}
	if first := k.ask(t, stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), transport)); codeOf(first) != stun.CodeUnauthorized {
		t.Fatalf("without credentials: %v", first)
	}
	request := k.request(stun.MethodAllocate, transport)
	if answer := k.ask(t, request); answer.Type.Class != stun.ClassSuccessResponse {
		t.Fatalf("no allocation: %v", answer)
	}
	return request
}

func peerAttribute(ip string, port int) stun.Setter { return peerSetter{net.ParseIP(ip), port, ip} }

type peerSetter struct {
	ip   net.IP
	port int
	text string
}

// AddTo writes the address in the family in which it was written down: mapped addresses as IPv6.
func (p peerSetter) AddTo(m *stun.Message) error {
	four := p.ip.To4()
	mapped := len(p.text) > 7 && p.text[:7] == "::ffff:"
	if four != nil && !mapped {
		return (&stun.XORMappedAddress{IP: four, Port: p.port}).AddToAs(m, stun.AttrXORPeerAddress)
	}
	value := make([]byte, 20)
	value[1] = 2
	binary.BigEndian.PutUint16(value[2:], uint16(p.port)^0x2112)
	mask := append(binary.BigEndian.AppendUint32(nil, stunCookie), m.TransactionID[:]...)
	for i, b := range p.ip.To16() {
		value[4+i] = b ^ mask[i]
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}

// bind asks for the talker's channel, each time for another one, and gives the error's code.
func (k *talker) bind(t testing.TB, ip string, port int) stun.ErrorCode {
	t.Helper()
	number := uint16(talkersChannel)
	if port == 7000 {
		number++
	}
	return codeOf(k.ask(t, k.request(stun.MethodChannelBind,
		stun.RawAttribute{Type: stun.AttrChannelNumber, Value: binary.BigEndian.AppendUint32(nil, uint32(number)<<16)}, peerAttribute(ip, port))))
}

// permit asks for a permission, for pairs of address and port.
func (k *talker) permit(t testing.TB, pairs ...any) stun.ErrorCode {
	t.Helper()
	var peers []stun.Setter
	for i := 0; i < len(pairs); i += 2 {
		peers = append(peers, peerAttribute(pairs[i].(string), pairs[i+1].(int)))
	}
	return codeOf(k.ask(t, k.request(stun.MethodCreatePermission, peers...)))
}

// indicate sends a packet without a channel.
func (k *talker) indicate(t testing.TB, ip string, port int, packet []byte) {
	t.Helper()
	k.send(t, stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAttribute(ip, port),
		stun.RawAttribute{Type: stun.AttrData, Value: packet}).Raw)
}

// data sends a packet through a channel.
func (k *talker) data(t testing.TB, channel uint16, packet []byte) {
	t.Helper()
	head := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, channel), uint16(len(packet)))
	message := append(head, packet...)
	if k.reader != nil {
		message = append(message, padding[:-len(packet)&3]...)
	}
	k.send(t, message)
}

// readData gives the next packet that comes through a channel or in an indication.
func (k *talker) readData(t testing.TB) []byte {
	t.Helper()
	for {
		message := k.read(t)
		if message[0] >= firstChannel>>8 {
			return message[channelHead : channelHead+int(binary.BigEndian.Uint16(message[2:]))]
		}
		indication := &stun.Message{Raw: message}
		if indication.Decode() == nil && indication.Type.Method == stun.MethodData {
			data, err := indication.Get(stun.AttrData)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
}
