package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) inviteRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/invites/{code}", Access: route.Public, Limit: a.limits.LookUp, Handle: a.getInvite},
		{Method: "POST", Pattern: "/invites/{code}", Access: route.PeopleOnly, Handle: a.acceptInvite},
		{Method: "DELETE", Pattern: "/invites/{code}", Handle: a.deleteInvite},
		{Method: "GET", Pattern: "/guilds/{guild}/invites", Handle: a.listGuildInvites},
		{Method: "GET", Pattern: "/channels/{channel}/invites", Handle: a.listChannelInvites},
		{Method: "POST", Pattern: "/channels/{channel}/invites", Handle: a.createInvite},
	}
}

func showInvite(invite chat.Invite) wire.Invite {
	shown := wire.NewInvite(invite.Invite, invite.Guild, invite.Channel, invite.Inviter)
	if invite.Counts != nil {
		shown.ApproximateMemberCount, shown.ApproximatePresenceCount = &invite.Counts.Members, &invite.Counts.Presences
	}
	return shown
}

func answerInvites(w http.ResponseWriter, invites []chat.Invite, err error) error {
	if err != nil {
		return err
	}
	shown := make([]wire.Invite, len(invites))
	for i, invite := range invites {
		shown[i] = showInvite(invite).WithMetadata(invite.Invite)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) getInvite(w http.ResponseWriter, r *route.Request) error {
	query := r.Query()
	withCounts := query.Bool("with_counts")
	if err := query.Err(); err != nil {
		return err
	}
	invite, err := a.Invites.Get(r.Context(), r.Param("code"), withCounts)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showInvite(invite))
}

func (a *api) acceptInvite(w http.ResponseWriter, r *route.Request) error {
	invite, newMember, err := a.Invites.Accept(r.Context(), r.Caller, r.Param("code"))
	if err != nil {
		return err
	}
	shown := showInvite(invite)
	shown.NewMember = &newMember
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) deleteInvite(w http.ResponseWriter, r *route.Request) error {
	invite, err := a.Invites.Delete(r.Context(), r.Caller, r.Param("code"))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showInvite(invite))
}

func (a *api) listGuildInvites(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	invites, err := a.Invites.GuildInvites(r.Context(), r.Caller, guildID)
	return answerInvites(w, invites, err)
}

func (a *api) listChannelInvites(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	invites, err := a.Invites.ChannelInvites(r.Context(), r.Caller, channelID)
	return answerInvites(w, invites, err)
}

func (a *api) createInvite(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.InviteDraft](r)
	if err != nil {
		return err
	}
	err = refuseLater(later{"target_type", body.TargetType, "invites to streams and activities"}, later{"target_user_id", body.TargetUserID, "invites to streams"},
		later{"target_application_id", body.TargetApplicationID, "invites to activities"}, later{"role_ids", body.RoleIDs, "invites that give roles"})
	if err != nil {
		return err
	}
	draft := chat.InviteDraft{Temporary: body.Temporary.Value, Unique: body.Unique.Value}
	if body.MaxAge.Given() {
		draft.MaxAge = &body.MaxAge.Value
	}
	if body.MaxUses.Given() {
		draft.MaxUses = &body.MaxUses.Value
	}
	invite, err := a.Invites.Create(r.Context(), r.Caller, channelID, draft)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showInvite(invite).WithMetadata(invite.Invite))
}
