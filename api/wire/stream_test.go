package wire

import (
	"testing"

	"guildhall/store/id"
)

func FuzzStreamKey(f *testing.F) {
	for _, seed := range []string{"guild:1:2:3", "call:2:3", "guild:1:2", "call:1:2:3", "guild::2:3", "guild:0:2:3", "call:02:3", "", ":::", "guild:18446744073709551616:2:3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		guildID, channelID, ownerID, err := ParseStreamKey(text)
		if err == nil && StreamKey(guildID, channelID, ownerID) != text {
			t.Errorf("%q is read as another", text)
		}
		if err != nil && (guildID != 0 || channelID != 0 || ownerID != 0) {
			t.Errorf("%q is read in part", text)
		}
	})
}

func TestStreamKeys(t *testing.T) {
	for text, want := range map[string][3]id.ID{"guild:1:2:3": {1, 2, 3}, "call:2:3": {0, 2, 3}} {
		guildID, channelID, ownerID, err := ParseStreamKey(text)
		if err != nil || [3]id.ID{guildID, channelID, ownerID} != want {
			t.Errorf("%s is %v, %v, %v, %v", text, guildID, channelID, ownerID, err)
		}
	}
	for _, text := range []string{"guild:1:2", "call:1:2:3", "guild:0:2:3", "call:x:3", "stream:1:2:3"} {
		if _, _, _, err := ParseStreamKey(text); err == nil {
			t.Errorf("%s is a key", text)
		}
	}
}
