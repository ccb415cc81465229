package cli

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// localAddresses are the machine's own unicast addresses, those of private networks first. Link-local IPv6 addresses are left out: browsers cannot
// use them, because a URL cannot name the network interface.
func localAddresses() ([]netip.Addr, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addresses []netip.Addr
	for _, one := range found {
		prefix, err := netip.ParsePrefix(one.String())
		if err != nil {
			continue
		}
		address := prefix.Addr().Unmap()
		if address.IsGlobalUnicast() || address.IsLoopback() || address.Is4() && address.IsLinkLocalUnicast() {
			addresses = append(addresses, address)
		}
	}
	slices.SortStableFunc(addresses, func(a, b netip.Addr) int { return addressRank(a) - addressRank(b) })
	return slices.Compact(addresses), nil
}

// addressRank orders addresses by how likely a guest on the local network can use them.
func addressRank(address netip.Addr) int {
	switch {
	case address.IsLoopback():
		return 4
	case address.Is4() && address.IsPrivate():
		return 0
	case address.Is4() && !address.IsLinkLocalUnicast():
		return 1
	case address.Is6():
		return 2
	}
	return 3
}

// machineNames are the names by which this machine is known on its own network, in lower case.
func machineNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	short, _, _ := strings.Cut(name, ".")
	return slices.Compact([]string{name, short})
}
