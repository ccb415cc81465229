package store

import (
	"context"
	"strconv"

	"guildhall/store/id"
)

// AuditAction says what was done. The values are those of the wire contract (Discord's documentation, "Audit Log Events").
type AuditAction int

// The acts that are recorded.
const (
	AuditGuildUpdate       AuditAction = 1
	AuditChannelCreate     AuditAction = 10
	AuditChannelUpdate     AuditAction = 11
	AuditChannelDelete     AuditAction = 12
	AuditOverwriteCreate   AuditAction = 13
	AuditOverwriteUpdate   AuditAction = 14
	AuditOverwriteDelete   AuditAction = 15
	AuditMemberKick        AuditAction = 20
	AuditMemberPrune       AuditAction = 21
	AuditBanAdd            AuditAction = 22
	AuditBanRemove         AuditAction = 23
	AuditMemberUpdate      AuditAction = 24
	AuditMemberRoleUpdate  AuditAction = 25
	AuditMemberMove        AuditAction = 26
	AuditMemberDisconnect  AuditAction = 27
	AuditBotAdd            AuditAction = 28
	AuditRoleCreate        AuditAction = 30
	AuditRoleUpdate        AuditAction = 31
	AuditRoleDelete        AuditAction = 32
	AuditInviteCreate      AuditAction = 40
	AuditInviteDelete      AuditAction = 42
	AuditWebhookCreate     AuditAction = 50
	AuditWebhookUpdate     AuditAction = 51
	AuditWebhookDelete     AuditAction = 52
	AuditEmojiCreate       AuditAction = 60
	AuditEmojiUpdate       AuditAction = 61
	AuditEmojiDelete       AuditAction = 62
	AuditMessageDelete     AuditAction = 72
	AuditMessageBulkDelete AuditAction = 73
	AuditMessagePin        AuditAction = 74
	AuditMessageUnpin      AuditAction = 75
	AuditIntegrationCreate AuditAction = 80
	AuditIntegrationDelete AuditAction = 82
	AuditStageCreate       AuditAction = 83
	AuditStageUpdate       AuditAction = 84
	AuditStageDelete       AuditAction = 85
	AuditThreadCreate      AuditAction = 110
	AuditThreadUpdate      AuditAction = 111
	AuditThreadDelete      AuditAction = 112
	AuditCommandPermits    AuditAction = 121
	AuditAutoModRuleCreate AuditAction = 140
	AuditAutoModRuleUpdate AuditAction = 141
	AuditAutoModRuleDelete AuditAction = 142
	AuditAutoModBlock      AuditAction = 143
	AuditAutoModAlert      AuditAction = 144
	AuditAutoModTimeOut    AuditAction = 145
	AuditAutoModQuarantine AuditAction = 146
	AuditVoiceStatusCreate AuditAction = 192
	AuditVoiceStatusDelete AuditAction = 193
)

var auditNames = map[AuditAction]string{
	AuditGuildUpdate: "server changed", AuditChannelCreate: "channel made", AuditChannelUpdate: "channel changed", AuditChannelDelete: "channel deleted",
	AuditOverwriteCreate: "overwrite made", AuditOverwriteUpdate: "overwrite changed", AuditOverwriteDelete: "overwrite deleted", AuditMemberKick: "member kicked",
	AuditMemberPrune: "members pruned", AuditBanAdd: "banned", AuditBanRemove: "ban lifted", AuditMemberUpdate: "member changed", AuditMemberRoleUpdate: "roles of a member changed",
	AuditMemberMove: "moved in voice", AuditMemberDisconnect: "disconnected from voice", AuditBotAdd: "bot added", AuditRoleCreate: "role made", AuditRoleUpdate: "role changed",
	AuditRoleDelete: "role deleted", AuditInviteCreate: "invite made", AuditInviteDelete: "invite revoked", AuditWebhookCreate: "webhook made", AuditWebhookUpdate: "webhook changed", AuditWebhookDelete: "webhook deleted", AuditEmojiCreate: "emoji made", AuditEmojiUpdate: "emoji changed",
	AuditEmojiDelete: "emoji deleted", AuditMessageDelete: "message deleted", AuditMessageBulkDelete: "messages deleted", AuditMessagePin: "message pinned",
	AuditMessageUnpin: "message unpinned", AuditIntegrationCreate: "application let in", AuditIntegrationDelete: "application taken out", AuditThreadCreate: "thread made", AuditThreadUpdate: "thread changed", AuditThreadDelete: "thread deleted",
	AuditCommandPermits:    "permissions of a command changed",
	AuditAutoModRuleCreate: "automatic rule made", AuditAutoModRuleUpdate: "automatic rule changed", AuditAutoModRuleDelete: "automatic rule deleted",
	AuditAutoModBlock: "message blocked by a rule", AuditAutoModAlert: "message flagged by a rule", AuditAutoModTimeOut: "timed out by a rule", AuditAutoModQuarantine: "kept from taking part by a rule",
	AuditStageCreate: "stage opened", AuditStageUpdate: "stage changed", AuditStageDelete: "stage closed",
	AuditVoiceStatusCreate: "status of a voice channel set", AuditVoiceStatusDelete: "status of a voice channel taken away",
}

// String says it in a few words for people.
func (a AuditAction) String() string {
	if name, known := auditNames[a]; known {
		return name
	}
	return "act " + strconv.Itoa(int(a))
}

// AboutUser tells whether the target of the act is an account.
func (a AuditAction) AboutUser() bool {
	return a >= AuditMemberKick && a <= AuditBotAdd && a != AuditMemberPrune || a == AuditMessageDelete || a == AuditMessagePin || a == AuditMessageUnpin || a >= AuditAutoModBlock && a <= AuditAutoModQuarantine
}

// AuditEntry is one act of an administrator or moderator: who did what to whom, what changed by it, and why.
type AuditEntry struct {
	ID      id.ID
	GuildID id.ID
	// UserID is who did it; zero for the command line of the machine's own administrator, and for the hall itself.
	UserID id.ID
	// TargetID is what it was done to: a member, channel, role, …; zero when there is none.
	TargetID id.ID
	Action   AuditAction
	Changes  []AuditChange
	// Options are further circumstances, by the names of the wire contract's optional audit entry info.
	Options map[string]string
	// Reason is at most 512 characters; may be empty.
	Reason string
}

// AuditChange is a field that an act changed.
type AuditChange struct {
	// Key is the field's name on the wire.
	Key string
	// Old and New are the values as they go over the wire, in JSON; nil when there was or is none.
	Old, New []byte
}

// AuditQuery chooses entries of a guild. Zero values choose all.
type AuditQuery struct {
	UserID, TargetID id.ID
	Action           AuditAction
	// Before and After are ids of entries, themselves left out. With After alone the page has the oldest that fit, in ascending order; otherwise the newest, in descending order.
	Before, After id.ID
	// Limit is how many at most; 0 gives none.
	Limit int
}

// Ascending tells in which order the entries come.
func (q AuditQuery) Ascending() bool { return q.After != 0 && q.Before == 0 }

// Chooses tells whether an entry is among those asked for, the limit aside.
func (q AuditQuery) Chooses(entry *AuditEntry) bool {
	return (q.UserID == 0 || entry.UserID == q.UserID) && (q.TargetID == 0 || entry.TargetID == q.TargetID) && (q.Action == 0 || entry.Action == q.Action) &&
		(q.Before == 0 || entry.ID < q.Before) && entry.ID > q.After
}

// AuditLogs keeps what administrators and moderators did. Entries are never changed; they go with their guild.
type AuditLogs interface {
	// AddAuditEntries stores entries of one guild in one step. ErrNotFound when there is no such guild; a *ConflictError ("id") when an entry is there already.
	AddAuditEntries(ctx context.Context, entries []AuditEntry) error
	// AuditEntries gives a page of a guild's entries.
	AuditEntries(ctx context.Context, guildID id.ID, query AuditQuery) ([]AuditEntry, error)
}
