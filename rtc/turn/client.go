package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"golang.org/x/time/rate"

	"guildhall/rtc/mux"
)

// Numbers of TURN (RFC 8656 sections 12 and 12.4).
const (
	channelHead  = 4
	firstChannel = 0x4000
	lastChannel  = 0x4FFF
	stunHead     = 20
)

// client is somebody at the other end of a connection, or of a UDP address.
type client struct {
	server *Server
	// address is what pion knows the client by, with a name in the place of the zone.
	address net.Addr
	remote  netip.AddrPort
	from    netip.Prefix
	path    mux.Path
	// admit asks whether there is room for one who has proved to belong here, reply sends a message in parts, end closes.
	admit    func() bool
	reply    func(parts ...[]byte)
	end      func()
	requests *rate.Limiter

	relay atomic.Pointer[relay]

	mu       sync.Mutex
	username string
}

func (s *Server) newClient(address net.Addr, remote netip.AddrPort, path mux.Path) *client {
	bits := 32
	if remote.Addr().Is6() {
		bits = 64
	}
	from, _ := remote.Addr().WithZone("").Prefix(bits) // no error: the bits fit the address
	return &client{server: s, address: address, remote: remote, from: from, path: path, requests: rate.NewLimiter(s.limits.requests, s.limits.burst)}
}

// credential is the user name that the client has proved.
func (c *client) credential() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.username
}

// take deals with a message. It gives what pion has to look at, nil when that is nothing.
func (c *client) take(message []byte) []byte {
	if len(message) < channelHead {
		return nil
	}
	if number := binary.BigEndian.Uint16(message); number >= firstChannel {
		c.takeData(number, message)
		return nil
	}
	if isIndication(message) {
		if c.relay.Load() == nil {
			return nil
		}
		return message
	}
	if !c.requests.Allow() {
		return nil
	}
	return c.takeRequest(message)
}

// isIndication tells an indication by the class in a STUN message's type (RFC 8489 section 5).
func isIndication(message []byte) bool { return message[0]&1 == 0 && message[1]&0x10 != 0 }

// takeData passes on what comes through a channel.
func (c *client) takeData(number uint16, message []byte) {
	r := c.relay.Load()
	size := int(binary.BigEndian.Uint16(message[2:]))
	if r == nil || size > len(message)-channelHead {
		return
	}
	if peer := r.peerOf(number); peer.IsValid() {
		r.deliver(peer, message[channelHead:channelHead+size])
	}
}

// takeRequest looks at a request before pion does: whether it was made by this client, and at the peers that it names. What carries no proof, or a wrong
// one, is refused there.
func (c *client) takeRequest(message []byte) []byte {
	request := &stun.Message{Raw: slices.Clone(message)}
	if request.Decode() != nil || request.Type.Class != stun.ClassRequest {
		return nil
	}
	if !request.Contains(stun.AttrMessageIntegrity) {
		return message
	}
	switch request.Type.Method {
	case stun.MethodAllocate, stun.MethodCreatePermission, stun.MethodChannelBind:
	default:
		return message
	}
	var username stun.Username
	if username.GetFrom(request) != nil {
		return message
	}
	key := c.server.key(username.String())
	switch {
	case key == nil || stun.MessageIntegrity(key).Check(request) != nil:
	case request.Type.Method == stun.MethodAllocate:
		if !c.server.firstUse(username.String(), request.TransactionID, c) {
			// It was overheard on its way, and is a stranger's: without the proof.
			return stun.MustBuild(stun.NewTransactionIDSetter(request.TransactionID), request.Type).Raw
		}
	case !c.mayReach(request, username.String()):
		c.server.options.Log.Debug("a relay was asked for another peer than the media port", "remote", c.remote)
		c.refuse(request, key)
		return nil
	}
	return message
}

// mayReach tells whether all peers that a request names are the media port.
func (c *client) mayReach(request *stun.Message, username string) bool {
	allowed := true
	err := request.ForEach(stun.AttrXORPeerAddress, func(m *stun.Message) error {
		var peer stun.XORMappedAddress
		if err := peer.GetFromAs(m, stun.AttrXORPeerAddress); err != nil {
			return err
		}
		address, _ := netip.AddrFromSlice(peer.IP)
		if peer.Port == 0 && request.Type.Method == stun.MethodCreatePermission {
			peer.Port = c.server.options.Port // Permissions are for addresses; ports are passed over (RFC 8656 section 9.2).
		}
		allowed = allowed && c.server.mayReach(username, netip.AddrPortFrom(address.Unmap(), uint16(peer.Port)))
		return nil
	})
	return err == nil && allowed
}

// refuse answers 403: forbidden.
func (c *client) refuse(request *stun.Message, key []byte) {
	answer, err := stun.Build(stun.NewTransactionIDSetter(request.TransactionID), stun.NewType(request.Type.Method, stun.ClassErrorResponse),
		stun.CodeForbidden, stun.MessageIntegrity(key))
	if err == nil {
		c.reply(answer.Raw)
	}
}

// authenticate implements turn.AuthHandler. The name that it gives leads back to the client.
func (s *Server) authenticate(attributes *turn.RequestAttributes) (userID string, key []byte, ok bool) {
	c := s.client(attributes.SrcAddr)
	if c == nil || attributes.Realm != realm {
		return "", nil, false
	}
	if key = s.key(attributes.Username); key == nil {
		return "", nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.relay.Load() == nil {
		c.username = attributes.Username // It counts only when the proof that comes with it is good.
	}
	return userName(c.address, attributes.Username), key, true
}

// userName is a client and its credential in one text.
func userName(address net.Addr, username string) string { return username + " " + addressName(address) }

// addressName tells clients apart where addresses alone may be the same: they have a name in the place of the zone, which nothing else uses.
func addressName(address net.Addr) string {
	switch a := address.(type) {
	case *net.TCPAddr:
		return a.Zone
	case *net.UDPAddr:
		return a.Zone
	}
	return ""
}

// clientNumber numbers clients.
var clientNumber atomic.Uint64

func nextName() string { return strconv.FormatUint(clientNumber.Add(1), 36) }
