package chat

import (
	"context"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// maxBrake is how far ahead invites and direct messages can be paused, as upstream.
const maxBrake = 24 * time.Hour

// BrakeEdit changes what is not nil: until when invites let nobody in, and until when being in the guild together lets nobody write to another of their own accord. A moment that is not ahead ends the pause.
type BrakeEdit struct {
	Invites, DMs *time.Time
}

// Brake pauses a guild's invites, direct messages between its members, or both, against a raid; it needs MANAGE_GUILD. It gives the guild as it is then.
func (g *Guilds) Brake(ctx context.Context, caller Caller, guildID id.ID, edit BrakeEdit) (store.Guild, error) {
	now := g.Now()
	var wrong fieldErrors
	wrong.pause("invites_disabled_until", edit.Invites, now)
	wrong.pause("dms_disabled_until", edit.DMs, now)
	if err := wrong.err(); err != nil {
		return store.Guild{}, err
	}
	var updated store.Guild
	err := g.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := g.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageGuild); err != nil {
			return err
		}
		updated, err = g.replace(ctx, a, func(guild *store.Guild) {
			set(&guild.InvitesPausedUntil, edit.Invites)
			set(&guild.DMsPausedUntil, edit.DMs)
		}, auditBrake)
		return err
	})
	return updated, err
}

// pause cleans and validates the end of a pause, zero for none.
func (f *fieldErrors) pause(path string, until *time.Time, now time.Time) {
	if until == nil {
		return
	}
	if until.After(now.Add(maxBrake)) {
		f.add(path, "DATE_TIME_TYPE_MAX", "Must be no more than 24 hours ahead.")
	}
	if *until = until.UTC().Truncate(time.Millisecond); !until.After(now) {
		*until = time.Time{}
	}
}

func auditBrake(guild *store.Guild) []auditField {
	moment := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t
	}
	return []auditField{{"invites_disabled_until", moment(guild.InvitesPausedUntil)}, {"dms_disabled_until", moment(guild.DMsPausedUntil)}}
}
