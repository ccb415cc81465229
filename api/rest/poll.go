package rest

import (
	"net/http"
	"strconv"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) pollRoutes() []route.Route {
	const all = "/channels/{channel}/polls/{message}"
	return []route.Route{
		{Method: "GET", Pattern: all + "/answers/{answer}", Handle: a.listVoters},
		{Method: "PUT", Pattern: all + "/answers/@me", Access: route.PeopleOnly, Limit: a.limits.React, Handle: a.vote},
		{Method: "POST", Pattern: all + "/expire", Handle: a.endPoll},
	}
}

// Bounds of a page of voters.
const (
	defaultVoterPage = 25
	maxVoterPage     = 100
)

func (a *api) listVoters(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	answer, err := strconv.Atoi(r.Param("answer"))
	if err != nil {
		return &chat.Error{Kind: chat.NoPoll}
	}
	query := r.Query()
	after, limit := query.ID("after"), query.Int("limit", defaultVoterPage, 1, maxVoterPage)
	if err := query.Err(); err != nil {
		return err
	}
	users, err := a.Messages.PollVoters(r.Context(), r.Caller, channelID, messageID, answer, after, limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.PollVoters{Users: wire.NewUsers(users)})
}

func (a *api) vote(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.PollAnswers](r)
	if err != nil {
		return err
	}
	if err := a.Messages.Vote(r.Context(), r.Caller, channelID, messageID, body.AnswerIDs); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) endPoll(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	message, err := a.Messages.EndPoll(r.Context(), r.Caller, channelID, messageID)
	return a.answerMessage(w, r, message, err)
}
