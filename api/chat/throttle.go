package chat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Attempts that are allowed. They are counted where all nodes see them. The limit of one account from one address stops guessing, the one of an address stops trying many accounts. The one of an account
// from everywhere slows a distributed attack down; it does not bind the addresses of devices that are logged in. A device that has signed in to the account before and kept the proof of it has a
// limit of its own and is bound by none of these, so that nobody who guesses can lock an owner out.
var (
	attemptsPerPair    = ephemeral.Limit{Burst: 10, Per: 5 * time.Minute}
	attemptsPerAddress = ephemeral.Limit{Burst: 60, Per: 5 * time.Minute}
	attemptsPerAccount = ephemeral.Limit{Burst: 100, Per: 15 * time.Minute}
	attemptsPerDevice  = ephemeral.Limit{Burst: 10, Per: 5 * time.Minute}
)

// attempt counts an attempt and refuses it when there were too many.
func (a *Accounts) attempt(ctx context.Context, key string, limit ephemeral.Limit) error {
	if !a.throttle {
		return nil
	}
	allowance, err := a.Ephemeral.Allow(ctx, "attempt/"+key, limit)
	if err != nil {
		return internal("count an attempt", err)
	}
	if !allowance.OK {
		return &Error{Kind: RateLimited, Message: "Too many attempts. Wait a little and try again.", RetryAfter: allowance.ResetAfter}
	}
	return nil
}

// addressKey is what attempts from an address are counted under. An IPv6 customer has a whole /64 to choose addresses from, so that is what counts.
func addressKey(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if parsed = parsed.Unmap().WithZone(""); parsed.Is6() {
		return netip.PrefixFrom(parsed, 64).Masked().String()
	}
	return parsed.String()
}

// loginKey is what attempts at an account are counted under. It keeps what people typed out of keys: it may be a password typed into the wrong field, of any length.
func loginKey(login string) string {
	sum := sha256.Sum256([]byte(login))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// attemptAccount counts an attempt, of a kind such as "login", at what protects an account. account is what the account was called, user the account, if there is one.
func (a *Accounts) attemptAccount(ctx context.Context, client Client, kind, account string, userID id.ID) error {
	if device, known := a.devices.proof(userID, client.Device); known {
		return a.attempt(ctx, kind+"/device/"+userID.String()+"/"+device, attemptsPerDevice)
	}
	address := addressKey(client.Address)
	// In this order an address that is refused does not use up what others may try.
	for _, limited := range []func() error{
		func() error { return a.attempt(ctx, kind+"/address/"+address, attemptsPerAddress) },
		func() error { return a.attempt(ctx, kind+"/pair/"+address+"/"+account, attemptsPerPair) },
		func() error { return a.attemptFromAnywhere(ctx, kind, account, userID, address) },
	} {
		if err := limited(); err != nil {
			if KindOf(err) == RateLimited {
				a.noteSeldom(ctx, client, userID, store.SecurityAttemptsBlocked)
			}
			return err
		}
	}
	return nil
}

// attemptFromAnywhere counts an attempt at an account from anywhere.
func (a *Accounts) attemptFromAnywhere(ctx context.Context, kind, account string, userID id.ID, address string) error {
	limited := a.attempt(ctx, kind+"/account/"+account, attemptsPerAccount)
	if KindOf(limited) != RateLimited || userID == 0 {
		return limited
	}
	sessions, err := a.Store.LoginSessions(ctx, userID)
	if err != nil {
		return internal("list logins", err)
	}
	if slices.ContainsFunc(sessions, func(session store.LoginSession) bool { return addressKey(session.Address) == address }) {
		return nil
	}
	return limited
}

// devices makes and reads the proofs that a device has signed in to an account before. A proof opens nothing: it only keeps the guesses of others from counting against its device. Its text is the
// account, a random name of the device, and an HMAC of both; a browser keeps those of several accounts in one cookie.
type devices struct{ key []byte }

const (
	// deviceBytes is the length of a device's name.
	deviceBytes = 12
	// maxDeviceProofs is how many accounts one browser keeps a proof of.
	maxDeviceProofs = 5
	// maxDeviceCookie bounds what is read of a cookie, in bytes: five proofs have some 430.
	maxDeviceCookie = 1024
	deviceSeparator = "~"
)

// DeviceLife is how long a device is known after it signed in last.
const DeviceLife = 180 * 24 * time.Hour

func newDevices(secret []byte) (*devices, error) {
	key, err := deriveHallKey(secret, "known devices")
	return &devices{key}, err
}

func (d *devices) mac(userID id.ID, device string) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(userID.String() + "." + device))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// proof finds the proof for an account among those that a device has, and gives the device's name.
func (d *devices) proof(userID id.ID, kept string) (device string, known bool) {
	if userID == 0 || len(kept) > maxDeviceCookie {
		return "", false
	}
	for one := range strings.SplitSeq(kept, deviceSeparator) {
		parts := strings.Split(one, ".")
		if len(parts) == 3 && parts[0] == userID.String() && hmac.Equal([]byte(parts[2]), []byte(d.mac(userID, parts[1]))) {
			return parts[1], true
		}
	}
	return "", false
}

// add gives what a device is to keep after it signed in to an account: the account's proof first, then those of others that it had.
func (d *devices) add(userID id.ID, kept string) string {
	device, known := d.proof(userID, kept)
	if !known {
		device = encodeSecret(randomBytes(deviceBytes))
	}
	proofs := []string{userID.String() + "." + device + "." + d.mac(userID, device)}
	if len(kept) <= maxDeviceCookie {
		for one := range strings.SplitSeq(kept, deviceSeparator) {
			text, _, _ := strings.Cut(one, ".")
			other, err := id.Parse(text)
			if _, good := d.proof(other, one); err == nil && good && other != userID && len(proofs) < maxDeviceProofs {
				proofs = append(proofs, one)
			}
		}
	}
	return strings.Join(proofs, deviceSeparator)
}
