package chat

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxCachedUsers is how many accounts are kept in memory.
const maxCachedUsers = 65536

// Users is about accounts as people see and change them.
type Users struct {
	Deps
	// cache has accounts as others may see them, because what is looked up goes into events and to other people.
	cache *cache[id.ID, store.User]
	// botOwners are whose bots are.
	botOwners *cache[id.ID, id.ID]
	views     *Views
	accounts  *Accounts
	directs   *Directs
	automod   *AutoMod
	files     *Files
	threads   *Threads
	// turns orders the changes of an account, so that they are published in the order in which they were stored.
	turns turns

	mu    sync.Mutex
	owner id.ID // the hall's owner, once it is known
	// ownerEpoch counts how often that was forgotten: what was read before is not kept after.
	ownerEpoch uint64
}

func newUsers(deps Deps, views *Views) *Users {
	views.users = &Users{Deps: deps, views: views, cache: newCache[id.ID, store.User](maxCachedUsers), botOwners: newCache[id.ID, id.ID](maxBotOwners)}
	return views.users
}

// lookup gives an account as others may see it, from memory where it is there. store.ErrNotFound passes through.
func (u *Users) lookup(ctx context.Context, userID id.ID) (store.User, error) {
	user, known, epoch := u.cache.get(userID)
	if known {
		return user, nil
	}
	user, err := u.Store.User(ctx, userID)
	if err != nil {
		return store.User{}, err
	}
	user = withoutEmail(user)
	u.cache.fill(userID, user, epoch)
	return user, nil
}

// lookupAll gives those of the accounts that exist, as others may see them.
func (u *Users) lookupAll(ctx context.Context, userIDs []id.ID) (map[id.ID]store.User, error) {
	found := make(map[id.ID]store.User, len(userIDs))
	var missing []id.ID
	var since uint64
	for _, userID := range userIDs {
		user, known, epoch := u.cache.get(userID)
		if known {
			found[userID] = user
			continue
		}
		if len(missing) == 0 {
			since = epoch
		}
		missing = append(missing, userID)
	}
	if len(missing) == 0 {
		return found, nil
	}
	users, err := u.Store.UsersByID(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, user := range users {
		user = withoutEmail(user)
		found[user.ID] = user
		u.cache.fill(user.ID, user, since)
	}
	return found, nil
}

// ownerID gives the hall's owner, zero while there is none.
func (u *Users) ownerID(ctx context.Context) (id.ID, error) {
	u.mu.Lock()
	owner, epoch := u.owner, u.ownerEpoch
	u.mu.Unlock()
	if owner != 0 {
		return owner, nil
	}
	hall, err := u.Store.Hall(ctx)
	if err != nil {
		return 0, internal("read the hall", err)
	}
	u.mu.Lock()
	if u.ownerEpoch == epoch {
		u.owner = hall.OwnerID
	}
	u.mu.Unlock()
	return hall.OwnerID, nil
}

func (u *Users) forgetOwner() {
	u.mu.Lock()
	u.owner = 0
	u.ownerEpoch++
	u.mu.Unlock()
}

// receive keeps the cache in step with other nodes.
func (u *Users) receive(e event.Event) {
	switch e := e.(type) {
	case event.UserUpdated:
		u.cache.drop(e.User.ID)
	case event.ApplicationChanged:
		u.botOwners.drop(e.UserID)
	case event.SessionsEnded:
		if e.All { // perhaps because the account is gone
			u.cache.drop(e.UserID)
			u.botOwners.drop(e.UserID)
		}
	case event.HallUpdated:
		u.forgetOwner()
	}
}

func (u *Users) forget() {
	u.cache.clear()
	u.botOwners.clear()
	u.forgetOwner()
}

// Self gives the caller's own account.
func (u *Users) Self(ctx context.Context, caller Caller) (store.User, error) {
	user, err := u.Store.User(ctx, caller.UserID)
	if err != nil {
		return store.User{}, unknownUser(err)
	}
	return withoutHash(user), nil
}

func unknownUser(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownUser)
	}
	return internal("read an account", err)
}

func withoutHash(user store.User) store.User {
	user.PasswordHash, user.ResetHash, user.ResetExpires, user.StreamKeyHash = "", nil, time.Time{}, nil
	return user
}

// Get gives an account to everybody who is signed in, as upstream; the e-mail address only to its holder and the command line.
func (u *Users) Get(ctx context.Context, caller Caller, userID id.ID) (store.User, error) {
	if userID == caller.UserID || caller.Console {
		return u.Self(ctx, Caller{UserID: userID})
	}
	user, err := u.lookup(ctx, userID)
	if err != nil {
		return store.User{}, unknownUser(err)
	}
	return user, nil
}

// UserChange changes what is not nil. An empty GlobalName or Email takes it away. A change of name, e-mail address or password needs the current password.
type UserChange struct {
	Username, GlobalName, Email, Password, CurrentPassword *string
	// Locale is a language tag (BCP 47).
	Locale *string
	// Bio has at most 190 characters, Pronouns at most 40; empty takes them away. AccentColor is 0xRRGGBB; nil within takes it away.
	Bio, Pronouns *string
	// Second is the second factor that a change of the e-mail address or password needs, where the account has one; its Password is not looked at.
	Second         Proof
	AccentColor    **int
	Avatar, Banner PictureChange
}

// UpdateSelf changes the caller's own account. A new password ends all other logins.
func (u *Users) UpdateSelf(ctx context.Context, caller Caller, change UserChange) (user store.User, err error) {
	before, err := u.Store.User(ctx, caller.UserID)
	if err != nil {
		return store.User{}, unknownUser(err)
	}
	if err := u.checkChange(ctx, caller, before, &change); err != nil {
		return store.User{}, err
	}
	var hash string
	if change.Password != nil {
		if hash, err = u.accounts.passwords.hash(ctx, *change.Password); err != nil {
			return store.User{}, err
		}
	}
	taken, err := u.files.takePictures(ctx, map[string]PictureChange{"avatar": change.Avatar, "banner": change.Banner}, map[string]pictureBounds{"avatar": facePicture, "banner": widePicture})
	if err != nil {
		return store.User{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	user, err = u.update(ctx, caller.UserID, func(user *store.User) error {
		taken.set("avatar", &user.Avatar)
		taken.set("banner", &user.Banner)
		setIfGiven(&user.Username, change.Username)
		setIfGiven(&user.GlobalName, change.GlobalName)
		setIfGiven(&user.Email, change.Email)
		setIfGiven(&user.Locale, change.Locale)
		setIfGiven(&user.Bio, change.Bio)
		setIfGiven(&user.Pronouns, change.Pronouns)
		setIfGiven(&user.AccentColor, change.AccentColor)
		if change.Password != nil {
			u.accounts.setPassword(user, hash)
		}
		return nil
	})
	if err != nil {
		return store.User{}, err
	}
	if change.Password != nil {
		if err := u.accounts.endAll(ctx, caller.UserID, caller.LoginSessionID); err != nil {
			return store.User{}, internal("end the other logins", err)
		}
		u.accounts.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityPasswordChanged, SessionID: caller.LoginSessionID})
	}
	return user, nil
}

func setIfGiven[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

// checkChange validates a change and brings its texts into canonical form.
func (u *Users) checkChange(ctx context.Context, caller Caller, before store.User, change *UserChange) error {
	var wrong fieldErrors
	if caller.Bot && (change.Email != nil || change.Password != nil) {
		return fail(BotsBarred)
	}
	if change.Locale != nil && !isLanguageTag(*change.Locale) {
		wrong.add("locale", "BASE_TYPE_CHOICES", "Must be a language tag, such as en-US.")
	}
	change.checkProfile(&wrong)
	if change.Username != nil {
		name := ""
		if caller.Bot {
			name = wrong.name("username", *change.Username, 2, 32)
		} else {
			name = wrong.username("username", *change.Username)
		}
		change.Username = &name
	}
	if change.GlobalName != nil {
		name := wrong.name("global_name", *change.GlobalName, 0, 32)
		change.GlobalName = &name
	}
	if change.Email != nil {
		address := wrong.email("email", *change.Email)
		change.Email = &address
	}
	if change.Password != nil {
		problem, err := u.accounts.checkPassword(ctx, "password", *change.Password, change.named(before))
		if err != nil {
			return err
		}
		if problem != nil {
			wrong = append(wrong, *problem)
		}
	}
	if err := wrong.err(); err != nil {
		return err
	}
	sensitive := change.Password != nil || change.Email != nil && *change.Email != before.Email || change.Username != nil && *change.Username != before.Username
	if caller.Bot || !sensitive {
		return nil
	}
	if err := u.confirm(ctx, caller, before, "current_password", change.CurrentPassword); err != nil {
		return err
	}
	return u.accounts.proveSecond(ctx, caller, before.MFA && (change.Password != nil || change.Email != nil && *change.Email != before.Email), change.Second)
}

// named is an account with the names that it will have after a change.
func (c *UserChange) named(user store.User) *store.User {
	for _, changed := range []struct{ to, from *string }{{&user.Username, c.Username}, {&user.GlobalName, c.GlobalName}, {&user.Email, c.Email}} {
		if changed.from != nil {
			*changed.to = *changed.from
		}
	}
	return &user
}

// confirm checks the current password of somebody who is signed in; field is where it was sent. Where an account has none, because its holder signs in with a provider, a login that has just begun stands for it.
func (u *Users) confirm(ctx context.Context, caller Caller, user store.User, field string, password *string) error {
	if user.Guest {
		return errGuest("A guest has no password. Make yours an account of your own first.")
	}
	if user.PasswordHash == "" {
		return u.accounts.proveFresh(ctx, caller)
	}
	if password == nil || *password == "" {
		return invalid(field, "BASE_TYPE_REQUIRED", "This change needs your current password.")
	}
	if err := u.accounts.attempt(ctx, "confirm/"+user.ID.String(), attemptsPerPair); err != nil {
		return err
	}
	right, _, err := u.accounts.passwords.check(ctx, user.PasswordHash, *password)
	if err == nil && !right {
		err = invalid(field, "PASSWORD_DOES_NOT_MATCH", "This is not your current password.")
	}
	return err
}

// update stores a change and tells the account's own devices, and its guilds if the change is one that others see.
func (u *Users) update(ctx context.Context, userID id.ID, change func(*store.User) error) (store.User, error) {
	turn := u.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	var before store.User
	user, err := u.Store.UpdateUser(ctx, userID, func(user *store.User) error {
		before = *user
		return change(user)
	})
	u.cache.drop(userID)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, fail(UnknownUser)
	}
	if ours, ok := errors.AsType[*Error](err); ok {
		return store.User{}, ours // change refused
	}
	if err != nil {
		return store.User{}, taken(err, "change an account")
	}
	ctx = context.WithoutCancel(ctx) // what is stored is told
	if err := u.tellDevices(ctx, user); err != nil {
		return store.User{}, err
	}
	if sameToOthers(&before, &user) {
		return withoutHash(user), nil
	}
	guildIDs, err := u.views.UserGuilds(ctx, userID)
	if err != nil {
		return store.User{}, err
	}
	renamed := before.Username != user.Username || before.GlobalName != user.GlobalName
	for _, guildID := range guildIDs {
		named, err := u.tellGuild(ctx, guildID, withoutEmail(user), renamed)
		if err != nil {
			return store.User{}, err
		}
		u.automod.follow(ctx, named)
	}
	return withoutHash(user), nil
}

// tellDevices tells an account's own devices what it is now. It is called in the account's turn.
func (u *Users) tellDevices(ctx context.Context, user store.User) error {
	owner, err := u.ownerID(ctx)
	if err != nil {
		return err
	}
	u.publish(ctx, event.UserUpdated{User: withoutHash(user), HallOwner: owner == user.ID})
	return nil
}

// tellSelf tells an account's own devices what it is, because something about it changed that is not in it. There may be no such account.
func (u *Users) tellSelf(ctx context.Context, userID id.ID) error {
	turn := u.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	user, err := u.Store.User(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return internal("read an account", err)
	}
	return u.tellDevices(ctx, user)
}

// tellGuild tells a guild what a member's account is now, and has its rules look at the names if they changed. It takes the guild's turn, so that no older state of the member is published
// after a newer one.
func (u *Users) tellGuild(ctx context.Context, guildID id.ID, user store.User, renamed bool) (named *profileChange, err error) {
	err = u.views.change(ctx, guildID, func(ctx context.Context) error {
		view, err := u.views.Guild(ctx, guildID)
		var member *store.Member
		if err == nil {
			member, err = u.views.Member(ctx, guildID, user.ID)
		}
		switch KindOf(err) {
		case UnknownMember, UnknownGuild:
			return nil // left just now
		}
		if err != nil {
			return err
		}
		updated := ownMember(member)
		if renamed {
			named = &profileChange{view: view, user: user, why: profileChanged, judged: view.judgeProfile(member, &user)}
			if after := updated; named.judged.mark(&after) {
				updated, err = u.mark(ctx, member, &named.judged)
				if KindOf(err) == UnknownMember {
					named = nil // left just now
					return nil
				}
				if err != nil {
					return err
				}
			}
			named.member = updated
		}
		u.publish(ctx, event.MemberUpdated{Member: updated, User: user})
		return nil
	})
	return named, err
}

// mark stores what rules say of a member's names.
func (u *Users) mark(ctx context.Context, member *store.Member, judged *profileVerdict) (store.Member, error) {
	updated, err := u.Store.UpdateMember(ctx, member.GuildID, member.UserID, func(member *store.Member) error {
		judged.mark(member)
		return nil
	})
	u.views.dropMember(member.GuildID, member.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Member{}, fail(UnknownMember)
	}
	if err != nil {
		return store.Member{}, internal("marking a member", err)
	}
	return updated, nil
}

// withoutEmail is an account as others may see it.
func withoutEmail(user store.User) store.User {
	user = withoutHash(user)
	user.Email = ""
	return user
}

// Create makes an account from the command line.
func (u *Users) Create(ctx context.Context, caller Caller, account NewAccount) (store.User, error) {
	if !caller.Console {
		return store.User{}, fail(MissingPermission)
	}
	user, err := u.accounts.prepare(ctx, account)
	if err != nil {
		return store.User{}, err
	}
	if user.PasswordHash, err = u.accounts.passwords.hash(ctx, account.Password); err != nil {
		return store.User{}, err
	}
	if err := u.accounts.store(ctx, user, store.Invite{}); err != nil {
		return store.User{}, err
	}
	return withoutHash(user), u.recordHall(ctx, caller, store.HallUserCreated, user.ID, map[string]string{"username": user.Username})
}

// maxUserPage is how many accounts one page can have.
const maxUserPage = 1000

// List gives accounts in ascending order of id to the command line.
func (u *Users) List(ctx context.Context, caller Caller, after id.ID, limit int) ([]store.User, error) {
	if !caller.Console {
		return nil, fail(MissingPermission)
	}
	if limit < 1 || limit > maxUserPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxUserPage)
	}
	users, err := u.Store.ListUsers(ctx, after, limit)
	if err != nil {
		return nil, internal("list accounts", err)
	}
	for i := range users {
		users[i] = withoutHash(users[i])
	}
	return users, nil
}

// ByLogin finds an account for the command line, by name, e-mail address or id.
func (u *Users) ByLogin(ctx context.Context, caller Caller, login string) (store.User, error) {
	if !caller.Console {
		return store.User{}, fail(MissingPermission)
	}
	user, err := u.Store.PersonByLogin(ctx, strings.ToLower(strings.TrimSpace(login)))
	if errors.Is(err, store.ErrNotFound) {
		if userID, parseErr := id.Parse(login); parseErr == nil {
			user, err = u.Store.User(ctx, userID)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, &Error{Kind: UnknownUser, Message: "There is no account " + clip(login, 64) + "."}
	}
	if err != nil {
		return store.User{}, internal("find an account", err)
	}
	return withoutHash(user), nil
}

// SetPassword sets a person's password from the command line and ends all of their logins.
func (u *Users) SetPassword(ctx context.Context, caller Caller, userID id.ID, password string) error {
	if !caller.Console {
		return fail(MissingPermission)
	}
	user, err := u.lookup(ctx, userID)
	if err != nil {
		return unknownUser(err)
	}
	if user.Bot {
		return fail(BotsBarred)
	}
	if user.Guest {
		return errGuest("A guest has no password.")
	}
	problem, err := u.accounts.checkPassword(ctx, "password", password, &user)
	if err != nil {
		return err
	}
	if problem != nil {
		return fieldErrors{*problem}.err()
	}
	hash, err := u.accounts.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = u.update(ctx, userID, func(user *store.User) error {
		u.accounts.setPassword(user, hash)
		return nil
	})
	if err != nil {
		return err
	}
	if err := u.accounts.endAll(ctx, userID, 0); err != nil {
		return internal("end the logins", err)
	}
	u.accounts.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityPasswordReset})
	return u.recordHall(ctx, caller, store.HallUserPassword, userID, nil)
}

// SetDisabled shuts an account out, or lets it in again, from the command line. Shutting out ends all of its logins.
func (u *Users) SetDisabled(ctx context.Context, caller Caller, userID id.ID, disabled bool) error {
	if !caller.Console {
		return fail(MissingPermission)
	}
	user, err := u.update(ctx, userID, func(user *store.User) error {
		user.Disabled = disabled
		return nil
	})
	if err != nil {
		return err
	}
	if !disabled {
		return u.recordHall(ctx, caller, store.HallUserEnabled, userID, nil)
	}
	if err := u.accounts.endAll(ctx, userID, 0); err != nil {
		return internal("end the logins", err)
	}
	u.publish(ctx, event.SessionsEnded{UserID: user.ID, All: true})
	return u.recordHall(ctx, caller, store.HallUserDisabled, userID, nil)
}
