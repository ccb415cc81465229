//go:build !linux

package mux

import "net"

// batchSystem is what sending takes besides; nothing here.
type batchSystem struct{}

// bestSending is the way that this system takes.
func bestSending(*net.UDPConn) Sending { return SendEach }

// port is what sending needs to know of the socket; nothing here.
type port struct{}

func newPort(*net.UDPConn) port { return port{} }

// sendAll sends what a Batch holds.
func (p *Packets) sendAll(memory *batchMemory) { p.sendEach(memory) }
