package locale

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// message is one text, cut at its arguments: {name}, or {name|one|many} which
// chooses its word by whether the argument is 1.
type message []part

type part struct {
	text string // literal; for a plural the word for one
	name string // argument; "" for a literal
	many string // plural word; "" when the argument itself is shown
	href bool   // the argument stands in href="…"
}

// Allowed markup: enough for emphasis, links, abbreviations and foreign words.
var (
	tag      = regexp.MustCompile(`<[^>]*>?`)
	allowed  = regexp.MustCompile(`^(</?(strong|em|code|abbr|p|ul|ol|li)>|<br>|</(a|span)>|<span lang="[a-z]{2}">|<a href="[^"<>]*"( lang="[a-z]{2}")?( hreflang="[a-z]{2}")?>)$`)
	argument = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
)

func parseMessage(text string) (message, error) {
	if strings.IndexByte(text, '<') >= 0 { // few texts have any
		for _, t := range tag.FindAllString(text, -1) {
			if !allowed.MatchString(t) {
				return nil, fmt.Errorf("markup %q is not allowed in a text", t)
			}
		}
	}
	var m message
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(m, part{text: text}), nil
		}
		if open > 0 {
			m = append(m, part{text: text[:open]})
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			return nil, errors.New("an argument is not closed")
		}
		p, err := parseArgument(text[open+1 : open+end])
		if err != nil {
			return nil, err
		}
		before := text[:open]
		p.href = strings.LastIndexByte(before, '<') > strings.LastIndexByte(before, '>')
		if p.href && !strings.HasSuffix(before, `href="`) {
			return nil, fmt.Errorf("argument {%s} stands inside a tag but not as href=\"{%s}\"", p.name, p.name)
		}
		m, text = append(m, p), text[open+end+1:]
	}
	return m, nil
}

func parseArgument(s string) (part, error) {
	words := strings.Split(s, "|")
	if !argument.MatchString(words[0]) || len(words) == 2 || len(words) > 3 {
		return part{}, fmt.Errorf("{%s} is not an argument: use {name} or {name|one|many}", s)
	}
	p := part{name: words[0]}
	if len(words) == 3 {
		p.text, p.many = words[1], words[2]
	}
	return p, nil
}

// names lists the arguments without duplicates, in order of the alphabet.
func (m message) names() []string {
	var names []string
	for _, p := range m {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Text gives a text with its arguments, pairs of name and value, as plain text.
// An unknown key comes back as itself and a missing argument as its name in
// braces: a page that is already being written shall not fail for a word.
func (c *Catalog) Text(lang, key string, args ...any) string {
	return c.render(lang, key, args, func(_ part, v string) string { return v })
}

// HTML gives a text whose own markup is trusted; arguments are escaped, and an
// argument used as a link must be a local or a web address.
func (c *Catalog) HTML(lang, key string, args ...any) template.HTML {
	return template.HTML(c.render(lang, key, args, func(p part, v string) string { //nolint:gosec // the catalogue is ours, arguments are escaped
		if p.href && !safeLink(v) {
			return "#"
		}
		return html.EscapeString(v)
	}))
}

// Check reports an unknown key and missing arguments, for callers that can
// still fail, such as templates under test.
func (c *Catalog) Check(key string, args ...any) error {
	if !c.Has(key) {
		return fmt.Errorf("locale: unknown key %q", key)
	}
	if len(args)%2 != 0 {
		return fmt.Errorf("locale: %q: arguments must be pairs of name and value", key)
	}
	for _, name := range c.texts[c.langs[0]][key].names() {
		if _, ok := value(args, name); !ok {
			return fmt.Errorf("locale: %q needs the argument %q", key, name)
		}
	}
	return nil
}

func (c *Catalog) render(lang, key string, args []any, arg func(part, string) string) string {
	texts, ok := c.texts[lang]
	if !ok {
		texts = c.texts[c.langs[0]]
	}
	m, ok := texts[key]
	if !ok {
		return key
	}
	var b strings.Builder
	for _, p := range m {
		v, found := value(args, p.name)
		switch {
		case p.name == "":
			b.WriteString(p.text)
		case !found:
			b.WriteString("{" + p.name + "}")
		case p.many != "" && v == "1":
			b.WriteString(p.text)
		case p.many != "":
			b.WriteString(p.many)
		default:
			b.WriteString(arg(p, v))
		}
	}
	return b.String()
}

// value finds an argument by name among name, value pairs.
func value(args []any, name string) (string, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return fmt.Sprint(args[i+1]), true
		}
	}
	return "", false
}

// safeLink admits addresses that cannot run anything.
func safeLink(v string) bool {
	for _, prefix := range []string{"/", "#", "https://", "http://", "mailto:", "tel:"} {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return false
}
