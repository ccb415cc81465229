// Package page serves what a browser shows: the web client, the manual, and the page that explains how to trust the hall.
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
)

// Options say what the pages show.
type Options struct {
	// Client is the built web client, index.html at its root.
	Client fs.FS
	// Trust describes the hall's own authority; nil when the certificate is somebody else's.
	Trust *Trust
	// Dev serves the client in place of Client (a Vite development server behind a reverse proxy); nil for none.
	Dev http.Handler
	// Manual has the pages of the manual in Markdown, index.md the first; nil for none.
	Manual fs.FS
}

// New makes the handler of all pages. Paths that name no file are the client's own and get its first page, if the request is a
// navigation; everything else that is unknown is 404.
func New(options Options) (http.Handler, error) {
	p := &pages{options: options, files: make(map[string]*file)}
	mux := http.NewServeMux()
	mux.HandleFunc("/", p.serveClient)
	if options.Trust != nil {
		options.Trust.register(mux)
	} else {
		mux.HandleFunc("GET /trust", serveNothingToTrust)
	}
	if options.Manual != nil {
		if err := registerManual(mux, options.Manual); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

type pages struct {
	options Options
	mu      sync.Mutex
	files   map[string]*file
}

// file is one of the client's files as it goes over the wire.
type file struct {
	plain, gzipped []byte
	contentType    string
	etag           string
}

// hostForm is what a Host header may look like before it is repeated in a header of ours.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]{1,260}$`)

// securityHeaders are sent with every page. connect-src names the sockets' addresses too, because older browsers do not count them as 'self'. 'wasm-unsafe-eval' lets
// WebAssembly of our own files be compiled, for the noise suppression of microphones, and nothing else: no text becomes a script.
func securityHeaders(w http.ResponseWriter, r *http.Request) {
	sockets := ""
	if hostForm.MatchString(r.Host) {
		sockets = fmt.Sprintf(" ws://%s wss://%s", r.Host, r.Host)
	}
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "+
		"connect-src 'self'"+sockets+"; font-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "microphone=(self), camera=(self), display-capture=(self), geolocation=()")
}

func (p *pages) serveClient(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Pages can only be read.", http.StatusMethodNotAllowed)
		return
	}
	if p.options.Dev != nil {
		p.options.Dev.ServeHTTP(w, r)
		return
	}
	securityHeaders(w, r)
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	found, err := p.file(name)
	if err != nil && acceptsHTML(r) {
		name = "index.html"
		found, err = p.file(name)
	}
	if err != nil {
		http.Error(w, "There is nothing here.", http.StatusNotFound)
		return
	}
	found.serve(w, r, strings.HasPrefix(name, "assets/"))
}

func acceptsHTML(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/html") || path.Ext(r.URL.Path) == "" && (accept == "" || strings.Contains(accept, "*/*"))
}

// file reads and compresses one of the client's files, once.
func (p *pages) file(name string) (*file, error) {
	if name == "" || name == "." {
		name = "index.html"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.files[name]; ok {
		return found, nil
	}
	content, err := fs.ReadFile(p.options.Client, name)
	if err != nil {
		return nil, err
	}
	found, err := newFile(name, content)
	if err != nil {
		return nil, err
	}
	p.files[name] = found
	return found, nil
}

func newFile(name string, content []byte) (*file, error) {
	contentType := mime.TypeByExtension(path.Ext(name))
	if override, ok := contentTypes[path.Ext(name)]; ok {
		contentType = override
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	sum := sha256.Sum256(content)
	f := &file{plain: content, contentType: contentType, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	if compressible(contentType) {
		var buffer bytes.Buffer
		writer, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := writer.Write(content); err != nil {
			return nil, err
		}
		if err := writer.Close(); err != nil {
			return nil, err
		}
		if buffer.Len() < len(content) {
			f.gzipped = buffer.Bytes()
		}
	}
	return f, nil
}

// contentTypes do not depend on the machine's own table of types, which may be wrong (Windows' registry) or absent.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || strings.Contains(contentType, "json") || strings.Contains(contentType, "svg") || strings.Contains(contentType, "wasm")
}

// serve answers with the file. Files whose name holds their hash are kept for ever, the others are asked for again every time.
func (f *file) serve(w http.ResponseWriter, r *http.Request, hashed bool) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("ETag", f.etag)
	header.Set("Vary", "Accept-Encoding")
	if hashed {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content := f.plain
	if f.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		content = f.gzipped
	}
	header.Set("Content-Length", fmt.Sprint(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // a browser that went away needs no answer
	}
}
