package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const channelColumns = `id, server_id, type, name, topic, position, parent_id, nsfw, rate_limit_per_user, bitrate, user_limit, owner_id, last_pin_at, flags,
	default_auto_archive, default_thread_rate_limit, forum, icon`

// channelQuery reads channels with their overwrites, as arrays in the order of their targets, the people in conversations between people, and what is special of threads.
const channelQuery = `SELECT ` + channelColumns + `,
	(SELECT array_agg(target_id ORDER BY target_id) FROM channel_overwrites WHERE channel_id = channels.id),
	(SELECT array_agg(type ORDER BY target_id) FROM channel_overwrites WHERE channel_id = channels.id),
	(SELECT array_agg(allow ORDER BY target_id) FROM channel_overwrites WHERE channel_id = channels.id),
	(SELECT array_agg(deny ORDER BY target_id) FROM channel_overwrites WHERE channel_id = channels.id),
	CASE WHEN server_id IS NULL THEN (SELECT array_agg(user_id ORDER BY user_id) FROM direct_messages WHERE channel_id = channels.id) END,
	CASE WHEN server_id IS NULL THEN (SELECT array_agg(user_id ORDER BY user_id) FROM direct_messages WHERE channel_id = channels.id AND hidden) END,
	` + threadColumns + `, ` + threadCountColumns + `
	FROM channels LEFT JOIN threads ON threads.channel_id = channels.id `

func scanChannel(row pgx.CollectableRow) (store.Channel, error) {
	var channel store.Channel
	var channelID, parentID, ownerID int64
	var guildID *int64
	var lastPin *time.Time
	var targets, kinds, allow, deny, recipients, hidden []int64
	var flags, autoArchive int64
	var forum []byte
	var thread threadRow
	err := row.Scan(append([]any{&channelID, &guildID, &channel.Type, &channel.Name, &channel.Topic, &channel.Position, &parentID, &channel.NSFW, &channel.RateLimitPerUser,
		&channel.Bitrate, &channel.UserLimit, &ownerID, &lastPin, &flags, &autoArchive, &channel.DefaultThreadRateLimit, &forum, &channel.Icon,
		&targets, &kinds, &allow, &deny, &recipients, &hidden}, thread.targets()...)...)
	channel.ID, channel.ParentID, channel.OwnerID = id.ID(channelID), id.ID(parentID), id.ID(ownerID)
	if guildID != nil {
		channel.GuildID = id.ID(*guildID)
	}
	channel.LastPinAt = timeOf(lastPin)
	channel.Recipients, channel.HiddenFrom = idsOf(recipients), idsOf(hidden)
	for i, target := range targets {
		channel.Overwrites = append(channel.Overwrites, store.PermissionOverwrite{TargetID: id.ID(target), Type: store.OverwriteType(kinds[i]), Allow: uint64(allow[i]), Deny: uint64(deny[i])})
	}
	channel.Flags, channel.DefaultAutoArchive = store.ChannelFlags(flags), time.Duration(autoArchive)*time.Minute
	if err == nil {
		channel.Thread = thread.thread()
	}
	if forum != nil {
		err = cmp.Or(err, json.Unmarshal(forum, &channel.Forum))
	}
	return channel, err
}

func channelValues(channel store.Channel) ([]any, error) {
	var guildID *int64 // NULL for those between people
	if channel.GuildID != 0 {
		guildID = new(int64(channel.GuildID))
	}
	var forum []byte
	if channel.Forum != nil {
		var err error
		if forum, err = json.Marshal(channel.Forum); err != nil {
			return nil, err
		}
	}
	return []any{int64(channel.ID), guildID, channel.Type, channel.Name, channel.Topic, channel.Position, int64(channel.ParentID), channel.NSFW,
		channel.RateLimitPerUser, channel.Bitrate, channel.UserLimit, int64(channel.OwnerID), moment(channel.LastPinAt),
		int64(channel.Flags), int64(channel.DefaultAutoArchive / time.Minute), channel.DefaultThreadRateLimit, forum, channel.Icon}, nil
}

func insertChannel(ctx context.Context, tx pgx.Tx, channel store.Channel) error {
	if err := hang(ctx, tx, channel.ID, 0, shown{"icon": {nil, &channel.Icon}}); err != nil {
		return err
	}
	values, err := channelValues(channel)
	if err != nil {
		return err
	}
	if err := execute(ctx, tx, "INSERT INTO channels ("+channelColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)", values...); err != nil {
		return err
	}
	return insertOverwrites(ctx, tx, channel)
}

// checkParent makes sure that a channel's category is one of its guild.
func checkParent(ctx context.Context, tx pgx.Tx, channel store.Channel) error {
	if channel.ParentID == 0 {
		return nil
	}
	_, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 AND server_id = $2 FOR SHARE", []any{int64(channel.ParentID), int64(channel.GuildID)}, scanID)
	return err
}

func insertOverwrites(ctx context.Context, tx pgx.Tx, channel store.Channel) error {
	for _, overwrite := range channel.Overwrites {
		err := execute(ctx, tx, `INSERT INTO channel_overwrites (channel_id, target_id, type, allow, deny) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (channel_id, target_id) DO UPDATE SET type = $3, allow = $4, deny = $5`,
			int64(channel.ID), int64(overwrite.TargetID), overwrite.Type, int64(overwrite.Allow), int64(overwrite.Deny))
		if err != nil {
			return err
		}
	}
	return nil
}

// lockGuild keeps a guild from being deleted, and its channels and roles from being counted by others, until the transaction ends.
func lockGuild(ctx context.Context, tx pgx.Tx, guildID id.ID) error {
	_, err := locked(ctx, tx, "SELECT id FROM servers WHERE id = $1 FOR UPDATE", []any{int64(guildID)}, scanID)
	return err
}

// holdGuild keeps a guild from being deleted until the transaction ends. Whoever locks something in a guild holds the guild first: its deletion locks in that order, too.
func holdGuild(ctx context.Context, tx pgx.Tx, guildID id.ID) error {
	_, err := locked(ctx, tx, "SELECT id FROM servers WHERE id = $1 FOR KEY SHARE", []any{int64(guildID)}, scanID)
	return err
}

// CreateChannel implements store.Channels.
func (s *Store) CreateChannel(ctx context.Context, channel store.Channel, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, channel.GuildID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM channels WHERE server_id = $1 AND type NOT IN "+threadTypes, int64(channel.GuildID)).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "channels", Max: most}
		}
		if err := checkParent(ctx, tx, channel); err != nil {
			return err
		}
		return insertChannel(ctx, tx, channel)
	})
}

// Channel implements store.Channels.
func (s *Store) Channel(ctx context.Context, channelID id.ID) (store.Channel, error) {
	return one(ctx, s, channelQuery+"WHERE id = $1", []any{int64(channelID)}, scanChannel)
}

// GuildChannels implements store.Channels.
func (s *Store) GuildChannels(ctx context.Context, guildID id.ID) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+"WHERE server_id = $1 AND type NOT IN "+threadTypes+" ORDER BY id", []any{int64(guildID)}, scanChannel)
}

// UpdateChannel implements store.Channels.
func (s *Store) UpdateChannel(ctx context.Context, channelID id.ID, change func(*store.Channel) error) (channel store.Channel, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		// First locked, then read: what a statement reads beside the row that it waited for is from before the wait.
		guildID, err := locked(ctx, tx, "SELECT server_id FROM channels WHERE id = $1 AND server_id IS NOT NULL AND type NOT IN "+threadTypes, []any{int64(channelID)}, scanID)
		if err != nil {
			return err
		}
		if err := holdGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 FOR UPDATE", []any{int64(channelID)}, scanID); err != nil {
			return err
		}
		if channel, err = locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(channelID)}, scanChannel); err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft := channel
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.GuildID, draft.LastPinAt, draft.Icon = channelID, channel.GuildID, channel.LastPinAt, nil
		if err := checkParent(ctx, tx, draft); err != nil {
			return err
		}
		values, err := channelValues(draft)
		if err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE channels SET server_id = $2, type = $3, name = $4, topic = $5, position = $6, parent_id = $7, nsfw = $8, rate_limit_per_user = $9, bitrate = $10,
			user_limit = $11, owner_id = $12, last_pin_at = $13, flags = $14, default_auto_archive = $15, default_thread_rate_limit = $16, forum = $17, icon = $18 WHERE id = $1`, values...); err != nil {
			return err
		}
		if err := execute(ctx, tx, "DELETE FROM channel_overwrites WHERE channel_id = $1", int64(channelID)); err != nil {
			return err
		}
		if err := insertOverwrites(ctx, tx, draft); err != nil {
			return err
		}
		channel, err = locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(channelID)}, scanChannel)
		return err
	})
	if err != nil {
		return store.Channel{}, err
	}
	return channel, nil
}

// DeleteChannel implements store.Channels.
func (s *Store) DeleteChannel(ctx context.Context, channelID id.ID) (orphans []store.Channel, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		var guildID, parentID int64
		if err := tx.QueryRow(ctx, "SELECT server_id, parent_id FROM channels WHERE id = $1 AND server_id IS NOT NULL", int64(channelID)).Scan(&guildID, &parentID); err != nil {
			return err
		}
		// The guild first, as everybody who locks both does.
		if err := lockGuild(ctx, tx, id.ID(guildID)); err != nil {
			return err
		}
		if err := changeOne(ctx, tx, "DELETE FROM channels WHERE id = $1", int64(channelID)); err != nil {
			return err
		}
		if err := execute(ctx, tx, "DELETE FROM channels WHERE parent_id = $1 AND type IN "+threadTypes, int64(channelID)); err != nil {
			return err
		}
		// If it was a thread that began with a message.
		if err := execute(ctx, tx, "UPDATE messages SET flags = flags & ~$3::bigint WHERE channel_id = $1 AND id = $2", parentID, int64(channelID), int64(store.MessageHasThread)); err != nil {
			return err
		}
		for _, column := range []string{"afk_channel_id", "system_channel_id", "rules_channel_id"} {
			if err := execute(ctx, tx, "UPDATE servers SET "+column+" = 0 WHERE id = $1 AND "+column+" = $2", guildID, int64(channelID)); err != nil {
				return err
			}
		}
		found, err := tx.Query(ctx, "UPDATE channels SET parent_id = 0 WHERE parent_id = $1 RETURNING id", int64(channelID))
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(found, scanID)
		if err != nil {
			return err
		}
		if found, err = tx.Query(ctx, channelQuery+"WHERE id = ANY($1) ORDER BY id", integers(ids)); err != nil {
			return err
		}
		orphans, err = pgx.CollectRows(found, scanChannel)
		return err
	})
	if err != nil {
		return nil, err
	}
	return orphans, nil
}

// LastMessageIDs implements store.Channels.
func (s *Store) LastMessageIDs(ctx context.Context, channelIDs []id.ID) (map[id.ID]id.ID, error) {
	type pair struct{ channel, message int64 }
	pairs, err := rows(ctx, s, `SELECT wanted.id, newest.id FROM unnest($1::bigint[]) AS wanted(id)
		CROSS JOIN LATERAL (SELECT id FROM messages WHERE channel_id = wanted.id ORDER BY id DESC LIMIT 1) AS newest
		UNION ALL SELECT forums.id, newest.id FROM channels AS forums CROSS JOIN LATERAL (SELECT id FROM channels WHERE parent_id = forums.id AND type IN `+threadTypes+` ORDER BY id DESC LIMIT 1) AS newest
		WHERE forums.id = ANY($1) AND forums.type IN (15, 16)`, []any{integers(channelIDs)},
		func(row pgx.CollectableRow) (p pair, err error) { return p, row.Scan(&p.channel, &p.message) })
	last := make(map[id.ID]id.ID, len(pairs))
	for _, p := range pairs {
		last[id.ID(p.channel)] = id.ID(p.message)
	}
	return last, err
}
