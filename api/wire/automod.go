package wire

import (
	"slices"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// AutoModRule is an automatic rule of a guild.
type AutoModRule struct {
	ID              id.ID                `json:"id"`
	GuildID         id.ID                `json:"guild_id"`
	CreatorID       id.ID                `json:"creator_id"`
	Name            string               `json:"name"`
	EventType       store.AutoModEvent   `json:"event_type"`
	TriggerType     store.AutoModTrigger `json:"trigger_type"`
	TriggerMetadata AutoModTrigger       `json:"trigger_metadata"`
	Actions         []AutoModAction      `json:"actions"`
	Enabled         bool                 `json:"enabled"`
	ExemptRoles     []id.ID              `json:"exempt_roles"`
	ExemptChannels  []id.ID              `json:"exempt_channels"`
}

// AutoModTrigger is what sets a rule off; which fields are there depends on the type.
type AutoModTrigger struct {
	KeywordFilter                *[]string `json:"keyword_filter,omitempty"`
	RegexPatterns                *[]string `json:"regex_patterns,omitempty"`
	Presets                      *[]int    `json:"presets,omitempty"`
	AllowList                    *[]string `json:"allow_list,omitempty"`
	MentionTotalLimit            *int      `json:"mention_total_limit,omitempty"`
	MentionRaidProtectionEnabled *bool     `json:"mention_raid_protection_enabled,omitempty"`
	// Links catches links to hosts that the allow list does not name. It is an extension of ours.
	Links *bool `json:"links,omitempty"`
}

// AutoModAction is one thing that a rule does when it is set off.
type AutoModAction struct {
	Type     store.AutoModActionType `json:"type"`
	Metadata AutoModActionMetadata   `json:"metadata"`
}

// AutoModActionMetadata says how; which fields are there depends on the type.
type AutoModActionMetadata struct {
	CustomMessage   *string `json:"custom_message,omitempty"`
	ChannelID       *id.ID  `json:"channel_id,omitempty"`
	DurationSeconds *int    `json:"duration_seconds,omitempty"`
}

// NewAutoModRule shows a rule.
func NewAutoModRule(rule store.AutoModRule) AutoModRule {
	shown := AutoModRule{ID: rule.ID, GuildID: rule.GuildID, CreatorID: rule.CreatorID, Name: rule.Name, EventType: rule.Trigger.Event(), TriggerType: rule.Trigger, Actions: make([]AutoModAction, len(rule.Actions)),
		Enabled: rule.Enabled, ExemptRoles: list(rule.ExemptRoles), ExemptChannels: list(rule.ExemptChannels)}
	words := func(words []string) *[]string {
		shown := list(slices.Clone(words))
		return &shown
	}
	switch metadata := &shown.TriggerMetadata; rule.Trigger {
	case store.AutoModKeyword:
		metadata.KeywordFilter, metadata.RegexPatterns, metadata.AllowList, metadata.Links = words(rule.Keywords), words(rule.Patterns), words(rule.AllowList), &rule.Links
	case store.AutoModPreset:
		presets := list(slices.Clone(rule.Presets))
		metadata.Presets, metadata.AllowList = &presets, words(rule.AllowList)
	case store.AutoModMentionSpam:
		metadata.MentionTotalLimit, metadata.MentionRaidProtectionEnabled = &rule.MentionLimit, &rule.RaidProtection
	case store.AutoModMemberProfile:
		metadata.KeywordFilter, metadata.RegexPatterns, metadata.AllowList = words(rule.Keywords), words(rule.Patterns), words(rule.AllowList)
	}
	for i, action := range rule.Actions {
		shown.Actions[i] = newAutoModAction(action)
	}
	return shown
}

func newAutoModAction(action store.AutoModAction) AutoModAction {
	shown := AutoModAction{Type: action.Type}
	switch action.Type {
	case store.AutoModBlock:
		shown.Metadata.CustomMessage = TextOrNull(action.Message)
	case store.AutoModAlert:
		shown.Metadata.ChannelID = &action.ChannelID
	case store.AutoModTimeOut:
		shown.Metadata.DurationSeconds = &action.Seconds
	}
	return shown
}

// AutoModRulePatch is the body of POST and PATCH of a rule.
type AutoModRulePatch struct {
	Name            Optional[string]               `json:"name"`
	EventType       Optional[store.AutoModEvent]   `json:"event_type"`
	TriggerType     Optional[store.AutoModTrigger] `json:"trigger_type"`
	TriggerMetadata Optional[AutoModTrigger]       `json:"trigger_metadata"`
	Actions         Optional[[]AutoModAction]      `json:"actions"`
	Enabled         Optional[bool]                 `json:"enabled"`
	ExemptRoles     Optional[[]id.ID]              `json:"exempt_roles"`
	ExemptChannels  Optional[[]id.ID]              `json:"exempt_channels"`
}

// Apply changes a rule as it says.
func (p *AutoModRulePatch) Apply(rule *store.AutoModRule) {
	if p.Name.Present {
		rule.Name = p.Name.Value
	}
	if p.TriggerType.Present {
		rule.Trigger = p.TriggerType.Value
	}
	if p.Enabled.Present {
		rule.Enabled = p.Enabled.Value
	}
	if p.ExemptRoles.Present {
		rule.ExemptRoles = p.ExemptRoles.Value
	}
	if p.ExemptChannels.Present {
		rule.ExemptChannels = p.ExemptChannels.Value
	}
	if p.TriggerMetadata.Present {
		metadata := p.TriggerMetadata.Value
		rule.Keywords, rule.Patterns, rule.AllowList, rule.Presets = orZero(metadata.KeywordFilter), orZero(metadata.RegexPatterns), orZero(metadata.AllowList), orZero(metadata.Presets)
		rule.MentionLimit, rule.RaidProtection, rule.Links = orZero(metadata.MentionTotalLimit), orZero(metadata.MentionRaidProtectionEnabled), orZero(metadata.Links)
	}
	if p.Actions.Present {
		rule.Actions = nil
		for _, action := range p.Actions.Value {
			rule.Actions = append(rule.Actions, store.AutoModAction{Type: action.Type, Message: orZero(action.Metadata.CustomMessage), ChannelID: orZero(action.Metadata.ChannelID), Seconds: orZero(action.Metadata.DurationSeconds)})
		}
	}
}

// AutoModExecution is the payload of AUTO_MODERATION_ACTION_EXECUTION.
type AutoModExecution struct {
	GuildID              id.ID                `json:"guild_id"`
	Action               AutoModAction        `json:"action"`
	RuleID               id.ID                `json:"rule_id"`
	RuleTriggerType      store.AutoModTrigger `json:"rule_trigger_type"`
	UserID               id.ID                `json:"user_id"`
	ChannelID            *id.ID               `json:"channel_id,omitempty"`
	MessageID            *id.ID               `json:"message_id,omitempty"`
	AlertSystemMessageID *id.ID               `json:"alert_system_message_id,omitempty"`
	Content              string               `json:"content"`
	MatchedKeyword       *string              `json:"matched_keyword"`
	MatchedContent       *string              `json:"matched_content"`
}

// NewAutoModExecution tells what a rule did.
func NewAutoModExecution(e event.AutoModExecuted) AutoModExecution {
	return AutoModExecution{GuildID: e.GuildID, Action: newAutoModAction(e.Action), RuleID: e.RuleID, RuleTriggerType: e.Trigger, UserID: e.UserID, ChannelID: IDOrNull(e.ChannelID), MessageID: IDOrNull(e.MessageID),
		AlertSystemMessageID: IDOrNull(e.AlertID), Content: e.Content, MatchedKeyword: TextOrNull(e.Keyword), MatchedContent: TextOrNull(e.Matched)}
}

// WithoutContent leaves out what was written, for bots that may not read contents.
func (e AutoModExecution) WithoutContent() AutoModExecution {
	e.Content, e.MatchedContent = "", nil
	return e
}

// Report is what somebody told moderators of a message. It is an extension of ours.
type Report struct {
	ID         id.ID  `json:"id"`
	GuildID    *id.ID `json:"guild_id"`
	ChannelID  id.ID  `json:"channel_id"`
	MessageID  id.ID  `json:"message_id"`
	ReporterID id.ID  `json:"reporter_id"`
	AuthorID   id.ID  `json:"author_id"`
	Content    string `json:"content"`
	Reason     string `json:"reason"`
	ResolvedBy *id.ID `json:"resolved_by"`
	Timestamp  string `json:"timestamp"`
}

// NewReport shows a report.
func NewReport(report store.Report) Report {
	return Report{ID: report.ID, GuildID: IDOrNull(report.GuildID), ChannelID: report.ChannelID, MessageID: report.MessageID, ReporterID: report.ReporterID, AuthorID: report.AuthorID, Content: report.Content,
		Reason: report.Reason, ResolvedBy: IDOrNull(report.ResolvedBy), Timestamp: Timestamp(report.ID.Time())}
}

// ReportDraft is the body of POST of a report.
type ReportDraft struct {
	Reason string `json:"reason"`
}

// ReportPatch is the body of PATCH of a report.
type ReportPatch struct {
	Resolved bool `json:"resolved"`
}
