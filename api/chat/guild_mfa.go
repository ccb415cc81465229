package chat

import (
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// The levels of store.Guild.MFALevel.
const (
	mfaNone     = 0
	mfaElevated = 1
)

// maxBotOwners is for how many bots it is remembered whose they are.
const maxBotOwners = 4096

// errUnproven says that nothing is missing but a second factor.
func errUnproven() *Error {
	return &Error{Kind: TwoFactorRequired, Message: "This server asks for two-factor authentication of those who moderate it, and of the owners of bots that do. Set it up in the settings of the account first."}
}

// usable is what the caller may use of what they hold: all of it, but for what takes a second factor that they do not have.
func (a access) usable(held perm.Set) perm.Set {
	if a.unproven {
		return held.Withhold()
	}
	return held
}

// standing is the access of the caller as if they had whatever the guild asks of those who moderate, for what somebody is shown and whom rules trust: a second factor is asked for acts alone.
func (a access) standing() access {
	a.unproven = false
	return a
}

// own asks whether the caller owns the guild, and may act as its owner. refused is what others are told.
func (a access) own(refused string) error {
	switch {
	case !a.isOwner():
		return &Error{Kind: MissingPermission, Message: refused}
	case a.unproven:
		return errUnproven()
	}
	return nil
}

// unproven tells whether somebody has no second factor.
func (v *Views) unproven(ctx context.Context, userID id.ID) (bool, error) {
	proven, err := v.users.proven(ctx, userID)
	return !proven, err
}

// proven tells whether an account has a second factor. For a bot it is its owner's that counts: a bot cannot have one, and does what its owner lets it. An account that is gone has none.
func (u *Users) proven(ctx context.Context, userID id.ID) (bool, error) {
	user, err := u.lookup(ctx, userID)
	if err == nil && user.Bot {
		var ownerID id.ID
		if ownerID, err = u.ownerOf(ctx, userID); err == nil {
			user, err = u.lookup(ctx, ownerID)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, internal("asking for a second factor", err)
	}
	return user.MFA, nil
}

// ownerOf tells whose a bot is, from memory where it is there. store.ErrNotFound passes through.
func (u *Users) ownerOf(ctx context.Context, botID id.ID) (id.ID, error) {
	ownerID, known, epoch := u.botOwners.get(botID)
	if known {
		return ownerID, nil
	}
	bot, err := u.Store.Bot(ctx, botID)
	if err != nil {
		return 0, err
	}
	u.botOwners.fill(botID, bot.OwnerID, epoch)
	return bot.OwnerID, nil
}

// SetMFALevel sets whether moderators of a guild need a second factor: 1 that they do, 0 that they do not. Only the owner can, who must have one themself, either way: who has taken an account over cannot
// lift what protects the guild. The command line can in any case.
func (g *Guilds) SetMFALevel(ctx context.Context, caller Caller, guildID id.ID, level int) (guild store.Guild, err error) {
	var wrong fieldErrors
	wrong.number("level", level, mfaNone, mfaElevated)
	if err := wrong.err(); err != nil {
		return store.Guild{}, err
	}
	err = g.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := g.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if !a.unproven && a.member != nil {
			if a.unproven, err = g.views.unproven(ctx, caller.UserID); err != nil {
				return err
			}
		}
		if err := a.own("Only the owner can decide whether moderators need two-factor authentication."); err != nil {
			return err
		}
		guild, err = g.replace(ctx, a, func(guild *store.Guild) { guild.MFALevel = level }, auditGuild)
		return err
	})
	return guild, err
}

// replace stores a change of a guild as its only change at the time, with an entry in the audit log that has those of the fields that differ, and tells everybody.
func (g *Guilds) replace(ctx context.Context, a access, change func(*store.Guild), fields func(*store.Guild) []auditField) (store.Guild, error) {
	guildID := a.view.Guild.ID
	updated, err := g.Store.UpdateGuild(ctx, guildID, func(guild *store.Guild) error {
		change(guild)
		return nil
	})
	g.views.renew(guildID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Guild{}, fail(UnknownGuild)
	}
	if err != nil {
		return store.Guild{}, internal("changing a guild", err)
	}
	var acts []act
	if changes := differences(fields(&a.view.Guild), fields(&updated)); changes != nil {
		acts = append(acts, act{action: store.AuditGuildUpdate, target: guildID, changes: changes})
	}
	return updated, g.did(ctx, a.caller, guildID, acts, event.GuildUpdated{Guild: updated})
}
