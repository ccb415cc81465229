package chat

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// maxAcks is how many marks one request may set (wire contract).
	maxAcks = 100
	// maxCounted is how far mentions are counted: clients show no greater number.
	maxCounted = 100
	// saveInterval is how long a read mark may wait to be stored.
	saveInterval = 2 * time.Second
)

// ReadStates is about how far people have read, and what has mentioned them since. Marks are gathered and stored together: they need no durability of their own.
type ReadStates struct {
	Deps
	views *Views
	// threads is set when there is one.
	threads *Threads
	// turns orders what one person's devices say.
	turns turns

	mu sync.Mutex
	// unsaved are marks on their way to the store.
	unsaved map[markKey]id.ID
	// saving is held while marks are stored.
	saving sync.Mutex
}

type markKey struct{ userID, channelID id.ID }

func newReadStates(deps Deps, views *Views) *ReadStates {
	return &ReadStates{Deps: deps, views: views, unsaved: make(map[markKey]id.ID)}
}

// ReadState is how far somebody has read in a channel.
type ReadState struct {
	ChannelID, LastMessageID id.ID
	// LastPinAt is when the newest pin was set that they have seen; zero for none.
	LastPinAt time.Time
	// Mentions is how many messages since then mention the reader, up to 100; in conversations of people, how many there are.
	Mentions int
}

// Ack is a wish to mark a channel as read up to a message.
type Ack struct {
	ChannelID, MessageID id.ID
	// Manual sets the mark also back; otherwise it only goes forward.
	Manual bool
}

// Ack marks a channel that the caller may view as read up to a message, and tells their other devices.
func (r *ReadStates) Ack(ctx context.Context, caller Caller, ack Ack) error {
	a, channel, held, err := r.views.channelAccess(ctx, caller, ack.ChannelID)
	if err != nil {
		return err
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return err
	}
	// Nobody has read what is not written yet.
	newest, err := r.views.lastMessageID(ctx, a.view, channel)
	if err != nil {
		return err
	}
	messageID := min(ack.MessageID, newest)
	turn := r.turns.of(caller.UserID)
	turn.Lock()
	defer turn.Unlock()
	current, err := r.mark(ctx, caller.UserID, channel.ID)
	if err != nil {
		return err
	}
	if messageID == current || messageID < current && !ack.Manual {
		return nil
	}
	r.set(caller.UserID, channel.ID, messageID)
	acked := event.MessageAcked{UserID: caller.UserID, ChannelID: channel.ID, MessageID: messageID, Manual: ack.Manual}
	if ack.Manual {
		counts, err := r.count(ctx, caller, []unread{{store.ReadMark{UserID: caller.UserID, ChannelID: channel.ID, MessageID: messageID}, channel.GuildID == 0, a.member}})
		if err != nil {
			return err
		}
		acked.Mentions = counts[channel.ID]
	}
	r.publish(ctx, acked)
	return nil
}

// AckPins marks the pins of a channel that the caller may view as seen, and tells their other devices.
func (r *ReadStates) AckPins(ctx context.Context, caller Caller, channelID id.ID) error {
	_, channel, held, err := r.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return err
	}
	if channel.LastPinAt.IsZero() {
		return nil
	}
	turn := r.turns.of(caller.UserID)
	turn.Lock()
	defer turn.Unlock()
	advanced, err := r.Store.AdvancePinMark(ctx, store.PinMark{UserID: caller.UserID, ChannelID: channelID, At: channel.LastPinAt})
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel) // gone meanwhile
	}
	if err != nil {
		return internal("storing a mark about pins", err)
	}
	if advanced {
		r.publish(ctx, event.PinsAcked{UserID: caller.UserID, ChannelID: channelID, At: channel.LastPinAt})
	}
	return nil
}

// AckAll marks several channels as read. Those that the caller cannot view are passed over: they may have gone since.
func (r *ReadStates) AckAll(ctx context.Context, caller Caller, acks []Ack) error {
	if len(acks) > maxAcks {
		return invalid("read_states", "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxAcks)
	}
	for _, ack := range acks {
		err := r.Ack(ctx, caller, ack)
		switch KindOf(err) {
		case UnknownChannel, MissingAccess, MissingPermission:
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Forget drops the caller's mark in a channel, also that about its pins.
func (r *ReadStates) Forget(ctx context.Context, caller Caller, channelID id.ID) error {
	turn := r.turns.of(caller.UserID)
	turn.Lock()
	defer turn.Unlock()
	if err := r.Save(ctx); err != nil { // so that no mark that waits comes after
		return err
	}
	if err := r.Store.DeleteReadMark(ctx, caller.UserID, channelID); err != nil {
		return internal("deleting a read mark", err)
	}
	return nil
}

// wrote marks a channel as read by the author of its newest message.
func (r *ReadStates) wrote(message *store.Message) {
	r.set(message.AuthorID, message.ChannelID, message.ID)
}

func (r *ReadStates) set(userID, channelID, messageID id.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsaved[markKey{userID, channelID}] = messageID
}

// mark gives how far somebody has read in a channel, zero for no mark.
func (r *ReadStates) mark(ctx context.Context, userID, channelID id.ID) (id.ID, error) {
	r.mu.Lock()
	messageID, waits := r.unsaved[markKey{userID, channelID}]
	r.mu.Unlock()
	if waits {
		return messageID, nil
	}
	mark, err := r.Store.ReadMark(ctx, userID, channelID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, internal("reading a read mark", err)
	}
	return mark.MessageID, nil
}

// keepSaving stores marks from time to time, and what is left at the end.
func (r *ReadStates) keepSaving(stop <-chan struct{}) {
	ticker := time.NewTicker(saveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
		}
		if err := r.Save(context.Background()); err != nil {
			r.Log.Warn("read marks could not be stored", "error", err)
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// Save stores the marks that wait, as the hall does every two seconds. Until they are stored they are known as waiting.
func (r *ReadStates) Save(ctx context.Context) error {
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	waiting := maps.Clone(r.unsaved)
	r.mu.Unlock()
	if len(waiting) == 0 {
		return nil
	}
	marks := make([]store.ReadMark, 0, len(waiting))
	for key, messageID := range waiting {
		marks = append(marks, store.ReadMark{UserID: key.userID, ChannelID: key.channelID, MessageID: messageID})
	}
	if err := r.Store.SetReadMarks(ctx, marks); err != nil {
		return internal("storing read marks", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, messageID := range waiting {
		if r.unsaved[key] == messageID {
			delete(r.unsaved, key)
		}
	}
	return nil
}

// unread is a channel in which something may have been posted since somebody read it.
type unread struct {
	store.ReadMark
	direct bool
	// member is the reader's place in the channel's guild.
	member *store.Member
}

// List gives how far the caller has read in every channel that they may view and where something was posted, and in the active threads that they are in. Where they have no
// mark, what came before they joined counts as read. Behind these are their other marks, without counts: closed conversations, archived threads and hidden channels can come back
// while their devices listen.
func (r *ReadStates) List(ctx context.Context, caller Caller) ([]ReadState, error) {
	marks, err := r.marks(ctx, caller.UserID)
	if err != nil {
		return nil, err
	}
	seen, err := r.pinMarks(ctx, caller.UserID)
	if err != nil {
		return nil, err
	}
	var states []ReadState
	var news []unread
	add := func(channelID, newest, since id.ID, direct bool, member *store.Member) {
		mark, marked := marks[channelID]
		if !marked {
			mark = since
		}
		if newest == 0 && !marked && seen[channelID].IsZero() {
			return
		}
		states = append(states, ReadState{ChannelID: channelID, LastMessageID: mark, LastPinAt: seen[channelID]})
		if newest > mark {
			news = append(news, unread{store.ReadMark{UserID: caller.UserID, ChannelID: channelID, MessageID: mark}, direct, member})
		}
	}
	guildIDs, err := r.views.UserGuilds(ctx, caller.UserID)
	if err != nil {
		return nil, err
	}
	for _, guildID := range guildIDs {
		a, err := r.views.access(ctx, caller, guildID)
		if KindOf(err) == UnknownGuild {
			continue // left meanwhile
		}
		if err != nil {
			return nil, err
		}
		for _, channel := range a.view.VisibleChannels(a.member) {
			add(channel.ID, channel.LastMessageID, id.At(a.member.JoinedAt), false, a.member)
		}
		threads, err := r.threads.active(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, thread := range threads {
			if thread.Place != nil {
				add(thread.ID, thread.LastMessageID, id.At(thread.Place.JoinedAt), false, a.member)
			}
		}
	}
	if err := r.addDirects(ctx, caller, add); err != nil {
		return nil, err
	}
	counts, err := r.count(ctx, caller, news)
	if err != nil {
		return nil, err
	}
	for i := range states {
		states[i].Mentions = counts[states[i].ChannelID]
		delete(marks, states[i].ChannelID)
	}
	for _, channelID := range slices.Sorted(maps.Keys(marks)) {
		states = append(states, ReadState{ChannelID: channelID, LastMessageID: marks[channelID], LastPinAt: seen[channelID]})
	}
	return states, nil
}

func (r *ReadStates) addDirects(ctx context.Context, caller Caller, add func(channelID, newest, since id.ID, direct bool, member *store.Member)) error {
	directs, err := r.Store.UserDirectChannels(ctx, caller.UserID)
	if err != nil {
		return internal("listing conversations", err)
	}
	channelIDs := make([]id.ID, len(directs))
	for i := range directs {
		channelIDs[i] = directs[i].ID
	}
	newest, err := r.Store.LastMessageIDs(ctx, channelIDs)
	if err != nil {
		return internal("reading conversations' newest messages", err)
	}
	for _, channelID := range channelIDs {
		add(channelID, newest[channelID], 0, true, nil)
	}
	return nil
}

// marks gives all of somebody's marks, also those that are not stored yet.
func (r *ReadStates) marks(ctx context.Context, userID id.ID) (map[id.ID]id.ID, error) {
	kept, err := r.Store.ReadMarks(ctx, userID)
	if err != nil {
		return nil, internal("reading read marks", err)
	}
	marks := make(map[id.ID]id.ID, len(kept))
	for _, mark := range kept {
		marks[mark.ChannelID] = mark.MessageID
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, messageID := range r.unsaved {
		if key.userID == userID {
			marks[key.channelID] = messageID
		}
	}
	return marks, nil
}

// pinMarks tells up to when somebody has seen the pins of channels.
func (r *ReadStates) pinMarks(ctx context.Context, userID id.ID) (map[id.ID]time.Time, error) {
	marks, err := r.Store.PinMarks(ctx, userID)
	if err != nil {
		return nil, internal("reading marks about pins", err)
	}
	seen := make(map[id.ID]time.Time, len(marks))
	for _, mark := range marks {
		seen[mark.ChannelID] = mark.At
	}
	return seen, nil
}

// guildSettings gives what the caller set about guilds, if it is wanted.
func (r *ReadStates) guildSettings(ctx context.Context, caller Caller, wanted bool) (map[id.ID]store.GuildSettings, error) {
	if !wanted {
		return nil, nil
	}
	list, err := r.Store.GuildSettings(ctx, caller.UserID)
	if err != nil {
		return nil, internal("reading settings about guilds", err)
	}
	settings := make(map[id.ID]store.GuildSettings, len(list))
	for _, one := range list {
		settings[one.GuildID] = one
	}
	return settings, nil
}

// count tells how much mentions the caller in each of some channels.
func (r *ReadStates) count(ctx context.Context, caller Caller, news []unread) (map[id.ID]int, error) {
	var guilds, directs []store.ReadMark
	members := make(map[id.ID]*store.Member)
	for _, one := range news {
		if one.direct {
			directs = append(directs, one.ReadMark)
		} else {
			guilds = append(guilds, one.ReadMark)
			members[one.ChannelID] = one.member
		}
	}
	counts, err := r.Store.CountMentions(ctx, guilds, maxCounted)
	if err != nil {
		return nil, internal("counting mentions", err)
	}
	mass, err := r.Store.MassMentions(ctx, guilds, maxCounted)
	if err != nil {
		return nil, internal("counting mentions", err)
	}
	settings, err := r.guildSettings(ctx, caller, len(mass) > 0)
	if err != nil {
		return nil, err
	}
	for _, one := range mass {
		member := members[one.ChannelID]
		quiet := settings[member.GuildID]
		if one.AuthorID != caller.UserID && (one.Everyone && !quiet.SuppressEveryone || !quiet.SuppressRoles && slices.ContainsFunc(one.RoleIDs, func(roleID id.ID) bool { return slices.Contains(member.RoleIDs, roleID) })) {
			counts[one.ChannelID] = min(maxCounted, counts[one.ChannelID]+1)
		}
	}
	messages, err := r.Store.CountMessages(ctx, directs, maxCounted)
	if err != nil {
		return nil, internal("counting messages", err)
	}
	maps.Copy(counts, messages)
	return counts, nil
}
