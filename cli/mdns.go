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

// answerMDNS answers for guildhall.local until the returned function is called, which waits until all is quiet. It only answers; it never asks. Each network is told
// this machine's address there. The options are for tests: they say which networks.
func answerMDNS(options ...mdns.ServerOption) (stop func() error, err error) {
	socket4, err4 := listenMDNS("udp4", mdns.DefaultAddressIPv4)
	socket6, err6 := listenMDNS("udp6", mdns.DefaultAddressIPv6)
	var packets4 *ipv4.PacketConn
	var packets6 *ipv6.PacketConn
	if err4 == nil {
		packets4 = ipv4.NewPacketConn(socket4)
	}
	if err6 == nil {
		packets6 = ipv6.NewPacketConn(socket6)
	}
	if packets4 == nil && packets6 == nil {
		return nil, fmt.Errorf("listen for mDNS: %w", errors.Join(err4, err6))
	}
	server, err := mdns.NewServer(packets4, packets6, append(options, mdns.WithLocalNames(mdnsName))...)
	if err != nil {
		err = fmt.Errorf("answer mDNS: %w", err)
		// The server has closed none, some or both of them.
		if packets4 != nil {
			_ = packets4.Close()
		}
		if packets6 != nil {
			_ = packets6.Close()
		}
		return nil, err
	}
	return server.Close, nil
}

// listenMDNS makes a socket on the port that all programs of a machine share which answer mDNS.
func listenMDNS(network, group string) (*net.UDPConn, error) {
	address, err := net.ResolveUDPAddr(network, group)
	if err != nil {
		return nil, err
	}
	return net.ListenUDP(network, address)
}
