package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed manual.html
var manualHTML string

//go:embed manual.css
var manualCSS []byte

var manualTemplate = template.Must(template.New("manual").Parse(manualHTML))

// manualPolicy lets a page of the manual load its own style and nothing else: there is no script in it.
const manualPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// manualPage is a page of the manual as its template shows it.
type manualPage struct {
	Title string
	Body  template.HTML
	// Pages are all pages of the manual, Contents the headings of this one.
	Pages    []manualLink
	Contents []manualLink
}

type manualLink struct {
	Address, Title string
	Current        bool
}

// manualOrder is the order in which the pages are listed.
var manualOrder = []string{"index", "running", "accounts", "bots", "webhooks", "events"}

// renderManual makes the pages of the manual out of Markdown, by their addresses. HTML in them is left out, not passed through.
func renderManual(source fs.FS) (map[string][]byte, error) {
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	pages := make(map[string]*manualPage, len(manualOrder))
	for _, name := range manualOrder {
		content, err := fs.ReadFile(source, name+".md")
		if err != nil {
			return nil, fmt.Errorf("read the manual: %w", err)
		}
		page, err := renderPage(markdown, content)
		if err != nil {
			return nil, fmt.Errorf("render %s of the manual: %w", name, err)
		}
		pages[name] = page
	}
	rendered := make(map[string][]byte, len(pages))
	for _, name := range manualOrder {
		for _, other := range manualOrder {
			pages[name].Pages = append(pages[name].Pages, manualLink{Address: manualAddress(other), Title: pages[other].Title, Current: other == name})
		}
		var page bytes.Buffer
		if err := manualTemplate.Execute(&page, pages[name]); err != nil {
			return nil, fmt.Errorf("show %s of the manual: %w", name, err)
		}
		rendered[manualAddress(name)] = page.Bytes()
	}
	return rendered, nil
}

func manualAddress(name string) string {
	if name == "index" {
		return "/docs"
	}
	return "/docs/" + name
}

// renderPage makes one page: links between the pages lead to their addresses, and headings become a list of contents.
func renderPage(markdown goldmark.Markdown, content []byte) (*manualPage, error) {
	page := &manualPage{}
	document := markdown.Parser().Parse(text.NewReader(content))
	err := ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link:
			address, anchor, _ := strings.Cut(string(node.Destination), "#")
			if name, isPage := strings.CutSuffix(address, ".md"); isPage && path.Base(name) == name {
				node.Destination = []byte(manualAddress(name))
				if anchor != "" {
					node.Destination = append(node.Destination, "#"+anchor...)
				}
			}
		case *ast.Heading:
			id, _ := node.AttributeString("id")
			named, _ := id.([]byte)
			switch title := headingText(node, content); {
			case node.Level == 1 && page.Title == "":
				page.Title = title
			case node.Level == 2:
				page.Contents = append(page.Contents, manualLink{Address: "#" + string(named), Title: title})
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, content, document); err != nil {
		return nil, err
	}
	// Who uses a keyboard can move what is wider than the page.
	shown := strings.ReplaceAll(body.String(), "<pre>", `<pre tabindex="0">`)
	page.Body = template.HTML(shown) //nolint:gosec // made of the pages in the executable, by a renderer that leaves HTML out
	return page, nil
}

// headingText is what a heading says.
func headingText(heading *ast.Heading, content []byte) string {
	var said strings.Builder
	for child := heading.FirstChild(); child != nil; child = child.NextSibling() {
		if words, ok := child.(*ast.Text); ok {
			said.Write(words.Value(content))
		}
	}
	return said.String()
}

// registerManual adds /docs.
func registerManual(mux *http.ServeMux, source fs.FS) error {
	pages, err := renderManual(source)
	if err != nil {
		return err
	}
	answer := func(contentType string, content []byte) http.HandlerFunc {
		found, err := newFile("manual"+path.Ext(contentType), content)
		if err != nil {
			return func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
			}
		}
		found.contentType = contentTypes[contentType]
		return func(w http.ResponseWriter, r *http.Request) {
			securityHeaders(w, r)
			w.Header().Set("Content-Security-Policy", manualPolicy)
			found.serve(w, r, false)
		}
	}
	for address, content := range pages {
		mux.HandleFunc("GET "+address, answer(".html", content))
	}
	mux.HandleFunc("GET /docs/style.css", answer(".css", manualCSS))
	mux.HandleFunc("GET /docs/", func(w http.ResponseWriter, r *http.Request) {
		if name := strings.TrimSuffix(r.URL.Path, "/"); name != r.URL.Path && pages[name] != nil {
			http.Redirect(w, r, name, http.StatusMovedPermanently)
			return
		}
		securityHeaders(w, r)
		http.Error(w, "The manual has no such page.", http.StatusNotFound)
	})
	return nil
}
