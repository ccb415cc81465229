package route

import (
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

// bucket is what requests of one route are counted in. Clients keep requests of one bucket and major parameter in order.
type bucket struct {
	// name is opaque to clients, and the same after every start.
	name  string
	limit ephemeral.Limit
	// major is the parameter that has a bucket of its own for each value: a channel, guild or webhook. Empty for none.
	major string
}

var majorParams = map[string]bool{"channel": true, "guild": true, "hook": true}

func newBucket(e *entry, defaultLimit ephemeral.Limit) bucket {
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, e.Method+" "+e.Pattern) // a hash takes everything
	b := bucket{name: strconv.FormatUint(hash.Sum64(), 16), limit: e.Limit}
	if b.limit == (ephemeral.Limit{}) {
		b.limit = defaultLimit
	}
	for _, one := range e.segments {
		if one.param && majorParams[one.text] {
			b.major = one.text
			break
		}
	}
	return b
}

// limit counts the request, writes the contract's headers, and answers 429 itself when it is one too many.
func (router *Router) limit(w http.ResponseWriter, entry *entry, r *Request) error {
	if router.options.Limiter == nil {
		return nil
	}
	key := "rate/" + PeerAddress(r.Request)
	if entry.Access != Public {
		key = "rate/" + r.Caller.UserID.String()
	}
	global, err := router.options.Limiter.Allow(r.Context(), key, router.options.GlobalLimit)
	if err != nil {
		return err
	}
	if !global.OK {
		w.Header().Set("X-RateLimit-Global", "true")
		return tooMany(w, global, "global")
	}
	key += "/" + entry.bucket.name
	if value := r.Param(entry.bucket.major); len(value) <= longestShown { // longer ones are no ids, and count together
		key += "/" + value
	}
	if token := r.Param("token"); entry.bucket.major == "hook" && chat.IsInteractionToken(token) {
		// What an application says of one interaction is not held up by what it says of others.
		key += "/" + token
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
		return tooMany(w, allowance, "user")
	}
	return nil
}

// limitFailure counts credentials that are no good by address, so that nobody can try them without end, and gives their error when there were not too many.
func (router *Router) limitFailure(w http.ResponseWriter, r *Request, failure error) error {
	if router.options.Limiter == nil {
		return failure
	}
	allowance, err := router.options.Limiter.Allow(r.Context(), "rate/failed/"+PeerAddress(r.Request), router.options.GlobalLimit)
	if err != nil {
		return err
	}
	if !allowance.OK {
		return tooMany(w, allowance, "shared")
	}
	return failure
}

// tooMany answers 429.
func tooMany(w http.ResponseWriter, allowance ephemeral.Allowance, scope string) error {
	seconds, global := math.Ceil(allowance.ResetAfter.Seconds()*1000)/1000, scope == "global"
	writeWait(w.Header(), seconds, scope)
	if err := JSON(w, http.StatusTooManyRequests, wire.Error{Message: "You are being rate limited.", RetryAfter: &seconds, Global: &global}); err != nil {
		return err
	}
	return errAnswered
}

// writeWait sets the headers that go with 429. Without Via, discord.py takes it for a ban by a proxy, and raises instead of waiting.
func writeWait(header http.Header, seconds float64, scope string) {
	header.Set("Via", "1.1 guildhall")
	header.Set("X-RateLimit-Scope", scope)
	header.Set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
}
