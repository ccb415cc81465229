package wire

import (
	"testing"

	"guildhall/api/chat"
)

func TestEveryKindOfErrorHasItsPlaceOnTheWire(t *testing.T) {
	for kind := chat.Internal; kind <= chat.LastKind; kind++ {
		if _, ok := problems[kind]; !ok {
			t.Errorf("kind %d has no status and code", kind)
		}
	}
}
