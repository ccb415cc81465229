// Package rest answers the HTTP API: each handler decodes, asks the rules, and encodes. One file per resource, each with its own routes.
package rest

import (
	"log/slog"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/store/ephemeral"
)

// Options are what the API works with.
type Options struct {
	Chat *chat.Chat
	// Limiter counts requests; nil switches rate limits off.
	Limiter ephemeral.Limiter
	Log     *slog.Logger
	// Version is Guildhall's version, as GET /hall tells it.
	Version string
	// CookieName is the name of the cookie that holds a browser's refresh token. It differs by installation, because cookies ignore ports.
	CookieName string
	// URLs are the addresses by which guests reach the hall, the best first.
	URLs func() []string
}

// New makes the API's handler. It serves /api and its versions.
func New(options Options) (http.Handler, error) {
	a := &api{Chat: options.Chat, version: options.Version, urls: options.URLs, cookieName: options.CookieName}
	router := route.Options{Authenticate: options.Chat.Accounts.Authenticate, Limiter: options.Limiter, Log: options.Log}
	return route.New(router, a.sessionRoutes(), a.hallRoutes(), a.userRoutes(), a.botRoutes(), a.guildRoutes(), a.channelRoutes(), a.roleRoutes(), a.memberRoutes(),
		a.inviteRoutes(), a.messageRoutes(), a.voiceRoutes(), a.laterRoutes())
}

// api holds what handlers need.
type api struct {
	*chat.Chat
	version    string
	urls       func() []string
	cookieName string
}

// notYet makes the error for a field that a later version brings.
func notYet(field, what string) error {
	message := "This hall cannot take " + what + " yet."
	return &chat.Error{Kind: chat.NotSupported, Message: message, Fields: []chat.FieldError{{Path: field, Code: "FEATURE_NOT_BUILT", Message: message}}}
}
