package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) attachmentRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/attachments/refresh-urls", Handle: a.refreshURLs},
	}
}

// site is the address by which the caller reaches the hall.
func (a *api) site(r *route.Request) string {
	if a.publicURL != nil && r.TLS != nil {
		return "https://" + a.publicURL.Host
	}
	return route.BaseURL(r.Request, "http")
}

// links make addresses of files for the caller.
func (a *api) links(r *route.Request) wire.Links {
	return a.Files.LinksAt(a.site(r))
}

// received are the files that come with a request.
type received struct {
	api       *api
	r         *route.Request
	channelID id.ID
	files     []receivedFile
	// caller brings them, and receive takes each in.
	caller  chat.Caller
	receive func(ctx context.Context, caller chat.Caller, channelID id.ID, name string, content io.Reader) (id.ID, error)
}

type receivedFile struct {
	// number is n of files[n], or at which place the file came.
	number   int
	uploadID id.ID
}

func (a *api) receiveInto(r *route.Request, channelID id.ID) *received {
	return &received{api: a, r: r, channelID: channelID, caller: r.Caller, receive: a.Files.Receive}
}

// take takes a file in while it arrives.
func (f *received) take(part route.FilePart) error {
	if len(f.files) == chat.MaxAttachments {
		return &chat.Error{Kind: chat.TooManyAttachments}
	}
	if part.Number < 0 {
		part.Number = len(f.files)
	}
	if slices.ContainsFunc(f.files, func(other receivedFile) bool { return other.number == part.Number }) {
		return invalid(fmt.Sprintf("files.%d", part.Number), "BASE_TYPE_BAD_VALUE", "This file is there twice.")
	}
	uploadID, err := f.receive(f.r.Context(), f.caller, f.channelID, part.Filename, part.Content)
	if err != nil {
		return err
	}
	f.files = append(f.files, receivedFile{part.Number, uploadID})
	return nil
}

// discardAllBut lets those files go that hang on no message in the end.
func (f *received) discardAllBut(kept []store.Attachment) {
	var left []id.ID
	for _, one := range f.files {
		if !slices.ContainsFunc(kept, func(attachment store.Attachment) bool { return attachment.ID == one.uploadID }) {
			left = append(left, one.uploadID)
		}
	}
	f.api.Files.Discard(f.r.Context(), left)
}

// drafts are the files of a new message: those that the body names, in its order, and then those that it does not name.
func (f *received) drafts(body []wire.AttachmentDraft) ([]chat.AttachmentDraft, error) {
	drafts := make([]chat.AttachmentDraft, 0, len(body)+len(f.files))
	for i := range body {
		draft, err := f.draft(i, &body[i])
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, draft)
	}
	for i, one := range f.files {
		if !slices.ContainsFunc(drafts, func(draft chat.AttachmentDraft) bool { return draft.ID == one.uploadID }) {
			drafts = append(drafts, chat.AttachmentDraft{Path: "files." + strconv.Itoa(i), ID: one.uploadID})
		}
	}
	return drafts, nil
}

// draft reads what the body says of a file.
func (f *received) draft(i int, body *wire.AttachmentDraft) (chat.AttachmentDraft, error) {
	path := "attachments." + strconv.Itoa(i)
	draft := chat.AttachmentDraft{Path: path, Filename: body.Filename, Description: body.Description, Spoiler: body.IsSpoiler, Duration: time.Duration(body.DurationSecs * float64(time.Second)), Waveform: body.Waveform}
	if body.UploadedFilename != "" {
		first, _, _ := strings.Cut(body.UploadedFilename, "/")
		uploadID, err := id.Parse(first)
		if err != nil {
			return draft, invalid(path+".uploaded_filename", "ATTACHMENT_NOT_FOUND", "There is no such upload.")
		}
		draft.ID = uploadID
		return draft, nil
	}
	number, err := strconv.Atoi(string(body.ID))
	if at := slices.IndexFunc(f.files, func(one receivedFile) bool { return err == nil && one.number == number }); at >= 0 {
		draft.ID = f.files[at].uploadID
		return draft, nil
	}
	if draft.ID, err = id.Parse(string(body.ID)); err != nil {
		return draft, invalid(path+".id", "ATTACHMENT_NOT_FOUND", "There is no such file in this request.")
	}
	return draft, nil
}

// edit adds to an edit what it does to the files: the list in its body is what is to be there then.
func (f *received) edit(body wire.Optional[[]wire.AttachmentDraft], edit *chat.MessageEdit) error {
	drafts, err := f.drafts(body.Value)
	if err != nil {
		return err
	}
	if body.Present {
		edit.Attachments = &drafts
	} else {
		edit.Added = drafts
	}
	return nil
}

// invalid is the error for one field.
func invalid(path, code, message string) error {
	return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: path, Code: code, Message: message}}}
}

func (a *api) refreshURLs(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.RefreshURLs](r)
	if err != nil {
		return err
	}
	refreshed, err := a.Files.Refresh(r.Context(), r.Caller, body.AttachmentURLs)
	if err != nil {
		return err
	}
	site := a.site(r)
	shown := wire.RefreshedURLs{RefreshedURLs: make([]wire.RefreshedURL, len(refreshed))}
	for i, one := range refreshed {
		shown.RefreshedURLs[i].Original = one.Address
		if one.Path != "" {
			address := site + one.Path
			shown.RefreshedURLs[i].Refreshed = &address
		}
	}
	return route.JSON(w, http.StatusOK, shown)
}
