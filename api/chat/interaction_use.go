package chat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"guildhall/api/chat/component"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxSessionName bounds the gateway session that a client says it uses, in bytes.
const maxSessionName = 64

// InteractionUse is what somebody does with an application.
type InteractionUse struct {
	// Kind is event.InteractionCommand, InteractionComponent, InteractionAutocomplete or InteractionModal.
	Kind          int
	ApplicationID id.ID
	// GuildID may be zero; otherwise it must be the channel's.
	GuildID, ChannelID id.ID
	// Nonce is the client's own mark, at most 25 characters; SessionID its gateway session. Both come back with what is told of the interaction.
	Nonce, SessionID string
	// CustomID names a component of the message, or the form.
	MessageID     id.ID
	ComponentType int
	CustomID      string
	// Values are what was chosen in a menu.
	Values []string
	// ModalID is the interaction that the form is the answer to; Components are its fields as they were filled in, in the wire's JSON.
	ModalID    id.ID
	Components []byte
	// Attachments are the files that options of a command or fields of a form name; Uploads has their ids by the numbers that fields name them by.
	Attachments []AttachmentDraft
	Uploads     map[string]id.ID
	// Command is set for InteractionCommand and InteractionAutocomplete.
	Command *CommandUse
}

// using is an interaction on its way to an application.
type using struct {
	a       access
	channel *store.Channel
	held    perm.Set
	pending pendingInteraction
	created event.InteractionCreated
}

// Use does something with an application. It is brought to it at once; what becomes of it the person is told by the gateway.
func (i *Interactions) Use(ctx context.Context, caller Caller, use InteractionUse) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	u, err := i.begin(ctx, caller, &use)
	if err != nil {
		return err
	}
	switch use.Kind {
	case event.InteractionComponent:
		err = i.useComponent(ctx, u, &use)
	case event.InteractionModal:
		err = i.submitModal(ctx, u, &use)
	case event.InteractionCommand, event.InteractionAutocomplete:
		err = i.useCommand(ctx, u, &use)
	default:
		err = invalid("type", "BASE_TYPE_CHOICES", "Must be 2, 3, 4 or 5.")
	}
	if err != nil {
		return err
	}
	return i.open(ctx, u.pending, u.created)
}

// begin checks what all interactions have in common: the caller takes part in a channel.
func (i *Interactions) begin(ctx context.Context, caller Caller, use *InteractionUse) (*using, error) {
	var wrong fieldErrors
	if utf8.RuneCountInString(use.Nonce) > maxNonce || !utf8.ValidString(use.Nonce) {
		wrong.length("nonce", 0, maxNonce)
	}
	if len(use.SessionID) > maxSessionName || !utf8.ValidString(use.SessionID) {
		wrong.length("session_id", 0, maxSessionName)
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	a, channel, held, err := i.views.channelAccess(ctx, caller, use.ChannelID)
	if err != nil {
		return nil, err
	}
	if a.member == nil {
		return nil, fail(MissingPermission) // the command line
	}
	if use.GuildID != 0 && use.GuildID != channel.GuildID {
		return nil, invalid("guild_id", "BASE_TYPE_BAD_VALUE", "The channel is not in this server.")
	}
	if channel.GuildID != 0 {
		if err := a.awake(held); err != nil {
			return nil, err
		}
	}
	user, err := i.users.lookup(ctx, caller.UserID)
	if err != nil {
		return nil, internal("reading an account", err)
	}
	u := &using{a: a, channel: channel, held: held}
	u.pending = pendingInteraction{
		Interaction: store.Interaction{ID: i.IDs.Next(), GuildID: channel.GuildID, ChannelID: channel.ID, UserID: caller.UserID},
		Kind:        use.Kind, Nonce: use.Nonce, SessionID: use.SessionID,
	}
	u.pending.Origin.InteractionOrigin = store.InteractionOrigin{ID: u.pending.ID, Type: use.Kind, UserID: caller.UserID}
	u.created = event.InteractionCreated{GuildID: channel.GuildID, Channel: *channel, User: withoutEmail(user), Permissions: uint64(held.Standing()), FileLimit: i.files.limits.FileBytes}
	if channel.GuildID != 0 {
		u.created.Member, u.created.GuildLocale, u.created.GuildFeatures = a.member, a.view.Guild.PreferredLocale, []string{}
	}
	return u, nil
}

// address makes sure that an application can be reached from a channel: it was let into the guild, or the conversation is with its bot.
func (i *Interactions) address(ctx context.Context, u *using, applicationID id.ID) error {
	u.pending.ApplicationID = applicationID
	if u.channel.GuildID == 0 {
		if u.channel.Type != store.ChannelDM || !slices.Contains(u.channel.Recipients, applicationID) {
			return fail(UnknownApplication)
		}
		u.created.BotPermissions = uint64(inDirect(u.channel))
		return nil
	}
	installed, err := i.bots.Authorized(ctx, u.channel.GuildID, applicationID)
	if err != nil {
		return err
	}
	if !installed {
		return fail(UnknownApplication)
	}
	held, err := i.botPermissions(ctx, u.channel.GuildID, u.channel.ID, applicationID)
	u.created.Installed, u.created.BotPermissions = true, uint64(held)
	return err
}

// shown finds a message that the caller sees in a channel, among those that are for them alone, too.
func (i *Interactions) shown(ctx context.Context, u *using, messageID id.ID) (posted event.MessageCreated, hidden bool, err error) {
	message, err := i.messages.read(ctx, u.channel.ID, messageID)
	if KindOf(err) == UnknownMessage {
		var own store.EphemeralMessage
		own, err = i.Store.EphemeralMessage(ctx, messageID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (own.UserID != u.pending.UserID || own.ChannelID != u.channel.ID) {
			return posted, false, fail(UnknownMessage)
		}
		if err != nil {
			return posted, false, internal("reading an answer", err)
		}
		message, hidden = own.Message, true
	}
	if err != nil {
		return posted, false, err
	}
	posted, err = i.messages.completeOne(ctx, u.channel, message)
	return posted, hidden, err
}

// useComponent uses a component of a message.
func (i *Interactions) useComponent(ctx context.Context, u *using, use *InteractionUse) error {
	posted, hidden, err := i.shown(ctx, u, use.MessageID)
	if err != nil {
		return err
	}
	message := &posted.Message
	control, found := component.Find(message.Components, use.CustomID)
	applicationID := usedBy(message)
	switch {
	case !found || control.Type != use.ComponentType || message.Flags&store.MessageLoading != 0:
		return invalid("data.custom_id", "COMPONENT_VALIDATION_FAILED", "The message has no such component.")
	case applicationID == 0 || use.ApplicationID != 0 && use.ApplicationID != applicationID:
		return invalid("application_id", "COMPONENT_VALIDATION_FAILED", "The message is not this application's.")
	case control.Disabled:
		return invalid("data.custom_id", "COMPONENT_VALIDATION_FAILED", "This is switched off.")
	}
	if err := i.address(ctx, u, applicationID); err != nil {
		return err
	}
	data := map[string]any{"custom_id": control.CustomID, "component_type": control.Type, "id": control.ID}
	if control.IsMenu() {
		r := resolver{interactions: i, using: u}
		if err := r.choose(ctx, "data.values", &control, use.Values); err != nil {
			return err
		}
		data["values"] = append([]string{}, use.Values...)
		u.created.Resolved = r.resolved
	}
	u.pending.MessageID, u.pending.MessageHidden, u.pending.MessageAuthor = message.ID, hidden, message.AuthorID
	u.pending.Origin.InteractedID = message.ID
	u.created.Message = &posted
	return u.data(data)
}

// data gives an interaction what was done.
func (u *using) data(data map[string]any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return internal("write an interaction", err)
	}
	u.created.Data = text
	return nil
}

// submitModal sends a form off. It can be sent once; what is refused can be sent again.
func (i *Interactions) submitModal(ctx context.Context, u *using, use *InteractionUse) error {
	var form shownModal
	found, err := i.getEphemeral(ctx, interactionModalKey(use.ModalID), &form)
	if err != nil {
		return err
	}
	if !found || form.UserID != u.pending.UserID || form.ChannelID != u.channel.ID || form.CustomID != use.CustomID || use.ApplicationID != 0 && use.ApplicationID != form.ApplicationID {
		return invalid("data.id", "MODAL_UNKNOWN", "This form is not open any more.")
	}
	if err := i.address(ctx, u, form.ApplicationID); err != nil {
		return err
	}
	files := make(map[string]string, len(use.Uploads))
	for number, uploadID := range use.Uploads {
		files[number] = uploadID.String()
	}
	answered, chosen, problems := component.Submit(form.Components, use.Components, files)
	if problems != nil {
		return componentProblems(problems)
	}
	r := resolver{interactions: i, using: u, attachments: use.Attachments}
	for _, field := range chosen {
		if err := r.choose(ctx, field.Path, &field.Control, field.Values); err != nil {
			return err
		}
	}
	u.created.Resolved = r.resolved
	u.pending.Origin.Trigger = &form.Trigger
	if form.MessageID != 0 {
		posted, hidden, err := i.shown(ctx, u, form.MessageID)
		if err == nil {
			u.created.Message = &posted
			u.pending.MessageID, u.pending.MessageHidden, u.pending.MessageAuthor = form.MessageID, hidden, posted.Message.AuthorID
		} else if KindOf(err) != UnknownMessage {
			return err
		}
	}
	if err := u.data(map[string]any{"custom_id": form.CustomID, "components": json.RawMessage(answered)}); err != nil {
		return err
	}
	if _, err := i.Ephemeral.Take(ctx, interactionModalKey(use.ModalID)); err != nil {
		return invalid("data.id", "MODAL_UNKNOWN", "This form was sent already.")
	}
	return nil
}

// componentProblems tells what is wrong with components.
func componentProblems(problems []component.Problem) error {
	var wrong fieldErrors
	for _, problem := range problems {
		wrong.add(problem.Path, problem.Code, "%s", problem.Message)
	}
	return wrong.err()
}
