package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// plenty is more than any test needs.
var plenty = store.UploadBounds{Uploads: 1000, Bytes: 1 << 40}

// newFile makes a file of some bytes under a key of its own.
func (f *fixture) newFile(content string) store.File {
	return store.File{Hash: sha256.Sum256([]byte(content)), Blob: fmt.Sprintf("file/%026d", f.id()), Size: int64(len(content)), ContentType: "image/png", Width: 16383, Height: 3}
}

// newUpload makes a whole upload.
func (f *fixture) newUpload(userID, channelID id.ID, content string) store.Upload {
	return store.Upload{ID: f.id(), UserID: userID, ChannelID: channelID, Filename: "a \u00e9 .png", Size: int64(len(content)), ExpiresAt: birthday, File: new(f.newFile(content))}
}

// upload stores a whole upload.
func (f *fixture) upload(userID, channelID id.ID, content string) store.Upload {
	f.Helper()
	stored, err := f.CreateUpload(f.Context(), f.newUpload(userID, channelID, content), plenty)
	f.ok(err)
	return stored
}

// attachment is what becomes of an upload.
func attachment(upload store.Upload) store.Attachment {
	return store.Attachment{ID: upload.ID, File: *upload.File, Filename: upload.Filename, Description: "what is on it", Duration: 1234 * time.Millisecond, Waveform: "AAEC"}
}

// postFiles stores a message with uploads.
func (f *fixture) postFiles(channel store.Channel, uploads ...store.Upload) (store.Message, error) {
	draft := f.draft(channel, "see")
	for _, upload := range uploads {
		draft.Attachments = append(draft.Attachments, attachment(upload))
	}
	stored, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	if err != nil {
		return store.Message{}, err
	}
	f.equal("the result", stored, []store.Message{draft.Message})
	return stored[0], nil
}

// trashed demands that the trash has some keys, as soon as what is gone is swept, and no others.
func (f *fixture) trashed(want ...string) {
	f.Helper()
	slices.Sort(want)
	deadline := time.Now().Add(10 * time.Second)
	for {
		trash, err := f.ListTrash(f.Context(), 1000)
		f.ok(err)
		slices.Sort(trash)
		if slices.Equal(trash, want) {
			return
		}
		if time.Now().After(deadline) {
			f.Fatalf("the trash has %q, want %q", trash, want)
		}
		time.Sleep(time.Millisecond)
	}
}

// used demands how many bytes the files of an account have.
func (f *fixture) used(userID id.ID, want int64) {
	f.Helper()
	got, err := f.UserBytes(f.Context(), userID)
	f.ok(err)
	f.equal("bytes", got, want)
}

var fileTests = []test{
	{"a message takes its uploads over, and is read with them", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		first, other := f.upload(ada, room.ID, "first"), f.upload(ada, room.ID, "other!")
		got, err := f.Upload(f.Context(), first.ID)
		f.ok(err)
		f.equal("upload", got, first)
		f.used(ada, 11)
		message, err := f.postFiles(room, first, other)
		f.ok(err)
		for _, upload := range []store.Upload{first, other} {
			found, err := f.AttachmentMessage(f.Context(), room.ID, upload.ID)
			f.ok(err)
			f.equal("message", found, message)
			f.is(second(f.Upload(f.Context(), upload.ID)), store.ErrNotFound)
		}
		f.equal("page", f.page(room, store.MessagePage{Limit: 1}), []store.Message{message})
		f.is(second(f.AttachmentMessage(f.Context(), f.channel(room.GuildID).ID, first.ID)), store.ErrNotFound)
		f.is(second(f.AttachmentMessage(f.Context(), room.ID, 1)), store.ErrNotFound)
		f.used(ada, 11)
		f.trashed()
	}},
	{"an upload that is not there, not whole or of other bytes hangs on no message", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		half := store.Upload{ID: f.id(), UserID: ada, ChannelID: room.ID, Size: 5, ExpiresAt: birthday}
		_, err := f.CreateUpload(f.Context(), half, plenty)
		f.ok(err)
		half.File = new(f.newFile("half"))
		other := f.upload(ada, room.ID, "other")
		other.File = new(f.newFile("another"))
		taken := f.upload(ada, room.ID, "taken")
		_, err = f.postFiles(room, taken)
		f.ok(err)
		for _, upload := range []store.Upload{half, other, taken, f.newUpload(ada, room.ID, "never stored")} {
			f.is(second(f.postFiles(room, upload)), store.ErrSpent)
		}
		twice := f.upload(ada, room.ID, "twice")
		drafts := []store.NewMessage{f.draft(room, "one"), f.draft(room, "two")}
		for i := range drafts {
			drafts[i].Attachments = []store.Attachment{attachment(twice)}
		}
		f.is(second(f.CreateMessages(f.Context(), room.ID, drafts)), store.ErrSpent)
		f.equal("messages", len(f.page(room, store.MessagePage{Limit: 10})), 1)
	}},
	{"equal bytes are kept once, and go with the last that names them", func(f *fixture) {
		room, ada, bob := f.room(), f.person("dora").ID, f.person("bob").ID
		first := f.upload(ada, room.ID, "same")
		given := f.newUpload(bob, room.ID, "same")
		again, err := f.CreateUpload(f.Context(), given, plenty)
		f.ok(err)
		f.equal("key", again.File.Blob, first.File.Blob)
		f.trashed(given.File.Blob)
		f.used(bob, 4)
		one, err := f.postFiles(room, first)
		f.ok(err)
		two, err := f.postFiles(room, again)
		f.ok(err)
		f.ok(second(f.DeleteMessage(f.Context(), room.ID, one.ID)))
		f.trashed(given.File.Blob)
		f.used(ada, 0)
		f.ok(second(f.DeleteMessages(f.Context(), room.ID, []id.ID{two.ID})))
		f.trashed(given.File.Blob, first.File.Blob)
		f.used(bob, 0)
		f.is(second(f.AttachmentMessage(f.Context(), room.ID, first.ID)), store.ErrNotFound)
		f.ok(f.DropTrash(f.Context(), []string{given.File.Blob, "file/that-is-not-there"}))
		f.trashed(first.File.Blob)
		anew := f.upload(ada, room.ID, "same")
		if anew.File.Blob == first.File.Blob {
			f.Fatal("a key was given again")
		}
		f.trashed(first.File.Blob)
	}},
	{"one message may carry the same bytes several times", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		uploads := []store.Upload{f.upload(ada, room.ID, "same"), f.upload(ada, room.ID, "same"), f.upload(ada, room.ID, "same")}
		message, err := f.postFiles(room, uploads...)
		f.ok(err)
		f.ok(f.DropTrash(f.Context(), f.trash()))
		f.used(ada, 12)
		f.ok(second(f.DeleteMessage(f.Context(), room.ID, message.ID)))
		f.trashed(uploads[0].File.Blob)
		f.used(ada, 0)
	}},
	{"an edit adds files and lets others go", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		old, kept, added := f.upload(ada, room.ID, "old"), f.upload(ada, room.ID, "kept"), f.upload(ada, room.ID, "added")
		message, err := f.postFiles(room, old, kept)
		f.ok(err)
		edited, err := f.UpdateMessage(f.Context(), room.ID, message.ID, func(m *store.Message) error {
			m.Attachments = []store.Attachment{attachment(kept), attachment(added)}
			return nil
		})
		f.ok(err)
		f.equal("attachments", edited.Attachments, []store.Attachment{attachment(kept), attachment(added)})
		f.trashed(old.File.Blob)
		f.used(ada, 9)
		f.is(second(f.AttachmentMessage(f.Context(), room.ID, old.ID)), store.ErrNotFound)
		f.is(second(f.UpdateMessage(f.Context(), room.ID, message.ID, func(m *store.Message) error {
			m.Attachments = []store.Attachment{attachment(old)}
			return nil
		})), store.ErrSpent)
		read, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("what is read", read, edited)
		_, err = f.UpdateMessage(f.Context(), room.ID, message.ID, func(m *store.Message) error { m.Attachments = nil; return nil })
		f.ok(err)
		f.trashed(old.File.Blob, kept.File.Blob, added.File.Blob)
		f.used(ada, 0)
	}},
	{"a forward shares the bytes of what it forwards, and keeps them", func(f *fixture) {
		source, ada := f.room(), f.person("dora").ID
		channel := f.channel(source.GuildID)
		upload := f.upload(ada, source.ID, "shared")
		original, err := f.postFiles(source, upload)
		f.ok(err)
		carried := attachment(upload)
		carried.ID = f.id()
		forward := f.draft(channel, "")
		forward.Reference = &store.MessageReference{MessageID: original.ID, ChannelID: source.ID, Snapshot: &store.MessageSnapshot{Content: "see", Attachments: []store.Attachment{carried}}}
		stored, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{forward})
		f.ok(err)
		f.equal("the result", stored, []store.Message{forward.Message})
		f.used(ada, 6)
		f.ok(second(f.DeleteMessage(f.Context(), source.ID, original.ID)))
		f.trashed()
		f.used(ada, 0)
		found, err := f.AttachmentMessage(f.Context(), channel.ID, carried.ID)
		f.ok(err)
		f.equal("message", found, forward.Message)
		f.ok(second(f.DeleteMessage(f.Context(), channel.ID, forward.ID)))
		f.trashed(upload.File.Blob)
		late := f.draft(channel, "")
		late.Reference = forward.Reference
		f.is(second(f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{late})), store.ErrSpent)
	}},
	{"deleting a channel or a guild lets its files go", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		channel := f.channel(room.GuildID)
		inChannel, inRoom, waiting, waitingInRoom := f.upload(ada, channel.ID, "channel"), f.upload(ada, room.ID, "room"), f.upload(ada, channel.ID, "waiting"), f.upload(ada, room.ID, "waiting too")
		f.ok(second(f.postFiles(channel, inChannel)))
		f.ok(second(f.postFiles(room, inRoom)))
		_, err := f.DeleteChannel(f.Context(), channel.ID)
		f.ok(err)
		f.is(second(f.AttachmentMessage(f.Context(), channel.ID, inChannel.ID)), store.ErrNotFound)
		f.trashed(inChannel.File.Blob, waiting.File.Blob)
		f.is(second(f.Upload(f.Context(), waiting.ID)), store.ErrNotFound)
		f.used(ada, 4+11)
		f.is(second(f.CreateUpload(f.Context(), f.newUpload(ada, channel.ID, "late"), plenty)), store.ErrNotFound)
		f.ok(f.DeleteGuild(f.Context(), room.GuildID))
		f.is(second(f.AttachmentMessage(f.Context(), room.ID, inRoom.ID)), store.ErrNotFound)
		f.trashed(inChannel.File.Blob, waiting.File.Blob, inRoom.File.Blob, waitingInRoom.File.Blob)
		f.used(ada, 0)
	}},
	{"a post takes over files that were uploaded for its forum, and they go with the forum", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		forum := f.channel(room.GuildID)
		upload := f.upload(ada, forum.ID, "of a post")
		thread := f.newThread(forum, ada)
		first := f.draft(thread, "see").Message
		first.ID, first.Attachments = thread.ID, []store.Attachment{attachment(upload)}
		f.ok(f.CreateThread(f.Context(), store.NewThread{Channel: thread, First: &first}, 1000))
		found, err := f.AttachmentMessage(f.Context(), thread.ID, upload.ID)
		f.ok(err)
		f.equal("attachments", found.Attachments, first.Attachments)
		f.used(ada, 9)
		again := f.newThread(forum, ada)
		first.ID, first.ChannelID = again.ID, again.ID
		f.is(f.CreateThread(f.Context(), store.NewThread{Channel: again, First: &first}, 1000), store.ErrSpent)
		f.is(second(f.Channel(f.Context(), again.ID)), store.ErrNotFound)
		_, err = f.DeleteChannel(f.Context(), forum.ID)
		f.ok(err)
		f.is(second(f.AttachmentMessage(f.Context(), thread.ID, upload.ID)), store.ErrNotFound)
		f.trashed(upload.File.Blob)
		f.used(ada, 0)
	}},
	{"an upload arrives in parts, each where the last ended", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		slot := store.Upload{ID: f.id(), UserID: ada, ChannelID: room.ID, Filename: "film.webm", Size: 10, ExpiresAt: birthday}
		stored, err := f.CreateUpload(f.Context(), slot, plenty)
		f.ok(err)
		f.equal("upload", stored, slot)
		one, two := store.UploadPart{Blob: "part/0000000001", Size: 4}, store.UploadPart{Blob: "part/0000000002", Size: 6}
		f.is(second(f.AddUploadPart(f.Context(), 1, 0, one)), store.ErrNotFound)
		f.is(second(f.AddUploadPart(f.Context(), slot.ID, 1, one)), store.ErrSpent)
		f.ok(second(f.AddUploadPart(f.Context(), slot.ID, 0, one)))
		f.is(second(f.AddUploadPart(f.Context(), slot.ID, 0, two)), store.ErrSpent)
		stored, err = f.AddUploadPart(f.Context(), slot.ID, 4, two)
		f.ok(err)
		slot.Parts = []store.UploadPart{one, two}
		f.equal("upload", stored, slot)
		f.equal("received", stored.Received(), int64(10))
		f.used(ada, 10)
		known, err := f.KnownBlobs(f.Context(), []string{one.Blob, two.Blob, "part/0000000003"})
		f.ok(err)
		slices.Sort(known)
		f.equal("known", known, []string{one.Blob, two.Blob})

		file := f.newFile("0123456789abc")
		whole, err := f.CompleteUpload(f.Context(), slot.ID, file, plenty.Bytes)
		f.ok(err)
		slot.Parts, slot.Size, slot.File = nil, 13, &file
		f.equal("whole", whole, slot)
		read, err := f.Upload(f.Context(), slot.ID)
		f.ok(err)
		f.equal("what is read", read, slot)
		f.trashed(one.Blob, two.Blob)
		f.used(ada, 13)
		f.is(second(f.CompleteUpload(f.Context(), slot.ID, file, plenty.Bytes)), store.ErrSpent)
		f.is(second(f.AddUploadPart(f.Context(), slot.ID, 13, one)), store.ErrSpent)
		f.is(second(f.CompleteUpload(f.Context(), 1, file, plenty.Bytes)), store.ErrNotFound)
		f.ok(second(f.postFiles(room, whole)))
	}},
	{"an account has no more uploads and bytes than it may", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		create := func(content string, uploads int, bytes int64) error {
			return second(f.CreateUpload(f.Context(), f.newUpload(ada, room.ID, content), store.UploadBounds{Uploads: uploads, Bytes: bytes}))
		}
		f.ok(create("12345", 2, 10))
		f.limit(create("123456", 2, 10), 10)
		f.ok(create("12345", 2, 10))
		f.limit(create("", 2, 10), 2)
		f.used(ada, 10)
		slot := store.Upload{ID: f.id(), UserID: ada, ChannelID: room.ID, Size: 2, ExpiresAt: birthday}
		f.ok(second(f.CreateUpload(f.Context(), slot, store.UploadBounds{Uploads: 3, Bytes: 12})))
		f.limit(second(f.CompleteUpload(f.Context(), slot.ID, f.newFile("123"), 12)), 12)
		f.ok(second(f.CompleteUpload(f.Context(), slot.ID, f.newFile("12"), 12)))
		f.is(second(f.CreateUpload(f.Context(), f.newUpload(1, room.ID, "x"), plenty)), store.ErrNotFound)
		f.conflict(second(f.CreateUpload(f.Context(), slot, plenty)), "id")
		greatest, err := f.GreatestID(f.Context())
		f.ok(err)
		f.equal("greatest id", greatest, slot.ID)
	}},
	{"uploads that nobody took are let go", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		old, young, unwanted := f.upload(ada, room.ID, "old"), f.newUpload(ada, room.ID, "young"), f.upload(ada, room.ID, "unwanted")
		young.ExpiresAt = birthday.Add(time.Hour)
		f.ok(second(f.CreateUpload(f.Context(), young, plenty)))
		slot := store.Upload{ID: f.id(), UserID: ada, ChannelID: room.ID, Size: 9, ExpiresAt: birthday}
		f.ok(second(f.CreateUpload(f.Context(), slot, plenty)))
		f.ok(second(f.AddUploadPart(f.Context(), slot.ID, 0, store.UploadPart{Blob: "part/0000000001", Size: 3})))
		f.ok(f.DeleteUploads(f.Context(), []id.ID{unwanted.ID, 1, unwanted.ID}))
		f.trashed(unwanted.File.Blob)
		pruned, err := f.PruneUploads(f.Context(), birthday.Add(time.Minute))
		f.ok(err)
		f.equal("pruned", pruned, 2)
		f.trashed(unwanted.File.Blob, old.File.Blob, "part/0000000001")
		f.used(ada, 5)
		f.ok(second(f.Upload(f.Context(), young.ID)))
		f.is(second(f.Upload(f.Context(), slot.ID)), store.ErrNotFound)
		known, err := f.KnownBlobs(f.Context(), []string{old.File.Blob, young.File.Blob, "file/00000000000000000000000000"})
		f.ok(err)
		slices.Sort(known)
		f.equal("known", known, []string{old.File.Blob, young.File.Blob})
	}},
	{"many who upload at once stay within the bounds", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		errs := together(writers, func(i int) error {
			return second(f.CreateUpload(f.Context(), f.newUpload(ada, room.ID, fmt.Sprintf("%04d", i)), store.UploadBounds{Uploads: 100, Bytes: 20}))
		})
		f.equal("uploads", f.wins(errs, func(err error) { f.limit(err, 20) }), 5)
		f.used(ada, 20)
		bob := f.person("bob").ID
		errs = together(writers, func(i int) error {
			return second(f.CreateUpload(f.Context(), f.newUpload(bob, room.ID, fmt.Sprintf("%04d", i)), store.UploadBounds{Uploads: 3, Bytes: 1000}))
		})
		f.equal("uploads", f.wins(errs, func(err error) { f.limit(err, 3) }), 3)
	}},
	{"of many who take one upload at once, one gets it", func(f *fixture) {
		room, ada := f.room(), f.person("dora").ID
		upload := f.upload(ada, room.ID, "wanted")
		channels := make([]store.Channel, writers)
		for i := range channels {
			channels[i] = f.channel(room.GuildID)
		}
		errs := together(writers, func(i int) error { return second(f.postFiles(channels[i], upload)) })
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
		f.used(ada, 6)
	}},
	{"bytes that come and go at once are kept as long as something names them", func(f *fixture) {
		room := f.room()
		people := make([]id.ID, writers)
		for i := range people {
			people[i] = f.person(fmt.Sprint("writer", i)).ID
		}
		left := make([]store.Upload, writers)
		for _, err := range together(writers, func(i int) error {
			for range 6 {
				upload, err := f.CreateUpload(f.Context(), f.newUpload(people[i], room.ID, "busy"), plenty)
				if err != nil {
					return err
				}
				if err := f.DeleteUploads(f.Context(), []id.ID{upload.ID}); err != nil {
					return err
				}
			}
			var err error
			left[i], err = f.CreateUpload(f.Context(), f.newUpload(people[i], room.ID, "busy"), plenty)
			return err
		}) {
			f.ok(err)
		}
		kept := left[0].File.Blob
		for _, upload := range left {
			f.equal("key", upload.File.Blob, kept)
		}
		if slices.Contains(f.trash(), kept) {
			f.Fatal("bytes that are named are in the trash")
		}
		f.equal("trash", len(f.trash()), writers*7-1)
		for _, err := range together(writers, func(i int) error { return f.DeleteUploads(f.Context(), []id.ID{left[i].ID}) }) {
			f.ok(err)
		}
		f.equal("trash", len(f.trash()), writers*7)
	}},
	{"a forward and the deletion of what it forwards, at once, end with the bytes or without the forward", func(f *fixture) {
		source, ada := f.room(), f.person("dora").ID
		channel := f.channel(source.GuildID)
		for i := range 8 {
			upload := f.upload(ada, source.ID, fmt.Sprint("raced ", i))
			original, err := f.postFiles(source, upload)
			f.ok(err)
			carried := attachment(upload)
			carried.ID = f.id()
			forward := f.draft(channel, "")
			forward.Reference = &store.MessageReference{MessageID: original.ID, ChannelID: source.ID, Snapshot: &store.MessageSnapshot{Attachments: []store.Attachment{carried}}}
			errs := together(2, func(i int) error {
				if i == 0 {
					return second(f.DeleteMessage(f.Context(), source.ID, original.ID))
				}
				return second(f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{forward}))
			})
			f.ok(errs[0])
			lost := slices.Contains(f.trash(), upload.File.Blob)
			if lost != errors.Is(errs[1], store.ErrSpent) || !lost && errs[1] != nil {
				f.Fatalf("the bytes are lost: %t, the forward: %v", lost, errs[1])
			}
		}
	}},
}

func (f *fixture) trash() []string {
	f.Helper()
	trash, err := f.ListTrash(f.Context(), 10_000)
	f.ok(err)
	return trash
}
