package clause

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// Clause names a place in a document. Number is "" for the document as a whole.
type Clause struct{ Spec, Number string }

// String is the clause as it is cited.
func (c Clause) String() string {
	if c.Number == "" {
		return c.Spec
	}
	return c.Spec + " " + c.Number
}

// Citation is one mention of a clause.
type Citation struct {
	Clause
	File string
	// Test is the function around a citation in a test file, "" elsewhere.
	Test string
}

var (
	numbered = regexp.MustCompile(`^ ?(\d+(?:-\d{4})?(?:\.\d+)*)`)
	further  = regexp.MustCompile(`^(?: v\d)?(?: to|,| and) (\d+(?:\.\d+)+)`)
	rfcName  = regexp.MustCompile(`^ (\d{3,5})\b`)
)

// citations finds the clauses that a text mentions.
func citations(text string) []Clause {
	var found []Clause
	for at := 0; at < len(text); at++ {
		if at > 0 && (isWord(text[at-1]) || text[at-1] == '-' || text[at-1] == '/') {
			continue
		}
		for _, s := range specs {
			m := s.name.FindString(text[at:])
			if m == "" || at+len(m) < len(text) && isWord(text[at+len(m)]) {
				continue
			}
			clauses, used := s.read(text[at+len(m):])
			found = append(found, clauses...)
			at += len(m) + used - 1
			break
		}
	}
	return found
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// read takes what stands behind the name of a document: a chapter, or numbers.
func (s Spec) read(rest string) (clauses []Clause, used int) {
	name := s.Name
	if name == "RFC" {
		m := rfcName.FindStringSubmatch(rest)
		if m == nil {
			return nil, 0
		}
		name += " " + m[1]
		rest, used = rest[len(m[0]):], len(m[0])
	}
	if chapter, length := s.chapter(rest); chapter != "" {
		clauses, used, rest = append(clauses, Clause{name, chapter}), used+length, rest[length:]
		for strings.HasPrefix(rest, ",") {
			if chapter, length = s.chapter(rest[1:]); chapter == "" {
				break
			}
			clauses, used, rest = append(clauses, Clause{name, chapter}), used+1+length, rest[1+length:]
		}
		return clauses, used
	}
	m := numbered.FindStringSubmatch(rest)
	if m == nil {
		if s.needsNumber() {
			return nil, used
		}
		return []Clause{{name, ""}}, used
	}
	clauses = append(clauses, Clause{name, m[1]})
	used, rest = used+len(m[0]), rest[len(m[0]):]
	for {
		m := further.FindStringSubmatch(rest)
		if m == nil {
			return clauses, used
		}
		clauses = append(clauses, Clause{name, m[1]})
		used, rest = used+len(m[0]), rest[len(m[0]):]
	}
}

// chapter finds a clause that is a word at the beginning of rest.
func (s Spec) chapter(rest string) (name string, length int) {
	for _, c := range s.chapters {
		written, canonical, aliased := strings.Cut(c, "=")
		if !aliased {
			canonical = written
		}
		if after, ok := strings.CutPrefix(rest, " "+written); ok && (after == "" || !isWord(after[0])) {
			return canonical, 1 + len(written)
		}
	}
	return "", 0
}

// needsNumber: the bare word is no citation ("Avviso" is a word of the language).
func (s Spec) needsNumber() bool { return s.File == "avvisi" || s.File == "law" }

// list is a text that is nothing but citations: only such strings of the code count.
var list = regexp.MustCompile(`^[^a-z]{0,3}[A-Za-z0-9 .,;#()-]+$`)

// scanner gathers what one file cites.
type scanner struct {
	path   string
	cited  []Citation
	faults []string
}

func (s *scanner) take(line int, text, test string) {
	for _, o := range odd {
		if m := o.FindString(text); m != "" {
			s.faults = append(s.faults, fmt.Sprintf("%s:%d cites %q in an unknown form; see docs/clauses/README.md", s.path, line, m))
			text = o.ReplaceAllString(text, "")
		}
	}
	for _, c := range citations(text) {
		s.cited = append(s.cited, Citation{c, s.path, test})
	}
	if m := bare.FindString(text); m != "" && len(citations(text)) == 0 {
		s.faults = append(s.faults, fmt.Sprintf("%s:%d cites %q, a document that the index does not know; add it to tools/clause/spec.go", s.path, line, m))
	}
}

// scanGo reads comments, and the strings that are nothing but citations.
func (s *scanner) scanGo(source []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, s.path, source, parser.ParseComments)
	if err != nil {
		return err
	}
	within := func(p token.Pos) string {
		if !strings.HasSuffix(s.path, "_test.go") {
			return ""
		}
		return functionAt(file, p)
	}
	for _, group := range file.Comments {
		// A citation may be broken over two lines.
		text := strings.Join(strings.Fields(group.Text()), " ")
		s.take(set.Position(group.Pos()).Line, text, within(group.Pos()))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err == nil && onlyCitations(text) {
			s.take(set.Position(literal.Pos()).Line, text, within(literal.Pos()))
		}
		return true
	})
	return nil
}

// onlyCitations reports whether a string is a list of clauses and nothing else.
func onlyCitations(text string) bool {
	if !list.MatchString(text) || len(text) > 120 {
		return false
	}
	for part := range strings.SplitSeq(text, ";") {
		found := citations(strings.TrimSpace(part))
		if len(found) == 0 || found[0].Number == "" || !strings.HasPrefix(strings.ReplaceAll(strings.TrimSpace(part), ",", ""), found[0].Spec) {
			return false
		}
	}
	return true
}

// functionAt is the test around a position or right behind its comment.
func functionAt(file *ast.File, p token.Pos) string {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !testName.MatchString(f.Name.Name) {
			continue
		}
		from := f.Pos()
		if f.Doc != nil {
			from = f.Doc.Pos()
		}
		if p >= from && p <= f.End() {
			return f.Name.Name
		}
	}
	return ""
}

var testName = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark)[A-Z]`)

// scanSQL reads comments.
func (s *scanner) scanSQL(source []byte) {
	n := 0
	for line := range strings.Lines(string(source)) {
		n++
		if _, comment, ok := strings.Cut(line, "--"); ok {
			s.take(n, strings.TrimSpace(comment), "")
		}
	}
}

// compare orders clauses: by document, by the numbers in them, words last.
func compare(a, b Clause) int {
	return cmp.Or(natural(a.Spec, b.Spec), natural(a.Number, b.Number))
}

var chunks = regexp.MustCompile(`\d+|\D+`)

func natural(a, b string) int {
	as, bs := chunks.FindAllString(a, -1), chunks.FindAllString(b, -1)
	for i := 0; i < len(as) && i < len(bs); i++ {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		c := cmp.Compare(as[i], bs[i])
		if errX == nil && errY == nil {
			c = cmp.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}
