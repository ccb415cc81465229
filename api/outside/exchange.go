package outside

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// ErrNoAnswer says that an address could not be reached, or did not answer in time. Its words tell nothing of the network that the hall is in.
var ErrNoAnswer = errors.New("the address did not answer")

// Exchanger tells other machines of something, and hears their answer. It follows no redirects: what is meant for one address is not handed to another.
type Exchanger struct{ client *Client }

// NewExchanger makes an exchanger.
func NewExchanger(options Options) *Exchanger {
	if options.Agent == "" {
		options.Agent = "Guildhall interactions"
	}
	client := NewClient(options)
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Exchanger{client}
}

// Exchange posts a JSON body with some headers, and gives the status of the answer, whatever it is, with its body. ErrRefused when nothing is sent there, ErrNoAnswer when there is no answer, or one of more than most bytes.
func (e *Exchanger) Exchange(ctx context.Context, address string, header map[string]string, body []byte, most int64) (status int, answer []byte, err error) {
	parsed, err := url.Parse(address)
	if err != nil || e.client.check(parsed) != nil {
		return 0, nil, ErrRefused
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case e.client.slots <- struct{}{}:
		defer func() { <-e.client.slots }()
	case <-ctx.Done():
		return 0, nil, ErrNoAnswer
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, parsed.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, ErrRefused
	}
	request.Header.Set("User-Agent", e.client.options.Agent)
	request.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := e.client.http.Do(request)
	if errors.Is(err, ErrRefused) {
		return 0, nil, ErrRefused
	}
	if err != nil {
		return 0, nil, ErrNoAnswer
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil || int64(len(answer)) > most {
		return 0, nil, ErrNoAnswer
	}
	return response.StatusCode, answer, nil
}
