package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type channelRecord struct {
	Type             int               `cbor:"1,keyasint,omitempty"`
	Name             string            `cbor:"2,keyasint,omitempty"`
	Topic            string            `cbor:"3,keyasint,omitempty"`
	Position         int               `cbor:"4,keyasint,omitempty"`
	ParentID         id.ID             `cbor:"5,keyasint,omitempty"`
	NSFW             bool              `cbor:"6,keyasint,omitempty"`
	RateLimitPerUser int               `cbor:"7,keyasint,omitempty"`
	Bitrate          int               `cbor:"8,keyasint,omitempty"`
	UserLimit        int               `cbor:"9,keyasint,omitempty"`
	Overwrites       []overwriteRecord `cbor:"10,keyasint,omitempty"`
	OwnerID          id.ID             `cbor:"11,keyasint,omitempty"`
	Recipients       []id.ID           `cbor:"12,keyasint,omitempty"`
	HiddenFrom       []id.ID           `cbor:"13,keyasint,omitempty"`
	LastPinAt        moment            `cbor:"14,keyasint,omitempty"`
	Flags            uint64            `cbor:"15,keyasint,omitempty"`
	AutoArchive      int64             `cbor:"16,keyasint,omitempty"` // of new threads, in minutes
	ThreadRateLimit  int               `cbor:"17,keyasint,omitempty"`
	Thread           *threadRecord     `cbor:"18,keyasint,omitempty"`
	Forum            *forumRecord      `cbor:"19,keyasint,omitempty"`
	Icon             *pictureRecord    `cbor:"20,keyasint,omitempty"`
}

type overwriteRecord struct {
	TargetID id.ID  `cbor:"1,keyasint,omitempty"`
	Type     int    `cbor:"2,keyasint,omitempty"`
	Allow    uint64 `cbor:"3,keyasint,omitempty"`
	Deny     uint64 `cbor:"4,keyasint,omitempty"`
}

func newChannelRecord(channel store.Channel) channelRecord {
	record := channelRecord{
		Type: int(channel.Type), Name: channel.Name, Topic: channel.Topic, Position: channel.Position, ParentID: channel.ParentID, NSFW: channel.NSFW,
		RateLimitPerUser: channel.RateLimitPerUser, Bitrate: channel.Bitrate, UserLimit: channel.UserLimit,
		OwnerID: channel.OwnerID, Recipients: distinct(channel.Recipients), HiddenFrom: distinct(channel.HiddenFrom), LastPinAt: toMoment(channel.LastPinAt),
		Flags: uint64(channel.Flags), AutoArchive: int64(channel.DefaultAutoArchive / time.Minute), ThreadRateLimit: channel.DefaultThreadRateLimit,
		Thread: newThreadRecord(channel.Thread), Forum: newForumRecord(channel.Forum), Icon: newPictureRecord(channel.Icon),
	}
	for _, overwrite := range channel.Overwrites {
		record.Overwrites = append(record.Overwrites, overwriteRecord{
			TargetID: overwrite.TargetID, Type: int(overwrite.Type), Allow: overwrite.Allow, Deny: overwrite.Deny,
		})
	}
	slices.SortStableFunc(record.Overwrites, func(a, b overwriteRecord) int { return cmp.Compare(a.TargetID, b.TargetID) })
	return record
}

func (r channelRecord) channel(guildID, channelID id.ID) store.Channel {
	channel := store.Channel{
		ID: channelID, GuildID: guildID, Type: store.ChannelType(r.Type), Name: r.Name, Topic: r.Topic, Position: r.Position, ParentID: r.ParentID, NSFW: r.NSFW,
		RateLimitPerUser: r.RateLimitPerUser, Bitrate: r.Bitrate, UserLimit: r.UserLimit,
		OwnerID: r.OwnerID, Recipients: slices.Clone(r.Recipients), HiddenFrom: slices.Clone(r.HiddenFrom), LastPinAt: r.LastPinAt.time(),
		Flags: store.ChannelFlags(r.Flags), DefaultAutoArchive: time.Duration(r.AutoArchive) * time.Minute, DefaultThreadRateLimit: r.ThreadRateLimit,
		Thread: r.Thread.thread(), Forum: r.Forum.forum(), Icon: r.Icon.picture(),
	}
	for _, overwrite := range r.Overwrites {
		channel.Overwrites = append(channel.Overwrites, store.PermissionOverwrite{
			TargetID: overwrite.TargetID, Type: store.OverwriteType(overwrite.Type), Allow: overwrite.Allow, Deny: overwrite.Deny,
		})
	}
	return channel
}

// createChannel writes a channel whose guild and parent are there.
func (t *tx) createChannel(guildID id.ID, channel store.Channel) error {
	if err := free(t.db, kindChannelGuild.key(channel.ID), "id"); err != nil {
		return err
	}
	t.made(channel.ID)
	t.set(kindChannelGuild.key(channel.ID), idValue(guildID))
	return t.put(kindChannel.key(guildID, channel.ID), newChannelRecord(channel))
}

func (t *tx) putChannel(channel store.Channel) error {
	if channel.Thread != nil {
		return t.put(kindThread.key(channel.GuildID, channel.ID), newChannelRecord(channel))
	}
	return t.put(kindChannel.key(channel.GuildID, channel.ID), newChannelRecord(channel))
}

func readChannel(r pebble.Reader, channelID id.ID) (store.Channel, error) {
	guildID, err := getID(r, kindChannelGuild.key(channelID))
	if err != nil {
		return store.Channel{}, err
	}
	record, err := get[channelRecord](r, kindChannel.key(guildID, channelID))
	if errors.Is(err, store.ErrNotFound) && guildID != 0 {
		return readThread(r, guildID, channelID)
	}
	return record.channel(guildID, channelID), err
}

func guildChannels(r pebble.Reader, guildID id.ID) ([]store.Channel, error) {
	return list(r, kindChannel.key(guildID), func(channelID id.ID, record channelRecord) store.Channel { return record.channel(guildID, channelID) })
}

// needParent makes sure that a channel's parent, if it has one, is in its guild.
func (t *tx) needParent(guildID, parentID id.ID) error {
	if parentID == 0 {
		return nil
	}
	return need(t.db, kindChannel.key(guildID, parentID))
}

// CreateChannel stores a channel.
func (s *Store) CreateChannel(ctx context.Context, channel store.Channel, max int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(channel.GuildID)); err != nil {
			return err
		}
		if err := tx.needParent(channel.GuildID, channel.ParentID); err != nil {
			return err
		}
		there, err := lastIDs(tx.db, kindChannel.key(channel.GuildID))
		if err != nil {
			return err
		}
		if len(there) >= max {
			return &store.LimitError{What: "channels", Max: max}
		}
		return tx.createChannel(channel.GuildID, channel)
	})
}

// Channel reads a channel.
func (s *Store) Channel(ctx context.Context, channelID id.ID) (store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return store.Channel{}, err
	}
	defer s.leave()
	return readChannel(s.db, channelID)
}

// GuildChannels gives a guild's channels in ascending order of id.
func (s *Store) GuildChannels(ctx context.Context, guildID id.ID) ([]store.Channel, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return guildChannels(s.db, guildID)
}

// UpdateChannel applies change to a channel.
func (s *Store) UpdateChannel(ctx context.Context, channelID id.ID, change func(*store.Channel) error) (store.Channel, error) {
	var (
		record  channelRecord
		guildID id.ID
	)
	err := s.update(ctx, synced, func(tx *tx) error {
		channel, err := readChannel(tx.db, channelID)
		if err == nil && (channel.GuildID == 0 || channel.Thread != nil) {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		guildID = channel.GuildID
		lastPin := channel.LastPinAt
		if err := change(&channel); err != nil {
			return err
		}
		channel.LastPinAt, channel.Icon = lastPin, nil
		if err := tx.needParent(guildID, channel.ParentID); err != nil {
			return err
		}
		record = newChannelRecord(channel)
		return tx.put(kindChannel.key(guildID, channelID), record)
	})
	return record.channel(guildID, channelID), err
}

// DeleteChannel deletes a channel with all that is in it; its history is left to the sweeper.
func (s *Store) DeleteChannel(ctx context.Context, channelID id.ID) ([]store.Channel, error) {
	orphans := []store.Channel{}
	err := s.update(ctx, synced, func(tx *tx) error {
		channel, err := readChannel(tx.db, channelID)
		if err == nil && channel.GuildID == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if channel.Thread != nil {
			return tx.deleteThread(&channel)
		}
		guildID := channel.GuildID
		if err := tx.discardThreads(guildID, channelID); err != nil {
			return err
		}
		tx.discard(channelID)
		tx.delete(kindChannel.key(guildID, channelID))
		if orphans, err = tx.orphan(guildID, channelID); err != nil {
			return err
		}
		if err := tx.forgetChannel(guildID, channelID); err != nil {
			return err
		}
		tx.deleteAll(kindFollower.key(channelID))
		return cmp.Or(tx.takeWebhooks(guildID, channelID), tx.deleteChannelInvites(guildID, channelID))
	})
	return orphans, err
}

// orphan takes the parent from the channels that have this one, and gives them.
func (t *tx) orphan(guildID, parentID id.ID) ([]store.Channel, error) {
	orphans := []store.Channel{}
	channels, err := guildChannels(t.db, guildID)
	if err != nil {
		return nil, err
	}
	for _, channel := range channels {
		if channel.ParentID != parentID || channel.ID == parentID {
			continue
		}
		channel.ParentID = 0
		if err := t.putChannel(channel); err != nil {
			return nil, err
		}
		orphans = append(orphans, channel)
	}
	return orphans, nil
}

// forgetChannel takes a channel out of the guild's settings.
func (t *tx) forgetChannel(guildID, channelID id.ID) error {
	record, err := get[guildRecord](t.db, kindGuild.key(guildID))
	if err != nil {
		return err
	}
	named := false
	for _, setting := range []*id.ID{&record.AFKChannelID, &record.SystemChannelID, &record.RulesChannelID} {
		if *setting == channelID {
			*setting, named = 0, true
		}
	}
	if !named {
		return nil
	}
	return t.put(kindGuild.key(guildID), record)
}

// LastMessageIDs gives the newest message of each channel.
func (s *Store) LastMessageIDs(ctx context.Context, channelIDs []id.ID) (map[id.ID]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	newest := make(map[id.ID]id.ID, len(channelIDs))
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: kindMessage.key(), UpperBound: kindMessage.end()})
	if err != nil {
		return nil, err
	}
	for _, channelID := range channelIDs {
		prefix := kindMessage.key(channelID)
		if cursor.SeekLT(after(prefix)) && len(cursor.Key()) == len(prefix)+idBytes && idAt(cursor.Key(), 0) == channelID {
			newest[channelID] = idAt(cursor.Key(), 1)
		}
	}
	if err := errors.Join(cursor.Error(), cursor.Close()); err != nil {
		return nil, err
	}
	for _, channelID := range channelIDs {
		if _, found := newest[channelID]; found {
			continue
		}
		post, err := newestPost(s.db, channelID)
		if err != nil {
			return nil, err
		}
		if post != 0 {
			newest[channelID] = post
		}
	}
	for channelID := range newest {
		if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
			delete(newest, channelID)
		} else if err != nil {
			return nil, err
		}
	}
	return newest, nil
}
