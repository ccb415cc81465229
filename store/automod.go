package store

import (
	"context"

	"guildhall/store/id"
)

// AutoModTrigger says what sets an automatic rule off, with the numbers of the wire contract.
type AutoModTrigger int

// The triggers.
const (
	AutoModKeyword       AutoModTrigger = 1
	AutoModSpam          AutoModTrigger = 3
	AutoModPreset        AutoModTrigger = 4
	AutoModMentionSpam   AutoModTrigger = 5
	AutoModMemberProfile AutoModTrigger = 6
)

// AutoModEvent says when an automatic rule looks, with the numbers of the wire contract.
type AutoModEvent int

// The events.
const (
	// AutoModMessageSend is when a member posts or edits a message.
	AutoModMessageSend AutoModEvent = 1
	// AutoModMemberUpdate is when a member joins, or a name of theirs changes.
	AutoModMemberUpdate AutoModEvent = 2
)

// Event gives when rules with the trigger look; it follows from the trigger.
func (t AutoModTrigger) Event() AutoModEvent {
	if t == AutoModMemberProfile {
		return AutoModMemberUpdate
	}
	return AutoModMessageSend
}

// AutoModActionType says what an automatic rule does, with the numbers of the wire contract.
type AutoModActionType int

// The actions.
const (
	AutoModBlock   AutoModActionType = 1
	AutoModAlert   AutoModActionType = 2
	AutoModTimeOut AutoModActionType = 3
	// AutoModQuarantine keeps a member from taking part until their names are in order.
	AutoModQuarantine AutoModActionType = 4
)

// AutoModRule is an automatic rule of a guild for what its members write, or what they are called.
type AutoModRule struct {
	ID        id.ID
	GuildID   id.ID
	CreatorID id.ID
	// Name has 1 to 100 characters.
	Name    string
	Trigger AutoModTrigger
	// Keywords and Patterns (RE2) are for AutoModKeyword and AutoModMemberProfile, AllowList for them and AutoModPreset. Links, for AutoModKeyword, catches links to hosts that AllowList does not name.
	// Presets are for AutoModPreset. MentionLimit and RaidProtection, which notices mentions spread over many messages or many members, are for AutoModMentionSpam.
	Keywords       []string
	Patterns       []string
	Links          bool
	Presets        []int
	AllowList      []string
	MentionLimit   int
	RaidProtection bool
	Actions        []AutoModAction
	Enabled        bool
	// ExemptRoles and ExemptChannels are not touched by the rule; in ascending order.
	ExemptRoles    []id.ID
	ExemptChannels []id.ID
}

// AutoModAction is one thing that a rule does when it is set off.
type AutoModAction struct {
	Type AutoModActionType
	// Message is what the author of a blocked message is told, at most 150 characters; may be empty.
	Message string
	// ChannelID is where moderators are alerted.
	ChannelID id.ID
	// Seconds is how long a time-out lasts.
	Seconds int
}

// AutoModRules keeps automatic rules. They go with their guild.
type AutoModRules interface {
	// CreateAutoModRule stores a rule. ErrNotFound when its guild does not exist; a *LimitError when the guild has most rules with that trigger already.
	CreateAutoModRule(ctx context.Context, rule AutoModRule, most int) error
	// GuildAutoModRules gives a guild's rules in ascending order of id.
	GuildAutoModRules(ctx context.Context, guildID id.ID) ([]AutoModRule, error)
	// UpdateAutoModRule applies change atomically (see UpdateUser for the rules of change). Id, guild, creator and trigger cannot change.
	UpdateAutoModRule(ctx context.Context, guildID, ruleID id.ID, change func(*AutoModRule) error) (AutoModRule, error)
	// DeleteAutoModRule deletes a rule and gives what it was.
	DeleteAutoModRule(ctx context.Context, guildID, ruleID id.ID) (AutoModRule, error)
}
