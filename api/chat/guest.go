package chat

import (
	"time"

	"guildhall/store"
)

// guestLife is how long a guest's login lasts without being used; the account goes with it.
const guestLife = 14 * 24 * time.Hour

// errGuest refuses what guests cannot do.
func errGuest(message string) *Error {
	return &Error{Kind: MissingPermission, Message: message}
}

// lifeOf is how long a login of an account lasts without being used.
func lifeOf(user *store.User) time.Duration {
	if user.Guest {
		return guestLife
	}
	return loginLife
}
