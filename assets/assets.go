// Package assets holds the built style sheet, scripts, icons and fonts, and the
// licences they come with.
//
// They are made from npm packages by build.mjs into dist/, which is not in the
// repository: the program compiles without it, and Manifest then says what to
// run. Addresses and HTTP belong to web and web/ui.
package assets

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Prefix is the path under which web serves the files.
const Prefix = "/static/"

// File is one built file.
type File struct {
	// Path inside dist; it carries a hash of the content.
	Path string `json:"path"`
	// SHA256 of the content, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Type is the media type to serve it with.
	Type string `json:"type"`
	// Encodings lists the precompressed twins, "br" and "gzip".
	Encodings []string `json:"encodings,omitempty"`
}

// Licence is the notice of one package that went into dist.
type Licence struct {
	Package string `json:"package"`
	Version string `json:"version"`
	Licence string `json:"licence"` // SPDX identifier
	File    string `json:"file"`    // inside dist
}

type manifest struct {
	Files    map[string]File `json:"files"` // logical name → file
	Icons    []string        `json:"icons"`
	Licences []Licence       `json:"licences"`
}

// Manifest maps the logical names, such as "atrio.css", to the built files.
// Before the first build it fails with an error that is fs.ErrNotExist.
func Manifest() (map[string]File, error) {
	m, err := read(dist)
	return m.Files, err
}

// Icons lists the icons that "sprites.svg" holds.
func Icons() ([]string, error) {
	m, err := read(dist)
	return m.Icons, err
}

// Licences lists the packages whose code is in dist.
func Licences() ([]Licence, error) {
	m, err := read(dist)
	return m.Licences, err
}

// FS gives the built files by their path in the manifest; the precompressed
// twins have ".br" and ".gz" behind it.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

func read(from fs.FS) (manifest, error) {
	var m manifest
	data, err := fs.ReadFile(from, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("assets: not built yet: run `make assets`: %w", fs.ErrNotExist)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("assets: manifest: %w: run `make assets`", err)
	}
	return m, nil
}
