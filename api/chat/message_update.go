package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// MessageEdit changes what is not nil.
type MessageEdit struct {
	Content *string
	// Embeds replace all embeds; they need EMBED_LINKS.
	Embeds *[]store.Embed
	// Attachments are all that are to be there then: those that stay and new ones, which need ATTACH_FILES. Added come behind those that are there.
	Attachments *[]AttachmentDraft
	Added       []AttachmentDraft
	// Components replace all components, in JSON as they were sent.
	Components *[]byte
	// bot tells whether a bot edits.
	bot bool
	// fills makes an answer that an application has promised the one that it gives now; fillsOnly refuses what is not promised with errFilled.
	fills, fillsOnly bool
	// emojis are those that the components show; nil for components that stay.
	emojis usedEmojis
	// Flags can change MessageSuppressEmbeds, and give a bot's message MessageIsLayout for good. Others that the message has may be named or left out; none can be given to it.
	Flags *store.MessageFlags
	// AllowedMentions are for the new content.
	AllowedMentions *AllowedMentions
}

// Update edits a message: its author everything, others with MANAGE_MESSAGES only whether the embeds are shown. Who is mentioned follows the new content, without
// notifying anybody anew.
func (m *Messages) Update(ctx context.Context, caller Caller, channelID, messageID id.ID, edit MessageEdit) (event.MessageCreated, error) {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if err := notArchived(channel); err != nil {
		return event.MessageCreated{}, err
	}
	message, err := m.read(ctx, channelID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	made, err := m.prepare(ctx, a, channel, held, message, &edit)
	if err != nil {
		return event.MessageCreated{}, err
	}
	member, err := m.authorMember(ctx, channel.GuildID, message.AuthorID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	updated := made.updated
	err = m.lanes.do(ctx, channelID, &laneJob{operation: func(ctx context.Context) error {
		stored, err := m.Store.UpdateMessage(ctx, channelID, messageID, func(current *store.Message) error {
			return edit.apply(current, &updated.Message, made.added, made.at)
		})
		if err := editFailure(err); err != nil {
			return err
		}
		if !slices.Equal(stored.Mentions, updated.Message.Mentions) {
			// Another edit of the content came first.
			if updated, err = m.completeOne(ctx, channel, stored); err != nil {
				return err
			}
		}
		updated.Message, updated.Member = stored, member
		m.announcements.changed(&stored)
		if edit.Attachments != nil {
			m.files.wake()
		}
		m.tell(ctx, event.MessageUpdated(updated))
		return nil
	}})
	if err != nil {
		return event.MessageCreated{}, err
	}
	if edit.Content != nil {
		m.automod.act(ctx, a, posting(channel, updated.Author, *edit.Content, messageID), made.judged.findings)
		m.previews.want(&updated.Message, held)
	}
	return updated, nil
}

// preparedEdit is an edit that was checked against a message as it was: what the message is to be, the files that come to it, what automatic rules found, and the moment.
type preparedEdit struct {
	updated event.MessageCreated
	added   []store.Attachment
	judged  verdict
	at      time.Time
}

// prepare checks an edit against a message of a channel.
func (m *Messages) prepare(ctx context.Context, a access, channel *store.Channel, held perm.Set, message store.Message, edit *MessageEdit) (made preparedEdit, err error) {
	if err := edit.may(a, &message, held); err != nil {
		return made, err
	}
	if err := edit.check(&message, held); err != nil {
		return made, err
	}
	if made.updated, err = m.completeOne(ctx, channel, message); err != nil {
		return made, err
	}
	if edit.Content != nil {
		made.updated.Message.Content = *edit.Content
		if err := m.mention(ctx, &made.updated, a.view, held, edit.AllowedMentions, edit.repliedUser(&message, made.updated.ReferencedAuthor)); err != nil {
			return made, err
		}
		if made.judged = m.automod.judge(a, channel, *edit.Content); made.judged.blocked {
			m.automod.act(ctx, a, posting(channel, made.updated.Author, *edit.Content, 0), made.judged.findings)
			return made, made.judged.refusal()
		}
	}
	if edit.Components != nil {
		if edit.emojis, err = m.componentEmojis(ctx, a, channel, held, *edit.Components); err != nil {
			return made, err
		}
	}
	edit.nameOwnFiles(&message)
	if made.added, err = m.files.added(ctx, a.caller, &message, edit, held); err != nil {
		return made, err
	}
	made.at = m.Now().UTC().Truncate(time.Millisecond)
	return made, nil
}

// editFailure tells why a message could not be edited.
func editFailure(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownMessage)
	}
	if errors.Is(err, store.ErrSpent) {
		return errFileGone
	}
	if _, ours := errors.AsType[*Error](err); ours {
		return err
	}
	return internal("updating a message", err)
}

// may asks whether the caller may make this edit.
func (e *MessageEdit) may(a access, message *store.Message, held perm.Set) error {
	if message.AuthorID != a.caller.UserID {
		if e.Content != nil || e.Embeds != nil || e.Components != nil || e.AllowedMentions != nil || e.files() || e.Flags == nil {
			return fail(NotAuthor)
		}
		return need(held, perm.ManageMessages)
	}
	if !said(message) {
		return fail(SystemMessage)
	}
	e.bot = a.caller.Bot
	if message.Poll != nil && (e.Content != nil || e.Embeds != nil || e.Components != nil) {
		return fail(PollFixed)
	}
	if message.Forwards() && (e.Content != nil || e.Embeds != nil || e.Components != nil || e.files()) {
		return &Error{Kind: SystemMessage, Message: "A forwarded message goes as it is and cannot be edited."}
	}
	return a.awake(held)
}

// check cleans and validates the edit.
func (e *MessageEdit) check(message *store.Message, held perm.Set) error {
	if e.Content != nil {
		var wrong fieldErrors
		content := wrong.text("content", *e.Content, maxContent)
		if err := wrong.err(); err != nil {
			return err
		}
		e.Content = &content
	}
	if err := e.AllowedMentions.check(); err != nil {
		return err
	}
	if e.Embeds != nil {
		embeds, err := checkEmbeds(*e.Embeds)
		if err != nil {
			return err
		}
		if len(embeds) > 0 {
			if err := need(held, perm.EmbedLinks); err != nil {
				return err
			}
		}
		e.Embeds = &embeds
	}
	if e.Flags != nil && *e.Flags&^(message.Flags|store.MessageSuppressEmbeds|store.MessageIsLayout) != 0 {
		return invalid("flags", "BASE_TYPE_CHOICES", "Only SUPPRESS_EMBEDS can be changed, and IS_COMPONENTS_V2 be set.")
	}
	return nil
}

// repliedUser tells whether an edited reply still mentions the author of the message replied to: as the edit says, otherwise as it was.
func (e *MessageEdit) repliedUser(message *store.Message, repliedTo *store.User) bool {
	if e.AllowedMentions != nil {
		return e.AllowedMentions.RepliedUser
	}
	return repliedTo != nil && slices.Contains(message.Mentions, repliedTo.ID)
}

// apply changes the message as it is stored by now. A mention list belongs to its content, so both come from the same edit.
func (e *MessageEdit) apply(current, wanted *store.Message, added []store.Attachment, editedAt time.Time) error {
	promised := (e.fills || e.fillsOnly) && current.Flags&store.MessageLoading != 0
	if e.fillsOnly && !promised {
		return errFilled
	}
	if e.Content != nil {
		if current.Content != wanted.Content {
			current.Embeds = ownEmbeds(current.Embeds) // those of its links come anew
		}
		current.Content = wanted.Content
		current.Mentions, current.MentionRoles, current.MentionEveryone = wanted.Mentions, wanted.MentionRoles, wanted.MentionEveryone
	}
	if e.Embeds != nil {
		current.Embeds = *e.Embeds
	}
	if e.Flags != nil {
		current.Flags = current.Flags&^store.MessageSuppressEmbeds | *e.Flags&(store.MessageSuppressEmbeds|store.MessageIsLayout)
	}
	if err := e.applyFiles(current, added); err != nil {
		return err
	}
	if err := e.applyComponents(current); err != nil {
		return err
	}
	if current.Content == "" && len(current.Embeds) == 0 && len(current.Attachments) == 0 && len(current.Components) == 0 && !current.Forwards() {
		return fail(EmptyMessage)
	}
	if promised {
		current.Flags &^= store.MessageLoading
	} else if e.Content != nil || e.Embeds != nil || e.Components != nil || e.files() {
		current.EditedAt = editedAt
	}
	return nil
}

// authorMember gives an author's place in the guild, nil when they left and between people.
func (m *Messages) authorMember(ctx context.Context, guildID, authorID id.ID) (*store.Member, error) {
	if guildID == 0 {
		return nil, nil
	}
	member, err := m.views.Member(ctx, guildID, authorID)
	if KindOf(err) == UnknownMember {
		return nil, nil
	}
	return member, err
}
