// Package ui owns how pages look: the layout, the components, the theme of an
// institution and the set of all page templates.
//
// Pages themselves live beside their handlers, which hand them in as Pages.
// The set keeps one tree of templates per language, with texts, dates and asset
// addresses bound to it. HTTP, sessions and errors belong to web; texts to
// web/locale; style sheets and scripts to assets.
package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"

	"atrio/assets"
	"atrio/web/locale"
)

//go:embed templates texts
var files embed.FS

// Langs are the languages of every page, the default one first.
func Langs() []string { return []string{"it", "en"} }

// Set is every page of a site in every language. It is immutable and safe for
// concurrent use.
type Set struct {
	catalog *locale.Catalog
	theme   Theme
	static  map[string]string // logical name → address; nil before the assets are built
	icons   []string
	trees   map[string]*template.Template
	pages   []string
	place   func(lang, code string) string // nil: codes of places are shown as they are
}

// NamePlaces lets pages show the names of places that are kept as codes. The
// function gives "" for a code that it does not know. Call it before the first page.
func (s *Set) NamePlaces(name func(lang, code string) string) { s.place = name }

// NewSet loads layout, components and the given pages. It fails on the first
// run of a program, not on the first visit: unknown functions, missing twins of
// texts and pages, broken templates and a theme that cannot be read are errors.
func NewSet(theme Theme, pages ...Pages) (*Set, error) {
	sources := []fs.FS{Pages{FS: files}.Texts()}
	for _, p := range pages {
		if t := p.Texts(); t != nil {
			sources = append(sources, t)
		}
	}
	catalog, err := locale.Load(Langs(), sources...)
	if err != nil {
		return nil, err
	}
	if theme.Texts != nil {
		if catalog, err = catalog.Overlay(theme.Texts); err != nil {
			return nil, err
		}
	}
	if err := theme.Validate(); err != nil {
		return nil, err
	}
	s := &Set{catalog: catalog, theme: theme, trees: map[string]*template.Template{}}
	if s.static, s.icons, err = built(); err != nil {
		return nil, err
	}
	if err := s.load(pages); err != nil {
		return nil, err
	}
	return s, nil
}

// built maps the logical names of the built assets to their addresses and lists
// the icons. Both are nil when nothing has been built yet: pages can then still
// be tested.
func built() (map[string]string, []string, error) {
	m, err := assets.Manifest()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	out := map[string]string{}
	for name, file := range m {
		out[name] = assets.Prefix + file.Path
	}
	icons, err := assets.Icons()
	return out, icons, err
}

// load builds the tree of every language. The first one takes what all have in common
// as it was read, the others take a copy.
func (s *Set) load(pages []Pages) error {
	langs := Langs()
	funcs := s.funcs(langs[0])
	first, err := template.New("").Option("missingkey=error").Funcs(funcs).ParseFS(files, "templates/*.html")
	if err != nil {
		return fmt.Errorf("ui: %w", err)
	}
	list := parsePages(pages, first, funcs)
	for _, p := range list {
		if p.err != nil {
			return p.err
		}
	}
	if err := graftPages(first, list, ""); err != nil {
		return err
	}
	s.trees[langs[0]] = first
	for _, lang := range langs[1:] {
		root, err := first.Clone()
		if err != nil {
			return fmt.Errorf("ui: %w", err)
		}
		s.trees[lang] = root.Funcs(s.funcs(lang))
	}
	for lang, root := range s.trees {
		if err := graftPages(root, list, lang); err != nil {
			return err
		}
	}
	s.pages, err = names(list, langs[0])
	return err
}

// names lists the pages of a language, which are those of every other: twins are
// compared where the files are listed.
func names(list []parsed, lang string) ([]string, error) {
	var ids []string
	for _, p := range list {
		for _, page := range p.pages {
			if page.lang != "" && page.lang != lang {
				continue
			}
			if slices.Contains(ids, page.id) {
				return nil, fmt.Errorf("ui: page %s is defined twice", page.id)
			}
			ids = append(ids, page.id)
		}
	}
	return ids, nil
}

// Catalog gives the texts, for messages that are not pages: mails, JSON errors.
func (s *Set) Catalog() *locale.Catalog { return s.catalog }

// Theme is the institution's face.
func (s *Set) Theme() Theme { return s.theme }

// Names lists the ids of all pages.
func (s *Set) Names() []string { return slices.Clone(s.pages) }

// Render writes a page. The view is the dot of the page; the layout is what
// stands around it. Nothing is written when the page fails.
func (s *Set) Render(w io.Writer, page, lang string, layout Layout, view any) error {
	root := s.trees[lang]
	if root == nil {
		lang = Langs()[0]
		root = s.trees[lang]
	}
	if root.Lookup(page+"#main") == nil {
		return fmt.Errorf("ui: no page %q", page)
	}
	var title, main, out bytes.Buffer
	if err := root.ExecuteTemplate(&title, page+"#title", view); err != nil {
		return fmt.Errorf("ui: %s: %w", page, err)
	}
	if err := root.ExecuteTemplate(&main, page+"#main", view); err != nil {
		return fmt.Errorf("ui: %s: %w", page, err)
	}
	frame := frame{
		Layout: layout, Theme: s.theme, Lang: lang,
		Title: template.HTML(bytes.TrimSpace(title.Bytes())), //nolint:gosec // just executed by html/template
		Main:  template.HTML(nameErrors(main.Bytes())),       //nolint:gosec // just executed by html/template
	}
	if err := root.ExecuteTemplate(&out, "layout", frame); err != nil {
		return fmt.Errorf("ui: layout of %s: %w", page, err)
	}
	_, err := out.WriteTo(w)
	return err
}

// frame is the dot of the layout.
type frame struct {
	Layout
	Theme Theme
	Lang  string
	Title template.HTML
	Main  template.HTML
}
