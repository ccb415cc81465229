package chat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"guildhall/store/id"
)

// accessTokenLife is how long an access token is good without asking anew.
const accessTokenLife = 15 * time.Minute

// minSecretBytes is the shortest JWTSecret: as long as the output of the hash that it keys (RFC 7518, section 3.2).
const minSecretBytes = 32

// maxTokenLength bounds what is parsed as a credential of any kind, in bytes.
const maxTokenLength = 2048

var errBadToken = errors.New("not a good token")

// accessTokens mints and reads the JSON Web Tokens that people's requests carry (HS256).
type accessTokens struct {
	secret []byte
	now    func() time.Time
	parser *jwt.Parser
	// remembered are good tokens by their hashes: a person's requests come with the same one for a quarter of an hour. Whether the login still lives is asked every time.
	remembered *cache[[sha256.Size]byte, readToken]
}

// readToken is what a good token says.
type readToken struct {
	userID, sessionID id.ID
	expires           time.Time
}

// maxReadTokens is how many tokens are remembered: one for each device that is active at once, on a large hall.
const maxReadTokens = 4096

// accessClaims is the body of an access token.
type accessClaims struct {
	jwt.RegisteredClaims
	// SessionID is the login session that the token belongs to.
	SessionID id.ID `json:"sid"`
}

func newAccessTokens(secret []byte, now func() time.Time) (*accessTokens, error) {
	if len(secret) < minSecretBytes {
		return nil, fmt.Errorf("the secret for access tokens has %d bytes; it needs at least %d", len(secret), minSecretBytes)
	}
	return &accessTokens{secret: secret, now: now, remembered: newCache[[sha256.Size]byte, readToken](maxReadTokens), parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithTimeFunc(now), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
	)}, nil
}

func (a *accessTokens) mint(userID, sessionID id.ID) (string, error) {
	now := a.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: userID.String(), ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(accessTokenLife)),
		},
		SessionID: sessionID,
	}).SignedString(a.secret)
}

// read gives what a good token says.
func (a *accessTokens) read(token string) (userID, sessionID id.ID, err error) {
	hash := sha256.Sum256([]byte(token))
	known, found, epoch := a.remembered.get(hash)
	if found && a.now().Before(known.expires) {
		return known.userID, known.sessionID, nil
	}
	var claims accessClaims
	if _, err := a.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return a.secret, nil }); err != nil {
		return 0, 0, err
	}
	userID, err = id.Parse(claims.Subject)
	if err != nil || claims.SessionID == 0 {
		return 0, 0, errBadToken
	}
	a.remembered.fill(hash, readToken{userID, claims.SessionID, claims.ExpiresAt.Time}, epoch)
	return userID, claims.SessionID, nil
}

// refreshToken is what a refresh token says: which family it is of, and which rotation made it. Its text is the family's id, the generation, and an HMAC of both
// under the family's own secret, so that the store holds nothing that could be presented.
type refreshToken struct {
	sessionID  id.ID
	generation uint32
	mac        []byte
}

func refreshMAC(secret []byte, sessionID id.ID, generation uint32) []byte {
	mac := hmac.New(sha256.New, secret)
	message := binary.BigEndian.AppendUint64(nil, uint64(sessionID))
	mac.Write(binary.BigEndian.AppendUint32(message, generation))
	return mac.Sum(nil)
}

func mintRefreshToken(secret []byte, sessionID id.ID, generation uint32) string {
	return sessionID.String() + "." + strconv.FormatUint(uint64(generation), 10) + "." +
		base64.RawURLEncoding.EncodeToString(refreshMAC(secret, sessionID, generation))
}

// parseRefreshToken reads a refresh token's parts; whether it is genuine is for genuine to say.
func parseRefreshToken(text string) (refreshToken, error) {
	parts := strings.Split(text, ".")
	if len(text) > maxTokenLength || len(parts) != 3 {
		return refreshToken{}, errBadToken
	}
	sessionID, err := id.Parse(parts[0])
	if err != nil {
		return refreshToken{}, errBadToken
	}
	generation, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil || strconv.FormatUint(generation, 10) != parts[1] {
		return refreshToken{}, errBadToken
	}
	mac, err := decodePart(parts[2])
	if err != nil || len(mac) != sha256.Size {
		return refreshToken{}, errBadToken
	}
	return refreshToken{sessionID: sessionID, generation: uint32(generation), mac: mac}, nil
}

func (r refreshToken) genuine(secret []byte) bool {
	return hmac.Equal(r.mac, refreshMAC(secret, r.sessionID, r.generation))
}

// mintBotToken makes a bot's token: the account's id, a few characters that tell tokens apart, and the secret. Client libraries insist on this shape: they read the
// application's id from the first part, and the lengths of the others are checked by some.
func mintBotToken(botID id.ID) string {
	encoding := base64.RawURLEncoding
	return encoding.EncodeToString([]byte(botID.String())) + "." + encoding.EncodeToString(randomBytes(6))[:6] + "." + encoding.EncodeToString(randomBytes(32))
}

// parseBotToken gives the bot that a token names; whether the token is the bot's is for its hash to say.
func parseBotToken(token string) (id.ID, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxTokenLength || len(parts) != 3 || len(parts[1]) < 6 || len(parts[2]) < 27 {
		return 0, errBadToken
	}
	decimal, err := decodePart(parts[0])
	if err != nil {
		return 0, errBadToken
	}
	botID, err := id.Parse(string(decimal))
	if err != nil {
		return 0, errBadToken
	}
	return botID, nil
}

// hashSecret is how one-time and bot tokens are kept. They are random and long, so that a plain hash is enough.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// sameHash compares two hashes without telling by its duration where they differ. An empty one is like no other.
func sameHash(a, b []byte) bool {
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}

// decodePart reads a part of a token. There is one way of writing it: the decoder itself would pass over line breaks.
func decodePart(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errBadToken
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}

// encodeSecret writes a secret so that it can stand in a URL.
func encodeSecret(secret []byte) string { return base64.RawURLEncoding.EncodeToString(secret) }
