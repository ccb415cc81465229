package rest

import (
	"net/http"
	"net/url"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) reactionRoutes() []route.Route {
	const all = "/channels/{channel}/messages/{message}/reactions"
	return []route.Route{
		{Method: "DELETE", Pattern: all, Handle: a.clearReactions},
		{Method: "GET", Pattern: all + "/{emoji}", Handle: a.listReactors},
		{Method: "DELETE", Pattern: all + "/{emoji}", Handle: a.clearReactions},
		{Method: "PUT", Pattern: all + "/{emoji}/@me", Limit: a.limits.React, Handle: a.react},
		{Method: "DELETE", Pattern: all + "/{emoji}/@me", Limit: a.limits.React, Handle: a.unreact},
		{Method: "DELETE", Pattern: all + "/{emoji}/{user}", Limit: a.limits.React, Handle: a.unreact},
	}
}

// emoji reads the emoji of a path: its characters, or "name:id" for one of a guild's own, before which some clients write "a:" when it moves.
func emoji(r *route.Request) (store.Emoji, error) {
	text, err := url.PathUnescape(r.Param("emoji"))
	if err != nil {
		return store.Emoji{}, &chat.Error{Kind: chat.UnknownEmoji}
	}
	end := strings.LastIndexByte(text, ':')
	if end < 0 {
		return store.Emoji{Name: text}, nil
	}
	emojiID, err := id.Parse(text[end+1:])
	if err != nil {
		return store.Emoji{}, &chat.Error{Kind: chat.UnknownEmoji}
	}
	return store.Emoji{ID: emojiID}, nil // what it is called is known
}

func (a *api) react(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	chosen, err := emoji(r)
	if err != nil {
		return err
	}
	if err := a.Messages.React(r.Context(), r.Caller, channelID, messageID, chosen); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) unreact(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	chosen, err := emoji(r)
	if err != nil {
		return err
	}
	userID := r.Caller.UserID
	if r.Param("user") != "" {
		if userID, err = r.ID("user", chat.UnknownUser); err != nil {
			return err
		}
	}
	if err := a.Messages.Unreact(r.Context(), r.Caller, channelID, messageID, userID, chosen); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) clearReactions(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	var only *store.Emoji
	if r.Param("emoji") != "" {
		chosen, err := emoji(r)
		if err != nil {
			return err
		}
		only = &chosen
	}
	if err := a.Messages.ClearReactions(r.Context(), r.Caller, channelID, messageID, only); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) listReactors(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	chosen, err := emoji(r)
	if err != nil {
		return err
	}
	query := r.Query()
	after, limit := query.ID("after"), query.Int("limit", 25, 1, 100)
	if err := query.Err(); err != nil {
		return err
	}
	users, err := a.Messages.Reactors(r.Context(), r.Caller, channelID, messageID, chosen, after, limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewUsers(users))
}
