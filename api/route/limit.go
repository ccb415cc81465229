package route

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"time"

	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

// bucket is what requests of one route are counted in. Clients keep requests of one bucket and major parameter in order.
type bucket struct {
	name  string
	limit ephemeral.Limit
	// major is the parameter that has a bucket of its own for each value: a channel, guild or webhook.
	major string
}

func newBucket(route Route) bucket {
	hash := fnv.New64a()
	fmt.Fprint(hash, route.Method, " ", route.Pattern)
	b := bucket{name: strconv.FormatUint(hash.Sum64(), 16), limit: route.Limit}
	if b.limit == (ephemeral.Limit{}) {
		b.limit = DefaultLimit
	}
	for segment := range segmentsOf(route.Pattern) {
		if name, ok := isParam(segment); ok && (name == "channel" || name == "guild" || name == "hook") {
			b.major = name
			break
		}
	}
	return b
}

func segmentsOf(pattern string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 1
		for i := 1; i <= len(pattern); i++ {
			if i == len(pattern) || pattern[i] == '/' {
				if !yield(pattern[start:i]) {
					return
				}
				start = i + 1
			}
		}
	}
}

// limit counts the request, writes the contract's headers, and answers 429 itself when it is one too many.
func (router *Router) limit(w http.ResponseWriter, entry *entry, r *Request) error {
	if router.options.Limiter == nil {
		return nil
	}
	who := PeerAddress(r.Request)
	if entry.Access != Public {
		who = r.Caller.UserID.String()
	}
	global, err := router.options.Limiter.Allow(r.Context(), "rate/"+who, GlobalLimit)
	if err != nil {
		return err
	}
	if !global.OK {
		w.Header().Set("X-RateLimit-Global", "true")
		tooMany(w, global, "global")
		return errAnswered
	}
	key := "rate/" + who + "/" + entry.bucket.name
	if entry.bucket.major != "" {
		key += "/" + r.Param(entry.bucket.major)
	}
	allowance, err := router.options.Limiter.Allow(r.Context(), key, entry.bucket.limit)
	if err != nil {
		return err
	}
	header := w.Header()
	seconds := allowance.ResetAfter.Seconds()
	header.Set("X-RateLimit-Limit", strconv.Itoa(entry.bucket.limit.Burst))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(allowance.Remaining))
	header.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(time.Now().UnixMilli())/1000+seconds, 'f', 3, 64))
	header.Set("X-RateLimit-Reset-After", strconv.FormatFloat(seconds, 'f', 3, 64))
	header.Set("X-RateLimit-Bucket", entry.bucket.name)
	if !allowance.OK {
		tooMany(w, allowance, "user")
		return errAnswered
	}
	return nil
}

// tooMany answers 429. Without the Via header discord.py takes it for a ban by a proxy, and raises instead of waiting.
func tooMany(w http.ResponseWriter, allowance ephemeral.Allowance, scope string) {
	header := w.Header()
	header.Set("Via", "1.1 guildhall")
	header.Set("X-RateLimit-Scope", scope)
	header.Set("Retry-After", strconv.Itoa(int(math.Ceil(allowance.ResetAfter.Seconds()))))
	seconds, global := math.Ceil(allowance.ResetAfter.Seconds()*1000)/1000, scope == "global"
	writeJSON(w, http.StatusTooManyRequests, wire.Error{Message: "You are being rate limited.", RetryAfter: &seconds, Global: &global})
}
