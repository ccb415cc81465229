package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) guildRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me/guilds", Handle: a.listGuilds},
		{Method: "DELETE", Pattern: "/users/@me/guilds/{guild}", Handle: a.leaveGuild},
		{Method: "GET", Pattern: "/guilds", Handle: a.listGuilds},
		{Method: "POST", Pattern: "/guilds", Text: pictureText, Handle: a.createGuild},
		{Method: "GET", Pattern: "/guilds/{guild}", Handle: a.getGuild},
		{Method: "PATCH", Pattern: "/guilds/{guild}", Text: pictureText, Handle: a.updateGuild},
		{Method: "DELETE", Pattern: "/guilds/{guild}", Handle: a.deleteGuild},
		{Method: "GET", Pattern: "/guilds/{guild}/preview", Handle: a.previewGuild},
		{Method: "PUT", Pattern: "/guilds/{guild}/incident-actions", Handle: a.brakeGuild},
		{Method: "POST", Pattern: "/guilds/{guild}/mfa", Handle: a.setMFALevel},
		// As the web client of old has it.
		{Method: "POST", Pattern: "/guilds/{guild}/delete", Access: route.PeopleOnly, Handle: a.deleteGuild},
	}
}

// maxGuildPage is the longest page of GET /users/@me/guilds.
const maxGuildPage = 200

func (a *api) listGuilds(w http.ResponseWriter, r *route.Request) error {
	query := r.Query()
	page := chat.GuildPage{Before: query.ID("before"), After: query.ID("after"), Limit: query.Int("limit", maxGuildPage, 1, maxGuildPage), WithCounts: query.Bool("with_counts")}
	if err := query.Err(); err != nil {
		return err
	}
	guilds, err := a.Guilds.List(r.Context(), r.Caller, page)
	if err != nil {
		return err
	}
	body := make([]wire.UserGuild, len(guilds))
	for i, guild := range guilds {
		body[i] = wire.NewUserGuild(guild.Guild, guild.Owner, guild.Permissions)
		if guild.Counts != nil {
			body[i].ApproximateMemberCount, body[i].ApproximatePresenceCount = &guild.Counts.Members, &guild.Counts.Presences
		}
	}
	return route.JSON(w, http.StatusOK, body)
}

func (a *api) previewGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	view, err := a.Guilds.Get(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	counts, err := a.Guilds.Counts(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewGuildPreview(view.Guild, view.Emojis, counts.Members, counts.Presences))
}

func (a *api) brakeGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.IncidentActions](r)
	if err != nil {
		return err
	}
	guild, err := a.Guilds.Brake(r.Context(), r.Caller, guildID, chat.BrakeEdit{Invites: body.InvitesDisabledUntil.Pointer(), DMs: body.DMsDisabledUntil.Pointer()})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewIncidentsData(guild))
}

func (a *api) setMFALevel(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.MFALevel](r)
	if err != nil {
		return err
	}
	if body.Level == nil {
		return wrongField("level", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	guild, err := a.Guilds.SetMFALevel(r.Context(), r.Caller, guildID, *body.Level)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.MFALevel{Level: &guild.MFALevel})
}

func (a *api) leaveGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	if err := a.Guilds.Leave(r.Context(), r.Caller, guildID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) createGuild(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.GuildDraft](r)
	if err != nil {
		return err
	}
	draft, err := takeGuild(body)
	if err != nil {
		return err
	}
	view, err := a.Guilds.Create(r.Context(), r.Caller, draft)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.GuildWithChannels{Guild: wire.NewGuild(view.Guild, view.Roles, view.Emojis), Channels: showChannels(view.AllChannels())})
}

// takeGuild reads the body of a guild to be made.
func takeGuild(body wire.GuildDraft) (draft chat.GuildDraft, err error) {
	if err := refuseLater(later{"guild_template_code", body.GuildTemplateCode, "templates"}); err != nil {
		return draft, err
	}
	draft = chat.GuildDraft{Name: body.Name, Description: body.Description.Value, Icon: body.Icon.Pointer(), Settings: chat.GuildEdit{
		VerificationLevel: given(body.VerificationLevel), DefaultMessageNotifications: given(body.DefaultMessageNotifications), ExplicitContentFilter: given(body.ExplicitContentFilter),
		AFKChannelID: given(body.AFKChannelID), AFKTimeout: given(body.AFKTimeout), SystemChannelID: given(body.SystemChannelID), SystemChannelFlags: given(body.SystemChannelFlags),
		PreferredLocale: given(body.PreferredLocale),
	}}
	for _, one := range body.Roles.Value {
		role, err := roleDraft(one.RoleDraft)
		if err != nil {
			return draft, err
		}
		draft.Roles = append(draft.Roles, chat.RoleInDraft{Placeholder: given(one.ID), RoleDraft: role, Position: given(one.Position)})
	}
	for _, one := range body.Channels.Value {
		channel, err := channelDraft(one.ChannelDraft)
		if err != nil {
			return draft, err
		}
		draft.Channels = append(draft.Channels, chat.ChannelInDraft{Placeholder: given(one.ID), ChannelDraft: channel, Parent: given(one.ParentID)})
	}
	return draft, nil
}

func (a *api) getGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	query := r.Query()
	withCounts := query.Bool("with_counts")
	if err := query.Err(); err != nil {
		return err
	}
	view, err := a.Guilds.Get(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	body := wire.NewGuild(view.Guild, view.Roles, view.Emojis)
	if withCounts {
		counts, err := a.Guilds.Counts(r.Context(), r.Caller, guildID)
		if err != nil {
			return err
		}
		body.ApproximateMemberCount, body.ApproximatePresenceCount = &counts.Members, &counts.Presences
	}
	return route.JSON(w, http.StatusOK, body)
}

func (a *api) updateGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.GuildPatch](r)
	if err != nil {
		return err
	}
	err = refuseLater(later{"home_header", body.HomeHeader, "pictures"}, later{"features", body.Features, "features of communities"},
		later{"public_updates_channel_id", body.PublicUpdatesChannelID, "a channel for updates"}, later{"safety_alerts_channel_id", body.SafetyAlertsChannelID, "a channel for safety alerts"},
		later{"premium_progress_bar_enabled", body.PremiumProgressBarEnabled, "boosts"})
	if err != nil {
		return err
	}
	view, err := a.Guilds.Update(r.Context(), r.Caller, guildID, chat.GuildEdit{
		Name: body.Name.Pointer(), Description: body.Description.Pointer(), OwnerID: body.OwnerID.Pointer(), VerificationLevel: body.VerificationLevel.Pointer(),
		DefaultMessageNotifications: body.DefaultMessageNotifications.Pointer(), ExplicitContentFilter: body.ExplicitContentFilter.Pointer(),
		AFKTimeout: body.AFKTimeout.Pointer(), AFKChannelID: body.AFKChannelID.Pointer(), SystemChannelID: body.SystemChannelID.Pointer(),
		SystemChannelFlags: body.SystemChannelFlags.Pointer(), RulesChannelID: body.RulesChannelID.Pointer(), PreferredLocale: body.PreferredLocale.Pointer(),
		Icon: body.Icon.Pointer(), Banner: body.Banner.Pointer(), Splash: body.Splash.Pointer(), DiscoverySplash: body.DiscoverySplash.Pointer(),
	})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewGuild(view.Guild, view.Roles, view.Emojis))
}

func (a *api) deleteGuild(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	if err := a.Guilds.Delete(r.Context(), r.Caller, guildID); err != nil {
		return err
	}
	return route.NoContent(w)
}
