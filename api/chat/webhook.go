package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// maxChannelWebhooks is how many webhooks a channel can have, as upstream.
	maxChannelWebhooks = 15
	// webhookTokenLength is how many characters a webhook's token has: libraries demand it (wire contract, bodies and tokens).
	webhookTokenLength = 68
	// maxWebhookName is in characters.
	maxWebhookName = 80
)

// webhookAlphabet are the 64 characters of webhooks' tokens.
const webhookAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// Webhooks is about addresses that messages can be posted to without an account.
type Webhooks struct {
	Deps
	views    *Views
	users    userDirectory
	messages *Messages
	threads  *Threads
	files    *Files
	sealer   sealer
}

// Webhook is a webhook as those see it who look after it.
type Webhook struct {
	store.Webhook
	// Token is empty for followers, and when it cannot be read any more because the hall's secret is another one.
	Token string
	// Creator is nil for the command line, when the account is gone, and for those who have nothing but the token.
	Creator *store.User
	// SourceGuild and SourceChannel are what a follower follows; nil for others, and when it is gone.
	SourceGuild   *store.Guild
	SourceChannel *store.Channel
}

// hook makes a Caller a webhook, for what is posted through it.
type hook struct {
	guildID, channelID, applicationID id.ID
	// payer is whose quota its files count for.
	payer   id.ID
	persona store.Persona
	// brought are the files that came with the request: it can name no others.
	brought []id.ID
	// answer is set for what an application answers an interaction with: its author is the application's bot, then, and it says of itself what it answers. answerType is the type of such messages, lacks what they may not do.
	answer     *store.MessageInteraction
	answerType store.MessageType
	lacks      perm.Set
}

// payer is the account whose quota the files of a caller count for.
func (c Caller) payer() id.ID {
	if c.hook != nil {
		return c.hook.payer
	}
	return c.UserID
}

// hookAccess is channelAccess for a webhook: it may do whatever can be done in its channel and the threads there, and nothing elsewhere.
func (v *Views) hookAccess(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, perm.Set, error) {
	if caller.hook.guildID == 0 {
		return v.directAccess(ctx, caller, channelID)
	}
	view, err := v.Guild(ctx, caller.hook.guildID)
	if err != nil {
		return access{}, nil, 0, err
	}
	a := access{caller: caller, view: view}
	channel, found := view.Channel(channelID)
	if !found {
		if channel, _, err = v.threadAccess(ctx, a, channelID); err != nil {
			return access{}, nil, 0, err
		}
	}
	if channel.ID != caller.hook.channelID && channel.ParentID != caller.hook.channelID {
		return access{}, nil, 0, fail(UnknownChannel)
	}
	return a, channel, perm.All &^ caller.hook.lacks, nil
}

// personaUser is a webhook as the author of what is posted through it.
func personaUser(webhookID id.ID, persona *store.Persona) store.User {
	return store.User{ID: webhookID, Username: persona.Name, Bot: true}
}

func webhookPlace(webhookID id.ID) string { return "webhook " + webhookID.String() }

func mintWebhookToken() string {
	random := make([]byte, webhookTokenLength)
	_, _ = rand.Read(random) // which never fails (crypto/rand)
	for i := range random {
		random[i] = webhookAlphabet[random[i]%64]
	}
	return string(random)
}

// channel finds a channel of a guild whose webhooks the caller looks after: it needs MANAGE_WEBHOOKS there.
func (w *Webhooks) channel(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, error) {
	a, channel, held, err := w.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return access{}, nil, err
	}
	if channel.GuildID == 0 {
		return access{}, nil, fail(NotInDirect)
	}
	if err := need(held, perm.ManageWebhooks); err != nil {
		return access{}, nil, err
	}
	if channel.Thread != nil || channel.Type == store.ChannelCategory {
		return access{}, nil, fail(WrongChannelType)
	}
	return a, channel, nil
}

// read finds a webhook.
func (w *Webhooks) read(ctx context.Context, webhookID id.ID) (store.Webhook, error) {
	webhook, err := w.Store.Webhook(ctx, webhookID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Webhook{}, fail(UnknownWebhook)
	}
	if err != nil {
		return store.Webhook{}, internal("reading a webhook", err)
	}
	return webhook, nil
}

// managed finds a webhook that the caller looks after. Where they may not view its channel there is none.
func (w *Webhooks) managed(ctx context.Context, caller Caller, webhookID id.ID) (store.Webhook, error) {
	webhook, err := w.read(ctx, webhookID)
	if err != nil {
		return store.Webhook{}, err
	}
	_, _, err = w.channel(ctx, caller, webhook.ChannelID)
	switch KindOf(err) {
	case UnknownChannel, MissingAccess:
		return store.Webhook{}, fail(UnknownWebhook)
	}
	return webhook, err
}

// show adds what those are shown who look after webhooks.
func (w *Webhooks) show(ctx context.Context, webhooks ...store.Webhook) ([]Webhook, error) {
	creators := make([]id.ID, len(webhooks))
	for i := range webhooks {
		creators[i] = webhooks[i].CreatorID
	}
	users, err := w.users.lookupAll(ctx, creators)
	if err != nil {
		return nil, internal("reading the makers of webhooks", err)
	}
	shown := make([]Webhook, len(webhooks))
	for i, webhook := range webhooks {
		shown[i] = w.bare(ctx, webhook)
		if user, known := users[webhook.CreatorID]; known {
			shown[i].Creator = &user
		}
	}
	return shown, nil
}

// bare is a webhook with its token and what it follows, without who made it.
func (w *Webhooks) bare(ctx context.Context, webhook store.Webhook) Webhook {
	shown := Webhook{Webhook: webhook}
	if webhook.SealedToken != nil {
		token, err := w.sealer.open(webhookPlace(webhook.ID), webhook.SealedToken)
		if err != nil {
			w.Log.WarnContext(ctx, "the token of a webhook cannot be shown: the hall's secret is not the one that it was made with", "webhook", webhook.ID)
		}
		shown.Token = string(token)
	}
	shown.Webhook.TokenHash, shown.Webhook.SealedToken = nil, nil
	if webhook.SourceChannelID != 0 {
		if view, err := w.views.Guild(ctx, webhook.SourceGuildID); err == nil {
			shown.SourceGuild = &view.Guild
			if channel, found := view.Channel(webhook.SourceChannelID); found {
				shown.SourceChannel = channel
			}
		}
	}
	return shown
}

func (w *Webhooks) showOne(ctx context.Context, webhook store.Webhook) (Webhook, error) {
	shown, err := w.show(ctx, webhook)
	if err != nil {
		return Webhook{}, err
	}
	return shown[0], nil
}

// ListChannel gives the webhooks of a channel, in ascending order of id; it needs MANAGE_WEBHOOKS there.
func (w *Webhooks) ListChannel(ctx context.Context, caller Caller, channelID id.ID) ([]Webhook, error) {
	_, channel, err := w.channel(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	return w.list(ctx, channel.GuildID, func(webhook *store.Webhook) bool { return webhook.ChannelID == channelID })
}

// ListGuild gives the webhooks of a guild, in ascending order of id, those in channels where the caller holds MANAGE_WEBHOOKS; it needs MANAGE_WEBHOOKS in the guild.
func (w *Webhooks) ListGuild(ctx context.Context, caller Caller, guildID id.ID) ([]Webhook, error) {
	a, err := w.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if err := a.need(perm.ManageWebhooks); err != nil {
		return nil, err
	}
	return w.list(ctx, guildID, func(webhook *store.Webhook) bool {
		channel, found := a.view.Channel(webhook.ChannelID)
		return found && a.inChannel(channel).Has(perm.ViewChannel|perm.ManageWebhooks)
	})
}

func (w *Webhooks) list(ctx context.Context, guildID id.ID, wanted func(*store.Webhook) bool) ([]Webhook, error) {
	all, err := w.Store.GuildWebhooks(ctx, guildID)
	if err != nil {
		return nil, internal("listing webhooks", err)
	}
	var found []store.Webhook
	for i := range all {
		if wanted(&all[i]) {
			found = append(found, all[i])
		}
	}
	return w.show(ctx, found...)
}

// Get gives a webhook to who looks after it.
func (w *Webhooks) Get(ctx context.Context, caller Caller, webhookID id.ID) (Webhook, error) {
	webhook, err := w.managed(ctx, caller, webhookID)
	if err != nil {
		return Webhook{}, err
	}
	return w.showOne(ctx, webhook)
}

// WebhookEdit is what a webhook is to be; nil leaves it as it is.
type WebhookEdit struct {
	// Name has 1 to 80 characters.
	Name   *string
	Avatar PictureChange
	// ChannelID is another channel of the guild; who has nothing but the token cannot move a webhook.
	ChannelID *id.ID
}

// Create makes a webhook of a channel; it needs MANAGE_WEBHOOKS there.
func (w *Webhooks) Create(ctx context.Context, caller Caller, channelID id.ID, draft WebhookEdit) (Webhook, error) {
	if caller.Guest {
		return Webhook{}, errGuest("Guests cannot make webhooks. Make yours an account of your own first.")
	}
	_, channel, err := w.channel(ctx, caller, channelID)
	if err != nil {
		return Webhook{}, err
	}
	if draft.Name == nil {
		return Webhook{}, invalid("name", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	webhook := store.Webhook{ID: w.IDs.Next(), Type: store.WebhookIncoming, GuildID: channel.GuildID, ChannelID: channelID, CreatorID: caller.UserID, Name: *draft.Name}
	if caller.Bot {
		webhook.ApplicationID = caller.UserID
	}
	token := mintWebhookToken()
	webhook.TokenHash, webhook.SealedToken = hashSecret(token), w.sealer.seal(webhookPlace(webhook.ID), []byte(token))
	if err := checkWebhookName(&webhook.Name); err != nil {
		return Webhook{}, err
	}
	err = w.withAvatar(ctx, draft.Avatar, func(taken *pictures) error {
		taken.set("avatar", &webhook.Avatar)
		return w.views.change(ctx, channel.GuildID, func(ctx context.Context) error {
			if _, _, err := w.channel(ctx, caller, channelID); err != nil {
				return err
			}
			stored, err := w.Store.CreateWebhook(ctx, webhook, maxChannelWebhooks)
			if err != nil {
				return webhookFailure("making a webhook", UnknownChannel, err)
			}
			webhook = stored
			return w.tell(ctx, caller, act{action: store.AuditWebhookCreate, target: webhook.ID, changes: differences(nil, auditWebhook(&webhook))}, &webhook)
		})
	})
	if err != nil {
		return Webhook{}, err
	}
	return w.showOne(ctx, webhook)
}

// withAvatar takes a picture in, has it written, and lets it go again when that fails.
func (w *Webhooks) withAvatar(ctx context.Context, change PictureChange, write func(*pictures) error) error {
	taken, err := w.files.takePictures(ctx, map[string]PictureChange{"avatar": change}, map[string]pictureBounds{"avatar": facePicture})
	if err != nil {
		return err
	}
	err = write(taken)
	taken.settle(ctx, err)
	return err
}

// Update changes a webhook that the caller looks after; moving it needs MANAGE_WEBHOOKS where it goes, too.
func (w *Webhooks) Update(ctx context.Context, caller Caller, webhookID id.ID, edit WebhookEdit) (Webhook, error) {
	updated, err := w.update(ctx, caller, webhookID, edit, func(ctx context.Context) error {
		if _, err := w.managed(ctx, caller, webhookID); err != nil || edit.ChannelID == nil {
			return err
		}
		_, _, err := w.channel(ctx, caller, *edit.ChannelID)
		return err
	})
	if err != nil {
		return Webhook{}, err
	}
	return w.showOne(ctx, updated)
}

// update changes a webhook as its guild's only change at the time, for somebody who may.
func (w *Webhooks) update(ctx context.Context, caller Caller, webhookID id.ID, edit WebhookEdit, may func(context.Context) error) (store.Webhook, error) {
	before, err := w.read(ctx, webhookID)
	if err != nil {
		return store.Webhook{}, err
	}
	if err := may(ctx); err != nil {
		return store.Webhook{}, err
	}
	if edit.Name != nil {
		if err := checkWebhookName(edit.Name); err != nil {
			return store.Webhook{}, err
		}
	}
	var after store.Webhook
	err = w.withAvatar(ctx, edit.Avatar, func(taken *pictures) error {
		return w.views.change(ctx, before.GuildID, func(ctx context.Context) error {
			if err := may(ctx); err != nil {
				return err
			}
			after, err = w.Store.UpdateWebhook(ctx, webhookID, maxChannelWebhooks, func(webhook *store.Webhook) error {
				before = *webhook
				set(&webhook.Name, edit.Name)
				set(&webhook.ChannelID, edit.ChannelID)
				taken.set("avatar", &webhook.Avatar)
				return nil
			})
			if err != nil {
				return webhookFailure("changing a webhook", UnknownWebhook, err)
			}
			changes := differences(auditWebhook(&before), auditWebhook(&after))
			if changes == nil {
				return nil
			}
			return w.tell(ctx, caller, act{action: store.AuditWebhookUpdate, target: webhookID, changes: changes}, &before, &after)
		})
	})
	return after, err
}

// Delete deletes a webhook that the caller looks after. What was posted through it stays.
func (w *Webhooks) Delete(ctx context.Context, caller Caller, webhookID id.ID) error {
	return w.delete(ctx, caller, webhookID, func(ctx context.Context) error {
		_, err := w.managed(ctx, caller, webhookID)
		return err
	})
}

func (w *Webhooks) delete(ctx context.Context, caller Caller, webhookID id.ID, may func(context.Context) error) error {
	if err := may(ctx); err != nil {
		return err
	}
	webhook, err := w.read(ctx, webhookID)
	if err != nil {
		return err
	}
	return w.views.change(ctx, webhook.GuildID, func(ctx context.Context) error {
		if err := may(ctx); err != nil {
			return err
		}
		deleted, err := w.Store.DeleteWebhook(ctx, webhookID)
		if err != nil {
			return webhookFailure("deleting a webhook", UnknownWebhook, err)
		}
		w.files.wake()
		return w.tell(ctx, caller, act{action: store.AuditWebhookDelete, target: webhookID, changes: differences(auditWebhook(&deleted), nil)}, &deleted)
	})
}

// tell keeps an act on a webhook in the audit log, and tells who looks after webhooks in which channels there was one.
func (w *Webhooks) tell(ctx context.Context, caller Caller, done act, webhooks ...*store.Webhook) error {
	var events []event.Event
	for i, webhook := range webhooks {
		if i == 0 || webhook.ChannelID != webhooks[0].ChannelID {
			events = append(events, event.WebhooksUpdated{GuildID: webhook.GuildID, ChannelID: webhook.ChannelID})
		}
	}
	return w.did(ctx, caller, webhooks[0].GuildID, []act{done}, events...)
}

func checkWebhookName(name *string) error {
	var wrong fieldErrors
	*name = wrong.name("name", *name, 1, maxWebhookName)
	return wrong.err()
}

func auditWebhook(webhook *store.Webhook) []auditField {
	fields := []auditField{{"name", webhook.Name}, {"type", int(webhook.Type)}, {"channel_id", webhook.ChannelID}, {"avatar_hash", nameOrNil(webhook.Avatar)}}
	if webhook.SourceChannelID != 0 {
		fields = append(fields, auditField{"source_channel_id", webhook.SourceChannelID})
	}
	return fields
}

// nameOrNil is a picture's name for the audit log, nil for none.
func nameOrNil(picture *store.Picture) any {
	if picture == nil {
		return nil
	}
	return picture.Name()
}

func webhookFailure(doing string, unknown Kind, err error) error {
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxWebhooks)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(unknown)
	}
	return internal(doing, fmt.Errorf("%w", err))
}

// cleanPersonaName makes what a message wants to be posted as one line, without what cannot be seen; empty when nothing is left.
func cleanPersonaName(name string) string { return strings.Join(strings.Fields(name), " ") }
