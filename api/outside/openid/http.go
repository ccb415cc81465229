package openid

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"guildhall/api/chat"
	"guildhall/api/outside"
)

// http gives a client for one provider: its issuer's host may be anywhere, because an administrator named it.
func (c *Client) http(issuer string) (*http.Client, error) {
	named, err := url.Parse(issuer)
	if err != nil || named.Hostname() == "" {
		return nil, fmt.Errorf("%w: %q is no address", chat.ErrOpenIDAway, issuer)
	}
	return &http.Client{Timeout: requestPatience, Transport: &bounded{issuer: issuer, next: outside.NewTransport(c.allowed, named.Hostname())}, CheckRedirect: follow}, nil
}

// follow takes a few redirects of what is read, and none of what is sent: codes and secrets go where they were meant to go.
func follow(_ *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || via[0].Header.Get("Authorization") != "" || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// checkEndpoint refuses addresses that a provider cannot have. Plain HTTP is for a provider on this machine, as its issuer says (chat checks that), and only there.
func checkEndpoint(issuer, endpoint string) error {
	named, err := url.Parse(issuer)
	if err != nil {
		return err
	}
	at, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return err
	case at.Host == "" || at.User != nil || at.Fragment != "":
		return errors.New("this is no address of a provider")
	case at.Scheme == "https", at.Scheme == "http" && named.Scheme == "http" && at.Hostname() == named.Hostname():
		return nil
	}
	return fmt.Errorf("%q is not encrypted", at.Scheme)
}

// bounded reads no more of an answer than it may have, and asks nowhere in the clear.
type bounded struct {
	issuer string
	next   http.RoundTripper
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkEndpoint(b.issuer, r.URL.String()); err != nil {
		return nil, err
	}
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &limited{body: response.Body, left: maxBody}
	return response, nil
}

// limited is a body that fails when it is longer than it may be.
type limited struct {
	body io.ReadCloser
	left int
}

var errTooMuch = errors.New("the answer is too large")

func (l *limited) Read(buffer []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooMuch
	}
	if len(buffer) > l.left {
		buffer = buffer[:l.left]
	}
	n, err := l.body.Read(buffer)
	l.left -= n
	return n, err
}

func (l *limited) Close() error { return l.body.Close() }
