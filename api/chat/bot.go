package chat

import (
	"context"
	"crypto/ed25519"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bots is about applications with their bot accounts.
type Bots struct {
	Deps
	users   *Users
	views   *Views
	members *Members
	tokens  *botTokens
}

// NewBot is a bot to be made. GuildID zero adds it to no guild.
type NewBot struct {
	Name, Description string
	OwnerID, GuildID  id.ID
}

// Application is a bot with its account and its owner's.
type Application struct {
	Bot         store.Bot
	User, Owner store.User
}

// botFlags are what a new application may receive: all privileged intents, as a hall of one's own trusts its bots (bits 12 to 15, 18 and 19 of the application's flags).
const botFlags = 1<<12 | 1<<13 | 1<<14 | 1<<15 | 1<<18 | 1<<19

// maxBots is how many bots a person can make; the command line can make more.
const maxBots = 50

// Create makes a bot for the caller, or for any person from the command line. The token is shown this once.
func (b *Bots) Create(ctx context.Context, caller Caller, draft NewBot) (Application, string, error) {
	if caller.Bot {
		return Application{}, "", fail(BotsBarred)
	}
	if draft.OwnerID != caller.UserID && !caller.Console {
		return Application{}, "", fail(MissingPermission)
	}
	var wrong fieldErrors
	name := wrong.name("name", draft.Name, 2, 32)
	description := wrong.text("description", draft.Description, 400)
	if err := wrong.err(); err != nil {
		return Application{}, "", err
	}
	if err := b.mayOwn(ctx, caller, draft.OwnerID); err != nil {
		return Application{}, "", err
	}
	if draft.GuildID != 0 {
		if err := b.mayAdd(ctx, caller, draft.GuildID); err != nil {
			return Application{}, "", err
		}
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Application{}, "", internal("make a key pair", err)
	}
	botID := b.IDs.Next()
	token := mintBotToken(botID)
	bot := store.Bot{UserID: botID, OwnerID: draft.OwnerID, Description: description, TokenHash: hashSecret(token), Flags: botFlags, VerifyKey: public, PrivateKey: private.Seed()}
	user := store.User{ID: botID, Username: name, Bot: true, Locale: defaultLocale}
	err = b.Store.CreateBot(ctx, bot, user)
	if errors.Is(err, store.ErrNotFound) {
		return Application{}, "", fail(UnknownUser)
	}
	if err != nil {
		return Application{}, "", taken(err, "create a bot")
	}
	if err := b.recordConsole(ctx, caller, store.HallBotCreated, botID, map[string]string{"username": name, "owner_id": draft.OwnerID.String()}); err != nil {
		return Application{}, "", err
	}
	if draft.GuildID != 0 {
		if err := b.join(ctx, caller, user, draft.GuildID); err != nil {
			return Application{}, "", err
		}
	}
	application, err := b.read(ctx, botID)
	return application, token, err
}

// mayOwn asks whether an account can have one more bot.
func (b *Bots) mayOwn(ctx context.Context, caller Caller, ownerID id.ID) error {
	owner, err := b.users.lookup(ctx, ownerID)
	if err != nil {
		return unknownUser(err)
	}
	if owner.Bot {
		return fail(BotsBarred)
	}
	if caller.Console {
		return nil
	}
	bots, err := b.Store.BotsByOwner(ctx, ownerID)
	if err != nil {
		return internal("list bots", err)
	}
	if len(bots) >= maxBots {
		return invalid("name", "APPLICATIONS_MAXIMUM", "No more than %d bots.", maxBots)
	}
	return nil
}

// read gives a bot without its secrets.
func (b *Bots) read(ctx context.Context, botID id.ID) (Application, error) {
	bot, err := b.Store.Bot(ctx, botID)
	if errors.Is(err, store.ErrNotFound) {
		return Application{}, fail(UnknownApplication)
	}
	if err != nil {
		return Application{}, internal("read a bot", err)
	}
	bot.TokenHash, bot.PrivateKey = nil, nil
	user, err := b.users.lookup(ctx, botID)
	if err != nil {
		return Application{}, internal("read a bot's account", err)
	}
	owner, err := b.users.lookup(ctx, bot.OwnerID)
	if err != nil {
		return Application{}, internal("read a bot's owner", err)
	}
	return Application{Bot: bot, User: user, Owner: withoutEmail(owner)}, nil
}

// ResetToken replaces a bot's token; its sessions end. Its owner and the command line can.
func (b *Bots) ResetToken(ctx context.Context, caller Caller, botID id.ID) (string, error) {
	if err := b.mayManage(ctx, caller, botID); err != nil {
		return "", err
	}
	token := mintBotToken(botID)
	_, err := b.Store.UpdateBot(ctx, botID, func(bot *store.Bot) error {
		bot.TokenHash = hashSecret(token)
		return nil
	})
	b.tokens.drop(botID)
	if err != nil {
		return "", internal("replace a bot's token", err)
	}
	b.publish(ctx, event.SessionsEnded{UserID: botID, All: true})
	return token, b.recordConsole(ctx, caller, store.HallBotToken, botID, nil)
}

// mayManage asks whether the caller may change a bot. To others it does not exist.
func (b *Bots) mayManage(ctx context.Context, caller Caller, botID id.ID) error {
	bot, err := b.Store.Bot(ctx, botID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !caller.Console && bot.OwnerID != caller.UserID {
		return fail(UnknownApplication)
	}
	if err != nil {
		return internal("read a bot", err)
	}
	return nil
}

// Application gives a bot its own application.
func (b *Bots) Application(ctx context.Context, caller Caller) (Application, error) {
	if !caller.Bot {
		return Application{}, fail(PeopleBarred)
	}
	return b.read(ctx, caller.UserID)
}

// Get gives an application to its owner, the command line and the bot itself.
func (b *Bots) Get(ctx context.Context, caller Caller, botID id.ID) (Application, error) {
	if caller.UserID != botID {
		if err := b.mayManage(ctx, caller, botID); err != nil {
			return Application{}, err
		}
	}
	return b.read(ctx, botID)
}

// List gives a person's bots to them; all of them (zero) to the command line.
func (b *Bots) List(ctx context.Context, caller Caller, ownerID id.ID) ([]Application, error) {
	if !caller.Console && (caller.Bot || ownerID != caller.UserID) {
		return nil, fail(MissingPermission)
	}
	bots, err := b.Store.BotsByOwner(ctx, ownerID)
	if err != nil {
		return nil, internal("list bots", err)
	}
	applications := make([]Application, 0, len(bots))
	for _, bot := range bots {
		application, err := b.read(ctx, bot.UserID)
		if err != nil {
			return nil, err
		}
		applications = append(applications, application)
	}
	return applications, nil
}

// AddToGuild lets a bot into a guild: its owner, or anybody if it is public, with MANAGE_GUILD there; or the command line.
func (b *Bots) AddToGuild(ctx context.Context, caller Caller, botID, guildID id.ID) error {
	bot, err := b.Store.Bot(ctx, botID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !caller.Console && !bot.Public && bot.OwnerID != caller.UserID {
		return fail(UnknownApplication)
	}
	if err != nil {
		return internal("read a bot", err)
	}
	if err := b.mayAdd(ctx, caller, guildID); err != nil {
		return err
	}
	user, err := b.users.lookup(ctx, botID)
	if err != nil {
		return internal("read a bot's account", err)
	}
	return b.join(ctx, caller, user, guildID)
}

// mayAdd asks whether the caller may bring bots into a guild.
func (b *Bots) mayAdd(ctx context.Context, caller Caller, guildID id.ID) error {
	a, err := b.views.access(ctx, caller, guildID)
	if err != nil {
		return err
	}
	return a.need(perm.ManageGuild)
}

// join makes a bot a member; one that is a member already stays it.
func (b *Bots) join(ctx context.Context, caller Caller, user store.User, guildID id.ID) error {
	_, err := b.members.admit(ctx, guildID, withoutEmail(user), func(ctx context.Context, member store.Member) error { return b.Store.AddMember(ctx, member) })
	if _, already := errors.AsType[*store.ConflictError](err); already {
		return nil
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownGuild)
	case KindOf(err) == Banned:
		return err
	case err != nil:
		return internal("add a bot to a guild", err)
	}
	return b.did(context.WithoutCancel(ctx), caller, guildID, []act{{action: store.AuditBotAdd, target: user.ID}})
}
