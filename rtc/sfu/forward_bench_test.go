package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// noWriter is a way out that leads nowhere.
type noWriter struct{}

func (noWriter) WriteRTP(*rtp.Header, []byte) (int, error) { return 0, nil }
func (noWriter) Write([]byte) (int, error)                 { return 0, nil }

// BenchmarkForward measures what it costs to forward a packet to a receiver, without sealing and sending it.
func BenchmarkForward(b *testing.B) {
	for _, kind := range []Kind{Audio, Video} {
		b.Run(kind.String(), func(b *testing.B) {
			const receivers = 100
			s := &SFU{}
			r := newRoom(lounge)
			publisher := &Peer{sfu: s, room: r, userID: alice, events: newObserver()}
			p := &publication{peer: publisher, kind: kind}
			in := p.attach(nil, stream{ssrc: 7, codec: VP8, quality: 100})
			for range receivers {
				c := &connection{peer: &Peer{sfu: s, room: r}}
				c.egress.way.Store(wayPion)
				place := &slot{connection: c, kind: kind, ssrc: 8, writer: noWriter{}}
				if kind == Video {
					place.view = newView(place)
					place.view.formats[VP8], place.view.numbered = format{96, 97}, true
					if err := place.view.header.SetExtension(5, place.view.number[:]); err != nil {
						b.Fatal(err)
					}
					place.view.feed.target = in
				}
				place.publication.Store(p)
				p.sinks = append(p.sinks, place)
			}
			p.relist()
			packet := &rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, 1000)}
			copy(packet.Payload, []byte{0x90, 0xC0, 0x80, 1, 1, 0, 0, 0, 0x9D, 0x01, 0x2A, 0, 1, 0, 1})
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				packet.SequenceNumber++
				packet.Timestamp += 3000
				now = now.Add(time.Millisecond)
				in.take(packet, levelUnknown, len(packet.Payload), now)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/receivers, "ns/receiver")
		})
	}
}
