package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) mfaRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/auth/mfa/totp", Access: route.Public, Limit: a.limits.SignIn, Handle: a.finishWithCode(false)},
		{Method: "POST", Pattern: "/auth/mfa/backup", Access: route.Public, Limit: a.limits.SignIn, Handle: a.finishWithCode(true)},
		{Method: "GET", Pattern: "/users/@me/mfa", Access: route.PeopleOnly, Handle: a.getFactors},
		{Method: "POST", Pattern: "/users/@me/mfa/totp/enable", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.enableTOTP},
		{Method: "POST", Pattern: "/users/@me/mfa/totp/disable", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.disableTOTP},
		{Method: "POST", Pattern: "/users/@me/mfa/codes", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.renewCodes},
		{Method: "GET", Pattern: "/users/@me/security-events", Access: route.PeopleOnly, Handle: a.listSecurityEvents},
	}
}

// answerSignIn writes the tokens of a first step that was enough, and what else is asked for otherwise.
func (a *api) answerSignIn(w http.ResponseWriter, r *route.Request, set chat.SignIn, cookie bool, err error) error {
	if err == nil && set.Step != nil {
		return route.JSON(w, http.StatusOK, wire.NewMFARequired(*set.Step))
	}
	return a.answerTokens(w, r, http.StatusOK, set.TokenSet, cookie, err)
}

func (a *api) finishWithCode(recovery bool) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		body, err := route.Decode[wire.MFAFinish](r)
		if err == nil && body.Cookie {
			err = fromOwnPage(r)
		}
		if err != nil {
			return err
		}
		set, err := a.Accounts.FinishWithCode(r.Context(), a.client(r), body.Ticket, body.Code, recovery)
		return a.answerTokens(w, r, http.StatusOK, set, body.Cookie, err)
	}
}

func (a *api) getFactors(w http.ResponseWriter, r *route.Request) error {
	factors, err := a.Accounts.Factors(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewFactors(factors, a.passkeySite(r).Usable()))
}

func (a *api) enableTOTP(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.TOTPEnable](r)
	if err != nil {
		return err
	}
	codes, err := a.Accounts.EnableTOTP(r.Context(), r.Caller, body.Proof(), body.Secret, body.Code)
	return answerCodes(w, r, codes, err)
}

// answerCodes shows recovery codes, this once.
func answerCodes(w http.ResponseWriter, r *route.Request, codes []string, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewBackupCodes(r.Caller.UserID, codes))
}

func (a *api) disableTOTP(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Confirmation](r)
	if err != nil {
		return err
	}
	if err := a.Accounts.DisableTOTP(r.Context(), r.Caller, body.Proof()); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) renewCodes(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Confirmation](r)
	if err != nil {
		return err
	}
	codes, err := a.Accounts.RenewRecovery(r.Context(), r.Caller, body.Proof())
	return answerCodes(w, r, codes, err)
}

// Bounds of a page of security events.
const (
	defaultSecurityPage = 50
	maxSecurityPage     = 100
)

func (a *api) listSecurityEvents(w http.ResponseWriter, r *route.Request) error {
	query := r.Query()
	before, limit := query.ID("before"), query.Int("limit", defaultSecurityPage, 1, maxSecurityPage)
	if err := query.Err(); err != nil {
		return err
	}
	events, err := a.Accounts.SecurityEvents(r.Context(), r.Caller, before, limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewSecurityEvents(events))
}
