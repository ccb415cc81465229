package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const roleColumns = "id, server_id, name, color, hoist, position, permissions, managed, mentionable, bot_id, icon, unicode_emoji"

func scanRole(row pgx.CollectableRow) (store.Role, error) {
	var role store.Role
	var roleID, guildID, permissions, botID int64
	err := row.Scan(&roleID, &guildID, &role.Name, &role.Color, &role.Hoist, &role.Position, &permissions, &role.Managed, &role.Mentionable, &botID, &role.Icon, &role.UnicodeEmoji)
	role.ID, role.GuildID, role.Permissions, role.BotID = id.ID(roleID), id.ID(guildID), uint64(permissions), id.ID(botID)
	return role, err
}

func roleValues(role store.Role) []any {
	return []any{int64(role.ID), int64(role.GuildID), role.Name, role.Color, role.Hoist, role.Position, int64(role.Permissions), role.Managed, role.Mentionable, int64(role.BotID), role.Icon, role.UnicodeEmoji}
}

func insertRole(ctx context.Context, tx pgx.Tx, role store.Role) error {
	if err := hang(ctx, tx, role.ID, 0, shown{"role_icon": {nil, &role.Icon}}); err != nil {
		return err
	}
	return execute(ctx, tx, "INSERT INTO roles ("+roleColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", roleValues(role)...)
}

// CreateRole implements store.Roles.
func (s *Store) CreateRole(ctx context.Context, role store.Role, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, role.GuildID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM roles WHERE server_id = $1", int64(role.GuildID)).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "roles", Max: most}
		}
		return insertRole(ctx, tx, role)
	})
}

// GuildRoles implements store.Roles.
func (s *Store) GuildRoles(ctx context.Context, guildID id.ID) ([]store.Role, error) {
	return rows(ctx, s, "SELECT "+roleColumns+" FROM roles WHERE server_id = $1 ORDER BY id", []any{int64(guildID)}, scanRole)
}

// PicturedRole implements store.Roles.
func (s *Store) PicturedRole(ctx context.Context, roleID id.ID) (store.Role, error) {
	return one(ctx, s, "SELECT "+roleColumns+" FROM roles WHERE id = $1 AND icon IS NOT NULL", []any{int64(roleID)}, scanRole)
}

// UpdateRole implements store.Roles.
func (s *Store) UpdateRole(ctx context.Context, guildID, roleID id.ID, change func(*store.Role) error) (role store.Role, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if role, err = locked(ctx, tx, "SELECT "+roleColumns+" FROM roles WHERE server_id = $1 AND id = $2 FOR UPDATE", []any{int64(guildID), int64(roleID)}, scanRole); err != nil {
			return err
		}
		before := role
		if err := change(&role); err != nil {
			return err
		}
		role.ID, role.GuildID = roleID, guildID
		if err := hang(ctx, tx, roleID, 0, shown{"role_icon": {before.Icon, &role.Icon}}); err != nil {
			return err
		}
		return execute(ctx, tx, `UPDATE roles SET server_id = $2, name = $3, color = $4, hoist = $5, position = $6, permissions = $7, managed = $8, mentionable = $9, bot_id = $10, icon = $11, unicode_emoji = $12
			WHERE id = $1`, roleValues(role)...)
	})
	if err != nil {
		return store.Role{}, err
	}
	return role, nil
}

// SetRolePositions implements store.Roles.
func (s *Store) SetRolePositions(ctx context.Context, guildID id.ID, positions map[id.ID]int) (roles []store.Role, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, guildID); err != nil {
			return err
		}
		for roleID, position := range positions {
			if err := changeOne(ctx, tx, "UPDATE roles SET position = $3 WHERE server_id = $1 AND id = $2", int64(guildID), int64(roleID), position); err != nil {
				return err
			}
		}
		found, err := tx.Query(ctx, "SELECT "+roleColumns+" FROM roles WHERE server_id = $1 ORDER BY id", int64(guildID))
		if err != nil {
			return err
		}
		roles, err = pgx.CollectRows(found, scanRole)
		return err
	})
	if err != nil {
		return nil, err
	}
	return roles, nil
}

// DeleteRole implements store.Roles.
func (s *Store) DeleteRole(ctx context.Context, guildID, roleID id.ID) (changed []store.Channel, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		ids, err := deleteRole(ctx, tx, guildID, roleID)
		if err != nil {
			return err
		}
		changed, err = collect(ctx, tx, channelQuery+"WHERE id = ANY($1) ORDER BY id", []any{integers(ids)}, scanChannel)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// deleteRole deletes a role, and gives the channels that allowed or denied it something.
func deleteRole(ctx context.Context, tx pgx.Tx, guildID, roleID id.ID) ([]id.ID, error) {
	if err := changeOne(ctx, tx, "DELETE FROM roles WHERE server_id = $1 AND id = $2", int64(guildID), int64(roleID)); err != nil {
		return nil, err
	}
	return collect(ctx, tx, `DELETE FROM channel_overwrites USING channels WHERE channels.id = channel_id AND server_id = $1 AND target_id = $2 AND channel_overwrites.type = 0
		RETURNING channel_id`, []any{int64(guildID), int64(roleID)}, scanID)
}
