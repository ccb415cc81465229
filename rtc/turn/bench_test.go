package turn

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"guildhall/rtc/mux"
)

// A crowd is clients in a process of their own, so that what they cost is not counted.
const (
	crowdVariable = "GUILDHALL_TURN_CROWD"
	// Each is sent video of 1.5 Mbit/s: 30 frames a second, of five packets of 1200 bytes.
	crowdSize      = 100
	framesASecond  = 30
	packetsAFrame  = 5
	benchPacket    = 1200
	benchedSeconds = 5
)

// crowd is what the other process does: it takes part, reads, and tells in the end how much came.
func crowd() {
	parts := strings.Split(os.Getenv(crowdVariable), " ")
	t := &testing.T{}
	port, _ := strconv.Atoi(parts[0])
	sends := parts[3] == "sends"
	var counted atomic.Uint64
	var clients []*talker
	for range crowdSize {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", parts[0]))
		if err != nil {
			panic(err)
		}
		k := &talker{conn: turn.NewSTUNConn(conn), reader: bufio.NewReaderSize(conn, 64<<10), credential: Credential{Username: parts[1], Password: parts[2]}}
		k.allocate(t)
		k.bind(t, "127.0.0.1", port)
		k.data(t, talkersChannel, []byte{128, 0})
		clients = append(clients, k)
		go func() {
			for {
				head, err := k.reader.Peek(channelHead)
				if err != nil {
					return
				}
				k.reader.Discard(messageSize(head))
				counted.Add(1)
			}
		}()
	}
	fmt.Println("ready")
	ended := make(chan struct{})
	var sending sync.WaitGroup
	if sends {
		sending.Go(func() {
			ticker := time.NewTicker(time.Second / framesASecond)
			frame := make([]byte, 0, packetsAFrame*(benchPacket+channelHead))
			for range packetsAFrame {
				frame = binary.BigEndian.AppendUint16(frame, talkersChannel)
				frame = binary.BigEndian.AppendUint16(frame, benchPacket)
				frame = append(append(frame, 128), make([]byte, benchPacket-1)...)
			}
			for {
				select {
				case <-ended:
					return
				case <-ticker.C:
					for _, k := range clients {
						k.conn.WriteTo(frame, nil)
					}
				}
			}
		})
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	close(ended)
	sending.Wait()
	fmt.Println(counted.Load())
}

// BenchmarkRelay tells how many packets a second of processor time relays, of the hall's process alone: to clients, and from them. coturn relays 78.8
// thousand on the machine where the aim was set.
func BenchmarkRelay(b *testing.B) {
	for _, direction := range []string{"receives", "sends"} {
		b.Run("the crowd "+direction, func(b *testing.B) {
			for b.Loop() {
				benchRelay(b, direction)
			}
		})
	}
}

func benchRelay(b *testing.B, direction string) {
	bounds := usualLimits
	bounds.credential, bounds.address = crowdSize, crowdSize
	h := openQuietHall(b, bounds)
	credential := h.Issue(nil)
	defer credential.Revoke()
	command := exec.CommandContext(b.Context(), os.Args[0])
	command.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s %s", crowdVariable, h.ports.Port(), credential.Username, credential.Password, direction))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()

	// The media server: it knows everybody by the packet that they sent first, and takes what comes.
	var received atomic.Uint64
	clients := make(chan netip.AddrPort, crowdSize)
	var media sync.WaitGroup
	media.Go(func() {
		buffer := make([]byte, mux.MaxPacket)
		for {
			n, from, err := h.ports.Packets().ReadFromAddrPort(buffer)
			if err != nil {
				return
			}
			if n == 2 {
				clients <- from
			} else {
				received.Add(1)
			}
		}
	})
	var addresses []netip.AddrPort
	for range crowdSize {
		addresses = append(addresses, <-clients)
	}
	packet := append([]byte{128}, make([]byte, benchPacket-1)...)
	ticker := time.NewTicker(time.Second / framesASecond)
	defer ticker.Stop()
	before, beganWith := processorTime(), received.Load()
	for range benchedSeconds * framesASecond {
		<-ticker.C
		if direction == "sends" {
			continue
		}
		for range packetsAFrame {
			for _, address := range addresses {
				h.ports.Packets().WriteToAddrPort(packet, address)
			}
		}
	}
	spent, packets := processorTime()-before, received.Load()-beganWith
	in.Write([]byte("end\n"))
	lines.Scan()
	if direction == "receives" {
		packets, _ = strconv.ParseUint(lines.Text(), 10, 64)
	}
	command.Wait()
	h.ports.Packets().Close()
	media.Wait()
	b.ReportMetric(float64(packets)/spent.Seconds(), "packets/cpu-s")
	b.ReportMetric(float64(packets)/benchedSeconds, "packets/s")
	b.ReportMetric(0, "ns/op")
}
