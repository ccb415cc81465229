package chat

import (
	"context"
	"fmt"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of forums (Discord's documentation, "Forum Tag Object" and "Thread Metadata Object").
const (
	maxForumTags   = 20
	maxTagName     = 20
	maxAppliedTags = 5
	maxForumTopic  = 4096
)

// post begins a post of a forum with its first message.
func (t *Threads) post(ctx context.Context, a access, forum *store.Channel, held perm.Set, draft ThreadDraft) (Channel, event.MessageCreated, error) {
	var none event.MessageCreated
	if err := mayWrite(a, forum, held); err != nil {
		return Channel{}, none, err
	}
	if draft.First == nil {
		return Channel{}, none, invalid("message", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	if draft.First.Reference != nil {
		return Channel{}, none, invalid("message.message_reference", "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", "The first message of a post refers to none.")
	}
	channel, err := t.compose(a.caller, t.IDs.Next(), forum, store.ChannelPublicThread, draft)
	if err != nil {
		return Channel{}, none, err
	}
	if channel.Thread.AppliedTags, err = applyTags(forum, nil, draft.AppliedTags, held); err != nil {
		return Channel{}, none, err
	}
	first := *draft.First
	first.uploadedTo = forum.ID
	job, err := t.messages.compose(ctx, a, &channel, held, first)
	if err != nil {
		return Channel{}, none, err
	}
	if err := t.slowDown(ctx, a.caller, forum, held); err != nil {
		return Channel{}, none, err
	}
	if err := t.judgeName(ctx, a, forum, channel.Name); err != nil {
		return Channel{}, none, err
	}
	job.posted.Message.ID, job.manages = channel.ID, held.Has(perm.ManageThreads)
	err = t.inLane(ctx, channel.ID, func(ctx context.Context) error {
		if err := t.create(ctx, a, store.NewThread{Channel: channel, First: &job.posted.Message}); err != nil {
			return err
		}
		t.gather(ctx, job)
		t.outgoing.add(ctx, t.outgoing.deliveriesOf(ctx, job.posted))
		t.messages.postedNew(ctx, &job.posted)
		return nil
	})
	if err != nil {
		return Channel{}, none, err
	}
	t.views.posted(forum.GuildID, forum.ID, channel.ID) // the newest of a forum is its newest post
	t.messages.flag(ctx, a, &channel, job)
	t.messages.previews.want(&job.posted.Message, held)
	thread, err := t.current(ctx, a.caller, channel.ID)
	return thread, job.posted, err
}

// applyTags checks the tags that a post is to have in place of others. Moderated tags are given and taken by who holds MANAGE_THREADS.
func applyTags(forum *store.Channel, before, wanted []id.ID, held perm.Set) ([]id.ID, error) {
	if !forum.Type.IsForum() {
		if len(wanted) > 0 {
			return nil, invalid("applied_tags", "CHANNEL_TYPE_INVALID", "Only the posts of forums have tags.")
		}
		return nil, nil
	}
	if len(wanted) > maxAppliedTags {
		return nil, invalid("applied_tags", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxAppliedTags)
	}
	var known []store.ForumTag
	if forum.Forum != nil {
		known = forum.Forum.Tags
	}
	var tags []id.ID
	for i, tagID := range wanted {
		if tagIndex(known, tagID) < 0 {
			if slices.Contains(before, tagID) {
				continue // the forum had it once
			}
			return nil, invalid(fmt.Sprintf("applied_tags.%d", i), "BASE_TYPE_CHOICES", "The forum has no such tag.")
		}
		if !slices.Contains(tags, tagID) {
			tags = append(tags, tagID)
		}
	}
	if len(tags) == 0 && forum.Flags&store.ChannelRequireTag != 0 {
		return nil, fail(TagRequired)
	}
	for _, tag := range known {
		if tag.Moderated && slices.Contains(tags, tag.ID) != slices.Contains(before, tag.ID) {
			if err := need(held, perm.ManageThreads); err != nil {
				return nil, err
			}
		}
	}
	return tags, nil
}

func tagIndex(tags []store.ForumTag, tagID id.ID) int {
	return slices.IndexFunc(tags, func(tag store.ForumTag) bool { return tag.ID == tagID })
}

// validateForum cleans and checks what a channel of a guild says of its threads and posts. Tags without an id are new and get theirs from next.
func validateForum(view *View, channel *store.Channel, next func() id.ID) error {
	var wrong fieldErrors
	if channel.DefaultAutoArchive != 0 && !slices.Contains(autoArchives, channel.DefaultAutoArchive) {
		wrong.add("default_auto_archive_duration", "BASE_TYPE_CHOICES", "This value must be one of 60, 1440, 4320, 10080.")
	}
	wrong.number("default_thread_rate_limit_per_user", channel.DefaultThreadRateLimit, 0, maxSlowMode)
	allowed := store.ChannelFlags(0)
	if channel.Type.IsForum() {
		allowed = store.ChannelRequireTag
	}
	if channel.Flags&^allowed != 0 {
		wrong.add("flags", "BASE_TYPE_CHOICES", "Of the flags of a channel only REQUIRE_TAG can be set, in forums.")
	}
	if forum := channel.Forum; forum != nil {
		if forum.SortOrder < store.SortUnset || forum.SortOrder > store.SortCreationTime {
			wrong.add("default_sort_order", "BASE_TYPE_CHOICES", "This value must be one of 0, 1.")
		}
		if forum.Layout < store.LayoutUnset || forum.Layout > store.LayoutGallery {
			wrong.add("default_forum_layout", "BASE_TYPE_CHOICES", "This value must be one of 0, 1, 2.")
		}
		known := forumEmoji(view, channel.ID)
		if !known(&forum.DefaultReaction) {
			wrong.add("default_reaction_emoji", "BASE_TYPE_CHOICES", "There is no such emoji.")
		}
		validateTags(&wrong, forum, known, next)
	}
	return wrong.err()
}

// forumEmoji gives what tells whether a forum may show an emoji, and has it named as it is kept: none, one of Unicode's, one of the guild's own by its id alone, or one that the forum showed
// before. The last may have been deleted since: who changes something else of the forum need not know.
func forumEmoji(view *View, channelID id.ID) func(*store.Emoji) bool {
	var before []store.Emoji
	if old, found := view.Channel(channelID); found && old.Forum != nil {
		before = append(before, old.Forum.DefaultReaction)
		for _, tag := range old.Forum.Tags {
			before = append(before, tag.Emoji)
		}
	}
	return func(emoji *store.Emoji) bool {
		if emoji.ID == 0 {
			return *emoji == store.Emoji{} || checkUnicode(*emoji) == nil
		}
		*emoji = store.Emoji{ID: emoji.ID} // the name may change
		_, found := view.Emoji(emoji.ID)
		return found || slices.Contains(before, *emoji)
	}
}

func validateTags(wrong *fieldErrors, forum *store.Forum, known func(*store.Emoji) bool, next func() id.ID) {
	if len(forum.Tags) > maxForumTags {
		wrong.add("available_tags", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxForumTags)
		return
	}
	names := make(map[string]bool, len(forum.Tags))
	for i := range forum.Tags {
		tag := &forum.Tags[i]
		path := fmt.Sprintf("available_tags.%d.", i)
		tag.Name = wrong.name(path+"name", tag.Name, 1, maxTagName)
		if names[tag.Name] {
			wrong.add(path+"name", "TAG_NAMES_MUST_BE_UNIQUE", "There is a tag of this name already.")
		}
		names[tag.Name] = true
		if named := tag.Emoji.ID == 0; !known(&tag.Emoji) {
			wrong.add(path+map[bool]string{true: "emoji_name", false: "emoji_id"}[named], "BASE_TYPE_CHOICES", "There is no such emoji.")
		}
		if tag.ID == 0 {
			tag.ID = next()
		}
	}
}

// changeForum applies the part of a change that is about threads and posts to a channel.
func (e ChannelEdit) changeForum(channel *store.Channel) error {
	set(&channel.DefaultAutoArchive, e.DefaultAutoArchive)
	set(&channel.DefaultThreadRateLimit, e.DefaultThreadRateLimit)
	set(&channel.Flags, e.Flags)
	var wrong fieldErrors
	for _, field := range []struct {
		name  string
		asked bool
	}{
		{"archived", asked(e.Archived)}, {"auto_archive_duration", asked(e.AutoArchive)}, {"locked", asked(e.Locked)}, {"invitable", asked(e.Invitable)},
		{"applied_tags", e.AppliedTags != nil && len(*e.AppliedTags) > 0},
	} {
		if field.asked {
			wrong.add(field.name, "CHANNEL_TYPE_INVALID", "Only threads have this.")
		}
	}
	if !channel.Type.IsForum() {
		for _, field := range []struct {
			name  string
			asked bool
		}{
			{"available_tags", e.Tags != nil && len(*e.Tags) > 0}, {"default_reaction_emoji", asked(e.DefaultReaction)}, {"default_sort_order", asked(e.SortOrder)},
			{"default_forum_layout", asked(e.Layout)},
		} {
			if field.asked {
				wrong.add(field.name, "CHANNEL_TYPE_INVALID", "Only forums have this.")
			}
		}
		return wrong.err()
	}
	forum := store.Forum{}
	if channel.Forum != nil {
		forum = *channel.Forum
	}
	if e.Tags != nil {
		// Ids are the hall's to give: one that the forum does not have is as good as none.
		known := forum.Tags
		forum.Tags = slices.Clone(*e.Tags)
		for i := range forum.Tags {
			tagID := forum.Tags[i].ID
			repeated := slices.ContainsFunc(forum.Tags[:i], func(tag store.ForumTag) bool { return tag.ID == tagID })
			if tagIndex(known, tagID) < 0 || repeated {
				forum.Tags[i].ID = 0
			}
		}
	}
	set(&forum.DefaultReaction, e.DefaultReaction)
	set(&forum.SortOrder, e.SortOrder)
	set(&forum.Layout, e.Layout)
	channel.Forum = &forum
	return wrong.err()
}
