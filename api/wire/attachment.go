package wire

import (
	"slices"
	"strings"

	"guildhall/store"
	"guildhall/store/id"
)

// Links gives addresses, absolute, and good for whom they are given to. A nil one gives none.
type Links interface {
	// File gives that of a file on a message.
	File(channelID, attachmentID id.ID, filename string) string
	// Foreign gives that under which a picture of another site is to be seen here; empty for nowhere.
	Foreign(address string) string
}

func linkTo(links Links, channelID id.ID, attachment *store.Attachment) string {
	if links == nil {
		return ""
	}
	return links.File(channelID, attachment.ID, attachment.Filename)
}

// Attachment is a file that hangs on a message.
type Attachment struct {
	ID          id.ID  `json:"id"`
	Filename    string `json:"filename"`
	Size        int64  `json:"size"`
	URL         string `json:"url"`
	ProxyURL    string `json:"proxy_url"`
	ContentType string `json:"content_type,omitempty"`
	Description string `json:"description,omitempty"`
	Width       int    `json:"width,omitempty"`
	Height      int    `json:"height,omitempty"`
	// DurationSecs and Waveform are of voice messages.
	DurationSecs float64 `json:"duration_secs,omitempty"`
	Waveform     string  `json:"waveform,omitempty"`
}

func newAttachments(channelID id.ID, attachments []store.Attachment, links Links) []Attachment {
	shown := make([]Attachment, len(attachments))
	for i := range attachments {
		one := &attachments[i]
		address := linkTo(links, channelID, one)
		shown[i] = Attachment{ID: one.ID, Filename: one.Filename, Size: one.Size, URL: address, ProxyURL: address, ContentType: one.ContentType, Description: one.Description,
			Width: one.Width, Height: one.Height, DurationSecs: one.Duration.Seconds(), Waveform: one.Waveform}
	}
	return shown
}

// ownFile begins the address of a picture in an embed that hangs on the message itself.
const ownFile = "attachment://"

// resolveFiles puts the addresses of a message's own files into its embeds. As upstream, a file that an embed shows is not listed beside it.
func resolveFiles(embeds []Embed, attachments []Attachment) []Attachment {
	var shown []string
	for i := range embeds {
		for _, address := range embeds[i].pictures() {
			if address == nil {
				continue
			}
			name, own := strings.CutPrefix(*address, ownFile)
			if !own {
				continue
			}
			*address = ""
			if at := slices.IndexFunc(attachments, func(one Attachment) bool { return one.Filename == name }); at >= 0 {
				*address = attachments[at].URL
				shown = append(shown, name)
			}
		}
		embeds[i].dropEmptyPictures()
	}
	if len(shown) == 0 {
		return attachments
	}
	return slices.DeleteFunc(slices.Clone(attachments), func(one Attachment) bool { return slices.Contains(shown, one.Filename) })
}

// AttachmentDraft is a file in the body of a message: one of the request's own, one that was uploaded before, or, in edits, one that stays.
type AttachmentDraft struct {
	// ID is the number of the part files[n], that of an attachment, or what the client likes beside UploadedFilename.
	ID               AttachmentNumber `json:"id"`
	Filename         string           `json:"filename"`
	Description      *string          `json:"description"`
	DurationSecs     float64          `json:"duration_secs"`
	Waveform         string           `json:"waveform"`
	UploadedFilename string           `json:"uploaded_filename"`
	// IsSpoiler hides a file until a reader asks for it, as a name that begins with SPOILER_ does.
	IsSpoiler bool `json:"is_spoiler"`
}

// AttachmentNumber is an id or a small number, as a text or as a number.
type AttachmentNumber string

// UnmarshalJSON takes the text or the digits.
func (n *AttachmentNumber) UnmarshalJSON(data []byte) error {
	*n = AttachmentNumber(strings.Trim(string(data), `"`))
	return nil
}

// RefreshURLs is the body of POST /attachments/refresh-urls.
type RefreshURLs struct {
	AttachmentURLs []string `json:"attachment_urls"`
}

// RefreshedURLs is its answer.
type RefreshedURLs struct {
	RefreshedURLs []RefreshedURL `json:"refreshed_urls"`
}

// RefreshedURL is an address with its new one, null where the caller may not see the file or there is none.
type RefreshedURL struct {
	Original  string  `json:"original"`
	Refreshed *string `json:"refreshed"`
}
