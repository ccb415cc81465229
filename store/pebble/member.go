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

type memberRecord struct {
	Nick          string         `cbor:"1,keyasint,omitempty"`
	RoleIDs       []id.ID        `cbor:"2,keyasint,omitempty"` // ascending
	JoinedAt      moment         `cbor:"3,keyasint,omitempty"`
	Deaf          bool           `cbor:"4,keyasint,omitempty"`
	Mute          bool           `cbor:"5,keyasint,omitempty"`
	TimedOutUntil moment         `cbor:"6,keyasint,omitempty"`
	Flags         uint64         `cbor:"7,keyasint,omitempty"`
	Temporary     bool           `cbor:"8,keyasint,omitempty"`
	Avatar        *pictureRecord `cbor:"9,keyasint,omitempty"`
	Banner        *pictureRecord `cbor:"10,keyasint,omitempty"`
	Bio           string         `cbor:"11,keyasint,omitempty"`
}

func newMemberRecord(member store.Member) memberRecord {
	return memberRecord{
		Nick: member.Nick, RoleIDs: distinct(member.RoleIDs), JoinedAt: toMoment(member.JoinedAt), Deaf: member.Deaf, Mute: member.Mute,
		TimedOutUntil: toMoment(member.TimedOutUntil), Flags: member.Flags, Temporary: member.Temporary,
		Avatar: newPictureRecord(member.Avatar), Banner: newPictureRecord(member.Banner), Bio: member.Bio,
	}
}

func (r memberRecord) member(guildID, userID id.ID) store.Member {
	return store.Member{
		GuildID: guildID, UserID: userID, Nick: r.Nick, RoleIDs: r.RoleIDs, JoinedAt: r.JoinedAt.time(), Deaf: r.Deaf, Mute: r.Mute,
		TimedOutUntil: r.TimedOutUntil.time(), Flags: r.Flags, Temporary: r.Temporary,
		Avatar: r.Avatar.picture(), Banner: r.Banner.picture(), Bio: r.Bio,
	}
}

// putMember writes a new member and what finds their guild.
func (t *tx) putMember(guildID id.ID, member store.Member) error {
	if err := errors.Join(t.hang(nil, &member.Avatar), t.hang(nil, &member.Banner)); err != nil {
		return err
	}
	t.set(kindUserGuild.key(member.UserID, guildID), nil)
	return t.put(kindMember.key(guildID, member.UserID), newMemberRecord(member))
}

// join adds a member, whose account is there, to a guild that is there, and counts them.
func (t *tx) join(member store.Member) error {
	if err := free(t.db, kindMember.key(member.GuildID, member.UserID), "member"); err != nil {
		return err
	}
	if banned, err := has(t.db, kindBan.key(member.GuildID, member.UserID)); err != nil {
		return err
	} else if banned {
		return store.ErrBanned
	}
	if err := t.needRoles(member.GuildID, member.RoleIDs); err != nil {
		return err
	}
	if err := t.putMember(member.GuildID, member); err != nil {
		return err
	}
	return t.countMember(member.GuildID, 1)
}

func (t *tx) needRoles(guildID id.ID, roleIDs []id.ID) error {
	for _, roleID := range roleIDs {
		if err := need(t.db, kindRole.key(guildID, roleID)); err != nil {
			return err
		}
	}
	return nil
}

// countMember changes the number of a guild's members. It may be called once in a write.
func (t *tx) countMember(guildID id.ID, change int) error {
	count, err := countMembers(t.db, guildID)
	if err != nil {
		return err
	}
	t.set(kindMemberCount.key(guildID), idValue(id.ID(count+change)))
	return nil
}

func countMembers(r pebble.Reader, guildID id.ID) (int, error) {
	count, err := getNumber(r, kindMemberCount.key(guildID))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return int(count), err
}

// AddMember stores a member.
func (s *Store) AddMember(ctx context.Context, member store.Member) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(member.GuildID)); err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(member.UserID)); err != nil {
			return err
		}
		return tx.join(member)
	})
}

// Member reads a member.
func (s *Store) Member(ctx context.Context, guildID, userID id.ID) (store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return store.Member{}, err
	}
	defer s.leave()
	record, err := get[memberRecord](s.db, kindMember.key(guildID, userID))
	return record.member(guildID, userID), err
}

// GuildMembers gives members in ascending order of user id.
func (s *Store) GuildMembers(ctx context.Context, guildID, afterID id.ID, limit int) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return listFrom(s.db, kindMember.key(guildID, afterID+1), after(kindMember.key(guildID)), limit,
		func(userID id.ID, record memberRecord) store.Member { return record.member(guildID, userID) })
}

// rolesRecord is as much of a member's record as tells which roles they hold.
type rolesRecord struct {
	RoleIDs []id.ID `cbor:"2,keyasint,omitempty"`
}

// RoleHolders gives the members who hold roles that few hold.
func (s *Store) RoleHolders(ctx context.Context, guildID id.ID, roleIDs []id.ID, most int) (map[id.ID][]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	few := distinct(roleIDs) // those that are not known to be held by more
	holders := make(map[id.ID][]id.ID)
	read := 0
	prefix := kindMember.key(guildID)
	err := scan(s.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		if read++; read%lookBetween == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		record, err := decode[rolesRecord](key, value)
		if err != nil {
			return false, err
		}
		for _, roleID := range record.RoleIDs {
			if at := slices.Index(few, roleID); at >= 0 {
				if holders[roleID] = append(holders[roleID], idAt(key, 1)); len(holders[roleID]) > most {
					few = slices.Delete(few, at, at+1)
					delete(holders, roleID)
				}
			}
		}
		return len(few) > 0, nil
	})
	if err != nil {
		return nil, err
	}
	return holders, nil
}

// CountMembers tells how many members a guild has.
func (s *Store) CountMembers(ctx context.Context, guildID id.ID) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	return countMembers(s.db, guildID)
}

// UserGuilds gives the ids of the guilds that a user is in.
func (s *Store) UserGuilds(ctx context.Context, userID id.ID) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return lastIDs(s.db, kindUserGuild.key(userID))
}

// UpdateMember applies change to a member.
func (s *Store) UpdateMember(ctx context.Context, guildID, userID id.ID, change func(*store.Member) error) (store.Member, error) {
	var record memberRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindMember.key(guildID, userID)
		old, err := get[memberRecord](tx.db, key)
		if err != nil {
			return err
		}
		held := slices.Clone(old.RoleIDs)
		member := old.member(guildID, userID)
		if err := change(&member); err != nil {
			return err
		}
		if err := errors.Join(tx.hang(old.Avatar, &member.Avatar), tx.hang(old.Banner, &member.Banner)); err != nil {
			return err
		}
		record = newMemberRecord(member)
		given := slices.DeleteFunc(slices.Clone(record.RoleIDs), func(roleID id.ID) bool { return slices.Contains(held, roleID) })
		if err := tx.needRoles(guildID, given); err != nil {
			return err
		}
		return tx.put(key, record)
	})
	return record.member(guildID, userID), err
}

// RemoveMember takes a user out of a guild.
func (s *Store) RemoveMember(ctx context.Context, guildID, userID id.ID) (left store.Departure, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		left, err = tx.removeMember(guildID, userID)
		return err
	})
	if err != nil {
		return store.Departure{}, err
	}
	return left, nil
}

// removeMember takes a member out of a guild, and tells what went with them; store.ErrNotFound when there is none.
func (t *tx) removeMember(guildID, userID id.ID) (left store.Departure, err error) {
	record, err := get[memberRecord](t.db, kindMember.key(guildID, userID))
	if err != nil {
		return store.Departure{}, err
	}
	t.unhang(record.Avatar, record.Banner)
	t.delete(kindMember.key(guildID, userID))
	t.delete(kindUserGuild.key(userID, guildID))
	if left.ThreadIDs, err = t.leaveThreads(guildID, userID); err != nil {
		return store.Departure{}, err
	}
	return left, cmp.Or(t.uninstall(guildID, userID, &left), t.countMember(guildID, -1))
}

// TemporaryMembers gives the members whose membership ends when they go offline.
func (s *Store) TemporaryMembers(ctx context.Context) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	members := []store.Member{}
	err := scan(s.db, kindMember.key(), kindMember.end(), func(key, value []byte) (bool, error) {
		record, err := decode[memberRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err == nil && record.Temporary {
			members = append(members, record.member(idAt(key, 0), idAt(key, 1)))
		}
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}
