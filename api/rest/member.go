package rest

import (
	"context"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) memberRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/guilds/{guild}/members", Handle: a.listMembers},
		{Method: "GET", Pattern: "/guilds/{guild}/members/search", Handle: a.searchMembers},
		{Method: "GET", Pattern: "/guilds/{guild}/members/{user}", Handle: a.getMember},
		{Method: "PATCH", Pattern: "/guilds/{guild}/members/@me", Text: pictureText, Handle: a.updateOwnMember},
		// As older libraries have it.
		{Method: "PATCH", Pattern: "/guilds/{guild}/members/@me/nick", Handle: a.updateOwnNick},
		{Method: "PATCH", Pattern: "/guilds/{guild}/members/{user}", Handle: a.updateMember},
		{Method: "DELETE", Pattern: "/guilds/{guild}/members/{user}", Handle: a.kickMember},
		{Method: "PUT", Pattern: "/guilds/{guild}/members/{user}/roles/{role}", Handle: a.changeMemberRole((*chat.Members).AddRole)},
		{Method: "DELETE", Pattern: "/guilds/{guild}/members/{user}/roles/{role}", Handle: a.changeMemberRole((*chat.Members).RemoveRole)},
		{Method: "GET", Pattern: "/users/@me/guilds/{guild}/member", Handle: a.getOwnMember},
	}
}

func showMembers(members []chat.GuildMember) []wire.Member {
	shown := make([]wire.Member, len(members))
	for i, member := range members {
		shown[i] = wire.NewMember(member.Member, member.User)
	}
	return shown
}

func answerMember(w http.ResponseWriter, member chat.GuildMember, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewMember(member.Member, member.User))
}

// maxMemberPage is the longest page of members.
const maxMemberPage = 1000

func (a *api) listMembers(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	after, limit := query.ID("after"), query.Int("limit", 1, 1, maxMemberPage)
	if err := query.Err(); err != nil {
		return err
	}
	members, err := a.Members.List(r.Context(), r.Caller, guildID, after, limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showMembers(members))
}

func (a *api) searchMembers(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	limit := query.Int("limit", 1, 1, maxMemberPage)
	if err := query.Err(); err != nil {
		return err
	}
	members, err := a.Members.Search(r.Context(), r.Caller, guildID, query.Text("query"), limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showMembers(members))
}

// memberPlace reads whose membership of which guild a path is about.
func memberPlace(r *route.Request) (guildID, userID id.ID, err error) {
	return guildAnd(r, "user", chat.UnknownMember)
}

func (a *api) getMember(w http.ResponseWriter, r *route.Request) error {
	guildID, userID, err := memberPlace(r)
	if err != nil {
		return err
	}
	member, err := a.Members.Get(r.Context(), r.Caller, guildID, userID)
	return answerMember(w, member, err)
}

func (a *api) getOwnMember(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	member, err := a.Members.Get(r.Context(), r.Caller, guildID, r.Caller.UserID)
	return answerMember(w, member, err)
}

func (a *api) updateOwnMember(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.SelfMemberPatch](r)
	if err != nil {
		return err
	}
	member, err := a.Members.UpdateSelf(r.Context(), r.Caller, guildID, chat.SelfEdit{Nick: body.Nick.Pointer(), Avatar: body.Avatar.Pointer(), Banner: body.Banner.Pointer(),
		Bio: body.Bio.Pointer()})
	return answerMember(w, member, err)
}

func (a *api) updateOwnNick(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.Nick](r)
	if err != nil {
		return err
	}
	member, err := a.Members.UpdateSelf(r.Context(), r.Caller, guildID, chat.SelfEdit{Nick: body.Nick.Pointer()})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, map[string]*string{"nick": wire.TextOrNull(member.Member.Nick)})
}

func (a *api) updateMember(w http.ResponseWriter, r *route.Request) error {
	guildID, userID, err := memberPlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.MemberPatch](r)
	if err != nil {
		return err
	}
	if err := refuseLater(later{"flags", body.Flags, "member flags"}); err != nil {
		return err
	}
	member, err := a.Members.Update(r.Context(), r.Caller, guildID, userID, chat.MemberEdit{
		Nick: body.Nick.Pointer(), RoleIDs: body.Roles.Pointer(), Mute: body.Mute.Pointer(), Deaf: body.Deaf.Pointer(), ChannelID: body.ChannelID.Pointer(),
		TimedOutUntil: body.CommunicationDisabledUntil.Pointer(),
	})
	return answerMember(w, member, err)
}

func (a *api) kickMember(w http.ResponseWriter, r *route.Request) error {
	guildID, userID, err := memberPlace(r)
	if err != nil {
		return err
	}
	if err := a.Members.Kick(r.Context(), r.Caller, guildID, userID); err != nil {
		return err
	}
	return route.NoContent(w)
}

// changeMemberRole makes the handler that gives a role to a member, or takes it.
func (a *api) changeMemberRole(change func(*chat.Members, context.Context, chat.Caller, id.ID, id.ID, id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		guildID, err := r.ID("guild", chat.UnknownGuild)
		if err != nil {
			return err
		}
		userID, err := r.ID("user", chat.UnknownMember)
		if err != nil {
			return err
		}
		roleID, err := r.ID("role", chat.UnknownRole)
		if err != nil {
			return err
		}
		if err := change(a.Members, r.Context(), r.Caller, guildID, userID, roleID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}
