package wire

import (
	"encoding/hex"
	"encoding/json"
	"strconv"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Application is an application with its bot, as its owner and the bot itself see it.
type Application struct {
	ID                  id.ID   `json:"id"`
	Name                string  `json:"name"`
	Icon                *string `json:"icon"`
	Description         string  `json:"description"`
	Type                *int    `json:"type"`
	CoverImage          string  `json:"cover_image,omitempty"`
	BotPublic           bool    `json:"bot_public"`
	BotRequireCodeGrant bool    `json:"bot_require_code_grant"`
	VerifyKey           string  `json:"verify_key"`
	Flags               uint64  `json:"flags"`
	// FlagsNew is Flags as a decimal number, for clients whose numbers have fewer bits.
	FlagsNew          string   `json:"flags_new"`
	Bot               User     `json:"bot"`
	Owner             User     `json:"owner"`
	Team              *string  `json:"team"`
	Summary           string   `json:"summary"`
	Tags              []string `json:"tags"`
	RedirectURIs      []string `json:"redirect_uris"`
	TermsOfServiceURL string   `json:"terms_of_service_url,omitempty"`
	PrivacyPolicyURL  string   `json:"privacy_policy_url,omitempty"`
	CustomInstallURL  string   `json:"custom_install_url,omitempty"`
	// InstallParams are left out for nothing in particular. IntegrationTypesConfig says the same by kinds of installations, of which "0" is that into a guild.
	InstallParams          *InstallParams               `json:"install_params,omitempty"`
	IntegrationTypesConfig map[string]InstallationKinds `json:"integration_types_config"`
	// RoleConnectionsVerificationURL is not set until role connections are built.
	InteractionsEndpointURL        *string `json:"interactions_endpoint_url"`
	RoleConnectionsVerificationURL *string `json:"role_connections_verification_url"`
	MaxParticipants                *int    `json:"max_participants"`
	// ApproximateGuildCount is exact here. Nobody installs an application for themself, or signs in with one, until that is built.
	ApproximateGuildCount             int      `json:"approximate_guild_count"`
	ApproximateUserInstallCount       int      `json:"approximate_user_install_count"`
	ApproximateUserAuthorizationCount int      `json:"approximate_user_authorization_count"`
	ExplicitContentFilter             int      `json:"explicit_content_filter"`
	EligibleOAuth2Scopes              []string `json:"eligible_oauth2_scopes"`
}

// InstallParams are with what an application asks to be installed.
type InstallParams struct {
	Scopes      []string `json:"scopes"`
	Permissions perm.Set `json:"permissions"`
}

// InstallationKinds are what an application asks for in one kind of installations.
type InstallationKinds struct {
	OAuth2InstallParams *InstallParams `json:"oauth2_install_params,omitempty"`
}

// guildInstallation is the kind of installations into guilds.
const guildInstallation = "0"

// NewApplication shows the application of a bot that is in a number of guilds.
func NewApplication(bot store.Bot, user, owner store.User, guilds int) Application {
	params := newInstallParams(bot.Install)
	return Application{ID: bot.UserID, Name: user.Username, Icon: TextOrNull(user.Avatar.Name()), Description: bot.Description, CoverImage: bot.Cover.Name(), BotPublic: bot.Public,
		VerifyKey: hex.EncodeToString(bot.VerifyKey), Flags: bot.Flags, FlagsNew: strconv.FormatUint(bot.Flags, 10), Bot: NewUser(user), Owner: NewUser(owner), Tags: list(bot.Tags), RedirectURIs: list(bot.RedirectURIs),
		TermsOfServiceURL: bot.TermsURL, PrivacyPolicyURL: bot.PrivacyURL, CustomInstallURL: bot.CustomInstallURL, InstallParams: params,
		IntegrationTypesConfig: map[string]InstallationKinds{guildInstallation: {OAuth2InstallParams: params}}, InteractionsEndpointURL: TextOrNull(bot.InteractionsURL),
		ApproximateGuildCount: guilds, EligibleOAuth2Scopes: []string{}}
}

func newInstallParams(params *store.InstallParams) *InstallParams {
	if params == nil {
		return nil
	}
	return &InstallParams{Scopes: list(params.Scopes), Permissions: perm.Set(params.Permissions)}
}

// Store gives the parameters as they are kept; nil for none.
func (p *InstallParams) Store() *store.InstallParams {
	if p == nil {
		return nil
	}
	return &store.InstallParams{Scopes: p.Scopes, Permissions: uint64(p.Permissions)}
}

// NewApplicationWithToken is the answer that shows the token of a bot, this once.
type NewApplicationWithToken struct {
	Application
	// Token is the secret with which the bot signs in. It is an extension of ours.
	Token string `json:"token"`
}

// BotToken is the answer to POST /applications/{application}/bot/reset: the new token, which is shown this once.
type BotToken struct {
	Token string `json:"token"`
}

// ApplicationCreate is the body of POST /applications.
type ApplicationCreate struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Icon        Optional[string] `json:"icon"`
	BotPublic   bool             `json:"bot_public"`
	TeamID      NotYet           `json:"team_id"`
}

// ApplicationPatch is the body of PATCH /applications/{application}. The pictures are data URIs, null for none.
type ApplicationPatch struct {
	Name                    Optional[string]                        `json:"name"`
	Description             Optional[ApplicationText]               `json:"description"`
	Icon                    Optional[string]                        `json:"icon"`
	CoverImage              Optional[string]                        `json:"cover_image"`
	Tags                    Optional[[]string]                      `json:"tags"`
	Flags                   Optional[uint64]                        `json:"flags"`
	BotPublic               Optional[bool]                          `json:"bot_public"`
	RedirectURIs            Optional[[]string]                      `json:"redirect_uris"`
	TermsOfServiceURL       Optional[string]                        `json:"terms_of_service_url"`
	PrivacyPolicyURL        Optional[string]                        `json:"privacy_policy_url"`
	CustomInstallURL        Optional[string]                        `json:"custom_install_url"`
	InteractionsEndpointURL Optional[string]                        `json:"interactions_endpoint_url"`
	InstallParams           Optional[InstallParams]                 `json:"install_params"`
	IntegrationTypesConfig  Optional[map[string]*InstallationKinds] `json:"integration_types_config"`

	BotRequireCodeGrant            NotYet `json:"bot_require_code_grant"`
	RoleConnectionsVerificationURL NotYet `json:"role_connections_verification_url"`
	EventWebhooksURL               NotYet `json:"event_webhooks_url"`
	EventWebhooksTypes             NotYet `json:"event_webhooks_types"`
	TeamID                         NotYet `json:"team_id"`
}

// Install gives the parameters that a change asks for: nil for no change, nil within for nothing in particular. install_params count before those of integration_types_config. more tells that it asks
// for a kind of installations that there is none of.
func (p *ApplicationPatch) Install() (install **store.InstallParams, more bool) {
	for kind, asked := range p.IntegrationTypesConfig.Value {
		if kind != guildInstallation {
			more = more || asked != nil
			continue
		}
		var params *store.InstallParams
		if asked != nil {
			params = asked.OAuth2InstallParams.Store()
		}
		install = &params
	}
	if p.InstallParams.Present {
		var params *store.InstallParams
		if !p.InstallParams.Null {
			params = p.InstallParams.Value.Store()
		}
		install = &params
	}
	return install, more
}

// ApplicationText is a text that may also come as an object with translations, of which the default counts.
type ApplicationText string

// UnmarshalJSON reads the text, or the default of the object.
func (t *ApplicationText) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*t = ApplicationText(text)
		return nil
	}
	var localized struct {
		Default string `json:"default"`
	}
	if err := json.Unmarshal(data, &localized); err != nil {
		return err
	}
	*t = ApplicationText(localized.Default)
	return nil
}

// ApplicationTransfer is the body of POST /applications/{application}/transfer: whose it is to be, and who asks, once more.
type ApplicationTransfer struct {
	OwnerID id.ID `json:"owner_id"`
	Confirmation
}
