package chat

import (
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// followGroups gives somebody the roles that go with their groups at a provider, and takes those that go with others. No other role is touched, and guilds that they are not in are passed over. What cannot be
// done is logged: nobody is kept out by it.
func (p *Providers) followGroups(ctx context.Context, provider *store.OpenIDProvider, userID id.ID, claims *OpenIDClaims) {
	if len(provider.GroupRoles) == 0 || provider.GroupsClaim == "" {
		return
	}
	if claims.GroupsUnknown {
		p.Log.WarnContext(ctx, "the provider does not tell somebody's groups, because there are too many: roles stay as they are", "provider", provider.Key, "user", userID)
		return
	}
	wanted := make(map[[2]id.ID]bool)
	for _, one := range provider.GroupRoles {
		place := [2]id.ID{one.GuildID, one.RoleID}
		wanted[place] = wanted[place] || slices.Contains(claims.Groups, one.Group)
	}
	// It is done although the browser goes away: a role that is to be taken must not stay by that.
	ctx = context.WithoutCancel(ctx)
	caller := Caller{Console: true, Reason: clip("Groups of "+provider.Name, maxReason)}
	for place, want := range wanted {
		if err := p.followRole(ctx, caller, place[0], userID, place[1], want); err != nil {
			p.Log.WarnContext(ctx, "a role that goes with a group could not be given or taken", "provider", provider.Key, "guild", place[0], "user", userID, "role", place[1], "error", err)
		}
	}
}

func (p *Providers) followRole(ctx context.Context, caller Caller, guildID, userID, roleID id.ID, want bool) error {
	member, err := p.views.Member(ctx, guildID, userID)
	if kind := KindOf(err); kind == UnknownMember || kind == UnknownGuild {
		return nil
	}
	if err != nil {
		return err
	}
	_, has := slices.BinarySearch(member.RoleIDs, roleID)
	switch {
	case want && !has:
		return p.members.AddRole(ctx, caller, guildID, userID, roleID)
	case has && !want:
		return p.members.RemoveRole(ctx, caller, guildID, userID, roleID)
	}
	return nil
}
