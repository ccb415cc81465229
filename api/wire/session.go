package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Login is the body of POST /auth/login. One of Login, Email and Username names the person.
type Login struct {
	Login    string `json:"login"`
	Email    string `json:"email"`
	Username string `json:"username"`
	Password string `json:"password"`
	// Cookie asks for the refresh token in a cookie that scripts cannot read, instead of in the body.
	Cookie bool `json:"cookie"`
}

// Register is the body of POST /auth/register.
type Register struct {
	Username   string           `json:"username"`
	Email      Optional[string] `json:"email"`
	Password   string           `json:"password"`
	GlobalName Optional[string] `json:"global_name"`
	Invite     Optional[string] `json:"invite"`
	Cookie     bool             `json:"cookie"`
}

// Setup is the body of POST /setup, which makes the hall's owner.
type Setup struct {
	Token      string           `json:"token"`
	Username   string           `json:"username"`
	Email      Optional[string] `json:"email"`
	Password   string           `json:"password"`
	GlobalName Optional[string] `json:"global_name"`
	Cookie     bool             `json:"cookie"`
}

// Reset is the body of POST /auth/reset, which sets a new password with a token from whoever runs the hall.
type Reset struct {
	Token    string `json:"token"`
	Password string `json:"password"`
	Cookie   bool   `json:"cookie"`
}

// Refresh is the body of POST /auth/refresh. Without a token in it, the one in the cookie is meant.
type Refresh struct {
	RefreshToken string `json:"refresh_token"`
	Cookie       bool   `json:"cookie"`
}

// TokenSet answers a login, registration, set-up or refresh.
type TokenSet struct {
	// Token and AccessToken are the same: upstream's login calls it token.
	Token       string `json:"token"`
	AccessToken string `json:"access_token"`
	// RefreshToken is left out when it went into a cookie.
	RefreshToken string `json:"refresh_token,omitempty"`
	TokenType    string `json:"token_type"`
	// ExpiresIn is the access token's life in seconds.
	ExpiresIn int      `json:"expires_in"`
	UserID    id.ID    `json:"user_id"`
	User      SelfUser `json:"user"`
}

// AuthSession is a login as GET /auth/sessions lists it.
type AuthSession struct {
	ID        id.ID  `json:"id"`
	IDHash    string `json:"id_hash"`
	CreatedAt string `json:"created_at"`
	// ApproxLastUsedTime is when the login's tokens were renewed last.
	ApproxLastUsedTime string     `json:"approx_last_used_time"`
	ExpiresAt          string     `json:"expires_at"`
	ClientInfo         ClientInfo `json:"client_info"`
	Current            bool       `json:"current"`
}

// ClientInfo tells a person which of their devices it is.
type ClientInfo struct {
	UserAgent string  `json:"user_agent"`
	IP        string  `json:"ip"`
	OS        *string `json:"os"`
	Platform  *string `json:"platform"`
	Location  *string `json:"location"`
}

// AuthSessions answers GET /auth/sessions.
type AuthSessions struct {
	UserSessions []AuthSession `json:"user_sessions"`
}

// NewAuthSession shows a login to its holder.
func NewAuthSession(session store.LoginSession, current id.ID) AuthSession {
	return AuthSession{ID: session.ID, IDHash: session.ID.String(), CreatedAt: Timestamp(session.CreatedAt),
		ApproxLastUsedTime: Timestamp(session.RotatedAt), ExpiresAt: Timestamp(session.ExpiresAt),
		ClientInfo: ClientInfo{UserAgent: session.UserAgent, IP: session.Address}, Current: session.ID == current}
}

// SessionsLogout is the body of POST /auth/sessions/logout.
type SessionsLogout struct {
	SessionIDs      []id.ID  `json:"session_ids"`
	SessionIDHashes []string `json:"session_id_hashes"`
}
