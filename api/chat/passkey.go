package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guildhall/api/chat/passkey"
	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// maxPasskeys is how many an account can have.
const maxPasskeys = 25

// Bounds of what comes of a browser.
const (
	maxPasskeyAnswer = 16 << 10
	maxPasskeyName   = 64
)

// PasskeyChallenge is what is asked of an authenticator: options for navigator.credentials.create or .get, in JSON, and the ticket that the answer comes with. It is good for a few minutes, and for one answer.
type PasskeyChallenge struct {
	Ticket  string
	Options []byte
}

// What challenges are for. One is good for nothing else.
const (
	forSignIn     = "sign-in"
	forSecondStep = "second step"
	forProof      = "proof"
	forNewPasskey = "new passkey"
)

// remembered is what is kept between a challenge and its answer. UserID is nobody's for a sign-in, SessionID the login of those who are in.
type remembered struct {
	For       string           `json:"for"`
	UserID    id.ID            `json:"user"`
	SessionID id.ID            `json:"session"`
	Ceremony  passkey.Ceremony `json:"ceremony"`
}

func challengeKey(ticket string) string {
	return "passkey/" + encodeSecret(hashSecret(ticket))
}

// remember keeps what an answer is checked with.
func (a *Accounts) remember(ctx context.Context, ticket string, kept remembered) error {
	value, err := json.Marshal(kept)
	if err == nil {
		err = a.Ephemeral.Put(ctx, challengeKey(ticket), value, ticketLife, false)
	}
	if err != nil {
		return internal("remember a challenge", err)
	}
	return nil
}

func errNoPasskeysHere() *Error {
	return &Error{Kind: Invalid, Message: "Passkeys work only where the hall is reached by a name, not by a bare address."}
}

func errNoSuchPasskey() *Error {
	return &Error{Kind: UnknownOther, Message: "This account has no such passkey."}
}

func errPasskeyRefused() *Error {
	return &Error{Kind: WrongCode, Message: "This passkey was not accepted."}
}

// recall gives what was remembered for a ticket, once: whatever comes of the answer, there is no second one.
func (a *Accounts) recall(ctx context.Context, ticket, purpose string) (remembered, error) {
	if ticket == "" || len(ticket) > maxTokenLength {
		return remembered{}, badTicket()
	}
	value, err := a.Ephemeral.Take(ctx, challengeKey(ticket))
	if errors.Is(err, ephemeral.ErrNotFound) {
		return remembered{}, badTicket()
	}
	var kept remembered
	if err == nil {
		err = json.Unmarshal(value, &kept)
	}
	if err != nil {
		return remembered{}, internal("read a challenge", err)
	}
	if kept.For != purpose {
		return remembered{}, badTicket()
	}
	return kept, nil
}

// passkeyHandle is what authenticators keep of an account.
func passkeyHandle(userID id.ID) []byte { return []byte(userID.String()) }

// passkeyAccount gives an account as authenticators know it. store.ErrNotFound when there is none.
func (a *Accounts) passkeyAccount(ctx context.Context, userID id.ID) (passkey.Account, error) {
	user, err := a.Store.User(ctx, userID)
	if err != nil {
		return passkey.Account{}, err
	}
	factor, err := a.Store.TwoFactor(ctx, userID)
	if err != nil {
		return passkey.Account{}, err
	}
	shown := user.GlobalName
	if shown == "" {
		shown = user.Username
	}
	return passkey.Account{Handle: passkeyHandle(userID), Name: user.Username, DisplayName: shown, Passkeys: factor.Passkeys}, nil
}

// usePasskey checks the answer to a challenge, and notes with the passkey that it was used. client is the device of somebody who is not in yet.
func (a *Accounts) usePasskey(ctx context.Context, client Client, kept remembered, answer []byte) (id.ID, error) {
	if len(answer) == 0 || len(answer) > maxPasskeyAnswer {
		return 0, errPasskeyRefused()
	}
	userID := kept.UserID
	_, use, err := passkey.Answered(kept.Ceremony, answer, func(handle []byte) (passkey.Account, error) {
		if userID == 0 {
			var err error
			if userID, err = id.Parse(string(handle)); err != nil {
				return passkey.Account{}, store.ErrNotFound
			}
		}
		return a.passkeyAccount(ctx, userID)
	})
	switch {
	case errors.Is(err, passkey.ErrRefused):
		a.Log.InfoContext(ctx, "a passkey was refused", "user", userID, "why", err)
		return 0, errPasskeyRefused()
	case errors.Is(err, store.ErrNotFound):
		return 0, errPasskeyRefused()
	case err != nil:
		return 0, internal("check a passkey", err)
	}
	return userID, a.countPasskey(ctx, client, userID, use)
}

// Why the use of a passkey does not count.
var (
	errPasskeyGone   = errors.New("no passkey of this account")
	errPasskeyCopied = errors.New("the counter of the passkey did not grow")
)

// countPasskey notes the use of a passkey with it: of two that were signed with the same count, one is taken.
func (a *Accounts) countPasskey(ctx context.Context, client Client, userID id.ID, use passkey.Use) error {
	name := ""
	_, _, err := a.Store.UpdateTwoFactor(ctx, userID, func(factor *store.TwoFactor) error {
		for i := range factor.Passkeys {
			one := &factor.Passkeys[i]
			if !bytes.Equal(one.CredentialID, use.CredentialID) {
				continue
			}
			name = one.Name
			if (use.SignCount != 0 || one.SignCount != 0) && use.SignCount <= one.SignCount {
				return errPasskeyCopied
			}
			one.SignCount, one.Flags, one.UsedAt = use.SignCount, use.Flags, a.Now().UTC().Truncate(time.Millisecond)
			return nil
		}
		return errPasskeyGone
	})
	switch {
	case errors.Is(err, errPasskeyCopied):
		a.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityPasskeyRefused, Address: client.Address, UserAgent: client.UserAgent, Details: map[string]string{"name": name}})
		return errPasskeyRefused()
	case errors.Is(err, errPasskeyGone), errors.Is(err, store.ErrNotFound):
		return errPasskeyRefused()
	case err != nil:
		return internal("note the use of a passkey", err)
	}
	return nil
}

// ChallengePasskey begins a sign-in with whichever passkey the person chooses.
func (a *Accounts) ChallengePasskey(ctx context.Context, client Client) (PasskeyChallenge, error) {
	if !client.Site.Usable() {
		return PasskeyChallenge{}, errNoPasskeysHere()
	}
	if err := a.attempt(ctx, "passkey/address/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return PasskeyChallenge{}, err
	}
	return a.challenge(ctx, client.Site, nil, remembered{For: forSignIn})
}

// challenge asks for a passkey of an account, or for any.
func (a *Accounts) challenge(ctx context.Context, site passkey.Site, account *passkey.Account, kept remembered) (made PasskeyChallenge, err error) {
	made.Ticket = encodeSecret(randomBytes(ticketBytes))
	if made.Options, kept.Ceremony, err = passkey.Ask(site, account); err != nil {
		return PasskeyChallenge{}, internal("ask for a passkey", err)
	}
	return made, a.remember(ctx, made.Ticket, kept)
}

// LoginWithPasskey signs somebody in with the answer to ChallengePasskey: the authenticator has made sure who they are, so nothing else is asked for.
func (a *Accounts) LoginWithPasskey(ctx context.Context, client Client, ticket string, answer []byte) (TokenSet, error) {
	kept, err := a.recall(ctx, ticket, forSignIn)
	if err != nil {
		return TokenSet{}, err
	}
	userID, err := a.usePasskey(ctx, client, kept, answer)
	if err != nil {
		return TokenSet{}, err
	}
	user, err := a.Store.User(ctx, userID)
	if err != nil {
		return TokenSet{}, internal("read an account", err)
	}
	if user.Disabled {
		return TokenSet{}, errDisabled()
	}
	return a.begin(ctx, client, user, byPasskey)
}

// secondPasskey asks for a passkey after the password, where one of the account's can be used on the page that asks. Its challenge goes with the ticket of the first step.
func (a *Accounts) secondPasskey(ctx context.Context, client Client, factor *store.TwoFactor, ticket string) ([]byte, error) {
	if !client.Site.Usable() || !hasPasskeyFor(factor.Passkeys, client.Site.Host) {
		return nil, nil
	}
	options, ceremony, err := passkey.Ask(client.Site, &passkey.Account{Handle: passkeyHandle(factor.UserID), Passkeys: factor.Passkeys})
	if err != nil {
		return nil, internal("ask for a passkey", err)
	}
	return options, a.remember(ctx, ticket, remembered{For: forSecondStep, UserID: factor.UserID, Ceremony: ceremony})
}

func hasPasskeyFor(passkeys []store.Passkey, host string) bool {
	for _, one := range passkeys {
		if one.RPID == host {
			return true
		}
	}
	return false
}

// FinishWithPasskey signs somebody in with the ticket of a first step and a passkey.
func (a *Accounts) FinishWithPasskey(ctx context.Context, client Client, secret string, answer []byte) (TokenSet, error) {
	read, err := a.readTicket(ctx, secret)
	if err != nil {
		return TokenSet{}, err
	}
	kept, err := a.recall(ctx, secret, forSecondStep)
	if err != nil {
		return TokenSet{}, err
	}
	if kept.UserID != read.UserID {
		return TokenSet{}, badTicket()
	}
	if _, err := a.usePasskey(ctx, client, kept, answer); err != nil {
		if KindOf(err) == WrongCode {
			a.noteSeldom(ctx, client, read.UserID, store.SecurityWrongSecondStep)
		}
		return TokenSet{}, err
	}
	return a.finish(ctx, client, secret, read, byKey)
}

// ChallengeOwnPasskey asks for a passkey of the caller's, as the second factor of a Proof.
func (a *Accounts) ChallengeOwnPasskey(ctx context.Context, caller Caller, site passkey.Site) (PasskeyChallenge, error) {
	if caller.Bot {
		return PasskeyChallenge{}, fail(BotsBarred)
	}
	account, err := a.passkeyAccount(ctx, caller.UserID)
	if err != nil {
		return PasskeyChallenge{}, unknownUser(err)
	}
	if !site.Usable() {
		return PasskeyChallenge{}, errNoPasskeysHere()
	}
	if !hasPasskeyFor(account.Passkeys, site.Host) {
		return PasskeyChallenge{}, &Error{Kind: Invalid, Message: "This account has no passkey for this page."}
	}
	return a.challenge(ctx, site, &account, remembered{For: forProof, UserID: caller.UserID, SessionID: caller.LoginSessionID})
}

// provePasskey checks the passkey of a proof: the answer to what ChallengeOwnPasskey gave the same login.
func (a *Accounts) provePasskey(ctx context.Context, caller Caller, proof Proof) error {
	kept, err := a.recall(ctx, proof.Ticket, forProof)
	if err != nil {
		return err
	}
	if kept.UserID != caller.UserID || kept.SessionID != caller.LoginSessionID {
		return badTicket()
	}
	_, err = a.usePasskey(ctx, Client{}, kept, proof.Credential)
	return err
}

// BeginPasskey begins to give the caller a passkey.
func (a *Accounts) BeginPasskey(ctx context.Context, caller Caller, site passkey.Site, proof Proof) (made PasskeyChallenge, err error) {
	if err := a.prove(ctx, caller, proof); err != nil {
		return PasskeyChallenge{}, err
	}
	if !site.Usable() {
		return PasskeyChallenge{}, errNoPasskeysHere()
	}
	account, err := a.passkeyAccount(ctx, caller.UserID)
	if err != nil {
		return PasskeyChallenge{}, unknownUser(err)
	}
	if len(account.Passkeys) >= maxPasskeys {
		return PasskeyChallenge{}, errPasskeysFull()
	}
	hall, err := a.Store.Hall(ctx)
	if err != nil {
		return PasskeyChallenge{}, internal("read the hall", err)
	}
	kept := remembered{For: forNewPasskey, UserID: caller.UserID, SessionID: caller.LoginSessionID}
	if made.Options, kept.Ceremony, err = passkey.Register(site, hallTitle(&hall), account); err != nil {
		return PasskeyChallenge{}, internal("ask for a new passkey", err)
	}
	made.Ticket = encodeSecret(randomBytes(ticketBytes))
	return made, a.remember(ctx, made.Ticket, kept)
}

// hallTitle is what authenticators call the hall.
func hallTitle(hall *store.Hall) string {
	if hall.Name == "" {
		return "Guildhall"
	}
	return hall.Name
}

func errPasskeysFull() *Error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf("An account can have %d passkeys. Take one away first.", maxPasskeys)}
}

// AddPasskey gives the caller the passkey that came of BeginPasskey, and recovery codes, this once, when the account had no second factor before.
func (a *Accounts) AddPasskey(ctx context.Context, caller Caller, ticket, name string, answer []byte) (added store.Passkey, codes []string, err error) {
	if caller.Bot {
		return added, nil, fail(BotsBarred)
	}
	var wrong fieldErrors
	if name = wrong.name("name", name, 1, maxPasskeyName); wrong.err() != nil {
		return added, nil, wrong.err() // and the ticket can still be used
	}
	kept, err := a.recall(ctx, ticket, forNewPasskey)
	if err != nil {
		return added, nil, err
	}
	if kept.UserID != caller.UserID || kept.SessionID != caller.LoginSessionID {
		return added, nil, badTicket()
	}
	if len(answer) == 0 || len(answer) > maxPasskeyAnswer {
		return added, nil, errPasskeyRefused()
	}
	if added, err = passkey.Registered(kept.Ceremony, passkey.Account{Handle: passkeyHandle(caller.UserID)}, answer); err != nil {
		if !errors.Is(err, passkey.ErrRefused) {
			return added, nil, internal("check a new passkey", err)
		}
		a.Log.InfoContext(ctx, "a new passkey was refused", "user", caller.UserID, "why", err)
		return store.Passkey{}, nil, errPasskeyRefused()
	}
	added.ID, added.Name, added.CreatedAt = a.IDs.Next(), name, a.Now().UTC().Truncate(time.Millisecond)
	fresh, hashes := newRecoveryCodes(caller.UserID)
	_, err = a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		for _, one := range factor.Passkeys {
			if bytes.Equal(one.CredentialID, added.CredentialID) {
				return errPasskeyRefused() // it has that one already
			}
		}
		if len(factor.Passkeys) >= maxPasskeys {
			return errPasskeysFull()
		}
		if codes = nil; !factor.On() {
			codes, factor.RecoveryHashes = fresh, hashes
		}
		factor.Passkeys = append(factor.Passkeys, added)
		return nil
	})
	if err != nil {
		return store.Passkey{}, nil, err
	}
	a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityPasskeyAdded, SessionID: caller.LoginSessionID, Details: map[string]string{"name": name}})
	return added, codes, nil
}

// RenamePasskey gives one of the caller's passkeys another name.
func (a *Accounts) RenamePasskey(ctx context.Context, caller Caller, passkeyID id.ID, name string) (renamed store.Passkey, err error) {
	if caller.Bot {
		return renamed, fail(BotsBarred)
	}
	var wrong fieldErrors
	if name = wrong.name("name", name, 1, maxPasskeyName); wrong.err() != nil {
		return renamed, wrong.err()
	}
	_, err = a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		for i := range factor.Passkeys {
			if factor.Passkeys[i].ID == passkeyID {
				factor.Passkeys[i].Name = name
				renamed = factor.Passkeys[i]
				return nil
			}
		}
		return errNoSuchPasskey()
	})
	return renamed, err
}

// RemovePasskey takes one of the caller's passkeys away.
func (a *Accounts) RemovePasskey(ctx context.Context, caller Caller, passkeyID id.ID, proof Proof) error {
	if err := a.prove(ctx, caller, proof); err != nil {
		return err
	}
	name := ""
	_, err := a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		for i, one := range factor.Passkeys {
			if one.ID == passkeyID {
				name = one.Name
				factor.Passkeys = append(factor.Passkeys[:i:i], factor.Passkeys[i+1:]...)
				return nil
			}
		}
		return errNoSuchPasskey()
	})
	if err == nil {
		a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityPasskeyRemoved, SessionID: caller.LoginSessionID, Details: map[string]string{"name": name}})
	}
	return err
}
