package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// User is an account as everybody sees it.
type User struct {
	ID                   id.ID   `json:"id"`
	Username             string  `json:"username"`
	Discriminator        string  `json:"discriminator"`
	GlobalName           *string `json:"global_name"`
	Avatar               *string `json:"avatar"`
	Banner               *string `json:"banner"`
	AccentColor          *int    `json:"accent_color"`
	AvatarDecorationData *string `json:"avatar_decoration_data"`
	PrimaryGuild         *string `json:"primary_guild"`
	Bot                  bool    `json:"bot"`
	System               bool    `json:"system"`
	PublicFlags          uint64  `json:"public_flags"`
	Flags                uint64  `json:"flags"`
	// AvatarURL is where the picture of another site is to be seen that a webhook shows with a message. It is an extension of ours.
	AvatarURL string `json:"avatar_url,omitempty"`
}

// SelfUser is an account as its own holder sees it.
type SelfUser struct {
	User
	Email       *string `json:"email"`
	Verified    bool    `json:"verified"`
	MFAEnabled  bool    `json:"mfa_enabled"`
	Locale      string  `json:"locale"`
	PremiumType int     `json:"premium_type"`
	Bio         string  `json:"bio"`
	Pronouns    string  `json:"pronouns"`
	// HallOwner tells whether this person may change the hall itself. It is an extension of ours.
	HallOwner bool `json:"hall_owner"`
	// Guest tells whether this is a guest, who can become an account. It is an extension of ours.
	Guest bool `json:"guest"`
}

// NewUser shows an account to others.
func NewUser(user store.User) User {
	return User{ID: user.ID, Username: user.Username, Discriminator: "0", GlobalName: TextOrNull(user.GlobalName), Avatar: TextOrNull(user.Avatar.Name()),
		Banner: TextOrNull(user.Banner.Name()), AccentColor: user.AccentColor, Bot: user.Bot,
		PublicFlags: user.Flags, Flags: user.Flags}
}

// NewUsers shows several accounts.
func NewUsers(users []store.User) []User {
	shown := make([]User, len(users))
	for i, user := range users {
		shown[i] = NewUser(user)
	}
	return shown
}

// NewSelfUser shows an account to its holder.
func NewSelfUser(user store.User, hallOwner bool) SelfUser {
	locale := user.Locale
	if locale == "" {
		locale = "en-US"
	}
	return SelfUser{User: NewUser(user), Email: TextOrNull(user.Email), Verified: true, MFAEnabled: user.MFA, Locale: locale, HallOwner: hallOwner, Guest: user.Guest, Bio: user.Bio, Pronouns: user.Pronouns}
}

// UserPatch is the body of PATCH /users/@me.
type UserPatch struct {
	Username        Optional[string] `json:"username"`
	GlobalName      Optional[string] `json:"global_name"`
	Email           Optional[string] `json:"email"`
	Password        Optional[string] `json:"password"`
	NewPassword     Optional[string] `json:"new_password"`
	CurrentPassword Optional[string] `json:"current_password"`
	// Code, or Ticket and Credential, are the second factor that a new e-mail address or password needs, see Confirmation.
	Code        string           `json:"code"`
	Ticket      string           `json:"ticket"`
	Credential  string           `json:"credential"`
	Avatar      Optional[string] `json:"avatar"`
	Banner      Optional[string] `json:"banner"`
	AccentColor Optional[int]    `json:"accent_color"`
	Bio         Optional[string] `json:"bio"`
	Pronouns    Optional[string] `json:"pronouns"`
}
