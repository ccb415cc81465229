package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of messages, in characters. Characters are code points, as upstream counts them, not UTF-16 units.
const (
	maxContent = 2000
	maxNonce   = 25
)

// MessageDraft is a message to be posted.
type MessageDraft struct {
	// Content has at most 2000 characters, without the spaces at its ends, which go.
	Content string
	// TTS needs SEND_TTS.
	TTS bool
	// Embeds need EMBED_LINKS.
	Embeds          []store.Embed
	AllowedMentions *AllowedMentions
	// Reference makes the message a reply, which needs READ_MESSAGE_HISTORY, or a forward, which needs it where the other message is and has nothing else in it.
	Reference *ReferenceDraft
	// Components are the buttons, menus and layout of a bot's message, in JSON as they were sent; nil for none. With MessageIsLayout among the flags they are the whole message.
	Components []byte
	// Poll needs SEND_POLLS; nil for none.
	Poll *PollDraft
	// Attachments need ATTACH_FILES. At most ten.
	Attachments []AttachmentDraft
	// Flags can be MessageSuppressEmbeds, MessageSilent and, with one file of sound and nothing else, MessageIsVoice, which needs SEND_VOICE_MESSAGES.
	Flags store.MessageFlags
	// Nonce is the client's own mark, at most 25 characters. With EnforceNonce a message with a nonce that the author has used in the channel within ten minutes is not posted
	// again: the earlier one is the answer.
	Nonce        string
	EnforceNonce bool
	// uploadedTo is the channel that the files were uploaded for, if it is not the one that is posted in.
	uploadedTo id.ID
}

// ReferenceDraft names the message to reply to, or to forward.
type ReferenceDraft struct {
	// Forward tells which.
	Forward   bool
	MessageID id.ID
	// ChannelID and GuildID may be zero; otherwise they must be those of the channel that is posted in. Forwards name the channel that the message is in.
	ChannelID, GuildID id.ID
	// FailIfNotExists refuses the message when the other is gone; otherwise it is posted, as no reply. Without their message forwards always fail.
	FailIfNotExists bool
}

// Create posts a message; it needs SEND_MESSAGES, in a thread SEND_MESSAGES_IN_THREADS. When it returns, the message is stored for good and on its way to everybody.
func (m *Messages) Create(ctx context.Context, caller Caller, channelID id.ID, draft MessageDraft) (event.MessageCreated, error) {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if err := mayPost(a, channel, held); err != nil {
		return event.MessageCreated{}, err
	}
	if err := m.mayWriteTo(ctx, caller, channel); err != nil {
		return event.MessageCreated{}, err
	}
	job, err := m.post(ctx, a, channel, held, draft)
	if err != nil {
		return m.postedBefore(ctx, caller, channel, draft, err)
	}
	if job.repeated {
		return m.completeOne(ctx, channel, job.posted.Message)
	}
	m.flag(ctx, a, channel, job)
	return job.posted, nil
}

// post posts a message, or finds the one that was posted with its nonce.
func (m *Messages) post(ctx context.Context, a access, channel *store.Channel, held perm.Set, draft MessageDraft) (*laneJob, error) {
	job, err := m.compose(ctx, a, channel, held, draft)
	if err != nil {
		return nil, err
	}
	if draft.EnforceNonce && draft.Nonce != "" {
		job.nonceSince = id.At(m.Now().Add(-nonceWindow))
	}
	if err := m.slowDown(ctx, a.caller, channel, held); err != nil {
		return nil, err
	}
	return job, m.lanes.do(ctx, channel.ID, job)
}

// postedBefore gives the message that a draft was posted as already, or else why it cannot be posted. Who did not hear the answer sends the same once more, and then its uploads are taken and slow
// mode is on because of the message itself.
func (m *Messages) postedBefore(ctx context.Context, caller Caller, channel *store.Channel, draft MessageDraft, failure error) (event.MessageCreated, error) {
	if !draft.EnforceNonce || draft.Nonce == "" || !utf8.ValidString(draft.Nonce) || strings.IndexByte(draft.Nonce, 0) >= 0 {
		return event.MessageCreated{}, failure
	}
	earlier, err := m.Store.PostedBefore(ctx, channel.ID, caller.UserID, draft.Nonce, id.At(m.Now().Add(-nonceWindow)))
	if err != nil {
		return event.MessageCreated{}, failure
	}
	return m.completeOne(ctx, channel, earlier)
}

// compose makes a message of a draft, ready to be posted in a channel.
func (m *Messages) compose(ctx context.Context, a access, channel *store.Channel, held perm.Set, draft MessageDraft) (*laneJob, error) {
	if err := draft.check(held); err != nil {
		return nil, err
	}
	poll, err := draft.Poll.check(held, m.Now())
	if err != nil {
		return nil, err
	}
	if err := m.useEmojis(ctx, a, channel, held, poll); err != nil {
		return nil, err
	}
	emojis, err := m.componentEmojis(ctx, a, channel, held, draft.Components)
	if err != nil {
		return nil, err
	}
	author, err := m.author(ctx, a.caller)
	if err != nil {
		return nil, err
	}
	job := &laneJob{manages: held.Has(perm.ManageThreads), held: held, posted: event.MessageCreated{
		Message: store.Message{
			ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: a.caller.UserID, Content: draft.Content, TTS: draft.TTS, Flags: draft.Flags,
			Embeds: draft.Embeds, Nonce: draft.Nonce, Poll: poll,
		},
		Author: author, ChannelType: channel.Type,
	}}
	if channel.GuildID != 0 {
		job.posted.Member = a.member
	}
	if as := a.caller.hook; as != nil {
		if err := m.postAs(ctx, as, a.caller.UserID, &job.posted); err != nil {
			return nil, err
		}
	}
	if err := m.refer(ctx, a.caller, &job.posted, draft.Reference, held); err != nil {
		return nil, err
	}
	if err := m.files.attach(ctx, a.caller, cmp.Or(draft.uploadedTo, channel.ID), &job.posted.Message, draft.Attachments, held); err != nil {
		return nil, err
	}
	if err := giveComponents(a.caller, &job.posted.Message, draft.Components, emojis); err != nil {
		return nil, err
	}
	job.alone = len(job.posted.Message.AllAttachments()) > 0
	if err := m.mention(ctx, &job.posted, a.view, held, draft.AllowedMentions, draft.AllowedMentions.repliedUser() && (a.caller.hook == nil || a.caller.hook.answer == nil)); err != nil {
		return nil, err
	}
	if job.called, err = m.threads.called(ctx, channel, job.posted.Message.MentionRoles); err != nil {
		return nil, err
	}
	job.verdict = m.automod.judge(a, channel, judgedText(&job.posted.Message))
	if job.verdict.blocked {
		m.automod.act(ctx, a, posting(channel, author, judgedText(&job.posted.Message), 0), job.verdict.findings)
		return nil, job.verdict.refusal()
	}
	return job, nil
}

// postAs says of a message that it comes through a webhook, or answers an interaction.
func (m *Messages) postAs(ctx context.Context, as *hook, webhookID id.ID, posted *event.MessageCreated) (err error) {
	message := &posted.Message
	message.WebhookID, message.ApplicationID = webhookID, as.applicationID
	if as.answer == nil {
		message.Persona = &as.persona
		return nil
	}
	message.Interaction, message.Type = as.answer, as.answerType
	if posted.Interacted, err = m.interacted(ctx, as.answer); err != nil {
		return err
	}
	posted.Member, err = m.authorMember(ctx, message.GuildID, message.AuthorID)
	return err
}

// author is who posts: an account, or a webhook.
func (m *Messages) author(ctx context.Context, caller Caller) (store.User, error) {
	if caller.hook != nil && caller.hook.answer == nil {
		return personaUser(caller.UserID, &caller.hook.persona), nil
	}
	author, err := m.users.lookup(ctx, caller.UserID)
	if err != nil {
		return store.User{}, internal("reading an author", err)
	}
	return author, nil
}

// mayPost asks whether the caller may post in a channel at all.
func mayPost(a access, channel *store.Channel, held perm.Set) error {
	if channel.Type.IsForum() {
		return fail(WrongChannelType) // it has posts
	}
	return mayWrite(a, channel, held)
}

// mayWrite asks whether the caller may write in a channel: messages, or the posts of a forum.
func mayWrite(a access, channel *store.Channel, held perm.Set) error {
	if channel.Type == store.ChannelCategory {
		return fail(WrongChannelType)
	}
	if a.member == nil && a.caller.hook == nil {
		return &Error{Kind: MissingPermission, Message: "The command line does not post messages."}
	}
	sending := perm.SendMessages
	if channel.Type.IsThread() {
		sending = perm.SendMessagesInThreads
	}
	if err := need(held, sending); err != nil {
		return err
	}
	if channel.Type.IsThread() && channel.Thread.Locked && !held.Has(perm.ManageThreads) {
		return fail(ThreadLocked)
	}
	return checkVerification(a)
}

// checkVerification keeps newcomers quiet for as long as the guild's verification level asks. Who holds a role is trusted, and so are bots, as upstream.
func checkVerification(a access) error {
	guild := &a.view.Guild
	if guild.VerificationLevel < verificationMedium || a.caller.Bot || len(a.member.RoleIDs) > 0 || a.isOwner() {
		return nil
	}
	now := a.view.now()
	if now.Sub(a.member.UserID.Time()) < 5*time.Minute {
		return &Error{Kind: VerificationLevel, Message: "This guild asks that accounts are five minutes old before they write."}
	}
	if guild.VerificationLevel >= verificationHigh && now.Sub(a.member.JoinedAt) < 10*time.Minute {
		return &Error{Kind: VerificationLevel, Message: "This guild asks its members to wait ten minutes before they write."}
	}
	return nil
}

// check cleans and validates a draft by itself.
func (d *MessageDraft) check(held perm.Set) error {
	var wrong fieldErrors
	d.Content = wrong.text("content", d.Content, maxContent)
	if d.Nonce != "" && (len(d.Nonce) > maxNonce && utf8.RuneCountInString(d.Nonce) > maxNonce || !utf8.ValidString(d.Nonce) || strings.IndexByte(d.Nonce, 0) >= 0) {
		wrong.length("nonce", 0, maxNonce)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	if err := d.AllowedMentions.check(); err != nil {
		return err
	}
	if other := d.Flags &^ (store.MessageSuppressEmbeds | store.MessageSilent | store.MessageIsVoice | store.MessageIsLayout); other != 0 {
		return &Error{Kind: NotSupported, Message: "Of the message flags this hall supports only SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, IS_VOICE_MESSAGE and IS_COMPONENTS_V2 here."}
	}
	var err error
	if d.Embeds, err = checkEmbeds(d.Embeds); err != nil {
		return err
	}
	if d.Reference != nil && d.Reference.Forward {
		if err := d.checkForward(); err != nil {
			return err
		}
	} else if d.Content == "" && len(d.Embeds) == 0 && len(d.Attachments) == 0 && d.Poll == nil && !hasComponents(d.Components) {
		return fail(EmptyMessage)
	}
	if len(d.Embeds) > 0 {
		if err := need(held, perm.EmbedLinks); err != nil {
			return err
		}
	}
	if d.TTS {
		return need(held, perm.SendTTS)
	}
	return nil
}

// refer makes a message the reply or the forward that its draft wishes.
func (m *Messages) refer(ctx context.Context, caller Caller, posted *event.MessageCreated, reference *ReferenceDraft, held perm.Set) error {
	if reference == nil {
		return nil
	}
	if reference.Forward {
		return m.forward(ctx, caller, posted, reference, held)
	}
	message := &posted.Message
	if !held.Has(perm.ReadMessageHistory) {
		return fail(NoReadHistory)
	}
	if reference.ChannelID != 0 && reference.ChannelID != message.ChannelID || reference.GuildID != 0 && reference.GuildID != message.GuildID {
		return invalid("message_reference", "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", "Cannot reply to a message in a different channel.")
	}
	original, err := m.read(ctx, message.ChannelID, reference.MessageID)
	if KindOf(err) == UnknownMessage {
		if reference.FailIfNotExists {
			return invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message.")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if !answerable(&original) {
		return invalid("message_reference", "REPLIES_CANNOT_REFERENCE_SYSTEM_MESSAGE", "Cannot reply to a system message.")
	}
	users, err := m.users.lookupAll(ctx, []id.ID{original.AuthorID})
	if err != nil {
		return internal("reading the author of a message replied to", err)
	}
	author := authorOf(users, &original)
	message.Type = store.MessageReply
	message.Reference = &store.MessageReference{MessageID: original.ID, ChannelID: original.ChannelID, GuildID: original.GuildID}
	posted.Referenced, posted.ReferencedAuthor = &original, &author
	return nil
}

// answerable tells whether a message can be replied to: what people and applications write, and that somebody came. To what else the hall says nobody replies, as upstream.
func answerable(message *store.Message) bool {
	return said(message) || message.Type == store.MessageJoin
}

// mention finds out whom a message mentions and may notify. Accounts that do not exist are mentioned by nobody.
func (m *Messages) mention(ctx context.Context, posted *event.MessageCreated, view *View, held perm.Set, allowed *AllowedMentions, replied bool) error {
	found := parseMentions(saidText(&posted.Message))
	found.allow(view, held, allowed)
	if replied && posted.ReferencedAuthor != nil && !slices.Contains(found.users, posted.ReferencedAuthor.ID) {
		found.users = append(found.users, posted.ReferencedAuthor.ID)
	}
	posted.Message.MentionEveryone, posted.Message.MentionRoles = found.everyone, found.roles
	posted.Message.Mentions, posted.Mentioned = nil, nil
	if len(found.users) == 0 {
		return nil
	}
	users, err := m.users.lookupAll(ctx, found.users)
	if err != nil {
		return internal("reading mentioned accounts", err)
	}
	for _, userID := range found.users {
		if user, exists := users[userID]; exists {
			posted.Message.Mentions = append(posted.Message.Mentions, userID)
			posted.Mentioned = append(posted.Mentioned, user)
		}
	}
	return nil
}

// slowDown applies a channel's slow mode. It binds neither bots nor who may bypass it, manage messages or manage channels.
func (m *Messages) slowDown(ctx context.Context, caller Caller, channel *store.Channel, held perm.Set) error {
	return m.slowDownIn(ctx, caller, channel, held, "slowmode:")
}

// slowDownIn applies a channel's slow mode to one of the things that are done in it, which has a name of its own.
func (m *Messages) slowDownIn(ctx context.Context, caller Caller, channel *store.Channel, held perm.Set, what string) error {
	free := perm.BypassSlowmode | perm.ManageMessages | perm.ManageChannels
	if channel.Type.IsThread() {
		free |= perm.ManageThreads
	}
	if channel.RateLimitPerUser == 0 || caller.Bot || held.HasAny(free) {
		return nil
	}
	key := what + channel.ID.String() + ":" + caller.UserID.String()
	allowance, err := m.Ephemeral.Allow(ctx, key, ephemeral.Limit{Burst: 1, Per: time.Duration(channel.RateLimitPerUser) * time.Second})
	if err != nil {
		return internal("applying slow mode", err)
	}
	if !allowance.OK {
		return &Error{Kind: SlowMode, RetryAfter: allowance.ResetAfter}
	}
	return nil
}

// commit stores a run of postings of one channel with one write, and publishes them in order. It runs in the channel's lane.
func (m *Messages) commit(ctx context.Context, channelID id.ID, jobs []*laneJob) {
	m.commitAgain(ctx, channelID, jobs, postingAttempts-1)
}

// postingAttempts is how often messages are posted in a thread that other nodes archive or lock just then.
const postingAttempts = 5

// commitAgain is commit, as often again as a thread turns out to be closed.
func (m *Messages) commitAgain(ctx context.Context, channelID id.ID, jobs []*laneJob, again int) {
	if jobs[0].posted.Message.GuildID == 0 {
		if jobs = m.directs.admit(ctx, channelID, jobs); len(jobs) == 0 {
			return
		}
	}
	if jobs[0].posted.ChannelType.IsThread() {
		if jobs = m.threads.admit(ctx, channelID, jobs); len(jobs) == 0 {
			return
		}
	}
	messages := make([]store.NewMessage, len(jobs))
	for i, job := range jobs {
		job.posted.Message.ID = m.IDs.Next()
		said := said(&job.posted.Message)
		messages[i] = store.NewMessage{Message: job.posted.Message, NonceSince: job.nonceSince, NeedsActive: said, NeedsUnlocked: said && !job.manages,
			Deliveries: m.outgoing.deliveriesOf(ctx, job.posted)}
	}
	stored, err := m.Store.CreateMessages(ctx, channelID, messages)
	if errors.Is(err, store.ErrThreadClosed) && again > 0 {
		m.views.dropThread(channelID) // another node has closed it
		m.commitAgain(ctx, channelID, jobs, again-1)
		return
	}
	if err == nil && len(stored) != len(jobs) {
		err = errors.New("the store answered for another number of messages")
	}
	if err != nil {
		err = postingFailure(err)
		for _, job := range jobs {
			job.err = err
		}
		return
	}
	for i, job := range jobs {
		job.err = nil
		if stored[i].ID != job.posted.Message.ID {
			job.repeated, job.posted.Message = true, stored[i]
			continue
		}
		job.posted.Message.Position = stored[i].Position
		m.outgoing.added(messages[i].Deliveries)
		if job.posted.ChannelType.IsThread() && said(&job.posted.Message) {
			m.threads.gather(ctx, job)
		}
		m.postedNew(ctx, &job.posted)
		m.previews.want(&job.posted.Message, job.held)
	}
}

// postedNew tells everybody of a new message.
func (m *Messages) postedNew(ctx context.Context, posted *event.MessageCreated) {
	m.views.posted(posted.Message.GuildID, posted.Message.ChannelID, posted.Message.ID)
	if !posted.Author.Bot {
		m.reads.wrote(&posted.Message)
	}
	m.tell(ctx, *posted)
}

func postingFailure(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel)
	}
	if errors.Is(err, store.ErrThreadClosed) {
		return fail(ThreadArchived)
	}
	if errors.Is(err, store.ErrSpent) {
		return errFileGone
	}
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok && conflict.Field == "copy" {
		return fail(AlreadyCrossposted)
	}
	return internal("posting messages", err)
}
