package outside

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of what is asked for.
const (
	maxRedirects   = 3
	maxHeaderBytes = 64 << 10
	maxAddress     = 2048
	// patience is how long one answer may take from the first byte asked to the last one read.
	patience = 8 * time.Second
	// maxAtOnce is how many are asked at a time, maxPerHost how many at one host.
	maxAtOnce  = 16
	maxPerHost = 4
)

// Options are what a client may ask.
type Options struct {
	Allowed Allowed
	// Agent is the User-Agent that it says; by default that of the hall.
	Agent string
	// OwnHosts are the names by which the hall itself is reached: it does not ask itself.
	OwnHosts []string
}

// Client asks other machines. It sends no cookies, no credentials and no referrer, follows at most three redirects, keeps no connections, and takes no notice of proxies that the environment names.
type Client struct {
	options Options
	http    *http.Client
	slots   chan struct{}
}

// NewClient makes a client.
func NewClient(options Options) *Client {
	if options.Agent == "" {
		options.Agent = "Mozilla/5.0 (compatible; Guildhall; link previews)"
	}
	c := &Client{options: options, slots: make(chan struct{}, maxAtOnce)}
	c.http = &http.Client{
		Transport:     NewTransport(options.Allowed),
		CheckRedirect: c.follow,
	}
	return c
}

// check refuses addresses that are not to be asked, whoever has them by now.
func (c *Client) check(address *url.URL) error {
	switch {
	case address.Scheme != "http" && address.Scheme != "https":
		return refused("%q is not of the web", address.Scheme)
	case address.Hostname() == "":
		return refused("there is no host")
	case address.User != nil:
		return refused("there are credentials in the address")
	case len(address.String()) > maxAddress:
		return refused("the address is too long")
	}
	for _, own := range c.options.OwnHosts {
		if canonicalHost(address.Hostname()) == canonicalHost(own) {
			return refused("this is the hall itself")
		}
	}
	return nil
}

func (c *Client) follow(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return refused("it leads on and on")
	}
	r.Header.Del("Referer")
	return c.check(r.URL)
}

// Answer is what came.
type Answer struct {
	// Address is where it came from, after redirects.
	Address     *url.URL
	ContentType string
	// Body is the beginning of it, as it is: whatever it was packed in is unpacked. Whole tells whether it is all.
	Body  []byte
	Whole bool
}

// Get asks for what is at an address, and reads at most so many bytes of it. wanted decides by the content type whether it is read at all. Refusals are ErrRefused, an answer that says that
// it has more than most times ten bytes is ErrTooMuch, and one that is no success an error of its own.
func (c *Client) Get(ctx context.Context, address, accept string, most int64, wanted func(contentType string) bool) (*Answer, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, refused("%q is no address", address)
	}
	if err := c.check(parsed); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, parsed.String(), http.NoBody)
	if err != nil {
		return nil, refused("%q is no address", address)
	}
	request.Header.Set("User-Agent", c.options.Agent)
	request.Header.Set("Accept", accept)
	request.Header.Set("Accept-Language", "en;q=0.8,*;q=0.5")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, unwrap(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", response.Request.URL.Host, response.StatusCode)
	}
	answer := &Answer{Address: response.Request.URL, ContentType: response.Header.Get("Content-Type")}
	if !wanted(answer.ContentType) {
		return answer, nil
	}
	if answer.Body, err = io.ReadAll(io.LimitReader(response.Body, most+1)); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	if answer.Whole = int64(len(answer.Body)) <= most; !answer.Whole {
		answer.Body = answer.Body[:most]
	}
	return answer, nil
}

// unwrap takes the address out of an error: it stands in logs where it need not.
func unwrap(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// isKind tells whether a content type is of one of some kinds, whatever parameters it has.
func isKind(contentType string, kinds ...string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	for _, one := range kinds {
		if kind == one || strings.HasSuffix(one, "/") && strings.HasPrefix(kind, one) {
			return true
		}
	}
	return false
}
