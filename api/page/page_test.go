package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"guildhall/webui"
)

func serve(t *testing.T, method, path string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	client := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>first")}, "mark.svg": {Data: []byte("<svg/>")}, "assets/a-1.js": {Data: []byte(strings.Repeat("let x = 1;", 100))}}
	handler, err := New(Options{Client: client, Trust: &Trust{Name: "Guildhall authority <x>", Fingerprint: "AA:BB", PEM: []byte("pem"), DER: []byte("der")}, Manual: webui.Manual()})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(method, path, nil)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestPagesOfTheClientAreItsFirstPage(t *testing.T) {
	for _, path := range []string{"/", "/invite/abc", "/setup", "/channels/1/2"} {
		answer := serve(t, http.MethodGet, path, map[string]string{"Accept": "text/html"})
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "first") {
			t.Errorf("%s: %d %q", path, answer.Code, answer.Body)
		}
		policy := answer.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(strings.Replace(policy, " 'wasm-unsafe-eval'", "", 1), "unsafe") || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, answer.Header())
		}
	}
}

func TestMissingFilesAndWritesAreRefused(t *testing.T) {
	if answer := serve(t, http.MethodGet, "/assets/none.js", map[string]string{"Accept": "*/*"}); answer.Code != http.StatusNotFound {
		t.Errorf("a missing file: %d", answer.Code)
	}
	if answer := serve(t, http.MethodPost, "/", nil); answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("a POST: %d", answer.Code)
	}
}

func TestFilesAreCompressedAndKept(t *testing.T) {
	answer := serve(t, http.MethodGet, "/assets/a-1.js", map[string]string{"Accept-Encoding": "gzip"})
	if answer.Header().Get("Content-Encoding") != "gzip" || answer.Body.Len() >= 1000 || !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%v, %d bytes", answer.Header(), answer.Body.Len())
	}
	again := serve(t, http.MethodGet, "/assets/a-1.js", map[string]string{"If-None-Match": answer.Header().Get("ETag")})
	if again.Code != http.StatusNotModified {
		t.Errorf("the second time: %d", again.Code)
	}
}

func TestThePolicyRepeatsOnlyWellFormedHosts(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Host = "x; script-src *"
	recorder := httptest.NewRecorder()
	securityHeaders(recorder, request)
	if strings.Contains(recorder.Header().Get("Content-Security-Policy"), "script-src *") {
		t.Error("a Host header widened the policy")
	}
}

func TestTheTrustPageShowsTheFingerprintAndEscapes(t *testing.T) {
	answer := serve(t, http.MethodGet, "/trust", nil)
	if body := answer.Body.String(); answer.Code != http.StatusOK || !strings.Contains(body, "AA:BB") || strings.Contains(body, "<x>") {
		t.Errorf("%d %q", answer.Code, body)
	}
	if answer := serve(t, http.MethodGet, "/trust/guildhall-authority.crt", nil); answer.Body.String() != "pem" {
		t.Errorf("the download: %q", answer.Body)
	}
}
