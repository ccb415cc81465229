package rest

import (
	"net/http"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/chat/passkey"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) passkeyRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/auth/passkeys/challenge", Access: route.Public, Limit: a.limits.SignIn, Handle: a.challengePasskey},
		{Method: "POST", Pattern: "/auth/passkeys/login", Access: route.Public, Limit: a.limits.SignIn, Handle: a.loginWithPasskey},
		{Method: "POST", Pattern: "/auth/mfa/webauthn", Access: route.Public, Limit: a.limits.SignIn, Handle: a.finishWithPasskey},
		{Method: "POST", Pattern: "/users/@me/mfa/webauthn/challenge", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.challengeOwnPasskey},
		{Method: "GET", Pattern: "/users/@me/mfa/webauthn/credentials", Access: route.PeopleOnly, Handle: a.listPasskeys},
		{Method: "POST", Pattern: "/users/@me/mfa/webauthn/credentials", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.addPasskey},
		{Method: "PATCH", Pattern: "/users/@me/mfa/webauthn/credentials/{passkey}", Access: route.PeopleOnly, Handle: a.renamePasskey},
		{Method: "DELETE", Pattern: "/users/@me/mfa/webauthn/credentials/{passkey}", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.removePasskey},
	}
}

// passkeySite is the page that a request comes from, as passkeys are bound to it: the name by which the hall was reached, which the guard before all routes has made sure of.
func (a *api) passkeySite(r *route.Request) passkey.Site {
	site := passkey.Site{Host: strings.ToLower(strings.TrimSuffix(route.HostName(r.Host), ".")), Origins: []string{route.BaseURL(r.Request, "http")}}
	if a.publicURL != nil && strings.EqualFold(a.publicURL.Hostname(), site.Host) {
		site.Origins = append(site.Origins, a.publicURL.Scheme+"://"+a.publicURL.Host) // behind a proxy with another port
	}
	return site
}

func answerChallenge(w http.ResponseWriter, made chat.PasskeyChallenge, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewPasskeyChallenge(made))
}

func (a *api) challengePasskey(w http.ResponseWriter, r *route.Request) error {
	made, err := a.Accounts.ChallengePasskey(r.Context(), a.client(r))
	return answerChallenge(w, made, err)
}

// decodePasskey reads what finishes a sign-in with a passkey.
func decodePasskey(r *route.Request) (wire.PasskeyFinish, error) {
	body, err := route.Decode[wire.PasskeyFinish](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	return body, err
}

func (a *api) loginWithPasskey(w http.ResponseWriter, r *route.Request) error {
	body, err := decodePasskey(r)
	if err != nil {
		return err
	}
	set, err := a.Accounts.LoginWithPasskey(r.Context(), a.client(r), body.Ticket, []byte(body.Credential))
	return a.answerTokens(w, r, http.StatusOK, set, body.Cookie, err)
}

func (a *api) finishWithPasskey(w http.ResponseWriter, r *route.Request) error {
	body, err := decodePasskey(r)
	if err != nil {
		return err
	}
	set, err := a.Accounts.FinishWithPasskey(r.Context(), a.client(r), body.Ticket, []byte(body.Credential))
	return a.answerTokens(w, r, http.StatusOK, set, body.Cookie, err)
}

func (a *api) challengeOwnPasskey(w http.ResponseWriter, r *route.Request) error {
	made, err := a.Accounts.ChallengeOwnPasskey(r.Context(), r.Caller, a.passkeySite(r))
	return answerChallenge(w, made, err)
}

func (a *api) listPasskeys(w http.ResponseWriter, r *route.Request) error {
	factors, err := a.Accounts.Factors(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAuthenticators(factors.Passkeys))
}

// addPasskey is both steps of a new passkey, as upstream has them on one address: without a name it is the first.
func (a *api) addPasskey(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.PasskeyAdd](r)
	if err != nil {
		return err
	}
	if !body.Name.Given() {
		made, err := a.Accounts.BeginPasskey(r.Context(), r.Caller, a.passkeySite(r), body.Proof())
		return answerChallenge(w, made, err)
	}
	added, codes, err := a.Accounts.AddPasskey(r.Context(), r.Caller, body.Ticket, body.Name.Value, []byte(body.Credential))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.NewPasskeyAdded(r.Caller.UserID, added, codes))
}

func (a *api) renamePasskey(w http.ResponseWriter, r *route.Request) error {
	passkeyID, err := r.ID("passkey", chat.UnknownOther)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.PasskeyName](r)
	if err != nil {
		return err
	}
	renamed, err := a.Accounts.RenamePasskey(r.Context(), r.Caller, passkeyID, body.Name)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAuthenticator(renamed))
}

func (a *api) removePasskey(w http.ResponseWriter, r *route.Request) error {
	passkeyID, err := r.ID("passkey", chat.UnknownOther)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.Confirmation](r)
	if err != nil {
		return err
	}
	if err := a.Accounts.RemovePasskey(r.Context(), r.Caller, passkeyID, body.Proof()); err != nil {
		return err
	}
	return route.NoContent(w)
}
