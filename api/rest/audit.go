package rest

import (
	"math"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
)

func (a *api) auditRoutes() []route.Route {
	return []route.Route{{Method: "GET", Pattern: "/guilds/{guild}/audit-logs", Handle: a.listAuditEntries}}
}

// Bounds of a page of the audit log.
const (
	defaultAuditPage = 50
	maxAuditPage     = 100
)

func (a *api) listAuditEntries(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	wanted := store.AuditQuery{UserID: query.ID("user_id"), TargetID: query.ID("target_id"), Action: store.AuditAction(query.Int("action_type", 0, 0, math.MaxInt32)),
		Before: query.ID("before"), After: query.ID("after"), Limit: query.Int("limit", defaultAuditPage, 1, maxAuditPage)}
	if err := query.Err(); err != nil {
		return err
	}
	page, err := a.AuditLog.List(r.Context(), r.Caller, guildID, wanted)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAuditLog(page.Entries, page.Users, showThreads(page.Threads, false).Threads, page.Commands, page.Rules))
}
