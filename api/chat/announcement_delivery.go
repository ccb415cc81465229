package chat

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// announcementsPage is how many published messages, copies or followers are read at a time.
	announcementsPage = 100
	// deliveriesAtOnce is how many copies of one message are brought, or changed, at a time: their writes share what the disk takes.
	deliveriesAtOnce = 16
)

// wake has the outbox emptied soon.
func (n *Announcements) wake() {
	select {
	case n.work <- struct{}{}:
	default: // it will be
	}
}

// changed has what a published message says by now brought to its copies soon.
func (n *Announcements) changed(message *store.Message) {
	if message.Flags&store.MessageCrossposted != 0 {
		n.wake()
	}
}

// keepDelivering empties the outbox whenever there is something in it, until the context ends. It begins with what an earlier run left.
func (n *Announcements) keepDelivering(ctx context.Context) {
	n.wake()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.work:
		}
		if err := n.Deliver(ctx); err != nil && ctx.Err() == nil {
			n.Log.Error("what was published could not be brought everywhere yet", "error", err)
		}
	}
}

// Deliver brings what is published to the channels that follow, with what has changed of it, until the outbox is empty or something fails; that stays for the next time.
//
// What is delivered is what the published message says at the time. Each copy is made in one step with the note that it is there, so that whatever is cut short can be begun anew: nothing arrives twice.
func (n *Announcements) Deliver(ctx context.Context) error {
	n.delivering.Lock()
	defer n.delivering.Unlock()
	for {
		found, err := n.deliverPages(ctx)
		if err != nil || found == 0 {
			return err
		}
	}
}

// deliverPages goes through the outbox once and tells how many messages there were.
func (n *Announcements) deliverPages(ctx context.Context) (found int, err error) {
	var last store.MessagePlace
	for {
		page, err := n.Store.Announcements(ctx, last, announcementsPage)
		if err != nil {
			return found, internal("reading what is published", err)
		}
		if len(page) == 0 {
			return found, nil
		}
		last = page[len(page)-1].MessagePlace
		found += len(page)
		// Those that were published first arrive first.
		slices.SortStableFunc(page, func(one, other store.Announcement) int { return cmp.Compare(one.PublishedAt, other.PublishedAt) })
		var problems []error
		for _, announcement := range page {
			if err := n.deliver(ctx, announcement); err != nil {
				problems = append(problems, err)
			} else if err := n.Store.SettleAnnouncement(ctx, announcement); err != nil {
				problems = append(problems, internal("settling what is published", err))
			}
		}
		if len(problems) > 0 {
			return found, errors.Join(problems...)
		}
	}
}

// deliver does what is left to be done about one published message.
func (n *Announcements) deliver(ctx context.Context, announcement store.Announcement) error {
	var source *store.Message
	message, err := n.Store.Message(ctx, announcement.ChannelID, announcement.MessageID)
	switch {
	case err == nil:
		source = &message
	case !errors.Is(err, store.ErrNotFound):
		return internal("reading what is published", err)
	}
	there := make(map[id.ID]bool)
	if err := n.changeCopies(ctx, announcement.MessagePlace, source, there); err != nil || source == nil || announcement.PublishedAt == 0 {
		return err
	}
	for last := id.ID(0); ; {
		followers, err := n.Store.Followers(ctx, announcement.ChannelID, last, announcementsPage)
		if err != nil {
			return internal("reading who follows a channel", err)
		}
		if len(followers) == 0 {
			return nil
		}
		last = followers[len(followers)-1].ID
		followers = slices.DeleteFunc(followers, func(webhook store.Webhook) bool { return there[webhook.ID] || webhook.ID > announcement.PublishedAt })
		if err := eachOf(followers, func(webhook *store.Webhook) error { return n.bring(ctx, source, webhook) }); err != nil {
			return err
		}
	}
}

// changeCopies makes all copies of a published message say what it says; source is nil when it is gone. It notes in there whose copies there are.
func (n *Announcements) changeCopies(ctx context.Context, place store.MessagePlace, source *store.Message, there map[id.ID]bool) error {
	for last := id.ID(0); ; {
		copies, err := n.Store.AnnouncementCopies(ctx, place, last, announcementsPage)
		if err != nil {
			return internal("reading where a message was published", err)
		}
		if len(copies) == 0 {
			return nil
		}
		last = copies[len(copies)-1].WebhookID
		for i := range copies {
			there[copies[i].WebhookID] = true
		}
		if err := eachOf(copies, func(one *store.AnnouncementCopy) error { return n.changeCopy(ctx, one.MessagePlace, source) }); err != nil {
			return err
		}
	}
}

// eachOf does something with each of some things, several at a time.
func eachOf[T any](all []T, do func(*T) error) error {
	var group sync.WaitGroup
	errs, turns := make([]error, len(all)), make(chan struct{}, deliveriesAtOnce)
	for i := range all {
		turns <- struct{}{}
		group.Go(func() {
			errs[i] = do(&all[i])
			<-turns
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// bring posts a published message in a channel that follows. Where nothing can be posted any more it does not arrive.
func (n *Announcements) bring(ctx context.Context, source *store.Message, webhook *store.Webhook) error {
	view, err := n.views.Guild(ctx, webhook.GuildID)
	if KindOf(err) == UnknownGuild {
		return nil
	}
	if err != nil {
		return err
	}
	channel, found := view.Channel(webhook.ChannelID)
	if !found || channel.Type == store.ChannelCategory || channel.Type.IsForum() {
		return nil
	}
	persona := store.Persona{Name: webhook.Name, Avatar: webhook.Avatar.Name()}
	message := store.Message{
		ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: webhook.ID, WebhookID: webhook.ID, Persona: &persona, Flags: store.MessageIsCrosspost,
		Reference: &store.MessageReference{MessageID: source.ID, ChannelID: source.ChannelID, GuildID: source.GuildID},
	}
	n.copyInto(&message, source)
	err = n.messages.lanes.do(ctx, channel.ID, &laneJob{alone: true, posted: event.MessageCreated{Message: message, Author: personaUser(webhook.ID, &persona), ChannelType: channel.Type}})
	switch KindOf(err) {
	case AlreadyCrossposted, UnknownChannel: // it was here before, or the channel or the source is gone just now
		return nil
	}
	return err
}

// publishedFlags are those of a published message that its copies have too.
const publishedFlags = store.MessageSuppressEmbeds | store.MessageSilent | store.MessageIsVoice | store.MessageIsLayout

// copyInto makes a copy say what a published message says. It mentions nobody: those who follow are not those whom the author wrote for. Files that it has already stay its own.
func (n *Announcements) copyInto(message, source *store.Message) {
	message.Content, message.TTS, message.EditedAt = source.Content, source.TTS, source.EditedAt
	message.Embeds, message.Components = slices.Clone(source.Embeds), slices.Clone(source.Components)
	message.Flags |= source.Flags & publishedFlags
	had := slices.Clone(message.Attachments)
	message.Attachments = slices.Clone(source.Attachments)
	for i := range message.Attachments {
		one := &message.Attachments[i]
		same := slices.IndexFunc(had, func(other store.Attachment) bool { return other.Hash == one.Hash && other.Filename == one.Filename })
		if same < 0 {
			one.ID = n.IDs.Next()
			continue
		}
		one.ID = had[same].ID
		had = slices.Delete(had, same, same+1)
	}
}

// empty takes away what a copy says, because what was published is gone.
func empty(message *store.Message) {
	message.Content, message.Embeds, message.Components, message.Attachments = "", nil, nil, nil
	message.Flags = message.Flags&^(store.MessageIsVoice|store.MessageIsLayout) | store.MessageSourceDeleted
}

// changeCopy makes one copy say what the published message says, or that it is gone. A copy that is gone, or says so already, is left alone.
func (n *Announcements) changeCopy(ctx context.Context, place store.MessagePlace, source *store.Message) error {
	change := func(message *store.Message) error {
		if source == nil {
			empty(message)
		} else {
			n.copyInto(message, source)
		}
		return nil
	}
	current, err := n.Store.Message(ctx, place.ChannelID, place.MessageID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return internal("reading the copy of a message", err)
	}
	wanted := current
	if _ = change(&wanted); reflect.DeepEqual(wanted, current) {
		return nil
	}
	channel, err := n.channelOf(ctx, &current)
	if err != nil || channel == nil {
		return err
	}
	err = n.messages.lanes.do(ctx, place.ChannelID, &laneJob{operation: func(ctx context.Context) error {
		stored, err := n.Store.UpdateMessage(ctx, place.ChannelID, place.MessageID, change)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return internal("changing the copy of a message", err)
		}
		if len(current.Attachments) > len(stored.Attachments) {
			n.messages.files.wake()
		}
		_, err = n.messages.tellChanged(ctx, channel, stored)
		return err
	}})
	return err
}

// channelOf gives the channel of a copy; nil when it is gone.
func (n *Announcements) channelOf(ctx context.Context, message *store.Message) (*store.Channel, error) {
	view, err := n.views.Guild(ctx, message.GuildID)
	if KindOf(err) == UnknownGuild {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	channel, _ := view.Channel(message.ChannelID)
	return channel, nil
}
