// Package cdn serves files to browsers and programs: what hangs on messages, under signed addresses, in a way that nothing in a file can do anything to those who look at it.
package cdn

import (
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/route"
)

// Options are what the files come from.
type Options struct {
	Files *chat.Files
	Log   *slog.Logger
}

// Server is the http.Handler of files.
type Server struct{ Options }

// New makes a server of files.
func New(options Options) *Server { return &Server{options} }

// prefix may stand before every path, for clients that are told an address of their own for files.
const prefix = "/cdn"

// Serves tells whether a path is of a file.
func Serves(path string) bool {
	if strings.HasPrefix(path, prefix+"/") || strings.HasPrefix(path, "/attachments/") {
		return true
	}
	if _, _, is := chat.ForeignPath(path); is {
		return true
	}
	_, is := parsePicture(path)
	return is
}

// ServeHTTP answers with a file.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	writePolicy(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		route.WriteError(w, &chat.Error{Kind: chat.UnknownFile})
		return
	}
	if err := s.serve(w, r); err != nil {
		if chat.KindOf(err) == chat.Internal && r.Context().Err() == nil {
			s.Log.Error("a file could not be served", "error", err)
		}
		w.Header().Set("Cache-Control", "no-store")
		route.WriteError(w, err)
	}
}

// writePolicy sets what goes with every answer: a file is no page, may not be guessed to be one, runs nothing, loads nothing, and has no origin. Pages of others may show it: who has
// the address may have the file.
func writePolicy(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Referrer-Policy", "no-referrer")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	path := strings.TrimPrefix(r.URL.Path, prefix)
	if asked, is := parsePicture(path); is {
		return s.servePicture(w, r, asked)
	}
	if signature, address, is := chat.ForeignPath(path); is {
		return s.serveForeign(w, r, signature, address)
	}
	link, ok := chat.ParseLink(path)
	if !ok {
		return &chat.Error{Kind: chat.UnknownFile}
	}
	query := r.URL.Query()
	link.Expires, link.Issued, link.Signature = query.Get("ex"), query.Get("is"), query.Get("hm")
	file, err := s.Files.Open(r.Context(), link, sizeOf(query))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", disposition(file))
	header.Set("ETag", `"`+file.Tag+`"`)
	// It may be kept, and must be asked for again: with its message a file ends at once.
	header.Set("Cache-Control", "private, no-cache")
	http.ServeContent(route.Patient(w), r, "", file.StoredAt, file)
	return nil
}

// sizeOf gives the size in pixels that is asked for; zero for none, and for what is no number.
func sizeOf(query url.Values) int {
	size := 0
	for _, name := range []string{"size", "width", "height"} {
		if pixels, err := strconv.Atoi(query.Get(name)); err == nil && pixels > 0 {
			size = max(size, pixels)
		}
	}
	if size == 0 {
		return 0
	}
	return chat.SmallSize(size)
}

// disposition says whether a file is shown or saved, and under which name.
func disposition(file *chat.OpenFile) string {
	how := "attachment"
	if file.Inline {
		how = "inline"
	}
	if written := mime.FormatMediaType(how, map[string]string{"filename": file.Filename}); written != "" {
		return written
	}
	return how
}
