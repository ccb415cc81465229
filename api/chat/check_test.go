package chat_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

func TestACheckComparesTheStoreWithTheFiles(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "some words"), c.upload(t, c.alice, "b.txt", "other words")}}).Message
	check := func(want ...string) {
		t.Helper()
		problems, err := c.Files.Check(t.Context(), chattest.Console)
		if err != nil || len(problems) != len(want) {
			t.Fatalf("found are %q, %v", problems, err)
		}
		for i, part := range want {
			if !strings.Contains(string(problems[i]), part) {
				t.Errorf("found is %q, not that %s", problems[i], part)
			}
		}
	}
	check()
	if _, err := c.Blobs.Put(t.Context(), "file/nobodyknowsthisone", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	check() // it may be about to be named
	c.Clock.Advance(100 * 365 * 24 * time.Hour)
	if err := c.Blobs.Delete(t.Context(), posted.Attachments[1].Blob); err != nil {
		t.Fatal(err)
	}
	check("the file file/nobodyknowsthisone is kept, and nothing names it", "the file "+posted.Attachments[1].Blob+" is named, and is not there")
	_, err := c.Files.Check(t.Context(), c.guild.Owner)
	expectKind(t, err, chat.MissingPermission)
}
