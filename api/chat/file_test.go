package chat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/blob"
	"guildhall/store/event"
	"guildhall/store/id"
)

// upload takes a file in for the conversation's channel.
func (c *conversation) upload(t *testing.T, author chat.Caller, name, content string) chat.AttachmentDraft {
	t.Helper()
	uploadID, err := c.Files.Receive(t.Context(), author, c.guild.General, name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return chat.AttachmentDraft{Path: "attachments.0", ID: uploadID}
}

// blobs are the keys of all blobs of a hall, once what is not needed is deleted.
func blobs(t *testing.T, hall *chattest.Hall) (keys []string) {
	t.Helper()
	if err := hall.Files.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := hall.Blobs.List(t.Context(), "", func(info blob.Info) error { keys = append(keys, info.Key); return nil }); err != nil {
		t.Fatal(err)
	}
	return keys
}

// read opens a file by its link and reads it.
func (c *conversation) read(t *testing.T, message store.Message, attachment store.Attachment, size int) (string, error) {
	t.Helper()
	path, query, _ := strings.Cut(c.Files.Link(message.ChannelID, attachment.ID, attachment.Filename), "?")
	link, ok := chat.ParseLink(path)
	if !ok {
		t.Fatalf("%q is no link", path)
	}
	if _, err := fmt.Sscanf(strings.NewReplacer("&", " ", "=", " ").Replace(query), "ex %s is %s hm %s", &link.Expires, &link.Issued, &link.Signature); err != nil {
		t.Fatal(err)
	}
	file, err := c.Files.Open(t.Context(), link, size)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	return string(content), err
}

func TestAFileGoesWithTheLastMessageThatHasIt(t *testing.T) {
	c := newConversation(t)
	first := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "the same words")}}).Message
	second := c.post(t, c.bob, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.bob, "b.txt", "the same words")}}).Message
	if kept := blobs(t, c.Hall); len(kept) != 1 {
		t.Errorf("equal files are kept as %q", kept)
	}
	if err := c.Messages.Delete(t.Context(), c.alice, c.guild.General, first.ID); err != nil {
		t.Fatal(err)
	}
	_, err := c.read(t, first, first.Attachments[0], 0)
	expectKind(t, err, chat.UnknownFile)
	if content, err := c.read(t, second, second.Attachments[0], 0); content != "the same words" {
		t.Errorf("the other file is %q, %v", content, err)
	}
	if err := c.Messages.Delete(t.Context(), c.bob, c.guild.General, second.ID); err != nil {
		t.Fatal(err)
	}
	if kept := blobs(t, c.Hall); len(kept) != 0 {
		t.Errorf("left are %q", kept)
	}
}

func TestFilmsAndPhotographsOfPhonesDoNotTellWhereTheyWereMade(t *testing.T) {
	for name, contentType := range map[string]string{"film.mp4": "video/mp4", "film.mov": "video/quicktime", "photograph.heic": "image/heic", "photograph.avif": "image/avif"} {
		t.Run(name, func(t *testing.T) {
			c := newConversation(t)
			file, err := os.ReadFile(filepath.Join("container", "testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			posted := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, name, string(file))}}).Message
			attachment := posted.Attachments[0]
			content, err := c.read(t, posted, attachment, 0)
			if err != nil || attachment.ContentType != contentType || attachment.Size != int64(len(file)) || len(content) != len(file) {
				t.Errorf("%+v, %v", attachment, err)
			}
			for _, telling := range []string{"+47.3769", "Secret", "xmpmeta"} {
				if strings.Contains(content, telling) {
					t.Errorf("it says %q", telling)
				}
			}
			if kept := blobs(t, c.Hall); len(kept) != 1 {
				t.Errorf("the blobs are %q", kept)
			}
		})
	}
}

func TestAForwardCarriesFilesThatAreItsOwn(t *testing.T) {
	c := newConversation(t)
	elsewhere := c.guild.Channel("elsewhere", store.ChannelText)
	original := c.post(t, c.alice, chat.MessageDraft{Content: "see", Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}}).Message
	forwarded, err := c.Messages.Create(t.Context(), c.bob, elsewhere, forwardOf(original))
	if err != nil {
		t.Fatal(err)
	}
	carried := forwarded.Message.Reference.Snapshot.Attachments
	if len(carried) != 1 || carried[0].ID == original.Attachments[0].ID || carried[0].Filename != "a.txt" || len(forwarded.Message.Attachments) != 0 {
		t.Fatalf("the forward carries %+v", carried)
	}
	again, err := c.Messages.Create(t.Context(), c.alice, c.guild.General, forwardOf(forwarded.Message))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []store.Message{original, forwarded.Message} {
		if err := c.Messages.Delete(t.Context(), c.guild.Owner, gone.ChannelID, gone.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.read(t, forwarded.Message, carried[0], 0)
	expectKind(t, err, chat.UnknownFile)
	if content, err := c.read(t, again.Message, again.Message.Reference.Snapshot.Attachments[0], 0); content != "words" {
		t.Errorf("forwarded again it is %q, %v", content, err)
	}
	if err := c.Messages.Delete(t.Context(), c.alice, c.guild.General, again.Message.ID); err != nil {
		t.Fatal(err)
	}
	if kept := blobs(t, c.Hall); len(kept) != 0 {
		t.Errorf("left are %q", kept)
	}
	withFile := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}}).Message
	plain := c.guild.Channel("plain", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.AttachFiles)})
	_, err = c.Messages.Create(t.Context(), c.bob, plain, forwardOf(withFile))
	expectKind(t, err, chat.MissingPermission)
	own := forwardOf(c.post(t, c.alice, chat.MessageDraft{Content: "x"}).Message)
	own.Attachments = []chat.AttachmentDraft{c.upload(t, c.bob, "b.txt", "own")}
	_, err = c.Messages.Create(t.Context(), c.bob, c.guild.General, own)
	expectField(t, err, "attachments")
}

func TestFilesReachEverybodyWithTheEvent(t *testing.T) {
	c := newConversation(t)
	events := c.Watch(event.GuildSubject(c.guild.ID))
	posted := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}})
	got := chattest.Next[event.MessageCreated](events)
	if len(got.Message.Attachments) != 1 || got.Message.Attachments[0] != posted.Message.Attachments[0] || !got.HasFiles() {
		t.Errorf("the event has %+v", got.Message.Attachments)
	}
	empty := []chat.AttachmentDraft{}
	if _, err := c.Messages.Update(t.Context(), c.alice, c.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer("words"), Attachments: &empty}); err != nil {
		t.Fatal(err)
	}
	if updated := chattest.Next[event.MessageUpdated](events); len(updated.Message.Attachments) != 0 || updated.Message.Content != "words" {
		t.Errorf("the event has %+v", updated.Message)
	}
}

func TestAVoiceMessageIsOneFileOfSoundAndNothingElse(t *testing.T) {
	c := newConversation(t)
	sound := func(waveform string, duration time.Duration) chat.AttachmentDraft {
		draft := c.upload(t, c.alice, "voice.ogg", "OggS\x00\x02 sound")
		draft.Waveform, draft.Duration = waveform, duration
		return draft
	}
	draft := chat.MessageDraft{Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{sound("AAEC", 1500*time.Millisecond)}}
	posted := c.post(t, c.alice, draft).Message
	if only := posted.Attachments[0]; posted.Flags != store.MessageIsVoice || only.Duration != 1500*time.Millisecond || only.Waveform != "AAEC" || only.ContentType != "audio/ogg" {
		t.Errorf("posted %+v", posted)
	}
	for path, wrong := range map[string]chat.MessageDraft{
		"flags":                       {Content: "words", Flags: store.MessageIsVoice},
		"flags ":                      {Content: "words", Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{sound("AAEC", time.Second)}},
		"flags  ":                     {Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{sound("AAEC", time.Second), sound("AAEC", time.Second)}},
		"flags   ":                    {Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}},
		"attachments.0.duration_secs": {Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{sound("AAEC", 0)}},
		"attachments.0.waveform":      {Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{sound("not base64", time.Second)}},
	} {
		_, err := c.Messages.Create(t.Context(), c.alice, c.guild.General, wrong)
		expectField(t, err, strings.TrimRight(path, " "))
	}
	_, err := c.Messages.Update(t.Context(), c.alice, c.guild.General, posted.ID, chat.MessageEdit{Added: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}})
	expectField(t, err, "attachments")
	c.guild.Everyone(chat.EveryonePermissions &^ perm.SendVoiceMessages)
	bobs := sound("AAEC", time.Second)
	uploadID, err := c.Files.Receive(t.Context(), c.bob, c.guild.General, "v.ogg", strings.NewReader("OggS\x00\x02"))
	if err != nil {
		t.Fatal(err)
	}
	bobs.ID = uploadID
	_, err = c.Messages.Create(t.Context(), c.bob, c.guild.General, chat.MessageDraft{Flags: store.MessageIsVoice, Attachments: []chat.AttachmentDraft{bobs}})
	expectKind(t, err, chat.MissingPermission)
}

func TestARepeatedNonceLeavesTheFilesOfTheSecondTryAlone(t *testing.T) {
	c := newConversation(t)
	draft := chat.MessageDraft{Nonce: "once", EnforceNonce: true, Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}}
	first := c.post(t, c.alice, draft).Message
	draft.Attachments = []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words again")}
	second := c.post(t, c.alice, draft).Message
	if first.ID != second.ID || len(second.Attachments) != 1 || second.Attachments[0].ID != first.Attachments[0].ID {
		t.Errorf("the second try gives %+v", second)
	}
	c.Files.Discard(t.Context(), []id.ID{draft.Attachments[0].ID})
	if kept := blobs(t, c.Hall); len(kept) != 1 {
		t.Errorf("left are %q", kept)
	}
}

func TestWhatIsNotTakenExpires(t *testing.T) {
	c := newConversation(t)
	draft := c.upload(t, c.alice, "a.txt", "words")
	c.Clock.Advance(59 * time.Minute)
	if kept := blobs(t, c.Hall); len(kept) != 1 {
		t.Fatalf("kept are %q", kept)
	}
	c.Clock.Advance(2 * time.Minute)
	if kept := blobs(t, c.Hall); len(kept) != 0 {
		t.Errorf("left are %q", kept)
	}
	_, err := c.Messages.Create(t.Context(), c.alice, c.guild.General, chat.MessageDraft{Attachments: []chat.AttachmentDraft{draft}})
	expectField(t, err, "attachments.0.id")
	if used, err := c.Store.UserBytes(t.Context(), c.alice.UserID); used != 0 {
		t.Errorf("%d bytes are counted, %v", used, err)
	}
}

func TestWhatACrashLeftIsFoundAndDeleted(t *testing.T) {
	c := newConversation(t)
	message := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "p.png", whitePNG(t, 100))}}).Message
	if _, err := c.read(t, message, message.Attachments[0], 16); err != nil {
		t.Fatal(err)
	}
	want := blobs(t, c.Hall)
	for _, left := range []string{"file/left-by-a-crash", "part/left-by-a-crash", "small/left-by-a-crash-16", "other/of-another-feature"} {
		if _, err := c.Blobs.Put(t.Context(), left, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Files.Search(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept := blobs(t, c.Hall); len(kept) != len(want)+4 {
		t.Errorf("what may be about to be named is gone: %q", kept)
	}
	c.Clock.Advance(time.Since(c.Clock.Now()) + 2*time.Hour)
	if err := c.Files.Search(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := blobs(t, c.Hall)
	if want = append(want, "other/of-another-feature"); !slices.Equal(slices.Sorted(slices.Values(kept)), slices.Sorted(slices.Values(want))) || len(want) != 3 {
		t.Errorf("left are %q, want %q", kept, want)
	}
}

func TestTheFilesOfAnotherHallAreLeftAlone(t *testing.T) {
	c := newConversation(t)
	for i := range 101 {
		if _, err := c.Blobs.Put(t.Context(), fmt.Sprintf("file/of-another-hall-%d", i), strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	c.Clock.Advance(time.Since(c.Clock.Now()) + 2*time.Hour)
	expectKind(t, c.Files.Search(t.Context()), chat.Unavailable)
	if kept := blobs(t, c.Hall); len(kept) != 101 {
		t.Errorf("left are %d", len(kept))
	}
}

// brokenReader gives some bytes and then fails.
type brokenReader struct{ io.Reader }

var errLine = errors.New("the line broke")

func (r brokenReader) Read(into []byte) (int, error) {
	n, err := r.Reader.Read(into)
	if errors.Is(err, io.EOF) {
		err = errLine
	}
	return n, err
}

func TestAFileThatBreaksOffLeavesNothing(t *testing.T) {
	c := newConversation(t)
	_, err := c.Files.Receive(t.Context(), c.alice, c.guild.General, "a.txt", brokenReader{strings.NewReader("half of")})
	if !errors.Is(err, errLine) {
		t.Errorf("got %v", err)
	}
	_, err = c.Files.Receive(t.Context(), c.alice, c.guild.General, "", strings.NewReader("x"))
	expectField(t, err, "filename")
	if kept := blobs(t, c.Hall); len(kept) != 0 {
		t.Errorf("left are %q", kept)
	}
}

func TestAnAccountSendsAFewFilesAtATime(t *testing.T) {
	c := newConversation(t)
	var senders sync.WaitGroup
	held := make(chan struct{})
	started := make(chan struct{}, 10)
	for range 10 {
		reader, writer := io.Pipe()
		senders.Go(func() {
			if _, err := c.Files.Receive(t.Context(), c.alice, c.guild.General, "a.txt", reader); err != nil {
				t.Error(err)
			}
		})
		go func() {
			_, _ = writer.Write([]byte("x")) // is taken when the receiver reads
			started <- struct{}{}
			<-held
			_ = writer.Close()
		}()
	}
	for range 10 {
		<-started
	}
	_, err := c.Files.Receive(t.Context(), c.alice, c.guild.General, "a.txt", strings.NewReader("x"))
	expectKind(t, err, chat.RateLimited)
	if _, err := c.Files.Receive(t.Context(), c.bob, c.guild.General, "a.txt", strings.NewReader("x")); err != nil {
		t.Error(err)
	}
	close(held)
	senders.Wait()
	if _, err := c.Files.Receive(t.Context(), c.alice, c.guild.General, "a.txt", strings.NewReader("x")); err != nil {
		t.Error(err)
	}
}

func TestTheHallTakesInSoManyFilesAtATime(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{Chat: chat.Options{Files: chat.FileLimits{AtOnce: 2, UserAtOnce: 1}}})
	guild := hall.Guild(hall.Person("alice"))
	people := []chat.Caller{guild.Owner, guild.Member("bob"), guild.Member("carol")}
	guild.Everyone(perm.All &^ perm.Administrator)
	receive := func(by chat.Caller, content io.Reader) error {
		_, err := hall.Files.Receive(t.Context(), by, guild.General, "a.txt", content)
		return err
	}
	var writers []*io.PipeWriter
	var senders sync.WaitGroup
	for _, one := range people[:2] {
		reader, writer := io.Pipe()
		writers = append(writers, writer)
		senders.Go(func() {
			if err := receive(one, reader); err != nil {
				t.Error(err)
			}
		})
		if _, err := writer.Write([]byte("x")); err != nil { // is taken when it is being received
			t.Fatal(err)
		}
	}
	for by, patience := range map[chat.Caller]time.Duration{people[0]: time.Second, people[2]: 5 * time.Second} {
		err := receive(by, strings.NewReader("x"))
		expectKind(t, err, chat.RateLimited)
		if refused, ok := errors.AsType[*chat.Error](err); !ok || refused.RetryAfter != patience {
			t.Errorf("to be tried again in %+v, want %v", refused, patience)
		}
	}
	for _, writer := range writers {
		_ = writer.Close()
	}
	senders.Wait()
	for _, one := range people {
		if err := receive(one, strings.NewReader("x")); err != nil {
			t.Error(err)
		}
	}
}

func TestAQuotaHoldsAgainstManyAtOnce(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{Chat: chat.Options{Files: chat.FileLimits{UserBytes: 500}}})
	guild := hall.Guild(hall.Person("alice"))
	var senders sync.WaitGroup
	results := make([]error, 10)
	for i := range results {
		senders.Go(func() {
			_, results[i] = hall.Files.Receive(t.Context(), guild.Owner, guild.General, "a.txt", strings.NewReader(strings.Repeat(fmt.Sprint(i), 100)))
		})
	}
	senders.Wait()
	taken := 0
	for _, err := range results {
		if err == nil {
			taken++
		} else {
			expectKind(t, err, chat.FileTooLarge)
		}
	}
	if used, err := hall.Store.UserBytes(t.Context(), guild.Owner.UserID); taken != 5 || used != 500 || err != nil {
		t.Errorf("%d files were taken, with %d bytes, %v", taken, used, err)
	}
	if kept := blobs(t, hall); len(kept) != 5 {
		t.Errorf("kept are %q", kept)
	}
}

func TestAnEditAndADeletionAtOnceLeaveNoFileBehind(t *testing.T) {
	c := newConversation(t)
	for range 10 {
		message := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "before")}}).Message
		added := c.upload(t, c.alice, "b.txt", "after")
		var both sync.WaitGroup
		var edited, deleted error
		both.Go(func() {
			_, edited = c.Messages.Update(t.Context(), c.alice, c.guild.General, message.ID, chat.MessageEdit{Attachments: &[]chat.AttachmentDraft{added}})
		})
		both.Go(func() { deleted = c.Messages.Delete(t.Context(), c.alice, c.guild.General, message.ID) })
		both.Wait()
		if deleted != nil {
			t.Fatal(deleted)
		}
		if edited != nil {
			expectKind(t, edited, chat.UnknownMessage)
			c.Files.Discard(t.Context(), []id.ID{added.ID})
		}
		if kept := blobs(t, c.Hall); len(kept) != 0 {
			t.Fatalf("left are %q (the edit: %v)", kept, edited)
		}
	}
}

func TestAFileIsForTheChannelAndThePersonThatSentIt(t *testing.T) {
	c := newConversation(t)
	elsewhere := c.guild.Channel("elsewhere", store.ChannelText)
	draft := chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "a.txt", "words")}}
	for _, test := range []struct {
		caller    chat.Caller
		channelID id.ID
	}{{c.bob, c.guild.General}, {c.alice, elsewhere}} {
		_, err := c.Messages.Create(t.Context(), test.caller, test.channelID, draft)
		expectField(t, err, "attachments.0.id")
	}
	talk, err := c.Directs.Open(t.Context(), c.alice, c.bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	uploadID, err := c.Files.Receive(t.Context(), c.alice, talk.ID, "a.txt", strings.NewReader("between us"))
	if err != nil {
		t.Fatal(err)
	}
	private, err := c.Messages.Create(t.Context(), c.alice, talk.ID, chat.MessageDraft{Attachments: []chat.AttachmentDraft{{ID: uploadID}}})
	if err != nil {
		t.Fatal(err)
	}
	address := "https://hall.lan" + c.Files.Link(talk.ID, uploadID, private.Message.Attachments[0].Filename)
	for caller, may := range map[chat.Caller]bool{c.bob: true, c.guild.Member("carol"): false} {
		refreshed, err := c.Files.Refresh(t.Context(), caller, []string{address})
		if err != nil || (refreshed[0].Path != "") != may {
			t.Errorf("%v gets %+v, %v", caller, refreshed, err)
		}
	}
}

func TestManyAskForASmallPictureAtOnceAndItIsOne(t *testing.T) {
	c := newConversation(t)
	message := c.post(t, c.alice, chat.MessageDraft{Attachments: []chat.AttachmentDraft{c.upload(t, c.alice, "p.png", whitePNG(t, 900))}}).Message
	var readers sync.WaitGroup
	results := make([]string, 8)
	for i := range results {
		readers.Go(func() {
			content, err := c.read(t, message, message.Attachments[0], 64)
			if err != nil {
				t.Error(err)
			}
			results[i] = content
		})
	}
	readers.Wait()
	for _, one := range results {
		if one != results[0] || one == "" {
			t.Error("they were given different pictures")
		}
	}
	if kept := blobs(t, c.Hall); len(kept) != 2 {
		t.Errorf("kept are %q", kept)
	}
}

func TestTheCommandLineSendsNoFiles(t *testing.T) {
	c := newConversation(t)
	_, err := c.Files.Receive(context.Background(), chattest.Console, c.guild.General, "a.txt", bytes.NewReader(nil))
	expectKind(t, err, chat.MissingPermission)
}

// whitePNG is a picture of size × size pixels.
func whitePNG(t *testing.T, size int) string {
	t.Helper()
	made := image.NewGray(image.Rect(0, 0, size, size))
	for i := range made.Pix {
		made.Pix[i] = 0xFF
	}
	var file bytes.Buffer
	if err := png.Encode(&file, made); err != nil {
		t.Fatal(err)
	}
	return file.String()
}
