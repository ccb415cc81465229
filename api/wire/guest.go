package wire

// GuestEntry is the body of POST /auth/guest, which is ours: Name is what people see.
type GuestEntry struct {
	Name   string `json:"name"`
	Invite string `json:"invite"`
	Cookie bool   `json:"cookie"`
}

// GuestClaim is the body of POST /users/@me/claim, which is ours: with it a guest becomes an account.
type GuestClaim struct {
	Username string           `json:"username"`
	Password string           `json:"password"`
	Email    Optional[string] `json:"email"`
}
