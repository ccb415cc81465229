package rest

import (
	"context"
	"net/http"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) threadRoutes() []route.Route {
	const member = "/channels/{channel}/thread-members"
	return []route.Route{
		{Method: "POST", Pattern: "/channels/{channel}/messages/{message}/threads", Handle: a.startThreadFromMessage},
		{Method: "POST", Pattern: "/channels/{channel}/threads", Handle: a.startThread},
		{Method: "GET", Pattern: member, Handle: a.listThreadMembers},
		{Method: "PUT", Pattern: member + "/@me", Handle: a.changeOwnPlace(a.Threads.Join)},
		{Method: "DELETE", Pattern: member + "/@me", Handle: a.changeOwnPlace(a.Threads.Leave)},
		{Method: "GET", Pattern: member + "/@me", Handle: a.getThreadMember},
		{Method: "GET", Pattern: member + "/{user}", Handle: a.getThreadMember},
		{Method: "PUT", Pattern: member + "/{user}", Handle: a.changePlace(a.Threads.Add)},
		{Method: "DELETE", Pattern: member + "/{user}", Handle: a.changePlace(a.Threads.Remove)},
		{Method: "GET", Pattern: "/guilds/{guild}/threads/active", Handle: a.listActiveThreads},
		{Method: "GET", Pattern: "/channels/{channel}/threads/archived/public", Handle: a.listArchivedThreads(false)},
		{Method: "GET", Pattern: "/channels/{channel}/threads/archived/private", Handle: a.listArchivedThreads(true)},
		{Method: "GET", Pattern: "/channels/{channel}/threads/search", Handle: a.searchThreads},
		{Method: "GET", Pattern: "/channels/{channel}/users/@me/threads/archived/private", Handle: a.listJoinedThreads},
	}
}

// takeThread makes a new thread of its body.
func takeThread(body wire.ThreadDraft) chat.ThreadDraft {
	draft := chat.ThreadDraft{Name: body.Name, AutoArchive: inMinutes(body.AutoArchiveDuration), AppliedTags: body.AppliedTags}
	if body.Type.Given() {
		draft.Type = &body.Type.Value
	}
	if body.RateLimitPerUser.Given() {
		draft.RateLimitPerUser = &body.RateLimitPerUser.Value
	}
	if body.Invitable.Given() {
		draft.Invitable = &body.Invitable.Value
	}
	return draft
}

// inMinutes reads a duration in minutes; nil when there is none.
func inMinutes(given wire.Optional[int]) *time.Duration {
	if !given.Given() {
		return nil
	}
	const longest = 1 << 30 // more is no duration that anything takes, and would not fit
	duration := time.Duration(max(-1, min(longest, given.Value))) * time.Minute
	return &duration
}

func (a *api) startThread(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	files := a.receiveInto(r, channelID)
	var kept []store.Attachment
	defer func() { files.discardAllBut(kept) }()
	body, err := route.DecodeForm[wire.ThreadDraft](r, files.take)
	if err != nil {
		return err
	}
	draft := takeThread(body)
	if body.Message != nil {
		first, err := takeMessage(*body.Message)
		if err != nil {
			return err
		}
		if first.Attachments, err = files.drafts(body.Message.Attachments); err != nil {
			return err
		}
		draft.First = &first
	}
	thread, first, err := a.Threads.Start(r.Context(), r.Caller, channelID, draft)
	if err != nil {
		return err
	}
	if first != nil {
		kept = first.Message.Attachments
	}
	shown := wire.NewThread(thread.Channel, thread.Place)
	if first == nil {
		return route.JSON(w, http.StatusCreated, shown)
	}
	return route.JSON(w, http.StatusCreated, wire.Post{Thread: shown, Message: wire.NewMessage(*first, a.links(r))})
}

func (a *api) startThreadFromMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ThreadDraft](r)
	if err != nil {
		return err
	}
	thread, err := a.Threads.StartFromMessage(r.Context(), r.Caller, channelID, messageID, takeThread(body))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.NewThread(thread.Channel, thread.Place))
}

func (a *api) changeOwnPlace(change func(ctx context.Context, caller chat.Caller, threadID id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		threadID, err := r.ID("channel", chat.UnknownChannel)
		if err != nil {
			return err
		}
		if err := change(r.Context(), r.Caller, threadID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}

func (a *api) changePlace(change func(ctx context.Context, caller chat.Caller, threadID, userID id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		threadID, err := r.ID("channel", chat.UnknownChannel)
		if err != nil {
			return err
		}
		userID, err := r.ID("user", chat.UnknownUser)
		if err != nil {
			return err
		}
		if err := change(r.Context(), r.Caller, threadID, userID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}

// showThreadMember shows somebody's place in a thread, with who they are in the guild if that is asked for.
func showThreadMember(member chat.ThreadMember, whole bool) wire.ThreadMember {
	shown := wire.NewThreadMember(member.ThreadMember)
	if whole {
		inGuild := wire.NewMember(member.Member.Member, member.Member.User)
		shown.Member = &inGuild
	}
	return shown
}

func (a *api) getThreadMember(w http.ResponseWriter, r *route.Request) error {
	threadID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	userID := r.Caller.UserID
	if r.Param("user") != "" {
		if userID, err = r.ID("user", chat.UnknownMember); err != nil {
			return err
		}
	}
	query := r.Query()
	whole := query.Bool("with_member")
	if err := query.Err(); err != nil {
		return err
	}
	member, err := a.Threads.Member(r.Context(), r.Caller, threadID, userID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showThreadMember(member, whole))
}

// listThreadMembers gives all members, or pages of them to those who ask for a page or for who they are in the guild.
func (a *api) listThreadMembers(w http.ResponseWriter, r *route.Request) error {
	threadID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	query := r.Query()
	whole, after, limit := query.Bool("with_member"), query.ID("after"), 0
	if whole || query.Text("limit") != "" {
		limit = query.Int("limit", 100, 1, 100)
	}
	if err := query.Err(); err != nil {
		return err
	}
	members, err := a.Threads.Members(r.Context(), r.Caller, threadID, after, limit)
	if err != nil {
		return err
	}
	shown := make([]wire.ThreadMember, len(members))
	for i, member := range members {
		shown[i] = showThreadMember(member, whole)
	}
	return route.JSON(w, http.StatusOK, shown)
}

// showThreads shows threads with the reader's places in them.
func showThreads(threads []chat.Channel, more bool) wire.Threads {
	shown := wire.Threads{Threads: make([]wire.Thread, len(threads)), Members: []wire.ThreadMember{}, HasMore: more}
	for i, thread := range threads {
		shown.Threads[i] = wire.NewThread(thread.Channel, thread.Place)
		if thread.Place != nil {
			shown.Members = append(shown.Members, wire.NewThreadMember(*thread.Place))
		}
	}
	return shown
}

func (a *api) listActiveThreads(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	threads, err := a.Threads.Active(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showThreads(threads, false))
}

// The bounds of a page of archived threads.
const (
	defaultArchivedPage = 50
	minArchivedPage     = 2
	maxArchivedPage     = 100
)

func (a *api) listArchivedThreads(private bool) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		channelID, err := r.ID("channel", chat.UnknownChannel)
		if err != nil {
			return err
		}
		query := r.Query()
		page := store.ArchivedPage{Private: private, Before: query.Time("before"), Limit: query.Int("limit", defaultArchivedPage, minArchivedPage, maxArchivedPage)}
		if err := query.Err(); err != nil {
			return err
		}
		threads, more, err := a.Threads.Archived(r.Context(), r.Caller, channelID, page)
		if err != nil {
			return err
		}
		return route.JSON(w, http.StatusOK, showThreads(threads, more))
	}
}

func (a *api) listJoinedThreads(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	query := r.Query()
	before, limit := query.ID("before"), query.Int("limit", defaultArchivedPage, minArchivedPage, maxArchivedPage)
	if err := query.Err(); err != nil {
		return err
	}
	threads, more, err := a.Threads.JoinedArchived(r.Context(), r.Caller, channelID, before, limit)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showThreads(threads, more))
}
