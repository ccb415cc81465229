package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// RuleChange says what became of an automatic rule.
type RuleChange int

// The changes of rules.
const (
	RuleCreated RuleChange = iota
	RuleUpdated
	RuleDeleted
)

// AutoModRuleChanged says that an automatic rule was made, changed or deleted.
type AutoModRuleChanged struct {
	Rule   store.AutoModRule
	Change RuleChange
}

// AutoModExecuted says that an automatic rule did one of its actions about what somebody wrote, or is called.
type AutoModExecuted struct {
	GuildID id.ID
	Action  store.AutoModAction
	RuleID  id.ID
	Trigger store.AutoModTrigger
	// UserID wrote Content in a channel, which is zero for names; MessageID is zero when the message was blocked, AlertID is the alert's, zero for none.
	UserID, ChannelID, MessageID, AlertID id.ID
	Content                               string
	// Keyword is what of the rule matched, Matched what of the content.
	Keyword, Matched string
}

// ReportChanged says that somebody reported a message, or that a report was dealt with.
type ReportChanged struct{ Report store.Report }

func (e AutoModRuleChanged) Subject() string { return GuildSubject(e.Rule.GuildID) }
func (e AutoModExecuted) Subject() string    { return GuildSubject(e.GuildID) }
func (e ReportChanged) Subject() string      { return GuildSubject(e.Report.GuildID) }
