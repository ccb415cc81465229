package chat

import (
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// What rules about members look at, by the names that alerts have for it.
const (
	nameOfAccount = "username"
	nameShown     = "display_name"
	nameHere      = "nickname"
)

// Why rules about members looked, by the names that alerts have for it.
const (
	profileJoined  = "guild_join"
	profileChanged = "username_update"
)

// profileVerdict is what automatic rules have to do about a member's names.
type profileVerdict struct {
	findings []profileFinding
	// quarantined tells that one of the rules keeps the member from taking part.
	quarantined bool
}

// profileFinding is a rule that was set off by one of a member's names.
type profileFinding struct {
	finding
	kind, name string
}

// judgeProfile finds out which rules a member's names set off. It depends on nothing but the guild, the member and the account. Bots and those who manage the guild are trusted.
func (v *View) judgeProfile(member *store.Member, user *store.User) (judged profileVerdict) {
	if user.Bot || perm.Base(&v.Guild, v.Roles, member).HasAny(perm.ManageGuild|perm.Administrator) {
		return judged
	}
	for i := range v.rules {
		rule := &v.rules[i]
		if rule.Trigger.Event() != store.AutoModMemberUpdate || rule.exempts(member) {
			continue
		}
		for _, one := range [...]struct{ kind, name string }{{nameHere, member.Nick}, {nameShown, user.GlobalName}, {nameOfAccount, user.Username}} {
			if one.name == "" {
				continue
			}
			if match, off := rule.words.Find(one.name); off {
				judged.findings = append(judged.findings, profileFinding{finding{rule: rule, Match: match}, one.kind, one.name})
				judged.quarantined = judged.quarantined || rule.does(store.AutoModQuarantine)
				break
			}
		}
	}
	return judged
}

// mark sets or takes away the member's flag as the verdict says, and tells whether that changed it.
func (j *profileVerdict) mark(member *store.Member) bool {
	before := member.Flags
	if member.Flags &^= store.MemberQuarantined; j.quarantined {
		member.Flags |= store.MemberQuarantined
	}
	return member.Flags != before
}

// profileChange is a member whose names were judged. It is acted on when the guild's turn is over.
type profileChange struct {
	view   *View
	member store.Member
	user   store.User
	// why is profileJoined or profileChanged.
	why    string
	judged profileVerdict
}

// follow does what the rules that a member's names set off have to do, beside the flag, which is stored by then. nil is no change.
func (m *AutoMod) follow(ctx context.Context, change *profileChange) {
	if change == nil {
		return
	}
	a := access{caller: Caller{UserID: change.user.ID}, view: change.view, member: &change.member}
	for _, found := range change.judged.findings {
		m.act(ctx, a, occasion{guildID: change.view.Guild.ID, author: change.user, text: found.name, fields: []store.EmbedField{
			{Name: "quarantine_user", Value: found.kind}, {Name: "quarantine_event", Value: change.why},
		}}, []finding{found.finding})
	}
}

// release lets the members of a guild take part again whose names no rule forbids any more. It runs within a change of the guild, after a rule changed. New rules are applied to the names
// of those who come, and when names change, as upstream.
func (m *AutoMod) release(ctx context.Context, changed *store.AutoModRule) error {
	if changed.Trigger != store.AutoModMemberProfile {
		return nil
	}
	guildID := changed.GuildID
	m.views.renew(guildID)
	view, err := m.views.Guild(ctx, guildID)
	if err != nil {
		return err
	}
	for after := id.ID(0); ; {
		page, err := m.Store.GuildMembers(ctx, guildID, after, maxMembersPage)
		if err != nil {
			return internal("listing members", err)
		}
		for i := range page {
			if perm.Quarantined(&page[i]) {
				if err := m.releaseOne(ctx, view, &page[i]); err != nil {
					return err
				}
			}
		}
		if len(page) < maxMembersPage {
			return nil
		}
		after = page[len(page)-1].UserID
	}
}

func (m *AutoMod) releaseOne(ctx context.Context, view *View, member *store.Member) error {
	user, err := m.members.users.lookup(ctx, member.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // gone just now
	}
	if err != nil {
		return internal("reading a member's account", err)
	}
	if judged := view.judgeProfile(member, &user); judged.quarantined {
		return nil
	}
	updated, err := m.Store.UpdateMember(ctx, member.GuildID, member.UserID, func(member *store.Member) error {
		member.Flags &^= store.MemberQuarantined
		return nil
	})
	m.views.dropMember(member.GuildID, member.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return internal("letting a member take part again", err)
	}
	m.publish(ctx, event.MemberUpdated{Member: updated, User: user})
	return nil
}
