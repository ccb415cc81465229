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

const commandQuery = "SELECT id, application_id, coalesce(server_id, 0), version, command FROM commands "

func scanCommand(row pgx.CollectableRow) (command store.Command, err error) {
	var commandID, applicationID, guildID, version int64
	var text []byte
	if err := row.Scan(&commandID, &applicationID, &guildID, &version, &text); err != nil {
		return command, err
	}
	err = json.Unmarshal(text, &command)
	command.ID, command.ApplicationID, command.GuildID, command.Version = id.ID(commandID), id.ID(applicationID), id.ID(guildID), id.ID(version)
	return command, err
}

// commandsOf gives the commands that an application has everywhere, or for a guild.
func commandsOf(ctx context.Context, tx pgx.Tx, applicationID, guildID id.ID) ([]store.Command, error) {
	return collect(ctx, tx, commandQuery+"WHERE application_id = $1 AND coalesce(server_id, 0) = $2 ORDER BY id", []any{int64(applicationID), int64(guildID)}, scanCommand)
}

// holdOwnGuild lets nobody else change the commands of an application until the transaction ends, nor take it out of a guild (unless that is zero), which must be one of its. The account is locked before
// the guild, as by those who install it.
func holdOwnGuild(ctx context.Context, tx pgx.Tx, applicationID, guildID id.ID) error {
	if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = (SELECT user_id FROM bots WHERE user_id = $1) FOR NO KEY UPDATE", []any{int64(applicationID)}, scanID); err != nil {
		return err
	}
	if guildID == 0 {
		return nil
	}
	if err := holdGuild(ctx, tx, guildID); err != nil {
		return err
	}
	place := []any{int64(guildID), int64(applicationID)}
	_, err := locked(ctx, tx, "SELECT application_id FROM installations WHERE server_id = $1 AND application_id = $2 FOR SHARE", place, scanID)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = locked(ctx, tx, "SELECT user_id FROM server_members WHERE server_id = $1 AND user_id = $2 FOR SHARE", place, scanID)
	}
	return err
}

func putCommand(ctx context.Context, tx pgx.Tx, command store.Command) error {
	text, err := plainJSON(command)
	if err != nil {
		return err
	}
	return execute(ctx, tx, `INSERT INTO commands (id, application_id, server_id, type, name, version, command) VALUES ($1, $2, nullif($3::bigint, 0), $4, $5, $6, $7)`,
		int64(command.ID), int64(command.ApplicationID), int64(command.GuildID), command.Type, command.Name, int64(command.Version), text)
}

// changeCommand writes a command that is there.
func changeCommand(ctx context.Context, tx pgx.Tx, command store.Command) error {
	text, err := plainJSON(command)
	if err != nil {
		return err
	}
	return execute(ctx, tx, "UPDATE commands SET name = $2, version = $3, command = $4 WHERE id = $1", int64(command.ID), command.Name, int64(command.Version), text)
}

// PutCommand implements store.Commands.
func (s *Store) PutCommand(ctx context.Context, command store.Command, most store.CommandLimits) (stored store.Command, made bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := holdOwnGuild(ctx, tx, command.ApplicationID, command.GuildID); err != nil {
			return err
		}
		if stored, err = copied(command); err != nil {
			return err
		}
		there, err := commandsOf(ctx, tx, command.ApplicationID, command.GuildID)
		if err != nil {
			return err
		}
		before := store.Namesake(there, &command)
		if made = before == nil; !made {
			stored.Settle(before)
			return changeCommand(ctx, tx, stored)
		}
		if err := most.Room(append(there, command)); err != nil {
			return err
		}
		return putCommand(ctx, tx, stored)
	})
	if err != nil {
		return store.Command{}, false, err
	}
	return stored, made, nil
}

// ReplaceCommands implements store.Commands.
func (s *Store) ReplaceCommands(ctx context.Context, applicationID, guildID id.ID, commands []store.Command, most store.CommandLimits) (stored []store.Command, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := holdOwnGuild(ctx, tx, applicationID, guildID); err != nil {
			return err
		}
		if err := most.Room(commands); err != nil {
			return err
		}
		there, err := commandsOf(ctx, tx, applicationID, guildID)
		if err != nil {
			return err
		}
		stored = make([]store.Command, 0, len(commands))
		var kept []id.ID
		for i := range commands {
			if store.Namesake(commands[:i], &commands[i]) != nil {
				return &store.ConflictError{Field: "name"}
			}
			command, err := copied(commands[i])
			if err != nil {
				return err
			}
			command.ApplicationID, command.GuildID = applicationID, guildID
			if before := store.ReplacedCommand(there, &command); before != nil {
				command.Settle(before)
				kept = append(kept, command.ID)
			}
			stored = append(stored, command)
		}
		for i := range there {
			if slices.Contains(kept, there[i].ID) {
				continue
			}
			if err := deleteCommand(ctx, tx, there[i].ID); err != nil {
				return err
			}
		}
		// Those that stay are written anew, because they may change names with each other.
		if err := execute(ctx, tx, "DELETE FROM commands WHERE application_id = $1 AND coalesce(server_id, 0) = $2", int64(applicationID), int64(guildID)); err != nil {
			return err
		}
		for i := range stored {
			if err := putCommand(ctx, tx, stored[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// Command implements store.Commands.
func (s *Store) Command(ctx context.Context, commandID id.ID) (store.Command, error) {
	return one(ctx, s, commandQuery+"WHERE id = $1", []any{int64(commandID)}, scanCommand)
}

// ApplicationCommands implements store.Commands.
func (s *Store) ApplicationCommands(ctx context.Context, applicationID, guildID id.ID) ([]store.Command, error) {
	return rows(ctx, s, commandQuery+"WHERE application_id = $1 AND coalesce(server_id, 0) = $2 ORDER BY id", []any{int64(applicationID), int64(guildID)}, scanCommand)
}

// lockCommand locks a command, its application and its guild, in the order in which everybody does.
func lockCommand(ctx context.Context, tx pgx.Tx, commandID id.ID) (store.Command, error) {
	command, err := locked(ctx, tx, commandQuery+"WHERE id = $1", []any{int64(commandID)}, scanCommand)
	if err != nil {
		return command, err
	}
	if err := holdOwnGuild(ctx, tx, command.ApplicationID, command.GuildID); err != nil {
		return command, err
	}
	return locked(ctx, tx, commandQuery+"WHERE id = $1 FOR UPDATE", []any{int64(commandID)}, scanCommand)
}

// UpdateCommand implements store.Commands.
func (s *Store) UpdateCommand(ctx context.Context, commandID id.ID, change func(*store.Command) error) (command store.Command, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		before, err := lockCommand(ctx, tx, commandID)
		if err != nil {
			return err
		}
		draft, err := copied(before)
		if err != nil {
			return err
		}
		if err := change(&draft); err != nil {
			return err
		}
		if command, err = copied(draft); err != nil {
			return err
		}
		command.ApplicationID, command.GuildID, command.Type = before.ApplicationID, before.GuildID, before.Type
		command.Settle(&before)
		return changeCommand(ctx, tx, command)
	})
	if err != nil {
		return store.Command{}, err
	}
	return command, nil
}

// DeleteCommand implements store.Commands.
func (s *Store) DeleteCommand(ctx context.Context, commandID id.ID) (command store.Command, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if command, err = lockCommand(ctx, tx, commandID); err != nil {
			return err
		}
		return deleteCommand(ctx, tx, commandID)
	})
	if err != nil {
		return store.Command{}, err
	}
	return command, nil
}

// deleteCommand deletes a command with what is set about it.
func deleteCommand(ctx context.Context, tx pgx.Tx, commandID id.ID) error {
	if err := execute(ctx, tx, "DELETE FROM command_permissions WHERE target_id = $1", int64(commandID)); err != nil {
		return err
	}
	return execute(ctx, tx, "DELETE FROM commands WHERE id = $1", int64(commandID))
}

// deleteGuildCommands deletes the commands that an application has for a guild, which it was just taken out of, and what is set about all of its commands there.
func deleteGuildCommands(ctx context.Context, tx pgx.Tx, guildID, applicationID id.ID) error {
	place := []any{int64(guildID), int64(applicationID)}
	if err := execute(ctx, tx, "DELETE FROM command_permissions WHERE server_id = $1 AND application_id = $2", place...); err != nil {
		return err
	}
	return execute(ctx, tx, "DELETE FROM commands WHERE server_id = $1 AND application_id = $2", place...)
}

// SetCommandPermissions implements store.Commands.
func (s *Store) SetCommandPermissions(ctx context.Context, permissions store.CommandPermissions) error {
	guildID, applicationID, targetID := permissions.GuildID, permissions.ApplicationID, permissions.TargetID
	return s.write(ctx, func(tx pgx.Tx) error {
		if guildID == 0 {
			return store.ErrNotFound
		}
		if err := holdOwnGuild(ctx, tx, applicationID, guildID); err != nil {
			return err
		}
		if targetID != applicationID {
			if _, err := locked(ctx, tx, "SELECT id FROM commands WHERE id = $1 AND application_id = $2 AND coalesce(server_id, $3) = $3",
				[]any{int64(targetID), int64(applicationID), int64(guildID)}, scanID); err != nil {
				return err
			}
		}
		if len(permissions.Permissions) == 0 {
			return execute(ctx, tx, "DELETE FROM command_permissions WHERE server_id = $1 AND application_id = $2 AND target_id = $3", int64(guildID), int64(applicationID), int64(targetID))
		}
		text, err := plainJSON(permissions.Permissions)
		if err != nil {
			return err
		}
		return execute(ctx, tx, `INSERT INTO command_permissions (server_id, application_id, target_id, permissions) VALUES ($1, $2, $3, $4)
			ON CONFLICT (server_id, application_id, target_id) DO UPDATE SET permissions = $4`, int64(guildID), int64(applicationID), int64(targetID), text)
	})
}

// CommandPermissions implements store.Commands.
func (s *Store) CommandPermissions(ctx context.Context, guildID, applicationID id.ID) ([]store.CommandPermissions, error) {
	return rows(ctx, s, "SELECT target_id, permissions FROM command_permissions WHERE server_id = $1 AND application_id = $2 ORDER BY target_id", []any{int64(guildID), int64(applicationID)},
		func(row pgx.CollectableRow) (store.CommandPermissions, error) {
			set := store.CommandPermissions{GuildID: guildID, ApplicationID: applicationID}
			var targetID int64
			var text []byte
			if err := row.Scan(&targetID, &text); err != nil {
				return set, err
			}
			set.TargetID = id.ID(targetID)
			return set, json.Unmarshal(text, &set.Permissions)
		})
}
