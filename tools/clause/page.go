package clause

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	defined = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	named   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
)

const (
	readme     = Dir + "/README.md"
	tableBegin = "<!-- table -->\n"
	tableEnd   = "<!-- end of table -->\n"
)

// readPage takes from a page what people wrote: the sentences, and tests that prove a
// clause without naming it.
func (x *Index) readPage(p Page) error {
	text, err := os.ReadFile(filepath.Join(x.root, Dir, p.File+".md"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| clause |") {
			continue
		}
		if len(cells) != 4 {
			return fmt.Errorf("%s/%s.md:%d: a row has four cells", Dir, p.File, n)
		}
		found := citations(strings.TrimSpace(cells[0]))
		if len(found) != 1 {
			return fmt.Errorf("%s/%s.md:%d: %q is not one clause", Dir, p.File, n, cells[0])
		}
		r := x.cited[found[0]]
		if r == nil {
			x.gone = append(x.gone, found[0])
			continue
		}
		r.demands = strings.TrimSpace(cells[1])
		for _, test := range named.FindAllString(cells[3], -1) {
			if x.tests[test] {
				r.tests[test] = true
			}
		}
	}
	return nil
}

// documents are the pages as they should be, by path.
func (x *Index) documents() map[string][]byte {
	out := map[string][]byte{}
	var table bytes.Buffer
	table.WriteString("| page | what | clauses |\n|---|---|---|\n")
	for _, p := range Pages() {
		var rows []Clause
		for c := range x.cited {
			if pageOf(c) == p.File {
				rows = append(rows, c)
			}
		}
		if len(rows) == 0 {
			continue
		}
		slices.SortFunc(rows, compare)
		out[Dir+"/"+p.File+".md"] = x.page(p, rows)
		fmt.Fprintf(&table, "| [%s](%s.md) | %s | %d |\n", p.File, p.File, p.Title, len(rows))
	}
	if text, err := os.ReadFile(filepath.Join(x.root, readme)); err == nil {
		before, rest, ok := bytes.Cut(text, []byte(tableBegin))
		_, after, closed := bytes.Cut(rest, []byte(tableEnd))
		if ok && closed {
			out[readme] = slices.Concat(before, []byte(tableBegin), table.Bytes(), []byte(tableEnd), after)
		}
	}
	return out
}

func (x *Index) page(p Page, rows []Clause) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", p.Title)
	b.WriteString("Clause, what it demands in our words, the packages that cite it, the tests that prove it. The sentences are written by people, the rest by `tools/clauses write`;\n")
	b.WriteString("a test named here by hand stays.\n\n| clause | demands | cited in | tests |\n|---|---|---|---|\n")
	for _, c := range rows {
		r := x.cited[c]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c, r.demands, quoted(r.packages), strings.Join(slices.Sorted(maps.Keys(r.tests)), ", "))
	}
	return b.Bytes()
}

func quoted(files map[string]bool) string {
	list := slices.Sorted(maps.Keys(files))
	for i, f := range list {
		list[i] = "`" + f + "`"
	}
	return strings.Join(list, ", ")
}
