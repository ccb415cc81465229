package wire

import (
	"encoding/json"
	"testing"
)

// What it costs to show a message, plain as most are, and with everything in it.

func BenchmarkShowPlainMessage(b *testing.B) {
	posted := plainMessage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(NewMessage(posted, nil)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShowFullMessageEvent(b *testing.B) {
	posted := fullMessage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(NewMessageEvent(posted, nil)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadMessageCreate(b *testing.B) {
	text := []byte(`{"content":"a message of ordinary length, as people write them all day","nonce":"1499742181785600000","enforce_nonce":true,"tts":false,"flags":0}`)
	b.ReportAllocs()
	for b.Loop() {
		var body MessageCreate
		if err := json.Unmarshal(text, &body); err != nil {
			b.Fatal(err)
		}
	}
}
