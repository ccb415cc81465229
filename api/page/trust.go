package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

// Trust is what people need to know of the hall's own certificate authority to trust it.
type Trust struct {
	// Name is how the authority is listed in an operating system; Fingerprint its SHA-256 in pairs of hexadecimal digits.
	Name, Fingerprint string
	// PEM and DER are the authority's certificate in the two usual forms.
	PEM, DER []byte
}

//go:embed trust.html
var trustHTML string

//go:embed trust.css
var trustCSS []byte

var trustTemplate = template.Must(template.New("trust").Parse(trustHTML))

// register adds /trust with its downloads. They are there over plain HTTP on this machine, and over HTTPS past the warning from others.
func (t *Trust) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /trust", func(w http.ResponseWriter, r *http.Request) {
		var page bytes.Buffer
		if err := trustTemplate.Execute(&page, t); err != nil {
			http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
			return
		}
		securityHeaders(w, r)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(page.Bytes())
	})
	mux.HandleFunc("GET /trust/guildhall-authority.crt", t.download("application/x-x509-ca-cert", "guildhall-authority.crt", t.PEM))
	mux.HandleFunc("GET /trust/guildhall-authority.cer", t.download("application/pkix-cert", "guildhall-authority.cer", t.DER))
	mux.HandleFunc("GET /trust/style.css", func(w http.ResponseWriter, r *http.Request) {
		securityHeaders(w, r)
		w.Header().Set("Content-Type", contentTypes[".css"])
		_, _ = w.Write(trustCSS)
	})
}

func (t *Trust) download(contentType, name string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		securityHeaders(w, r)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		_, _ = w.Write(content)
	}
}

// serveNothingToTrust answers /trust where the certificate was not made by the hall itself.
func serveNothingToTrust(w http.ResponseWriter, r *http.Request) {
	securityHeaders(w, r)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("This hall uses a certificate that its administrator chose. There is nothing for you to do.\n"))
}
