package mux

import (
	"encoding/binary"
	"errors"
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Bot is told of the packets that are about one bot. Its methods are called by whoever reads Packets, one at a time, and must return soon.
type Bot interface {
	// Discovered tells that the bot asked from an address what its address is. It was answered. Anybody who has learned the bot's SSRC can ask so.
	Discovered(from netip.AddrPort)
	// Take takes a packet that looks like media with the bot's SSRC. It tells whether it was the bot's: if not, the packet may be somebody else's who
	// has the same SSRC by chance.
	Take(packet []byte, from netip.AddrPort) bool
}

// Answers to bots are bounded for the whole port, although none is larger than its question and only SSRCs and addresses of bots that are here are answered.
const (
	botAnswersPerSecond = 500
	botAnswersBurst     = 1000
)

const (
	// maxKeepalive is the size of the largest packet that is a bot's keepalive whatever is in it. No packet of WebRTC is as small: the least are DTLS records of 13 bytes.
	maxKeepalive = 8
	// rtpHeaderSize is where the smallest RTP packet ends, and ssrcOffset where it names its stream (RFC 3550 section 5.1).
	rtpHeaderSize = 12
	ssrcOffset    = 8
	// pingMagic begins a bot's question whether it is heard, pongMagic the answer; what follows comes back as it is.
	pingMagic         = 0x1337CAFE
	pongMagic         = 0x1337F00D
	discoveryResponse = 0x0002
	// discoveryAddress is where the 64 bytes of an address begin in IP discovery, discoveryPort where the port stands.
	discoveryAddress = 8
	discoveryPort    = 72
)

// ErrSSRCTaken says that another bot has the SSRC.
var ErrSSRCTaken = errors.New("another bot has this SSRC")

// bots are those that are here. Packets go by a copy that never changes, so that they take no lock.
type bots struct {
	answers *rate.Limiter

	mu    sync.Mutex
	known atomic.Pointer[knownBots]
}

// knownBots are the bots by what tells their packets.
type knownBots struct {
	bySSRC    map[uint32]*BotRoute
	byAddress map[netip.AddrPort]*BotRoute
}

func newBots() *bots {
	return &bots{answers: rate.NewLimiter(botAnswersPerSecond, botAnswersBurst)}
}

// change makes a changed copy of what is known the one that packets go by.
func (b *bots) change(change func(*knownBots)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	changed := &knownBots{bySSRC: make(map[uint32]*BotRoute), byAddress: make(map[netip.AddrPort]*BotRoute)}
	if before := b.known.Load(); before != nil {
		maps.Copy(changed.bySSRC, before.bySSRC)
		maps.Copy(changed.byAddress, before.byAddress)
	}
	change(changed)
	if len(changed.bySSRC) == 0 {
		changed = nil // Where there is no bot, a packet costs one look at a pointer.
	}
	b.known.Store(changed)
}

// BotRoute is the way of one bot's packets.
type BotRoute struct {
	bots *bots
	ssrc uint32
	bot  Bot
	// address is guarded by the lock of bots.
	address netip.AddrPort
}

// AddBot has the packets that name an SSRC given to a bot, until the route is closed. It says ErrSSRCTaken.
func (p *Packets) AddBot(ssrc uint32, bot Bot) (*BotRoute, error) {
	route := &BotRoute{bots: p.bots, ssrc: ssrc, bot: bot}
	var err error
	p.bots.change(func(known *knownBots) {
		if known.bySSRC[ssrc] != nil {
			err = ErrSSRCTaken
			return
		}
		known.bySSRC[ssrc] = route
	})
	if err != nil {
		return nil, err
	}
	return route, nil
}

// At says from which address the bot has proved to send: its keepalives are taken, and its pings answered.
func (r *BotRoute) At(address netip.AddrPort) {
	r.bots.change(func(known *knownBots) {
		if known.bySSRC[r.ssrc] != r {
			return // It is closed.
		}
		r.leave(known)
		r.address = address
		known.byAddress[address] = r
	})
}

// Close ends the route.
func (r *BotRoute) Close() {
	r.bots.change(func(known *knownBots) {
		if known.bySSRC[r.ssrc] == r {
			delete(known.bySSRC, r.ssrc)
		}
		r.leave(known)
	})
}

// leave forgets where the bot was. The lock is held.
func (r *BotRoute) leave(known *knownBots) {
	if known.byAddress[r.address] == r {
		delete(known.byAddress, r.address)
	}
}

// takeBots tells whether a packet was a bot's, and deals with it then. Where it comes from says so for what is too small to be anything else; everything
// else says itself whose it is: who claims to be a bot at somebody's address takes nothing away from them.
func (p *Packets) takeBots(packet []byte, from netip.AddrPort) bool {
	known := p.bots.known.Load()
	switch {
	case known == nil:
		return false
	case len(packet) <= maxKeepalive:
		if known.byAddress[from] == nil {
			return false
		}
		p.answerPing(packet, from)
		return true
	}
	switch ClassifyPacket(packet) {
	case PacketDiscovery:
		route := known.bySSRC[binary.BigEndian.Uint32(packet[4:])]
		if route != nil && p.bots.answers.Allow() {
			p.answerBot(discoveryAnswer(packet, from), from)
			route.bot.Discovered(from)
		}
		return true
	case PacketRTP:
		if len(packet) < rtpHeaderSize {
			return false
		}
		route := known.bySSRC[binary.BigEndian.Uint32(packet[ssrcOffset:])]
		return route != nil && route.bot.Take(packet, from)
	}
	return false
}

// answerPing answers a bot that asks whether it is heard.
func (p *Packets) answerPing(packet []byte, from netip.AddrPort) {
	if len(packet) < 4 || binary.BigEndian.Uint32(packet) != pingMagic || !p.bots.answers.Allow() {
		return
	}
	p.answerBot(append(binary.BigEndian.AppendUint32(nil, pongMagic), packet[4:]...), from)
}

func (p *Packets) answerBot(answer []byte, to netip.AddrPort) {
	if _, err := p.WriteToAddrPort(answer, to); err != nil {
		p.log.Debug("an answer to a bot could not be sent", "error", err)
	}
}

// discoveryAnswer tells a bot the address that its packet came from
// (https://discord.com/developers/docs/topics/voice-connections#ip-discovery). It is as large as the question.
func discoveryAnswer(request []byte, from netip.AddrPort) []byte {
	answer := make([]byte, discoverySize)
	binary.BigEndian.PutUint16(answer, discoveryResponse)
	binary.BigEndian.PutUint16(answer[2:], discoveryLength)
	copy(answer[4:discoveryAddress], request[4:])
	copy(answer[discoveryAddress:discoveryPort-1], from.Addr().WithZone("").String()) // A zero ends it.
	binary.BigEndian.PutUint16(answer[discoveryPort:], from.Port())
	return answer
}
