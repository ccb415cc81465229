// Package rest answers the HTTP API: each handler decodes, asks the rules, and encodes. One file per resource, each with its own routes.
package rest

import (
	"log/slog"
	"net/http"
	"net/url"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Options are what the API works with.
type Options struct {
	Chat *chat.Chat
	// Limiter counts requests by Limits; nil switches rate limits off.
	Limiter ephemeral.Limiter
	Limits  Limits
	Log     *slog.Logger
	// Version is Guildhall's version, as GET /hall tells it.
	Version string
	// CookieName is the name of the cookie that holds a browser's refresh token. It differs by installation, because cookies ignore ports.
	CookieName string
	// URLs are the addresses by which guests reach the hall, the best first.
	URLs func() []string
	// Outgoing brings interactions to applications that have an address for them; nil brings none.
	Outgoing Outgoing
	// PublicURL is the address that clients on other machines are told; nil tells them the one by which they came.
	PublicURL *url.URL
}

// New makes the API's handler. It serves /api and its versions.
func New(options Options) (http.Handler, error) {
	a := &api{Chat: options.Chat, limits: options.Limits.withDefaults(), version: options.Version, urls: options.URLs, publicURL: options.PublicURL,
		cookieName: options.CookieName, log: options.Log}
	if options.Outgoing != nil {
		a.Interactions.SetEndpoint(&endpoint{a, options.Outgoing})
	}
	router, err := route.New(route.Options{
		Authenticate: options.Chat.Accounts.Authenticate, Limiter: options.Limiter, DefaultLimit: options.Limits.Default, GlobalLimit: options.Limits.Global,
		InvalidLimit: options.Limits.Invalid,
		Log:          options.Log,
	}, a.routes()...)
	if err != nil {
		return nil, err
	}
	return consentInBrowsers(router), nil
}

// routes are the tables of all resources.
func (a *api) routes() [][]route.Route {
	return [][]route.Route{
		a.mfaRoutes(), a.passkeyRoutes(), a.guestRoutes(), a.openIDRoutes(),
		a.sessionRoutes(), a.resetRoutes(), a.hallRoutes(), a.userRoutes(), a.deletionRoutes(), a.dataRoutes(), a.botRoutes(), a.guildRoutes(), a.channelRoutes(), a.directRoutes(), a.relationshipRoutes(), a.readStateRoutes(), a.settingsRoutes(), a.roleRoutes(), a.emojiRoutes(), a.memberRoutes(), a.banRoutes(), a.auditRoutes(), a.autoModRoutes(), a.inviteRoutes(),
		a.applicationRoutes(), a.applicationEmojiRoutes(), a.installationRoutes(), a.authorizeRoutes(), a.interactionRoutes(), a.commandRoutes(),
		a.messageRoutes(), a.webhookRoutes(), a.announcementRoutes(), a.eventHookRoutes(), a.attachmentRoutes(), a.uploadRoutes(), a.reactionRoutes(), a.pollRoutes(), a.pinRoutes(), a.threadRoutes(), a.voiceRoutes(), a.callRoutes(), a.streamKeyRoutes(), a.stageRoutes(), a.laterRoutes(),
	}
}

// api holds what handlers need.
type api struct {
	*chat.Chat
	limits     Limits
	version    string
	urls       func() []string
	publicURL  *url.URL
	cookieName string
	log        *slog.Logger
}

// later is a field of a request that a later version brings.
type later struct {
	name  string
	field wire.NotYet
	// what it would be about, as in "This hall cannot take files yet."
	what string
}

// refuseLater refuses the fields that ask for what is not built yet, all at once.
func refuseLater(fields ...later) error {
	var refusal *chat.Error
	for _, one := range fields {
		if !one.field.Asked {
			continue
		}
		message := "This hall cannot take " + one.what + " yet."
		if refusal == nil {
			refusal = &chat.Error{Kind: chat.NotSupported, Message: message}
		}
		refusal.Fields = append(refusal.Fields, chat.FieldError{Path: one.name, Code: "FEATURE_NOT_BUILT", Message: message})
	}
	if refusal == nil {
		return nil
	}
	return refusal
}

// guildAnd reads the guild of a path, and what else of it the path is about.
func guildAnd(r *route.Request, name string, unknown chat.Kind) (guildID, otherID id.ID, err error) {
	if guildID, err = r.ID("guild", chat.UnknownGuild); err != nil {
		return 0, 0, err
	}
	otherID, err = r.ID(name, unknown)
	return guildID, otherID, err
}
