package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of groups of people (wire contract).
const (
	// maxRecipients is how many people a group may have, its owner among them.
	maxRecipients = 10
	maxGroupName  = 100
)

// Directs is about conversations between people, which are in no guild: of two, and of groups.
type Directs struct {
	Deps
	views    *Views
	users    userDirectory
	messages *Messages
	files    *Files // set when there is one
}

func newDirects(deps Deps, views *Views, users userDirectory, messages *Messages) *Directs {
	d := &Directs{Deps: deps, views: views, users: users, messages: messages}
	messages.directs = d
	return d
}

// Open gives the caller's conversation with somebody, and shows it in the caller's list. It can be opened with everybody who has an account; what is said in it is another
// matter (see Messages.Create).
func (d *Directs) Open(ctx context.Context, caller Caller, recipientID id.ID) (Channel, error) {
	if recipientID == caller.UserID {
		return Channel{}, invalid("recipient_id", "CHANNEL_RECIPIENT_REQUIRED", "There is no conversation with oneself.")
	}
	recipient, err := d.users.lookup(ctx, recipientID)
	if errors.Is(err, store.ErrNotFound) {
		return Channel{}, fail(UnknownUser)
	}
	if err != nil {
		return Channel{}, internal("reading an account", err)
	}
	if caller.Bot && recipient.Bot {
		return Channel{}, fail(CannotMessage)
	}
	draft := store.Channel{ID: d.IDs.Next(), Type: store.ChannelDM, Recipients: []id.ID{caller.UserID, recipientID}}
	channel, opened, err := d.Store.OpenDirectChannel(ctx, draft, caller.UserID)
	if errors.Is(err, store.ErrNotFound) { // the account has gone meanwhile
		return Channel{}, fail(UnknownUser)
	}
	if err != nil {
		return Channel{}, d.failure("opening a conversation", err)
	}
	if opened {
		if err := d.change(ctx, channel.ID, func(ctx context.Context) error { return d.appeared(ctx, channel.ID, caller.UserID) }); err != nil {
			return Channel{}, err
		}
	}
	return d.get(ctx, caller, channel.ID)
}

// appeared tells somebody of a conversation that was put into their list, unless they have closed it again meanwhile. It runs in the channel's lane.
func (d *Directs) appeared(ctx context.Context, channelID, userID id.ID) error {
	d.views.dropDirect(channelID)
	view, err := d.views.direct(ctx, channelID)
	if err != nil {
		return err
	}
	if channel := view.Channels[0]; !slices.Contains(channel.HiddenFrom, userID) {
		d.show(ctx, channel, false, userID)
	}
	return nil
}

// CreateGroup makes a group of the caller and others, who must all be within the caller's reach. Only people can be in groups.
func (d *Directs) CreateGroup(ctx context.Context, caller Caller, recipientIDs []id.ID) (Channel, error) {
	if caller.Bot {
		return Channel{}, fail(BotsBarred)
	}
	recipients := append(slices.Clone(recipientIDs), caller.UserID)
	slices.Sort(recipients)
	recipients = slices.Compact(recipients)
	if len(recipients) > maxRecipients {
		return Channel{}, fail(MaxRecipients)
	}
	for _, userID := range recipients {
		if userID == caller.UserID {
			continue
		}
		if err := d.mayInvite(ctx, caller, userID); err != nil {
			return Channel{}, err
		}
	}
	channel := store.Channel{ID: d.IDs.Next(), Type: store.ChannelGroupDM, OwnerID: caller.UserID, Recipients: recipients}
	if err := d.Store.CreateGroupChannel(ctx, channel); err != nil {
		return Channel{}, d.failure("making a group", err)
	}
	d.show(ctx, channel, false, recipients...)
	return d.get(ctx, caller, channel.ID)
}

// mayInvite asks whether the caller may bring somebody into a group.
func (d *Directs) mayInvite(ctx context.Context, caller Caller, userID id.ID) error {
	user, err := d.users.lookup(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownUser)
	}
	if err != nil {
		return internal("reading an account", err)
	}
	if user.Bot {
		return &Error{Kind: CannotMessage, Message: "Bots cannot be in groups."}
	}
	return d.views.mayReach(ctx, caller.UserID, userID)
}

// mayReach asks whether one account may write to another of its own accord: friends, and those who are in a guild together whose members the other has not shut out, unless one has blocked the other.
func (v *Views) mayReach(ctx context.Context, from, to id.ID) error {
	switch blocked, friends, err := blocked(ctx, v.store, from, to); {
	case err != nil:
		return err
	case blocked:
		return fail(CannotMessage)
	case friends:
		return nil
	}
	own, err := v.UserGuilds(ctx, from)
	if err != nil {
		return err
	}
	theirs, err := v.UserGuilds(ctx, to)
	if err != nil {
		return err
	}
	settings, err := readSettings(ctx, Deps{Store: v.store, Now: v.now}, to)
	if err != nil {
		return err
	}
	for _, guildID := range own {
		if !slices.Contains(theirs, guildID) || slices.Contains(settings.RestrictedGuilds, guildID) {
			continue
		}
		common, err := v.inCommon(ctx, guildID, from)
		if common || err != nil {
			return err
		}
	}
	return fail(CannotMessage)
}

// inCommon tells whether being in a guild lets a member write to others there of their own accord: not while its brake is on, nor while they are quarantined there.
func (v *Views) inCommon(ctx context.Context, guildID, from id.ID) (bool, error) {
	view, err := v.Guild(ctx, guildID)
	if err == nil && v.now().Before(view.Guild.DMsPausedUntil) {
		return false, nil
	}
	var member *store.Member
	if err == nil {
		member, err = v.Member(ctx, guildID, from)
	}
	if kind := KindOf(err); kind == UnknownGuild || kind == UnknownMember {
		return false, nil // gone just now
	}
	if err != nil {
		return false, err
	}
	return !perm.Quarantined(member) || perm.Base(&view.Guild, view.Roles, member).Has(perm.Administrator), nil
}

// List gives the caller's conversations, those with the newest messages first.
func (d *Directs) List(ctx context.Context, caller Caller) ([]Channel, error) {
	channels, err := d.Store.UserDirectChannels(ctx, caller.UserID)
	if err != nil {
		return nil, internal("listing conversations", err)
	}
	channelIDs := make([]id.ID, len(channels))
	var people []id.ID
	for i := range channels {
		channelIDs[i] = channels[i].ID
		people = append(people, channels[i].Recipients...)
	}
	newest, err := d.Store.LastMessageIDs(ctx, channelIDs)
	if err != nil {
		return nil, internal("reading conversations' newest messages", err)
	}
	slices.Sort(people)
	users, err := d.users.lookupAll(ctx, slices.Compact(people))
	if err != nil {
		return nil, internal("reading the people in conversations", err)
	}
	list := make([]Channel, len(channels))
	for i, channel := range channels {
		list[i] = Channel{Channel: channel, LastMessageID: newest[channel.ID], People: others(channel.Recipients, caller.UserID, users)}
	}
	slices.SortFunc(list, func(a, b Channel) int {
		return cmp.Compare(max(b.LastMessageID, b.ID), max(a.LastMessageID, a.ID))
	})
	return list, nil
}

// others are the people in a conversation but one.
func others(recipients []id.ID, but id.ID, users map[id.ID]store.User) []store.User {
	people := make([]store.User, 0, len(recipients))
	for _, userID := range recipients {
		if userID != but {
			people = append(people, authorAmong(users, userID))
		}
	}
	return people
}

// get gives a conversation to somebody who is in it.
func (d *Directs) get(ctx context.Context, caller Caller, channelID id.ID) (Channel, error) {
	a, channel, _, err := d.views.directAccess(ctx, caller, channelID)
	if err != nil {
		return Channel{}, err
	}
	return d.complete(ctx, caller, *channel, a.view.LastMessageID(channelID))
}

func (d *Directs) complete(ctx context.Context, caller Caller, channel store.Channel, newest id.ID) (Channel, error) {
	users, err := d.users.lookupAll(ctx, channel.Recipients)
	if err != nil {
		return Channel{}, internal("reading the people in a conversation", err)
	}
	return Channel{Channel: channel, LastMessageID: newest, People: others(channel.Recipients, caller.UserID, users)}, nil
}

// show tells people of a conversation that is in their list from now on, or that changed.
func (d *Directs) show(ctx context.Context, channel store.Channel, known bool, to ...id.ID) {
	users, err := d.users.lookupAll(ctx, channel.Recipients)
	if err != nil {
		d.Log.ErrorContext(ctx, "a conversation was not shown", "channel", channel.ID, "error", err)
		return
	}
	newest := id.ID(0)
	if view, err := d.views.direct(ctx, channel.ID); err == nil {
		newest = view.LastMessageID(channel.ID)
	}
	for _, userID := range to {
		d.publish(ctx, event.DirectOpened{UserID: userID, Channel: channel, LastMessageID: newest, People: others(channel.Recipients, userID, users), Known: known})
	}
}

// change has a conversation changed in its own order, so that who is told of a message is who was in it when it was posted.
func (d *Directs) change(ctx context.Context, channelID id.ID, change func(context.Context) error) error {
	return d.messages.lanes.do(ctx, channelID, &laneJob{operation: change})
}

// update stores a change of a conversation.
func (d *Directs) update(ctx context.Context, channelID id.ID, change func(*store.Channel) error) (store.Channel, error) {
	channel, err := d.Store.UpdateDirectChannel(ctx, channelID, change)
	d.views.dropDirect(channelID)
	if err != nil {
		return store.Channel{}, d.failure("changing a conversation", err)
	}
	return channel, nil
}

func (d *Directs) failure(doing string, err error) error {
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel)
	}
	return internal(doing, err)
}

// GroupEdit changes what is not nil; an empty name and an empty icon take them away.
type GroupEdit struct {
	Name *string
	Icon PictureChange
}

// UpdateGroup gives a group another name or icon; everybody in it may.
func (d *Directs) UpdateGroup(ctx context.Context, caller Caller, channelID id.ID, edit GroupEdit) (group Channel, err error) {
	var wrong fieldErrors
	if edit.Name != nil {
		name := wrong.text("name", *edit.Name, maxGroupName)
		edit.Name = &name
	}
	if err := wrong.err(); err != nil {
		return Channel{}, err
	}
	if _, err := d.group(ctx, caller, channelID); err != nil {
		return Channel{}, err
	}
	taken, err := d.files.takePictures(ctx, map[string]PictureChange{"icon": edit.Icon}, map[string]pictureBounds{"icon": facePicture})
	if err != nil {
		return Channel{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	err = d.change(ctx, channelID, func(ctx context.Context) error {
		var before store.Channel
		channel, err := d.update(ctx, channelID, func(channel *store.Channel) error {
			if !slices.Contains(channel.Recipients, caller.UserID) {
				return fail(UnknownChannel)
			}
			before = *channel
			set(&channel.Name, edit.Name)
			taken.set("icon", &channel.Icon)
			return nil
		})
		renamed, repainted := channel.Name != before.Name, channel.Icon.Name() != before.Icon.Name()
		if err != nil || !renamed && !repainted {
			return err
		}
		d.show(ctx, channel, true, channel.Recipients...)
		if renamed {
			err = d.note(ctx, channel, store.Message{Type: store.MessageChannelName, AuthorID: caller.UserID, Content: channel.Name})
		}
		if repainted && err == nil {
			err = d.note(ctx, channel, store.Message{Type: store.MessageChannelIcon, AuthorID: caller.UserID})
		}
		return err
	})
	if err != nil {
		return Channel{}, err
	}
	return d.get(ctx, caller, channelID)
}

// group finds a group that the caller is in.
func (d *Directs) group(ctx context.Context, caller Caller, channelID id.ID) (*store.Channel, error) {
	guildID, err := d.views.ChannelGuild(ctx, channelID)
	if err != nil {
		return nil, err
	}
	if guildID != 0 {
		if _, _, _, err := d.views.channelAccess(ctx, caller, channelID); err != nil {
			return nil, err
		}
		return nil, fail(WrongChannelType)
	}
	_, channel, _, err := d.views.directAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	if channel.Type != store.ChannelGroupDM {
		return nil, fail(WrongChannelType)
	}
	return channel, nil
}

// note posts what the hall itself says in a group: who came, who went, its new name. It runs in the channel's lane.
func (d *Directs) note(ctx context.Context, channel store.Channel, message store.Message) error {
	return d.messages.note(ctx, access{}, &channel, message)
}

// AddRecipient brings somebody into a group that the caller is in; they must be within the caller's reach.
func (d *Directs) AddRecipient(ctx context.Context, caller Caller, channelID, userID id.ID) error {
	if _, err := d.group(ctx, caller, channelID); err != nil {
		return err
	}
	if err := d.mayInvite(ctx, caller, userID); err != nil {
		return err
	}
	user, err := d.users.lookup(ctx, userID)
	if err != nil {
		return internal("reading an account", err)
	}
	return d.change(ctx, channelID, func(ctx context.Context) error {
		added := false
		channel, err := d.update(ctx, channelID, func(channel *store.Channel) error {
			added = !slices.Contains(channel.Recipients, userID)
			switch {
			case !slices.Contains(channel.Recipients, caller.UserID):
				return fail(UnknownChannel)
			case added && len(channel.Recipients) >= maxRecipients:
				return fail(MaxRecipients)
			case added:
				channel.Recipients = append(channel.Recipients, userID)
			}
			return nil
		})
		if err != nil || !added {
			return err
		}
		for _, other := range channel.Recipients {
			if other != userID {
				d.publish(ctx, event.RecipientAdded{UserID: other, ChannelID: channelID, Recipient: user})
			}
		}
		d.show(ctx, channel, false, userID)
		return d.note(ctx, channel, store.Message{Type: store.MessageRecipientAdd, AuthorID: caller.UserID, Mentions: []id.ID{userID}})
	})
}

// RemoveRecipient takes somebody out of a group: its owner everybody, others themselves. When the owner leaves, the one who has been on the hall for longest becomes the owner.
func (d *Directs) RemoveRecipient(ctx context.Context, caller Caller, channelID, userID id.ID) error {
	group, err := d.group(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if userID != caller.UserID && group.OwnerID != caller.UserID {
		return &Error{Kind: MissingPermission, Message: "Only the owner of a group takes others out of it."}
	}
	users, err := d.users.lookupAll(ctx, []id.ID{userID})
	if err != nil {
		return internal("reading an account", err)
	}
	return d.change(ctx, channelID, func(ctx context.Context) error {
		var removed, newOwner bool
		channel, err := d.update(ctx, channelID, func(channel *store.Channel) error {
			if userID != caller.UserID && channel.OwnerID != caller.UserID {
				return fail(MissingPermission)
			}
			others := slices.DeleteFunc(slices.Clone(channel.Recipients), func(one id.ID) bool { return one == userID })
			removed = len(others) < len(channel.Recipients)
			newOwner = channel.OwnerID == userID && len(others) > 0
			channel.Recipients = others
			channel.HiddenFrom = slices.DeleteFunc(channel.HiddenFrom, func(one id.ID) bool { return one == userID })
			if newOwner {
				channel.OwnerID = slices.Min(others)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if !removed {
			return fail(UnknownUser)
		}
		d.publish(ctx, event.DirectClosed{UserID: userID, Channel: channel})
		if len(channel.Recipients) == 0 {
			d.views.channelsOf.drop(channelID)
			return nil
		}
		for _, other := range channel.Recipients {
			d.publish(ctx, event.RecipientRemoved{UserID: other, ChannelID: channelID, Recipient: authorAmong(users, userID)})
		}
		if newOwner {
			d.show(ctx, channel, true, channel.Recipients...)
		}
		return d.note(ctx, channel, store.Message{Type: store.MessageRecipientRemove, AuthorID: caller.UserID, Mentions: []id.ID{userID}})
	})
}

// Close takes a conversation out of the caller's list until somebody writes in it again; a group is left.
func (d *Directs) Close(ctx context.Context, caller Caller, channelID id.ID) (Channel, error) {
	closed, err := d.get(ctx, caller, channelID)
	if err != nil {
		return Channel{}, err
	}
	if closed.Type == store.ChannelGroupDM {
		return closed, d.RemoveRecipient(ctx, caller, channelID, caller.UserID)
	}
	return closed, d.change(ctx, channelID, func(ctx context.Context) error {
		hidden := false
		channel, err := d.update(ctx, channelID, func(channel *store.Channel) error {
			if hidden = !slices.Contains(channel.HiddenFrom, caller.UserID); hidden {
				channel.HiddenFrom = append(channel.HiddenFrom, caller.UserID)
			}
			return nil
		})
		if err == nil && hidden {
			d.publish(ctx, event.DirectClosed{UserID: caller.UserID, Channel: channel})
		}
		return err
	})
}

// reveal puts a conversation back into the lists that do not show it, because somebody writes in it. It runs in the channel's lane.
func (d *Directs) reveal(ctx context.Context, channelID id.ID) error {
	view, err := d.views.direct(ctx, channelID)
	if err != nil || len(view.Channels[0].HiddenFrom) == 0 {
		return err
	}
	var hidden []id.ID
	channel, err := d.update(ctx, channelID, func(channel *store.Channel) error {
		hidden, channel.HiddenFrom = channel.HiddenFrom, nil
		return nil
	})
	if err == nil {
		d.show(ctx, channel, false, hidden...)
	}
	return err
}

// admit picks those postings whose authors are still in the conversation, and reveals it to all who do not see it. It runs in the channel's lane.
func (d *Directs) admit(ctx context.Context, channelID id.ID, jobs []*laneJob) []*laneJob {
	view, err := d.views.direct(ctx, channelID)
	if err == nil {
		err = d.reveal(ctx, channelID)
	}
	var admitted []*laneJob
	for _, job := range jobs {
		message := &job.posted.Message
		switch {
		case err != nil:
			job.err = err
		case (message.Type == store.MessageDefault || message.Type == store.MessageReply) && !slices.Contains(view.Channels[0].Recipients, message.AuthorID):
			job.err = fail(UnknownChannel)
		default:
			admitted = append(admitted, job)
		}
	}
	return admitted
}

// mayWriteTo asks whether the caller may write in a channel as far as the other person in it goes.
func (m *Messages) mayWriteTo(ctx context.Context, caller Caller, channel *store.Channel) error {
	if channel.Type != store.ChannelDM {
		return nil
	}
	for _, userID := range channel.Recipients {
		if userID == caller.UserID {
			continue
		}
		switch user, err := m.users.lookup(ctx, userID); {
		case errors.Is(err, store.ErrNotFound) || err == nil && user.Disabled:
			return fail(CannotMessage)
		case err != nil:
			return internal("reading an account", err)
		}
		return m.views.mayReach(ctx, caller.UserID, userID)
	}
	return fail(CannotMessage)
}
