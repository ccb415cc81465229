package chat

import (
	"context"
	"slices"
	"strconv"
	"time"

	"guildhall/api/chat/automod"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// readyRule is a rule of a guild that is ready to be applied.
type readyRule struct {
	store.AutoModRule
	words *automod.Rule
}

// readyRules makes a guild's rules ready. One whose patterns cannot be read any more is left out.
func readyRules(rules []store.AutoModRule) []readyRule {
	var ready []readyRule
	for _, rule := range rules {
		if !rule.Enabled {
			continue
		}
		words, err := automod.Compile(automod.Sources{Keywords: rule.Keywords, Patterns: rule.Patterns, Links: rule.Links, Presets: rule.Presets, AllowList: rule.AllowList})
		if err == nil {
			ready = append(ready, readyRule{rule, words})
		}
	}
	return ready
}

// verdict is what automatic rules have to do about a text.
type verdict struct {
	findings []finding
	blocked  bool
}

// finding is a rule that was set off, by what.
type finding struct {
	rule *readyRule
	automod.Match
	// known tells that moderators were alerted of the same already.
	known bool
}

// does tells whether the rule does something.
func (r *readyRule) does(kind store.AutoModActionType) bool {
	return slices.ContainsFunc(r.Actions, func(action store.AutoModAction) bool { return action.Type == kind })
}

// exempts tells whether a member has a role that the rule does not touch.
func (r *readyRule) exempts(member *store.Member) bool {
	return slices.ContainsFunc(member.RoleIDs, func(roleID id.ID) bool { return slices.Contains(r.ExemptRoles, roleID) })
}

// judge finds out which rules a text of a member sets off in a channel. Bots and those who manage the guild are trusted.
func (m *AutoMod) judge(a access, channel *store.Channel, text string) verdict {
	var v verdict
	if channel.GuildID == 0 || a.caller.Bot || a.member == nil || len(a.view.rules) == 0 || a.standing().inGuild().HasAny(perm.ManageGuild|perm.Administrator) {
		return v
	}
	for i := range a.view.rules {
		rule := &a.view.rules[i]
		exempt := rule.Trigger.Event() != store.AutoModMessageSend || rule.exempts(a.member) ||
			slices.Contains(rule.ExemptChannels, channel.ID) || channel.ParentID != 0 && slices.Contains(rule.ExemptChannels, channel.ParentID)
		if exempt {
			continue
		}
		if match, off, known := m.setsOff(rule, a, text); off {
			v.findings = append(v.findings, finding{rule, match, known})
			v.blocked = v.blocked || rule.does(store.AutoModBlock)
		}
	}
	return v
}

// setsOff tells whether a text sets a rule off, and whether it is part of something that moderators know.
func (m *AutoMod) setsOff(rule *readyRule, a access, text string) (match automod.Match, off, known bool) {
	switch rule.Trigger {
	case store.AutoModMentionSpam:
		return m.mentionsSetOff(rule, a, text)
	case store.AutoModSpam:
		off = len(automod.Links(text)) >= spamLinks || text != "" && m.repeats(memberKey{a.view.Guild.ID, a.member.UserID}, text)
		return automod.Match{Content: text}, off, false
	default:
		match, off = rule.words.Find(text)
		return match, off, false
	}
}

// repeats notes what somebody writes in a guild, and tells whether they have written it too often lately.
func (m *AutoMod) repeats(who memberKey, text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Now()
	before, _, _ := m.recent.get(who)
	before = slices.DeleteFunc(slices.Clone(before), func(one recentText) bool { return now.Sub(one.at) > spamWindow })
	same := 1
	for _, one := range before {
		if one.text == text {
			same++
		}
	}
	before = append(before, recentText{text, now})
	m.recent.put(who, before[max(0, len(before)-2*spamRepeats):])
	return same >= spamRepeats
}

// judgedText is what of a message automatic rules look at.
func judgedText(message *store.Message) string {
	text := saidText(message)
	if message.Poll == nil {
		return text
	}
	text += "\n" + message.Poll.Question
	for _, answer := range message.Poll.Answers {
		text += "\n" + answer.Text
	}
	return text
}

// flag does what automatic rules have to do about a message that was posted all the same.
func (m *Messages) flag(ctx context.Context, a access, channel *store.Channel, job *laneJob) {
	m.automod.act(ctx, a, posting(channel, job.posted.Author, judgedText(&job.posted.Message), job.posted.Message.ID), job.verdict.findings)
}

// refusal is what the author of a blocked message is told.
func (v *verdict) refusal() error {
	for _, found := range v.findings {
		for _, action := range found.rule.Actions {
			if action.Type == store.AutoModBlock && action.Message != "" {
				return &Error{Kind: BlockedByRule, Message: action.Message}
			}
		}
	}
	return fail(BlockedByRule)
}

// occasion is what set rules off: something that somebody wrote, or a name of theirs.
type occasion struct {
	guildID id.ID
	author  store.User
	text    string
	// channelID is where it was written, zero for names; messageID is the message, zero for one that was blocked.
	channelID, messageID id.ID
	// fields are further circumstances for the alert.
	fields []store.EmbedField
}

// posting is the occasion that somebody wrote something in a channel. messageID is zero for what was blocked.
func posting(channel *store.Channel, author store.User, text string, messageID id.ID) occasion {
	return occasion{guildID: channel.GuildID, author: author, text: text, channelID: channel.ID, messageID: messageID, fields: []store.EmbedField{{Name: "channel_id", Value: channel.ID.String()}}}
}

// act does what the rules that were set off have to do.
func (m *AutoMod) act(ctx context.Context, a access, on occasion, findings []finding) {
	ctx = context.WithoutCancel(ctx)
	for i := range findings {
		for _, action := range findings[i].rule.Actions {
			if action.Type == store.AutoModAlert && findings[i].known {
				continue
			}
			if err := m.execute(ctx, a, on, &findings[i], action); err != nil {
				m.Log.ErrorContext(ctx, "an automatic rule could not do or record what it has to", "guild", on.guildID, "rule", findings[i].rule.ID, "error", err)
			}
		}
	}
}

// execute does one thing that a rule has to do, records it and tells moderators.
func (m *AutoMod) execute(ctx context.Context, a access, on occasion, found *finding, action store.AutoModAction) error {
	rule := found.rule
	executed := event.AutoModExecuted{GuildID: on.guildID, Action: action, RuleID: rule.ID, Trigger: rule.Trigger, UserID: on.author.ID, ChannelID: on.channelID, MessageID: on.messageID, Content: on.text,
		Keyword: found.Keyword, Matched: found.Content}
	recorded := act{target: on.author.ID, options: map[string]string{"auto_moderation_rule_name": rule.Name, "auto_moderation_rule_trigger_type": strconv.Itoa(int(rule.Trigger))}}
	if on.channelID != 0 {
		recorded.options["channel_id"] = on.channelID.String()
	}
	var err error
	switch action.Type {
	case store.AutoModBlock:
		recorded.action = store.AuditAutoModBlock
	case store.AutoModAlert:
		recorded.action = store.AuditAutoModAlert
		executed.AlertID, err = m.alert(ctx, a, action.ChannelID, on, found)
	case store.AutoModTimeOut:
		recorded.action = store.AuditAutoModTimeOut
		err = m.timeOut(ctx, on.guildID, on.author, action.Seconds)
	case store.AutoModQuarantine:
		recorded.action = store.AuditAutoModQuarantine
	}
	if err != nil {
		return err
	}
	return m.did(ctx, Caller{UserID: on.author.ID}, on.guildID, []act{recorded}, executed)
}

// alert tells moderators, in a channel of theirs, what somebody wrote or is called.
func (m *AutoMod) alert(ctx context.Context, a access, alertChannelID id.ID, on occasion, found *finding) (alertID id.ID, err error) {
	alertChannel, there := a.view.Channel(alertChannelID)
	if !there {
		return 0, nil // it was deleted since
	}
	fields := slices.Concat([]store.EmbedField{{Name: "rule_name", Value: found.rule.Name}}, on.fields,
		[]store.EmbedField{{Name: "keyword", Value: found.Keyword}, {Name: "keyword_matched_content", Value: found.Content}})
	if on.messageID != 0 {
		fields = append(fields, store.EmbedField{Name: "flagged_message_id", Value: on.messageID.String()})
	}
	err = m.messages.lanes.do(ctx, alertChannelID, &laneJob{operation: func(ctx context.Context) error {
		job, err := m.messages.noted(ctx, access{member: a.member}, alertChannel, store.Message{Type: store.MessageAutoMod, AuthorID: on.author.ID, Embeds: []store.Embed{{Description: on.text, Fields: fields}}})
		if err == nil {
			alertID = job.posted.Message.ID
		}
		return err
	}})
	return alertID, err
}

// timeOut times somebody out, if nobody has for longer.
func (m *AutoMod) timeOut(ctx context.Context, guildID id.ID, author store.User, seconds int) error {
	until := m.Now().UTC().Truncate(time.Millisecond).Add(time.Duration(seconds) * time.Second)
	return m.views.change(ctx, guildID, func(ctx context.Context) error {
		updated, err := m.Store.UpdateMember(ctx, guildID, author.ID, func(member *store.Member) error {
			if member.TimedOutUntil.Before(until) {
				member.TimedOutUntil = until
			}
			return nil
		})
		m.views.dropMember(guildID, author.ID)
		if err != nil {
			return internal("timing a member out", err)
		}
		m.publish(ctx, event.MemberUpdated{Member: ownMember(&updated), User: author})
		return nil
	})
}
