package chat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of a search of threads, as upstream.
const (
	maxSearchedName = 100
	maxSearchedTags = 20
	maxSearchSlop   = 100
	maxSearchPage   = 25
	maxSearchOffset = 9975
	searchedThreads = maxSearchOffset + maxSearchPage
)

// ThreadOrder is what the threads that a search finds are ordered by.
type ThreadOrder int

// The orders of found threads.
const (
	// OrderLastMessage has the thread with the newest message first.
	OrderLastMessage ThreadOrder = iota
	// OrderCreation has the newest thread first.
	OrderCreation
	// OrderArchive has the thread first that was put into the archive, or taken out of it, last.
	OrderArchive
	// OrderRelevance has the thread first whose name is nearest to the one that is looked for.
	OrderRelevance
)

// ThreadSearch says which threads of a channel are looked for.
type ThreadSearch struct {
	// Name has at most 100 characters: all of its words must be in the name of a thread, in any case, and no further moved against each other than by Slop words, 0 to 100.
	// The last may be the beginning of a word. Empty for every name.
	Name string
	Slop int
	// After and Before are bounds of the threads' ids, zero for none.
	After, Before id.ID
	// Tags are at most 20, of which a thread must have one, or all.
	Tags    []id.ID
	AllTags bool
	// Archived is nil for threads in the archive and out of it.
	Archived *bool
	Order    ThreadOrder
	// Ascending turns the order round.
	Ascending bool
	// Offset is 0 to 9975, Limit 1 to 25, zero for 25.
	Offset, Limit int
}

// ThreadsFound is a page of what a search found.
type ThreadsFound struct {
	Threads []Channel
	// First are the first messages of those threads that are posts, as far as they are still there.
	First []event.MessageCreated
	// Total is how many were found, More tells whether there are more after the page.
	Total int
	More  bool
}

func (s *ThreadSearch) check() error {
	var wrong fieldErrors
	if utf8.RuneCountInString(s.Name) > maxSearchedName {
		wrong.length("name", 0, maxSearchedName)
	}
	if len(s.Tags) > maxSearchedTags {
		wrong.add("tag", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxSearchedTags)
	}
	wrong.number("slop", s.Slop, 0, maxSearchSlop)
	wrong.number("offset", s.Offset, 0, maxSearchOffset)
	s.Limit = cmp.Or(s.Limit, maxSearchPage)
	wrong.number("limit", s.Limit, 1, maxSearchPage)
	return wrong.err()
}

// Search finds threads of a channel that the caller may view; it needs READ_MESSAGE_HISTORY. It looks at the 10,000 threads that began last within the bounds: as many as pages can reach.
func (t *Threads) Search(ctx context.Context, caller Caller, channelID id.ID, search ThreadSearch) (ThreadsFound, error) {
	if err := search.check(); err != nil {
		return ThreadsFound{}, err
	}
	a, channel, held, err := t.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return ThreadsFound{}, err
	}
	if channel.GuildID == 0 || !channel.Type.IsForum() && !slices.Contains(textChannels, channel.Type) {
		return ThreadsFound{}, fail(WrongChannelType)
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return ThreadsFound{}, err
	}
	briefs, err := t.Store.ThreadBriefs(ctx, channelID, search.After, search.Before, searchedThreads)
	if err != nil {
		return ThreadsFound{}, internal("reading the threads of a channel", err)
	}
	if briefs, err = t.viewable(ctx, a, held, briefs); err != nil {
		return ThreadsFound{}, err
	}
	ids := search.pick(briefs)
	page := ids[min(search.Offset, len(ids)):min(search.Offset+search.Limit, len(ids))]
	found := ThreadsFound{Total: len(ids), More: search.Offset+search.Limit < len(ids)}
	if found.Threads, err = t.visibleByID(ctx, a, page); err != nil {
		return ThreadsFound{}, err
	}
	slices.SortFunc(found.Threads, func(a, b Channel) int { return cmp.Compare(slices.Index(page, a.ID), slices.Index(page, b.ID)) })
	if channel.Type.IsForum() {
		found.First, err = t.firstMessages(ctx, found.Threads)
	}
	return found, err
}

// viewable leaves out the private threads that the caller is not in, unless they manage threads.
func (t *Threads) viewable(ctx context.Context, a access, held perm.Set, briefs []store.ThreadBrief) ([]store.ThreadBrief, error) {
	private := func(brief store.ThreadBrief) bool { return brief.Type == store.ChannelPrivateThread }
	if held.Standing().Has(perm.ManageThreads) || !slices.ContainsFunc(briefs, private) {
		return briefs, nil
	}
	joined, err := t.Store.JoinedThreads(ctx, a.view.Guild.ID, a.caller.UserID)
	if err != nil {
		return nil, internal("reading threads", err)
	}
	return slices.DeleteFunc(briefs, func(brief store.ThreadBrief) bool {
		_, in := slices.BinarySearch(joined, brief.ID)
		return private(brief) && !in
	}), nil
}

// firstMessages gives the first messages of posts, as far as they are still there.
func (t *Threads) firstMessages(ctx context.Context, posts []Channel) ([]event.MessageCreated, error) {
	var first []event.MessageCreated
	for i := range posts {
		post := &posts[i].Channel
		message, err := t.messages.read(ctx, post.ID, post.ID)
		if KindOf(err) == UnknownMessage {
			continue
		}
		if err != nil {
			return nil, err
		}
		complete, err := t.messages.completeOne(ctx, post, message)
		if err != nil {
			return nil, err
		}
		first = append(first, complete)
	}
	return first, nil
}

// pick gives the ids of the threads that are looked for, in the order in which they are wanted.
func (s *ThreadSearch) pick(briefs []store.ThreadBrief) []id.ID {
	type hit struct {
		brief    *store.ThreadBrief
		distance int
	}
	words := searchWords(s.Name)
	var hits []hit
	for i := range briefs {
		brief := &briefs[i]
		if s.Archived != nil && brief.Archived != *s.Archived || !s.tagged(brief.AppliedTags) {
			continue
		}
		if distance, matches := s.distance(words, brief.Name); matches {
			hits = append(hits, hit{brief, distance})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		order := 0
		switch s.Order {
		case OrderLastMessage:
			order = cmp.Compare(b.brief.LastMessageID, a.brief.LastMessageID)
		case OrderArchive:
			order = b.brief.ArchivedAt.Compare(a.brief.ArchivedAt)
		case OrderRelevance:
			order = cmp.Compare(a.distance, b.distance)
		}
		return cmp.Or(order, cmp.Compare(b.brief.ID, a.brief.ID))
	})
	if s.Ascending {
		slices.Reverse(hits)
	}
	ids := make([]id.ID, len(hits))
	for i := range hits {
		ids[i] = hits[i].brief.ID
	}
	return ids
}

// tagged tells whether a thread with some tags is looked for.
func (s *ThreadSearch) tagged(tags []id.ID) bool {
	has := func(tagID id.ID) bool { return slices.Contains(tags, tagID) }
	if s.AllTags {
		return !slices.ContainsFunc(s.Tags, func(tagID id.ID) bool { return !has(tagID) })
	}
	return len(s.Tags) == 0 || slices.ContainsFunc(s.Tags, has)
}

// distance tells whether a name is looked for, and how far it is from what is looked for: how far the words are moved against each other, and then how many others there are.
func (s *ThreadSearch) distance(words []string, name string) (int, bool) {
	if s.Name == "" {
		return 0, true
	}
	if len(words) == 0 { // signs alone
		return 0, strings.Contains(name, s.Name)
	}
	in := searchWords(name)
	moved, found := phraseDistance(words, in)
	return moved*(maxSearchedName+1) + len(in) - len(words), found && moved <= s.Slop
}

// searchWords are the words of a text in lower case: its runs of letters, marks and digits.
func searchWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// phraseDistance tells by how many places the words of a phrase must be moved against each other to stand as they do in a text, at best, and whether all of them are in it. Words that stand together
// in the phrase's order are not moved at all. This is the sloppy phrase query of full-text engines: each word's place in the text, less its place in the phrase, and of these the smallest range that has one of
// every word.
func phraseDistance(words, text []string) (int, bool) {
	type place struct{ word, shift int }
	var places []place
	needed := make(map[string]int)
	for i, word := range words {
		needed[word]++
		found := 0
		for at, other := range text {
			if other == word || i == len(words)-1 && strings.HasPrefix(other, word) {
				places = append(places, place{i, at - i})
				found++
			}
		}
		if found < needed[word] {
			return 0, false
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.shift, b.shift) })
	best, covered, from := -1, 0, 0
	inside := make([]int, len(words))
	for _, last := range places {
		if inside[last.word]++; inside[last.word] == 1 {
			covered++
		}
		for covered == len(words) {
			first := places[from]
			if width := last.shift - first.shift; best < 0 || width < best {
				best = width
			}
			if inside[first.word]--; inside[first.word] == 0 {
				covered--
			}
			from++
		}
	}
	return best, best >= 0
}
