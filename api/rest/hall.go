package rest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
)

func (a *api) hallRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/hall", Access: route.Public, Handle: a.getHall},
		{Method: "PATCH", Pattern: "/hall", Access: route.PeopleOnly, Handle: a.updateHall},
		{Method: "PUT", Pattern: "/hall/owner", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.handOverHall},
		{Method: "GET", Pattern: "/hall/log", Access: route.PeopleOnly, Handle: a.listHallEntries},
		{Method: "POST", Pattern: "/setup", Access: route.Public, Limit: a.limits.SignIn, Handle: a.setup},
	}
}

func (a *api) getHall(w http.ResponseWriter, r *route.Request) error {
	hall, err := a.Hall.State(r.Context())
	return a.answerHall(w, hall, err)
}

func (a *api) answerHall(w http.ResponseWriter, hall store.Hall, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewHall(hall, a.version, a.urls()))
}

func (a *api) updateHall(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.HallPatch](r)
	if err != nil {
		return err
	}
	hall, err := a.Hall.Update(r.Context(), r.Caller, chat.HallChange{Name: body.Name.Pointer(), Registration: body.Registration.Pointer(), BotCreation: body.BotCreation.Pointer(), Guests: body.Guests.Pointer()})
	return a.answerHall(w, hall, err)
}

func (a *api) handOverHall(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.HallOwner](r)
	if err != nil {
		return err
	}
	hall, err := a.Hall.HandOver(r.Context(), r.Caller, body.OwnerID, body.Password)
	return a.answerHall(w, hall, err)
}

// Bounds of a page of the hall's log.
const (
	defaultHallPage = 50
	maxHallPage     = 100
)

func (a *api) listHallEntries(w http.ResponseWriter, r *route.Request) error {
	query := r.Query()
	before, limit := query.ID("before"), query.Int("limit", defaultHallPage, 1, maxHallPage)
	if err := query.Err(); err != nil {
		return err
	}
	page, err := a.Hall.Entries(r.Context(), r.Caller, before, limit)
	if err != nil {
		return err
	}
	users := slices.SortedFunc(maps.Values(page.Users), func(a, b store.User) int { return cmp.Compare(a.ID, b.ID) })
	return route.JSON(w, http.StatusOK, wire.NewHallLog(page.Entries, users))
}

func (a *api) setup(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Setup](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	account := chat.NewAccount{Username: body.Username, Password: body.Password, Email: body.Email.Value, GlobalName: body.GlobalName.Value}
	set, err := a.Hall.Claim(r.Context(), a.client(r), body.Token, account)
	if chat.KindOf(err) == chat.InvalidToken {
		err = &chat.Error{Kind: chat.MissingPermission, Cause: err,
			Message: "This set-up link has been used or has expired. Whoever runs the hall gets a new one with: guildhall setup-url"}
	}
	return a.answerTokens(w, r, http.StatusCreated, set, body.Cookie, err)
}
