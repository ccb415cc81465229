package chat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Times of interactions (wire contract, limits).
const (
	// AnswerTime is how long an application has for its first answer, interactionLife for how long its token is good then.
	AnswerTime      = 3 * time.Second
	interactionLife = 15 * time.Minute
	// interactionMemory is how long what was answered, and answers for one person, are kept: as long as their files are (uploadLifetime), and a form waits for its reader.
	interactionMemory = uploadLifetime
	// pendingMemory is how much longer than the first answer may take it is known that there is an interaction, to tell who answers twice from who answers what never was.
	pendingMemory = time.Minute
)

// interactionMark begins every interaction's token, in base64: so nobody takes one for the token of a webhook.
const interactionMark = "interaction:"

// interactionSecret is how many random bytes a token has.
const interactionSecret = 32

// Interactions is about what people do with applications: their commands, the buttons, menus and forms that they show; and about what applications answer.
type Interactions struct {
	Deps
	views    *Views
	users    userDirectory
	bots     *Bots
	commands *Commands
	messages *Messages
	files    *Files
	// answerTime is AnswerTime but in tests.
	answerTime time.Duration

	// stop is closed at the end.
	stop chan struct{}

	mu       sync.Mutex
	endpoint InteractionEndpoint
	closed   bool
	// waiting are the timers of interactions that were not answered yet, work what is under way at their ends and over HTTP.
	waiting map[id.ID]*time.Timer
	work    sync.WaitGroup
}

// InteractionEndpoint brings interactions to applications that have an address for them in place of a gateway.
type InteractionEndpoint interface {
	// Verify asks whether what is at an address takes interactions of a bot: it knows our signature from another, and answers a ping. Its error is an *Error that says what is wrong.
	Verify(ctx context.Context, bot store.Bot, address string) error
	// Deliver brings an interaction to a bot's address, and answers it as the bot says there. It ends with the context at the latest.
	Deliver(ctx context.Context, bot store.Bot, interaction event.InteractionCreated)
}

func newInteractions(deps Deps, views *Views, users userDirectory, bots *Bots, commands *Commands, messages *Messages, files *Files, answerTime time.Duration) *Interactions {
	if answerTime == 0 {
		answerTime = AnswerTime
	}
	return &Interactions{Deps: deps, views: views, users: users, bots: bots, commands: commands, messages: messages, files: files, answerTime: answerTime, waiting: make(map[id.ID]*time.Timer), stop: make(chan struct{})}
}

// SetEndpoint says who brings interactions over HTTP. Without one, no application can be given an address for them.
func (i *Interactions) SetEndpoint(endpoint InteractionEndpoint) {
	i.mu.Lock()
	i.endpoint = endpoint
	i.mu.Unlock()
	i.bots.verify = endpoint.Verify
}

// pendingInteraction is an interaction that was not answered yet, as it lies in what may be forgotten.
type pendingInteraction struct {
	store.Interaction
	// Kind is the type of the interaction (event.InteractionCommand and so on).
	Kind int
	// MessageID is the message whose component was used, or that a form came from, zero for none; MessageHidden tells that it is for one person, MessageAuthor wrote it.
	MessageID, MessageAuthor id.ID
	MessageHidden            bool
	// OptionType is the type of the option that is being completed, for InteractionAutocomplete.
	OptionType int
	// Nonce and SessionID are the person's client's own marks.
	Nonce, SessionID string
}

// shownModal is a form that somebody is looking at.
type shownModal struct {
	CustomID                   string
	Components                 []byte
	UserID, ApplicationID      id.ID
	ChannelID, GuildID         id.ID
	Trigger                    store.InteractionOrigin
	MessageID, MessageAuthor   id.ID
	MessageHidden, FromCommand bool
}

func openInteractionKey(interactionID id.ID) string { return "interaction/" + interactionID.String() }
func interactionTurnKey(interactionID id.ID) string {
	return "interaction-turn/" + interactionID.String()
}
func interactionModalKey(interactionID id.ID) string {
	return "interaction-modal/" + interactionID.String()
}

func mintInteractionToken(interactionID id.ID) string {
	random := make([]byte, interactionSecret)
	_, _ = rand.Read(random) // which never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString([]byte(interactionMark + interactionID.String() + ":" + base64.RawURLEncoding.EncodeToString(random)))
}

// parseInteractionToken gives the interaction that a token is of; false for what is no such token. It does not tell whether it is good.
func parseInteractionToken(token string) (id.ID, bool) {
	if len(token) > maxTokenLength {
		return 0, false
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	rest, marked := strings.CutPrefix(string(text), interactionMark)
	number, _, secret := strings.Cut(rest, ":")
	interactionID, err := id.Parse(number)
	return interactionID, marked && secret && err == nil
}

// IsInteractionToken tells whether a token has the form of an interaction's.
func IsInteractionToken(token string) bool {
	_, is := parseInteractionToken(token)
	return is
}

// put keeps a value in what may be forgotten, over a planned restart.
func (i *Interactions) put(ctx context.Context, key string, value any, life time.Duration) error {
	text, err := json.Marshal(value)
	if err != nil {
		return internal("write an interaction", err)
	}
	if err := i.Ephemeral.Put(ctx, key, text, life, true); err != nil {
		return internal("keep an interaction", err)
	}
	return nil
}

// getEphemeral reads what put has kept; found is false when it is not there any more.
func (i *Interactions) getEphemeral(ctx context.Context, key string, value any) (found bool, err error) {
	text, err := i.Ephemeral.Get(ctx, key)
	if errors.Is(err, ephemeral.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		return false, internal("read an interaction", err)
	}
	return true, nil
}

// open makes an interaction known, brings it to its application, and waits for the answer in the background.
func (i *Interactions) open(ctx context.Context, pending pendingInteraction, created event.InteractionCreated) error {
	bot, err := i.Store.Bot(ctx, pending.ApplicationID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownApplication)
	}
	if err != nil {
		return internal("read a bot", err)
	}
	created.Token = mintInteractionToken(pending.ID)
	pending.TokenHash = hashSecret(created.Token)
	created.ID, created.ApplicationID, created.Type = pending.ID, pending.ApplicationID, pending.Kind
	if err := i.put(ctx, openInteractionKey(pending.ID), pending, i.answerTime+pendingMemory); err != nil {
		return err
	}
	if err := i.put(ctx, interactionTurnKey(pending.ID), true, i.answerTime+pendingMemory); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return fail(Unavailable)
	}
	i.waiting[pending.ID] = time.AfterFunc(i.answerTime, func() { i.late(&pending) })
	if pending.Kind != event.InteractionAutocomplete {
		i.progress(ctx, &pending, event.InteractionProgressed{Stage: event.InteractionStarted})
	}
	if bot.InteractionsURL == "" || i.endpoint == nil {
		i.publish(ctx, created)
		return nil
	}
	deliver := i.endpoint.Deliver
	i.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), i.answerTime)
		defer cancel()
		i.work.Go(func() {
			select {
			case <-i.stop:
				cancel()
			case <-ctx.Done():
			}
		})
		deliver(ctx, bot, created)
	})
	return nil
}

// progress tells the person how an interaction of theirs goes.
func (i *Interactions) progress(ctx context.Context, pending *pendingInteraction, e event.InteractionProgressed) {
	e.UserID, e.InteractionID, e.ApplicationID, e.ChannelID, e.GuildID = pending.UserID, pending.ID, pending.ApplicationID, pending.ChannelID, pending.GuildID
	e.Nonce, e.SessionID = pending.Nonce, pending.SessionID
	i.publish(ctx, e)
}

// late ends an interaction that nobody answered in time.
func (i *Interactions) late(pending *pendingInteraction) {
	i.mu.Lock()
	if i.closed {
		i.mu.Unlock()
		return
	}
	i.work.Add(1)
	delete(i.waiting, pending.ID)
	i.mu.Unlock()
	defer i.work.Done()
	ctx := context.Background()
	if _, err := i.Ephemeral.Take(ctx, interactionTurnKey(pending.ID)); err != nil {
		return // somebody is answering, or has
	}
	i.failed(ctx, pending)
}

// failed forgets an interaction that was not answered in time, and tells the person.
func (i *Interactions) failed(ctx context.Context, pending *pendingInteraction) {
	if err := i.Ephemeral.Delete(ctx, openInteractionKey(pending.ID)); err != nil {
		i.Log.ErrorContext(ctx, "an interaction that nobody answered was not forgotten", "interaction", pending.ID, "error", err)
	}
	i.progress(ctx, pending, event.InteractionProgressed{Stage: event.InteractionFailed})
}

// Turn is the right to give an interaction its first answer. There is one for each; Release gives it back when it was not used.
type Turn struct {
	interactions *Interactions
	pending      pendingInteraction
	caller       Caller
	used         bool
}

// Caller is who answers, ChannelID where.
func (t *Turn) Caller() Caller { return t.caller }

// ChannelID is where the interaction was.
func (t *Turn) ChannelID() id.ID { return t.pending.ChannelID }

// Enter takes the turn of an interaction for who has its token. UnknownInteraction when there is none, or it is too late; AlreadyAcknowledged when somebody else has taken it.
func (i *Interactions) Enter(ctx context.Context, interactionID id.ID, token string) (*Turn, error) {
	named, is := parseInteractionToken(token)
	if !is || named != interactionID {
		return nil, fail(UnknownInteraction)
	}
	turn := &Turn{interactions: i}
	found, err := i.getEphemeral(ctx, openInteractionKey(interactionID), &turn.pending)
	if err != nil {
		return nil, err
	}
	if !found {
		if _, err := i.answered(ctx, interactionID, token); err == nil {
			return nil, fail(AlreadyAcknowledged)
		}
		return nil, fail(UnknownInteraction)
	}
	if !sameHash(turn.pending.TokenHash, hashSecret(token)) {
		return nil, fail(UnknownInteraction)
	}
	if turn.caller, err = i.caller(ctx, &turn.pending.Interaction); err != nil {
		return nil, err
	}
	if _, err := i.Ephemeral.Take(ctx, interactionTurnKey(interactionID)); errors.Is(err, ephemeral.ErrNotFound) {
		return nil, fail(AlreadyAcknowledged)
	} else if err != nil {
		return nil, internal("take the turn of an interaction", err)
	}
	return turn, nil
}

// Release gives a turn back that was not used, so that an application whose answer was refused can give another in time.
func (t *Turn) Release(ctx context.Context) {
	if t.used {
		return
	}
	t.used = true
	ctx = context.WithoutCancel(ctx)
	if left := t.pending.ID.Time().Add(t.interactions.answerTime).Sub(t.interactions.Now()); left > 0 {
		if err := t.interactions.put(ctx, interactionTurnKey(t.pending.ID), true, left); err == nil {
			return
		}
	}
	t.interactions.failed(ctx, &t.pending)
}

// answered finds an interaction that was answered, for who has its token.
func (i *Interactions) answered(ctx context.Context, interactionID id.ID, token string) (store.Interaction, error) {
	interaction, err := i.Store.Interaction(ctx, interactionID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Interaction{}, fail(UnknownWebhook)
	}
	if err != nil {
		return store.Interaction{}, internal("read an interaction", err)
	}
	if !sameHash(interaction.TokenHash, hashSecret(token)) || i.Now().After(interactionID.Time().Add(interactionLife)) {
		return store.Interaction{}, fail(InvalidWebhookToken)
	}
	return interaction, nil
}

// caller is an application as one who answers: its bot, whose answers are posted as a webhook's are, wherever the interaction was. It may mention everybody only where the bot may. An application that was taken out of the guild
// answers nothing any more.
func (i *Interactions) caller(ctx context.Context, interaction *store.Interaction) (Caller, error) {
	caller := Caller{UserID: interaction.ApplicationID, Bot: true, hook: &hook{
		guildID: interaction.GuildID, channelID: interaction.ChannelID, applicationID: interaction.ApplicationID, payer: interaction.ApplicationID, answer: &interaction.Origin, answerType: interaction.Type,
	}}
	if _, err := i.users.lookup(ctx, interaction.ApplicationID); errors.Is(err, store.ErrNotFound) {
		return Caller{}, fail(UnknownApplication)
	} else if err != nil {
		return Caller{}, internal("read a bot's account", err)
	}
	if interaction.GuildID == 0 {
		return caller, nil
	}
	authorized, err := i.bots.Authorized(ctx, interaction.GuildID, interaction.ApplicationID)
	if err != nil {
		return Caller{}, err
	}
	if !authorized {
		return Caller{}, fail(MissingAccess)
	}
	held, err := i.botPermissions(ctx, interaction.GuildID, interaction.ChannelID, interaction.ApplicationID)
	if err != nil {
		return Caller{}, err
	}
	caller.hook.lacks = perm.MentionEveryone &^ held
	return caller, nil
}

// botPermissions is what an application's bot may do in a channel of a guild; nothing when it is no member.
func (i *Interactions) botPermissions(ctx context.Context, guildID, channelID, applicationID id.ID) (perm.Set, error) {
	_, _, held, err := i.views.channelAccess(ctx, Caller{UserID: applicationID, Bot: true}, channelID)
	switch KindOf(err) {
	case UnknownChannel, MissingAccess, UnknownGuild:
		return 0, nil
	}
	return held.Standing(), err
}

// prune forgets what applications cannot say more of.
func (i *Interactions) prune(ctx context.Context) error {
	if _, err := i.Store.PruneInteractions(ctx, id.At(i.Now().Add(-interactionMemory))); err != nil {
		return internal("forget interactions", err)
	}
	return nil
}

// close ends what waits for answers.
func (i *Interactions) close() {
	i.mu.Lock()
	i.closed = true
	close(i.stop)
	for interactionID, timer := range i.waiting {
		timer.Stop()
		delete(i.waiting, interactionID)
	}
	i.mu.Unlock()
	i.work.Wait()
}

// stopWaiting ends the wait for an answer that has come.
func (i *Interactions) stopWaiting(interactionID id.ID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if timer := i.waiting[interactionID]; timer != nil {
		timer.Stop()
		delete(i.waiting, interactionID)
	}
}

// usedBy tells whether a message is one whose components an application is asked about.
func usedBy(message *store.Message) id.ID {
	if message.ApplicationID != 0 {
		return message.ApplicationID
	}
	if message.Persona != nil {
		return 0
	}
	return message.AuthorID
}
