package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) voiceRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/voice/regions", Handle: listRegions},
		{Method: "GET", Pattern: "/guilds/{guild}/regions", Handle: a.listGuildRegions},
		{Method: "GET", Pattern: "/guilds/{guild}/voice-states/@me", Handle: a.getOwnVoiceState},
		{Method: "GET", Pattern: "/guilds/{guild}/voice-states/{user}", Handle: a.getVoiceState},
		{Method: "PUT", Pattern: "/channels/{channel}/voice-status", Handle: a.setVoiceStatus},
	}
}

// regions is the one place where a hall's voice is.
var regions = []wire.VoiceRegion{{ID: wire.VoiceRegionID, Name: "This hall", Optimal: true}}

func listRegions(w http.ResponseWriter, _ *route.Request) error {
	return route.JSON(w, http.StatusOK, regions)
}

func (a *api) listGuildRegions(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	if _, err := a.Guilds.Get(r.Context(), r.Caller, guildID); err != nil {
		return err
	}
	return listRegions(w, r)
}

func (a *api) getOwnVoiceState(w http.ResponseWriter, r *route.Request) error {
	return a.answerVoiceState(w, r, r.Caller.UserID)
}

func (a *api) getVoiceState(w http.ResponseWriter, r *route.Request) error {
	userID, err := r.ID("user", chat.UnknownMember)
	if err != nil {
		return err
	}
	return a.answerVoiceState(w, r, userID)
}

// answerVoiceState shows where somebody is in voice to those who may view that channel.
func (a *api) answerVoiceState(w http.ResponseWriter, r *route.Request, userID id.ID) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	member, err := a.Members.Get(r.Context(), r.Caller, guildID, userID)
	if err != nil {
		return err
	}
	state, in, err := a.Voice.State(r.Context(), guildID, userID)
	if err != nil {
		return err
	}
	if in {
		_, err = a.Channels.Get(r.Context(), r.Caller, state.ChannelID)
	}
	if !in || err != nil {
		return &chat.Error{Kind: chat.UnknownVoiceState, Cause: err}
	}
	return route.JSON(w, http.StatusOK, wire.NewVoiceStateUpdate(state, member.Member, member.User))
}

func (a *api) setVoiceStatus(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.VoiceStatus](r)
	if err != nil {
		return err
	}
	if err := a.Voice.SetStatus(r.Context(), r.Caller, channelID, body.Status.Value); err != nil {
		return err
	}
	return route.NoContent(w)
}
