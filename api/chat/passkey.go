package chat

import "context"

func (a *Accounts) provePasskey(_ context.Context, _ Caller, _ Proof) error {
	return &Error{Kind: WrongCode}
}
