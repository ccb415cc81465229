package wire

// UploadSlots is the body of POST /channels/{channel}/attachments: files that are announced.
type UploadSlots struct {
	Files []UploadDraft `json:"files"`
}

// UploadDraft announces a file. ID is the client's own number for it.
type UploadDraft struct {
	ID       AttachmentNumber `json:"id"`
	Filename string           `json:"filename"`
	FileSize int64            `json:"file_size"`
}

// UploadSlotsMade is the answer, in the same order.
type UploadSlotsMade struct {
	Attachments []UploadSlot `json:"attachments"`
}

// UploadSlot is where a file is sent to, with PUT. UploadFilename is what the message names it by, as uploaded_filename.
type UploadSlot struct {
	ID             int    `json:"id"`
	UploadURL      string `json:"upload_url"`
	UploadFilename string `json:"upload_filename"`
}

// UploadState is the answer to a piece of a file: how many of its bytes have arrived.
type UploadState struct {
	Received int64 `json:"received"`
	Size     int64 `json:"size"`
}
