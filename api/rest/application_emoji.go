package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) applicationEmojiRoutes() []route.Route {
	const all = "/applications/{application}/emojis"
	return []route.Route{
		{Method: "GET", Pattern: all, Handle: a.listApplicationEmojis},
		{Method: "POST", Pattern: all, Handle: a.createApplicationEmoji},
		{Method: "GET", Pattern: all + "/{emoji}", Handle: a.getApplicationEmoji},
		{Method: "PATCH", Pattern: all + "/{emoji}", Handle: a.renameApplicationEmoji},
		{Method: "DELETE", Pattern: all + "/{emoji}", Handle: a.deleteApplicationEmoji},
	}
}

// applicationEmojiPlace reads the application and the emoji of a path.
func applicationEmojiPlace(r *route.Request) (applicationID, emojiID id.ID, err error) {
	if applicationID, err = r.ID("application", chat.UnknownApplication); err != nil {
		return 0, 0, err
	}
	emojiID, err = r.ID("emoji", chat.UnknownEmoji)
	return applicationID, emojiID, err
}

func answerApplicationEmoji(w http.ResponseWriter, status int, emoji chat.ApplicationEmoji, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, status, wire.NewApplicationEmoji(emoji.ApplicationEmoji, emoji.Creator))
}

func (a *api) listApplicationEmojis(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	emojis, err := a.Bots.Emojis(r.Context(), r.Caller, applicationID)
	if err != nil {
		return err
	}
	shown := wire.ApplicationEmojis{Items: make([]wire.Emoji, len(emojis))}
	for i, emoji := range emojis {
		shown.Items[i] = wire.NewApplicationEmoji(emoji.ApplicationEmoji, emoji.Creator)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) createApplicationEmoji(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ApplicationEmojiDraft](r)
	if err != nil {
		return err
	}
	emoji, err := a.Bots.CreateEmoji(r.Context(), r.Caller, applicationID, body.Name, body.Image)
	return answerApplicationEmoji(w, http.StatusCreated, emoji, err)
}

func (a *api) getApplicationEmoji(w http.ResponseWriter, r *route.Request) error {
	applicationID, emojiID, err := applicationEmojiPlace(r)
	if err != nil {
		return err
	}
	emoji, err := a.Bots.Emoji(r.Context(), r.Caller, applicationID, emojiID)
	return answerApplicationEmoji(w, http.StatusOK, emoji, err)
}

func (a *api) renameApplicationEmoji(w http.ResponseWriter, r *route.Request) error {
	applicationID, emojiID, err := applicationEmojiPlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ApplicationEmojiPatch](r)
	if err != nil {
		return err
	}
	emoji, err := a.Bots.RenameEmoji(r.Context(), r.Caller, applicationID, emojiID, body.Name)
	return answerApplicationEmoji(w, http.StatusOK, emoji, err)
}

func (a *api) deleteApplicationEmoji(w http.ResponseWriter, r *route.Request) error {
	applicationID, emojiID, err := applicationEmojiPlace(r)
	if err != nil {
		return err
	}
	if err := a.Bots.DeleteEmoji(r.Context(), r.Caller, applicationID, emojiID); err != nil {
		return err
	}
	return route.NoContent(w)
}
