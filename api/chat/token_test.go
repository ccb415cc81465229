package chat

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"guildhall/store/id"
)

var testSecret = bytes.Repeat([]byte{7}, minSecretBytes)

func newTestTokens(t testing.TB, now *time.Time) *accessTokens {
	t.Helper()
	tokens, err := newAccessTokens(testSecret, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestAnAccessTokenIsGoodForItsTime(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tokens := newTestTokens(t, &now)
	token, err := tokens.mint(11, 22)
	if err != nil {
		t.Fatal(err)
	}
	for _, age := range []time.Duration{0, accessTokenLife - time.Second} {
		now = now.Add(age)
		if userID, sessionID, err := tokens.read(token); err != nil || userID != 11 || sessionID != 22 {
			t.Errorf("after %v: user %v, login %v, %v", age, userID, sessionID, err)
		}
	}
	now = now.Add(time.Second)
	if _, _, err := tokens.read(token); err == nil {
		t.Error("an expired token is good")
	}
	if again, _ := tokens.mint(11, 22); again == token {
		t.Error("two tokens are equal")
	}
}

func TestAccessTokensOfOthersAreRefused(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tokens := newTestTokens(t, &now)
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"sub": "11", "sid": "22", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
		change(c)
		return c
	}
	same := func(jwt.MapClaims) {}
	sign := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if _, _, err := tokens.read(sign(jwt.SigningMethodHS256, testSecret, claims(same))); err != nil {
		t.Fatalf("the pattern of these tests is not good itself: %v", err)
	}
	good, err := tokens.mint(11, 22)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for name, bad := range map[string]string{
		"without a signature":   sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(same)),
		"another secret":        sign(jwt.SigningMethodHS256, bytes.Repeat([]byte{8}, 32), claims(same)),
		"another method":        sign(jwt.SigningMethodHS512, testSecret, claims(same)),
		"no end":                sign(jwt.SigningMethodHS256, testSecret, claims(func(c jwt.MapClaims) { delete(c, "exp") })),
		"no account":            sign(jwt.SigningMethodHS256, testSecret, claims(func(c jwt.MapClaims) { delete(c, "sub") })),
		"an account of letters": sign(jwt.SigningMethodHS256, testSecret, claims(func(c jwt.MapClaims) { c["sub"] = "alice" })),
		"no login":              sign(jwt.SigningMethodHS256, testSecret, claims(func(c jwt.MapClaims) { delete(c, "sid") })),
		"a cut signature":       good[:len(good)-2],
		"another body":          parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"1","sid":"22","exp":9999999999}`)) + "." + parts[2],
		"two parts":             parts[0] + "." + parts[1],
		"nothing":               "",
	} {
		if _, _, err := tokens.read(bad); err == nil {
			t.Errorf("a token with %s is good", name)
		}
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	if _, err := newAccessTokens(testSecret[1:], time.Now); err == nil {
		t.Error("a secret of 31 bytes is taken")
	}
}

func TestARefreshTokenIsGenuineUnderItsOwnSecretOnly(t *testing.T) {
	secret := []byte("the family's secret")
	text := mintRefreshToken(secret, 22, 3)
	token, err := parseRefreshToken(text)
	if err != nil || token.sessionID != 22 || token.generation != 3 || !token.genuine(secret) {
		t.Fatalf("%s is read as %+v, %v", text, token, err)
	}
	if token.genuine([]byte("another secret")) {
		t.Error("it is genuine under another secret")
	}
	for _, other := range []refreshToken{{23, 3, token.mac}, {22, 4, token.mac}} {
		if other.genuine(secret) {
			t.Errorf("%+v is genuine", other)
		}
	}
	for _, bad := range []string{"", "..", "22.3", text + ".", "0" + text, "22.03" + text[4:], "22.-3" + text[4:], "22.4294967296" + text[4:], text[:len(text)-1], text + "AAAA", text + strings.Repeat("A", 4096)} {
		if _, err := parseRefreshToken(bad); err == nil {
			t.Errorf("%.80q is read", bad)
		}
	}
}

// botTokenShape is what client libraries insist on (wire contract, section 1).
var botTokenShape = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{27,}$`)

func TestABotTokenHasTheShapeThatLibrariesInsistOn(t *testing.T) {
	for _, botID := range []id.ID{1, 1181785600001, 1<<63 - 1} {
		token := mintBotToken(botID)
		if !botTokenShape.MatchString(token) {
			t.Errorf("%s", token)
		}
		if named, err := parseBotToken(token); err != nil || named != botID {
			t.Errorf("%s names %v, %v", token, named, err)
		}
		first, _, _ := strings.Cut(token, ".")
		if decimal, err := base64.RawStdEncoding.DecodeString(first); err != nil || string(decimal) != botID.String() {
			t.Errorf("%s begins with %q, %v", token, decimal, err)
		}
		if mintBotToken(botID) == token {
			t.Error("two tokens are equal")
		}
	}
}

func TestNothingIsLikeAnEmptyHash(t *testing.T) {
	if sameHash(nil, nil) || sameHash([]byte{}, []byte{}) || sameHash(hashSecret("a"), nil) || sameHash(nil, hashSecret("a")) || sameHash(hashSecret("a"), hashSecret("b")) {
		t.Error("hashes that must differ are the same")
	}
	if !sameHash(hashSecret("a"), hashSecret("a")) {
		t.Error("a hash is not like itself")
	}
}

func FuzzRefreshToken(f *testing.F) {
	f.Add(mintRefreshToken([]byte("secret"), 1, 0))
	f.Add("1.4294967295.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("1.0.00000000000\n00000000000000000000000000000000")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := parseRefreshToken(text)
		if err != nil {
			return
		}
		if again := token.sessionID.String() + "." + strings.Split(text, ".")[1] + "." + base64.RawURLEncoding.EncodeToString(token.mac); again != text {
			t.Errorf("%q is another way of writing %q", text, again)
		}
	})
}

func FuzzBotToken(f *testing.F) {
	f.Add(mintBotToken(1))
	f.Fuzz(func(t *testing.T, text string) {
		if botID, err := parseBotToken(text); err == nil && (botID == 0 || strings.Count(text, ".") != 2) {
			t.Errorf("%q names %v", text, botID)
		}
	})
}

func FuzzAccessToken(f *testing.F) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tokens := newTestTokens(f, &now)
	good, err := tokens.mint(11, 22)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := tokens.read(text); err == nil && text != good {
			t.Errorf("%q is good, and nobody minted it", text)
		}
	})
}
