package event

import "guildhall/store"

// SettingsChanged tells a person's own devices what they set for themselves now.
type SettingsChanged struct{ Settings store.UserSettings }

// GuildSettingsChanged tells a person's own devices what they set about a guild now.
type GuildSettingsChanged struct{ Settings store.GuildSettings }

func (e SettingsChanged) Subject() string      { return UserSubject(e.Settings.UserID) }
func (e GuildSettingsChanged) Subject() string { return UserSubject(e.Settings.UserID) }
