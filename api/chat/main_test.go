package chat_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"guildhall/api/chat/chattest"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) {
	code := m.Run()
	err := chattest.StopPostgres()
	if err == nil && code == 0 {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
