package chat

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"guildhall/store"
	"guildhall/store/id"
)

// Bounds of channels' fields (wire contract, limits; for the bitrate what Opus takes, RFC 6716, 2.1.1, less the extremes).
const (
	maxTopic       = 1024
	maxSlowMode    = 21600
	minBitrate     = 8000
	maxBitrate     = 384000
	defaultBitrate = 64000
	maxUserLimit   = 99
	maxListeners   = 10_000
	maxPosition    = 1<<31 - 1
)

// creatableChannels are the types of channels that there can be so far.
var creatableChannels = []store.ChannelType{store.ChannelText, store.ChannelVoice, store.ChannelCategory, store.ChannelAnnouncement, store.ChannelStage, store.ChannelForum, store.ChannelMedia}

func unsupportedType(kind store.ChannelType) error {
	switch kind {
	case store.ChannelDM, store.ChannelGroupDM, store.ChannelAnnouncementThread, store.ChannelPublicThread, store.ChannelPrivateThread:
		return invalid("type", "BASE_TYPE_CHOICES", "Channels of this type are not made here.")
	default:
		return invalid("type", "BASE_TYPE_CHOICES", "There is no channel type %d.", int(kind))
	}
}

// validateChannel cleans and checks what a channel is to be, apart from its parent and overwrites.
func validateChannel(channel *store.Channel) error {
	var wrong fieldErrors
	if slices.Contains(textChannels, channel.Type) || channel.Type.IsForum() {
		channel.Name = textChannelName(channel.Name)
	}
	channel.Name = wrong.name("name", channel.Name, 1, 100)
	longest := maxTopic
	if channel.Type.IsForum() {
		longest = maxForumTopic
	}
	channel.Topic = wrong.text("topic", channel.Topic, longest)
	wrong.number("position", channel.Position, 0, maxPosition)
	wrong.number("rate_limit_per_user", channel.RateLimitPerUser, 0, maxSlowMode)
	if channel.Type.IsVoice() {
		most := maxUserLimit
		if channel.Type == store.ChannelStage {
			most = maxListeners
		}
		wrong.number("bitrate", channel.Bitrate, minBitrate, maxBitrate)
		wrong.number("user_limit", channel.UserLimit, 0, most)
	} else {
		// Libraries send these with every channel; for those without voice they say nothing.
		channel.Bitrate, channel.UserLimit = 0, 0
	}
	return wrong.err()
}

// textChannelName writes a name as names of text channels are written: in lower case, with hyphens for spaces, as upstream.
func textChannelName(name string) string {
	var text strings.Builder
	hyphen := false
	for _, r := range strings.TrimSpace(name) {
		if unicode.IsSpace(r) && !unicode.IsControl(r) {
			r = '-'
		}
		if r == '-' && hyphen {
			continue
		}
		hyphen = r == '-'
		text.WriteRune(unicode.ToLower(r))
	}
	return text.String()
}

// validateParent checks the category that a channel is to be in. before is the one it was in.
func validateParent(view *View, channel *store.Channel, before id.ID) error {
	if channel.ParentID == 0 || channel.ParentID == before {
		return nil
	}
	if channel.Type == store.ChannelCategory {
		return invalid("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "A category cannot be in a category.")
	}
	parent, found := view.Channel(channel.ParentID)
	if !found {
		return invalid("parent_id", "CHANNEL_PARENT_INVALID", "There is no such category in this guild.")
	}
	if parent.Type != store.ChannelCategory {
		return invalid("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Must be a category.")
	}
	if children := childrenOf(view, parent.ID); children >= maxChannelsPerCategory {
		return invalid("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", "A category can have no more than %d channels.", maxChannelsPerCategory)
	}
	return nil
}

func childrenOf(view *View, parentID id.ID) int {
	children := 0
	for i := range view.Channels {
		if view.Channels[i].ParentID == parentID {
			children++
		}
	}
	return children
}

func overwritePath(index int, field string) string {
	return fmt.Sprintf("permission_overwrites.%d.%s", index, field)
}
