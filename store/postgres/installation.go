package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const installationColumns = "server_id, application_id, installer_id, role_id, installed_at"

func scanInstallation(row pgx.CollectableRow) (store.Installation, error) {
	var installation store.Installation
	var guildID, applicationID, installerID, roleID int64
	var at *time.Time
	err := row.Scan(&guildID, &applicationID, &installerID, &roleID, &at)
	installation.GuildID, installation.ApplicationID, installation.InstallerID, installation.RoleID = id.ID(guildID), id.ID(applicationID), id.ID(installerID), id.ID(roleID)
	installation.InstalledAt = timeOf(at)
	return installation, err
}

// Install implements store.Installations. The account is locked before the guild, as by those who ban it.
func (s *Store) Install(ctx context.Context, wanted store.NewInstallation, mostRoles int) (done store.Installed, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		done = store.Installed{}
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = (SELECT user_id FROM bots WHERE user_id = $1) FOR SHARE", []any{int64(wanted.ApplicationID)}, scanID); err != nil {
			return err
		}
		if err := lockGuild(ctx, tx, wanted.GuildID); err != nil {
			return err
		}
		place := []any{int64(wanted.GuildID), int64(wanted.ApplicationID)}
		var banned bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM bans WHERE server_id = $1 AND user_id = $2)", place...).Scan(&banned); err != nil {
			return err
		}
		if banned {
			return store.ErrBanned
		}
		installation, err := locked(ctx, tx, "SELECT "+installationColumns+" FROM installations WHERE server_id = $1 AND application_id = $2 FOR UPDATE", place, scanInstallation)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			installation = store.Installation{GuildID: wanted.GuildID, ApplicationID: wanted.ApplicationID, InstalledAt: timeOf(moment(wanted.At))}
			done.First = true
		case err != nil:
			return err
		}
		installation.InstallerID = wanted.InstallerID
		if wanted.Role.ID != 0 {
			if err := bringBot(ctx, tx, wanted, &installation, mostRoles, &done); err != nil {
				return err
			}
		}
		done.Installation = installation
		return execute(ctx, tx, "INSERT INTO installations ("+installationColumns+") VALUES ($1, $2, $3, $4, $5) ON CONFLICT (server_id, application_id) DO UPDATE SET installer_id = $3, role_id = $4",
			int64(installation.GuildID), int64(installation.ApplicationID), int64(installation.InstallerID), int64(installation.RoleID), moment(installation.InstalledAt))
	})
	if err != nil {
		return store.Installed{}, err
	}
	return done, nil
}

// bringBot gives a bot its managed role, and makes it a member if it is none, in a guild that is locked.
func bringBot(ctx context.Context, tx pgx.Tx, wanted store.NewInstallation, installation *store.Installation, mostRoles int, done *store.Installed) error {
	guildID, botID := wanted.GuildID, wanted.ApplicationID
	if installation.RoleID != 0 {
		role, err := locked(ctx, tx, "SELECT "+roleColumns+" FROM roles WHERE server_id = $1 AND id = $2 FOR UPDATE", []any{int64(guildID), int64(installation.RoleID)}, scanRole)
		if err != nil {
			return err
		}
		done.RoleBefore, done.Role = new(role), new(role)
		done.Role.Permissions = wanted.Role.Permissions
		if err := execute(ctx, tx, "UPDATE roles SET permissions = $2 WHERE id = $1", int64(role.ID), int64(wanted.Role.Permissions)); err != nil {
			return err
		}
	} else {
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM roles WHERE server_id = $1", int64(guildID)).Scan(&count); err != nil {
			return err
		}
		if count >= mostRoles {
			return &store.LimitError{What: "roles", Max: mostRoles}
		}
		role := wanted.Role
		role.GuildID, role.Managed, role.BotID = guildID, true, botID
		if err := insertRole(ctx, tx, role); err != nil {
			return err
		}
		installation.RoleID, done.Role = role.ID, &role
	}
	place := []any{int64(guildID), int64(botID)}
	_, err := locked(ctx, tx, "SELECT user_id FROM server_members WHERE server_id = $1 AND user_id = $2 FOR UPDATE", place, scanID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		member := wanted.Member
		member.GuildID, member.UserID, member.RoleIDs = guildID, botID, []id.ID{installation.RoleID}
		if err := insertMember(ctx, tx, member); err != nil {
			return err
		}
		done.Joined = true
	case err != nil:
		return err
	default:
		if err := execute(ctx, tx, "INSERT INTO member_roles (server_id, user_id, role_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", append(slices.Clone(place), int64(installation.RoleID))...); err != nil {
			return err
		}
	}
	member, err := locked(ctx, tx, memberQuery+"WHERE server_id = $1 AND user_id = $2", place, scanMember)
	done.Member = &member
	return err
}

// Installation implements store.Installations.
func (s *Store) Installation(ctx context.Context, guildID, applicationID id.ID) (store.Installation, error) {
	return one(ctx, s, "SELECT "+installationColumns+" FROM installations WHERE server_id = $1 AND application_id = $2", []any{int64(guildID), int64(applicationID)}, scanInstallation)
}

// GuildInstallations implements store.Installations.
func (s *Store) GuildInstallations(ctx context.Context, guildID id.ID) ([]store.Installation, error) {
	return rows(ctx, s, "SELECT "+installationColumns+" FROM installations WHERE server_id = $1 ORDER BY application_id", []any{int64(guildID)}, scanInstallation)
}

// ApplicationInstallations implements store.Installations.
func (s *Store) ApplicationInstallations(ctx context.Context, applicationID id.ID) ([]store.Installation, error) {
	return rows(ctx, s, "SELECT "+installationColumns+" FROM installations WHERE application_id = $1 ORDER BY server_id", []any{int64(applicationID)}, scanInstallation)
}

// Uninstall implements store.Installations.
func (s *Store) Uninstall(ctx context.Context, guildID, applicationID id.ID) (installation store.Installation, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(guildID), int64(applicationID)}
		// Whoever installs it at the same time waits, or is waited for.
		if err := holdGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if installation, err = locked(ctx, tx, "SELECT "+installationColumns+" FROM installations WHERE server_id = $1 AND application_id = $2 FOR UPDATE", place, scanInstallation); err != nil {
			return err
		}
		var member bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM server_members WHERE server_id = $1 AND user_id = $2)", place...).Scan(&member); err != nil {
			return err
		}
		if member {
			return &store.ConflictError{Field: "member"}
		}
		if err := execute(ctx, tx, "DELETE FROM installations WHERE server_id = $1 AND application_id = $2", place...); err != nil {
			return err
		}
		return deleteGuildCommands(ctx, tx, guildID, applicationID)
	})
	if err != nil {
		return store.Installation{}, err
	}
	return installation, nil
}

// uninstall takes out an application with the managed role of its bot, if it is installed.
func uninstall(ctx context.Context, tx pgx.Tx, guildID, applicationID id.ID) (left store.Departure, err error) {
	gone, err := collect(ctx, tx, "DELETE FROM installations WHERE server_id = $1 AND application_id = $2 RETURNING "+installationColumns, []any{int64(guildID), int64(applicationID)}, scanInstallation)
	if err != nil {
		return left, err
	}
	// Bots that came before there were installations have commands all the same.
	if err := deleteGuildCommands(ctx, tx, guildID, applicationID); err != nil || len(gone) == 0 {
		return left, err
	}
	left.Installed, left.RoleID = true, gone[0].RoleID
	if left.RoleID == 0 {
		return left, nil
	}
	changed, err := deleteRole(ctx, tx, guildID, left.RoleID)
	if err != nil {
		return store.Departure{}, err
	}
	left.Channels, err = collect(ctx, tx, channelQuery+"WHERE id = ANY($1) ORDER BY id", []any{integers(changed)}, scanChannel)
	return left, err
}
