package route

import (
	"testing"

	"go.uber.org/goleak"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
