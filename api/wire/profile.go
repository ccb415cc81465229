package wire

import (
	"guildhall/api/chat"
	"guildhall/store/id"
)

// Profile is the answer to GET /users/{user}/profile.
type Profile struct {
	User              User          `json:"user"`
	UserProfile       UserProfile   `json:"user_profile"`
	MutualGuilds      []MutualGuild `json:"mutual_guilds"`
	MutualFriends     []User        `json:"mutual_friends"`
	ConnectedAccounts []struct{}    `json:"connected_accounts"`
	// GuildMember is there when a guild was asked about.
	GuildMember *Member `json:"guild_member,omitempty"`
	// GuildMemberProfile is what they say of themselves there, beside it.
	GuildMemberProfile *GuildMemberProfile `json:"guild_member_profile,omitempty"`
}

// GuildMemberProfile is what a member says of themselves in one guild; empty and null where they say nothing else than elsewhere.
type GuildMemberProfile struct {
	GuildID id.ID   `json:"guild_id"`
	Bio     string  `json:"bio"`
	Banner  *string `json:"banner"`
}

// UserProfile is what somebody says of themselves.
type UserProfile struct {
	Bio         string  `json:"bio"`
	Pronouns    string  `json:"pronouns"`
	AccentColor *int    `json:"accent_color"`
	Banner      *string `json:"banner"`
}

// MutualGuild is a guild that both are in.
type MutualGuild struct {
	ID   id.ID   `json:"id"`
	Nick *string `json:"nick"`
}

// NewProfile shows a profile.
func NewProfile(profile chat.Profile) Profile {
	user := profile.User
	shown := Profile{User: NewUser(user), UserProfile: UserProfile{Bio: user.Bio, Pronouns: user.Pronouns, AccentColor: user.AccentColor, Banner: TextOrNull(user.Banner.Name())},
		MutualGuilds: make([]MutualGuild, len(profile.MutualGuilds)), MutualFriends: NewUsers(profile.MutualFriends), ConnectedAccounts: []struct{}{}}
	for i, member := range profile.MutualGuilds {
		shown.MutualGuilds[i] = MutualGuild{ID: member.GuildID, Nick: TextOrNull(member.Nick)}
	}
	if profile.Member != nil {
		member := NewMember(*profile.Member, user)
		shown.GuildMember = &member
		shown.GuildMemberProfile = &GuildMemberProfile{GuildID: profile.Member.GuildID, Bio: profile.Member.Bio, Banner: member.Banner}
	}
	return shown
}
