package rest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) uploadRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/channels/{channel}/attachments", Access: route.PeopleOnly, Handle: a.reserveUploads},
		{Method: "DELETE", Pattern: "/attachments/{upload}/{filename}", Access: route.PeopleOnly, Handle: a.cancelUpload},
		{Method: "PUT", Pattern: "/uploads/{upload}/{token}", Access: route.Public, Body: a.Files.Limits().FileBytes, Handle: a.receiveUpload},
	}
}

func (a *api) reserveUploads(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.UploadSlots](r)
	if err != nil {
		return err
	}
	drafts := make([]chat.SlotDraft, len(body.Files))
	for i, file := range body.Files {
		drafts[i] = chat.SlotDraft{Filename: file.Filename, Size: file.FileSize}
	}
	slots, err := a.Files.Reserve(r.Context(), r.Caller, channelID, drafts)
	if err != nil {
		return err
	}
	answer := wire.UploadSlotsMade{Attachments: make([]wire.UploadSlot, len(slots))}
	for i, slot := range slots {
		number := i
		if given, err := strconv.Atoi(string(body.Files[i].ID)); err == nil {
			number = given
		}
		answer.Attachments[i] = wire.UploadSlot{ID: number, UploadURL: fmt.Sprintf("%s/api/v10/uploads/%d/%s", a.site(r), slot.UploadID, slot.Token),
			UploadFilename: slot.UploadID.String() + "/" + slot.Filename}
	}
	return route.JSON(w, http.StatusOK, answer)
}

// cancelUpload lets an upload go. The path is its upload_filename.
func (a *api) cancelUpload(w http.ResponseWriter, r *route.Request) error {
	uploadID, err := r.ID("upload", chat.UnknownFile)
	if err != nil {
		return err
	}
	if err := a.Files.Cancel(r.Context(), r.Caller, uploadID); err != nil {
		return err
	}
	return route.NoContent(w)
}

// receiveUpload takes a file, or a piece of one. As usual with resumable uploads, Content-Range says which; where the upload is not whole afterwards the answer is 308 with what has arrived
// in Range, and "Content-Range: bytes */size" with no body asks for that alone.
func (a *api) receiveUpload(w http.ResponseWriter, r *route.Request) error {
	uploadID, err := id.Parse(r.Param("upload"))
	if err != nil {
		return &chat.Error{Kind: chat.UnknownFile}
	}
	piece, err := readPiece(r)
	if err != nil {
		return err
	}
	state, err := a.Files.UploadState(r.Context(), uploadID, r.Param("token"))
	if err != nil {
		return err
	}
	if piece.total >= 0 && piece.total != state.Size {
		return invalid("Content-Range", "BASE_TYPE_BAD_VALUE", fmt.Sprintf("The file was announced with %d bytes.", state.Size))
	}
	if !piece.question && !state.Whole {
		var broken error
		if state, broken, err = a.Files.ReceivePart(r.Context(), uploadID, r.Param("token"), piece.offset, r.Body); err != nil {
			return err
		}
		if broken != nil {
			return route.BodyError(broken)
		}
	}
	if state.Whole {
		return route.JSON(w, http.StatusOK, wire.UploadState{Received: state.Received, Size: state.Size})
	}
	if state.Received > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", state.Received-1))
	}
	return route.JSON(w, http.StatusPermanentRedirect, wire.UploadState{Received: state.Received, Size: state.Size})
}

// piece is what a request says of the bytes that it brings.
type piece struct {
	offset int64
	// total is how many the whole file has, -1 when it is not said.
	total int64
	// question tells that there are none, and that it is asked how far the upload is.
	question bool
}

// readPiece reads Content-Range (RFC 9110, section 14.4). Without it the body is the whole file.
func readPiece(r *route.Request) (piece, error) {
	header := r.Header.Get("Content-Range")
	if header == "" {
		return piece{total: r.ContentLength}, nil
	}
	wrong := invalid("Content-Range", "BASE_TYPE_BAD_VALUE", "Must be like bytes 0-99/1000 or bytes */1000.")
	span, size, ok := strings.Cut(strings.TrimPrefix(header, "bytes "), "/")
	if !ok || !strings.HasPrefix(header, "bytes ") {
		return piece{}, wrong
	}
	found := piece{total: -1}
	var err error
	if size != "*" {
		if found.total, err = strconv.ParseInt(size, 10, 64); err != nil || found.total < 0 {
			return piece{}, wrong
		}
	}
	if span == "*" {
		found.question = true
		return found, nil
	}
	first, last, ok := strings.Cut(span, "-")
	if !ok {
		return piece{}, wrong
	}
	if found.offset, err = strconv.ParseInt(first, 10, 64); err != nil || found.offset < 0 {
		return piece{}, wrong
	}
	end, err := strconv.ParseInt(last, 10, 64)
	if err != nil || end < found.offset || r.ContentLength >= 0 && r.ContentLength != end-found.offset+1 {
		return piece{}, wrong
	}
	return found, nil
}
