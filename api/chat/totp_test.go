package chat

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

func TestCodesAreThoseOfRFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	// Appendix B has eight digits; six are their end.
	for moment, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := totpCode(secret, totpStepAt(time.Unix(moment, 0))); got != want[2:] {
			t.Errorf("at %d the code is %s, want %s", moment, got, want[2:])
		}
	}
	// RFC 4226, appendix D.
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := totpCode(secret, int64(step)); got != want {
			t.Errorf("the code %d is %s, want %s", step, got, want)
		}
	}
}

func TestAClockMayBeOffByOneStep(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1_700_000_000, 0)
	for off := int64(-3); off <= 3; off++ {
		step, found := matchTOTP(secret, totpCode(secret, totpStepAt(now)+off), now)
		if within := off >= -1 && off <= 1; found != within || within && step != totpStepAt(now)+off {
			t.Errorf("%d steps off: %v, %d", off, found, step)
		}
	}
}

func TestASecretIsReadAsAppsHaveIt(t *testing.T) {
	want := []byte("12345678901234567890")
	for _, text := range []string{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======", "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq"} {
		if got, err := parseTOTPSecret(text); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "GEZDGNBVGY3TQOJQ", "0189", strings.Repeat("A", 1000), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\n"} {
		if got, err := parseTOTPSecret(text); err == nil {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

func FuzzParseTOTPSecret(f *testing.F) {
	for _, text := range []string{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv", "=", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if secret, err := parseTOTPSecret(text); err == nil && (len(secret) < minTOTPSecret || len(secret) > maxTOTPSecret) {
			t.Errorf("%q has %d bytes", text, len(secret))
		}
	})
}

func TestRecoveryCodesAreReadAsTheyAreTyped(t *testing.T) {
	codes, hashes := newRecoveryCodes(7)
	if len(codes) != 10 || len(hashes) != 10 {
		t.Fatalf("there are %d codes and %d hashes", len(codes), len(hashes))
	}
	seen := map[string]bool{}
	for i, code := range codes {
		if seen[code] || len(code) != 19 || strings.Trim(code, "abcdefghijkmnpqrstuvwxyz23456789-") != "" || isTOTPCode(plainCode(code)) {
			t.Errorf("a code is %q", code)
		}
		seen[code] = true
		for _, typed := range []string{code, strings.ToUpper(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ")} {
			if !sameHash(hashRecovery(7, plainCode(typed)), hashes[i]) {
				t.Errorf("%q is not taken for %q", typed, code)
			}
		}
		if sameHash(hashRecovery(8, plainCode(code)), hashes[i]) {
			t.Error("a code would be good for another account")
		}
	}
	factor := store.TwoFactor{UserID: 7, RecoveryHashes: hashes}
	if err := useRecovery(&factor, plainCode(codes[3])); err != nil || len(factor.RecoveryHashes) != 9 {
		t.Errorf("%v, %d are left", err, len(factor.RecoveryHashes))
	}
	if err := useRecovery(&factor, plainCode(codes[3])); err != errWrongCode {
		t.Errorf("again: %v", err)
	}
	if len(hashes) != 10 || !sameHash(hashes[3], hashRecovery(7, plainCode(codes[3]))) {
		t.Error("what was handed in was changed")
	}
}

func TestADeviceKeepsProofsOfSeveralAccounts(t *testing.T) {
	mine, err := newDevices(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	others, err := newDevices(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	kept := ""
	for userID := id.ID(1); userID <= 7; userID++ {
		kept = mine.add(userID, kept)
	}
	first, known := mine.proof(7, kept)
	if again, still := mine.proof(7, mine.add(7, kept)); !known || !still || again != first {
		t.Errorf("the device is %q and then %q", first, again)
	}
	for userID, want := range map[uint64]bool{0: false, 1: false, 2: false, 3: true, 7: true, 8: false} {
		if _, known := mine.proof(id.ID(userID), kept); known != want {
			t.Errorf("the account %d is known: %v", userID, known)
		}
	}
	if _, known := others.proof(7, kept); known {
		t.Error("another hall knows the device")
	}
	for _, forged := range []string{"7", "7.a.b", "7.." + strings.Repeat("A", 43), strings.Replace(kept, "7.", "8.", 1), strings.Repeat(kept, 9)} {
		for _, userID := range []uint64{7, 8} {
			if _, known := mine.proof(id.ID(userID), forged); known && forged != kept {
				t.Errorf("%q proves something", forged)
			}
		}
	}
	if got := mine.add(9, "nonsense~8.a.b~"+kept); strings.Contains(got, "nonsense") || strings.Contains(got, "8.a.b") {
		t.Errorf("kept is %q", got)
	}
}
