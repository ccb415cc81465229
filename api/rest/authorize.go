package rest

import (
	"errors"
	"net/http"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) authorizeRoutes() []route.Route {
	const path = "/oauth2/authorize"
	return []route.Route{
		{Method: "GET", Pattern: path, Access: route.PeopleOnly, Handle: a.getAuthorization},
		{Method: "POST", Pattern: path, Access: route.PeopleOnly, Handle: a.authorize},
	}
}

// takeAuthorizeRequest reads the query of the consent page.
func takeAuthorizeRequest(r *route.Request) (chat.AuthorizeRequest, error) {
	query := r.Query()
	request := chat.AuthorizeRequest{ApplicationID: query.ID("client_id"), Scope: query.Text("scope"), RedirectURI: query.Text("redirect_uri"), State: query.Text("state"), ResponseType: query.Text("response_type")}
	request.Personal = query.Int("integration_type", 0, 0, 1) == 1
	if err := query.Err(); err != nil {
		return request, err
	}
	if request.ApplicationID == 0 {
		return request, wrongField("client_id", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	if text := query.Text("permissions"); text != "" {
		asked, err := perm.Parse(text)
		if err != nil {
			return request, wrongField("permissions", "NUMBER_TYPE_COERCE", "This value must be a set of permissions as a decimal number.")
		}
		request.Permissions = &asked
	}
	return request, nil
}

func wrongField(path, code, message string) error {
	return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: path, Code: code, Message: message}}}
}

// answerOAuth writes an error of a request that RFC 6749 has a word for with that word.
func answerOAuth(w http.ResponseWriter, err error) error {
	failure, ours := errors.AsType[*chat.Error](err)
	if !ours {
		return err
	}
	for _, field := range failure.Fields {
		if word, known := chat.OAuthCodes[field.Code]; known {
			status, body := wire.NewError(err)
			return route.JSON(w, status, wire.OAuthError{Error: body, Word: word, Description: field.Message})
		}
	}
	return err
}

func (a *api) getAuthorization(w http.ResponseWriter, r *route.Request) error {
	request, err := takeAuthorizeRequest(r)
	if err != nil {
		return err
	}
	asked, err := a.Bots.Authorization(r.Context(), r.Caller, request)
	if err != nil {
		return answerOAuth(w, err)
	}
	return route.JSON(w, http.StatusOK, wire.NewAuthorization(asked, request.RedirectURI))
}

func (a *api) authorize(w http.ResponseWriter, r *route.Request) error {
	request, err := takeAuthorizeRequest(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.AuthorizeDecision](r)
	if err != nil {
		return err
	}
	var location string
	if body.Authorize {
		location, err = a.Bots.Authorize(r.Context(), r.Caller, request, body.GuildID, body.Permissions)
	} else {
		location, err = a.Bots.Refuse(r.Context(), r.Caller, request)
	}
	if err != nil {
		return answerOAuth(w, err)
	}
	return route.JSON(w, http.StatusOK, wire.AuthorizeLocation{Location: wire.TextOrNull(location)})
}

// consentInBrowsers leads browsers to the consent page that come to its place in the API: libraries make links of that address, and people open them.
func consentInBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !opensConsent(r) {
			next.ServeHTTP(w, r)
			return
		}
		place := "/oauth2/authorize"
		if r.URL.RawQuery != "" {
			place += "?" + r.URL.RawQuery
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Location", place)
		w.WriteHeader(http.StatusFound)
	})
}

// opensConsent tells whether a request is somebody's who opened a link to the consent page's place in the API.
func opensConsent(r *http.Request) bool {
	path, found := strings.CutPrefix(r.URL.Path, "/api/")
	if version, rest, versioned := strings.Cut(path, "/"); versioned && len(version) <= 3 && strings.HasPrefix(version, "v") {
		path = rest
	}
	return found && path == "oauth2/authorize" && r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}
