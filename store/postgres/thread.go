package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const (
	// threadColumns are those of a thread's row, in the order of threadRow.
	threadColumns = "archived, archived_at, auto_archive, locked, invitable, created_at, applied_tags"
	// threadCountColumns are what the store counts by itself.
	threadCountColumns = "message_count, total_message_sent, newest_message_id, (SELECT count(*) FROM thread_members WHERE channel_id = channels.id)"

	threadTypes = "(10, 11, 12)" // store.ChannelType.IsThread
)

// threadRow is what is read of a thread's row; all of it is NULL for other channels.
type threadRow struct {
	archived, locked, invitable *bool
	archivedAt, createdAt       *time.Time
	autoArchive                 *int64
	tags                        []int64
	messages, total, newest     *int64
	members                     int
}

func (r *threadRow) targets() []any {
	return []any{&r.archived, &r.archivedAt, &r.autoArchive, &r.locked, &r.invitable, &r.createdAt, &r.tags, &r.messages, &r.total, &r.newest, &r.members}
}

func (r *threadRow) thread() *store.Thread {
	if r.archived == nil {
		return nil
	}
	return &store.Thread{
		Archived: *r.archived, ArchivedAt: timeOf(r.archivedAt), AutoArchive: time.Duration(*r.autoArchive) * time.Minute, Locked: *r.locked, Invitable: *r.invitable,
		CreatedAt: timeOf(r.createdAt), AppliedTags: idsOf(r.tags), MessageCount: int(*r.messages), TotalMessageSent: int(*r.total), MemberCount: r.members,
		LastMessageID: id.ID(*r.newest),
	}
}

func threadValues(threadID id.ID, thread *store.Thread) []any {
	return []any{int64(threadID), thread.Archived, moment(thread.ArchivedAt), int64(thread.AutoArchive / time.Minute), thread.Locked, thread.Invitable, moment(thread.CreatedAt),
		integers(thread.AppliedTags)}
}

// roomForActive makes sure that a guild, which is locked, can have one more active thread.
func roomForActive(ctx context.Context, tx pgx.Tx, guildID id.ID, most int) error {
	var active int
	err := tx.QueryRow(ctx, "SELECT count(*) FROM channels JOIN threads ON channel_id = id WHERE server_id = $1 AND type IN "+threadTypes+" AND NOT archived", int64(guildID)).Scan(&active)
	if err == nil && active >= most {
		return &store.LimitError{What: "active threads", Max: most}
	}
	return err
}

// CreateThread implements store.Threads.
func (s *Store) CreateThread(ctx context.Context, draft store.NewThread, maxActive int) error {
	channel := draft.Channel
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, channel.GuildID); err != nil {
			return err
		}
		if err := checkParent(ctx, tx, channel); err != nil {
			return err
		}
		if err := insertChannel(ctx, tx, channel); err != nil {
			return err
		}
		if err := roomForActive(ctx, tx, channel.GuildID, maxActive); err != nil {
			return err
		}
		newest := int64(0)
		if draft.First != nil {
			newest = int64(draft.First.ID)
		}
		if err := execute(ctx, tx, "INSERT INTO threads (channel_id, "+threadColumns+", message_count, total_message_sent, newest_message_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)",
			append(threadValues(channel.ID, channel.Thread), newest)...); err != nil {
			return err
		}
		if draft.FromMessage {
			if err := changeOne(ctx, tx, "UPDATE messages SET flags = flags | $3 WHERE channel_id = $1 AND id = $2", int64(channel.ParentID), int64(channel.ID), int64(store.MessageHasThread)); err != nil {
				return err
			}
		}
		if draft.First != nil {
			message := *draft.First
			message.ChannelID, message.Position = channel.ID, 0
			batch := &pgx.Batch{}
			if _, err := queueMessage(batch, message); err != nil {
				return err
			}
			if err := tx.SendBatch(ctx, batch).Close(); err != nil {
				return err
			}
			if err := attach(ctx, tx, &message, message.AllAttachments()); err != nil {
				return err
			}
		}
		if draft.ByWebhook() {
			return nil
		}
		return execute(ctx, tx, "INSERT INTO thread_members (channel_id, server_id, user_id, joined_at) VALUES ($1, $2, $3, $4)", int64(channel.ID), int64(channel.GuildID),
			int64(channel.OwnerID), moment(channel.Thread.CreatedAt))
	})
}

// queueCount adds the statement that counts new messages of a thread to a batch.
func queueCount(batch *pgx.Batch, threadID id.ID, posted []store.Message) {
	if len(posted) == 0 {
		return
	}
	counted := 0
	newest := id.ID(0)
	for i := range posted {
		if posted[i].Counts() {
			counted++
		}
		newest = max(newest, posted[i].ID)
	}
	batch.Queue(`UPDATE threads SET message_count = message_count + $2, total_message_sent = total_message_sent + $2, newest_message_id = greatest(newest_message_id, $3)
		WHERE channel_id = $1`, int64(threadID), counted, int64(newest))
}

// countDeleted takes messages that are gone from the count of their channel, if that is a thread.
func countDeleted(ctx context.Context, tx pgx.Tx, threadID id.ID, gone []store.Message) error {
	counted := 0
	for i := range gone {
		if gone[i].Counts() {
			counted++
		}
	}
	if counted == 0 {
		return nil
	}
	return execute(ctx, tx, "UPDATE threads SET message_count = greatest(0, message_count - $2) WHERE channel_id = $1", int64(threadID), counted)
}

// UpdateThread implements store.Threads.
func (s *Store) UpdateThread(ctx context.Context, threadID id.ID, maxActive int, change func(*store.Channel) error) (channel store.Channel, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		guildID, err := locked(ctx, tx, "SELECT server_id FROM channels WHERE id = $1 AND type IN "+threadTypes, []any{int64(threadID)}, scanID)
		if err != nil {
			return err
		}
		if err := lockGuild(ctx, tx, guildID); err != nil {
			return err
		}
		if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 FOR UPDATE", []any{int64(threadID)}, scanID); err != nil {
			return err
		}
		if channel, err = locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(threadID)}, scanChannel); err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft, thread := channel, *channel.Thread
		draft.Thread = &thread
		if err := change(&draft); err != nil {
			return err
		}
		if channel.Thread.Archived && !draft.Thread.Archived {
			if err := roomForActive(ctx, tx, guildID, maxActive); err != nil {
				return err
			}
		}
		if err := execute(ctx, tx, "UPDATE channels SET name = $2, topic = $3, nsfw = $4, rate_limit_per_user = $5, flags = $6 WHERE id = $1", int64(threadID), draft.Name, draft.Topic, draft.NSFW,
			draft.RateLimitPerUser, int64(draft.Flags)); err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE threads SET archived = $2, archived_at = $3, auto_archive = $4, locked = $5, invitable = $6, created_at = $7, applied_tags = $8 WHERE channel_id = $1`,
			threadValues(threadID, draft.Thread)...); err != nil {
			return err
		}
		channel, err = locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(threadID)}, scanChannel)
		return err
	})
	if err != nil {
		return store.Channel{}, err
	}
	return channel, nil
}

// ThreadsByID implements store.Threads.
func (s *Store) ThreadsByID(ctx context.Context, threadIDs []id.ID) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+"WHERE id = ANY($1) AND type IN "+threadTypes+" ORDER BY id", []any{integers(threadIDs)}, scanChannel)
}

// ActiveThreads implements store.Threads.
func (s *Store) ActiveThreads(ctx context.Context, guildID id.ID) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+"WHERE server_id = $1 AND type IN "+threadTypes+" AND NOT archived ORDER BY id", []any{int64(guildID)}, scanChannel)
}

// ThreadIDs implements store.Threads.
func (s *Store) ThreadIDs(ctx context.Context, guildID id.ID) ([]id.ID, error) {
	return rows(ctx, s, "SELECT id FROM channels WHERE server_id = $1 AND type IN "+threadTypes+" ORDER BY id", []any{int64(guildID)}, scanID)
}

// ArchivedThreads implements store.Threads.
func (s *Store) ArchivedThreads(ctx context.Context, parentID id.ID, page store.ArchivedPage) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+"WHERE parent_id = $1 AND type IN "+threadTypes+` AND (type = 12) = $2 AND archived AND ($3::timestamptz IS NULL OR archived_at < $3)
		ORDER BY archived_at DESC, id DESC LIMIT $4`, []any{int64(parentID), page.Private, moment(page.Before), max(0, page.Limit)}, scanChannel)
}

// JoinedArchivedThreads implements store.Threads.
func (s *Store) JoinedArchivedThreads(ctx context.Context, parentID, userID, before id.ID, limit int) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+`WHERE parent_id = $1 AND type = 12 AND archived AND ($3::bigint = 0 OR id < $3)
		AND EXISTS (SELECT FROM thread_members WHERE thread_members.channel_id = id AND user_id = $2) ORDER BY id DESC LIMIT $4`,
		[]any{int64(parentID), int64(userID), int64(before), max(0, limit)}, scanChannel)
}

// ThreadBriefs implements store.Threads.
func (s *Store) ThreadBriefs(ctx context.Context, parentID, after, before id.ID, limit int) ([]store.ThreadBrief, error) {
	return rows(ctx, s, "SELECT id, type, name, archived, archived_at, applied_tags, newest_message_id FROM channels JOIN threads ON channel_id = id WHERE parent_id = $1 AND type IN "+threadTypes+
		" AND id > $2 AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4", []any{int64(parentID), int64(after), int64(before), max(0, limit)}, func(row pgx.CollectableRow) (store.ThreadBrief, error) {
		var brief store.ThreadBrief
		var threadID, newest int64
		var archived *time.Time
		var tags []int64
		err := row.Scan(&threadID, &brief.Type, &brief.Name, &brief.Archived, &archived, &tags, &newest)
		brief.ID, brief.ArchivedAt, brief.AppliedTags, brief.LastMessageID = id.ID(threadID), timeOf(archived), idsOf(tags), id.ID(newest)
		return brief, err
	})
}

// IdleThreads implements store.Threads. The moment of an id is in its upper 42 bits (store/id).
func (s *Store) IdleThreads(ctx context.Context, now time.Time, limit int) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+`WHERE NOT archived AND type IN `+threadTypes+` AND flags & $3 = 0 AND greatest(archived_at, to_timestamp(((newest_message_id >> 22) + 1420070400000) / 1000.0))
		+ auto_archive * interval '1 minute' <= $1 ORDER BY id LIMIT $2`, []any{moment(now), max(0, limit), int64(store.ChannelPinned)}, scanChannel)
}

const threadMemberColumns = "channel_id, user_id, joined_at"

func scanThreadMember(row pgx.CollectableRow) (store.ThreadMember, error) {
	var threadID, userID int64
	var joined *time.Time
	err := row.Scan(&threadID, &userID, &joined)
	return store.ThreadMember{ThreadID: id.ID(threadID), UserID: id.ID(userID), JoinedAt: timeOf(joined)}, err
}

// AddThreadMember implements store.Threads.
func (s *Store) AddThreadMember(ctx context.Context, member store.ThreadMember, most int) (added bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		added = false
		if err := lockOpenThread(ctx, tx, member.ThreadID); err != nil {
			return err
		}
		if _, err := locked(ctx, tx, `SELECT user_id FROM server_members JOIN channels USING (server_id) WHERE channels.id = $1 AND user_id = $2`,
			[]any{int64(member.ThreadID), int64(member.UserID)}, scanID); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `INSERT INTO thread_members (channel_id, server_id, user_id, joined_at) SELECT $1, server_id, $2, $3 FROM channels WHERE id = $1
			ON CONFLICT (channel_id, user_id) DO NOTHING`, int64(member.ThreadID), int64(member.UserID), moment(member.JoinedAt))
		if added = err == nil && done.RowsAffected() == 1; !added {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM thread_members WHERE channel_id = $1", int64(member.ThreadID)).Scan(&count); err != nil {
			return err
		}
		if count > most {
			return &store.LimitError{What: "thread members", Max: most}
		}
		return nil
	})
	return added && err == nil, err
}

// AddThreadMembers implements store.Threads.
func (s *Store) AddThreadMembers(ctx context.Context, threadID id.ID, members []store.ThreadMember, most int) (added []store.ThreadMember, err error) {
	userIDs, moments := make([]int64, len(members)), make([]*time.Time, len(members))
	for i, member := range members {
		userIDs[i], moments[i] = int64(member.UserID), moment(member.JoinedAt)
	}
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockOpenThread(ctx, tx, threadID); err != nil {
			return err
		}
		// The members are held, so that none of them leaves the guild meanwhile.
		if _, err := collect(ctx, tx, `SELECT user_id FROM server_members JOIN channels USING (server_id) WHERE channels.id = $1 AND user_id = ANY($2) ORDER BY user_id FOR KEY SHARE OF server_members`,
			[]any{int64(threadID), userIDs}, scanID); err != nil {
			return err
		}
		stored, err := collect(ctx, tx, `INSERT INTO thread_members (channel_id, server_id, user_id, joined_at)
			SELECT $1, server_members.server_id, wanted.user_id, wanted.joined_at FROM unnest($2::bigint[], $3::timestamptz[]) WITH ORDINALITY AS wanted (user_id, joined_at, place)
			JOIN channels ON channels.id = $1 JOIN server_members ON server_members.server_id = channels.server_id AND server_members.user_id = wanted.user_id
			WHERE NOT EXISTS (SELECT FROM thread_members WHERE channel_id = $1 AND thread_members.user_id = wanted.user_id)
			ORDER BY place LIMIT greatest(0, $4 - (SELECT count(*) FROM thread_members WHERE channel_id = $1))
			ON CONFLICT (channel_id, user_id) DO NOTHING RETURNING user_id`, []any{int64(threadID), userIDs, moments, most}, scanID)
		if err != nil {
			return err
		}
		added = nil
		for _, member := range members {
			if at := slices.Index(stored, member.UserID); at >= 0 {
				stored = slices.Delete(stored, at, at+1)
				added = append(added, store.ThreadMember{ThreadID: threadID, UserID: member.UserID, JoinedAt: timeOf(moment(member.JoinedAt))})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// lockOpenThread locks a thread's row, so that its members are counted by one at a time; store.ErrThreadClosed when it is archived.
func lockOpenThread(ctx context.Context, tx pgx.Tx, threadID id.ID) error {
	archived, err := locked(ctx, tx, "SELECT archived FROM threads WHERE channel_id = $1 FOR UPDATE", []any{int64(threadID)}, pgx.RowTo[bool])
	if err == nil && archived {
		return store.ErrThreadClosed
	}
	return err
}

// RemoveThreadMember implements store.Threads.
func (s *Store) RemoveThreadMember(ctx context.Context, threadID, userID id.ID) (removed bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockOpenThread(ctx, tx, threadID); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "DELETE FROM thread_members WHERE channel_id = $1 AND user_id = $2", int64(threadID), int64(userID))
		removed = err == nil && done.RowsAffected() == 1
		return err
	})
	return removed && err == nil, err
}

// ThreadMember implements store.Threads.
func (s *Store) ThreadMember(ctx context.Context, threadID, userID id.ID) (store.ThreadMember, error) {
	return one(ctx, s, "SELECT "+threadMemberColumns+" FROM thread_members WHERE channel_id = $1 AND user_id = $2", []any{int64(threadID), int64(userID)}, scanThreadMember)
}

// ThreadMembers implements store.Threads.
func (s *Store) ThreadMembers(ctx context.Context, threadID, after id.ID, limit int) ([]store.ThreadMember, error) {
	return rows(ctx, s, "SELECT "+threadMemberColumns+" FROM thread_members WHERE channel_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
		[]any{int64(threadID), int64(after), max(0, limit)}, scanThreadMember)
}

// ThreadPlaces implements store.Threads.
func (s *Store) ThreadPlaces(ctx context.Context, userID id.ID, threadIDs []id.ID) ([]store.ThreadMember, error) {
	return rows(ctx, s, "SELECT "+threadMemberColumns+" FROM thread_members WHERE user_id = $1 AND channel_id = ANY($2) ORDER BY channel_id", []any{int64(userID), integers(threadIDs)}, scanThreadMember)
}

// JoinedThreads implements store.Threads.
func (s *Store) JoinedThreads(ctx context.Context, guildID, userID id.ID) ([]id.ID, error) {
	return rows(ctx, s, "SELECT channel_id FROM thread_members WHERE server_id = $1 AND user_id = $2 ORDER BY channel_id", []any{int64(guildID), int64(userID)}, scanID)
}
