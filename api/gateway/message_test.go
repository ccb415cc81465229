package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// enterAt identifies like enter, by another name of the machine.
func (h *house) enterAt(host, token string, extra ...string) *client {
	h.tb.Helper()
	socket, response, err := websocket.DefaultDialer.Dial(h.url("?v=10"), http.Header{"Host": {host}})
	if err != nil {
		h.tb.Fatal(err)
	}
	_ = response.Body.Close()
	h.tb.Cleanup(func() { _ = socket.Close() })
	c := &client{tb: h.tb, house: h, socket: socket}
	c.next() // HELLO
	c.identify(token, extra...)
	return c
}

// withFile posts a message with a file.
func (h *house) withFile(author chat.Caller, channelID id.ID) {
	h.tb.Helper()
	uploadID, err := h.Files.Receive(h.tb.Context(), author, channelID, "a.txt", strings.NewReader("words"))
	if err == nil {
		_, err = h.Messages.Create(h.tb.Context(), author, channelID, chat.MessageDraft{Content: "see", Attachments: []chat.AttachmentDraft{{ID: uploadID}}})
	}
	if err != nil {
		h.tb.Fatal(err)
	}
}

// firstFile gives the address of the first file of the message that comes next; empty when there is none.
func (c *client) firstFile(event string) string {
	c.tb.Helper()
	var d struct{ Attachments []struct{ URL string } }
	c.decode(c.await(event), &d)
	if len(d.Attachments) == 0 {
		return ""
	}
	return d.Attachments[0].URL
}

func TestFilesHaveTheAddressByWhichEachReaderCame(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	bot, token := h.bot("robin", alice)
	guild.Join(bot)
	here, there := h.enterAt("localhost:6464", h.login(alice)), h.enterAt("hall.lan", h.login(alice))
	blind := h.enter(token, `"intents":512`) // guild messages, without their content
	for _, c := range []*client{here, there, blind} {
		c.settle()
	}
	h.withFile(alice, guild.General)
	for c, want := range map[*client]string{here: "http://localhost:6464/attachments/", there: "http://hall.lan/attachments/"} {
		if address := c.firstFile("MESSAGE_CREATE"); !strings.HasPrefix(address, want) {
			t.Errorf("the address is %q, want one at %s", address, want)
		}
	}
	if address := blind.firstFile("MESSAGE_CREATE"); address != "" {
		t.Errorf("a bot that may not read contents is given %q", address)
	}

	bob := h.Person("bob")
	guild.Join(bob)
	talk, err := h.Directs.Open(t.Context(), alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	h.withFile(alice, talk.ID)
	if address := there.firstFile("MESSAGE_CREATE"); !strings.HasPrefix(address, "http://hall.lan/attachments/"+talk.ID.String()) {
		t.Errorf("between people the address is %q", address)
	}
}

func TestFilesHaveThePublicAddressForThoseWhoComeSecurely(t *testing.T) {
	h := open(t, func(options *Options) { options.PublicURL = &url.URL{Scheme: "https", Host: "chat.example.org"} })
	for base, want := range map[string]string{"wss://10.0.0.1:6464": "https://chat.example.org/attachments/1/2/a.txt", "ws://localhost:6464": "http://localhost:6464/attachments/1/2/a.txt"} {
		s := newSession(chat.Caller{})
		s.base = base
		if address, _, _ := strings.Cut(h.links(s.site()).File(1, 2, "a.txt"), "?"); address != want {
			t.Errorf("from %s it is %q", base, address)
		}
	}
}
