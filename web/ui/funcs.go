package ui

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"atrio/assets"
)

// funcs are the functions of all templates, bound to one language.
//
//	t "key" ["name" value …]    text, escaped
//	th "key" ["name" value …]   text whose <strong>, <a>, <br> … are kept
//	lang                        "it" or "en"
//	date, datetime              a time.Time in words, "" for the zero time
//	datum kind value            a value kept as a code, in words (see datum.go)
//	asset "atrio.css"           address of a built file
//	icon "it-user" ["icon-sm"]  an icon of the sprite, hidden from screen readers
//	dict, list                  arguments for components
//	opts dict "id! hint"        the same with defaults; a name with ! must be given
//	errorText                   text of a *FieldError, a FieldError or a string
func (s *Set) funcs(lang string) template.FuncMap {
	text := func(key string, args ...any) (string, error) {
		if err := s.catalog.Check(key, args...); err != nil {
			return "", err
		}
		return s.catalog.Text(lang, key, args...), nil
	}
	return template.FuncMap{
		"t": text,
		"th": func(key string, args ...any) (template.HTML, error) {
			if err := s.catalog.Check(key, args...); err != nil {
				return "", err
			}
			return s.catalog.HTML(lang, key, args...), nil
		},
		"has":       s.catalog.Has,
		"lang":      func() string { return lang },
		"date":      func(t time.Time) string { return s.catalog.Date(lang, t) },
		"datetime":  func(t time.Time) string { return s.catalog.DateTime(lang, t) },
		"datum":     func(kind, value string) string { return s.datum(lang, kind, value) },
		"asset":     s.asset,
		"icon":      s.icon,
		"dict":      dict,
		"list":      func(v ...any) []any { return v },
		"opts":      opts,
		"errorText": func(e any) (string, error) { return errorText(e, text) },
	}
}

// asset gives the address of a built file. Before the first build it is the
// logical name, so that pages can be tested without Node.
func (s *Set) asset(name string) (string, error) {
	if s.static == nil {
		return assets.Prefix + name, nil
	}
	if url, ok := s.static[name]; ok {
		return url, nil
	}
	return "", fmt.Errorf("ui: no asset %q", name)
}

func (s *Set) icon(name string, classes ...string) (template.HTML, error) {
	if s.static != nil && !slices.Contains(s.icons, name) {
		return "", fmt.Errorf("ui: no icon %q: add it to assets/icons.json", name)
	}
	sprite, err := s.asset("sprites.svg")
	if err != nil {
		return "", err
	}
	class := template.HTMLEscapeString(strings.Join(append([]string{"icon"}, classes...), " "))
	return template.HTML(fmt.Sprintf( //nolint:gosec // every part is escaped
		`<svg class="%s" aria-hidden="true" focusable="false"><use href="%s#%s"></use></svg>`,
		class, template.HTMLEscapeString(sprite), template.HTMLEscapeString(name))), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: needs pairs of name and value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// opts fills in the options a caller left out with nil and refuses names that
// the component does not know, which are slips of the pen.
func opts(given map[string]any, spec string) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range strings.Fields(spec) {
		bare, required := strings.CutSuffix(name, "!")
		v, ok := given[bare]
		if required && !ok {
			return nil, fmt.Errorf("component needs %q", bare)
		}
		out[bare] = v
	}
	for name := range given {
		if _, known := out[name]; !known {
			return nil, fmt.Errorf("component has no option %q", name)
		}
	}
	return out, nil
}

func errorText(e any, text func(string, ...any) (string, error)) (string, error) {
	switch e := e.(type) {
	case nil:
		return "", nil
	case string:
		return e, nil
	case FieldError:
		return text(e.Key, e.Args...)
	case *FieldError:
		if e == nil {
			return "", nil
		}
		return text(e.Key, e.Args...)
	}
	return "", fmt.Errorf("errorText: %T is not an error of a field", e)
}
