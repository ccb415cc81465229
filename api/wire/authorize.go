package wire

import (
	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store/id"
)

// Authorization is the answer to GET /oauth2/authorize: what somebody is asked to agree to.
type Authorization struct {
	Application AuthorizedApplication `json:"application"`
	Bot         User                  `json:"bot"`
	// User is who is asked.
	User   User     `json:"user"`
	Scopes []string `json:"scopes"`
	// Permissions are those that the bot asks for.
	Permissions perm.Set            `json:"permissions"`
	Guilds      []AuthorizableGuild `json:"guilds"`
	RedirectURI *string             `json:"redirect_uri"`
	// Authorized tells whether nothing is left to be agreed to, which is never so.
	Authorized bool `json:"authorized"`
}

// AuthorizedApplication is what people may know of an application that they may let in.
type AuthorizedApplication struct {
	ID                  id.ID    `json:"id"`
	Name                string   `json:"name"`
	Icon                *string  `json:"icon"`
	Description         string   `json:"description"`
	Summary             string   `json:"summary"`
	Tags                []string `json:"tags"`
	BotPublic           bool     `json:"bot_public"`
	BotRequireCodeGrant bool     `json:"bot_require_code_grant"`
	TermsOfServiceURL   string   `json:"terms_of_service_url,omitempty"`
	PrivacyPolicyURL    string   `json:"privacy_policy_url,omitempty"`
	// Owner is who made it or was given it.
	Owner User `json:"owner"`
	// ApproximateGuildCount is exact here.
	ApproximateGuildCount int `json:"approximate_guild_count"`
}

// AuthorizableGuild is a guild to which somebody may add bots.
type AuthorizableGuild struct {
	ID       id.ID   `json:"id"`
	Name     string  `json:"name"`
	Icon     *string `json:"icon"`
	MFALevel int     `json:"mfa_level"`
	// Permissions are those that the person has there, and so can give away.
	Permissions perm.Set `json:"permissions"`
	// Installed tells that the application is there already. It is an extension of ours.
	Installed bool `json:"installed"`
}

// NewAuthorization shows what somebody is asked to agree to, and where that leads; empty for nowhere.
func NewAuthorization(asked chat.Authorization, redirect string) Authorization {
	application := &asked.Application
	shown := Authorization{Bot: NewUser(application.User), User: NewUser(asked.User), Scopes: list(asked.Scopes), Permissions: asked.Permissions, Guilds: make([]AuthorizableGuild, len(asked.Guilds)), RedirectURI: TextOrNull(redirect),
		Application: AuthorizedApplication{ID: application.Bot.UserID, Name: application.User.Username, Icon: TextOrNull(application.User.Avatar.Name()), Description: application.Bot.Description, Tags: list(application.Bot.Tags),
			BotPublic: application.Bot.Public, TermsOfServiceURL: application.Bot.TermsURL, PrivacyPolicyURL: application.Bot.PrivacyURL, Owner: NewUser(application.Owner), ApproximateGuildCount: asked.InstalledIn}}
	for i, one := range asked.Guilds {
		shown.Guilds[i] = AuthorizableGuild{ID: one.Guild.ID, Name: one.Guild.Name, Icon: TextOrNull(one.Guild.Icon.Name()), MFALevel: one.Guild.MFALevel, Permissions: one.Held, Installed: one.Installed}
	}
	return shown
}

// AuthorizeDecision is the body of POST /oauth2/authorize.
type AuthorizeDecision struct {
	Authorize bool  `json:"authorize"`
	GuildID   id.ID `json:"guild_id"`
	// Permissions are those that are granted: none besides those that were asked for.
	Permissions perm.Set `json:"permissions"`
}

// AuthorizeLocation is the answer to POST /oauth2/authorize: where to go from here, null for nowhere.
type AuthorizeLocation struct {
	Location *string `json:"location"`
}

// OAuthError is an error of /oauth2, which says what is wrong in the words of RFC 6749 besides.
type OAuthError struct {
	Error
	Word        string `json:"error"`
	Description string `json:"error_description"`
}
