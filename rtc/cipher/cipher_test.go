package cipher

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
)

var testKey = [KeySize]byte([]byte("0123456789abcdef0123456789abcdef"))

const testSSRC = 0xDECAFBAD

// allModes are the modes as Mode.
func allModes() (modes []Mode) {
	for _, mode := range Modes() {
		modes = append(modes, Mode(mode))
	}
	return modes
}

func opener(t testing.TB, mode Mode) *Opener {
	t.Helper()
	made, err := NewOpener(mode, testKey, testSSRC)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func sealer(t testing.TB, mode Mode) *Sealer {
	t.Helper()
	made, err := NewSealer(mode, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// seal makes a packet, which must work.
func (s *Sealer) must(t testing.TB, sequence uint16, timestamp uint32, opus []byte) []byte {
	t.Helper()
	packet, err := s.Seal(nil, sequence, timestamp, testSSRC, opus)
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

// eachMode runs a test in every mode.
func eachMode(t *testing.T, run func(t *testing.T, mode Mode)) {
	for _, mode := range allModes() {
		t.Run(string(mode), func(t *testing.T) { run(t, mode) })
	}
}

// What other implementations made is read, whatever stands around the sound.
func TestPacketsOfOthersAreOpened(t *testing.T) {
	var known struct {
		Key, Opus string
		SSRC      uint32
		Packets   []struct {
			Mode, Shape, Packet string
			Sequence            uint16
			Timestamp           uint32
		}
	}
	text, err := os.ReadFile("testdata/packets.json")
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil {
		t.Fatal(err)
	}
	key, _ := hex.DecodeString(known.Key)
	covered := make(map[string]bool)
	for _, one := range known.Packets {
		covered[one.Mode] = true
		t.Run(one.Mode+" "+one.Shape, func(t *testing.T) {
			packet, err := hex.DecodeString(one.Packet)
			if err != nil {
				t.Fatal(err)
			}
			o, err := NewOpener(Mode(one.Mode), [KeySize]byte(key), known.SSRC)
			if err != nil {
				t.Fatal(err)
			}
			opened, err := o.Open(packet)
			if err != nil || hex.EncodeToString(opened.Opus) != known.Opus || opened.Sequence != one.Sequence || opened.Timestamp != one.Timestamp {
				t.Errorf("it is opened as %+v (%v)", opened, err)
			}
		})
	}
	if len(covered) != len(Modes()) {
		t.Errorf("there are packets of %d modes only", len(covered))
	}
}

func TestWhatIsSealedIsOpenedInTheSameMode(t *testing.T) {
	eachMode(t, func(t *testing.T, mode Mode) {
		s, o := sealer(t, mode), opener(t, mode)
		for i := range uint16(300) {
			opus := bytes.Repeat([]byte{byte(i)}, int(i)%7)
			packet := s.must(t, 65500+i, uint32(i)*960+4294900000, opus)
			if packet[0] != 0x80 || packet[1] != 0x78 || binary.BigEndian.Uint32(packet[8:]) != testSSRC || len(packet) > len(opus)+Overhead {
				t.Fatalf("the packet is %x", packet)
			}
			before := bytes.Clone(packet)
			opened, err := o.Open(packet)
			if err != nil || opened.Sequence != 65500+i || opened.Timestamp != uint32(i)*960+4294900000 || !bytes.Equal(opened.Opus, opus) {
				t.Fatalf("packet %d is opened as %+v (%v)", i, opened, err)
			}
			if !bytes.Equal(packet, before) {
				t.Fatal("opening changed the packet")
			}
		}
	})
}

func TestAModeThatIsNotThereIsRefused(t *testing.T) {
	for _, mode := range []Mode{"", "plain", "aead_aes256_gcm", "AEAD_AES256_GCM_RTPSIZE"} {
		if _, err := NewSealer(mode, testKey); !errors.Is(err, ErrMode) {
			t.Errorf("a sealer of %q: %v", mode, err)
		}
		if _, err := NewOpener(mode, testKey, testSSRC); !errors.Is(err, ErrMode) {
			t.Errorf("an opener of %q: %v", mode, err)
		}
	}
}

// In the modes that authenticate it, no bit of a packet can be changed; in the others none but those of the header.
func TestAChangedPacketIsRefused(t *testing.T) {
	eachMode(t, func(t *testing.T, mode Mode) {
		packet := sealer(t, mode).must(t, 7, 960, []byte("sound"))
		from := 0
		if mode == XSalsa20Lite || mode == XSalsa20Suffix {
			from = headerSize
		}
		for bit := 8 * from; bit < 8*len(packet); bit++ {
			changed := bytes.Clone(packet)
			changed[bit/8] ^= 1 << (bit % 8)
			if opened, err := opener(t, mode).Open(changed); err == nil {
				t.Errorf("with bit %d changed it is opened as %+v", bit, opened)
			}
		}
		for size := range packet {
			if _, err := opener(t, mode).Open(packet[:size]); err == nil {
				t.Errorf("the first %d of %d bytes are opened", size, len(packet))
			}
		}
	})
}

func TestOnlyThePacketsOfOneSSRCAreOpened(t *testing.T) {
	eachMode(t, func(t *testing.T, mode Mode) {
		packet, err := sealer(t, mode).Seal(nil, 1, 960, testSSRC+1, []byte("sound"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opener(t, mode).Open(packet); !errors.Is(err, ErrPacket) {
			t.Errorf("a packet of another stream: %v", err)
		}
	})
}

func TestAPacketIsOpenedOnce(t *testing.T) {
	eachMode(t, func(t *testing.T, mode Mode) {
		s, o := sealer(t, mode), opener(t, mode)
		var packets [][]byte
		for i := range uint16(windowSize + 40) {
			packets = append(packets, s.must(t, i, uint32(i)*960, []byte("sound")))
		}
		open := func(n int) error { _, err := o.Open(packets[n]); return err }
		// Out of order, one lost, the second before the first.
		for _, n := range []int{1, 0, 2, 5, 4} {
			if err := open(n); err != nil {
				t.Errorf("packet %d: %v", n, err)
			}
		}
		for _, n := range []int{0, 1, 2, 4, 5} {
			if err := open(n); !errors.Is(err, ErrReplayed) {
				t.Errorf("packet %d again: %v", n, err)
			}
		}
		if err := open(len(packets) - 1); err != nil {
			t.Errorf("the newest: %v", err)
		}
		late := open(3)
		if late == nil && mode != XSalsa20Suffix {
			t.Error("a packet from before the window is opened")
		}
		if err := open(len(packets) - 1 - 20); err != nil {
			t.Errorf("one within the window: %v", err)
		}
	})
}

// A stretch that was recorded and comes again after a whole round of sequence numbers is still old.
func TestSequenceNumbersThatBeginAnewMakeNothingNew(t *testing.T) {
	for _, mode := range []Mode{AES256GCM, XChaCha20Poly1305, XSalsa20Poly1305, XSalsa20Lite} {
		s, o := sealer(t, mode), opener(t, mode)
		recorded := s.must(t, 40000, 40000*960, []byte("sound"))
		if _, err := o.Open(recorded); err != nil {
			t.Fatal(err)
		}
		for i := uint32(40001); i < 40000+40000; i++ {
			if _, err := o.Open(s.must(t, uint16(i), i*960, nil)); err != nil {
				t.Fatalf("%s: packet %d: %v", mode, i, err)
			}
		}
		if _, err := o.Open(recorded); !errors.Is(err, ErrReplayed) {
			t.Errorf("%s: what was recorded: %v", mode, err)
		}
	}
}

// Libraries count in either byte order, from anywhere, over the end of the numbers.
func TestCountersOfEitherByteOrderAreFollowed(t *testing.T) {
	orders := map[string]binary.ByteOrder{"big": binary.BigEndian, "little": binary.LittleEndian}
	for name, order := range orders {
		for _, begin := range []uint32{0, 1, 250, 65530, 1<<24 - 5, 1<<32 - 5} {
			g := &counterGuard{}
			at := func(n uint32) bool {
				var nonce [secretboxNonceSize]byte
				order.PutUint32(nonce[:], begin+n)
				return g.fresh(nil, nonce)
			}
			for _, n := range []uint32{1, 0, 2, 4, 3, 70} {
				if !at(n) {
					t.Errorf("%s-endian from %d: number %d is refused", name, begin, n)
				}
			}
			for _, n := range []uint32{0, 1, 2, 3, 4, 5, 70} {
				if at(n) {
					t.Errorf("%s-endian from %d: number %d is taken again", name, begin, n)
				}
			}
		}
	}
}

func TestOldNoncesAreForgottenWhereNothingElseTells(t *testing.T) {
	g := newReplayGuard(XSalsa20Suffix).(*nonceGuard)
	for i := range uint32(3 * maxNonces) {
		var nonce [secretboxNonceSize]byte
		binary.BigEndian.PutUint32(nonce[:], i)
		if !g.fresh(nil, nonce) || g.fresh(nil, nonce) {
			t.Fatalf("nonce %d is not taken once", i)
		}
	}
	if len(g.seen) != maxNonces || len(g.ring) != maxNonces {
		t.Errorf("%d nonces are remembered", len(g.seen))
	}
}

// No counter of ours is one that a bot gets to which begins at zero, in whatever byte order; and no key serves longer than there are counters.
func TestCountersOfBothDirectionsAreApartAndEnd(t *testing.T) {
	for _, mode := range []Mode{AES256GCM, XChaCha20Poly1305, XSalsa20Lite} {
		s := sealer(t, mode)
		seen := make(map[uint32]bool)
		for _, count := range []uint32{0, 1, 127, 128, 1 << 15, 1 << 23, maxCount - 2} {
			s.count = count
			for range 2 {
				packet := s.must(t, 1, 1, nil)
				counter := packet[len(packet)-counterSize:]
				if binary.BigEndian.Uint32(counter) < 1<<31 || binary.LittleEndian.Uint32(counter) < 1<<31 {
					t.Errorf("%s: after %d packets the counter is %x", mode, count, counter)
				}
				seen[binary.BigEndian.Uint32(counter)] = true
			}
		}
		if len(seen) != 12 { // 0 and 1, 127 and 128 are looked at twice
			t.Errorf("%s: %d counters are different", mode, len(seen))
		}
		if _, err := s.Seal(nil, 1, 1, testSSRC, nil); !errors.Is(err, ErrExhausted) {
			t.Errorf("%s: without counters left: %v", mode, err)
		}
	}
}

// What cannot be read does no harm, and what can was made with the key.
func FuzzOpen(f *testing.F) {
	for i, mode := range allModes() {
		f.Add(uint8(i), sealer(f, mode).must(f, 7, 960, []byte("sound")))
		f.Add(uint8(i), []byte{0xBF, 0x78, 0, 1, 0, 0, 0, 2, 0xDE, 0xCA, 0xFB, 0xAD})
	}
	f.Add(uint8(0), []byte{})
	f.Fuzz(func(t *testing.T, at uint8, packet []byte) {
		mode := allModes()[int(at)%len(Modes())]
		o := opener(t, mode)
		opened, err := o.Open(packet)
		if err == nil && len(opened.Opus)+headerSize+tagSize > len(packet) {
			t.Errorf("%d bytes came out of %d", len(opened.Opus), len(packet))
		}
		if err == nil {
			if _, err := o.Open(packet); !errors.Is(err, ErrReplayed) {
				t.Errorf("the same packet again: %v", err)
			}
		}
	})
}

// What is inside an authentic packet may still be nonsense.
func FuzzStrip(f *testing.F) {
	f.Add([]byte{0xBF, 0x78}, []byte("0123456789abcdef"), true)
	f.Add([]byte{0x90, 0x78}, []byte{0xBE, 0xDE, 0xFF, 0xFF, 1}, false)
	f.Add([]byte{0xA0, 0x78}, []byte{0}, false)
	f.Fuzz(func(t *testing.T, header, plaintext []byte, apart bool) {
		packet := append(bytes.Clone(header), make([]byte, headerSize+4*15+preambleSize)...)
		if opus, ok := strip(packet, plaintext, apart); ok && len(opus) > len(plaintext) {
			t.Errorf("%d bytes came out of %d", len(opus), len(plaintext))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	for _, mode := range allModes() {
		b.Run(string(mode), func(b *testing.B) {
			s, opus := sealer(b, mode), make([]byte, 160)
			buffer := make([]byte, 0, MaxPacket)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Seal(buffer, 1, 1, testSSRC, opus); err != nil {
					b.Fatal(err)
				}
				s.count = 0
			}
		})
	}
}
