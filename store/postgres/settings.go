package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// scanSettings reads settings, which are kept as JSON.
func scanSettings[S any](row pgx.CollectableRow) (settings S, err error) {
	var text []byte
	if err := row.Scan(&text); err != nil {
		return settings, err
	}
	return settings, json.Unmarshal(text, &settings)
}

// keptUserSettings are settings as they will be read.
func keptUserSettings(settings store.UserSettings) store.UserSettings {
	if custom := settings.CustomStatus; custom != nil {
		kept := *custom
		kept.ExpiresAt = timeOf(moment(custom.ExpiresAt))
		settings.CustomStatus = &kept
	}
	settings.RestrictedGuilds = slices.Clone(settings.RestrictedGuilds)
	slices.Sort(settings.RestrictedGuilds)
	settings.RestrictedGuilds = slices.Compact(settings.RestrictedGuilds)
	return settings
}

func keptGuildSettings(settings store.GuildSettings) store.GuildSettings {
	settings.MutedUntil = timeOf(moment(settings.MutedUntil))
	settings.Channels = slices.Clone(settings.Channels)
	for i := range settings.Channels {
		settings.Channels[i].MutedUntil = timeOf(moment(settings.Channels[i].MutedUntil))
	}
	return settings
}

// UserSettings implements store.Settings.
func (s *Store) UserSettings(ctx context.Context, userID id.ID) (store.UserSettings, error) {
	return one(ctx, s, "SELECT settings FROM user_settings WHERE user_id = $1", []any{int64(userID)}, scanSettings[store.UserSettings])
}

// ChangeUserSettings implements store.Settings. The account is locked: there may be no row of settings to lock.
func (s *Store) ChangeUserSettings(ctx context.Context, userID id.ID, initial store.UserSettings, change func(*store.UserSettings) error) (settings store.UserSettings, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(userID)}, scanID); err != nil {
			return err
		}
		settings, err = locked(ctx, tx, "SELECT settings FROM user_settings WHERE user_id = $1", []any{int64(userID)}, scanSettings[store.UserSettings])
		if errors.Is(err, pgx.ErrNoRows) {
			settings, err = copied(initial)
		}
		if err != nil {
			return err
		}
		if err := change(&settings); err != nil {
			return err
		}
		settings.UserID = userID
		text, err := plainJSON(keptUserSettings(settings))
		if err != nil {
			return err
		}
		settings = store.UserSettings{}
		if err := json.Unmarshal(text, &settings); err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO user_settings (user_id, settings) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET settings = $2", int64(userID), text)
	})
	if err != nil {
		return store.UserSettings{}, err
	}
	return settings, nil
}

// copied gives a value that shares nothing with another.
func copied[S any](value S) (own S, err error) {
	text, err := json.Marshal(value)
	if err != nil {
		return own, err
	}
	return own, json.Unmarshal(text, &own)
}

// GuildSettings implements store.Settings.
func (s *Store) GuildSettings(ctx context.Context, userID id.ID) ([]store.GuildSettings, error) {
	return rows(ctx, s, "SELECT settings FROM server_settings WHERE user_id = $1 ORDER BY coalesce(server_id, 0)", []any{int64(userID)}, scanSettings[store.GuildSettings])
}

// ChangeGuildSettings implements store.Settings.
func (s *Store) ChangeGuildSettings(ctx context.Context, userID, guildID id.ID, initial store.GuildSettings, change func(*store.GuildSettings) error) (settings store.GuildSettings, err error) {
	var server *int64
	if guildID != 0 {
		number := int64(guildID)
		server = &number
	}
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(userID)}, scanID); err != nil {
			return err
		}
		settings, err = locked(ctx, tx, "SELECT settings FROM server_settings WHERE user_id = $1 AND coalesce(server_id, 0) = $2", []any{int64(userID), int64(guildID)}, scanSettings[store.GuildSettings])
		if errors.Is(err, pgx.ErrNoRows) {
			settings, err = copied(initial)
		}
		if err != nil {
			return err
		}
		if err := change(&settings); err != nil {
			return err
		}
		settings.UserID, settings.GuildID = userID, guildID
		text, err := plainJSON(keptGuildSettings(settings))
		if err != nil {
			return err
		}
		settings = store.GuildSettings{}
		if err := json.Unmarshal(text, &settings); err != nil {
			return err
		}
		return execute(ctx, tx, `INSERT INTO server_settings (user_id, server_id, settings) VALUES ($1, $2, $3)
			ON CONFLICT (user_id, coalesce(server_id, 0)) DO UPDATE SET settings = $3`, int64(userID), server, text)
	})
	if err != nil {
		return store.GuildSettings{}, err
	}
	return settings, nil
}
