package chat

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxLiveSessions is how many logins are remembered as good; beyond it the store is asked again.
const maxLiveSessions = 65536

// liveSessions remembers which logins are good, so that most requests need not ask the store.
type liveSessions = cache[id.ID, liveSession]

type liveSession struct {
	userID  id.ID
	expires time.Time
}

// botTokens remembers the hashes of bots' tokens.
type botTokens = cache[id.ID, []byte]

// maxBotTokens is how many are remembered.
const maxBotTokens = 4096

// Authenticate finds out who sends an Authorization header, or the token of an IDENTIFY: "Bot " and a bot's token, "Bearer " and an access token, or either
// of them bare. Unauthorized when there is nothing, InvalidToken when it is not good.
func (a *Accounts) Authenticate(ctx context.Context, authorization string) (Caller, error) {
	token := strings.TrimSpace(authorization)
	if token == "" {
		return Caller{}, fail(Unauthorized)
	}
	if len(token) > maxTokenLength {
		return Caller{}, fail(InvalidToken)
	}
	scheme, rest, found := strings.Cut(token, " ")
	if found {
		switch strings.ToLower(scheme) {
		case "bot":
			return a.authenticateBot(ctx, strings.TrimSpace(rest))
		case "bearer":
			return a.authenticatePerson(ctx, strings.TrimSpace(rest))
		}
		return Caller{}, fail(InvalidToken)
	}
	if _, err := parseBotToken(token); err == nil {
		return a.authenticateBot(ctx, token)
	}
	return a.authenticatePerson(ctx, token)
}

func (a *Accounts) authenticateBot(ctx context.Context, token string) (Caller, error) {
	botID, err := parseBotToken(token)
	if err != nil {
		return Caller{}, fail(InvalidToken)
	}
	hash, known, epoch := a.bots.get(botID)
	if !known {
		bot, err := a.Store.Bot(ctx, botID)
		if errors.Is(err, store.ErrNotFound) {
			return Caller{}, fail(InvalidToken)
		}
		if err != nil {
			return Caller{}, internal("find a bot", err)
		}
		hash = bot.TokenHash
		a.bots.fill(botID, hash, epoch)
	}
	if !sameHash(hash, hashSecret(token)) {
		return Caller{}, fail(InvalidToken)
	}
	user, err := a.users.lookup(ctx, botID)
	if err != nil || user.Disabled {
		return Caller{}, failUnlessFound(err)
	}
	return Caller{UserID: botID, Bot: true}, nil
}

// failUnlessFound is InvalidToken for an account that is gone or disabled, Internal for a store that does not answer.
func failUnlessFound(err error) error {
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return internal("find an account", err)
	}
	return fail(InvalidToken)
}

func (a *Accounts) authenticatePerson(ctx context.Context, token string) (Caller, error) {
	userID, sessionID, err := a.tokens.read(token)
	if err != nil {
		return Caller{}, fail(InvalidToken)
	}
	live, known, epoch := a.live.get(sessionID)
	if !known {
		session, err := a.Store.LoginSession(ctx, sessionID)
		if errors.Is(err, store.ErrNotFound) {
			return Caller{}, fail(InvalidToken)
		}
		if err != nil {
			return Caller{}, internal("find a login", err)
		}
		live = liveSession{session.UserID, session.ExpiresAt}
		a.live.fill(sessionID, live, epoch)
	}
	// The token's own end is within the login's: only an ended login is refused here.
	if live.userID != userID {
		return Caller{}, fail(InvalidToken)
	}
	user, err := a.users.lookup(ctx, userID)
	if err != nil || user.Disabled || user.Bot {
		return Caller{}, failUnlessFound(err)
	}
	owner, err := a.users.ownerID(ctx)
	if err != nil {
		return Caller{}, err
	}
	return Caller{UserID: userID, LoginSessionID: sessionID, HallOwner: owner == userID, Guest: user.Guest}, nil
}

// Logout ends the caller's own login.
func (a *Accounts) Logout(ctx context.Context, caller Caller) error {
	if caller.LoginSessionID == 0 {
		return fail(BotsBarred)
	}
	if err := a.end(ctx, caller.UserID, []id.ID{caller.LoginSessionID}); err != nil {
		return internal("end a login", err)
	}
	return nil
}

// LogoutRefresh ends the login that a refresh token belongs to: for browsers whose access token has expired.
func (a *Accounts) LogoutRefresh(ctx context.Context, token string) error {
	parsed, err := parseRefreshToken(token)
	if err != nil {
		return fail(InvalidToken)
	}
	session, err := a.Store.LoginSession(ctx, parsed.sessionID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !parsed.genuine(session.Secret) {
		return fail(InvalidToken)
	}
	if err == nil {
		err = a.end(ctx, session.UserID, []id.ID{session.ID})
	}
	if err != nil {
		return internal("end a login", err)
	}
	return nil
}

// Sessions gives the caller's logins, newest first, without their secrets.
func (a *Accounts) Sessions(ctx context.Context, caller Caller) ([]store.LoginSession, error) {
	if caller.Bot {
		return nil, fail(BotsBarred)
	}
	all, err := a.Store.LoginSessions(ctx, caller.UserID)
	if err != nil {
		return nil, internal("list logins", err)
	}
	now, good := a.Now(), all[:0]
	for _, session := range all {
		if now.Before(session.ExpiresAt) {
			session.Secret, session.RetryHash = nil, nil
			good = append(good, session)
		}
	}
	return good, nil
}

// RevokeSessions ends logins of the caller, the current one too when it is named. UnknownSession when one of them is not theirs.
func (a *Accounts) RevokeSessions(ctx context.Context, caller Caller, sessionIDs []id.ID) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	if len(sessionIDs) == 0 {
		return invalid("session_ids", "BASE_TYPE_REQUIRED", "Say which sessions to end.")
	}
	if len(sessionIDs) > maxLogins {
		return fieldErrors{*badLength("session_ids", 1, maxLogins)}.err()
	}
	for _, sessionID := range sessionIDs {
		session, err := a.Store.LoginSession(ctx, sessionID)
		if errors.Is(err, store.ErrNotFound) || err == nil && session.UserID != caller.UserID {
			return fail(UnknownSession)
		}
		if err != nil {
			return internal("find a login", err)
		}
	}
	if err := a.end(ctx, caller.UserID, sessionIDs); err != nil {
		return internal("end logins", err)
	}
	a.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecuritySessionsEnded, SessionID: caller.LoginSessionID, Details: map[string]string{"count": strconv.Itoa(len(sessionIDs))}})
	return nil
}

// EndSessions ends logins of somebody from the command line; none named means all. It tells how many.
func (a *Accounts) EndSessions(ctx context.Context, caller Caller, userID id.ID, sessionIDs []id.ID) (int, error) {
	if !caller.Console {
		return 0, fail(MissingPermission)
	}
	holder := Caller{UserID: userID}
	if len(sessionIDs) == 0 {
		sessions, err := a.Sessions(ctx, holder)
		if err != nil || len(sessions) == 0 {
			return 0, err
		}
		for _, one := range sessions {
			sessionIDs = append(sessionIDs, one.ID)
		}
	}
	if err := a.RevokeSessions(ctx, holder, sessionIDs); err != nil {
		return 0, err
	}
	return len(sessionIDs), a.recordHall(ctx, caller, store.HallUserRevoked, userID, map[string]string{"count": strconv.Itoa(len(sessionIDs))})
}

// receive forgets credentials that another node ended.
func (a *Accounts) receive(e event.Event) {
	ended, ok := e.(event.SessionsEnded)
	if !ok {
		return
	}
	for _, sessionID := range ended.LoginSessionIDs {
		a.live.drop(sessionID)
	}
	if ended.All {
		a.live.dropWhere(func(_ id.ID, live liveSession) bool { return live.userID == ended.UserID })
		a.bots.drop(ended.UserID)
	}
}

// forget forgets everything that may have changed unnoticed.
func (a *Accounts) forget() {
	a.live.clear()
	a.bots.clear()
}

// endAll ends every login of an account but one (zero: every one).
func (a *Accounts) endAll(ctx context.Context, userID, except id.ID) error {
	sessions, err := a.Store.LoginSessions(ctx, userID)
	if err != nil {
		return err
	}
	var ids []id.ID
	for _, session := range sessions {
		if session.ID != except {
			ids = append(ids, session.ID)
		}
	}
	return a.end(ctx, userID, ids)
}
