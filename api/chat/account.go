package chat

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Accounts is about who may come in: registration, logins, and the credentials that come of them.
type Accounts struct {
	Deps
	users     *Users
	members   *Members
	passwords *passwords
	tokens    *accessTokens
	live      *liveSessions
	bots      *botTokens
	throttle  bool
	sealer    sealer
	devices   *devices
}

// NewAccount is an account to be made. Email, GlobalName and Invite may be empty.
type NewAccount struct {
	Username, Password, Email, GlobalName, Invite string
}

// TokenSet is what a login gives.
type TokenSet struct {
	AccessToken, RefreshToken string
	// ExpiresIn is the access token's life; RefreshExpires when the refresh token ends unless it is used before.
	ExpiresIn      time.Duration
	RefreshExpires time.Time
	SessionID      id.ID
	// Device is what the device is to keep as the proof that it has signed in, see Client.
	Device    string
	User      store.User
	HallOwner bool
}

// loginLife is how long a login lasts without being used.
const loginLife = 30 * 24 * time.Hour

// maxLogins is how many logins one account can have; a new one ends the oldest beyond it.
const maxLogins = 100

// defaultLocale is the locale of accounts that have not chosen one.
const defaultLocale = "en-US"

// maxEmail is the longest e-mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
const maxEmail = 254

// reservedUsernames would read like a mention of everybody.
var reservedUsernames = []string{"everyone", "here"}

// username gives a person's name in canonical form: 2 to 32 of a-z, 0-9, _ and ., without two dots in a row.
func (f *fieldErrors) username(path, value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if len(value) < 2 || len(value) > 32 {
		f.length(path, 2, 32)
		return value
	}
	for _, r := range value {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' {
			f.add(path, "USERNAME_INVALID_CHARACTERS", "Use only letters a to z, digits, _ and . in a user name.")
			return value
		}
	}
	if strings.Contains(value, "..") {
		f.add(path, "USERNAME_INVALID_CONTAINS", "A user name cannot have two dots in a row.")
	}
	if slices.Contains(reservedUsernames, value) {
		f.add(path, "USERNAME_INVALID_CONTAINS", "This user name is reserved.")
	}
	return value
}

// email gives an address in canonical form. Only its shape is checked: nothing is ever sent to it.
func (f *fieldErrors) email(path, value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if value == "" {
		return ""
	}
	name, domain, found := strings.Cut(value, "@")
	if !found || name == "" || domain == "" || len(value) > maxEmail || !utf8.ValidString(value) || strings.ContainsAny(value, " \t\r\n\x00<>,;\"") || strings.Contains(domain, "@") {
		f.add(path, "EMAIL_TYPE_INVALID_EMAIL", "Not a well formed e-mail address.")
	}
	return value
}

// prepare checks a new account and makes its user, without the hash.
func (a *Accounts) prepare(ctx context.Context, account NewAccount) (store.User, error) {
	var wrong fieldErrors
	user := store.User{ID: a.IDs.Next(), Locale: defaultLocale, PasswordChangedAt: a.Now().UTC().Truncate(time.Millisecond)}
	user.Username = wrong.username("username", account.Username)
	user.GlobalName = wrong.name("global_name", account.GlobalName, 0, 32)
	user.Email = wrong.email("email", account.Email)
	problem, err := a.checkPassword(ctx, "password", account.Password, &user)
	if err != nil {
		return store.User{}, err
	}
	if problem != nil {
		wrong = append(wrong, *problem)
	}
	return user, wrong.err()
}

// taken turns a store's conflict into words about the field.
func taken(err error, doing string) error {
	conflict, ok := errors.AsType[*store.ConflictError](err)
	if !ok {
		return internal(doing, err)
	}
	switch conflict.Field {
	case "username":
		return invalid("username", "USERNAME_ALREADY_TAKEN", "This user name is taken.")
	case "email":
		return invalid("email", "EMAIL_ALREADY_REGISTERED", "This e-mail address belongs to another account.")
	}
	return internal(doing, err)
}

// Register makes an account: by an invite, which also lets the person into its guild, or by none where the hall is open.
func (a *Accounts) Register(ctx context.Context, client Client, account NewAccount) (TokenSet, error) {
	if err := a.attempt(ctx, "register/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return TokenSet{}, err
	}
	hall, err := a.Store.Hall(ctx)
	if err != nil {
		return TokenSet{}, internal("read the hall", err)
	}
	if hall.OwnerID == 0 {
		return TokenSet{}, &Error{Kind: InvitesOnly, Message: "This hall has no owner yet. Whoever runs it opens the set-up link first."}
	}
	if account.Invite == "" && hall.Registration != store.RegistrationOpen {
		return TokenSet{}, fail(InvitesOnly)
	}
	var invite store.Invite
	if account.Invite != "" {
		// Before the work of the hash, so that guessing codes is cheap for the hall.
		invite, err = a.Store.Invite(ctx, account.Invite)
		if errors.Is(err, store.ErrNotFound) || err == nil && !invite.Usable(a.Now()) {
			return TokenSet{}, fail(UnknownInvite)
		}
		if err != nil {
			return TokenSet{}, internal("read an invite", err)
		}
	}
	user, err := a.prepare(ctx, account)
	if err != nil {
		return TokenSet{}, err
	}
	if user.PasswordHash, err = a.passwords.hash(ctx, account.Password); err != nil {
		return TokenSet{}, err
	}
	if err := a.store(ctx, user, invite); err != nil {
		return TokenSet{}, err
	}
	return a.begin(ctx, client, user, byRegister)
}

// store keeps a new account, and redeems the invite in the same step.
func (a *Accounts) store(ctx context.Context, user store.User, invite store.Invite) error {
	if invite.Code == "" {
		if err := a.Store.CreateUser(ctx, user); err != nil {
			return taken(err, "create an account")
		}
		return nil
	}
	_, err := a.members.admit(ctx, invite.GuildID, withoutEmail(user), func(ctx context.Context, member *store.Member) error {
		_, err := a.Store.RegisterUser(ctx, user, invite.Code, *member, a.Now())
		switch {
		case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrSpent):
			return fail(UnknownInvite)
		case err != nil:
			return taken(err, "register an account")
		}
		return nil
	})
	return err
}

func errDisabled() error {
	return &Error{Kind: MissingPermission, Message: "This account is disabled. Ask whoever runs the hall."}
}

func badLogin() error {
	const code, message = "INVALID_LOGIN", "The name or the password is not right."
	return &Error{Kind: Invalid, Fields: []FieldError{{"login", code, message}, {"password", code, message}}}
}

// rehash replaces a hash of other than today's costs. A failure only postpones it.
func (a *Accounts) rehash(ctx context.Context, user store.User, password string) {
	fresh, err := a.passwords.hash(ctx, password)
	if err == nil {
		_, err = a.Store.UpdateUser(ctx, user.ID, func(u *store.User) error {
			if u.PasswordHash == user.PasswordHash {
				u.PasswordHash = fresh
			}
			return nil
		})
	}
	if err != nil {
		a.Log.Warn("a password could not be hashed anew", "user", user.ID, "error", err)
	}
}

// The longest texts that a login keeps of its device.
const (
	maxUserAgent = 256
	maxAddress   = 64
)

func noteDevice(session *store.LoginSession, client Client) {
	session.UserAgent, session.Address = clip(client.UserAgent, maxUserAgent), clip(client.Address, maxAddress)
}

// endOldest keeps the number of an account's logins bounded.
func (a *Accounts) endOldest(ctx context.Context, userID id.ID) error {
	sessions, err := a.Store.LoginSessions(ctx, userID) // newest first
	if err != nil || len(sessions) <= maxLogins {
		return err
	}
	var oldest []id.ID
	for _, session := range sessions[maxLogins:] {
		oldest = append(oldest, session.ID)
	}
	return a.end(ctx, userID, oldest)
}

// clip cuts a text to a number of bytes, at a character's border, and makes it valid.
func clip(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

func (a *Accounts) tokenSet(ctx context.Context, session store.LoginSession, user store.User) (TokenSet, error) {
	access, err := a.tokens.mint(user.ID, session.ID)
	if err != nil {
		return TokenSet{}, internal("mint an access token", err)
	}
	hall, err := a.Store.Hall(ctx)
	if err != nil {
		return TokenSet{}, internal("read the hall", err)
	}
	return TokenSet{AccessToken: access, RefreshToken: mintRefreshToken(session.Secret, session.ID, session.Generation), ExpiresIn: accessTokenLife,
		RefreshExpires: session.ExpiresAt, SessionID: session.ID, User: withoutHash(user), HallOwner: hall.OwnerID == user.ID}, nil
}

// Why a refresh did not rotate; both keep the store unchanged.
var (
	errReplayed = errors.New("an old refresh token was presented again")
	errRepeated = errors.New("the last refresh is repeated")
)

// Refresh gives new tokens for a refresh token, which is used up by it. Presenting a used one again ends the whole login, because one of the two who hold it is a
// thief; only the very last refresh can be repeated with its retry key, because its answer may have been lost on the way.
func (a *Accounts) Refresh(ctx context.Context, client Client, token, retryKey string) (TokenSet, error) {
	parsed, err := parseRefreshToken(token)
	if err != nil {
		return TokenSet{}, fail(InvalidToken)
	}
	var retryHash []byte
	if retryKey != "" {
		retryHash = hashSecret(retryKey)
	}
	session, err := a.Store.UpdateLoginSession(ctx, parsed.sessionID, func(s *store.LoginSession) error {
		now := a.Now().UTC().Truncate(time.Millisecond)
		life := s.ExpiresAt.Sub(s.RotatedAt)
		switch {
		case !parsed.genuine(s.Secret), !now.Before(s.ExpiresAt):
			return errBadToken
		case parsed.generation == s.Generation:
			s.Generation++
			s.RetryHash, s.RotatedAt, s.ExpiresAt = retryHash, now, now.Add(life)
			noteDevice(s, client)
			return nil
		case parsed.generation+1 == s.Generation && retryHash != nil && subtle.ConstantTimeCompare(retryHash, s.RetryHash) == 1:
			return errRepeated
		}
		return errReplayed
	})
	switch {
	case errors.Is(err, errRepeated):
		if session, err = a.Store.LoginSession(ctx, parsed.sessionID); err != nil {
			return TokenSet{}, failUnlessFound(err)
		}
	case errors.Is(err, errReplayed):
		return TokenSet{}, a.endFamily(ctx, parsed.sessionID)
	case errors.Is(err, errBadToken), errors.Is(err, store.ErrNotFound):
		return TokenSet{}, fail(InvalidToken)
	case err != nil:
		return TokenSet{}, internal("rotate a refresh token", err)
	}
	user, err := a.Store.User(ctx, session.UserID)
	if err != nil || user.Disabled {
		return TokenSet{}, failUnlessFound(err)
	}
	return a.tokenSet(ctx, session, user)
}

// endFamily ends a login whose refresh token was presented twice.
func (a *Accounts) endFamily(ctx context.Context, sessionID id.ID) error {
	session, err := a.Store.LoginSession(ctx, sessionID)
	if err == nil {
		a.Log.Warn("a used refresh token was presented again; its login was ended", "user", session.UserID, "login", sessionID)
		err = a.end(ctx, session.UserID, []id.ID{sessionID})
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return internal("end a login", err)
	}
	return fail(InvalidToken)
}

// end deletes logins and tells everybody who holds them.
func (a *Accounts) end(ctx context.Context, userID id.ID, sessionIDs []id.ID) error {
	ended, err := a.Store.DeleteLoginSessions(ctx, userID, sessionIDs)
	for _, sessionID := range sessionIDs {
		a.live.drop(sessionID)
	}
	if err != nil {
		return err
	}
	if len(ended) > 0 {
		a.publish(ctx, event.SessionsEnded{UserID: userID, LoginSessionIDs: ended})
	}
	return nil
}
