package ops

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Health answers whether the hall lives and whether it can take traffic.
type Health struct {
	ping     func(context.Context) error
	draining atomic.Bool
}

// NewHealth makes a Health that asks ping whether the store answers.
func NewHealth(ping func(context.Context) error) *Health { return &Health{ping: ping} }

// Drain makes the hall not ready: from now on /readyz answers 503, so that a load balancer sends nobody here any more.
func (h *Health) Drain() { h.draining.Store(true) }

// readyTimeout bounds how long readiness waits for the store.
const readyTimeout = 2 * time.Second

// Handler answers GET /healthz (200 while serving) and GET /readyz (200 when it can take traffic, 503 while draining or when the store does not answer).
func (h *Health) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		switch {
		case h.draining.Load():
			answer(w, http.StatusServiceUnavailable, "draining")
		case h.ping(ctx) != nil:
			answer(w, http.StatusServiceUnavailable, "the store does not answer")
		default:
			answer(w, http.StatusOK, "ready")
		}
	})
	return mux
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
