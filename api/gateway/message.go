package gateway

import (
	"strings"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/event"
)

// message hands a message to its readers, encoded once with its content for each address by which they come, and once without, as far as each is needed.
func (h *guildHub) message(name string, posted event.MessageCreated, e event.Event, seats []*seat) {
	bodies := messageBodies{hub: h, name: name, posted: posted, files: posted.HasFiles()}
	readers := h.audience(posted.Message.ChannelID)
	for _, place := range seats {
		switch {
		case !place.wants(intentMessages) || !readers.has(place) || place.knows(e):
		case place.wants(intentMessageContent):
			bodies.wholeFor(place.session).to(place)
		default:
			bodies.readable(place.session).to(place)
		}
	}
}

// messageBodies are the forms in which a message is sent. The addresses of files are those by which each reader reaches the hall; a message without files is the same for all.
type messageBodies struct {
	hub    *guildHub
	name   string
	posted event.MessageCreated
	files  bool
	// plain is for all readers of a message without files, whole for those who came by an address.
	plain, blank *lazyBody
	whole        map[string]*lazyBody
}

func (b *messageBodies) wholeFor(s *session) *lazyBody {
	if !b.files {
		if b.plain == nil {
			b.plain = b.hub.lazy(b.name, wire.NewMessageEvent(b.posted, nil))
		}
		return b.plain
	}
	site := s.site()
	made, ok := b.whole[site]
	if !ok {
		made = b.hub.lazy(b.name, wire.NewMessageEvent(b.posted, b.hub.gateway.links(site)))
		if b.whole == nil {
			b.whole = make(map[string]*lazyBody)
		}
		b.whole[site] = made
	}
	return made
}

// readable is for bots that may not read contents.
func (b *messageBodies) readable(s *session) *lazyBody {
	switch chat.ReadableBy(s.caller.UserID, &b.posted) {
	case chat.ReadableWhole:
		return b.wholeFor(s)
	case chat.ReadableOwn:
		return b.hub.lazy(b.name, wire.NewMessageEvent(b.posted, b.hub.gateway.links(s.site())).WithoutQuotes())
	}
	return b.withoutContent()
}

// withoutContent is for those to whom a message is none of their business: there are no files in it either.
func (b *messageBodies) withoutContent() *lazyBody {
	if b.blank == nil {
		b.blank = b.hub.lazy(b.name, wire.NewMessageEvent(b.posted, nil).WithoutContent())
	}
	return b.blank
}

// links make addresses of files for those who reach the hall by an address.
func (g *Gateway) links(site string) wire.Links {
	if g.PublicURL != nil && strings.HasPrefix(site, "https:") {
		site = "https://" + g.PublicURL.Host
	}
	return g.Chat.Files.LinksAt(site)
}

// site is the address by which the session's client reached the hall last, as pages are asked for: "https://hall.lan:6464".
func (s *session) site() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "http" + strings.TrimPrefix(s.base, "ws")
}
