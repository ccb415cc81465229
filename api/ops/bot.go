package ops

import (
	"context"
	"net/url"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands about bots.
type (
	// BotCreate asks for a bot.
	BotCreate struct {
		Name        string `json:"name"`
		Owner       string `json:"owner"`
		Description string `json:"description,omitempty"`
		// Guild is where it is added at once, with Permissions; zero for nowhere.
		Guild       id.ID    `json:"guild"`
		Permissions perm.Set `json:"permissions"`
		// Public lets others than its owner add it to servers.
		Public bool `json:"public,omitempty"`
	}
	// BotToken names a bot whose token is to be replaced.
	BotToken struct {
		Bot id.ID `json:"bot"`
	}
	// BotName names a bot.
	BotName struct {
		Bot    id.ID  `json:"bot"`
		Reason string `json:"reason,omitempty"`
	}
	// Bot is a bot with its new token, which is shown this once.
	Bot struct {
		ID    id.ID  `json:"id"`
		Name  string `json:"name"`
		Token string `json:"token"`
	}
	// BotList asks for bots: those of an owner, or all.
	BotList struct {
		Owner string `json:"owner,omitempty"`
	}
	// BotShown is a bot as the command line shows it, without anything secret.
	BotShown struct {
		ID          id.ID     `json:"id"`
		Name        string    `json:"name"`
		Owner       string    `json:"owner"`
		OwnerID     id.ID     `json:"owner_id"`
		Description string    `json:"description"`
		Public      bool      `json:"public"`
		Intents     Intents   `json:"intents"`
		Guilds      []Holding `json:"guilds"`
		// InteractionsURL is where its interactions go; empty for the gateway.
		InteractionsURL string   `json:"interactions_url"`
		RedirectURIs    []string `json:"redirect_uris"`
	}
	// Intents are the privileged intents that a bot may use.
	Intents struct {
		Members   bool `json:"members"`
		Presences bool `json:"presences"`
		Content   bool `json:"content"`
	}
	// BotIntents changes the intents that are not nil.
	BotIntents struct {
		Bot       id.ID `json:"bot"`
		Members   *bool `json:"members,omitempty"`
		Presences *bool `json:"presences,omitempty"`
		Content   *bool `json:"content,omitempty"`
	}
	// BotEdit changes what is not nil.
	BotEdit struct {
		Bot         id.ID   `json:"bot"`
		Name        *string `json:"name,omitempty"`
		Description *string `json:"description,omitempty"`
		Public      *bool   `json:"public,omitempty"`
	}
	// BotTransfer makes a bot another person's.
	BotTransfer struct {
		BotName
		Owner string `json:"owner"`
	}
	// BotInvite asks for the address of the page that adds a bot to a server.
	BotInvite struct {
		Bot id.ID `json:"bot"`
		// Permissions are those that the link asks for; nil leaves that to the bot's own install parameters.
		Permissions *perm.Set `json:"permissions,omitempty"`
		// Guild is the server that is chosen already, zero for none.
		Guild id.ID `json:"guild,omitempty"`
	}
	// BotInviteURL is that address. Public tells that it is not for the bot's owner alone.
	BotInviteURL struct {
		URL    string `json:"url"`
		Public bool   `json:"public"`
	}
	// BotPolicy says who may make bots over the API; empty asks.
	BotPolicy struct {
		Policy store.BotCreation `json:"policy,omitempty"`
	}
)

// The names of the commands about bots.
const (
	CommandBotCreate   = "bot.create"
	CommandBotToken    = "bot.token"
	CommandBotList     = "bot.list"
	CommandBotShow     = "bot.show"
	CommandBotEdit     = "bot.edit"
	CommandBotIntents  = "bot.intents"
	CommandBotTransfer = "bot.transfer"
	CommandBotDelete   = "bot.delete"
	CommandBotInvite   = "bot.invite"
	CommandBotPolicy   = "bot.policy"
)

func (h *hallCommands) registerBots(commands *Commands) {
	Register(commands, CommandBotCreate, h.botCreate)
	Register(commands, CommandBotToken, h.botToken)
	Register(commands, CommandBotCommands, h.botCommands)
	Register(commands, CommandBotList, h.botList)
	Register(commands, CommandBotShow, h.botShow)
	Register(commands, CommandBotEdit, h.botEdit)
	Register(commands, CommandBotIntents, h.botIntents)
	Register(commands, CommandBotTransfer, h.botTransfer)
	Register(commands, CommandBotDelete, h.botDelete)
	Register(commands, CommandBotInvite, h.botInvite)
	Register(commands, CommandBotPolicy, h.botPolicy)
}

func (h *hallCommands) botCreate(ctx context.Context, input BotCreate) (Bot, error) {
	owner, err := h.Users.ByLogin(ctx, console, input.Owner)
	if err != nil {
		return Bot{}, err
	}
	application, token, err := h.Bots.Create(ctx, console, chat.NewBot{Name: input.Name, Description: input.Description, OwnerID: owner.ID, GuildID: input.Guild, Permissions: input.Permissions, Public: input.Public})
	return Bot{ID: application.Bot.UserID, Name: application.User.Username, Token: token}, err
}

func (h *hallCommands) botToken(ctx context.Context, input BotToken) (Bot, error) {
	application, err := h.Bots.Get(ctx, console, input.Bot)
	if err != nil {
		return Bot{}, err
	}
	token, err := h.Bots.ResetToken(ctx, console, input.Bot)
	return Bot{ID: input.Bot, Name: application.User.Username, Token: token}, err
}

// describeBot shows a bot with the guilds that it is in.
func (h *hallCommands) describeBot(ctx context.Context, application chat.Application) (BotShown, error) {
	bot := &application.Bot
	shown := BotShown{ID: bot.UserID, Name: application.User.Username, Owner: application.Owner.Username, OwnerID: bot.OwnerID, Description: bot.Description, Public: bot.Public, Guilds: []Holding{},
		Intents:         Intents{Members: bot.Flags&chat.FlagsMembers != 0, Presences: bot.Flags&chat.FlagsPresences != 0, Content: bot.Flags&chat.FlagsContent != 0},
		InteractionsURL: bot.InteractionsURL, RedirectURIs: append([]string{}, bot.RedirectURIs...)}
	var err error
	shown.Guilds, err = h.holdings(ctx, bot.UserID)
	return shown, err
}

func (h *hallCommands) botList(ctx context.Context, input BotList) ([]BotShown, error) {
	var ownerID id.ID
	if input.Owner != "" {
		owner, err := h.Users.ByLogin(ctx, console, input.Owner)
		if err != nil {
			return nil, err
		}
		ownerID = owner.ID
	}
	applications, err := h.Bots.List(ctx, console, ownerID)
	if err != nil {
		return nil, err
	}
	shown := make([]BotShown, len(applications))
	for i := range applications {
		if shown[i], err = h.describeBot(ctx, applications[i]); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

func (h *hallCommands) botShow(ctx context.Context, input BotName) (BotShown, error) {
	application, err := h.Bots.Get(ctx, console, input.Bot)
	if err != nil {
		return BotShown{}, err
	}
	return h.describeBot(ctx, application)
}

func (h *hallCommands) botEdit(ctx context.Context, input BotEdit) (BotShown, error) {
	application, err := h.Bots.Update(ctx, console, input.Bot, chat.ApplicationEdit{Name: input.Name, Description: input.Description, Public: input.Public})
	if err != nil {
		return BotShown{}, err
	}
	return h.describeBot(ctx, application)
}

func (h *hallCommands) botIntents(ctx context.Context, input BotIntents) (BotShown, error) {
	application, err := h.Bots.Get(ctx, console, input.Bot)
	if err != nil {
		return BotShown{}, err
	}
	flags := application.Bot.Flags
	for _, one := range []struct {
		wanted *bool
		flags  uint64
	}{{input.Members, chat.FlagsMembers}, {input.Presences, chat.FlagsPresences}, {input.Content, chat.FlagsContent}} {
		switch {
		case one.wanted == nil:
		case *one.wanted:
			flags |= one.flags
		default:
			flags &^= one.flags
		}
	}
	if flags != application.Bot.Flags {
		if application, err = h.Bots.Update(ctx, console, input.Bot, chat.ApplicationEdit{Flags: &flags}); err != nil {
			return BotShown{}, err
		}
	}
	return h.describeBot(ctx, application)
}

func (h *hallCommands) botTransfer(ctx context.Context, input BotTransfer) (BotShown, error) {
	owner, err := h.Users.ByLogin(ctx, console, input.Owner)
	if err != nil {
		return BotShown{}, err
	}
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return BotShown{}, err
	}
	application, err := h.Bots.HandOver(ctx, caller, input.Bot, owner.ID, chat.Proof{})
	if err != nil {
		return BotShown{}, err
	}
	return h.describeBot(ctx, application)
}

// botDelete answers with what the bot was.
func (h *hallCommands) botDelete(ctx context.Context, input BotName) (BotShown, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return BotShown{}, err
	}
	shown, err := h.botShow(ctx, input)
	if err != nil {
		return BotShown{}, err
	}
	return shown, h.Bots.Delete(ctx, caller, input.Bot)
}

func (h *hallCommands) botInvite(ctx context.Context, input BotInvite) (BotInviteURL, error) {
	application, err := h.Bots.Get(ctx, console, input.Bot)
	if err != nil {
		return BotInviteURL{}, err
	}
	query := url.Values{"client_id": {application.Bot.UserID.String()}, "scope": {chat.ScopeBot + " " + chat.ScopeCommands}}
	if input.Permissions != nil {
		query.Set("permissions", input.Permissions.String())
	}
	if input.Guild != 0 {
		query.Set("guild_id", input.Guild.String())
	}
	return BotInviteURL{URL: h.addresses().Guests + "/oauth2/authorize?" + query.Encode(), Public: application.Bot.Public}, nil
}

func (h *hallCommands) botPolicy(ctx context.Context, input BotPolicy) (BotPolicy, error) {
	if input.Policy == "" {
		hall, err := h.Hall.State(ctx)
		return BotPolicy{Policy: hall.BotCreation}, err
	}
	hall, err := h.Hall.Update(ctx, console, chat.HallChange{BotCreation: &input.Policy})
	return BotPolicy{Policy: hall.BotCreation}, err
}
