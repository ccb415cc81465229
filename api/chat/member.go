package chat

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxMembersPage is how many members one page can have (wire contract, limits).
const maxMembersPage = 1000

// Members is about who is in which guild.
type Members struct {
	Deps
	views *Views
	users userDirectory
	voice voiceStates
	// presence tells who is connected.
	presence connections
	limits   Limits
	// greet says in the guild that somebody came.
	greet func(ctx context.Context, guildID id.ID, member store.Member)
	files *Files // set when there is one
	// automod looks at names.
	automod *AutoMod
	threads *Threads
	// settings is set when there is one.
	settings *Settings
}

func newMembers(deps Deps, views *Views, users userDirectory, voice voiceStates, presence connections, limits Limits) *Members {
	return &Members{Deps: deps, views: views, users: users, voice: voice, presence: presence, limits: limits}
}

// List gives a guild's members to its members, in ascending order of user id, after a given one, 1 to 1000 of them. Bots need the members intent.
func (m *Members) List(ctx context.Context, caller Caller, guildID, after id.ID, limit int) ([]GuildMember, error) {
	if limit < 1 || limit > maxMembersPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxMembersPage)
	}
	if _, err := m.views.access(ctx, caller, guildID); err != nil {
		return nil, err
	}
	if may, err := m.granted(ctx, caller, FlagsMembers); err != nil {
		return nil, err
	} else if !may {
		return nil, fail(MissingAccess)
	}
	members, err := m.Store.GuildMembers(ctx, guildID, after, limit)
	if err != nil {
		return nil, internal("listing members", err)
	}
	return m.withUsers(ctx, members)
}

// Get gives one member to the members of the guild.
func (m *Members) Get(ctx context.Context, caller Caller, guildID, userID id.ID) (GuildMember, error) {
	if _, err := m.views.access(ctx, caller, guildID); err != nil {
		return GuildMember{}, err
	}
	return m.read(ctx, guildID, userID)
}

func (m *Members) read(ctx context.Context, guildID, userID id.ID) (GuildMember, error) {
	member, err := m.views.Member(ctx, guildID, userID)
	if err != nil {
		return GuildMember{}, err
	}
	user, err := m.users.lookup(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return GuildMember{}, fail(UnknownMember)
	}
	if err != nil {
		return GuildMember{}, internal("reading a member's account", err)
	}
	return GuildMember{Member: ownMember(member), User: user}, nil
}

// ownMember copies a shared member, so that who gets it may write to it.
func ownMember(member *store.Member) store.Member {
	own := *member
	own.RoleIDs = slices.Clone(member.RoleIDs)
	return own
}

// ByID gives those of the users who are in the guild, and the ids of those who are not.
func (m *Members) ByID(ctx context.Context, caller Caller, guildID id.ID, userIDs []id.ID) (found []GuildMember, missing []id.ID, err error) {
	if _, err := m.views.access(ctx, caller, guildID); err != nil {
		return nil, nil, err
	}
	if len(userIDs) > maxMembersPage {
		return nil, nil, invalid("user_ids", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxMembersPage)
	}
	for _, userID := range userIDs {
		member, err := m.read(ctx, guildID, userID)
		switch {
		case err == nil:
			found = append(found, member)
		case KindOf(err) == UnknownMember:
			missing = append(missing, userID)
		default:
			return nil, nil, err
		}
	}
	return found, missing, nil
}

// Search gives members whose username, display name or nick begins with a text, whatever its case, in ascending order of user id, 1 to 1000 of them.
func (m *Members) Search(ctx context.Context, caller Caller, guildID id.ID, query string, limit int) ([]GuildMember, error) {
	if limit < 1 || limit > maxMembersPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxMembersPage)
	}
	if len(query) > 4*100 {
		return nil, invalid("query", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
	if _, err := m.views.access(ctx, caller, guildID); err != nil {
		return nil, err
	}
	query = strings.ToLower(query)
	found := make([]GuildMember, 0, min(limit, 16))
	for after := id.ID(0); ; {
		page, err := m.Store.GuildMembers(ctx, guildID, after, maxMembersPage)
		if err != nil {
			return nil, internal("searching members", err)
		}
		members, err := m.withUsers(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range members {
			if members[i].begins(query) {
				if found = append(found, members[i]); len(found) == limit {
					return found, nil
				}
			}
		}
		if len(page) < maxMembersPage {
			return found, nil
		}
		after = page[len(page)-1].UserID
	}
}

// begins tells whether one of the member's names begins with a text in lower case.
func (m *GuildMember) begins(text string) bool {
	return strings.HasPrefix(strings.ToLower(m.User.Username), text) || strings.HasPrefix(strings.ToLower(m.User.GlobalName), text) ||
		strings.HasPrefix(strings.ToLower(m.Nick), text)
}

// withUsers adds the accounts. A member whose account is gone meanwhile is left out.
func (m *Members) withUsers(ctx context.Context, members []store.Member) ([]GuildMember, error) {
	userIDs := make([]id.ID, len(members))
	for i := range members {
		userIDs[i] = members[i].UserID
	}
	users, err := m.users.lookupAll(ctx, userIDs)
	if err != nil {
		return nil, internal("reading members' accounts", err)
	}
	all := make([]GuildMember, 0, len(members))
	for i := range members {
		if user, found := users[members[i].UserID]; found {
			all = append(all, GuildMember{Member: members[i], User: user})
		}
	}
	return all, nil
}

// Kick takes another member out of a guild; it needs KICK_MEMBERS and a rank above theirs.
func (m *Members) Kick(ctx context.Context, caller Caller, guildID, userID id.ID) error {
	return m.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := m.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.KickMembers); err != nil {
			return err
		}
		target, err := m.views.Member(ctx, guildID, userID)
		if err != nil {
			return err
		}
		if err := a.mayActOn(target); err != nil {
			return err
		}
		return m.kick(ctx, a, userID, store.AuditMemberKick)
	})
}

// kick takes a member out of a guild, within a change of the guild, by an act that is recorded.
func (m *Members) kick(ctx context.Context, a access, userID id.ID, action store.AuditAction) error {
	guildID := a.view.Guild.ID
	left, threadIDs, err := m.take(ctx, a.view, userID)
	if err != nil {
		return err
	}
	err = m.did(ctx, a.caller, guildID, []act{{action: action, target: userID}}, left...)
	m.threads.left(ctx, userID, threadIDs)
	return err
}

// remove takes a user out of a guild and tells everybody, within a change of the guild.
func (m *Members) remove(ctx context.Context, guildID, userID id.ID) error {
	view, err := m.views.Guild(ctx, guildID)
	if err != nil {
		return err
	}
	left, threadIDs, err := m.take(ctx, view, userID)
	if err != nil {
		return err
	}
	m.publish(ctx, left...)
	m.threads.left(ctx, userID, threadIDs)
	return nil
}

// take takes a user out of a guild, within a change of the guild, which view is what it was before. It gives what is to be told of it, and in which of its threads they were.
func (m *Members) take(ctx context.Context, view *View, userID id.ID) ([]event.Event, []id.ID, error) {
	guildID := view.Guild.ID
	user, err := m.users.lookup(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		user = store.User{ID: userID}
	} else if err != nil {
		return nil, nil, internal("reading a member's account", err)
	}
	left, err := m.Store.RemoveMember(ctx, guildID, userID)
	m.views.dropMember(guildID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fail(UnknownMember)
	}
	if err != nil {
		return nil, nil, internal("removing a member", err)
	}
	events := []event.Event{event.MemberRemoved{GuildID: guildID, User: user}, event.GuildLeft{UserID: userID, GuildID: guildID}}
	return append(events, m.views.departed(view, userID, left)...), left.ThreadIDs, nil
}

// admit lets a user into a guild: write does the step in the store with the member that it is given (AddMember, RedeemInvite, RegisterUser), as the guild's only
// change at the time and with a context that does not end with the request; then everybody is told. Errors of write are returned as they are, but store.ErrBanned as Banned.
func (m *Members) admit(ctx context.Context, guildID id.ID, user store.User, write func(context.Context, *store.Member) error) (store.Member, error) {
	var joined *profileChange
	err := m.views.change(ctx, guildID, func(ctx context.Context) (err error) {
		joined, err = m.come(ctx, guildID, user, write)
		return err
	})
	if err != nil {
		return store.Member{}, err
	}
	m.welcome(ctx, joined)
	return joined.member, nil
}

// come is how a user comes into a guild, within a change of the guild: see admit. write can say that the member is stored with more than it was given. Whoever calls it calls welcome afterwards.
func (m *Members) come(ctx context.Context, guildID id.ID, user store.User, write func(context.Context, *store.Member) error) (*profileChange, error) {
	member := store.Member{GuildID: guildID, UserID: user.ID, JoinedAt: m.Now().UTC()}
	view, err := m.open(ctx, guildID, user)
	if err != nil {
		return nil, err
	}
	judged := view.judgeProfile(&member, &user)
	judged.mark(&member)
	err = write(ctx, &member)
	m.views.dropMember(guildID, user.ID)
	if errors.Is(err, store.ErrBanned) {
		return nil, fail(Banned)
	}
	if err != nil {
		return nil, err
	}
	joined := &profileChange{view, member, user, profileJoined, judged}
	if err := m.judgeAgain(ctx, joined); err != nil {
		m.Log.ErrorContext(ctx, "the names of somebody who came were not looked at again", "guild", guildID, "user", user.ID, "error", err)
	}
	m.publish(ctx, event.MemberAdded{Member: joined.member, User: joined.user}, event.GuildJoined{UserID: user.ID, GuildID: guildID})
	return joined, nil
}

// welcome does what follows when somebody has come into a guild, after the change of the guild.
func (m *Members) welcome(ctx context.Context, joined *profileChange) {
	m.shutOut(context.WithoutCancel(ctx), joined.member.GuildID, joined.user)
	m.automod.follow(ctx, joined)
	m.greet(context.WithoutCancel(ctx), joined.member.GuildID, joined.member)
}

// judgeAgain has the names of somebody who came looked at again if they changed while they came: who changed them did not know of the guild yet.
func (m *Members) judgeAgain(ctx context.Context, joined *profileChange) error {
	user, err := m.users.lookup(ctx, joined.user.ID)
	if err != nil || user.Username == joined.user.Username && user.GlobalName == joined.user.GlobalName {
		return err
	}
	joined.user, joined.judged = user, joined.view.judgeProfile(&joined.member, &user)
	if !joined.judged.mark(&joined.member) {
		return nil
	}
	_, err = m.Store.UpdateMember(ctx, joined.member.GuildID, user.ID, func(member *store.Member) error {
		joined.judged.mark(member)
		return nil
	})
	m.views.dropMember(joined.member.GuildID, user.ID)
	return err
}

// open asks whether people may come into a guild now, and gives what it is like. Bots are brought by those who look after it.
func (m *Members) open(ctx context.Context, guildID id.ID, user store.User) (*View, error) {
	view, err := m.views.Guild(ctx, guildID)
	if KindOf(err) == UnknownGuild {
		return nil, store.ErrNotFound // as the store would say
	}
	if err != nil {
		return nil, err
	}
	if !user.Bot && m.Now().Before(view.Guild.InvitesPausedUntil) {
		return nil, fail(InvitesPaused)
	}
	return view, nil
}

// shutOut keeps the members of a guild that somebody came into from writing to them, if they have set that for new guilds. That they are in does not depend on it.
func (m *Members) shutOut(ctx context.Context, guildID id.ID, user store.User) {
	if user.Bot {
		return
	}
	settings, err := m.Store.UserSettings(ctx, user.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !settings.GuildsRestricted {
		return
	}
	if err == nil {
		_, err = m.settings.change(ctx, user.ID, func(settings *store.UserSettings) {
			settings.RestrictedGuilds = append(settings.RestrictedGuilds, guildID)
		})
	}
	if err != nil {
		m.Log.ErrorContext(ctx, "a new guild's members were not shut out as set", "guild", guildID, "user", user.ID, "error", err)
	}
}

// checkGuildCount asks whether a person can be in one more guild. Bots can be in any number.
func (m *Members) checkGuildCount(ctx context.Context, user store.User) error {
	if user.Bot {
		return nil
	}
	guildIDs, err := m.views.UserGuilds(ctx, user.ID)
	if err != nil {
		return err
	}
	if len(guildIDs) >= m.limits.guildsPerPerson() {
		return fail(MaxGuilds)
	}
	return nil
}
