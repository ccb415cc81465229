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
	files   *Files
	tokens  *botTokens
	// verify asks whether what is at an address takes interactions of a bot; nil where the hall cannot send any. Its error is an *Error that says what is wrong with interactions_endpoint_url.
	verify func(ctx context.Context, bot store.Bot, address string) error
}

// NewBot is a bot to be made. GuildID zero adds it to no guild; otherwise it gets a managed role with Permissions there.
type NewBot struct {
	Name, Description string
	OwnerID, GuildID  id.ID
	Permissions       perm.Set
	// Public lets others than its owner add it to guilds.
	Public bool
	// Icon is a picture as a data URI; nil for none.
	Icon PictureChange
}

// Application is a bot with its account and its owner's.
type Application struct {
	Bot         store.Bot
	User, Owner store.User
}

// maxBotDescription is how many characters a bot can say of itself.
const maxBotDescription = 400

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
	if err := b.mayMake(ctx, caller); err != nil {
		return Application{}, "", err
	}
	var wrong fieldErrors
	name := wrong.name("name", draft.Name, 2, 32)
	description := wrong.text("description", draft.Description, maxBotDescription)
	if err := wrong.err(); err != nil {
		return Application{}, "", err
	}
	if err := b.mayOwn(ctx, caller, draft.OwnerID, "name"); err != nil {
		return Application{}, "", err
	}
	if draft.GuildID != 0 {
		a, err := b.mayAdd(ctx, caller, draft.GuildID)
		if err == nil {
			err = mayGrant(a.inGuild(), 0, draft.Permissions)
		}
		if err != nil {
			return Application{}, "", err
		}
	}
	made, token, err := b.make(ctx, caller, name, description, draft)
	if err != nil {
		return Application{}, "", err
	}
	if err := b.recordConsole(ctx, caller, store.HallBotCreated, made.Bot.UserID, map[string]string{"username": name, "owner_id": draft.OwnerID.String()}); err != nil {
		return Application{}, "", err
	}
	if draft.GuildID != 0 {
		if err := b.install(ctx, caller, made, draft.GuildID, grant{bot: true, permissions: draft.Permissions}); err != nil {
			return Application{}, "", err
		}
	}
	return made, token, nil
}

// make stores a bot.
func (b *Bots) make(ctx context.Context, caller Caller, name, description string, draft NewBot) (made Application, token string, err error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Application{}, "", internal("make a key pair", err)
	}
	brought, err := b.files.takePictures(ctx, map[string]PictureChange{"icon": draft.Icon}, map[string]pictureBounds{"icon": facePicture})
	if err != nil {
		return Application{}, "", err
	}
	defer func() { brought.settle(ctx, err) }()
	botID := b.IDs.Next()
	token = mintBotToken(botID)
	bot := store.Bot{UserID: botID, OwnerID: draft.OwnerID, Description: description, TokenHash: hashSecret(token), Flags: botFlags, Public: draft.Public, VerifyKey: public, PrivateKey: private.Seed()}
	user := store.User{ID: botID, Username: name, Bot: true, Locale: defaultLocale}
	brought.set("icon", &user.Avatar)
	err = b.Store.CreateBot(ctx, bot, user)
	if errors.Is(err, store.ErrNotFound) {
		return Application{}, "", fail(UnknownUser)
	}
	if err != nil {
		return Application{}, "", renamed(taken(err, "create a bot"))
	}
	made, err = b.read(ctx, botID)
	return made, token, err
}

// mayOwn asks whether an account can have one more bot. path is the field that is wrong when it has as many as it can.
func (b *Bots) mayOwn(ctx context.Context, caller Caller, ownerID id.ID, path string) error {
	owner, err := b.users.lookup(ctx, ownerID)
	if err != nil {
		return unknownUser(err)
	}
	if owner.Bot {
		return fail(BotsBarred)
	}
	if owner.Guest {
		return errGuest("This needs an account of your own.")
	}
	if caller.Console {
		return nil
	}
	bots, err := b.Store.BotsByOwner(ctx, ownerID)
	if err != nil {
		return internal("list bots", err)
	}
	if len(bots) >= maxBots {
		return invalid(path, "APPLICATIONS_MAXIMUM", "No more than %d bots.", maxBots)
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
		if !mayChange(caller, bot) {
			return fail(UnknownApplication) // handed over just now
		}
		bot.TokenHash = hashSecret(token)
		return nil
	})
	b.tokens.drop(botID)
	if errors.Is(err, store.ErrNotFound) || KindOf(err) == UnknownApplication {
		return "", fail(UnknownApplication)
	}
	if err != nil {
		return "", internal("replace a bot's token", err)
	}
	b.publish(ctx, event.SessionsEnded{UserID: botID, All: true})
	return token, b.recordConsole(ctx, caller, store.HallBotToken, botID, nil)
}

// mayManage asks whether the caller may change a bot. To others it does not exist.
func (b *Bots) mayManage(ctx context.Context, caller Caller, botID id.ID) error {
	bot, err := b.Store.Bot(ctx, botID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !mayChange(caller, &bot) {
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
