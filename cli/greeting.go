package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"golang.org/x/term"

	"guildhall/api/ops"
	"guildhall/cli/config"
)

// hallAddresses tells where a hall with these settings is reached, whether it runs or not.
func hallAddresses(settings config.Config) (ops.Addresses, error) {
	_, port, err := net.SplitHostPort(settings.Network.Listen)
	if err != nil {
		return ops.Addresses{}, err
	}
	urls := guestURLs(settings, port)
	here := "http://localhost:" + port
	if host, _, _ := net.SplitHostPort(settings.Network.Listen); host != "" {
		if only, err := netip.ParseAddr(host); err == nil && only.IsLoopback() {
			here = "http://" + net.JoinHostPort(host, port)
		}
	}
	guests := here
	if len(urls) > 0 {
		guests = urls[0]
	}
	return ops.Addresses{Here: here, Guests: guests}, nil
}

// guestURLs are the addresses by which others reach the hall, the best first: the public one, those on the local network, and the name there.
func guestURLs(settings config.Config, port string) []string {
	var urls []string
	if public := settings.Network.PublicURL; public != nil {
		urls = append(urls, strings.TrimSuffix(public.String(), "/"))
	}
	host, _, _ := net.SplitHostPort(settings.Network.Listen) // the configuration has checked it
	if only, err := netip.ParseAddr(host); err == nil && !only.IsUnspecified() {
		if !only.IsLoopback() {
			urls = append(urls, "https://"+net.JoinHostPort(host, port))
		}
		return urls
	}
	if host == "localhost" {
		return urls
	}
	addresses, err := localAddresses()
	if err != nil {
		return urls
	}
	for _, address := range addresses {
		if !address.IsLoopback() {
			urls = append(urls, "https://"+net.JoinHostPort(address.String(), port))
		}
	}
	if settings.Network.MDNS {
		urls = append(urls, "https://"+mdnsName+":"+port)
	}
	return urls
}

// withPort gives the settings with the port that was really opened.
func (s *server) withPort() config.Config {
	settings := s.settings
	host, _, _ := net.SplitHostPort(settings.Network.Listen) // the configuration has checked it
	settings.Network.Listen = net.JoinHostPort(host, strconv.Itoa(s.mux.Port()))
	return settings
}

func (s *server) guestURLs() []string { return guestURLs(s.withPort(), strconv.Itoa(s.mux.Port())) }

func (s *server) addresses() ops.Addresses {
	addresses, err := hallAddresses(s.withPort())
	if err != nil {
		return ops.Addresses{}
	}
	return addresses
}

// greet tells where the hall is, and how to claim one that has no owner.
func (s *server) greet(ctx context.Context, w io.Writer) error {
	addresses := s.addresses()
	fmt.Fprintf(w, "\nGuildhall %s\n\n", version)
	fmt.Fprintf(w, "  On this machine   %s\n", addresses.Here)
	for i, url := range s.guestURLs() {
		label := "For guests"
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(w, "  %-17s %s\n", label, url)
	}
	if s.authority != nil {
		fmt.Fprintf(w, "\n  Guests' browsers warn once, because this hall made its own certificate; /trust explains it.\n  Its fingerprint: %s\n", s.authority.Fingerprint())
	}
	if !s.settings.Security.RateLimits {
		fmt.Fprint(w, "\n  !! RATE LIMITS ARE OFF. This is for tests and benchmarks only.\n")
	}
	state, err := s.hall.chat.Hall.State(ctx)
	if err != nil {
		return err
	}
	if state.OwnerID == 0 {
		token, expires, err := s.hall.chat.Hall.IssueSetup(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n  This hall has no owner yet. Open this link to make it yours; it works once, until %s:\n\n  %s/setup#%s\n", expires.Local().Format("15:04"), addresses.Here, token)
	}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) && addresses.Guests != addresses.Here {
		fmt.Fprintf(w, "\n  For phones:\n\n")
		qrterminal.GenerateHalfBlock(addresses.Guests, qrterminal.L, w)
	}
	_, err = fmt.Fprintf(w, "\nThe hall is open. Ctrl-C stops it.\n")
	return err
}
