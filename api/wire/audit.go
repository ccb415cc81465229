package wire

import (
	"encoding/json"

	"guildhall/store"
	"guildhall/store/id"
)

// AuditLog is the answer to GET /guilds/{guild}/audit-logs. The lists of what this hall does not have are there because clients read them.
type AuditLog struct {
	Entries              []AuditEntry  `json:"audit_log_entries"`
	Users                []User        `json:"users"`
	Integrations         []struct{}    `json:"integrations"`
	Webhooks             []struct{}    `json:"webhooks"`
	GuildScheduledEvents []struct{}    `json:"guild_scheduled_events"`
	Threads              []Thread      `json:"threads"`
	ApplicationCommands  []Command     `json:"application_commands"`
	AutoModerationRules  []AutoModRule `json:"auto_moderation_rules"`
}

// AuditEntry is one act of an administrator or moderator.
type AuditEntry struct {
	ID         id.ID             `json:"id"`
	UserID     *id.ID            `json:"user_id"`
	TargetID   *id.ID            `json:"target_id"`
	ActionType store.AuditAction `json:"action_type"`
	Changes    []AuditChange     `json:"changes,omitempty"`
	Options    map[string]string `json:"options,omitempty"`
	Reason     string            `json:"reason,omitempty"`
}

// AuditChange is a field that an act changed.
type AuditChange struct {
	Key      string          `json:"key"`
	OldValue json.RawMessage `json:"old_value,omitempty"`
	NewValue json.RawMessage `json:"new_value,omitempty"`
}

// NewAuditLog shows a page of the audit log.
func NewAuditLog(entries []store.AuditEntry, users []store.User, threads []Thread, commands []store.Command, rules []store.AutoModRule) AuditLog {
	none := []struct{}{}
	log := AuditLog{Entries: make([]AuditEntry, len(entries)), Users: make([]User, len(users)), Integrations: none, Webhooks: none, GuildScheduledEvents: none, Threads: threads,
		ApplicationCommands: NewCommands(commands, TranslatedInto(nil)), AutoModerationRules: make([]AutoModRule, len(rules))}
	for i := range entries {
		log.Entries[i] = NewAuditEntry(&entries[i])
	}
	for i := range users {
		log.Users[i] = NewUser(users[i])
	}
	for i := range rules {
		log.AutoModerationRules[i] = NewAutoModRule(rules[i])
	}
	return log
}

// NewAuditEntry shows an entry of the audit log.
func NewAuditEntry(entry *store.AuditEntry) AuditEntry {
	shown := AuditEntry{ID: entry.ID, UserID: IDOrNull(entry.UserID), TargetID: IDOrNull(entry.TargetID), ActionType: entry.Action, Options: entry.Options, Reason: entry.Reason}
	for _, change := range entry.Changes {
		shown.Changes = append(shown.Changes, AuditChange{Key: change.Key, OldValue: change.Old, NewValue: change.New})
	}
	return shown
}

// GuildAuditEntry is the payload of GUILD_AUDIT_LOG_ENTRY_CREATE.
type GuildAuditEntry struct {
	AuditEntry
	GuildID id.ID `json:"guild_id"`
}
