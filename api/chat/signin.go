package chat

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// SignIn is what a first step gives: the tokens, or, when Step is not nil, what is asked for besides.
type SignIn struct {
	TokenSet
	Step *SecondStep
}

// SecondStep is what somebody is asked for who has shown a password, and whose account has a second factor.
type SecondStep struct {
	UserID id.ID
	// Ticket stands for the first step. It is good for a few minutes, and for one sign-in.
	Ticket string
	// TOTP and Recovery tell whether codes of an app, or recovery codes, would do.
	TOTP, Recovery bool
	// Passkey are the options for navigator.credentials.get, in JSON; nil when no passkey of the account can be used on the page that asks.
	Passkey []byte
}

// How somebody signed in, as security events have it.
const (
	byPassword = "password"
	byTOTP     = "totp"
	byRecovery = "recovery_code"
	byPasskey  = "passkey"
	// byKey is a passkey after the password.
	byKey      = "password_and_passkey"
	byReset    = "reset_link"
	byRegister = "registration"
	bySetup    = "setup_link"
	byGuest    = "guest"
	byOpenID   = "openid"
)

// ticketLife is how long the second step of a sign-in may take.
const ticketLife = 5 * time.Minute

// ticketBytes is the length of a ticket's secret.
const ticketBytes = 32

// Guesses at codes that are allowed with one ticket, and at one account by those whose device is not known to it: after the right password, from everywhere, some 700 a day of a million
// codes of which three are good. The account's holder is told of the first that is wrong.
var (
	attemptsPerTicket = ephemeral.Limit{Burst: 5, Per: ticketLife}
	codesPerAccount   = ephemeral.Limit{Burst: 30, Per: time.Hour}
)

// ticket is what is remembered between the two steps.
type ticket struct {
	UserID id.ID `json:"user"`
	// PasswordChangedAt is as it was when the password was checked, in Unix milliseconds.
	PasswordChangedAt int64  `json:"changed"`
	By                string `json:"by"`
}

func ticketKey(secret string) string {
	return "second-step/" + encodeSecret(hashSecret(secret))
}

// Login checks a password. Unknown names and wrong passwords take the same time and give the same answer.
func (a *Accounts) Login(ctx context.Context, client Client, login, password string) (SignIn, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	var user store.User
	if len(login) <= maxEmail {
		var err error
		if user, err = a.Store.PersonByLogin(ctx, login); err != nil && !errors.Is(err, store.ErrNotFound) {
			return SignIn{}, internal("find an account", err)
		}
	}
	if err := a.attemptAccount(ctx, client, "login", loginKey(login), user.ID); err != nil {
		return SignIn{}, err
	}
	if utf8.RuneCountInString(password) > maxPasswordLength || len(login) > maxEmail {
		return SignIn{}, badLogin()
	}
	right, outdated, err := a.passwords.check(ctx, user.PasswordHash, password)
	if err != nil {
		return SignIn{}, err
	}
	if !right {
		return SignIn{}, badLogin()
	}
	if user.Disabled {
		return SignIn{}, errDisabled()
	}
	set, err := a.enter(ctx, client, user, byPassword)
	if err == nil && outdated {
		a.rehash(ctx, user, password)
	}
	return set, err
}

// enter lets somebody in who has shown one factor: at once, or, when their account has a second one, after that. user is as it was when the first was checked.
func (a *Accounts) enter(ctx context.Context, client Client, user store.User, by string) (SignIn, error) {
	if !user.MFA {
		set, err := a.begin(ctx, client, user, by)
		return SignIn{TokenSet: set}, err
	}
	factor, err := a.Store.TwoFactor(ctx, user.ID)
	if err != nil {
		return SignIn{}, internal("read a second factor", err)
	}
	if !factor.On() { // taken away just now
		set, err := a.begin(ctx, client, user, by)
		return SignIn{TokenSet: set}, err
	}
	step := &SecondStep{UserID: user.ID, Ticket: encodeSecret(randomBytes(ticketBytes)), TOTP: factor.Secret != nil, Recovery: len(factor.RecoveryHashes) > 0}
	if step.Passkey, err = a.secondPasskey(ctx, client, &factor, step.Ticket); err != nil {
		return SignIn{}, err
	}
	value, err := json.Marshal(ticket{UserID: user.ID, PasswordChangedAt: user.PasswordChangedAt.UnixMilli(), By: by})
	if err == nil {
		err = a.Ephemeral.Put(ctx, ticketKey(step.Ticket), value, ticketLife, false)
	}
	if err != nil {
		return SignIn{}, internal("remember a first step", err)
	}
	return SignIn{Step: step}, nil
}

func badTicket() error {
	return invalid("ticket", "TICKET_INVALID", "This sign-in took too long, or was finished already. Start anew.")
}

// readTicket gives what a ticket stands for.
func (a *Accounts) readTicket(ctx context.Context, secret string) (ticket, error) {
	if secret == "" || len(secret) > maxTokenLength {
		return ticket{}, badTicket()
	}
	value, err := a.Ephemeral.Get(ctx, ticketKey(secret))
	if errors.Is(err, ephemeral.ErrNotFound) {
		return ticket{}, badTicket()
	}
	var read ticket
	if err == nil {
		err = json.Unmarshal(value, &read)
	}
	if err != nil {
		return ticket{}, internal("read a first step", err)
	}
	return read, nil
}

// spendTicket uses a ticket up: of several who finish with it, one does.
func (a *Accounts) spendTicket(ctx context.Context, secret string) error {
	_, err := a.Ephemeral.Take(ctx, ticketKey(secret))
	if errors.Is(err, ephemeral.ErrNotFound) {
		return badTicket()
	}
	if err != nil {
		return internal("spend a first step", err)
	}
	return nil
}

// FinishWithCode signs somebody in with the ticket of a first step and a code: one of an app, or, with recovery, a recovery code. A code is used up by it.
func (a *Accounts) FinishWithCode(ctx context.Context, client Client, secret, code string, recovery bool) (TokenSet, error) {
	read, err := a.readTicket(ctx, secret)
	if err != nil {
		return TokenSet{}, err
	}
	if err := a.attemptCode(ctx, client, read.UserID, secret); err != nil {
		return TokenSet{}, err
	}
	by := byTOTP
	if recovery {
		by = byRecovery
	}
	if err := a.useCode(ctx, client, 0, read.UserID, code, recovery); err != nil {
		return TokenSet{}, err
	}
	return a.finish(ctx, client, secret, read, by)
}

// finish spends a ticket whose second factor was shown, and lets in.
func (a *Accounts) finish(ctx context.Context, client Client, secret string, read ticket, by string) (TokenSet, error) {
	if err := a.spendTicket(ctx, secret); err != nil {
		return TokenSet{}, err
	}
	user, err := a.Store.User(ctx, read.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return TokenSet{}, badTicket()
	}
	if err != nil {
		return TokenSet{}, internal("read an account", err)
	}
	if user.PasswordChangedAt.UnixMilli() != read.PasswordChangedAt {
		return TokenSet{}, badTicket() // what the first step showed is worth nothing any more
	}
	return a.begin(ctx, client, user, by)
}

// attemptCode counts a guess at a code, with a ticket or, without one, from within.
func (a *Accounts) attemptCode(ctx context.Context, client Client, userID id.ID, secret string) error {
	if secret != "" {
		if err := a.attempt(ctx, "code/ticket/"+encodeSecret(hashSecret(secret)), attemptsPerTicket); err != nil {
			return err
		}
	}
	if device, known := a.devices.proof(userID, client.Device); known || secret == "" {
		return a.attempt(ctx, "code/device/"+userID.String()+"/"+device, attemptsPerDevice)
	}
	err := a.attempt(ctx, "code/account/"+userID.String(), codesPerAccount)
	if KindOf(err) == RateLimited {
		a.noteSeldom(ctx, client, userID, store.SecurityAttemptsBlocked)
	}
	return err
}

// useCode checks a code of an account and uses it up. session is the login from which it comes, zero for somebody who is not in yet.
func (a *Accounts) useCode(ctx context.Context, client Client, session, userID id.ID, code string, recovery bool) error {
	code = plainCode(code)
	left := 0
	_, _, err := a.Store.UpdateTwoFactor(ctx, userID, func(factor *store.TwoFactor) error {
		if recovery {
			err := useRecovery(factor, code)
			left = len(factor.RecoveryHashes)
			return err
		}
		return a.useTOTP(factor, code)
	})
	switch {
	case errors.Is(err, errWrongCode), errors.Is(err, store.ErrNotFound):
		if session == 0 {
			a.noteSeldom(ctx, client, userID, store.SecurityWrongSecondStep)
		}
		return &Error{Kind: WrongCode}
	case errors.Is(err, errUsedCode):
		return &Error{Kind: WrongCode, Message: "This code was used already. Wait for the next one."}
	case err != nil:
		return internal("use a code", err)
	}
	if recovery {
		a.noteRecovery(ctx, client, session, userID, left)
	}
	return nil
}

// begin stores a new login and mints its first tokens. user is as it was when it was checked who they are: if the password was changed or the account was disabled since, the login ends before it
// began, because that has ended all others. by is how they showed who they are.
func (a *Accounts) begin(ctx context.Context, client Client, user store.User, by string) (TokenSet, error) {
	now := a.Now().UTC().Truncate(time.Millisecond)
	session := store.LoginSession{ID: a.IDs.Next(), UserID: user.ID, Secret: randomBytes(sha256.Size), CreatedAt: now, RotatedAt: now, ExpiresAt: now.Add(lifeOf(&user))}
	noteDevice(&session, client)
	err := a.Store.CreateLoginSession(ctx, session)
	if errors.Is(err, store.ErrNotFound) {
		return TokenSet{}, badLogin() // deleted since
	}
	if err != nil {
		return TokenSet{}, internal("begin a login", err)
	}
	current, err := a.Store.User(ctx, user.ID)
	if errors.Is(err, store.ErrNotFound) {
		return TokenSet{}, badLogin()
	}
	if err != nil {
		return TokenSet{}, internal("read an account", err)
	}
	if current.Disabled || !current.PasswordChangedAt.Equal(user.PasswordChangedAt) {
		if err := a.end(ctx, user.ID, []id.ID{session.ID}); err != nil {
			return TokenSet{}, internal("end a login", err)
		}
		if current.Disabled {
			return TokenSet{}, errDisabled()
		}
		return TokenSet{}, badLogin()
	}
	if err := a.endOldest(ctx, user.ID); err != nil {
		return TokenSet{}, internal("end old logins", err)
	}
	a.note(ctx, store.SecurityEvent{UserID: user.ID, Kind: store.SecuritySignIn, SessionID: session.ID, Address: client.Address, UserAgent: client.UserAgent, Details: map[string]string{"method": by}})
	set, err := a.tokenSet(ctx, session, current)
	set.Device = a.devices.add(user.ID, client.Device)
	return set, err
}
