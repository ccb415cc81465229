// Package passkey speaks WebAuthn with browsers (https://www.w3.org/TR/webauthn-3/): it makes what is asked of an authenticator, and checks what comes back. It keeps nothing.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"guildhall/store"
)

// Site is a page that asks for passkeys.
type Site struct {
	// Host is the name that the page was reached by, in lower case and without a port. It is the relying party's id: a passkey works on pages of the same name alone.
	Host string
	// Origins are the addresses that such a page may have, like "https://hall.example:6464".
	Origins []string
}

// Usable tells whether there can be passkeys on a page: its host must be a name with a dot in it, or localhost, because browsers have none for bare addresses.
func (s Site) Usable() bool {
	if _, err := netip.ParseAddr(s.Host); err == nil || s.Host == "" || len(s.Origins) == 0 {
		return false
	}
	return protocol.ValidateRPID(s.Host) == nil
}

// Account is whose passkeys they are.
type Account struct {
	// Handle is what an authenticator keeps of the account, at most 64 bytes.
	Handle []byte
	// Name and DisplayName are shown by the authenticator.
	Name, DisplayName string
	// Passkeys are the account's, of whatever host.
	Passkeys []store.Passkey
}

// Ceremony is what must be remembered between what is asked and what is answered. Nobody else may see it or change it; it is good for one answer.
type Ceremony struct {
	Site    Site                 `json:"site"`
	Session webauthn.SessionData `json:"session"`
}

// Use is one use of a passkey, whose signature was right.
type Use struct {
	CredentialID []byte
	// SignCount is what the authenticator counted with this use; zero for those that do not count.
	SignCount uint32
	// Flags are those of this use.
	Flags byte
	// Verified tells whether the authenticator has made sure who its user is.
	Verified bool
}

// ErrRefused says that an answer is not what was asked for. What is wrong with it stays in the error's text, for the log.
var ErrRefused = errors.New("the answer of the authenticator is refused")

func refused(err error) error {
	problem, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %s: %s", ErrRefused, problem.Details, problem.DevInfo)
}

// user is an account as the library sees it, with its passkeys of one host.
type user struct {
	account Account
	host    string
}

func (u user) WebAuthnID() []byte          { return u.account.Handle }
func (u user) WebAuthnName() string        { return u.account.Name }
func (u user) WebAuthnDisplayName() string { return u.account.DisplayName }

func (u user) WebAuthnCredentials() []webauthn.Credential {
	var credentials []webauthn.Credential
	for _, one := range u.account.Passkeys {
		if one.RPID != u.host {
			continue
		}
		credential := webauthn.Credential{ID: one.CredentialID, PublicKey: one.PublicKey, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(one.Flags)),
			Authenticator: webauthn.Authenticator{AAGUID: one.AAGUID, SignCount: one.SignCount}}
		for _, transport := range one.Transports {
			credential.Transport = append(credential.Transport, protocol.AuthenticatorTransport(transport))
		}
		credentials = append(credentials, credential)
	}
	return credentials
}

// party is the hall to the library. name is what the authenticator shows.
func (s Site) party(name string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: s.Host, RPDisplayName: name, RPOrigins: s.Origins, AttestationPreference: protocol.PreferNoAttestation,
		// Extensions are not asked for; browsers that answer some unasked are no reason to keep people out.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// Register begins to make a passkey: one that the authenticator lists by itself (discoverable), and that makes sure who its user is. It gives the options for navigator.credentials.create, in JSON.
func Register(site Site, hall string, account Account) (options []byte, ceremony Ceremony, err error) {
	party, err := site.party(hall)
	if err != nil {
		return nil, Ceremony{}, err
	}
	owner := user{account, site.Host}
	var known []protocol.CredentialDescriptor
	for _, credential := range owner.WebAuthnCredentials() {
		known = append(known, credential.Descriptor())
	}
	creation, session, err := party.BeginRegistration(owner, webauthn.WithExclusions(known), webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
	}))
	if err != nil {
		return nil, Ceremony{}, err
	}
	options, err = json.Marshal(creation.Response)
	return options, Ceremony{Site: site, Session: *session}, err
}

// Registered checks what navigator.credentials.create gave, in JSON, and gives the passkey without id, name and times. ErrRefused when it is not what was asked for.
func Registered(ceremony Ceremony, account Account, answer []byte) (store.Passkey, error) {
	party, err := ceremony.Site.party("hall")
	if err != nil {
		return store.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return store.Passkey{}, refused(err)
	}
	credential, err := party.CreateCredential(user{account, ceremony.Site.Host}, ceremony.Session, parsed)
	if err != nil {
		return store.Passkey{}, refused(err)
	}
	made := store.Passkey{RPID: ceremony.Site.Host, CredentialID: credential.ID, PublicKey: credential.PublicKey, SignCount: credential.Authenticator.SignCount, Flags: byte(credential.Flags.ProtocolValue()),
		AAGUID: credential.Authenticator.AAGUID}
	for _, transport := range credential.Transport {
		// What browsers know is kept, and what they say besides is not.
		if text := string(transport); len(made.Transports) < maxTransports && text != "" && len(text) <= maxTransport && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz-") == "" {
			made.Transports = append(made.Transports, text)
		}
	}
	return made, nil
}

// Bounds of what is kept of how an authenticator is reached.
const (
	maxTransports = 8
	maxTransport  = 32
)

// Ask asks for the use of a passkey: of an account's, or, where that is nil, of whichever the person chooses; then the authenticator makes sure who its user is. It gives the options for navigator.credentials.get, in JSON.
func Ask(site Site, account *Account) (options []byte, ceremony Ceremony, err error) {
	party, err := site.party("hall")
	if err != nil {
		return nil, Ceremony{}, err
	}
	var assertion *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if account == nil {
		assertion, session, err = party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		assertion, session, err = party.BeginLogin(user{*account, site.Host}, webauthn.WithUserVerification(protocol.VerificationPreferred))
	}
	if err != nil {
		return nil, Ceremony{}, err
	}
	options, err = json.Marshal(assertion.Response)
	return options, Ceremony{Site: site, Session: *session}, err
}

// Answered checks what navigator.credentials.get gave, in JSON. find gives the account of a handle. ErrRefused when it is not what was asked for, or no passkey of the account. Whether the count has grown is for who keeps it.
func Answered(ceremony Ceremony, answer []byte, find func(handle []byte) (Account, error)) (Account, Use, error) {
	party, err := ceremony.Site.party("hall")
	if err != nil {
		return Account{}, Use{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Account{}, Use{}, refused(err)
	}
	handle := ceremony.Session.UserID
	if len(handle) == 0 {
		if handle = parsed.Response.UserHandle; len(handle) == 0 {
			return Account{}, Use{}, fmt.Errorf("%w: it does not say whose it is", ErrRefused)
		}
	}
	account, err := find(handle)
	if err != nil {
		return Account{}, Use{}, err
	}
	owner := user{account, ceremony.Site.Host}
	if len(ceremony.Session.UserID) > 0 {
		_, err = party.ValidateLogin(owner, ceremony.Session, parsed)
	} else {
		_, _, err = party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return owner, nil }, ceremony.Session, parsed)
	}
	if err != nil {
		return Account{}, Use{}, refused(err)
	}
	data := parsed.Response.AuthenticatorData
	return account, Use{CredentialID: parsed.RawID, SignCount: data.Counter, Flags: byte(data.Flags), Verified: data.Flags.HasUserVerified()}, nil
}
