package chattest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"testing"
	"time"
)

// Secret is what authenticator apps of tests make codes with.
const Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// Code is what an authenticator app with a secret shows at a moment, made by the letter of RFC 6238 and not by what is tested.
func Code(tb testing.TB, secret string, moment time.Time) string {
	tb.Helper()
	key, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		tb.Fatal(err)
	}
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(moment.Unix()/30))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", (uint32(sum[at]&0x7f)<<24|uint32(sum[at+1])<<16|uint32(sum[at+2])<<8|uint32(sum[at+3]))%1000000)
}
