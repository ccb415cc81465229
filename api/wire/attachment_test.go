package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// links give addresses that tell what they are for.
type linksAt string

func (l linksAt) File(channelID, attachmentID id.ID, filename string) string {
	return fmt.Sprintf("%s/attachments/%d/%d/%s?ex=1&is=2&hm=3", l, channelID, attachmentID, filename)
}

func (l linksAt) Foreign(address string) string {
	if address == "" || strings.HasPrefix(address, ownFile) {
		return ""
	}
	return string(l) + "/external/signature/" + address
}

const links = linksAt("https://hall.lan:6464")

// withFiles carries a picture that its embed shows, a picture that it does not, a file and a voice message, and forwards one.
func withFiles() event.MessageCreated {
	posted := plainMessage()
	picture := store.File{Size: 2048, ContentType: "image/png", Width: 640, Height: 480}
	posted.Message.Attachments = []store.Attachment{
		{ID: 31, File: picture, Filename: "shown.png"}, {ID: 32, File: picture, Filename: "cat.png", Description: "A cat"},
		{ID: 33, File: store.File{Size: 3, ContentType: "text/plain; charset=utf-8"}, Filename: "notes.txt"},
		{ID: 34, File: store.File{Size: 900, ContentType: "audio/ogg"}, Filename: "voice.ogg", Duration: 1500 * time.Millisecond, Waveform: "AAEC"},
	}
	posted.Message.Embeds = []store.Embed{{Title: "T", Image: "attachment://shown.png", Thumbnail: "attachment://gone.png", Author: store.EmbedAuthor{Name: "A", IconURL: "https://example.org/a.png"}}}
	return posted
}

func forwardWithFiles() event.MessageCreated {
	posted := forward()
	posted.Message.Reference.Snapshot.Embeds = nil
	posted.Message.Reference.Snapshot.Attachments = []store.Attachment{{ID: 41, File: store.File{Size: 3, ContentType: "application/pdf"}, Filename: "a.pdf"}}
	return posted
}

func TestNumbersOfAttachmentsComeInEveryForm(t *testing.T) {
	for text, want := range map[string]string{`{"id":0}`: "0", `{"id":"0"}`: "0", `{"id":"1499742181785600022"}`: "1499742181785600022", `{"id":null}`: "null", `{}`: "", `{"id":"x y"}`: "x y"} {
		var draft AttachmentDraft
		if err := json.Unmarshal([]byte(text), &draft); err != nil || string(draft.ID) != want {
			t.Errorf("%s is read as %q, %v", text, draft.ID, err)
		}
	}
}
