package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/rest"
	"guildhall/store/id"
)

// A client that listened knows what a client that asks knows. A follower is a person's client that takes READY, follows every dispatch, and keeps a picture of what it was told; inStep demands that
// the picture is, in the end, that of a client that has just come, and what the HTTP API answers.

// object is a JSON object.
type object = map[string]any

// follower is a client that keeps a picture.
type follower struct {
	*client
	person chat.Caller
	me     string
	// guilds, directs and relationships are by id; a guild has channels, roles, members, threads, presences and voice states by id.
	guilds, directs, relationships, notes, marks, pinMarks, guildSettings, sessions, presences object
	settings, user                                                                             object
	// archived are the threads that were active before.
	archived object
	// users are the newest that is known of each, messages what is known of each channel's.
	users    object
	messages map[string]object
	// late are channels that came into sight while the follower listened. What is read of them over HTTP may have in it what dispatches that are under way tell again, so that their messages are
	// read once more when pictures are compared.
	late map[string]bool
}

// follow has a person's client enter and keep a picture. Messages that were there before are read over HTTP.
func (h *house) follow(person chat.Caller) *follower {
	h.tb.Helper()
	c := h.dial("?v=10")
	return h.followFrom(person, c, c.identify(h.login(person)))
}

// followFrom keeps a picture from a READY on.
func (h *house) followFrom(person chat.Caller, c *client, ready received) *follower {
	h.tb.Helper()
	f := &follower{client: c, person: person, me: person.UserID.String(), users: object{}, archived: object{}, messages: make(map[string]object), late: make(map[string]bool)}
	f.begin(f.parse(ready))
	for channelID := range f.readable() {
		f.messages[channelID] = f.history(channelID)
	}
	return f
}

// parse reads a dispatch's payload, and learns of the people in it.
func (f *follower) parse(r received) object {
	f.tb.Helper()
	var d any
	f.decode(r, &d)
	known := maps.Clone(f.users)
	f.learn(d)
	// What tells of a conversation or a friend comes another way than what tells of a guild's members, and can be a moment older.
	if !strings.HasPrefix(r.name(), "GUILD_") && r.name() != "USER_UPDATE" {
		maps.Copy(f.users, known)
	}
	if list, isList := d.([]any); isList {
		return object{"list": list}
	}
	return d.(object)
}

// learn takes note of everybody who is shown somewhere, and leaves their id alone in their place.
func (f *follower) learn(value any) {
	switch value := value.(type) {
	case object:
		for key, inner := range value {
			if user, ok := inner.(object); ok && user["username"] != nil && user["id"] != nil {
				if key != "author" { // messages show who wrote them as of when they were sent
					f.users[user["id"].(string)] = publicUser(user)
				}
				value[key] = user["id"]
				continue
			}
			f.learn(inner)
		}
	case []any:
		for i, inner := range value {
			if user, ok := inner.(object); ok && user["username"] != nil && user["id"] != nil {
				f.users[user["id"].(string)] = publicUser(user)
				value[i] = user["id"]
				continue
			}
			f.learn(inner)
		}
	}
}

// publicUser is what others are shown of an account.
func publicUser(user object) object {
	shown := object{}
	for _, key := range []string{"id", "username", "global_name", "avatar", "bot", "banner", "accent_color"} {
		shown[key] = user[key]
	}
	return shown
}

// keyed makes a list an object by what tells its elements apart.
func keyed(list any, key string) object {
	all := object{}
	elements, _ := list.([]any)
	for _, one := range elements {
		element := one.(object)
		name, _ := element[key].(string)
		all[name] = element
	}
	return all
}

func (f *follower) begin(ready object) {
	f.user = object{"id": ready["user"]}
	f.guilds = object{}
	for _, one := range ready["guilds"].([]any) {
		f.addGuild(one.(object))
	}
	f.directs = keyed(ready["private_channels"], "id")
	f.relationships = keyed(ready["relationships"], "id")
	f.notes, _ = ready["notes"].(object)
	f.marks, f.pinMarks = object{}, object{}
	for channelID, entry := range keyed(ready["read_state"].(object)["entries"], "id") {
		f.marks[channelID] = entry.(object)["last_message_id"]
		if seen := entry.(object)["last_pin_timestamp"]; seen != nil {
			f.pinMarks[channelID] = seen
		}
	}
	f.guildSettings = keyed(ready["user_guild_settings"].(object)["entries"], "guild_id")
	f.settings = ready["user_settings"].(object)
	f.sessions = keyed(ready["sessions"], "session_id")
	f.presences = object{}
	for userID, presence := range keyedByUser(ready["presences"]) {
		f.presences[userID] = presence
	}
}

func keyedByUser(list any) object {
	all := object{}
	elements, _ := list.([]any)
	for _, one := range elements {
		element := one.(object)
		delete(element, "guild_id")
		all[userOf(element)] = element
	}
	return all
}

// userOf gives whom a member or a presence is about: presences show the id alone.
func userOf(element object) string {
	switch user := element["user"].(type) {
	case string:
		return user
	case object:
		element["user"] = user["id"]
		return user["id"].(string)
	}
	return element["user_id"].(string)
}

func (f *follower) addGuild(guild object) {
	guild["channels"], guild["roles"], guild["threads"] = keyed(guild["channels"], "id"), keyed(guild["roles"], "id"), keyed(guild["threads"], "id")
	guild["members"], guild["presences"], guild["voice_states"] = keyedByUser(guild["members"]), keyedByUser(guild["presences"]), keyed(guild["voice_states"], "user_id")
	f.guilds[guild["id"].(string)] = guild
}

// within gives a part of a guild, such as its channels; an empty one where the guild is not known.
func (f *follower) within(guildID any, part string) object {
	name, _ := guildID.(string)
	if guild, ok := f.guilds[name].(object); ok {
		return guild[part].(object)
	}
	return object{}
}

// place gives the channel, thread or conversation with an id, and its guild's; nil for one that is not known.
func (f *follower) place(channelID string) (place object, guildID string) {
	if direct, ok := f.directs[channelID].(object); ok {
		return direct, ""
	}
	for guildID := range f.guilds {
		for _, part := range []string{"channels", "threads"} {
			if found, ok := f.within(guildID, part)[channelID].(object); ok {
				return found, guildID
			}
		}
	}
	return nil, ""
}

// readable are the ids of everything in which there are messages, as far as it is known.
func (f *follower) readable() map[string]bool {
	all := make(map[string]bool)
	for channelID := range f.directs {
		all[channelID] = true
	}
	for guildID := range f.guilds {
		for channelID, channel := range f.within(guildID, "channels") {
			if kind := channel.(object)["type"].(float64); kind != 4 && kind != 15 && kind != 16 {
				all[channelID] = true
			}
		}
		for threadID := range f.within(guildID, "threads") {
			all[threadID] = true
		}
	}
	return all
}

// get asks the HTTP API as the follower's person; ok tells whether it answered.
func (f *follower) get(path string) (value any, ok bool) {
	f.tb.Helper()
	status, body := f.house.ask(f.token, http.MethodGet, path, "")
	if status != http.StatusOK {
		return nil, false
	}
	if err := json.Unmarshal(body, &value); err != nil {
		f.tb.Fatalf("%s: %v", path, err)
	}
	return value, true
}

// history reads a channel's messages, nil where it may not be read.
func (f *follower) history(channelID string) object {
	f.tb.Helper()
	list, ok := f.get("/channels/" + channelID + "/messages?limit=100")
	if !ok {
		return nil
	}
	f.learnNothing(list)
	return keyed(list, "id")
}

// learnNothing puts ids in the place of people, without taking note of how they are shown.
func (f *follower) learnNothing(value any) {
	known := maps.Clone(f.users)
	f.learn(value)
	f.users = known
}

// openAPI serves the HTTP API of the hall until the test ends.
func (h *house) openAPI() {
	h.tb.Helper()
	handler, err := rest.New(rest.Options{Chat: h.Chat, Log: h.Log, Version: "test", CookieName: "test"})
	if err != nil {
		h.tb.Fatal(err)
	}
	api := httptest.NewServer(handler)
	h.tb.Cleanup(func() {
		api.Client().CloseIdleConnections()
		api.Close()
	})
	h.api = api
}

// ask sends a request to the HTTP API of the hall.
func (h *house) ask(token, method, path, body string) (status int, answer []byte) {
	h.tb.Helper()
	if h.api == nil {
		h.openAPI()
	}
	request, err := http.NewRequest(method, h.api.URL+"/api/v10"+path, strings.NewReader(body))
	if err != nil {
		h.tb.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := h.api.Client().Do(request)
	if err != nil {
		h.tb.Fatal(err)
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(response.Body); err != nil {
		h.tb.Fatal(err)
	}
	return response.StatusCode, answer
}

// catchUp takes in what the gateway has sent so far.
func (f *follower) catchUp() {
	f.tb.Helper()
	f.send(`{"op":1,"d":null}`)
	for {
		r := f.next()
		if r.Op == 11 {
			return
		}
		f.take(r)
	}
}

// inStep demands that each follower comes to know what a client knows that comes now, and what the HTTP API answers. What is on its way is waited for.
func (h *house) inStep(followers ...*follower) {
	h.tb.Helper()
	h.settle()
	for _, f := range followers {
		f.catchUp()
		fresh := h.follow(f.person)
		h.agree(f, fresh)
		fresh.quit(1000)
	}
}

// agree waits until two followers know the same, which is what the HTTP API answers.
func (h *house) agree(f, fresh *follower) {
	h.tb.Helper()
	deadline := time.Now().Add(stepPatience)
	for wait := time.Millisecond; ; wait *= 2 { // clients may not ask too often
		f.catchUp()
		fresh.catchUp()
		differences := compare("followed by "+f.me, f.picture(), fresh.picture())
		if len(differences) == 0 {
			differences = compare("answered to "+f.me, f.picture(), f.asked())
		}
		if len(differences) == 0 {
			return
		}
		if time.Now().After(deadline) {
			h.tb.Fatalf("a client that listened knows something else than one that asks:\n%s", strings.Join(differences[:min(len(differences), 10)], "\n"))
		}
		timer := time.NewTimer(min(wait, 200*time.Millisecond))
		<-timer.C
	}
}

// stepPatience is how long pictures may differ: presences are told a little later, all else is on its way.
const stepPatience = 3 * time.Second

// picture is all that the follower knows, in a form in which two who know the same are equal.
func (f *follower) picture() object {
	for channelID := range f.readable() {
		if f.late[channelID] {
			f.messages[channelID] = f.history(channelID)
		}
	}
	guilds := object{}
	for guildID, guild := range f.guilds {
		shown := maps.Clone(guild.(object))
		for _, part := range []string{"members", "presences"} {
			shown[part] = maps.Clone(shown[part].(object))
		}
		delete(shown, "large")
		guilds[guildID] = shown
	}
	users := object{}
	for _, userID := range f.mentionedPeople() {
		users[userID] = f.users[userID]
	}
	return object{"guilds": guilds, "directs": f.directs, "relationships": f.relationships, "notes": f.notes, "unread": f.unread(), "seen pins": f.seenPins(), "guild settings": f.guildSettings,
		"settings": f.settings, "sessions": f.sessions, "presences": f.presences, "users": users, "messages": f.visibleMessages()}
}

// mentionedPeople are those who are in the picture: members, friends, those one has conversations with, and oneself.
func (f *follower) mentionedPeople() []string {
	all := map[string]bool{f.me: true}
	for guildID := range f.guilds {
		for userID := range f.within(guildID, "members") {
			all[userID] = true
		}
	}
	for userID := range f.relationships {
		all[userID] = true
	}
	for _, direct := range f.directs {
		recipients, _ := direct.(object)["recipients"].([]any)
		for _, userID := range recipients {
			all[userID.(string)] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// visibleMessages are the messages of the channels that can be read.
func (f *follower) visibleMessages() object {
	shown := object{}
	for channelID := range f.readable() {
		messages := object{}
		newest := slices.SortedFunc(maps.Keys(f.messages[channelID]), func(a, b string) int { return cmp.Compare(number(b), number(a)) })
		for _, messageID := range newest[:min(len(newest), 100)] { // as many as a page has
			messages[messageID] = plainMessage(f.messages[channelID][messageID].(object))
		}
		shown[channelID] = messages
	}
	return shown
}

// plainMessage is a message without what is shown only beside it: what another message says is told with that one.
func plainMessage(message object) object {
	shown := object{}
	for _, key := range []string{"id", "channel_id", "author", "content", "timestamp", "edited_timestamp", "mention_everyone", "mentions", "mention_roles", "attachments", "embeds", "components", "pinned",
		"type", "flags", "message_reference", "poll"} {
		if value, ok := message[key]; ok {
			shown[key] = value
		}
	}
	reactions := object{}
	list, _ := message["reactions"].([]any)
	for _, one := range list {
		reaction := one.(object)
		reactions[emojiKey(reaction["emoji"])] = object{"count": reaction["count"], "me": reaction["me"]}
	}
	shown["reactions"] = reactions
	files := object{}
	attachments, _ := shown["attachments"].([]any)
	for _, one := range attachments { // without their addresses, which begin where the reader came in
		files[text(one.(object)["id"])] = one.(object)["filename"]
	}
	shown["attachments"] = files
	if poll, ok := shown["poll"].(object); ok {
		counts := object{}
		poll = maps.Clone(poll)
		results, _ := poll["results"].(object)
		delete(poll, "results")
		answers, _ := results["answer_counts"].([]any)
		for _, one := range answers {
			answer := one.(object)
			if answer["count"].(float64) > 0 {
				counts[fmt.Sprint(answer["id"])] = object{"count": answer["count"], "me_voted": answer["me_voted"]}
			}
		}
		poll["counts"], poll["final"] = counts, results["is_finalized"] == true
		shown["poll"] = poll
	}
	return shown
}

func emojiKey(emoji any) string {
	one := emoji.(object)
	return fmt.Sprint(one["id"], ":", one["name"])
}

// unread tells of every channel how far it is read, and how many messages since mention the follower's person.
func (f *follower) unread() object {
	all := object{}
	for channelID := range f.readable() {
		place, guildID := f.place(channelID)
		newest, _ := place["last_message_id"].(string)
		if newest == "" {
			continue
		}
		if place["thread_metadata"] != nil && place["member"] == nil {
			continue // nobody counts what is said in a thread that they are not in
		}
		mark := f.mark(channelID, place, guildID)
		entry := object{"unread": number(newest) > mark}
		if f.messages[channelID] != nil {
			mentions := 0
			for messageID, message := range f.messages[channelID] {
				if number(messageID) > mark && f.mentions(message.(object), guildID) {
					mentions++
				}
			}
			entry["mentions"] = mentions
		}
		all[channelID] = entry
	}
	return all
}

// seenPins tells of every channel up to which moment its pins were seen.
func (f *follower) seenPins() object {
	all := object{}
	for channelID := range f.readable() {
		if seen := f.pinMarks[channelID]; seen != nil {
			all[channelID] = seen
		}
	}
	return all
}

// mark is how far a channel is read. Where there is no mark, what came before one joined counts as read.
func (f *follower) mark(channelID string, place object, guildID string) id.ID {
	if mark, ok := f.marks[channelID].(string); ok {
		return number(mark)
	}
	joined := ""
	switch own, _ := place["member"].(object); {
	case own != nil:
		joined, _ = own["join_timestamp"].(string)
	case guildID != "":
		joined, _ = f.guilds[guildID].(object)["joined_at"].(string)
	}
	at, err := time.Parse(time.RFC3339, joined)
	if err != nil {
		return 0
	}
	return id.At(at)
}

func number(text string) id.ID {
	parsed, err := id.Parse(text)
	if err != nil {
		return 0
	}
	return parsed
}

// mentions tells whether a message mentions the follower's person; in conversations of people every message of another does.
func (f *follower) mentions(message object, guildID string) bool {
	if message["author"] == f.me {
		return false
	}
	if guildID == "" {
		return true
	}
	quiet, _ := f.guildSettings[guildID].(object)
	if mentioned, _ := message["mentions"].([]any); slices.Contains(mentioned, any(f.me)) {
		return true
	}
	if message["mention_everyone"] == true && quiet["suppress_everyone"] != true {
		return true
	}
	own, _ := f.within(guildID, "members")[f.me].(object)
	roles, _ := own["roles"].([]any)
	mentioned, _ := message["mention_roles"].([]any)
	return quiet["suppress_roles"] != true && slices.ContainsFunc(mentioned, func(roleID any) bool { return slices.Contains(roles, roleID) })
}

// compare lists where two values differ.
func compare(path string, followed, fresh any) (differences []string) {
	a, isObject := followed.(object)
	b, both := fresh.(object)
	if !isObject || !both {
		if !reflect.DeepEqual(followed, fresh) {
			return []string{fmt.Sprintf("%s: followed is %s, asked is %s", path, brief(followed), brief(fresh))}
		}
		return nil
	}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		one, hasOne := a[key]
		other, hasOther := b[key]
		switch {
		case !hasOne:
			differences = append(differences, fmt.Sprintf("%s.%s: not followed, asked is %s", path, key, brief(other)))
		case !hasOther:
			differences = append(differences, fmt.Sprintf("%s.%s: followed is %s, not asked", path, key, brief(one)))
		default:
			differences = append(differences, compare(path+"."+key, one, other)...)
		}
	}
	return differences
}

func brief(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text[:min(len(text), 160)])
}

// asked is the picture with what the HTTP API answers in the place of everything that it answers.
func (f *follower) asked() object {
	f.tb.Helper()
	picture := f.picture()
	messages, guilds := object{}, object{}
	for channelID := range f.readable() {
		shown := object{}
		for messageID, message := range f.history(channelID) {
			shown[messageID] = plainMessage(message.(object))
		}
		messages[channelID] = shown
	}
	for guildID, guild := range picture["guilds"].(object) {
		answered := maps.Clone(guild.(object))
		for part, path := range map[string]string{"channels": "/channels", "roles": "/roles", "members": "/members?limit=1000"} {
			list, ok := f.get("/guilds/" + guildID + path)
			if !ok {
				continue
			}
			f.learnNothing(list)
			if part == "members" {
				answered[part] = keyedByUser(list)
			} else {
				answered[part] = keyed(list, "id")
			}
		}
		guilds[guildID] = answered
	}
	picture["messages"], picture["guilds"] = messages, guilds
	for part, path := range map[string]string{"relationships": "/users/@me/relationships", "directs": "/users/@me/channels"} {
		if list, ok := f.get(path); ok {
			f.learnNothing(list)
			picture[part] = keyed(list, "id")
		}
	}
	if settings, ok := f.get("/users/@me/settings"); ok {
		picture["settings"] = settings
	}
	return picture
}

func TestAClientThatListenedKnowsWhatAClientThatAsksKnows(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	a, b := h.follow(alice), h.follow(bob)
	h.post(alice, guild.General, "hello")
	h.inStep(a, b)
}
