package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

type guildRecord struct {
	OwnerID                     id.ID          `cbor:"1,keyasint,omitempty"`
	Name                        string         `cbor:"2,keyasint,omitempty"`
	Description                 string         `cbor:"3,keyasint,omitempty"`
	VerificationLevel           int            `cbor:"4,keyasint,omitempty"`
	DefaultMessageNotifications int            `cbor:"5,keyasint,omitempty"`
	ExplicitContentFilter       int            `cbor:"6,keyasint,omitempty"`
	AFKTimeout                  int            `cbor:"7,keyasint,omitempty"`
	AFKChannelID                id.ID          `cbor:"8,keyasint,omitempty"`
	SystemChannelID             id.ID          `cbor:"9,keyasint,omitempty"`
	SystemChannelFlags          int            `cbor:"10,keyasint,omitempty"`
	RulesChannelID              id.ID          `cbor:"11,keyasint,omitempty"`
	PreferredLocale             string         `cbor:"12,keyasint,omitempty"`
	Icon                        *pictureRecord `cbor:"13,keyasint,omitempty"`
	Banner                      *pictureRecord `cbor:"14,keyasint,omitempty"`
	InvitesPausedUntil          moment         `cbor:"15,keyasint,omitempty"`
	DMsPausedUntil              moment         `cbor:"16,keyasint,omitempty"`
	Splash                      *pictureRecord `cbor:"17,keyasint,omitempty"`
	DiscoverySplash             *pictureRecord `cbor:"18,keyasint,omitempty"`
	MFALevel                    int            `cbor:"19,keyasint,omitempty"`
}

func newGuildRecord(guild store.Guild) guildRecord {
	return guildRecord{
		OwnerID: guild.OwnerID, Name: guild.Name, Description: guild.Description, VerificationLevel: guild.VerificationLevel,
		DefaultMessageNotifications: guild.DefaultMessageNotifications, ExplicitContentFilter: guild.ExplicitContentFilter,
		AFKTimeout: guild.AFKTimeout, AFKChannelID: guild.AFKChannelID, SystemChannelID: guild.SystemChannelID,
		SystemChannelFlags: guild.SystemChannelFlags, RulesChannelID: guild.RulesChannelID, PreferredLocale: guild.PreferredLocale,
		Icon: newPictureRecord(guild.Icon), Banner: newPictureRecord(guild.Banner), Splash: newPictureRecord(guild.Splash), DiscoverySplash: newPictureRecord(guild.DiscoverySplash),
		InvitesPausedUntil: toMoment(guild.InvitesPausedUntil), DMsPausedUntil: toMoment(guild.DMsPausedUntil), MFALevel: guild.MFALevel,
	}
}

func (r guildRecord) guild(guildID id.ID) store.Guild {
	return store.Guild{
		ID: guildID, OwnerID: r.OwnerID, Name: r.Name, Description: r.Description, VerificationLevel: r.VerificationLevel,
		DefaultMessageNotifications: r.DefaultMessageNotifications, ExplicitContentFilter: r.ExplicitContentFilter,
		AFKTimeout: r.AFKTimeout, AFKChannelID: r.AFKChannelID, SystemChannelID: r.SystemChannelID,
		SystemChannelFlags: r.SystemChannelFlags, RulesChannelID: r.RulesChannelID, PreferredLocale: r.PreferredLocale,
		Icon: r.Icon.picture(), Banner: r.Banner.picture(), Splash: r.Splash.picture(), DiscoverySplash: r.DiscoverySplash.picture(),
		InvitesPausedUntil: r.InvitesPausedUntil.time(), DMsPausedUntil: r.DMsPausedUntil.time(), MFALevel: r.MFALevel,
	}
}

// hangGuild hangs the pictures that a guild comes to show.
func (t *tx) hangGuild(before guildRecord, now *store.Guild) error {
	return errors.Join(t.hang(before.Icon, &now.Icon), t.hang(before.Banner, &now.Banner), t.hang(before.Splash, &now.Splash), t.hang(before.DiscoverySplash, &now.DiscoverySplash))
}

// CreateGuild stores a guild with its first roles, channels and members.
func (s *Store) CreateGuild(ctx context.Context, guild store.Guild, roles []store.Role, channels []store.Channel, members []store.Member) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := free(tx.db, kindGuild.key(guild.ID), "id"); err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(guild.OwnerID)); err != nil {
			return err
		}
		if err := tx.hangGuild(guildRecord{}, &guild); err != nil {
			return err
		}
		tx.made(guild.ID)
		if err := tx.put(kindGuild.key(guild.ID), newGuildRecord(guild)); err != nil {
			return err
		}
		newRoles, newChannels := make(map[id.ID]bool), make(map[id.ID]bool)
		for _, role := range roles {
			newRoles[role.ID] = true
			role.GuildID = guild.ID
			if err := tx.hangRole(nil, &role); err != nil {
				return err
			}
			if err := tx.putRole(guild.ID, role); err != nil {
				return err
			}
		}
		for _, channel := range channels {
			newChannels[channel.ID] = true
		}
		for _, channel := range channels {
			if channel.ParentID != 0 && !newChannels[channel.ParentID] {
				return store.ErrNotFound
			}
			if err := tx.createChannel(guild.ID, channel); err != nil {
				return err
			}
		}
		if len(newRoles) != len(roles) || len(newChannels) != len(channels) {
			return &store.ConflictError{Field: "id"}
		}
		return tx.firstMembers(guild.ID, members, newRoles)
	})
}

// firstMembers writes the members that a guild begins with; roles are those that it has.
func (t *tx) firstMembers(guildID id.ID, members []store.Member, roles map[id.ID]bool) error {
	joined := make(map[id.ID]bool)
	for _, member := range members {
		if joined[member.UserID] {
			return &store.ConflictError{Field: "member"}
		}
		joined[member.UserID] = true
		if err := need(t.db, kindUser.key(member.UserID)); err != nil {
			return err
		}
		for _, roleID := range member.RoleIDs {
			if !roles[roleID] {
				return store.ErrNotFound
			}
		}
		if err := t.putMember(guildID, member); err != nil {
			return err
		}
	}
	t.set(kindMemberCount.key(guildID), idValue(id.ID(len(members))))
	return nil
}

// Guild reads a guild.
func (s *Store) Guild(ctx context.Context, guildID id.ID) (store.Guild, error) {
	if err := s.enter(ctx); err != nil {
		return store.Guild{}, err
	}
	defer s.leave()
	record, err := get[guildRecord](s.db, kindGuild.key(guildID))
	return record.guild(guildID), err
}

// UpdateGuild applies change to a guild.
func (s *Store) UpdateGuild(ctx context.Context, guildID id.ID, change func(*store.Guild) error) (store.Guild, error) {
	var record guildRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		old, err := get[guildRecord](tx.db, kindGuild.key(guildID))
		if err != nil {
			return err
		}
		guild := old.guild(guildID)
		if err := change(&guild); err != nil {
			return err
		}
		if err := tx.hangGuild(old, &guild); err != nil {
			return err
		}
		record = newGuildRecord(guild)
		return tx.put(kindGuild.key(guildID), record)
	})
	return record.guild(guildID), err
}

// DeleteGuild deletes a guild and all that belongs to it. It takes as long as the guild has members, channels and invites; the
// history of its channels is left to the sweeper.
func (s *Store) DeleteGuild(ctx context.Context, guildID id.ID) error {
	return s.update(ctx, synced, func(tx *tx) error {
		record, err := get[guildRecord](tx.db, kindGuild.key(guildID))
		if err != nil {
			return err
		}
		tx.unhang(record.Icon, record.Banner, record.Splash, record.DiscoverySplash)
		channelIDs, err := lastIDs(tx.db, kindChannel.key(guildID))
		if err != nil {
			return err
		}
		for _, channelID := range channelIDs {
			tx.discard(channelID)
			tx.deleteAll(kindFollower.key(channelID))
		}
		if err := tx.discardGuildThreads(guildID); err != nil {
			return err
		}
		if err := errors.Join(tx.takeRolePictures(guildID), tx.takeMembers(guildID)); err != nil {
			return err
		}
		codes, err := inviteCodes(tx.db, guildID)
		if err != nil {
			return err
		}
		for _, code := range codes {
			tx.delete(kindInvite.text(code))
		}
		if err := errors.Join(tx.deleteBans(guildID), tx.deleteGuildSettings(guildID), tx.takeEmojis(guildID), tx.takeWebhooks(guildID, 0), tx.takeEventHooks(guildID), tx.forgetInstallations(guildID), tx.takeCommandsOfGuild(guildID)); err != nil {
			return err
		}
		for _, kind := range []kind{kindChannel, kindRole, kindMember, kindGuildInvite, kindAudit, kindAutoMod, kindReport, kindOpenReport, kindEmoji, kindInstallation} {
			tx.deleteAll(kind.key(guildID))
		}
		tx.delete(kindMemberCount.key(guildID))
		tx.delete(kindGuild.key(guildID))
		return nil
	})
}

// takeMembers takes away what stands beside the records of a guild's members.
func (t *tx) takeMembers(guildID id.ID) error {
	prefix := kindMember.key(guildID)
	return scan(t.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		member, err := decode[memberRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil {
			return false, err
		}
		t.unhang(member.Avatar, member.Banner)
		t.delete(kindUserGuild.key(idAt(key, 1), guildID))
		return true, nil
	})
}

// ListGuilds gives guilds in ascending order of id.
func (s *Store) ListGuilds(ctx context.Context, after id.ID, limit int) ([]store.Guild, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return listFrom(s.db, kindGuild.key(after+1), kindGuild.end(), limit, func(guildID id.ID, record guildRecord) store.Guild { return record.guild(guildID) })
}
