package mux

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"
)

// patience bounds how long a test waits for a packet that should be there.
const patience = 20 * time.Second

// ways are the ways of sending that this system has.
func ways(m *Mux) (possible []Sending) {
	for way := m.Packets().Sending(); way <= SendEach; way++ {
		possible = append(possible, way)
	}
	return possible
}

// receivers opens some sockets on loopback.
func receivers(t testing.TB, count int) []*net.UDPConn {
	t.Helper()
	sockets := make([]*net.UDPConn, count)
	for i := range sockets {
		socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { socket.Close() })
		sockets[i] = socket
	}
	return sockets
}

// expectPacket reads the next packet.
func expectPacket(t *testing.T, socket *net.UDPConn, want []byte) {
	t.Helper()
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, largestPacket+1)
	n, _, err := socket.ReadFromUDPAddrPort(buffer)
	if err != nil || !bytes.Equal(buffer[:n], want) {
		t.Fatalf("%d bytes %.20x…, %v instead of %d bytes %.20x…", n, buffer[:n], err, len(want), want)
	}
}

// numbered makes a packet that tells its number.
func numbered(number, size int) []byte {
	packet := make([]byte, size)
	for i := 0; i+4 <= size; i += 4 {
		binary.BigEndian.PutUint32(packet[i:], uint32(number))
	}
	return packet
}

func TestABatchArrivesWholeAndInOrder(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", ":0"} {
		m := openOn(t, listen)
		for _, way := range ways(m) {
			t.Run(fmt.Sprintf("%s on %s", way, listen), func(t *testing.T) {
				m.Packets().Limit(way)
				sockets := receivers(t, 5)
				chance := rand.New(rand.NewPCG(1, uint64(way)))
				sizes := []int{1, 40, 40, 40, 1200, 1200, 1200, 1200, largestPacket}
				want := make([][][]byte, len(sockets))
				batch := m.Packets().NewBatch()
				for number := range 400 {
					to := chance.IntN(len(sockets))
					packet := numbered(number, sizes[chance.IntN(len(sizes))])
					want[to] = append(want[to], packet)
					batch.Add(packet, addressOf(sockets[to]))
				}
				batch.Flush()
				for i, socket := range sockets {
					for _, packet := range want[i] {
						expectPacket(t, socket, packet)
					}
				}
				if unsent := m.Packets().Unsent(); unsent != 0 || batch.Len() != 0 {
					t.Errorf("%d packets were not sent, %d are left", unsent, batch.Len())
				}
			})
		}
	}
}

func TestABatchArrivesOverIPv6(t *testing.T) {
	socket, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	defer socket.Close()
	m := openOn(t, "[::]:0")
	for _, way := range ways(m) {
		m.Packets().Limit(way)
		batch := m.Packets().NewBatch()
		for number := range 3 {
			batch.Add(numbered(number, 100), addressOf(socket))
		}
		batch.Flush()
		for number := range 3 {
			expectPacket(t, socket, numbered(number, 100))
		}
	}
}

func TestMoreThanABatchHoldsIsSentOnTheWay(t *testing.T) {
	m := open(t, usualLimits)
	socket := receivers(t, 1)[0]
	if err := socket.SetReadBuffer(8 << 20); err != nil {
		t.Fatal(err)
	}
	batch := m.Packets().NewBatch()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for number := range batchPackets + 10 {
			batch.Add(numbered(number, 64), addressOf(socket))
		}
		batch.Flush()
	}()
	// The receiver's buffer may be smaller than asked for: what comes is in order, and the first come.
	for number := range 100 {
		expectPacket(t, socket, numbered(number, 64))
	}
	<-done
	batch.Add(make([]byte, largestPacket+1), addressOf(socket))
	batch.Add(nil, addressOf(socket))
	if batch.Len() != 0 {
		t.Errorf("%d packets are held that cannot be sent", batch.Len())
	}
}

func TestADestinationThatCannotBeReachedCostsTheOthersNothing(t *testing.T) {
	m := open(t, usualLimits)
	nowhere := netip.MustParseAddrPort("127.0.0.1:0") // there is no port 0
	for _, way := range ways(m) {
		t.Run(way.String(), func(t *testing.T) {
			m.Packets().Limit(way)
			sockets, before := receivers(t, 4), m.Packets().Unsent()
			batch := m.Packets().NewBatch()
			for number := range 2 {
				batch.Add(numbered(number, 50), nowhere)
				for _, socket := range sockets {
					batch.Add(numbered(number, 50), addressOf(socket))
					batch.Add(numbered(number, 50), nowhere)
				}
			}
			batch.Flush()
			for _, socket := range sockets {
				expectPacket(t, socket, numbered(0, 50))
				expectPacket(t, socket, numbered(1, 50))
			}
			if lost := m.Packets().Unsent() - before; lost != 10 {
				t.Errorf("%d packets were not sent instead of 10", lost)
			}
		})
	}
}

func TestPacketsOfMediaWaitForOthersButNotForLong(t *testing.T) {
	m := open(t, usualLimits)
	if m.Packets().Sending() == SendEach {
		t.Skip("packets go together only where the kernel takes them so")
	}
	sockets := receivers(t, 2)
	media := append([]byte{128, 111}, numbered(1, 60)...)
	for _, flush := range []bool{true, false} {
		for _, socket := range sockets {
			if n, err := m.Packets().WriteToAddrPort(media, addressOf(socket)); n != len(media) || err != nil {
				t.Fatal(n, err)
			}
		}
		if flush {
			m.Packets().Flush()
		}
		for _, socket := range sockets {
			expectPacket(t, socket, media)
		}
	}
	// What belongs to a handshake, and reports, do not wait.
	for _, urgent := range [][]byte{{20, 254, 253}, append([]byte{128, 200}, numbered(1, 60)...)} {
		if _, err := m.Packets().WriteToAddrPort(urgent, addressOf(sockets[0])); err != nil {
			t.Fatal(err)
		}
		m.Packets().queue.mu.Lock()
		waiting := m.Packets().queue.batch.Len()
		m.Packets().queue.mu.Unlock()
		if waiting != 0 {
			t.Errorf("%x waits", urgent)
		}
		expectPacket(t, sockets[0], urgent)
	}
}

func TestAQueueSendsMoreThanItHoldsAndNothingOnceItIsClosed(t *testing.T) {
	m := open(t, usualLimits)
	socket := receivers(t, 1)[0]
	queue := m.Packets().NewQueue()
	for number := range 5 {
		queue.Put(addressOf(socket), 100, packed(numbered(number, 100)))
	}
	queue.Put(addressOf(socket), 100, packed(nil)) // no packet
	queue.Close()
	queue.Put(addressOf(socket), 100, packed(numbered(6, 100)))
	queue.Flush()
	for number := range 5 {
		expectPacket(t, socket, numbered(number, 100))
	}
	if queue.batch.Len() != 0 || queue.armed {
		t.Errorf("%d packets wait, the timer is armed: %v", queue.batch.Len(), queue.armed)
	}
	sink := m.Packets().NewQueue()
	for number := range batchPackets + 10 {
		sink.Put(addressOf(socket), 40, packed(numbered(number, 40)))
	}
	sink.mu.Lock()
	if left := sink.batch.Len(); left > batchPackets {
		t.Errorf("%d packets wait", left)
	}
	sink.mu.Unlock()
	sink.Close()
}

// packed is a Packer of what it is.
type packed []byte

func (p packed) Pack(space []byte) []byte { return append(space, p...) }

func TestNothingIsSentOnceThePortIsClosed(t *testing.T) {
	m := open(t, usualLimits)
	socket := receivers(t, 1)[0]
	batch := m.Packets().NewBatch()
	batch.Add(numbered(1, 50), addressOf(socket))
	if err := m.Packets().Close(); err != nil {
		t.Fatal(err)
	}
	batch.Flush()
	if _, err := m.Packets().WriteToAddrPort(numbered(1, 50), addressOf(socket)); err == nil {
		t.Error("a packet could be written")
	}
	m.Packets().Flush()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	batch.Add(numbered(1, 50), addressOf(socket))
	batch.Flush()
}

func TestSendingABatchAllocatesNothing(t *testing.T) {
	m := open(t, usualLimits)
	sockets := receivers(t, 20)
	for _, way := range ways(m) {
		m.Packets().Limit(way)
		batch, packet := m.Packets().NewBatch(), numbered(1, 200)
		for _, socket := range sockets {
			batch.Add(packet, addressOf(socket))
			batch.Add(packet, addressOf(socket))
		}
		m.Packets().sendAll(batch.batchMemory)
		if allocated := testing.AllocsPerRun(100, func() { m.Packets().sendAll(batch.batchMemory) }); allocated > 0 {
			t.Errorf("%s: %.1f allocations for each batch", way, allocated)
		}
		batch.Flush()
	}
}

// BenchmarkBatch sends what a room sends at a time: one sound to 200, or a frame of video of six packets to 100. Nobody reads, so that only sending is measured.
func BenchmarkBatch(b *testing.B) {
	for _, room := range []struct {
		name                  string
		people, packets, size int
	}{{"A200", 200, 1, 200}, {"V100", 100, 6, 1100}} {
		m := openOn(b, "127.0.0.1:0")
		sockets := receivers(b, room.people)
		for _, way := range ways(m) {
			b.Run(room.name+"/"+way.String(), func(b *testing.B) {
				m.Packets().Limit(way)
				batch, packet := m.Packets().NewBatch(), numbered(1, room.size)
				b.ReportAllocs()
				for b.Loop() {
					for range room.packets {
						for _, socket := range sockets {
							batch.Add(packet, addressOf(socket))
						}
					}
					batch.Flush()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*room.people*room.packets), "ns/packet")
			})
		}
	}
}
