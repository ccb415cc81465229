package rest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) openIDRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/auth/oidc", Access: route.Public, Handle: a.listSignInProviders},
		{Method: "GET", Pattern: "/auth/oidc/{provider}/start", Access: route.Public, Handle: a.startSignIn},
		{Method: "GET", Pattern: "/auth/oidc/{provider}/callback", Access: route.Public, Handle: a.finishSignIn},
		{Method: "GET", Pattern: "/auth/oidc/pending", Access: route.Public, Handle: a.getPendingSignIn},
		{Method: "POST", Pattern: "/auth/oidc/register", Access: route.Public, Limit: a.limits.SignIn, Handle: a.registerWithProvider},
		{Method: "GET", Pattern: "/users/@me/oidc", Access: route.PeopleOnly, Handle: a.listLinkedAccounts},
		{Method: "POST", Pattern: "/users/@me/oidc", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.linkPendingSignIn},
		{Method: "POST", Pattern: "/users/@me/oidc/start", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.startLink},
		{Method: "POST", Pattern: "/users/@me/oidc/unlink", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.unlinkAccount},
	}
}

// The pages of the web client that somebody is led to who comes back from a provider.
const (
	insidePage   = "/oidc/in"
	continuePage = "/oidc/continue"
	problemPage  = "/oidc/problem"
)

// providerCookieLife is a little longer than what the hall remembers, so that who is late is told that they are.
const providerCookieLife = 15 * time.Minute

func (a *api) listSignInProviders(w http.ResponseWriter, r *route.Request) error {
	buttons, err := a.Providers.Buttons(r.Context())
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewSignInProviders(buttons))
}

// ownAddress is the address by which providers know the hall: the configured one, if there is any, otherwise the one by which the browser came.
func (a *api) ownAddress(r *route.Request) string {
	if a.publicURL != nil {
		return a.publicURL.Scheme + "://" + a.publicURL.Host
	}
	return route.BaseURL(r.Request, "http")
}

// elsewhere tells whether the browser came by another address than the configured one: what it keeps would not come back with it.
func (a *api) elsewhere(r *route.Request) bool {
	return a.publicURL != nil && !strings.EqualFold(r.Host, a.publicURL.Host)
}

func (a *api) redirectURI(r *route.Request, provider string) string {
	return a.ownAddress(r) + "/api/auth/oidc/" + url.PathEscape(provider) + "/callback"
}

// lead sends a browser to another address. It does not say where it comes from: that has codes in it.
func lead(w http.ResponseWriter, address string) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func leadToProblem(w http.ResponseWriter, provider string, problem chat.ProviderProblem) error {
	return lead(w, problemPage+"?"+url.Values{"why": {string(problem)}, "provider": {provider}}.Encode())
}

// flowCookie keeps in a browser that it began a sign-in. It must come back from another site, which takes SameSite=Lax.
func (a *api) flowCookie(r *route.Request, value string) *http.Cookie {
	cookie := a.cookie(r, value, time.Now().Add(providerCookieLife))
	cookie.Name, cookie.SameSite = a.cookieName+"_openid", http.SameSiteLaxMode
	return cookie
}

// pendingCookie keeps in a browser that there is something left to do of a sign-in.
func (a *api) pendingCookie(r *route.Request, value string) *http.Cookie {
	cookie := a.cookie(r, value, time.Now().Add(providerCookieLife))
	cookie.Name = a.cookieName + "_pending"
	return cookie
}

// gone is a cookie that is to go.
func gone(cookie *http.Cookie) *http.Cookie {
	cookie.Value, cookie.Expires, cookie.MaxAge = "", time.Unix(1, 0), -1
	return cookie
}

func (a *api) startSignIn(w http.ResponseWriter, r *route.Request) error {
	provider, returnTo := r.Param("provider"), r.URL.Query().Get("return")
	if a.elsewhere(r) {
		return lead(w, a.ownAddress(r)+"/api/auth/oidc/"+url.PathEscape(provider)+"/start?"+url.Values{"return": {chat.LocalPath(returnTo)}}.Encode())
	}
	begun, err := a.Providers.Start(r.Context(), a.client(r), provider, a.redirectURI(r, provider), returnTo)
	switch chat.KindOf(err) {
	case chat.Unavailable:
		return leadToProblem(w, provider, chat.ProviderAway)
	case chat.UnknownOther:
		return leadToProblem(w, "", chat.ProviderUnknown)
	case chat.RateLimited:
		return leadToProblem(w, provider, chat.ProviderBusy)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, a.flowCookie(r, begun.Browser))
	return lead(w, begun.Address)
}

func (a *api) finishSignIn(w http.ResponseWriter, r *route.Request) error {
	query, kept := r.URL.Query(), a.flowCookie(r, "")
	answer := chat.ProviderAnswer{Key: r.Param("provider"), State: query.Get("state"), Code: query.Get("code"), Issuer: query.Get("iss"), Error: query.Get("error")}
	if cookie, err := r.Cookie(kept.Name); err == nil {
		answer.Browser = cookie.Value
	}
	arrival := a.Providers.Finish(r.Context(), a.client(r), answer)
	if arrival.Problem != chat.ProviderExpired { // another sign-in may be under way
		http.SetCookie(w, gone(kept))
	}
	switch {
	case arrival.Tokens != nil:
		http.SetCookie(w, a.cookie(r, arrival.Tokens.RefreshToken, arrival.Tokens.RefreshExpires))
		if arrival.Tokens.Device != "" {
			http.SetCookie(w, a.deviceCookie(r, arrival.Tokens.Device))
		}
		return lead(w, insidePage+"?"+url.Values{"return": {arrival.Return}}.Encode())
	case arrival.Pending != "":
		http.SetCookie(w, a.pendingCookie(r, arrival.Pending))
		return lead(w, continuePage)
	case arrival.Linked:
		return lead(w, arrival.Return)
	}
	return leadToProblem(w, answer.Key, arrival.Problem)
}

// pending reads the secret of a sign-in that there is something left to do of.
func (a *api) pending(r *route.Request) string {
	cookie, err := r.Cookie(a.pendingCookie(r, "").Name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (a *api) getPendingSignIn(w http.ResponseWriter, r *route.Request) error {
	waiting, err := a.Providers.Pending(r.Context(), a.pending(r))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewPendingSignIn(waiting))
}

func (a *api) registerWithProvider(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.ProviderRegister](r)
	if err == nil {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	set, err := a.Providers.Register(r.Context(), a.client(r), a.pending(r), chat.NewAccount{Username: body.Username, GlobalName: body.GlobalName.Value, Invite: body.Invite.Value})
	if err == nil {
		http.SetCookie(w, gone(a.pendingCookie(r, "")))
	}
	return a.answerTokens(w, r, http.StatusCreated, set, true, err)
}

func (a *api) listLinkedAccounts(w http.ResponseWriter, r *route.Request) error {
	links, err := a.Providers.Linked(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewLinkedAccounts(links))
}

func (a *api) linkPendingSignIn(w http.ResponseWriter, r *route.Request) error {
	if err := fromOwnPage(r); err != nil {
		return err
	}
	linked, err := a.Providers.LinkPending(r.Context(), r.Caller, a.pending(r))
	if err != nil {
		return err
	}
	http.SetCookie(w, gone(a.pendingCookie(r, "")))
	return route.JSON(w, http.StatusOK, wire.NewLinkedAccount(linked))
}

func (a *api) startLink(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.ProviderLinkStart](r)
	if err == nil {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	if a.elsewhere(r) {
		return &chat.Error{Kind: chat.Invalid, Message: "Open this hall at " + a.ownAddress(r) + " to link an account: the provider knows it by that address."}
	}
	begun, err := a.Providers.StartLink(r.Context(), r.Caller, body.Proof(), body.Provider, a.redirectURI(r, body.Provider), body.ReturnTo)
	if err != nil {
		return err
	}
	http.SetCookie(w, a.flowCookie(r, begun.Browser))
	return route.JSON(w, http.StatusOK, wire.ProviderAddress{URL: begun.Address})
}

func (a *api) unlinkAccount(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.ProviderUnlink](r)
	if err != nil {
		return err
	}
	if err := a.Providers.Unlink(r.Context(), r.Caller, body.Proof(), body.ID); err != nil {
		return err
	}
	return route.NoContent(w)
}
