package sfu

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"
)

// sealed makes a sealer and what opens its packets, which is pion's.
func sealed(t testing.TB, profile srtp.ProtectionProfile, keySize int) (*sealer, *srtp.Context) {
	t.Helper()
	key, salt := bytes.Repeat([]byte{7, 9}, keySize/2), bytes.Repeat([]byte{3, 5}, gcmSaltSize/2)
	made, err := newSealer(key, salt)
	if err != nil {
		t.Fatal(err)
	}
	opener, err := srtp.CreateContext(key, salt, profile)
	if err != nil {
		t.Fatal(err)
	}
	return made, opener
}

func TestSealedPacketsAreOpenedByOthers(t *testing.T) {
	for profile, keySize := range map[srtp.ProtectionProfile]int{srtp.ProtectionProfileAeadAes128Gcm: 16, srtp.ProtectionProfileAeadAes256Gcm: 32} {
		sealer, opener := sealed(t, profile, keySize)
		header := rtp.Header{Version: 2, Marker: true, PayloadType: 111, Timestamp: 5}
		check := func(sequence uint16) {
			t.Helper()
			header.SequenceNumber = sequence
			payload := fmt.Appendf(nil, "packet %d", sequence)
			packet := sealer.seal(make([]byte, 0, 200), &header, payload)
			var opened rtp.Header
			plain, err := opener.DecryptRTP(nil, packet, &opened)
			if err != nil || !bytes.Equal(plain[opened.MarshalSize():], payload) || opened.SequenceNumber != sequence || opened.SSRC != header.SSRC {
				t.Fatalf("packet %d is opened as %q, %v", sequence, plain, err)
			}
		}
		for _, ssrc := range []uint32{1, 0xfedcba98} {
			header.SSRC = ssrc
			for sequence := range 1 << 18 {
				if sequence%101 == 0 {
					check(uint16(sequence + 65500))
				}
			}
			// Late by a wrap, and a jump.
			check(30)
			check(65530)
			check(31)
			check(20000)
		}
		if err := header.SetExtension(3, []byte{1, 2}); err != nil {
			t.Fatal(err)
		}
		check(20001)
	}
}

func TestPacketsThatCannotBeSealedAreRefused(t *testing.T) {
	sealer, _ := sealed(t, srtp.ProtectionProfileAeadAes128Gcm, 16)
	header := rtp.Header{Version: 2, SSRC: 1, SequenceNumber: 2}
	if packet := sealer.seal(make([]byte, 0, 12+4+sealSize-1), &header, []byte("four")); packet != nil {
		t.Errorf("%x has no room", packet)
	}
	if packet := sealer.seal(make([]byte, 0, 12+4+sealSize), &header, []byte("four")); packet == nil {
		t.Error("a packet that just fits was refused")
	}
	header.SequenceNumber = 65535
	if packet := sealer.seal(make([]byte, 0, 100), &header, []byte("four")); packet != nil {
		t.Errorf("%x is from before the first", packet)
	}
}

func TestSealingAllocatesNothing(t *testing.T) {
	sealer, _ := sealed(t, srtp.ProtectionProfileAeadAes128Gcm, 16)
	header, payload, space := rtp.Header{Version: 2, SSRC: 1}, make([]byte, 160), make([]byte, 0, 1500)
	if allocated := testing.AllocsPerRun(100, func() {
		header.SequenceNumber++
		sealer.seal(space, &header, payload)
	}); allocated > 0 {
		t.Errorf("%.1f allocations for each packet", allocated)
	}
}

// Clients with every kind of protection hear each other; those without AES-GCM by pion's way.
func TestEveryProtectionIsHeard(t *testing.T) {
	for name, test := range map[string]struct {
		profiles []dtls.SRTPProtectionProfile
		suites   []dtls.CipherSuiteID
		way      uint32
	}{
		"AES-128-GCM":              {[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}, nil, wayOwn},
		"AES-256-GCM":              {[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_256_GCM}, nil, wayOwn},
		"AES-128-GCM, SHA-384":     {[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}, []dtls.CipherSuiteID{dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}, wayOwn},
		"AES-128-GCM, ChaCha20":    {[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}, []dtls.CipherSuiteID{dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}, wayOwn},
		"AES-CM, of older clients": {[]dtls.SRTPProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_80}, nil, wayPion},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSFU(t, nil)
			a := enter(t, s, lounge, alice, State{})
			a.dial(true, 1, func(settings *webrtc.SettingEngine) {
				settings.SetSRTPProtectionProfiles(test.profiles...)
				if test.suites != nil {
					settings.SetDTLSCipherSuites(test.suites...)
				}
			})
			a.negotiate()
			b := join(t, s, lounge, bob, 1)
			a.untilConnected()
			a.mic.speak(loud)
			b.mic.speak(loud)
			a.untilHears(b)
			b.untilHears(a)
			a.peer.room.mu.Lock()
			way := a.peer.transport.(*connection).egress.way.Load()
			a.peer.room.mu.Unlock()
			if way != test.way {
				t.Errorf("media goes by way %d instead of %d", way, test.way)
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{160, 1100} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			sealer, _ := sealed(b, srtp.ProtectionProfileAeadAes128Gcm, 16)
			header, payload, space := rtp.Header{Version: 2, SSRC: 1}, make([]byte, size), make([]byte, 0, 1500)
			b.ReportAllocs()
			for b.Loop() {
				header.SequenceNumber++
				sealer.seal(space, &header, payload)
			}
		})
	}
}
