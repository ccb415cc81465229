package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) eventHookRoutes() []route.Route {
	const hooks, hook = "/guilds/{guild}/event-hooks", "/guilds/{guild}/event-hooks/{hook}"
	return []route.Route{
		{Method: "GET", Pattern: hooks, Handle: a.listEventHooks},
		{Method: "POST", Pattern: hooks, Handle: a.createEventHook},
		{Method: "GET", Pattern: hook, Handle: a.getEventHook},
		{Method: "PATCH", Pattern: hook, Handle: a.updateEventHook},
		{Method: "DELETE", Pattern: hook, Handle: a.deleteEventHook},
		{Method: "POST", Pattern: hook + "/secret", Handle: a.renewEventHookSecret},
		{Method: "POST", Pattern: hook + "/test", Handle: a.testEventHook},
		{Method: "GET", Pattern: hook + "/deliveries", Handle: a.listEventDeliveries},
		{Method: "POST", Pattern: hook + "/deliveries/{delivery}/replay", Handle: a.replayEventDelivery},
	}
}

// eventHookPlace reads which hook of which guild a request is about.
func eventHookPlace(r *route.Request) (guildID, hookID id.ID, err error) {
	return guildAnd(r, "hook", chat.UnknownEventHook)
}

func answerEventHook(w http.ResponseWriter, status int, hook store.EventHook, secret string, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, status, wire.NewEventHook(hook, secret))
}

func (a *api) listEventHooks(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	hooks, err := a.EventHooks.List(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	shown := make([]wire.EventHook, len(hooks))
	for i := range hooks {
		shown[i] = wire.NewEventHook(hooks[i], "")
	}
	return route.JSON(w, http.StatusOK, shown)
}

func takeEventHook(r *route.Request) (chat.EventHookEdit, error) {
	body, err := route.Decode[wire.EventHookEdit](r)
	return chat.EventHookEdit(body), err
}

func (a *api) createEventHook(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	draft, err := takeEventHook(r)
	if err != nil {
		return err
	}
	made, err := a.EventHooks.Create(r.Context(), r.Caller, guildID, draft)
	return answerEventHook(w, http.StatusCreated, made.EventHook, made.Secret, err)
}

func (a *api) getEventHook(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	hook, err := a.EventHooks.Get(r.Context(), r.Caller, guildID, hookID)
	return answerEventHook(w, http.StatusOK, hook, "", err)
}

func (a *api) updateEventHook(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	edit, err := takeEventHook(r)
	if err != nil {
		return err
	}
	hook, err := a.EventHooks.Update(r.Context(), r.Caller, guildID, hookID, edit)
	return answerEventHook(w, http.StatusOK, hook, "", err)
}

func (a *api) deleteEventHook(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	if err := a.EventHooks.Delete(r.Context(), r.Caller, guildID, hookID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) renewEventHookSecret(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	renewed, err := a.EventHooks.RenewSecret(r.Context(), r.Caller, guildID, hookID)
	return answerEventHook(w, http.StatusOK, renewed.EventHook, renewed.Secret, err)
}

func (a *api) testEventHook(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	test, err := a.EventHooks.Test(r.Context(), r.Caller, guildID, hookID)
	if err != nil {
		return err
	}
	shown := wire.EventHookTest{Problem: wire.TextOrNull(test.Problem)}
	if test.Status != 0 {
		shown.Status = &test.Status
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) listEventDeliveries(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	q := r.Query()
	state, after, limit := q.Choice("state", "pending", "dead"), q.ID("after"), q.Int("limit", 50, 1, 100)
	if err := q.Err(); err != nil {
		return err
	}
	found, err := a.EventHooks.Deliveries(r.Context(), r.Caller, guildID, hookID, state == "dead", after, limit)
	if err != nil {
		return err
	}
	shown := make([]wire.EventDelivery, len(found))
	for i := range found {
		shown[i] = wire.NewEventDelivery(found[i])
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) replayEventDelivery(w http.ResponseWriter, r *route.Request) error {
	guildID, hookID, err := eventHookPlace(r)
	if err != nil {
		return err
	}
	deliveryID, err := r.ID("delivery", chat.UnknownDelivery)
	if err != nil {
		return err
	}
	replayed, err := a.EventHooks.Replay(r.Context(), r.Caller, guildID, hookID, deliveryID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewEventDelivery(replayed))
}
