package chat

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"guildhall/api/chat/automod"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of automatic rules, as upstream.
const (
	maxKeywords      = 1000
	maxKeyword       = 60
	maxPatterns      = 10
	maxPattern       = 260
	maxAllowed       = 100
	maxAllowedPreset = 1000
	maxMentionLimit  = 50
	maxBlockMessage  = 150
	maxExemptRoles   = 20
	maxExemptPlaces  = 50
	maxRuleName      = 100
)

// maxRulesOf is how many rules a guild can have with each trigger.
var maxRulesOf = map[store.AutoModTrigger]int{store.AutoModKeyword: 6, store.AutoModSpam: 1, store.AutoModPreset: 1, store.AutoModMentionSpam: 1, store.AutoModMemberProfile: 1}

// AutoMod is about the automatic rules of guilds.
type AutoMod struct {
	Deps
	views    *Views
	members  *Members
	messages *Messages

	mu sync.Mutex
	// recent has what people wrote last, to notice who repeats themself.
	recent *cache[memberKey, []recentText]
	// watched has what is mentioned in guilds that watch out for raids.
	watched *cache[id.ID, *raidWatch]
}

// recentText is something that somebody wrote in a guild.
type recentText struct {
	text string
	at   time.Time
}

// What counts as spam: a text for the third time within half a minute, or five links at once.
const (
	spamRepeats = 3
	spamWindow  = 30 * time.Second
	spamLinks   = 5
	maxRecent   = 65536
)

func newAutoMod(deps Deps, views *Views, members *Members, messages *Messages) *AutoMod {
	return &AutoMod{Deps: deps, views: views, members: members, messages: messages, recent: newCache[memberKey, []recentText](maxRecent), watched: newCache[id.ID, *raidWatch](maxWatched)}
}

// Rules gives a guild's rules, in ascending order of id; it needs MANAGE_GUILD.
func (m *AutoMod) Rules(ctx context.Context, caller Caller, guildID id.ID) ([]store.AutoModRule, error) {
	a, err := m.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if err := a.need(perm.ManageGuild); err != nil {
		return nil, err
	}
	rules, err := m.Store.GuildAutoModRules(ctx, guildID)
	if err != nil {
		return nil, internal("reading automatic rules", err)
	}
	return rules, nil
}

// Rule gives one of a guild's rules; it needs MANAGE_GUILD.
func (m *AutoMod) Rule(ctx context.Context, caller Caller, guildID, ruleID id.ID) (store.AutoModRule, error) {
	rules, err := m.Rules(ctx, caller, guildID)
	if err != nil {
		return store.AutoModRule{}, err
	}
	at := slices.IndexFunc(rules, func(rule store.AutoModRule) bool { return rule.ID == ruleID })
	if at < 0 {
		return store.AutoModRule{}, fail(UnknownRule)
	}
	return rules[at], nil
}

// Create makes a rule; it needs MANAGE_GUILD, and MODERATE_MEMBERS for one that times out or keeps members from taking part.
func (m *AutoMod) Create(ctx context.Context, caller Caller, rule store.AutoModRule) (store.AutoModRule, error) {
	rule.ID, rule.CreatorID = m.IDs.Next(), caller.UserID
	err := m.change(ctx, caller, rule.GuildID, func(ctx context.Context, a access) error {
		if err := checkRule(a, &rule); err != nil {
			return err
		}
		err := m.Store.CreateAutoModRule(ctx, rule, maxRulesOf[rule.Trigger])
		if _, full := errors.AsType[*store.LimitError](err); full {
			return fail(MaxRules)
		}
		if err != nil {
			return internal("creating an automatic rule", err)
		}
		return m.did(ctx, caller, rule.GuildID, []act{{action: store.AuditAutoModRuleCreate, target: rule.ID, changes: differences(nil, auditRule(&rule))}}, event.AutoModRuleChanged{Rule: rule, Change: event.RuleCreated})
	})
	return rule, err
}

// Update changes a rule; it needs what Create needs. Whose it is and what sets it off stay.
func (m *AutoMod) Update(ctx context.Context, caller Caller, guildID, ruleID id.ID, edit func(*store.AutoModRule)) (store.AutoModRule, error) {
	var updated store.AutoModRule
	err := m.change(ctx, caller, guildID, func(ctx context.Context, a access) error {
		before, err := m.Rule(ctx, caller, guildID, ruleID)
		if err != nil {
			return err
		}
		wanted := before
		edit(&wanted)
		wanted.Trigger = before.Trigger
		if err := checkRule(a, &wanted); err != nil {
			return err
		}
		updated, err = m.Store.UpdateAutoModRule(ctx, guildID, ruleID, func(rule *store.AutoModRule) error {
			*rule = wanted
			return nil
		})
		if err != nil {
			return ruleFailure("changing an automatic rule", err)
		}
		var acts []act
		if changes := differences(auditRule(&before), auditRule(&updated)); changes != nil {
			acts = append(acts, act{action: store.AuditAutoModRuleUpdate, target: ruleID, changes: changes})
		}
		return errors.Join(m.did(ctx, caller, guildID, acts, event.AutoModRuleChanged{Rule: updated, Change: event.RuleUpdated}), m.release(ctx, &updated))
	})
	return updated, err
}

// Delete deletes a rule; it needs MANAGE_GUILD.
func (m *AutoMod) Delete(ctx context.Context, caller Caller, guildID, ruleID id.ID) error {
	return m.change(ctx, caller, guildID, func(ctx context.Context, _ access) error {
		deleted, err := m.Store.DeleteAutoModRule(ctx, guildID, ruleID)
		if err != nil {
			return ruleFailure("deleting an automatic rule", err)
		}
		acts := []act{{action: store.AuditAutoModRuleDelete, target: ruleID, changes: differences(auditRule(&deleted), nil)}}
		return errors.Join(m.did(ctx, caller, guildID, acts, event.AutoModRuleChanged{Rule: deleted, Change: event.RuleDeleted}), m.release(ctx, &deleted))
	})
}

// change runs write as the guild's only change at the time, by somebody with MANAGE_GUILD; after it the guild's rules are read anew.
func (m *AutoMod) change(ctx context.Context, caller Caller, guildID id.ID, write func(context.Context, access) error) error {
	return m.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := m.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageGuild); err != nil {
			return err
		}
		defer m.views.renew(guildID)
		return write(ctx, a)
	})
}

func ruleFailure(doing string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownRule)
	}
	return internal(doing, err)
}

// auditRule lists a rule's fields in the forms of the wire: libraries build rules of what the audit log says.
func auditRule(rule *store.AutoModRule) []auditField {
	metadata := map[string]any{}
	switch rule.Trigger {
	case store.AutoModKeyword:
		metadata["keyword_filter"], metadata["regex_patterns"], metadata["allow_list"], metadata["links"] = listed(rule.Keywords), listed(rule.Patterns), listed(rule.AllowList), rule.Links
	case store.AutoModPreset:
		metadata["presets"], metadata["allow_list"] = listed(rule.Presets), listed(rule.AllowList)
	case store.AutoModMentionSpam:
		metadata["mention_total_limit"], metadata["mention_raid_protection_enabled"] = rule.MentionLimit, rule.RaidProtection
	case store.AutoModMemberProfile:
		metadata["keyword_filter"], metadata["regex_patterns"], metadata["allow_list"] = listed(rule.Keywords), listed(rule.Patterns), listed(rule.AllowList)
	}
	actions := make([]map[string]any, len(rule.Actions))
	for i, action := range rule.Actions {
		how := map[string]any{}
		switch action.Type {
		case store.AutoModBlock:
			how["custom_message"] = action.Message
		case store.AutoModAlert:
			how["channel_id"] = action.ChannelID
		case store.AutoModTimeOut:
			how["duration_seconds"] = action.Seconds
		}
		actions[i] = map[string]any{"type": action.Type, "metadata": how}
	}
	return []auditField{
		{"name", rule.Name}, {"event_type", rule.Trigger.Event()}, {"trigger_type", rule.Trigger}, {"trigger_metadata", &metadata}, {"actions", &actions}, {"enabled", rule.Enabled},
		{"exempt_roles", listed(rule.ExemptRoles)}, {"exempt_channels", listed(rule.ExemptChannels)},
	}
}

// listed gives a list as a value that can be compared and written, never null.
func listed[T any](list []T) any {
	if list == nil {
		list = []T{}
	}
	return &list
}

// checkRule cleans and validates a rule.
func checkRule(a access, rule *store.AutoModRule) error {
	if _, known := maxRulesOf[rule.Trigger]; !known {
		return &Error{Kind: NotSupported, Message: "The triggers of this hall's automatic rules are 1 (keywords), 3 (spam), 4 (lists of words), 5 (mentions) and 6 (members' names)."}
	}
	var wrong fieldErrors
	rule.Name = wrong.name("name", rule.Name, 1, maxRuleName)
	checkTrigger(&wrong, rule)
	if len(rule.ExemptRoles) > maxExemptRoles {
		wrong.length("exempt_roles", 0, maxExemptRoles)
	}
	if len(rule.ExemptChannels) > maxExemptPlaces {
		wrong.length("exempt_channels", 0, maxExemptPlaces)
	}
	if len(rule.Actions) < 1 || len(rule.Actions) > 3 {
		wrong.length("actions", 1, 3)
		return wrong.err()
	}
	seen := make(map[store.AutoModActionType]bool)
	for i := range rule.Actions {
		action, path := &rule.Actions[i], "actions."+strconv.Itoa(i)+".metadata."
		if seen[action.Type] {
			wrong.add("actions."+strconv.Itoa(i)+".type", "SET_TYPE_ALREADY_CONTAINS_VALUE", "Each kind of action can be there once.")
		}
		seen[action.Type] = true
		if possible := actionsOf(rule.Trigger); !slices.Contains(possible, action.Type) {
			wrong.add("actions."+strconv.Itoa(i)+".type", "BASE_TYPE_CHOICES", "With this trigger a rule can do %v.", possible)
			continue
		}
		switch action.Type {
		case store.AutoModBlock:
			action.Message = wrong.text(path+"custom_message", action.Message, maxBlockMessage)
		case store.AutoModAlert:
			channel, found := a.view.Channel(action.ChannelID)
			if !found || !slices.Contains(textChannels, channel.Type) {
				wrong.add(path+"channel_id", "CHANNEL_INVALID", "There is no such text channel in this guild.")
			}
		case store.AutoModTimeOut:
			wrong.number(path+"duration_seconds", action.Seconds, 1, int(maxTimeOut/time.Second))
			if err := a.need(perm.ModerateMembers); err != nil {
				return err
			}
		case store.AutoModQuarantine:
			if err := a.need(perm.ModerateMembers); err != nil {
				return err
			}
		}
	}
	return wrong.err()
}

// actionsOf gives what rules with a trigger can do: 1 (block), 2 (alert), 3 (time out), 4 (keep from taking part).
func actionsOf(trigger store.AutoModTrigger) []store.AutoModActionType {
	switch trigger {
	case store.AutoModMemberProfile:
		return []store.AutoModActionType{store.AutoModAlert, store.AutoModQuarantine}
	case store.AutoModKeyword, store.AutoModMentionSpam:
		return []store.AutoModActionType{store.AutoModBlock, store.AutoModAlert, store.AutoModTimeOut}
	default:
		return []store.AutoModActionType{store.AutoModBlock, store.AutoModAlert}
	}
}

// checkTrigger cleans and validates what sets a rule off, and takes away what does not belong to its trigger.
func checkTrigger(wrong *fieldErrors, rule *store.AutoModRule) {
	const path = "trigger_metadata."
	if rule.Trigger != store.AutoModKeyword && rule.Trigger != store.AutoModMemberProfile {
		rule.Keywords, rule.Patterns = nil, nil
	}
	if rule.Trigger != store.AutoModKeyword {
		rule.Links = false
	}
	if rule.Trigger == store.AutoModMemberProfile {
		rule.ExemptChannels = nil // names are in no channel
	}
	if rule.Trigger != store.AutoModPreset {
		rule.Presets = nil
	}
	if rule.Trigger != store.AutoModMentionSpam {
		rule.MentionLimit, rule.RaidProtection = 0, false
	}
	most := maxAllowed
	switch rule.Trigger {
	case store.AutoModKeyword, store.AutoModMemberProfile:
		rule.Keywords = wrong.words(path+"keyword_filter", rule.Keywords, maxKeywords, maxKeyword)
		rule.Patterns = wrong.words(path+"regex_patterns", rule.Patterns, maxPatterns, maxPattern)
		if len(rule.Keywords) == 0 && len(rule.Patterns) == 0 && !rule.Links {
			wrong.add(path+"keyword_filter", "BASE_TYPE_REQUIRED", "Give something to look for.")
		}
	case store.AutoModPreset:
		most = maxAllowedPreset
		if len(rule.Presets) == 0 || slices.ContainsFunc(rule.Presets, func(preset int) bool { return !automod.Presets(preset) }) {
			wrong.add(path+"presets", "BASE_TYPE_CHOICES", "Must be some of 1 (profanity), 2 (sexual content) and 3 (slurs).")
		}
		rule.Presets = slices.Compact(slices.Sorted(slices.Values(rule.Presets)))
	case store.AutoModMentionSpam:
		wrong.number(path+"mention_total_limit", rule.MentionLimit, 1, maxMentionLimit)
		rule.AllowList = nil
	default:
		rule.AllowList = nil
	}
	rule.AllowList = wrong.words(path+"allow_list", rule.AllowList, most, maxKeyword)
	if _, err := automod.Compile(automod.Sources{Patterns: rule.Patterns}); err != nil {
		wrong.add(path+"regex_patterns", "AUTO_MODERATION_INVALID_RUST_REGEX", "%s.", err)
	}
}

// words cleans a list of words, each within its length.
func (f *fieldErrors) words(path string, words []string, most, longest int) []string {
	if len(words) > most {
		f.length(path, 0, most)
		return nil
	}
	cleaned := make([]string, len(words))
	for i, word := range words {
		cleaned[i] = f.name(path+"."+strconv.Itoa(i), word, 1, longest)
	}
	return cleaned
}
