package outside

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Bounds of what is posted.
const (
	// postPatience is how long a receiver may take from the first byte of the connection to the last one of its answer.
	postPatience = 10 * time.Second
	// maxPostsAtOnce is how many receivers are told at a time: slow ones hold a place for as long as postPatience.
	maxPostsAtOnce = 256
	// maxPostAnswer is how much of an answer is read.
	maxPostAnswer = 16 << 10
)

// Poster tells other machines of something. It follows no redirects: what is meant for one address is not handed to another.
type Poster struct{ client *Client }

// NewPoster makes a poster.
func NewPoster(options Options) *Poster {
	if options.Agent == "" {
		options.Agent = "Guildhall event hooks"
	}
	client := NewClient(options)
	client.slots = make(chan struct{}, maxPostsAtOnce)
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if transport, ok := client.http.Transport.(*http.Transport); ok {
		transport.ResponseHeaderTimeout = postPatience
	}
	return &Poster{client}
}

// Errors of posting, in words that tell nothing of the network that the hall is in.
var (
	errPostRefused = errors.New("the hall does not send anything to this address; whoever runs it can allow it (outside-allow)")
	errPostTimeout = errors.New("there was no answer within ten seconds")
	errPostFailed  = errors.New("the address could not be reached")
)

// Send posts a JSON body with some headers and gives the status of the answer, whatever it is, and how long the receiver asks to be left alone (Retry-After); zero for not at all. The words of an error can be shown to whoever chose
// the address.
func (p *Poster) Send(ctx context.Context, address string, header map[string]string, body []byte) (status int, retryAfter time.Duration, err error) {
	parsed, err := url.Parse(address)
	if err != nil || p.client.check(parsed) != nil {
		return 0, 0, errPostRefused
	}
	// The time begins with the connection, not with waiting for a place.
	select {
	case p.client.slots <- struct{}{}:
		defer func() { <-p.client.slots }()
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, parsed.String(), bytes.NewReader(body))
	if err != nil {
		return 0, 0, errPostRefused
	}
	request.Header.Set("User-Agent", p.client.options.Agent)
	request.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := p.client.http.Do(request)
	if err != nil {
		return 0, 0, postFailure(err)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxPostAnswer))
	_ = response.Body.Close()
	if err != nil {
		return 0, 0, postFailure(err)
	}
	return response.StatusCode, retryAfterOf(response), nil
}

func postFailure(err error) error {
	if errors.Is(err, ErrRefused) {
		return errPostRefused
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return errPostTimeout
	}
	return errPostFailed
}

// retryAfterOf reads Retry-After: seconds, or a moment (RFC 9110, section 10.2.3).
func retryAfterOf(response *http.Response) time.Duration {
	text := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	now, known := http.ParseTime(response.Header.Get("Date"))
	if err != nil || known != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
