package wire

import (
	"encoding/hex"
	"strconv"

	"guildhall/store"
	"guildhall/store/id"
)

// Application is a bot's application.
type Application struct {
	ID                  id.ID   `json:"id"`
	Name                string  `json:"name"`
	Icon                *string `json:"icon"`
	Description         string  `json:"description"`
	Type                *int    `json:"type"`
	BotPublic           bool    `json:"bot_public"`
	BotRequireCodeGrant bool    `json:"bot_require_code_grant"`
	VerifyKey           string  `json:"verify_key"`
	Flags               uint64  `json:"flags"`
	// FlagsNew is Flags as a decimal number, for clients whose numbers have fewer bits.
	FlagsNew     string   `json:"flags_new"`
	Bot          User     `json:"bot"`
	Owner        User     `json:"owner"`
	Team         *string  `json:"team"`
	Summary      string   `json:"summary"`
	RedirectURIs []string `json:"redirect_uris"`
	// InteractionsEndpointURL and RoleConnectionsVerificationURL are not set until interactions are built.
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

// NewApplication shows the application of a bot that is in a number of guilds.
func NewApplication(bot store.Bot, user, owner store.User, guilds int) Application {
	return Application{ID: bot.UserID, Name: user.Username, Icon: TextOrNull(user.Avatar.Name()), Description: bot.Description, BotPublic: bot.Public, VerifyKey: hex.EncodeToString(bot.VerifyKey),
		Flags: bot.Flags, FlagsNew: strconv.FormatUint(bot.Flags, 10), Bot: NewUser(user), Owner: NewUser(owner), RedirectURIs: []string{},
		ApproximateGuildCount: guilds, EligibleOAuth2Scopes: []string{}}
}

// GatewayURL answers GET /gateway.
type GatewayURL struct {
	URL string `json:"url"`
}

// GatewayBot answers GET /gateway/bot.
type GatewayBot struct {
	URL               string            `json:"url"`
	Shards            int               `json:"shards"`
	SessionStartLimit SessionStartLimit `json:"session_start_limit"`
}

// SessionStartLimit says how many sessions a bot may start.
type SessionStartLimit struct {
	Total     int `json:"total"`
	Remaining int `json:"remaining"`
	// ResetAfter is in milliseconds.
	ResetAfter     int `json:"reset_after"`
	MaxConcurrency int `json:"max_concurrency"`
}
