// Package authority is the hall's own certificate authority, so that there is HTTPS, and with it microphones, on a network without the internet.
//
// The authority is constrained (RFC 5280, section 4.2.1.10) when it is made: even somebody who steals its key cannot make certificates for public names or
// addresses that a device which trusts it would accept. So trusting it risks nothing but the hall itself.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long certificates last. Apple's systems refuse server certificates of private authorities beyond 825 days (support.apple.com/103769).
const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	leafLifetime      = 397 * 24 * time.Hour
	renewBefore       = 30 * 24 * time.Hour
)

// permittedSuffixes are the names that never lead to the public internet (RFC 6761, 6762, 8375, ICANN's reservation of .internal, and the customary .lan).
var permittedSuffixes = []string{"localhost", "local", "lan", "home.arpa", "internal"}

// permittedPrefixes are loopback, private, link-local and carrier-grade-NAT addresses (RFC 1122, 1918, 3927, 6598, 4193, 4291).
var permittedPrefixes = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fc00::/7"),
}

// Permitted tells whether the authority may vouch for an address.
func Permitted(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(permittedPrefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Authority makes the hall's server certificates. It is safe for concurrent use.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	names       []string
	now         func() time.Time

	mu        sync.Mutex
	leaf      *tls.Certificate
	addresses []netip.Addr // those in leaf, sorted
}

const (
	certificateFile = "authority.crt"
	keyFile         = "authority.key"
)

// Open reads the authority from a folder, or makes it there on first use, for this machine's names beside the permitted suffixes. Names that were not the machine's when
// the authority was made get no certificates; they are left out.
func Open(folder string, machineNames []string, now func() time.Time) (*Authority, error) {
	certificate, key, err := load(folder)
	if errors.Is(err, fs.ErrNotExist) {
		certificate, key, err = create(folder, machineNames, now())
	}
	if err != nil {
		return nil, fmt.Errorf("the certificate authority in %s: %w", folder, err)
	}
	if now().After(certificate.NotAfter) {
		return nil, fmt.Errorf("the certificate authority in %s ended on %s; move the folder away to make a new one", folder, certificate.NotAfter.Format(time.DateOnly))
	}
	a := &Authority{certificate: certificate, key: key, now: now}
	for _, name := range append([]string{"localhost", "guildhall.local"}, machineNames...) {
		if name = strings.ToLower(name); permittedName(certificate, name) && !slices.Contains(a.names, name) {
			a.names = append(a.names, name)
		}
	}
	return a, nil
}

// permittedName tells whether the authority's constraints cover a DNS name.
func permittedName(authority *x509.Certificate, name string) bool {
	return slices.ContainsFunc(authority.PermittedDNSDomains, func(suffix string) bool {
		return name == suffix || strings.HasSuffix(name, "."+suffix)
	})
}

func load(folder string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, certificateFile), filepath.Join(folder, keyFile))
	if err != nil {
		return nil, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || pair.Leaf == nil || !pair.Leaf.IsCA {
		return nil, nil, errors.New("its files hold something else")
	}
	return pair.Leaf, key, nil
}

func create(folder string, machineNames []string, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, nil, err
	}
	domains := slices.Clone(permittedSuffixes)
	for _, name := range machineNames {
		if name = strings.ToLower(name); validName(name) && !slices.Contains(domains, name) {
			domains = append(domains, name)
		}
	}
	template := &x509.Certificate{
		SerialNumber:                serial,
		Subject:                     pkix.Name{CommonName: "Guildhall authority " + fmt.Sprintf("%X", serial.Bytes()[:3]), Organization: []string{"Guildhall (this hall only)"}},
		NotBefore:                   now.Add(-24 * time.Hour),
		NotAfter:                    now.Add(authorityLifetime),
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         domains,
	}
	for _, prefix := range permittedPrefixes {
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{
			IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		})
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	return certificate, key, save(folder, der, key)
}

// save writes the key first, so that a certificate is never there without its key.
func save(folder string, der []byte, key *ecdsa.PrivateKey) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, certificateFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	return serial.SetBit(serial, 126, 1), nil
}

// validName tells whether a machine's name can stand in a certificate (RFC 1123 letters, digits, hyphens, dots).
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// CertificatePEM is the authority's certificate, for people to trust.
func (a *Authority) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// CertificateDER is the authority's certificate in the form that Android and Windows import.
func (a *Authority) CertificateDER() []byte { return a.certificate.Raw }

// Fingerprint is the SHA-256 of the certificate, in pairs of hexadecimal digits, as operating systems show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.certificate.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// Name is the authority's name as operating systems list it.
func (a *Authority) Name() string { return a.certificate.Subject.CommonName }

// Certificate gives a server certificate for the machine's names and for addresses (those that are permitted). It is made anew when
// the addresses differ from the last ones by more than having lost some, or when it is about to end.
func (a *Authority) Certificate(addresses []netip.Addr) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	wanted := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
	for _, address := range addresses {
		if address = address.Unmap().WithZone(""); Permitted(address) {
			wanted = append(wanted, address)
		}
	}
	slices.SortFunc(wanted, netip.Addr.Compare)
	wanted = slices.Compact(wanted)
	covered := !slices.ContainsFunc(wanted, func(w netip.Addr) bool { return !slices.Contains(a.addresses, w) })
	if a.leaf != nil && covered && a.now().Before(a.leaf.Leaf.NotAfter.Add(-renewBefore)) {
		return a.leaf, nil
	}
	leaf, err := a.issue(wanted)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	a.leaf, a.addresses = leaf, wanted
	return leaf, nil
}

func (a *Authority) issue(addresses []netip.Addr) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.now()
	end := now.Add(leafLifetime)
	if end.After(a.certificate.NotAfter) {
		end = a.certificate.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Guildhall"},
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     a.names,
	}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, address.AsSlice())
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
