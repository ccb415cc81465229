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
}

// judge finds out which rules a text of a member sets off in a channel. Bots and those who manage the guild are trusted.
func (m *AutoMod) judge(a access, channel *store.Channel, text string) verdict {
	var v verdict
	if channel.GuildID == 0 || a.caller.Bot || a.member == nil || len(a.view.rules) == 0 || a.inGuild().HasAny(perm.ManageGuild|perm.Administrator) {
		return v
	}
	for i := range a.view.rules {
		rule := &a.view.rules[i]
		exempt := slices.ContainsFunc(a.member.RoleIDs, func(roleID id.ID) bool { return slices.Contains(rule.ExemptRoles, roleID) }) ||
			slices.Contains(rule.ExemptChannels, channel.ID) || channel.ParentID != 0 && slices.Contains(rule.ExemptChannels, channel.ParentID)
		if exempt {
			continue
		}
		if match, off := m.setsOff(rule, a, text); off {
			v.findings = append(v.findings, finding{rule, match})
			v.blocked = v.blocked || slices.ContainsFunc(rule.Actions, func(action store.AutoModAction) bool { return action.Type == store.AutoModBlock })
		}
	}
	return v
}

// setsOff tells whether a text sets a rule off.
func (m *AutoMod) setsOff(rule *readyRule, a access, text string) (automod.Match, bool) {
	switch rule.Trigger {
	case store.AutoModMentionSpam:
		found := parseMentions(text)
		count := len(found.users) + len(found.roles)
		return automod.Match{Content: strconv.Itoa(count) + " mentions"}, count > rule.MentionLimit
	case store.AutoModSpam:
		if len(automod.Links(text)) >= spamLinks {
			return automod.Match{Content: text}, true
		}
		return automod.Match{Content: text}, text != "" && m.repeats(memberKey{a.view.Guild.ID, a.member.UserID}, text)
	default:
		return rule.words.Find(text)
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
	m.automod.act(ctx, a, channel, job.posted.Author, judgedText(&job.posted.Message), job.posted.Message.ID, job.verdict)
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

// act does what the rules that were set off have to do. messageID is zero for a message that was blocked.
func (m *AutoMod) act(ctx context.Context, a access, channel *store.Channel, author store.User, text string, messageID id.ID, v verdict) {
	ctx = context.WithoutCancel(ctx)
	for _, found := range v.findings {
		for _, action := range found.rule.Actions {
			executed := event.AutoModExecuted{GuildID: channel.GuildID, Action: action, RuleID: found.rule.ID, Trigger: found.rule.Trigger, UserID: author.ID, ChannelID: channel.ID, MessageID: messageID, Content: text,
				Keyword: found.Keyword, Matched: found.Content}
			recorded := act{target: author.ID, options: map[string]string{"auto_moderation_rule_name": found.rule.Name,
				"auto_moderation_rule_trigger_type": strconv.Itoa(int(found.rule.Trigger)), "channel_id": channel.ID.String()}}
			var err error
			switch action.Type {
			case store.AutoModBlock:
				recorded.action = store.AuditAutoModBlock
			case store.AutoModAlert:
				recorded.action = store.AuditAutoModAlert
				executed.AlertID, err = m.alert(ctx, a, action.ChannelID, author, channel, text, messageID, found)
			case store.AutoModTimeOut:
				recorded.action = store.AuditAutoModTimeOut
				err = m.timeOut(ctx, channel.GuildID, author, action.Seconds)
			}
			if err != nil {
				m.Log.ErrorContext(ctx, "an automatic rule could not do what it has to", "guild", channel.GuildID, "rule", found.rule.ID, "error", err)
				continue
			}
			if err := m.did(ctx, Caller{UserID: author.ID}, channel.GuildID, []act{recorded}, executed); err != nil {
				m.Log.ErrorContext(ctx, "what an automatic rule did was not recorded", "guild", channel.GuildID, "rule", found.rule.ID, "error", err)
			}
		}
	}
}

// alert tells moderators, in a channel of theirs, what somebody wrote.
func (m *AutoMod) alert(ctx context.Context, a access, alertChannelID id.ID, author store.User, channel *store.Channel, text string, messageID id.ID, found finding) (alertID id.ID, err error) {
	alertChannel, there := a.view.Channel(alertChannelID)
	if !there {
		return 0, nil // it was deleted since
	}
	fields := []store.EmbedField{
		{Name: "rule_name", Value: found.rule.Name}, {Name: "channel_id", Value: channel.ID.String()}, {Name: "keyword", Value: found.Keyword}, {Name: "keyword_matched_content", Value: found.Content},
	}
	if messageID != 0 {
		fields = append(fields, store.EmbedField{Name: "flagged_message_id", Value: messageID.String()})
	}
	err = m.messages.lanes.do(ctx, alertChannelID, &laneJob{operation: func(ctx context.Context) error {
		job, err := m.messages.noted(ctx, access{member: a.member}, alertChannel, store.Message{Type: store.MessageAutoMod, AuthorID: author.ID, Embeds: []store.Embed{{Description: text, Fields: fields}}})
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
