package rest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// permitted says who may use a route of guilds and channels.
type permitted struct {
	// need are the permissions that it takes, each of them; also are those that would do in place of one. Everybody who is asked may view the channel.
	need, also perm.Set
	// path replaces the names of the pattern where they are not the usual ones; body is the request's.
	path, body string
	// codes are answers that only somebody who may do it gets, although it fails.
	codes []int
	// owner tells that nobody but the owner may.
	owner bool
	// news tells that the route is about the announcement channel, and overwrites there say who may use it.
	news bool
	// voice tells the same of the voice channel.
	voice bool
	// replaces tells that the overwrites themselves are what is asked for: others would stand in its way.
	replaces bool
}

// guildRoutes are all routes that are about a guild, a channel or what is in one.
var guildRoutes = map[string]permitted{
	"GET /users/@me/guilds/{guild}/member":                                   {},
	"DELETE /users/@me/guilds/{guild}":                                       {},
	"PATCH /users/@me/guilds/{guild}/settings":                               {body: `{"muted":true}`},
	"GET /guilds/{guild}":                                                    {},
	"PATCH /guilds/{guild}":                                                  {need: perm.ManageGuild, body: `{"description":"x"}`},
	"DELETE /guilds/{guild}":                                                 {owner: true},
	"POST /guilds/{guild}/delete":                                            {owner: true},
	"GET /guilds/{guild}/preview":                                            {},
	"PUT /guilds/{guild}/incident-actions":                                   {need: perm.ManageGuild, body: `{}`},
	"POST /guilds/{guild}/mfa":                                               {owner: true, body: `{"level":1}`, codes: []int{60003}},
	"GET /guilds/{guild}/channels":                                           {},
	"POST /guilds/{guild}/channels":                                          {need: perm.ManageChannels, body: `{"name":"x"}`},
	"PATCH /guilds/{guild}/channels":                                         {need: perm.ManageChannels, body: `[{"id":"{general}","position":3}]`},
	"GET /guilds/{guild}/roles":                                              {},
	"POST /guilds/{guild}/roles":                                             {need: perm.ManageRoles, body: `{"name":"x"}`},
	"PATCH /guilds/{guild}/roles":                                            {need: perm.ManageRoles, body: `[{"id":"{role}","position":1}]`},
	"GET /guilds/{guild}/roles/member-counts":                                {},
	"GET /guilds/{guild}/roles/{role}":                                       {},
	"PATCH /guilds/{guild}/roles/{role}":                                     {need: perm.ManageRoles, body: `{"hoist":true}`},
	"DELETE /guilds/{guild}/roles/{role}":                                    {need: perm.ManageRoles},
	"GET /guilds/{guild}/emojis":                                             {},
	"POST /guilds/{guild}/emojis":                                            {need: perm.CreateGuildExpressions, body: `{"name":"wave","image":"` + stillImage + `"}`},
	"GET /guilds/{guild}/emojis/{emoji}":                                     {path: "/guilds/{guild}/emojis/{wave}"},
	"PATCH /guilds/{guild}/emojis/{emoji}":                                   {need: perm.ManageGuildExpressions, path: "/guilds/{guild}/emojis/{wave}", body: `{"name":"bye"}`},
	"DELETE /guilds/{guild}/emojis/{emoji}":                                  {need: perm.ManageGuildExpressions, path: "/guilds/{guild}/emojis/{wave}"},
	"GET /guilds/{guild}/members":                                            {},
	"GET /guilds/{guild}/members/search":                                     {path: "/guilds/{guild}/members/search?query=b"},
	"GET /guilds/{guild}/members/{user}":                                     {},
	"PATCH /guilds/{guild}/members/@me":                                      {need: perm.ChangeNickname, also: perm.ManageNicknames, body: `{"nick":"x"}`},
	"PATCH /guilds/{guild}/members/@me/nick":                                 {need: perm.ChangeNickname, also: perm.ManageNicknames, body: `{"nick":"x"}`},
	"PATCH /guilds/{guild}/members/{user}":                                   {need: perm.ManageNicknames, body: `{"nick":"x"}`},
	"DELETE /guilds/{guild}/members/{user}":                                  {need: perm.KickMembers},
	"PUT /guilds/{guild}/members/{user}/roles/{role}":                        {need: perm.ManageRoles},
	"DELETE /guilds/{guild}/members/{user}/roles/{role}":                     {need: perm.ManageRoles},
	"GET /guilds/{guild}/bans":                                               {need: perm.BanMembers},
	"GET /guilds/{guild}/bans/{user}":                                        {need: perm.BanMembers, path: "/guilds/{guild}/bans/{dora}"},
	"PUT /guilds/{guild}/bans/{user}":                                        {need: perm.BanMembers},
	"DELETE /guilds/{guild}/bans/{user}":                                     {need: perm.BanMembers, path: "/guilds/{guild}/bans/{dora}"},
	"POST /guilds/{guild}/bulk-ban":                                          {need: perm.BanMembers | perm.ManageGuild, body: `{"user_ids":["{ben}"]}`},
	"GET /guilds/{guild}/prune":                                              {need: perm.KickMembers | perm.ManageGuild},
	"POST /guilds/{guild}/prune":                                             {need: perm.KickMembers | perm.ManageGuild, body: `{"days":7}`},
	"GET /guilds/{guild}/audit-logs":                                         {need: perm.ViewAuditLog},
	"GET /guilds/{guild}/auto-moderation/rules":                              {need: perm.ManageGuild},
	"POST /guilds/{guild}/auto-moderation/rules":                             {need: perm.ManageGuild, body: `{"name":"x","event_type":1,"trigger_type":5,"trigger_metadata":{"mention_total_limit":5},"actions":[{"type":1}]}`},
	"GET /guilds/{guild}/auto-moderation/rules/{rule}":                       {need: perm.ManageGuild},
	"PATCH /guilds/{guild}/auto-moderation/rules/{rule}":                     {need: perm.ManageGuild, body: `{"enabled":false}`},
	"DELETE /guilds/{guild}/auto-moderation/rules/{rule}":                    {need: perm.ManageGuild},
	"GET /guilds/{guild}/reports":                                            {need: perm.ManageMessages, also: perm.ModerateMembers},
	"PATCH /guilds/{guild}/reports/{report}":                                 {need: perm.ManageMessages | perm.ReadMessageHistory, also: perm.ModerateMembers, body: `{"resolved":true}`},
	"GET /guilds/{guild}/integrations":                                       {need: perm.ManageGuild},
	"DELETE /guilds/{guild}/integrations/{integration}":                      {need: perm.ManageGuild, path: "/guilds/{guild}/integrations/{robin}"},
	"GET /guilds/{guild}/invites":                                            {need: perm.ManageGuild},
	"GET /guilds/{guild}/regions":                                            {},
	"GET /guilds/{guild}/voice-states/@me":                                   {codes: []int{10065}},
	"GET /guilds/{guild}/voice-states/{user}":                                {codes: []int{10065}},
	"PUT /channels/{channel}/voice-status":                                   {need: perm.SetVoiceChannelStatus | perm.ManageChannels | perm.Connect, path: "/channels/{lounge}/voice-status", body: `{"status":"x"}`, voice: true},
	"PATCH /guilds/{guild}/voice-states/@me":                                 {codes: []int{10065}, body: `{"suppress":true}`},
	"PATCH /guilds/{guild}/voice-states/{user}":                              {codes: []int{10065}, body: `{"suppress":true}`},
	"POST /stage-instances":                                                  {need: perm.MuteMembers | perm.MoveMembers | perm.ManageChannels | perm.Connect, body: `{"channel_id":"{stage}","topic":"x"}`},
	"GET /stage-instances/{channel}":                                         {path: "/stage-instances/{open}"},
	"PATCH /stage-instances/{channel}":                                       {need: perm.MuteMembers | perm.MoveMembers | perm.ManageChannels | perm.Connect, path: "/stage-instances/{open}", body: `{"topic":"x"}`},
	"DELETE /stage-instances/{channel}":                                      {need: perm.MuteMembers | perm.MoveMembers | perm.ManageChannels | perm.Connect, path: "/stage-instances/{open}"},
	"GET /guilds/{guild}/threads/active":                                     {},
	"GET /channels/{channel}":                                                {},
	"PATCH /channels/{channel}":                                              {need: perm.ManageChannels, body: `{"topic":"x"}`},
	"DELETE /channels/{channel}":                                             {need: perm.ManageChannels},
	"PUT /channels/{channel}/permissions/{target}":                           {need: perm.ManageRoles, body: `{"type":0,"allow":"0","deny":"0"}`},
	"DELETE /channels/{channel}/permissions/{target}":                        {need: perm.ManageRoles},
	"POST /channels/{channel}/messages/{message}/ack":                        {need: perm.ReadMessageHistory, body: `{}`},
	"POST /channels/{channel}/messages/{message}/report":                     {need: perm.ReadMessageHistory, body: `{}`},
	"GET /channels/{channel}/invites":                                        {need: perm.ManageChannels},
	"POST /channels/{channel}/invites":                                       {need: perm.CreateInstantInvite, body: `{}`},
	"DELETE /invites/{code}":                                                 {need: perm.ManageChannels, also: perm.ManageGuild},
	"GET /channels/{channel}/messages":                                       {need: perm.ReadMessageHistory},
	"POST /channels/{channel}/messages":                                      {need: perm.SendMessages, body: `{"content":"x"}`},
	"POST /channels/{channel}/messages/bulk-delete":                          {need: perm.ManageMessages, body: `{"messages":["{adas}","{bens}"]}`},
	"GET /channels/{channel}/messages/{message}":                             {need: perm.ReadMessageHistory},
	"PATCH /channels/{channel}/messages/{message}":                           {need: perm.ManageMessages, body: `{"flags":4}`},
	"DELETE /channels/{channel}/messages/{message}":                          {need: perm.ManageMessages},
	"PATCH /messages/{message}":                                              {need: perm.ManageMessages, body: `{"flags":4}`},
	"DELETE /messages/{message}":                                             {need: perm.ManageMessages},
	"POST /channels/{channel}/typing":                                        {need: perm.SendMessages},
	"POST /channels/{channel}/attachments":                                   {need: perm.SendMessages | perm.AttachFiles, body: `{"files":[{"filename":"a.txt","file_size":1,"id":"0"}]}`},
	"DELETE /channels/{channel}/messages/{message}/reactions":                {need: perm.ManageMessages | perm.ReadMessageHistory},
	"GET /channels/{channel}/messages/{message}/reactions/{emoji}":           {need: perm.ReadMessageHistory},
	"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}":        {need: perm.ManageMessages | perm.ReadMessageHistory},
	"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me":       {need: perm.AddReactions | perm.ReadMessageHistory},
	"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me":    {need: perm.ReadMessageHistory},
	"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{user}": {need: perm.ManageMessages | perm.ReadMessageHistory},
	"GET /channels/{channel}/polls/{message}/answers/{answer}":               {need: perm.ReadMessageHistory, path: "/channels/{general}/polls/{poll}/answers/1"},
	"PUT /channels/{channel}/polls/{message}/answers/@me":                    {need: perm.ReadMessageHistory, path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[1]}`},
	"POST /channels/{channel}/polls/{message}/expire":                        {need: perm.ReadMessageHistory, path: "/channels/{general}/polls/{poll}/expire", codes: []int{50005}},
	"PUT /channels/{channel}/messages/pins/{message}":                        {need: perm.PinMessages | perm.ReadMessageHistory, also: perm.ManageMessages},
	"DELETE /channels/{channel}/messages/pins/{message}":                     {need: perm.PinMessages | perm.ReadMessageHistory, also: perm.ManageMessages},
	"PUT /channels/{channel}/pins/{message}":                                 {need: perm.PinMessages | perm.ReadMessageHistory, also: perm.ManageMessages},
	"DELETE /channels/{channel}/pins/{message}":                              {need: perm.PinMessages | perm.ReadMessageHistory, also: perm.ManageMessages},
	"GET /channels/{channel}/messages/pins":                                  {need: perm.ReadMessageHistory},
	"POST /channels/{channel}/pins/ack":                                      {need: perm.ReadMessageHistory},
	"GET /channels/{channel}/pins":                                           {need: perm.ReadMessageHistory},
	"POST /channels/{channel}/messages/{message}/threads":                    {need: perm.CreatePublicThreads | perm.ReadMessageHistory, body: `{"name":"x"}`},
	"POST /channels/{channel}/threads":                                       {need: perm.CreatePublicThreads, body: `{"name":"x","type":11}`},
	"GET /channels/{channel}/thread-members":                                 {path: "/channels/{thread}/thread-members"},
	"PUT /channels/{channel}/thread-members/@me":                             {path: "/channels/{thread}/thread-members/@me"},
	"DELETE /channels/{channel}/thread-members/@me":                          {path: "/channels/{thread}/thread-members/@me"},
	"GET /channels/{channel}/thread-members/@me":                             {path: "/channels/{thread}/thread-members/@me", codes: []int{10007}},
	"GET /channels/{channel}/thread-members/{user}":                          {path: "/channels/{thread}/thread-members/{ada}"},
	"PUT /channels/{channel}/thread-members/{user}":                          {need: perm.SendMessagesInThreads, path: "/channels/{thread}/thread-members/{ben}"},
	"DELETE /channels/{channel}/thread-members/{user}":                       {need: perm.ManageThreads, path: "/channels/{thread}/thread-members/{ada}"},
	"GET /channels/{channel}/threads/search":                                 {need: perm.ReadMessageHistory},
	"GET /channels/{channel}/threads/archived/public":                        {need: perm.ReadMessageHistory},
	"GET /channels/{channel}/threads/archived/private":                       {need: perm.ManageThreads | perm.ReadMessageHistory},
	"GET /channels/{channel}/webhooks":                                       {need: perm.ManageWebhooks},
	"POST /channels/{channel}/webhooks":                                      {need: perm.ManageWebhooks, body: `{"name":"x"}`},
	"POST /channels/{channel}/followers":                                     {need: perm.ManageWebhooks, path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{general}"}`},
	"POST /channels/{channel}/messages/{message}/crosspost":                  {need: perm.SendMessages | perm.ManageMessages, path: "/channels/{news}/messages/{word}/crosspost", news: true},
	"GET /guilds/{guild}/event-hooks":                                        {need: perm.ManageGuild | perm.ManageWebhooks},
	"POST /guilds/{guild}/event-hooks":                                       {need: perm.ManageGuild | perm.ManageWebhooks, body: `{"name":"x","url":"https://example.org","events":["MESSAGE_CREATE"]}`},
	"GET /guilds/{guild}/event-hooks/{hook}":                                 {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}"},
	"PATCH /guilds/{guild}/event-hooks/{hook}":                               {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}", body: `{"name":"y"}`},
	"DELETE /guilds/{guild}/event-hooks/{hook}":                              {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}"},
	"POST /guilds/{guild}/event-hooks/{hook}/secret":                         {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}/secret"},
	"POST /guilds/{guild}/event-hooks/{hook}/test":                           {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}/test"},
	"GET /guilds/{guild}/event-hooks/{hook}/deliveries":                      {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}/deliveries"},
	"POST /guilds/{guild}/event-hooks/{hook}/deliveries/{delivery}/replay":   {need: perm.ManageGuild | perm.ManageWebhooks, path: "/guilds/{guild}/event-hooks/{eventhook}/deliveries/{dead}/replay"},
	"GET /guilds/{guild}/webhooks":                                           {need: perm.ManageWebhooks},
	"GET /webhooks/{hook}":                                                   {need: perm.ManageWebhooks},
	"PATCH /webhooks/{hook}":                                                 {need: perm.ManageWebhooks, body: `{"name":"x"}`},
	"DELETE /webhooks/{hook}":                                                {need: perm.ManageWebhooks},

	"GET /guilds/{guild}/application-command-index":                                 {},
	"GET /channels/{channel}/application-command-index":                             {},
	"GET /applications/{application}/guilds/{guild}/commands/permissions":           {need: perm.ManageGuild, path: "/applications/{robin}/guilds/{guild}/commands/permissions"},
	"GET /applications/{application}/guilds/{guild}/commands/{command}/permissions": {need: perm.ManageGuild, path: "/applications/{robin}/guilds/{guild}/commands/{robin}/permissions", codes: []int{10066}},
	"PUT /applications/{application}/guilds/{guild}/commands/{command}/permissions": {need: perm.ManageGuild, path: "/applications/{robin}/guilds/{guild}/commands/{robin}/permissions",
		body: `{"permissions":[{"id":"{ben}","type":2,"permission":true}]}`},
	"GET /channels/{channel}/users/@me/threads/archived/private": {need: perm.ReadMessageHistory},
}

// usualNames stand for the parameters of patterns.
var usualNames = strings.NewReplacer("{channel}", "{general}", "{message}", "{bens}", "{user}", "{ben}", "{target}", "{role}", "{emoji}", "%F0%9F%91%8D", "{answer}", "1")

// matrix is a world with everybody in it whom the matrix asks: vera, whose permissions are those of everybody, with a rank above ben's; adam, an administrator; dora, who is banned; cleo, a stranger.
type matrix struct {
	*world
	vera chat.Caller
	// testers is vera's role, news an announcement channel.
	testers, news id.ID
}

func newMatrix(t *testing.T) *matrix {
	w := &matrix{world: newWorld(t)}
	ctx, owner := t.Context(), w.guild.Owner
	vera, adam, dora := w.register("vera"), w.register("adam"), w.register("dora")
	w.guild.Join(vera, adam, dora)
	w.vera, w.testers = vera, w.guild.Role("Testers", 5, 0, vera).ID
	w.guild.Role("Administrators", 6, perm.Administrator, adam)
	w.must(w.hall.Bans.Ban(ctx, owner, w.guild.ID, dora.UserID, 0))
	invite, err := w.hall.Invites.CreateForGuild(ctx, owner, w.guild.ID, chat.InviteDraft{})
	w.must(err)
	w.names = append(w.names, "{code}", invite.Code, "{soon}", w.hall.Clock.Now().Add(time.Hour).Format(time.RFC3339))
	rule, err := w.hall.AutoMod.Create(ctx, owner, store.AutoModRule{GuildID: w.guild.ID, Name: "Rule", Trigger: store.AutoModSpam, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	w.must(err)
	adas, err := id.Parse(w.fill("{adas}"))
	w.must(err)
	ben, err := id.Parse(w.fill("{ben}"))
	w.must(err)
	report, err := w.hall.Reports.Report(ctx, chat.Caller{UserID: ben}, w.guild.General, adas, "")
	w.must(err)
	poll, err := w.hall.Messages.Create(ctx, owner, w.guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}}}})
	w.must(err)
	roleID, err := id.Parse(w.fill("{role}"))
	w.must(err)
	w.guild.Overwrite(w.guild.General, roleID, store.OverwriteRole, perm.ViewChannel, 0)
	w.must(w.hall.Messages.React(ctx, owner, w.guild.General, poll.Message.ID, store.Emoji{Name: "👍"}))
	got := w.call(t, scenario{as: "ada", method: http.MethodPost, path: "/channels/{general}/threads", body: `{"name":"Thread","type":11}`})
	thread, err := id.Parse(got.text("id"))
	w.must(err)
	wave, err := w.hall.Emojis.Create(ctx, owner, w.guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage})
	w.must(err)
	webhook, err := w.hall.Webhooks.Create(ctx, owner, w.guild.General, chat.WebhookEdit{Name: new("Ci")})
	w.must(err)
	w.news = w.guild.Channel("news", store.ChannelAnnouncement)
	stage, open := w.guild.Channel("stage", store.ChannelStage), w.guild.Channel("open", store.ChannelStage)
	_, err = w.hall.Voice.OpenStage(ctx, owner, open, "Talk")
	w.must(err)
	w.name("stage", stage, "open", open)
	word, err := w.hall.Messages.Create(ctx, owner, w.news, chat.MessageDraft{Content: "news"})
	w.must(err)
	w.must(w.hall.EventHooks.Begin(nobodyTold{}, wire.NewEventBodies(nil)))
	told, err := w.hall.EventHooks.Create(ctx, owner, w.guild.ID, chat.EventHookEdit{Name: new("Script"), URL: new("https://example.org"), Events: &[]string{"MESSAGE_CREATE"}})
	w.must(err)
	dead := store.EventDelivery{ID: w.hall.IDs.Next(), HookID: told.ID, Event: "MESSAGE_CREATE", Body: []byte("{}"), Dead: true}
	w.must(w.hall.Store.AddEventDeliveries(ctx, []store.EventDelivery{dead}))
	w.name("eventhook", told.ID, "dead", dead.ID, "news", w.news, "word", word.Message.ID, "hook", webhook.ID, "wave", wave.ID, "vera", vera.UserID, "adam", adam.UserID, "dora", dora.UserID, "rule", rule.ID, "report", report.ID, "poll", poll.Message.ID, "thread", thread)
	return w
}

// guard says whether moderators need a second factor (1) or not (0).
func (w *matrix) guard(level int) {
	_, err := w.hall.Guilds.SetMFALevel(w.t.Context(), chattest.Console, w.guild.ID, level)
	w.must(err)
}

// nobodyTold is where event hooks tell that nobody listens to.
type nobodyTold struct{}

func (nobodyTold) Send(context.Context, string, map[string]string, []byte) (int, time.Duration, error) {
	return http.StatusNoContent, 0, nil
}

// refused tells whether an answer keeps somebody out.
func refused(got reply) bool {
	return got.StatusCode == http.StatusForbidden || got.StatusCode == http.StatusNotFound && got.text("message") != "404: Not Found"
}

// allowed tells whether an answer is one that only somebody gets who may do it.
func (p permitted) allowed(got reply) bool {
	if got.StatusCode < 300 {
		return true
	}
	code, _ := got.value("code").(float64)
	for _, one := range p.codes {
		if int(code) == one {
			return true
		}
	}
	return false
}

// ask sends the request of a route.
func (w *matrix) ask(t *testing.T, as, line string, p permitted) reply {
	method, pattern, _ := strings.Cut(line, " ")
	path := p.path
	if path == "" {
		path = usualNames.Replace(pattern)
	}
	return w.call(t, scenario{as: as, method: method, path: path, body: p.body})
}

func TestWhoMayUseEachRouteOfGuildsAndChannels(t *testing.T) {
	for line, p := range guildRoutes {
		t.Run(line, func(t *testing.T) { askEverybody(t, line, p) })
	}
}

// askEverybody asks for a route as everybody whom the matrix knows.
func askEverybody(t *testing.T, line string, p permitted) {
	t.Helper()
	w := newMatrix(t)
	for as, why := range map[string]string{"cleo": "a stranger", "dora": "somebody who is banned"} {
		if got := w.ask(t, as, line, p); !refused(got) {
			t.Errorf("%s is answered %d: %s", why, got.StatusCode, got.body)
		}
	}
	everything := perm.All &^ perm.Administrator
	without := func(missing perm.Set) {
		t.Helper()
		w.guild.Everyone(everything &^ missing)
		if got := w.ask(t, "vera", line, p); !refused(got) {
			t.Errorf("without %v it is answered %d: %s", missing.Names(), got.StatusCode, got.body)
		}
	}
	if p.owner {
		w.guild.Everyone(everything)
		for _, as := range []string{"vera", "adam"} {
			if got := w.ask(t, as, line, p); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s is answered %d: %s", as, got.StatusCode, got.body)
			}
		}
		if got := w.ask(t, "ada", line, p); !p.allowed(got) {
			t.Errorf("the owner is answered %d: %s", got.StatusCode, got.body)
		}
		return
	}
	for bit := perm.Set(1); bit != 0; bit <<= 1 {
		if p.need&bit != 0 {
			without(bit | p.also)
		}
	}
	ofChannel := strings.Contains(line, "/channels/{channel}")
	if ofChannel || strings.Contains(line, " /messages/") {
		without(perm.ViewChannel)
	}
	if p.need&^(perm.ViewChannel|perm.ReadMessageHistory) != 0 {
		w.guild.Everyone(everything)
		w.timeOut(time.Hour)
		if got := w.ask(t, "vera", line, p); !refused(got) {
			t.Errorf("somebody who is timed out is answered %d: %s", got.StatusCode, got.body)
		}
		w.timeOut(0)
	}
	w.guild.Everyone(p.need | perm.ViewChannel)
	if p.need.HasAny(perm.Elevated) {
		w.guard(1)
		if got := w.ask(t, "vera", line, p); got.StatusCode != http.StatusForbidden || got.value("code") != 60003.0 {
			t.Errorf("without the second factor that the server asks for it is answered %d: %s", got.StatusCode, got.body)
		}
		w.guard(0)
	}
	if got := w.ask(t, "vera", line, p); !p.allowed(got) {
		t.Errorf("with what it needs it is answered %d: %s", got.StatusCode, got.body)
	}
	if testing.Short() {
		return // an administrator needs a world of their own for each route
	}
	if ofChannel && p.need != 0 && !p.replaces {
		askWithOverwrites(t, line, p)
	}
	other := newMatrix(t)
	other.guild.Everyone(perm.ViewChannel) // others must be able to be where they are put
	if got := other.ask(t, "adam", line, p); !p.allowed(got) {
		t.Errorf("an administrator is answered %d: %s", got.StatusCode, got.body)
	}
}

// askWithOverwrites asks for a channel's route where overwrites say who may: those for one member above those for their roles, and those above what everybody may.
func askWithOverwrites(t *testing.T, line string, p permitted) {
	t.Helper()
	w := newMatrix(t)
	channelID := w.guild.General
	if p.news {
		channelID = w.news
	}
	if p.voice {
		channelID = w.guild.Lounge
	}
	overwrite := func(kind store.OverwriteType, target id.ID, allow, deny perm.Set) {
		w.guild.Overwrite(channelID, target, kind, allow, deny)
	}
	everything, either := perm.All&^perm.Administrator, p.need|p.also|perm.ViewChannel
	refuse := func(why string) {
		t.Helper()
		if got := w.ask(t, "vera", line, p); !refused(got) {
			t.Errorf("%s it is answered %d: %s", why, got.StatusCode, got.body)
		}
	}
	w.guild.Everyone(everything)
	overwrite(store.OverwriteRole, w.guild.ID, 0, either)
	refuse("denied to everybody")
	overwrite(store.OverwriteRole, w.guild.ID, 0, 0)
	overwrite(store.OverwriteRole, w.testers, 0, either)
	refuse("denied to a role")
	overwrite(store.OverwriteRole, w.testers, either, 0)
	overwrite(store.OverwriteMember, w.vera.UserID, 0, p.need|p.also)
	refuse("allowed to a role and denied to one member")
	w.guild.Everyone(perm.ViewChannel)
	overwrite(store.OverwriteRole, w.guild.ID, 0, everything&^perm.ViewChannel)
	overwrite(store.OverwriteRole, w.testers, 0, everything)
	overwrite(store.OverwriteMember, w.vera.UserID, p.need|perm.ViewChannel, 0)
	if got := w.ask(t, "vera", line, p); !p.allowed(got) {
		t.Errorf("denied to everybody and to a role, and allowed to one member, it is answered %d: %s", got.StatusCode, got.body)
	}
}

// timeOut keeps vera from taking part for a time, zero for no longer.
func (w *matrix) timeOut(length time.Duration) {
	w.t.Helper()
	var until time.Time
	if length > 0 {
		until = w.hall.Clock.Now().Add(length)
	}
	_, err := w.hall.Members.Update(w.t.Context(), w.guild.Owner, w.guild.ID, w.vera.UserID, chat.MemberEdit{TimedOutUntil: &until})
	w.must(err)
}

func TestNoRouteAnswersNobodyOrTheWrongKindOfAccount(t *testing.T) {
	w := newMatrix(t)
	for _, table := range (&api{Chat: w.hall.Chat}).routes() {
		for _, one := range table {
			line := one.Method + " " + one.Pattern
			p := guildRoutes[line]
			if one.Access == route.Public {
				continue
			}
			if got := w.ask(t, "", line, p); got.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s answers nobody with %d: %s", line, got.StatusCode, got.body)
			}
			if got := w.ask(t, "Bearer nonsense", line, p); got.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s answers a wrong token with %d: %s", line, got.StatusCode, got.body)
			}
			wrong := map[route.Access]string{route.PeopleOnly: "robin", route.BotsOnly: "ada"}[one.Access]
			if wrong == "" {
				continue
			}
			code := map[string]float64{"robin": 20001, "ada": 20002}[wrong]
			if got := w.ask(t, wrong, line, p); got.StatusCode != http.StatusForbidden || got.value("code") != code {
				t.Errorf("%s answers the wrong kind of account with %d: %s", line, got.StatusCode, got.body)
			}
		}
	}
}
