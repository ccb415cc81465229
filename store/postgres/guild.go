package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const guildColumns = `id, owner_id, name, description, verification_level, default_message_notifications, explicit_content_filter, afk_timeout, afk_channel_id,
	system_channel_id, system_channel_flags, rules_channel_id, preferred_locale, icon, banner, splash, discovery_splash, invites_paused_until, dms_paused_until, mfa_level`

func scanGuild(row pgx.CollectableRow) (store.Guild, error) {
	var guild store.Guild
	var guildID, ownerID, afk, system, rules int64
	var invites, messages *time.Time
	err := row.Scan(&guildID, &ownerID, &guild.Name, &guild.Description, &guild.VerificationLevel, &guild.DefaultMessageNotifications, &guild.ExplicitContentFilter,
		&guild.AFKTimeout, &afk, &system, &guild.SystemChannelFlags, &rules, &guild.PreferredLocale,
		&guild.Icon, &guild.Banner, &guild.Splash, &guild.DiscoverySplash, &invites, &messages, &guild.MFALevel)
	guild.ID, guild.OwnerID = id.ID(guildID), id.ID(ownerID)
	guild.AFKChannelID, guild.SystemChannelID, guild.RulesChannelID = id.ID(afk), id.ID(system), id.ID(rules)
	guild.InvitesPausedUntil, guild.DMsPausedUntil = timeOf(invites), timeOf(messages)
	return guild, err
}

func guildValues(guild store.Guild) []any {
	return []any{int64(guild.ID), int64(guild.OwnerID), guild.Name, guild.Description, guild.VerificationLevel, guild.DefaultMessageNotifications, guild.ExplicitContentFilter,
		guild.AFKTimeout, int64(guild.AFKChannelID), int64(guild.SystemChannelID), guild.SystemChannelFlags, int64(guild.RulesChannelID), guild.PreferredLocale,
		guild.Icon, guild.Banner, guild.Splash, guild.DiscoverySplash, moment(guild.InvitesPausedUntil), moment(guild.DMsPausedUntil), guild.MFALevel}
}

// hangGuild hangs the pictures that a guild comes to show.
func hangGuild(ctx context.Context, tx pgx.Tx, before store.Guild, now *store.Guild) error {
	return hang(ctx, tx, now.ID, 0, shown{"icon": {before.Icon, &now.Icon}, "banner": {before.Banner, &now.Banner}, "splash": {before.Splash, &now.Splash},
		"discovery_splash": {before.DiscoverySplash, &now.DiscoverySplash}})
}

// CreateGuild implements store.Guilds.
func (s *Store) CreateGuild(ctx context.Context, guild store.Guild, roles []store.Role, channels []store.Channel, members []store.Member) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := hangGuild(ctx, tx, store.Guild{}, &guild); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO servers ("+guildColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)", guildValues(guild)...); err != nil {
			return err
		}
		for _, role := range roles {
			if err := insertRole(ctx, tx, role); err != nil {
				return err
			}
		}
		for _, channel := range channels {
			if err := insertChannel(ctx, tx, channel); err != nil {
				return err
			}
		}
		for _, channel := range channels {
			if err := checkParent(ctx, tx, channel); err != nil {
				return err
			}
		}
		for _, member := range members {
			if err := insertMember(ctx, tx, member); err != nil {
				return err
			}
		}
		return nil
	})
}

// Guild implements store.Guilds.
func (s *Store) Guild(ctx context.Context, guildID id.ID) (store.Guild, error) {
	return one(ctx, s, "SELECT "+guildColumns+" FROM servers WHERE id = $1", []any{int64(guildID)}, scanGuild)
}

// UpdateGuild implements store.Guilds.
func (s *Store) UpdateGuild(ctx context.Context, guildID id.ID, change func(*store.Guild) error) (guild store.Guild, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if guild, err = locked(ctx, tx, "SELECT "+guildColumns+" FROM servers WHERE id = $1 FOR UPDATE", []any{int64(guildID)}, scanGuild); err != nil {
			return err
		}
		before := guild
		if err := change(&guild); err != nil {
			return err
		}
		guild.ID, guild.InvitesPausedUntil, guild.DMsPausedUntil = guildID, timeOf(moment(guild.InvitesPausedUntil)), timeOf(moment(guild.DMsPausedUntil))
		if err := hangGuild(ctx, tx, before, &guild); err != nil {
			return err
		}
		return execute(ctx, tx, `UPDATE servers SET owner_id = $2, name = $3, description = $4, verification_level = $5, default_message_notifications = $6, explicit_content_filter = $7,
			afk_timeout = $8, afk_channel_id = $9, system_channel_id = $10, system_channel_flags = $11, rules_channel_id = $12, preferred_locale = $13,
			icon = $14, banner = $15, splash = $16, discovery_splash = $17, invites_paused_until = $18, dms_paused_until = $19, mfa_level = $20 WHERE id = $1`, guildValues(guild)...)
	})
	if err != nil {
		return store.Guild{}, err
	}
	return guild, nil
}

// DeleteGuild implements store.Guilds.
func (s *Store) DeleteGuild(ctx context.Context, guildID id.ID) error {
	return s.write(ctx, func(tx pgx.Tx) error { return changeOne(ctx, tx, "DELETE FROM servers WHERE id = $1", int64(guildID)) })
}

// changeOne deletes or changes a row; one that is not there is pgx.ErrNoRows.
func changeOne(ctx context.Context, tx pgx.Tx, query string, arguments ...any) error {
	deleted, err := tx.Exec(ctx, query, arguments...)
	if err == nil && deleted.RowsAffected() == 0 {
		return pgx.ErrNoRows
	}
	return err
}

// ListGuilds implements store.Guilds.
func (s *Store) ListGuilds(ctx context.Context, after id.ID, limit int) ([]store.Guild, error) {
	return rows(ctx, s, "SELECT "+guildColumns+" FROM servers WHERE id > $1 ORDER BY id LIMIT $2", []any{int64(after), limit}, scanGuild)
}
