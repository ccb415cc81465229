package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) sessionRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/auth/register", Access: route.Public, Limit: a.limits.SignIn, Handle: a.register},
		{Method: "POST", Pattern: "/auth/login", Access: route.Public, Limit: a.limits.SignIn, Handle: a.login},
		{Method: "POST", Pattern: "/auth/refresh", Access: route.Public, Handle: a.refresh},
		{Method: "POST", Pattern: "/auth/logout", Access: route.Public, Handle: a.logout},
		{Method: "GET", Pattern: "/auth/sessions", Access: route.PeopleOnly, Handle: a.listSessions},
		{Method: "POST", Pattern: "/auth/sessions/logout", Access: route.PeopleOnly, Handle: a.logoutSessions},
	}
}

func (a *api) register(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Register](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	account := chat.NewAccount{Username: body.Username, Password: body.Password, Email: body.Email.Value, GlobalName: body.GlobalName.Value, Invite: body.Invite.Value}
	set, err := a.Accounts.Register(r.Context(), a.client(r), account)
	return a.answerTokens(w, r, http.StatusCreated, set, body.Cookie, err)
}

func (a *api) login(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Login](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	name := body.Login
	for _, other := range []string{body.Email, body.Username} {
		if name == "" {
			name = other
		}
	}
	set, err := a.Accounts.Login(r.Context(), a.client(r), name, body.Password)
	return a.answerSignIn(w, r, set, body.Cookie, err)
}

// The bounds of an Idempotency-Key, in characters. Shorter ones might be guessed.
const (
	minRetryKey = 16
	maxRetryKey = 128
)

func (a *api) refresh(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Refresh](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	token, fromCookie := body.RefreshToken, body.RefreshToken == ""
	if fromCookie {
		if token, err = a.cookieToken(r); err != nil {
			return err
		}
	}
	retryKey := r.Header.Get("Idempotency-Key")
	if retryKey != "" && (len(retryKey) < minRetryKey || len(retryKey) > maxRetryKey) {
		return &chat.Error{Kind: chat.Invalid, Message: fmt.Sprintf("The Idempotency-Key must have %d to %d characters.", minRetryKey, maxRetryKey)}
	}
	set, err := a.Accounts.Refresh(r.Context(), r.Client(), token, retryKey)
	if err != nil && chat.KindOf(err) == chat.InvalidToken && fromCookie {
		a.clearCookie(w, r)
	}
	// What came in a cookie never goes where scripts can read it.
	return a.answerTokens(w, r, http.StatusOK, set, body.Cookie || fromCookie, err)
}

// logout ends the login that the access token belongs to, or, when that has expired, the one that the refresh token belongs to.
func (a *api) logout(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Refresh](r)
	if err != nil {
		return err
	}
	if err := a.endLogin(r.Context(), r, body.RefreshToken); err != nil {
		return err
	}
	a.clearCookie(w, r)
	return route.NoContent(w)
}

func (a *api) endLogin(ctx context.Context, r *route.Request, refreshToken string) error {
	caller, err := a.Accounts.Authenticate(ctx, r.Header.Get("Authorization"))
	switch {
	case err == nil && caller.Bot:
		return &chat.Error{Kind: chat.BotsBarred}
	case err == nil:
		return a.Accounts.Logout(ctx, caller)
	case refreshToken != "":
		return a.Accounts.LogoutRefresh(ctx, refreshToken)
	}
	token, cookieErr := a.cookieToken(r)
	if cookieErr != nil {
		return err
	}
	return a.Accounts.LogoutRefresh(ctx, token)
}

// answerTokens writes a token set; with cookie, the refresh token goes where scripts cannot read it.
func (a *api) answerTokens(w http.ResponseWriter, r *route.Request, status int, set chat.TokenSet, cookie bool, err error) error {
	if err != nil {
		return err
	}
	body := wire.TokenSet{Token: set.AccessToken, AccessToken: set.AccessToken, TokenType: "Bearer", ExpiresIn: int(set.ExpiresIn / time.Second),
		UserID: set.User.ID, User: wire.NewSelfUser(set.User, set.HallOwner)}
	if cookie {
		http.SetCookie(w, a.cookie(r, set.RefreshToken, set.RefreshExpires))
		if set.Device != "" {
			http.SetCookie(w, a.deviceCookie(r, set.Device))
		}
	} else {
		body.RefreshToken = set.RefreshToken
	}
	return route.JSON(w, status, body)
}

func (a *api) cookie(r *route.Request, value string, expires time.Time) *http.Cookie {
	return &http.Cookie{Name: a.cookieName, Value: value, Path: "/api", Expires: expires, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
}

// deviceCookie keeps in a browser that somebody signed in with it. It stays when they sign out, and opens nothing.
func (a *api) deviceCookie(r *route.Request, value string) *http.Cookie {
	cookie := a.cookie(r, value, time.Now().Add(chat.DeviceLife))
	cookie.Name = a.deviceCookieName()
	return cookie
}

func (a *api) deviceCookieName() string { return a.cookieName + "_device" }

// client tells which device asks, with what it kept of earlier sign-ins.
func (a *api) client(r *route.Request) chat.Client {
	client := r.Client()
	client.Site = a.passkeySite(r)
	if cookie, err := r.Cookie(a.deviceCookieName()); err == nil {
		client.Device = cookie.Value
	}
	return client
}

func (a *api) clearCookie(w http.ResponseWriter, r *route.Request) {
	if _, err := r.Cookie(a.cookieName); err != nil {
		return
	}
	gone := a.cookie(r, "", time.Unix(1, 0))
	gone.MaxAge = -1
	http.SetCookie(w, gone)
}

// cookieToken reads the refresh token of a browser.
func (a *api) cookieToken(r *route.Request) (string, error) {
	cookie, err := r.Cookie(a.cookieName)
	if err != nil || cookie.Value == "" {
		return "", &chat.Error{Kind: chat.Unauthorized}
	}
	return cookie.Value, fromOwnPage(r)
}

// fromOwnPage guards whatever reads or sets the cookie. It goes with requests of the hall's own pages only (SameSite=Strict). All the same a browser that says that
// the request comes from elsewhere is refused, and so is a body that is not JSON, because forms of other sites can send the other kinds unasked.
func fromOwnPage(r *route.Request) error {
	if !r.IsJSON() {
		return &chat.Error{Kind: chat.Unauthorized, Message: "A request for a cookie needs the Content-Type application/json."}
	}
	elsewhere := &chat.Error{Kind: chat.Unauthorized, Message: "This request comes from another site."}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return elsewhere
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if from, err := url.Parse(origin); err != nil || !strings.EqualFold(from.Host, r.Host) {
			return elsewhere
		}
	}
	return nil
}

func (a *api) listSessions(w http.ResponseWriter, r *route.Request) error {
	sessions, err := a.Accounts.Sessions(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	body := wire.AuthSessions{UserSessions: make([]wire.AuthSession, len(sessions))}
	for i, session := range sessions {
		body.UserSessions[i] = wire.NewAuthSession(session, r.Caller.LoginSessionID)
	}
	return route.JSON(w, http.StatusOK, body)
}

func (a *api) logoutSessions(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.SessionsLogout](r)
	if err != nil {
		return err
	}
	ids := body.SessionIDs
	for _, text := range body.SessionIDHashes {
		value, err := id.Parse(text)
		if err != nil {
			return &chat.Error{Kind: chat.UnknownSession}
		}
		ids = append(ids, value)
	}
	if err := a.Accounts.RevokeSessions(r.Context(), r.Caller, ids); err != nil {
		return err
	}
	return route.NoContent(w)
}
