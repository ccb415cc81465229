package chat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldErrors collects what is wrong with an input, so that people are told everything at once.
type fieldErrors []FieldError

func (f *fieldErrors) add(path, code, format string, arguments ...any) {
	*f = append(*f, FieldError{Path: path, Code: code, Message: fmt.Sprintf(format, arguments...)})
}

// err is nil when nothing is wrong, Invalid otherwise.
func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Fields: f}
}

// number checks that an integer is within its bounds.
func (f *fieldErrors) number(path string, value, least, greatest int) {
	if value < least || value > greatest {
		f.add(path, "NUMBER_TYPE_RANGE", "Must be between %d and %d.", least, greatest)
	}
}

// maxMarks is how many combining marks may follow each other in a name. Languages need a few, towers that cover the lines above need many.
const maxMarks = 8

// name cleans a one-line text that people are to recognise: spaces at its ends go, control and bidirectional control characters are refused, something must be
// visible, and its length in characters (code points) must be within bounds. Zero as shortest allows an empty text.
func (f *fieldErrors) name(path, value string, shortest, longest int) string {
	value = strings.TrimSpace(value)
	if !utf8.ValidString(value) {
		f.add(path, "BASE_TYPE_BAD_TEXT", "Must be valid UTF-8.")
		return value
	}
	if length := utf8.RuneCountInString(value); length < shortest || length > longest {
		f.length(path, shortest, longest)
		return value
	}
	visible, marks := false, 0
	for _, r := range value {
		switch {
		case unicode.Is(unicode.Cc, r), r == '\u2028', r == '\u2029', isBidiControl(r):
			f.add(path, "BASE_TYPE_BAD_TEXT", "Must not contain control characters.")
			return value
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				f.add(path, "BASE_TYPE_BAD_TEXT", "Has too many combining marks in a row.")
				return value
			}
		default:
			marks = 0
			visible = visible || !unicode.IsSpace(r) && !isInvisible(r)
		}
	}
	if value != "" && !visible {
		f.add(path, "BASE_TYPE_BAD_TEXT", "Must have something that can be seen.")
	}
	return value
}

// text cleans a text of several lines: spaces at its ends go, line ends become \n, and its length in characters (code points) is bounded.
func (f *fieldErrors) text(path, value string, longest int) string {
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
		f.add(path, "BASE_TYPE_BAD_TEXT", "Must be valid UTF-8 without NUL.")
		return ""
	}
	if strings.IndexByte(value, '\r') >= 0 {
		value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
	}
	value = strings.TrimSpace(value)
	// Characters are at most as many as bytes.
	if len(value) > longest && utf8.RuneCountInString(value) > longest {
		f.length(path, 0, longest)
	}
	return value
}

func (f *fieldErrors) length(path string, shortest, longest int) {
	if shortest == 0 {
		f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", longest)
		return
	}
	f.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", shortest, longest)
}

// isBidiControl tells the characters that turn the direction of the text around them, with which one name can be made to look like another.
func isBidiControl(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// isInvisible tells characters that take no ink though they are neither space nor control: zero-width ones, fillers, format characters.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0' || r == '\u2800'
}
