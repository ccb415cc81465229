package chat

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"sync"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// crosspostLimit is how often messages of one channel can be published, as upstream.
var crosspostLimit = ephemeral.Limit{Burst: 10, Per: time.Hour}

// Announcements is about what is published in announcement channels, and the channels that follow them.
type Announcements struct {
	Deps
	views    *Views
	users    userDirectory
	messages *Messages
	webhooks *Webhooks
	// following is held by who begins to follow a channel: of several at once none exceeds the number of followers, or follows twice.
	following sync.Mutex
	// delivering is held by who empties the outbox.
	delivering sync.Mutex
	// work has room for one: there is something in the outbox.
	work chan struct{}
}

func newAnnouncements(deps Deps, views *Views, users userDirectory, messages *Messages, webhooks *Webhooks) *Announcements {
	return &Announcements{Deps: deps, views: views, users: users, messages: messages, webhooks: webhooks, work: make(chan struct{}, 1)}
}

// Follow makes a channel follow an announcement channel that the caller may view, through a webhook of its own; it needs MANAGE_WEBHOOKS where it is to arrive. A channel that follows already goes on with the webhook that it has.
func (n *Announcements) Follow(ctx context.Context, caller Caller, sourceID, targetID id.ID) (store.Webhook, error) {
	if caller.Guest {
		return store.Webhook{}, errGuest("Guests cannot have channels follow others. Make yours an account of your own first.")
	}
	from, source, _, err := n.views.channelAccess(ctx, caller, sourceID)
	if err != nil {
		return store.Webhook{}, err
	}
	if source.GuildID == 0 {
		return store.Webhook{}, fail(NotInDirect)
	}
	if source.Type != store.ChannelAnnouncement {
		return store.Webhook{}, fail(WrongChannelType)
	}
	if targetID == 0 {
		return store.Webhook{}, invalid("webhook_channel_id", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	if targetID == sourceID {
		return store.Webhook{}, invalid("webhook_channel_id", "BASE_TYPE_BAD_VALUE", "A channel does not follow itself.")
	}
	a, target, err := n.target(ctx, caller, targetID)
	if err != nil {
		return store.Webhook{}, err
	}
	n.following.Lock()
	defer n.following.Unlock()
	if there, err := n.mayFollow(ctx, sourceID, targetID); err != nil || there.ID != 0 {
		return there, err
	}
	name := []rune(from.view.Guild.Name + " #" + source.Name)
	webhook := store.Webhook{ID: n.IDs.Next(), Type: store.WebhookFollower, GuildID: target.GuildID, ChannelID: targetID, CreatorID: caller.UserID, Name: string(name[:min(len(name), maxWebhookName)]),
		SourceGuildID: source.GuildID, SourceChannelID: sourceID}
	if caller.Bot {
		webhook.ApplicationID = caller.UserID
	}
	err = n.webhooks.withAvatar(ctx, n.crest(ctx, from.view.Guild.Icon), func(taken *pictures) error {
		taken.set("avatar", &webhook.Avatar)
		return n.views.change(ctx, target.GuildID, func(ctx context.Context) error {
			if _, _, err := n.target(ctx, caller, targetID); err != nil {
				return err
			}
			stored, err := n.Store.CreateWebhook(ctx, webhook, maxChannelWebhooks)
			if err != nil {
				return webhookFailure("following a channel", UnknownChannel, err)
			}
			webhook = stored
			return n.webhooks.tell(ctx, caller, act{action: store.AuditWebhookCreate, target: webhook.ID, changes: differences(nil, auditWebhook(&webhook))}, &webhook)
		})
	})
	if err != nil {
		return store.Webhook{}, err
	}
	n.tellFollowed(ctx, a, target, caller.UserID, &webhook)
	return webhook, nil
}

// target finds a channel in which the caller looks after webhooks and announcements can arrive.
func (n *Announcements) target(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, error) {
	a, channel, err := n.webhooks.channel(ctx, caller, channelID)
	if err == nil && channel.Type != store.ChannelText && channel.Type != store.ChannelAnnouncement {
		err = fail(WrongChannelType)
	}
	return a, channel, err
}

// mayFollow gives the webhook with which a channel follows another already, if there is one, and otherwise asks whether there is room for one more.
func (n *Announcements) mayFollow(ctx context.Context, sourceID, targetID id.ID) (store.Webhook, error) {
	followers, err := n.Store.Followers(ctx, sourceID, 0, store.MaxFollowers)
	if err != nil {
		return store.Webhook{}, internal("reading the followers of a channel", err)
	}
	for i := range followers {
		if followers[i].ChannelID == targetID {
			return followers[i], nil
		}
	}
	if len(followers) >= store.MaxFollowers {
		return store.Webhook{}, fail(MaxFollowers)
	}
	return store.Webhook{}, nil
}

// crest is the icon of a guild as a change of picture; nil for none. That it cannot be read keeps nobody from following.
func (n *Announcements) crest(ctx context.Context, icon *store.Picture) PictureChange {
	if icon == nil || icon.Size > MaxPicture {
		return nil
	}
	blob, err := n.Blobs.Open(ctx, icon.Blob)
	if err != nil {
		n.Log.WarnContext(ctx, "the icon of a followed server could not be read", "error", err)
		return nil
	}
	content, err := io.ReadAll(blob)
	if err = errors.Join(err, blob.Close()); err != nil {
		n.Log.WarnContext(ctx, "the icon of a followed server could not be read", "error", err)
		return nil
	}
	return new("data:" + icon.ContentType + ";base64," + base64.StdEncoding.EncodeToString(content))
}

// tellFollowed says in a channel what it follows from now on. That it does so does not depend on it.
func (n *Announcements) tellFollowed(ctx context.Context, a access, target *store.Channel, userID id.ID, webhook *store.Webhook) {
	err := n.messages.lanes.do(context.WithoutCancel(ctx), target.ID, &laneJob{operation: func(ctx context.Context) error {
		return n.messages.note(ctx, a, target, store.Message{Type: store.MessageFollowed, AuthorID: userID, Content: webhook.Name,
			Reference: &store.MessageReference{ChannelID: webhook.SourceChannelID, GuildID: webhook.SourceGuildID}})
	}})
	if err != nil && KindOf(err) != UnknownChannel {
		n.Log.ErrorContext(ctx, "that a channel follows another was not told", "channel", target.ID, "error", err)
	}
}

// Publish publishes a message of an announcement channel to the channels that follow it; it needs SEND_MESSAGES, and for what others wrote MANAGE_MESSAGES. When it returns, it is sure that the message arrives wherever it can.
func (n *Announcements) Publish(ctx context.Context, caller Caller, channelID, messageID id.ID) (event.MessageCreated, error) {
	a, channel, held, err := n.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if channel.Type != store.ChannelAnnouncement {
		return event.MessageCreated{}, fail(WrongChannelType)
	}
	if err := need(held, perm.SendMessages); err != nil {
		return event.MessageCreated{}, err
	}
	message, err := n.messages.read(ctx, channelID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if message.AuthorID != caller.UserID {
		if err := need(held, perm.ManageMessages); err != nil {
			return event.MessageCreated{}, err
		}
	}
	if err := publishable(&message); err != nil {
		return event.MessageCreated{}, err
	}
	if err := a.awake(held); err != nil {
		return event.MessageCreated{}, err
	}
	allowance, err := n.Ephemeral.Allow(ctx, "crosspost:"+channelID.String(), crosspostLimit)
	if err != nil {
		return event.MessageCreated{}, internal("limiting what is published", err)
	}
	if !allowance.OK {
		return event.MessageCreated{}, &Error{Kind: RateLimited, Message: "In a channel ten messages can be published an hour.", RetryAfter: allowance.ResetAfter}
	}
	var published event.MessageCreated
	err = n.messages.lanes.do(ctx, channelID, &laneJob{operation: func(ctx context.Context) error {
		stored, err := n.Store.PublishMessage(ctx, channelID, messageID, n.IDs.Next())
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fail(UnknownMessage)
		case errors.Is(err, store.ErrSpent):
			return fail(AlreadyCrossposted)
		case err != nil:
			return internal("publishing a message", err)
		}
		n.wake()
		published, err = n.messages.tellChanged(ctx, channel, stored)
		return err
	}})
	return published, err
}

// publishable asks whether a message is one that can be published.
func publishable(message *store.Message) error {
	switch {
	case message.Flags&(store.MessageCrossposted|store.MessageIsCrosspost) != 0:
		return fail(AlreadyCrossposted)
	case message.Type != store.MessageDefault && message.Type != store.MessageReply:
		return fail(SystemMessage)
	case message.Poll != nil:
		return &Error{Kind: PollFixed, Message: "A poll cannot be published."}
	case message.Forwards():
		return &Error{Kind: SystemMessage, Message: "A forwarded message cannot be published."}
	}
	return nil
}

// tellChanged tells everybody of a message that was changed, and gives it as it was told. It runs in the channel's lane.
func (m *Messages) tellChanged(ctx context.Context, channel *store.Channel, message store.Message) (event.MessageCreated, error) {
	updated, err := m.completeOne(ctx, channel, message)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if message.WebhookID == 0 {
		if updated.Member, err = m.authorMember(ctx, channel.GuildID, message.AuthorID); err != nil {
			return event.MessageCreated{}, err
		}
	}
	m.tell(ctx, event.MessageUpdated(updated))
	return updated, nil
}
