package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// entry is a key with its value.
type entry struct{ key, value []byte }

func (e entry) kind() kind { return kind(e.key[0]) }

// dump gives all that is stored, by kind.
func dump(r pebble.Reader) (map[kind][]entry, error) {
	all := make(map[kind][]entry)
	err := scan(r, nil, nil, func(key, value []byte) (bool, error) {
		found := entry{slices.Clone(key), slices.Clone(value)}
		all[found.kind()] = append(all[found.kind()], found)
		return true, nil
	})
	return all, err
}

// checkInvariants reads every key and demands that all of them agree: every index has its record and every record its indexes, counters are right,
// nothing hangs on what is gone (but for the history of channels in the trash), and no id is above the greatest.
func checkInvariants(s *Store) error {
	snapshot := s.db.NewSnapshot() // others may write meanwhile
	defer func() { _ = snapshot.Close() }()
	all, err := dump(snapshot)
	if err != nil {
		return err
	}
	c := &checker{r: snapshot, all: all}
	for _, e := range all[kindGreatest] {
		c.greatest = id.ID(binary.BigEndian.Uint64(e.value))
	}
	for kind := range all {
		if _, known := kindNames[kind]; !known {
			c.fail("there are keys of the unknown kind %#x", byte(kind))
		}
	}
	c.accounts()
	c.guilds()
	c.channels()
	c.conversations()
	c.threads()
	c.mentions()
	c.histories()
	c.files()
	return errors.Join(c.errs...)
}

type checker struct {
	r        pebble.Reader
	all      map[kind][]entry
	greatest id.ID
	errs     []error
}

func (c *checker) fail(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// value demands a key and gives its value.
func (c *checker) value(key []byte, because entry) []byte {
	var found []byte
	if err := view(c.r, key, func(value []byte) error { found = slices.Clone(value); return nil }); err != nil {
		c.fail("the %s %x needs the %s %x: %v", because.kind(), because.key, kind(key[0]), key, err)
	}
	return found
}

// same demands that a key has a value.
func (c *checker) same(key, want []byte, because entry) {
	if got := c.value(key, because); got != nil && !slices.Equal(got, want) {
		c.fail("the %s %x has %x, but the %s %x wants %x", kind(key[0]), key, got, because.kind(), because.key, want)
	}
}

// made demands that an id is not above the greatest.
func (c *checker) made(one id.ID, because entry) {
	if one > c.greatest {
		c.fail("the %s %x is above the greatest id %d", because.kind(), because.key, c.greatest)
	}
}

func record[R any](c *checker, e entry) R {
	record, err := decode[R](e.key, e.value)
	if err != nil {
		c.fail("%w", err)
	}
	return record
}

func (c *checker) accounts() {
	emails := 0
	for _, e := range c.all[kindUser] {
		user := record[userRecord](c, e)
		c.made(idAt(e.key, 0), e)
		c.same(usernameKey(user.Bot, user.Username), e.key[1:], e)
		if user.Email != "" {
			emails++
			c.same(kindEmail.text(user.Email), e.key[1:], e)
		}
	}
	if names := len(c.all[kindUsername]); names != len(c.all[kindUser]) {
		c.fail("%d accounts have %d names", len(c.all[kindUser]), names)
	}
	if got := len(c.all[kindEmail]); got != emails {
		c.fail("%d addresses lead to the %d accounts that have one", got, emails)
	}
	for _, e := range c.all[kindSession] {
		session := record[sessionRecord](c, e)
		c.made(idAt(e.key, 0), e)
		c.value(kindUser.key(session.UserID), e)
		c.value(kindUserSession.key(session.UserID, idAt(e.key, 0)), e)
	}
	for _, e := range c.all[kindUserSession] {
		c.value(kindSession.key(idAt(e.key, 1)), e)
	}
	for _, e := range c.all[kindBot] {
		bot := record[botRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
		c.value(kindOwnerBot.key(bot.OwnerID, idAt(e.key, 0)), e)
	}
	if len(c.all[kindOwnerBot]) != len(c.all[kindBot]) {
		c.fail("%d bots have %d owners", len(c.all[kindBot]), len(c.all[kindOwnerBot]))
	}
	for _, kind := range []kind{kindRelationship, kindNote} {
		for _, e := range c.all[kind] {
			c.value(kindUser.key(idAt(e.key, 0)), e)
			c.value(kindUser.key(idAt(e.key, 1)), e)
		}
	}
	for _, e := range c.all[kindRelationship] {
		record[relationshipRecord](c, e)
	}
	for _, e := range c.all[kindHall] {
		if owner := record[hallRecord](c, e).OwnerID; owner != 0 {
			c.value(kindUser.key(owner), e)
		}
	}
}

func (c *checker) guilds() {
	members := make(map[id.ID]uint64)
	for _, e := range c.all[kindMember] {
		guildID, userID := idAt(e.key, 0), idAt(e.key, 1)
		members[guildID]++
		c.value(kindUser.key(userID), e)
		c.value(kindUserGuild.key(userID, guildID), e)
		for _, roleID := range record[memberRecord](c, e).RoleIDs {
			c.value(kindRole.key(guildID, roleID), e)
		}
	}
	for _, e := range c.all[kindUserGuild] {
		c.value(kindMember.key(idAt(e.key, 1), idAt(e.key, 0)), e)
	}
	for _, e := range c.all[kindGuild] {
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
	for _, kind := range []kind{kindMember, kindMemberCount, kindRole, kindChannel, kindGuildInvite, kindBan, kindAudit, kindAutoMod} {
		for _, e := range c.all[kind] {
			if kind == kindChannel && idAt(e.key, 0) == 0 {
				continue // a conversation
			}
			c.value(kindGuild.key(idAt(e.key, 0)), e)
		}
	}
	for _, e := range c.all[kindBan] {
		c.value(kindUser.key(idAt(e.key, 1)), e)
		c.value(kindUserBan.key(idAt(e.key, 1), idAt(e.key, 0)), e)
		if is, err := has(c.r, kindMember.key(idAt(e.key, 0), idAt(e.key, 1))); err != nil || is {
			c.fail("the ban %x is of a member (%v)", e.key, err)
		}
	}
	if len(c.all[kindUserBan]) != len(c.all[kindBan]) {
		c.fail("%d bans are listed %d times", len(c.all[kindBan]), len(c.all[kindUserBan]))
	}
	for _, e := range c.all[kindDismissed] {
		record[dismissedRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
	}
	for _, e := range c.all[kindSettings] {
		record[userSettingsRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
	}
	about := 0
	for _, e := range c.all[kindGuildSettings] {
		record[guildSettingsRecord](c, e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
		if guildID := idAt(e.key, 1); guildID != 0 {
			about++
			c.value(kindGuild.key(guildID), e)
			c.value(kindGuildSettingsOf.key(guildID, idAt(e.key, 0)), e)
		}
	}
	if len(c.all[kindGuildSettingsOf]) != about {
		c.fail("%d settings about guilds are listed %d times", about, len(c.all[kindGuildSettingsOf]))
	}
	for _, e := range c.all[kindAutoMod] {
		record[autoModRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
	open := 0
	for _, e := range c.all[kindReport] {
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
	if len(c.all[kindOpenReport]) != open {
		c.fail("%d open reports are listed %d times", open, len(c.all[kindOpenReport]))
	}
	for _, e := range c.all[kindAudit] {
		record[auditRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
	for _, e := range c.all[kindRole] {
		record[roleRecord](c, e)
		c.made(idAt(e.key, 1), e)
	}
	for _, e := range c.all[kindInvite] {
		invite := record[inviteRecord](c, e)
		c.value(kindChannel.key(invite.GuildID, invite.ChannelID), e)
		c.value(kindGuildInvite.text(string(e.key[1:]), invite.GuildID), e)
	}
	if len(c.all[kindGuildInvite]) != len(c.all[kindInvite]) {
		c.fail("%d invites are listed %d times", len(c.all[kindInvite]), len(c.all[kindGuildInvite]))
	}
}

func (c *checker) channels() {
	for _, e := range c.all[kindChannel] {
		channel := record[channelRecord](c, e)
		c.made(idAt(e.key, 1), e)
		c.same(kindChannelGuild.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		if channel.ParentID != 0 {
			c.value(kindChannel.key(idAt(e.key, 0), channel.ParentID), e)
		}
	}
	if channels := len(c.all[kindChannel]) + len(c.all[kindThread]); len(c.all[kindChannelGuild]) != channels {
		c.fail("%d channels have %d guilds", channels, len(c.all[kindChannelGuild]))
	}
}

func (c *checker) conversations() {
	recipients, pairs := 0, 0
	for _, e := range c.all[kindChannel] {
		if idAt(e.key, 0) != 0 {
			continue
		}
		channel := record[channelRecord](c, e)
		recipients += len(channel.Recipients)
		for _, userID := range channel.Recipients {
			c.value(kindUserDirect.key(userID, idAt(e.key, 1)), e)
			c.value(kindUser.key(userID), e)
		}
		if store.ChannelType(channel.Type) == store.ChannelDM {
			pairs++
			c.same(pairKey(channel.Recipients), e.key[1+idBytes:], e)
		}
	}
	if len(c.all[kindUserDirect]) != recipients || len(c.all[kindDirectPair]) != pairs {
		c.fail("%d recipients have %d entries, %d pairs have %d", recipients, len(c.all[kindUserDirect]), pairs, len(c.all[kindDirectPair]))
	}
}

func (c *checker) threads() {
	members := make(map[id.ID]int)
	for _, e := range c.all[kindThreadMember] {
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
	for _, e := range c.all[kindThread] {
		guildID, threadID := idAt(e.key, 0), idAt(e.key, 1)
		thread := record[channelRecord](c, e).channel(guildID, threadID)
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
	threads := len(c.all[kindThread])
	for kind, want := range map[kind]int{kindActiveThread: active, kindArchivedThread: archived, kindParentThread: threads, kindThreadCount: threads, kindUserThread: len(c.all[kindThreadMember])} {
		if got := len(c.all[kind]); got != want {
			c.fail("there are %d keys of the kind %s, and should be %d", got, kind, want)
		}
	}
}

func (c *checker) mentions() {
	if len(c.all[kindTrash]) > 0 {
		return // what is left of deleted channels goes on its own ways
	}
	named, mass := 0, 0
	for _, e := range c.all[kindMessage] {
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
	if len(c.all[kindMention]) != named || len(c.all[kindMassMention]) != mass {
		c.fail("%d mentions have %d keys, %d mass mentions %d", named, len(c.all[kindMention]), mass, len(c.all[kindMassMention]))
	}
	reactors := 0
	votes := 0
	for _, e := range c.all[kindPollCounts] {
		c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 1)), e)
		for _, count := range record[pollCountsRecord](c, e).Counts {
			votes += count
		}
	}
	if len(c.all[kindVote]) != votes {
		c.fail("%d votes are counted, %d are there", votes, len(c.all[kindVote]))
	}
	for _, e := range c.all[kindOpenPoll] {
		var message messageRecord
		if value := c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 2)), e); value != nil {
			message = record[messageRecord](c, entry{kindMessage.key(idAt(e.key, 0), idAt(e.key, 2)), value})
		}
		if message.Poll == nil || message.Poll.Ended || id.ID(message.Poll.ExpiresAt) != idAt(e.key, 1) {
			c.fail("the open poll %x is of another message", e.key)
		}
	}
	for _, e := range c.all[kindReactions] {
		c.value(kindMessage.key(idAt(e.key, 0), idAt(e.key, 1)), e)
		for _, kind := range record[reactionsRecord](c, e).Kinds {
			reactors += kind.Count
		}
	}
	if len(c.all[kindReactor]) != reactors {
		c.fail("%d reactions are counted, %d are there", reactors, len(c.all[kindReactor]))
	}
	for _, e := range c.all[kindReadMark] {
		c.value(kindChannelReader.key(idAt(e.key, 1), idAt(e.key, 0)), e)
		c.value(kindUser.key(idAt(e.key, 0)), e)
		c.value(kindChannelGuild.key(idAt(e.key, 1)), e)
	}
	if len(c.all[kindReadMark]) != len(c.all[kindChannelReader]) {
		c.fail("%d marks have %d readers", len(c.all[kindReadMark]), len(c.all[kindChannelReader]))
	}
}

func (c *checker) histories() {
	trash := make(map[id.ID]bool)
	for _, e := range c.all[kindTrash] {
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
	for _, e := range c.all[kindMessage] {
		record[messageRecord](c, e)
		c.made(idAt(e.key, 1), e)
		live(idAt(e.key, 0), e)
		c.same(kindMessagePlace.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
	}
	for _, e := range c.all[kindMessagePlace] {
		c.value(kindMessage.key(id.ID(binary.BigEndian.Uint64(e.value)), idAt(e.key, 0)), e)
	}
	for _, e := range c.all[kindNonce] {
		if live(idAt(e.key, 0), e) {
			c.same(kindNonceAge.key(id.ID(binary.BigEndian.Uint64(e.value))), e.key, e)
		}
	}
	for _, e := range c.all[kindVoice] {
		session := record[voiceRecord](c, e)
		c.made(idAt(e.key, 1), e)
		live(idAt(e.key, 0), e)
		c.same(kindVoicePlace.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		if session.EndedAt == 0 {
			c.same(kindVoiceOpen.key(idAt(e.key, 1)), e.key[1:1+idBytes], e)
		}
	}
	for _, e := range c.all[kindVoiceOpen] {
		key := kindVoice.key(id.ID(binary.BigEndian.Uint64(e.value)), idAt(e.key, 0))
		if record[voiceRecord](c, entry{key, c.value(key, e)}).EndedAt != 0 {
			c.fail("the voice session %x ended, but is among the open ones", key)
		}
	}
	for _, kind := range []kind{kindVoicePlace, kindVoiceOpen} {
		for _, e := range c.all[kind] {
			c.value(kindVoice.key(id.ID(binary.BigEndian.Uint64(e.value)), idAt(e.key, 0)), e)
		}
	}
}

// checkedStore demands the invariants of all that a test left, when it closes the store.
type checkedStore struct {
	*Store
	t *testing.T
}

func (s checkedStore) Close() error {
	s.life.RLock()
	closed := s.closed
	if !closed {
		if err := checkInvariants(s.Store); err != nil {
			s.t.Error(err)
		}
	}
	s.life.RUnlock()
	return s.Store.Close()
}

var _ store.Store = checkedStore{}
