package chat_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
)

const password = "correct horse battery"

var home = chat.Client{Address: "192.0.2.1", UserAgent: "a browser"}

// openOwned opens a hall whose owner is "owner" with the password.
func openOwned(t *testing.T, options chattest.Options) (*chattest.Hall, chat.Caller) {
	t.Helper()
	hall := chattest.Open(t, options)
	user, err := hall.Hall.ClaimByConsole(t.Context(), chattest.Console, chat.NewAccount{Username: "owner", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return hall, chat.Caller{UserID: user.ID, HallOwner: true}
}

// account makes an account with the password.
func account(t *testing.T, hall *chattest.Hall, name string) store.User {
	t.Helper()
	user, err := hall.Users.Create(t.Context(), chattest.Console, chat.NewAccount{Username: name, Password: password, Email: name + "@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func login(t *testing.T, hall *chattest.Hall, name string) chat.TokenSet {
	t.Helper()
	set, err := hall.Accounts.Login(t.Context(), home, name, password)
	if err != nil {
		t.Fatal(err)
	}
	return set.TokenSet
}

// caller is whom an access token stands for.
func caller(t *testing.T, hall *chattest.Hall, set chat.TokenSet) chat.Caller {
	t.Helper()
	caller, err := hall.Accounts.Authenticate(t.Context(), "Bearer "+set.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

func expectCode(t *testing.T, err error, path, code string) {
	t.Helper()
	wrong, ok := errors.AsType[*chat.Error](err)
	if !ok || wrong.Kind != chat.Invalid {
		t.Errorf("got %v, want %s to be wrong", err, path)
		return
	}
	for _, field := range wrong.Fields {
		if field.Path == path && field.Code == code {
			return
		}
	}
	t.Errorf("got %v, want %s: %s", err, path, code)
}

func TestAnAccountNeedsAnInviteUnlessTheHallIsOpen(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	register := func(name, invite string) (chat.TokenSet, error) {
		return hall.Accounts.Register(t.Context(), home, chat.NewAccount{Username: name, Password: password, Invite: invite})
	}
	_, err := register("early", "")
	expectKind(t, err, chat.InvitesOnly)
	owner, err := hall.Hall.ClaimByConsole(t.Context(), chattest.Console, chat.NewAccount{Username: "owner", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	guild := hall.Guild(chat.Caller{UserID: owner.ID})
	invite, err := hall.Invites.CreateForGuild(t.Context(), guild.Owner, guild.ID, chat.InviteDraft{MaxUses: pointer(1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = register("bob", "")
	expectKind(t, err, chat.InvitesOnly)
	_, err = register("bob", "no-such-code")
	expectKind(t, err, chat.UnknownInvite)
	_, err = register("owner", invite.Code)
	expectCode(t, err, "username", "USERNAME_ALREADY_TAKEN")

	told := hall.Watch(event.GuildSubject(guild.ID))
	set, err := register("bob", invite.Code)
	if err != nil {
		t.Fatal(err)
	}
	if bob := caller(t, hall, set); bob.UserID != set.User.ID || bob.LoginSessionID != set.SessionID || bob.HallOwner || bob.Bot {
		t.Errorf("the tokens are good for %+v", bob)
	}
	if added := chattest.Next[event.MemberAdded](told); added.User.ID != set.User.ID || added.Member.GuildID != guild.ID {
		t.Errorf("the guild was told of %+v", added)
	}
	if _, err := hall.Members.Get(t.Context(), guild.Owner, guild.ID, set.User.ID); err != nil {
		t.Errorf("who registered by an invite is not in its guild: %v", err)
	}
	_, err = register("carol", invite.Code)
	expectKind(t, err, chat.UnknownInvite)

	if _, err := hall.Hall.Update(t.Context(), chattest.Console, chat.HallChange{Registration: pointer(store.RegistrationOpen)}); err != nil {
		t.Fatal(err)
	}
	if set, err = register("carol", ""); err != nil || set.User.PasswordHash != "" {
		t.Errorf("in an open hall: %+v, %v", set, err)
	}
}

func TestTheLastUseOfAnInviteMakesOneAccount(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	invite, err := hall.Invites.CreateForGuild(t.Context(), owner, guild.ID, chat.InviteDraft{MaxUses: pointer(1)})
	if err != nil {
		t.Fatal(err)
	}
	const people = 4
	results := make([]error, people)
	var group sync.WaitGroup
	for i := range people {
		group.Go(func() {
			_, results[i] = hall.Accounts.Register(t.Context(), home, chat.NewAccount{Username: fmt.Sprint("guest", i), Password: password, Invite: invite.Code})
		})
	}
	group.Wait()
	made := 0
	for i, err := range results {
		_, missing := hall.Users.ByLogin(t.Context(), chattest.Console, fmt.Sprint("guest", i))
		switch {
		case err == nil && missing == nil:
			made++
		case err == nil || missing == nil:
			t.Errorf("guest%d: registered %v, account %v", i, err, missing)
		default:
			expectKind(t, err, chat.UnknownInvite)
		}
	}
	if made != 1 {
		t.Errorf("%d accounts were made", made)
	}
}

func TestWhatAnAccountMustLookLike(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	good := chat.NewAccount{Username: "bob", Password: password, Email: "bob@example.org", GlobalName: "Bob"}
	for name, test := range map[string]struct {
		change     func(*chat.NewAccount)
		path, code string
	}{
		"a short name":          {func(a *chat.NewAccount) { a.Username = "b" }, "username", "BASE_TYPE_BAD_LENGTH"},
		"a long name":           {func(a *chat.NewAccount) { a.Username = strings.Repeat("b", 33) }, "username", "BASE_TYPE_BAD_LENGTH"},
		"a name with a space":   {func(a *chat.NewAccount) { a.Username = "bob smith" }, "username", "USERNAME_INVALID_CHARACTERS"},
		"a name of other signs": {func(a *chat.NewAccount) { a.Username = "bób" }, "username", "USERNAME_INVALID_CHARACTERS"},
		"two dots":              {func(a *chat.NewAccount) { a.Username = "b..b" }, "username", "USERNAME_INVALID_CONTAINS"},
		"everyone":              {func(a *chat.NewAccount) { a.Username = "Everyone" }, "username", "USERNAME_INVALID_CONTAINS"},
		"a short password":      {func(a *chat.NewAccount) { a.Password = "short" }, "password", "BASE_TYPE_BAD_LENGTH"},
		"no address":            {func(a *chat.NewAccount) { a.Email = "bob" }, "email", "EMAIL_TYPE_INVALID_EMAIL"},
		"two addresses":         {func(a *chat.NewAccount) { a.Email = "a@b,c@d" }, "email", "EMAIL_TYPE_INVALID_EMAIL"},
		"a long address":        {func(a *chat.NewAccount) { a.Email = strings.Repeat("b", 250) + "@example.org" }, "email", "EMAIL_TYPE_INVALID_EMAIL"},
		"a long display name":   {func(a *chat.NewAccount) { a.GlobalName = strings.Repeat("b", 33) }, "global_name", "BASE_TYPE_MAX_LENGTH"},
	} {
		t.Run(name, func(t *testing.T) {
			account := good
			test.change(&account)
			_, err := hall.Users.Create(t.Context(), chattest.Console, account)
			expectCode(t, err, test.path, test.code)
		})
	}
	good.Username, good.Email = " Bob.Smith_1 ", " BOB@Example.org"
	user, err := hall.Users.Create(t.Context(), chattest.Console, good)
	if err != nil || user.Username != "bob.smith_1" || user.Email != "bob@example.org" || user.GlobalName != "Bob" || user.PasswordHash != "" {
		t.Errorf("made %+v, %v", user, err)
	}
	_, err = hall.Users.Create(t.Context(), chattest.Console, chat.NewAccount{Username: "BOB.smith_1", Password: password})
	expectCode(t, err, "username", "USERNAME_ALREADY_TAKEN")
	_, err = hall.Users.Create(t.Context(), chattest.Console, chat.NewAccount{Username: "robert", Password: password, Email: "Bob@example.org"})
	expectCode(t, err, "email", "EMAIL_ALREADY_REGISTERED")
}

func TestPeopleLogInByNameOrAddress(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	hall.Bot("bot", chat.Caller{UserID: bob.ID})
	for _, name := range []string{"bob", "BOB ", "bob@example.org", "Bob@Example.org"} {
		set, err := hall.Accounts.Login(t.Context(), home, name, password)
		if err != nil || set.User.ID != bob.ID || set.User.Email != "bob@example.org" || set.User.PasswordHash != "" || set.ExpiresIn != 15*time.Minute || set.HallOwner {
			t.Errorf("%q: %+v, %v", name, set, err)
		}
	}
	for _, attempt := range [][2]string{{"bob", "wrong password"}, {"nobody", password}, {"", ""}, {"bob", ""}, {"bot", ""}, {"bob", strings.Repeat("a", 129)}, {strings.Repeat("b", 300), password}} {
		_, err := hall.Accounts.Login(t.Context(), home, attempt[0], attempt[1])
		expectCode(t, err, "login", "INVALID_LOGIN")
		expectCode(t, err, "password", "INVALID_LOGIN")
	}
	if set := login(t, hall, "owner"); !set.HallOwner || !caller(t, hall, set).HallOwner {
		t.Error("the hall's owner is not known as such")
	}
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, bob.ID, true); err != nil {
		t.Fatal(err)
	}
	_, err := hall.Accounts.Login(t.Context(), home, "bob", password)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Accounts.Login(t.Context(), home, "bob", "wrong password")
	expectCode(t, err, "login", "INVALID_LOGIN")
}

func TestGuessingFromOneAddressIsStopped(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	account(t, hall, "bob")
	attempt := func(address, name, password string) error {
		_, err := hall.Accounts.Login(t.Context(), chat.Client{Address: address}, name, password)
		return err
	}
	for range 10 {
		expectCode(t, attempt("2001:db8::1", "bob", "wrong password"), "password", "INVALID_LOGIN")
	}
	err := attempt("2001:db8::1", "bob", password)
	expectKind(t, err, chat.RateLimited)
	if wait, ok := errors.AsType[*chat.Error](err); !ok || wait.RetryAfter <= 0 {
		t.Errorf("says to wait %v", wait.RetryAfter)
	}
	expectKind(t, attempt("2001:db8::ffff", "BOB", password), chat.RateLimited) // the same customer's next address
	if err := attempt("2001:db8:0:1::1", "bob", password); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	if err := attempt("2001:db8::1", "owner", password); err != nil {
		t.Errorf("another account: %v", err)
	}
	hall.Clock.Advance(5 * time.Minute)
	if err := attempt("2001:db8::1", "bob", password); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestAnAttackFromEverywhereDoesNotLockTheOwnerOut(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	login(t, hall, "owner")
	for _, name := range []string{"owner", "nobody"} {
		chat.UseUpAttempts(t.Context(), hall.Accounts, name)
		_, err := hall.Accounts.Login(t.Context(), chat.Client{Address: "198.51.100.7"}, name, password)
		expectKind(t, err, chat.RateLimited)
	}
	login(t, hall, "owner") // from the address of a device that is logged in
}

func TestThrottlingCanBeSwitchedOff(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	for range 11 {
		_, err := hall.Accounts.Login(t.Context(), home, "owner", "wrong password")
		expectCode(t, err, "password", "INVALID_LOGIN")
	}
	login(t, hall, "owner")
}

func TestAHashOfYesterdaysCostsIsReplacedAtLogin(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{PasswordMemoryKiB: 19456}})
	salt := []byte("sixteen bytes ok")
	encode := base64.RawStdEncoding.EncodeToString
	old := "$argon2id$v=19$m=64,t=1,p=1$" + encode(salt) + "$" + encode(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32))
	bob := account(t, hall, "bob")
	if _, err := hall.Store.UpdateUser(t.Context(), bob.ID, func(user *store.User) error {
		user.PasswordHash = old
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	login(t, hall, "bob")
	user, err := hall.Store.User(t.Context(), bob.ID)
	if err != nil || !strings.HasPrefix(user.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s, %v", user.PasswordHash, err)
	}
	login(t, hall, "bob")
}

// interruptedStore lets something happen between the check of a password and the login that comes of it.
type interruptedStore struct {
	store.Store
	before func()
}

func (s *interruptedStore) CreateLoginSession(ctx context.Context, session store.LoginSession) error {
	if s.before != nil {
		s.before()
	}
	return s.Store.CreateLoginSession(ctx, session)
}

func TestALoginDoesNotOutliveWhatHappenedDuringIt(t *testing.T) {
	interrupted := &interruptedStore{}
	hall, _ := openOwned(t, chattest.Options{Wrap: func(inner store.Store) store.Store {
		interrupted.Store = inner
		return interrupted
	}})
	bob := account(t, hall, "bob")
	for name, test := range map[string]struct {
		happens func() error
		kind    chat.Kind
	}{
		"the password is changed": {func() error { return hall.Users.SetPassword(t.Context(), chattest.Console, bob.ID, "another password") }, chat.Invalid},
		"the account is shut out": {func() error { return hall.Users.SetDisabled(t.Context(), chattest.Console, bob.ID, true) }, chat.MissingPermission},
	} {
		if err := hall.Users.SetPassword(t.Context(), chattest.Console, bob.ID, password); err != nil {
			t.Fatal(err)
		}
		hall.Clock.Advance(time.Second)
		interrupted.before = func() {
			interrupted.before = nil
			if err := test.happens(); err != nil {
				t.Error(err)
			}
		}
		_, err := hall.Accounts.Login(t.Context(), home, "bob", password)
		expectKind(t, err, test.kind)
		if left, err := hall.Store.LoginSessions(t.Context(), bob.ID); err != nil || len(left) != 0 {
			t.Errorf("while %s: %d logins are left, %v", name, len(left), err)
		}
		if err := hall.Users.SetDisabled(t.Context(), chattest.Console, bob.ID, false); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheNumberOfLoginsIsBounded(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	first := login(t, hall, "owner")
	for range 99 {
		session := store.LoginSession{ID: hall.IDs.Next(), UserID: owner.UserID, Secret: make([]byte, 32), CreatedAt: hall.Clock.Now(), ExpiresAt: hall.Clock.Now().Add(time.Hour)}
		if err := hall.Store.CreateLoginSession(t.Context(), session); err != nil {
			t.Fatal(err)
		}
	}
	caller(t, hall, first)
	last := login(t, hall, "owner")
	if _, err := hall.Accounts.Authenticate(t.Context(), first.AccessToken); chat.KindOf(err) != chat.InvalidToken {
		t.Errorf("the oldest of 101 logins: %v", err)
	}
	sessions, err := hall.Accounts.Sessions(t.Context(), caller(t, hall, last))
	if err != nil || len(sessions) != 100 || sessions[0].ID != last.SessionID {
		t.Errorf("%d logins are left, %v", len(sessions), err)
	}
}

func TestRegisteringIsThrottledByAddress(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	for range 60 {
		_, err := hall.Accounts.Register(t.Context(), home, chat.NewAccount{Invite: "guess"})
		expectKind(t, err, chat.UnknownInvite)
	}
	_, err := hall.Accounts.Register(t.Context(), home, chat.NewAccount{Invite: "guess"})
	expectKind(t, err, chat.RateLimited)
}

func TestADeviceIsKeptShort(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	long := chat.Client{Address: strings.Repeat("1", 500), UserAgent: strings.Repeat("é", 500) + "\x00\xff"}
	set, err := hall.Accounts.Login(t.Context(), long, "owner", password)
	if err != nil {
		t.Fatal(err)
	}
	session, err := hall.Store.LoginSession(t.Context(), set.SessionID)
	if err != nil || session.UserAgent != strings.Repeat("é", 128) || session.Address != strings.Repeat("1", 64) {
		t.Errorf("kept %d and %d bytes, %v", len(session.UserAgent), len(session.Address), err)
	}
}
