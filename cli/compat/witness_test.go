package compat

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/spectest"
	"guildhall/cli/authority"
	"guildhall/cli/clitest"
)

// unspecified are the routes that libraries ask for and that the published specification does not have. Parameters stand as {}.
var unspecified = []string{
	"PATCH /guilds/{}/members/@me/nick", // of older versions; discordgo has it
}

var (
	prefix    = regexp.MustCompile(`^/+api(/v\d+)?/+`)
	parameter = regexp.MustCompile(`\d{5,}`)
)

// witness stands between a library and the hall, and holds every answer against the published specification. It gives the address to point the library at.
// The gateway passes by: its address comes from the hall, and so do those of files. Where there is no specification, the library talks to the hall alone.
func witness(t *testing.T, hall *clitest.Hall) (address string) {
	t.Helper()
	return witnessOf(t, hall, hall.URL)
}

// secureWitness is a witness over HTTPS on both sides: it shows a certificate of the hall's authority, as the hall does.
func secureWitness(t *testing.T, hall *clitest.Hall) (address string) {
	t.Helper()
	return witnessOf(t, hall, hall.SecureURL)
}

func witnessOf(t *testing.T, hall *clitest.Hall, base string) (address string) {
	t.Helper()
	specification, err := spectest.Open()
	if err != nil {
		t.Fatal(err)
	}
	if specification == nil {
		t.Log(spectest.NotRun)
		return base
	}
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target) // the host too, so that the hall names its own address
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(response *http.Response) error {
			body, err := io.ReadAll(response.Body)
			if err != nil {
				return err
			}
			response.Body = io.NopCloser(bytes.NewReader(body))
			compare(t, specification, response, body)
			return nil
		},
		// A hall that is not there is not there for the library either.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	server := httptest.NewUnstartedServer(proxy)
	server.Config.ErrorLog = proxy.ErrorLog
	t.Cleanup(server.Close)
	if target.Scheme == "http" {
		server.Start()
		return server.URL
	}
	trusted, certificate := vouched(t, hall)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	t.Cleanup(transport.CloseIdleConnections)
	proxy.Transport = transport
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	server.StartTLS()
	return server.URL
}

// vouched gives the hall's authority, and a certificate that it vouches for.
func vouched(t *testing.T, hall *clitest.Hall) (*x509.CertPool, *tls.Certificate) {
	t.Helper()
	made, err := authority.Open(hall.AuthorityFolder(), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := made.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(made.CertificatePEM())
	return trusted, certificate
}

// compare validates one answer.
func compare(t *testing.T, specification *spectest.Specification, response *http.Response, body []byte) {
	method, path := response.Request.Method, response.Request.URL.Path
	version := prefix.FindString(path)
	if version == "" {
		return // not the API: a file
	}
	path = "/" + strings.TrimPrefix(path, version)
	operation, err := specification.Check(method, path, response.StatusCode, body)
	switch {
	case err != nil:
		t.Errorf("%s %s (status %d) is not answered as specified: %v\n%s", method, path, response.StatusCode, err, body)
	case operation == "" && !slices.Contains(unspecified, method+" "+parameter.ReplaceAllString(path, "{}")):
		t.Errorf("%s %s is neither specified nor among the routes that are known not to be", method, path)
	}
}
