package turn

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

const (
	// CredentialLife is how long a credential is good at most. It ends with the stay that it was given for; calls last a day at the longest, or the client
	// asks for another.
	CredentialLife = 24 * time.Hour
	// maxReached bounds the addresses that a credential names.
	maxReached = 8
)

// Credential lets one client relay for as long as it stays in a room.
type Credential struct {
	Username, Password string
	revoke             func()
}

// Revoke ends the credential and all that it was used for. It can be called more than once.
func (c Credential) Revoke() { c.revoke() }

// stay is what a credential was given for.
type stay struct {
	relays map[*relay]struct{}
	// uses are the requests for allocations that were made with it, as long as their nonces are good.
	uses map[[stun.TransactionIDSize]byte]use
}

// use is a request for an allocation.
type use struct {
	by   *client
	when time.Time
}

const (
	// nonceLife is how long pion takes a nonce, and with it a request: it counts minutes up to sixty.
	nonceLife = 61 * time.Minute
	// maxUses is how many requests for allocations one credential is good for within that time.
	maxUses = 1024
)

// firstUse tells whether a request for an allocation is its maker's. One that came from another client before was overheard: without TLS everybody on
// the way can read it, and nonces are the same for everybody.
func (s *Server) firstUse(username string, transaction [stun.TransactionIDSize]byte, by *client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	stay := s.stays[username]
	if stay == nil {
		return false
	}
	if before, used := stay.uses[transaction]; used {
		return before.by == by
	}
	now := s.options.Now()
	if len(stay.uses) >= maxUses {
		maps.DeleteFunc(stay.uses, func(_ [stun.TransactionIDSize]byte, u use) bool { return now.Sub(u.when) > nonceLife })
	}
	if len(stay.uses) >= maxUses {
		return false
	}
	stay.uses[transaction] = use{by, now}
	return true
}

// Issue makes a credential for a client. Reached are addresses and ports by which this client can reach the media port, besides the hall's: its
// router may have mapped the port.
func (s *Server) Issue(reached []netip.AddrPort) Credential {
	var id [12]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	parts := []string{strconv.FormatInt(s.options.Now().Add(CredentialLife).Unix(), 10), base64.RawURLEncoding.EncodeToString(id[:])}
	for _, address := range reached[:min(len(reached), maxReached)] {
		parts = append(parts, netip.AddrPortFrom(address.Addr().Unmap().WithZone(""), address.Port()).String())
	}
	username := strings.Join(parts, ",")
	s.mu.Lock()
	s.stays[username] = &stay{relays: make(map[*relay]struct{}), uses: make(map[[stun.TransactionIDSize]byte]use)}
	s.mu.Unlock()
	return Credential{Username: username, Password: s.password(username), revoke: func() { s.revoke(username) }}
}

// revoke ends a credential.
func (s *Server) revoke(username string) {
	s.mu.Lock()
	ended := s.stays[username]
	delete(s.stays, username)
	s.mu.Unlock()
	if ended != nil {
		for r := range ended.relays { // Nobody else has it any more.
			r.client.end()
		}
	}
}

// password proves that a user name is the hall's.
func (s *Server) password(username string) string {
	mac := hmac.New(sha256.New, s.options.Secret)
	mac.Write([]byte(username))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// key is what messages of a user are signed with, nil when the user name is not good: made up, too old, or of a stay that has ended.
func (s *Server) key(username string) []byte {
	expiry, _, _ := strings.Cut(username, ",")
	until, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || s.options.Now().Unix() >= until {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stays[username] == nil {
		return nil
	}
	return turn.GenerateAuthKey(username, realm, s.password(username))
}

// names tells whether a user name names a peer.
func names(username string, peer netip.AddrPort) bool {
	parts := strings.Split(username, ",")
	return len(parts) > 2 && slices.Contains(parts[2:], peer.String())
}
