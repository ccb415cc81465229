package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type installationRecord struct {
	InstallerID id.ID  `cbor:"1,keyasint,omitempty"`
	RoleID      id.ID  `cbor:"2,keyasint,omitempty"`
	InstalledAt moment `cbor:"3,keyasint,omitempty"`
}

func (r installationRecord) installation(guildID, applicationID id.ID) store.Installation {
	return store.Installation{GuildID: guildID, ApplicationID: applicationID, InstallerID: r.InstallerID, RoleID: r.RoleID, InstalledAt: r.InstalledAt.time()}
}

// Install lets an application into a guild.
func (s *Store) Install(ctx context.Context, wanted store.NewInstallation, mostRoles int) (store.Installed, error) {
	var done store.Installed
	err := s.update(ctx, synced, func(tx *tx) error {
		done = store.Installed{}
		if err := cmp.Or(need(tx.db, kindGuild.key(wanted.GuildID)), need(tx.db, kindBot.key(wanted.ApplicationID))); err != nil {
			return err
		}
		if banned, err := has(tx.db, kindBan.key(wanted.GuildID, wanted.ApplicationID)); err != nil || banned {
			return cmp.Or(err, store.ErrBanned)
		}
		key := kindInstallation.key(wanted.GuildID, wanted.ApplicationID)
		record, err := get[installationRecord](tx.db, key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			done.First, record.InstalledAt = true, toMoment(wanted.At)
		case err != nil:
			return err
		}
		record.InstallerID = wanted.InstallerID
		if wanted.Role.ID != 0 {
			if err := tx.bringBot(wanted, &record, mostRoles, &done); err != nil {
				return err
			}
		}
		tx.set(kindApplicationGuild.key(wanted.ApplicationID, wanted.GuildID), nil)
		done.Installation = record.installation(wanted.GuildID, wanted.ApplicationID)
		return tx.put(key, record)
	})
	if err != nil {
		return store.Installed{}, err
	}
	return done, nil
}

// bringBot gives a bot its managed role, and makes it a member if it is none.
func (t *tx) bringBot(wanted store.NewInstallation, record *installationRecord, mostRoles int, done *store.Installed) error {
	guildID, botID := wanted.GuildID, wanted.ApplicationID
	if record.RoleID != 0 {
		key := kindRole.key(guildID, record.RoleID)
		old, err := get[roleRecord](t.db, key)
		if err != nil {
			return err
		}
		done.RoleBefore, done.Role = new(old.role(guildID, record.RoleID)), new(old.role(guildID, record.RoleID))
		done.Role.Permissions = wanted.Role.Permissions
		if err := t.put(key, newRoleRecord(*done.Role)); err != nil {
			return err
		}
	} else {
		there, err := lastIDs(t.db, kindRole.key(guildID))
		if err != nil {
			return err
		}
		if len(there) >= mostRoles {
			return &store.LimitError{What: "roles", Max: mostRoles}
		}
		if err := free(t.db, kindRole.key(guildID, wanted.Role.ID), "id"); err != nil {
			return err
		}
		role := wanted.Role
		role.GuildID, role.Managed, role.BotID = guildID, true, botID
		if err := cmp.Or(t.hangRole(nil, &role), t.putRole(guildID, role)); err != nil {
			return err
		}
		record.RoleID, done.Role = role.ID, &role
	}
	key := kindMember.key(guildID, botID)
	old, err := get[memberRecord](t.db, key)
	member := old.member(guildID, botID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		member = wanted.Member
		member.GuildID, member.UserID, member.RoleIDs = guildID, botID, []id.ID{record.RoleID}
		done.Joined = true
		if err := cmp.Or(t.putMember(guildID, member), t.countMember(guildID, 1)); err != nil {
			return err
		}
	case err != nil:
		return err
	case !slices.Contains(member.RoleIDs, record.RoleID):
		member.RoleIDs = distinct(append(slices.Clone(member.RoleIDs), record.RoleID))
		if err := t.put(key, newMemberRecord(member)); err != nil {
			return err
		}
	}
	done.Member = new(newMemberRecord(member).member(guildID, botID))
	return nil
}

// Installation reads an installation.
func (s *Store) Installation(ctx context.Context, guildID, applicationID id.ID) (store.Installation, error) {
	if err := s.enter(ctx); err != nil {
		return store.Installation{}, err
	}
	defer s.leave()
	record, err := get[installationRecord](s.db, kindInstallation.key(guildID, applicationID))
	if err != nil {
		return store.Installation{}, err
	}
	return record.installation(guildID, applicationID), nil
}

// GuildInstallations gives the installations of a guild.
func (s *Store) GuildInstallations(ctx context.Context, guildID id.ID) ([]store.Installation, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return list(s.db, kindInstallation.key(guildID), func(applicationID id.ID, record installationRecord) store.Installation {
		return record.installation(guildID, applicationID)
	})
}

// ApplicationInstallations gives the installations of an application.
func (s *Store) ApplicationInstallations(ctx context.Context, applicationID id.ID) ([]store.Installation, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	return applicationInstallations(snapshot, applicationID)
}

func applicationInstallations(r pebble.Reader, applicationID id.ID) ([]store.Installation, error) {
	guildIDs, err := lastIDs(r, kindApplicationGuild.key(applicationID))
	if err != nil {
		return nil, err
	}
	installations := make([]store.Installation, 0, len(guildIDs))
	for _, guildID := range guildIDs {
		record, err := get[installationRecord](r, kindInstallation.key(guildID, applicationID))
		if err != nil {
			return nil, err
		}
		installations = append(installations, record.installation(guildID, applicationID))
	}
	return installations, nil
}

// Uninstall takes out an application whose bot is no member.
func (s *Store) Uninstall(ctx context.Context, guildID, applicationID id.ID) (store.Installation, error) {
	var record installationRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if record, err = get[installationRecord](tx.db, kindInstallation.key(guildID, applicationID)); err != nil {
			return err
		}
		if err := free(tx.db, kindMember.key(guildID, applicationID), "member"); err != nil {
			return err
		}
		tx.deleteInstallation(guildID, applicationID)
		return tx.takeGuildCommands(guildID, applicationID)
	})
	if err != nil {
		return store.Installation{}, err
	}
	return record.installation(guildID, applicationID), nil
}

func (t *tx) deleteInstallation(guildID, applicationID id.ID) {
	t.delete(kindInstallation.key(guildID, applicationID))
	t.delete(kindApplicationGuild.key(applicationID, guildID))
}

// uninstall takes out an application with the managed role of its bot, if it is installed. It may be called once in a write for each guild.
func (t *tx) uninstall(guildID, applicationID id.ID, left *store.Departure) error {
	if bot, err := has(t.db, kindBot.key(applicationID)); err != nil || !bot {
		return err // a person
	}
	// Bots that came before there were installations have commands all the same.
	if err := t.takeGuildCommands(guildID, applicationID); err != nil {
		return err
	}
	record, err := get[installationRecord](t.db, kindInstallation.key(guildID, applicationID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	left.Installed, left.RoleID = true, record.RoleID
	t.deleteInstallation(guildID, applicationID)
	if record.RoleID == 0 {
		return nil
	}
	if err := cmp.Or(t.deleteManagedRole(guildID, record.RoleID), t.takeRolesFromEmojis(guildID, record.RoleID)); err != nil {
		return err
	}
	left.Channels, err = t.deleteRoleOverwrites(guildID, record.RoleID)
	return err
}

// deleteManagedRole deletes the role of a bot, which nobody else holds.
func (t *tx) deleteManagedRole(guildID, roleID id.ID) error {
	role, err := get[roleRecord](t.db, kindRole.key(guildID, roleID))
	if err != nil {
		return err
	}
	t.unhangRole(roleID, role.Icon)
	t.delete(kindRole.key(guildID, roleID))
	return nil
}

// forgetInstallations deletes what finds the guilds of the applications that are installed in a guild.
func (t *tx) forgetInstallations(guildID id.ID) error {
	applicationIDs, err := lastIDs(t.db, kindInstallation.key(guildID))
	for _, applicationID := range applicationIDs {
		t.delete(kindApplicationGuild.key(applicationID, guildID))
	}
	return err
}

func (c *checker) installations() {
	for e := range c.each(kindInstallation) {
		guildID, applicationID := idAt(e.key, 0), idAt(e.key, 1)
		c.value(kindGuild.key(guildID), e)
		c.value(kindBot.key(applicationID), e)
		c.value(kindApplicationGuild.key(applicationID, guildID), e)
		if roleID := record[installationRecord](c, e).RoleID; roleID != 0 {
			c.value(kindMember.key(guildID, applicationID), e)
			key := kindRole.key(guildID, roleID)
			if role := record[roleRecord](c, entry{key, c.value(key, e)}); role.BotID != applicationID || !role.Managed {
				c.fail("the role %d is not the managed one of the application %d", roleID, applicationID)
			}
		}
	}
	if c.counts[kindApplicationGuild] != c.counts[kindInstallation] {
		c.fail("%d installations are listed %d times", c.counts[kindInstallation], c.counts[kindApplicationGuild])
	}
}
