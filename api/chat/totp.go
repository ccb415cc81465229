package chat

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what authenticator apps compute codes with (RFC 6238, section 1.2); collisions of SHA-1 are no help in guessing them
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// One-time codes are those of RFC 6238 as every authenticator app makes them: HMAC-SHA-1, steps of 30 seconds, six digits.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	// totpDrift is how many steps a device's clock may be off, either way.
	totpDrift = 1
	// The bounds of a shared secret, in bytes: RFC 4226 (section 4, R6) asks for 128 bits at least.
	minTOTPSecret = 16
	maxTOTPSecret = 64
)

// Recovery codes.
const (
	recoveryCodes = 10
	// recoveryBytes is the length of a code's randomness: 80 bits, 16 characters of base 32. A plain hash of that cannot be turned back.
	recoveryBytes = 10
)

// recoveryAlphabet has digits and letters without those that are taken for one another.
var recoveryAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// totpCode is the code of a time step (RFC 4226, section 5.3).
func totpCode(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, number%1_000_000)
}

// totpStepAt is the time step that a moment is in.
func totpStepAt(moment time.Time) int64 { return moment.Unix() / int64(totpStep/time.Second) }

// matchTOTP finds the time step about a moment whose code it is. Every step is looked at, so that the time it takes tells nothing.
func matchTOTP(secret []byte, code string, moment time.Time) (step int64, found bool) {
	now := totpStepAt(moment)
	for at := now - totpDrift; at <= now+totpDrift; at++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, at)), []byte(code)) == 1 {
			step, found = at, true
		}
	}
	return step, found
}

// parseTOTPSecret reads a secret as apps and QR codes have it: base 32, in any case, with or without spaces and padding.
func parseTOTPSecret(text string) ([]byte, error) {
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(text))
	if len(text) > 2*maxTOTPSecret || strings.ContainsAny(text, "\r\n") { // the decoder passes over line breaks
		return nil, errBadToken
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) < minTOTPSecret || len(secret) > maxTOTPSecret {
		return nil, errBadToken
	}
	return secret, nil
}

// newRecoveryCodes draws codes, as they are shown, with the hashes under which they are kept.
func newRecoveryCodes(userID id.ID) (codes []string, hashes [][]byte) {
	for range recoveryCodes {
		code := recoveryAlphabet.EncodeToString(randomBytes(recoveryBytes))
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
		hashes = append(hashes, hashRecovery(userID, code))
	}
	return codes, hashes
}

func hashRecovery(userID id.ID, code string) []byte {
	return hashSecret("recovery code of " + userID.String() + " " + code)
}

// plainCode is a code as somebody typed it, without what is there for the eye.
func plainCode(typed string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(typed)))
}

// isTOTPCode tells codes of an app from recovery codes.
func isTOTPCode(code string) bool {
	return len(code) == totpDigits && strings.Trim(code, "0123456789") == ""
}

// Why a code is not taken; what is stored stays as it is.
var (
	errWrongCode = errors.New("not a code of this account")
	errUsedCode  = errors.New("this code was used already")
)

// useTOTP checks a code of an app and uses it up, with all before it.
func (a *Accounts) useTOTP(factor *store.TwoFactor, code string) error {
	if factor.Secret == nil {
		return errWrongCode
	}
	secret, err := a.sealer.open(sealedPlace(factor.UserID), factor.Secret)
	if err != nil {
		a.Log.Error("the secret of one-time codes cannot be read; was the hall's own secret replaced?", "user", factor.UserID)
		return errWrongCode
	}
	step, found := matchTOTP(secret, code, a.Now())
	switch {
	case !found:
		return errWrongCode
	case step <= factor.LastStep:
		return errUsedCode
	}
	factor.LastStep = step
	return nil
}

// useRecovery checks a recovery code and uses it up. All are compared, so that the time it takes tells nothing.
func useRecovery(factor *store.TwoFactor, code string) error {
	hash, at := hashRecovery(factor.UserID, code), -1
	for i, kept := range factor.RecoveryHashes {
		if sameHash(kept, hash) {
			at = i
		}
	}
	if at < 0 {
		return errWrongCode
	}
	factor.RecoveryHashes = append(factor.RecoveryHashes[:at:at], factor.RecoveryHashes[at+1:]...)
	return nil
}

// sealedPlace is where the secret of an account's one-time codes is sealed for.
func sealedPlace(userID id.ID) string { return "one-time codes of " + userID.String() }

// deriveHallKey makes a key for one purpose of the hall's secret (HKDF, RFC 5869).
func deriveHallKey(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "guildhall "+purpose, sha256.Size)
}
