package rest

import (
	"cmp"
	"time"

	"guildhall/store/ephemeral"
)

// Limits are how often one caller may call what. A zero Limit takes its default.
type Limits struct {
	// Global is for all requests of one caller together, Default for each route that has no limit of its own.
	Global, Default ephemeral.Limit
	// Invalid is for requests of one caller at one address that are refused (401, 403, 429).
	Invalid ephemeral.Limit
	// Post, Edit, Delete, Typing and React are for each channel.
	Post, Edit, Delete, Typing, React ephemeral.Limit
	// Webhook is for each webhook, and for each interaction whose application says more; Interaction for first answers.
	Webhook, Interaction ephemeral.Limit
	// SignIn bounds attempts to sign in, to register or to set up from one address. The rules throttle attempts on one account besides.
	SignIn ephemeral.Limit
	// LookUp bounds how fast somebody without an account can try invite codes.
	LookUp ephemeral.Limit
}

// withDefaults fills in what is not set. Global, Default and Invalid are for the router to fill in.
func (l Limits) withDefaults() Limits {
	l.Post = orLimit(l.Post, 5, 5*time.Second) // the contract's suggestion
	l.Edit = orLimit(l.Edit, 5, 5*time.Second)
	l.Delete = orLimit(l.Delete, 5, time.Second)
	l.Typing = orLimit(l.Typing, 5, 5*time.Second)
	l.React = orLimit(l.React, 4, time.Second)       // the contract's one in a quarter of a second, gathered
	l.Webhook = orLimit(l.Webhook, 5, 2*time.Second) // the contract's suggestion
	l.Interaction = orLimit(l.Interaction, 50, time.Second)
	l.SignIn = orLimit(l.SignIn, 20, time.Minute)
	l.LookUp = orLimit(l.LookUp, 30, time.Minute)
	return l
}

func orLimit(limit ephemeral.Limit, burst int, per time.Duration) ephemeral.Limit {
	return cmp.Or(limit, ephemeral.Limit{Burst: burst, Per: per})
}
