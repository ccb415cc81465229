package chat

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/store/id"
)

// customActivity is the type of the activity that is a custom status, streamingActivity that of a stream elsewhere, lastActivity the greatest of all (Discord's documentation, "Activity Types").
const (
	streamingActivity = 1
	customActivity    = 4
	lastActivity      = 5
)

// maxActivityText is how many characters a text of an activity may have; what is longer is cut.
const maxActivityText = 128

// activity is something that a client says its user does, as others are told. Libraries decode it into types of theirs, and lose whatever it comes with when a field has another type: so
// nothing of what a client says goes out unread.
type activity struct {
	ID            string              `json:"id,omitempty"`
	Name          string              `json:"name"`
	Type          int                 `json:"type"`
	URL           string              `json:"url,omitempty"`
	CreatedAt     int64               `json:"created_at"`
	Timestamps    *activityTimestamps `json:"timestamps,omitempty"`
	ApplicationID id.ID               `json:"application_id,omitempty"`
	Details       string              `json:"details,omitempty"`
	State         *string             `json:"state,omitempty"`
	Emoji         *activityEmoji      `json:"emoji,omitempty"`
	Party         *activityParty      `json:"party,omitempty"`
	Assets        *activityAssets     `json:"assets,omitempty"`
	Instance      bool                `json:"instance,omitempty"`
	Flags         int                 `json:"flags,omitempty"`
}

// activityTimestamps are in milliseconds of Unix time.
type activityTimestamps struct {
	Start int64 `json:"start,omitempty"`
	End   int64 `json:"end,omitempty"`
}

type activityEmoji struct {
	ID       *id.ID `json:"id,omitempty"`
	Name     string `json:"name"`
	Animated bool   `json:"animated,omitempty"`
}

type activityParty struct {
	ID string `json:"id,omitempty"`
	// Size is the current and the greatest size.
	Size []int `json:"size,omitempty"`
}

type activityAssets struct {
	LargeImage string `json:"large_image,omitempty"`
	LargeText  string `json:"large_text,omitempty"`
	SmallImage string `json:"small_image,omitempty"`
	SmallText  string `json:"small_text,omitempty"`
}

// cleanActivities gives what a client says its user does as others are told. A field of a wrong type is left out, and so is an activity without a name; secrets are nobody else's.
func cleanActivities(sent []json.RawMessage, now time.Time) []byte {
	clean := make([]activity, 0, len(sent))
	for _, one := range sent {
		if made, ok := cleanActivity(one, now); ok {
			clean = append(clean, made)
		}
	}
	if len(clean) == 0 {
		return nil
	}
	text, err := json.Marshal(clean)
	if err != nil {
		return nil // cannot be: it is made of texts and numbers
	}
	return text
}

func cleanActivity(sent json.RawMessage, now time.Time) (made activity, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(sent, &fields) != nil {
		return made, false
	}
	for name, into := range map[string]any{
		"id": &made.ID, "name": &made.Name, "type": &made.Type, "url": &made.URL, "timestamps": &made.Timestamps, "application_id": &made.ApplicationID, "details": &made.Details,
		"state": &made.State, "emoji": &made.Emoji, "party": &made.Party, "assets": &made.Assets, "instance": &made.Instance, "flags": &made.Flags,
	} {
		value, given := fields[name]
		if given && json.Unmarshal(value, into) != nil {
			forget(into) // Unmarshal may have filled a part of it
		}
	}
	if made.Party != nil && len(made.Party.Size) != 2 {
		made.Party.Size = nil
	}
	if made.Emoji != nil && made.Emoji.Name == "" {
		made.Emoji = nil
	}
	if made.Type < 0 || made.Type > lastActivity {
		made.Type = 0
	}
	if made.Type != streamingActivity || !strings.HasPrefix(made.URL, "https://") {
		made.URL = ""
	}
	made.cut()
	made.CreatedAt = now.UnixMilli()
	return made, made.Name != ""
}

// sameActivities tells whether two lists of clean activities are the same, whenever they began.
func sameActivities(one, other []byte) bool {
	var lists [2][]activity
	for i, text := range [][]byte{one, other} {
		if len(text) > 0 && json.Unmarshal(text, &lists[i]) != nil {
			return false
		}
		for at := range lists[i] {
			lists[i][at].CreatedAt = 0
		}
	}
	return reflect.DeepEqual(lists[0], lists[1])
}

// forget empties a field of an activity.
func forget(field any) {
	switch field := field.(type) {
	case *string:
		*field = ""
	case *int:
		*field = 0
	case *bool:
		*field = false
	case *id.ID:
		*field = 0
	case **string:
		*field = nil
	case **activityTimestamps:
		*field = nil
	case **activityEmoji:
		*field = nil
	case **activityParty:
		*field = nil
	case **activityAssets:
		*field = nil
	}
}

// cut bounds the texts.
func (a *activity) cut() {
	texts := []*string{&a.ID, &a.Name, &a.Details}
	if a.State != nil {
		texts = append(texts, a.State)
	}
	if a.Emoji != nil {
		texts = append(texts, &a.Emoji.Name)
	}
	if a.Party != nil {
		texts = append(texts, &a.Party.ID)
	}
	if a.Assets != nil {
		texts = append(texts, &a.Assets.LargeImage, &a.Assets.LargeText, &a.Assets.SmallImage, &a.Assets.SmallText)
	}
	for _, text := range texts {
		*text = strings.TrimSpace(*text)
		if utf8.RuneCountInString(*text) > maxActivityText {
			*text = strings.TrimSpace(string([]rune(*text)[:maxActivityText]))
		}
	}
}
