package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"guildhall/api/outside"
)

// Option is one thing that can be set, under one name.
type Option struct {
	// Name is the long flag and the key in the file, such as "public-url".
	Name string
	// Aliases are customary environment variables read beside GUILDHALL_<NAME>, which wins.
	Aliases []string
	// Value names the argument in the help text, such as "HOST:PORT".
	Value string
	// Usage is one line for the help text.
	Usage string
	// Default is the value's text when nothing sets it.
	Default string
	// Secret values are never printed.
	Secret bool
	// set parses and checks a text, and puts it into the configuration.
	set func(c *Config, text string) error
}

// Env is the option's environment variable.
func (o Option) Env() string {
	return "GUILDHALL_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
}

// Options are all options, in the order of the help text.
func Options() []Option {
	return []Option{
		{Name: "data", Value: "DIR", Usage: "folder that holds the hall: database, files, secrets, certificates", Default: "./guildhall-data",
			set: func(c *Config, text string) error { c.Data = text; return notEmpty(text) }},
		{Name: "listen", Value: "HOST:PORT", Usage: "address of the one TCP and the one UDP port", Default: ":6464",
			set: func(c *Config, text string) error { c.Network.Listen = text; return checkListen(text) }},
		{Name: "public-url", Value: "URL", Usage: "https address by which people reach the hall, when it is not the machine's own",
			set: setPublicURL},
		{Name: "advertise", Value: "IP[,IP]", Usage: "fix the addresses that are offered for voice", set: setAdvertise},
		{Name: "turn-udp", Value: "HOST:PORT", Usage: "relay voice over UDP too (TURN), on a port of its own such as :3478", set: setRelayUDP},
		{Name: "tls-cert", Value: "FILE", Usage: "certificate chain (PEM) to use in place of the hall's own authority",
			set: func(c *Config, text string) error { c.Network.TLSCert = text; return nil }},
		{Name: "tls-key", Value: "FILE", Usage: "private key (PEM) of --tls-cert",
			set: func(c *Config, text string) error { c.Network.TLSKey = text; return nil }},
		{Name: "mdns", Value: "on|off", Usage: "answer for guildhall.local on the local network", Default: "on",
			set: func(c *Config, text string) (err error) { c.Network.MDNS, err = parseSwitch(text); return err }},
		{Name: "udp-sending", Value: "WAY", Usage: "the most that the kernel is asked for to send media: gso (many packets at once, cut by the kernel), sendmmsg (many at once) or plain", Default: "gso",
			set: func(c *Config, text string) (err error) {
				c.Network.UDPSending, err = oneOf(text, "gso", "sendmmsg", "plain")
				return err
			}},
		{Name: "database-url", Aliases: []string{"DATABASE_URL"}, Value: "URL", Usage: "PostgreSQL database in place of the embedded store", Secret: true,
			set: setDatabaseURL},
		{Name: "cache-size", Value: "MIB", Usage: "block cache of the embedded store, 1 to 65536 MiB", Default: "8", set: setCacheSize},
		{Name: "max-file-size", Value: "MIB", Usage: "largest file that can be uploaded, 1 to 65536 MiB", Default: "10",
			set: func(c *Config, text string) (err error) {
				c.Files.FileBytes, err = parseMebibytes(text, 1<<16)
				return err
			}},
		{Name: "max-request-size", Value: "MIB", Usage: "largest message with its files in one request, 1 to 65536 MiB", Default: "25",
			set: func(c *Config, text string) (err error) {
				c.Files.RequestBytes, err = parseMebibytes(text, 1<<16)
				return err
			}},
		{Name: "user-quota", Value: "MIB", Usage: "what all files of one account may have together, 1 to 1073741824 MiB", Default: "1024",
			set: func(c *Config, text string) (err error) {
				c.Files.UserBytes, err = parseMebibytes(text, 1<<30)
				return err
			}},
		{Name: "uploads-limit", Value: "NUMBER", Usage: "files that may be sent to the hall at a time, 1 to 100000", Default: "256",
			set: func(c *Config, text string) (err error) {
				c.Files.AtOnce, err = parseNumber(text, 1, 100_000)
				return err
			}},
		{Name: "user-uploads-limit", Value: "NUMBER", Usage: "files that one account may be sending at a time, 1 to 1000", Default: "10",
			set: func(c *Config, text string) (err error) {
				c.Files.UserAtOnce, err = parseNumber(text, 1, 1000)
				return err
			}},
		{Name: "gateway-zlib-limit", Value: "NUMBER", Usage: "connections that may be compressed with zlib-stream at a time, about 8 KiB each, 0 to 100000", Default: "2048",
			set: func(c *Config, text string) (err error) {
				c.Gateway.ZlibConnections, err = parseNumber(text, 0, 100_000)
				return err
			}},
		{Name: "gateway-zstd-limit", Value: "NUMBER", Usage: "connections that may be compressed with zstd-stream at a time, about half a MiB each, 0 to 100000", Default: "64",
			set: func(c *Config, text string) (err error) {
				c.Gateway.ZstdConnections, err = parseNumber(text, 0, 100_000)
				return err
			}},
		{Name: "link-previews", Value: "on|off", Usage: "look at where links in messages lead, to show title, text and picture; asks other machines", Default: "off",
			set: func(c *Config, text string) (err error) { c.Outside.Previews, err = parseSwitch(text); return err }},
		{Name: "event-hooks", Value: "on|off", Usage: "let those who look after a server have addresses told of what happens in it; asks other machines", Default: "off",
			set: func(c *Config, text string) (err error) { c.Outside.EventHooks, err = parseSwitch(text); return err }},
		{Name: "outside-allow", Value: "LIST", Usage: "hosts, addresses and networks of your own that may be asked as well, separated by commas: wiki.lan,10.0.0.0/24", set: setOutsideAllow},
		{Name: "jwt-secret", Aliases: []string{"JWT_SECRET"}, Value: "TEXT", Usage: "secret that signs access tokens, at least 32 bytes (default: generated and kept in the data folder)", Secret: true,
			set: setJWTSecret},
		{Name: "rate-limits", Value: "on|off", Usage: "limit how often clients may ask; off is for tests and benchmarks", Default: "on",
			set: func(c *Config, text string) (err error) { c.Security.RateLimits, err = parseSwitch(text); return err }},
		{Name: "log-level", Aliases: []string{"LOG_LEVEL"}, Value: "LEVEL", Usage: "debug, info, warn or error", Default: "info",
			set: func(c *Config, text string) (err error) {
				c.Log.Level, err = oneOf(strings.ToLower(text), "debug", "info", "warn", "error")
				return err
			}},
		{Name: "log-format", Value: "FORMAT", Usage: "text or json", Default: "text",
			set: func(c *Config, text string) (err error) { c.Log.Format, err = oneOf(text, "text", "json"); return err }},
		{Name: "dev-ui", Value: "URL", Usage: "serve the web client from a Vite development server on this machine", set: setDevUI},
	}
}

// Unsupported names what other versions of Guildhall will honour, with what to say until then.
func Unsupported() map[string]string {
	const scaled = "this version runs as a single node with its own message bus, cache and files"
	return map[string]string{
		"REDIS_URL": scaled, "NATS_URL": scaled,
		"MINIO_ENDPOINT": scaled, "MINIO_ACCESS_KEY": scaled, "MINIO_SECRET_KEY": scaled, "MINIO_BUCKET": scaled,
		"TURN_URL":      "this version does not use an external TURN server",
		"TURN_USERNAME": "this version does not use an external TURN server",
		"TURN_PASSWORD": "this version does not use an external TURN server",
	}
}

func notEmpty(text string) error {
	if text == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}

func oneOf(text string, allowed ...string) (string, error) {
	for _, one := range allowed {
		if text == one {
			return text, nil
		}
	}
	return "", fmt.Errorf("%q is none of %s", text, strings.Join(allowed, ", "))
}

func parseSwitch(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "true", "yes", "1":
		return true, nil
	case "off", "false", "no", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", text)
}

func checkListen(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is not of the form HOST:PORT", text)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number > 65535 {
		return fmt.Errorf("%q is not a port number", port)
	}
	if host != "" && host != "localhost" {
		if _, err := netip.ParseAddr(host); err != nil {
			return fmt.Errorf("%q is not an IP address", host)
		}
	}
	return nil
}

func setPublicURL(c *Config, text string) error {
	if text == "" {
		c.Network.PublicURL = nil
		return nil
	}
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http" {
		return fmt.Errorf("%q is not an http or https address", text)
	}
	if address.Path != "" && address.Path != "/" || address.RawQuery != "" || address.Fragment != "" || address.User != nil {
		return fmt.Errorf("%q must be only scheme, host and port", text)
	}
	address.Path = ""
	c.Network.PublicURL = address
	return nil
}

func setAdvertise(c *Config, text string) error {
	c.Network.Advertise = nil
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		address, err := netip.ParseAddr(part)
		if err != nil || address.IsUnspecified() || address.IsMulticast() {
			return fmt.Errorf("%q is not an address that can be advertised", part)
		}
		c.Network.Advertise = append(c.Network.Advertise, address.Unmap())
	}
	return nil
}

// setRelayUDP takes an address like that of listen, or none.
func setRelayUDP(c *Config, text string) error {
	c.Network.RelayUDP = text
	if text == "" {
		return nil
	}
	return checkListen(text)
}

func setOutsideAllow(c *Config, text string) error {
	c.Outside.Allow = text
	_, err := outside.ParseAllowed(text)
	return err
}

func setDatabaseURL(c *Config, text string) error {
	if text != "" && !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return fmt.Errorf("only postgres:// addresses are supported")
	}
	c.Storage.DatabaseURL = text
	return nil
}

func setCacheSize(c *Config, text string) (err error) {
	c.Storage.CacheBytes, err = parseMebibytes(text, 1<<16)
	return err
}

// parseMebibytes reads a number of MiB, 1 to most, and gives bytes.
func parseMebibytes(text string, most int) (int64, error) {
	mebibytes, err := parseNumber(text, 1, most)
	return int64(mebibytes) << 20, err
}

// parseNumber reads a number from least to most.
func parseNumber(text string, least, most int) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		return 0, fmt.Errorf("%q is not a number from %d to %d", text, least, most)
	}
	return number, nil
}

func setJWTSecret(c *Config, text string) error {
	if text != "" && len(text) < 32 {
		return fmt.Errorf("it has %d bytes, at least 32 are needed", len(text))
	}
	c.Security.JWTSecret = text
	return nil
}

func setDevUI(c *Config, text string) error {
	if text == "" {
		c.DevUI = nil
		return nil
	}
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "http" {
		return fmt.Errorf("%q is not an http address", text)
	}
	if host := address.Hostname(); host != "localhost" {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
			return fmt.Errorf("%q is not on this machine", host)
		}
	}
	c.DevUI = address
	return nil
}
