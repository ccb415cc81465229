package wire

import "guildhall/store/id"

// Ban is a ban with the account that it is of.
type Ban struct {
	User   User    `json:"user"`
	Reason *string `json:"reason"`
}

// BanPut is the body of PUT /guilds/{guild}/bans/{user}, which may be empty. Days are from older versions; of both the seconds decide.
type BanPut struct {
	DeleteMessageSeconds Optional[int] `json:"delete_message_seconds"`
	DeleteMessageDays    Optional[int] `json:"delete_message_days"`
	// Reason is from older versions too; the X-Audit-Log-Reason header decides.
	Reason Optional[string] `json:"reason"`
}

// BulkBan is the body of POST /guilds/{guild}/bulk-ban.
type BulkBan struct {
	UserIDs              []id.ID       `json:"user_ids"`
	DeleteMessageSeconds Optional[int] `json:"delete_message_seconds"`
}

// BulkBanResult tells for whom it was done and for whom not.
type BulkBanResult struct {
	BannedUsers []id.ID `json:"banned_users"`
	FailedUsers []id.ID `json:"failed_users"`
}

// NewBulkBanResult shows the result of a bulk ban.
func NewBulkBanResult(banned, failed []id.ID) BulkBanResult {
	return BulkBanResult{BannedUsers: list(banned), FailedUsers: list(failed)}
}

// Prune is the body of POST /guilds/{guild}/prune.
type Prune struct {
	Days              Optional[int]     `json:"days"`
	IncludeRoles      Optional[[]id.ID] `json:"include_roles"`
	ComputePruneCount Optional[bool]    `json:"compute_prune_count"`
}

// Pruned tells how many members went, or would; null when it was not asked for.
type Pruned struct {
	Pruned *int `json:"pruned"`
}

// GuildBan is the payload of GUILD_BAN_ADD and GUILD_BAN_REMOVE.
type GuildBan struct {
	GuildID id.ID `json:"guild_id"`
	User    User  `json:"user"`
}
