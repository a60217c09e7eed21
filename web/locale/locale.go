// Package locale owns the texts of the pages: catalogues of key and text in
// every language, their arguments, and dates as people write them.
//
// A catalogue is refused when a key lacks its twin in another language, when
// the twins take different arguments, or when a text holds markup beyond the
// few elements that HTML allows. Which language a request gets is decided by
// web; the templates that use the texts live in web/ui.
package locale

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the container image has no zone files
)

// Zone is the time zone in which every date is shown.
const Zone = "Europe/Rome"

// Catalog holds the texts of all languages. It is immutable after Load.
type Catalog struct {
	langs []string
	texts map[string]map[string]message // language → key → text
	zone  *time.Location
}

// Load reads it.json, en.json … from the root of every source: flat objects of
// key and text. All faults are reported at once: a missing twin, a key defined
// twice, arguments that differ between the languages, forbidden markup.
func Load(langs []string, sources ...fs.FS) (*Catalog, error) {
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, fmt.Errorf("locale: %w", err)
	}
	c := &Catalog{langs: slices.Clone(langs), texts: map[string]map[string]message{}, zone: zone}
	for _, lang := range langs {
		c.texts[lang] = map[string]message{}
	}
	// Side by side: a start reads some thousand texts.
	found := make([][]error, len(langs))
	var all sync.WaitGroup
	for i, lang := range langs {
		all.Go(func() {
			for _, src := range sources {
				found[i] = append(found[i], c.add(lang, src)...)
			}
		})
	}
	all.Wait()
	faults := append(slices.Concat(found...), c.compare()...)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

// add reads one language of one source into the catalogue.
func (c *Catalog) add(lang string, src fs.FS) []error {
	entries, err := readFile(src, lang)
	if err != nil {
		return []error{err}
	}
	var faults []error
	for _, e := range entries {
		if _, taken := c.texts[lang][e.key]; taken {
			faults = append(faults, fmt.Errorf("locale: %s.json: key %q is defined twice", lang, e.key))
			continue
		}
		m, err := parseMessage(e.text)
		if err != nil {
			faults = append(faults, fmt.Errorf("locale: %s.json: %q: %w", lang, e.key, err))
			continue
		}
		c.texts[lang][e.key] = m
	}
	return faults
}

// compare checks that all languages have the same keys with the same arguments.
func (c *Catalog) compare() []error {
	var faults []error
	for _, key := range c.Keys() {
		first := c.langs[0]
		for _, lang := range c.langs {
			m, ok := c.texts[lang][key]
			if !ok {
				faults = append(faults, fmt.Errorf("locale: key %q is missing in %s.json", key, lang))
				continue
			}
			if base, ok := c.texts[first][key]; ok && !slices.Equal(base.names(), m.names()) {
				faults = append(faults, fmt.Errorf("locale: key %q takes %v in %s but %v in %s",
					key, base.names(), first, m.names(), lang))
			}
		}
	}
	return faults
}

// Overlay returns a catalogue in which the texts of a theme replace those of
// the same key. The files may be partial, but unknown keys and other arguments
// are errors, because they are slips of the pen.
func (c *Catalog) Overlay(src fs.FS) (*Catalog, error) {
	o := &Catalog{langs: c.langs, texts: map[string]map[string]message{}, zone: c.zone}
	var faults []error
	for _, lang := range c.langs {
		o.texts[lang] = map[string]message{}
		for k, m := range c.texts[lang] {
			o.texts[lang][k] = m
		}
		entries, err := readFile(src, lang)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			faults = append(faults, err)
		}
		for _, e := range entries {
			m, err := parseMessage(e.text)
			old, known := o.texts[lang][e.key]
			switch {
			case err != nil:
				faults = append(faults, fmt.Errorf("locale: overlay %s.json: %q: %w", lang, e.key, err))
			case !known:
				faults = append(faults, fmt.Errorf("locale: overlay %s.json: unknown key %q", lang, e.key))
			case !slices.Equal(old.names(), m.names()):
				faults = append(faults, fmt.Errorf("locale: overlay %s.json: %q must take %v", lang, e.key, old.names()))
			default:
				o.texts[lang][e.key] = m
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return o, nil
}

// Langs lists the languages, the default one first.
func (c *Catalog) Langs() []string { return slices.Clone(c.langs) }

// Has reports whether the key exists; it then exists in every language.
func (c *Catalog) Has(key string) bool {
	_, ok := c.texts[c.langs[0]][key]
	return ok
}

// Keys lists every key of any language in order.
func (c *Catalog) Keys() []string {
	var keys []string
	for _, lang := range c.langs {
		for k := range c.texts[lang] {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
