package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) stageRoutes() []route.Route {
	const one = "/stage-instances/{channel}"
	return []route.Route{
		{Method: "POST", Pattern: "/stage-instances", Handle: a.openStage},
		{Method: "GET", Pattern: one, Handle: a.getStage},
		{Method: "PATCH", Pattern: one, Handle: a.updateStage},
		{Method: "DELETE", Pattern: one, Handle: a.closeStage},
		{Method: "PATCH", Pattern: "/guilds/{guild}/voice-states/@me", Handle: a.updateOwnVoiceState},
		{Method: "PATCH", Pattern: "/guilds/{guild}/voice-states/{user}", Handle: a.updateVoiceState},
	}
}

func (a *api) openStage(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.StageDraft](r)
	if err != nil {
		return err
	}
	stage, err := a.Voice.OpenStage(r.Context(), r.Caller, body.ChannelID, body.Topic)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewStageInstance(stage))
}

func (a *api) getStage(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	stage, err := a.Voice.Stage(r.Context(), r.Caller, channelID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewStageInstance(stage))
}

func (a *api) updateStage(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.StagePatch](r)
	if err != nil {
		return err
	}
	stage, err := a.Voice.UpdateStage(r.Context(), r.Caller, channelID, body.Topic.Pointer())
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewStageInstance(stage))
}

func (a *api) closeStage(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	if err := a.Voice.CloseStage(r.Context(), r.Caller, channelID); err != nil {
		return err
	}
	return route.NoContent(w)
}

// stageEdit reads where somebody is to be on a stage.
func stageEdit(r *route.Request) (chat.StageEdit, error) {
	body, err := route.Decode[wire.StagePlace](r)
	edit := chat.StageEdit{ChannelID: body.ChannelID.Value, Suppress: body.Suppress.Pointer()}
	if body.RequestToSpeakTimestamp.Present {
		raised := !body.RequestToSpeakTimestamp.Null
		edit.RequestToSpeak = &raised
	}
	return edit, err
}

func (a *api) updateOwnVoiceState(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	edit, err := stageEdit(r)
	if err != nil {
		return err
	}
	if err := a.Voice.UpdateOwnStage(r.Context(), r.Caller, guildID, edit); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) updateVoiceState(w http.ResponseWriter, r *route.Request) error {
	guildID, userID, err := memberPlace(r)
	if err != nil {
		return err
	}
	edit, err := stageEdit(r)
	if err != nil {
		return err
	}
	if err := a.Voice.UpdateStageOf(r.Context(), r.Caller, guildID, userID, edit); err != nil {
		return err
	}
	return route.NoContent(w)
}
