package spectest

import "testing"

func TestWhatIsNotAsSpecifiedIsFound(t *testing.T) {
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skip(NotRun)
	}
	for name, answer := range map[string]struct {
		path   string
		status int
		body   string
		bad    bool
	}{
		"a good answer":            {path: "/gateway", status: 200, body: `{"url":"wss://hall.lan"}`},
		"an answer without a key":  {path: "/gateway", status: 200, body: `{}`, bad: true},
		"an object for a list":     {path: "/users/@me/guilds", status: 200, body: `{}`, bad: true},
		"a status that is not one": {path: "/gateway", status: 201, body: `{"url":"wss://hall.lan"}`, bad: true},
		"no JSON":                  {path: "/gateway", status: 200, body: `<p>`, bad: true},
		"a route that is our own":  {path: "/users/@me/notes/7", status: 200, body: `{}`},
	} {
		if _, err := s.Check("GET", answer.path, answer.status, []byte(answer.body)); (err != nil) != answer.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}
