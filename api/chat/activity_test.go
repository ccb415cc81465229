package chat

import (
	"encoding/json"
	"testing"
	"time"
)

func TestActivitiesAreToldAsLibrariesReadThem(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	for sent, want := range map[string]string{
		`[{"name":"chess","type":0}]`: `[{"name":"chess","type":0,"created_at":1790000000000}]`,
		// What discordgo sends of itself.
		`[{"name":"chess","type":0,"url":"","created_at":"0001-01-01T00:00:00Z","timestamps":{},"emoji":{},"party":{},"assets":{},"secrets":{"join":"x"}}]`:                                                                                                                             `[{"name":"chess","type":0,"created_at":1790000000000,"timestamps":{},"party":{},"assets":{}}]`,
		`[{"name":"go","type":1,"url":"https://example.org/x","details":" a ","state":"b","timestamps":{"start":1,"end":2},"application_id":"7","emoji":{"name":"x","id":"8","animated":true},"party":{"id":"p","size":[1,2]},"assets":{"large_image":"l"},"instance":true,"flags":1}]`: `[{"name":"go","type":1,"url":"https://example.org/x","created_at":1790000000000,"timestamps":{"start":1,"end":2},"application_id":"7","details":"a","state":"b","emoji":{"id":"8","name":"x","animated":true},"party":{"id":"p","size":[1,2]},"assets":{"large_image":"l"},"instance":true,"flags":1}]`,
		`[{"name":"x","type":"0","url":1,"timestamps":{"start":"a","end":2},"application_id":{},"details":[],"state":7,"emoji":"x","party":{"id":1},"assets":{"large_image":2},"instance":"no","flags":{},"unknown":1}]`:                                                                `[{"name":"x","type":0,"created_at":1790000000000}]`,
		`[{"name":"x","type":99,"url":"javascript:alert(1)"},{"name":"y","type":1,"url":"http://example.org"}]`:                                                                                                                                                                         `[{"name":"x","type":0,"created_at":1790000000000},{"name":"y","type":1,"created_at":1790000000000}]`,
		`[{"name":5},{"type":0},{}]`: ``,
	} {
		var all []json.RawMessage
		if err := json.Unmarshal([]byte(sent), &all); err != nil {
			t.Fatal(err)
		}
		if got := string(cleanActivities(all, now)); got != want {
			t.Errorf("%s is told as\n%s, want\n%s", sent, got, want)
		}
	}
}

func FuzzActivities(f *testing.F) {
	f.Add(`{"name":"chess","type":0,"created_at":"0001-01-01T00:00:00Z","party":{"size":[1]}}`)
	f.Fuzz(func(t *testing.T, sent string) {
		told := cleanActivities([]json.RawMessage{json.RawMessage(sent)}, time.UnixMilli(1))
		var read []activity
		if told != nil && (json.Unmarshal(told, &read) != nil || len(read) != 1 || read[0].Name == "") {
			t.Errorf("%q is told as %s", sent, told)
		}
		var again []json.RawMessage
		if told != nil && (json.Unmarshal(told, &again) != nil || string(cleanActivities(again, time.UnixMilli(1))) != string(told)) {
			t.Errorf("%s is told otherwise the second time", told)
		}
	})
}
