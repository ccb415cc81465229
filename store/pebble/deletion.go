package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// DeleteUser deletes an account and its bots. What others have of them is looked for before, while others write; the write itself takes as long as the accounts have guilds, relationships,
// conversations and read marks.
func (s *Store) DeleteUser(ctx context.Context, userID id.ID) ([]store.Deletion, error) {
	for {
		deletions, err := s.deleteUser(ctx, userID)
		if !errors.Is(err, errMoreBots) {
			return deletions, err
		}
	}
}

// errMoreBots says that a bot was made while it was looked for what others have of an account: it must be looked for what they have of the bot, too.
var errMoreBots = errors.New("the account has another bot by now")

func (s *Store) deleteUser(ctx context.Context, userID id.ID) ([]store.Deletion, error) {
	found, err := s.lookForLeaving(ctx, userID)
	if err != nil {
		return nil, err
	}
	defer s.forgetLeaving(found)
	return s.deleteFound(ctx, userID, found)
}

// deleteFound deletes an account, and what others are known to have of it.
func (s *Store) deleteFound(ctx context.Context, userID id.ID, found *leaving) ([]store.Deletion, error) {
	var deletions []store.Deletion
	err := s.update(ctx, synced, func(tx *tx) error {
		accounts, err := withBots(tx.db, userID)
		if err != nil {
			return err
		}
		d := &deletion{tx: tx, found: found, gone: make(map[id.ID]bool), members: make(map[id.ID]int), threads: make(map[id.ID]int), conversations: make(map[id.ID]*store.Channel),
			roles: make(map[id.ID]id.ID), guildRoles: make(map[id.ID][]id.ID)}
		for _, account := range accounts {
			if !found.accounts[account] {
				return errMoreBots
			}
			d.gone[account] = true
		}
		if err := d.mayGo(); err != nil {
			return err
		}
		for _, account := range accounts {
			if err := d.account(account); err != nil {
				return err
			}
		}
		if err := errors.Join(d.count(), d.settleConversations(), d.emojis(), d.overwrites()); err != nil {
			return err
		}
		deletions = d.done
		return nil
	})
	if err != nil {
		return nil, err
	}
	return deletions, nil
}

// deletion is one deletion of several accounts at once. A write does not see what it wrote itself: what more than one of them may change is gathered here, and written at the end.
type deletion struct {
	*tx
	found *leaving
	gone  map[id.ID]bool
	// members and threads are how many members guilds and threads lose, conversations are those between people as they come to be.
	members, threads map[id.ID]int
	conversations    map[id.ID]*store.Channel
	// roles are the managed roles that go, each with its bot; guildRoles are the same by guild.
	roles      map[id.ID]id.ID
	guildRoles map[id.ID][]id.ID
	done       []store.Deletion
}

func (d *deletion) account(userID id.ID) error {
	record, err := get[userRecord](d.db, kindUser.key(userID))
	if err != nil {
		return err
	}
	one := store.Deletion{User: record.user(userID)}
	d.unhang(record.Avatar, record.Banner)
	d.delete(kindUser.key(userID))
	d.delete(usernameKey(record.Bot, record.Username))
	if record.Email != "" {
		d.delete(kindEmail.text(record.Email))
	}
	if err := errors.Join(d.bot(userID), d.sessions(userID), d.relationships(&one), d.marks(userID), d.uploads(userID), d.unlinkAll(userID), d.bans(&one), d.memberships(&one), d.installations(&one), d.leaveConversations(&one)); err != nil {
		return err
	}
	d.delete(kindSettings.key(userID))
	d.delete(kindTwoFactor.key(userID))
	d.deleteAll(kindSecurityEvent.key(userID))
	d.markGuest(userID, record.Guest, false)
	d.delete(kindDismissed.key(userID))
	d.done = append(d.done, one)
	return nil
}

// mayGo refuses to delete the owner of the hall or of a guild.
func (d *deletion) mayGo() error {
	hall, err := readHall(d.db)
	if err != nil {
		return err
	}
	if d.gone[hall.OwnerID] {
		return store.ErrOwns
	}
	for _, key := range d.found.of(kindGuild) {
		guild, err := get[guildRecord](d.db, []byte(key))
		switch {
		case errors.Is(err, store.ErrNotFound): // deleted since
		case err != nil:
			return err
		case d.gone[guild.OwnerID]:
			return store.ErrOwns
		}
	}
	return nil
}

func (d *deletion) bot(userID id.ID) error {
	record, err := get[botRecord](d.db, kindBot.key(userID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d.unhang(record.Cover)
	d.delete(kindBot.key(userID))
	d.delete(kindOwnerBot.key(record.OwnerID, userID))
	return errors.Join(d.takeApplicationEmojis(userID), d.takeCommands(userID))
}

// installations takes the account's application out of all guilds, with the managed roles. What names those is settled in the end.
func (d *deletion) installations(one *store.Deletion) (err error) {
	userID := one.User.ID
	installations, err := applicationInstallations(d.db, userID)
	if err != nil {
		return err
	}
	if len(installations) > 0 {
		one.Installations = installations
	}
	for _, installation := range installations {
		d.deleteInstallation(installation.GuildID, userID)
		if roleID := installation.RoleID; roleID != 0 {
			if err := d.deleteManagedRole(installation.GuildID, roleID); err != nil {
				return err
			}
			d.roles[roleID] = userID
			d.guildRoles[installation.GuildID] = append(d.guildRoles[installation.GuildID], roleID)
		}
	}
	return nil
}

// emojis takes the managed roles out of the lists of guilds' emoji.
func (d *deletion) emojis() error {
	for guildID, roleIDs := range d.guildRoles {
		if err := d.takeRolesFromEmojis(guildID, roleIDs...); err != nil {
			return err
		}
	}
	return nil
}

func (d *deletion) sessions(userID id.ID) error {
	sessionIDs, err := lastIDs(d.db, kindUserSession.key(userID))
	for _, sessionID := range sessionIDs {
		d.deleteSession(sessionID, userID)
	}
	return err
}

// relationships deletes how the account stands to others and they to it, and the notes of both.
func (d *deletion) relationships(one *store.Deletion) error {
	userID := one.User.ID
	d.deleteAll(kindRelationship.key(userID))
	d.deleteAll(kindNote.key(userID))
	if err := d.ofOthers(kindRelationship, userID, func(key, value []byte) error {
		record, err := decode[relationshipRecord](key, value)
		one.Relationships = append(one.Relationships, record.relationship(idAt(key, 0), userID))
		return err
	}); err != nil {
		return err
	}
	return d.ofOthers(kindNote, userID, func(key, _ []byte) error {
		one.NoteHolders = append(one.NoteHolders, idAt(key, 0))
		return nil
	})
}

// ofOthers deletes what others have about an account, in ascending order of their ids.
func (d *deletion) ofOthers(k kind, userID id.ID, visit func(key, value []byte) error) error {
	for _, text := range d.found.of(k) {
		key := []byte(text)
		if idAt(key, 1) != userID || idAt(key, 0) == userID {
			continue
		}
		err := view(d.db, key, func(value []byte) error { return visit(key, value) })
		if errors.Is(err, store.ErrNotFound) {
			continue // gone since
		}
		if err != nil {
			return err
		}
		d.delete(key)
	}
	return nil
}

// marks deletes how far the account has read, and what it set about guilds.
func (d *deletion) marks(userID id.ID) error {
	for _, kind := range []kind{kindReadMark, kindPinMark} {
		channelIDs, err := lastIDs(d.db, kind.key(userID))
		if err != nil {
			return err
		}
		for _, channelID := range channelIDs {
			d.delete(kindChannelReader.key(channelID, userID))
		}
		d.deleteAll(kind.key(userID))
	}
	guildIDs, err := lastIDs(d.db, kindGuildSettings.key(userID))
	for _, guildID := range guildIDs {
		d.delete(kindGuildSettingsOf.key(guildID, userID))
	}
	d.deleteAll(kindGuildSettings.key(userID))
	return err
}

// uploads lets go of the files that wait for a message. Those that hang on messages stay, and count for nobody.
func (d *deletion) uploads(userID id.ID) error {
	uploadIDs, err := lastIDs(d.db, kindUserUpload.key(userID))
	if err != nil {
		return err
	}
	if err := d.deleteUploads(uploadIDs); err != nil {
		return err
	}
	delete(d.files.used, userID)
	d.delete(kindUserBytes.key(userID))
	return nil
}

func (d *deletion) bans(one *store.Deletion) (err error) {
	userID := one.User.ID
	one.BannedFrom, err = lastIDs(d.db, kindUserBan.key(userID))
	for _, guildID := range one.BannedFrom {
		d.delete(kindBan.key(guildID, userID))
	}
	d.deleteAll(kindUserBan.key(userID))
	return err
}

func (d *deletion) memberships(one *store.Deletion) (err error) {
	userID := one.User.ID
	if one.GuildIDs, err = lastIDs(d.db, kindUserGuild.key(userID)); err != nil {
		return err
	}
	for _, guildID := range one.GuildIDs {
		member, err := get[memberRecord](d.db, kindMember.key(guildID, userID))
		if err != nil {
			return err
		}
		d.unhang(member.Avatar, member.Banner)
		d.delete(kindMember.key(guildID, userID))
		d.members[guildID]++
		threadIDs, err := lastIDs(d.db, kindUserThread.key(userID, guildID))
		if err != nil {
			return err
		}
		for _, threadID := range threadIDs {
			d.leaveThread(guildID, threadID, userID)
			d.threads[threadID]++
		}
		one.ThreadIDs = append(one.ThreadIDs, threadIDs...)
	}
	slices.Sort(one.ThreadIDs)
	d.deleteAll(kindUserGuild.key(userID))
	return nil
}

// leaveConversations takes the account out of groups, and out of the lists of the conversations of two.
func (d *deletion) leaveConversations(one *store.Deletion) error {
	userID := one.User.ID
	channelIDs, err := lastIDs(d.db, kindUserDirect.key(userID))
	if err != nil {
		return err
	}
	d.deleteAll(kindUserDirect.key(userID))
	isUser := func(other id.ID) bool { return other == userID }
	for _, channelID := range channelIDs {
		channel := d.conversations[channelID]
		if channel == nil {
			record, err := get[channelRecord](d.db, kindChannel.key(0, channelID))
			if err != nil {
				return err
			}
			channel = new(record.channel(0, channelID))
			d.conversations[channelID] = channel
		}
		channel.HiddenFrom = slices.DeleteFunc(channel.HiddenFrom, isUser)
		if channel.Type == store.ChannelDM {
			continue
		}
		channel.Recipients = slices.DeleteFunc(channel.Recipients, isUser)
		if channel.OwnerID == userID && len(channel.Recipients) > 0 {
			channel.OwnerID = slices.Min(channel.Recipients)
		}
		group := *channel
		group.Recipients, group.HiddenFrom = slices.Clone(channel.Recipients), slices.Clone(channel.HiddenFrom)
		one.Groups = append(one.Groups, group)
	}
	return nil
}

// count writes how many members guilds and threads have now.
func (d *deletion) count() error {
	for guildID, gone := range d.members {
		if err := d.countMember(guildID, -gone); err != nil {
			return err
		}
	}
	for threadID, gone := range d.threads {
		if err := d.changeThreadCount(threadID, func(counts *threadCountRecord) { counts.Members -= gone }); err != nil {
			return err
		}
	}
	return nil
}

// settleConversations writes the conversations that somebody is left in, and deletes the others.
func (d *deletion) settleConversations() error {
	for channelID, channel := range d.conversations {
		left := false
		for _, userID := range channel.Recipients {
			there, err := has(d.db, kindUser.key(userID))
			if err != nil {
				return err
			}
			left = left || there && !d.gone[userID]
		}
		if left {
			if err := d.put(kindChannel.key(0, channelID), newChannelRecord(*channel)); err != nil {
				return err
			}
			if channel.Type == store.ChannelDM {
				d.leftBehind(*channel)
			}
			continue
		}
		d.unhang(newPictureRecord(channel.Icon))
		d.discard(channelID)
		d.delete(kindChannel.key(0, channelID))
		if channel.Type == store.ChannelDM {
			d.delete(pairKey(channel.Recipients))
		}
	}
	return nil
}

// leftBehind notes that a conversation of two stays with the other.
func (d *deletion) leftBehind(channel store.Channel) {
	for i := range d.done {
		if one := &d.done[i]; slices.Contains(channel.Recipients, one.User.ID) {
			at, _ := slices.BinarySearchFunc(one.Conversations, channel.ID, func(other store.Channel, wanted id.ID) int { return cmp.Compare(other.ID, wanted) })
			one.Conversations = slices.Insert(one.Conversations, at, channel)
		}
	}
}

// overwrites deletes what channels allow and deny the accounts and their managed roles.
func (d *deletion) overwrites() error {
	isGone := func(overwrite store.PermissionOverwrite) bool {
		return overwrite.Type == store.OverwriteMember && d.gone[overwrite.TargetID] || overwrite.Type == store.OverwriteRole && d.roles[overwrite.TargetID] != 0
	}
	for _, text := range d.found.of(kindChannel) {
		key := []byte(text)
		if err := checkKey(key, 2); err != nil {
			return err
		}
		record, err := get[channelRecord](d.db, key)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		channel := record.channel(idAt(key, 0), idAt(key, 1))
		if !slices.ContainsFunc(channel.Overwrites, isGone) {
			continue
		}
		named := channel.Overwrites
		channel.Overwrites = slices.DeleteFunc(slices.Clone(named), isGone)
		if err := d.put(key, newChannelRecord(channel)); err != nil {
			return err
		}
		for i := range d.done {
			if one := &d.done[i]; slices.ContainsFunc(named, func(overwrite store.PermissionOverwrite) bool {
				return isGone(overwrite) && (overwrite.TargetID == one.User.ID || d.roles[overwrite.TargetID] == one.User.ID)
			}) {
				one.Channels = append(one.Channels, channel)
			}
		}
	}
	return nil
}
