package chat

import (
	"context"
	"errors"
	"strconv"

	"guildhall/store"
	"guildhall/store/id"
)

// Proof is what somebody who is signed in shows again before they change what protects their account: the password, and, where the account has a second factor, a code (of an app, or a recovery code)
// or the answer of a passkey.
type Proof struct {
	Password, Code string
	// Ticket and Credential are the answer of a passkey to what PasskeyChallenge gave: the credential as the browser has it, in JSON.
	Ticket     string
	Credential []byte
}

// prove checks a proof.
func (a *Accounts) prove(ctx context.Context, caller Caller, proof Proof) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	user, err := a.Store.User(ctx, caller.UserID)
	if err != nil {
		return unknownUser(err)
	}
	if user.Guest {
		return errGuest("This needs an account of your own.")
	}
	if err := a.users.confirm(ctx, caller, user, "password", &proof.Password); err != nil {
		return err
	}
	return a.proveSecond(ctx, caller, user.MFA, proof)
}

// proveSecond checks the second factor of a proof, where the account has one.
func (a *Accounts) proveSecond(ctx context.Context, caller Caller, has bool, proof Proof) error {
	switch {
	case !has:
		return nil
	case proof.Credential != nil:
		return a.provePasskey(ctx, caller, proof)
	case proof.Code == "":
		return &Error{Kind: TwoFactorRequired, Message: "This needs a code of your authenticator app, a recovery code or a passkey."}
	}
	if err := a.attemptCode(ctx, Client{}, caller.UserID, ""); err != nil {
		return err
	}
	return a.useCode(ctx, Client{}, caller.LoginSessionID, caller.UserID, proof.Code, !isTOTPCode(plainCode(proof.Code)))
}

// changeFactor changes what an account signs in with besides its password, and tells its devices when it has a second factor now, or none any more.
func (a *Accounts) changeFactor(ctx context.Context, userID id.ID, change func(*store.TwoFactor) error) (store.TwoFactor, error) {
	turn := a.users.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	had := false
	factor, user, err := a.Store.UpdateTwoFactor(ctx, userID, func(factor *store.TwoFactor) error {
		had = factor.On()
		return change(factor)
	})
	if ours, ok := errors.AsType[*Error](err); ok {
		return store.TwoFactor{}, ours
	}
	if err != nil {
		return store.TwoFactor{}, unknownUser(err)
	}
	if had == user.MFA {
		return factor, nil
	}
	a.users.cache.drop(userID)
	return factor, a.users.tellDevices(context.WithoutCancel(ctx), user)
}

// Factors are what an account signs in with besides its password, without what is secret.
type Factors struct {
	TOTP bool
	// RecoveryLeft is how many recovery codes were not used yet.
	RecoveryLeft int
	// Passkeys are without their credentials.
	Passkeys []store.Passkey
}

// Factors gives the caller's.
func (a *Accounts) Factors(ctx context.Context, caller Caller) (Factors, error) {
	if caller.Bot {
		return Factors{}, fail(BotsBarred)
	}
	factor, err := a.Store.TwoFactor(ctx, caller.UserID)
	if err != nil {
		return Factors{}, internal("read a second factor", err)
	}
	factors := Factors{TOTP: factor.Secret != nil, RecoveryLeft: len(factor.RecoveryHashes), Passkeys: factor.Passkeys}
	for i := range factors.Passkeys {
		factors.Passkeys[i].CredentialID, factors.Passkeys[i].PublicKey = nil, nil
	}
	return factors, nil
}

// EnableTOTP takes a secret (in base 32, 128 bits or more) into use with which an app of the caller's makes codes, when code is one of it. It gives recovery codes, this once, when the account had no
// second factor before; otherwise those that there are stay.
func (a *Accounts) EnableTOTP(ctx context.Context, caller Caller, proof Proof, secretText, code string) (codes []string, err error) {
	secret, err := parseTOTPSecret(secretText)
	if err != nil {
		return nil, invalid("secret", "INVALID_SECRET", "This is no secret of an authenticator app: it must be base 32 and have 128 bits or more.")
	}
	if err := a.prove(ctx, caller, proof); err != nil {
		return nil, err
	}
	step, found := matchTOTP(secret, plainCode(code), a.Now())
	if !found {
		return nil, &Error{Kind: WrongCode, Message: "This is not the code that the app should show now. If it keeps happening, check the clock of your device."}
	}
	sealed := a.sealer.seal(sealedPlace(caller.UserID), secret)
	fresh, hashes := newRecoveryCodes(caller.UserID)
	_, err = a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		if factor.Secret != nil {
			return invalid("secret", "ALREADY_ENABLED", "There is an authenticator app already. Take it away first.")
		}
		if codes = nil; !factor.On() {
			codes, factor.RecoveryHashes = fresh, hashes
		}
		factor.Secret, factor.LastStep = sealed, step // this code is used up
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityTOTPEnabled, SessionID: caller.LoginSessionID})
	return codes, nil
}

// DisableTOTP takes the caller's authenticator app away.
func (a *Accounts) DisableTOTP(ctx context.Context, caller Caller, proof Proof) error {
	if err := a.prove(ctx, caller, proof); err != nil {
		return err
	}
	_, err := a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		if factor.Secret == nil {
			return errNoApp()
		}
		factor.Secret, factor.LastStep = nil, 0
		return nil
	})
	if err == nil {
		a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityTOTPDisabled, SessionID: caller.LoginSessionID})
	}
	return err
}

func errNoApp() *Error {
	return invalid("code", "NOT_ENABLED", "This account has no authenticator app.")
}

// RenewRecovery gives the caller new recovery codes, this once, in place of those that they have.
func (a *Accounts) RenewRecovery(ctx context.Context, caller Caller, proof Proof) ([]string, error) {
	if err := a.prove(ctx, caller, proof); err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes(caller.UserID)
	_, err := a.changeFactor(ctx, caller.UserID, func(factor *store.TwoFactor) error {
		if !factor.On() {
			return invalid("code", "NOT_ENABLED", "This account has no second factor that recovery codes could stand for.")
		}
		factor.RecoveryHashes = hashes
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityRecoveryMade, SessionID: caller.LoginSessionID})
	return codes, nil
}

// noteRecovery notes that a recovery code was used, and how many are left.
func (a *Accounts) noteRecovery(ctx context.Context, client Client, session, userID id.ID, left int) {
	a.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityRecoveryUsed, SessionID: session, Address: client.Address, UserAgent: client.UserAgent,
		Details: map[string]string{"left": strconv.Itoa(left)}})
}

// ResetMFA takes everything from an account that it signs in with besides its password, from the command line: for somebody who has lost it. Logins stay.
func (a *Accounts) ResetMFA(ctx context.Context, caller Caller, userID id.ID) error {
	if !caller.Console {
		return fail(MissingPermission)
	}
	_, err := a.changeFactor(ctx, userID, func(factor *store.TwoFactor) error {
		if !factor.On() {
			return &Error{Kind: Invalid, Message: "This account has no second factor."}
		}
		*factor = store.TwoFactor{UserID: userID}
		return nil
	})
	if err != nil {
		return err
	}
	a.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityTwoFactorRemoved})
	return a.recordHall(ctx, caller, store.HallUserMFAReset, userID, nil)
}
