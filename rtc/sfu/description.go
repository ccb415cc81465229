package sfu

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// maxOffer is the longest offer that is read, in bytes.
const maxOffer = 256 << 10

// offerDescription is what is looked at of an offer before pion gets it.
type offerDescription struct {
	// identity tells one connection of the client from another: its keys and the session's number.
	identity string
	// receiving are the media sections on which the client only receives.
	receiving map[string]bool
}

func readOffer(offer string) (*offerDescription, error) {
	if len(offer) > maxOffer {
		return nil, fmt.Errorf("%w: it is too long", ErrOffer)
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(offer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if len(parsed.MediaDescriptions) == 0 || len(parsed.MediaDescriptions) > maxSlots+8 {
		return nil, fmt.Errorf("%w: it has %d media sections", ErrOffer, len(parsed.MediaDescriptions))
	}
	read := &offerDescription{identity: fmt.Sprint(parsed.Origin.SessionID), receiving: make(map[string]bool)}
	fingerprint, _ := parsed.Attribute("fingerprint")
	for _, media := range parsed.MediaDescriptions {
		if own, ok := media.Attribute("fingerprint"); ok && fingerprint == "" {
			fingerprint = own
		}
		mid, _ := media.Attribute(sdp.AttrKeyMID)
		if _, only := media.Attribute(sdp.AttrKeyRecvOnly); only && media.MediaName.Media == "audio" {
			read.receiving[mid] = true
		}
	}
	read.identity += " " + fingerprint
	return read, nil
}

// candidates are the addresses that a client is offered: the hall's own, and the one by which the client reached it, which shares the port: if the page came through, media can.
func (s *SFU) candidates(reached netip.Addr) []netip.AddrPort {
	addresses := slices.Clone(s.options.Addresses())
	if reached = reached.Unmap().WithZone(""); reached.IsValid() && !reached.IsUnspecified() && !slices.Contains(addresses, reached) {
		addresses = append([]netip.Addr{reached}, addresses...)
	}
	candidates := make([]netip.AddrPort, 0, len(addresses))
	for _, address := range addresses {
		candidates = append(candidates, netip.AddrPortFrom(address.Unmap().WithZone(""), uint16(s.options.Port)))
	}
	return candidates
}

// hostPreference is the preference of host candidates (RFC 8445, section 5.1.2.2).
const hostPreference = 126

// withCandidates replaces an answer's candidates by ours, in its first section, which carries all of them.
func withCandidates(answer string, candidates []netip.AddrPort) (string, error) {
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(answer); err != nil {
		return "", err
	}
	for i, media := range parsed.MediaDescriptions {
		media.Attributes = slices.DeleteFunc(media.Attributes, func(a sdp.Attribute) bool { return a.Key == "candidate" || a.Key == "end-of-candidates" })
		if i > 0 {
			continue
		}
		for n, candidate := range candidates {
			priority := uint32(hostPreference)<<24 | uint32(65535-n)<<8 | 255
			text := fmt.Sprintf("%d 1 udp %d %s %d typ host", n+1, priority, candidate.Addr(), candidate.Port())
			media.Attributes = append(media.Attributes, sdp.Attribute{Key: "candidate", Value: text})
		}
		media.Attributes = append(media.Attributes, sdp.Attribute{Key: "end-of-candidates"})
	}
	text, err := parsed.Marshal()
	return strings.TrimSpace(string(text)) + "\r\n", err
}
