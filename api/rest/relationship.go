package rest

import (
	"context"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) relationshipRoutes() []route.Route {
	const one = "/users/@me/relationships/{user}"
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me/relationships", Access: route.PeopleOnly, Handle: a.listRelationships},
		{Method: "POST", Pattern: "/users/@me/relationships", Access: route.PeopleOnly, Handle: a.askByName},
		{Method: "PUT", Pattern: one, Access: route.PeopleOnly, Handle: a.putRelationship},
		{Method: "PATCH", Pattern: one, Access: route.PeopleOnly, Handle: a.renameFriend},
		{Method: "DELETE", Pattern: one, Access: route.PeopleOnly, Handle: toUser(a.Relationships.Remove)},
		{Method: "GET", Pattern: "/users/@me/notes/{user}", Access: route.PeopleOnly, Handle: a.getNote},
		{Method: "PUT", Pattern: "/users/@me/notes/{user}", Access: route.PeopleOnly, Handle: a.putNote},
	}
}

// toUser handles what is done to somebody without a body.
func toUser(do func(ctx context.Context, caller chat.Caller, userID id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		userID, err := r.ID("user", chat.UnknownUser)
		if err != nil {
			return err
		}
		if err := do(r.Context(), r.Caller, userID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}

func (a *api) listRelationships(w http.ResponseWriter, r *route.Request) error {
	relationships, err := a.Relationships.List(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	shown := make([]wire.Relationship, len(relationships))
	for i, one := range relationships {
		shown[i] = wire.NewRelationship(one.Relationship, one.Other)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) askByName(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.FriendRequest](r)
	if err != nil {
		return err
	}
	if body.Discriminator.Given() && body.Discriminator.Value != "0" {
		return &chat.Error{Kind: chat.NobodyOfThatName}
	}
	if err := a.Relationships.AskByName(r.Context(), r.Caller, body.Username); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) putRelationship(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.RelationshipPut](r)
	if err != nil {
		return err
	}
	switch {
	case !body.Type.Given() || body.Type.Value == store.RelationshipFriend:
		return toUser(a.Relationships.Ask)(w, r)
	case body.Type.Value == store.RelationshipBlocked:
		return toUser(a.Relationships.Block)(w, r)
	}
	return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "type", Code: "BASE_TYPE_CHOICES", Message: "Must be 1 or 2."}}}
}

func (a *api) renameFriend(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.RelationshipPatch](r)
	if err != nil {
		return err
	}
	return toUser(func(ctx context.Context, caller chat.Caller, userID id.ID) error {
		return a.Relationships.Rename(ctx, caller, userID, body.Nickname.Value)
	})(w, r)
}

func (a *api) getNote(w http.ResponseWriter, r *route.Request) error {
	userID, err := r.ID("user", chat.UnknownUser)
	if err != nil {
		return err
	}
	note, err := a.Relationships.Note(r.Context(), r.Caller, userID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.UserNote{UserID: r.Caller.UserID, NoteUserID: userID, Note: note})
}

func (a *api) putNote(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.UserNotePut](r)
	if err != nil {
		return err
	}
	return toUser(func(ctx context.Context, caller chat.Caller, userID id.ID) error {
		return a.Relationships.SetNote(ctx, caller, userID, body.Note.Value)
	})(w, r)
}
