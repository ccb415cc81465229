package outside

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site serves a handler on loopback, and gives a client that may ask there, and nowhere else on this machine.
func site(t *testing.T, handle http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	allowed, err := ParseAllowed("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(Options{Allowed: allowed}), server
}

func everything(string) bool { return true }

func TestAddressesThatAreNotOfTheWebAreNotAsked(t *testing.T) {
	asked := atomic.Int32{}
	_, server := site(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	client := NewClient(Options{OwnHosts: []string{"Hall.Example."}})
	port := server.Listener.Addr().(*net.TCPAddr).Port
	for _, address := range []string{
		server.URL, fmt.Sprintf("http://localhost:%d/", port), fmt.Sprintf("http://[::ffff:127.0.0.1]:%d/", port), fmt.Sprintf("http://0.0.0.0:%d/", port), fmt.Sprintf("http://127.1:%d/", port),
		fmt.Sprintf("http://2130706433:%d/", port), fmt.Sprintf("http://0x7f000001:%d/", port), fmt.Sprintf("http://[::1]:%d/", port), "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[fd00:ec2::254]/",
		"file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "http://", "//example.org", "http://ada:secret@example.org/", "https://hall.example/x", "https://" + strings.Repeat("a", 3000) + ".org/", ":",
	} {
		if answer, err := client.Get(t.Context(), address, "*/*", 10, everything); err == nil {
			t.Errorf("%s is answered %+v", address, answer)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if asked.Load() != 0 {
		t.Error("this machine was asked")
	}
}

func TestANameThatComesToStandForThisMachineIsNotAsked(t *testing.T) {
	guard := newGuard(Allowed{})
	lookups := atomic.Int32{}
	// The first answer is public, the second is not: what decides is the one that is dialled.
	guard.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		lookups.Add(1)
		return nil, errors.New("no name server in tests")
	}}
	if _, err := guard.dial(t.Context(), "tcp", "rebinding.test:80"); err == nil || lookups.Load() == 0 {
		t.Errorf("%d lookups, %v", lookups.Load(), err)
	}
	for _, answer := range []string{"127.0.0.1", "10.1.2.3", "::1"} {
		address := netip.AddrPortFrom(netip.MustParseAddr(answer), 80)
		if err := guard.admit(address.String(), guard.allowed.host("rebinding.test")); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestRedirectsAreLookedAtOneByOne(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inner service was asked") }))
	defer inner.Close()
	// The inner service is at another address of this machine, which is not allowed.
	target := strings.Replace(inner.URL, "127.0.0.1", "localhost", 1)
	for name, to := range map[string]string{
		"to what is no web": "file:///etc/passwd", "to a cloud's own data": "http://169.254.169.254/", "with credentials": "http://a:b@example.org/", "for ever": "/", "to this machine by another way": strings.Replace(target, "localhost", "[::1]", 1),
	} {
		t.Run(name, func(t *testing.T) {
			hops := atomic.Int32{}
			client, server := site(t, func(w http.ResponseWriter, r *http.Request) {
				if hops.Add(1) > 1 && r.Header.Get("Referer") != "" {
					t.Error("it tells where it comes from")
				}
				http.Redirect(w, r, to, http.StatusFound)
			})
			if answer, err := client.Get(t.Context(), server.URL, "*/*", 10, everything); err == nil {
				t.Errorf("%+v", answer)
			}
			if hops.Load() > maxRedirects+1 {
				t.Errorf("%d hops", hops.Load())
			}
		})
	}
	client, server := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/there", http.StatusMovedPermanently)
			return
		}
		_, _ = w.Write([]byte("here"))
	})
	answer, err := client.Get(t.Context(), server.URL, "*/*", 10, everything)
	if err != nil || string(answer.Body) != "here" || answer.Address.Path != "/there" {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestNoMoreIsReadThanIsWanted(t *testing.T) {
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := packed.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, handle := range map[string]http.HandlerFunc{
		"an answer without end": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
		"one that inflates": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := site(t, handle)
			answer, err := client.Get(t.Context(), server.URL, "*/*", 1000, everything)
			if err != nil || len(answer.Body) != 1000 || answer.Whole {
				t.Errorf("%+v, %v", answer, err)
			}
			if _, err := client.Picture(t.Context(), server.URL, 1000); err == nil {
				t.Error("half a picture is given")
			}
		})
	}
	t.Run("a head without end", func(t *testing.T) {
		client, server := site(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", maxHeaderBytes*2))
		})
		if _, err := client.Get(t.Context(), server.URL, "*/*", 10, everything); err == nil {
			t.Error("it is taken")
		}
	})
	t.Run("one that never comes", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client, server := site(t, func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			cancel()
			<-r.Context().Done()
		})
		if _, err := client.Get(ctx, server.URL, "*/*", 10, everything); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("one that says it went wrong", func(t *testing.T) {
		client, server := site(t, http.NotFound)
		if _, err := client.Get(t.Context(), server.URL, "*/*", 10, everything); err == nil {
			t.Error("it is taken")
		}
	})
}

func TestWhatIsSentTellsNothing(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	client, server := site(t, func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Cookie", "Authorization", "Referer", "X-Forwarded-For"} {
			if r.Header.Get(name) != "" {
				t.Errorf("%s is sent", name)
			}
		}
		if !strings.Contains(r.UserAgent(), "Guildhall") {
			t.Errorf("it says that it is %q", r.UserAgent())
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
	})
	for range 2 {
		if _, err := client.Get(t.Context(), server.URL, "*/*", 10, everything); err != nil {
			t.Error(err)
		}
	}
}

func TestAPageIsSaidInShort(t *testing.T) {
	const head = `<!doctype html><html><head><meta charset="utf-8">`
	for name, test := range map[string]struct{ contentType, body, want string }{
		"with Open Graph": {"text/html", head + `<title>Not this</title><meta property="og:title" content="Tea &amp; cake"><meta property="og:description" content="How  to
			make	it"><meta property="og:site_name" content="Kitchen"><meta property="og:image" content="/cup.png"><meta name="theme-color" content="#0a0"></head>`,
			`link|Tea & cake|How to make it|Kitchen||/cup.png|43520`},
		"with a large picture": {"text/html", head + `<meta name="twitter:card" content="summary_large_image"><meta name="twitter:title" content="T"><meta name="twitter:image" content="https://pictures.example/a.png">`,
			`article|T|||https://pictures.example/a.png||0`},
		"with nothing but a title":                   {"text/html", `<title> Plain &lt;b&gt; </title><body><meta property="og:title" content="no">`, `link|Plain <b>|||||0`},
		"in another alphabet":                        {"text/html; charset=windows-1251", "<title>\xcf\xf0\xe8\xe2\xe5\xf2</title>", `link|Привет|||||0`},
		"that turns its text round":                  {"text/html", "<title>a\u202egnp.exe\u200b</title>", `link|agnp.exe|||||0`},
		"with a base":                                {"text/html", `<base href="/deep/"><title>t</title><meta property="og:image" content="a.png">`, `link|t||||/deep/a.png|0`},
		"with a picture that is none":                {"text/html", `<title>t</title><meta property="og:image" content="javascript:alert(1)">`, `link|t|||||0`},
		"with a picture that asks with credentials":  {"text/html", `<title>t</title><meta property="og:image" content="http://a:b@example.org/x.png">`, `link|t|||||0`},
		"with a title that is long":                  {"text/html", `<title>` + strings.Repeat("word ", 100) + `</title>`, "link|" + strings.TrimSpace(strings.Repeat("word ", 51)) + "…|||||0"},
		"with markup in its title":                   {"text/html", `<meta property="og:title" content="<script>alert(1)</script>">`, `link|<script>alert(1)</script>|||||0`},
		"with nothing":                               {"text/html", `<body>text`, ``},
		"that is text":                               {"text/plain", `<title>t</title>`, ``},
		"that is a picture":                          {"image/png", "x", `image||||/|/|0`},
		"that is a drawing":                          {"image/svg+xml", `<svg/>`, ``},
		"that is a program":                          {"application/octet-stream", `MZ`, ``},
		"that is broken off in the midst of a thing": {"text/html", `<title>t</title><meta property="og:descr`, `link|t|||||0`},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := site(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				_, _ = w.Write([]byte(test.body))
			})
			embed, ok, err := client.Preview(t.Context(), server.URL+"/")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if ok {
				local := func(address string) string { return strings.TrimPrefix(address, server.URL) }
				got = fmt.Sprintf("%s|%s|%s|%s|%s|%s|%d", embed.Type, embed.Title, embed.Description, embed.Provider, local(embed.Image), local(embed.Thumbnail), embed.Color)
				if embed.Type == "image" {
					got = fmt.Sprintf("image||||%s|%s|0", local(embed.URL), local(embed.Thumbnail))
				}
			}
			if got != test.want {
				t.Errorf("it is said to be %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzPagesAreReadWithoutHarm(f *testing.F) {
	f.Add([]byte(`<title>t</title><meta property="og:image" content="a.png"><base href="//x">`), "text/html")
	f.Add([]byte("<title>\xcf"), "text/html; charset=windows-1251")
	f.Add([]byte("<meta<title>"), "text/html; charset=nonsense")
	at := &url.URL{Scheme: "https", Host: "example.org", Path: "/a/b"}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		found := readPage(body, contentType)
		embed, ok := found.embed(at.String(), at)
		if !ok {
			return
		}
		for _, text := range []string{embed.Title, embed.Description, embed.Provider} {
			if strings.ContainsAny(text, "\x00\n\u202e") || len([]rune(text)) > maxDescription {
				t.Errorf("%q", text)
			}
		}
		for _, address := range []string{embed.Image, embed.Thumbnail} {
			if address != "" && !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
				t.Errorf("%q", address)
			}
		}
	})
}
