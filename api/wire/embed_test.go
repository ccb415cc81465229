package wire

import (
	"encoding/json"
	"testing"
	"time"
)

func TestMomentsOfEmbedsAreReadInTheFormsThatSendersWrite(t *testing.T) {
	exact := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-01-02T03:04:05.678Z":         exact,
		"2026-01-02T03:04:05.678000+00:00": exact,
		"2026-01-02T05:04:05.678+02:00":    exact,
		"2026-01-02T05:04:05.678+0200":     exact,
		"2026-01-02 03:04:05.678":          exact, // Uptime Kuma
		"2026-01-02T03:04:05":              exact.Truncate(time.Second),
		"2026-01-02 03:04":                 exact.Truncate(time.Minute),
		"2026-01-02T03:04Z":                exact.Truncate(time.Minute),
		"2026-01-02":                       time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	} {
		var embed Embed
		if err := json.Unmarshal([]byte(`{"timestamp":"`+text+`"}`), &embed); err != nil || !embed.Timestamp.Equal(want) {
			t.Errorf("%q is %v, %v", text, embed.Timestamp, err)
		}
	}
	for _, text := range []string{`""`, `"yesterday"`, `"2026-13-01"`, `"2026-01-02T25:00:00Z"`, `"2026-01-02 03:04:05 pm"`, `5`, `{}`} {
		var embed Embed
		if err := json.Unmarshal([]byte(`{"timestamp":`+text+`}`), &embed); err == nil {
			t.Errorf("%s is read as %v", text, embed.Timestamp)
		}
	}
	var none Embed
	if err := json.Unmarshal([]byte(`{"timestamp":null}`), &none); err != nil || none.Timestamp != nil {
		t.Errorf("none is %v, %v", none.Timestamp, err)
	}
}
