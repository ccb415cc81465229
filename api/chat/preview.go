package chat

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// LinkReader finds out what is at addresses of the web. It decides by itself where it asks, and bounds what that takes.
type LinkReader interface {
	// Preview says in short what is at an address; false when there is nothing to say.
	Preview(ctx context.Context, address string) (store.Embed, bool, error)
	// Picture gives the bytes that are at an address, at most so many, if they are said to be a picture.
	Picture(ctx context.Context, address string, most int64) ([]byte, error)
}

const (
	// maxPreviews is how many links of one message are looked at.
	maxPreviews = 5
	// maxWaitingPreviews is how many messages may wait for their previews; those beyond get none. previewWorkers is how many are looked after at a time.
	maxWaitingPreviews = 256
	previewWorkers     = 4
	// maxKnownLinks is how many links are remembered: for knownLinkFor if there was something, for emptyLinkFor if not.
	maxKnownLinks = 1000
	knownLinkFor  = 30 * time.Minute
	emptyLinkFor  = 5 * time.Minute
)

// previews look at the links in messages, after these are posted, and put below them what the links lead to. What waits for it is forgotten when the hall stops.
type previews struct {
	Deps
	messages *Messages
	reader   LinkReader
	waiting  chan previewJob
	known    *lru.Cache[string, knownLink]
}

// previewJob is a message whose links are to be looked at.
type previewJob struct {
	channelID, messageID id.ID
	// content is the one that the links are of: when it is another one by then, nothing is done.
	content string
	links   []string
}

// knownLink is what was found at an address.
type knownLink struct {
	embed store.Embed
	ok    bool
	until time.Time
}

// newPreviews gives nil without a reader: then no link is ever looked at.
func newPreviews(deps Deps, messages *Messages, reader LinkReader) (*previews, error) {
	if reader == nil {
		return nil, nil
	}
	known, err := lru.New[string, knownLink](maxKnownLinks)
	if err != nil {
		return nil, err
	}
	return &previews{Deps: deps, messages: messages, reader: reader, waiting: make(chan previewJob, maxWaitingPreviews), known: known}, nil
}

// want has a message's links looked at soon, if its author may embed links. It never waits.
func (p *previews) want(message *store.Message, held perm.Set) {
	if p == nil || !held.Has(perm.EmbedLinks) || message.Flags&(store.MessageSuppressEmbeds|store.MessageIsLayout) != 0 {
		return
	}
	links := previewedLinks(message.Content)
	if len(links) == 0 {
		return
	}
	select {
	case p.waiting <- previewJob{message.ChannelID, message.ID, message.Content, links}:
	default:
		p.Log.Warn("too many messages wait for previews of their links: one gets none")
	}
}

// work looks at links until the context ends.
func (p *previews) work(ctx context.Context) {
	var workers sync.WaitGroup
	for range previewWorkers {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case job := <-p.waiting:
					if err := p.show(ctx, job); err != nil && ctx.Err() == nil {
						p.Log.Error("a message got no previews", "error", err)
					}
				}
			}
		})
	}
	workers.Wait()
}

// show finds out what a message's links lead to, and puts it below the message.
func (p *previews) show(ctx context.Context, job previewJob) error {
	var found []store.Embed
	for _, link := range job.links {
		if embed, ok := p.read(ctx, link); ok {
			found = append(found, embed)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return p.messages.embedLinks(ctx, job, found)
}

// read says what is at an address, from memory where it was asked lately.
func (p *previews) read(ctx context.Context, link string) (store.Embed, bool) {
	now := p.Now()
	if known, there := p.known.Get(link); there && now.Before(known.until) {
		return known.embed, known.ok
	}
	embed, ok, err := p.reader.Preview(ctx, link)
	if ctx.Err() != nil {
		return store.Embed{}, false
	}
	if err != nil {
		// Where people link to is theirs: the log says that something failed, not what they wrote.
		p.Log.Debug("a link was not looked at", "error", err)
		ok = false
	}
	until := now.Add(emptyLinkFor)
	if ok {
		until = now.Add(knownLinkFor)
	}
	p.known.Add(link, knownLink{embed, ok, until})
	return embed, ok
}

// errOvertaken says that a message changed while its links were looked at.
var errOvertaken = errors.New("the message changed meanwhile")

// embedLinks puts previews below a message, if it still says what it said, and tells everybody. It counts as no edit.
func (m *Messages) embedLinks(ctx context.Context, job previewJob, found []store.Embed) error {
	guildID, err := m.views.ChannelGuild(ctx, job.channelID)
	if KindOf(err) == UnknownChannel {
		return nil
	}
	if err != nil {
		return err
	}
	return m.lanes.do(ctx, job.channelID, &laneJob{operation: func(ctx context.Context) error {
		stored, err := m.Store.UpdateMessage(ctx, job.channelID, job.messageID, func(current *store.Message) error {
			if current.Content != job.content || current.Flags&store.MessageSuppressEmbeds != 0 {
				return errOvertaken
			}
			current.Embeds = append(ownEmbeds(current.Embeds), found...)
			current.Embeds = current.Embeds[:min(len(current.Embeds), maxEmbeds)]
			return nil
		})
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, errOvertaken) {
			return nil
		}
		if err != nil {
			return internal("showing where links lead", err)
		}
		m.announcements.changed(&stored)
		channel, err := m.Store.Channel(ctx, job.channelID)
		if err != nil {
			return internal("reading a channel", err)
		}
		updated, err := m.completeOne(ctx, &channel, stored)
		if err != nil {
			return err
		}
		if updated.Member, err = m.authorMember(ctx, guildID, stored.AuthorID); err != nil {
			return err
		}
		m.tell(ctx, event.MessageUpdated(updated))
		return nil
	}})
}

// ownEmbeds gives those embeds that the author made, without the previews of links. The result shares nothing with the input.
func ownEmbeds(embeds []store.Embed) (own []store.Embed) {
	for i := range embeds {
		if embeds[i].Type == store.EmbedRich {
			own = append(own, embeds[i])
		}
	}
	return own
}

// previewedLinks finds the links in a content whose previews people expect to see, each once, at most five: not those in code, between angle brackets, or hidden until somebody asks for them.
func previewedLinks(content string) []string {
	if !strings.Contains(content, "://") {
		return nil
	}
	var links []string
	hidden := false
	for at := 0; at < len(content) && len(links) < maxPreviews; {
		switch {
		case content[at] == '`':
			at = afterCode(content, at)
		case strings.HasPrefix(content[at:], "||"):
			// Only what is closed again is hidden.
			hidden = !hidden && strings.Contains(content[at+2:], "||")
			at += 2
		case content[at] == '<' && isLink(content[at+1:]):
			at += 1 + strings.IndexAny(content[at+1:]+" ", "> \n\t")
		case isLink(content[at:]) && (at == 0 || !isWordByte(content[at-1])):
			link := takeLink(content[at:])
			if len(link) > len("https://") && !hidden && !slices.Contains(links, link) {
				links = append(links, link)
			}
			at += max(len(link), 1)
		default:
			at++
		}
	}
	return links
}

func isLink(text string) bool {
	return len(text) > 8 && (strings.EqualFold(text[:7], "http://") || strings.EqualFold(text[:8], "https://"))
}

func isWordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}

// takeLink gives the link that a text begins with, without the punctuation behind it that belongs to the sentence.
func takeLink(text string) string {
	if end := strings.IndexAny(text, " \t\n\r<>|`\"\\"); end >= 0 {
		text = text[:end]
	}
	for text != "" {
		last := text[len(text)-1]
		if !strings.ContainsRune(".,:;!?'*_~)]", rune(last)) {
			break
		}
		if last == ')' && strings.Count(text, "(") >= strings.Count(text, ")") || last == '_' && strings.Count(text, "_") > 1 && strings.Contains(text, "/") {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}
