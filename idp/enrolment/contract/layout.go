package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// values are what a form puts into the clauses.
type values struct {
	words  map[string]string // {name} in a text
	flags  map[string]bool   // @if name
	groups map[string][]item // @data name
}

// What a file of clauses may use.
var (
	flags  = []string{"price", "point_fee", "years", "domicile", "notice"}
	groups = []string{"request", "person", "contacts", "residence", "domicile", "document", "provider"}
	sample = map[string]string{
		"number": "-", "provider": "-", "organisation": "-", "address": "-", "price": "-", "point_fee": "-", "years": "-",
		"notice": "-", "notice_version": "-",
	}
)

// reading is one pass over the lines of a file.
type reading struct {
	edition *edition
	values  values
	out     []block
	para    []string
	items   []item
	cond    int  // how deep in @if: 0 or 1, conditions are not nested
	skip    bool // inside a branch that does not hold
	flag    bool // what the open condition says
}

// blocks reads the file with the values of one form. The structure is read first, values
// are put into the texts afterwards: no value can make a heading or a condition.
//
//	# ## ###      headings
//	- text        an item of a list
//	@data name    data of the form, with their labels
//	@consents     the decisions, @signatures the lines to sign on
//	@if name, @else, @end
//	{name}        a value inside a text
func (e *edition) blocks(v values) ([]block, error) {
	r := &reading{edition: e, values: v}
	for n, line := range e.lines {
		if err := r.line(strings.TrimRight(line, " \t")); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	r.flush()
	if r.cond != 0 {
		return nil, fmt.Errorf("%w: an @if has no @end", errClause)
	}
	if len(r.out) == 0 || r.out[0].kind != heading || r.out[0].level != 1 {
		return nil, fmt.Errorf("%w: the first line is not the title", errClause)
	}
	return r.out, nil
}

func (r *reading) line(line string) error {
	switch {
	case strings.HasPrefix(line, "@"):
		r.flush()
		return r.directive(line[1:])
	case r.skip:
		return nil
	case line == "":
		r.flush()
	case strings.HasPrefix(line, "#"):
		r.flush()
		return r.heading(line)
	case strings.HasPrefix(line, "- "):
		r.flushParagraph()
		text, err := r.text(line[2:])
		r.items = append(r.items, item{value: text})
		return err
	default:
		r.flushList()
		text, err := r.text(line)
		r.para = append(r.para, text)
		return err
	}
	return nil
}

func (r *reading) heading(line string) error {
	marks, words, _ := strings.Cut(line, " ")
	last := 0
	for _, b := range r.out {
		if b.kind == heading {
			last = b.level
		}
	}
	// WCAG 2.2 1.3.1: no level is left out, and there is one title.
	if strings.Trim(marks, "#") != "" || words == "" || len(marks) > last+1 || len(marks) > 3 || (len(marks) == 1) != (last == 0) {
		return fmt.Errorf("%w: heading %q", errClause, line)
	}
	text, err := r.text(words)
	r.add(block{kind: heading, level: len(marks), text: text})
	return err
}

func (r *reading) directive(line string) error {
	name, arg, _ := strings.Cut(line, " ")
	switch name {
	case "if":
		if r.cond != 0 || !slices.Contains(flags, arg) {
			return fmt.Errorf("%w: @%s", errClause, line)
		}
		r.cond, r.flag = 1, r.values.flags[arg]
		r.skip = !r.flag
		return nil
	case "else", "end":
		if r.cond == 0 || arg != "" {
			return fmt.Errorf("%w: @%s", errClause, line)
		}
		r.skip = name == "else" && r.flag
		if name == "end" {
			r.cond = 0
		}
		return nil
	}
	if r.skip {
		return nil
	}
	switch {
	case name == "data" && slices.Contains(groups, arg):
		r.add(block{kind: data, items: r.values.groups[arg]})
	case name == "consents" && arg == "":
		if items := r.values.groups["consents"]; len(items) > 0 {
			r.add(block{kind: data, items: items})
		} else {
			r.add(block{kind: paragraph, text: r.edition.label("consents.none")})
		}
	case name == "signatures" && arg == "":
		r.add(block{kind: signatures, items: r.values.groups["signatures"]})
	default:
		return fmt.Errorf("%w: @%s", errClause, line)
	}
	return nil
}

var wordForm = regexp.MustCompile(`\{[^{}]*\}`)

func (r *reading) text(line string) (string, error) {
	var unknown string
	out := wordForm.ReplaceAllStringFunc(line, func(word string) string {
		value, ok := r.values.words[word[1:len(word)-1]]
		if !ok {
			unknown = word
		}
		return value
	})
	if unknown != "" {
		return "", fmt.Errorf("%w: nobody knows %s", errClause, unknown)
	}
	return out, nil
}

func (r *reading) add(b block) {
	b.lang = r.edition.lang
	r.out = append(r.out, b)
}

func (r *reading) flush() {
	r.flushParagraph()
	r.flushList()
}

func (r *reading) flushParagraph() {
	if len(r.para) > 0 {
		r.add(block{kind: paragraph, text: strings.Join(r.para, " ")})
		r.para = nil
	}
}

func (r *reading) flushList() {
	if len(r.items) > 0 {
		r.add(block{kind: list, items: r.items})
		r.items = nil
	}
}
