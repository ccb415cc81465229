package rest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/chat/command"
	"guildhall/api/route"
	"guildhall/store/event"
	"guildhall/store/id"
)

// society is a world with everybody in it who can stand to another person in some way. The other is sam: fay is a friend, gil asked to be one, mia is in the same guild, bea was blocked by sam, bob
// blocked sam, ida is in a group of sam's, lou was in it, sue is a stranger; ada owns the hall, robin is a bot in sam's guild.
type society struct {
	*world
	people map[string]chat.Caller
}

var everyStanding = strings.Fields("sam fay gil mia bea bob ida lou sue ada robin")

func newSociety(t *testing.T) *society {
	w := &society{newWorld(t), make(map[string]chat.Caller)}
	ctx := t.Context()
	for _, name := range everyStanding[:len(everyStanding)-2] {
		w.people[name] = w.register(name)
		w.name(name, w.people[name].UserID)
	}
	sam, mia, ida, lou := w.people["sam"], w.people["mia"], w.people["ida"], w.people["lou"]
	w.guild.Join(sam, mia)
	for _, friend := range []chat.Caller{w.people["fay"], ida, lou} {
		w.must(w.hall.Relationships.Ask(ctx, friend, sam.UserID))
		w.must(w.hall.Relationships.Ask(ctx, sam, friend.UserID))
	}
	group, err := w.hall.Directs.CreateGroup(ctx, sam, []id.ID{ida.UserID, lou.UserID})
	w.must(err)
	said, err := w.hall.Messages.Create(ctx, sam, group.ID, chat.MessageDraft{Content: "among us"})
	w.must(err)
	w.must(w.hall.Directs.RemoveRecipient(ctx, lou, group.ID, lou.UserID))
	for _, former := range []chat.Caller{ida, lou} {
		w.must(w.hall.Relationships.Remove(ctx, former, sam.UserID))
	}
	w.must(w.hall.Relationships.Ask(ctx, w.people["gil"], sam.UserID))
	w.must(w.hall.Relationships.Block(ctx, sam, w.people["bea"].UserID))
	w.must(w.hall.Relationships.Block(ctx, w.people["bob"], sam.UserID))
	w.must(w.hall.Relationships.SetNote(ctx, sam, w.people["sue"].UserID, "a note"))
	report, err := w.hall.Reports.Report(ctx, ida, group.ID, said.Message.ID, "")
	w.must(err)
	invite, err := w.hall.Invites.CreateForGuild(ctx, w.guild.Owner, w.guild.ID, chat.InviteDraft{})
	w.must(err)
	w.names = append(w.names, "{code}", invite.Code)
	_, uploaded := w.slot(w.t, "sam", "a.txt", 3)
	w.names = append(w.names, "{uploaded}", uploaded)
	robin, err := id.Parse(w.fill("{robin}"))
	w.must(err)
	for name, guildID := range map[string]id.ID{"echo": 0, "local": w.guild.ID} {
		made, _, err := w.hall.Commands.Put(ctx, chat.Caller{UserID: robin, Bot: true}, robin, guildID, command.Draft{Name: &name, Description: &name})
		w.must(err)
		w.name(name, made.ID)
	}
	helper, _, err := w.hall.Bots.Create(ctx, sam, chat.NewBot{Name: "helper", OwnerID: sam.UserID})
	w.must(err)
	wave, err := w.hall.Bots.CreateEmoji(ctx, sam, helper.Bot.UserID, "wave", stillImage)
	w.must(err)
	w.name("helper", helper.Bot.UserID, "wave", wave.ID, "group", group.ID, "said", said.Message.ID, "report", report.ID)
	return w
}

// standing says who may use a route that is about people, conversations between them, or the hall.
type standing struct {
	// may are those who may, with spaces between: "people" are all but bots, "all" is everybody. code is what people are answered who may not.
	may  string
	code int
	// codes are those of people who are answered otherwise.
	codes map[string]int
	// path replaces the names of the pattern where they are not the usual ones; body is the request's. {other} is sam, for sam it is ida; {as} is the name of who asks.
	path, body string
	// answer is the code of an error that only those get who may; zero where they get what they ask for.
	answer int
}

// peopleRoutes are all routes that need credentials and are about neither guilds nor their channels. What is one's own is by nature nobody else's: such a route has no name of another in it.
var peopleRoutes = map[string]standing{
	"GET /auth/sessions":               {may: "people"},
	"POST /auth/sessions/logout":       {may: "people", body: `{"session_id_hashes":["x"],"password":"x"}`, answer: 10020},
	"GET /users/@me/mfa":               {may: "people"},
	"POST /users/@me/mfa/totp/enable":  {may: "people", body: `{"password":"not the password","secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","code":"000000"}`, answer: 50035},
	"POST /users/@me/mfa/totp/disable": {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"POST /users/@me/mfa/codes":        {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"GET /users/@me/security-events":   {may: "people"},
	"GET /users/@me/stream-key":        {may: "people"},
	"POST /users/@me/stream-key":       {may: "people"},
	"DELETE /users/@me/stream-key":     {may: "people"},

	// The tests reach the hall by a bare address, where there can be no passkeys.
	"POST /users/@me/mfa/webauthn/challenge":               {may: "people", answer: 50035},
	"GET /users/@me/mfa/webauthn/credentials":              {may: "people"},
	"POST /users/@me/mfa/webauthn/credentials":             {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"PATCH /users/@me/mfa/webauthn/credentials/{passkey}":  {may: "people", path: "/users/@me/mfa/webauthn/credentials/77", body: `{"name":""}`, answer: 50035},
	"DELETE /users/@me/mfa/webauthn/credentials/{passkey}": {may: "people", path: "/users/@me/mfa/webauthn/credentials/77", body: `{"password":"not the password"}`, answer: 50035},

	"GET /users/@me/oidc":         {may: "people"},
	"POST /users/@me/oidc":        {may: "people", body: `{}`, answer: 50035},
	"POST /users/@me/oidc/start":  {may: "people", body: `{"provider":"nobody","password":"not the password"}`, answer: 50035},
	"POST /users/@me/oidc/unlink": {may: "people", body: `{"id":"x","password":"not the password"}`, answer: 50035},
	// Nobody here is a guest.
	"POST /users/@me/claim":            {may: "people", body: `{"username":"x","password":"` + password + `"}`, answer: 50013},
	"GET /users/@me":                   {may: "all"},
	"PATCH /users/@me":                 {may: "all", body: `{"global_name":"x"}`},
	"POST /users/@me/delete":           {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"DELETE /users/@me":                {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"POST /users/@me/data":             {may: "people", body: `{"password":"not the password"}`, answer: 50035},
	"GET /users/@me/mentions":          {may: "people"},
	"GET /users/@me/settings":          {may: "people"},
	"PATCH /users/@me/settings":        {may: "people", body: `{"theme":"light"}`},
	"PATCH /users/@me/guilds/settings": {may: "sam mia ada", code: 10004, body: `{"guilds":{"{guild}":{"muted":true}}}`},
	"GET /users/@me/guilds":            {may: "all"},
	"GET /guilds":                      {may: "all"},
	"POST /guilds":                     {may: "people", body: `{"name":"Mine"}`},
	"POST /interactions":               {may: "sam mia ada", code: 10003, body: `{"type":3,"channel_id":"{general}","message_id":"7","data":{"component_type":2,"custom_id":"x"}}`, answer: 10008},
	"POST /attachments/refresh-urls":   {may: "all", body: `{"attachment_urls":["https://hall.lan/attachments/1/2/a.txt"]}`},
	"GET /voice/regions":               {may: "all"},
	"POST /invites/{code}":             {may: "people", body: `{}`},

	"GET /applications/{application}/commands":                             {may: "robin", path: "/applications/{robin}/commands"},
	"POST /applications/{application}/commands":                            {may: "robin", path: "/applications/{robin}/commands", body: `{"name":"sing","description":"Sings"}`},
	"PUT /applications/{application}/commands":                             {may: "robin", path: "/applications/{robin}/commands", body: `[{"name":"sing","description":"Sings"}]`},
	"GET /applications/{application}/commands/{command}":                   {may: "robin", path: "/applications/{robin}/commands/{echo}"},
	"PATCH /applications/{application}/commands/{command}":                 {may: "robin", path: "/applications/{robin}/commands/{echo}", body: `{"nsfw":true}`},
	"DELETE /applications/{application}/commands/{command}":                {may: "robin", path: "/applications/{robin}/commands/{echo}"},
	"GET /applications/{application}/guilds/{guild}/commands":              {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands"},
	"POST /applications/{application}/guilds/{guild}/commands":             {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands", body: `{"name":"sing","description":"Sings"}`},
	"PUT /applications/{application}/guilds/{guild}/commands":              {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands", body: `[{"name":"sing","description":"Sings"}]`},
	"GET /applications/{application}/guilds/{guild}/commands/{command}":    {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands/{local}"},
	"PATCH /applications/{application}/guilds/{guild}/commands/{command}":  {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands/{local}", body: `{"nsfw":true}`},
	"DELETE /applications/{application}/guilds/{guild}/commands/{command}": {may: "robin", path: "/applications/{robin}/guilds/{guild}/commands/{local}"},

	// The application is the bot's own, and its owner's.
	"GET /oauth2/applications/@me":               {may: "robin"},
	"GET /applications/@me":                      {may: "robin"},
	"PATCH /applications/@me":                    {may: "robin", body: `{"description":"x"}`},
	"GET /gateway/bot":                           {may: "robin"},
	"GET /applications":                          {may: "people"},
	"POST /applications":                         {may: "people", body: `{"name":"Bot of {as}"}`},
	"GET /applications/{application}":            {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}"},
	"PATCH /applications/{application}":          {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}", body: `{"description":"x"}`},
	"DELETE /applications/{application}":         {may: "sam", code: 10002, path: "/applications/{helper}"},
	"POST /applications/{application}/bot/reset": {may: "sam", code: 10002, path: "/applications/{helper}/bot/reset"},
	"POST /applications/{application}/transfer":  {may: "sam", code: 10002, path: "/applications/{helper}/transfer", body: `{"owner_id":"{fay}","password":"not the password"}`, answer: 50035},

	"GET /applications/{application}/emojis":            {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}/emojis"},
	"POST /applications/{application}/emojis":           {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}/emojis", body: `{"name":"bye","image":"` + stillImage + `"}`},
	"GET /applications/{application}/emojis/{emoji}":    {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}/emojis/{wave}"},
	"PATCH /applications/{application}/emojis/{emoji}":  {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}/emojis/{wave}", body: `{"name":"bye"}`},
	"DELETE /applications/{application}/emojis/{emoji}": {may: "sam", code: 10002, codes: map[string]int{"robin": 10002}, path: "/applications/{helper}/emojis/{wave}"},

	// A bot that is not public is let in by its owner alone.
	"GET /oauth2/authorize":  {may: "sam", code: 10002, path: "/oauth2/authorize?client_id={helper}"},
	"POST /oauth2/authorize": {may: "sam", code: 10002, path: "/oauth2/authorize?client_id={helper}", body: `{"authorize":false}`},

	// Who somebody is can be looked up by everybody; what they say of themselves is for those who have to do with them.
	"GET /users/{user}":           {may: "all"},
	"GET /users/{user}/profile":   {may: "sam fay mia ida ada", code: 10013},
	"GET /users/@me/notes/{user}": {may: "sam", code: 10013, path: "/users/@me/notes/{sue}"},
	"PUT /users/@me/notes/{user}": {may: "people", body: `{"note":"x"}`},

	"GET /users/@me/relationships":           {may: "people"},
	"POST /users/@me/relationships":          {may: "fay gil mia bob ida lou sue ada", code: 80001, codes: map[string]int{"sam": 80003}, body: `{"username":"sam"}`},
	"PUT /users/@me/relationships/{user}":    {may: "sam fay gil mia bob ida lou sue ada", code: 80001, body: `{}`},
	"PATCH /users/@me/relationships/{user}":  {may: "fay", code: 10013, body: `{"nickname":"x"}`},
	"DELETE /users/@me/relationships/{user}": {may: "people"},

	"GET /users/@me/channels":                      {may: "people"},
	"POST /users/@me/channels":                     {may: "all", body: `{"recipient_id":"{other}"}`},
	"PUT /channels/{channel}/recipients/{user}":    {may: "sam", code: 10003, codes: map[string]int{"ida": 50007}, path: "/channels/{group}/recipients/{fay}"},
	"DELETE /channels/{channel}/recipients/{user}": {may: "sam", code: 10003, codes: map[string]int{"ida": 50013}, path: "/channels/{group}/recipients/{other}"},

	// A mark on what one cannot see is no mark, and takes nothing from anybody; in a channel that one does not see any more it is still one's own.
	"DELETE /users/@me/mentions/{message}":       {may: "people", path: "/users/@me/mentions/{adas}"},
	"GET /channels/{channel}/call":               {may: "sam ida", code: 10003, path: "/channels/{group}/call"},
	"POST /channels/{channel}/call/ring":         {may: "sam ida", code: 10003, path: "/channels/{group}/call/ring", body: `{"recipients":null}`, answer: 50013}, // there is no call
	"POST /channels/{channel}/call/stop-ringing": {may: "sam ida", code: 10003, path: "/channels/{group}/call/stop-ringing"},
	"DELETE /channels/{channel}/messages/ack":    {may: "people", path: "/channels/{group}/messages/ack"},
	"POST /read-states/ack-bulk":                 {may: "people", body: `{"read_states":[{"channel_id":"{group}","message_id":"{said}","read_state_type":0}]}`},

	"PATCH /hall":             {may: "ada", code: 50013, body: `{"registration":"invite"}`},
	"PUT /hall/owner":         {may: "ada", code: 50013, body: `{"user_id":"77","password":"` + password + `"}`, answer: 10013},
	"GET /hall/log":           {may: "ada", code: 50013},
	"GET /reports":            {may: "ada", code: 50013},
	"PATCH /reports/{report}": {may: "ada", code: 50013, body: `{"resolved":true}`},

	"DELETE /attachments/{upload}/{filename}": {may: "sam", code: 0, path: "/attachments/{uploaded}"},
}

// publicRoutes need no credentials. What they are asked for here is what nobody may have, or what everybody may see.
var publicRoutes = map[string]struct {
	path, body string
	status     int
}{
	// Who has a ticket has shown the password.
	"POST /auth/mfa/totp":   {body: `{"ticket":"nonsense","code":"000000"}`, status: http.StatusBadRequest},
	"POST /auth/mfa/backup": {body: `{"ticket":"nonsense","code":"abcd-efgh-jkmn-pqrs"}`, status: http.StatusBadRequest},

	"POST /auth/passkeys/challenge": {body: `{}`, status: http.StatusBadRequest}, // not on a bare address
	"POST /auth/passkeys/login":     {body: `{"ticket":"nonsense","credential":"{}"}`, status: http.StatusBadRequest},
	"POST /auth/guest":              {body: `{"name":"Visitor","invite":"nonsense"}`, status: http.StatusForbidden}, // the hall takes none
	"POST /auth/mfa/webauthn":       {body: `{"ticket":"nonsense","credential":"{}"}`, status: http.StatusBadRequest},
	// Who comes back from a provider has what it gave them, and what their browser kept.
	"GET /auth/oidc":                     {status: http.StatusOK},
	"GET /auth/oidc/{provider}/start":    {path: "/auth/oidc/nobody/start", status: http.StatusSeeOther},
	"GET /auth/oidc/{provider}/callback": {path: "/auth/oidc/nobody/callback?state=nonsense&code=x", status: http.StatusSeeOther},
	"GET /auth/oidc/pending":             {status: http.StatusBadRequest},
	"POST /auth/oidc/register":           {body: `{"username":"new"}`, status: http.StatusBadRequest},

	"GET /gateway":        {status: http.StatusOK},
	"GET /hall":           {status: http.StatusOK},
	"GET /invites/{code}": {status: http.StatusOK}, // who has the code may see where it leads
	"POST /auth/register": {body: `{"username":"new","password":"` + password + `","invite":"nonsense"}`, status: http.StatusNotFound},
	"POST /auth/login":    {body: `{"login":"sam","password":"not the password"}`, status: http.StatusBadRequest},
	"POST /auth/refresh":  {body: `{"refresh_token":"nonsense"}`, status: http.StatusUnauthorized},
	"POST /auth/logout":   {body: `{"refresh_token":"nonsense"}`, status: http.StatusUnauthorized},
	"POST /auth/reset":    {body: `{"token":"nonsense","password":"` + password + `"}`, status: http.StatusForbidden},
	"POST /setup":         {body: `{"token":"nonsense","username":"new","password":"` + password + `"}`, status: http.StatusForbidden},
	// Who has the token of a webhook may post through it, and see what was posted so.
	"POST /interactions/{interaction}/{token}/callback":  {path: "/interactions/7/nonsense/callback", body: `{"type":5}`, status: http.StatusNotFound},
	"GET /webhooks/{hook}/{token}":                       {path: "/webhooks/7/nonsense", status: http.StatusNotFound},
	"PATCH /webhooks/{hook}/{token}":                     {path: "/webhooks/7/nonsense", body: `{"name":"x"}`, status: http.StatusNotFound},
	"DELETE /webhooks/{hook}/{token}":                    {path: "/webhooks/7/nonsense", status: http.StatusNotFound},
	"POST /webhooks/{hook}/{token}":                      {path: "/webhooks/7/nonsense", body: `{"content":"x"}`, status: http.StatusNotFound},
	"POST /webhooks/{hook}/{token}/slack":                {path: "/webhooks/7/nonsense/slack", body: `{"text":"x"}`, status: http.StatusNotFound},
	"POST /webhooks/{hook}/{token}/github":               {path: "/webhooks/7/nonsense/github", body: `{}`, status: http.StatusNotFound},
	"GET /webhooks/{hook}/{token}/messages/{message}":    {path: "/webhooks/7/nonsense/messages/7", status: http.StatusNotFound},
	"PATCH /webhooks/{hook}/{token}/messages/{message}":  {path: "/webhooks/7/nonsense/messages/7", body: `{"content":"x"}`, status: http.StatusNotFound},
	"DELETE /webhooks/{hook}/{token}/messages/{message}": {path: "/webhooks/7/nonsense/messages/7", status: http.StatusNotFound},
	"PUT /uploads/{upload}/{token}":                      {path: "/uploads/77/nonsense", body: `x`, status: http.StatusNotFound},
}

// called gives who may, by name.
func (s standing) called() []string {
	switch s.may {
	case "all":
		return everyStanding
	case "people":
		return slices.DeleteFunc(slices.Clone(everyStanding), func(name string) bool { return name == "robin" })
	}
	return strings.Fields(s.may)
}

// askPerson sends the request of a route.
func (w *society) askPerson(t *testing.T, as, line string, s standing) reply {
	method, pattern, _ := strings.Cut(line, " ")
	other := "{sam}"
	if as == "sam" {
		other = "{ida}"
	}
	path := strings.NewReplacer("{user}", other, "{other}", other).Replace(cmp.Or(s.path, pattern))
	return w.call(t, scenario{as: as, method: method, path: path, body: strings.NewReplacer("{other}", other, "{as}", as).Replace(s.body)})
}

func TestWhoMayUseEachRouteOfPeopleAndOfTheHall(t *testing.T) {
	refusing := newSociety(t)
	told := refusing.listen()
	for line, s := range peopleRoutes {
		may := s.called()
		for _, as := range everyStanding {
			if slices.Contains(may, as) {
				continue
			}
			want, special := s.codes[as]
			switch {
			case special:
			case as == "robin":
				want = 20001
			case s.may == "robin":
				want = 20002
			default:
				want = s.code
			}
			if got := refusing.askPerson(t, as, line, s); got.StatusCode < 400 || got.value("code") != float64(want) {
				t.Errorf("%s answers %s with %d: %s", line, as, got.StatusCode, got.body)
			}
		}
	}
	for _, e := range told() {
		t.Errorf("something that was refused led to %T", e)
	}
	for line, s := range peopleRoutes {
		t.Run(line, func(t *testing.T) {
			allowing := newSociety(t)
			for _, as := range s.called() {
				got := allowing.askPerson(t, as, line, s)
				if s.answer == 0 && got.StatusCode >= 300 || s.answer != 0 && got.value("code") != float64(s.answer) {
					t.Errorf("it answers %s with %d: %s", as, got.StatusCode, got.body)
				}
			}
		})
	}
}

func TestWhoMayWriteToWhom(t *testing.T) {
	w := newSociety(t)
	may := strings.Fields("fay mia ada robin") // friends, and those in a server together
	for _, as := range everyStanding {
		if as == "sam" {
			continue
		}
		w.play(t, scenario{as: as, method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{sam}"}`, status: 200, keep: map[string]string{"{with " + as + "}": "id"}})
		told := w.listen()
		writing := scenario{as: as, method: "POST", path: "/channels/{with " + as + "}/messages", body: `{"content":"hi"}`, status: 200}
		if !slices.Contains(may, as) {
			writing.status, writing.code = 403, 50007
		}
		w.play(t, writing)
		if events := told(); len(events) > 0 && writing.status != 200 {
			t.Errorf("%s was refused, which led to %v", as, events)
		}
	}
}

func TestEveryRouteIsInAMatrix(t *testing.T) {
	w := newSociety(t)
	rest := &api{Chat: w.hall.Chat}
	later, known := make(map[string]bool), make(map[string]bool)
	for _, one := range rest.laterRoutes() {
		later[one.Method+" "+one.Pattern] = true
	}
	for _, table := range rest.routes() {
		for _, one := range table {
			line := one.Method + " " + one.Pattern
			known[line] = true
			_, ofGuilds := guildRoutes[line]
			_, ofPeople := peopleRoutes[line]
			_, public := publicRoutes[line]
			if places := count(ofGuilds, ofPeople, public); places != 1 && !later[line] {
				t.Errorf("who may use %s is said in %d matrices", line, places)
			}
			if public && one.Access != route.Public {
				t.Errorf("%s is not public", line)
			}
		}
	}
	for _, table := range []map[string]bool{keysOf(guildRoutes), keysOf(peopleRoutes), keysOf(publicRoutes)} {
		for line := range table {
			if !known[line] {
				t.Errorf("there is no %s", line)
			}
		}
	}
	for line, one := range publicRoutes {
		method, path, _ := strings.Cut(line, " ")
		if got := w.call(t, scenario{method: method, path: cmp.Or(one.path, path), body: one.body}); got.StatusCode != one.status {
			t.Errorf("%s answers nobody with %d: %s", line, got.StatusCode, got.body)
		}
	}
}

func count(truths ...bool) (n int) {
	for _, one := range truths {
		if one {
			n++
		}
	}
	return n
}

func keysOf[V any](table map[string]V) map[string]bool {
	keys := make(map[string]bool, len(table))
	for key := range table {
		keys[key] = true
	}
	return keys
}

func TestNobodyElseReachesAConversation(t *testing.T) {
	w := newSociety(t)
	told := w.listen()
	names := strings.NewReplacer("{channel}", "{group}", "{general}", "{group}", "{lounge}", "{group}", "{open}", "{group}", "{thread}", "{group}", "{message}", "{said}", "{poll}", "{said}", "{user}", "{sam}", "{target}", "{sam}",
		"{emoji}", "%F0%9F%91%8D", "{answer}", "1", "{ada}", "{sam}", "{ben}", "{sam}")
	asked := 0
	for line, p := range guildRoutes {
		method, pattern, _ := strings.Cut(line, " ")
		if !strings.Contains(pattern, "{channel}") && !strings.Contains(pattern, "/messages/{message}") {
			continue
		}
		path := p.path
		if path == "" {
			path = pattern
		}
		asked++
		for _, as := range []string{"lou", "sue", "fay", "mia", "ada", "robin"} {
			got := w.call(t, scenario{as: as, method: method, path: names.Replace(path), body: strings.ReplaceAll(p.body, "{adas}", "{said}")})
			if got.StatusCode != http.StatusNotFound && got.value("code") != float64(20001) {
				t.Errorf("%s answers %s, who is not in it, with %d: %s", line, as, got.StatusCode, got.body)
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d routes were asked", asked)
	}
	for _, e := range told() {
		t.Errorf("something that was refused led to %T", e)
	}
}

// listen gives what has been told since, of everything and to anybody.
func (w *society) listen() (told func() []event.Event) {
	subjects := map[string]*chattest.Watcher{"user.0": w.hall.Watch("user.*"), "guild.0": w.hall.Watch("guild.*"), event.HallSubject: w.hall.Watch(event.HallSubject)}
	told = func() (all []event.Event) {
		for subject, watcher := range subjects {
			w.hall.Barrier(subject)
			all = append(all, chattest.Until[event.Event](watcher)...)
		}
		return all
	}
	told() // what was under way
	return told
}
