package pebble

import (
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type autoModRecord struct {
	CreatorID      id.ID                 `cbor:"1,keyasint,omitempty"`
	Name           string                `cbor:"2,keyasint,omitempty"`
	Trigger        int                   `cbor:"3,keyasint,omitempty"`
	Keywords       []string              `cbor:"4,keyasint,omitempty"`
	Patterns       []string              `cbor:"5,keyasint,omitempty"`
	Links          bool                  `cbor:"6,keyasint,omitempty"`
	Presets        []int                 `cbor:"7,keyasint,omitempty"`
	AllowList      []string              `cbor:"8,keyasint,omitempty"`
	MentionLimit   int                   `cbor:"9,keyasint,omitempty"`
	Actions        []autoModActionRecord `cbor:"10,keyasint,omitempty"`
	Enabled        bool                  `cbor:"11,keyasint,omitempty"`
	ExemptRoles    []id.ID               `cbor:"12,keyasint,omitempty"` // ascending
	ExemptChannels []id.ID               `cbor:"13,keyasint,omitempty"` // ascending
	RaidProtection bool                  `cbor:"14,keyasint,omitempty"`
}

type autoModActionRecord struct {
	Type      int    `cbor:"1,keyasint,omitempty"`
	Message   string `cbor:"2,keyasint,omitempty"`
	ChannelID id.ID  `cbor:"3,keyasint,omitempty"`
	Seconds   int    `cbor:"4,keyasint,omitempty"`
}

func newAutoModRecord(rule store.AutoModRule) autoModRecord {
	record := autoModRecord{
		CreatorID: rule.CreatorID, Name: rule.Name, Trigger: int(rule.Trigger), Keywords: slices.Clone(rule.Keywords), Patterns: slices.Clone(rule.Patterns), Links: rule.Links,
		Presets: slices.Clone(rule.Presets), AllowList: slices.Clone(rule.AllowList), MentionLimit: rule.MentionLimit, RaidProtection: rule.RaidProtection, Enabled: rule.Enabled,
		ExemptRoles: distinct(rule.ExemptRoles), ExemptChannels: distinct(rule.ExemptChannels),
	}
	for _, action := range rule.Actions {
		record.Actions = append(record.Actions, autoModActionRecord{Type: int(action.Type), Message: action.Message, ChannelID: action.ChannelID, Seconds: action.Seconds})
	}
	return record
}

func (r autoModRecord) rule(guildID, ruleID id.ID) store.AutoModRule {
	rule := store.AutoModRule{
		ID: ruleID, GuildID: guildID, CreatorID: r.CreatorID, Name: r.Name, Trigger: store.AutoModTrigger(r.Trigger), Keywords: r.Keywords, Patterns: r.Patterns, Links: r.Links,
		Presets: r.Presets, AllowList: r.AllowList, MentionLimit: r.MentionLimit, RaidProtection: r.RaidProtection, Enabled: r.Enabled, ExemptRoles: r.ExemptRoles, ExemptChannels: r.ExemptChannels,
	}
	for _, action := range r.Actions {
		rule.Actions = append(rule.Actions, store.AutoModAction{Type: store.AutoModActionType(action.Type), Message: action.Message, ChannelID: action.ChannelID, Seconds: action.Seconds})
	}
	return rule
}

func (t *tx) autoModRules(guildID id.ID) ([]store.AutoModRule, error) {
	return list(t.db, kindAutoMod.key(guildID), func(ruleID id.ID, record autoModRecord) store.AutoModRule { return record.rule(guildID, ruleID) })
}

// CreateAutoModRule stores a rule.
func (s *Store) CreateAutoModRule(ctx context.Context, rule store.AutoModRule, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(rule.GuildID)); err != nil {
			return err
		}
		key := kindAutoMod.key(rule.GuildID, rule.ID)
		if err := free(tx.db, key, "id"); err != nil {
			return err
		}
		rules, err := tx.autoModRules(rule.GuildID)
		if err != nil {
			return err
		}
		if len(slices.DeleteFunc(rules, func(other store.AutoModRule) bool { return other.Trigger != rule.Trigger })) >= most {
			return &store.LimitError{What: "automatic rules", Max: most}
		}
		tx.made(rule.ID)
		return tx.put(key, newAutoModRecord(rule))
	})
}

// GuildAutoModRules gives a guild's rules.
func (s *Store) GuildAutoModRules(ctx context.Context, guildID id.ID) ([]store.AutoModRule, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return list(s.db, kindAutoMod.key(guildID), func(ruleID id.ID, record autoModRecord) store.AutoModRule { return record.rule(guildID, ruleID) })
}

// UpdateAutoModRule applies change to a rule.
func (s *Store) UpdateAutoModRule(ctx context.Context, guildID, ruleID id.ID, change func(*store.AutoModRule) error) (store.AutoModRule, error) {
	var record autoModRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindAutoMod.key(guildID, ruleID)
		old, err := get[autoModRecord](tx.db, key)
		if err != nil {
			return err
		}
		rule := old.rule(guildID, ruleID)
		if err := change(&rule); err != nil {
			return err
		}
		rule.CreatorID, rule.Trigger = old.CreatorID, store.AutoModTrigger(old.Trigger)
		record = newAutoModRecord(rule)
		return tx.put(key, record)
	})
	if err != nil {
		return store.AutoModRule{}, err
	}
	return record.rule(guildID, ruleID), nil
}

// DeleteAutoModRule deletes a rule.
func (s *Store) DeleteAutoModRule(ctx context.Context, guildID, ruleID id.ID) (store.AutoModRule, error) {
	var record autoModRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		key := kindAutoMod.key(guildID, ruleID)
		if record, err = get[autoModRecord](tx.db, key); err == nil {
			tx.delete(key)
		}
		return err
	})
	if err != nil {
		return store.AutoModRule{}, err
	}
	return record.rule(guildID, ruleID), nil
}
