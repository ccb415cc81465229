package ops

import (
	"context"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands of moderation.
type (
	// Moderation names a guild, an account in it, and why something is done to it.
	Moderation struct {
		Guild  id.ID  `json:"guild"`
		User   string `json:"user"`
		Reason string `json:"reason,omitempty"`
		// Seconds are how much of what the account wrote is deleted (ban, purge), or how long a time-out lasts; zero ends it.
		Seconds int `json:"seconds,omitempty"`
	}
	// Moderated is the account to which something was done.
	Moderated struct {
		ID       id.ID  `json:"id"`
		Username string `json:"username"`
		// Messages is how many messages were deleted; left out where that was not the matter.
		Messages *int `json:"messages,omitempty"`
		// Until is when a time-out ends; left out where there is none.
		Until *time.Time `json:"until,omitempty"`
	}
	// AuditPage asks for the newest entries of a guild's audit log, before one of them (zero: from the newest).
	AuditPage struct {
		Guild  id.ID             `json:"guild"`
		Before id.ID             `json:"before,omitempty"`
		Limit  int               `json:"limit"`
		Action store.AuditAction `json:"action,omitempty"`
	}
	// AuditEntry is an entry of the audit log. By is empty for the command line.
	AuditEntry struct {
		ID       id.ID             `json:"id"`
		At       time.Time         `json:"at"`
		By       string            `json:"by"`
		Action   store.AuditAction `json:"action"`
		What     string            `json:"what"`
		TargetID id.ID             `json:"target_id"`
		Target   string            `json:"target,omitempty"`
		Reason   string            `json:"reason,omitempty"`
		Options  map[string]string `json:"options,omitempty"`
	}
)

// The names of the commands of moderation.
const (
	CommandModBan     = "mod.ban"
	CommandModUnban   = "mod.unban"
	CommandModKick    = "mod.kick"
	CommandModTimeout = "mod.timeout"
	CommandModPurge   = "mod.purge"
	CommandModAudit   = "mod.audit"
)

func (h *hallCommands) registerModeration(commands *Commands) {
	Register(commands, CommandModBan, h.moderate(func(ctx context.Context, caller chat.Caller, input Moderation, done *Moderated) error {
		return h.Bans.Ban(ctx, caller, input.Guild, done.ID, time.Duration(input.Seconds)*time.Second)
	}))
	Register(commands, CommandModUnban, h.moderate(func(ctx context.Context, caller chat.Caller, input Moderation, done *Moderated) error {
		return h.Bans.Unban(ctx, caller, input.Guild, done.ID)
	}))
	Register(commands, CommandModKick, h.moderate(func(ctx context.Context, caller chat.Caller, input Moderation, done *Moderated) error {
		return h.Members.Kick(ctx, caller, input.Guild, done.ID)
	}))
	Register(commands, CommandModTimeout, h.moderate(h.timeOut))
	Register(commands, CommandModPurge, h.moderate(func(ctx context.Context, caller chat.Caller, input Moderation, done *Moderated) error {
		count, err := h.Messages.Purge(ctx, caller, input.Guild, done.ID, time.Duration(input.Seconds)*time.Second)
		done.Messages = &count
		return err
	}))
	Register(commands, CommandModAudit, h.audit)
}

// moderate makes a command that does something to an account in a guild.
func (h *hallCommands) moderate(do func(context.Context, chat.Caller, Moderation, *Moderated) error) func(context.Context, Moderation) (Moderated, error) {
	return func(ctx context.Context, input Moderation) (Moderated, error) {
		user, err := h.Users.ByLogin(ctx, console, input.User)
		if err != nil {
			return Moderated{}, err
		}
		caller, err := consoleFor(input.Reason)
		if err != nil {
			return Moderated{}, err
		}
		done := Moderated{ID: user.ID, Username: user.Username}
		return done, do(ctx, caller, input, &done)
	}
}

func (h *hallCommands) timeOut(ctx context.Context, caller chat.Caller, input Moderation, done *Moderated) error {
	var until time.Time
	if input.Seconds != 0 {
		until = h.Members.Deps.Now().Add(time.Duration(input.Seconds) * time.Second).UTC()
		done.Until = &until
	}
	_, err := h.Members.Update(ctx, caller, input.Guild, done.ID, chat.MemberEdit{TimedOutUntil: &until})
	return err
}

func (h *hallCommands) audit(ctx context.Context, input AuditPage) ([]AuditEntry, error) {
	page, err := h.AuditLog.List(ctx, console, input.Guild, store.AuditQuery{Before: input.Before, Limit: input.Limit, Action: input.Action})
	if err != nil {
		return nil, err
	}
	names := make(map[id.ID]string, len(page.Users))
	for _, user := range page.Users {
		names[user.ID] = user.Username
	}
	entries := make([]AuditEntry, len(page.Entries))
	for i, entry := range page.Entries {
		entries[i] = AuditEntry{ID: entry.ID, At: entry.ID.Time(), By: names[entry.UserID], Action: entry.Action, What: entry.Action.String(), TargetID: entry.TargetID,
			Target: names[entry.TargetID], Reason: entry.Reason, Options: entry.Options}
	}
	return entries, nil
}
