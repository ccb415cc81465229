package route

import "net/http"

// A client whose requests are refused again and again (401, 403, 429) is broken, and is answered with nothing but 429 for a while, before any work is done for it. Upstream counts by address alone. Here several
// may come from one address, behind a router or a reverse proxy, so that each account there is counted by itself, each webhook, and what has no good credentials; whoever has good ones is never kept out by
// the others, and signing in is not counted: it has limits of its own.

// refusalKey says by what refusals of a request are counted; empty where they are not.
func refusalKey(entry *entry, r *Request) string {
	key := "rate/invalid/" + PeerAddress(r.Request) + "/"
	if entry.Access != Public {
		return key + r.Caller.UserID.String()
	}
	if hook := r.Param("hook"); hook != "" && len(hook) <= longestShown {
		return key + "hook/" + hook
	}
	return ""
}

// blocked answers 429 to those who were refused too often.
func (router *Router) blocked(w http.ResponseWriter, r *Request) error {
	if router.options.Limiter == nil || r.counts == "" {
		return nil
	}
	allowance, err := router.options.Limiter.Look(r.Context(), r.counts, router.options.InvalidLimit)
	if err != nil || allowance.OK {
		return err
	}
	r.counts = "" // a refusal for refusals prolongs nothing
	w.Header().Set("X-RateLimit-Global", "true")
	return tooMany(w, allowance, "global")
}

// countInvalid counts an answer that refused.
func (router *Router) countInvalid(out *answer, r *Request) {
	switch out.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
	default:
		return
	}
	if router.options.Limiter == nil || r.counts == "" {
		return
	}
	if _, err := router.options.Limiter.Allow(r.Context(), r.counts, router.options.InvalidLimit); err != nil {
		router.options.Log.Error("refused requests cannot be counted", "error", err)
	}
}
