package chat

import "context"

// UseUpAttempts does what an attack on an account from very many addresses does to its limit.
func UseUpAttempts(ctx context.Context, a *Accounts, login string) {
	for range attemptsPerAccount.Burst {
		_ = a.attempt(ctx, "login/account/"+loginKey(login), attemptsPerAccount)
	}
}
