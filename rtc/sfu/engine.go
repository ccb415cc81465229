package sfu

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"
)

const (
	// opusClock is Opus' RTP clock in Hz (RFC 7587 section 4.1).
	opusClock = 48000
	// opusPayloadType is ours when the client has no other, the number that browsers use.
	opusPayloadType = 111
	// opusParameters ask senders for in-band error correction, and for nothing to be sent while nothing is said (RFC 7587 section 6.1).
	opusParameters = "minptime=10;useinbandfec=1;usedtx=1"
	// levelExtension is the header extension with the level of a packet's audio (RFC 6464).
	levelExtension = sdp.AudioLevelURI
	// receiveSize is the size of buffers for one packet: more than any path carries.
	receiveSize = 1500
	// handshakeRetry is how long DTLS waits for an answer before it repeats itself. The default of one second is a long silence for somebody who joins.
	handshakeRetry = 250 * time.Millisecond
)

// engine is pion, set up.
type engine struct {
	media    *webrtc.MediaEngine
	settings webrtc.SettingEngine
}

// newEngine sets pion up: ICE-lite on the one socket, Opus and the video codecs, AES-GCM where the client has it.
func newEngine(options Options, mux ice.UDPMux) (*engine, error) {
	media := &webrtc.MediaEngine{}
	if err := errors.Join(registerAudio(media), registerVideo(media)); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{LoggerFactory: loggers{options.Log}}
	settings.SetLite(true)
	settings.SetICEUDPMux(mux)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetICETimeouts(options.DisconnectedAfter, options.FailedAfter, time.Second)
	settings.SetDTLSRetransmissionInterval(handshakeRetry)
	// ICE has proved the client's address already, so the cookie's round trip would prove nothing new.
	settings.SetDTLSInsecureSkipHelloVerify(true)
	settings.SetReceiveMTU(receiveSize)
	// AES-GCM first: it is a quarter cheaper than AES-CM with HMAC where the processor has AES. The DTLS server's preference counts, so that is what we are.
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	if err := settings.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, err
	}
	return &engine{media, settings}, nil
}

// api gives what makes a connection whose packets go into buffers of its own, and whose keys of media are noted.
func (e *engine) api(buffer func(packetio.BufferPacketType, uint32) io.ReadWriteCloser, keys *handshakeKeys) *webrtc.API {
	settings := e.settings
	settings.SetDTLSKeyLogWriter(keys)
	settings.SetDTLSServerHelloMessageHook(keys.hello)
	settings.BufferFactory = buffer
	// No interceptors: reports are made once a second for all of a peer's streams, and no packet passes a chain.
	return webrtc.NewAPI(webrtc.WithMediaEngine(e.media), webrtc.WithSettingEngine(settings), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
}

// registerAudio allows Opus, without RED, which bots cannot unpack, and the header extensions that are read.
func registerAudio(engine *webrtc.MediaEngine) error {
	err := engine.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opusClock, Channels: 2, SDPFmtpLine: opusParameters},
		PayloadType:        opusPayloadType,
	}, webrtc.RTPCodecTypeAudio)
	for _, uri := range []string{levelExtension, sdp.SDESMidURI} {
		err = errors.Join(err, engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverDirectionRecvonly))
	}
	return err
}

// certificateLife is long because clients know the certificate by its fingerprint, and a hall may run for years.
const certificateLife = 20 * 365 * 24 * time.Hour

// newCertificate makes the certificate that all connections use until the next start; making one for each would cost them time.
func newCertificate() (*webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return webrtc.NewCertificate(key, x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "WebRTC"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certificateLife)})
}

// socketMux is pion's multiplexer of connections on one socket, with one local candidate per address family: which addresses clients are
// told is our affair, and every further candidate would cost each connection a goroutine.
type socketMux struct {
	*ice.UDPMuxDefault
	addresses []net.Addr
	families  families
}

// families are the address families that a socket serves.
type families struct{ ipv4, ipv6 bool }

func newSocketMux(packets net.PacketConn, log *slog.Logger) *socketMux {
	m := &socketMux{UDPMuxDefault: ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: packets, Logger: loggers{log}.NewLogger("ice")})}
	local, _ := packets.LocalAddr().(*net.UDPAddr)
	switch {
	case local == nil || !local.IP.IsUnspecified():
		m.addresses = []net.Addr{packets.LocalAddr()}
		ipv4 := local == nil || local.IP.To4() != nil
		m.families = families{ipv4: ipv4, ipv6: !ipv4}
	case local.IP.To4() != nil:
		m.addresses = []net.Addr{&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: local.Port}}
		m.families = families{ipv4: true}
	default:
		m.addresses = []net.Addr{&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: local.Port}, &net.UDPAddr{IP: net.IPv6loopback, Port: local.Port}}
		m.families = families{ipv4: true, ipv6: true}
	}
	return m
}

// GetListenAddresses gives pion one address per family to make a candidate of.
func (m *socketMux) GetListenAddresses() []net.Addr { return m.addresses }

// loggers hands pion loggers that write to ours. What is an error to pion, such as a packet that a stranger made up, is everyday life of an open
// port: it is for who looks closely. What matters reaches our log through states and errors.
type loggers struct{ log *slog.Logger }

// NewLogger makes a logger for one of pion's packages.
func (l loggers) NewLogger(scope string) logging.LeveledLogger {
	return logger{l.log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) write(message string) { l.log.Debug(message) }

func (l logger) writef(format string, values ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(fmt.Sprintf(format, values...))
	}
}

func (logger) Trace(string)                          {}
func (logger) Tracef(string, ...any)                 {}
func (logger) Debug(string)                          {}
func (logger) Debugf(string, ...any)                 {}
func (l logger) Info(message string)                 { l.write(message) }
func (l logger) Infof(format string, values ...any)  { l.writef(format, values...) }
func (l logger) Warn(message string)                 { l.write(message) }
func (l logger) Warnf(format string, values ...any)  { l.writef(format, values...) }
func (l logger) Error(message string)                { l.write(message) }
func (l logger) Errorf(format string, values ...any) { l.writef(format, values...) }
