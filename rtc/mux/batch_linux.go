package mux

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// messagesPerCall is how many messages sendmmsg is given at once; the kernel takes 1024 at most (UIO_MAXIOV).
const messagesPerCall = 256

// batchSystem is what the kernel is given: one message per destination, with its address, its pieces and, when it is to be cut, how.
type batchSystem struct {
	messages []message
	pieces   []unix.Iovec
	names    []unix.RawSockaddrInet6
	controls []segmentControl
	// firsts are the packets with which the messages begin.
	firsts []int32
	// call makes the system call on the port's file; done and result say what came of it. It is kept because a new function for each call would be garbage.
	call   func(file uintptr)
	offset int
	done   int
	result error
}

// message is the kernel's struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32
}

// segmentControl is a control message with the size of segments (man 7 udp).
type segmentControl struct {
	header unix.Cmsghdr
	size   uint16
}

// port is what sending needs to know of the socket.
type port struct {
	raw syscall.RawConn
	// ipv6 tells that the socket is of that family, where IPv4 addresses are mapped.
	ipv6 bool
}

func newPort(udp *net.UDPConn) (made port) {
	raw, err := udp.SyscallConn()
	if err != nil {
		return port{}
	}
	made.raw = raw
	var domain int
	control := raw.Control(func(file uintptr) { domain, err = unix.GetsockoptInt(int(file), unix.SOL_SOCKET, unix.SO_DOMAIN) })
	if errors.Join(control, err) != nil {
		return port{}
	}
	made.ipv6 = domain == unix.AF_INET6
	return made
}

// bestSending is the most that the kernel takes. That sendmmsg is missing shows when it is called.
func bestSending(udp *net.UDPConn) Sending {
	raw, err := udp.SyscallConn()
	if err != nil {
		return SendEach
	}
	control := raw.Control(func(file uintptr) { _, err = unix.GetsockoptInt(int(file), unix.IPPROTO_UDP, unix.UDP_SEGMENT) })
	if errors.Join(control, err) != nil {
		return SendMany
	}
	return SendSegments
}

// sendAll sends what a Batch holds, in the way that is possible.
func (p *Packets) sendAll(memory *batchMemory) {
	sending := p.Sending()
	if sending == SendEach || p.port.raw == nil {
		p.sendEach(memory)
		return
	}
	p.prepare(memory, sending == SendSegments)
	for memory.system.offset < len(memory.system.messages) {
		if !p.sendSome(memory) {
			break
		}
	}
	memory.system.clear()
}

// prepare makes messages of packets.
func (p *Packets) prepare(memory *batchMemory, segmented bool) {
	system := &memory.system
	system.reserve(len(memory.entries))
	for _, index := range memory.heads {
		to := memory.entries[index].to
		if isTunnel(to.Addr()) || to.Addr().Zone() != "" {
			// These do not leave by the UDP port, or the name of an interface has to be looked up, which the library does.
			for ; ; index = memory.entries[index].next {
				p.sendOne(memory.packet(index), to)
				if memory.entries[index].next == 0 {
					break
				}
			}
			continue
		}
		for more := true; more; {
			count, after := 1, memory.entries[index].next
			if segmented {
				count, after = memory.segments(index)
			}
			system.add(memory, index, count, p.port.ipv6)
			index, more = after, after != 0
		}
	}
}

// reserve makes room for so many packets: pointers into the room stay good while messages are added.
func (s *batchSystem) reserve(packets int) {
	if cap(s.messages) < packets {
		size := max(packets, 2*cap(s.messages))
		s.messages, s.pieces, s.names = make([]message, 0, size), make([]unix.Iovec, 0, size), make([]unix.RawSockaddrInet6, 0, size)
		s.controls, s.firsts = make([]segmentControl, 0, size), make([]int32, 0, size)
	}
	s.offset = 0
}

// clear lets go of everything but the room.
func (s *batchSystem) clear() {
	clear(s.messages)
	s.messages, s.pieces, s.names, s.controls, s.firsts = s.messages[:0], s.pieces[:0], s.names[:0], s.controls[:0], s.firsts[:0]
}

// add makes one message of some packets of a destination.
func (s *batchSystem) add(memory *batchMemory, first int32, count int, ipv6 bool) {
	begin := len(s.pieces)
	index := first
	for range count {
		packet := memory.packet(index)
		piece := unix.Iovec{Base: &packet[0]}
		piece.SetLen(len(packet))
		s.pieces = append(s.pieces, piece)
		index = memory.entries[index].next
	}
	s.names = append(s.names, unix.RawSockaddrInet6{})
	name := &s.names[len(s.names)-1]
	s.messages = append(s.messages, message{})
	header := &s.messages[len(s.messages)-1].header
	header.Name, header.Namelen = (*byte)(unsafe.Pointer(name)), writeAddress(name, memory.entries[first].to, ipv6)
	header.Iov = &s.pieces[begin]
	header.SetIovlen(count)
	if count > 1 {
		s.controls = append(s.controls, segmentControl{size: uint16(len(memory.packet(first)))})
		control := &s.controls[len(s.controls)-1]
		control.header.Level, control.header.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
		control.header.SetLen(unix.CmsgLen(2))
		header.Control = (*byte)(unsafe.Pointer(control))
		header.SetControllen(unix.CmsgSpace(2))
	}
	s.firsts = append(s.firsts, first)
}

// writeAddress writes a socket address and gives its length.
func writeAddress(name *unix.RawSockaddrInet6, to netip.AddrPort, ipv6 bool) uint32 {
	if !ipv6 {
		short := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		short.Family, short.Addr = unix.AF_INET, to.Addr().Unmap().As4()
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&short.Port))[:], to.Port())
		return unix.SizeofSockaddrInet4
	}
	name.Family, name.Addr = unix.AF_INET6, to.Addr().As16()
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&name.Port))[:], to.Port())
	return unix.SizeofSockaddrInet6
}

// sendSome makes one system call and goes on behind what it sent, or behind the one message that could not be sent. It tells whether there is any use in going on.
func (p *Packets) sendSome(memory *batchMemory) bool {
	system := &memory.system
	if system.call == nil {
		system.call = system.send
	}
	if err := p.port.raw.Control(system.call); err != nil {
		return false // The port is closed.
	}
	if system.result == nil {
		system.offset += system.done
		return true
	}
	switch {
	case errors.Is(system.result, unix.EINTR):
	case errors.Is(system.result, unix.EAGAIN):
		// The socket's buffer is full: wait until there is room, as a single write would.
		waited := false
		if err := p.port.raw.Write(func(uintptr) bool { before := waited; waited = true; return before }); err != nil {
			return false
		}
	case errors.Is(system.result, unix.ENOSYS):
		p.Limit(SendEach)
		p.resend(memory)
	default:
		p.refused(memory)
	}
	return true
}

// send gives the kernel as many messages as it takes at once.
func (s *batchSystem) send(file uintptr) {
	messages := s.messages[s.offset:min(s.offset+messagesPerCall, len(s.messages))]
	done, _, failure := unix.Syscall6(unix.SYS_SENDMMSG, file, uintptr(unsafe.Pointer(&messages[0])), uintptr(len(messages)), 0, 0, 0)
	s.done, s.result = int(done), nil
	if failure != 0 {
		s.done, s.result = 0, failure
	}
}

// refused deals with the message that the kernel did not take. What was to be cut is sent in pieces: the interface may not be able to cut, or the packets may be
// longer than the path. Anything else concerns this destination alone.
func (p *Packets) refused(memory *batchMemory) {
	system := &memory.system
	if system.messages[system.offset].header.Control == nil {
		p.lost(system.result)
		system.offset++
		return
	}
	if errors.Is(system.result, unix.EIO) {
		// The interface cannot do the checksums of what is cut (udp_send_skb). It will not learn it.
		p.Limit(SendMany)
	}
	p.resendMessage(memory, system.offset)
	system.offset++
}

// resend sends all that is left packet by packet.
func (p *Packets) resend(memory *batchMemory) {
	for ; memory.system.offset < len(memory.system.messages); memory.system.offset++ {
		p.resendMessage(memory, memory.system.offset)
	}
}

// resendMessage sends the packets of one message by themselves.
func (p *Packets) resendMessage(memory *batchMemory, which int) {
	index := memory.system.firsts[which]
	for range memory.system.messages[which].header.Iovlen {
		p.sendOne(memory.packet(index), memory.entries[index].to)
		index = memory.entries[index].next
	}
}
