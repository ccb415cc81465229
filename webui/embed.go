// Package webui holds the built web client, and the manual.
package webui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed docs/*.md
var docs embed.FS

// Files gives the built client, index.html at its root.
func Files() fs.FS { return within(dist, "dist") }

// Manual gives the pages of the manual in Markdown, index.md the first.
func Manual() fs.FS { return within(docs, "docs") }

func within(files fs.FS, folder string) fs.FS {
	found, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // only for a name that is not a valid path
	}
	return found
}
