package signal

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"

	"guildhall/rtc/cipher"
	"guildhall/rtc/mux"
	"guildhall/rtc/sfu"
)

// BotPort is the UDP port, as far as bots use it: mux.Packets is one.
type BotPort interface {
	// AddBot has the packets that name an SSRC given to a bot. It says mux.ErrSSRCTaken.
	AddBot(ssrc uint32, bot mux.Bot) (*mux.BotRoute, error)
	// WriteToAddrPort sends one packet.
	WriteToAddrPort(packet []byte, to netip.AddrPort) (int, error)
}

// SelectUDP is the data of op 1 for protocol "udp". What a bot says of its own address is not used: media goes where packets of its have come from.
type SelectUDP struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Mode    string `json:"mode"`
}

// SessionKey is the payload of op 4 for protocol "udp".
type SessionKey struct {
	Mode string `json:"mode"`
	// SecretKey is a list of numbers, as libraries want it.
	SecretKey           [cipher.KeySize]uint16 `json:"secret_key"`
	AudioCodec          string                 `json:"audio_codec"`
	VideoCodec          string                 `json:"video_codec"`
	MediaSessionID      string                 `json:"media_session_id"`
	DAVEProtocolVersion int                    `json:"dave_protocol_version"`
}

// Packets from an address that is not known as the bot's are opened only so often: it may have moved, or somebody may make them up.
const (
	strangersPerSecond = 50
	strangersBurst     = 50
)

// sealer makes packets, as a cipher.Sealer does.
type sealer interface {
	Seal(dst []byte, sequence uint16, timestamp, ssrc uint32, opus []byte) ([]byte, error)
}

// botLink is how a session's media goes over UDP, in protocol "udp". It implements mux.Bot. Until the protocol is chosen it waits for the bot's
// IP discovery; sessions of browsers give theirs up then.
//
// Media goes to an address only when a packet came from there: a discovery with the session's SSRC until the first authentic packet of media, and from then
// on where authentic packets come from.
type botLink struct {
	session *session
	port    BotPort
	route   *mux.BotRoute
	// strangers bounds work for packets from other addresses.
	strangers *rate.Limiter

	mu     sync.Mutex
	opener *cipher.Opener
	sealer sealer
	line   *sfu.Line
	// address is where media goes; proved tells that authentic media has come from there.
	address netip.AddrPort
	proved  bool
	// packet is where packets are made.
	packet []byte
	closed bool
}

// errLinkClosed says that the session's media goes another way already.
var errLinkClosed = errors.New("the session has chosen another protocol, or has ended")

// modes are what READY offers.
func (s *Server) modes() []string {
	if s.options.Bots == nil {
		return []string{}
	}
	return cipher.Modes()
}

func newStrangers() *rate.Limiter { return rate.NewLimiter(strangersPerSecond, strangersBurst) }

// newBotLink gives a session an SSRC, and its discovery a place to come to.
func newBotLink(session *session, port BotPort) (*botLink, error) {
	link := &botLink{session: session, port: port, strangers: newStrangers(), packet: make([]byte, 0, cipher.MaxPacket)}
	link.mu.Lock()
	defer link.mu.Unlock()
	for {
		var err error
		if link.route, err = port.AddBot(session.ssrc, link); err == nil {
			return link, nil
		}
		if !errors.Is(err, mux.ErrSSRCTaken) {
			return nil, err
		}
		session.ssrc = newSSRC()
	}
}

// close ends the link. Nothing is sent when it returns.
func (l *botLink) close() {
	l.route.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.opener, l.sealer, l.line = true, nil, nil, nil
}

// choose agrees on a mode and a new key. It says cipher.ErrMode.
func (l *botLink) choose(mode cipher.Mode) (key [cipher.KeySize]byte, err error) {
	rand.Read(key[:]) // It never fails (crypto/rand).
	opener, err := cipher.NewOpener(mode, key, l.session.ssrc)
	if err != nil {
		return key, err
	}
	sealer, err := cipher.NewSealer(mode, key)
	if err != nil {
		return key, err
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return key, errLinkClosed
	}
	l.opener, l.sealer, l.line = opener, sealer, nil
	l.mu.Unlock()
	l.session.overUDP.Store(true)
	line, err := l.session.peer.OpenLine(sfu.LineOptions{SSRC: l.session.ssrc, Send: l.send, Path: l.path})
	if err != nil {
		return key, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.line = line
	}
	return key, nil
}

// Discovered implements mux.Bot.
func (l *botLink) Discovered(from netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.proved {
		l.moveTo(from)
	}
}

// moveTo has media go to an address. The lock is held.
func (l *botLink) moveTo(address netip.AddrPort) {
	if l.address != address {
		l.address = address
		l.route.At(address)
	}
}

// Take implements mux.Bot.
func (l *botLink) Take(packet []byte, from netip.AddrPort) bool {
	opened, line, mine := l.open(packet, from)
	if line != nil {
		line.Take(opened.Sequence, opened.Timestamp, opened.Opus, len(packet))
	}
	return mine
}

// open opens a packet, and gives the line that it goes to if it is to go on. mine tells that it was made with the session's key.
func (l *botLink) open(packet []byte, from netip.AddrPort) (opened cipher.Packet, line *sfu.Line, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opener == nil || from != l.address && !l.strangers.Allow() {
		return opened, nil, false
	}
	opened, err := l.opener.Open(packet)
	if err != nil {
		return opened, nil, errors.Is(err, cipher.ErrReplayed)
	}
	l.proved = true
	l.moveTo(from)
	return opened, l.line, true
}

// send sends a packet to the bot.
func (l *botLink) send(ssrc uint32, sequence uint16, timestamp uint32, opus []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealer == nil || !l.address.IsValid() || len(opus)+cipher.Overhead > cipher.MaxPacket {
		return false
	}
	packet, err := l.sealer.Seal(l.packet, sequence, timestamp, ssrc, opus)
	if err != nil {
		// The key has done its work. The bot identifies anew, and gets another.
		l.sealer = nil
		l.session.hangUp(CloseSession, "the key is used up: identify anew")
		return false
	}
	_, err = l.port.WriteToAddrPort(packet, l.address)
	return err == nil
}

func (l *botLink) path() (string, netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.address.IsValid() {
		return "", netip.AddrPort{}
	}
	return "udp", l.address
}

// selectUDP answers a bot that has chosen its encryption.
func (c *connection) selectUDP(data json.RawMessage) error {
	link := c.session.link
	if link == nil {
		return &closing{CloseProtocol, "protocol udp is not spoken here"}
	}
	var request SelectUDP
	if err := decode(data, &request); err != nil {
		return err
	}
	c.session.hold()
	key, err := link.choose(cipher.Mode(request.Mode))
	switch {
	case errors.Is(err, cipher.ErrMode):
		c.session.release(nil)
		return &closing{CloseMode, "there is no such encryption mode here"}
	case errors.Is(err, errLinkClosed):
		c.session.release(nil)
		return &closing{CloseProtocol, "this session has chosen another protocol"}
	case err != nil:
		c.session.release(nil)
		return c.unanswered(err)
	}
	description := SessionKey{Mode: request.Mode, AudioCodec: "opus", VideoCodec: "VP8", MediaSessionID: c.session.mediaID}
	for i, b := range key {
		description.SecretKey[i] = uint16(b)
	}
	c.session.release(&serverFrame{Op: OpSessionDescription, Data: description})
	return nil
}
