package pebble

import (
	"encoding/binary"

	"guildhall/store"
	"guildhall/store/id"
)

func (c *checker) accounts() {
	emails, guests, safe := 0, 0, 0
	for e := range c.each(kindUser) {
		user := record[userRecord](c, e)
		c.made(idAt(e.key, 0), e)
		c.same(usernameKey(user.Bot, user.Username), e.key[1:], e)
		if user.Guest {
			guests++
			c.value(kindGuest.key(idAt(e.key, 0)), e)
		}
		if user.MFA {
			safe++
			c.value(kindTwoFactor.key(idAt(e.key, 0)), e)
		}
		if user.Email != "" {
			emails++
			c.same(kindEmail.text(user.Email), e.key[1:], e)
		}
	}
	if names := c.counts[kindUsername]; names != c.counts[kindUser] {
		c.fail("%d accounts have %d names", c.counts[kindUser], names)
	}
	if got := c.counts[kindEmail]; got != emails {
		c.fail("%d addresses lead to the %d accounts that have one", got, emails)
	}
	if got := c.counts[kindGuest]; got != guests {
		c.fail("%d guests are known, and %d accounts are those of guests", got, guests)
	}
	if got := c.counts[kindTwoFactor]; got != safe {
		c.fail("%d accounts are said to have a second factor, and %d have", safe, got)
	}
	for e := range c.each(kindTwoFactor) {
		for _, passkey := range record[twoFactorRecord](c, e).Passkeys {
			c.made(passkey.ID, e)
		}
	}
	for e := range c.each(kindSecurityEvent) {
		record[securityEventRecord](c, e)
		c.made(idAt(e.key, 1), e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
	}
	c.identities()
	for e := range c.each(kindSession) {
		session := record[sessionRecord](c, e)
		c.made(idAt(e.key, 0), e)
		c.value(kindUser.key(session.UserID), e)
		c.value(kindUserSession.key(session.UserID, idAt(e.key, 0)), e)
	}
	for e := range c.each(kindUserSession) {
		c.value(kindSession.key(idAt(e.key, 1)), e)
	}
	for e := range c.each(kindBot) {
		bot := record[botRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
		c.value(kindOwnerBot.key(bot.OwnerID, idAt(e.key, 0)), e)
	}
	if c.counts[kindOwnerBot] != c.counts[kindBot] {
		c.fail("%d bots have %d owners", c.counts[kindBot], c.counts[kindOwnerBot])
	}
	for _, kind := range []kind{kindRelationship, kindNote} {
		for e := range c.each(kind) {
			c.value(kindUser.key(idAt(e.key, 0)), e)
			c.value(kindUser.key(idAt(e.key, 1)), e)
		}
	}
	for e := range c.each(kindRelationship) {
		record[relationshipRecord](c, e)
	}
	for e := range c.each(kindHall) {
		if owner := record[hallRecord](c, e).OwnerID; owner != 0 {
			c.value(kindUser.key(owner), e)
		}
	}
	for e := range c.each(kindHallEntry) {
		record[hallEntryRecord](c, e)
		c.made(idAt(e.key, 0), e)
	}
}

func (c *checker) identities() {
	for e := range c.each(kindOpenIDProvider) {
		record[openIDProviderRecord](c, e)
	}
	for e := range c.each(kindIdentity) {
		identity := record[identityRecord](c, e)
		c.value(kindUser.key(identity.UserID), e)
		c.value(userIdentityKey(identity.UserID, identity.Issuer, identity.Subject), e)
	}
	if linked := c.counts[kindUserIdentity]; linked != c.counts[kindIdentity] {
		c.fail("%d identities are linked to accounts, and %d are known", linked, c.counts[kindIdentity])
	}
}

func (c *checker) guilds() {
	members := make(map[id.ID]uint64)
	for e := range c.each(kindMember) {
		guildID, userID := idAt(e.key, 0), idAt(e.key, 1)
		members[guildID]++
		c.value(kindUser.key(userID), e)
		c.value(kindUserGuild.key(userID, guildID), e)
		for _, roleID := range record[memberRecord](c, e).RoleIDs {
			c.value(kindRole.key(guildID, roleID), e)
		}
	}
	for e := range c.each(kindUserGuild) {
		c.value(kindMember.key(idAt(e.key, 1), idAt(e.key, 0)), e)
	}
	for e := range c.each(kindGuild) {
		guild := record[guildRecord](c, e)
		guildID := idAt(e.key, 0)
		c.made(guildID, e)
		c.value(kindUser.key(guild.OwnerID), e)
		c.same(kindMemberCount.key(guildID), binary.BigEndian.AppendUint64(nil, members[guildID]), e)
		for _, channelID := range []id.ID{guild.AFKChannelID, guild.SystemChannelID, guild.RulesChannelID} {
			if channelID != 0 {
				c.value(kindChannel.key(guildID, channelID), e)
			}
		}
	}
	for _, kind := range []kind{kindMember, kindMemberCount, kindRole, kindChannel, kindGuildInvite, kindBan, kindAudit, kindAutoMod, kindEmoji, kindWebhook} {
		for e := range c.each(kind) {
			if kind == kindChannel && idAt(e.key, 0) == 0 {
				continue // a conversation
			}
			c.value(kindGuild.key(idAt(e.key, 0)), e)
		}
	}
	for e := range c.each(kindRole) {
		record[roleRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
	for e := range c.each(kindInvite) {
		invite := record[inviteRecord](c, e)
		c.value(kindChannel.key(invite.GuildID, invite.ChannelID), e)
		c.value(kindGuildInvite.text(string(e.key[1:]), invite.GuildID), e)
	}
	if c.counts[kindGuildInvite] != c.counts[kindInvite] {
		c.fail("%d invites are listed %d times", c.counts[kindInvite], c.counts[kindGuildInvite])
	}
}

func (c *checker) emojis() {
	for e := range c.each(kindEmoji) {
		c.made(idAt(e.key, 1), e)
		c.same(kindEmojiGuild.key(idAt(e.key, 1)), idValue(idAt(e.key, 0)), e)
		for _, roleID := range record[guildEmojiRecord](c, e).RoleIDs {
			c.value(kindRole.key(idAt(e.key, 0), roleID), e)
		}
	}
	if c.counts[kindEmojiGuild] != c.counts[kindEmoji] {
		c.fail("%d emoji are in %d guilds", c.counts[kindEmoji], c.counts[kindEmojiGuild])
	}
}

func (c *checker) moderation() {
	for e := range c.each(kindBan) {
		c.value(kindUser.key(idAt(e.key, 1)), e)
		c.value(kindUserBan.key(idAt(e.key, 1), idAt(e.key, 0)), e)
		if is, err := has(c.r, kindMember.key(idAt(e.key, 0), idAt(e.key, 1))); err != nil || is {
			c.fail("the ban %x is of a member (%v)", e.key, err)
		}
	}
	if c.counts[kindUserBan] != c.counts[kindBan] {
		c.fail("%d bans are listed %d times", c.counts[kindBan], c.counts[kindUserBan])
	}
	for e := range c.each(kindAutoMod) {
		record[autoModRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
	open := 0
	for e := range c.each(kindReport) {
		report := record[reportRecord](c, e)
		c.made(idAt(e.key, 1), e)
		if guildID := idAt(e.key, 0); guildID != 0 {
			c.value(kindGuild.key(guildID), e)
		}
		if report.ResolvedBy == 0 {
			open++
			c.same(kindOpenReport.key(idAt(e.key, 0), report.MessageID, report.ReporterID), idValue(idAt(e.key, 1)), e)
		}
	}
	if c.counts[kindOpenReport] != open {
		c.fail("%d open reports are listed %d times", open, c.counts[kindOpenReport])
	}
	for e := range c.each(kindAudit) {
		record[auditRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
}

func (c *checker) settings() {
	for e := range c.each(kindDismissed) {
		record[dismissedRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
	}
	for e := range c.each(kindSettings) {
		record[userSettingsRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
	}
	about := 0
	for e := range c.each(kindGuildSettings) {
		record[guildSettingsRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
		if guildID := idAt(e.key, 1); guildID != 0 {
			about++
			c.value(kindGuild.key(guildID), e)
			c.value(kindGuildSettingsOf.key(guildID, idAt(e.key, 0)), e)
		}
	}
	if c.counts[kindGuildSettingsOf] != about {
		c.fail("%d settings about guilds are listed %d times", about, c.counts[kindGuildSettingsOf])
	}
}

func (c *checker) channels() {
	for e := range c.each(kindChannel) {
		channel := record[channelRecord](c, e)
		c.made(idAt(e.key, 1), e)
		c.same(kindChannelGuild.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		if channel.ParentID != 0 {
			c.value(kindChannel.key(idAt(e.key, 0), channel.ParentID), e)
		}
	}
	if channels := c.counts[kindChannel] + c.counts[kindThread]; c.counts[kindChannelGuild] != channels {
		c.fail("%d channels have %d guilds", channels, c.counts[kindChannelGuild])
	}
}

// conversations demands that everybody who is in one finds it. One of two may have no account any more.
func (c *checker) conversations() {
	entries, pairs := 0, 0
	for e := range c.each(kindChannel) {
		if idAt(e.key, 0) != 0 {
			continue
		}
		channel := record[channelRecord](c, e)
		present := 0
		for _, userID := range channel.Recipients {
			there, err := has(c.r, kindUser.key(userID))
			switch {
			case err != nil:
				c.fail("%v", err)
			case there:
				present++
				c.value(kindUserDirect.key(userID, idAt(e.key, 1)), e)
			case store.ChannelType(channel.Type) != store.ChannelDM:
				c.fail("the group %x has somebody in it who is not there: %d", e.key, userID)
			}
		}
		if entries += present; present == 0 {
			c.fail("nobody is in the conversation %x", e.key)
		}
		if store.ChannelType(channel.Type) != store.ChannelDM {
			continue
		}
		if len(channel.Recipients) != 2 {
			c.fail("the conversation %x is of %d", e.key, len(channel.Recipients))
			continue
		}
		pairs++
		c.same(pairKey(channel.Recipients), e.key[1+idBytes:], e)
	}
	if c.counts[kindUserDirect] != entries || c.counts[kindDirectPair] != pairs {
		c.fail("%d people in conversations have %d entries, %d pairs have %d", entries, c.counts[kindUserDirect], pairs, c.counts[kindDirectPair])
	}
}

func (c *checker) threads() {
	members := make(map[id.ID]int)
	for e := range c.each(kindThreadMember) {
		threadID, userID := idAt(e.key, 0), idAt(e.key, 1)
		members[threadID]++
		guildID := c.value(kindChannelGuild.key(threadID), e)
		if len(guildID) == idBytes {
			guild := id.ID(binary.BigEndian.Uint64(guildID))
			c.value(kindUserThread.key(userID, guild, threadID), e)
			c.value(kindMember.key(guild, userID), e)
		}
	}
	active, archived := 0, 0
	for e := range c.each(kindThread) {
		guildID, threadID := idAt(e.key, 0), idAt(e.key, 1)
		thread := record[channelRecord](c, e).channel(guildID, threadID)
		if thread.Thread == nil {
			c.fail("the thread %x is none", e.key)
			continue
		}
		c.made(threadID, e)
		c.same(kindChannelGuild.key(threadID), e.key[1:1+idBytes], e)
		c.value(kindChannel.key(guildID, thread.ParentID), e)
		c.value(kindParentThread.key(thread.ParentID, threadID), e)
		if thread.Thread.Archived {
			archived++
			c.value(archivedKey(thread.ParentID, thread.Type == store.ChannelPrivateThread, thread.Thread.ArchivedAt, threadID), e)
		} else {
			active++
			c.value(kindActiveThread.key(guildID, threadID), e)
		}
		key := kindThreadCount.key(threadID)
		if counts := record[threadCountRecord](c, entry{key, c.value(key, e)}); counts.Members != members[threadID] || counts.Messages > counts.Total {
			c.fail("the thread %x counts %+v, but has %d members", e.key, counts, members[threadID])
		}
	}
	threads := c.counts[kindThread]
	for kind, want := range map[kind]int{kindActiveThread: active, kindArchivedThread: archived, kindParentThread: threads, kindThreadCount: threads, kindUserThread: c.counts[kindThreadMember]} {
		if got := c.counts[kind]; got != want {
			c.fail("there are %d keys of the kind %s, and should be %d", got, kind, want)
		}
	}
}
