package chat

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzFilenames(f *testing.F) {
	for _, seed := range []string{"a.txt", "../../etc/passwd", `C:\con.txt`, "\u202Egpj.exe", strings.Repeat("é", 300) + ".jpeg", ".", "", "a" + strings.Repeat("\u0301", 40), "NUL.a.b", "-rf", "\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name, err := checkFilename("filename", given)
		if err != nil {
			return
		}
		if name == "" || len(name) > maxFilename+1 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\:*?\"<>|%#\x00\n\r") || name == "." || name == ".." || name[0] == '.' || name[0] == '-' {
			t.Fatalf("%q became %q", given, name)
		}
		if again := cleanFilename(name); again != name {
			t.Fatalf("%q became %q, and that %q", given, name, again)
		}
	})
}

func FuzzContentTypes(f *testing.F) {
	for _, seed := range []string{"", "text", "<html>", "\x89PNG\r\n\x1a\n", "RIFF....WEBP", "\x00\x00\x00\x18ftypmp42", "OggS", "é"[:1], "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		got := contentType(head[:min(len(head), sniffBytes)])
		if strings.Contains(got, "html") || strings.Contains(got, "svg") || strings.Contains(got, "script") || strings.Contains(got, "xml") {
			t.Fatalf("%q is %s", head, got)
		}
	})
}
