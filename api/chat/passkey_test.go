package chat_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/chat/passkey"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

var (
	site   = passkey.Site{Host: "hall.example", Origins: []string{"https://hall.example:6464"}}
	atHome = chat.Client{Address: "192.0.2.1", UserAgent: "a browser", Site: site}
)

// withPasskey makes an account that has a passkey.
func withPasskey(t *testing.T, hall *chattest.Hall, name string) (chat.Caller, *chattest.Authenticator, store.Passkey, []string) {
	t.Helper()
	account(t, hall, name)
	here := caller(t, hall, login(t, hall, name))
	key := chattest.NewAuthenticator(t, site.Origins[0])
	added, codes := addPasskey(t, hall, here, key, chat.Proof{Password: password})
	return here, key, added, codes
}

func addPasskey(t *testing.T, hall *chattest.Hall, caller chat.Caller, key *chattest.Authenticator, proof chat.Proof) (store.Passkey, []string) {
	t.Helper()
	made, err := hall.Accounts.BeginPasskey(t.Context(), caller, site, proof)
	if err != nil {
		t.Fatal(err)
	}
	added, codes, err := hall.Accounts.AddPasskey(t.Context(), caller, made.Ticket, "Laptop", key.Create(made.Options))
	if err != nil {
		t.Fatal(err)
	}
	return added, codes
}

// ask begins a sign-in with a passkey.
func ask(t *testing.T, accounts *chat.Accounts) chat.PasskeyChallenge {
	t.Helper()
	made, err := accounts.ChallengePasskey(t.Context(), atHome)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func kinds(t *testing.T, hall *chattest.Hall, userID id.ID) string {
	t.Helper()
	events, err := hall.Accounts.SecurityEvents(t.Context(), chat.Caller{UserID: userID}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, event := range events {
		all.WriteString(string(event.Kind) + " " + event.Details["method"] + event.Details["name"] + "\n")
	}
	return all.String()
}

func TestAPasskeyIsACompleteSignIn(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob, key, added, codes := withPasskey(t, hall, "bob")
	if len(codes) != 10 || added.Name != "Laptop" || added.RPID != "hall.example" {
		t.Errorf("got %+v with %d recovery codes", added, len(codes))
	}
	account(t, hall, "eve")
	asked := ask(t, hall.Accounts)
	if strings.Contains(string(asked.Options), "allowCredentials") || !strings.Contains(string(asked.Options), `"userVerification":"required"`) {
		t.Errorf("asked is %s", asked.Options)
	}
	answer := key.Get(asked.Options)
	set, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	if err != nil || caller(t, hall, set).UserID != bob.UserID {
		t.Fatalf("%+v, %v", set, err)
	}
	if all := kinds(t, hall, bob.UserID); !strings.Contains(all, "sign_in passkey") || !strings.Contains(all, "passkey_added Laptop") {
		t.Errorf("what happened is\n%s", all)
	}
	_, err = hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	expectCode(t, err, "ticket", "TICKET_INVALID")
	other := ask(t, hall.Accounts) // the same answer does not fit another challenge
	_, err = hall.Accounts.LoginWithPasskey(t.Context(), atHome, other.Ticket, answer)
	expectKind(t, err, chat.WrongCode)
	_, err = hall.Accounts.LoginWithPasskey(t.Context(), atHome, other.Ticket, key.Get(other.Options)) // it was good for one answer
	expectCode(t, err, "ticket", "TICKET_INVALID")
	factors, err := hall.Accounts.Factors(t.Context(), bob)
	if err != nil || len(factors.Passkeys) != 1 || factors.Passkeys[0].UsedAt.IsZero() || factors.Passkeys[0].PublicKey != nil || factors.Passkeys[0].CredentialID != nil {
		t.Errorf("the factors are %+v, %v", factors, err)
	}
}

func TestAPasskeyThatIsNotWhatItShouldBeIsRefused(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	bob, key, added, _ := withPasskey(t, hall, "bob")
	refuse := func(what string, kind chat.Kind) {
		t.Helper()
		asked := ask(t, hall.Accounts)
		_, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, key.Get(asked.Options))
		if chat.KindOf(err) != kind {
			t.Errorf("%s: %v", what, err)
		}
	}
	key.Unverified = true
	refuse("the authenticator did not make sure who its user is", chat.WrongCode)
	key.Unverified = false
	key.Origin = "https://hall.example.evil:6464"
	refuse("another page", chat.WrongCode)
	key.Origin = "http://hall.example:6464"
	refuse("the page without encryption", chat.WrongCode)
	key.Origin = site.Origins[0]
	asked := ask(t, hall.Accounts)
	if _, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, key.Get(asked.Options)); err != nil {
		t.Errorf("as it should be: %v", err)
	}
	key.Step = 0
	refuse("a copy: the counter does not grow", chat.WrongCode)
	if all := kinds(t, hall, bob.UserID); !strings.Contains(all, "passkey_refused Laptop") {
		t.Errorf("what happened is\n%s", all)
	}
	key.Step = 1
	for _, answer := range []string{"", "{}", "nonsense", strings.Repeat("x", 1<<16)} {
		_, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, ask(t, hall.Accounts).Ticket, []byte(answer))
		expectKind(t, err, chat.WrongCode)
	}
	asked = ask(t, hall.Accounts)
	answer := key.Get(asked.Options)
	hall.Clock.Advance(5*time.Minute + time.Second)
	_, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	expectCode(t, err, "ticket", "TICKET_INVALID")

	asked = ask(t, hall.Accounts)
	answer = key.Get(asked.Options)
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, bob.UserID, true); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	expectKind(t, err, chat.MissingPermission)
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, bob.UserID, false); err != nil {
		t.Fatal(err)
	}
	asked = ask(t, hall.Accounts)
	answer = key.Get(asked.Options)
	proof := chat.Proof{Password: password}
	mine, err := hall.Accounts.ChallengeOwnPasskey(t.Context(), bob, site)
	if err != nil {
		t.Fatal(err)
	}
	proof.Ticket, proof.Credential = mine.Ticket, key.Get(mine.Options)
	expectKind(t, hall.Accounts.RemovePasskey(t.Context(), bob, added.ID, chat.Proof{Password: password}), chat.TwoFactorRequired)
	if err := hall.Accounts.RemovePasskey(t.Context(), bob, added.ID, proof); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer) // deleted between question and answer
	expectKind(t, err, chat.WrongCode)
	refuse("a deleted passkey", chat.WrongCode)
	if user, err := hall.Store.User(t.Context(), bob.UserID); err != nil || user.MFA {
		t.Errorf("the account is %+v, %v", user, err)
	}
}

func TestAPasskeyIsASecondStepAfterThePassword(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob, key, _, codes := withPasskey(t, hall, "bob")
	first := func(client chat.Client) chat.SecondStep {
		t.Helper()
		got, err := hall.Accounts.Login(t.Context(), client, "bob", password)
		if err != nil || got.Step == nil {
			t.Fatalf("%+v, %v", got, err)
		}
		return *got.Step
	}
	asked := first(atHome)
	if asked.TOTP || !asked.Recovery || !strings.Contains(string(asked.Passkey), "allowCredentials") {
		t.Fatalf("asked is %+v", asked)
	}
	answer := key.Get(asked.Passkey)
	signIn := ask(t, hall.Accounts)
	_, err := hall.Accounts.FinishWithPasskey(t.Context(), atHome, signIn.Ticket, answer) // what is for something else
	expectCode(t, err, "ticket", "TICKET_INVALID")
	set, err := hall.Accounts.FinishWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	if err != nil || caller(t, hall, set).UserID != bob.UserID {
		t.Fatalf("%+v, %v", set, err)
	}
	_, err = hall.Accounts.FinishWithPasskey(t.Context(), atHome, asked.Ticket, answer)
	expectCode(t, err, "ticket", "TICKET_INVALID")
	if all := kinds(t, hall, bob.UserID); !strings.Contains(all, "sign_in password_and_passkey") {
		t.Errorf("what happened is\n%s", all)
	}
	elsewhere := atHome
	elsewhere.Site = passkey.Site{Host: "192.0.2.7", Origins: []string{"https://192.0.2.7:6464"}}
	if asked := first(elsewhere); asked.Passkey != nil || !asked.Recovery {
		t.Errorf("on a bare address %+v is asked for", asked)
	}
	elsewhere.Site = passkey.Site{Host: "localhost", Origins: []string{"http://localhost:6464"}}
	asked = first(elsewhere)
	if asked.Passkey != nil {
		t.Errorf("on another page %+v is asked for", asked)
	}
	if _, err := hall.Accounts.FinishWithCode(t.Context(), elsewhere, asked.Ticket, codes[0], true); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	// Somebody else's passkey is none.
	_, evil, _, _ := withPasskey(t, hall, "eve")
	asked = first(atHome)
	own, err := hall.Accounts.ChallengePasskey(t.Context(), atHome)
	if err != nil {
		t.Fatal(err)
	}
	_, err = hall.Accounts.FinishWithPasskey(t.Context(), atHome, asked.Ticket, evil.Get(own.Options))
	expectKind(t, err, chat.WrongCode)
}

func TestPasskeysAreOfOneLoginAndOnPagesWithANameAlone(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	bob, key, added, _ := withPasskey(t, hall, "bob")
	ctx := t.Context()
	bare := passkey.Site{Host: "192.0.2.7", Origins: []string{"https://192.0.2.7"}}
	for _, host := range []string{"192.0.2.7", "2001:db8::1", "::1", "", "tower"} {
		if (passkey.Site{Host: host, Origins: bare.Origins}).Usable() {
			t.Errorf("%q is taken for a name", host)
		}
	}
	for _, host := range []string{"localhost", "hall.example", "hall.local"} {
		if !(passkey.Site{Host: host, Origins: bare.Origins}).Usable() {
			t.Errorf("%q is taken for an address", host)
		}
	}
	_, err := hall.Accounts.ChallengePasskey(ctx, chat.Client{Site: bare})
	expectKind(t, err, chat.Invalid)
	_, err = hall.Accounts.ChallengeOwnPasskey(ctx, bob, bare)
	expectKind(t, err, chat.Invalid)

	proven := func(caller chat.Caller) chat.Proof {
		t.Helper()
		made, err := hall.Accounts.ChallengeOwnPasskey(ctx, caller, site)
		if err != nil {
			t.Fatal(err)
		}
		return chat.Proof{Password: password, Ticket: made.Ticket, Credential: key.Get(made.Options)}
	}
	signIn := ask(t, hall.Accounts)
	set, err := hall.Accounts.LoginWithPasskey(ctx, atHome, signIn.Ticket, key.Get(signIn.Options))
	if err != nil {
		t.Fatal(err)
	}
	other := caller(t, hall, set)
	_, err = hall.Accounts.BeginPasskey(ctx, bob, site, proven(other)) // the proof of another login
	expectCode(t, err, "ticket", "TICKET_INVALID")
	_, err = hall.Accounts.BeginPasskey(ctx, bob, bare, proven(bob))
	expectKind(t, err, chat.Invalid)
	made, err := hall.Accounts.BeginPasskey(ctx, bob, site, proven(bob))
	if err != nil || !strings.Contains(string(made.Options), "excludeCredentials") {
		t.Fatalf("asked is %s, %v", made.Options, err)
	}
	_, _, err = hall.Accounts.AddPasskey(ctx, bob, made.Ticket, " ", nil)
	expectCode(t, err, "name", "BASE_TYPE_BAD_LENGTH")
	fresh := key.Create(made.Options)
	_, _, err = hall.Accounts.AddPasskey(ctx, other, made.Ticket, "Phone", fresh)
	expectCode(t, err, "ticket", "TICKET_INVALID")
	again, codes := addPasskey(t, hall, bob, key, proven(bob))
	if codes != nil || again.ID == added.ID {
		t.Errorf("a second passkey is %+v with %d codes", again, len(codes))
	}
	if renamed, err := hall.Accounts.RenamePasskey(ctx, bob, again.ID, " Phone "); err != nil || renamed.Name != "Phone" {
		t.Errorf("renamed is %+v, %v", renamed, err)
	}
	_, err = hall.Accounts.RenamePasskey(ctx, bob, again.ID+1, "Phone")
	expectKind(t, err, chat.UnknownOther)
	expectKind(t, hall.Accounts.RemovePasskey(ctx, bob, again.ID+1, proven(bob)), chat.UnknownOther)
	if err := hall.Accounts.ResetMFA(ctx, chattest.Console, bob.UserID); err != nil {
		t.Fatal(err)
	}
	factors, err := hall.Accounts.Factors(ctx, bob)
	if err != nil || len(factors.Passkeys) != 0 {
		t.Errorf("after the reset there are %+v, %v", factors, err)
	}
}

func TestOfTwoWhoUseOneSignatureOneComesIn(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	bob, key, _, _ := withPasskey(t, hall, "bob")
	told := hall.Watch(event.UserSubject(bob.UserID))
	asked := ask(t, hall.Accounts)
	answer := key.Get(asked.Options)
	var group sync.WaitGroup
	var lock sync.Mutex
	in := 0
	for range 8 {
		group.Go(func() {
			if _, err := hall.Accounts.LoginWithPasskey(t.Context(), atHome, asked.Ticket, answer); err == nil {
				lock.Lock()
				in++
				lock.Unlock()
			}
		})
	}
	group.Wait()
	if in != 1 {
		t.Errorf("%d came in", in)
	}
	if noted := chattest.Next[event.SecurityNoted](told); noted.Event.Kind != store.SecuritySignIn {
		t.Errorf("the devices are told %+v", noted)
	}
}
