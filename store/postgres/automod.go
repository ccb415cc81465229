package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptRule is a rule as it will be read.
func keptRule(rule store.AutoModRule) (store.AutoModRule, error) {
	kept, err := copied(rule)
	for _, list := range []*[]id.ID{&kept.ExemptRoles, &kept.ExemptChannels} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return kept, err
}

// CreateAutoModRule implements store.AutoModRules.
func (s *Store) CreateAutoModRule(ctx context.Context, rule store.AutoModRule, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, rule.GuildID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM automod_rules WHERE server_id = $1 AND trigger = $2", int64(rule.GuildID), rule.Trigger).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "automatic rules", Max: most}
		}
		kept, err := keptRule(rule)
		if err != nil {
			return err
		}
		text, err := plainJSON(kept)
		if err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO automod_rules (id, server_id, trigger, rule) VALUES ($1, $2, $3, $4)", int64(rule.ID), int64(rule.GuildID), rule.Trigger, text)
	})
}

// GuildAutoModRules implements store.AutoModRules.
func (s *Store) GuildAutoModRules(ctx context.Context, guildID id.ID) ([]store.AutoModRule, error) {
	return rows(ctx, s, "SELECT rule FROM automod_rules WHERE server_id = $1 ORDER BY id", []any{int64(guildID)}, scanSettings[store.AutoModRule])
}

// UpdateAutoModRule implements store.AutoModRules.
func (s *Store) UpdateAutoModRule(ctx context.Context, guildID, ruleID id.ID, change func(*store.AutoModRule) error) (rule store.AutoModRule, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(guildID), int64(ruleID)}
		if rule, err = locked(ctx, tx, "SELECT rule FROM automod_rules WHERE server_id = $1 AND id = $2 FOR UPDATE", place, scanSettings[store.AutoModRule]); err != nil {
			return err
		}
		before := rule
		if err := change(&rule); err != nil {
			return err
		}
		rule.ID, rule.GuildID, rule.CreatorID, rule.Trigger = before.ID, before.GuildID, before.CreatorID, before.Trigger
		if rule, err = keptRule(rule); err != nil {
			return err
		}
		text, err := plainJSON(rule)
		if err != nil {
			return err
		}
		return execute(ctx, tx, "UPDATE automod_rules SET rule = $3 WHERE server_id = $1 AND id = $2", append(place, text)...)
	})
	if err != nil {
		return store.AutoModRule{}, err
	}
	return rule, nil
}

// DeleteAutoModRule implements store.AutoModRules.
func (s *Store) DeleteAutoModRule(ctx context.Context, guildID, ruleID id.ID) (rule store.AutoModRule, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		rule, err = locked(ctx, tx, "DELETE FROM automod_rules WHERE server_id = $1 AND id = $2 RETURNING rule", []any{int64(guildID), int64(ruleID)}, scanSettings[store.AutoModRule])
		return err
	})
	if err != nil {
		return store.AutoModRule{}, err
	}
	return rule, nil
}
