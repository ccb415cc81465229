package chat

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/api/chat/picture"
)

// sniffBytes is how many of a file's first bytes tell what it is.
const sniffBytes = 512

// Content types that are not of one format.
const (
	unknownType = "application/octet-stream"
	textType    = "text/plain; charset=utf-8"
)

// signature tells a format by bytes at an offset.
type signature struct {
	offset      int
	bytes       string
	contentType string
}

// signatures are those of formats that people send each other. Which of them browsers show is for shownInline to say.
var signatures = []signature{
	{0, "%PDF-", "application/pdf"},
	{0, "PK\x03\x04", "application/zip"},
	{0, "\x1F\x8B", "application/gzip"},
	{0, "7z\xBC\xAF\x27\x1C", "application/x-7z-compressed"},
	{0, "OggS", "audio/ogg"},
	{0, "fLaC", "audio/flac"},
	{0, "ID3", "audio/mpeg"},
	{0, "\xFF\xFB", "audio/mpeg"},
	{0, "\xFF\xF3", "audio/mpeg"},
	{0, "\xFF\xF2", "audio/mpeg"},
	{4, "ftypM4A", "audio/mp4"},
	{4, "ftypqt  ", "video/quicktime"},
	{4, "ftypiso", "video/mp4"},
	{4, "ftypmp4", "video/mp4"},
	{4, "ftypavc1", "video/mp4"},
	{4, "ftypM4V", "video/mp4"},
	{4, "ftypMSNV", "video/mp4"},
	{4, "ftypdash", "video/mp4"},
	// Pictures of the same family, which not every browser shows.
	{4, "ftypheic", "image/heic"},
	{4, "ftypheix", "image/heic"},
	{4, "ftypmif1", "image/heif"},
	{4, "ftypavif", "image/avif"},
}

// contentType tells from a file's first bytes what it is. What its sender calls it means nothing. Everything that is text is plain text, whatever it might be to a browser:
// pages, drawings in SVG and programs are read, and never run.
func contentType(head []byte) string {
	if format, ok := picture.Detect(head); ok {
		return format.ContentType()
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WAVE":
		return "audio/wav"
	case bytes.HasPrefix(head, []byte("\x1A\x45\xDF\xA3")):
		if bytes.Contains(head, []byte("webm")) {
			return "video/webm"
		}
		return "video/x-matroska"
	case bytes.HasPrefix(head, []byte("OggS")) && bytes.Contains(head, []byte("\x80theora")):
		return "video/ogg"
	}
	for _, one := range signatures {
		if len(head) >= one.offset && bytes.HasPrefix(head[one.offset:], []byte(one.bytes)) {
			return one.contentType
		}
	}
	if isText(head) {
		return textType
	}
	return unknownType
}

// isText tells whether bytes are text in UTF-8, of which the last character may be cut off.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 {
			return !utf8.FullRune(head)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\x1B' || r == '\x7F' {
			return false
		}
		head = head[size:]
	}
	return true
}

// inlineTypes are what browsers show without running anything that is in it.
var inlineTypes = []string{
	"image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg", "audio/flac", "audio/mpeg", "audio/mp4", "audio/wav", "video/mp4", "video/webm", "video/ogg", "video/quicktime", textType,
}

// shownInline tells whether browsers may show a file; all others are saved.
func shownInline(contentType string) bool { return slices.Contains(inlineTypes, contentType) }

// Bounds of file names.
const (
	// maxGivenFilename is in characters, as upstream takes it; maxFilename is what is kept of it, in bytes: what file systems can take.
	maxGivenFilename = 1024
	maxFilename      = 200
	// maxExtension is the longest end of a name that is kept when it is shortened, in bytes.
	maxExtension = 16
)

// checkFilename cleans the name that somebody gives a file. A name that is none at all is refused.
func checkFilename(path, name string) (string, error) {
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxGivenFilename {
		return "", invalid(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxGivenFilename)
	}
	return cleanFilename(name), nil
}

// cleanFilename makes of a name one that is safe to show, to put into an address and to save under: no folders, no characters that cannot be seen or that turn the text around
// them, none that a file system or a command line takes for something else, and none of the names that Windows keeps for devices.
func cleanFilename(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	var cleaned strings.Builder
	marks := 0
	for _, r := range name {
		switch {
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		case unicode.IsSpace(r):
			r, marks = '_', 0
		case !unicode.IsPrint(r) || isInvisible(r):
			continue
		case strings.ContainsRune(`<>:"|?*%#&;$'`+"`", r):
			r, marks = '_', 0
		default:
			marks = 0
		}
		cleaned.WriteRune(r)
	}
	name = strings.TrimLeft(strings.TrimRight(cleaned.String(), "._"), ".-")
	name = shortenFilename(name)
	if stem, _, _ := strings.Cut(name, "."); isDeviceName(stem) {
		name = "_" + name
	}
	if name == "" {
		return "file"
	}
	return name
}

// shortenFilename keeps the beginning and the extension.
func shortenFilename(name string) string {
	if len(name) <= maxFilename {
		return name
	}
	extension := ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 && len(name)-dot <= maxExtension {
		extension = name[dot:]
	}
	end := maxFilename - len(extension)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + extension
}

// isDeviceName tells the names that Windows has devices under, whatever follows the first dot.
func isDeviceName(stem string) bool {
	stem = strings.ToUpper(stem)
	if len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '0' && stem[3] <= '9' {
		return true
	}
	return slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, stem)
}
