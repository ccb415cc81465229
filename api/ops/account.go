package ops

import (
	"context"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands that look after one account.
type (
	// UserName names an account: by name, e-mail address or id.
	UserName struct {
		User string `json:"user"`
		// Reason is kept in the hall's log.
		Reason string `json:"reason,omitempty"`
	}
	// UserDetails is all that the command line shows of an account.
	UserDetails struct {
		User
		Sessions  int       `json:"sessions"`
		FileBytes int64     `json:"file_bytes"`
		Guilds    []Holding `json:"guilds"`
		Bots      []Holding `json:"bots"`
	}
	// Holding is a guild or bot of an account.
	Holding struct {
		ID   id.ID  `json:"id"`
		Name string `json:"name"`
		// Owner tells that the guild is the account's own.
		Owner bool `json:"owner,omitempty"`
	}
	// Session is a login of an account.
	Session struct {
		ID        id.ID     `json:"id"`
		CreatedAt time.Time `json:"created_at"`
		UsedAt    time.Time `json:"used_at"`
		ExpiresAt time.Time `json:"expires_at"`
		Address   string    `json:"address"`
		UserAgent string    `json:"user_agent"`
	}
	// SessionsRevoke ends logins of an account; without Sessions all of them.
	SessionsRevoke struct {
		UserName
		Sessions []id.ID `json:"sessions,omitempty"`
	}
	// SessionsRevoked is how many logins were ended.
	SessionsRevoked struct {
		User
		Ended int `json:"ended"`
	}
	// ResetLink is a one-time link with which a person sets a new password.
	ResetLink struct {
		URL       string    `json:"url"`
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}
)

// Kind says in words what sort of account it is.
func (u *User) Kind() string {
	kind := "person"
	switch {
	case u.Bot:
		kind = "bot"
	case u.Owner:
		kind = "owner"
	}
	if u.Disabled {
		kind += ", disabled"
	}
	return kind
}

// The names of the commands that look after one account.
const (
	CommandUserShow      = "user.show"
	CommandUserDelete    = "user.delete"
	CommandUserDisable   = "user.disable"
	CommandUserEnable    = "user.enable"
	CommandUserSessions  = "user.sessions"
	CommandUserRevoke    = "user.revoke"
	CommandUserResetLink = "user.reset-link"
	CommandUserMFAReset  = "user.mfa-reset"
	CommandUserStreamKey = "user.stream-key"
)

func (h *hallCommands) registerAccounts(commands *Commands) {
	Register(commands, CommandUserShow, h.userShow)
	Register(commands, CommandUserDelete, h.onAccount(h.Users.Delete))
	Register(commands, CommandUserDisable, h.onAccount(func(ctx context.Context, caller chat.Caller, userID id.ID) error {
		return h.Users.SetDisabled(ctx, caller, userID, true)
	}))
	Register(commands, CommandUserEnable, h.onAccount(func(ctx context.Context, caller chat.Caller, userID id.ID) error {
		return h.Users.SetDisabled(ctx, caller, userID, false)
	}))
	Register(commands, CommandUserSessions, h.userSessions)
	Register(commands, CommandUserRevoke, h.userRevoke)
	Register(commands, CommandUserResetLink, h.userResetLink)
	Register(commands, CommandUserStreamKey, h.userStreamKey)
	Register(commands, CommandUserMFAReset, h.onAccount(h.Accounts.ResetMFA))
}

// account finds an account and describes it as it is.
func (h *hallCommands) account(ctx context.Context, name string) (store.User, User, error) {
	user, err := h.Users.ByLogin(ctx, console, name)
	if err != nil {
		return store.User{}, User{}, err
	}
	hall, err := h.Hall.State(ctx)
	return user, describeUser(user, user.ID == hall.OwnerID), err
}

// onAccount makes a command that does something to an account, and answers with what the account was.
func (h *hallCommands) onAccount(do func(context.Context, chat.Caller, id.ID) error) func(context.Context, UserName) (User, error) {
	return func(ctx context.Context, input UserName) (User, error) {
		user, described, err := h.account(ctx, input.User)
		if err != nil {
			return User{}, err
		}
		caller, err := input.caller()
		if err != nil {
			return User{}, err
		}
		return described, do(ctx, caller, user.ID)
	}
}

func (h *hallCommands) userShow(ctx context.Context, input UserName) (UserDetails, error) {
	user, described, err := h.account(ctx, input.User)
	if err != nil {
		return UserDetails{}, err
	}
	details := UserDetails{User: described, Guilds: []Holding{}, Bots: []Holding{}}
	caller := chat.Caller{UserID: user.ID, Bot: user.Bot}
	if details.FileBytes, err = h.Files.Used(ctx, caller); err != nil {
		return details, err
	}
	if details.Guilds, err = h.holdings(ctx, user.ID); err != nil {
		return details, err
	}
	if user.Bot {
		return details, nil
	}
	sessions, err := h.Accounts.Sessions(ctx, caller)
	if err != nil {
		return details, err
	}
	details.Sessions = len(sessions)
	bots, err := h.Bots.List(ctx, caller, user.ID)
	for _, bot := range bots {
		details.Bots = append(details.Bots, Holding{ID: bot.Bot.UserID, Name: bot.User.Username})
	}
	return details, err
}

// holdings are the guilds that an account is in.
func (h *hallCommands) holdings(ctx context.Context, userID id.ID) ([]Holding, error) {
	held := []Holding{}
	guildIDs, err := h.Views.UserGuilds(ctx, userID)
	if err != nil {
		return held, err
	}
	for _, guildID := range guildIDs {
		view, err := h.Views.Guild(ctx, guildID)
		if chat.KindOf(err) == chat.UnknownGuild {
			continue // deleted meanwhile
		}
		if err != nil {
			return held, err
		}
		held = append(held, Holding{ID: guildID, Name: view.Guild.Name, Owner: view.Guild.OwnerID == userID})
	}
	return held, nil
}

func (h *hallCommands) userSessions(ctx context.Context, input UserName) ([]Session, error) {
	user, _, err := h.account(ctx, input.User)
	if err != nil {
		return nil, err
	}
	kept, err := h.Accounts.Sessions(ctx, chat.Caller{UserID: user.ID, Bot: user.Bot})
	sessions := make([]Session, len(kept))
	for i, one := range kept {
		sessions[i] = Session{ID: one.ID, CreatedAt: one.CreatedAt, UsedAt: one.RotatedAt, ExpiresAt: one.ExpiresAt, Address: one.Address, UserAgent: one.UserAgent}
	}
	return sessions, err
}

func (h *hallCommands) userRevoke(ctx context.Context, input SessionsRevoke) (SessionsRevoked, error) {
	user, described, err := h.account(ctx, input.User)
	if err != nil {
		return SessionsRevoked{}, err
	}
	if user.Bot {
		return SessionsRevoked{}, &chat.Error{Kind: chat.BotsBarred}
	}
	caller, err := input.caller()
	if err != nil {
		return SessionsRevoked{}, err
	}
	done := SessionsRevoked{User: described}
	done.Ended, err = h.Accounts.EndSessions(ctx, caller, user.ID, input.Sessions)
	return done, err
}

func (h *hallCommands) userResetLink(ctx context.Context, input UserName) (ResetLink, error) {
	user, _, err := h.account(ctx, input.User)
	if err != nil {
		return ResetLink{}, err
	}
	caller, err := input.caller()
	if err != nil {
		return ResetLink{}, err
	}
	token, expires, err := h.Accounts.IssueReset(ctx, caller, user.ID)
	if err != nil {
		return ResetLink{}, err
	}
	return ResetLink{URL: h.addresses().Guests + "/reset#" + token, Token: token, ExpiresAt: expires}, nil
}

// StreamKeySet is what CommandUserStreamKey takes.
type StreamKeySet struct {
	UserName
	// Remove takes the key away instead of making another.
	Remove bool `json:"remove,omitempty"`
}

// StreamKey is what it answers. The key is told this once, and is empty when it was taken away.
type StreamKey struct {
	User
	Key string `json:"stream_key"`
}

func (h *hallCommands) userStreamKey(ctx context.Context, input StreamKeySet) (StreamKey, error) {
	user, described, err := h.account(ctx, input.User)
	if err != nil {
		return StreamKey{}, err
	}
	caller, err := input.caller()
	if err != nil {
		return StreamKey{}, err
	}
	done := StreamKey{User: described}
	if input.Remove {
		return done, h.Accounts.DropStreamKey(ctx, caller, user.ID)
	}
	done.Key, err = h.Accounts.MakeStreamKey(ctx, caller, user.ID)
	return done, err
}
