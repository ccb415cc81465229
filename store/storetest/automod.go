package storetest

import (
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

// rule stores an automatic rule.
func (f *fixture) rule(guildID id.ID, trigger store.AutoModTrigger) store.AutoModRule {
	f.Helper()
	rule := store.AutoModRule{ID: f.id(), GuildID: guildID, CreatorID: 7, Name: "No shouting", Trigger: trigger, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}}
	f.ok(f.CreateAutoModRule(f.Context(), rule, 6))
	return rule
}

var autoModTests = []test{
	{"rules come back as they were stored, in order, and change", func(f *fixture) {
		guildID := f.room().GuildID
		full := store.AutoModRule{
			ID: f.id(), GuildID: guildID, CreatorID: 1 << 62, Name: "Rule 🎉", Trigger: store.AutoModKeyword, Keywords: []string{"*a*", "<b>"}, Patterns: []string{`^\d+$`}, Links: true, Presets: []int{1, 3},
			AllowList: []string{"ok"}, MentionLimit: 5, RaidProtection: true, Actions: []store.AutoModAction{{Type: store.AutoModBlock, Message: "no"}, {Type: store.AutoModAlert, ChannelID: 9}, {Type: store.AutoModTimeOut, Seconds: 60}, {Type: store.AutoModQuarantine}},
			Enabled: true, ExemptRoles: []id.ID{2, 4}, ExemptChannels: []id.ID{3},
		}
		given := full
		given.ExemptRoles = []id.ID{4, 2, 4}
		f.ok(f.CreateAutoModRule(f.Context(), given, 6))
		bare := f.rule(guildID, store.AutoModSpam)
		rules, err := f.GuildAutoModRules(f.Context(), guildID)
		f.ok(err)
		f.equal("rules", rules, []store.AutoModRule{full, bare})
		refused := errors.New("no")
		_, err = f.UpdateAutoModRule(f.Context(), guildID, full.ID, func(*store.AutoModRule) error { return refused })
		f.asItIs(err, refused)
		updated, err := f.UpdateAutoModRule(f.Context(), guildID, full.ID, func(r *store.AutoModRule) error {
			r.Name, r.Keywords, r.Trigger, r.CreatorID, r.Enabled = "other", nil, store.AutoModSpam, 3, false
			return nil
		})
		f.ok(err)
		full.Name, full.Keywords, full.Enabled = "other", nil, false
		f.equal("updated", updated, full)
		deleted, err := f.DeleteAutoModRule(f.Context(), guildID, full.ID)
		f.ok(err)
		f.equal("deleted", deleted, full)
		_, err = f.DeleteAutoModRule(f.Context(), guildID, full.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateAutoModRule(f.Context(), guildID, full.ID, func(*store.AutoModRule) error { return nil })
		f.is(err, store.ErrNotFound)
		f.is(f.CreateAutoModRule(f.Context(), store.AutoModRule{ID: f.id(), GuildID: 1}, 6), store.ErrNotFound)
	}},
	{"of one trigger there are as many rules as there may be, also when they are made at once", func(f *fixture) {
		guildID := f.room().GuildID
		f.rule(guildID, store.AutoModKeyword)
		var rules []store.AutoModRule
		for range writers {
			rules = append(rules, store.AutoModRule{ID: f.id(), GuildID: guildID, Trigger: store.AutoModSpam})
		}
		errs := together(writers, func(i int) error { return f.CreateAutoModRule(f.Context(), rules[i], 2) })
		f.equal("made", f.wins(errs, func(err error) { f.limit(err, 2) }), 2)
	}},
	{"a deleted guild takes its rules and reports along", func(f *fixture) {
		guildID := f.room().GuildID
		f.rule(guildID, store.AutoModKeyword)
		f.ok(f.CreateReport(f.Context(), store.Report{ID: f.id(), GuildID: guildID, MessageID: 5, ReporterID: 7}))
		f.ok(f.DeleteGuild(f.Context(), guildID))
		rules, err := f.GuildAutoModRules(f.Context(), guildID)
		f.ok(err)
		f.equal("rules", rules, []store.AutoModRule{})
		reports, err := f.Reports(f.Context(), guildID, true, 0, 10)
		f.ok(err)
		f.equal("reports", reports, []store.Report{})
	}},
	{"reports are listed newest first, the open ones or all", func(f *fixture) {
		guildID := f.room().GuildID
		var reports []store.Report
		for i := range 4 {
			report := store.Report{ID: f.id(), GuildID: guildID, ChannelID: 2, MessageID: id.ID(10 + i), ReporterID: 7, AuthorID: 8, Content: "x <b> 🎉", Reason: "rude"}
			f.ok(f.CreateReport(f.Context(), report))
			reports = append(reports, report)
		}
		direct := store.Report{ID: f.id(), ChannelID: 2, MessageID: 10, ReporterID: 7}
		f.ok(f.CreateReport(f.Context(), direct))
		again := reports[1]
		again.ID = f.id()
		f.conflict(f.CreateReport(f.Context(), again), "report")
		resolved, err := f.ResolveReport(f.Context(), guildID, reports[1].ID, 9)
		f.ok(err)
		reports[1].ResolvedBy = 9
		f.equal("resolved", resolved, reports[1])
		for _, c := range []struct {
			resolved bool
			before   id.ID
			limit    int
			want     []store.Report
		}{
			{false, 0, 10, []store.Report{reports[3], reports[2], reports[0]}}, {true, 0, 10, []store.Report{reports[3], reports[2], reports[1], reports[0]}},
			{true, reports[2].ID, 1, []store.Report{reports[1]}}, {false, reports[2].ID, 10, []store.Report{reports[0]}}, {true, 0, 0, nil},
		} {
			found, err := f.Reports(f.Context(), guildID, c.resolved, c.before, c.limit)
			f.ok(err)
			f.equal("found", found, c.want)
		}
		found, err := f.Reports(f.Context(), 0, false, 0, 10)
		f.ok(err)
		f.equal("of conversations", found, []store.Report{direct})
		f.ok(f.CreateReport(f.Context(), again))
		_, err = f.ResolveReport(f.Context(), guildID, 1, 9)
		f.is(err, store.ErrNotFound)
		f.is(f.CreateReport(f.Context(), store.Report{ID: f.id(), GuildID: 1}), store.ErrNotFound)
	}},
}
