package chat_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
)

// step is how long a code of an authenticator app is shown.
const step = 30 * time.Second

func code(t *testing.T, hall *chattest.Hall) string {
	t.Helper()
	return chattest.Code(t, chattest.Secret, hall.Clock.Now())
}

// protect gives an account an authenticator app, and waits until its next code is shown.
func protect(t *testing.T, hall *chattest.Hall, caller chat.Caller) (recovery []string) {
	t.Helper()
	recovery, err := hall.Accounts.EnableTOTP(t.Context(), caller, chat.Proof{Password: password}, chattest.Secret, code(t, hall))
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%d recovery codes, %v", len(recovery), err)
	}
	hall.Clock.Advance(step)
	return recovery
}

// firstStep signs in with the password, which is not enough.
func firstStep(t *testing.T, accounts *chat.Accounts, name string) chat.SecondStep {
	t.Helper()
	got, err := accounts.Login(t.Context(), home, name, password)
	if err != nil || got.Step == nil || got.AccessToken != "" || got.RefreshToken != "" || got.Device != "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	return *got.Step
}

func TestAnAuthenticatorAppIsASecondStep(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	here := caller(t, hall, login(t, hall, "bob"))
	told := hall.Watch(event.UserSubject(bob.ID))
	recovery := protect(t, hall, here)
	if updated := chattest.Next[event.UserUpdated](told); !updated.User.MFA {
		t.Error("the devices were not told")
	}
	if user, err := hall.Users.Self(t.Context(), here); err != nil || !user.MFA {
		t.Errorf("the account is %+v, %v", user, err)
	}
	asked := firstStep(t, hall.Accounts, "bob")
	if !asked.TOTP || !asked.Recovery || asked.Passkey != nil || asked.UserID != bob.ID {
		t.Errorf("asked for is %+v", asked)
	}
	_, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, "000000", false)
	expectKind(t, err, chat.WrongCode)
	_, err = hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, recovery[0], false) // not where codes of an app belong
	expectKind(t, err, chat.WrongCode)
	set, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, code(t, hall), false)
	if err != nil || caller(t, hall, set).UserID != bob.ID {
		t.Fatalf("%+v, %v", set, err)
	}
	_, err = hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, code(t, hall), false)
	expectCode(t, err, "ticket", "TICKET_INVALID")

	again := firstStep(t, hall.Accounts, "bob")
	_, err = hall.Accounts.FinishWithCode(t.Context(), home, again.Ticket, code(t, hall), false)
	expectKind(t, err, chat.WrongCode)
	if !strings.Contains(err.Error(), "used already") {
		t.Errorf("a code used again: %v", err)
	}
	hall.Clock.Advance(step)
	if _, err := hall.Accounts.FinishWithCode(t.Context(), home, again.Ticket, code(t, hall), false); err != nil {
		t.Error(err)
	}
}

func TestACodeIsGoodForAClockThatIsALittleOff(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	account(t, hall, "bob")
	protect(t, hall, caller(t, hall, login(t, hall, "bob")))
	for _, test := range []struct {
		off  time.Duration
		good bool
	}{{-2 * step, false}, {2 * step, false}, {-step, true}, {0, true}, {step, true}} {
		hall.Clock.Advance(3 * step)
		asked := firstStep(t, hall.Accounts, "bob")
		_, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, chattest.Code(t, chattest.Secret, hall.Clock.Now().Add(test.off)), false)
		if (err == nil) != test.good {
			t.Errorf("%v off: %v", test.off, err)
		}
	}
	// A clock that is ahead uses up the codes before its own.
	hall.Clock.Advance(3 * step)
	asked := firstStep(t, hall.Accounts, "bob")
	if _, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, chattest.Code(t, chattest.Secret, hall.Clock.Now().Add(step)), false); err != nil {
		t.Fatal(err)
	}
	asked = firstStep(t, hall.Accounts, "bob")
	_, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, code(t, hall), false)
	expectKind(t, err, chat.WrongCode)
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	here := caller(t, hall, login(t, hall, "bob"))
	recovery := protect(t, hall, here)
	asked := firstStep(t, hall.Accounts, "bob")
	if _, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, strings.ToUpper(recovery[2]), true); err != nil {
		t.Fatal(err)
	}
	asked = firstStep(t, hall.Accounts, "bob")
	_, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, recovery[2], true)
	expectKind(t, err, chat.WrongCode)
	if factors, err := hall.Accounts.Factors(t.Context(), here); err != nil || factors.RecoveryLeft != 9 || !factors.TOTP {
		t.Errorf("%+v, %v", factors, err)
	}
	fresh, err := hall.Accounts.RenewRecovery(t.Context(), here, chat.Proof{Password: password, Code: recovery[3]})
	if err != nil || len(fresh) != 10 {
		t.Fatalf("%v, %v", fresh, err)
	}
	_, err = hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, recovery[4], true)
	expectKind(t, err, chat.WrongCode)
	if _, err := hall.Accounts.FinishWithCode(t.Context(), home, asked.Ticket, fresh[4], true); err != nil {
		t.Error(err)
	}
	kept, err := hall.Store.TwoFactor(t.Context(), bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range kept.RecoveryHashes {
		for _, code := range append(recovery, fresh...) {
			if strings.Contains(string(hash), code) || len(hash) != 32 {
				t.Errorf("kept is %q", hash)
			}
		}
	}
}

// inBoth runs a test with a hall and another node of it, over each store.
func inBoth(t *testing.T, test func(t *testing.T, hall *chattest.Hall, nodes []*chat.Accounts)) {
	for name, open := range map[string]func(testing.TB) store.Store{"embedded store": nil, "PostgreSQL": chattest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			options := chattest.Options{Chat: chat.Options{NoRateLimits: true}}
			if open != nil {
				options.Store = open(t)
			}
			hall, _ := openOwned(t, options)
			test(t, hall, []*chat.Accounts{hall.Accounts, hall.Node().Accounts})
		})
	}
}

func TestOfThoseWhoUseOneCodeAtOnceOnOneOrTwoNodesOneComesIn(t *testing.T) {
	inBoth(t, func(t *testing.T, hall *chattest.Hall, nodes []*chat.Accounts) {
		account(t, hall, "bob")
		recovery := protect(t, hall, caller(t, hall, login(t, hall, "bob")))
		for _, test := range []struct {
			code     string
			recovery bool
		}{{code(t, hall), false}, {recovery[0], true}} {
			const each = 6
			var tickets []string
			for i := range 2 * each {
				tickets = append(tickets, firstStep(t, nodes[i%2], "bob").Ticket)
			}
			errs := make([]error, len(tickets))
			var working sync.WaitGroup
			for i, ticket := range tickets {
				working.Go(func() {
					_, errs[i] = nodes[i%2].FinishWithCode(t.Context(), home, ticket, test.code, test.recovery)
				})
			}
			working.Wait()
			in := 0
			for _, err := range errs {
				if err == nil {
					in++
				} else {
					expectKind(t, err, chat.WrongCode)
				}
			}
			if in != 1 {
				t.Errorf("%d came in with one code", in)
			}
		}
	})
}

func TestOfThoseWhoFinishWithOneTicketAtOnceOneComesIn(t *testing.T) {
	inBoth(t, func(t *testing.T, hall *chattest.Hall, nodes []*chat.Accounts) {
		account(t, hall, "bob")
		recovery := protect(t, hall, caller(t, hall, login(t, hall, "bob")))
		asked := firstStep(t, hall.Accounts, "bob")
		errs := make([]error, len(recovery))
		var working sync.WaitGroup
		for i, one := range recovery {
			working.Go(func() {
				_, errs[i] = nodes[i%2].FinishWithCode(t.Context(), home, asked.Ticket, one, true)
			})
		}
		working.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else {
				expectCode(t, err, "ticket", "TICKET_INVALID")
			}
		}
		if in != 1 {
			t.Errorf("%d came in with one ticket", in)
		}
	})
}

func TestWhatProtectsAnAccountTakesPasswordAndCodeToChange(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	account(t, hall, "bob")
	here := caller(t, hall, login(t, hall, "bob"))
	ctx := t.Context()
	for name, test := range map[string]struct {
		proof        chat.Proof
		secret, code string
		field, want  string
		kind         chat.Kind
	}{
		"no password":    {chat.Proof{}, chattest.Secret, code(t, hall), "password", "BASE_TYPE_REQUIRED", chat.Invalid},
		"a wrong one":    {chat.Proof{Password: "wrong"}, chattest.Secret, code(t, hall), "password", "PASSWORD_DOES_NOT_MATCH", chat.Invalid},
		"a short secret": {chat.Proof{Password: password}, "GEZDGNBV", code(t, hall), "secret", "INVALID_SECRET", chat.Invalid},
		"a wrong code":   {chat.Proof{Password: password}, chattest.Secret, "000000", "", "", chat.WrongCode},
		"no code":        {chat.Proof{Password: password}, chattest.Secret, "", "", "", chat.WrongCode},
	} {
		_, err := hall.Accounts.EnableTOTP(ctx, here, test.proof, test.secret, test.code)
		expectKind(t, err, test.kind)
		if test.field != "" {
			expectCode(t, err, test.field, test.want)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
	expectCode(t, hall.Accounts.DisableTOTP(ctx, here, chat.Proof{Password: password}), "code", "NOT_ENABLED")
	_, err := hall.Accounts.RenewRecovery(ctx, here, chat.Proof{Password: password})
	expectCode(t, err, "code", "NOT_ENABLED")

	recovery := protect(t, hall, here)
	_, err = hall.Accounts.EnableTOTP(ctx, here, chat.Proof{Password: password, Code: code(t, hall)}, chattest.Secret, code(t, hall))
	expectCode(t, err, "secret", "ALREADY_ENABLED")
	hall.Clock.Advance(step)
	const fresh = "another good password"
	for name, act := range map[string]func(proof chat.Proof) error{
		"taking the app away": func(proof chat.Proof) error { return hall.Accounts.DisableTOTP(ctx, here, proof) },
		"new codes":           func(proof chat.Proof) error { _, err := hall.Accounts.RenewRecovery(ctx, here, proof); return err },
		"going":               func(proof chat.Proof) error { return hall.Users.DeleteSelf(ctx, here, proof) },
		"another password": func(proof chat.Proof) error {
			_, err := hall.Users.UpdateSelf(ctx, here, chat.UserChange{Password: pointer(fresh), CurrentPassword: &proof.Password, Second: proof})
			return err
		},
		"another address": func(proof chat.Proof) error {
			_, err := hall.Users.UpdateSelf(ctx, here, chat.UserChange{Email: pointer("new@example.org"), CurrentPassword: &proof.Password, Second: proof})
			return err
		},
	} {
		if err := act(chat.Proof{Password: "wrong", Code: code(t, hall)}); chat.KindOf(err) != chat.Invalid {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
		if err := act(chat.Proof{Password: password}); chat.KindOf(err) != chat.TwoFactorRequired {
			t.Errorf("%s without a code: %v", name, err)
		}
		if err := act(chat.Proof{Password: password, Code: "123"}); chat.KindOf(err) != chat.WrongCode {
			t.Errorf("%s with a wrong code: %v", name, err)
		}
	}
	if err := hall.Accounts.DisableTOTP(ctx, here, chat.Proof{Password: password, Code: recovery[0]}); err != nil {
		t.Fatal(err)
	}
	if user, err := hall.Users.Self(ctx, here); err != nil || user.MFA {
		t.Errorf("%+v, %v", user, err)
	}
	login(t, hall, "bob")
}

func TestAPasswordByALinkOrTheCommandLineLeavesTheSecondFactor(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	before := login(t, hall, "bob")
	protect(t, hall, caller(t, hall, before))
	token, _, err := hall.Accounts.IssueReset(t.Context(), chattest.Console, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	pending := firstStep(t, hall.Accounts, "bob")
	got, err := hall.Accounts.Reset(t.Context(), home, token, password)
	if err != nil || got.Step == nil || got.AccessToken != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	expectRefused(t, hall, before)
	_, err = hall.Accounts.FinishWithCode(t.Context(), home, pending.Ticket, code(t, hall), false) // the password that it stands for is no more
	expectCode(t, err, "ticket", "TICKET_INVALID")
	hall.Clock.Advance(step)
	set, err := hall.Accounts.FinishWithCode(t.Context(), home, got.Step.Ticket, code(t, hall), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := hall.Users.SetPassword(t.Context(), chattest.Console, bob.ID, password); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, hall, set)
	firstStep(t, hall.Accounts, "bob")

	expectKind(t, hall.Accounts.ResetMFA(t.Context(), chat.Caller{UserID: bob.ID}, bob.ID), chat.MissingPermission)
	if err := hall.Accounts.ResetMFA(t.Context(), chat.Caller{Console: true, Reason: "lost it"}, bob.ID); err != nil {
		t.Fatal(err)
	}
	login(t, hall, "bob")
	expectKind(t, hall.Accounts.ResetMFA(t.Context(), chattest.Console, bob.ID), chat.Invalid)
	expectKind(t, hall.Accounts.ResetMFA(t.Context(), chattest.Console, 1), chat.UnknownUser)
	entries, err := hall.Store.HallEntries(t.Context(), 0, 1)
	if err != nil || len(entries) != 1 || entries[0].Act != store.HallUserMFAReset || entries[0].TargetID != bob.ID || entries[0].Reason != "lost it" {
		t.Errorf("the log says %+v, %v", entries, err)
	}
}

func TestGuessingCodesIsStopped(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	first := login(t, hall, "bob")
	protect(t, hall, caller(t, hall, first))
	thief := chat.Client{Address: "198.51.100.7"}
	asked := firstStep(t, hall.Accounts, "bob")
	for range 5 {
		_, err := hall.Accounts.FinishWithCode(t.Context(), thief, asked.Ticket, "000000", false)
		expectKind(t, err, chat.WrongCode)
	}
	_, err := hall.Accounts.FinishWithCode(t.Context(), thief, asked.Ticket, code(t, hall), false)
	expectKind(t, err, chat.RateLimited)
	for range 6 { // with new tickets
		hall.Clock.Advance(5 * time.Minute)
		asked = firstStep(t, hall.Accounts, "bob")
		for range 5 {
			_, err = hall.Accounts.FinishWithCode(t.Context(), thief, asked.Ticket, "000000", false)
		}
	}
	expectKind(t, err, chat.RateLimited)
	// Nobody locks the holder out who has a device that signed in before.
	own := chat.Client{Address: "203.0.113.5", Device: first.Device}
	asked = firstStep(t, hall.Accounts, "bob")
	if _, err := hall.Accounts.FinishWithCode(t.Context(), own, asked.Ticket, code(t, hall), false); err != nil {
		t.Error(err)
	}
	noted, err := hall.Accounts.SecurityEvents(t.Context(), chat.Caller{UserID: bob.ID}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[store.SecurityEventKind]int{}
	for _, one := range noted {
		kinds[one.Kind]++
	}
	if kinds[store.SecurityWrongSecondStep] != 1 || kinds[store.SecurityAttemptsBlocked] != 1 {
		t.Errorf("noted is %v", kinds)
	}
}

func TestATicketLastsFiveMinutesAndOpensNothingElse(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	account(t, hall, "bob")
	protect(t, hall, caller(t, hall, login(t, hall, "bob")))
	asked := firstStep(t, hall.Accounts, "bob")
	_, err := hall.Accounts.Authenticate(t.Context(), "Bearer "+asked.Ticket)
	expectKind(t, err, chat.InvalidToken)
	_, err = hall.Accounts.Refresh(t.Context(), home, asked.Ticket, "")
	expectKind(t, err, chat.InvalidToken)
	hall.Clock.Advance(5 * time.Minute)
	for _, ticket := range []string{asked.Ticket, "", "nonsense", strings.Repeat("x", 5000)} {
		_, err = hall.Accounts.FinishWithCode(t.Context(), home, ticket, code(t, hall), false)
		expectCode(t, err, "ticket", "TICKET_INVALID")
	}
}

func TestADeviceThatIsKnownIsNotSlowedByOthers(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	account(t, hall, "bob")
	set := login(t, hall, "bob")
	attempt := func(client chat.Client, password string) error {
		_, err := hall.Accounts.Login(t.Context(), client, "bob", password)
		return err
	}
	cafe := "203.0.113.5"
	var limited error
	for range 70 { // from the very address that the device will come from
		limited = attempt(chat.Client{Address: cafe}, "wrong password")
	}
	expectKind(t, limited, chat.RateLimited)
	expectKind(t, attempt(chat.Client{Address: cafe}, password), chat.RateLimited)
	known := chat.Client{Address: cafe, Device: set.Device}
	if err := attempt(known, password); err != nil {
		t.Errorf("the device is refused: %v", err)
	}
	_, err := hall.Accounts.Login(t.Context(), known, "owner", password)
	expectKind(t, err, chat.RateLimited) // the proof is for one account
	for range 10 {
		limited = attempt(known, "wrong password")
	}
	expectKind(t, limited, chat.RateLimited) // whoever has the device cannot guess with it either
}

func TestWhatHappensToTheSafetyOfAnAccountIsToldAndKept(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	told := hall.Watch(event.UserSubject(bob.ID))
	phone := chat.Client{Address: "2001:db8::7", UserAgent: "a phone"}
	set, err := hall.Accounts.Login(t.Context(), phone, "bob", password)
	if err != nil {
		t.Fatal(err)
	}
	here := caller(t, hall, set.TokenSet)
	signedIn := chattest.Next[event.SecurityNoted](told).Event
	if signedIn.Kind != store.SecuritySignIn || signedIn.SessionID != set.SessionID || signedIn.Address != phone.Address || signedIn.UserAgent != phone.UserAgent || signedIn.Details["method"] != "password" {
		t.Errorf("told is %+v", signedIn)
	}
	recovery := protect(t, hall, here)
	if _, err := hall.Users.UpdateSelf(t.Context(), here, chat.UserChange{Password: pointer("another good password"), CurrentPassword: pointer(password), Second: chat.Proof{Code: recovery[0]}}); err != nil {
		t.Fatal(err)
	}
	if err := hall.Accounts.DisableTOTP(t.Context(), here, chat.Proof{Password: "another good password", Code: code(t, hall)}); err != nil {
		t.Fatal(err)
	}
	want := []store.SecurityEventKind{store.SecurityTOTPDisabled, store.SecurityPasswordChanged, store.SecurityRecoveryUsed, store.SecurityTOTPEnabled, store.SecuritySignIn}
	kept, err := hall.Accounts.SecurityEvents(t.Context(), here, 0, 0)
	if err != nil || len(kept) != len(want) {
		t.Fatalf("kept is %+v, %v", kept, err)
	}
	for i, one := range kept {
		if one.Kind != want[i] || one.SessionID != set.SessionID || one.Address != phone.Address || one.UserAgent != phone.UserAgent {
			t.Errorf("%d is %+v", i, one)
		}
		for _, value := range one.Details {
			if strings.Contains(value, recovery[0]) || strings.Contains(value, chattest.Secret) {
				t.Errorf("%+v has a secret", one)
			}
		}
	}
	page, err := hall.Accounts.SecurityEvents(t.Context(), here, kept[1].ID, 2)
	if err != nil || len(page) != 2 || page[0].ID != kept[2].ID {
		t.Errorf("a page is %+v, %v", page, err)
	}
	_, err = hall.Accounts.SecurityEvents(t.Context(), here, 0, 101)
	expectCode(t, err, "limit", "NUMBER_TYPE_RANGE")
	for range 110 {
		if _, err := hall.Accounts.EndSessions(t.Context(), chattest.Console, bob.ID, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := hall.Accounts.Login(t.Context(), chat.Client{Address: phone.Address, Device: set.Device}, "bob", "another good password"); err != nil {
			t.Fatal(err)
		}
		hall.Clock.Advance(time.Minute)
	}
	if kept, err = hall.Accounts.SecurityEvents(t.Context(), here, 0, 100); err != nil || len(kept) != 100 {
		t.Errorf("%d are kept, %v", len(kept), err)
	}
}
