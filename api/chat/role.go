package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxRoles is how many roles a guild can have, @everyone included (wire contract, limits).
const maxRoles = 250

// Roles is about the roles of guilds.
type Roles struct {
	Deps
	views *Views
	files *Files
}

func newRoles(deps Deps, views *Views, files *Files) *Roles {
	return &Roles{Deps: deps, views: views, files: files}
}

// List gives a guild's roles to its members, in ascending order of id. The slice is the caller's own.
func (r *Roles) List(ctx context.Context, caller Caller, guildID id.ID) ([]store.Role, error) {
	a, err := r.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	return slices.Clone(a.view.Roles), nil
}

// Get gives one of a guild's roles to its members.
func (r *Roles) Get(ctx context.Context, caller Caller, guildID, roleID id.ID) (store.Role, error) {
	a, err := r.views.access(ctx, caller, guildID)
	if err != nil {
		return store.Role{}, err
	}
	role, found := a.view.Role(roleID)
	if !found {
		return store.Role{}, fail(UnknownRole)
	}
	return *role, nil
}

// MemberCounts tells a guild's members how many hold each of its roles, @everyone left out.
func (r *Roles) MemberCounts(ctx context.Context, caller Caller, guildID id.ID) (map[id.ID]int, error) {
	a, err := r.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	counts := make(map[id.ID]int, len(a.view.Roles))
	for i := range a.view.Roles {
		if roleID := a.view.Roles[i].ID; roleID != guildID {
			counts[roleID] = 0
		}
	}
	for after := id.ID(0); ; {
		page, err := r.Store.GuildMembers(ctx, guildID, after, maxMembersPage)
		if err != nil {
			return nil, internal("counting the members of roles", err)
		}
		for _, member := range page {
			for _, roleID := range member.RoleIDs {
				counts[roleID]++
			}
		}
		if len(page) < maxMembersPage {
			return counts, nil
		}
		after = page[len(page)-1].UserID
	}
}

// RoleDraft is a role to be made.
type RoleDraft struct {
	// Name is "new role" when it is empty.
	Name string
	// Permissions are @everyone's when they are nil.
	Permissions *perm.Set
	// Color is 0xRRGGBB.
	Color              int
	Hoist, Mentionable bool
	RoleMark
}

// RoleMark is what is shown beside the names of those who have a role: a picture, or an emoji of Unicode (empty for none), not both. nil changes nothing.
type RoleMark struct {
	Icon         PictureChange
	UnicodeEmoji *string
}

// Create makes a role at the bottom of the order; it needs MANAGE_ROLES and every permission that the role is to give.
func (r *Roles) Create(ctx context.Context, caller Caller, guildID id.ID, draft RoleDraft) (store.Role, error) {
	role := store.Role{ID: r.IDs.Next(), GuildID: guildID, Name: draft.Name, Color: draft.Color, Hoist: draft.Hoist, Mentionable: draft.Mentionable, Position: 1}
	if role.Name == "" {
		role.Name = "new role"
	}
	taken, err := r.takeMark(ctx, caller, guildID, draft.RoleMark)
	if err != nil {
		return store.Role{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	err = r.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := r.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageRoles); err != nil {
			return err
		}
		if err := validateRole(&role); err != nil {
			return err
		}
		draft.RoleMark.apply(taken, &role)
		if draft.Permissions == nil {
			// What everybody has anyway gives nothing away.
			role.Permissions = a.view.Everyone().Permissions
		} else {
			if err := mayGrant(a.inGuild(), 0, *draft.Permissions); err != nil {
				return err
			}
			role.Permissions = uint64(*draft.Permissions & perm.All)
		}
		err = r.Store.CreateRole(ctx, role, maxRoles)
		r.views.renew(guildID)
		if err != nil {
			return roleFailure("creating a role", err)
		}
		return r.did(ctx, caller, guildID, []act{{action: store.AuditRoleCreate, target: role.ID, changes: differences(nil, auditRole(&role))}}, event.RoleCreated{Role: role})
	})
	return role, err
}

// RoleEdit changes what is not nil.
type RoleEdit struct {
	Name               *string
	Permissions        *perm.Set
	Color              *int
	Hoist, Mentionable *bool
	RoleMark
}

// takeMark takes in the picture of a role, from those who may manage roles.
func (r *Roles) takeMark(ctx context.Context, caller Caller, guildID id.ID, mark RoleMark) (*pictures, error) {
	a, err := r.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if err := a.need(perm.ManageRoles); err != nil {
		return nil, err
	}
	if err := mark.check(); err != nil {
		return nil, err
	}
	return r.files.takePictures(ctx, map[string]PictureChange{"icon": mark.Icon}, map[string]pictureBounds{"icon": crestPicture})
}

func (m *RoleMark) check() error {
	if m.UnicodeEmoji == nil || *m.UnicodeEmoji == "" {
		return nil
	}
	if m.Icon != nil && *m.Icon != "" {
		return invalid("icon", "ROLE_ICON_AND_EMOJI", "A role shows a picture or an emoji, not both.")
	}
	if checkUnicode(store.Emoji{Name: *m.UnicodeEmoji}) != nil {
		return invalid("unicode_emoji", "EMOJI_INVALID", "Must be one emoji of Unicode.")
	}
	return nil
}

// apply gives a role its mark: of a picture and an emoji, the newer takes the place of the older.
func (m *RoleMark) apply(taken *pictures, role *store.Role) {
	taken.set("icon", &role.Icon)
	if m.Icon != nil && *m.Icon != "" {
		role.UnicodeEmoji = ""
	}
	set(&role.UnicodeEmoji, m.UnicodeEmoji)
	if role.UnicodeEmoji != "" {
		role.Icon = nil
	}
}

// Update changes a role; it needs MANAGE_ROLES, a higher rank than the role, and every permission that changes.
func (r *Roles) Update(ctx context.Context, caller Caller, guildID, roleID id.ID, edit RoleEdit) (updated store.Role, err error) {
	taken, err := r.takeMark(ctx, caller, guildID, edit.RoleMark)
	if err != nil {
		return store.Role{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	err = r.changeRole(ctx, caller, guildID, roleID, func(ctx context.Context, a access, role *store.Role) error {
		changed := *role
		set(&changed.Name, edit.Name)
		set(&changed.Color, edit.Color)
		set(&changed.Hoist, edit.Hoist)
		set(&changed.Mentionable, edit.Mentionable)
		edit.RoleMark.apply(taken, &changed)
		if roleID == guildID && changed.Name != role.Name {
			return invalid("name", "ROLE_NAME_FIXED", "@everyone cannot be renamed.")
		}
		if err := validateRole(&changed); err != nil {
			return err
		}
		if edit.Permissions != nil {
			if err := mayGrant(a.inGuild(), perm.Set(role.Permissions), *edit.Permissions); err != nil {
				return err
			}
			changed.Permissions = uint64(*edit.Permissions & perm.All)
		}
		var err error
		updated, err = r.Store.UpdateRole(ctx, guildID, roleID, func(stored *store.Role) error {
			*stored = changed
			return nil
		})
		r.views.renew(guildID)
		if err != nil {
			return roleFailure("updating a role", err)
		}
		return r.did(ctx, caller, guildID, roleActs(role, &updated), event.RoleUpdated{Role: updated})
	})
	return updated, err
}

// RolePosition moves a role in the order.
type RolePosition struct {
	RoleID id.ID
	// Position is nil to leave it.
	Position *int
}

// Reorder moves roles and gives all of the guild's; it needs MANAGE_ROLES, and a rank above every role whose place in the order changes.
func (r *Roles) Reorder(ctx context.Context, caller Caller, guildID id.ID, positions []RolePosition) ([]store.Role, error) {
	var roles []store.Role
	err := r.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := r.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageRoles); err != nil {
			return err
		}
		moves, err := roleMoves(a, positions)
		if err != nil {
			return err
		}
		if len(moves) == 0 {
			roles = slices.Clone(a.view.Roles)
			return nil
		}
		roles, err = r.Store.SetRolePositions(ctx, guildID, moves)
		r.views.renew(guildID)
		if err != nil {
			return roleFailure("moving roles", err)
		}
		var acts []act
		var events []event.Event
		for i := range roles {
			if _, moved := moves[roles[i].ID]; moved {
				before, _ := a.view.Role(roles[i].ID)
				acts = append(acts, roleActs(before, &roles[i])...)
				events = append(events, event.RoleUpdated{Role: roles[i]})
			}
		}
		return r.did(ctx, caller, guildID, acts, events...)
	})
	return roles, err
}

// roleActs are what a change of a role is in the audit log.
func roleActs(before, after *store.Role) []act {
	changes := differences(auditRole(before), auditRole(after))
	if changes == nil {
		return nil
	}
	return []act{{action: store.AuditRoleUpdate, target: after.ID, changes: changes}}
}

// roleMoves gives the new positions of the roles that do move.
func roleMoves(a access, positions []RolePosition) (map[id.ID]int, error) {
	if len(positions) > maxRoles {
		return nil, invalid("", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxRoles)
	}
	moves := make(map[id.ID]int, len(positions))
	for _, wanted := range positions {
		role, found := a.view.Role(wanted.RoleID)
		if !found {
			return nil, fail(UnknownRole)
		}
		if wanted.Position == nil || *wanted.Position == role.Position {
			continue
		}
		if *wanted.Position < 0 || *wanted.Position > maxPosition {
			return nil, invalid("position", "NUMBER_TYPE_RANGE", "Must not be negative.")
		}
		if role.ID == a.view.Guild.ID {
			return nil, invalid("position", "ROLE_POSITION_FIXED", "@everyone stands below all others.")
		}
		moves[role.ID] = *wanted.Position
	}
	return moves, mayReorder(a, moves)
}

// mayReorder asks whether the caller's rank allows new positions: from their own highest role on upwards the order must stay as it is, whatever the numbers. Libraries number all roles anew
// to move one.
func mayReorder(a access, moves map[id.ID]int) error {
	ranked := func(roles []store.Role) []store.Role {
		slices.SortFunc(roles, func(one, other store.Role) int {
			switch {
			case perm.Above(&one, &other):
				return -1
			case perm.Above(&other, &one):
				return 1
			}
			return 0
		})
		return roles
	}
	before, after := ranked(slices.Clone(a.view.Roles)), slices.Clone(a.view.Roles)
	for i := range after {
		if position, moved := moves[after[i].ID]; moved {
			after[i].Position = position
		}
	}
	ranked(after)
	for i := range before {
		err := a.mayHandle(&before[i])
		if err == nil {
			break // it and all below may be moved
		}
		if before[i].ID != after[i].ID {
			return err
		}
	}
	return nil
}

// Delete deletes a role and takes it from everybody; it needs MANAGE_ROLES and a higher rank than the role.
func (r *Roles) Delete(ctx context.Context, caller Caller, guildID, roleID id.ID) error {
	return r.changeRole(ctx, caller, guildID, roleID, func(ctx context.Context, a access, role *store.Role) error {
		if roleID == guildID {
			return invalid("role_id", "ROLE_FIXED", "@everyone cannot be deleted.")
		}
		if role.Managed {
			return invalid("role_id", "ROLE_MANAGED", "This role belongs to a bot, and goes with it.")
		}
		changed, err := r.Store.DeleteRole(ctx, guildID, roleID)
		r.views.renew(guildID)
		r.views.dropMembers(guildID)
		if err != nil {
			return roleFailure("deleting a role", err)
		}
		events := []event.Event{event.RoleDeleted{GuildID: guildID, RoleID: roleID}}
		if slices.ContainsFunc(a.view.Emojis, func(emoji store.GuildEmoji) bool { return slices.Contains(emoji.RoleIDs, roleID) }) {
			events = append(events, event.EmojisUpdated{GuildID: guildID, Emojis: withoutRole(a.view.Emojis, roleID)})
		}
		for _, channel := range changed {
			events = append(events, event.ChannelUpdated{Channel: channel})
		}
		return r.did(ctx, caller, guildID, []act{{action: store.AuditRoleDelete, target: roleID, changes: differences(auditRole(role), nil)}}, events...)
	})
}

// changeRole runs write with the caller's standing, when they have MANAGE_ROLES and a rank above the role, as the guild's only change at the time.
func (r *Roles) changeRole(ctx context.Context, caller Caller, guildID, roleID id.ID, write func(ctx context.Context, a access, role *store.Role) error) error {
	return r.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := r.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageRoles); err != nil {
			return err
		}
		role, found := a.view.Role(roleID)
		if !found {
			return fail(UnknownRole)
		}
		// @everyone stands below all, also below members without a role, who would then be above nobody.
		if roleID != guildID {
			if err := a.mayHandle(role); err != nil {
				return err
			}
		}
		return write(ctx, a, role)
	})
}

func validateRole(role *store.Role) error {
	var wrong fieldErrors
	role.Name = wrong.name("name", role.Name, 1, 100)
	wrong.number("color", role.Color, 0, 0xFFFFFF)
	return wrong.err()
}

func roleFailure(doing string, err error) error {
	if _, ok := errors.AsType[*store.LimitError](err); ok {
		return fail(MaxRoles)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownRole)
	}
	return internal(doing, err)
}
