package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Pages are the pages of one package: FS holds pages/*.html and, where the
// pages have texts of their own, texts/it.json and texts/en.json; a package whose
// only pages are those of errors has texts alone. A page is
// addressed as Name + "/" + file name without ".html". A long text may stand
// in one file per language: name.it.html and name.en.html.
//
// Every page file defines "title" (plain text) and "main"; further templates
// it defines are its own and do not meet those of other pages. What several pages of
// the package show stands once, in pages/shared/*.html, which hold templates only.
type Pages struct {
	Name string
	FS   fs.FS
}

// Texts is the file system of the catalogues, or nil when there are none.
func (p Pages) Texts() fs.FS {
	sub, err := fs.Sub(p.FS, "texts")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(sub, "."); err != nil {
		return nil
	}
	return sub
}

// source is one page file.
type source struct {
	id   string // "spiddoor/choice"
	file string // name for error messages
	lang string // "" for a page that all languages have in common
	text string
}

// sources lists the page files, those of one language too.
func (p Pages) sources(langs []string) ([]source, error) {
	names, err := fs.Glob(p.FS, "pages/*.html")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 && p.Texts() == nil {
		return nil, fmt.Errorf("ui: %s has neither pages/*.html nor texts", p.Name)
	}
	var out []source
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".html")
		base, lang, split := strings.Cut(base, ".")
		if split {
			for _, other := range langs {
				if err := p.hasTwin(base, other); err != nil {
					return nil, err
				}
			}
		}
		text, err := fs.ReadFile(p.FS, name)
		if err != nil {
			return nil, err
		}
		out = append(out, source{id: p.Name + "/" + base, file: p.Name + "/" + name, lang: lang, text: string(text)})
	}
	return out, nil
}

// shared is the text of the files whose templates every page of the package has.
func (p Pages) shared() (string, error) {
	names, err := fs.Glob(p.FS, "pages/shared/*.html")
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(p.FS, name)
		if err != nil {
			return "", err
		}
		all.Write(text)
	}
	return all.String(), nil
}

// hasTwin checks that a text in one file per language exists in this one.
func (p Pages) hasTwin(base, lang string) error {
	name := "pages/" + base + "." + lang + ".html"
	if _, err := fs.Stat(p.FS, name); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("ui: %s: %s is missing", p.Name, name)
	} else if err != nil {
		return err
	}
	return nil
}
