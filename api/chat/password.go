package chat

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"guildhall/api/chat/commonpassword"
	"guildhall/store"
)

// The lengths of a password, in characters. The upper bound only keeps the input small; nothing is cut off.
const (
	minPasswordLength = 8
	maxPasswordLength = 128
)

// argonParameters are the costs of one Argon2id hash.
type argonParameters struct {
	memoryKiB uint32
	passes    uint32
	threads   uint8
}

// currentArgon is what new hashes are made with: the first choice of the OWASP Password Storage Cheat Sheet for Argon2id (19 MiB, two passes, one thread).
var currentArgon = argonParameters{memoryKiB: 19 * 1024, passes: 2, threads: 1}

const (
	saltBytes = 16
	hashBytes = 32
	// hashesAtOnce bounds memory (each hash works in 19 MiB) and keeps a core free for those who are logged in already.
	hashesAtOnce = 2
	// hashesWaiting is how many more may wait their turn; at some 40 ms each the last of them waits little more than a second.
	hashesWaiting = 64
)

// passwords makes and checks password hashes, a few at a time. It is safe for concurrent use.
type passwords struct {
	// costs are those of new hashes.
	costs   argonParameters
	slots   chan struct{}
	waiting atomic.Int32
	// decoy is checked against when there is no account, so that the answer takes as long as for one that exists.
	decoy string
}

// newPasswords takes the memory of new hashes, zero for that of currentArgon.
func newPasswords(memoryKiB int) *passwords {
	costs := currentArgon
	costs.memoryKiB = cmp.Or(uint32(memoryKiB), costs.memoryKiB)
	return &passwords{
		costs: costs, slots: make(chan struct{}, hashesAtOnce),
		decoy: encodeHash(costs, randomBytes(saltBytes), randomBytes(hashBytes)),
	}
}

// enter waits for a turn. The caller gives it back with leave.
func (p *passwords) enter(ctx context.Context) error {
	if p.waiting.Add(1) > hashesWaiting+hashesAtOnce {
		p.waiting.Add(-1)
		return &Error{Kind: RateLimited, Message: "Too many people are logging in right now. Try again in a moment.", RetryAfter: 2 * time.Second}
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		p.waiting.Add(-1)
		return &Error{Kind: Unavailable, Cause: ctx.Err()}
	}
}

func (p *passwords) leave() {
	<-p.slots
	p.waiting.Add(-1)
}

// hash makes a hash in PHC format (https://github.com/P-H-C/phc-string-format).
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	salt := randomBytes(saltBytes)
	return encodeHash(p.costs, salt, deriveKey(p.costs, password, salt, hashBytes)), nil
}

// check tells whether a password is the one behind a hash, and whether the hash was made with other than today's costs. An empty encoded hash (no such account,
// or one that has no password) takes the same work and is never right.
func (p *passwords) check(ctx context.Context, encoded, password string) (right, outdated bool, err error) {
	exists := encoded != ""
	if !exists {
		encoded = p.decoy
	}
	parameters, salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, false, internal("read a password hash", err)
	}
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	got := deriveKey(parameters, password, salt, uint32(len(want)))
	equal := subtle.ConstantTimeCompare(got, want) == 1
	return equal && exists, parameters != p.costs || len(want) != hashBytes, nil
}

func deriveKey(parameters argonParameters, password string, salt []byte, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, parameters.passes, parameters.memoryKiB, parameters.threads, length)
}

func encodeHash(parameters argonParameters, salt, hash []byte) string {
	encoding := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, parameters.memoryKiB, parameters.passes, parameters.threads,
		encoding.EncodeToString(salt), encoding.EncodeToString(hash))
}

// decodeHash reads what encodeHash wrote. It refuses costs that would let one stored value stall the hall.
func decodeHash(encoded string) (parameters argonParameters, salt, hash []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parameters, nil, nil, fmt.Errorf("not an Argon2id hash of version %d", argon2.Version)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &parameters.memoryKiB, &parameters.passes, &parameters.threads); err != nil {
		return parameters, nil, nil, fmt.Errorf("costs: %w", err)
	}
	if parameters.memoryKiB < 8 || parameters.memoryKiB > 1<<20 || parameters.passes < 1 || parameters.passes > 64 || parameters.threads < 1 {
		return parameters, nil, nil, fmt.Errorf("costs out of bounds: %s", parts[3])
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return parameters, nil, nil, fmt.Errorf("salt: %w", err)
	}
	if hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return parameters, nil, nil, fmt.Errorf("hash: %w", err)
	}
	if len(salt) < 8 || len(hash) < 16 || len(hash) > 64 {
		return parameters, nil, nil, fmt.Errorf("salt of %d and hash of %d bytes", len(salt), len(hash))
	}
	return parameters, salt, hash, nil
}

// What a new password is compared with.
const (
	// minDistinct is how many different characters it must have.
	minDistinct = 3
	// minOwn is how many letters and digits there must be besides a name, and minName how many a name must have to be looked for.
	minOwn  = 6
	minName = 3
)

// validatePassword says what is wrong with a new password; nil when it is fine. Its length is asked for, that it can be typed, and that it is none of those that are guessed first (NIST SP 800-63B, 5.1.1.2): one that many
// people have, or little more than one of the names that go with it.
func validatePassword(path, password string, names ...string) *FieldError {
	switch length := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return &FieldError{Path: path, Code: "PASSWORD_BAD_CHARACTERS", Message: "A password cannot contain control characters."}
	case length < minPasswordLength || length > maxPasswordLength:
		return badLength(path, minPasswordLength, maxPasswordLength)
	case distinct(password) < minDistinct, commonpassword.Contains(password), commonpassword.Contains(strings.TrimSpace(password)):
		return &FieldError{Path: path, Code: "PASSWORD_TOO_COMMON", Message: "Many people have this password, so it is guessed first. Choose another one, such as a few words that have nothing to do with each other."}
	case slices.ContainsFunc(names, func(name string) bool { return likeName(password, name) }):
		return &FieldError{Path: path, Code: "PASSWORD_TOO_SIMILAR", Message: "This password is too much like your name, your e-mail address or the name of the hall. Choose another one."}
	}
	return nil
}

// distinct counts the different characters of a text.
func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// likeName tells whether a password is a name, or hardly more than that: "alice2024!", "aliceAlice".
func likeName(password, name string) bool {
	password, name = lettersAndDigits(password), lettersAndDigits(name)
	return utf8.RuneCountInString(name) >= minName && strings.Contains(password, name) && utf8.RuneCountInString(strings.ReplaceAll(password, name, "")) < minOwn
}

// lettersAndDigits is a text without case and without all else.
func lettersAndDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// checkPassword is validatePassword for a new password of an account, as it will be called.
func (a *Accounts) checkPassword(ctx context.Context, path, password string, user *store.User) (*FieldError, error) {
	hall, err := a.Store.Hall(ctx)
	if err != nil {
		return nil, internal("read the hall", err)
	}
	mailbox, _, _ := strings.Cut(user.Email, "@")
	return validatePassword(path, password, user.Username, user.GlobalName, user.Email, mailbox, hall.Name), nil
}

// badLength is the wire's error for a text that is too short or too long.
func badLength(path string, shortest, longest int) *FieldError {
	return &FieldError{Path: path, Code: "BASE_TYPE_BAD_LENGTH", Message: fmt.Sprintf("Must be between %d and %d in length.", shortest, longest)}
}

// randomBytes gives bytes that nobody can guess.
func randomBytes(count int) []byte {
	bytes := make([]byte, count)
	rand.Read(bytes) // never fails (documented since Go 1.24)
	return bytes
}
