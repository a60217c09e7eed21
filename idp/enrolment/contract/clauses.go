package contract

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed clauses
var embedded embed.FS

// languages of the texts; the first binds, the others are courtesy translations.
var languages = []string{"it", "en"}

// edition is one version of the texts in one language.
type edition struct {
	version, lang string
	lines         []string
	labels        map[string]string
}

// texts are all versions: those of before are kept to show what was signed with them.
type texts struct {
	editions map[string]map[string]*edition // version → language
	latest   string
}

// readTexts takes the built-in versions and those of the institution, which may not
// have the name of a built-in one: what was signed must not change its meaning.
func readTexts(own fs.FS) (*texts, error) {
	builtIn, err := fs.Sub(embedded, "clauses")
	if err != nil {
		return nil, err
	}
	t := &texts{editions: map[string]map[string]*edition{}}
	if err := t.add(builtIn); err != nil {
		return nil, err
	}
	if own != nil {
		if err := t.add(own); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var versionForm = regexp.MustCompile(`^[0-9][0-9a-z.-]{0,19}$`)

// add reads the directories of one place; its highest version in their order becomes the latest.
func (t *texts) add(from fs.FS) error {
	dirs, err := fs.ReadDir(from, ".")
	if err != nil {
		return fmt.Errorf("contract: clauses: %w", err)
	}
	latest := ""
	for _, dir := range dirs {
		version := dir.Name()
		switch {
		case !dir.IsDir():
			continue
		case !versionForm.MatchString(version):
			return fmt.Errorf("contract: clauses: %q is no name of a version (digits first, such as 2)", version)
		case t.editions[version] != nil:
			return fmt.Errorf("contract: clauses: version %s is there twice", version)
		}
		t.editions[version] = map[string]*edition{}
		for _, lang := range languages {
			if t.editions[version][lang], err = readEdition(from, version, lang); err != nil {
				return err
			}
		}
		if err := sameShape(t.editions[version]); err != nil {
			return fmt.Errorf("contract: clauses %s: %w", version, err)
		}
		if latest == "" || later(version, latest) {
			latest = version
		}
	}
	if latest != "" {
		t.latest = latest
	}
	return nil
}

// later compares versions: by their leading number, then by the whole name.
func later(a, b string) bool {
	number := func(v string) int {
		end := strings.IndexFunc(v, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(v)
		}
		n, _ := strconv.Atoi(v[:end]) // versionForm: digits; a number beyond int sorts by name
		return n
	}
	if x, y := number(a), number(b); x != y {
		return x > y
	}
	return a > b
}

func readEdition(from fs.FS, version, lang string) (*edition, error) {
	text, err := fs.ReadFile(from, version+"/"+lang+".md")
	if err != nil {
		return nil, fmt.Errorf("contract: clauses: %w", err)
	}
	raw, err := fs.ReadFile(from, version+"/"+lang+".json")
	if err != nil {
		return nil, fmt.Errorf("contract: clauses: %w", err)
	}
	e := &edition{version: version, lang: lang, lines: strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}
	if err := json.Unmarshal(raw, &e.labels); err != nil {
		return nil, fmt.Errorf("contract: clauses: %s/%s.json: %w", version, lang, err)
	}
	// Both ways through every condition are tried now, not with the first applicant.
	for _, yes := range []bool{true, false} {
		v := values{words: sample, flags: map[string]bool{}, groups: map[string][]item{}}
		for _, flag := range flags {
			v.flags[flag] = yes
		}
		for _, group := range groups {
			v.groups[group] = []item{{}}
		}
		if _, err := e.blocks(v); err != nil {
			return nil, fmt.Errorf("contract: clauses: %s/%s.md: %w", version, lang, err)
		}
	}
	return e, nil
}

// sameShape makes sure that a translation has the sections of the text, and every label.
func sameShape(by map[string]*edition) error {
	first := by[languages[0]]
	for _, lang := range languages {
		e := by[lang]
		if !slices.Equal(first.sections(), e.sections()) {
			return fmt.Errorf("%s.md has other sections than %s.md", lang, languages[0])
		}
		if !maps.EqualFunc(first.labels, e.labels, func(a, b string) bool { return (a == "") == (b == "") }) {
			return fmt.Errorf("%s.json has other keys than %s.json", lang, languages[0])
		}
		for _, key := range needed {
			if e.labels[key] == "" {
				return fmt.Errorf("%s.json lacks %q", lang, key)
			}
		}
	}
	return nil
}

// sections gives the depth of the headings and the numbers they begin with.
func (e *edition) sections() (out []string) {
	for _, line := range e.lines {
		if marks, text, ok := strings.Cut(line, " "); ok && marks != "" && strings.Trim(marks, "#") == "" {
			if number, _, numbered := strings.Cut(text, ". "); numbered && len(number) <= 2 {
				marks += number
			}
			out = append(out, marks)
		}
	}
	return out
}

// label is a text of the edition; args are pairs of a name and its value.
func (e *edition) label(key string, args ...string) string {
	text := e.labels[key]
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, "{"+args[i]+"}", args[i+1])
	}
	return text
}

// known is the label of a word of the rules, or the word itself where the texts do not know it.
func (e *edition) known(prefix, word string) string {
	if text, ok := e.labels[prefix+"."+word]; ok {
		return text
	}
	return word
}

var errClause = errors.New("contract: broken clause")
