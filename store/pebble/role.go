package pebble

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type roleRecord struct {
	Name         string         `cbor:"1,keyasint,omitempty"`
	Color        int            `cbor:"2,keyasint,omitempty"`
	Hoist        bool           `cbor:"3,keyasint,omitempty"`
	Position     int            `cbor:"4,keyasint,omitempty"`
	Permissions  uint64         `cbor:"5,keyasint,omitempty"`
	Managed      bool           `cbor:"6,keyasint,omitempty"`
	Mentionable  bool           `cbor:"7,keyasint,omitempty"`
	BotID        id.ID          `cbor:"8,keyasint,omitempty"`
	Icon         *pictureRecord `cbor:"9,keyasint,omitempty"`
	UnicodeEmoji string         `cbor:"10,keyasint,omitempty"`
}

func newRoleRecord(role store.Role) roleRecord {
	return roleRecord{
		Name: role.Name, Color: role.Color, Hoist: role.Hoist, Position: role.Position, Permissions: role.Permissions,
		Managed: role.Managed, Mentionable: role.Mentionable, BotID: role.BotID, Icon: newPictureRecord(role.Icon), UnicodeEmoji: role.UnicodeEmoji,
	}
}

func (r roleRecord) role(guildID, roleID id.ID) store.Role {
	return store.Role{
		ID: roleID, GuildID: guildID, Name: r.Name, Color: r.Color, Hoist: r.Hoist, Position: r.Position, Permissions: r.Permissions,
		Managed: r.Managed, Mentionable: r.Mentionable, BotID: r.BotID, Icon: r.Icon.picture(), UnicodeEmoji: r.UnicodeEmoji,
	}
}

func (t *tx) putRole(guildID id.ID, role store.Role) error {
	t.made(role.ID)
	return t.put(kindRole.key(guildID, role.ID), newRoleRecord(role))
}

func guildRoles(r pebble.Reader, guildID id.ID) ([]store.Role, error) {
	return list(r, kindRole.key(guildID), func(roleID id.ID, record roleRecord) store.Role { return record.role(guildID, roleID) })
}

// hangRole hangs the icon that a role comes to show.
func (t *tx) hangRole(before *pictureRecord, now *store.Role) error {
	if now.Icon != nil {
		t.set(kindPicturedRole.key(now.ID), idValue(now.GuildID))
	} else if before != nil {
		t.delete(kindPicturedRole.key(now.ID))
	}
	return t.hang(before, &now.Icon)
}

// unhangRole lets go of the icon of a role that goes.
func (t *tx) unhangRole(roleID id.ID, icon *pictureRecord) {
	if icon != nil {
		t.delete(kindPicturedRole.key(roleID))
	}
	t.unhang(icon)
}

// PicturedRole gives a role that has an icon.
func (s *Store) PicturedRole(ctx context.Context, roleID id.ID) (store.Role, error) {
	if err := s.enter(ctx); err != nil {
		return store.Role{}, err
	}
	defer s.leave()
	guildID, err := getID(s.db, kindPicturedRole.key(roleID))
	if err != nil {
		return store.Role{}, err
	}
	record, err := get[roleRecord](s.db, kindRole.key(guildID, roleID))
	return record.role(guildID, roleID), err
}

// CreateRole stores a role.
func (s *Store) CreateRole(ctx context.Context, role store.Role, max int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(role.GuildID)); err != nil {
			return err
		}
		if err := free(tx.db, kindRole.key(role.GuildID, role.ID), "id"); err != nil {
			return err
		}
		there, err := lastIDs(tx.db, kindRole.key(role.GuildID))
		if err != nil {
			return err
		}
		if len(there) >= max {
			return &store.LimitError{What: "roles", Max: max}
		}
		if err := tx.hangRole(nil, &role); err != nil {
			return err
		}
		return tx.putRole(role.GuildID, role)
	})
}

// GuildRoles gives a guild's roles in ascending order of id.
func (s *Store) GuildRoles(ctx context.Context, guildID id.ID) ([]store.Role, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return guildRoles(s.db, guildID)
}

// UpdateRole applies change to a role.
func (s *Store) UpdateRole(ctx context.Context, guildID, roleID id.ID, change func(*store.Role) error) (store.Role, error) {
	var record roleRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindRole.key(guildID, roleID)
		old, err := get[roleRecord](tx.db, key)
		if err != nil {
			return err
		}
		role := old.role(guildID, roleID)
		if err := change(&role); err != nil {
			return err
		}
		role.ID, role.GuildID = roleID, guildID
		if err := tx.hangRole(old.Icon, &role); err != nil {
			return err
		}
		record = newRoleRecord(role)
		return tx.put(key, record)
	})
	return record.role(guildID, roleID), err
}

// SetRolePositions sets the positions of several roles.
func (s *Store) SetRolePositions(ctx context.Context, guildID id.ID, positions map[id.ID]int) ([]store.Role, error) {
	var roles []store.Role
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if roles, err = guildRoles(tx.db, guildID); err != nil {
			return err
		}
		found := 0
		for i := range roles {
			position, moved := positions[roles[i].ID]
			if !moved {
				continue
			}
			found++
			roles[i].Position = position
			if err := tx.putRole(guildID, roles[i]); err != nil {
				return err
			}
		}
		if found != len(positions) {
			return store.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return roles, nil
}

// DeleteRole deletes a role, and takes it from members and channels.
func (s *Store) DeleteRole(ctx context.Context, guildID, roleID id.ID) ([]store.Channel, error) {
	changed := []store.Channel{}
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		role, err := get[roleRecord](tx.db, kindRole.key(guildID, roleID))
		if err != nil {
			return err
		}
		tx.unhangRole(roleID, role.Icon)
		tx.delete(kindRole.key(guildID, roleID))
		if err := cmp.Or(tx.takeRole(guildID, roleID), tx.takeRolesFromEmojis(guildID, roleID)); err != nil {
			return err
		}
		changed, err = tx.deleteRoleOverwrites(guildID, roleID)
		return err
	})
	return changed, err
}

// takeRolePictures lets go of the pictures of a guild's roles.
func (t *tx) takeRolePictures(guildID id.ID) error {
	prefix := kindRole.key(guildID)
	return scan(t.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		role, err := decode[roleRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err == nil {
			t.unhangRole(idAt(key, 1), role.Icon)
		}
		return true, err
	})
}

// takeRole takes a role from all members.
func (t *tx) takeRole(guildID, roleID id.ID) error {
	// Whoever holds the role has its encoded id in their record, so the others need not be decoded: writers wait meanwhile.
	trace, err := encoding.Marshal(roleID)
	if err != nil {
		return fmt.Errorf("encode an id: %w", err)
	}
	prefix := kindMember.key(guildID)
	return scan(t.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		if !bytes.Contains(value, trace) {
			return true, nil
		}
		record, err := decode[memberRecord](key, value)
		if err != nil {
			return false, err
		}
		at, held := slices.BinarySearch(record.RoleIDs, roleID)
		if !held {
			return true, nil
		}
		record.RoleIDs = slices.Delete(record.RoleIDs, at, at+1)
		return true, t.put(key, record)
	})
}

// deleteRoleOverwrites takes a role out of all channels, and gives those that named it.
func (t *tx) deleteRoleOverwrites(guildID, roleID id.ID) ([]store.Channel, error) {
	changed := []store.Channel{}
	channels, err := guildChannels(t.db, guildID)
	if err != nil {
		return nil, err
	}
	for _, channel := range channels {
		kept := slices.DeleteFunc(channel.Overwrites, func(overwrite store.PermissionOverwrite) bool {
			return overwrite.Type == store.OverwriteRole && overwrite.TargetID == roleID
		})
		if len(kept) == len(channel.Overwrites) {
			continue
		}
		channel.Overwrites = kept
		if err := t.putChannel(channel); err != nil {
			return nil, err
		}
		changed = append(changed, channel)
	}
	return changed, nil
}
