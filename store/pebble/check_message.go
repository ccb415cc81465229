package pebble

import (
	"guildhall/store/id"
)

func (c *checker) mentions() {
	if c.counts[kindTrash] > 0 {
		return // what is left of deleted channels goes on its own ways
	}
	named, mass := 0, 0
	for e := range c.each(kindMessage) {
		channelID, messageID := idAt(e.key, 0), idAt(e.key, 1)
		message := record[messageRecord](c, e)
		for _, userID := range distinct(message.Mentions) {
			named++
			c.value(kindMention.key(channelID, userID, messageID), e)
		}
		if message.MentionEveryone || len(message.MentionRoles) > 0 {
			mass++
			c.value(kindMassMention.key(channelID, messageID), e)
		}
	}
	if c.counts[kindMention] != named || c.counts[kindMassMention] != mass {
		c.fail("%d mentions have %d keys, %d mass mentions %d", named, c.counts[kindMention], mass, c.counts[kindMassMention])
	}
	reactors := 0
	votes := 0
	for e := range c.each(kindPollCounts) {
		c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 1)), e)
		for _, count := range record[pollCountsRecord](c, e).Counts {
			votes += count
		}
	}
	if c.counts[kindVote] != votes {
		c.fail("%d votes are counted, %d are there", votes, c.counts[kindVote])
	}
	for e := range c.each(kindOpenPoll) {
		var message messageRecord
		if value := c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 2)), e); value != nil {
			message = record[messageRecord](c, entry{kindMessage.key(idAt(e.key, 0), idAt(e.key, 2)), value})
		}
		if message.Poll == nil || message.Poll.Ended || id.ID(message.Poll.ExpiresAt) != idAt(e.key, 1) {
			c.fail("the open poll %x is of another message", e.key)
		}
	}
	calls := 0
	for e := range c.each(kindMessage) {
		if call := record[messageRecord](c, e).Call; call != nil && call.EndedAt == 0 {
			calls++
			c.value(kindOpenCall.key(idAt(e.key, 0), idAt(e.key, 1)), e)
		}
	}
	if c.counts[kindOpenCall] != calls {
		c.fail("%d calls are noted to go on, %d do", c.counts[kindOpenCall], calls)
	}
	for e := range c.each(kindReactions) {
		c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 1)), e)
		for _, kind := range record[reactionsRecord](c, e).Kinds {
			reactors += kind.Count
		}
	}
	if c.counts[kindReactor] != reactors {
		c.fail("%d reactions are counted, %d are there", reactors, c.counts[kindReactor])
	}
	c.marks()
}

// marks looks at how far people have read, and which pins they have seen.
func (c *checker) marks() {
	for _, kind := range []kind{kindReadMark, kindPinMark} {
		for e := range c.each(kind) {
			c.number(e)
			c.value(kindChannelReader.key(idAt(e.key, 1), idAt(e.key, 0)), e)
			c.value(kindUser.key(idAt(e.key, 0)), e)
			c.value(kindChannelGuild.key(idAt(e.key, 1)), e)
		}
	}
	for e := range c.each(kindChannelReader) {
		marked := false
		for _, kind := range []kind{kindReadMark, kindPinMark} {
			is, err := has(c.r, kind.key(idAt(e.key, 1), idAt(e.key, 0)))
			if err != nil {
				c.fail("%v", err)
			}
			marked = marked || is
		}
		if !marked {
			c.fail("the channel reader %x has no mark", e.key)
		}
	}
}

func (c *checker) histories() {
	trash := make(map[id.ID]bool)
	for e := range c.each(kindTrash) {
		trash[idAt(e.key, 0)] = true
	}
	// live demands a channel that is there or in the trash, and tells which.
	live := func(channelID id.ID, because entry) bool {
		if trash[channelID] {
			return false
		}
		c.value(kindChannelGuild.key(channelID), because)
		return true
	}
	for e := range c.each(kindMessage) {
		record[messageRecord](c, e)
		c.made(idAt(e.key, 1), e)
		live(idAt(e.key, 0), e)
		c.same(kindMessagePlace.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
	}
	for e := range c.each(kindMessagePlace) {
		c.value(kindMessage.key(id.ID(c.number(e)), idAt(e.key, 0)), e)
	}
	for e := range c.each(kindNonce) {
		if live(idAt(e.key, 0), e) {
			c.same(kindNonceAge.key(id.ID(c.number(e))), e.key, e)
		}
	}
	for e := range c.each(kindVoice) {
		session := record[voiceRecord](c, e)
		c.made(idAt(e.key, 1), e)
		live(idAt(e.key, 0), e)
		c.same(kindVoicePlace.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		if session.EndedAt == 0 {
			c.same(kindVoiceOpen.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		}
	}
	for e := range c.each(kindVoiceOpen) {
		key := kindVoice.key(id.ID(c.number(e)), idAt(e.key, 0))
		if record[voiceRecord](c, entry{key, c.value(key, e)}).EndedAt != 0 {
			c.fail("the voice session %x ended, but is among the open ones", key)
		}
	}
	for _, kind := range []kind{kindVoicePlace, kindVoiceOpen} {
		for e := range c.each(kind) {
			c.value(kindVoice.key(id.ID(c.number(e)), idAt(e.key, 0)), e)
		}
	}
}

func (c *checker) pins() {
	for e := range c.each(kindPin) {
		key := kindMessage.key(idAt(e.key, 0), idAt(e.key, 2))
		if value := c.value(key, e); value != nil && record[messageRecord](c, entry{key, value}).PinnedAt == 0 {
			c.fail("the pin %x is of a message that is not pinned", e.key)
		}
	}
}
