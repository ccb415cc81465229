package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) emojiRoutes() []route.Route {
	const all = "/guilds/{guild}/emojis"
	return []route.Route{
		{Method: "GET", Pattern: all, Handle: a.listEmojis},
		{Method: "POST", Pattern: all, Handle: a.createEmoji},
		{Method: "GET", Pattern: all + "/{emoji}", Handle: a.getEmoji},
		{Method: "PATCH", Pattern: all + "/{emoji}", Handle: a.updateEmoji},
		{Method: "DELETE", Pattern: all + "/{emoji}", Handle: a.deleteEmoji},
	}
}

// emojiPlace reads the guild and the emoji of a path.
func emojiPlace(r *route.Request) (guildID, emojiID id.ID, err error) {
	return guildAnd(r, "emoji", chat.UnknownEmoji)
}

func (a *api) listEmojis(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	emojis, err := a.Emojis.List(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	shown := make([]wire.Emoji, len(emojis))
	for i, emoji := range emojis {
		shown[i] = wire.NewEmoji(emoji.GuildEmoji, emoji.Creator)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) getEmoji(w http.ResponseWriter, r *route.Request) error {
	guildID, emojiID, err := emojiPlace(r)
	if err != nil {
		return err
	}
	emoji, err := a.Emojis.Get(r.Context(), r.Caller, guildID, emojiID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewEmoji(emoji.GuildEmoji, emoji.Creator))
}

func (a *api) createEmoji(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.EmojiDraft](r)
	if err != nil {
		return err
	}
	emoji, err := a.Emojis.Create(r.Context(), r.Caller, guildID, chat.EmojiDraft{Name: body.Name, Image: body.Image, RoleIDs: body.Roles.Value})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.NewEmoji(emoji.GuildEmoji, emoji.Creator))
}

func (a *api) updateEmoji(w http.ResponseWriter, r *route.Request) error {
	guildID, emojiID, err := emojiPlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.EmojiPatch](r)
	if err != nil {
		return err
	}
	emoji, err := a.Emojis.Update(r.Context(), r.Caller, guildID, emojiID, chat.EmojiEdit{Name: body.Name.Pointer(), RoleIDs: body.Roles.Pointer()})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewEmoji(emoji.GuildEmoji, emoji.Creator))
}

func (a *api) deleteEmoji(w http.ResponseWriter, r *route.Request) error {
	guildID, emojiID, err := emojiPlace(r)
	if err != nil {
		return err
	}
	if err := a.Emojis.Delete(r.Context(), r.Caller, guildID, emojiID); err != nil {
		return err
	}
	return route.NoContent(w)
}
