package chat_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/outside"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// web is a site on loopback that people link to, and notes what it is asked for.
type web struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	// before is called with each path before it is answered.
	before func(path string)
}

func (w *web) paths() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// openLinked opens a hall that looks at links, and the site that it may ask.
func openLinked(t *testing.T) (*chattest.Hall, *chattest.Guild, *web) {
	t.Helper()
	site := &web{}
	site.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.mu.Lock()
		site.asked = append(site.asked, r.URL.Path)
		before := site.before
		site.mu.Unlock()
		if before != nil {
			before(r.URL.Path)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>About " + strings.TrimPrefix(r.URL.Path, "/") + "</title>"))
	}))
	t.Cleanup(site.Close)
	allowed, err := outside.ParseAllowed("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	hall := chattest.Open(t, chattest.Options{Chat: chat.Options{Links: outside.NewClient(outside.Options{Allowed: allowed})}})
	return hall, hall.Guild(hall.Person("alice")), site
}

// titles are those of a message's embeds.
func titles(message store.Message) (found []string) {
	for _, embed := range message.Embeds {
		found = append(found, embed.Title)
	}
	return found
}

func say(t *testing.T, hall *chattest.Hall, caller chat.Caller, channelID id.ID, draft chat.MessageDraft) store.Message {
	t.Helper()
	posted, err := hall.Messages.Create(t.Context(), caller, channelID, draft)
	if err != nil {
		t.Fatal(err)
	}
	return posted.Message
}

func TestWhereLinksLeadIsShownBelowTheMessage(t *testing.T) {
	hall, guild, site := openLinked(t)
	watch := hall.Watch(event.GuildSubject(guild.ID))
	message := say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: "look: " + site.URL + "/tea and " + site.URL + "/cake", Embeds: []store.Embed{{Title: "mine"}}})
	if len(message.Embeds) != 1 {
		t.Errorf("the post waited: %+v", message.Embeds)
	}
	updated := chattest.Next[event.MessageUpdated](watch).Message
	if got := titles(updated); !slices.Equal(got, []string{"mine", "About tea", "About cake"}) || !updated.EditedAt.IsZero() || updated.Embeds[1].Type != store.EmbedLink || updated.Embeds[1].URL != site.URL+"/tea" {
		t.Errorf("%+v", updated)
	}
	stored, err := hall.Messages.Get(t.Context(), guild.Owner, guild.General, message.ID)
	if err != nil || !slices.Equal(titles(stored.Message), titles(updated)) {
		t.Errorf("%+v, %v", stored.Message.Embeds, err)
	}

	// The same link is not asked for again.
	say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL + "/tea"})
	if got := titles(chattest.Next[event.MessageUpdated](watch).Message); !slices.Equal(got, []string{"About tea"}) {
		t.Errorf("%q", got)
	}
	if got := site.paths(); !slices.Equal(got, []string{"/tea", "/cake"}) {
		t.Errorf("asked for %q", got)
	}

	// Another text has other previews, and what the author made stays.
	edited, err := hall.Messages.Update(t.Context(), guild.Owner, guild.General, message.ID, chat.MessageEdit{Content: new(site.URL + "/milk")})
	if err != nil || !slices.Equal(titles(edited.Message), []string{"mine"}) {
		t.Errorf("%+v, %v", edited.Message.Embeds, err)
	}
	chattest.Next[event.MessageUpdated](watch)
	if got := titles(chattest.Next[event.MessageUpdated](watch).Message); !slices.Equal(got, []string{"mine", "About milk"}) {
		t.Errorf("%q", got)
	}
}

func TestLinksThatNobodyIsToFollowAreNotAskedFor(t *testing.T) {
	hall, guild, site := openLinked(t)
	bob := guild.Member("bob")
	guild.Everyone(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory)
	watch := hall.Watch(event.GuildSubject(guild.ID))
	say(t, hall, bob, guild.General, chat.MessageDraft{Content: site.URL + "/not-allowed"})
	say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL + "/suppressed", Flags: store.MessageSuppressEmbeds})
	say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: "<" + site.URL + "/plain> `" + site.URL + "/code` ||" + site.URL + "/hidden||"})
	say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: "http://10.0.0.1/ http://169.254.169.254/latest/meta-data/ http://[::1]/"})
	say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL + "/seen"})
	if got := titles(chattest.Next[event.MessageUpdated](watch).Message); !slices.Equal(got, []string{"About seen"}) {
		t.Errorf("%q", got)
	}
	if got := site.paths(); !slices.Equal(got, []string{"/seen"}) {
		t.Errorf("asked for %q", got)
	}
}

func TestAMessageThatChangesMeanwhileIsLeftAlone(t *testing.T) {
	hall, guild, site := openLinked(t)
	watch := hall.Watch(event.GuildSubject(guild.ID))
	reached, goOn := make(chan struct{}), make(chan struct{})
	site.before = func(path string) {
		if path != "/after" {
			reached <- struct{}{}
			<-goOn
		}
	}
	for name, change := range map[string]func(messageID id.ID) error{
		"deleted": func(messageID id.ID) error {
			return hall.Messages.Delete(t.Context(), guild.Owner, guild.General, messageID)
		},
		"edited": func(messageID id.ID) error {
			_, err := hall.Messages.Update(t.Context(), guild.Owner, guild.General, messageID, chat.MessageEdit{Content: new("no link")})
			return err
		},
		"suppressed": func(messageID id.ID) error {
			_, err := hall.Messages.Update(t.Context(), guild.Owner, guild.General, messageID, chat.MessageEdit{Flags: new(store.MessageSuppressEmbeds)})
			return err
		},
	} {
		message := say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL + "/" + name})
		<-reached
		if err := change(message.ID); err != nil {
			t.Fatal(err)
		}
		goOn <- struct{}{}
	}
	last := say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL + "/after"})
	for {
		updated := chattest.Next[event.MessageUpdated](watch).Message
		if updated.ID == last.ID {
			break
		}
		if len(updated.Embeds) != 0 {
			t.Errorf("%q got previews: %+v", updated.Content, updated.Embeds)
		}
	}
}

func TestAHallThatIsNotToldToAsksNobody(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	defer site.Close()
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	message := say(t, hall, guild.Owner, guild.General, chat.MessageDraft{Content: site.URL, Embeds: []store.Embed{{Title: "t", Image: site.URL + "/a.png"}}})
	if len(message.Embeds) != 1 || hall.Files.ForeignLink(site.URL+"/a.png") != "" {
		t.Errorf("%+v", message.Embeds)
	}
}
