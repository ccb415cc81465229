package chat

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Bounds of attachments (wire contract, and the published specification).
const (
	maxFileDescription = 1024
	maxWaveform        = 400 // characters of base64
)

// spoilerPrefix begins the names of files that clients hide until a reader asks for them.
const spoilerPrefix = "SPOILER_"

// AttachmentDraft is a file that is to hang on a message: one that was uploaded, or, in edits, one that is there already.
type AttachmentDraft struct {
	// Path names it in errors, as the client wrote it: "attachments.0".
	Path string
	// ID is that of the upload, or of the attachment.
	ID id.ID
	// Filename is empty for the name that it was uploaded with. Description is nil to leave it as it is; it has at most 1024 characters.
	Filename    string
	Description *string
	// Spoiler has the name begin with SPOILER_, by which clients know that they are to hide it.
	Spoiler bool
	// Duration and Waveform are for voice messages.
	Duration time.Duration
	Waveform string
}

// errFileGone is the answer to who names a file that was there a moment ago.
var errFileGone = invalid("attachments", "ATTACHMENT_NOT_FOUND", "A file is not there any more. Upload it again.")

// attach checks the files of a new message, which were uploaded for a channel, and hangs them on it.
func (f *Files) attach(ctx context.Context, caller Caller, channelID id.ID, message *store.Message, drafts []AttachmentDraft, held perm.Set) error {
	voice := message.Flags&store.MessageIsVoice != 0
	if len(drafts) == 0 {
		if voice {
			return invalid("flags", "BASE_TYPE_BAD_VALUE", "A voice message is one file of sound.")
		}
		return nil
	}
	if err := need(held, perm.AttachFiles); err != nil {
		return err
	}
	if len(drafts) > MaxAttachments {
		return fail(TooManyAttachments)
	}
	for i := range drafts {
		attachment, err := f.fromUpload(ctx, caller, channelID, &drafts[i])
		if err != nil {
			return err
		}
		if slices.ContainsFunc(message.Attachments, func(other store.Attachment) bool { return other.ID == attachment.ID }) {
			return invalid(drafts[i].Path+".id", "BASE_TYPE_BAD_VALUE", "This file is there twice.")
		}
		message.Attachments = append(message.Attachments, attachment)
	}
	if voice {
		return checkVoiceMessage(message, held)
	}
	for i := range message.Attachments {
		message.Attachments[i].Duration, message.Attachments[i].Waveform = 0, ""
	}
	return nil
}

// checkVoiceMessage makes sure that a voice message is one file of sound and nothing else.
func checkVoiceMessage(message *store.Message, held perm.Set) error {
	if err := need(held, perm.SendVoiceMessages); err != nil {
		return err
	}
	only := &message.Attachments[0]
	switch {
	case message.Content != "" || len(message.Embeds) > 0 || len(message.Attachments) != 1 || !strings.HasPrefix(only.ContentType, "audio/"):
		return invalid("flags", "BASE_TYPE_BAD_VALUE", "A voice message is one file of sound and nothing else.")
	case only.Duration <= 0:
		return invalid("attachments.0.duration_secs", "BASE_TYPE_REQUIRED", "This field is required.")
	case only.Waveform == "":
		return invalid("attachments.0.waveform", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	return nil
}

// fromUpload makes an attachment of an upload of the caller's own.
func (f *Files) fromUpload(ctx context.Context, caller Caller, channelID id.ID, draft *AttachmentDraft) (store.Attachment, error) {
	upload, err := f.Store.Upload(ctx, draft.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (upload.UserID != caller.payer() || caller.hook != nil && !slices.Contains(caller.hook.brought, upload.ID) || upload.ChannelID != channelID || upload.ExpiresAt.Before(f.Now())) {
		return store.Attachment{}, invalid(draft.Path+".id", "ATTACHMENT_NOT_FOUND", "There is no such file for this message.")
	}
	if err != nil {
		return store.Attachment{}, internal("reading an upload", err)
	}
	if upload.File == nil {
		return store.Attachment{}, invalid(draft.Path+".uploaded_filename", "ATTACHMENT_NOT_UPLOADED", "This file has not been uploaded as a whole.")
	}
	attachment := store.Attachment{ID: upload.ID, File: *upload.File, Filename: upload.Filename, Duration: draft.Duration.Truncate(time.Millisecond), Waveform: draft.Waveform}
	return attachment, draft.apply(&attachment)
}

// apply checks what a draft says of a file and takes it over.
func (d *AttachmentDraft) apply(attachment *store.Attachment) error {
	var wrong fieldErrors
	if d.Description != nil {
		attachment.Description = wrong.text(d.Path+".description", *d.Description, maxFileDescription)
	}
	if d.Filename != "" {
		name, err := checkFilename(d.Path+".filename", d.Filename)
		if err != nil {
			return err
		}
		attachment.Filename = name
	}
	if d.Spoiler && !strings.HasPrefix(attachment.Filename, spoilerPrefix) {
		attachment.Filename = shortenFilename(spoilerPrefix + attachment.Filename)
	}
	if d.Duration < 0 || d.Duration > math.MaxInt32*time.Second {
		wrong.add(d.Path+".duration_secs", "NUMBER_TYPE_RANGE", "Must be between 0 and %d.", math.MaxInt32)
	}
	if _, err := base64.StdEncoding.DecodeString(d.Waveform); err != nil || len(d.Waveform) > maxWaveform {
		wrong.add(d.Path+".waveform", "BASE_TYPE_BAD_VALUE", "Must be base64 of at most %d characters.", maxWaveform)
	}
	return wrong.err()
}

// files tells whether an edit is about files.
func (e *MessageEdit) files() bool { return e.Attachments != nil || len(e.Added) > 0 }

// added gives the new files of an edit. Which of the others stay is decided when the edit is made.
func (f *Files) added(ctx context.Context, caller Caller, message *store.Message, edit *MessageEdit, held perm.Set) ([]store.Attachment, error) {
	drafts := slices.Clone(edit.Added)
	if edit.Attachments != nil {
		for _, draft := range *edit.Attachments {
			if attachmentAmong(message.Attachments, draft.ID) < 0 {
				drafts = append(drafts, draft)
			}
		}
	}
	if len(drafts) == 0 {
		return nil, nil
	}
	if message.Flags&store.MessageIsVoice != 0 {
		return nil, invalid("attachments", "BASE_TYPE_BAD_VALUE", "A voice message is one file of sound and nothing else.")
	}
	scratch := store.Message{ChannelID: message.ChannelID}
	if err := f.attach(ctx, caller, message.ChannelID, &scratch, drafts, held); err != nil {
		return nil, err
	}
	return scratch.Attachments, nil
}

// applyFiles changes the files of a message as it is stored by now.
func (e *MessageEdit) applyFiles(current *store.Message, added []store.Attachment) error {
	if !e.files() {
		return nil
	}
	kept := slices.Clone(current.Attachments)
	if e.Attachments != nil {
		kept = kept[:0]
		for i := range *e.Attachments {
			draft := &(*e.Attachments)[i]
			if attachmentAmong(added, draft.ID) >= 0 {
				continue
			}
			at := attachmentAmong(current.Attachments, draft.ID)
			if at < 0 || attachmentAmong(kept, draft.ID) >= 0 {
				return invalid(draft.Path+".id", "ATTACHMENT_NOT_FOUND", "There is no such file for this message.")
			}
			stays := current.Attachments[at]
			if err := draft.apply(&stays); err != nil {
				return err
			}
			kept = append(kept, stays)
		}
	}
	kept = append(kept, added...)
	if len(kept) > MaxAttachments {
		return fail(TooManyAttachments)
	}
	current.Attachments = kept
	return nil
}

// attachmentAmong tells at which place an attachment stands, -1 for none.
func attachmentAmong(attachments []store.Attachment, attachmentID id.ID) int {
	return slices.IndexFunc(attachments, func(one store.Attachment) bool { return one.ID == attachmentID })
}

// nameOwnFiles puts the names of the message's own files back into embeds: bots take the embeds of a message, with the addresses that readers are given, and send them again.
func (e *MessageEdit) nameOwnFiles(message *store.Message) {
	if e.Embeds == nil || len(message.Attachments) == 0 {
		return
	}
	rename := func(address *string) {
		parsed, err := url.Parse(*address)
		if err != nil {
			return
		}
		link, ok := ParseLink(strings.TrimPrefix(parsed.Path, "/cdn"))
		if !ok || link.ChannelID != message.ChannelID {
			return
		}
		if at := attachmentAmong(message.Attachments, link.AttachmentID); at >= 0 {
			*address = ownFile + message.Attachments[at].Filename
		}
	}
	for i := range *e.Embeds {
		embed := &(*e.Embeds)[i]
		for _, address := range []*string{&embed.Image, &embed.Thumbnail, &embed.Footer.IconURL, &embed.Author.IconURL} {
			rename(address)
		}
	}
}
