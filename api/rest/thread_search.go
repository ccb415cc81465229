package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

// threadOrders are the words for what found threads are ordered by.
var threadOrders = map[string]chat.ThreadOrder{
	"": chat.OrderLastMessage, "last_message_time": chat.OrderLastMessage, "creation_time": chat.OrderCreation, "archive_time": chat.OrderArchive, "relevance": chat.OrderRelevance,
}

// defaultSlop is by how many words what is looked for may be moved against each other, as upstream.
const defaultSlop = 2

func (a *api) searchThreads(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	query := r.Query()
	search := chat.ThreadSearch{
		Name: query.Text("name"), Slop: query.Int("slop", defaultSlop, 0, 100), After: query.ID("min_id"), Before: query.ID("max_id"), Tags: query.IDs("tag"),
		AllTags: query.Choice("tag_setting", "match_some", "match_all") == "match_all", Order: threadOrders[query.Choice("sort_by", "last_message_time", "creation_time", "archive_time", "relevance")],
		Ascending: query.Choice("sort_order", "desc", "asc") == "asc", Offset: query.Int("offset", 0, 0, 9975), Limit: query.Int("limit", 25, 1, 25),
	}
	if query.Text("archived") != "" {
		archived := query.Bool("archived")
		search.Archived = &archived
	}
	if err := query.Err(); err != nil {
		return err
	}
	found, err := a.Threads.Search(r.Context(), r.Caller, channelID, search)
	if err != nil {
		return err
	}
	body := wire.ThreadSearch{Threads: showThreads(found.Threads, found.More), FirstMessages: []wire.Message{}, TotalResults: found.Total}
	for _, first := range found.First {
		shown, err := a.showMessages(r, first.Message.ChannelID, first)
		if err != nil {
			return err
		}
		body.FirstMessages = append(body.FirstMessages, shown...)
	}
	return route.JSON(w, http.StatusOK, body)
}
