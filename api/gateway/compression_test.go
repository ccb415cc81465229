package gateway

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/zstd"

	"guildhall/store/id"
)

// compressions are the queries by which clients ask for compression.
var compressions = []string{"?v=10&compress=zlib-stream", "?v=10&compress=zstd-stream"}

// roomForCompression lets some connections be compressed.
func roomForCompression(o *Options) { o.Compression = CompressionLimits{Zlib: 8, Zstd: 8} }

// unpacker reads a connection's messages through a real decoder: the compressed stream is what all of its binary messages come to, one after another.
type unpacker struct {
	socket *websocket.Conn
	zlib   bool
	// text is the decoder's output, nil before the first message.
	text  io.Reader
	close func()
	// left is what the decoder has not taken yet of the last message.
	left []byte
	// bytes counts what came.
	bytes int
}

func newUnpacker(query string, socket *websocket.Conn) *unpacker {
	u := &unpacker{socket: socket, zlib: strings.Contains(query, "zlib-stream"), close: func() {}}
	if !u.zlib && !strings.Contains(query, "zstd-stream") {
		return nil
	}
	return u
}

// next takes the next message. It gives text that came uncompressed.
func (u *unpacker) next() (text []byte, err error) {
	kind, data, err := u.socket.ReadMessage()
	switch {
	case err != nil:
		return nil, err
	case kind == websocket.TextMessage:
		return data, nil
	case u.zlib && !bytes.HasSuffix(data, []byte{0, 0, 0xff, 0xff}):
		return nil, fmt.Errorf("a message ends %x", data[max(0, len(data)-4):])
	}
	u.left = data
	u.bytes += len(data)
	return nil, nil
}

// ReadByte and Read give the compressed stream; nothing is left when the decoder asks for more than a message has.
func (u *unpacker) ReadByte() (byte, error) {
	if len(u.left) == 0 {
		return 0, errors.New("the message ends too soon")
	}
	first := u.left[0]
	u.left = u.left[1:]
	return first, nil
}

func (u *unpacker) Read(into []byte) (int, error) {
	if len(u.left) == 0 {
		return 0, errors.New("the message ends too soon")
	}
	n := copy(into, u.left)
	u.left = u.left[n:]
	return n, nil
}

// open begins to decode.
func (u *unpacker) open() (err error) {
	if u.zlib {
		u.text, err = zlib.NewReader(u)
		return err
	}
	decoder, err := zstd.NewReader(u, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
	if err == nil {
		u.text, u.close = decoder, decoder.Close
	}
	return err
}

// read gives the next message's text.
func (u *unpacker) read() ([]byte, error) {
	text, err := u.next()
	if err != nil || text != nil {
		return text, err
	}
	if u.text == nil {
		if err := u.open(); err != nil {
			return nil, err
		}
	}
	var frame json.RawMessage
	if err := json.NewDecoder(u.text).Decode(&frame); err != nil {
		return nil, err
	}
	return frame, nil
}

func (c *client) readText() ([]byte, error) {
	if c.unpacker != nil {
		return c.unpacker.read()
	}
	_, text, err := c.socket.ReadMessage()
	return text, err
}

func TestCompressedSessionsGetEverythingInOrder(t *testing.T) {
	for _, query := range compressions {
		t.Run(query, func(t *testing.T) {
			h := open(t, noLimits, roomForCompression)
			alice := h.Person("alice")
			guild := h.Guild(alice)
			c := h.dial(query)
			if c.unpacker.bytes == 0 {
				t.Error("HELLO was not compressed")
			}
			c.identify(h.login(alice))
			c.settle()
			const posts = 600
			var posting sync.WaitGroup
			posting.Go(func() {
				for n := range posts {
					h.post(alice, guild.General, strconv.Itoa(n))
				}
			})
			for n := range posts {
				if n%100 == 50 {
					c.send(`{"op":1,"d":null}`) // its answer is woven in
				}
				if said := c.message(); said != strconv.Itoa(n) {
					t.Fatalf("%s came instead of %d", said, n)
				}
			}
			posting.Wait()
			if err := c.socket.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			ponged := false
			c.socket.SetPongHandler(func(text string) error { ponged = text == "there?"; return nil })
			c.send(`{"op":99}`)
			if code := c.closed(); code != int(closeOpcode) || !ponged {
				t.Errorf("closed with %d, ponged: %v", code, ponged)
			}
		})
	}
}

func TestAGuildOfManyMembersComesCompressed(t *testing.T) {
	for _, query := range compressions {
		t.Run(query, func(t *testing.T) {
			h := open(t, noLimits, roomForCompression)
			alice := h.Person("alice")
			guild := h.Guild(alice)
			for n := range 200 {
				guild.Join(h.Person(fmt.Sprintf("member%d", n)))
			}
			c := h.dial(query)
			ready := c.identify(h.login(alice))
			if len(ready.Data) < 64<<10 || c.unpacker.bytes > len(ready.Data)/3 {
				t.Errorf("%d bytes were sent for a READY of %d", c.unpacker.bytes, len(ready.Data))
			}
		})
	}
}

func TestResumingOverCompressedSocketsMissesNothing(t *testing.T) {
	h := open(t, noLimits, roomForCompression)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	c := h.dial(compressions[0])
	c.identify(h.login(alice))
	c.settle()
	for n, query := range []string{compressions[0], compressions[1], "?v=10", compressions[1], compressions[0]} {
		h.post(alice, guild.General, "before "+strconv.Itoa(n))
		c.drop()
		h.post(alice, guild.General, "after "+strconv.Itoa(n))
		h.settle()
		c = c.resumeOver(query)
		for _, want := range []string{"before ", "after "} {
			if said := c.message(); said != want+strconv.Itoa(n) {
				t.Fatalf("%q came", said)
			}
		}
		c.await("RESUMED")
	}
}

func TestBeyondTheLimitOfCompressionTextComes(t *testing.T) {
	for _, query := range compressions {
		t.Run(query, func(t *testing.T) {
			h := open(t, noLimits, func(o *Options) { o.Compression = CompressionLimits{Zlib: 1, Zstd: 1} })
			token := h.login(h.Person("alice"))
			first, second := h.dial(query), h.dial(query)
			second.identify(token)
			if first.unpacker.bytes == 0 || second.unpacker.bytes != 0 || h.Stats().Compressed != 1 {
				t.Errorf("%d and %d compressed bytes, %d compressed", first.unpacker.bytes, second.unpacker.bytes, h.Stats().Compressed)
			}
			first.drop()
			h.until("the place is given back", func() bool { return h.Stats().Compressed == 0 })
			third := h.dial(query)
			if third.identify(token); third.unpacker.bytes == 0 {
				t.Error("the place that was given back is not used")
			}
		})
	}
}

func TestWhoAsksForAnotherCompressionGetsText(t *testing.T) {
	h := open(t, roomForCompression)
	c := h.dial("?v=10&compress=brotli")
	c.identify(h.login(h.Person("alice")))
	if h.Stats().Compressed != 0 {
		t.Error("it is compressed")
	}
}

func FuzzPackedMessagesComeOutAsTheyWentIn(f *testing.F) {
	f.Add([]byte(`{"op":11,"d":null}`), uint16(3), uint16(5))
	f.Add(bytes.Repeat([]byte(`{"id":"1234567890","name":"somebody"},`), 3000), uint16(8192), uint16(40000))
	f.Add([]byte{}, uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, text []byte, first, second uint16) {
		var sizes = []int{int(first), int(second), len(text)}
		stream, out := new(zlibStream), new(bytes.Buffer)
		var whole []byte
		for _, size := range sizes {
			message := text[:min(size, len(text))]
			if err := stream.pack(out, message[:len(message)/2], message[len(message)/2:]); err != nil {
				t.Fatal(err)
			}
			whole = append(whole, message...)
			if !bytes.HasSuffix(out.Bytes(), []byte{0, 0, 0xff, 0xff}) {
				t.Fatalf("a message ends %x", out.Bytes()[max(0, out.Len()-4):])
			}
		}
		reader, err := zlib.NewReader(out)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(whole))
		if _, err := io.ReadFull(reader, got); err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("%d bytes went in and came out otherwise: %v", len(whole), err)
		}
	})
}

// BenchmarkPack packs messages as they are in a busy channel. It tells what they come to and what each stream keeps.
func BenchmarkPack(b *testing.B) {
	for name, kind := range compressionKinds(CompressionLimits{}) {
		b.Run(name, func(b *testing.B) {
			const streams = 64
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			packers := make([]packer, streams)
			var out bytes.Buffer
			for at := range packers {
				var err error
				if packers[at], err = kind.make(); err != nil {
					b.Fatal(err)
				}
				for n := range 100 {
					out.Reset()
					head, tail := benchMessage(n)
					if err := packers[at].pack(&out, head, tail); err != nil {
						b.Fatal(err)
					}
				}
			}
			runtime.GC()
			runtime.GC() // what was pooled goes
			runtime.ReadMemStats(&after)
			in, packed, n := 0, 0, 100
			for b.Loop() {
				out.Reset()
				head, tail := benchMessage(n)
				if err := packers[n%streams].pack(&out, head, tail); err != nil {
					b.Fatal(err)
				}
				in, packed, n = in+len(head)+len(tail), packed+out.Len(), n+1
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/streams, "bytes/stream")
			b.ReportMetric(100*float64(packed)/float64(in), "%")
			runtime.KeepAlive(packers)
		})
	}
}

// benchMessage is the n-th message of a channel, in two parts.
func benchMessage(n int) (head, tail []byte) {
	author := id.ID(1_300_000_000_000_000_000 + n%7*977)
	return fmt.Appendf(nil, `{"op":0,"s":%d`, n), fmt.Appendf(nil, `,"t":"MESSAGE_CREATE","d":{"id":"%d","channel_id":"1300000000000000001","guild_id":"1300000000000000000","author":{"id":"%s","username":"member%d","global_name":null,"discriminator":"0","avatar":null,"bot":false,"public_flags":0,"flags":0},"member":{"roles":["1300000000000000009"],"nick":null,"joined_at":"2026-01-02T03:04:05.678000+00:00","flags":0},"content":"what number %d has to say is short","timestamp":"2026-01-02T03:04:%02d.678000+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,"mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"components":[],"pinned":false,"type":0,"flags":0,"channel_type":0}}`,
		1_300_000_000_000_000_000+n*4_194_304, author, n%7, n*7919, n%60)
}
