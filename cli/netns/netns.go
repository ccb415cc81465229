// Package netns makes hosts and routers out of network namespaces of Linux, for tests of what networks do to a hall.
package netns

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// Require skips a test where namespaces cannot be made, and says why: such a test counts as not run.
func Require(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: network namespaces are Linux's")
	}
	if os.Geteuid() != 0 {
		t.Skip("not run: making network namespaces takes root")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not run: the program %s is not installed", tool)
		}
	}
	probe := "gh-probe-" + strings.ToLower(rand.Text()[:6])
	if output, err := exec.CommandContext(t.Context(), "ip", "netns", "add", probe).CombinedOutput(); err != nil {
		t.Skipf("not run: network namespaces cannot be made here: %v: %s", err, output)
	}
	run(t, "ip", "netns", "del", probe)
}

// run runs a program, which has to succeed.
func run(t testing.TB, name string, arguments ...string) {
	t.Helper()
	if output, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(arguments, " "), err, output)
	}
}

// Host is a machine with a network of its own.
type Host struct {
	name  string
	links int
}

// New makes a host without any link but loopback. It is gone when the test ends, with all that it was linked by.
func New(t testing.TB, name string) *Host {
	t.Helper()
	h := &Host{name: fmt.Sprintf("gh-%s-%s", strings.ToLower(rand.Text()[:6]), name)}
	run(t, "ip", "netns", "add", h.name)
	t.Cleanup(func() { run(t, "ip", "netns", "del", h.name) })
	h.IP(t, "link set lo up")
	return h
}

// IP runs the program ip on the host, with arguments in one text.
func (h *Host) IP(t testing.TB, arguments string) {
	t.Helper()
	run(t, "ip", append([]string{"-n", h.name}, strings.Fields(arguments)...)...)
}

// Link connects two hosts by a cable and gives each end an address with the length of its network, such as 10.0.0.1/24; an empty one leaves the end without.
// It gives the names of both ends.
func (h *Host) Link(t testing.TB, address string, other *Host, otherAddress string) (end, otherEnd string) {
	t.Helper()
	h.links++
	other.links++
	end, otherEnd = fmt.Sprintf("eth%d", h.links), fmt.Sprintf("eth%d", other.links)
	h.IP(t, fmt.Sprintf("link add %s type veth peer name %s netns %s", end, otherEnd, other.name))
	for _, side := range []struct {
		host         *Host
		end, address string
	}{{h, end, address}, {other, otherEnd, otherAddress}} {
		if side.address != "" {
			side.host.IP(t, fmt.Sprintf("addr add %s dev %s nodad", side.address, side.end))
		}
		side.host.IP(t, "link set "+side.end+" up")
	}
	return end, otherEnd
}

// Gateway has the host send what is for other networks to an address.
func (h *Host) Gateway(t testing.TB, address string) {
	t.Helper()
	h.IP(t, "route replace default via "+address)
}

// Forward makes a router of the host, with rules of nftables; empty for none.
func (h *Host) Forward(t testing.TB, rules string) {
	t.Helper()
	run(t, "ip", "netns", "exec", h.name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
	if rules == "" {
		return
	}
	command := exec.CommandContext(t.Context(), "ip", "netns", "exec", h.name, "nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v: %s", err, output)
	}
}

// Command is a program that runs on the host.
func (h *Host) Command(ctx context.Context, program string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", h.name, program}, arguments...)...)
}
