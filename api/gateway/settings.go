package gateway

import (
	"context"

	"guildhall/api/wire"
	"guildhall/store/event"
)

// addSettings adds to READY what a person set for themselves and about guilds.
func (g *Gateway) addSettings(ctx context.Context, s *session, ready *wire.UserReady) error {
	settings, err := g.Chat.Settings.Get(ctx, s.caller)
	if err != nil {
		return err
	}
	ready.UserSettings = wire.NewUserSettings(settings, ready.User.Locale)
	guilds, err := g.Chat.Settings.Guilds(ctx, s.caller)
	ready.UserGuildSettings = wire.NewUserGuildSettingsList(guilds)
	return err
}

// settingsChanged tells a session what its person has set. The locale is the account's, and not all sessions know it by now.
func (g *Gateway) settingsChanged(s *session, e event.SettingsChanged) {
	user, err := g.Chat.Users.Self(context.Background(), s.caller)
	if err != nil {
		g.Log.Error("settings could not be told", "user", s.caller.UserID, "error", err)
		return
	}
	g.dispatchTo(s, allIntents, "USER_SETTINGS_UPDATE", wire.NewUserSettings(e.Settings, user.Locale))
}
