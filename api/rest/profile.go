package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) getProfile(w http.ResponseWriter, r *route.Request) error {
	userID, err := r.ID("user", chat.UnknownUser)
	if r.Param("user") == "@me" {
		userID, err = r.Caller.UserID, nil
	}
	if err != nil {
		return err
	}
	query := r.Query()
	guildID := query.ID("guild_id")
	if err := query.Err(); err != nil {
		return err
	}
	profile, err := a.Users.Profile(r.Context(), r.Caller, a.Relationships, userID, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewProfile(profile))
}

// Bounds of a page of mentions.
const (
	defaultMentionPage = 25
	maxMentionPage     = 100
)

func (a *api) listMentions(w http.ResponseWriter, r *route.Request) error {
	query := r.Query()
	page := chat.MentionPage{GuildID: query.ID("guild_id"), Before: query.ID("before"), Limit: query.Int("limit", defaultMentionPage, 1, maxMentionPage), Roles: true, Everyone: true}
	if query.Text("roles") != "" {
		page.Roles = query.Bool("roles")
	}
	if query.Text("everyone") != "" {
		page.Everyone = query.Bool("everyone")
	}
	if err := query.Err(); err != nil {
		return err
	}
	found, err := a.Messages.Mentions(r.Context(), r.Caller, page)
	if err != nil {
		return err
	}
	shown := make([]wire.Message, 0, len(found))
	for _, one := range found {
		messages, err := a.showMessages(r, one.Message.ChannelID, one)
		if err != nil {
			return err
		}
		shown = append(shown, messages...)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) dismissMention(w http.ResponseWriter, r *route.Request) error {
	messageID, err := r.ID("message", chat.UnknownMessage)
	if err != nil {
		return err
	}
	if err := a.Messages.DismissMention(r.Context(), r.Caller, messageID); err != nil {
		return err
	}
	return route.NoContent(w)
}
