package ops

import (
	"context"
	"fmt"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// Addresses tell where the hall is reached, without a trailing slash.
type Addresses struct {
	// Here is the address on this machine, Guests the one to give to others.
	Here, Guests string
}

// The inputs and outputs of the commands are the JSON that the command line prints with --json: their names are relied on by scripts.
type (
	// SetupLink is the one-time link that makes the hall's owner.
	SetupLink struct {
		URL       string    `json:"url"`
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	// UserCreate asks for an account.
	UserCreate struct {
		Username   string `json:"username"`
		Password   string `json:"password"`
		Email      string `json:"email,omitempty"`
		GlobalName string `json:"global_name,omitempty"`
		// Owner makes the account the hall's owner, when there is none yet.
		Owner bool `json:"owner,omitempty"`
	}
	// User is an account as the command line shows it.
	User struct {
		ID         id.ID     `json:"id"`
		Username   string    `json:"username"`
		GlobalName string    `json:"global_name"`
		Email      string    `json:"email"`
		Bot        bool      `json:"bot"`
		Owner      bool      `json:"owner"`
		Disabled   bool      `json:"disabled"`
		CreatedAt  time.Time `json:"created_at"`
	}
	// UserList asks for a page of accounts in the order in which they were made.
	UserList struct {
		After id.ID `json:"after"`
		Limit int   `json:"limit"`
	}
	// UserPassword sets a password.
	UserPassword struct {
		UserName
		Password string `json:"password"`
	}
	// GuildCreate asks for a guild.
	GuildCreate struct {
		Name  string `json:"name"`
		Owner string `json:"owner"`
	}
	// Guild is a new guild.
	Guild struct {
		ID       id.ID     `json:"id"`
		Name     string    `json:"name"`
		OwnerID  id.ID     `json:"owner_id"`
		Channels []Channel `json:"channels"`
	}
	// Channel is a channel of a new guild, with the wire's number of its type.
	Channel struct {
		ID   id.ID             `json:"id"`
		Name string            `json:"name"`
		Type store.ChannelType `json:"type"`
	}
	// InviteCreate asks for an invite. MaxAge is in seconds; both limits are off when zero.
	InviteCreate struct {
		Guild   id.ID `json:"guild"`
		MaxAge  int   `json:"max_age"`
		MaxUses int   `json:"max_uses"`
	}
	// Invite is a new invite.
	Invite struct {
		Code string `json:"code"`
		URL  string `json:"url"`
		// ExpiresAt is nil when it never ends.
		ExpiresAt *time.Time `json:"expires_at"`
	}
)

// The names of the commands.
const (
	CommandSetupURL     = "setup-url"
	CommandUserCreate   = "user.create"
	CommandUserList     = "user.list"
	CommandUserPassword = "user.passwd"
	CommandGuildCreate  = "guild.create"
	CommandInviteCreate = "invite.create"
)

// console is who the command line is: the machine's own administrator.
var console = chat.Caller{Console: true}

// consoleFor is the command line, acting for a reason.
func consoleFor(reason string) (chat.Caller, error) {
	caller := console
	var err error
	caller.Reason, err = chat.CheckReason(reason)
	return caller, err
}

// HallCommands are the administrative commands of a hall.
func HallCommands(hall *chat.Chat, addresses func() Addresses) *Commands {
	h := &hallCommands{hall, addresses}
	commands := &Commands{}
	Register(commands, CommandSetupURL, h.setupURL)
	Register(commands, CommandUserCreate, h.userCreate)
	Register(commands, CommandUserList, h.userList)
	Register(commands, CommandUserPassword, h.userPassword)
	Register(commands, CommandGuildCreate, h.guildCreate)
	Register(commands, CommandGuildList, h.guildList)
	Register(commands, CommandGuildShow, h.guildShow)
	Register(commands, CommandGuildMFA, h.guildMFA)
	Register(commands, CommandInviteCreate, h.inviteCreate)
	h.registerAccounts(commands)
	h.registerHall(commands)
	Register(commands, CommandDBCheck, h.dbCheck)
	Register(commands, CommandDBCensus, h.dbCensus)
	h.registerModeration(commands)
	h.registerEmojis(commands)
	h.registerWebhooks(commands)
	h.registerOpenID(commands)
	h.registerBots(commands)
	h.registerEventHooks(commands)
	return commands
}

type hallCommands struct {
	*chat.Chat
	addresses func() Addresses
}

func (h *hallCommands) setupURL(ctx context.Context, _ struct{}) (SetupLink, error) {
	token, expires, err := h.Hall.IssueSetup(ctx)
	if err != nil {
		return SetupLink{}, err
	}
	return SetupLink{URL: h.addresses().Here + "/setup#" + token, Token: token, ExpiresAt: expires}, nil
}

func (h *hallCommands) userCreate(ctx context.Context, input UserCreate) (User, error) {
	account := chat.NewAccount{Username: input.Username, Password: input.Password, Email: input.Email, GlobalName: input.GlobalName}
	create := h.Users.Create
	if input.Owner {
		create = h.Hall.ClaimByConsole
	}
	user, err := create(ctx, console, account)
	return describeUser(user, input.Owner), err
}

func describeUser(user store.User, owner bool) User {
	return User{ID: user.ID, Username: user.Username, GlobalName: user.GlobalName, Email: user.Email, Bot: user.Bot, Owner: owner,
		Disabled: user.Disabled, CreatedAt: user.ID.Time()}
}

func (h *hallCommands) userList(ctx context.Context, input UserList) ([]User, error) {
	hall, err := h.Hall.State(ctx)
	if err != nil {
		return nil, err
	}
	users, err := h.Users.List(ctx, console, input.After, input.Limit)
	list := make([]User, 0, len(users))
	for _, user := range users {
		list = append(list, describeUser(user, user.ID == hall.OwnerID))
	}
	return list, err
}

func (h *hallCommands) userPassword(ctx context.Context, input UserPassword) (User, error) {
	user, err := h.Users.ByLogin(ctx, console, input.User)
	if err != nil {
		return User{}, err
	}
	hall, err := h.Hall.State(ctx)
	if err != nil {
		return User{}, err
	}
	caller, err := input.caller()
	if err != nil {
		return User{}, err
	}
	return describeUser(user, user.ID == hall.OwnerID), h.Users.SetPassword(ctx, caller, user.ID, input.Password)
}

func (h *hallCommands) guildCreate(ctx context.Context, input GuildCreate) (Guild, error) {
	owner, err := h.Users.ByLogin(ctx, console, input.Owner)
	if err != nil {
		return Guild{}, err
	}
	view, err := h.Guilds.Create(ctx, console, chat.GuildDraft{Name: input.Name, OwnerID: owner.ID})
	if err != nil {
		return Guild{}, err
	}
	guild := Guild{ID: view.Guild.ID, Name: view.Guild.Name, OwnerID: view.Guild.OwnerID, Channels: []Channel{}}
	for _, channel := range view.AllChannels() {
		guild.Channels = append(guild.Channels, Channel{ID: channel.ID, Name: channel.Name, Type: channel.Type})
	}
	return guild, nil
}

func (h *hallCommands) inviteCreate(ctx context.Context, input InviteCreate) (Invite, error) {
	if input.Guild == 0 {
		return Invite{}, &CommandError{WrongUsage, "say which guild the invite is for"}
	}
	made, err := h.Invites.CreateForGuild(ctx, console, input.Guild, chat.InviteDraft{MaxAge: &input.MaxAge, MaxUses: &input.MaxUses, Unique: true})
	if err != nil {
		return Invite{}, err
	}
	invite := Invite{Code: made.Code, URL: fmt.Sprintf("%s/invite/%s", h.addresses().Guests, made.Code)}
	if expires := made.ExpiresAt(); !expires.IsZero() {
		invite.ExpiresAt = &expires
	}
	return invite, nil
}
