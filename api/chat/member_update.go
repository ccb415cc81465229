package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of members' fields (wire contract, limits).
const (
	maxNick    = 32
	maxTimeOut = 28 * 24 * time.Hour
)

// MemberEdit changes what is not nil.
type MemberEdit struct {
	// Nick empty takes the nick away.
	Nick    *string
	RoleIDs *[]id.ID
	// Mute and Deaf are the server's, in every voice channel.
	Mute, Deaf *bool
	// ChannelID moves a member who is in voice to another voice channel; zero disconnects them.
	ChannelID *id.ID
	// TimedOutUntil zero ends a time-out; it can be 28 days ahead at most.
	TimedOutUntil *time.Time

	// pictures (avatar and banner) and bio are changed by members themselves alone.
	pictures *pictures
	bio      *string
}

// Update changes a member. Each field needs its own permission: MANAGE_NICKNAMES and a higher rank; MANAGE_ROLES and a rank above every role given or taken;
// MUTE_MEMBERS, DEAFEN_MEMBERS and MOVE_MEMBERS, which ask for no rank, as upstream; MODERATE_MEMBERS and a higher rank. Everything is checked before anything changes.
func (m *Members) Update(ctx context.Context, caller Caller, guildID, userID id.ID, edit MemberEdit) (GuildMember, error) {
	var named *profileChange
	err := m.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := m.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		target, err := m.views.Member(ctx, guildID, userID)
		if err != nil {
			return err
		}
		if err := m.checkEdit(ctx, a, target, &edit); err != nil {
			return err
		}
		named, err = m.replace(ctx, a, target, edit)
		return err
	})
	m.automod.follow(ctx, named)
	if err != nil {
		return GuildMember{}, err
	}
	if edit.ChannelID != nil {
		if err := m.moveVoice(ctx, caller, guildID, userID, *edit.ChannelID); err != nil {
			return GuildMember{}, err
		}
	}
	return m.read(ctx, guildID, userID)
}

// moveVoice moves a member who is in voice, and records it.
func (m *Members) moveVoice(ctx context.Context, caller Caller, guildID, userID, channelID id.ID) error {
	if err := m.voice.move(ctx, guildID, userID, channelID); err != nil {
		return err
	}
	one := act{action: store.AuditMemberDisconnect, target: userID, options: map[string]string{"count": "1"}}
	if channelID != 0 {
		one.action = store.AuditMemberMove
		one.options["channel_id"] = channelID.String()
	}
	return m.did(context.WithoutCancel(ctx), caller, guildID, []act{one})
}

// SelfEdit changes what is not nil of one's own place in a guild.
type SelfEdit struct {
	// Nick empty takes the nick away.
	Nick *string
	// Avatar, Banner and Bio (at most 190 characters) stand for those of the account in this guild.
	Avatar, Banner PictureChange
	Bio            *string
}

// UpdateSelf changes the caller's own place in a guild; another nick needs CHANGE_NICKNAME.
func (m *Members) UpdateSelf(ctx context.Context, caller Caller, guildID id.ID, edit SelfEdit) (member GuildMember, err error) {
	if _, err := m.views.access(ctx, caller, guildID); err != nil {
		return GuildMember{}, err
	}
	var wrong fieldErrors
	if edit.Bio != nil {
		bio := wrong.text("bio", *edit.Bio, maxBio)
		edit.Bio = &bio
	}
	if err := wrong.err(); err != nil {
		return GuildMember{}, err
	}
	taken, err := m.files.takePictures(ctx, map[string]PictureChange{"avatar": edit.Avatar, "banner": edit.Banner}, map[string]pictureBounds{"avatar": facePicture, "banner": widePicture})
	if err != nil {
		return GuildMember{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	return m.Update(ctx, caller, guildID, caller.UserID, MemberEdit{Nick: edit.Nick, pictures: taken, bio: edit.Bio})
}

// AddRole gives a member a role; it needs MANAGE_ROLES and a rank above the role. A role that they have already is no error.
func (m *Members) AddRole(ctx context.Context, caller Caller, guildID, userID, roleID id.ID) error {
	return m.changeRoles(ctx, caller, guildID, userID, roleID, func(held []id.ID) []id.ID { return append(held, roleID) })
}

// RemoveRole takes a role from a member; it needs what AddRole needs. A role that they do not have is no error.
func (m *Members) RemoveRole(ctx context.Context, caller Caller, guildID, userID, roleID id.ID) error {
	return m.changeRoles(ctx, caller, guildID, userID, roleID, func(held []id.ID) []id.ID {
		return slices.DeleteFunc(held, func(one id.ID) bool { return one == roleID })
	})
}

func (m *Members) changeRoles(ctx context.Context, caller Caller, guildID, userID, roleID id.ID, change func(held []id.ID) []id.ID) error {
	var named *profileChange
	err := m.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := m.views.access(ctx, caller, guildID)
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
		if err := a.mayGive(role); err != nil {
			return err
		}
		target, err := m.views.Member(ctx, guildID, userID)
		if err != nil {
			return err
		}
		roleIDs := change(slices.Clone(target.RoleIDs))
		edit := MemberEdit{RoleIDs: &roleIDs}
		if err := edit.checkRoles(a, target); err != nil {
			return err
		}
		named, err = m.replace(ctx, a, target, edit)
		return err
	})
	m.automod.follow(ctx, named)
	return err
}

// mayGive asks whether the caller may give a role to a member, or take it.
func (a access) mayGive(role *store.Role) error {
	if role.ID == a.view.Guild.ID {
		return invalid("role_id", "ROLE_FIXED", "Everybody has @everyone.")
	}
	if role.Managed {
		return invalid("role_id", "ROLE_MANAGED", "This role belongs to a bot and cannot be given or taken by hand.")
	}
	return a.mayHandle(role)
}

// checkEdit cleans and validates an edit, and asks for the permission of each field.
func (m *Members) checkEdit(ctx context.Context, a access, target *store.Member, edit *MemberEdit) error {
	if err := edit.checkNick(a, target); err != nil {
		return err
	}
	if edit.RoleIDs != nil {
		if err := a.need(perm.ManageRoles); err != nil {
			return err
		}
		if err := edit.checkRoles(a, target); err != nil {
			return err
		}
	}
	if err := edit.checkTimeOut(a, target, m.Now()); err != nil {
		return err
	}
	if edit.Mute == nil && edit.Deaf == nil && edit.ChannelID == nil {
		return nil
	}
	return m.checkVoice(ctx, a, target, edit)
}

func (e *MemberEdit) checkNick(a access, target *store.Member) error {
	if e.Nick == nil {
		return nil
	}
	self := a.member != nil && a.member.UserID == target.UserID
	if self {
		if held := a.inGuild(); !held.HasAny(perm.ChangeNickname | perm.ManageNicknames) {
			return missingPermission(perm.ChangeNickname)
		}
	} else {
		if err := a.need(perm.ManageNicknames); err != nil {
			return err
		}
		if a.member != nil {
			if err := a.mayActOn(target); err != nil {
				return err
			}
		}
	}
	var wrong fieldErrors
	nick := wrong.name("nick", *e.Nick, 0, maxNick)
	e.Nick = &nick
	return wrong.err()
}

// checkRoles cleans a list of roles, and asks whether the caller's rank is above each that is given or taken.
func (e *MemberEdit) checkRoles(a access, target *store.Member) error {
	if len(*e.RoleIDs) > maxRoles {
		return invalid("roles", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxRoles)
	}
	wanted := slices.Clone(*e.RoleIDs)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	// Libraries list @everyone among the roles that a member has; it goes without saying.
	wanted = slices.DeleteFunc(wanted, func(roleID id.ID) bool { return roleID == a.view.Guild.ID })
	for _, roleID := range wanted {
		role, found := a.view.Role(roleID)
		if !found {
			return fail(UnknownRole)
		}
		if _, held := slices.BinarySearch(target.RoleIDs, roleID); !held {
			if err := a.mayGive(role); err != nil {
				return err
			}
		}
	}
	for _, roleID := range target.RoleIDs {
		role, found := a.view.Role(roleID)
		if _, kept := slices.BinarySearch(wanted, roleID); kept || !found {
			continue
		}
		if err := a.mayGive(role); err != nil {
			return err
		}
	}
	e.RoleIDs = &wanted
	return nil
}

func (e *MemberEdit) checkTimeOut(a access, target *store.Member, now time.Time) error {
	if e.TimedOutUntil == nil {
		return nil
	}
	if err := a.need(perm.ModerateMembers); err != nil {
		return err
	}
	if err := a.mayActOn(target); err != nil {
		return err
	}
	if e.TimedOutUntil.IsZero() {
		return nil
	}
	if perm.Base(&a.view.Guild, a.view.Roles, target).Has(perm.Administrator) {
		return &Error{Kind: MissingPermission, Message: "Administrators cannot be timed out."}
	}
	if e.TimedOutUntil.After(now.Add(maxTimeOut)) {
		return invalid("communication_disabled_until", "DATE_TIME_TYPE_MAX", "Must be no more than 28 days ahead.")
	}
	until := e.TimedOutUntil.UTC().Truncate(time.Millisecond)
	e.TimedOutUntil = &until
	return nil
}

// checkVoice asks for the permissions to mute, deafen and move, in the channel where the member is.
func (m *Members) checkVoice(ctx context.Context, a access, target *store.Member, edit *MemberEdit) error {
	states, err := m.voice.States(ctx, a.view.Guild.ID)
	if err != nil {
		return err
	}
	held := a.inGuild()
	at := slices.IndexFunc(states, func(state event.VoiceState) bool { return state.UserID == target.UserID })
	if at >= 0 {
		if channel, found := a.view.Channel(states[at].ChannelID); found {
			held = a.inChannel(channel)
		}
	}
	if edit.Mute != nil {
		if err := need(held, perm.MuteMembers); err != nil {
			return err
		}
	}
	if edit.Deaf != nil {
		if err := need(held, perm.DeafenMembers); err != nil {
			return err
		}
	}
	if edit.ChannelID == nil {
		return nil
	}
	if err := need(held, perm.MoveMembers); err != nil {
		return err
	}
	if at < 0 {
		return invalid("channel_id", "TARGET_USER_NOT_CONNECTED", "This member is not in voice.")
	}
	if *edit.ChannelID == 0 {
		return nil
	}
	channel, found := a.view.Channel(*edit.ChannelID)
	if !found || !slices.Contains(voiceChannels, channel.Type) {
		return invalid("channel_id", "CHANNEL_INVALID", "There is no such voice channel in this guild.")
	}
	// Who moves somebody must be able to go there themself.
	return need(a.inChannel(channel), perm.ViewChannel|perm.Connect|perm.MoveMembers)
}

// replace stores an edit that was checked, and tells everybody if it changed something. What rules about members have to do about it beside is left to AutoMod.follow.
func (m *Members) replace(ctx context.Context, a access, target *store.Member, edit MemberEdit) (*profileChange, error) {
	if !edit.changes(target) {
		return nil, nil
	}
	user, err := m.users.lookup(ctx, target.UserID)
	if err != nil {
		return nil, internal("reading a member's account", err)
	}
	after := *target
	edit.apply(&after)
	renamed, moved := after.Nick != target.Nick, !slices.Equal(after.RoleIDs, target.RoleIDs)
	var judged profileVerdict
	if renamed || moved {
		judged = a.view.judgeProfile(&after, &user)
	}
	caught := false
	updated, err := m.Store.UpdateMember(ctx, target.GuildID, target.UserID, func(member *store.Member) error {
		edit.apply(member)
		if renamed || moved {
			caught = judged.mark(member) && judged.quarantined
		}
		return nil
	})
	if err != nil {
		m.views.dropMember(target.GuildID, target.UserID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, fail(UnknownMember)
		}
		return nil, internal("updating a member", err)
	}
	m.views.keepMember(updated)
	var named *profileChange
	if renamed || caught {
		named = &profileChange{a.view, ownMember(&updated), user, profileChanged, judged}
	}
	return named, m.did(ctx, a.caller, target.GuildID, memberActs(a.view, target, &updated), event.MemberUpdated{Member: ownMember(&updated), User: user})
}

func (e *MemberEdit) apply(member *store.Member) {
	set(&member.Nick, e.Nick)
	set(&member.RoleIDs, e.RoleIDs)
	if len(member.RoleIDs) > 0 {
		member.Temporary = false
	}
	set(&member.Mute, e.Mute)
	set(&member.Deaf, e.Deaf)
	set(&member.TimedOutUntil, e.TimedOutUntil)
	set(&member.Bio, e.bio)
	if e.pictures != nil {
		e.pictures.set("avatar", &member.Avatar)
		e.pictures.set("banner", &member.Banner)
	}
}

// changes tells whether the edit makes a difference to what is stored.
func (e *MemberEdit) changes(member *store.Member) bool {
	after := *member
	e.apply(&after)
	return after.Nick != member.Nick || after.Mute != member.Mute || after.Deaf != member.Deaf ||
		!after.TimedOutUntil.Equal(member.TimedOutUntil) || after.Bio != member.Bio || after.Avatar != member.Avatar || after.Banner != member.Banner || !slices.Equal(after.RoleIDs, member.RoleIDs)
}
