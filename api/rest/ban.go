package rest

import (
	"cmp"
	"net/http"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) banRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/guilds/{guild}/bans", Handle: a.listBans},
		{Method: "GET", Pattern: "/guilds/{guild}/bans/{user}", Handle: a.getBan},
		{Method: "PUT", Pattern: "/guilds/{guild}/bans/{user}", Handle: a.ban},
		{Method: "DELETE", Pattern: "/guilds/{guild}/bans/{user}", Handle: a.unban},
		{Method: "POST", Pattern: "/guilds/{guild}/bulk-ban", Handle: a.bulkBan},
		{Method: "GET", Pattern: "/guilds/{guild}/prune", Handle: a.countPrune},
		{Method: "POST", Pattern: "/guilds/{guild}/prune", Handle: a.prune},
	}
}

// maxBanPage is the longest page of bans.
const maxBanPage = 1000

func showBan(ban chat.GuildBan) wire.Ban {
	return wire.Ban{User: wire.NewUser(ban.User), Reason: wire.TextOrNull(ban.Reason)}
}

func (a *api) listBans(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	page := chat.BanPage{Before: query.ID("before"), After: query.ID("after"), Limit: query.Int("limit", maxBanPage, 1, maxBanPage)}
	if err := query.Err(); err != nil {
		return err
	}
	bans, err := a.Bans.List(r.Context(), r.Caller, guildID, page)
	if err != nil {
		return err
	}
	shown := make([]wire.Ban, len(bans))
	for i, ban := range bans {
		shown[i] = showBan(ban)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) getBan(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	userID, err := r.ID("user", chat.UnknownBan)
	if err != nil {
		return err
	}
	ban, err := a.Bans.Get(r.Context(), r.Caller, guildID, userID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showBan(ban))
}

// day is what delete_message_days counts.
const day = 24 * 60 * 60

func (a *api) ban(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	userID, err := r.ID("user", chat.UnknownUser)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.BanPut](r)
	if err != nil {
		return err
	}
	caller := r.Caller
	if caller.Reason == "" {
		if caller.Reason, err = chat.CheckReason(body.Reason.Value); err != nil {
			return err
		}
	}
	if err := a.Bans.Ban(r.Context(), caller, guildID, userID, seconds(cmp.Or(body.DeleteMessageSeconds.Value, body.DeleteMessageDays.Value*day))); err != nil {
		return err
	}
	return route.NoContent(w)
}

// seconds is a duration; one that is too long stays too long.
func seconds(count int) time.Duration {
	const most = 1 << 32
	return time.Duration(max(-most, min(count, most))) * time.Second
}

func (a *api) unban(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	userID, err := r.ID("user", chat.UnknownBan)
	if err != nil {
		return err
	}
	if err := a.Bans.Unban(r.Context(), r.Caller, guildID, userID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) bulkBan(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.BulkBan](r)
	if err != nil {
		return err
	}
	banned, failed, err := a.Bans.Several(r.Context(), r.Caller, guildID, body.UserIDs, seconds(body.DeleteMessageSeconds.Value))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewBulkBanResult(banned, failed))
}

func (a *api) countPrune(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	prune := chat.Prune{Days: query.Int("days", 0, 1, 30), RoleIDs: query.IDs("include_roles")}
	if err := query.Err(); err != nil {
		return err
	}
	count, err := a.Members.CountPrune(r.Context(), r.Caller, guildID, prune)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.Pruned{Pruned: &count})
}

func (a *api) prune(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.Prune](r)
	if err != nil {
		return err
	}
	prune := chat.Prune{Days: body.Days.Value, RoleIDs: body.IncludeRoles.Value}
	if body.Days.Present && !body.Days.Null && body.Days.Value == 0 {
		prune.Days = -1 // asked for, and out of bounds
	}
	count, err := a.Members.Prune(r.Context(), r.Caller, guildID, prune)
	if err != nil {
		return err
	}
	answer := wire.Pruned{Pruned: &count}
	if body.ComputePruneCount.Present && !body.ComputePruneCount.Value {
		answer.Pruned = nil
	}
	return route.JSON(w, http.StatusOK, answer)
}
