package chat

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// AuthorizeRequest asks somebody to let an application into a guild of theirs. It is as the query of the consent page says, which whoever made the link wrote.
type AuthorizeRequest struct {
	ApplicationID id.ID
	// Scope are the scopes, with spaces between; empty takes those of the application's install parameters, or both.
	Scope string
	// Permissions are those that are asked for; nil takes those of the application's install parameters.
	Permissions *perm.Set
	// RedirectURI is where to go afterwards, empty for nowhere; it must be one that the application registered. State goes along with it.
	RedirectURI, State string
	// ResponseType asks for a code or a token, of which this hall gives none.
	ResponseType string
	// Personal asks for an installation for the person alone, of which there are none.
	Personal bool
}

// maxState is how many bytes the state of an authorisation may have.
const maxState = 1024

// OAuthCodes are the codes of fields that RFC 6749 has a word for (section 4.1.2.1), with the word.
var OAuthCodes = map[string]string{
	"SCOPE_INVALID": "invalid_scope", "RESPONSE_TYPE_UNSUPPORTED": "unsupported_response_type", "REDIRECT_URI_INVALID": "invalid_request", "STATE_INVALID": "invalid_request", "INTEGRATION_TYPE_UNSUPPORTED": "invalid_request",
}

// Authorization is what somebody is asked to agree to.
type Authorization struct {
	Application Application
	User        store.User
	// Scopes are those that are asked for, Permissions what the bot wants to be allowed; nothing where it does not come along.
	Scopes      []string
	Permissions perm.Set
	// Guilds are those to which the caller may add bots, in ascending order of id.
	Guilds []AuthorizableGuild
	// InstalledIn is how many guilds the application is in.
	InstalledIn int
}

// AuthorizableGuild is a guild to which somebody may add bots.
type AuthorizableGuild struct {
	Guild store.Guild
	// Held are the permissions that the person has there, and so can give away.
	Held perm.Set
	// Installed tells that the application is there already.
	Installed bool
}

// withBot tells whether the bot comes along.
func (a *Authorization) withBot() bool { return slices.Contains(a.Scopes, ScopeBot) }

// Authorization gives what a request asks of the caller. Invalid when it is no request that this hall knows; UnknownApplication when the caller may not let the application in anywhere.
func (b *Bots) Authorization(ctx context.Context, caller Caller, request AuthorizeRequest) (Authorization, error) {
	if caller.Bot {
		return Authorization{}, fail(BotsBarred)
	}
	asked, err := b.readRequest(ctx, caller, &request)
	if err != nil {
		return Authorization{}, err
	}
	if asked.User, err = b.users.lookup(ctx, caller.UserID); err != nil {
		return Authorization{}, unknownUser(err)
	}
	guildIDs, err := b.views.UserGuilds(ctx, caller.UserID)
	if err != nil {
		return Authorization{}, err
	}
	for _, guildID := range guildIDs {
		a, err := b.views.access(ctx, caller, guildID)
		if KindOf(err) == UnknownGuild {
			continue // left just now
		}
		if err != nil {
			return Authorization{}, err
		}
		held := a.inGuild().Standing() // who may not use it yet is told so when they try
		if !held.Has(perm.ManageGuild) {
			continue
		}
		installed, err := b.Authorized(ctx, guildID, request.ApplicationID)
		if err != nil {
			return Authorization{}, err
		}
		asked.Guilds = append(asked.Guilds, AuthorizableGuild{Guild: a.view.Guild, Held: held, Installed: installed})
	}
	installations, err := b.Store.ApplicationInstallations(ctx, request.ApplicationID)
	if err != nil {
		return Authorization{}, internal("counting installations", err)
	}
	asked.InstalledIn = len(installations)
	return asked, nil
}

// readRequest checks a request and fills in what it leaves to the application.
func (b *Bots) readRequest(ctx context.Context, caller Caller, request *AuthorizeRequest) (Authorization, error) {
	application, err := b.installable(ctx, caller, request.ApplicationID)
	if err != nil {
		return Authorization{}, err
	}
	asked := Authorization{Application: application}
	var wrong fieldErrors
	if request.RedirectURI != "" && !slices.Contains(application.Bot.RedirectURIs, request.RedirectURI) {
		// Nobody is led there, not even with this error: it may be anybody's.
		wrong.add("redirect_uri", "REDIRECT_URI_INVALID", "The application has not registered this address.")
	}
	if len(request.State) > maxState {
		wrong.add("state", "STATE_INVALID", "Must be %d or fewer in length.", maxState)
	}
	if request.ResponseType != "" {
		wrong.add("response_type", "RESPONSE_TYPE_UNSUPPORTED", "This hall lets bots and commands into servers. It does not sign people in to other applications.")
	}
	if request.Personal {
		wrong.add("integration_type", "INTEGRATION_TYPE_UNSUPPORTED", "This hall lets applications into servers. It does not add them to accounts.")
	}
	scopes := strings.Fields(request.Scope)
	params := application.Bot.Install
	if len(scopes) == 0 {
		scopes = []string{ScopeBot, ScopeCommands}
		if params != nil {
			scopes = params.Scopes
		}
	}
	for _, scope := range scopes {
		if scope != ScopeBot && scope != ScopeCommands {
			wrong.add("scope", "SCOPE_INVALID", "This hall knows the scopes bot and applications.commands.")
			break
		}
	}
	if err := wrong.err(); err != nil {
		return Authorization{}, err
	}
	// A bot always brings its commands along.
	if slices.Contains(scopes, ScopeBot) {
		asked.Scopes = []string{ScopeBot, ScopeCommands}
		switch {
		case request.Permissions != nil:
			asked.Permissions = *request.Permissions & perm.All
		case params != nil:
			asked.Permissions = perm.Set(params.Permissions) & perm.All
		}
	} else {
		asked.Scopes = []string{ScopeCommands}
	}
	return asked, nil
}

// Authorize lets an application into a guild as the caller agreed to: with no more permissions than were asked for, as far as they have them themselves. It gives where to go from here; empty for nowhere.
func (b *Bots) Authorize(ctx context.Context, caller Caller, request AuthorizeRequest, guildID id.ID, permissions perm.Set) (location string, err error) {
	if caller.Bot {
		return "", fail(BotsBarred)
	}
	asked, err := b.readRequest(ctx, caller, &request)
	if err != nil {
		return "", err
	}
	if guildID == 0 {
		return "", invalid("guild_id", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	granted := grant{bot: asked.withBot(), permissions: permissions & perm.All}
	if granted.permissions&^asked.Permissions != 0 {
		return "", invalid("permissions", "BASE_TYPE_CHOICES", "The application did not ask for all of these.")
	}
	if err := b.install(ctx, caller, asked.Application, guildID, granted); err != nil {
		return "", err
	}
	values := url.Values{"guild_id": {guildID.String()}}
	if granted.bot {
		values.Set("permissions", granted.permissions.String())
	}
	return request.back(values), nil
}

// Refuse gives where to go when the caller does not agree; empty for nowhere.
func (b *Bots) Refuse(ctx context.Context, caller Caller, request AuthorizeRequest) (location string, err error) {
	if _, err := b.readRequest(ctx, caller, &request); err != nil {
		return "", err
	}
	return request.back(url.Values{"error": {"access_denied"}, "error_description": {"The person did not agree."}}), nil
}

// back is the address to go back to, with the values that it is told.
func (r *AuthorizeRequest) back(values url.Values) string {
	if r.RedirectURI == "" {
		return ""
	}
	address, err := url.Parse(r.RedirectURI)
	if err != nil {
		return "" // those that are registered can be parsed
	}
	if r.State != "" {
		values.Set("state", r.State)
	}
	query := address.Query()
	for name, value := range values {
		query[name] = value
	}
	address.RawQuery = query.Encode()
	return address.String()
}
