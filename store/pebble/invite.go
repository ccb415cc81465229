package pebble

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type inviteRecord struct {
	GuildID   id.ID  `cbor:"1,keyasint,omitempty"`
	ChannelID id.ID  `cbor:"2,keyasint,omitempty"`
	InviterID id.ID  `cbor:"3,keyasint,omitempty"`
	CreatedAt moment `cbor:"4,keyasint,omitempty"`
	MaxAge    int    `cbor:"5,keyasint,omitempty"`
	MaxUses   int    `cbor:"6,keyasint,omitempty"`
	Uses      int    `cbor:"7,keyasint,omitempty"`
	Temporary bool   `cbor:"8,keyasint,omitempty"`
}

func newInviteRecord(invite store.Invite) inviteRecord {
	return inviteRecord{
		GuildID: invite.GuildID, ChannelID: invite.ChannelID, InviterID: invite.InviterID, CreatedAt: toMoment(invite.CreatedAt),
		MaxAge: invite.MaxAge, MaxUses: invite.MaxUses, Uses: invite.Uses, Temporary: invite.Temporary,
	}
}

func (r inviteRecord) invite(code string) store.Invite {
	return store.Invite{
		Code: code, GuildID: r.GuildID, ChannelID: r.ChannelID, InviterID: r.InviterID, CreatedAt: r.CreatedAt.time(),
		MaxAge: r.MaxAge, MaxUses: r.MaxUses, Uses: r.Uses, Temporary: r.Temporary,
	}
}

func readInvite(r pebble.Reader, code string) (store.Invite, error) {
	record, err := get[inviteRecord](r, kindInvite.text(code))
	return record.invite(code), err
}

// inviteCodes gives the codes of a guild's invites.
func inviteCodes(r pebble.Reader, guildID id.ID) (codes []string, err error) {
	prefix := kindGuildInvite.key(guildID)
	err = scan(r, prefix, after(prefix), func(key, _ []byte) (bool, error) {
		codes = append(codes, string(key[len(prefix):]))
		return true, nil
	})
	return codes, err
}

// guildInvites gives a guild's invites in the order of their codes.
func guildInvites(r pebble.Reader, guildID id.ID) ([]store.Invite, error) {
	codes, err := inviteCodes(r, guildID)
	if err != nil {
		return nil, err
	}
	invites := make([]store.Invite, 0, len(codes))
	for _, code := range codes {
		invite, err := readInvite(r, code)
		if err != nil {
			return nil, err
		}
		invites = append(invites, invite)
	}
	return invites, nil
}

func (t *tx) deleteInvite(invite store.Invite) {
	t.delete(kindInvite.text(invite.Code))
	t.delete(kindGuildInvite.text(invite.Code, invite.GuildID))
}

func (t *tx) deleteChannelInvites(guildID, channelID id.ID) error {
	invites, err := guildInvites(t.db, guildID)
	if err != nil {
		return err
	}
	for _, invite := range invites {
		if invite.ChannelID == channelID {
			t.deleteInvite(invite)
		}
	}
	return nil
}

// redeemInvite counts a use and adds the member, whose account is there or comes with the same write.
func (t *tx) redeemInvite(code string, member store.Member, now time.Time) (store.Invite, error) {
	invite, err := readInvite(t.db, code)
	if err != nil {
		return store.Invite{}, err
	}
	if !invite.Usable(now) {
		return store.Invite{}, store.ErrSpent
	}
	invite.Uses++
	member.GuildID, member.Temporary = invite.GuildID, invite.Temporary
	if err := t.join(member); err != nil {
		return store.Invite{}, err
	}
	return invite, t.put(kindInvite.text(code), newInviteRecord(invite))
}

// CreateInvite stores an invite.
func (s *Store) CreateInvite(ctx context.Context, invite store.Invite) error {
	return s.update(ctx, synced, func(tx *tx) error {
		// A channel is never without its guild.
		if err := need(tx.db, kindChannel.key(invite.GuildID, invite.ChannelID)); err != nil {
			return err
		}
		if err := free(tx.db, kindInvite.text(invite.Code), "code"); err != nil {
			return err
		}
		tx.set(kindGuildInvite.text(invite.Code, invite.GuildID), nil)
		return tx.put(kindInvite.text(invite.Code), newInviteRecord(invite))
	})
}

// Invite reads an invite.
func (s *Store) Invite(ctx context.Context, code string) (store.Invite, error) {
	if err := s.enter(ctx); err != nil {
		return store.Invite{}, err
	}
	defer s.leave()
	return readInvite(s.db, code)
}

// GuildInvites gives a guild's invites, newest first.
func (s *Store) GuildInvites(ctx context.Context, guildID id.ID) ([]store.Invite, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	invites, err := guildInvites(snapshot, guildID)
	slices.SortStableFunc(invites, func(a, b store.Invite) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Code, b.Code))
	})
	return invites, err
}

// RedeemInvite counts a use and adds the member.
func (s *Store) RedeemInvite(ctx context.Context, code string, member store.Member, now time.Time) (store.Invite, error) {
	var invite store.Invite
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if err := need(tx.db, kindUser.key(member.UserID)); err != nil {
			return err
		}
		invite, err = tx.redeemInvite(code, member, now)
		return err
	})
	return invite, err
}

// DeleteInvite deletes an invite.
func (s *Store) DeleteInvite(ctx context.Context, code string) error {
	return s.update(ctx, synced, func(tx *tx) error {
		invite, err := readInvite(tx.db, code)
		if err != nil {
			return err
		}
		tx.deleteInvite(invite)
		return nil
	})
}

// PruneInvites deletes the invites that are not usable any more.
func (s *Store) PruneInvites(ctx context.Context, now time.Time) (int, error) {
	pruned := 0
	err := s.update(ctx, synced, func(tx *tx) error {
		return scan(tx.db, kindInvite.key(), kindInvite.end(), func(key, value []byte) (bool, error) {
			record, err := decode[inviteRecord](key, value)
			if err != nil {
				return false, err
			}
			if invite := record.invite(string(key[1:])); !invite.Usable(now) {
				tx.deleteInvite(invite)
				pruned++
			}
			return true, nil
		})
	})
	return pruned, err
}
