package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// defaultMessagesPage and maxMessagesPage bound one page of messages (wire contract, limits).
	defaultMessagesPage = 50
	maxMessagesPage     = 100

	// nonceWindow is for how long a repeated nonce gives the earlier message.
	nonceWindow = 10 * time.Minute
)

// Messages is about what is said in channels.
type Messages struct {
	Deps
	views *Views
	users userDirectory
	lanes *lanes
	// directs is set when there is one.
	directs *Directs
	// reads, files and threads are set when there are some.
	reads   *ReadStates
	files   *Files
	threads *Threads
	automod *AutoMod
	// announcements brings what is published, and what changes of it, to those who follow.
	announcements *Announcements
	// previews is nil when the hall asks nobody what links lead to.
	previews *previews
}

func newMessages(deps Deps, views *Views, users userDirectory) *Messages {
	m := &Messages{Deps: deps, views: views, users: users}
	m.lanes = newLanes(m.commit)
	return m
}

// List gives a page of a channel's messages, newest first; it needs READ_MESSAGE_HISTORY. page.Limit is 1 to 100, zero means 50. Member is nil in what it gives.
func (m *Messages) List(ctx context.Context, caller Caller, channelID id.ID, page store.MessagePage) ([]event.MessageCreated, error) {
	page.Limit = cmp.Or(page.Limit, defaultMessagesPage)
	if page.Limit < 1 || page.Limit > maxMessagesPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxMessagesPage)
	}
	bounds := 0
	for _, bound := range []id.ID{page.Before, page.After, page.Around} {
		if bound != 0 {
			bounds++
		}
	}
	if bounds > 1 {
		return nil, invalid("before", "MUTUALLY_EXCLUSIVE", "Only one of before, after and around can be given.")
	}
	channel, err := m.readable(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	messages, err := m.Store.ListMessages(ctx, channelID, page)
	if err != nil {
		return nil, internal("listing messages", err)
	}
	return m.complete(ctx, channel, messages)
}

// readable finds a channel in which the caller may read the history.
func (m *Messages) readable(ctx context.Context, caller Caller, channelID id.ID) (*store.Channel, error) {
	_, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	return channel, need(held, perm.ReadMessageHistory)
}

// Get gives one message; it needs READ_MESSAGE_HISTORY.
func (m *Messages) Get(ctx context.Context, caller Caller, channelID, messageID id.ID) (event.MessageCreated, error) {
	channel, err := m.readable(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	message, err := m.read(ctx, channelID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	return m.completeOne(ctx, channel, message)
}

func (m *Messages) read(ctx context.Context, channelID, messageID id.ID) (store.Message, error) {
	message, err := m.Store.Message(ctx, channelID, messageID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Message{}, fail(UnknownMessage)
	}
	if err != nil {
		return store.Message{}, internal("reading a message", err)
	}
	return message, nil
}

// complete adds the accounts and the messages replied to, with one question each for all.
func (m *Messages) complete(ctx context.Context, channel *store.Channel, messages []store.Message) ([]event.MessageCreated, error) {
	referenced, err := m.referenced(ctx, channel.ID, messages)
	if err != nil {
		return nil, err
	}
	threads, err := m.begun(ctx, messages)
	if err != nil {
		return nil, err
	}
	users, err := m.users.lookupAll(ctx, usersOf(messages, referenced))
	if err != nil {
		return nil, internal("reading authors", err)
	}
	completed := make([]event.MessageCreated, len(messages))
	for i, message := range messages {
		one := event.MessageCreated{Message: message, Author: authorOf(users, &message), ChannelType: channel.Type}
		one.Mentioned, one.Thread = usersAmong(users, message.Mentions), threads[message.ID]
		one.Interacted = authorsAmong(users, interactedIDs(message.Interaction))
		if message.Forwards() {
			one.SnapshotMentioned = usersAmong(users, message.Reference.Snapshot.Mentions)
		} else if message.Reference != nil {
			if original, found := referenced[message.Reference.MessageID]; found {
				author := authorOf(users, original)
				one.Referenced, one.ReferencedAuthor = original, &author
			}
		}
		completed[i] = one
	}
	return completed, nil
}

func (m *Messages) completeOne(ctx context.Context, channel *store.Channel, message store.Message) (event.MessageCreated, error) {
	completed, err := m.complete(ctx, channel, []store.Message{message})
	if err != nil {
		return event.MessageCreated{}, err
	}
	return completed[0], nil
}

// referenced gives the messages that others reply to and that are still there. Those on the same page are not read again.
func (m *Messages) referenced(ctx context.Context, channelID id.ID, messages []store.Message) (map[id.ID]*store.Message, error) {
	var wanted []id.ID
	found := make(map[id.ID]*store.Message)
	for i := range messages {
		reference := messages[i].Reference
		if reference == nil || reference.Snapshot != nil || reference.MessageID == 0 || messages[i].IsCopy() || slices.Contains(wanted, reference.MessageID) {
			continue
		}
		if reference.ChannelID == channelID {
			wanted = append(wanted, reference.MessageID)
			continue
		}
		// A thread begins with a word about the message that it is about, which is in another channel.
		original, err := m.read(ctx, reference.ChannelID, reference.MessageID)
		if err == nil {
			found[original.ID] = &original
		} else if KindOf(err) != UnknownMessage {
			return nil, err
		}
	}
	if len(wanted) == 0 {
		return found, nil
	}
	for i := range messages {
		if slices.Contains(wanted, messages[i].ID) {
			found[messages[i].ID] = &messages[i]
		}
	}
	wanted = slices.DeleteFunc(wanted, func(messageID id.ID) bool { return found[messageID] != nil })
	if len(wanted) == 0 {
		return found, nil
	}
	others, err := m.Store.MessagesByID(ctx, channelID, wanted)
	if err != nil {
		return nil, internal("reading messages replied to", err)
	}
	for i := range others {
		found[others[i].ID] = &others[i]
	}
	return found, nil
}

// begun gives the threads that messages began.
func (m *Messages) begun(ctx context.Context, messages []store.Message) (map[id.ID]*store.Channel, error) {
	var wanted []id.ID
	for i := range messages {
		if messages[i].Flags&store.MessageHasThread != 0 {
			wanted = append(wanted, messages[i].ID)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	threads, err := m.Store.ThreadsByID(ctx, wanted)
	if err != nil {
		return nil, internal("reading the threads of messages", err)
	}
	found := make(map[id.ID]*store.Channel, len(threads))
	for i := range threads {
		found[threads[i].ID] = &threads[i]
	}
	return found, nil
}

// usersOf gives the accounts that messages name, each once.
func usersOf(messages []store.Message, referenced map[id.ID]*store.Message) []id.ID {
	var userIDs []id.ID
	for i := range messages {
		userIDs = append(userIDs, messages[i].AuthorID)
		userIDs = append(userIDs, messages[i].Mentions...)
		userIDs = append(userIDs, interactedIDs(messages[i].Interaction)...)
		if messages[i].Forwards() {
			userIDs = append(userIDs, messages[i].Reference.Snapshot.Mentions...)
		}
	}
	for _, original := range referenced {
		userIDs = append(userIDs, original.AuthorID)
	}
	slices.Sort(userIDs)
	return slices.Compact(userIDs)
}

// interactedIDs gives the accounts that an interaction names, each once.
func interactedIDs(interaction *store.MessageInteraction) (userIDs []id.ID) {
	if interaction == nil {
		return nil
	}
	origins := []*store.InteractionOrigin{&interaction.InteractionOrigin, interaction.Trigger}
	for _, origin := range origins {
		if origin == nil {
			continue
		}
		for _, userID := range []id.ID{origin.UserID, origin.TargetUserID} {
			if userID != 0 && !slices.Contains(userIDs, userID) {
				userIDs = append(userIDs, userID)
			}
		}
	}
	return userIDs
}

// interacted gives the accounts that an interaction names.
func (m *Messages) interacted(ctx context.Context, interaction *store.MessageInteraction) ([]store.User, error) {
	userIDs := interactedIDs(interaction)
	users, err := m.users.lookupAll(ctx, userIDs)
	if err != nil {
		return nil, internal("reading who used an application", err)
	}
	return authorsAmong(users, userIDs), nil
}

// authorsAmong gives accounts, also those that are gone.
func authorsAmong(users map[id.ID]store.User, userIDs []id.ID) (found []store.User) {
	for _, userID := range userIDs {
		found = append(found, authorAmong(users, userID))
	}
	return found
}

// usersAmong gives those accounts that are there, in the order in which their ids are given.
func usersAmong(users map[id.ID]store.User, userIDs []id.ID) (found []store.User) {
	for _, userID := range userIDs {
		if user, there := users[userID]; there {
			found = append(found, user)
		}
	}
	return found
}

// authorOf gives the author of a message: an account, or what a webhook called itself.
func authorOf(users map[id.ID]store.User, message *store.Message) store.User {
	if message.Persona != nil {
		return personaUser(message.AuthorID, message.Persona)
	}
	return authorAmong(users, message.AuthorID)
}

// authorAmong gives an author, also when the account is gone: messages stay.
func authorAmong(users map[id.ID]store.User, userID id.ID) store.User {
	if user, found := users[userID]; found {
		return user
	}
	return deletedUser(userID)
}

// Locate tells which channel a message is in, for callers who know only its id; UnknownMessage when they may not view that channel.
func (m *Messages) Locate(ctx context.Context, caller Caller, messageID id.ID) (id.ID, error) {
	channelID, err := m.Store.MessageChannel(ctx, messageID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fail(UnknownMessage)
	}
	if err != nil {
		return 0, internal("locating a message", err)
	}
	_, _, _, err = m.views.channelAccess(ctx, caller, channelID)
	switch KindOf(err) {
	case UnknownChannel, MissingAccess:
		return 0, fail(UnknownMessage)
	}
	return channelID, err
}

// Delete deletes a message; others' messages need MANAGE_MESSAGES.
func (m *Messages) Delete(ctx context.Context, caller Caller, channelID, messageID id.ID) error {
	_, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	message, err := m.read(ctx, channelID, messageID)
	if err != nil {
		return err
	}
	if message.Type >= store.MessageRecipientAdd && message.Type <= store.MessageChannelIcon {
		return fail(SystemMessage)
	}
	if message.AuthorID != caller.UserID {
		if err := need(held, perm.ManageMessages); err != nil {
			return err
		}
	}
	moderated := channel.GuildID != 0 && message.AuthorID != caller.UserID
	return m.lanes.do(ctx, channelID, &laneJob{operation: func(ctx context.Context) error {
		deleted, err := m.Store.DeleteMessage(ctx, channelID, messageID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownMessage)
		}
		if err != nil {
			return internal("deleting a message", err)
		}
		m.announcements.changed(&deleted)
		if len(message.AllAttachments()) > 0 {
			m.files.wake()
		}
		m.tell(ctx, event.MessageDeleted{MessageID: messageID, ChannelID: channelID, GuildID: channel.GuildID})
		if !moderated {
			return nil
		}
		return m.did(ctx, caller, channel.GuildID, []act{{action: store.AuditMessageDelete, target: message.AuthorID, options: map[string]string{"channel_id": channelID.String(), "count": "1"}}})
	}})
}

// Bounds of a bulk deletion (wire contract, limits).
const (
	minBulkDelete = 2
	maxBulkDelete = 100
	bulkDeleteAge = 14 * 24 * time.Hour
)

// DeleteMany deletes 2 to 100 messages of a guild's channel at once, none older than two weeks; it needs MANAGE_MESSAGES. Those that are gone already are passed over.
func (m *Messages) DeleteMany(ctx context.Context, caller Caller, channelID id.ID, messageIDs []id.ID) error {
	_, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if channel.GuildID == 0 {
		return fail(NotInDirect)
	}
	if err := need(held, perm.ManageMessages); err != nil {
		return err
	}
	if count := len(messageIDs); count < minBulkDelete || count > maxBulkDelete {
		return fail(BulkDeleteCount)
	}
	oldest := id.At(m.Now().Add(-bulkDeleteAge))
	if slices.Min(messageIDs) < oldest {
		return fail(TooOldToBulkDelete)
	}
	_, err = m.deleteMany(ctx, caller, channel.GuildID, channelID, messageIDs)
	return err
}

// deleteMany deletes messages of a guild's channel, in its lane, and tells how many were there.
func (m *Messages) deleteMany(ctx context.Context, caller Caller, guildID, channelID id.ID, messageIDs []id.ID) (count int, err error) {
	err = m.lanes.do(ctx, channelID, &laneJob{operation: func(ctx context.Context) error {
		deleted, err := m.Store.DeleteMessages(ctx, channelID, messageIDs)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownChannel)
		}
		if err != nil {
			return internal("deleting messages", err)
		}
		if count = len(deleted); count == 0 {
			return nil
		}
		m.files.wake()
		m.announcements.wake()
		return m.did(ctx, caller, guildID, []act{{action: store.AuditMessageBulkDelete, target: channelID, options: map[string]string{"count": strconv.Itoa(count)}}},
			event.MessagesDeleted{GuildID: guildID, ChannelID: channelID, MessageIDs: deleted})
	}})
	return count, err
}

// Purge deletes what somebody wrote in any channel of a guild within some time, at most seven days, and tells how many messages those were; it needs MANAGE_MESSAGES in the guild as a whole.
func (m *Messages) Purge(ctx context.Context, caller Caller, guildID, authorID id.ID, within time.Duration) (int, error) {
	a, err := m.views.access(ctx, caller, guildID)
	if err != nil {
		return 0, err
	}
	if err := a.need(perm.ManageMessages); err != nil {
		return 0, err
	}
	if within <= 0 || within > maxPurgedTime {
		return 0, invalid("within", "NUMBER_TYPE_RANGE", "Must be more than nothing and at most seven days.")
	}
	return m.purge(context.WithoutCancel(ctx), caller, guildID, authorID, id.At(m.Now().Add(-within)))
}

// purge deletes what an author wrote in any channel of a guild since an id, and tells how many messages those were.
func (m *Messages) purge(ctx context.Context, caller Caller, guildID, authorID, since id.ID) (count int, err error) {
	channelIDs, err := m.everywhere(ctx, guildID)
	if err != nil {
		return 0, err
	}
	for _, channelID := range channelIDs {
		for {
			messageIDs, err := m.Store.AuthorMessages(ctx, channelID, authorID, since, maxBulkDelete)
			if err != nil {
				return count, internal("looking for messages", err)
			}
			if len(messageIDs) == 0 {
				break
			}
			deleted, err := m.deleteMany(ctx, caller, guildID, channelID, messageIDs)
			if err != nil && KindOf(err) != UnknownChannel {
				return count, err
			}
			count += deleted
		}
	}
	return count, nil
}

// everywhere gives the ids of all channels of a guild, and of all threads.
func (m *Messages) everywhere(ctx context.Context, guildID id.ID) ([]id.ID, error) {
	channels, err := m.Store.GuildChannels(ctx, guildID)
	if err != nil {
		return nil, internal("reading channels", err)
	}
	all, err := m.Store.ThreadIDs(ctx, guildID)
	if err != nil {
		return nil, internal("reading threads", err)
	}
	for i := range channels {
		all = append(all, channels[i].ID)
	}
	return all, nil
}

// tell publishes what happened in a channel.
func (m *Messages) tell(ctx context.Context, e event.Placed) { m.views.tell(ctx, m.Deps, e) }

// pruneNonces forgets the nonces that cannot be repeated any more.
func (m *Messages) pruneNonces(ctx context.Context) error {
	if err := m.Store.PruneNonces(ctx, id.At(m.Now().Add(-nonceWindow))); err != nil {
		return internal("pruning nonces", err)
	}
	return nil
}
