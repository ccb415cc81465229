package cli

import (
	"errors"
	"fmt"
	"net"

	"github.com/pion/mdns/v2"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// mdnsName is the name that the hall answers for on the local network (RFC 6762).
const mdnsName = "guildhall.local"

// answerMDNS answers for guildhall.local until the returned function is called. It only answers; it never asks.
func answerMDNS() (stop func() error, err error) {
	var packets4 *ipv4.PacketConn
	var packets6 *ipv6.PacketConn
	group4, err4 := net.ResolveUDPAddr("udp4", mdns.DefaultAddressIPv4)
	group6, err6 := net.ResolveUDPAddr("udp6", mdns.DefaultAddressIPv6)
	if err := errors.Join(err4, err6); err != nil {
		return nil, err
	}
	if socket, err := net.ListenUDP("udp4", group4); err == nil {
		packets4 = ipv4.NewPacketConn(socket)
	} else {
		err4 = err
	}
	if socket, err := net.ListenUDP("udp6", group6); err == nil {
		packets6 = ipv6.NewPacketConn(socket)
	} else {
		err6 = err
	}
	if packets4 == nil && packets6 == nil {
		return nil, fmt.Errorf("listen for mDNS: %w", errors.Join(err4, err6))
	}
	server, err := mdns.NewServer(packets4, packets6, mdns.WithLocalNames(mdnsName))
	if err != nil {
		return nil, fmt.Errorf("answer mDNS: %w", err)
	}
	return server.Close, nil
}
