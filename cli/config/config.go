// Package config reads what the administrator wants: defaults, then the file, then the environment, then flags.
//
// Every option has one name in three forms: --public-url on the command line, GUILDHALL_PUBLIC_URL in the environment and public-url in the file. The environment of
// the scaled profile (DATABASE_URL, JWT_SECRET, …) is read under its customary names too. An option or variable that this version cannot honour is an error, never ignored.
package config

import (
	"net/netip"
	"net/url"
	"time"
)

// Config is everything that can be set. Each part belongs to one package of the hall.
type Config struct {
	// Data is the folder that holds the hall: database, files, secrets, certificates.
	Data string
	// Network says where the hall listens and how it is reached.
	Network Network
	// Storage says where the hall remembers.
	Storage Storage
	// Files bounds what people upload.
	Files Files
	// Gateway bounds what sessions take.
	Gateway Gateway
	// Outside says whether the hall asks other machines, and which.
	Outside Outside
	// Security holds secrets and limits.
	Security Security
	// Log says what is written to standard error, and how.
	Log Log
	// DevUI is the address of a Vite development server that serves the web client in place of the embedded one; nil for none.
	DevUI *url.URL
}

// Network says where the hall listens and how it is reached.
type Network struct {
	// Listen is the one address for TCP and UDP, host:port. An empty host means every address of the machine.
	Listen string
	// PublicURL is the address by which people reach the hall when it is not the machine's own, https://host[:port]; nil for none.
	PublicURL *url.URL
	// Advertise fixes the addresses that are offered for media; empty means the machine's own and the one by which the page was reached.
	Advertise []netip.Addr
	// RelayUDP is an address of its own for the media relay over UDP, host:port; empty for none. Over TCP and TLS it is on the one port always.
	RelayUDP string
	// TLSCert and TLSKey are files with a certificate chain and its key, in PEM; both or none.
	TLSCert, TLSKey string
	// UDPSending is the most that is asked of the kernel to send packets together: "gso", "sendmmsg" or "plain" (see mux.Sending).
	UDPSending string
	// MDNS answers for guildhall.local on the local network.
	MDNS bool
}

// Storage says where the hall remembers.
type Storage struct {
	// DatabaseURL is a PostgreSQL connection string; empty means the embedded store in the data folder. It may hold a password and is never printed.
	DatabaseURL string
	// CacheBytes is the size of the embedded store's block cache.
	CacheBytes int64
}

// Files bounds what people upload.
type Files struct {
	// FileBytes is the most that one file may have, RequestBytes that of one request with its files, UserBytes that of all files of one account together.
	FileBytes, RequestBytes, UserBytes int64
	// AtOnce is how many files are taken in at a time, UserAtOnce how many of one account.
	AtOnce, UserAtOnce int
}

// Gateway bounds what sessions take.
type Gateway struct {
	// ZlibConnections and ZstdConnections are how many connections may be compressed at a time; those beyond get text. Each takes about 8 KiB or half a MiB.
	ZlibConnections, ZstdConnections int
}

// Outside says whether the hall asks other machines, and which.
type Outside struct {
	// Previews lets the hall look at where links in messages lead, and show people the pictures there.
	Previews bool
	// EventHooks lets the hall tell addresses that those who look after servers name of what happens there.
	EventHooks bool
	// Allow names hosts, addresses and networks that may be asked although they are not public, separated by commas (see outside.ParseAllowed).
	Allow string
}

// Security holds secrets and limits.
type Security struct {
	// JWTSecret signs access tokens, at least 32 bytes; empty means a generated one that is kept in the data folder. It is never printed.
	JWTSecret string
	// RateLimits says whether requests are limited; off is for tests and benchmarks.
	RateLimits bool
}

// Log says what is written to standard error, and how.
type Log struct {
	// Level is "debug", "info", "warn" or "error".
	Level string
	// Format is "text" or "json".
	Format string
}

// Bounds of time that are no options: they hang together with the protocols.
const (
	// SetupLinkLifetime is how long a set-up link can be used.
	SetupLinkLifetime = 30 * time.Minute
)
