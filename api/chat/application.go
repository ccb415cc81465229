package chat

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of applications' fields, as upstream (Discord's documentation, "Edit Current Application").
const (
	maxApplicationTags = 5
	maxTag             = 20
	maxRedirects       = 10
	maxApplicationURL  = 2048
)

// The scopes with which an application can be let into a guild.
const (
	ScopeBot      = "bot"
	ScopeCommands = "applications.commands"
)

// ApplicationEdit changes what is not nil.
type ApplicationEdit struct {
	// Name and Icon are those of the bot's account.
	Name        *string
	Icon, Cover PictureChange
	Description *string
	Tags        *[]string
	// The addresses are empty for none. InteractionsURL is accepted when what is there answers as it should.
	TermsURL, PrivacyURL, CustomInstallURL, InteractionsURL *string
	RedirectURIs                                            *[]string
	Public                                                  *bool
	// Flags say which privileged intents the bot may use; other bits are as they are.
	Flags *uint64
	// Install is nil within for nothing in particular.
	Install **store.InstallParams
}

// Update changes an application: its owner and the command line can, and the bot itself, but for its name, who may install it, where authorisations lead, and intents that it does not have. Sessions that
// use an intent which it may not use any more end.
func (b *Bots) Update(ctx context.Context, caller Caller, botID id.ID, edit ApplicationEdit) (Application, error) {
	self := caller.Bot && caller.UserID == botID
	before, err := b.Get(ctx, caller, botID)
	if err != nil {
		return Application{}, err
	}
	wanted := before.Bot
	if err := edit.apply(&wanted); err != nil {
		return Application{}, err
	}
	if self && (edit.Name != nil || edit.Public != nil || edit.RedirectURIs != nil || wanted.Flags&^before.Bot.Flags != 0) {
		return Application{}, &Error{Kind: MissingPermission, Message: "Only the owner of the bot can change this."}
	}
	if edit.InteractionsURL != nil && wanted.InteractionsURL != "" && wanted.InteractionsURL != before.Bot.InteractionsURL {
		if err := b.reach(ctx, botID, wanted.InteractionsURL); err != nil {
			return Application{}, err
		}
	}
	if edit.Name != nil || edit.Icon != nil {
		// The account's turn comes first: its name may be taken.
		if _, err := b.users.UpdateSelf(ctx, Caller{UserID: botID, Bot: true}, UserChange{Username: edit.Name, Avatar: edit.Icon}); err != nil {
			return Application{}, renamed(err)
		}
	}
	if err := b.change(ctx, caller, botID, edit); err != nil {
		return Application{}, err
	}
	return b.read(ctx, botID)
}

// renamed tells of the account's fields by the names of the application's.
func renamed(err error) error {
	failure, ours := errors.AsType[*Error](err)
	if !ours {
		return err
	}
	shown := *failure
	shown.Fields = slices.Clone(failure.Fields)
	for i := range shown.Fields {
		switch shown.Fields[i].Path {
		case "username":
			shown.Fields[i].Path = "name"
		case "avatar":
			shown.Fields[i].Path = "icon"
		}
	}
	return &shown
}

// change stores what an edit changes of the application itself, and tells who must know.
func (b *Bots) change(ctx context.Context, caller Caller, botID id.ID, edit ApplicationEdit) (err error) {
	taken, err := b.files.takePictures(ctx, map[string]PictureChange{"cover_image": edit.Cover}, map[string]pictureBounds{"cover_image": widePicture})
	if err != nil {
		return err
	}
	defer func() { taken.settle(ctx, err) }()
	var before store.Bot
	after, err := b.Store.UpdateBot(ctx, botID, func(bot *store.Bot) error {
		before = *bot
		if caller.UserID != botID && !mayChange(caller, bot) {
			return fail(UnknownApplication) // handed over just now
		}
		taken.set("cover_image", &bot.Cover)
		return edit.apply(bot)
	})
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownApplication)
	}
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if err != nil {
		return internal("change an application", err)
	}
	ctx = context.WithoutCancel(ctx) // what is stored is told
	if before.Flags != after.Flags {
		b.publish(ctx, event.ApplicationChanged{UserID: botID, Flags: after.Flags})
	}
	return b.recordConsole(ctx, caller, store.HallBotChanged, botID, nil)
}

// reach asks whether interactions can be sent to an address.
func (b *Bots) reach(ctx context.Context, botID id.ID, address string) error {
	if b.verify == nil {
		return &Error{Kind: NotSupported, Fields: []FieldError{{Path: "interactions_endpoint_url", Code: "FEATURE_NOT_BUILT", Message: "This hall cannot send interactions over HTTP yet."}}}
	}
	bot, err := b.Store.Bot(ctx, botID)
	if err != nil {
		return internal("read a bot", err)
	}
	return b.verify(ctx, bot, address)
}

// apply cleans and validates an edit, and changes an application by it; pictures and the account aside.
func (e *ApplicationEdit) apply(bot *store.Bot) error {
	var wrong fieldErrors
	if e.Description != nil {
		bot.Description = wrong.text("description", *e.Description, maxBotDescription)
	}
	if e.Tags != nil {
		bot.Tags = wrong.tags(*e.Tags)
	}
	for _, one := range []struct {
		path   string
		given  *string
		target *string
	}{
		{"terms_of_service_url", e.TermsURL, &bot.TermsURL}, {"privacy_policy_url", e.PrivacyURL, &bot.PrivacyURL}, {"custom_install_url", e.CustomInstallURL, &bot.CustomInstallURL},
		{"interactions_endpoint_url", e.InteractionsURL, &bot.InteractionsURL},
	} {
		if one.given != nil {
			*one.target = wrong.webAddress(one.path, *one.given)
		}
	}
	if e.RedirectURIs != nil {
		if len(*e.RedirectURIs) > maxRedirects {
			wrong.length("redirect_uris", 0, maxRedirects)
		}
		bot.RedirectURIs = nil
		for _, address := range *e.RedirectURIs {
			if address = wrong.webAddress("redirect_uris", address); !slices.Contains(bot.RedirectURIs, address) {
				bot.RedirectURIs = append(bot.RedirectURIs, address)
			}
		}
	}
	set(&bot.Public, e.Public)
	if e.Flags != nil {
		bot.Flags = bot.Flags&^botFlags | *e.Flags&botFlags
	}
	if e.Install != nil {
		bot.Install = wrong.installParams(*e.Install)
	}
	return wrong.err()
}

func (f *fieldErrors) tags(given []string) (tags []string) {
	if len(given) > maxApplicationTags {
		f.length("tags", 0, maxApplicationTags)
		return nil
	}
	for _, tag := range given {
		if tag = f.name("tags", tag, 1, maxTag); slices.Contains(tags, tag) {
			f.add("tags", "BASE_TYPE_UNIQUE", "Must not contain the same tag twice.")
		}
		tags = append(tags, tag)
	}
	return tags
}

// webAddress checks an address that people or the hall will be led to: http or https, of a host, without credentials. Others could run something where they are followed.
func (f *fieldErrors) webAddress(path, address string) string {
	if address = strings.TrimSpace(address); address == "" {
		return ""
	}
	parsed, err := url.Parse(address)
	switch {
	case len(address) > maxApplicationURL:
		f.length(path, 0, maxApplicationURL)
	case err != nil || !utf8.ValidString(address) || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" || parsed.User != nil || parsed.Fragment != "" || strings.ContainsFunc(address, isControl):
		f.add(path, "URL_TYPE_INVALID_URL", "Must be an address that begins with https:// or http://, without a name, a password or a fragment in it.")
	}
	return address
}

func isControl(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

func (f *fieldErrors) installParams(given *store.InstallParams) *store.InstallParams {
	if given == nil {
		return nil
	}
	params := &store.InstallParams{Permissions: given.Permissions & uint64(perm.All)}
	for _, scope := range []string{ScopeBot, ScopeCommands} {
		if slices.Contains(given.Scopes, scope) {
			params.Scopes = append(params.Scopes, scope)
		}
	}
	for _, scope := range given.Scopes {
		if scope != ScopeBot && scope != ScopeCommands {
			f.add("install_params.scopes", "BASE_TYPE_CHOICES", "Must be bot or applications.commands.")
		}
	}
	if len(params.Scopes) == 0 {
		f.add("install_params.scopes", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	return params
}

// Delete deletes an application with its bot, its memberships, managed roles and emoji; its owner and the command line can. What the bot wrote stays, as of an account that is gone.
func (b *Bots) Delete(ctx context.Context, caller Caller, botID id.ID) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	if err := b.mayManage(ctx, caller, botID); err != nil {
		return err
	}
	user, err := b.users.lookup(ctx, botID)
	if err != nil {
		return internal("read a bot's account", err)
	}
	if err := b.users.delete(ctx, botID); KindOf(err) == UnknownUser {
		return fail(UnknownApplication)
	} else if err != nil {
		return err
	}
	return b.recordConsole(ctx, caller, store.HallBotDeleted, botID, map[string]string{"username": user.Username})
}

// HandOver makes a bot another person's: the command line can, and its owner, who proves that it is them, to a friend. Its token stays as it is.
func (b *Bots) HandOver(ctx context.Context, caller Caller, botID, to id.ID, proof Proof) (Application, error) {
	if caller.Bot {
		return Application{}, fail(BotsBarred)
	}
	if err := b.mayManage(ctx, caller, botID); err != nil {
		return Application{}, err
	}
	if err := b.mayReceive(ctx, caller, to); err != nil {
		return Application{}, err
	}
	if !caller.Console {
		if err := b.users.accounts.prove(ctx, caller, proof); err != nil {
			return Application{}, err
		}
	}
	var before id.ID
	bot, err := b.Store.UpdateBot(ctx, botID, func(bot *store.Bot) error {
		if !mayChange(caller, bot) {
			return fail(UnknownApplication) // handed over just now
		}
		before, bot.OwnerID = bot.OwnerID, to
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return Application{}, fail(UnknownApplication)
	}
	if ours, ok := errors.AsType[*Error](err); ok {
		return Application{}, ours
	}
	if err != nil {
		return Application{}, internal("hand a bot over", err)
	}
	b.users.botOwners.drop(botID)
	if before != to {
		ctx = context.WithoutCancel(ctx)
		b.publish(ctx, event.ApplicationChanged{UserID: botID, Flags: bot.Flags}) // nodes remember whose it was
		if err := b.recordConsole(ctx, caller, store.HallBotHandedOver, botID, map[string]string{"old_owner_id": before.String(), "owner_id": to.String()}); err != nil {
			return Application{}, err
		}
	}
	return b.read(ctx, botID)
}

// mayReceive asks whether a bot can be handed to an account. People hand theirs to friends: nobody comes to own what they never heard of.
func (b *Bots) mayReceive(ctx context.Context, caller Caller, to id.ID) error {
	if !caller.Console {
		standing, err := b.Store.Relationship(ctx, caller.UserID, to)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return internal("read a relationship", err)
		}
		if standing.Type != store.RelationshipFriend {
			return invalid("owner_id", "NOT_A_FRIEND", "You can hand a bot to a friend.")
		}
	}
	user, err := b.users.lookup(ctx, to)
	switch {
	case err != nil:
		return unknownUser(err)
	case user.Disabled:
		return invalid("owner_id", "USER_DISABLED", "This account is disabled.")
	}
	return b.mayOwn(ctx, caller, to, "owner_id")
}

// mayChange tells whether a bot is the caller's to manage.
func mayChange(caller Caller, bot *store.Bot) bool {
	return caller.Console || bot.OwnerID == caller.UserID
}

// mayMake asks whether the hall lets the caller make bots.
func (b *Bots) mayMake(ctx context.Context, caller Caller) error {
	if caller.Guest {
		return errGuest("Guests cannot make bots. Make yours an account of your own first.")
	}
	if caller.Console {
		return nil
	}
	hall, err := b.Store.Hall(ctx)
	if err != nil {
		return internal("read the hall", err)
	}
	switch {
	case hall.BotCreation == store.BotCreationNobody:
		return &Error{Kind: MissingPermission, Message: "Bots are made by whoever runs this hall, from its command line."}
	case hall.BotCreation == store.BotCreationOwner && !caller.HallOwner:
		return &Error{Kind: MissingPermission, Message: "Only the owner of this hall makes bots here."}
	}
	return nil
}
