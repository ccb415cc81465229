package rest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"guildhall/api/chat/chattest"
)

// BenchmarkPostMessage posts to one channel from 64 senders at once, through everything but the network: credentials, decoding, rules, an in-memory store, encoding.
func BenchmarkPostMessage(b *testing.B) {
	w := newWorld(b)
	handler := w.server.Config.Handler
	body := `{"content":"a message of ordinary length, as people write them all day","tts":false,"flags":0}`
	path, credentials := w.fill("/api/v10/channels/{general}/messages"), w.callers["ben"]
	var failed atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
			r.Header.Set("Authorization", credentials)
			r.Header.Set("Content-Type", "application/json")
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, r)
			if recorder.Code != http.StatusOK {
				failed.Add(1)
			}
		}
	})
	if failed.Load() > 0 {
		b.Fatalf("%d posts failed", failed.Load())
	}
}

// BenchmarkPostMessageOverTheNetwork does so from 64 connections, with a store that syncs to this machine's disk. The senders' own work is in the figure.
func BenchmarkPostMessageOverTheNetwork(b *testing.B) {
	w := openWorld(b, chattest.Options{Dir: b.TempDir()})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	body := `{"content":"a message of ordinary length, as people write them all day","tts":false,"flags":0}`
	path, credentials := w.server.URL+w.fill("/api/v10/channels/{general}/messages"), w.callers["ben"]
	var failed atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, path, strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Authorization", credentials)
			r.Header.Set("Content-Type", "application/json")
			answer, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
				failed.Add(1)
			}
			_ = answer.Body.Close() // it was read to its end
		}
	})
	if failed.Load() > 0 {
		b.Fatalf("%d posts failed", failed.Load())
	}
}

// BenchmarkNewestMessages reads the newest 50 messages of a channel that has 200.
func BenchmarkNewestMessages(b *testing.B) {
	w := newWorld(b)
	ben := w.callers["ben"]
	for range 200 {
		w.call(b, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"a message of ordinary length, as people write them all day"}`})
	}
	handler, path := w.server.Config.Handler, w.fill("/api/v10/channels/{general}/messages?limit=50")
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		r.Header.Set("Authorization", ben)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Body)
		}
	}
}
