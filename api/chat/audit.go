package chat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxReason is how many characters the reason for an administrative act may have (wire contract).
const maxReason = 512

// CheckReason cleans and validates the reason for an administrative act.
func CheckReason(reason string) (string, error) {
	var wrong fieldErrors
	reason = wrong.text("reason", strings.TrimSpace(reason), maxReason)
	return reason, wrong.err()
}

// Bounds of a page of the audit log, as upstream.
const (
	maxAuditPage     = 100
	defaultAuditPage = 50
)

// AuditLog shows what administrators and moderators did in guilds. The services record it themselves.
type AuditLog struct {
	Deps
	views   *Views
	users   userDirectory
	threads *Threads // set when there is one
	// commands are set with it, too.
	commands *Commands
}

// AuditPage is a page of a guild's audit log with the accounts that its entries name.
type AuditPage struct {
	Entries []store.AuditEntry
	// Users are those who acted and those to whom it was done, as far as they exist, in ascending order of id.
	Users []store.User
	// Threads are those that entries are about, as far as they exist and the caller may view them, in ascending order of id.
	Threads []Channel
	// Commands are those of which entries say that it was set who may use them, as far as they exist, in ascending order of id.
	Commands []store.Command
	// Rules are the automatic rules that were made or changed, as far as they exist, in ascending order of id; none for a caller who may not manage the guild.
	Rules []store.AutoModRule
}

// List gives a page of a guild's audit log; it needs VIEW_AUDIT_LOG. The limit is 1 to 100, zero means 50.
func (l *AuditLog) List(ctx context.Context, caller Caller, guildID id.ID, query store.AuditQuery) (AuditPage, error) {
	query.Limit = cmp.Or(query.Limit, defaultAuditPage)
	if query.Limit < 1 || query.Limit > maxAuditPage {
		return AuditPage{}, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxAuditPage)
	}
	a, err := l.views.access(ctx, caller, guildID)
	if err != nil {
		return AuditPage{}, err
	}
	if err := a.need(perm.ViewAuditLog); err != nil {
		return AuditPage{}, err
	}
	entries, err := l.Store.AuditEntries(ctx, guildID, query)
	if err != nil {
		return AuditPage{}, internal("reading the audit log", err)
	}
	var named, threadIDs []id.ID
	for i := range entries {
		named = append(named, entries[i].UserID)
		if entries[i].Action.AboutUser() {
			named = append(named, entries[i].TargetID)
		}
		if action := entries[i].Action; action == store.AuditThreadCreate || action == store.AuditThreadUpdate {
			threadIDs = append(threadIDs, entries[i].TargetID)
		}
	}
	threads, err := l.threads.visibleByID(ctx, a, threadIDs)
	if err != nil {
		return AuditPage{}, err
	}
	rules, err := l.rules(ctx, a, entries)
	if err != nil {
		return AuditPage{}, err
	}
	commands, err := l.commandsOf(ctx, guildID, entries)
	if err != nil {
		return AuditPage{}, err
	}
	found, err := l.users.lookupAll(ctx, named)
	if err != nil {
		return AuditPage{}, internal("reading the accounts of the audit log", err)
	}
	return AuditPage{Entries: entries, Threads: threads, Commands: commands, Rules: rules, Users: slices.SortedFunc(maps.Values(found), func(a, b store.User) int { return cmp.Compare(a.ID, b.ID) })}, nil
}

// commandsOf gives the commands that entries are about, for AuditPage.
func (l *AuditLog) commandsOf(ctx context.Context, guildID id.ID, entries []store.AuditEntry) (found []store.Command, err error) {
	changed, applications := make(map[id.ID]bool), make(map[id.ID]bool)
	for i := range entries {
		if entries[i].Action == store.AuditCommandPermits {
			changed[entries[i].TargetID] = true
			if applicationID, err := id.Parse(entries[i].Options["application_id"]); err == nil {
				applications[applicationID] = true
			}
		}
	}
	for applicationID := range applications {
		commands, err := l.commands.thereIn(ctx, guildID, applicationID)
		if err != nil {
			return nil, err
		}
		for i := range commands {
			if changed[commands[i].ID] {
				found = append(found, commands[i])
			}
		}
	}
	slices.SortFunc(found, func(a, b store.Command) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// rules gives the automatic rules that entries say were made or changed, for AuditPage.
func (l *AuditLog) rules(ctx context.Context, a access, entries []store.AuditEntry) ([]store.AutoModRule, error) {
	changed := make(map[id.ID]bool)
	for i := range entries {
		if action := entries[i].Action; action == store.AuditAutoModRuleCreate || action == store.AuditAutoModRuleUpdate {
			changed[entries[i].TargetID] = true
		}
	}
	if len(changed) == 0 || !a.inGuild().Has(perm.ManageGuild) {
		return nil, nil
	}
	rules, err := l.Store.GuildAutoModRules(ctx, a.view.Guild.ID)
	if err != nil {
		return nil, internal("reading the automatic rules of the audit log", err)
	}
	return slices.DeleteFunc(rules, func(rule store.AutoModRule) bool { return !changed[rule.ID] }), nil
}

// act is an administrative act on its way into the audit log: store.AuditEntry without what is the same for all of a caller's acts.
type act struct {
	action  store.AuditAction
	target  id.ID
	changes []store.AuditChange
	options map[string]string
}

// did tells everybody what a caller did in a guild, and keeps it in the audit log: the entry is there before anybody hears of the act, because bots look for it as soon as they do. What was
// done is told in any case; the error is that of the log.
func (d Deps) did(ctx context.Context, caller Caller, guildID id.ID, acts []act, events ...event.Event) error {
	entries := make([]store.AuditEntry, len(acts))
	for i, one := range acts {
		entries[i] = store.AuditEntry{ID: d.IDs.Next(), GuildID: guildID, UserID: caller.UserID, TargetID: one.target, Action: one.action, Changes: one.changes,
			Options: one.options, Reason: caller.Reason}
	}
	var err error
	if len(entries) > 0 {
		err = d.Store.AddAuditEntries(ctx, entries)
	}
	if err == nil {
		for _, entry := range entries {
			events = append(events, event.AuditEntryAdded{Entry: entry})
		}
	}
	d.publish(ctx, events...)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // a guild that is gone took its log along
		return internal("writing the audit log", err)
	}
	return nil
}

// auditField is a value under the name that it has on the wire.
type auditField struct {
	key   string
	value any
}

// differences gives the fields whose values differ. before nil is for what was made, after nil for what is gone.
func differences(before, after []auditField) []store.AuditChange {
	var changes []store.AuditChange
	for i := range max(len(before), len(after)) {
		var change store.AuditChange
		if before != nil {
			change.Key, change.Old = before[i].key, jsonOrNil(before[i].value)
		}
		if after != nil {
			change.Key, change.New = after[i].key, jsonOrNil(after[i].value)
		}
		if !bytes.Equal(change.Old, change.New) {
			changes = append(changes, change)
		}
	}
	return changes
}

// jsonOrNil is a value in JSON; nil for those that say nothing.
func jsonOrNil(value any) []byte {
	switch value {
	case nil, id.ID(0), "":
		return nil
	}
	encoded, err := json.Marshal(value)
	if err != nil || string(encoded) == "null" {
		return nil // what is audited is made of texts, numbers and lists of them
	}
	return encoded
}

func auditGuild(guild *store.Guild) []auditField {
	return []auditField{
		{"name", guild.Name}, {"description", guild.Description}, {"owner_id", guild.OwnerID}, {"verification_level", guild.VerificationLevel},
		{"default_message_notifications", guild.DefaultMessageNotifications}, {"explicit_content_filter", guild.ExplicitContentFilter}, {"afk_channel_id", guild.AFKChannelID},
		{"afk_timeout", guild.AFKTimeout}, {"system_channel_id", guild.SystemChannelID}, {"system_channel_flags", guild.SystemChannelFlags}, {"rules_channel_id", guild.RulesChannelID},
		{"preferred_locale", guild.PreferredLocale}, {"icon_hash", guild.Icon.Name()}, {"banner_hash", guild.Banner.Name()}, {"splash_hash", guild.Splash.Name()},
		{"discovery_splash_hash", guild.DiscoverySplash.Name()}, {"mfa_level", guild.MFALevel},
	}
}

func auditChannel(channel *store.Channel) []auditField {
	return []auditField{
		{"name", channel.Name}, {"type", channel.Type}, {"topic", channel.Topic}, {"position", channel.Position}, {"parent_id", channel.ParentID}, {"nsfw", channel.NSFW},
		{"rate_limit_per_user", channel.RateLimitPerUser}, {"bitrate", channel.Bitrate}, {"user_limit", channel.UserLimit},
	}
}

func auditRole(role *store.Role) []auditField {
	return []auditField{
		{"name", role.Name}, {"permissions", strconv.FormatUint(role.Permissions, 10)}, {"color", role.Color}, {"hoist", role.Hoist}, {"mentionable", role.Mentionable}, {"position", role.Position},
		{"icon_hash", role.Icon.Name()}, {"unicode_emoji", role.UnicodeEmoji},
	}
}

func auditInvite(invite *store.Invite) []auditField {
	return []auditField{
		{"code", invite.Code}, {"channel_id", invite.ChannelID}, {"inviter_id", invite.InviterID}, {"max_age", invite.MaxAge}, {"max_uses", invite.MaxUses}, {"uses", invite.Uses},
		{"temporary", invite.Temporary},
	}
}

func auditOverwrite(overwrite *store.PermissionOverwrite) []auditField {
	return []auditField{
		{"id", overwrite.TargetID}, {"type", strconv.Itoa(int(overwrite.Type))}, {"allow", strconv.FormatUint(overwrite.Allow, 10)}, {"deny", strconv.FormatUint(overwrite.Deny, 10)},
	}
}

func auditMember(member *store.Member) []auditField {
	var until any
	if !member.TimedOutUntil.IsZero() {
		until = member.TimedOutUntil
	}
	return []auditField{{"nick", member.Nick}, {"avatar_hash", member.Avatar.Name()}, {"banner_hash", member.Banner.Name()}, {"mute", member.Mute}, {"deaf", member.Deaf}, {"communication_disabled_until", until}}
}

// auditRoleRef is a role as changes of a member's roles name it.
type auditRoleRef struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// memberActs are what a change of a member is in the audit log: one entry for the member's own fields, one for roles.
func memberActs(view *View, before, after *store.Member) []act {
	var acts []act
	if changes := differences(auditMember(before), auditMember(after)); changes != nil {
		acts = append(acts, act{action: store.AuditMemberUpdate, target: before.UserID, changes: changes})
	}
	var changes []store.AuditChange
	for _, list := range []struct {
		key      string
		has, had []id.ID
	}{{"$add", after.RoleIDs, before.RoleIDs}, {"$remove", before.RoleIDs, after.RoleIDs}} {
		var roles []auditRoleRef
		for _, roleID := range list.has {
			if role, found := view.Role(roleID); found && !slices.Contains(list.had, roleID) {
				roles = append(roles, auditRoleRef{role.ID, role.Name})
			}
		}
		if roles != nil {
			changes = append(changes, store.AuditChange{Key: list.key, New: jsonOrNil(any(&roles))})
		}
	}
	if changes != nil {
		acts = append(acts, act{action: store.AuditMemberRoleUpdate, target: before.UserID, changes: changes})
	}
	return acts
}

// overwriteActs are what a change of a channel's overwrites is in the audit log: one entry for each that differs.
func overwriteActs(view *View, channelID id.ID, from, to []store.PermissionOverwrite) []act {
	var acts []act
	add := func(action store.AuditAction, before, after *store.PermissionOverwrite) {
		one := act{action: action, target: channelID}
		var old, now []auditField
		named := cmp.Or(after, before)
		if before != nil {
			old = auditOverwrite(before)
		}
		if after != nil {
			now = auditOverwrite(after)
		}
		one.changes = differences(old, now)
		one.options = map[string]string{"id": named.TargetID.String(), "type": strconv.Itoa(int(named.Type))}
		if role, found := view.Role(named.TargetID); found && named.Type == store.OverwriteRole {
			one.options["role_name"] = role.Name
		}
		if one.changes != nil {
			acts = append(acts, one)
		}
	}
	for i := range to {
		if before := findOverwrite(from, to[i]); before != nil {
			add(store.AuditOverwriteUpdate, before, &to[i])
		} else {
			add(store.AuditOverwriteCreate, nil, &to[i])
		}
	}
	for i := range from {
		if findOverwrite(to, from[i]) == nil {
			add(store.AuditOverwriteDelete, &from[i], nil)
		}
	}
	return acts
}
