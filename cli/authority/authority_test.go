package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, folder string, now time.Time) *Authority {
	t.Helper()
	a, err := Open(folder, []string{"Workstation", "bad name!"}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func verify(a *Authority, leaf *x509.Certificate, name string, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: now})
	return err
}

func TestCertificatesAreGoodForTheMachineAndPrivateAddressesOnly(t *testing.T) {
	now := time.Now()
	a := open(t, t.TempDir(), now)
	pair, err := a.Certificate([]netip.Addr{netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("fe80::1%eth0")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "guildhall.local", "workstation", "127.0.0.1", "192.168.1.20", "[::1]", "[fe80::1]"} {
		if err := verify(a, pair.Leaf, name, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"8.8.8.8", "example.org", "192.168.1.21"} {
		if verify(a, pair.Leaf, name, now) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAStolenKeyCannotVouchForPublicNames(t *testing.T) {
	now := time.Now()
	a := open(t, t.TempDir(), now)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, forged := range []*x509.Certificate{
		{DNSNames: []string{"example.org"}},
		{IPAddresses: []net.IP{net.IPv4(8, 8, 8, 8)}},
	} {
		forged.SerialNumber, forged.NotBefore, forged.NotAfter = big.NewInt(7), now.Add(-time.Hour), now.Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, forged, a.certificate, key.Public(), a.key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if verify(a, leaf, "", now) == nil {
			t.Errorf("a certificate for %v %v was accepted", forged.DNSNames, forged.IPAddresses)
		}
	}
}

func TestTheAuthorityIsKeptAndLeavesAreRenewed(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	first := open(t, folder, now)
	again := open(t, folder, now)
	if first.Fingerprint() != again.Fingerprint() {
		t.Error("opening it again made another authority")
	}
	if info, err := os.Stat(filepath.Join(folder, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}
	one, _ := again.Certificate(nil)
	same, _ := again.Certificate(nil)
	if one != same {
		t.Error("an unchanged certificate was made anew")
	}
	more, err := again.Certificate([]netip.Addr{netip.MustParseAddr("10.0.0.5")})
	if err != nil || more == one {
		t.Errorf("a new address got no certificate: %v", err)
	}
	late := now.Add(leafLifetime - renewBefore + time.Hour)
	again.now = func() time.Time { return late }
	renewed, err := again.Certificate(nil)
	if err != nil || renewed == more || verify(again, renewed.Leaf, "localhost", late) != nil {
		t.Errorf("not renewed: %v", err)
	}
}
