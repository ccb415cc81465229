package sfu

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

const (
	// MaxOffer is the longest offer that is read, in bytes.
	MaxOffer = 256 << 10
	// MaxSlots bounds how many others one client can hear, and how many it can see.
	MaxSlots = 128
	// MaxLayers bounds the simulcast layers of a client's video.
	MaxLayers = 4
	// maxSections bounds the media sections of an offer; those that were given up stay in it.
	maxSections = 3 * MaxSlots
	// maxMid is the longest name of a media section that is taken; browsers count from zero.
	maxMid = 32
)

// ErrOffer says that an offer cannot be answered. Its text can be shown to whoever made the offer.
var ErrOffer = errors.New("this offer cannot be answered")

func refuse(format string, values ...any) error {
	return fmt.Errorf("%w: %s", ErrOffer, fmt.Sprintf(format, values...))
}

// direction is what a client wants to do with a media section.
type direction int

const (
	directionNone direction = iota
	directionReceive
	// directionSend is sending, or both; for a microphone or a camera there is no difference.
	directionSend
)

// section is a media section of an offer.
type section struct {
	mid       string
	kind      Kind
	direction direction
	// codecs are those of video, the favourite first, rids the names of the simulcast layers that are sent.
	codecs []Codec
	rids   []string
	// foreign is a section that has none of the codecs that are passed on.
	foreign bool
	// stopped is a section that the client has given up for good.
	stopped bool
}

// offer is what is looked at of a client's offer before pion gets it.
type offer struct {
	// identity tells one connection of the client from another: its keys and the number of its session.
	identity string
	sections []section
	// text is the offer as pion gets it.
	text string
}

// readOffer checks an offer. Candidates are taken out of it: the client is met where it comes from, and is never looked for.
func readOffer(text string, senders [kinds]string) (*offer, error) {
	if len(text) > MaxOffer {
		return nil, refuse("it is longer than %d bytes", MaxOffer)
	}
	if strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), "\r") {
		// Half an end of a line would be a whole one to the next who reads it.
		return nil, refuse("it is not a session description")
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(text); err != nil {
		return nil, refuse("it is not a session description")
	}
	if len(parsed.MediaDescriptions) == 0 || len(parsed.MediaDescriptions) > maxSections {
		return nil, refuse("it has %d media sections", len(parsed.MediaDescriptions))
	}
	read := &offer{}
	fingerprint, _ := parsed.Attribute("fingerprint")
	seen := make(map[string]bool)
	for _, media := range parsed.MediaDescriptions {
		one, err := readSection(&parsed, media)
		if err != nil {
			return nil, err
		}
		if seen[one.mid] {
			return nil, refuse("two media sections are called %q", one.mid)
		}
		seen[one.mid] = true
		read.sections = append(read.sections, one)
		if own, ok := media.Attribute("fingerprint"); ok && fingerprint == "" {
			fingerprint = own
		}
		if one.mid == senders[one.kind] && one.direction == directionNone && !one.stopped {
			// To pion "inactive" is the end of a section; to be silent for a while is to receive only, on a section where nothing is sent.
			setDirection(media, sdp.AttrKeyRecvOnly)
		}
		media.Attributes = slices.DeleteFunc(media.Attributes, isCandidate)
	}
	parsed.Attributes = slices.DeleteFunc(parsed.Attributes, isCandidate)
	if fingerprint == "" {
		return nil, refuse("it has no fingerprint")
	}
	read.identity = fmt.Sprintf("%s %d %s", parsed.Origin.Username, parsed.Origin.SessionID, fingerprint)
	checked, err := parsed.Marshal()
	if err != nil {
		return nil, refuse("it is not a session description")
	}
	read.text = string(checked)
	return read, nil
}

func readSection(parsed *sdp.SessionDescription, media *sdp.MediaDescription) (section, error) {
	mid, _ := media.Attribute(sdp.AttrKeyMID)
	if mid == "" || len(mid) > maxMid || strings.ContainsFunc(mid, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return section{}, refuse("a media section has no usable mid")
	}
	if media.MediaName.Media != "audio" && media.MediaName.Media != "video" {
		return section{}, refuse("there are no data channels here")
	}
	one := section{mid: mid, direction: directionSend}
	if media.MediaName.Media == "video" {
		one.kind, one.codecs, one.rids = Video, codecsIn(media), ridsIn(media)
		one.foreign = len(one.codecs) == 0
		if len(one.rids) > MaxLayers {
			return section{}, refuse("section %q has %d simulcast layers, more than %d", mid, len(one.rids), MaxLayers)
		}
	}
	for _, attributes := range [][]sdp.Attribute{parsed.Attributes, media.Attributes} {
		for _, attribute := range attributes {
			switch attribute.Key {
			case sdp.AttrKeySendRecv, sdp.AttrKeySendOnly:
				one.direction = directionSend
			case sdp.AttrKeyRecvOnly:
				one.direction = directionReceive
			case sdp.AttrKeyInactive:
				one.direction = directionNone
			}
		}
	}
	// Sections of a bundle may have port zero too; they say so (RFC 9143 section 6).
	if _, bundled := media.Attribute("bundle-only"); media.MediaName.Port.Value == 0 && !bundled {
		one.direction, one.stopped = directionNone, true
	}
	return one, nil
}

// codecsIn gives the video codecs of a section that can be passed on, the favourite first.
func codecsIn(media *sdp.MediaDescription) (codecs []Codec) {
	names, parameters := make(map[string]Codec), make(map[string]string)
	for _, attribute := range media.Attributes {
		payloadType, value, _ := strings.Cut(attribute.Value, " ")
		switch attribute.Key {
		case "rtpmap":
			name, _, _ := strings.Cut(value, "/")
			names[payloadType] = codecOf("video/" + name)
		case "fmtp":
			parameters[payloadType] = value
		}
	}
	for _, payloadType := range media.MediaName.Formats {
		if codec := names[payloadType]; codec != "" && codec.carries(parameters[payloadType]) && !slices.Contains(codecs, codec) {
			codecs = append(codecs, codec)
		}
	}
	return codecs
}

// ridsIn gives the names of the simulcast layers that a section sends, in its order. Of alternatives the first counts (RFC 8853 section 5.1).
func ridsIn(media *sdp.MediaDescription) (rids []string) {
	simulcast, _ := media.Attribute("simulcast")
	words := strings.Fields(simulcast)
	at := slices.Index(words, "send")
	if at < 0 || at+1 >= len(words) {
		return nil
	}
	for _, alternatives := range strings.Split(words[at+1], ";") {
		rid, _, _ := strings.Cut(alternatives, ",")
		if rid = strings.TrimPrefix(rid, "~"); rid != "" {
			rids = append(rids, rid)
		}
	}
	return rids
}

func isDirection(a sdp.Attribute) bool {
	return a.Key == sdp.AttrKeySendRecv || a.Key == sdp.AttrKeySendOnly || a.Key == sdp.AttrKeyRecvOnly || a.Key == sdp.AttrKeyInactive
}

func setDirection(media *sdp.MediaDescription, key string) {
	media.Attributes = append(slices.DeleteFunc(media.Attributes, isDirection), sdp.Attribute{Key: key})
}

func isCandidate(a sdp.Attribute) bool {
	return a.Key == "candidate" || a.Key == "end-of-candidates" || a.Key == "remote-candidates"
}

// candidates are the addresses that a client is offered: the one by which it reached the hall first, because media can come where the page came, then the
// hall's own.
func (s *SFU) candidates(reached []netip.AddrPort) []netip.AddrPort {
	var candidates []netip.AddrPort
	add := func(address netip.Addr, port uint16) {
		address = address.Unmap().WithZone("")
		served := address.Is4() && s.mux.families.ipv4 || address.Is6() && s.mux.families.ipv6
		// A link-local IPv6 address means nothing without its zone, which a client does not know.
		if candidate := netip.AddrPortFrom(address, port); served && !address.IsUnspecified() && !(address.Is6() && address.IsLinkLocalUnicast()) && !slices.Contains(candidates, candidate) {
			candidates = append(candidates, candidate)
		}
	}
	for _, address := range reached {
		add(address.Addr(), address.Port())
	}
	for _, address := range s.options.Addresses() {
		add(address, uint16(s.options.Port))
	}
	return candidates
}

const (
	// hostPreference is the type preference of host candidates (RFC 8445 section 5.1.2.2), streamPreference that of those over TCP (RFC 6544 section
	// 4.2): less, so that TCP is used only where UDP does not get through.
	hostPreference   = 126
	streamPreference = 90
	// passiveDirection is the part of the local preference that says who connects, for candidates that the other side connects to.
	passiveDirection = 4
	// maxStreamCandidates bounds the candidates over TCP, the best addresses first: a browser opens a connection to each.
	maxStreamCandidates = 8
)

// candidateLines are the candidates of an answer: each address over UDP, and then over TCP. A loopback address is offered over TCP only to those who came
// by one: to others it leads to their own machine.
func candidateLines(candidates []netip.AddrPort) (lines []string) {
	for n, candidate := range candidates {
		priority := uint32(hostPreference)<<24 | uint32(65535-n)<<8 | 255
		lines = append(lines, fmt.Sprintf("%d 1 udp %d %s %d typ host", n+1, priority, candidate.Addr(), candidate.Port()))
	}
	streams := 0
	for n, candidate := range candidates {
		if streams == maxStreamCandidates || candidate.Addr().IsLoopback() && !candidates[0].Addr().IsLoopback() {
			continue
		}
		streams++
		priority := uint32(streamPreference)<<24 | uint32(passiveDirection<<13|(1<<13-1-n))<<8 | 255
		lines = append(lines, fmt.Sprintf("%d 1 tcp %d %s %d typ host tcptype passive", len(candidates)+n+1, priority, candidate.Addr(), candidate.Port()))
	}
	return lines
}

// finish makes pion's answer the one that the client gets. Our candidates take the place of pion's, in the first section, which carries those of all; and
// where we receive, we say what we want, while pion says again what the client does.
func finish(answer string, candidates []netip.AddrPort) (string, error) {
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(answer); err != nil {
		return "", err
	}
	for i, media := range parsed.MediaDescriptions {
		media.Attributes = slices.DeleteFunc(media.Attributes, isCandidate)
		if _, receives := media.Attribute(sdp.AttrKeyRecvOnly); receives && media.MediaName.Media == "audio" {
			askForOpus(media)
		}
		if i > 0 {
			continue
		}
		for _, line := range candidateLines(candidates) {
			media.Attributes = append(media.Attributes, sdp.Attribute{Key: "candidate", Value: line})
		}
		media.Attributes = append(media.Attributes, sdp.Attribute{Key: "end-of-candidates"})
	}
	text, err := parsed.Marshal()
	return string(text), err
}

// askForOpus sets the parameters of the one codec of a section.
func askForOpus(media *sdp.MediaDescription) {
	if len(media.MediaName.Formats) == 1 {
		media.Attributes = slices.DeleteFunc(media.Attributes, func(a sdp.Attribute) bool { return a.Key == "fmtp" })
		media.Attributes = append(media.Attributes, sdp.Attribute{Key: "fmtp", Value: media.MediaName.Formats[0] + " " + opusParameters})
	}
}
