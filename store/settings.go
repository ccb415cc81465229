package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// UserSettings are a person's own settings, the same on all of their devices.
type UserSettings struct {
	UserID id.ID
	// Theme is "dark", "light" or "system".
	Theme string
	// Status is "online", "idle", "dnd" or "invisible".
	Status string
	// CustomStatus is nil for none.
	CustomStatus *CustomStatus
	// Switches are what is on or off in the client, by the names of the wire contract.
	Switches map[string]bool
	// AFKTimeout is after how many seconds of idleness the phone is notified.
	AFKTimeout int
	// TimezoneOffset is in minutes, as Date.getTimezoneOffset gives it in browsers.
	TimezoneOffset int
	Folders        []GuildFolder
	// GuildsRestricted tells whether those who merely share a new guild with the person may not write to them; RestrictedGuilds are the guilds of which that is true now, in ascending order.
	GuildsRestricted bool
	RestrictedGuilds []id.ID
	FriendSources    FriendSources
}

// CustomStatus is a line that a person shows beside their name.
type CustomStatus struct {
	// Text has at most 128 characters; may be empty when there is an emoji.
	Text  string
	Emoji Emoji
	// ExpiresAt is when it goes away; zero for never.
	ExpiresAt time.Time
}

// GuildFolder groups guilds in a person's list; without a name it is a guild that stands alone.
type GuildFolder struct {
	// ID is the client's own; zero for a guild that stands alone.
	ID       uint64
	Name     string
	Color    int
	GuildIDs []id.ID
}

// FriendSources says who may ask a person to be friends.
type FriendSources struct{ All, FriendsOfFriends, SharedGuilds bool }

// GuildSettings say what a person wants to hear of a guild.
type GuildSettings struct {
	UserID id.ID
	// GuildID is zero for conversations between people.
	GuildID id.ID
	Notifications
	SuppressEveryone bool
	SuppressRoles    bool
	MobilePush       bool
	HideMuted        bool
	Flags            uint64
	// Channels are in ascending order of their ids.
	Channels []ChannelSettings
}

// ChannelSettings say what a person wants to hear of one channel.
type ChannelSettings struct {
	ChannelID id.ID
	Notifications
	Collapsed bool
	Flags     uint64
}

// Notifications say which messages notify a person.
type Notifications struct {
	// Level is 0 for all messages, 1 for mentions, 2 for none, 3 as the guild or channel around it says.
	Level int
	Muted bool
	// MutedUntil ends the mute; zero for never. MuteSeconds is how long it was to be when it was set, -1 for ever, as clients show it.
	MutedUntil  time.Time
	MuteSeconds int
}

// At gives the notifications as they are at a moment: a mute that has ended is none.
func (n Notifications) At(now time.Time) Notifications {
	if !n.MutedUntil.IsZero() && !now.Before(n.MutedUntil) {
		n.Muted, n.MutedUntil, n.MuteSeconds = false, time.Time{}, 0
	}
	return n
}

// Settings keeps what people set for themselves. They go with the account, and what is about a guild with the guild.
type Settings interface {
	// UserSettings gives a person's settings; ErrNotFound when they never changed any.
	UserSettings(ctx context.Context, userID id.ID) (UserSettings, error)
	// ChangeUserSettings applies change atomically (see UpdateUser for the rules of change) to the settings, or to initial when there are none. ErrNotFound when the account does not exist.
	ChangeUserSettings(ctx context.Context, userID id.ID, initial UserSettings, change func(*UserSettings) error) (UserSettings, error)
	// GuildSettings gives all that a person set about guilds, in ascending order of guild.
	GuildSettings(ctx context.Context, userID id.ID) ([]GuildSettings, error)
	// ChangeGuildSettings applies change atomically to what a person set about a guild, or to initial when there is nothing. ErrNotFound when the account, or the guild unless it is zero, does not exist.
	ChangeGuildSettings(ctx context.Context, userID, guildID id.ID, initial GuildSettings, change func(*GuildSettings) error) (GuildSettings, error)
}
